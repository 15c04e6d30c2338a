/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One clip, decoded by a pipeline of its own into two short queues, one of
 * frames and one of samples. The decoder's threads wait while the queues are
 * full. Whatever the clip does, the output only ever looks into the queues and
 * is never held up.
 *
 * Any thread may call these functions. Apart from playout_clip_wait_all_ended()
 * and playout_clip_load_plugins(), none blocks for longer than a copy takes.
 * Separate threads build, start and stop the pipeline, because a third-party
 * element may hang in any of these steps. */
#pragma once

#include "playout-format.h"
#include "rundown.h"

G_BEGIN_DECLS

typedef struct _PlayoutClip PlayoutClip;

typedef struct {
  SeedanceItem *item;
  GstElement *source; /* has a src pad; the clip takes it over */
  PlayoutFormat format;
  gboolean whole;     /* it is ready only when all its bytes are here */
  gint64 in, out;     /* part that is shown, nanoseconds; out -1 = its end */
  gboolean continues; /* its first picture was just shown, so skip it */
  const gchar *label; /* written into a corner of the picture; NULL = none */
} PlayoutClipSettings;

/* Called when the clip changed and should be looked at (playout_clip_look()).
 * @message is a message of the clip that is passed on, of an element or about a
 * context; or NULL. Runs on one of the clip's threads with no lock held. */
typedef void (*PlayoutClipFunc) (
    PlayoutClip *clip, GstMessage *message, gpointer user_data);

/* Creates a clip; nothing starts before playout_clip_begin(). The settings are
 * copied. @destroy frees @user_data with the last reference. */
PlayoutClip *playout_clip_new (const PlayoutClipSettings *settings,
    PlayoutClipFunc func, gpointer user_data, GDestroyNotify destroy);
PlayoutClip *playout_clip_ref (PlayoutClip *clip);
void playout_clip_unref (PlayoutClip *clip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlayoutClip, playout_clip_unref)

SeedanceItem *playout_clip_get_item (PlayoutClip *clip); /* transfer none */
/* Returns TRUE if the clip is decoded to @format. */
gboolean playout_clip_has_format (
    PlayoutClip *clip, const PlayoutFormat *format);

/* Has the clip decoded to another format. Returns FALSE if its pipeline exists,
 * or is about to. */
gboolean playout_clip_change_format (
    PlayoutClip *clip, const PlayoutFormat *format);

/* The life of a clip; all three return at once.
 *
 * playout_clip_begin() starts to make the clip ready. It does nothing to a clip
 * that another thread has ended before. A clip that a service makes is only
 * ordered at first and waited for without a pipeline; when
 * PlayoutClipInfo.may_go_on says that bytes are there, playout_clip_go_on()
 * builds the pipeline. For other clips the pipeline is built at once.
 *
 * playout_clip_end() discards the queued frames and ends the pipeline; nothing
 * is queued any more. Sound that is in the queue can still be read. */
void playout_clip_begin (PlayoutClip *clip);
void playout_clip_go_on (PlayoutClip *clip);
void playout_clip_end (PlayoutClip *clip);

/* Starts the threads of clips that wait because the machine had none left. */
void playout_clip_start_waiting (void);

/* Waits until the pipelines of all ended clips are gone. Returns FALSE if
 * @until (monotonic, microseconds) came first; a pipeline that hangs is left to
 * its thread. */
gboolean playout_clip_wait_all_ended (gint64 until);
/* For pipelines that are not a clip's: counts one (1) for which
 * playout_clip_wait_all_ended() has to wait, or the end of one (-1). */
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
  gchar *text;   /* the failure described for people */
  gchar *task_id, *cost, *last_frame_url;
  gint64 tokens;         /* that the service counted; -1 = not known */
  gboolean may_go_on;    /* bytes are there: call playout_clip_go_on() */
  gboolean is_whole;     /* all bytes of the clip are on this machine */
  gboolean ordered;      /* this clip's order was sent, or may have been */
  gint progress;         /* percent of the generation; -1 = not known */
  GstClockTime duration; /* of the part that is shown; NONE = not known yet */
} PlayoutClipInfo;

/* Asks the source for news, fails the clip if its decoder made no step
 * for @timeout nanoseconds although all bytes are here, and fills
 * @info. @now is monotonic time in nanoseconds. The caller clears @info
 * with playout_clip_info_clear(). */
void playout_clip_look (
    PlayoutClip *clip, gint64 now, gint64 timeout, PlayoutClipInfo *info);
void playout_clip_info_clear (PlayoutClipInfo *info);
/* Fills @info with what the last look found; may_go_on stays as it is. */
void playout_clip_get_info (PlayoutClip *clip, PlayoutClipInfo *info);
PlayoutClipState playout_clip_get_state (PlayoutClip *clip);
/* Both are transfer full and may be NULL. */
void playout_clip_get_task (PlayoutClip *clip, gchar **task_id, gchar **cost);
/* Returns why the clip failed; NULL if it did not. The caller frees it
 * with g_free(). */
gchar *playout_clip_get_failure (PlayoutClip *clip);

typedef enum {
  PLAYOUT_TAKE_FRAME,
  PLAYOUT_TAKE_NONE, /* the frame or its sound is not there yet */
  PLAYOUT_TAKE_END,  /* the clip has ended, or has failed */
} PlayoutTake;

/* Takes the next frame (@frame: transfer full), provided that its sound, up to
 * sample @until counted from the clip's start, is there too. Sound that stays
 * away for too long is not waited for. */
PlayoutTake playout_clip_take (
    PlayoutClip *clip, gint64 until, GstBuffer **frame);

/* Copies @samples samples from sample @from on into @data, which the caller has
 * filled with silence: where the clip has no sound, @data stays as it is.
 * Samples before @from are discarded. */
void playout_clip_read (
    PlayoutClip *clip, gint64 from, guint samples, guint8 *data);

/* Loads the plugins that decode clips, once in a process. Loading a plugin
 * holds GObject's lock of all classes, for libav up to 0.15 s, and stalls every
 * thread that creates an object meanwhile. So the element loads them when it
 * goes to READY, before its pipeline runs. */
void playout_clip_load_plugins (void);

G_END_DECLS
