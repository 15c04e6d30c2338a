/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many tasks of an order that fails are bought, and what ends the count:
 * counted in POSTs. */

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "ledger.h"
#include "plays.h"

#define KITE "prompt=kite "

static const gchar *
reason_of (GstMessage *message)
{
  const GstStructure *details = NULL;

  gst_message_parse_error_details (message, &details);

  return details ? gst_structure_get_string (details, "reason") : NULL;
}

/* The reason that the run's error gives. g_free(). */
static gchar *
fail_and_tell (const gchar *properties)
{
  TestRun *run = test_run_new (CLIP "%s ! fakesink", properties);
  gchar *reason = g_strdup (reason_of (test_run_to_error (run)));

  test_run_free (run);

  return reason;
}

static void
assert_fails (const gchar *properties, const gchar *why)
{
  g_autofree gchar *reason = fail_and_tell (properties);

  fail_unless_equals_string (reason, why);
}

/* As a supervisor starts it again and again. */
GST_START_TEST (a_failing_order_is_bought_twice_and_no_more)
{
  static const gchar *const reuse[] = { "reuse=never", "reuse=pending",
    "reuse=always" };

  test_service_fault (service, "poll:word=failed");
  for (guint i = 0; i < 6; i++)
    assert_fails (reuse[__i__], i < 2 ? "failed" : "attempts");
  assert_tasks (service, 2);
  assert_posts (service, 2);
  /* Another order is not held up. */
  test_service_fault (service, "");
  test_play_nth (2, KITE);
}
GST_END_TEST

GST_START_TEST (every_end_without_a_clip_counts)
{
  static const gchar *const words[] = { "failed", "cancelled", "expired" };
  g_autofree gchar *fault = g_strconcat ("poll:word=", words[__i__], NULL);

  test_service_fault (service, fault);
  assert_fails ("attempts=1", words[__i__]);
  assert_fails ("attempts=1", "attempts");
  assert_tasks (service, 1);
}
GST_END_TEST

GST_START_TEST (what_was_not_accepted_does_not_count)
{
  test_service_fault (service, "submit:status=400");
  for (guint i = 0; i < 3; i++)
    assert_fails ("", "settings");
  test_service_fault (service, "");
  test_play_nth (0, "");
}
GST_END_TEST

GST_START_TEST (more_attempts_allow_more_tasks)
{
  test_service_fault (service, "poll:word=failed");
  assert_fails ("", "failed");
  assert_fails ("attempts=1", "attempts");
  assert_fails ("", "failed");
  assert_fails ("", "attempts");
  assert_fails ("attempts=3", "failed");
  assert_fails ("attempts=3", "attempts");
  assert_tasks (service, 3);
}
GST_END_TEST

GST_START_TEST (the_error_names_the_ways_on)
{
  g_autofree gchar *name = NULL, *command = NULL;

  test_service_fault (service, "poll:word=failed");
  assert_fails ("attempts=1", "failed");
  /* Another service's ids may look like this. */
  test_ledger_change ("UPDATE attempts SET task_id = 'boat''; ls; ''1'");
  name = test_ledger_get ("SELECT name FROM attempts");
  command = g_strdup_printf (
      "attempts to 2 or with: seedance-tasks forget %s.", name);
  test_fail_to_play ("attempts=1", command);
}
GST_END_TEST

GST_START_TEST (forgetting_the_task_begins_anew)
{
  static const gchar *const reuse[] = { "attempts=1",
    "attempts=1 reuse=never" };
  g_autofree gchar *id = NULL;

  test_service_fault (service, "poll:word=failed");
  assert_fails (reuse[__i__], "failed");
  assert_fails (reuse[__i__], "attempts");
  id = test_service_get_task (service, 0, "id");
  test_call_tasks ("forget", id, NULL);
  assert_fails (reuse[__i__], "failed");
  assert_fails (reuse[__i__], "attempts");
  assert_tasks (service, 2);
}
GST_END_TEST

GST_START_TEST (a_clip_that_comes_begins_anew)
{
  test_service_fault (service, "poll:word=failed");
  assert_fails ("", "failed");
  test_service_fault (service, "");
  test_play_nth (1, "");
  test_service_fault (service, "poll:word=failed");
  assert_fails ("", "failed");
  assert_fails ("", "failed");
  assert_fails ("", "attempts");
  assert_tasks (service, 4);
}
GST_END_TEST

/* Whoever sees its end. */
GST_START_TEST (a_task_counts_once)
{
  g_autofree gchar *id = NULL, *by_id = NULL;

  test_service_fault (service, "poll:word=failed");
  assert_fails ("", "failed");
  id = test_service_get_task (service, 0, "id");
  by_id = g_strdup_printf ("task-id=%s", id);
  assert_fails (by_id, "failed");
  assert_fails (by_id, "failed");
  assert_fails ("", "failed");
  assert_fails ("", "attempts");
  assert_tasks (service, 2);
}
GST_END_TEST

/* Services keep clips for some days. */
GST_START_TEST (a_clip_that_came_and_is_gone_is_no_failure)
{
  test_play_elsewhere ("reuse=always");
  test_remove_clips ();
  test_service_fault (service, "poll:word=expired");
  assert_fails ("reuse=always attempts=1", "expired");
  test_service_fault (service, "");
  test_play_nth (1, "reuse=always attempts=1");
}
GST_END_TEST

static Suite *
attempts_suite (void)
{
  Suite *suite = suite_create ("attempts");
  TCase *failing = test_case_new (suite, "failing");

  tcase_add_loop_test (
      failing, a_failing_order_is_bought_twice_and_no_more, 0, 3);
  tcase_add_loop_test (failing, every_end_without_a_clip_counts, 0, 3);
  tcase_add_test (failing, what_was_not_accepted_does_not_count);
  tcase_add_test (failing, more_attempts_allow_more_tasks);
  tcase_add_test (failing, the_error_names_the_ways_on);
  tcase_add_loop_test (failing, forgetting_the_task_begins_anew, 0, 2);
  tcase_add_test (failing, a_clip_that_comes_begins_anew);
  tcase_add_test (failing, a_task_counts_once);
  tcase_add_test (failing, a_clip_that_came_and_is_gone_is_no_failure);

  return suite;
}

GST_CHECK_MAIN (attempts)
