/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "seedance-tasks cancel" cancels a task that is still queued, and leaves a
 * task alone that runs or has ended. */

#include <string.h>

#include "ledger.h"
#include "run.h"

static const gchar *providers[] = { "ark", "replicate" };

static gchar *
make_line (gint nth)
{
  return g_strdup_printf (SOURCE
      "prompt=boat resolution=480p duration=1 provider=%s model=a/m "
      "base-url=%s ! fakesink name=out",
      providers[nth], test_service_get_base (service, providers[nth]));
}

/* Orders a clip and stops when the task's id is in the ledger. Returns the id.
 * g_free(). */
static gchar *
order (gint nth)
{
  g_autofree gchar *line = make_line (nth);
  TestRun *run = test_run_new ("%s", line);
  gchar *id;

  test_run_start (run, GST_STATE_PLAYING);
  test_ledger_wait (
      "SELECT count(*) FROM attempts WHERE task_id NOT NULL", TRUE);
  test_run_free (run);
  id = test_ledger_get ("SELECT task_id FROM attempts ORDER BY id DESC");
  fail_unless (id != NULL);

  return id;
}

static void
cancel (gint nth, const gchar *id, gboolean done, const gchar *words)
{
  const gchar *arguments[] = { g_getenv ("SEEDANCE_TASKS"), "cancel", id,
    NULL };
  g_autofree gchar *out = NULL, *err = NULL;
  int status;

  g_setenv ("SEEDANCE_BASE_URL",
      test_service_get_base (service, providers[nth]), TRUE);
  fail_unless (g_spawn_sync (NULL, (gchar **) arguments, NULL, 0, NULL, NULL,
      &out, &err, &status, NULL));
  fail_unless ((status == 0) == done, "%s%s", out, err);
  fail_unless (strstr (done ? out : err, words) != NULL, "%s%s", out, err);
  fail_if (strstr (out, TEST_KEY) || strstr (err, TEST_KEY));
}

static void
play_again (gint nth, guint task)
{
  g_autofree gchar *line = make_line (nth);
  TestRun *run = test_run_new ("%s", line);
  TestTap *tap = test_run_tap (run, "out");
  g_autoptr (GBytes) clip = NULL;

  test_run_to_end (run);
  clip = test_service_get_clip (service, task);
  test_tap_assert_bytes (tap, clip);
  test_run_free (run);
}

GST_START_TEST (a_queued_task_is_cancelled_and_may_be_ordered_anew)
{
  g_autofree gchar *id = NULL;

  test_service_set (service, "{\"generation_time\":36000}");
  id = order (__i__);
  cancel (__i__, id, TRUE, "Cancelled task");
  assert_count (service, "cancels", 1);
  cancel (__i__, id, FALSE, "not under way");
  assert_count (service, "cancels", 1);
  test_service_set (service, "{\"generation_time\":0}");
  play_again (__i__, 1);
  assert_posts (service, 2);
  assert_tasks (service, 2);
}
GST_END_TEST

/* If the task has ended, the service would refuse the cancellation and bill the
 * task, or delete the only link to the clip. */
GST_START_TEST (a_task_that_is_done_is_left_alone)
{
  g_autofree gchar *id = NULL;

  test_service_set (service, "{\"generation_time\":36000}");
  id = order (__i__);
  test_service_set (service, "{\"generation_time\":0}");
  test_service_wait (service, "renders", 0);
  test_service_fault (service, "poll:word=succeeded");
  cancel (__i__, id, FALSE, "has ended");
  test_service_fault (service, "poll:word=running");
  cancel (__i__, id, FALSE, "not queued any more");
  test_service_fault (service, "poll:word=unheard-of");
  cancel (__i__, id, FALSE, "not queued any more");
  test_service_fault (service, "poll:status=500");
  cancel (__i__, id, FALSE, "does not tell");
  test_service_fault (service, "poll:body=%7B%22code%22:404,%22message%22:"
                               "%22task%20not%20exist%22%7D");
  cancel (__i__, id, FALSE, "not tell how the task is (HTTP 200: \"task not");
  test_service_fault (service, "");
  assert_count (service, "cancels", 0);
  play_again (__i__, 0);
  assert_posts (service, 1);
}
GST_END_TEST

/* The service has started the task between the tool's question and its
 * cancellation. */
GST_START_TEST (a_cancel_that_is_refused_changes_nothing)
{
  g_autofree gchar *id = NULL;

  test_service_set (service, "{\"generation_time\":36000}");
  id = order (__i__);
  test_service_fault (service, "poll@2:status=409+message=It%20runs%20already");
  cancel (__i__, id, FALSE, "It runs already");
  test_service_fault (service, "");
  test_service_set (service, "{\"generation_time\":0}");
  play_again (__i__, 0);
  assert_posts (service, 1);
}
GST_END_TEST

/* The task may be cancelled: the row stays as it is. */
GST_START_TEST (a_cancel_whose_end_is_not_told_is_reported)
{
  g_autofree gchar *id = NULL;

  test_service_set (service, "{\"generation_time\":36000}");
  id = order (__i__);
  test_service_fault (service, "poll@3:status=500");
  cancel (__i__, id, FALSE,
      "took the request to cancel the task. The service "
      "does not tell");
  assert_count (service, "cancels", 1);
  test_service_fault (service, "");
  cancel (__i__, id, FALSE, "has ended");
  assert_posts (service, 1);
}
GST_END_TEST

/* The ledger row names a service, but the key is sent only to the address that
 * the user has set. */
GST_START_TEST (the_key_goes_only_where_the_user_says)
{
  g_autofree gchar *id = NULL;

  test_service_set (service, "{\"generation_time\":36000}");
  id = order (0);
  test_ledger_change ("UPDATE attempts SET base_url='http://127.0.0.1:1/v3'");
  cancel (0, id, FALSE, "Nothing was sent");
  assert_count (service, "cancels", 0);
}
GST_END_TEST

static Suite *
cancel_suite (void)
{
  Suite *suite = suite_create ("cancel");
  TCase *tasks = test_case_new (suite, "tasks");
  const gint n = G_N_ELEMENTS (providers);

  tcase_add_loop_test (
      tasks, a_queued_task_is_cancelled_and_may_be_ordered_anew, 0, n);
  tcase_add_loop_test (tasks, a_task_that_is_done_is_left_alone, 0, n);
  tcase_add_loop_test (tasks, a_cancel_that_is_refused_changes_nothing, 0, n);
  tcase_add_loop_test (tasks, a_cancel_whose_end_is_not_told_is_reported, 0, n);
  tcase_add_test (tasks, the_key_goes_only_where_the_user_says);

  return suite;
}

GST_CHECK_MAIN (cancel);
