/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given a rundown and an as-run log, a later run goes on behind the item that
 * was on air last, and loses nothing that was paid for. */

#include <string.h>

#include <glib/gstdio.h>

#include "air.h"
#include "day.h"

static void
append_file (const gchar *id, const gchar *uri)
{
  g_autofree gchar *line =
      g_strdup_printf ("{\"id\":\"%s\",\"uri\":\"%s\"}\n", id, uri);

  test_day_append (line);
}

static void
enqueue (TestRun *run, const gchar *id, const gchar *uri)
{
  g_autofree gchar *line =
      g_strdup_printf ("{\"id\":\"%s\",\"uri\":\"%s\"}", id, uri);
  gboolean taken = FALSE;

  g_signal_emit_by_name (run->src, "enqueue", line, &taken);
  fail_unless (taken);
}

static void
play_to_the_end (void)
{
  TestRun *run = test_day_new_run ("on-empty=eos");

  test_run_to_end (run);
  test_run_free (run);
}

/* The service accepts the order, then refuses the key. Meanwhile the file is on
 * air. With the right key, a later run shows the clip. */
GST_START_TEST (what_was_overtaken_is_shown_later)
{
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 21);
  TestRun *run = test_day_new_run ("on-empty=slate");

  test_service_fault (service, "poll:status=401");
  test_day_append (LINE ("a", "One"));
  append_file ("b", clip);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "off-air", "b");
  test_run_free (run);
  test_service_fault (service, "");
  play_to_the_end ();
  assert_posts (service, 1);
  fail_unless_equals_int (test_day_count_logged ("a", "end"), 1);
  fail_unless_equals_int (test_day_count_logged ("b", "end"), 1);
}
GST_END_TEST

/* The order is of the run before. The key is still refused when this run asks
 * for its task: nothing is ordered, so the clip need not wait until the next
 * order may go out. */
GST_START_TEST (what_an_earlier_run_ordered_is_fetched_without_an_order)
{
  TestRun *run = test_day_new_run ("");

  test_service_fault (service, "poll:status=401");
  test_day_append (LINE ("a", "One"));
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "failed", "a");
  test_run_free (run);
  run = test_day_new_run ("on-empty=eos");
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "failed", "a");
  test_service_fault (service, "");
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  assert_posts (service, 1);
  fail_unless_equals_int (test_day_count_logged ("a", "end"), 1);
}
GST_END_TEST

static guint
count (const gchar *text, const gchar *word)
{
  guint n = 0;

  for (const gchar *at = text; (at = strstr (at, word)); at++)
    n++;

  return n;
}

static gboolean
is_in_log (const gchar *words)
{
  g_autofree gchar *log = test_home_path ("as-run.jsonl");
  g_autofree gchar *text = NULL;

  return g_file_get_contents (log, &text, NULL, NULL) &&
         count (text, words) > 0;
}

/* An item that the operator removed stays away, although its line is still
 * there. */
GST_START_TEST (what_was_removed_does_not_come_back)
{
  TestRun *run = test_day_new_run ("hold=true");
  gboolean removed = FALSE;

  test_day_append (LINE ("a", "One") LINE ("b", "Two"));
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "ready", "a");
  test_air_wait_told (run, "ready", "b");
  g_signal_emit_by_name (run->src, "remove", "a", &removed);
  fail_unless (removed);
  /* The stop may return before the log is written. */
  while (!is_in_log ("{\"removed\":\"a\"}"))
    g_usleep (1000);
  test_run_free (run);
  play_to_the_end ();
  assert_posts (service, 2);
  fail_unless_equals_int (test_day_count_logged ("a", "end"), 0);
  fail_unless_equals_int (test_day_count_logged ("b", "end"), 1);
}
GST_END_TEST

/* Removes the item as soon as the rundown is read. */
static void
remove_item (TestRun *run, const gchar *id)
{
  const gint64 end = g_get_monotonic_time () + test_patience ();
  gboolean removed = FALSE;

  while (!removed) {
    fail_unless (g_get_monotonic_time () < end, "there is no item %s", id);
    g_usleep (2000);
    g_signal_emit_by_name (run->src, "remove", id, &removed);
  }
}

