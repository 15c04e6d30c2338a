/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of a clip share. */
#pragma once

#include <gst/app/gstappsink.h>
#include <gst/base/gstadapter.h>

#include "playout-clip.h"

G_BEGIN_DECLS

typedef enum {
  PLAYOUT_LIFE_NEW,
  PLAYOUT_LIFE_BEGINNING,
  PLAYOUT_LIFE_ORDERED, /* the source fetches the clip, without a pipeline */
  PLAYOUT_LIFE_RUNNING,
  PLAYOUT_LIFE_ENDED, /* or about to, by the thread that begins it */
} PlayoutLife;

struct _PlayoutClip {
  gint refs; /* atomic */
  SeedanceItem *item;
  PlayoutFormat format;
  gboolean whole;
  gint64 in, out; /* nanoseconds; out -1 = the end; in under the lock */
  gboolean continues;
  gchar *label;
  GstElement *source, *pipeline; /* the life's thread; source until it ends */
  gboolean is_ordered;           /* the life's thread: there was no need of a
                                    pipeline yet, or it was tried */
  PlayoutClipFunc func;
  gpointer user_data;
  GDestroyNotify destroy;

  GMutex lock; /* of all below */
  GCond room;
  PlayoutLife life;
  GQueue frames; /* GstBuffer */
  GstAdapter *sound;
  gint64 sound_at; /* sample that the first one of the adapter is */
  gboolean has_video, has_audio; /* a sink was linked */
  gboolean video_end, audio_end;
  guint pictures; /* of the decoder, up to 2; the thread's of the picture */
  gboolean start_known; /* of one that continues: the second picture came */
  guint waits;          /* ticks that a frame waited for its sound */
  guint wanted_video, wanted_audio; /* streams that were selected */
  gboolean is_here;                 /* the source has all its bytes */
  gboolean was_ready;
  guint steps, seen_steps; /* anything that moved; at the last look */
  gint64 seen_at;          /* when it moved last */
  gchar *reason, *text;    /* of a failure */
  gchar *task_id, *cost, *last_frame_url;
  gint64 tokens;
  gboolean ordered, maybe_billed;
  gint progress;
  GstClockTime duration;
};

#define PLAYOUT_CLIP_DEPTH 8

/* Has the source order the clip, or fetch what was ordered before: no pipeline is
 * needed for that. It may fail. */
void playout_clip_order (PlayoutClip *clip);

/* Builds the pipeline and starts it; FALSE after it has failed. */
gboolean playout_clip_build (PlayoutClip *clip);

/* The first failure counts. With the lock held. */
void playout_clip_fail_locked (
    PlayoutClip *clip, const gchar *reason, const gchar *text);
void playout_clip_fail_with_locked (PlayoutClip *clip, GstMessage *error);

void playout_clip_tell (PlayoutClip *clip, GstMessage *message);

/* For the sinks: what they got. Waits for room. */
GstFlowReturn playout_clip_put_frame (
    PlayoutClip *clip, GstBuffer *frame, GstClockTime time);
GstFlowReturn playout_clip_put_sound (
    PlayoutClip *clip, GstBuffer *samples, GstClockTime time);
/* The decoder's second picture is at @time, and is the first that is shown. */
void playout_clip_put_start (PlayoutClip *clip, GstClockTime time);
void playout_clip_put_end (PlayoutClip *clip, gboolean audio);

G_END_DECLS
