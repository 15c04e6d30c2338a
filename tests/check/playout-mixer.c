/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clip that comes late into a running mixer. The mixer is not held back, and
 * its output has the clip whole and in sync. With SEEDANCE_MIXER_SECONDS=5 the
 * tests run by hand in real time and print what they measure. */

#include "air.h"

#include <string.h>

/* A long latency, and a test clock that waits for the mixer's output. On a busy
 * machine the mixer would otherwise drop frames of a late input, which would
 * not be the fault of seedanceplayout. */
#define LATENCY "latency=800000000 "
#define MIXER_WITH(settings, asynchronous, sync) \
  "videotestsrc is-live=true pattern=solid-color foreground-color=0xff404040 " \
  "! " AIR_VIDEO_CAPS " ! queue ! compositor name=c " LATENCY settings \
  "! " AIR_VIDEO_CAPS \
  " ! fakesink name=v signal-handoffs=true async=" asynchronous " sync=" sync \
  " " \
  "audiotestsrc is-live=true wave=silence samplesperbuffer=960 " \
  "! " AIR_AUDIO_CAPS " ! queue ! audiomixer name=m " LATENCY settings \
  "! " AIR_AUDIO_CAPS " ! fakesink name=a async=" asynchronous " sync=" sync \
  " "
#define MIXER MIXER_WITH ("", "false", "%s")
#define BRANCH \
  "seedanceplayout name=out poll-interval=100 on-empty=nothing " \
  "prompt=flash-and-beep resolution=480p duration=%u seed=7 " \
  "out.video ! " AIR_VIDEO_CAPS " ! queue ! c. " \
  "out.audio ! " AIR_AUDIO_CAPS " ! queue ! m. "

/* compositor may lose frames of a pad whose caps come during its first
 * frame. */
#define SETTLED (200 * GST_MSECOND)
#define SKEW_MAX (10 * GST_MSECOND)
/* Limits in real time. The goals on an idle machine are 50 and 150 ms. */
#define FIRST_MORE_MAX G_TIME_SPAN_SECOND
#define STALL_MAX (2 * G_TIME_SPAN_SECOND)

/* Returns the seconds of the clip to measure in real time, or 0 if the test
 * clock is used. */
static guint
get_seconds (void)
{
  const gchar *text = g_getenv ("SEEDANCE_MIXER_SECONDS");

  return text ? (guint) g_ascii_strtoull (text, NULL, 10) : 0;
}

static const gchar *
get_sync (void)
{
  return get_seconds () > 0 ? "true" : "false";
}

static gint64
measure_first (TestRun *run, TestAir *air)
{
  gint64 start = g_get_monotonic_time ();

  if (get_seconds () > 0)
    test_air_use_real_clock (air, 1);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_frames (air, 1);

  return g_array_index (air->frames, TestFrame, 0).at - start;
}

static gint64
measure_bare_mixer (void)
{
  TestRun *run = test_run_new (MIXER, get_sync (), get_sync ());
  TestAir *air = test_air_new (run);
  gint64 first = measure_first (run, air);

  test_run_free (run);
  test_air_free (air);

  return first;
}

static const gchar *const settings[] = {
  "{\"generation_time\":1}",
  "{\"generation_time\":1,\"audio\":false}",
  "{\"generation_time\":1,\"codec\":\"h265\"}",
  "{\"generation_time\":1,\"layout\":\"moov-first\"}",
  "{\"generation_time\":1,\"bitrate\":8000}",
  /* 25 MB in 5 s. By hand only: decoding it needs an idle machine. */
  "{\"generation_time\":1,\"bitrate\":40000}",
};

