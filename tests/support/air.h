/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at every frame and every sample that a pipeline puts out, and tells the
 * clips of the local service that are made to be measured with: which frame of
 * which clip it is, and where the beep begins that belongs to its flash. */
#pragma once

#include "pace.h"
#include "run.h"

G_BEGIN_DECLS

#define AIR_WIDTH 432
#define AIR_HEIGHT 248
#define AIR_RATE 48000

/* Behind the two pads of an element called "out"; sinks "v" and "a". */
#define AIR_VIDEO_CAPS \
  "video/x-raw,format=I420,width=432,height=248,framerate=25/1"
#define AIR_AUDIO_CAPS \
  "audio/x-raw,format=S16LE,rate=48000,channels=2,layout=interleaved"
#define AIR_SINKS \
  " name=out out.video ! " AIR_VIDEO_CAPS \
  " ! fakesink name=v sync=false async=false out.audio ! " AIR_AUDIO_CAPS \
  " ! fakesink name=a sync=false async=false "

typedef struct {
  GstClockTime time; /* running time */
  gint number;       /* of the frame; -1 = not of such a clip */
  gint seed;         /* of the clip, modulo 256 */
  gboolean gap;      /* a GAP event */
  guint8 luma;       /* in the middle of the upper half */
  guint8 brightest;  /* of all */
  guint8 corner;     /* the brightest in the lower right eighth */
  gint64 at;         /* monotonic, microseconds */
} TestFrame;

/* A stretch of frames of one clip. */
typedef struct {
  guint first, frames; /* in the array of all frames */
  guint distinct;
  gint seed;
  gboolean ordered;
} TestStretch;

/* How far a sink's input has come. */
typedef struct {
  gboolean watched, begun, ended;
  GstClockTime until; /* running time of the end of what came last */
} TestProgress;

typedef struct {
  TestRun *run;
  TestPace *pace; /* NULL: real time */
  GMutex lock;
  GCond changed;
  TestProgress video, audio;
  GArray *frames; /* TestFrame */
  GArray *beeps;  /* GstClockTime of their first sample */
  GArray *shown;  /* gint64, monotonic, microseconds */
  GstClockTime next_sample;
  guint sound_gaps;
  GstClockTime settled; /* holes in the sound before this do not count */
  guint64 samples;
  guint rate; /* of the last of them */
  guint sound_buffers, silent_buffers; /* the latter flagged GAP */
  gint64 loud_sample;
} TestAir;

/* From the sinks "v" and "a" of @run; both may be missing. The pipeline runs
 * against a clock that waits for both sinks, and is half as fast as others. */
TestAir *test_air_new (TestRun *run);
void test_air_free (TestAir *air);

/* Another speed of that clock. Before the start, as the next one. */
void test_air_set_pace (TestAir *air, guint fast, guint slow);
/* A clock that waits for nothing, as those of users, @fast times too fast. */
void test_air_use_real_clock (TestAir *air, guint fast);

/* Until so many frames were seen in all; of clips; so
 * many times no clip behind a clip. */
void test_air_wait_frames (TestAir *air, guint frames);
void test_air_wait_clip_frames (TestAir *air, guint frames);
void test_air_wait_empty (TestAir *air, guint stretches);

/* The clips on air, in order. g_array_unref(). */
GArray *test_air_find_stretches (TestAir *air);

/* Frames that are missing or doubled in time, from @from on. */
guint test_air_count_gaps (TestAir *air, GstClockTime from);
/* The largest distance of a flash to its beep, in nanoseconds. */
GstClockTime test_air_get_skew (TestAir *air);
/* The longest time between two frames that a sink showed, which has
 * signal-handoffs set; in microseconds. */
gint64 test_air_get_stall (TestAir *air);

/* Consecutive frames and samples from the first one on. */
void test_air_assert_steady (TestAir *air);
/* One clip of @seconds, whole and in order, in its @nth stretch. A machine that
 * is busy may let a frame stand. */
void test_air_assert_clip (TestAir *air, guint nth, guint seconds);

/* The file of a clip to be measured, of one second; ordered, and forgotten by
 * the service. g_free(). */
gchar *test_air_write_clip (const gchar *name, gint seed);

/* Waits for a message `seedance-playout` that tells @what, of @id (NULL: any).
 * Owned by the run; also finds one that was said before. */
const GstStructure *test_air_wait_told (
    TestRun *run, const gchar *what, const gchar *id);
guint test_air_count_told (TestRun *run, const gchar *what);

G_END_DECLS
