/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A task id attaches to a task without an order, tells which order is meant
 * when an answer was lost, and keeps what was paid for: counted in POSTs. */

#include <string.h>

#include "ledger.h"
#include "plays.h"

static const gchar *values[] = { "never", "pending", "always" };

static TestRun *
new_run (gint value)
{
  return test_run_new (CLIP "reuse=%s ! fakesink name=out", values[value]);
}

static void
play (gint value)
{
  g_autofree gchar *reuse = g_strdup_printf ("reuse=%s", values[value]);

  test_play_nth (0, reuse);
}

static gchar *
get_task_id (TestRun *run)
{
  gchar *id;

  g_object_get (run->src, "current-task-id", &id, NULL);

  return id;
}

static void
count (GObject *object, GParamSpec *pspec, gpointer counter)
{
  g_atomic_int_inc ((gint *) counter);
}

GST_START_TEST (the_task_id_is_told_once_and_can_be_read)
{
  TestRun *run = new_run (1);
  g_autofree gchar *before = get_task_id (run);
  g_autofree gchar *id = NULL, *during = NULL, *after = NULL, *set = NULL;
  gint notified = 0;

  fail_unless (before == NULL);
  g_signal_connect (
      run->src, "notify::current-task-id", G_CALLBACK (count), &notified);
  test_run_to_end (run);
  during = get_task_id (run);
  id = test_service_get_task (service, 0, "id");
  fail_unless_equals_string (during, id);
  /* What the user sets stays what the user set. */
  g_object_get (run->src, "task-id", &set, NULL);
  fail_unless (set == NULL);
  test_run_stop (run);
  after = get_task_id (run);
  fail_unless_equals_string (after, id);
  test_run_free (run);
  fail_unless_equals_int (g_atomic_int_get (&notified), 1);
}
GST_END_TEST

/* Whether it was told that the clip is stored, and nobody is asked for it. */
static gboolean
attach (const gchar *id, const gchar *properties)
{
  TestRun *run =
      test_run_new (SOURCE "task-id=%s %s ! fakesink name=out", id, properties);
  TestTap *tap = test_run_tap (run, "out");
  g_autoptr (GBytes) clip = NULL;
  gboolean stored;

  test_run_to_end (run);
  clip = test_service_get_clip (service, 0);
  test_tap_assert_bytes (tap, clip);
  /* That nothing was sent is told, however fast the rest is. */
  test_run_drain (run);
  fail_unless_equals_int (
      test_run_count_progress (run, GST_PROGRESS_TYPE_COMPLETE, "submit"), 1);
  fail_unless (test_run_was_told (run, "nothing is ordered"));
  fail_if (test_run_was_told (run, "Ordering"));
  stored = test_run_was_told (run, "is stored here");
  fail_unless (stored != test_run_was_told (run, "Asking about"));
  test_run_free (run);

  return stored;
}

GST_START_TEST (a_task_id_attaches_without_an_order)
{
  g_autofree gchar *id = NULL;

  play (__i__);
  id = test_service_get_task (service, 0, "id");
  fail_unless (attach (id, ""));
  fail_unless (attach (id, "reuse=never"));
  test_home_move_state_dir ("another machine");
  fail_if (attach (id, ""));
  attach (id, "prompt=boat");
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_task_id_attaches_to_a_task_that_is_under_way)
{
  TestRun *run = new_run (0);
  g_autofree gchar *id = NULL;

  test_service_set (service, "{\"generation_time\":1000}");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls", 1);
  test_run_free (run);
  test_service_set (service, "{\"generation_time\":0}");
  id = test_service_get_task (service, 0, "id");
  attach (id, "");
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (an_old_task_id_attaches_after_a_new_order)
{
  g_autofree gchar *id = NULL;

  play (0);
  play (0);
  assert_posts (service, 2);
  id = test_service_get_task (service, 0, "id");
  attach (id, "");
  /* … and what is newer is not forgotten over it. */
  play (2);
  assert_posts (service, 2);
}
GST_END_TEST

/* Whoever ends a run while it waits has read what fetches the clip. */
GST_START_TEST (it_is_told_what_fetches_the_clip)
{
  static const gchar *const ways[] = { "then set task-id",
    "then run the same again", "then run the same again" };
  TestRun *run = new_run (__i__);

  test_service_set (service, "{\"generation_time\":1000}");
  test_run_start (run, GST_STATE_PLAYING);
  while (!test_run_was_told (run, ways[__i__]))
    test_run_wait (run, GST_MESSAGE_PROGRESS);
  test_run_free (run);
}
GST_END_TEST

/* The third order replaces one that had replaced another. */
GST_START_TEST (what_was_paid_for_stays_when_more_is_bought)
{
  gint64 polls, requests;

  for (guint i = 0; i < 3; i++)
    play (1);
  assert_posts (service, 3);
  polls = test_service_count (service, "polls");
  requests = test_service_count (service, "clip_requests");
  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *id = test_service_get_task (service, i, "id");

    attach (id, "");
  }
  assert_count (service, "polls", polls);
  assert_count (service, "clip_requests", requests);
  /* And it is in nobody's way. */
  play (2);
  assert_posts (service, 3);
  play (1);
  assert_posts (service, 4);
}
GST_END_TEST

