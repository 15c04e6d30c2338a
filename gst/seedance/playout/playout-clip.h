/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One clip, decoded by a pipeline of its own into two short queues: whatever it
 * does, the output is not touched. Its threads wait when the queues are full.
 *
 * Any thread may call these functions; none of them blocks for longer than a
 * copy takes. The pipeline is built, started and stopped by a thread that serves
 * this alone, because any of it may hang in an element of somebody else's. */
#pragma once

#include "playout-format.h"
#include "rundown.h"

G_BEGIN_DECLS

typedef struct _PlayoutClip PlayoutClip;

typedef struct {
  SeedanceItem *item;
  GstElement *source; /* has a src pad; taken over */
  PlayoutFormat format;
  gboolean whole;     /* ready only when all bytes of it are here */
  gint64 in, out;     /* what is shown of it; out -1 = to its end */
  gboolean continues; /* its first picture was shown just before */
  const gchar *label; /* written into a corner of the picture; NULL */
} PlayoutClipSettings;

/* Something changed that somebody should look at. On a thread of the clip's,
 * with no lock held; @message is one of the source's or NULL. */
typedef void (*PlayoutClipFunc) (
    PlayoutClip *clip, GstMessage *message, gpointer user_data);

PlayoutClip *playout_clip_new (const PlayoutClipSettings *settings,
    PlayoutClipFunc func, gpointer user_data, GDestroyNotify destroy);
PlayoutClip *playout_clip_ref (PlayoutClip *clip);
void playout_clip_unref (PlayoutClip *clip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlayoutClip, playout_clip_unref)

SeedanceItem *playout_clip_get_item (PlayoutClip *clip);
/* Whether it is decoded for that. */
gboolean playout_clip_has_format (
    PlayoutClip *clip, const PlayoutFormat *format);

/* Has it decoded to another format; FALSE when its pipeline is there, or about to
 * be. */
gboolean playout_clip_change_format (
    PlayoutClip *clip, const PlayoutFormat *format);

/* Starts to make it ready. All return at once; after the end nothing is read from
 * it any more. What a service makes is ordered first, and waited for without a
 * pipeline; it goes on when there are bytes for one. */
void playout_clip_begin (PlayoutClip *clip);
void playout_clip_go_on (PlayoutClip *clip);
void playout_clip_end (PlayoutClip *clip);

/* Until the pipelines of all clips that were ended are gone; FALSE when @until
 * (monotonic, microseconds) came first. One that hangs is left to its thread. */
gboolean playout_clip_wait_all_ended (gint64 until);
/* One more pipeline that this waits for, or one less. */
void playout_clip_count_lives (gint change);

typedef enum {
  PLAYOUT_CLIP_PREPARING,
  PLAYOUT_CLIP_READY,
  PLAYOUT_CLIP_FAILED,
} PlayoutClipState;

typedef struct {
  PlayoutClipState state;
  gchar *reason; /* of a failure, as in seedancesrc's errors; or no-picture,
                    hangs, decode */
  gchar *text;   /* the same for people */
  gchar *task_id, *cost, *last_frame_url;
  gint64 tokens;         /* -1 = not told */
  gboolean may_go_on;    /* there are bytes for a pipeline, and it has none */
  gboolean is_whole;     /* all of its bytes are on this machine */
  gboolean ordered;      /* a POST went out for it, or may have */
  gint progress;         /* percent of the generation; -1 = not told */
  GstClockTime duration; /* that will be shown; NONE = not known yet */
} PlayoutClipInfo;

/* Looks at the source, too, and gives a clip up that made no step for @timeout
 * nanoseconds although it has all that it needs. */
void playout_clip_look (
    PlayoutClip *clip, gint64 now, gint64 timeout, PlayoutClipInfo *info);
void playout_clip_info_clear (PlayoutClipInfo *info);
/* The same without a look. */
void playout_clip_get_info (PlayoutClip *clip, PlayoutClipInfo *info);
PlayoutClipState playout_clip_get_state (PlayoutClip *clip);
void playout_clip_get_task (PlayoutClip *clip, gchar **task_id, gchar **cost);
/* The reason; NULL when it did not fail. g_free(). */
gchar *playout_clip_get_failure (PlayoutClip *clip);

typedef enum {
  PLAYOUT_TAKE_FRAME,
  PLAYOUT_TAKE_NONE, /* the picture or its sound is not there yet */
  PLAYOUT_TAKE_END,
} PlayoutTake;

/* The next frame, if its sound up to sample @until (from the clip's start) is
 * there, too. */
PlayoutTake playout_clip_take (
    PlayoutClip *clip, gint64 until, GstBuffer **frame);

/* Samples from @from on, silence where there are none. What is before @from is
 * dropped. */
void playout_clip_read (
    PlayoutClip *clip, gint64 from, guint samples, guint8 *data);

/* Loads what clips are decoded with, once. To load a plugin takes GObject's lock
 * of all classes, libav up to 0.15 s: that would stall whoever makes an object
 * meanwhile, so it is left neither to the first clip nor to the start of the
 * pipeline. */
void playout_clip_load_plugins (void);

G_END_DECLS
