/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clip seeks, loops and plays backwards like a file, in pull mode and in push
 * mode, and without another request. */

#include "run.h"

#define DECODE \
  "decodebin name=d ! video/x-raw ! queue ! fakesink name=out sync=false " \
  "d. ! audio/x-raw ! queue ! fakesink sync=false"
#define FRAME (GST_SECOND / 24)

static const gchar *lines[] = { CLIP "! " DECODE, CLIP "! tee ! " DECODE };

typedef struct {
  TestRun *run;
  TestTap *tap;
  gint64 requests;
} Player;

/* Plays the clip to its end, after which the download is over. */
static Player
start (gint i)
{
  Player player = { test_run_new ("%s", lines[i]) };

  player.tap = test_run_tap (player.run, "out");
  test_run_start (player.run, GST_STATE_PLAYING);
  test_run_wait (player.run, GST_MESSAGE_EOS);
  fail_unless_equals_int (test_tap_count (player.tap), TEST_FRAMES);
  player.requests = test_service_count (service, "clip_requests");

  return player;
}

static void
seek (Player *player, gdouble rate, GstSeekFlags flags, GstClockTime from,
    GstClockTime to)
{
  /* In PAUSED no frame is on its way that would be counted after the flush. */
  test_run_start (player->run, GST_STATE_PAUSED);
  test_run_wait_done (player->run);
  test_tap_reset (player->tap);
  fail_unless (gst_element_seek (player->run->pipeline, rate, GST_FORMAT_TIME,
      GST_SEEK_FLAG_FLUSH | flags, GST_SEEK_TYPE_SET, (gint64) from,
      to == GST_CLOCK_TIME_NONE ? GST_SEEK_TYPE_NONE : GST_SEEK_TYPE_SET,
      (gint64) to));
  test_run_start (player->run, GST_STATE_PLAYING);
}

static void
finish (Player *player)
{
  assert_count (service, "clip_requests", player->requests);
  test_run_free (player->run);
  assert_posts (service, 1);
}

GST_START_TEST (a_clip_loops_without_a_request)
{
  Player player = start (__i__);

  for (guint i = 0; i < 3; i++) {
    seek (&player, 1, 0, 0, GST_CLOCK_TIME_NONE);
    test_run_wait (player.run, GST_MESSAGE_EOS);
    fail_unless_equals_int (test_tap_count (player.tap), TEST_FRAMES);
    fail_unless (player.tap->first_time < FRAME);
  }
  finish (&player);
}
GST_END_TEST

GST_START_TEST (a_seek_goes_to_the_frame_that_was_asked_for)
{
  Player player = start (__i__);

  seek (&player, 1, GST_SEEK_FLAG_ACCURATE, 12 * FRAME, GST_CLOCK_TIME_NONE);
  test_run_wait (player.run, GST_MESSAGE_EOS);
  fail_unless (player.tap->first_time + FRAME > 12 * FRAME);
  fail_unless (player.tap->first_time < 13 * FRAME);
  fail_unless (test_tap_count (player.tap) <= TEST_FRAMES - 11);
  fail_unless (test_tap_count (player.tap) >= TEST_FRAMES - 13);
  finish (&player);
}
GST_END_TEST

GST_START_TEST (a_part_of_a_clip_can_be_played)
{
  Player player = start (__i__);

  seek (&player, 1, GST_SEEK_FLAG_ACCURATE, 6 * FRAME, 12 * FRAME);
  test_run_wait (player.run, GST_MESSAGE_EOS);
  fail_unless (player.tap->first_time + FRAME > 6 * FRAME);
  fail_unless (player.tap->last_time < 13 * FRAME);
  finish (&player);
}
GST_END_TEST

GST_START_TEST (a_segment_loop_goes_on_without_a_flush)
{
  Player player = start (0);

  seek (&player, 1, GST_SEEK_FLAG_SEGMENT, 0, GST_SECOND / 2);
  for (guint i = 0; i < 3; i++) {
    test_run_wait (player.run, GST_MESSAGE_SEGMENT_DONE);
    fail_unless (gst_element_seek (player.run->pipeline, 1, GST_FORMAT_TIME,
        GST_SEEK_FLAG_SEGMENT, GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_SET,
        GST_SECOND / 2));
  }
  test_run_wait (player.run, GST_MESSAGE_SEGMENT_DONE);
  finish (&player);
}
GST_END_TEST

GST_START_TEST (a_clip_plays_backwards)
{
  Player player = start (0);

  seek (&player, -1, GST_SEEK_FLAG_ACCURATE, 0, 25 * FRAME);
  test_run_wait (player.run, GST_MESSAGE_EOS);
  fail_unless (player.tap->first_time > player.tap->last_time);
  fail_unless (test_tap_count (player.tap) >= TEST_FRAMES - 1);
  finish (&player);
}
GST_END_TEST

GST_START_TEST (the_duration_is_the_clips)
{
  Player player = start (__i__);
  gint64 duration;

  fail_unless (gst_element_query_duration (
      player.run->pipeline, GST_FORMAT_TIME, &duration));
  fail_unless (
      ABS (duration - TEST_FRAMES * (gint64) FRAME) < 2 * (gint64) FRAME);
  finish (&player);
}
GST_END_TEST

