/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every frame of every layout of clip comes out of the usual decoding chains,
 * in push mode and in pull mode. */

#include "run.h"

static const struct {
  const gchar *settings;
  const gchar *media, *parser, *decoder;
  gboolean audio;
} clips[] = {
  { "{\"layout\":\"moov-last\"}", "video/x-h264", "h264parse", "avdec_h264",
      TRUE },
  { "{\"layout\":\"moov-first\"}", "video/x-h264", "h264parse", "avdec_h264",
      TRUE },
  { "{\"layout\":\"fragmented\"}", "video/x-h264", "h264parse", "avdec_h264",
      TRUE },
  { "{\"audio\":false}", "video/x-h264", "h264parse", "avdec_h264", FALSE },
  { "{\"codec\":\"h265\"}", "video/x-h265", "h265parse", "avdec_h265", TRUE },
};

/* A tee passes no pull requests, and has no thread of its own. A queue in its
 * place hangs now and then on GStreamer 1.22.0, with any source. */
static const struct {
  const gchar *line;
  GstPadMode mode;
} modes[] = {
  { CLIP "! ", GST_PAD_MODE_PULL },
  { CLIP "! tee ! ", GST_PAD_MODE_PUSH },
};

#define N_COMBINATIONS (G_N_ELEMENTS (clips) * G_N_ELEMENTS (modes))

typedef struct {
  guint clip, mode;
} Combination;

static Combination
combination (gint i)
{
  return (Combination){ (guint) i % G_N_ELEMENTS (clips),
    (guint) i / G_N_ELEMENTS (clips) };
}

/* Checks that the elements of @chain find every frame of the clip. @audio is
 * the launch line for its sound, if it has any. */
static void
assert_frames (Combination combination, const gchar *chain, const gchar *audio)
{
  TestRun *run =
      test_run_new ("%s %s ! queue ! fakesink name=out sync=false %s",
          modes[combination.mode].line, chain,
          clips[combination.clip].audio ? audio : "");
  TestTap *tap = test_run_tap (run, "out");
  GstPad *pad = gst_element_get_static_pad (run->src, "src");

  test_service_set (service, clips[combination.clip].settings);
  test_run_start (run, GST_STATE_PAUSED);
  test_run_wait_done (run);
  fail_unless_equals_int (GST_PAD_MODE (pad), modes[combination.mode].mode);
  gst_object_unref (pad);
  test_run_to_end (run);
  fail_unless_equals_int (test_tap_count (tap), TEST_FRAMES);
  test_run_free (run);
  assert_posts (service, 1);
  fail_unless (test_service_count (service, "clip_requests") <= 2);
}

GST_START_TEST (decodebin_finds_every_frame)
{
  assert_frames (combination (__i__), "decodebin name=d ! video/x-raw",
      "d. ! audio/x-raw ! queue ! fakesink sync=false");
}
GST_END_TEST

GST_START_TEST (decodebin3_finds_every_frame)
{
  assert_frames (combination (__i__), "decodebin3 name=d ! video/x-raw",
      "d. ! audio/x-raw ! queue ! fakesink sync=false");
}
GST_END_TEST

GST_START_TEST (parsebin_finds_every_frame)
{
  Combination its = combination (__i__);
  g_autofree gchar *chain =
      g_strdup_printf ("parsebin name=d ! %s", clips[its.clip].media);

  assert_frames (its, chain, "d. ! audio/mpeg ! queue ! fakesink sync=false");
}
GST_END_TEST

GST_START_TEST (qtdemux_finds_every_frame)
{
  Combination its = combination (__i__);
  g_autofree gchar *chain = g_strdup_printf (
      "qtdemux ! %s ! %s", clips[its.clip].parser, clips[its.clip].decoder);

  assert_frames (its, chain, "");
}
GST_END_TEST

static void
link_video (GstElement *decodebin, GstPad *pad, gpointer queue)
{
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  GstPad *sink = gst_element_get_static_pad (queue, "sink");

  if (gst_structure_has_name (gst_caps_get_structure (caps, 0), "video/x-raw"))
    fail_unless_equals_int (gst_pad_link (pad, sink), GST_PAD_LINK_OK);
  gst_object_unref (sink);
}

/* The second and third time the clip comes from the disk. */
GST_START_TEST (a_clip_is_replayed_frame_by_frame)
{
  Combination its = combination (__i__);
  /* gst_parse_launch() links the pads of decodebin only once, hence the
   * signal. */
  TestRun *run = test_run_new (
      "%s decodebin name=d queue name=q ! fakesink name=out sync=false",
      modes[its.mode].line);
  TestTap *tap = test_run_tap (run, "out");

  g_signal_connect (test_run_get (run, "d"), "pad-added",
      G_CALLBACK (link_video), test_run_get (run, "q"));
  test_service_set (service, clips[its.clip].settings);
  for (guint i = 0; i < 3; i++) {
    test_tap_reset (tap);
    test_run_to_end (run);
    fail_unless_equals_int (test_tap_count (tap), TEST_FRAMES);
    test_run_stop (run);
  }
  test_run_free (run);
  assert_posts (service, 1);
  fail_unless (test_service_count (service, "clip_requests") <= 2);
}
GST_END_TEST

static const gchar *const layouts[] = { "{\"layout\":\"moov-last\"}",
  "{\"layout\":\"moov-first\"}" };

/* Wherever the index stands, and although a demuxer in pull mode also looks
 * behind the last box. */
GST_START_TEST (the_first_frame_does_not_wait_for_the_whole)
{
  TestRun *run =
      test_run_new (SOURCE "prompt=boat seed=7 resolution=480p duration=10 "
                           "! decodebin ! video/x-raw "
                           "! fakesink name=out sync=false");
  TestTap *tap = test_run_tap (run, "out");

  test_service_set (service, layouts[__i__]);
  test_service_fault (service, "clip@1:hold-at=25%");
  test_run_start (run, GST_STATE_PAUSED);
  test_run_wait_done (run);
  fail_unless_equals_int (test_service_count (service, "clips_held"), 1);
  test_service_release (service);
  test_run_to_end (run);
  fail_unless_equals_int (test_tap_count (tap), 241);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
decode_suite (void)
{
  Suite *suite = suite_create ("decode");
  TCase *tcase = test_case_new (suite, "decode");

  tcase_add_loop_test (tcase, decodebin_finds_every_frame, 0, N_COMBINATIONS);
  tcase_add_loop_test (tcase, decodebin3_finds_every_frame, 0, N_COMBINATIONS);
  tcase_add_loop_test (tcase, parsebin_finds_every_frame, 0, N_COMBINATIONS);
  tcase_add_loop_test (tcase, qtdemux_finds_every_frame, 0, N_COMBINATIONS);
  tcase_add_loop_test (
      tcase, a_clip_is_replayed_frame_by_frame, 0, N_COMBINATIONS);
  tcase_add_loop_test (tcase, the_first_frame_does_not_wait_for_the_whole, 0,
      G_N_ELEMENTS (layouts));

  return suite;
}

GST_CHECK_MAIN (decode)
