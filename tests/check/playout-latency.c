/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedanceplayout in pipelines with a latency. What follows it may hold each
 * buffer back for that long, which is no reason to leave out any. The clock is
 * real: a sink that waits for its latency stops a clock that waits for it. */

#include "air.h"

#define PLAYOUT \
  "seedanceplayout name=out poll-interval=100 prompt=flash-and-beep " \
  "resolution=480p duration=%u seed=7 "
#define VIDEO "out.video ! " AIR_VIDEO_CAPS " ! "
#define AUDIO "out.audio ! " AIR_AUDIO_CAPS " ! "
#define SINK(name) "fakesink name=" name " sync=true "
/* Records what passes on the way to another element. */
#define POINT(name) "identity name=" name " signal-handoffs=false ! "
#define QUEUED "queue max-size-buffers=3 ! "
#define MUX \
  "audioconvert ! avenc_aac ! m. mpegtsmux name=m ! fakesink sync=true "
#define BESIDE(latency) \
  "audiotestsrc is-live=true ! audiomixer name=mix latency=" latency \
  " ! fakesink sync=true "

static const gchar *const lines[] = {
  /* Both outputs are held back. */
  VIDEO SINK ("v") AUDIO SINK ("a") BESIDE ("2000000000"),
  VIDEO QUEUED SINK ("v") AUDIO QUEUED SINK ("a") BESIDE ("2000000000"),
  VIDEO SINK ("v") AUDIO SINK ("a") BESIDE ("5000000000"),
  /* The picture is, or the sound. */
  VIDEO SINK ("v") AUDIO POINT ("a") "audiomixer latency=2000000000 "
                                     "! fakesink sync=true ",
  VIDEO SINK ("v") AUDIO POINT ("a") "audiomixer latency=5000000000 "
                                     "! fakesink sync=true ",
  VIDEO POINT ("v") "compositor latency=2000000000 ! fakesink sync=true " AUDIO
      SINK ("a"),
  /* An encoder that needs two seconds of frames before its first one. */
  VIDEO POINT ("v") "x264enc ! fakesink sync=true " AUDIO SINK ("a"),
  VIDEO POINT ("v") "x264enc ! m. " AUDIO POINT ("a") MUX,
  VIDEO POINT ("v") "queue ! x264enc ! queue ! m. " AUDIO POINT (
      "a") "queue ! " MUX,
};

static guint64
get_stat (TestRun *run, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = 0;

  g_object_get (test_run_get (run, "out"), "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value));

  return value;
}

/* The picture may be on air seconds before the sound. */
static void
wait_for_end (TestAir *air)
{
  const gint64 until = g_get_monotonic_time () + test_patience ();
  GstClockTime shown;

  test_air_wait_empty (air, 1);
  g_mutex_lock (&air->lock);
  shown = air->video.until;
  while (air->audio.until < shown)
    fail_unless (g_cond_wait_until (&air->changed, &air->lock, until));
  g_mutex_unlock (&air->lock);
}

GST_START_TEST (a_latency_costs_no_frame)
{
  TestRun *run = test_run_new (PLAYOUT "%s", 2, lines[__i__]);
  TestAir *air = test_air_new (run);

  test_air_use_real_clock (air, 1);
  test_run_start (run, GST_STATE_PLAYING);
  wait_for_end (air);
  test_run_stop (run);
  test_air_assert_clip (air, 0, 2);
  fail_unless_equals_uint64 (get_stat (run, "dropped"), 0);
  fail_unless_equals_int (test_air_count_gaps (air, 0), 0);
  fail_unless_equals_int (air->sound_gaps, 0);
  fail_unless (test_air_get_skew (air) <= 2 * GST_MSECOND);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
}
GST_END_TEST

static void
change_latency (TestRun *run, GstClockTime latency)
{
  g_object_set (test_run_get (run, "mix"), "latency", latency, NULL);
  gst_bin_recalculate_latency (GST_BIN (run->pipeline));
}

/* When the latency becomes longer nothing is left out. When it becomes shorter
 * the sinks leave out time, but the clip goes on where it was. */
GST_START_TEST (the_latency_may_change_on_air)
{
  TestRun *run =
      test_run_new (PLAYOUT VIDEO SINK ("v") AUDIO SINK ("a") BESIDE ("0"), 5);
  TestAir *air = test_air_new (run);

  test_air_use_real_clock (air, 1);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_clip_frames (air, 5);
  change_latency (run, 2 * GST_SECOND);
  test_air_wait_clip_frames (air, 50);
  fail_unless_equals_uint64 (get_stat (run, "dropped"), 0);
  change_latency (run, 0);
  wait_for_end (air);
  test_run_stop (run);
  test_air_assert_clip (air, 0, 5);
  fail_unless (test_air_count_gaps (air, 0) <= 1);
  fail_unless (air->sound_gaps <= 1);
  fail_unless (test_air_get_skew (air) <= 2 * GST_MSECOND);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
}
GST_END_TEST

/* Without a clock the sound runs ahead for as long as its queue has room. What
 * was decided for both is shown by both. */
GST_START_TEST (without_a_clock_nothing_is_decided_twice)
{
  TestRun *run = test_run_new ("seedanceplayout name=out " VIDEO POINT (
      "v") "x264enc "
           "tune=zerolatency ! m. " AUDIO POINT (
               "a") "queue max-size-buffers=0 "
                    "max-size-bytes=0 max-size-time=2000000000 ! audioconvert "
                    "! avenc_aac "
                    "! m. mpegtsmux name=m ! fakesink sync=false");
  TestAir *air = test_air_new (run);

  test_air_use_real_clock (air, 1);
  gst_pipeline_use_clock (GST_PIPELINE (run->pipeline), NULL);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_frames (air, 500);
  test_run_stop (run);
  fail_unless_equals_int (test_air_count_gaps (air, 0), 0);
  fail_unless_equals_int (air->sound_gaps, 0);
  fail_unless (get_stat (run, "empty") < get_stat (run, "frames") + 100);
  test_run_free (run);
  test_air_free (air);
}
GST_END_TEST

typedef struct {
  GstClock *clock;
  GstClockTime until;
} Hiccup;

static GstPadProbeReturn
stand_still (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  const Hiccup *hiccup = user_data;
  GstClockID wait = gst_clock_new_single_shot_id (hiccup->clock, hiccup->until);

  gst_clock_id_wait (wait, NULL);
  gst_clock_id_unref (wait);

  return GST_PAD_PROBE_OK;
}

/* Neither sink takes a frame until @time has passed. */
static void
hold_up (TestRun *run, Hiccup *hiccup, GstClockTime time)
{
  static const gchar *const names[] = { "v", "a" };

  hiccup->clock = gst_pipeline_get_clock (GST_PIPELINE (run->pipeline));
  hiccup->until = gst_clock_get_time (hiccup->clock) + time;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    GstPad *pad =
        gst_element_get_static_pad (test_run_get (run, names[i]), "sink");

    gst_pad_add_probe (
        pad, GST_PAD_PROBE_TYPE_BUFFER, stand_still, hiccup, NULL);
    gst_object_unref (pad);
  }
}

