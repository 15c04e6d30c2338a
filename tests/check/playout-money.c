/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* On air, an item is one order: however often the output is stopped, and
 * whatever is done to the rundown. */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "day.h"
#include "plays.h"

#define CYCLES 25

/* With a rename, as editors do. */
static void
replace (const gchar *text)
{
  g_free (test_home_write ("day.jsonl", text, strlen (text)));
}

/* The application may go to another folder while it is on air: what is ordered
 * then is kept where the rest is. */
static guint
count_kept (const gchar *name)
{
  g_autofree gchar *path = test_home_path (name);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *file;
  guint n = 0;

  while (dir && (file = g_dir_read_name (dir)))
    n += g_str_has_suffix (file, ".mp4");

  return n;
}

static gboolean
tells (GstMessage *message, const gchar *what, const gchar *id)
{
  const GstStructure *told = gst_message_get_structure (message);

  return GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT &&
         gst_structure_has_name (told, "seedance-playout") &&
         g_strcmp0 (gst_structure_get_string (told, "what"), what) == 0 &&
         (!id || g_strcmp0 (gst_structure_get_string (told, "id"), id) == 0);
}

static void
wait_for (TestRun *run, const gchar *what, const gchar *id)
{
  for (guint i = 0; i < run->said->len; i++) {
    if (tells (g_ptr_array_index (run->said, i), what, id))
      return;
  }
  while (!tells (test_run_wait (run, GST_MESSAGE_ELEMENT), what, id))
    ;
}

static guint
count_warnings (TestRun *run)
{
  test_run_drain (run);

  return test_run_count (run, GST_MESSAGE_WARNING);
}

static void
wait_for_warnings (TestRun *run, guint n)
{
  while (count_warnings (run) < n)
    test_run_wait (run, GST_MESSAGE_WARNING);
}

/* Waits until the output has shown @n more frames, or has ended: with
 * on-empty=eos the three clips may be over, also those of a run that was only
 * paused in between. */
static void
wait_for_frames (TestRun *run, TestTap *tap, guint n)
{
  const guint until = test_tap_count (tap) + n;
  const gint64 deadline = g_get_monotonic_time () + test_patience ();
  g_autoptr (GstElement) out =
      gst_bin_get_by_name (GST_BIN (run->pipeline), "out");

  while (
      test_tap_count (tap) < until && !GST_PAD_IS_EOS (out->sinkpads->data)) {
    fail_unless (g_get_monotonic_time () < deadline, "the output stands still");
    g_usleep (2000);
  }
}

/* The rundown is read and watched, as two warnings of its lines show, and each
 * time the worker has looked at all there is to do. */
GST_START_TEST (nothing_is_ordered_in_paused)
{
  TestRun *run = test_day_new_run ("prompts=\"<Zero>\"");

  test_day_append (THREE "x\n");
  test_run_start (run, GST_STATE_PAUSED);
  wait_for_warnings (run, 1);
  test_day_append ("y\n");
  wait_for_warnings (run, 2);
  test_day_append ("z\n");
  wait_for_warnings (run, 3);
  assert_posts (service, 0);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "posts", 3);
  test_run_free (run);
}
GST_END_TEST

static void
go_somewhere (TestRun *run, TestTap *tap, GRand *rand)
{
  static const GstState states[] = { GST_STATE_PLAYING, GST_STATE_PLAYING,
    GST_STATE_PLAYING, GST_STATE_PAUSED, GST_STATE_READY, GST_STATE_NULL };
  const GstState state =
      states[g_rand_int_range (rand, 0, G_N_ELEMENTS (states))];

  test_run_start (run, state);
  if (state == GST_STATE_PLAYING)
    wait_for_frames (run, tap, (guint) g_rand_int_range (rand, 0, 30));
}

