/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What several processes, and the next process after a crash, know of an
 * order. */

#include <gio/gio.h>
#include <signal.h>
#include <string.h>

#include "run.h"

#define LINE CLIP "! fakesink"
/* An exit waits 2 s for the answer to an order, and not the 60 s of its
 * timeout. The rest is for a busy machine. */
#define EXIT_MAX (20 * G_TIME_SPAN_SECOND)

static GSubprocess *
start_line (const gchar *line)
{
  GError *error = NULL;
  GSubprocess *process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE,
      &error, g_getenv ("SEEDANCE_PLAY"), line, NULL);

  fail_unless (process != NULL, "%s", error ? error->message : "");

  return process;
}

static GSubprocess *
start (void)
{
  return start_line (LINE);
}

/* Waits until the process prints that it is about to order. */
static void
wait_for_submit (GSubprocess *process)
{
  GInputStream *output = g_subprocess_get_stdout_pipe (process);
  gchar line[sizeof "submit\n"] = "";

  fail_unless (g_input_stream_read_all (
      output, line, strlen ("submit\n"), NULL, NULL, NULL));
  fail_unless_equals_string (line, "submit\n");
}

/* Waits for the process, frees it, and returns its exit status, or -1 if a
 * signal ended it. */
static gint
end (GSubprocess *process)
{
  gint status;

  fail_unless (g_subprocess_wait (process, NULL, NULL));
  status = g_subprocess_get_if_exited (process)
               ? g_subprocess_get_exit_status (process)
               : -1;
  g_object_unref (process);

  return status;
}

static void
crash_at (const gchar *fault, const gchar *counter)
{
  GSubprocess *process;

  test_service_fault (service, fault);
  process = start ();
  test_service_wait (service, counter, 1);
  test_send_signal (process, SIGKILL);
  end (process);
  test_service_fault (service, "");
  test_service_release (service);
}

static void
play (const gchar *properties)
{
  TestRun *run = test_run_new (CLIP "%s ! fakesink name=out", properties);
  TestTap *tap = test_run_tap (run, "out");
  g_autoptr (GBytes) clip = NULL;

  test_run_to_end (run);
  clip = test_service_get_clip (service, 0);
  test_tap_assert_bytes (tap, clip);
  test_run_free (run);
}

static const gchar *moments[][2] = {
  { "poll:hold", "polls_held" },
  { "clip:hold", "clips_held" },
  { "clip:stall=50%", "clips_stalled" },
};

GST_START_TEST (the_task_of_a_crashed_process_is_picked_up)
{
  crash_at (moments[__i__][0], moments[__i__][1]);
  play ("");
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_crash_while_ordering_may_be_billed)
{
  TestRun *run = test_run_new (LINE);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *id = NULL, *properties = NULL;

  crash_at ("submit:hold", "submits_held");
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  test_run_free (run);
  fail_unless (strstr (error->message, "may be billed"), "%s", error->message);
  assert_posts (service, 1);
  id = test_service_get_task (service, 0, "id");
  properties = g_strdup_printf ("task-id=%s", id);
  play (properties);
  play ("reuse=always");
  assert_posts (service, 1);
}
GST_END_TEST

/* The process may be killed before or after it has read the refusal. The next
 * process either orders, or reports that it cannot know. At most one task is
 * made. */
