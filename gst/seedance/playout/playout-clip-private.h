/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of a clip share. playout-clip.c keeps its state and judges it,
 * -life.c starts and ends it on threads of its own, -pipeline.c orders it and
 * decodes it, -queue.c holds the decoded frames and samples. */
#pragma once

#include <gst/app/gstappsink.h>
#include <gst/base/gstadapter.h>

#include "playout-clip.h"

G_BEGIN_DECLS

/* Where a clip is in its life. The "life's thread" below is the thread of
 * the pool in playout-clip-life.c that begins or ends the clip; there is one
 * at a time. */
typedef enum {
  PLAYOUT_LIFE_NEW,
  PLAYOUT_LIFE_BEGINNING, /* a thread orders the clip or builds the pipeline */
  PLAYOUT_LIFE_ORDERED,   /* the source fetches the clip, without a pipeline */
  PLAYOUT_LIFE_RUNNING,   /* there is a pipeline, or building it has failed */
  PLAYOUT_LIFE_ENDED,     /* a thread takes the pipeline down, or has done so */
} PlayoutLife;

struct _PlayoutClip {
  gint refs; /* atomic */
  SeedanceItem *item;
  PlayoutFormat format;
  gboolean whole;
  gint64 in, out; /* nanoseconds; out -1 = its end; `in` under the lock */
  gboolean continues;
  gchar *label;
  GstElement *source, *pipeline; /* written by the life's thread only */
  gboolean is_ordered;           /* life's thread: playout_clip_order() was
                                    called, so a pipeline is next */
  PlayoutClipFunc func;
  gpointer user_data;
  GDestroyNotify destroy;

  GMutex lock; /* of all below */
  GCond room;  /* the queues have room, the start is known, or it is dead */
  PlayoutLife life;
  gboolean has_pipeline; /* or is about to: the format stays as it is */
  GQueue frames; /* GstBuffer */
  GstAdapter *sound;
  gint64 sound_at; /* number of the adapter's first sample in the clip */
  gint64 sound_known; /* silence up to this sample, where none is queued */
  gboolean has_video, has_audio; /* the decoder has such a pad */
  gboolean video_end, audio_end;
  guint pictures; /* that the decoder made, up to 2; video thread only */
  gboolean start_known; /* if `continues`: the second picture came */
  gboolean has_started; /* a frame of the part that is shown came */
  guint waits;          /* ticks for which a frame has waited for its sound */
  guint wanted_video, wanted_audio; /* streams that decodebin3 selected */
  gboolean is_here;                 /* all bytes of the clip are here */
  gboolean was_ready;
  guint steps, seen_steps; /* count of all progress; count at the last look */
  gint64 seen_at;          /* when a look last saw progress; nanoseconds */
  gchar *reason, *text;    /* of the failure; `reason` NULL = none */
  gchar *task_id, *cost, *last_frame_url;
  gint64 tokens;
  /* `ordered`: an order was sent, or may have been. `maybe_billed`: it failed,
   * and nobody knows whether the service had accepted it. */
  gboolean ordered, maybe_billed;
  gint progress;
  GstClockTime duration;
};

/* Length of the queue of frames. */
#define PLAYOUT_CLIP_DEPTH 8

/* Has the source order the clip, or fetch a clip that was ordered before;
 * neither needs a pipeline. Errors fail the clip. */
void playout_clip_order (PlayoutClip *clip);

/* Builds the pipeline and starts it. Returns FALSE if that failed the clip. */
gboolean playout_clip_build (PlayoutClip *clip);

/* Fail the clip; later failures are ignored. @reason is for programs, @text for
 * people. The second function takes both from an error message. */
void playout_clip_fail_locked (
    PlayoutClip *clip, const gchar *reason, const gchar *text);
void playout_clip_fail_with_locked (PlayoutClip *clip, GstMessage *error);

/* Calls the clip's PlayoutClipFunc; the caller holds no lock. */
void playout_clip_tell (PlayoutClip *clip, GstMessage *message);

/* For the appsinks: queue a buffer (transfer full), waiting for room. @time is
 * the running time of the clip's own pipeline. Return GST_FLOW_EOS when no more
 * is wanted. */
GstFlowReturn playout_clip_put_frame (
    PlayoutClip *clip, GstBuffer *frame, GstClockTime time);
GstFlowReturn playout_clip_put_sound (
    PlayoutClip *clip, GstBuffer *samples, GstClockTime time);
/* For a clip that continues another one: its second picture is at @time and is
 * the first that is shown. */
void playout_clip_put_start (PlayoutClip *clip, GstClockTime time);
/* No sound comes before @until, a running time. */
void playout_clip_put_silence (PlayoutClip *clip, GstClockTime until);
void playout_clip_put_end (PlayoutClip *clip, gboolean audio);

G_END_DECLS
