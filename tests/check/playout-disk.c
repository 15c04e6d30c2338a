/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedanceplayout on a disk that stands still. What was paid for is shown all
 * the same, later. slow-disk.c imitates the disk. */

#include "air.h"
#include "day.h"

#include <string.h>

#include <glib/gstdio.h>

#undef LINE
#define LINE(id, seed) \
  "{\"id\":\"" id "\",\"prompt\":\"flash-and-beep\",\"resolution\":\"480p\"," \
  "\"duration\":5,\"seed\":" seed "}\n"
#define FRAMES 120
/* Seconds. On a busy machine a clip without a fault may make no progress for
 * long. */
#define PATIENT 60

static gchar *
beside_state_dir (const gchar *ending)
{
  g_autofree gchar *dir = test_home_state_dir ();

  return g_strconcat (dir, ending, NULL);
}

/* Lets every read of a clip wait. Returns when one does. */
static void
stall_disk (TestRun *run)
{
  g_autofree gchar *held = beside_state_dir (".held");
  g_autofree gchar *stall = beside_state_dir (".stall");
  const gint64 end = g_get_monotonic_time () + test_patience ();

  fail_unless (g_file_set_contents (stall, "", 0, NULL));
  while (!g_file_test (held, G_FILE_TEST_EXISTS)) {
    fail_unless (g_get_monotonic_time () < end, "nobody reads");
    g_usleep (2000);
  }
  g_object_set (test_run_get (run, "out"), "prepare-timeout", 1, NULL);
}

static void
let_disk_go (TestRun *run)
{
  g_autofree gchar *stall = beside_state_dir (".stall");

  g_object_set (test_run_get (run, "out"), "prepare-timeout", PATIENT, NULL);
  fail_unless_equals_int (g_unlink (stall), 0);
}

static gboolean
tells_end (GstMessage *message, const gchar *id)
{
  const GstStructure *told = gst_message_get_structure (message);

  return GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT &&
         g_strcmp0 (gst_structure_get_string (told, "what"), "off-air") == 0 &&
         g_strcmp0 (gst_structure_get_string (told, "id"), id) == 0 &&
         g_strcmp0 (gst_structure_get_string (told, "reason"), "end") == 0;
}

static guint
count_ends (TestRun *run, const gchar *id)
{
  guint ends = 0;

  test_run_drain (run);
  for (guint i = 0; i < run->said->len; i++)
    ends += tells_end (g_ptr_array_index (run->said, i), id);

  return ends;
}

/* Checks that a clip with this seed was on air whole. */
static void
assert_whole (TestAir *air, gint seed)
{
  g_autoptr (GArray) stretches = test_air_find_stretches (air);
  gboolean whole = FALSE;

  for (guint i = 0; i < stretches->len; i++) {
    const TestStretch *stretch = &g_array_index (stretches, TestStretch, i);

    whole |= stretch->seed == seed && stretch->ordered &&
             stretch->distinct == FRAMES;
  }
  fail_unless (whole, "the clip with seed %d was not shown whole", seed);
}

/* Counts the lines of the log about clips that are shown again. */
static guint
count_again (void)
{
  g_autofree gchar *log = test_home_path ("as-run.jsonl");
  g_autofree gchar *text = NULL;
  guint again = 0;

  fail_unless (g_file_get_contents (log, &text, NULL, NULL));
  for (const gchar *at = text; (at = strstr (at, "\"again\":true")); at++)
    again++;

  return again;
}

static guint64
get_played (TestRun *run)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 played = 0;

  g_object_get (test_run_get (run, "out"), "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, "played", &played));

  return played;
}

static TestRun *
make_day (void)
{
  g_autofree gchar *rundown = test_home_path ("day.jsonl");
  g_autofree gchar *log = test_home_path ("as-run.jsonl");

  test_day_append (LINE ("a", "1") LINE ("b", "2"));

  return test_run_new ("seedanceplayout poll-interval=100 hold=true "
                       "on-empty=eos prepare-timeout=60 rundown=\"%s\" "
                       "as-run=\"%s\"" AIR_SINKS,
      rundown, log);
}

GST_START_TEST (a_disk_that_stands_still_loses_no_clip)
{
  TestRun *run = make_day ();
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "ready", "a");
  test_air_wait_told (run, "ready", "b");
  g_object_set (test_run_get (run, "out"), "hold", FALSE, NULL);
  test_air_wait_clip_frames (air, 5);
  stall_disk (run);
  test_air_wait_told (run, "off-air", "a");
  test_air_wait_told (run, "off-air", "b");
  let_disk_go (run);
  test_run_wait (run, GST_MESSAGE_EOS);
  fail_unless_equals_int (count_ends (run, "a"), 1);
  fail_unless_equals_int (count_ends (run, "b"), 1);
  assert_whole (air, 1);
  assert_whole (air, 2);
  fail_unless_equals_int (test_day_count_logged ("a", "hangs"), 1);
  fail_unless_equals_int (test_day_count_logged ("b", "hangs"), 1);
  fail_unless_equals_int (count_again (), 2);
  fail_unless_equals_uint64 (get_played (run), 2);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 2);
}
GST_END_TEST

static Suite *
playout_disk_suite (void)
{
  Suite *suite = suite_create ("playout-disk");
  TCase *tcase = test_case_new (suite, "disk");

  tcase_add_test (tcase, a_disk_that_stands_still_loses_no_clip);

  return suite;
}

GST_CHECK_MAIN (playout_disk)