GST_START_TEST (a_crash_around_a_refusal_pays_at_most_once)
{
  TestRun *run;
  GstMessage *message;
  gint64 tasks;

  crash_at ("submit:status=429+retry-after=60", "answers");
  run = test_run_new (CLIP "! fakesink");
  test_run_start (run, GST_STATE_PLAYING);
  message = test_run_wait (run, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  tasks = GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS ? 1 : 0;
  assert_tasks (service, tasks);
  test_run_free (run);
}
GST_END_TEST

/* In the second round the order replaces a clip that was played. */
GST_START_TEST (processes_that_ask_at_once_share_one_order)
{
  GSubprocess *processes[4];

  if (__i__ > 0)
    play ("");
  test_service_fault (service, "submit:hold");
  for (guint i = 0; i < G_N_ELEMENTS (processes); i++) {
    processes[i] = start ();
    wait_for_submit (processes[i]);
  }
  test_service_wait (service, "submits_held", 1);
  test_service_fault (service, "");
  test_service_release (service);
  for (guint i = 0; i < G_N_ELEMENTS (processes); i++)
    fail_unless_equals_int (end (processes[i]), 0);
  assert_posts (service, __i__ + 1);
}
GST_END_TEST

GST_START_TEST (a_process_waits_for_the_order_of_another)
{
  GSubprocess *other;

  test_service_fault (service, "submit:hold\npoll:hold");
  other = start ();
  test_service_wait (service, "submits_held", 1);
  test_service_fault (service, "poll:hold");
  test_service_release (service);
  test_service_wait (service, "polls_held", 1);
  test_service_fault (service, "");
  play ("");
  test_service_release (service);
  fail_unless_equals_int (end (other), 0);
  assert_posts (service, 1);
}
GST_END_TEST

/* As with a laptop that sleeps or a container that is frozen. Another order,
 * which begins later with the same timeout, shows when the timeout of the first
 * one has passed. */
GST_START_TEST (an_answer_that_came_while_the_process_stood_still_is_read)
{
  GSubprocess *process;
  TestRun *run;
  g_autoptr (GError) error = NULL;

  test_service_fault (service, "submit@1:hold\nsubmit@2:hang");
  process = start_line (CLIP "timeout=1 ! fakesink");
  test_service_wait (service, "submits_held", 1);
  test_send_signal (process, SIGSTOP);
  run = test_run_new (CLIP "prompt=another timeout=1 ! fakesink");
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (strstr (error->message, "may be billed"), "%s", error->message);
  test_run_free (run);
  test_service_fault (service, "");
  test_service_release (service);
  test_service_wait (service, "answers", 1);
  test_send_signal (process, SIGCONT);
  fail_unless_equals_int (end (process), 0);
  assert_posts (service, 2);
}
GST_END_TEST

static const gchar *held[][2] = {
  { "submit:hold", "submits_held" },
  { "poll:hold", "polls_held" },
  { "clip:hold", "clips_held" },
};

/* Returns NULL if there is no gst-launch-1.0 that can load the plugin. */
static GSubprocess *
start_gst_launch (void)
{
  g_autofree gchar *path = g_find_program_in_path ("gst-launch-1.0");
  g_autofree gchar *line = NULL;
  g_auto (GStrv) arguments = NULL;

  if (!path || g_getenv ("SEEDANCE_SANITIZED"))
    return NULL;
  line = g_strdup_printf ("%s %s", path, LINE);
  g_shell_parse_argv (line, NULL, &arguments, NULL);

  return g_subprocess_newv (
      (const gchar *const *) arguments, G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL);
}

GST_START_TEST (an_interrupted_gst_launch_ends_and_is_picked_up)
{
  GSubprocess *process;
  gint64 start;

  test_service_fault (service, held[__i__][0]);
  process = start_gst_launch ();
  if (!process)
    return;
  test_service_wait (service, held[__i__][1], 1);
  start = g_get_monotonic_time ();
  test_send_signal (process, SIGINT);
  end (process);
  fail_unless (g_get_monotonic_time () - start < EXIT_MAX);
  if (__i__ == 0) {
    TestRun *run = test_run_new (LINE);

    /* The process has exited without an answer to its order. */
    test_run_to_error (run);
    test_run_free (run);
    assert_posts (service, 1);
    return;
  }
  test_service_fault (service, "");
  test_service_release (service);
  play ("");
  assert_posts (service, 1);
}
GST_END_TEST

static void
wait_for_line (GSubprocess *process, const gchar *wanted)
{
  g_autoptr (GDataInputStream) output =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  g_autofree gchar *line = NULL;

  do {
    g_free (line);
    line = g_data_input_stream_read_line (output, NULL, NULL, NULL);
    fail_unless (line != NULL, "it never said: %s", wanted);
  } while (!g_str_has_prefix (line, wanted));
}

/* The pipeline is gone, and only the exit of the process waits for the
 * answer. */
GST_START_TEST (an_answer_that_comes_during_the_exit_is_recorded)
{
  GSubprocess *process;

  test_service_fault (service, "submit:hold");
  process = start_gst_launch ();
  if (!process)
    return;
  test_service_wait (service, "submits_held", 1);
  test_send_signal (process, SIGINT);
  wait_for_line (process, "Freeing pipeline");
  test_service_fault (service, "");
  test_service_release (service);
  end (process);
  play ("");
  assert_posts (service, 1);
}
GST_END_TEST

static GSubprocess *
start_leaver (const gchar *line)
{
  GError *error = NULL;
  GSubprocess *process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
      g_getenv ("SEEDANCE_PLAY"), line, "--leave", NULL);

  fail_unless (process != NULL, "%s", error ? error->message : "");

  return process;
}

/* The exit waits for the answer to the first order of the program. Meanwhile
 * another process gives up the order that the second one has waited for. */
GST_START_TEST (an_exit_that_waits_sends_no_other_order)
{
  GSubprocess *owner, *leaver;

  test_service_fault (service, "submit@1:hold+status=400\nsubmit@2:hang");
  owner = start ();
  test_service_wait (service, "submits_held", 1);
  leaver = start_leaver (
      LINE " seedancesrc prompt=another resolution=480p duration=1 ! fakesink");
  test_service_wait (service, "hangs", 1);
  g_output_stream_close (g_subprocess_get_stdin_pipe (leaver), NULL, NULL);
  wait_for_line (leaver, "leave");
  test_service_release (service);
  fail_unless_equals_int (end (owner), 1);
  fail_unless_equals_int (end (leaver), 0);
  assert_posts (service, 2);
  play ("");
  assert_posts (service, 3);
}
GST_END_TEST

static Suite *
process_suite (void)
{
  Suite *suite = suite_create ("process");
  TCase *crashes = test_case_new (suite, "crashes");
  TCase *beside = test_case_new (suite, "beside");
  TCase *launch = test_case_new (suite, "launch");

  tcase_add_loop_test (crashes, the_task_of_a_crashed_process_is_picked_up, 0,
      G_N_ELEMENTS (moments));
  tcase_add_test (crashes, a_crash_while_ordering_may_be_billed);
  tcase_add_test (crashes, a_crash_around_a_refusal_pays_at_most_once);
  tcase_add_loop_test (
      beside, processes_that_ask_at_once_share_one_order, 0, 2);
  tcase_add_test (beside, a_process_waits_for_the_order_of_another);
  tcase_add_test (
      beside, an_answer_that_came_while_the_process_stood_still_is_read);
  tcase_add_test (beside, an_exit_that_waits_sends_no_other_order);
  tcase_add_loop_test (launch, an_interrupted_gst_launch_ends_and_is_picked_up,
      0, G_N_ELEMENTS (held));
  tcase_add_test (launch, an_answer_that_comes_during_the_exit_is_recorded);

  return suite;
}

GST_CHECK_MAIN (process)
