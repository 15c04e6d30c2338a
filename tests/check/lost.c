/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An order whose answer was lost. The element looks for its task in the
 * service's list of tasks, and takes a task only if it must be the order's own.
 * Whatever the list says, only one POST is sent. The local service counts a
 * request for the list as a poll. */

#include <string.h>

#include "ledger.h"
#include "run.h"

#define ASKED "resolution=480p model=m seed=7 "
#define UNREADABLE "poll:status=500"

static TestRun *
start_order (const gchar *properties)
{
  TestRun *run = test_run_new (SOURCE
      "prompt=boat provider=ark base-url=%s " ASKED "%s ! fakesink name=out",
      test_service_get_ark (service), properties);

  test_run_start (run, GST_STATE_PLAYING);

  return run;
}

/* Plays clip @nth of the service to its end. */
static void
play (const gchar *properties, guint nth)
{
  TestRun *run = test_run_new (SOURCE
      "prompt=boat provider=ark base-url=%s " ASKED "%s ! fakesink name=out",
      test_service_get_ark (service), properties);
  TestTap *tap = test_run_tap (run, "out");
  g_autoptr (GBytes) clip = NULL;

  test_run_to_end (run);
  clip = test_service_get_clip (service, nth);
  test_tap_assert_bytes (tap, clip);
  test_run_free (run);
}

/* Runs an order that must fail as one that may be billed, with @words. */
static void
assert_doubt (const gchar *properties, const gchar *words)
{
  TestRun *run = start_order (properties);
  GstMessage *message = test_run_to_error (run);
  const GstStructure *details = NULL;
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  fail_unless_equals_string (
      gst_structure_get_string (details, "reason"), "maybe-billed");
  fail_unless (strstr (error->message, words) != NULL, "%s", error->message);
  test_run_free (run);
}

/* Leaves an order in doubt that the service has accepted. */
static void
lose (const gchar *properties)
{
  test_service_fault (service, "submit:accept-drop\n" UNREADABLE);
  assert_doubt (properties, "was not to be had (HTTP 500)");
  test_service_fault (service, "");
}

GST_START_TEST (the_task_of_a_lost_answer_is_found_and_played)
{
  TestRun *run;
  g_autofree gchar *id = NULL, *row = NULL;
  g_autoptr (GError) doubt = NULL, warning = NULL;

  test_service_fault (service, "submit:accept-drop");
  run = start_order ("duration=1");
  gst_message_parse_warning (
      test_run_wait (run, GST_MESSAGE_WARNING), &doubt, NULL);
  fail_unless (strstr (doubt->message, "Nobody knows"), "%s", doubt->message);
  gst_message_parse_warning (
      test_run_wait (run, GST_MESSAGE_WARNING), &warning, NULL);
  fail_unless (strstr (warning->message, "The answer to the order was lost"),
      "%s", warning->message);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  assert_posts (service, 1);
  assert_tasks (service, 1);
  id = test_service_get_task (service, 0, "id");
  test_ledger_wait (
      "SELECT count(*) FROM attempts WHERE state = 'played'", TRUE);
  row = test_ledger_get (
      "SELECT task_id || ' ' || state || ' ' || named FROM attempts");
  fail_unless (g_str_has_prefix (row, id) && strstr (row, " played 0"),
      "%s, and not %s", row, id);
}
GST_END_TEST

GST_START_TEST (a_task_that_comes_late_into_the_list_is_found)
{
  test_service_fault (service, "submit:accept-drop\npoll@1-2:body=%7B%22items"
                               "%22:%5B%5D%2C%22total%22:0%7D");
  play ("duration=1", 0);
  assert_posts (service, 1);
}
GST_END_TEST

/* The order names an endpoint of the account, and the list its model. */
GST_START_TEST (the_task_of_an_endpoint_is_found)
{
  test_service_fault (service, "submit:accept-drop");
  play ("duration=1 model=ep-20260101120000-abcde", 0);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_later_run_finds_it_for_nothing)
{
  lose ("duration=1");
  play ("duration=1", 0);
  assert_posts (service, 1);
}
GST_END_TEST

/* The state of a ledger row after the process was killed while it sent the
 * order. */