GST_START_TEST (stops_and_pauses_order_nothing_twice)
{
  const guint32 seed = g_random_int ();
  GRand *rand = g_rand_new_with_seed (seed);
  g_autofree gchar *rundown = test_home_path ("day.jsonl");
  TestRun *run;
  TestTap *tap;

  g_printerr ("seed %u\n", seed);
  test_service_set (service, "{\"generation_time\":0.7}");
  test_day_append (THREE);
  /* Each run begins with the first item. */
  run = test_run_new (PLAYOUT "rundown=%s on-empty=eos" OUTPUT, rundown);
  tap = test_run_tap (run, "out");
  for (guint i = 0; i < CYCLES; i++) {
    test_run_start (run, GST_STATE_PLAYING);
    wait_for_frames (run, tap, (guint) g_rand_int_range (rand, 0, 10));
    go_somewhere (run, tap, rand);
    go_somewhere (run, tap, rand);
    test_run_start (
        run, g_rand_boolean (rand) ? GST_STATE_READY : GST_STATE_PAUSED);
    test_run_drain (run);
  }
  test_run_start (run, GST_STATE_READY);
  test_run_drain (run);
  test_run_to_end (run);
  assert_posts (service, 3);
  assert_tasks (service, 3);
  test_run_free (run);
  g_rand_free (rand);
}
GST_END_TEST

GST_START_TEST (orders_are_kept_where_the_run_began)
{
  g_autofree gchar *home = test_home_path ("");
  g_autofree gchar *elsewhere = test_home_path ("elsewhere");
  TestRun *run;

  fail_unless (g_mkdir (elsewhere, 0700) == 0 && chdir (home) == 0);
  g_setenv ("SEEDANCE_STATE_DIR", "state", TRUE);
  test_day_append (LINE ("a", "One"));
  run = test_day_new_run ("");
  test_run_start (run, GST_STATE_PLAYING);
  wait_for (run, "on-air", "a");
  fail_unless (chdir (elsewhere) == 0);
  test_day_append (LINE ("b", "Two"));
  wait_for (run, "on-air", "b");
  test_run_free (run);
  fail_unless_equals_int (count_kept ("state"), 2);
  fail_unless_equals_int (count_kept ("elsewhere/state"), 0);
  fail_unless (chdir ("/") == 0);
}
GST_END_TEST

static void
play_to_the_end (void)
{
  TestRun *run = test_day_new_run ("max-in-flight=1 on-empty=eos");

  test_run_to_end (run);
  test_run_free (run);
}

GST_START_TEST (what_is_done_to_the_file_orders_nothing_twice)
{
  TestRun *run = test_day_new_run ("");
  TestTap *tap = test_run_tap (run, "out");

  test_run_start (run, GST_STATE_PLAYING);
  wait_for (run, "empty", NULL);
  test_day_append ("{\"id\":\"a\",\"prompt\":\"On");
  wait_for_frames (run, tap, 10);
  assert_posts (service, 0);
  test_day_append ("e\"}\n");
  wait_for (run, "off-air", "a");
  assert_posts (service, 1);
  /* The same id with another prompt. */
  test_day_append (LINE ("a", "Another"));
  wait_for_warnings (run, 1);
  /* Renamed over it: the same, changed, and more. */
  replace (LINE ("a", "Changed") LINE ("b", "Two"));
  wait_for (run, "off-air", "b");
  replace (LINE ("b", "Changed") LINE ("a", "One") LINE ("c", "Three"));
  wait_for (run, "off-air", "c");
  /* Emptied, and written in place. */
  test_day_put ("day.jsonl", O_TRUNC, "");
  test_day_put ("day.jsonl", O_TRUNC, THREE LINE ("d", "Four"));
  wait_for (run, "off-air", "d");
  assert_posts (service, 4);
  assert_tasks (service, 4);
  test_run_free (run);
}
GST_END_TEST

/* The first one is being made, and only one may be. */
GST_START_TEST (a_line_that_is_taken_out_in_time_is_not_ordered)
{
  TestRun *run = test_day_new_run ("max-in-flight=1 on-empty=eos");

  test_service_fault (service, "poll:hold");
  test_day_append (THREE);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  replace (LINE ("a", "One") LINE ("c", "Three") "x\n");
  wait_for_warnings (run, 1);
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  assert_posts (service, 2);
  test_run_free (run);
}
GST_END_TEST

