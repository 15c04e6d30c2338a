/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given a clip in the state folder, it is played from there, and it is not
 * bought again when the disk, the file or the service fails. */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "ledger.h"
#include "plays.h"
#include "puller.h"

#define PLAYED "SELECT count(*) FROM attempts WHERE state = 'played'"

static void
play (void)
{
  test_play_nth (0, "reuse=always");
}

GST_START_TEST (a_stored_clip_needs_no_service)
{
  TestRun *run;
  gint64 polls, requests;

  play ();
  polls = test_service_count (service, "polls");
  requests = test_service_count (service, "clip_requests");
  test_service_fault (service, "submit:hang\npoll:hang\nclip:hang");
  run = test_run_new (CLIP "reuse=always ! fakesink name=out");
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
  assert_count (service, "polls", polls);
  assert_count (service, "clip_requests", requests);
}
GST_END_TEST

/* The clip is a little longer than what was ordered. */
GST_START_TEST (a_stored_clip_tells_its_duration)
{
  TestRun *run = test_run_new (CLIP "reuse=always ! fakesink name=out");
  g_autoptr (GstStructure) stats = NULL;
  gint64 duration = 0;

  test_play_elsewhere ("reuse=always");
  test_run_to_end (run);
  g_object_get (run->src, "stats", &stats, NULL);
  fail_unless (gst_structure_get_int64 (stats, "clip-duration", &duration));
  fail_unless (
      duration > (gint64) GST_SECOND && duration < 2 * (gint64) GST_SECOND);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* As after a kill, or a cut of the power, right before that was written
 * down. */
GST_START_TEST (a_stored_clip_that_was_not_noted_needs_no_service)
{
  TestRun *run;
  gint64 polls;

  play ();
  test_ledger_wait (PLAYED, TRUE);
  test_ledger_change (
      "UPDATE attempts SET state = 'submitted', size = NULL, stored = 0");
  polls = test_service_count (service, "polls");
  test_service_fault (service, "submit:hang\npoll:hang\nclip:hang");
  run = test_run_new (CLIP "reuse=always ! fakesink name=out");
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
  assert_count (service, "polls", polls);
  test_ledger_wait (PLAYED " AND size > 0 AND stored", TRUE);
}
GST_END_TEST

/* What of a stored clip fails, or what of a part; the same in every thread. */
enum { NOTHING, OPENING, READING, N_BROKEN, READING_PART, RENAMING_PART };
static gint broken;

static gboolean
is_broken (gint what, const gchar *path)
{
  return g_atomic_int_get (&broken) == what &&
         g_str_has_suffix (path, what < N_BROKEN ? ".mp4" : ".part");
}

int
open (const char *path, int flags, ...)
{
  __typeof__ (&open) func = (__typeof__ (&open)) dlsym (RTLD_NEXT, "open");
  mode_t mode = 0;
  va_list rest;

  if (is_broken (OPENING, path)) {
    errno = EMFILE;
    return -1;
  }
  va_start (rest, flags);
  if (flags & O_CREAT)
    mode = va_arg (rest, mode_t);
  va_end (rest);

  return func (path, flags, mode);
}

ssize_t
pread (int fd, void *data, size_t size, off_t offset)
{
  __typeof__ (&pread) func = (__typeof__ (&pread)) dlsym (RTLD_NEXT, "pread");
  g_autofree gchar *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree gchar *path = g_file_read_link (link, NULL);

  if (!path || (!is_broken (READING, path) && !is_broken (READING_PART, path)))
    return func (fd, data, size, offset);
  errno = EIO;

  return -1;
}

int
rename (const char *from, const char *to)
{
  __typeof__ (&rename) func =
      (__typeof__ (&rename)) dlsym (RTLD_NEXT, "rename");

  if (!is_broken (RENAMING_PART, from))
    return func (from, to);
  errno = EIO;

  return -1;
}

/* The service has forgotten the task, and would be believed. */
GST_START_TEST (a_stored_clip_that_cannot_be_read_is_not_missing)
{
  gint64 polls;

  play ();
  polls = test_service_count (service, "polls");
  test_service_fault (service, "poll:word=expired");
  g_atomic_int_set (&broken, __i__);
  test_fail_to_play ("reuse=always", "could not be read");
  g_atomic_int_set (&broken, NOTHING);
  assert_count (service, "polls", polls);
  play ();
  assert_posts (service, 1);
}
GST_END_TEST

/* Leaves the whole clip in its part file, as a crash does between the last byte
 * and the renaming. */
static void
leave_whole_part (void)
{
  g_atomic_int_set (&broken, RENAMING_PART);
  play ();
  test_wait_for_part ();
  g_atomic_int_set (&broken, NOTHING);
  fail_unless_equals_int (test_count_clips (), 0);
}

GST_START_TEST (a_whole_part_that_cannot_be_renamed_is_played)
{
  gint64 polls;

  leave_whole_part ();
  polls = test_service_count (service, "polls");
  test_service_fault (service, "poll:word=expired");
  leave_whole_part ();
  play ();
  fail_unless_equals_int (test_count_clips (), 1);
  assert_count (service, "polls", polls);
  assert_posts (service, 1);
}
GST_END_TEST

/* Another process finds the whole part first, and reads it while the service
 * has forgotten the task. */
GST_START_TEST (a_whole_part_that_another_process_reads_is_not_given_up)
{
  int reader;

  leave_whole_part ();
  reader = test_lock_part ();
  test_service_fault (service, "poll:word=expired");
  test_fail_to_play ("", "cannot be fetched again");
  close (reader);
  play ();
  assert_posts (service, 1);
}
GST_END_TEST

/* A key of another account does not find the task, and the clip may be whole in
 * a moment. */
GST_START_TEST (a_part_of_another_key_is_not_called_damaged)
{
  g_autoptr (GError) error = NULL;
  TestRun *run;
  int reader;

  leave_whole_part ();
  reader = test_lock_part ();
  test_service_fault (service, "poll:status=404");
  run = test_run_new (CLIP "api-key=another-key ! fakesink");
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (strstr (error->message, "set that key"), "%s", error->message);
  fail_if (strstr (error->message, "forget --yes"), "%s", error->message);
  test_run_free (run);
  close (reader);
  play ();
  assert_posts (service, 1);
}
GST_END_TEST

/* A service that sends the clip in chunks does not tell its size. */
GST_START_TEST (a_whole_part_of_no_size_is_played)
{
  gint64 polls;

  test_service_fault (service, "clip:no-range+chunked");
  leave_whole_part ();
  polls = test_service_count (service, "polls");
  test_service_fault (service, "poll:word=expired");
  play ();
  assert_count (service, "polls", polls);
  assert_posts (service, 1);
}
GST_END_TEST

/* The service made the file anew, and the run that fetched it did not get to
 * note its size. */
GST_START_TEST (a_clip_that_came_in_another_size_is_played_ever_after)
{
  play ();
  test_ledger_wait (PLAYED, TRUE);
  test_ledger_change ("UPDATE attempts SET size = 1000");
  test_remove_clips ();
  leave_whole_part ();
  play ();
  test_service_fault (service, "poll:word=expired");
  test_play_elsewhere ("reuse=always");
  test_ledger_wait (PLAYED " AND size > 1000", TRUE);
  assert_posts (service, 1);
}
GST_END_TEST

/* It was deleted to make room, and the run that fetched it again did not get to
 * note that. */
GST_START_TEST (a_clip_that_came_again_counts_as_stored)
{
  play ();
  test_ledger_wait (PLAYED, TRUE);
  test_remove_clips ();
  leave_whole_part ();
  test_ledger_change ("UPDATE attempts SET stored = 0");
  play ();
  test_ledger_wait (PLAYED " AND stored", TRUE);
  assert_posts (service, 1);
}
GST_END_TEST

/* Waits until so many blocks of the part were written that the first of them is
 * not in memory any more. */
static void
wait_for_blocks (guint n)
{
  const gint64 end = g_get_monotonic_time () + test_patience ();
  g_autofree gchar *dir = test_home_state_dir ();
  guint pieces = 0;

  while (pieces < n) {
    g_auto (GStrv) names = test_home_list_state ();

    fail_unless (g_get_monotonic_time () < end, "nothing is written");
    g_usleep (10 * 1000);
    pieces = 0;
    for (guint i = 0; names[i]; i++) {
      g_autofree gchar *path = g_build_filename (dir, names[i], NULL);
      g_autofree gchar *map = NULL;

      if (g_str_has_suffix (path, ".map") &&
          g_file_get_contents (path, &map, NULL, NULL))
        for (const gchar *c = map; *c; c++)
          pieces += *c == '\n';
    }
  }
}

#define BLOCK (256 * 1024)

/* A server without ranges sends all of the clip again. */
GST_START_TEST (a_part_that_cannot_be_compared_is_not_called_changed)
{
  TestPuller *puller = test_puller_new (CLIP "retries=1");
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GError) error = NULL;
  GstFlowReturn flow;

  test_service_set (service, "{\"layout\":\"moov-first\",\"bitrate\":40000}");
  test_service_fault (
      service, "clip@1:hold-at=60%+truncate=80%\nclip@2-:no-range\nend:drop");
  part = test_puller_read (puller, 8 * BLOCK, 1, &flow);
  fail_unless_equals_int (flow, GST_FLOW_OK);
  wait_for_blocks (10);
  g_atomic_int_set (&broken, READING_PART);
  test_service_release (service);
  fail_unless (test_puller_read (puller, 14 * BLOCK, 1, &flow) == NULL);
  gst_message_parse_error (
      test_run_wait (puller->run, GST_MESSAGE_ERROR), &error, NULL);
  g_atomic_int_set (&broken, NOTHING);
  fail_unless (strstr (error->message, "Could not read"), "%s", error->message);
  test_puller_free (puller);
}
GST_END_TEST