GST_START_TEST (a_late_clip_is_mixed_whole)
{
  const guint seconds = MAX (get_seconds (), 1);
  const gboolean sound = !strstr (settings[__i__], "audio");
  TestRun *run = test_run_new (MIXER BRANCH, get_sync (), get_sync (), seconds);
  gint64 bare = measure_bare_mixer (), with;
  TestAir *air = test_air_new (run);

  air->settled = SETTLED;
  test_service_set (service, settings[__i__]);
  /* The link is slower than the clip plays. */
  test_service_fault (service, "clip:rate=1000000");
  with = measure_first (run, air);
  fail_unless_equals_int (test_air_count_told (run, "ready"), 0);
  test_air_wait_empty (air, 1);
  test_run_stop (run);
  g_print ("# first output %" G_GINT64_FORMAT " ms (%" G_GINT64_FORMAT
           " ms without), skew %.1f ms, stall %" G_GINT64_FORMAT " ms\n",
      with / 1000, bare / 1000,
      sound ? (gdouble) test_air_get_skew (air) / GST_MSECOND : 0.0,
      test_air_get_stall (air) / 1000);
  test_air_assert_clip (air, 0, seconds);
  fail_unless_equals_int (test_air_count_gaps (air, SETTLED), 0);
  fail_unless_equals_int (air->sound_gaps, 0);
  if (sound)
    fail_unless (test_air_get_skew (air) <= SKEW_MAX);
  if (get_seconds () > 0) {
    fail_unless (with - bare < FIRST_MORE_MAX);
    fail_unless (test_air_get_stall (air) < STALL_MAX);
  }
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
}
GST_END_TEST

/* The launch line that a user would write without seedanceplayout. */
#define DECODED \
  "seedancesrc poll-interval=100 prompt=flash-and-beep resolution=480p " \
  "duration=%u seed=7 ! decodebin name=d d. ! queue ! videoconvert " \
  "! videoscale ! videorate ! " AIR_VIDEO_CAPS " ! c. d. ! queue " \
  "! audioconvert ! audioresample ! " AIR_AUDIO_CAPS " ! m. "

static const gchar *const plain[] = {
  MIXER_WITH ("latency=0 ", "true", "true") DECODED,
  MIXER_WITH ("latency=0 force-live=true ", "true", "true") DECODED,
};

static void
print_seen (TestAir *air, gint64 start)
{
  const gint64 first = g_array_index (air->shown, gint64, 0) - start;
  g_autoptr (GArray) stretches = test_air_find_stretches (air);
  guint distinct = 0, frames = 0;

  for (guint i = 0; i < stretches->len; i++) {
    distinct += g_array_index (stretches, TestStretch, i).distinct;
    frames += g_array_index (stretches, TestStretch, i).frames;
  }
  g_print ("# seedancesrc: first shown after %" G_GINT64_FORMAT
           " ms, %u frames of the clip, on air for %u, %u beeps, stall "
           "%" G_GINT64_FORMAT " ms\n",
      first / 1000, distinct, frames, air->beeps->len,
      test_air_get_stall (air) / 1000);
}

/* Only prints what it measures; docs/live.md has the figures. */
GST_START_TEST (a_late_clip_without_a_playout)
{
  TestRun *run = test_run_new (plain[__i__], get_seconds ());
  TestAir *air = test_air_new (run);
  gint64 start;

  g_object_set (test_run_get (run, "d"), "async-handling", __i__ > 0, NULL);
  test_air_use_real_clock (air, 1);
  test_service_set (service, "{\"generation_time\":4}");
  test_service_fault (service, "clip:rate=1000000");
  start = g_get_monotonic_time ();
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_frames (air, 25 * (get_seconds () + 10));
  test_run_stop (run);
  print_seen (air, start);
  test_run_free (run);
  test_air_free (air);
}
GST_END_TEST

static Suite *
playout_mixer_suite (void)
{
  Suite *suite = suite_create ("playout-mixer");
  TCase *tcase = test_case_new (suite, "mixer");

  tcase_add_loop_test (tcase, a_late_clip_is_mixed_whole, 0,
      (gint) G_N_ELEMENTS (settings) - (get_seconds () == 0));
  if (get_seconds () > 0)
    tcase_add_loop_test (
        tcase, a_late_clip_without_a_playout, 0, G_N_ELEMENTS (plain));

  return suite;
}

GST_CHECK_MAIN (playout_mixer)