GST_START_TEST (what_a_killed_program_ordered_is_found)
{
  lose ("duration=1");
  test_ledger_change ("UPDATE attempts SET state = 'submitting', "
                      "reason = NULL, owner_start = 1");
  play ("duration=1", 0);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (an_order_that_never_came_stays_in_doubt)
{
  for (guint i = 0; i < 2; i++) {
    test_service_fault (service, "submit:drop");
    assert_doubt ("duration=1", "lists no task that it can be");
    assert_posts (service, 1);
  }
  assert_tasks (service, 0);
}
GST_END_TEST

/* A run with another state folder and the same account has ordered the same, so
 * nothing tells the two tasks apart. */
GST_START_TEST (of_two_tasks_the_user_chooses)
{
  g_autofree gchar *id = NULL, *line = NULL;

  play ("duration=1", 0);
  test_home_move_state_dir ("another");
  test_service_fault (service, "submit:accept-drop");
  id = test_service_get_task (service, 0, "id");
  assert_doubt ("duration=1", id);
  assert_posts (service, 2);
  g_free (id);
  id = test_service_get_task (service, 1, "id");
  assert_doubt ("duration=1", id);
  test_service_fault (service, "");
  line = g_strdup_printf ("duration=1 task-id=%s", id);
  play (line, 1);
  assert_posts (service, 2);
}
GST_END_TEST

/* The list shows the settings of a task, of which one differs here. */
GST_START_TEST (a_task_of_other_settings_is_another)
{
  play ("duration=2", 0);
  test_home_move_state_dir ("another");
  test_service_fault (service, "submit:accept-drop");
  play ("duration=1", 1);
  assert_posts (service, 2);
}
GST_END_TEST

GST_START_TEST (a_task_that_the_ledger_knows_is_another)
{
  play ("duration=1 instance=a", 0);
  test_service_fault (service, "submit:drop");
  assert_doubt ("duration=1 instance=b", "lists no task that it can be");
  assert_posts (service, 2);
  assert_tasks (service, 1);
}
GST_END_TEST

/* The task in the list is older or newer than the order. */
GST_START_TEST (a_task_of_another_time_is_another)
{
  lose ("duration=1");
  test_ledger_change ("UPDATE attempts SET created = created + 100, "
                      "updated = updated + 100");
  assert_doubt ("duration=1", "lists no task that it can be");
  test_ledger_change ("UPDATE attempts SET created = created - 1000, "
                      "updated = updated - 1000");
  assert_doubt ("duration=1", "lists no task that it can be");
  test_ledger_change ("UPDATE attempts SET created = created + 900, "
                      "updated = updated + 900");
  play ("duration=1", 0);
  assert_posts (service, 1);
}
GST_END_TEST

/* The service may have taken minutes before it made the task. */
GST_START_TEST (a_task_that_was_made_long_after_the_order_is_found)
{
  lose ("duration=1");
  test_ledger_change ("UPDATE attempts SET created = created - 400");
  play ("duration=1", 0);
  assert_posts (service, 1);
}
GST_END_TEST

/* The first list holds only a foreign task, and the second one the order's own.
 * A task that is listed only once is not taken. */
GST_START_TEST (what_is_listed_once_is_not_taken)
{
  g_autofree gchar *faults = g_strdup_printf (
      "submit:accept-drop\npoll@1:body=%%7B%%22items%%22:%%5B%%7B%%22id%%22:"
      "%%22cgt-1%%22%%2C%%22created_at%%22:%" G_GINT64_FORMAT
      "%%7D%%5D%%2C%%22total%%22:1%%7D",
      g_get_real_time () / G_USEC_PER_SEC);

  test_service_fault (service, faults);
  play ("duration=1", 0);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (what_another_program_has_settled_is_told)
{
  TestRun *run;
  g_autoptr (GError) error = NULL;

  lose ("duration=1");
  test_service_reset (service);
  test_service_fault (service, "poll@2:hold");
  run = start_order ("duration=1");
  test_service_wait (service, "polls", 2);
  test_ledger_change ("UPDATE attempts SET state = 'submitted', task_id = 'x'");
  test_service_release (service);
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (
      strstr (error->message, "has settled this order"), "%s", error->message);
  test_run_free (run);
  assert_posts (service, 0);
}
GST_END_TEST

GST_START_TEST (of_two_orders_in_doubt_none_takes_the_task)
{
  lose ("duration=1 instance=a");
  test_service_fault (service, "submit:drop");
  assert_doubt ("duration=1 instance=b", "another order of that time");
  assert_doubt ("duration=1 instance=a", "another order of that time");
  assert_posts (service, 2);
  assert_tasks (service, 1);
}
GST_END_TEST

/* The machine was suspended after the row of the first order was written, and
 * before its request went out: its answer is lost now, or not there yet. */
static const gchar *const suspended[] = {
  "UPDATE attempts SET created = created - 10000",
  "UPDATE attempts SET state = 'submitting', created = created - 10000, "
  "updated = updated - 10000",
};

GST_START_TEST (an_order_that_went_out_late_counts_as_another)
{
  lose ("duration=1 instance=a");
  test_ledger_change (suspended[__i__]);
  test_service_fault (service, "submit:drop");
  assert_doubt ("duration=1 instance=b", "another order of that time");
  assert_posts (service, 2);
  assert_tasks (service, 1);
}
GST_END_TEST

/* Another key may belong to another account, so the list of that account says
 * nothing about the order. */
GST_START_TEST (another_key_asks_for_no_list)
{
  gint64 polls;

  lose ("duration=1");
  polls = test_service_count (service, "polls");
  assert_doubt ("duration=1 api-key=another", "its answer was lost");
  assert_count (service, "polls", polls);
  assert_posts (service, 1);
}
GST_END_TEST

static const gchar *lists[] = {
  "garbage",
  "body=%7B%7D",
  "body=%5B%5D",
  "body=%7B%22items%22:%5B%7B%22id%22:%22x%22%7D%5D%2C%22total%22:1%7D",
  "body=%7B%22items%22:%5B%5D%2C%22total%22:3%7D",
  "status=404",
  "drop",
};

GST_START_TEST (a_list_that_does_not_tell_leaves_the_doubt)
{
  g_autofree gchar *faults =
      g_strdup_printf ("submit:accept-drop\npoll:%s", lists[__i__]);

  test_service_fault (service, faults);
  assert_doubt ("duration=1", "Its list of tasks, which may tell,");
  assert_posts (service, 1);
  test_service_fault (service, "");
  play ("duration=1", 0);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_stop_does_not_wait_for_the_list)
{
  TestRun *run;

  test_service_fault (service, "submit:accept-drop\npoll:hang");
  run = start_order ("duration=1");
  test_service_wait (service, "polls", 1);
  test_run_free (run);
  test_service_fault (service, "");
  play ("duration=1", 0);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_long_wait_for_the_list_is_told)
{
  TestRun *run;
  g_autoptr (GError) doubt = NULL, wait = NULL;

  test_service_fault (
      service, "submit:accept-drop\npoll:status=503+retry-after=100");
  run = start_order ("duration=1");
  gst_message_parse_warning (
      test_run_wait (run, GST_MESSAGE_WARNING), &doubt, NULL);
  gst_message_parse_warning (
      test_run_wait (run, GST_MESSAGE_WARNING), &wait, NULL);
  fail_unless (strstr (wait->message, "asks for a wait of 100 s (HTTP 503)"),
      "%s", wait->message);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* The doubt is told at once, and a later run finds the task. */
GST_START_TEST (the_list_is_not_waited_for_beyond_generation_timeout)
{
  test_service_fault (
      service, "submit:accept-drop\npoll:status=429+retry-after=3600");
  assert_doubt ("duration=1 generation-timeout=60",
      "asks for a wait of 3600 s, and generation-timeout is 60 s");
  test_service_fault (service, "");
  play ("duration=1", 0);
  assert_posts (service, 1);
}
GST_END_TEST

/* The row of a process that is alive and still sends the same order. */
GST_START_TEST (another_process_is_not_waited_for_beyond_generation_timeout)
{
  TestRun *run;
  const GstStructure *details = NULL;

  lose ("duration=1");
  test_ledger_change (
      "UPDATE attempts SET state = 'submitting', reason = NULL");
  run = start_order ("duration=1 generation-timeout=1");
  gst_message_parse_error_details (test_run_to_error (run), &details);
  fail_unless_equals_string (
      gst_structure_get_string (details, "reason"), "deadline");
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* A task that ended without a clip also settles the order. */
GST_START_TEST (a_task_that_failed_is_found_as_such)
{
  TestRun *run;
  const GstStructure *details = NULL;

  test_service_fault (service, "submit:accept-drop");
  run = test_run_new (SOURCE
      "prompt=\"a doomed boat\" provider=ark base-url=%s " ASKED
      "duration=1 ! fakesink",
      test_service_get_ark (service));
  gst_message_parse_error_details (test_run_to_error (run), &details);
  fail_unless_equals_string (
      gst_structure_get_string (details, "reason"), "moderation");
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
lost_suite (void)
{
  Suite *suite = suite_create ("lost");
  TCase *found = test_case_new (suite, "found");
  TCase *doubt = test_case_new (suite, "doubt");

  tcase_add_test (found, the_task_of_a_lost_answer_is_found_and_played);
  tcase_add_test (found, a_task_that_comes_late_into_the_list_is_found);
  tcase_add_test (found, the_task_of_an_endpoint_is_found);
  tcase_add_test (found, a_later_run_finds_it_for_nothing);
  tcase_add_test (found, what_a_killed_program_ordered_is_found);
  tcase_add_test (found, a_task_of_other_settings_is_another);
  tcase_add_test (found, a_task_that_was_made_long_after_the_order_is_found);
  tcase_add_test (found, what_is_listed_once_is_not_taken);
  tcase_add_test (found, a_stop_does_not_wait_for_the_list);
  tcase_add_test (found, a_task_that_failed_is_found_as_such);
  tcase_add_test (doubt, an_order_that_never_came_stays_in_doubt);
  tcase_add_test (doubt, of_two_tasks_the_user_chooses);
  tcase_add_test (doubt, a_task_that_the_ledger_knows_is_another);
  tcase_add_test (doubt, a_task_of_another_time_is_another);
  tcase_add_test (doubt, what_another_program_has_settled_is_told);
  tcase_add_test (doubt, of_two_orders_in_doubt_none_takes_the_task);
  tcase_add_loop_test (doubt, an_order_that_went_out_late_counts_as_another, 0,
      G_N_ELEMENTS (suspended));
  tcase_add_test (doubt, another_key_asks_for_no_list);
  tcase_add_test (doubt, a_long_wait_for_the_list_is_told);
  tcase_add_test (doubt, the_list_is_not_waited_for_beyond_generation_timeout);
  tcase_add_test (
      doubt, another_process_is_not_waited_for_beyond_generation_timeout);
  tcase_add_loop_test (doubt, a_list_that_does_not_tell_leaves_the_doubt, 0,
      G_N_ELEMENTS (lists));

  return suite;
}

GST_CHECK_MAIN (lost);
