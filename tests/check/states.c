/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The element can be queried, flushed, paused and stopped at any time. It
 * answers at once, and no order is sent twice or lost. */

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

/* A short timeout, because a new run may share the job of the stopped one, and
 * with it a request that hangs. */
#define SIMPLE CLIP "timeout=2 ! fakesink name=out"

static void
assert_same_clip (TestTap *tap)
{
  g_autoptr (GBytes) clip = test_service_get_clip (service, 0);

  test_tap_assert_bytes (tap, clip);
}

static void
play_again (void)
{
  TestRun *run = test_run_new (SIMPLE);
  TestTap *tap = test_run_tap (run, "out");

  test_run_to_end (run);
  assert_same_clip (tap);
  test_run_free (run);
}

/* Checks that each progress that was started has ended exactly once. */
static void
assert_progress_ends (TestRun *run)
{
  static const gchar *codes[] = { "submit", "generate" };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    fail_unless_equals_int (
        test_run_count_progress (run, GST_PROGRESS_TYPE_START, codes[i]),
        test_run_count_progress (run, GST_PROGRESS_TYPE_COMPLETE, codes[i]) +
            test_run_count_progress (
                run, GST_PROGRESS_TYPE_CANCELED, codes[i]) +
            test_run_count_progress (run, GST_PROGRESS_TYPE_ERROR, codes[i]));
}

/* The point at which a run is stopped, and how many orders the run and the next
 * one send together; @tasks: how many of these are accepted. */
static const struct {
  const gchar *faults, *counter;
  guint posts, tasks;
} phases[] = {
  { "submit:hold", "submits_held", 1, 1 },
  { "submit@1:status=429+retry-after=1", "answers", 2, 1 },
  { "poll:hold", "polls_held", 1, 1 },
  { "poll:status=500", "answers", 1, 1 },
  { "poll:word=queued", "answers", 1, 1 },
  { "poll:hang", "hangs", 1, 1 },
  { "clip:hold", "clips_held", 1, 1 },
  { "clip:hang", "hangs", 1, 1 },
  { "clip:stall=0", "clips_stalled", 1, 1 },
  { "clip:stall=50%", "clips_stalled", 1, 1 },
  { "clip:status=500", "clip_requests", 1, 1 },
  { "clip:truncate=10%", "clip_requests", 1, 1 },
};

GST_START_TEST (a_run_can_be_stopped_in_any_phase)
{
  TestRun *run = test_run_new (SIMPLE);

  test_service_fault (service, phases[__i__].faults);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, phases[__i__].counter, 1);
  test_run_stop (run);
  assert_progress_ends (run);
  test_run_free (run);
  test_service_fault (service, "");
  test_service_release (service);
  play_again ();
  assert_posts (service, phases[__i__].posts);
  assert_tasks (service, phases[__i__].tasks);
}
GST_END_TEST

GST_START_TEST (the_same_element_goes_on_where_it_was_stopped)
{
  TestRun *run = test_run_new (SIMPLE);
  TestTap *tap = test_run_tap (run, "out");

  test_service_fault (service, phases[__i__].faults);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, phases[__i__].counter, 1);
  test_run_stop (run);
  test_service_fault (service, "");
  test_service_release (service);
  test_tap_reset (tap);
  test_run_to_end (run);
  assert_same_clip (tap);
  test_run_stop (run);
  assert_progress_ends (run);
  test_run_free (run);
  assert_posts (service, phases[__i__].posts);
  assert_tasks (service, phases[__i__].tasks);
}
GST_END_TEST