static void
seek_bytes (TestRun *run, gint64 offset)
{
  fail_unless (gst_element_seek (run->src, 1, GST_FORMAT_BYTES,
      GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, offset, GST_SEEK_TYPE_NONE, 0));
}

static void
assert_bytes_from (TestTap *tap, gsize offset)
{
  g_autoptr (GBytes) clip = test_service_get_clip (service, 0);
  g_autoptr (GBytes) rest =
      g_bytes_new_from_bytes (clip, offset, g_bytes_get_size (clip) - offset);

  test_tap_assert_bytes (tap, rest);
}

GST_START_TEST (bytes_can_be_sought_while_playing)
{
  TestRun *run = test_run_new (CLIP "! fakesink name=out");
  TestTap *tap = test_run_tap (run, "out");

  test_run_to_end (run);
  for (gint64 offset = 300000; offset >= 0; offset -= 100000) {
    test_tap_reset (tap);
    seek_bytes (run, offset);
    test_run_wait (run, GST_MESSAGE_EOS);
    assert_bytes_from (tap, (gsize) offset);
  }
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (bytes_cannot_be_read_backwards)
{
  TestRun *run = test_run_new (CLIP "! fakesink name=out");
  TestTap *tap = test_run_tap (run, "out");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (run->src, "src");
  GstEvent *event = gst_event_new_seek (-1, GST_FORMAT_BYTES,
      GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_SET, 300000);

  test_run_to_end (run);
  /* The seek is refused through the element and, as from downstream, by the
   * pad. */
  fail_if (gst_element_send_event (run->src, gst_event_ref (event)));
  fail_if (gst_pad_send_event (pad, event));
  test_tap_reset (tap);
  seek_bytes (run, 0);
  test_run_wait (run, GST_MESSAGE_EOS);
  assert_bytes_from (tap, 0);
  test_run_free (run);
}
GST_END_TEST

static GstPadProbeReturn
count_tags (GstPad *pad, GstPadProbeInfo *info, gpointer tags)
{
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_TAG)
    g_atomic_int_inc ((gint *) tags);

  return GST_PAD_PROBE_OK;
}

/* The elements behind the source keep the tags during a flush. A new run starts
 * without them. */
GST_START_TEST (tags_are_pushed_once_a_run)
{
  TestRun *run = test_run_new (CLIP "! fakesink name=out");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (run->src, "src");
  gint tags = 0;

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, count_tags, &tags, NULL);
  test_run_to_end (run);
  fail_unless_equals_int (g_atomic_int_get (&tags), 1);
  seek_bytes (run, 0);
  test_run_wait (run, GST_MESSAGE_EOS);
  fail_unless_equals_int (g_atomic_int_get (&tags), 1);
  test_run_stop (run);
  test_run_to_end (run);
  fail_unless_equals_int (g_atomic_int_get (&tags), 2);
  test_run_free (run);
}
GST_END_TEST

static const gchar *waits[][2] = {
  { "submit:hold", "submits_held" },
  { "poll:hold", "polls_held" },
  { "clip:hold", "clips_held" },
  { "clip@1:hold-at=0", "clips_held" },
};

GST_START_TEST (a_seek_while_waiting_orders_nothing_again)
{
  TestRun *run = test_run_new (CLIP "! fakesink name=out");
  TestTap *tap = test_run_tap (run, "out");

  test_service_fault (service, waits[__i__][0]);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, waits[__i__][1], 1);
  for (guint i = 0; i < 5; i++)
    seek_bytes (run, i * 1000);
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  assert_bytes_from (tap, 4000);
  test_run_free (run);
  assert_posts (service, 1);
  assert_tasks (service, 1);
}
GST_END_TEST

