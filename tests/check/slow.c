/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk whose syncs take long or never end. It delays only elements that use a
 * folder on it, and no other element, no stop and no exit. What was paid for is
 * neither lost nor paid for twice. slow-disk.c imitates the disk. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "ledger.h"
#include "plays.h"

/* An exit waits 2 s, and longer on a busy machine. */
#define EXIT_MAX (30 * G_TIME_SPAN_SECOND)
#define ROUND (2 * G_TIME_SPAN_MILLISECOND)

static gchar *
beside_state_dir (const gchar *ending)
{
  g_autofree gchar *dir = test_home_state_dir ();

  return g_strconcat (dir, ending, NULL);
}

static void
hold_disk (void)
{
  g_autofree gchar *held = beside_state_dir (".held");
  g_autofree gchar *hold = beside_state_dir (".hold");

  g_unlink (held);
  fail_unless (g_file_set_contents (hold, "", 0, NULL));
}

static void
let_disk_go (void)
{
  g_autofree gchar *hold = beside_state_dir (".hold");

  fail_unless_equals_int (g_unlink (hold), 0);
}

/* Waits until a sync blocks. */
static void
wait_for_held (void)
{
  const gint64 end = g_get_monotonic_time () + test_patience ();
  g_autofree gchar *held = beside_state_dir (".held");

  while (!g_file_test (held, G_FILE_TEST_EXISTS)) {
    fail_unless (g_get_monotonic_time () < end, "nobody waits for the disk");
    g_usleep (ROUND);
  }
}

/* Makes a ledger, so that the next sync is that of the claim of an order. */
static void
make_ledger (void)
{
  TestRun *run = test_run_new (CLIP "! fakesink");

  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
}

/* Starts a run with a new order, whose claim then waits for the disk. */
static TestRun *
start_held (const gchar *properties)
{
  TestRun *run = test_run_new (CLIP "prompt=kite %s ! fakesink", properties);

  hold_disk ();
  test_run_start (run, GST_STATE_PLAYING);
  wait_for_held ();

  return run;
}

/* Lets this machine order. Under a sanitizer the tool cannot be made to see a
 * share, so the 15 minutes of the other machine are made to pass instead. */
static void
take_over (void)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autoptr (GSubprocess) process = NULL;

  if (g_getenv ("SEEDANCE_SANITIZED")) {
    test_ledger_change ("UPDATE machine SET seen = seen - 900;");
    return;
  }
  g_subprocess_launcher_setenv (
      launcher, "LD_PRELOAD", g_getenv ("SEEDANCE_SLOW_DISK"), TRUE);
  process = g_subprocess_launcher_spawn (
      launcher, NULL, g_getenv ("SEEDANCE_TASKS"), "take-over", NULL);
  fail_unless (process && g_subprocess_wait_check (process, NULL, NULL));
}

/* On a share whose locks do not work, two machines could both order. */
GST_START_TEST (another_machine_on_a_share_orders_nothing)
{
  g_autofree gchar *share = beside_state_dir (".share");
  TestRun *run;
  GstMessage *message;
  g_autoptr (GError) error = NULL;

  fail_unless (g_file_set_contents (share, "", 0, NULL));
  make_ledger ();
  test_ledger_change ("UPDATE machine SET host = 'studio-b', boot = 'b';");
  run = test_run_new (CLIP "prompt=kite ! fakesink");
  message = test_run_to_error (run);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, "'studio-b'"), "%s", error->message);
  test_run_free (run);
  assert_posts (service, 1);
  /* A stored clip can still be played. */
  run = test_run_new (CLIP "reuse=always ! fakesink");
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
  take_over ();
  run = test_run_new (CLIP "prompt=kite ! fakesink");
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

GST_START_TEST (a_disk_that_hangs_holds_up_its_own_folder_alone)
{
  g_autofree gchar *other = test_home_path ("other");
  TestRun *stuck, *free;

  make_ledger ();
  stuck = start_held ("");
  free = test_run_new (CLIP "prompt=moon state-dir=\"%s\" ! fakesink", other);
  test_run_to_end (free);
  test_run_free (free);
  assert_posts (service, 2);
  /* The stop returns at once although the disk hangs. */
  test_run_stop (stuck);
  let_disk_go ();
  test_run_free (stuck);
  /* The claim was withdrawn, and the order never sent. */
  stuck = test_run_new (CLIP "prompt=kite ! fakesink");
  test_run_to_end (stuck);
  test_run_free (stuck);
  assert_posts (service, 3);
}
GST_END_TEST

/* The run that made the claim was allowed to order. The run that follows has no
 * budget left, and must be asked again. */