/* Given an item that an earlier run ordered and did not show, the operator
 * removes it before this run begins it. It stays away from the next run. */
GST_START_TEST (what_an_earlier_run_began_is_removed_for_good)
{
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 21);
  TestRun *run = test_day_new_run ("");

  test_day_append (LINE ("a", "One"));
  append_file ("b", clip);
  append_file ("c", clip);
  test_day_put ("as-run.jsonl", 0,
      "{\"begun\":\"a\"}\n"
      "{\"id\":\"b\",\"started\":\"x\",\"reason\":\"end\"}\n");
  test_run_start (run, GST_STATE_PAUSED);
  remove_item (run, "a");
  test_run_free (run);
  play_to_the_end ();
  assert_posts (service, 0);
  fail_unless_equals_int (test_day_count_logged ("c", "end"), 1);
}
GST_END_TEST

static guint
count_items (TestRun *run)
{
  g_autoptr (GstStructure) status = NULL;
  guint items = 0;

  g_object_get (run->src, "status", &status, NULL);
  fail_unless (gst_structure_get_uint (status, "items", &items));

  return items;
}

/* A signal gave "q" to all runs. The log has it, and the line "b" of the file,
 * which is there from the start, or comes when the log was applied to "q". The
 * line before "b" was never begun, so it is not ordered now. */
GST_START_TEST (what_was_queued_does_not_use_up_the_log)
{
  const gboolean late = __i__;
  const gint64 end = g_get_monotonic_time () + test_patience ();
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 21);
  const gchar *lines = LINE ("a", "One")
      "{\"id\":\"b\",\"uri\":\"clip.mp4\"}\n"
      "{\"id\":\"c\",\"uri\":\"clip.mp4\"}\n";
  TestRun *run = test_day_new_run ("");

  enqueue (run, "q", clip);
  test_day_put ("as-run.jsonl", 0,
      "{\"id\":\"q\",\"started\":\"x\",\"reason\":\"end\"}\n"
      "{\"id\":\"b\",\"started\":\"x\",\"reason\":\"end\"}\n");
  if (!late)
    test_day_append (lines);
  test_run_start (run, GST_STATE_PLAYING);
  while (late && count_items (run) > 0) {
    fail_unless (g_get_monotonic_time () < end, "the log is not read");
    g_usleep (2000);
  }
  if (late)
    test_day_append (lines);
  test_air_wait_told (run, "off-air", "c");
  test_run_free (run);
  assert_posts (service, 0);
  fail_unless_equals_int (test_day_count_logged ("q", "end"), 1);
  fail_unless_equals_int (test_day_count_logged ("b", "end"), 1);
}
GST_END_TEST

/* What is on air at "clear" stays noted as begun: a restart plays it again if
 * it is cut off, even if it had been overtaken. */
GST_START_TEST (what_is_on_air_is_not_cleared)
{
  g_autofree gchar *log = test_home_path ("as-run.jsonl");
  g_autofree gchar *text = NULL;
  TestRun *run = test_day_new_run ("");

  test_day_append (LINE ("a", "One"));
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "on-air", "a");
  g_signal_emit_by_name (run->src, "clear");
  test_air_wait_told (run, "off-air", "a");
  test_run_free (run);
  fail_unless (g_file_get_contents (log, &text, NULL, NULL));
  fail_unless (
      strstr (text, "{\"cleared\":true}\n{\"begun\":\"a\"}\n") != NULL);
}
GST_END_TEST

#define LONG "{\"id\":\"a\",\"prompt\":\"One\",\"duration\":5}\n"

/* Skips the item "a" while the output is held: no frame follows. */
static void
skip_in_pause (TestRun *run)
{
  gboolean skipped = FALSE;

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "on-air", "a");
  test_run_start (run, GST_STATE_PAUSED);
  g_signal_emit_by_name (run->src, "skip", &skipped);
  fail_unless (skipped);
}

