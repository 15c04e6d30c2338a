/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process that has used up its file descriptors. The source reports that at
 * once, nothing is paid for twice, and nothing hangs, the exit of the process
 * included. */

#include <fcntl.h>
#include <sys/resource.h>

#include "run.h"

/* Limits the descriptors so that @n more can be opened. */
static void
leave_descriptors (guint n)
{
  struct rlimit limit;
  int fd = 0;

  for (guint free = 0; free <= n; fd++)
    free += fcntl (fd, F_GETFD) < 0;
  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = (rlim_t) (fd - 1);
  fail_unless_equals_int (setrlimit (RLIMIT_NOFILE, &limit), 0);
}

static void
lift_limit (void)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  fail_unless_equals_int (setrlimit (RLIMIT_NOFILE, &limit), 0);
}

static GstMessage *
to_end_or_error (TestRun *run)
{
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);

  return test_run_wait (run, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
}

static void
play_whole (TestRun *run)
{
  TestTap *tap = test_run_tap (run, "out");
  g_autoptr (GBytes) clip = NULL;

  test_run_to_end (run);
  clip = test_service_get_clip (service, 0);
  test_tap_assert_bytes (tap, clip);
}

GST_START_TEST (without_a_descriptor_it_fails_at_once)
{
  TestRun *run =
      test_run_new (CLIP "%s ! fakesink name=out", __i__ ? "! typefind" : "");
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  /* Load the plugin of typefind now, because that needs a descriptor, too. */
  gst_object_unref (gst_plugin_load_by_name ("typefindfunctions"));
  leave_descriptors (0);
  gst_message_parse_error (test_run_to_error (run), &error, &debug);
  lift_limit ();
  fail_unless (
      g_strrstr (error->message, "Nothing was ordered"), "%s", error->message);
  fail_unless (
      g_strrstr (error->message, "Too many open files"), "%s", error->message);
  test_run_stop (run);
  assert_posts (service, 0);
  /* The element works again with the same pipeline. */
  play_whole (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* Descriptors run out at any step: a lookup, a connection, the ledger, or the
 * clip. */
GST_START_TEST (with_few_descriptors_nothing_is_paid_for_twice)
{
  TestRun *run =
      test_run_new (CLIP "retries=0 generation-timeout=5 ! fakesink name=out");

  leave_descriptors ((guint) __i__);
  to_end_or_error (run);
  lift_limit ();
  test_run_stop (run);
  play_whole (run);
  test_run_free (run);
  assert_tasks (service, 1);
}
GST_END_TEST

/* The network thread runs already when the descriptors run out. */
GST_START_TEST (without_a_descriptor_later_on_nothing_is_paid_for_twice)
{
  TestRun *run =
      test_run_new (CLIP "retries=0 generation-timeout=5 ! fakesink name=out");

  test_service_fault (service, "poll:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  test_service_fault (service, "");
  leave_descriptors ((guint) __i__);
  gst_element_set_state (run->pipeline, GST_STATE_READY);
  to_end_or_error (run);
  lift_limit ();
  test_service_release (service);
  test_run_stop (run);
  play_whole (run);
  test_run_free (run);
  assert_tasks (service, 1);
}
GST_END_TEST

static Suite *
scarce_suite (void)
{
  Suite *suite = suite_create ("scarce");
  TCase *descriptors = test_case_new (suite, "descriptors");

  tcase_add_loop_test (
      descriptors, without_a_descriptor_it_fails_at_once, 0, 2);
  tcase_add_loop_test (
      descriptors, with_few_descriptors_nothing_is_paid_for_twice, 1, 8);
  tcase_add_loop_test (descriptors,
      without_a_descriptor_later_on_nothing_is_paid_for_twice, 0, 3);

  return suite;
}

GST_CHECK_MAIN (scarce)