GST_START_TEST (who_comes_back_is_asked_for_anew)
{
  TestRun *run;
  GstMessage *message;
  g_autoptr (GError) error = NULL;

  make_ledger ();
  run = start_held ("");
  gst_element_set_state (run->pipeline, GST_STATE_READY);
  g_object_set (run->src, "budget", "1/day", NULL);
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  let_disk_go ();
  message = test_run_wait (run, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, "budget"), "%s", error->message);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (who_stops_and_starts_meanwhile_orders_once)
{
  TestRun *run;

  make_ledger ();
  run = start_held ("");
  for (guint i = 0; i < 3; i++) {
    gst_element_set_state (run->pipeline, GST_STATE_READY);
    gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  }
  let_disk_go ();
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

static guint
count_polls (TestRun *run)
{
  GstStructure *stats;
  guint polls = 0;

  g_object_get (run->src, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint (stats, "polls", &polls));
  gst_structure_free (stats);

  return polls;
}

/* No poll is sent before the task's id is on disk, however long that takes. The
 * polls that are counted are those of another element. */
GST_START_TEST (an_id_waits_for_the_disk)
{
  g_autofree gchar *other = test_home_path ("other");
  TestRun *run, *free;

  make_ledger ();
  test_service_reset (service);
  test_service_fault (service, "submit:hold");
  run = test_run_new (CLIP "prompt=kite ! fakesink");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "submits_held", 1);
  hold_disk ();
  test_service_fault (service, "");
  test_service_release (service);
  wait_for_held ();
  free = test_run_new (CLIP "prompt=moon state-dir=\"%s\" ! fakesink", other);
  test_run_to_end (free);
  assert_count (service, "polls", count_polls (free));
  test_run_free (free);
  let_disk_go ();
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

/* Twenty orders that wait for the disk are committed together. */
#define CROWD 20

GST_START_TEST (orders_that_come_together_go_out_together)
{
  TestRun *runs[CROWD], *first;

  make_ledger ();
  first = start_held ("");
  for (guint i = 0; i < CROWD; i++) {
    runs[i] = test_run_new (CLIP "instance=%u ! fakesink", i);
    test_run_start (runs[i], GST_STATE_PLAYING);
  }
  let_disk_go ();
  for (guint i = 0; i < CROWD; i++) {
    test_run_wait (runs[i], GST_MESSAGE_EOS);
    test_run_free (runs[i]);
  }
  test_run_wait (first, GST_MESSAGE_EOS);
  test_run_free (first);
  assert_posts (service, CROWD + 2);
  assert_tasks (service, CROWD + 2);
}
GST_END_TEST

/* When the disk hangs: before the order is sent, when its answer comes, and
 * when a poll is answered. NULL: no fault of the service is needed. */
static const gchar *const moments[][2] = {
  { NULL, NULL },
  { "submit:hold", "submits_held" },
  { "poll:hold", "polls_held" },
};

/* Returns NULL if the plugin cannot be loaded into another process. */
static GSubprocess *
launch (const gchar *const *words)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);

  if (g_getenv ("SEEDANCE_SANITIZED"))
    return NULL;
  g_subprocess_launcher_setenv (
      launcher, "LD_PRELOAD", g_getenv ("SEEDANCE_SLOW_DISK"), TRUE);

  return g_subprocess_launcher_spawnv (launcher, words, NULL);
}

/* Returns a process that waits for the disk, or NULL as launch() does. */
static GSubprocess *
launch_held (const gchar *const *words, const gchar *const *moment)
{
  GSubprocess *process;

  make_ledger ();
  if (moment[0])
    test_service_fault (service, moment[0]);
  else
    hold_disk ();
  process = launch (words);
  if (!process)
    return NULL;
  if (moment[0]) {
    test_service_wait (service, moment[1], 1);
    hold_disk ();
    test_service_fault (service, "");
    test_service_release (service);
  }
  wait_for_held ();

  return process;
}

/* Runs the same order again. Its task is found, or it is in doubt, but it is
 * never paid for twice. */
static void
go_on (guint posts)
{
  TestRun *run = test_run_new (CLIP "prompt=kite ! fakesink");
  GstMessage *message;

  test_run_start (run, GST_STATE_PLAYING);
  message = test_run_wait (run, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    fail_unless (
        strstr (error->message, "seedance-tasks forget"), "%s", error->message);
  } else {
    posts = MAX (posts, 2);
  }
  test_run_free (run);
  assert_posts (service, posts);
}

#define KITE CLIP "prompt=kite ! fakesink"

GST_START_TEST (a_kill_meanwhile_pays_once)
{
  const gchar *const words[] = { g_getenv ("SEEDANCE_PLAY"), KITE, NULL };
  g_autoptr (GSubprocess) process = launch_held (words, moments[__i__]);

  if (!process)
    return;
  test_send_signal (process, SIGKILL);
  fail_unless (g_subprocess_wait (process, NULL, NULL));
  let_disk_go ();
  go_on (moments[__i__][0] ? 2 : 1);
}
GST_END_TEST

