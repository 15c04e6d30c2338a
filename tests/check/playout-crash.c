/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* On air, an item is one order, also if the process is killed and started
 * again. */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "day.h"

#define CRASHES 8

static GSubprocess *
start_process (const gchar *properties)
{
  g_autofree gchar *line = test_day_make_line (properties);
  g_autoptr (GError) error = NULL;
  GSubprocess *process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE,
      &error, g_getenv ("SEEDANCE_PLAY"), line, NULL);

  fail_unless (process != NULL, "%s", error ? error->message : "");

  return process;
}

static void
kill_process (GSubprocess *process)
{
  test_send_signal (process, SIGKILL);
  fail_unless (g_subprocess_wait (process, NULL, NULL));
  g_object_unref (process);
  test_service_fault (service, "");
  test_service_release (service);
}

static void
play_to_the_end (void)
{
  TestRun *run = test_day_new_run ("max-in-flight=1 on-empty=eos");

  test_run_to_end (run);
  test_run_free (run);
}

/* Killed at that moment, of two items: how the two end. An order whose answer
 * was lost may be billed, so it is passed over. */
static const struct {
  const gchar *fault, *counter, *first, *second;
} crashes[] = {
  { "submit:hold", "submits_held", "maybe-billed", "end" },
  { "poll:hold", "polls_held", "end", "end" },
  { "clip:hold", "clips_held", "end", "end" },
  { "clip:stall=50%", "clips_stalled", "end", "end" },
  /* The first one is ready, or on air. */
  { "submit@2:hold", "submits_held", "end", "maybe-billed" },
};

GST_START_TEST (a_crash_orders_nothing_twice)
{
  GSubprocess *process;

  test_day_append (LINE ("a", "One") LINE ("b", "Two"));
  test_service_fault (service, crashes[__i__].fault);
  process = start_process ("max-in-flight=1");
  test_service_wait (service, crashes[__i__].counter, 1);
  kill_process (process);
  play_to_the_end ();
  assert_posts (service, 2);
  assert_tasks (service, 2);
  fail_unless_equals_int (test_day_count_logged ("a", crashes[__i__].first), 1);
  fail_unless_equals_int (
      test_day_count_logged ("b", crashes[__i__].second), 1);
}
GST_END_TEST

/* Items of the log that end so. */
static guint
count_ended (const gchar *id)
{
  return test_day_count_logged (id, "end") +
         test_day_count_logged (id, "maybe-billed");
}

/* Until the service has given so many answers, or all is over. */
static void
wait_for_some (GRand *rand)
{
  const gint64 until =
      test_service_count (service, "answers") + g_rand_int_range (rand, 1, 6);
  const gint64 deadline = g_get_monotonic_time () + test_patience ();

  while (test_service_count (service, "answers") < until &&
         count_ended ("c") == 0) {
    fail_unless (g_get_monotonic_time () < deadline);
    g_usleep (2000);
  }
}

/* An order that was on its way may be billed, and no item is shown twice. */
GST_START_TEST (crashes_at_any_moment_order_nothing_twice)
{
  static const gchar *const ids[] = { "a", "b", "c" };
  const guint32 seed = g_random_int ();
  GRand *rand = g_rand_new_with_seed (seed);

  g_printerr ("seed %u\n", seed);
  test_day_append (THREE);
  test_service_set (service, "{\"generation_time\":1}");
  for (guint i = 0; i < CRASHES; i++) {
    GSubprocess *process = start_process ("max-in-flight=2");

    wait_for_some (rand);
    kill_process (process);
  }
  play_to_the_end ();
  fail_unless (test_service_count (service, "posts") <= 3);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    fail_unless_equals_int (count_ended (ids[i]), 1);
  g_rand_free (rand);
}
GST_END_TEST

/* The log shows where. */
GST_START_TEST (a_restart_goes_on_behind_the_last_item)
{
  GSubprocess *process;
  const gint64 deadline = g_get_monotonic_time () + test_patience ();

  test_day_append (THREE);
  process = start_process ("max-in-flight=1");
  while (test_day_count_logged ("a", "end") == 0) {
    fail_unless (g_get_monotonic_time () < deadline);
    g_usleep (2000);
  }
  kill_process (process);
  play_to_the_end ();
  assert_posts (service, 3);
  fail_unless_equals_int (test_day_count_logged ("a", "end"), 1);
  fail_unless_equals_int (test_day_count_logged ("b", "end"), 1);
  fail_unless_equals_int (test_day_count_logged ("c", "end"), 1);
}
GST_END_TEST

/* Without a log it begins with the first item, and still buys nothing. */
GST_START_TEST (a_run_without_a_log_buys_nothing_twice)
{
  g_autofree gchar *log = test_home_path ("as-run.jsonl");

  test_day_append (THREE);
  for (guint i = 1; i <= 3; i++) {
    play_to_the_end ();
    assert_posts (service, 3);
    fail_unless_equals_int (test_day_count_logged ("a", "end"), 1);
    fail_unless (g_remove (log) == 0);
  }
}
GST_END_TEST

static Suite *
playout_crash_suite (void)
{
  Suite *suite = suite_create ("playout-crash");
  TCase *tc = test_case_new (suite, "crashes");

  tcase_add_loop_test (
      tc, a_crash_orders_nothing_twice, 0, G_N_ELEMENTS (crashes));
  tcase_add_test (tc, crashes_at_any_moment_order_nothing_twice);
  tcase_add_test (tc, a_restart_goes_on_behind_the_last_item);
  tcase_add_test (tc, a_run_without_a_log_buys_nothing_twice);

  return suite;
}

GST_CHECK_MAIN (playout_crash);
