/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties that the source inherits from its base classes do what they
 * promise, and EOS means that every byte was sent. */

#include <gst/base/gstbasesrc.h>

#include "run.h"

static void
assert_whole (TestTap *tap)
{
  g_autoptr (GBytes) clip = test_service_get_clip (service, 0);

  test_tap_assert_bytes (tap, clip);
}

static const gchar *harmless[] = { "do-timestamp=true", "do-timestamp=false",
  "blocksize=0", "blocksize=1000", "blocksize=2147483648",
  "blocksize=4294967295", "num-buffers=-1", "typefind=true",
  "do-timestamp=true blocksize=4097" };

/* Each setting is tried in push mode, and in pull mode behind a typefind. */
GST_START_TEST (the_clip_is_whole_with)
{
  const guint n = (guint) __i__ / 2;
  TestRun *run = test_run_new (CLIP "%s %s ! fakesink name=out", harmless[n],
      __i__ % 2 ? "! typefind" : "");
  TestTap *tap = test_run_tap (run, "out");

  test_run_to_end (run);
  assert_whole (tap);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static GstPadProbeReturn
refuse_serialized (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  fail_if (GST_QUERY_IS_SERIALIZED (GST_PAD_PROBE_INFO_QUERY (info)));

  return GST_PAD_PROBE_OK;
}

/* A serialized query is answered only when everything before it has passed. A
 * queue whose sink wants no more data never answers it. */
GST_START_TEST (nothing_is_asked_that_waits_for_the_stream)
{
  TestRun *run = test_run_new (CLIP "blocksize=4096 ! fakesink name=out");
  g_autoptr (GstPad) sink =
      gst_element_get_static_pad (test_run_get (run, "out"), "sink");

  gst_pad_add_probe (sink, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM,
      refuse_serialized, NULL, NULL);
  test_run_start (run, GST_STATE_PAUSED);
  test_run_wait_done (run);
  gst_pad_push_event (sink, gst_event_new_reconfigure ());
  test_run_to_end (run);
  test_run_free (run);
}
GST_END_TEST

/* The file has every byte, also when the pipeline is played a second time. */
GST_START_TEST (a_file_is_whole_with_timestamps)
{
  g_autofree gchar *path = test_home_path ("clip.mp4");
  g_autofree gchar *data = NULL;
  TestRun *run =
      test_run_new (CLIP "do-timestamp=true ! filesink location=%s", path);
  g_autoptr (GBytes) file = NULL, clip = NULL;
  gsize size;

  test_run_to_end (run);
  test_run_stop (run);
  test_run_to_end (run);
  test_run_free (run);
  fail_unless (g_file_get_contents (path, &data, &size, NULL));
  file = g_bytes_new (data, size);
  clip = test_service_get_clip (service, 0);
  test_assert_same_bytes (file, clip);
  assert_posts (service, 1);
}
GST_END_TEST

/* The demuxer must find every frame although the buffers have timestamps. */
GST_START_TEST (frames_are_all_there_with_timestamps)
{
  TestRun *run = test_run_new (
      CLIP "do-timestamp=true ! queue ! qtdemux ! queue ! fakesink name=out");
  TestTap *tap = test_run_tap (run, "out");

  test_run_to_end (run);
  fail_unless_equals_int (test_tap_count (tap), TEST_FRAMES);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (one_byte_a_buffer_works)
{
  TestRun *run =
      test_run_new (CLIP "blocksize=1 num-buffers=100 ! fakesink name=out");
  TestTap *tap = test_run_tap (run, "out");

  test_run_to_end (run);
  fail_unless_equals_int (test_tap_count (tap), 100);
  fail_unless_equals_int (tap->bytes->len, 100);
  test_run_free (run);
}
GST_END_TEST

/* Once do-timestamp is set in a running stream, the base class passes no
 * offsets to the element. */
GST_START_TEST (timestamps_that_are_wanted_late_cost_no_byte)
{
  TestRun *run = test_run_new (
      CLIP "blocksize=4096 ! identity name=slow ! fakesink name=out");
  TestTap *tap = test_run_tap (run, "out");

  test_service_set (service, "{\"layout\":\"moov-first\"}");
  test_service_fault (service, "clip@1:hold-at=50%");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "clips_held", 1);
  g_object_set (run->src, "do-timestamp", TRUE, NULL);
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  assert_whole (tap);
  test_run_stop (run);
  test_tap_reset (tap);
  test_run_to_end (run);
  assert_whole (tap);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* A run that stops after num-buffers does not count as played, so the next run
 * gets the same clip without a new order. */
GST_START_TEST (so_many_buffers_come_and_the_clip_is_not_played)
{
  TestRun *run = test_run_new (
      CLIP "blocksize=4096 num-buffers=%d ! fakesink name=out", __i__);
  TestTap *tap = test_run_tap (run, "out");

  test_run_to_end (run);
  fail_unless_equals_int (test_tap_count (tap), __i__);
  test_run_stop (run);
  assert_posts (service, __i__ > 0);
  g_object_set (run->src, "num-buffers", -1, NULL);
  test_tap_reset (tap);
  test_run_to_end (run);
  assert_whole (tap);
  test_run_free (run);
  run = test_run_new (CLIP "! fakesink name=out");
  assert_posts (service, 1);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (a_clip_of_few_buffers_is_taken_up_by_another_source)
{
  TestRun *run = test_run_new (CLIP "blocksize=4096 num-buffers=1 ! fakesink");

  test_run_to_end (run);
  test_run_free (run);
  run = test_run_new (CLIP "! fakesink");
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* automatic-eos is a property since 1.24. Even with it, EOS comes only after
 * the whole clip was checked: a clip that proves broken at its end is an
 * error. */
GST_START_TEST (an_automatic_end_does_not_come_before_the_check)
{
  TestRun *run = test_run_new (CLIP "retries=0 ! fakesink name=out");
  TestTap *tap = test_run_tap (run, "out");

  gst_base_src_set_automatic_eos (GST_BASE_SRC (run->src), TRUE);
  if (__i__ == 0) {
    test_run_to_end (run);
    assert_whole (tap);
    fail_unless_equals_int (
        test_run_count (run, GST_MESSAGE_DURATION_CHANGED), 1);
  } else {
    test_service_fault (service, "clip:garbage");
    test_run_to_error (run);
    fail_unless_equals_int (test_run_count (run, GST_MESSAGE_EOS), 0);
  }
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
inherited_suite (void)
{
  Suite *suite = suite_create ("inherited");
  TCase *whole = test_case_new (suite, "whole");
  TCase *ends = test_case_new (suite, "ends");

  tcase_add_loop_test (
      whole, the_clip_is_whole_with, 0, 2 * G_N_ELEMENTS (harmless));
  tcase_add_test (whole, nothing_is_asked_that_waits_for_the_stream);
  tcase_add_test (whole, a_file_is_whole_with_timestamps);
  tcase_add_test (whole, frames_are_all_there_with_timestamps);
  tcase_add_test (whole, one_byte_a_buffer_works);
  tcase_add_test (whole, timestamps_that_are_wanted_late_cost_no_byte);
  tcase_add_loop_test (
      ends, so_many_buffers_come_and_the_clip_is_not_played, 0, 3);
  tcase_add_test (ends, a_clip_of_few_buffers_is_taken_up_by_another_source);
  tcase_add_loop_test (
      ends, an_automatic_end_does_not_come_before_the_check, 0, 2);

  return suite;
}

GST_CHECK_MAIN (inherited)