/* Not only when the process begins. */
GST_START_TEST (old_clips_make_room)
{
  guint played = 0;

  g_setenv ("SEEDANCE_STATE_MAX_SIZE", "1", TRUE);
  do {
    play (0);
    played++;
  } while (test_count_clips () + 2 > played && played < 50);
  g_unsetenv ("SEEDANCE_STATE_MAX_SIZE");
  assert_posts (service, played);
  fail_unless (played < 50);
}
GST_END_TEST

/* Whoever goes on for long pays for each order once, however little room there
 * is. */
GST_START_TEST (what_is_replayed_makes_no_room)
{
  static const gchar *const prompts[] = { "boat", "kite", "train" };

  for (guint i = 0; i < 9; i++) {
    TestRun *run =
        test_run_new (CLIP "prompt=%s reuse=always ! fakesink", prompts[i % 3]);

    test_run_to_end (run);
    test_run_free (run);
    /* The process has begun. */
    g_setenv ("SEEDANCE_STATE_MAX_SIZE", "1", TRUE);
  }
  g_unsetenv ("SEEDANCE_STATE_MAX_SIZE");
  assert_posts (service, 3);
}
GST_END_TEST

static void
lose_an_answer (void)
{
  test_service_fault (service, "submit:accept-drop");
  test_fail_to_play ("", "may be billed");
  test_service_fault (service, "");
}

/* Neither the id of the clip before, nor of that before it. */
GST_START_TEST (an_older_task_is_no_answer)
{
  gint64 requests;

  play (1);
  play (1);
  lose_an_answer ();
  requests = test_service_count (service, "clip_requests");
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *id = test_service_get_task (service, i, "id");

    attach (id, "prompt=boat resolution=480p duration=1 seed=7");
    attach (id, "");
  }
  assert_count (service, "clip_requests", requests);
  test_fail_to_play ("", "may be billed");
  assert_posts (service, 3);
}
GST_END_TEST

GST_START_TEST (a_wrong_id_is_no_answer)
{
  lose_an_answer ();
  test_fail_to_play ("task-id=no-such-task", "does not know");
  test_fail_to_play ("", "may be billed");
  assert_posts (service, 1);
}
GST_END_TEST

/* Whoever ends the run before the service has said that it knows no such task
 * has said nothing of the order. */