/* The disk hangs for ever, and the process ends nevertheless. */
GST_START_TEST (an_exit_does_not_wait_for_a_disk_that_hangs)
{
  g_autofree gchar *line = g_strdup_printf ("gst-launch-1.0 %s", KITE);
  g_auto (GStrv) words = NULL;
  g_autoptr (GSubprocess) process = NULL;
  gint64 start;

  g_shell_parse_argv (line, NULL, &words, NULL);
  process = launch_held ((const gchar *const *) words, moments[__i__]);
  if (!process)
    return;
  start = g_get_monotonic_time ();
  test_send_signal (process, SIGINT);
  fail_unless (g_subprocess_wait (process, NULL, NULL));
  fail_unless (g_get_monotonic_time () - start < EXIT_MAX);
  let_disk_go ();
  go_on (moments[__i__][0] ? 2 : 1);
}
GST_END_TEST

/* The answer of the service is stored if the disk works again in time. */
GST_START_TEST (an_answer_is_noted_before_the_process_is_gone)
{
  g_autofree gchar *line = g_strdup_printf ("gst-launch-1.0 %s", KITE);
  g_auto (GStrv) words = NULL;
  g_autoptr (GSubprocess) process = NULL;
  TestRun *run;

  g_shell_parse_argv (line, NULL, &words, NULL);
  process = launch_held ((const gchar *const *) words, moments[1]);
  if (!process)
    return;
  test_send_signal (process, SIGINT);
  let_disk_go ();
  fail_unless (g_subprocess_wait (process, NULL, NULL));
  run = test_run_new (KITE);
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

/* The process is killed while it waits for the disk to have the clip. All bytes
 * are in its part file, so the clip is played from there: without the
 * service, which may not have it any more, and without a key. */
GST_START_TEST (a_clip_whose_sync_never_ended_is_not_lost)
{
  const gchar *const words[] = { g_getenv ("SEEDANCE_PLAY"), KITE, NULL };
  g_autoptr (GSubprocess) process = launch_held (words, moments[2]);
  TestRun *run;

  if (!process)
    return;
  test_send_signal (process, SIGKILL);
  fail_unless (g_subprocess_wait (process, NULL, NULL));
  let_disk_go ();
  test_service_reset (service);
  g_unsetenv ("SEEDANCE_API_KEY");
  for (guint i = 0; i < 2; i++) {
    run = test_run_new (CLIP "prompt=kite reuse=always ! fakesink");
    test_run_to_end (run);
    test_run_free (run);
  }
  assert_posts (service, 0);
  assert_count (service, "polls", 0);
}
GST_END_TEST

/* The ledger has the clip as played also while it is stored again, so an
 * element that may not replay it orders anew. */
GST_START_TEST (what_is_stored_again_is_not_shared)
{
  TestRun *replayer = test_run_new (KITE), *buyer = test_run_new (KITE);

  test_run_to_end (replayer);
  test_run_stop (replayer);
  test_ledger_wait (
      "SELECT count(*) FROM attempts WHERE state = 'played'", TRUE);
  test_remove_clips ();
  test_service_fault (service, "poll:hold");
  test_run_start (replayer, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  hold_disk ();
  test_service_fault (service, "");
  test_service_release (service);
  wait_for_held ();
  test_run_start (buyer, GST_STATE_PLAYING);
  test_run_wait (buyer, GST_MESSAGE_STREAM_STATUS);
  let_disk_go ();
  test_run_wait (buyer, GST_MESSAGE_EOS);
  test_run_wait (replayer, GST_MESSAGE_EOS);
  test_run_free (buyer);
  test_run_free (replayer);
  assert_posts (service, 2);
}
GST_END_TEST

static Suite *
slow_suite (void)
{
  Suite *suite = suite_create ("slow");
  TCase *stuck = test_case_new (suite, "stuck");
  TCase *ended = test_case_new (suite, "ended");

  tcase_add_test (stuck, a_disk_that_hangs_holds_up_its_own_folder_alone);
  tcase_add_test (stuck, who_comes_back_is_asked_for_anew);
  tcase_add_test (stuck, who_stops_and_starts_meanwhile_orders_once);
  tcase_add_test (stuck, an_id_waits_for_the_disk);
  tcase_add_test (stuck, what_is_stored_again_is_not_shared);
  tcase_add_test (stuck, orders_that_come_together_go_out_together);
  tcase_add_test (stuck, another_machine_on_a_share_orders_nothing);
  tcase_add_loop_test (
      ended, a_kill_meanwhile_pays_once, 0, G_N_ELEMENTS (moments));
  tcase_add_loop_test (ended, an_exit_does_not_wait_for_a_disk_that_hangs, 0,
      G_N_ELEMENTS (moments));
  tcase_add_test (ended, a_clip_whose_sync_never_ended_is_not_lost);
  tcase_add_test (ended, an_answer_is_noted_before_the_process_is_gone);

  return suite;
}

GST_CHECK_MAIN (slow)
