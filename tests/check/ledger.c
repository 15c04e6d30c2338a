/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the ledger remembers when the clip's bytes are gone, whatever key comes,
 * and of orders that fail: counted in POSTs. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "run.h"

#define ALWAYS CLIP "reuse=always "
#define KITE "prompt=kite "
#define TRAIN "prompt=train "

/* --- playing ------------------------------------------------------------ */

/* Plays @properties, and gets the bytes of the service's @nth clip. */
static void
play (guint nth, const gchar *properties)
{
  TestRun *run = test_run_new (CLIP "%s ! fakesink name=out", properties);
  TestTap *tap = test_run_tap (run, "out");
  g_autoptr (GBytes) clip = NULL;

  test_run_to_end (run);
  clip = test_service_get_clip (service, nth);
  test_tap_assert_bytes (tap, clip);
  test_run_free (run);
}

static void
fail_to_play (const gchar *properties, const gchar *words)
{
  TestRun *run = test_run_new (CLIP "%s ! fakesink", properties);
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (strstr (error->message, words) != NULL, "%s", error->message);
  test_run_free (run);
}

/* In a process of its own, which ends by itself. */
static void
play_elsewhere (const gchar *properties)
{
  g_autofree gchar *line = g_strdup_printf (CLIP "%s ! fakesink", properties);
  g_autoptr (GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL,
          g_getenv ("SEEDANCE_PLAY"), line, NULL);

  fail_unless (process && g_subprocess_wait_check (process, NULL, NULL));
}

/* --- clips -------------------------------------------------------------- */

static guint
count_clips (void)
{
  g_auto (GStrv) names = test_home_list_state ();
  guint clips = 0;

  for (guint i = 0; names[i]; i++)
    clips += g_str_has_suffix (names[i], ".mp4");

  return clips;
}

/* Until that many are left. */
static void
wait_for_clips (guint count)
{
  g_autofree gchar *dir = test_home_state_dir ();
  gint fd = inotify_init1 (IN_CLOEXEC);
  gchar events[4096];

  fail_unless (inotify_add_watch (fd, dir, IN_DELETE) >= 0);
  while (count_clips () > count)
    fail_unless (read (fd, events, sizeof events) > 0);
  close (fd);
  fail_unless_equals_int (count_clips (), count);
}

static void
remove_clips (void)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_auto (GStrv) names = test_home_list_state ();

  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *path = g_build_filename (dir, names[i], NULL);

    if (g_str_has_suffix (names[i], ".mp4"))
      fail_unless (g_unlink (path) == 0);
  }
}

static void
call_tasks (const gchar *command, const gchar *argument, const gchar *value)
{
  g_autoptr (GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL,
          g_getenv ("SEEDANCE_TASKS"), command, argument, value, NULL);

  fail_unless (process && g_subprocess_wait_check (process, NULL, NULL));
}

/* --- bytes that are gone ------------------------------------------------ */

/* The third one needs the room of the first two. */
GST_START_TEST (a_clip_that_made_room_is_fetched_again_by_its_id)
{
  play_elsewhere ("reuse=always");
  play_elsewhere (KITE "reuse=always");
  g_setenv ("SEEDANCE_STATE_MAX_SIZE", "1kB", TRUE);
  play (2, TRAIN "reuse=always");
  wait_for_clips (1);
  play (0, "reuse=always");
  play (1, KITE "reuse=always");
  assert_posts (service, 3);
}
GST_END_TEST

GST_START_TEST (a_clip_that_seedance_tasks_pruned_is_fetched_again)
{
  play (0, "reuse=always");
  call_tasks ("prune", "--max-size", "0");
  fail_unless_equals_int (count_clips (), 0);
  play (0, "reuse=always");
  fail_unless_equals_int (count_clips (), 1);
  assert_posts (service, 1);
}
GST_END_TEST

/* Played already, or only prerolled. */
GST_START_TEST (a_clip_that_was_removed_by_hand_is_fetched_again)
{
  if (__i__ == 0) {
    play (0, "reuse=always");
  } else {
    TestRun *run = test_run_new (ALWAYS "! fakesink");

    test_run_start (run, GST_STATE_PAUSED);
    test_run_wait_done (run);
    test_run_free (run);
  }
  remove_clips ();
  play (0, __i__ == 2 ? "" : "reuse=always");
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_clip_that_a_newer_one_replaced_is_fetched_by_its_id)
{
  g_autofree gchar *id = NULL, *by_id = NULL;

  play (0, "");
  play (1, "");
  id = test_service_get_task (service, 0, "id");
  by_id = g_strdup_printf ("task-id=%s", id);
  call_tasks ("prune", "--max-size", "0");
  fail_unless_equals_int (count_clips (), 0);
  play (0, by_id);
  play (1, "reuse=always");
  assert_posts (service, 2);
}
GST_END_TEST

/* A clip that was fetched again has been played as much as before. */
GST_START_TEST (a_clip_that_was_fetched_again_counts_as_played)
{
  play (0, "");
  remove_clips ();
  play (0, "reuse=always");
  play (1, "");
  assert_posts (service, 2);
}
GST_END_TEST

GST_START_TEST (a_clip_that_the_service_forgot_is_not_bought_again_by_itself)
{
  play (0, "reuse=always");
  remove_clips ();
  test_service_fault (service, "poll:status=404");
  fail_to_play ("reuse=always", "does not know it");
  test_service_fault (service, "");
  assert_posts (service, 1);
}
GST_END_TEST

/* --- the size of the store ---------------------------------------------- */

GST_START_TEST (a_size_that_is_none_deletes_and_orders_nothing)
{
  static const gchar *const sizes[] = { "", "4 apples", "-1", "99999999999T",
    "1e9" };

  play_elsewhere ("");
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_setenv ("SEEDANCE_STATE_MAX_SIZE", sizes[i], TRUE);
    fail_to_play (KITE, "SEEDANCE_STATE_MAX_SIZE");
    fail_to_play ("reuse=always", "SEEDANCE_STATE_MAX_SIZE");
  }
  fail_unless_equals_int (count_clips (), 1);
  assert_posts (service, 1);
}
GST_END_TEST

/* Read as four bytes, it would take the first clip away. */
GST_START_TEST (a_size_has_a_unit)
{
  play_elsewhere ("");
  g_setenv ("SEEDANCE_STATE_MAX_SIZE", "4GiB", TRUE);
  play (1, KITE);
  play (2, TRAIN "reuse=never");
  call_tasks ("prune", "--max-size", "4GiB");
  fail_unless_equals_int (count_clips (), 3);
}
GST_END_TEST

static Suite *
ledger_suite (void)
{
  Suite *suite = suite_create ("ledger");
  TCase *gone = test_case_new (suite, "gone");
  TCase *sizes = test_case_new (suite, "sizes");

  tcase_add_test (gone, a_clip_that_made_room_is_fetched_again_by_its_id);
  tcase_add_test (gone, a_clip_that_seedance_tasks_pruned_is_fetched_again);
  tcase_add_loop_test (
      gone, a_clip_that_was_removed_by_hand_is_fetched_again, 0, 3);
  tcase_add_test (gone, a_clip_that_a_newer_one_replaced_is_fetched_by_its_id);
  tcase_add_test (gone, a_clip_that_was_fetched_again_counts_as_played);
  tcase_add_test (
      gone, a_clip_that_the_service_forgot_is_not_bought_again_by_itself);
  tcase_add_test (sizes, a_size_that_is_none_deletes_and_orders_nothing);
  tcase_add_test (sizes, a_size_has_a_unit);

  return suite;
}

GST_CHECK_MAIN (ledger)