/* Equal prompts are different orders where their ids differ, and stay so. */
GST_START_TEST (equal_prompts_are_an_order_each)
{
  test_day_append (LINE ("a", "One") LINE ("b", "One"));
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *log = test_home_path ("as-run.jsonl");

    play_to_the_end ();
    assert_posts (service, 2);
    fail_unless (g_remove (log) == 0);
  }
}
GST_END_TEST

/* A service that fails every order, each in its way: what the items end in. */
static const struct {
  const gchar *fault, *prompt, *reason;
} failures[] = {
  { "submit:accept-status=500", "x", "maybe-billed" },
  { "submit:accept-drop", "x", "maybe-billed" },
  { "submit:status=500", "x", "maybe-billed" },
  { "poll:word=failed", "x", "failed" },
  { "", "doomed", "moderation" },
  { "", "forbidden", "moderation" },
  { "submit:status=400+code=InvalidParameter", "x", "settings" },
};

GST_START_TEST (a_service_that_fails_every_order_gets_one_an_item)
{
  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *line = g_strdup_printf (
        "{\"id\":\"%u\",\"prompt\":\"%s\"}\n", i, failures[__i__].prompt);

    test_day_append (line);
  }
  test_service_set (service, "{\"generation_time\":0.2}");
  test_service_fault (service, failures[__i__].fault);
  for (guint i = 0; i < 2; i++) {
    TestRun *run = test_day_new_run ("on-empty=eos");

    test_run_to_end (run);
    test_run_free (run);
    assert_posts (service, 3);
    fail_unless_equals_int (test_day_count_logged ("0", failures[__i__].reason), 1);
    fail_unless_equals_int (test_day_count_logged ("2", failures[__i__].reason), 1);
    test_day_append ("{\"id\":\"u\",\"task-id\":\"nothing\"}\n");
  }
}
GST_END_TEST

/* Also in a run that does not know what the one before did. */
GST_START_TEST (what_may_have_been_billed_is_not_ordered_by_a_later_run)
{
  g_autofree gchar *log = test_home_path ("as-run.jsonl");

  test_day_append (LINE ("0", "doomed") LINE ("1", "doomed too"));
  test_service_set (service, "{\"generation_time\":0.2}");
  for (guint i = 0; i < 3; i++) {
    TestRun *run = test_day_new_run ("on-empty=eos");

    test_run_to_end (run);
    test_run_free (run);
    fail_unless (g_remove (log) == 0);
  }
  assert_posts (service, 2);
}
GST_END_TEST

static gboolean
fails_for_now (GstMessage *message, const gchar *id)
{
  gboolean again = FALSE;

  return tells (message, "failed", id) &&
         gst_structure_get_boolean (
             gst_message_get_structure (message), "again", &again) &&
         again;
}

/* An outage, or an account that is refused for a moment, and how many orders it
 * takes: before an order was accepted, and when it is being made. */
static const struct {
  const gchar *fault;
  gint posts;
  gboolean fails; /* a question about a task is repeated, however often */
} outages[] = {
  { "submit@1:status=429", 2, TRUE },
  { "poll@1-4:reset", 1, FALSE },
  { "clip@1-4:reset", 1, TRUE },
  { "poll@1:status=401", 1, TRUE },
  { "poll@1:status=402", 1, TRUE },
  { "poll@1:status=403", 1, TRUE },
};

GST_START_TEST (what_was_ordered_is_shown_after_an_outage)
{
  TestRun *run = test_day_new_run ("retries=0 on-empty=eos");

  test_day_append (LINE ("a", "One"));
  test_service_fault (service, outages[__i__].fault);
  test_run_start (run, GST_STATE_PLAYING);
  while (outages[__i__].fails &&
         !fails_for_now (test_run_wait (run, GST_MESSAGE_ELEMENT), "a"))
    ;
  test_run_wait (run, GST_MESSAGE_EOS);
  assert_posts (service, outages[__i__].posts);
  assert_tasks (service, 1);
  fail_unless_equals_int (test_day_count_logged ("a", "end"), 1);
  test_run_free (run);
}
GST_END_TEST

/* A clip that is ready, but far from its turn, is only a file. If somebody
 * deletes that file, the service still has the clip. */