GST_START_TEST (an_element_may_be_gone_before_its_order_is_answered)
{
  TestRun *run = test_run_new (SIMPLE);

  test_service_fault (service, "submit:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "submits_held", 1);
  test_run_free (run);
  test_service_release (service);
  test_service_wait (service, "answers", 1);
  play_again ();
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (restless_states_order_once)
{
  TestRun *run = test_run_new (SIMPLE);

  for (guint i = 0; i < 30; i++) {
    test_run_start (run, i % 3 ? GST_STATE_PAUSED : GST_STATE_PLAYING);
    if (i % 2)
      gst_element_set_state (run->pipeline, GST_STATE_READY);
    test_run_stop (run);
  }
  assert_progress_ends (run);
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
  assert_tasks (service, 1);
}
GST_END_TEST

GST_START_TEST (ready_paused_and_playing_order_once)
{
  TestRun *run = test_run_new (SIMPLE);

  for (guint i = 0; i < 4; i++) {
    test_run_start (run, GST_STATE_PAUSED);
    test_run_wait_done (run);
    test_run_start (run, GST_STATE_PLAYING);
    test_run_wait_done (run);
    test_run_start (run, GST_STATE_PAUSED);
    test_run_wait_done (run);
    fail_if (gst_element_set_state (run->pipeline, GST_STATE_READY) ==
             GST_STATE_CHANGE_FAILURE);
  }
  test_run_stop (run);
  assert_progress_ends (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (pausing_while_waiting_orders_once)
{
  TestRun *run = test_run_new (SIMPLE);

  test_service_fault (service, "poll:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  for (guint i = 0; i < 5; i++) {
    test_run_start (run, GST_STATE_PAUSED);
    test_run_start (run, GST_STATE_PLAYING);
  }
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static const gchar *waits[][2] = {
  { "submit:hold", "submits_held" },
  { "poll:hold", "polls_held" },
  { "clip:hold", "clips_held" },
};

static TestRun *
start_waiting (gint i)
{
  TestRun *run = test_run_new (SIMPLE);

  test_service_fault (service, waits[i][0]);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, waits[i][1], 1);

  return run;
}

GST_START_TEST (an_eos_while_waiting_ends_the_run_at_once)
{
  TestRun *run = start_waiting (__i__);

  fail_unless (gst_element_send_event (run->pipeline, gst_event_new_eos ()));
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_stop (run);
  assert_progress_ends (run);
  test_run_free (run);
  test_service_fault (service, "");
  test_service_release (service);
  /* No byte of the clip was seen, so the next run takes up its task. */
  play_again ();
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (flushes_while_waiting_lose_nothing)
{
  TestRun *run = start_waiting (__i__);
  TestTap *tap = test_run_tap (run, "out");

  for (guint i = 0; i < 5; i++) {
    gst_element_send_event (run->src, gst_event_new_flush_start ());
    gst_element_send_event (run->src, gst_event_new_flush_stop (TRUE));
  }
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  assert_same_clip (tap);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static void
assert_answers (GstElement *src)
{
  GstPad *pad = gst_element_get_static_pad (src, "src");
  g_autoptr (GstQuery) scheduling = gst_query_new_scheduling ();
  g_autoptr (GstQuery) seeking = gst_query_new_seeking (GST_FORMAT_BYTES);
  GstFormat format;
  gboolean seekable;
  gint64 size;

  fail_unless (gst_pad_query (pad, scheduling));
  fail_unless (gst_query_has_scheduling_mode (scheduling, GST_PAD_MODE_PULL));
  fail_unless (gst_query_has_scheduling_mode (scheduling, GST_PAD_MODE_PUSH));
  fail_unless (gst_pad_query (pad, seeking));
  gst_query_parse_seeking (seeking, &format, &seekable, NULL, NULL);
  fail_unless (seekable && format == GST_FORMAT_BYTES);
  if (gst_pad_query_duration (pad, GST_FORMAT_BYTES, &size))
    fail_unless_equals_int64 (size, -1);
  fail_if (gst_pad_query_duration (pad, GST_FORMAT_TIME, &size));
  gst_object_unref (pad);
}

GST_START_TEST (queries_are_answered_in_null_for_free)
{
  TestRun *run = test_run_new (SIMPLE);

  for (guint i = 0; i < 3; i++)
    assert_answers (run->src);
  fail_unless_equals_int (GST_STATE (run->src), GST_STATE_NULL);
  test_run_free (run);
  assert_posts (service, 0);
}
GST_END_TEST

GST_START_TEST (queries_are_answered_while_waiting)
{
  TestRun *run = start_waiting (__i__);

  assert_answers (run->src);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* A stage that ends at once may not be posted. So each stage is held until its
 * message has come. */
GST_START_TEST (progress_and_task_are_told_in_order)
{
  static const gchar *codes[] = { "submit", "generate" };
  static const gchar *held[] = { "submits_held", "polls_held" };
  TestRun *run = test_run_new (SIMPLE);

  test_service_fault (service, "submit@1:hold\npoll@1-3:hold\n"
                               "poll@1:word=queued\npoll@2:word=running");
  test_run_start (run, GST_STATE_PLAYING);
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++) {
    while (!test_run_count_progress (run, GST_PROGRESS_TYPE_START, codes[i]))
      test_run_wait (run, GST_MESSAGE_PROGRESS);
    test_service_wait (service, held[i], 1);
    test_service_release (service);
    if (i != 1)
      continue;
    test_run_wait_task (run, "queued");
    test_service_wait (service, "polls_held", 2);
    test_service_release (service);
    test_run_wait_task (run, "running");
    test_service_wait (service, "polls_held", 3);
    test_service_release (service);
  }
  test_run_wait_task (run, "succeeded");
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_stop (run);
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++) {
    fail_unless_equals_int (
        test_run_count_progress (run, GST_PROGRESS_TYPE_START, codes[i]), 1);
    fail_unless_equals_int (
        test_run_count_progress (run, GST_PROGRESS_TYPE_COMPLETE, codes[i]), 1);
  }
  fail_unless (test_run_count_progress (run, GST_PROGRESS_TYPE_CONTINUE,
                   "generate") <= test_service_count (service, "polls"));
  assert_progress_ends (run);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (a_failure_ends_its_progress_with_an_error)
{
  TestRun *run = test_run_new (SIMPLE);

  test_service_fault (service, "poll@2:word=failed");
  test_service_set (service, "{\"generation_time\":1000}");
  test_run_to_error (run);
  test_run_stop (run);
  fail_unless_equals_int (
      test_run_count_progress (run, GST_PROGRESS_TYPE_ERROR, "generate"), 1);
  assert_progress_ends (run);
  test_run_free (run);
}
GST_END_TEST

/* Makes every write below the state folder fail. */
static void
lose_state_dir (void)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_autofree gchar *aside = test_home_path ("aside");

  fail_unless (g_rename (dir, aside) == 0 && symlink ("nowhere", dir) == 0);
}

/* Damages every file of the state folder. The element then cannot tell which
 * ledger row is its own. */
static void
damage_record (void)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_auto (GStrv) names = test_home_list_state ();

  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *path = g_build_filename (dir, names[i], NULL);

    fail_unless (g_file_set_contents (path, "{", 1, NULL));
  }
}

static void (*const losses[]) (void) = { lose_state_dir, damage_record };

GST_START_TEST (an_order_answered_after_an_eos_is_told)
{
  TestRun *run = start_waiting (0);
  g_autoptr (GError) warning = NULL;
  g_autofree gchar *id = NULL;

  fail_unless (gst_element_send_event (run->pipeline, gst_event_new_eos ()));
  test_run_wait (run, GST_MESSAGE_EOS);
  losses[__i__]();
  test_service_release (service);
  gst_message_parse_warning (
      test_run_wait (run, GST_MESSAGE_WARNING), &warning, NULL);
  id = test_service_get_task (service, 0, "id");
  fail_unless (strstr (warning->message, id), "%s", warning->message);
  test_run_stop (run);
  fail_unless (test_run_count (run, GST_MESSAGE_ELEMENT) > 0);
  /* No other progress is posted: gst-launch would wait for its end. */
  fail_unless_equals_int (
      test_run_count_progress (run, GST_PROGRESS_TYPE_START, NULL), 1);
  assert_progress_ends (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* The id is not in the ledger, so another run would order again. */
GST_START_TEST (a_task_that_could_not_be_noted_needs_its_id)
{
  TestRun *run = test_run_new (SIMPLE);

  test_service_fault (service, "submit:hold\npoll:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "submits_held", 1);
  lose_state_dir ();
  test_service_release (service);
  while (!test_run_was_told (run, "then set task-id"))
    test_run_wait (run, GST_MESSAGE_PROGRESS);
  fail_if (test_run_was_told (run, "run the same again"));
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* An application whose bus handler blocks the thread that posts. */
static struct {
  GMutex lock;
  GCond cond;
  gboolean armed, held, released;
} handler;

static GstBusSyncReply
hold_buffering (GstBus *bus, GstMessage *message, gpointer unused)
{
  g_mutex_lock (&handler.lock);
  if (handler.armed && !handler.held &&
      GST_MESSAGE_TYPE (message) == GST_MESSAGE_BUFFERING) {
    handler.held = TRUE;
    g_cond_broadcast (&handler.cond);
    while (!handler.released)
      g_cond_wait (&handler.cond, &handler.lock);
  }
  g_mutex_unlock (&handler.lock);

  return GST_BUS_PASS;
}

static void
arm_handler (void)
{
  g_mutex_lock (&handler.lock);
  handler.armed = TRUE;
  g_mutex_unlock (&handler.lock);
}

static void
wait_until_held (void)
{
  g_mutex_lock (&handler.lock);
  while (!handler.held)
    g_cond_wait (&handler.cond, &handler.lock);
  g_mutex_unlock (&handler.lock);
}

static void
release_handler (void)
{
  g_mutex_lock (&handler.lock);
  handler.released = TRUE;
  g_cond_broadcast (&handler.cond);
  g_mutex_unlock (&handler.lock);
}

/* While the sink is prerolled the streaming thread posts nothing. Another
 * thread posts the message that is blocked here. */
GST_START_TEST (a_message_that_is_held_up_holds_up_no_other_run)
{
  TestRun *run = test_run_new (CLIP "! fakesink sync=true");

  test_service_set (service, "{\"layout\":\"moov-first\"}");
  test_service_fault (service, "clip@1:hold-at=10%+stall=80%");
  gst_bus_set_sync_handler (run->bus, hold_buffering, NULL, NULL);
  test_run_start (run, GST_STATE_PAUSED);
  test_run_wait_done (run);
  test_service_wait (service, "clips_held", 1);
  arm_handler ();
  test_service_release (service);
  wait_until_held ();
  test_run_stop (run);
  test_service_fault (service, "");
  test_run_to_end (run);
  test_run_stop (run);
  release_handler ();
  assert_progress_ends (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
states_suite (void)
{
  Suite *suite = suite_create ("states");
  TCase *stopped = test_case_new (suite, "stopped");
  TCase *interrupted = test_case_new (suite, "interrupted");
  TCase *asked = test_case_new (suite, "asked");

  tcase_add_loop_test (
      stopped, a_run_can_be_stopped_in_any_phase, 0, G_N_ELEMENTS (phases));
  tcase_add_loop_test (stopped, the_same_element_goes_on_where_it_was_stopped,
      0, G_N_ELEMENTS (phases));
  tcase_add_test (stopped, an_element_may_be_gone_before_its_order_is_answered);
  tcase_add_test (stopped, restless_states_order_once);
  tcase_add_test (stopped, ready_paused_and_playing_order_once);
  tcase_add_test (stopped, pausing_while_waiting_orders_once);
  tcase_add_loop_test (interrupted, an_eos_while_waiting_ends_the_run_at_once,
      0, G_N_ELEMENTS (waits));
  tcase_add_loop_test (
      interrupted, flushes_while_waiting_lose_nothing, 0, G_N_ELEMENTS (waits));
  tcase_add_test (asked, queries_are_answered_in_null_for_free);
  tcase_add_loop_test (
      asked, queries_are_answered_while_waiting, 0, G_N_ELEMENTS (waits));
  tcase_add_test (asked, progress_and_task_are_told_in_order);
  tcase_add_test (asked, a_failure_ends_its_progress_with_an_error);
  tcase_add_loop_test (
      asked, an_order_answered_after_an_eos_is_told, 0, G_N_ELEMENTS (losses));
  tcase_add_test (asked, a_task_that_could_not_be_noted_needs_its_id);
  tcase_add_test (asked, a_message_that_is_held_up_holds_up_no_other_run);

  return suite;
}

GST_CHECK_MAIN (states)
