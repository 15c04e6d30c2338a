/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several clips in one pipeline: none of them is played while the application
 * has to wait for another one. */

#include <string.h>

#include "run.h"

/* More lateness than a busy machine causes, and less than that of a clip that
 * is played as soon as its bytes come. */
#define SINK \
  "fakesink name=out sync=true qos=true max-lateness=400000000 " \
  "signal-handoffs=true"
#define PARSED "parsebin name=p ! video/x-h264 ! queue ! "

#define OTHER_CLIP \
  "seedancesrc name=src2 poll-interval=100 prompt=sea resolution=480p " \
  "duration=1 seed=7 "
#define TWO_CLIPS \
  CLIP "! " PARSED SINK " " OTHER_CLIP "! parsebin ! video/x-h264 ! queue " \
       "! fakesink sync=true"

static gboolean
is_of (TestRun *run, GstMessage *message, const gchar *element)
{
  return GST_MESSAGE_TYPE (message) == GST_MESSAGE_BUFFERING &&
         GST_MESSAGE_SRC (message) == GST_OBJECT (test_run_get (run, element));
}

/* Returns TRUE if the last buffering message of @element is below 100. */
static gboolean
waits (TestRun *run, const gchar *element)
{
  gboolean low = FALSE;

  for (guint i = 0; i < run->said->len; i++) {
    GstMessage *message = g_ptr_array_index (run->said, i);

    if (is_of (run, message, element))
      low = test_percent_of (message) < 100;
  }

  return low;
}

static guint
count_of (TestRun *run, const gchar *element, gint percent)
{
  guint count = 0;

  for (guint i = 0; i < run->said->len; i++) {
    GstMessage *message = g_ptr_array_index (run->said, i);

    count +=
        is_of (run, message, element) && test_percent_of (message) == percent;
  }

  return count;
}

static gboolean
is_whole (TestRun *run, const gchar *element)
{
  g_autoptr (GstStructure) stats = NULL;
  gint64 size;
  guint64 bytes;

  g_object_get (test_run_get (run, element), "stats", &stats, NULL);
  gst_structure_get (
      stats, "size", G_TYPE_INT64, &size, "bytes", G_TYPE_UINT64, &bytes, NULL);

  return size > 0 && bytes == (guint64) size;
}

/* Either of the two: the service releases the download that was held first. */
static void
wait_until_one_is_whole (TestRun *run)
{
  while (!is_whole (run, "src") && !is_whole (run, "src2"))
    g_usleep (G_TIME_SPAN_MILLISECOND);
}

/* Returns a run in which one clip is whole and the other one's download hangs.
 * No clip may be played. */
static TestRun *
hold_one_of_two_clips (void)
{
  TestRun *run = test_run_new (TWO_CLIPS);
  guint before;

  test_service_set (service, "{\"layout\":\"moov-first\"}");
  test_service_fault (service, "clip@1-2:rate=120000+hold-at=30%\nend:drop");
  test_run_start (run, GST_STATE_PAUSED);
  test_service_wait (service, "clips_held", 2);
  while (!waits (run, "src") || !waits (run, "src2"))
    test_run_wait (run, GST_MESSAGE_BUFFERING);
  /* One clip may have had enough before the other began to wait, so messages
   * that came before do not count. */
  test_service_release_one (service);
  before = count_of (run, "src", 100) + count_of (run, "src2", 100);
  wait_until_one_is_whole (run);
  test_run_drain (run);
  fail_unless_equals_int (
      count_of (run, "src", 100) + count_of (run, "src2", 100), before);

  return run;
}

/* In the end each source posts 100. Some applications, such as gst-launch-1.0,
 * play at the first 100, others wait for that of each source. */
GST_START_TEST (a_clip_is_not_played_while_the_other_waits)
{
  TestRun *run = hold_one_of_two_clips ();

  test_service_release (service);
  while (!count_of (run, "src", 100) || !count_of (run, "src2", 100))
    test_run_wait (run, GST_MESSAGE_BUFFERING);
  test_run_free (run);
}
GST_END_TEST

/* Waits until the whole clip is on disk under its final name. After that
 * nothing happens to it. */
static void
wait_until_it_rests (void)
{
  gboolean rests = FALSE;

  while (!rests) {
    g_auto (GStrv) names = test_home_list_state ();

    g_usleep (10 * G_TIME_SPAN_MILLISECOND);
    for (guint i = 0; names[i]; i++)
      rests |= g_str_has_suffix (names[i], ".mp4");
  }
}

GST_START_TEST (a_clip_is_played_when_the_other_is_taken_away)
{
  TestRun *run = hold_one_of_two_clips ();
  const gchar *whole = is_whole (run, "src") ? "src" : "src2";
  GstElement *held = test_run_get (run, is_whole (run, "src") ? "src2" : "src");
  GstObject *bin = gst_object_get_parent (GST_OBJECT (held));

  wait_until_it_rests ();
  test_run_drain (run);
  gst_object_ref (held);
  fail_unless (gst_bin_remove (GST_BIN (bin), held));
  gst_element_set_state (held, GST_STATE_NULL);
  gst_object_unref (held);
  gst_object_unref (bin);
  while (!count_of (run, whole, 100))
    test_run_wait (run, GST_MESSAGE_BUFFERING);
  test_run_free (run);
}
GST_END_TEST

/* The other source moves to another pipeline, where it still waits for its
 * download. */
GST_START_TEST (a_clip_is_played_when_the_other_moves_elsewhere)
{
  TestRun *run = hold_one_of_two_clips ();
  const gchar *whole = is_whole (run, "src") ? "src" : "src2";
  GstElement *held = test_run_get (run, is_whole (run, "src") ? "src2" : "src");
  GstObject *bin = gst_object_get_parent (GST_OBJECT (held));
  GstElement *elsewhere = gst_pipeline_new ("elsewhere");

  wait_until_it_rests ();
  test_run_drain (run);
  gst_object_ref (held);
  fail_unless (gst_bin_remove (GST_BIN (bin), held));
  fail_unless (gst_bin_add (GST_BIN (elsewhere), held));
  gst_object_unref (held);
  gst_object_unref (bin);
  while (!count_of (run, whole, 100))
    test_run_wait (run, GST_MESSAGE_BUFFERING);
  gst_element_set_state (elsewhere, GST_STATE_NULL);
  gst_object_unref (elsewhere);
  test_run_free (run);
}
GST_END_TEST

static Suite *
together_suite (void)
{
  Suite *suite = suite_create ("together");
  TCase *several = test_case_new (suite, "several");

  tcase_add_test (several, a_clip_is_not_played_while_the_other_waits);
  tcase_add_test (several, a_clip_is_played_when_the_other_is_taken_away);
  tcase_add_test (several, a_clip_is_played_when_the_other_moves_elsewhere);

  return suite;
}

GST_CHECK_MAIN (together)