GST_START_TEST (what_was_skipped_in_a_pause_does_not_come_back)
{
  TestRun *run = test_day_new_run ("");

  test_day_append (LONG LINE ("b", "Two"));
  skip_in_pause (run);
  test_run_free (run);
  /* The stop may return before the log is written. */
  while (!is_in_log ("\"reason\""))
    g_usleep (1000);
  play_to_the_end ();
  fail_unless_equals_int (test_day_count_logged ("a", "skipped"), 1);
  fail_unless_equals_int (test_day_count_logged ("a", "end"), 0);
  fail_unless_equals_int (test_day_count_logged ("b", "end"), 1);
}
GST_END_TEST

/* The output gets another format before the item leaves the air. */
GST_START_TEST (what_was_skipped_before_a_change_is_not_repeated)
{
  g_autofree gchar *rundown = test_home_path ("day.jsonl");
  g_autoptr (GstCaps) caps =
      gst_caps_from_string ("video/x-raw,width=32,height=18,framerate=25/1");
  TestRun *run = test_run_new (PLAYOUT
      "on-empty=loop rundown=%s src.video ! capsfilter name=size caps=\"%s\" "
      "! fakesink src.audio ! fakesink",
      rundown, "video/x-raw,width=64,height=36,framerate=25/1");

  test_day_append (LONG);
  skip_in_pause (run);
  g_object_set (test_run_get (run, "size"), "caps", caps, NULL);
  test_run_start (run, GST_STATE_PLAYING);
  fail_unless_equals_string (
      gst_structure_get_string (
          test_air_wait_told (run, "off-air", "a"), "reason"),
      "skipped");
  test_run_free (run);
}
GST_END_TEST

static GMutex handler_lock;
static GCond handler_changed;
static gboolean handler_reached, handler_released;

/* Holds up the worker when it tells that "a" is on air. */
static GstBusSyncReply
handle (GstBus *bus, GstMessage *message, gpointer unused)
{
  const GstStructure *told = gst_message_get_structure (message);

  if (!told || !gst_structure_has_name (told, "seedance-playout") ||
      g_strcmp0 (gst_structure_get_string (told, "what"), "on-air") != 0 ||
      g_strcmp0 (gst_structure_get_string (told, "id"), "a") != 0)
    return GST_BUS_PASS;
  g_mutex_lock (&handler_lock);
  handler_reached = TRUE;
  g_cond_broadcast (&handler_changed);
  while (!handler_released)
    g_cond_wait (&handler_changed, &handler_lock);
  g_mutex_unlock (&handler_lock);

  return GST_BUS_PASS;
}

static void
wait_for_handler (void)
{
  const gint64 end = g_get_monotonic_time () + test_patience ();

  g_mutex_lock (&handler_lock);
  while (!handler_reached)
    fail_unless (g_cond_wait_until (&handler_changed, &handler_lock, end));
  g_mutex_unlock (&handler_lock);
}

static void
release_handler (void)
{
  g_mutex_lock (&handler_lock);
  handler_released = TRUE;
  g_cond_broadcast (&handler_changed);
  g_mutex_unlock (&handler_lock);
}

static void
wait_until_played (TestRun *run)
{
  const gint64 end = g_get_monotonic_time () + test_patience ();
  guint64 played = 0;

  while (played == 0) {
    g_autoptr (GstStructure) stats = NULL;

    fail_unless (g_get_monotonic_time () < end, "nothing was played");
    g_usleep (2000);
    g_object_get (run->src, "stats", &stats, NULL);
    fail_unless (gst_structure_get_uint64 (stats, "played", &played));
  }
}

/* Waits until the output has shown that many more frames. */
static void
wait_for_frames (TestTap *tap, guint n)
{
  const gint64 end = g_get_monotonic_time () + test_patience ();
  const guint until = test_tap_count (tap) + n;

  while (test_tap_count (tap) < until) {
    fail_unless (g_get_monotonic_time () < end, "the output stands still");
    g_usleep (2000);
  }
}

/* The worker is held up while "a" leaves the air, so the log has it only after
 * the next run has begun. The output runs meanwhile, and "a" is not shown
 * again. */