GST_START_TEST (an_id_that_was_not_confirmed_is_no_answer)
{
  TestRun *run = test_run_new (CLIP "task-id=no-such-task ! fakesink");
  g_autofree gchar *id = NULL;

  lose_an_answer ();
  test_service_fault (service, "poll:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  test_run_free (run);
  test_service_fault (service, "");
  test_service_release (service);
  test_fail_to_play ("", "may be billed");
  id = test_service_get_task (service, 0, "id");
  attach (id, "prompt=boat resolution=480p duration=1 seed=7");
  play (2);
  assert_posts (service, 1);
}
GST_END_TEST

/* A clip that was played stays the order's while another is in doubt, whatever
 * id is tried. */
GST_START_TEST (a_wrong_id_takes_no_stored_clip_away)
{
  play (2);
  lose_an_answer ();
  test_fail_to_play ("task-id=no-such-task", "does not know");
  play (2);
  test_fail_to_play ("", "may be billed");
  assert_posts (service, 2);
}
GST_END_TEST

/* As if all had been ordered a while ago. */
static void
make_older (void)
{
  test_ledger_change ("UPDATE attempts SET created = 1000000000;");
}

/* It is known which order made the clip that was bought in spite of the
 * doubt. */
GST_START_TEST (a_later_order_is_no_answer)
{
  g_autofree gchar *id = NULL;

  lose_an_answer ();
  make_older ();
  play (0);
  assert_posts (service, 2);
  id = test_service_get_task (service, 1, "id");
  attach (id, "prompt=boat resolution=480p duration=1 seed=7");
  test_fail_to_play ("", "may be billed");
  assert_posts (service, 2);
}
GST_END_TEST

/* In a process of its own: here the next run might join this one. */
static void
attach_elsewhere (const gchar *id, const gchar *properties)
{
  g_autofree gchar *line =
      g_strdup_printf (SOURCE "%s task-id=%s ! fakesink", properties, id);
  g_autoptr (GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL,
          g_getenv ("SEEDANCE_PLAY"), line, NULL);

  fail_unless (process && g_subprocess_wait_check (process, NULL, NULL));
}

/* Not even where the ledger has lost the first one. */
GST_START_TEST (a_task_id_takes_no_other_order_away)
{
  TestRun *run;
  g_autofree gchar *old = NULL, *new = NULL, *played = NULL;

  play (1);
  old = test_service_get_task (service, 0, "id");
  /* What is noted behind the end would bring it back. */
  test_ledger_wait (
      "SELECT count(*) FROM attempts WHERE state = 'played';", TRUE);
  test_ledger_change ("DELETE FROM attempts;");
  play (1);
  assert_posts (service, 2);
  new = test_service_get_task (service, 1, "id");
  attach_elsewhere (old, "");
  run = new_run (2);
  test_run_to_end (run);
  played = get_task_id (run);
  test_run_free (run);
  fail_unless_equals_string (played, new);
  assert_posts (service, 2);
}
GST_END_TEST

/* First for itself, to see whether it is the one; then as the answer. */
GST_START_TEST (a_task_that_was_looked_at_is_the_answer)
{
  g_autofree gchar *id = NULL;
  gint64 requests;

  lose_an_answer ();
  make_older ();
  id = test_service_get_task (service, 0, "id");
  attach_elsewhere (id, "");
  requests = test_service_count (service, "clip_requests");
  attach (id, "prompt=boat resolution=480p duration=1 seed=7");
  play (2);
  assert_posts (service, 1);
  assert_count (service, "clip_requests", requests);
  play (1);
  assert_posts (service, 2);
}
GST_END_TEST

/* As after a kill right before the clip of the first run was written down. */
GST_START_TEST (a_task_whose_clip_was_not_noted_is_the_answer)
{
  g_autofree gchar *id = NULL;

  lose_an_answer ();
  make_older ();
  id = test_service_get_task (service, 0, "id");
  attach_elsewhere (id, "");
  test_ledger_change ("UPDATE attempts SET state = 'submitted', size = NULL, "
                      "stored = 0 WHERE named");
  attach (id, "prompt=boat resolution=480p duration=1 seed=7");
  play (2);
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
task_ids_suite (void)
{
  Suite *suite = suite_create ("task-ids");
  TCase *ids = test_case_new (suite, "ids");

  tcase_add_test (ids, the_task_id_is_told_once_and_can_be_read);
  tcase_add_loop_test (ids, a_task_id_attaches_without_an_order, 0, 3);
  tcase_add_test (ids, a_task_id_attaches_to_a_task_that_is_under_way);
  tcase_add_test (ids, an_old_task_id_attaches_after_a_new_order);
  tcase_add_loop_test (ids, it_is_told_what_fetches_the_clip, 0, 3);
  tcase_add_test (ids, what_was_paid_for_stays_when_more_is_bought);
  tcase_add_test (ids, old_clips_make_room);
  tcase_add_test (ids, what_is_replayed_makes_no_room);
  tcase_add_test (ids, an_older_task_is_no_answer);
  tcase_add_test (ids, a_wrong_id_is_no_answer);
  tcase_add_test (ids, a_later_order_is_no_answer);
  tcase_add_test (ids, a_task_id_takes_no_other_order_away);
  tcase_add_test (ids, an_id_that_was_not_confirmed_is_no_answer);
  tcase_add_test (ids, a_wrong_id_takes_no_stored_clip_away);
  tcase_add_test (ids, a_task_that_was_looked_at_is_the_answer);
  tcase_add_test (ids, a_task_whose_clip_was_not_noted_is_the_answer);

  return suite;
}

GST_CHECK_MAIN (task_ids)
