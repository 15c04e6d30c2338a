/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The property "budget" and the variable SEEDANCE_BUDGET limit how many orders
 * may be sent in a period. The tests count POSTs. */

#include <string.h>

#include "ledger.h"
#include "run.h"

/* A launch line for a clip that only this @instance shares. */
#define ORDER(instance) CLIP "instance=" instance " "

static void
play (const gchar *line)
{
  TestRun *run = test_run_new ("%s ! fakesink", line);

  test_run_to_end (run);
  test_run_free (run);
}

/* Runs @line, which must fail with @words. Returns the reason of the error.
 * g_free(). */
static gchar *
fail_to_play (const gchar *line, const gchar *words)
{
  TestRun *run = test_run_new ("%s ! fakesink", line);
  GstMessage *message = test_run_to_error (run);
  g_autoptr (GError) error = NULL;
  const GstStructure *details = NULL;
  gchar *reason;

  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, words) != NULL, "%s", error->message);
  gst_message_parse_error_details (message, &details);
  reason = g_strdup (gst_structure_get_string (details, "reason"));
  test_run_free (run);

  return reason;
}

static void
assert_spent (const gchar *line)
{
  g_autofree gchar *reason = fail_to_play (line, "The budget is spent");

  fail_unless_equals_string (reason, "budget");
}

GST_START_TEST (what_would_be_one_too_many_is_not_ordered)
{
  play (ORDER ("a") "budget=2/hour");
  play (ORDER ("b") "budget=2/hour");
  assert_spent (ORDER ("c") "budget=2/hour");
  assert_spent (ORDER ("a") "budget=2/hour reuse=never");
  assert_posts (service, 2);
  play (ORDER ("c") "budget=3/hour");
  assert_posts (service, 3);
}
GST_END_TEST

/* A stored clip and a task that was ordered before do not count against the
 * budget. */
GST_START_TEST (what_was_paid_for_is_played)
{
  g_autofree gchar *id = NULL, *line = NULL;

  play (ORDER ("a"));
  play (ORDER ("a") "budget=1/day reuse=always");
  id = test_service_get_task (service, 0, "id");
  line = g_strdup_printf (SOURCE "budget=0/day task-id=%s", id);
  play (line);
  assert_posts (service, 1);
}
GST_END_TEST

/* Plays in a process of its own. When it has ended, everything is in the
 * ledger. */
static void
play_elsewhere (const gchar *line)
{
  const gchar *argv[] = { g_getenv ("SEEDANCE_PLAY"), line, NULL };
  gint status;

  fail_unless (g_spawn_sync (NULL, (gchar **) argv, NULL,
      G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, NULL));
  fail_unless (g_spawn_check_wait_status (status, NULL));
}

GST_START_TEST (other_programs_count)
{
  play_elsewhere (ORDER ("a") "! fakesink");
  assert_spent (ORDER ("b") "budget=1/week");
  assert_posts (service, 1);
}
GST_END_TEST

/* A property cannot widen the budget that an operator sets in the
 * environment. */
GST_START_TEST (the_environment_holds_besides)
{
  g_setenv ("SEEDANCE_BUDGET", "5/minute, 1/month", TRUE);
  play (ORDER ("a") "budget=100/hour");
  assert_spent (ORDER ("b") "budget=100/hour");
  assert_posts (service, 1);
  g_setenv ("SEEDANCE_BUDGET", "100/hour", TRUE);
  assert_spent (ORDER ("b") "budget=1/hour");
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (time_makes_room)
{
  play_elsewhere (ORDER ("a") "budget=1/hour ! fakesink");
  test_ledger_change ("UPDATE attempts SET created = created - 3590");
  assert_spent (ORDER ("b") "budget=1/hour");
  test_ledger_change ("UPDATE attempts SET created = created - 10");
  play (ORDER ("b") "budget=1/hour");
  assert_posts (service, 2);
}
GST_END_TEST

/* An order that was removed from the ledger's list still counts, because it was
 * paid for. */
GST_START_TEST (forgetting_makes_no_room)
{
  test_service_fault (service, "poll:word=failed");
  g_free (fail_to_play (ORDER ("a"), "failed"));
  test_service_fault (service, "");
  test_ledger_change ("UPDATE attempts SET forgotten = 1");
  assert_spent (ORDER ("a") "budget=1/hour");
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (what_was_surely_not_accepted_makes_room)
{
  test_service_fault (service, "submit@1:status=400");
  g_free (fail_to_play (ORDER ("a"), "400"));
  play (ORDER ("a") "budget=1/hour");
  assert_posts (service, 2);
}
GST_END_TEST

/* Given six elements that order at the same time under a budget of two, two of
 * them order. */
GST_START_TEST (one_of_many_at_once_is_the_last)
{
  TestRun *runs[6];

  for (guint i = 0; i < G_N_ELEMENTS (runs); i++) {
    runs[i] = test_run_new (CLIP "instance=%u budget=2/day ! fakesink", i);
    test_run_start (runs[i], GST_STATE_PLAYING);
  }
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++) {
    test_run_wait (runs[i], GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    test_run_free (runs[i]);
  }
  assert_posts (service, 2);
}
GST_END_TEST

static const gchar *const nonsense[] = { "5", "5/", "/hour", "hour", "-1/hour",
  "5/fortnight", "5/hour,", ",", "5/hour 6/day", "1e3/day", "5//day",
  "99999999999/day", "5/hour;1/day" };

GST_START_TEST (what_is_no_budget_orders_nothing)
{
  g_autofree gchar *line =
      g_strdup_printf (CLIP "budget=\"%s\"", nonsense[__i__]);
  g_autofree gchar *reason = fail_to_play (line, "is no budget");

  fail_unless_equals_string (reason, "settings");
  g_free (reason);
  g_setenv ("SEEDANCE_BUDGET", nonsense[__i__], TRUE);
  reason = fail_to_play (CLIP, "SEEDANCE_BUDGET");
  assert_posts (service, 0);
}
GST_END_TEST

static Suite *
budget_suite (void)
{
  Suite *suite = suite_create ("budget");
  TCase *orders = test_case_new (suite, "orders");

  tcase_add_test (orders, what_would_be_one_too_many_is_not_ordered);
  tcase_add_test (orders, what_was_paid_for_is_played);
  tcase_add_test (orders, other_programs_count);
  tcase_add_test (orders, the_environment_holds_besides);
  tcase_add_test (orders, time_makes_room);
  tcase_add_test (orders, forgetting_makes_no_room);
  tcase_add_test (orders, what_was_surely_not_accepted_makes_room);
  tcase_add_test (orders, one_of_many_at_once_is_the_last);
  tcase_add_loop_test (
      orders, what_is_no_budget_orders_nothing, 0, G_N_ELEMENTS (nonsense));

  return suite;
}

GST_CHECK_MAIN (budget)