GST_START_TEST (a_run_waits_for_the_log_of_the_last_one)
{
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 21);
  TestRun *run = test_day_new_run ("");
  TestTap *tap = test_run_tap (run, "out");

  append_file ("a", clip);
  append_file ("b", clip);
  gst_bus_set_sync_handler (run->bus, handle, NULL, NULL);
  test_run_start (run, GST_STATE_PLAYING);
  wait_for_handler ();
  g_object_set (run->src, "hold", TRUE, NULL);
  wait_until_played (run);
  test_run_start (run, GST_STATE_READY);
  g_object_set (run->src, "hold", FALSE, NULL);
  fail_unless_equals_int (test_day_count_logged ("a", "end"), 0);
  test_run_start (run, GST_STATE_PLAYING);
  wait_for_frames (tap, 25);
  test_run_wait (run, GST_MESSAGE_WARNING);
  release_handler ();
  test_air_wait_told (run, "off-air", "b");
  test_run_free (run);
  fail_unless_equals_int (test_day_count_logged ("a", "end"), 1);
  fail_unless_equals_int (test_day_count_logged ("b", "end"), 1);
}
GST_END_TEST

/* The folder of the log is not there when the run begins. */
GST_START_TEST (a_log_that_cannot_be_opened_yet_is_written_later)
{
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 21);
  g_autofree gchar *folder = test_home_path ("later");
  g_autofree gchar *log = g_build_filename (folder, "log", NULL);
  g_autofree gchar *text = NULL;
  TestRun *run = test_run_new (PLAYOUT "hold=true as-run=\"%s\" " OUTPUT, log);

  test_run_start (run, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_WARNING);
  fail_unless (g_mkdir (folder, 0700) == 0);
  g_object_set (run->src, "hold", FALSE, NULL);
  enqueue (run, "a", clip);
  test_air_wait_told (run, "off-air", "a");
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_WARNING), 1);
  test_run_free (run);
  fail_unless (g_file_get_contents (log, &text, NULL, NULL));
  fail_unless (strstr (text, "\"reason\":\"end\"") != NULL);
}
GST_END_TEST

/* A log of repeats must stay short, so that a restart finds the items in it. */
GST_START_TEST (only_items_have_metadata_in_the_log)
{
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 21);
  g_autofree gchar *log = test_home_path ("as-run.jsonl");
  g_autofree gchar *text = NULL;
  TestRun *run = test_day_new_run ("on-empty=loop");

  append_file ("a", clip);
  test_day_append ("{\"id\":\"b\",\"uri\":\"clip.mp4\",\"metadata\":7}\n");
  test_run_start (run, GST_STATE_PLAYING);
  while (test_air_count_told (run, "off-air") < 5)
    test_run_wait (run, GST_MESSAGE_ELEMENT);
  test_run_free (run);
  fail_unless (g_file_get_contents (log, &text, NULL, NULL));
  fail_unless (count (text, "\"replay\":true") >= 3);
  fail_unless_equals_int (count (text, "metadata"), 1);
}
GST_END_TEST

static Suite *
playout_restart_suite (void)
{
  Suite *suite = suite_create ("playout-restart");
  TCase *tcase = test_case_new (suite, "restart");

  tcase_add_test (tcase, what_was_overtaken_is_shown_later);
  tcase_add_test (
      tcase, what_an_earlier_run_ordered_is_fetched_without_an_order);
  tcase_add_test (tcase, what_was_removed_does_not_come_back);
  tcase_add_test (tcase, what_an_earlier_run_began_is_removed_for_good);
  tcase_add_loop_test (tcase, what_was_queued_does_not_use_up_the_log, 0, 2);
  tcase_add_test (tcase, what_is_on_air_is_not_cleared);
  tcase_add_test (tcase, what_was_skipped_in_a_pause_does_not_come_back);
  tcase_add_test (tcase, what_was_skipped_before_a_change_is_not_repeated);
  tcase_add_test (tcase, a_run_waits_for_the_log_of_the_last_one);
  tcase_add_test (tcase, a_log_that_cannot_be_opened_yet_is_written_later);
  tcase_add_test (tcase, only_items_have_metadata_in_the_log);

  return suite;
}

GST_CHECK_MAIN (playout_restart)