static const gchar *const ends[] = { "poll:word=expired", "poll:status=404",
  "poll:status=410" };

/* A share or a disk may fail for a moment. The clip is whole once it is back,
 * whatever the service said meanwhile. */
GST_START_TEST (a_part_that_cannot_be_read_is_not_given_up)
{
  leave_whole_part ();
  test_service_fault (service, ends[__i__]);
  g_atomic_int_set (&broken, READING_PART);
  test_fail_to_play ("reuse=always", "cannot be read, and cannot be fetched");
  g_atomic_int_set (&broken, NOTHING);
  play ();
  assert_posts (service, 1);
}
GST_END_TEST

static void
spoil_clips (void)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_auto (GStrv) names = NULL;

  names = test_home_list_state ();
  for (guint i = 0; names[i]; i++) {
    if (g_str_has_suffix (names[i], ".mp4")) {
      g_autofree gchar *path = g_build_filename (dir, names[i], NULL);

      fail_unless (g_file_set_contents (path, "short", 5, NULL));
    }
  }
}

GST_START_TEST (a_stored_clip_that_was_damaged_is_fetched_again)
{
  play ();
  spoil_clips ();
  play ();
  assert_posts (service, 1);
}
GST_END_TEST

/* The file may be all that is left of a clip that was paid for. */
GST_START_TEST (a_damaged_clip_of_a_task_that_has_ended_is_not_bought_again)
{
  play ();
  spoil_clips ();
  test_service_fault (service, ends[__i__]);
  test_fail_to_play ("reuse=always", "is damaged or cannot be read");
  test_fail_to_play ("reuse=always", "seedance-tasks forget --yes");
  assert_posts (service, 1);
  test_service_fault (service, "");
  play ();
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
stored_suite (void)
{
  Suite *suite = suite_create ("stored");
  TCase *each = test_case_new (suite, "each");

  tcase_add_test (each, a_stored_clip_needs_no_service);
  tcase_add_test (each, a_stored_clip_tells_its_duration);
  tcase_add_test (each, a_stored_clip_that_was_not_noted_needs_no_service);
  tcase_add_loop_test (each, a_stored_clip_that_cannot_be_read_is_not_missing,
      OPENING, N_BROKEN);
  tcase_add_test (each, a_whole_part_that_cannot_be_renamed_is_played);
  tcase_add_test (each, a_whole_part_of_no_size_is_played);
  tcase_add_test (
      each, a_whole_part_that_another_process_reads_is_not_given_up);
  tcase_add_test (each, a_part_of_another_key_is_not_called_damaged);
  tcase_add_test (each, a_clip_that_came_in_another_size_is_played_ever_after);
  tcase_add_test (each, a_clip_that_came_again_counts_as_stored);
  tcase_add_test (each, a_part_that_cannot_be_compared_is_not_called_changed);
  tcase_add_loop_test (
      each, a_part_that_cannot_be_read_is_not_given_up, 0, G_N_ELEMENTS (ends));
  tcase_add_test (each, a_stored_clip_that_was_damaged_is_fetched_again);
  tcase_add_loop_test (each,
      a_damaged_clip_of_a_task_that_has_ended_is_not_bought_again, 0,
      G_N_ELEMENTS (ends));

  return suite;
}

GST_CHECK_MAIN (stored)