GST_START_TEST (what_was_ready_is_fetched_again)
{
  TestRun *run =
      test_day_new_run ("retries=0 hold=true max-in-flight=4 on-empty=eos");

  test_day_append (THREE LINE ("d", "Four"));
  test_run_start (run, GST_STATE_PLAYING);
  wait_for (run, "ready", "a");
  wait_for (run, "ready", "b");
  wait_for (run, "ready", "c");
  wait_for (run, "ready", "d");
  test_remove_clips ();
  test_service_fault (service, "clip:reset");
  g_object_set (run->src, "hold", FALSE, NULL);
  while (!fails_for_now (test_run_wait (run, GST_MESSAGE_ELEMENT), "d"))
    ;
  test_service_fault (service, "");
  test_run_wait (run, GST_MESSAGE_EOS);
  assert_posts (service, 4);
  fail_unless_equals_int (test_day_count_logged ("d", "end"), 1);
  test_run_free (run);
}
GST_END_TEST

/* Without a key nothing can be had: a few questions, no storm, a reason, and
 * the output goes on. */
GST_START_TEST (a_key_that_is_refused_stops_the_orders)
{
  TestRun *run = test_day_new_run ("api-key=wrong");
  TestTap *tap = test_run_tap (run, "out");
  GstMessage *message;

  test_day_append (THREE LINE ("d", "Four") LINE ("e", "Five"));
  test_run_start (run, GST_STATE_PLAYING);
  do
    message = test_run_wait (run, GST_MESSAGE_ELEMENT);
  while (!tells (message, "blocked", NULL));
  fail_unless_equals_string (
      gst_structure_get_string (gst_message_get_structure (message), "reason"),
      "not-authorized");
  wait_for_frames (run, tap, 100);
  fail_unless (test_service_count (service, "posts") <= 3);
  assert_tasks (service, 0);
  /* The items are not lost. */
  fail_unless_equals_int (test_day_count_logged ("a", "not-authorized"), 0);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (no_more_than_max_orders)
{
  TestRun *run = test_day_new_run ("max-orders=2");
  TestTap *tap = test_run_tap (run, "out");
  guint limit = 0;

  test_day_append (THREE LINE ("d", "Four"));
  test_run_start (run, GST_STATE_PLAYING);
  wait_for (run, "off-air", "a");
  wait_for (run, "off-air", "b");
  wait_for_frames (run, tap, 50);
  assert_posts (service, 2);
  /* A limit that is none is refused, and the old one holds. */
  g_object_set (run->src, "max-orders", -5, NULL);
  g_object_get (run->src, "max-orders", &limit, NULL);
  fail_unless_equals_int (limit, 2);
  wait_for_warnings (run, 1);
  wait_for_frames (run, tap, 50);
  assert_posts (service, 2);
  /* Of this run: with a higher limit the next ones are ordered. */
  g_object_set (run->src, "max-orders", 3, NULL);
  wait_for (run, "off-air", "c");
  wait_for_frames (run, tap, 50);
  assert_posts (service, 3);
  test_run_free (run);
}
GST_END_TEST

/* The stream is ended by `on-empty`, or by the application. */
static const gchar *const ends[] = { "on-empty=eos", "on-empty=slate" };

/* Nobody would see what is ordered then. Two more warnings show that the worker
 * has read the line, and has looked at all there is to do. */
GST_START_TEST (nothing_is_ordered_behind_the_end)
{
  TestRun *run = test_day_new_run (ends[__i__]);
  gboolean taken = TRUE;

  test_day_append (LINE ("a", "One"));
  test_run_start (run, GST_STATE_PLAYING);
  wait_for (run, "off-air", "a");
  if (__i__ == 1)
    fail_unless (gst_element_send_event (run->pipeline, gst_event_new_eos ()));
  test_run_wait (run, GST_MESSAGE_EOS);
  g_signal_emit_by_name (run->src, "enqueue", LINE ("c", "Three"), &taken);
  fail_if (taken);
  wait_for_warnings (run, 1);
  test_day_append (LINE ("b", "Two") "x\n");
  wait_for_warnings (run, 2);
  test_day_append ("y\n");
  wait_for_warnings (run, 3);
  test_day_append ("z\n");
  wait_for_warnings (run, 4);
  test_run_free (run);
  assert_posts (service, 1);
  play_to_the_end ();
  assert_posts (service, 2);
  fail_unless_equals_int (test_day_count_logged ("b", "end"), 1);
}
GST_END_TEST

/* What the operator set before the start is what is bought. */
GST_START_TEST (what_is_set_during_a_run_is_ordered_by_the_next_one)
{
  TestRun *run = test_day_new_run ("on-empty=slate");
  g_autofree gchar *before = NULL, *after = NULL;

  test_run_start (run, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_STREAM_START);
  g_object_set (run->src, "resolution", "1080p", "prefetch-time", 90, NULL);
  wait_for_warnings (run, 1);
  test_day_append (LINE ("a", "One"));
  test_service_wait (service, "tasks", 1);
  wait_for (run, "off-air", "a");
  test_run_start (run, GST_STATE_READY);
  test_day_append (LINE ("b", "Two"));
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "tasks", 2);
  fail_unless_equals_int (count_warnings (run), 1);
  test_run_free (run);
  before = test_service_get_task (service, 0, "body");
  after = test_service_get_task (service, 1, "body");
  fail_unless (strstr (before, "480p") && !strstr (before, "1080p"));
  fail_unless (strstr (after, "1080p"));
}
GST_END_TEST

