/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records every frame and sample that a pipeline puts out. Recognises measuring
 * clips: clips that the local service renders for the prompt "flash-and-beep".
 * Each of their frames shows its frame number and the clip's seed as bars, and
 * every flash has a beep at the same time. */
#pragma once

#include "pace.h"
#include "run.h"

G_BEGIN_DECLS

#define AIR_WIDTH 432
#define AIR_HEIGHT 248
#define AIR_RATE 48000

/* The two pads of an element called "out", each linked to a fake sink: "v" for
 * video, "a" for audio. */
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
  gint number;       /* frame number; -1: not a measuring clip */
  gint seed;         /* seed of the clip, modulo 256 */
  gboolean gap;      /* TRUE for a GAP event */
  guint8 luma;       /* in the middle of the upper half */
  guint8 brightest;  /* of the whole frame */
  guint8 corner;     /* in the lower right eighth of width and height */
  gint64 at;         /* arrival, monotonic, microseconds */
} TestFrame;

/* Consecutive frames of one clip. @distinct counts frames whose number differs
 * from the one before. @ordered is TRUE if the numbers start at 0 and none is
 * skipped. */
typedef struct {
  guint first, frames; /* index into TestAir.frames, and count */
  guint distinct;
  gint seed;
  gboolean ordered;
} TestStretch;

/* How far the input of a sink has come. */
typedef struct {
  gboolean watched, begun, ended;
  GstClockTime until; /* running time of the end of the last buffer */
} TestProgress;

typedef struct {
  TestRun *run;
  TestPace *pace; /* NULL: real clock */
  GMutex lock;
  GCond changed;
  TestProgress video, audio;
  GArray *frames; /* TestFrame */
  GArray *beeps;  /* GstClockTime of the first sample of each */
  GArray *shown;  /* gint64, when "v" showed each frame, monotonic µs */
  GstClockTime next_sample;
  guint sound_gaps;
  GstClockTime settled; /* gaps in the sound before this time do not count */
  guint64 samples;
  guint rate; /* sample rate of the last buffer */
  guint sound_buffers, silent_buffers; /* silent: with the GAP flag */
  gint64 loud_sample;
} TestAir;

/* Observes the sinks "v" and "a" of @run; either may be missing. Replaces the
 * pipeline's clock by one that waits for both sinks and runs at half speed, or
 * slower under a slow tool. The caller frees the result with test_air_free()
 * before the run. */
TestAir *test_air_new (TestRun *run);
void test_air_free (TestAir *air);

/* Sets another speed of the clock that waits, as in test_pace_new(). Call it
 * before the pipeline starts. */
void test_air_set_pace (TestAir *air, guint fast, guint slow);
/* Uses a real clock instead, as applications do, that runs @fast times as fast
 * as real time and waits for nothing. Call it before the pipeline starts. */
void test_air_use_real_clock (TestAir *air, guint fast);

/* Wait until that many frames were seen in all; until that many frames of
 * measuring clips were seen; until the output has changed that many times from
 * a measuring clip to no clip. */
void test_air_wait_frames (TestAir *air, guint frames);
void test_air_wait_clip_frames (TestAir *air, guint frames);
void test_air_wait_empty (TestAir *air, guint stretches);

/* Returns the runs of clip frames as TestStretch, in the order of the output.
 * The caller frees the array with g_array_unref(). */
GArray *test_air_find_stretches (TestAir *air);

/* Returns how often the time between two frames, from @from on, differs from
 * the frame duration. */
guint test_air_count_gaps (TestAir *air, GstClockTime from);
/* Returns the largest distance between a flash and its beep, in nanoseconds. */
GstClockTime test_air_get_skew (TestAir *air);
/* Returns the longest time between two frames that the sink "v" showed, in
 * microseconds. The sink must have signal-handoffs set. */
gint64 test_air_get_stall (TestAir *air);

/* Asserts that video and audio have no gap and no overlap from the start. */
void test_air_assert_steady (TestAir *air);
/* Asserts that the @nth run of clip frames is one whole clip of @seconds in
 * order. On a busy machine the element may repeat frames; the "held" statistic
 * of "out" allows for those. */
void test_air_assert_clip (TestAir *air, guint nth, guint seconds);

/* Orders a measuring clip of one second, writes it to @name in the test's
 * folder and resets the service, so that its counters start at 0. Returns the
 * path; the caller frees it with g_free(). */
gchar *test_air_write_clip (const gchar *name, gint seed);

/* Waits for a `seedance-playout` message with this @what and @id (NULL: any
 * id). A message that came before the call counts as well. The run owns the
 * result. */
const GstStructure *test_air_wait_told (
    TestRun *run, const gchar *what, const gchar *id);
/* Returns how many `seedance-playout` messages with this @what have come so
 * far. */
guint test_air_count_told (TestRun *run, const gchar *what);

/* Enqueues an item of the file @uri, a path or a URI, under @id. The element
 * must take it. */
void test_air_enqueue (TestRun *run, const gchar *id, const gchar *uri);
/* Returns how many items `status` tells of. */
guint test_air_count_items (TestRun *run);

G_END_DECLS
