/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of seedancesrc share: the instance structure, and the
 * functions of each file. gstseedancesrc.c has the virtual functions of the
 * element: pads, states, events. A "run" goes from READY to PAUSED and back. A
 * "ticket" is what seedance_clip_enter() returned to the thread that may
 * wait. */
#pragma once

#include "gstseedancesrc.h"

#include "gstseedanceannounce.h"
#include "gstseedancebufferer.h"
#include "gstseedanceerrors.h"
#include "gstseedancesettings.h"

G_BEGIN_DECLS

#define GST_SEEDANCE_SRC_BLOCKSIZE (256 * 1024)

/* The state of a run. A member without a note on its lock is used by the
 * streaming thread, or by another thread while the streaming thread is
 * stopped. */
typedef struct {
  /* Under the object lock. */
  SeedanceOrder *order;    /* prepared and not opened yet; or NULL */
  gchar *name;             /* URI that the stream id is made of */
  gchar *instance;         /* of the order that was prepared last; or NULL */
  gint64 estimated_tokens; /* 0 or less: no price is known */
  gdouble estimated_usd;
  gboolean prepared; /* in PAUSED or PLAYING, or on the way there */
  GCond changed;     /* `prepared` changed, or a flush began or ended */

  GstSeedanceErrors *errors; /* used in state changes only; NULL in READY, or
                                if errors may have been missed */
  gint64 started;            /* monotonic, microseconds */
  gint64 size;               /* in the last DURATION_CHANGED; -1 = none yet */
  gboolean was_seen;
  gboolean paced;   /* pace() has run, before the first buffer */
  gint ahead;       /* atomic: the clip was ordered ahead and stays open */
  gint may_order;   /* atomic: the settings let the prepared order go out */
  gint asked;       /* atomic: create() was called since start() */
  gint tagged;      /* atomic: tags were sent since the last flush */
  gint failed;      /* atomic: the element posted an error */
  gint forced_eos;  /* atomic: the application sent an EOS event */
  guint64 position; /* offset of the next buffer in push mode */
  gint waiting;     /* atomic: the streaming thread announces changes itself */
} GstSeedanceRun;

struct _GstSeedanceSrc {
  GstBaseSrc parent;

  GstSeedanceSettings settings; /* under the object lock */
  gboolean from_uri;            /* a URI was set; under the object lock */
  GstStructure *last_stats;     /* under the object lock */
  GstSeedanceRun run;
  SeedanceClip *clip;
  GstSeedanceBufferer *bufferer;
  GstSeedanceAnnouncer *announcer;
};

static inline gboolean
gst_seedance_src_is_pulled (GstSeedanceSrc *self)
{
  return GST_PAD_MODE (GST_BASE_SRC_PAD (self)) == GST_PAD_MODE_PULL;
}

/* Returns TRUE if a flush told the thread with @ticket to stop waiting. */
static inline gboolean
gst_seedance_src_is_interrupted (GstSeedanceSrc *self, guint ticket)
{
  return seedance_clip_is_interrupted (self->clip, ticket);
}

/* Has another thread post the news of the clip, and then @message (transfer
 * full, or NULL). Waits until that is done or the wait is interrupted; returns
 * FALSE if it takes too long. For streaming threads, which must not post
 * themselves; see gst_seedance_announcer_tell(). */
static inline gboolean
gst_seedance_src_tell (GstSeedanceSrc *self, guint ticket, GstMessage *message)
{
  return gst_seedance_announcer_tell (self->announcer, ticket, message);
}

/* gstseedancesrc-order.c */

/* Makes an order of the settings and prepares it (transfer full). Everything
 * that can fail without a cost fails here; nothing is sent. Blocks on files. */
SeedanceOrder *gst_seedance_src_prepare_order (
    GstSeedanceSrc *self, GError **error);

/* Stores @order (transfer full, or NULL) for gst_seedance_src_open_order(), and
 * releases an order that was stored before. */
void gst_seedance_src_set_order (GstSeedanceSrc *self, SeedanceOrder *order);

/* Posts the warnings about @order and opens the clip with it; nothing is sent
 * to the service yet. */
gboolean gst_seedance_src_begin_order (
    GstSeedanceSrc *self, guint ticket, SeedanceOrder *order, GError **error);

/* Does the same with the stored order, or with a new one if none is stored.
 * Returns FALSE with an error, or without one if the pad was deactivated
 * meanwhile. */