typedef struct {
  GstElement *src;
  gint taken; /* atomic; -1 = the item is not off the air yet */
} Answer;

/* On the thread that posts: both outputs still have a frame to send. */
static GstBusSyncReply
enqueue_when_off_air (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Answer *answer = user_data;
  gboolean taken = FALSE;

  if (tells (message, "off-air", "a")) {
    g_signal_emit_by_name (answer->src, "enqueue", LINE ("b", "Two"), &taken);
    g_atomic_int_set (&answer->taken, taken);
  }

  return GST_BUS_PASS;
}

GST_START_TEST (nothing_is_ordered_once_the_end_is_decided)
{
  TestRun *run = test_day_new_run ("on-empty=eos");
  Answer answer = { run->src, -1 };

  test_day_append (LINE ("a", "One"));
  gst_bus_set_sync_handler (run->bus, enqueue_when_off_air, &answer, NULL);
  test_run_start (run, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_EOS);
  gst_bus_set_sync_handler (run->bus, NULL, NULL, NULL);
  fail_unless_equals_int (g_atomic_int_get (&answer.taken), FALSE);
  wait_for_warnings (run, 1);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
playout_money_suite (void)
{
  Suite *suite = suite_create ("playout-money");
  TCase *tc;

  tc = test_case_new (suite, "states");
  tcase_add_test (tc, nothing_is_ordered_in_paused);
  tcase_add_test (tc, stops_and_pauses_order_nothing_twice);
  tcase_add_test (tc, orders_are_kept_where_the_run_began);
  tcase_add_test (tc, what_is_set_during_a_run_is_ordered_by_the_next_one);
  tcase_add_loop_test (
      tc, nothing_is_ordered_behind_the_end, 0, G_N_ELEMENTS (ends));
  tcase_add_test (tc, nothing_is_ordered_once_the_end_is_decided);

  tc = test_case_new (suite, "file");
  tcase_add_test (tc, what_is_done_to_the_file_orders_nothing_twice);
  tcase_add_test (tc, a_line_that_is_taken_out_in_time_is_not_ordered);
  tcase_add_test (tc, equal_prompts_are_an_order_each);

  tc = test_case_new (suite, "failures");
  tcase_add_loop_test (tc, a_service_that_fails_every_order_gets_one_an_item, 0,
      G_N_ELEMENTS (failures));
  tcase_add_test (tc, what_may_have_been_billed_is_not_ordered_by_a_later_run);
  tcase_add_loop_test (
      tc, what_was_ordered_is_shown_after_an_outage, 0, G_N_ELEMENTS (outages));
  tcase_add_test (tc, what_was_ready_is_fetched_again);
  tcase_add_test (tc, a_key_that_is_refused_stops_the_orders);
  tcase_add_test (tc, no_more_than_max_orders);

  return suite;
}

GST_CHECK_MAIN (playout_money);
