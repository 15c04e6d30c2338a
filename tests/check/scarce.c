/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process that has used up its file descriptors or its threads. The elements
 * report that at once, nothing is paid for twice, and nothing hangs, the exit
 * of the process included. */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>

#include "air.h"

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

#define PLAYOUT "seedanceplayout poll-interval=100 on-empty=eos "

GST_START_TEST (without_a_descriptor_the_output_goes_on)
{
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 7);
  TestRun *run = test_run_new (PLAYOUT AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_READY);
  leave_descriptors (0);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_frames (air, 10);
  lift_limit ();
  test_air_enqueue (run, "a", clip);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_air_assert_steady (air);
  test_air_assert_clip (air, 0, 1);
  test_run_free (run);
  test_air_free (air);
}
GST_END_TEST

/* Takes the place of the C library's function in this process: while
 * @no_threads is set, no thread can be started. */
static GMutex threads_lock;
static GCond threads_refused;
static gboolean no_threads;
static guint n_refused;

int
pthread_create (pthread_t *thread, const pthread_attr_t *attributes,
    void *(*start) (void *), void *data)
{
  int (*create) (
      pthread_t *, const pthread_attr_t *, void *(*) (void *), void *);
  gboolean refused;

  g_mutex_lock (&threads_lock);
  refused = no_threads;
  n_refused += refused;
  g_cond_broadcast (&threads_refused);
  g_mutex_unlock (&threads_lock);
  if (refused)
    return EAGAIN;
  *(void **) &create = dlsym (RTLD_NEXT, "pthread_create");

  return create (thread, attributes, start, data);
}

static void
refuse_threads (gboolean refuse)
{
  g_mutex_lock (&threads_lock);
  no_threads = refuse;
  g_mutex_unlock (&threads_lock);
}

static void
wait_for_refusal (void)
{
  g_mutex_lock (&threads_lock);
  while (n_refused == 0)
    g_cond_wait (&threads_refused, &threads_lock);
  g_mutex_unlock (&threads_lock);
}

GST_START_TEST (without_a_thread_no_output_starts)
{
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 7);
  TestRun *run = test_run_new (PLAYOUT AIR_SINKS);
  TestAir *air = test_air_new (run);
  g_autoptr (GError) error = NULL;

  refuse_threads (TRUE);
  fail_unless_equals_int (
      gst_element_set_state (run->pipeline, GST_STATE_PLAYING),
      GST_STATE_CHANGE_FAILURE);
  refuse_threads (FALSE);
  gst_message_parse_error (
      test_run_wait (run, GST_MESSAGE_ERROR), &error, NULL);
  fail_unless (
      g_strrstr (error->message, "Nothing was ordered"), "%s", error->message);
  test_run_stop (run);
  /* The element works again with the same pipeline. */
  test_air_enqueue (run, "a", clip);
  test_run_to_end (run);
  test_air_assert_clip (air, 0, 1);
  test_run_free (run);
  test_air_free (air);
}
GST_END_TEST

/* The threads run out when the output runs already. */
GST_START_TEST (a_clip_waits_for_a_thread)
{
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 7);
  TestRun *run = test_run_new (PLAYOUT AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_frames (air, 10);
  /* Or the clip begins on a thread that GLib has kept. */
  g_thread_pool_set_max_unused_threads (0);
  refuse_threads (TRUE);
  test_air_enqueue (run, "a", clip);
  wait_for_refusal ();
  refuse_threads (FALSE);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_air_assert_steady (air);
  test_air_assert_clip (air, 0, 1);
  test_run_free (run);
  test_air_free (air);
}
GST_END_TEST

static Suite *
scarce_suite (void)
{
  Suite *suite = suite_create ("scarce");
  TCase *descriptors = test_case_new (suite, "descriptors");
  TCase *threads = test_case_new (suite, "threads");

  tcase_add_loop_test (
      descriptors, without_a_descriptor_it_fails_at_once, 0, 2);
  tcase_add_loop_test (
      descriptors, with_few_descriptors_nothing_is_paid_for_twice, 1, 8);
  tcase_add_loop_test (descriptors,
      without_a_descriptor_later_on_nothing_is_paid_for_twice, 0, 3);
  tcase_add_test (descriptors, without_a_descriptor_the_output_goes_on);
  tcase_add_test (threads, without_a_thread_no_output_starts);
  tcase_add_test (threads, a_clip_waits_for_a_thread);

  return suite;
}

GST_CHECK_MAIN (scarce)