gboolean gst_seedance_src_open_order (
    GstSeedanceSrc *self, guint ticket, GError **error);

/* Closes the clip. The statistics of the run stay readable. */
void gst_seedance_src_close_run (GstSeedanceSrc *self);

/* Returns TRUE if the clip stays open although the base class stops the source:
 * the element is in PAUSED or PLAYING, where a demuxer that restarts stops and
 * starts the source, or the clip was ordered ahead. A clip that was closed
 * there would be ordered again. */
gboolean gst_seedance_src_run_goes_on (GstSeedanceSrc *self);

/* Ends the run: drops an order that was not opened, and closes the clip. */
void gst_seedance_src_end_run (GstSeedanceSrc *self);

/* Returns an error if no element would receive the clip, or only a sink that
 * cannot show an MP4 file; else NULL. Transfer full. */
GError *gst_seedance_src_find_loose_end (GstSeedanceSrc *self);

/* In pull mode the demuxer activates our pad itself, possibly while the element
 * is still in READY. An application that has locked the element's state does
 * not want the clip yet: then this waits until the element leaves READY.
 * Returns FALSE if a flush ended the wait. */
gboolean gst_seedance_src_wait_until_wanted (
    GstSeedanceSrc *self, guint ticket);

/* Notes whether the element is in PAUSED or PLAYING, or on its way there. */
void gst_seedance_src_set_prepared (GstSeedanceSrc *self, gboolean prepared);

/* Returns FALSE while the pad is inactive or flushing. */
gboolean gst_seedance_src_is_active (GstSeedanceSrc *self);

/* gstseedancesrc-bytes.c: GstBaseSrcClass.create(). */
GstFlowReturn gst_seedance_src_create (
    GstBaseSrc *base, guint64 offset, guint size, GstBuffer **buffer);

/* gstseedancesrc-query.c: returns FALSE if the base class has to answer @query;
 * else *@answered is the result of the query. */
gboolean gst_seedance_src_answer_query (
    GstSeedanceSrc *self, GstQuery *query, gboolean *answered);

/* gstseedancesrc-uri.c */

/* For G_IMPLEMENT_INTERFACE(). */
void gst_seedance_src_init_uri_handler (gpointer iface, gpointer unused);

/* Makes a new name of the stream. Called when a run begins or a URI is set. */
void gst_seedance_src_renew_name (GstSeedanceSrc *self);

/* Answers the URI query; returns FALSE if there is no URI. */
gboolean gst_seedance_src_answer_uri (GstSeedanceSrc *self, GstQuery *query);

/* Returns TRUE if an order may go out. An element that was given a URI may
 * order only with uri-submit; without it, the element plays what was ordered
 * before. */
gboolean gst_seedance_src_may_order_locked (GstSeedanceSrc *self);

/* The SeedanceMaySpendFunc of the clip: answers the same for the order that was
 * prepared last. */
gboolean gst_seedance_src_may_spend (gpointer self, GError **error);

/* gstseedancesrc-fail.c */

/* Makes the message for @error, with its details (transfer full). */
GstMessage *gst_seedance_src_make_error (
    GstSeedanceSrc *self, const GError *error);

/* Has @error posted, and returns what create() has to return. For the streaming
 * thread. */
GstFlowReturn gst_seedance_src_fail (
    GstSeedanceSrc *self, guint ticket, const GError *error);

/* Returns the error to post in place of @message, if that is an "Internal data
 * stream error" of the base class with a known cause; else NULL. Transfer
 * full. */
GError *gst_seedance_src_explain (GstSeedanceSrc *self, GstMessage *message);

/* gstseedancesrc-stats.c */

/* Notes the estimated cost of @order for the statistics. */
void gst_seedance_src_estimate (
    GstSeedanceSrc *self, const SeedanceOrder *order);

/* Returns the statistics of the current run, or else of the last one. Transfer
 * full. */
GstStructure *gst_seedance_src_get_stats (GstSeedanceSrc *self);

/* Keeps the statistics of the run for the time when the clip is closed. */
void gst_seedance_src_keep_stats (GstSeedanceSrc *self);

/* Sets @value to the task id of the current run, or else of the last one. */
void gst_seedance_src_get_current_task_id (GstSeedanceSrc *self, GValue *value);

G_END_DECLS