/* The sinks hold the outputs back for all of the latency, so that there is no
 * reserve. What is left out is the time of the hiccup: about 20 frames, not the
 * 125 of the latency as well. */
GST_START_TEST (a_hiccup_does_not_cost_the_latency)
{
  TestRun *run = test_run_new (
      PLAYOUT VIDEO SINK ("v") AUDIO SINK ("a") BESIDE ("5000000000"), 2);
  TestAir *air = test_air_new (run);
  Hiccup hiccup;
  guint64 dropped;

  test_air_use_real_clock (air, 1);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_clip_frames (air, 5);
  hold_up (run, &hiccup, 800 * GST_MSECOND);
  wait_for_end (air);
  test_run_stop (run);
  dropped = get_stat (run, "dropped");
  fail_unless (dropped > 0 && dropped < 100,
      "%" G_GUINT64_FORMAT " frames were left out", dropped);
  test_air_assert_clip (air, 0, 2);
  fail_unless (test_air_get_skew (air) <= 2 * GST_MSECOND);
  gst_object_unref (hiccup.clock);
  test_run_free (run);
  test_air_free (air);
}
GST_END_TEST

static guint
count_frames (TestAir *air)
{
  guint n;

  g_mutex_lock (&air->lock);
  n = air->frames->len;
  g_mutex_unlock (&air->lock);

  return n;
}

#define FILTERED "out.video ! capsfilter name=vc caps=\"" AIR_VIDEO_CAPS "\" ! "

/* Of the two outputs the picture is behind, or the sound. */
static const gchar *const filtered[] = {
  FILTERED SINK ("v") AUDIO POINT ("a") "audiomixer latency=2000000000 "
                                        "! fakesink sync=true ",
  FILTERED POINT ("v") "compositor latency=2000000000 ! fakesink sync=true "
  AUDIO SINK ("a"),
};

/* What the output that is behind has yet to send becomes the slate, without a
 * hole: each frame follows the one before it by the duration of one. The frame
 * that is on its way just then may be missing. */
GST_START_TEST (the_frame_rate_may_change_with_a_latency)
{
  TestRun *run = test_run_new (PLAYOUT "%s", 2, filtered[__i__]);
  TestAir *air = test_air_new (run);
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "video/x-raw,format=I420,width=432,height=248,framerate=50/1");

  test_air_use_real_clock (air, 1);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_clip_frames (air, 5);
  g_object_set (test_run_get (run, "vc"), "caps", caps, NULL);
  test_air_wait_empty (air, 1);
  /* The other output comes to that time, too. */
  test_air_wait_frames (air, count_frames (air) + 125);
  test_run_stop (run);
  fail_unless_equals_uint64 (get_stat (run, "dropped"), 0);
  for (guint i = 1; i < air->frames->len; i++) {
    const GstClockTime step =
        g_array_index (air->frames, TestFrame, i).time -
        g_array_index (air->frames, TestFrame, i - 1).time;

    fail_unless (step <= 80 * GST_MSECOND,
        "frame %u is %" GST_TIME_FORMAT " behind the one before it", i,
        GST_TIME_ARGS (step));
  }
  fail_unless_equals_int (air->sound_gaps, 0);
  test_run_free (run);
  test_air_free (air);
}
GST_END_TEST

static Suite *
playout_latency_suite (void)
{
  Suite *suite = suite_create ("playout-latency");
  TCase *tcase = test_case_new (suite, "latency");

  tcase_add_loop_test (
      tcase, a_latency_costs_no_frame, 0, G_N_ELEMENTS (lines));
  tcase_add_test (tcase, the_latency_may_change_on_air);
  tcase_add_test (tcase, a_hiccup_does_not_cost_the_latency);
  tcase_add_loop_test (tcase, the_frame_rate_may_change_with_a_latency, 0,
      G_N_ELEMENTS (filtered));
  tcase_add_test (tcase, without_a_clock_nothing_is_decided_twice);

  return suite;
}

GST_CHECK_MAIN (playout_latency)