GST_START_TEST (a_seek_after_an_eos_tells_what_follows)
{
  TestRun *run = test_run_new (CLIP "! fakesink name=out");
  TestTap *tap = test_run_tap (run, "out");

  test_service_fault (service, "poll:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  fail_unless (gst_element_send_event (run->pipeline, gst_event_new_eos ()));
  test_run_wait (run, GST_MESSAGE_EOS);
  while (!test_run_count_progress (run, GST_PROGRESS_TYPE_CANCELED, "generate"))
    test_run_wait (run, GST_MESSAGE_PROGRESS);
  seek_bytes (run, 0);
  while (test_run_count_progress (run, GST_PROGRESS_TYPE_START, "generate") < 2)
    test_run_wait (run, GST_MESSAGE_PROGRESS);
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait_task (run, "succeeded");
  test_run_wait (run, GST_MESSAGE_EOS);
  assert_bytes_from (tap, 0);
  test_run_stop (run);
  fail_unless_equals_int (
      test_run_count_progress (run, GST_PROGRESS_TYPE_COMPLETE, "generate"), 1);
  fail_unless (test_run_count (run, GST_MESSAGE_TAG) > 0);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static const gchar *const values[] = { "never", "pending", "always" };

/* Sets @decoder to READY and back, and the sink behind it, while the source
 * stays in PLAYING. Calls @meanwhile while they are in READY. */
static void
restart_decoder (TestRun *run, void (*meanwhile) (TestRun *run))
{
  static const gchar *const names[] = { "out", "decoder" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    fail_unless_equals_int (
        gst_element_set_state (test_run_get (run, names[i]), GST_STATE_READY),
        GST_STATE_CHANGE_SUCCESS);
  if (meanwhile)
    meanwhile (run);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    fail_unless (
        gst_element_sync_state_with_parent (test_run_get (run, names[i])));
}

static void
change_prompt (TestRun *run)
{
  g_object_set (run->src, "prompt", "kite", NULL);
}

/* The demuxer stops and starts a source that it pulls from. */
GST_START_TEST (a_decoder_that_restarts_orders_nothing)
{
  TestRun *run =
      test_run_new (CLIP "reuse=%s ! typefind name=decoder ! fakesink name=out",
          values[__i__ % 3]);
  TestTap *tap = test_run_tap (run, "out");

  test_run_to_end (run);
  test_tap_reset (tap);
  restart_decoder (run, __i__ < 3 ? NULL : change_prompt);
  test_run_wait (run, GST_MESSAGE_EOS);
  assert_bytes_from (tap, 0);
  assert_posts (service, 1);
  /* The next run is a new one. */
  test_run_stop (run);
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, __i__ == 1 || __i__ == 2 ? 1 : 2);
}
GST_END_TEST

/* The same while the source still waits for the clip. */
GST_START_TEST (a_decoder_that_restarts_while_waiting_orders_nothing)
{
  TestRun *run =
      test_run_new (CLIP "reuse=never ! typefind name=decoder ! fakesink "
                         "name=out");
  TestTap *tap = test_run_tap (run, "out");

  test_service_fault (service, waits[__i__][0]);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, waits[__i__][1], 1);
  for (guint i = 0; i < 5; i++)
    restart_decoder (run, change_prompt);
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  assert_bytes_from (tap, 0);
  test_run_stop (run);
  fail_unless_equals_int (
      test_run_count_progress (run, GST_PROGRESS_TYPE_START, NULL),
      test_run_count_progress (run, GST_PROGRESS_TYPE_COMPLETE, NULL));
  test_run_free (run);
  assert_posts (service, 1);
  assert_tasks (service, 1);
}
GST_END_TEST

/* Given a decoder that is stopped before the source, the end of the run closes
 * the clip all the same. */
GST_START_TEST (a_decoder_that_was_stopped_first_leaves_nothing_open)
{
  TestRun *run = test_run_new (
      CLIP "reuse=never ! typefind name=decoder ! fakesink name=out");

  test_service_fault (service, "poll:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  gst_element_set_locked_state (test_run_get (run, "decoder"), TRUE);
  fail_unless_equals_int (
      gst_element_set_state (test_run_get (run, "decoder"), GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  test_run_stop (run);
  fail_unless_equals_int (
      test_run_count_progress (run, GST_PROGRESS_TYPE_CANCELED, "generate"), 1);
  gst_element_set_locked_state (test_run_get (run, "decoder"), FALSE);
  test_service_fault (service, "");
  test_service_release (service);
  /* The task of the first run was not played: this one buys a clip all the
   * same, as it is told to. */
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

static Suite *
seek_suite (void)
{
  Suite *suite = suite_create ("seek");
  TCase *time = test_case_new (suite, "time");
  TCase *bytes = test_case_new (suite, "bytes");
  TCase *decoder = test_case_new (suite, "decoder");

  tcase_add_loop_test (time, a_clip_loops_without_a_request, 0, 2);
  tcase_add_loop_test (time, a_seek_goes_to_the_frame_that_was_asked_for, 0, 2);
  tcase_add_loop_test (time, a_part_of_a_clip_can_be_played, 0, 2);
  tcase_add_test (time, a_segment_loop_goes_on_without_a_flush);
  tcase_add_test (time, a_clip_plays_backwards);
  tcase_add_loop_test (time, the_duration_is_the_clips, 0, 2);
  tcase_add_test (bytes, bytes_can_be_sought_while_playing);
  tcase_add_test (bytes, bytes_cannot_be_read_backwards);
  tcase_add_test (bytes, tags_are_pushed_once_a_run);
  tcase_add_loop_test (bytes, a_seek_while_waiting_orders_nothing_again, 0,
      G_N_ELEMENTS (waits));
  tcase_add_test (bytes, a_seek_after_an_eos_tells_what_follows);
  tcase_add_loop_test (decoder, a_decoder_that_restarts_orders_nothing, 0, 6);
  tcase_add_loop_test (decoder,
      a_decoder_that_restarts_while_waiting_orders_nothing, 0,
      G_N_ELEMENTS (waits));
  tcase_add_test (
      decoder, a_decoder_that_was_stopped_first_leaves_nothing_open);

  return suite;
}

GST_CHECK_MAIN (seek)
