/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of seedancesrc share. gstseedancesrc.c is the element: pads,
 * states, events, queries. */
#pragma once

#include "gstseedancesrc.h"

#include "gstseedanceannounce.h"
#include "gstseedancebufferer.h"
#include "gstseedanceerrors.h"
#include "gstseedancesettings.h"

G_BEGIN_DECLS

#define GST_SEEDANCE_SRC_BLOCKSIZE (256 * 1024)

/* The state of a run. Without a word on who guards it a member is used by the
 * streaming thread only, or while that one is stopped. */
typedef struct {
  /* Under the object lock. */
  SeedanceOrder *order;    /* prepared, until it is opened */
  gchar *name;             /* of the stream, as GStreamer asks for it */
  gchar *instance;         /* of the order that was prepared last; or NULL */
  gint64 estimated_tokens; /* 0 or less: no price is known */
  gdouble estimated_usd;
  gboolean prepared; /* from READY to PAUSED on */
  GCond changed;     /* that, or who waits is interrupted */

  GstSeedanceErrors *errors; /* changed with the state; NULL in READY */
  gint64 started;            /* monotonic, microseconds */
  gint64 size;               /* as it was told; -1 = not yet */
  gboolean was_seen;
  gboolean paced;   /* the first bytes were given away */
  gint ahead;       /* atomic: the clip was ordered ahead and stays open */
  gint may_order;   /* atomic: the settings of the order let it go out */
  gint asked;       /* atomic: for bytes, since the pad was activated */
  gint tagged;      /* atomic */
  gint failed;      /* atomic */
  gint forced_eos;  /* atomic: the application ended it early */
  guint64 position; /* where the next buffer of a push begins */
  gint waiting;     /* atomic: the streaming thread will announce */
} GstSeedanceRun;

struct _GstSeedanceSrc {
  GstBaseSrc parent;

  GstSeedanceSettings settings; /* under the object lock */
  gboolean from_uri;            /* set with them; under the object lock */
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

/* Whether who entered the clip with @ticket is to stop. */
static inline gboolean
gst_seedance_src_is_interrupted (GstSeedanceSrc *self, guint ticket)
{
  return seedance_clip_is_interrupted (self->clip, ticket);
}

/* From a streaming thread. */
static inline void
gst_seedance_src_tell (GstSeedanceSrc *self, guint ticket, GstMessage *message)
{
  gst_seedance_announcer_tell (self->announcer, ticket, message);
}

/* gstseedancesrc-order.c */

/* The order that the properties make. Everything that can fail for free fails
 * here; nothing is sent yet. */
SeedanceOrder *gst_seedance_src_prepare_order (
    GstSeedanceSrc *self, GError **error);

/* Takes over @order, the one to be opened next; NULL = none. */
void gst_seedance_src_set_order (GstSeedanceSrc *self, SeedanceOrder *order);

/* Opens the clip with @order; nothing is sent yet. */
gboolean gst_seedance_src_begin_order (
    GstSeedanceSrc *self, guint ticket, SeedanceOrder *order, GError **error);

/* The same with the order that was set, or a new one. FALSE with an error, or
 * without one when the pad was deactivated meanwhile. */
gboolean gst_seedance_src_open_order (
    GstSeedanceSrc *self, guint ticket, GError **error);

/* Closes it; the statistics of the run are kept. */
void gst_seedance_src_close_run (GstSeedanceSrc *self);

/* An error when no element would receive the clip, else NULL. */
GError *gst_seedance_src_find_loose_end (GstSeedanceSrc *self);

/* In pull mode the demuxer activates our pad itself, possibly while the element
 * is still in READY, and an application that locks our state does not want the
 * clip yet. FALSE when a flush ended the wait. */
gboolean gst_seedance_src_wait_until_wanted (
    GstSeedanceSrc *self, guint ticket);

/* The element is in PAUSED or PLAYING, or on its way there. */
void gst_seedance_src_set_prepared (GstSeedanceSrc *self, gboolean prepared);

/* Whether the pad is active. */
gboolean gst_seedance_src_is_active (GstSeedanceSrc *self);

/* gstseedancesrc-bytes.c: GstBaseSrcClass.create(). */
GstFlowReturn gst_seedance_src_create (
    GstBaseSrc *base, guint64 offset, guint size, GstBuffer **buffer);

/* gstseedancesrc-query.c: FALSE when the query is the base class's to answer;
 * else *@answered is what comes of it. */
gboolean gst_seedance_src_answer_query (
    GstSeedanceSrc *self, GstQuery *query, gboolean *answered);

/* gstseedancesrc-uri.c */

/* For G_IMPLEMENT_INTERFACE(). */
void gst_seedance_src_init_uri_handler (gpointer iface, gpointer unused);

/* A run has begun: what the stream ids are made of is made anew. */
void gst_seedance_src_renew_name (GstSeedanceSrc *self);

/* FALSE when there is no answer. */
gboolean gst_seedance_src_answer_uri (GstSeedanceSrc *self, GstQuery *query);

/* Whether an order may go out: a URI alone only attaches to what was ordered. */
gboolean gst_seedance_src_may_order_locked (GstSeedanceSrc *self);

/* The same for the order that was prepared last, for seedance_clip_new(). */
gboolean gst_seedance_src_may_spend (gpointer self, GError **error);

/* gstseedancesrc-fail.c */

GstMessage *gst_seedance_src_make_error (
    GstSeedanceSrc *self, const GError *error);

/* Posts the error. Returns what downstream gets. */
GstFlowReturn gst_seedance_src_fail (
    GstSeedanceSrc *self, guint ticket, const GError *error);

/* What an error of the base class means for the user, or NULL. */
GError *gst_seedance_src_explain (GstSeedanceSrc *self, GstMessage *message);

/* gstseedancesrc-stats.c: notes what @order is going to cost, for the stats. */
void gst_seedance_src_estimate (
    GstSeedanceSrc *self, const SeedanceOrder *order);

/* Of the current run, or else of the last one. */
GstStructure *gst_seedance_src_get_stats (GstSeedanceSrc *self);
void gst_seedance_src_keep_stats (GstSeedanceSrc *self);
void gst_seedance_src_get_current_task_id (GstSeedanceSrc *self, GValue *value);

G_END_DECLS
