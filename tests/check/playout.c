/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedanceplayout: a clip that comes late is on air whole and in sync, and the
 * output never stops. The tests look at every frame and every sample. */

#include "air.h"

#include <string.h>
#include <unistd.h>

#define PLAYOUT "seedanceplayout poll-interval=100 "
/* The smallest clip with frame numbers: 24 frames, which are 25 on air. */
#undef CLIP
#define CLIP "prompt=flash-and-beep resolution=480p duration=1 seed=7 "
#define SEED 7
/* The goal is 100 ms on an idle machine. */
#define STOP_MAX G_TIME_SPAN_SECOND
/* How many frames of a clip may freeze on a busy machine. A clip that goes on
 * air before it is ready freezes for longer. */
#define HELD_MAX 12

static void
stop_quickly (TestRun *run)
{
  gint64 start = g_get_monotonic_time (), took;

  test_run_stop (run);
  took = g_get_monotonic_time () - start;
  fail_unless (took < (gint64) test_slowness () * STOP_MAX,
      "stopping took %" G_GINT64_FORMAT " ms", took / 1000);
}

/* Waits for the state without a preroll: this pipeline is live. */
static void
change_state (TestRun *run, GstState state)
{
  test_run_start (run, state);
  fail_if (gst_element_get_state (run->pipeline, NULL, NULL,
               GST_CLOCK_TIME_NONE) == GST_STATE_CHANGE_FAILURE);
}

GST_START_TEST (the_slate_goes_on)
{
  TestRun *run = test_run_new (PLAYOUT "slate-color=0xffffffff" AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_frames (air, 50);
  stop_quickly (run);
  test_air_assert_steady (air);
  for (guint i = 0; i < air->frames->len; i++)
    fail_unless (g_array_index (air->frames, TestFrame, i).luma > 230);
  fail_unless_equals_int (air->silent_buffers, air->sound_buffers);
  test_air_free (air);
  test_run_free (run);
  assert_posts (service, 0);
}
GST_END_TEST

/* Returns the processor time, in clock ticks, of the worker, the thread that
 * does everything but the output. */
static guint64
read_worker_time (void)
{
  g_autoptr (GDir) threads = g_dir_open ("/proc/self/task", 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (threads))) {
    g_autofree gchar *path = g_strdup_printf ("/proc/self/task/%s/stat", name);
    g_autofree gchar *text = NULL;
    g_auto (GStrv) fields = NULL;

    if (!g_file_get_contents (path, &text, NULL, NULL) ||
        !strstr (text, "(seedance-worker)"))
      continue;
    fields = g_strsplit (text, " ", -1);
    return g_ascii_strtoull (fields[13], NULL, 10) +
           g_ascii_strtoull (fields[14], NULL, 10);
  }
  fail ("there is no worker");

  return 0;
}

GST_START_TEST (the_worker_sleeps_while_nothing_happens)
{
  TestRun *run = test_run_new (PLAYOUT AIR_SINKS);
  TestAir *air = test_air_new (run);
  gint64 start;
  guint64 before, used;
  gdouble load;

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_frames (air, 1);
  start = g_get_monotonic_time ();
  before = read_worker_time ();
  test_air_wait_frames (air, 50);
  used = read_worker_time () - before;
  load = (gdouble) used / (gdouble) sysconf (_SC_CLK_TCK) * G_TIME_SPAN_SECOND /
         (gdouble) (g_get_monotonic_time () - start);
  stop_quickly (run);
  fail_unless (load < 0.05, "%.2f of a core", load);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (a_pad_that_is_not_linked_does_not_end_the_other)
{
  const gchar *const lines[] = {
    PLAYOUT "name=out out.video ! " AIR_VIDEO_CAPS
            " ! fakesink name=v sync=false async=false",
    PLAYOUT "name=out out.audio ! " AIR_AUDIO_CAPS
            " ! fakesink name=a sync=false async=false",
  };
  TestRun *run = test_run_new ("%s", lines[__i__]);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  if (__i__ == 0) {
    test_air_wait_frames (air, 25);
  } else {
    g_mutex_lock (&air->lock);
    while (air->sound_buffers < 25)
      g_cond_wait (&air->changed, &air->lock);
    g_mutex_unlock (&air->lock);
  }
  stop_quickly (run);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

static const gchar *const settings[] = {
  "{\"generation_time\":0.4}",
  "{\"layout\":\"moov-first\"}",
  "{\"layout\":\"fragmented\"}",
  "{\"audio\":false}",
  "{\"codec\":\"h265\"}",
};

GST_START_TEST (a_late_clip_is_on_air_whole)
{
  TestRun *run = test_run_new (PLAYOUT CLIP AIR_SINKS);
  TestAir *air = test_air_new (run);
  const GstStructure *told;
  guint64 frames, held;

  test_service_set (service, settings[__i__]);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_empty (air, 1);
  told = test_air_wait_told (run, "off-air", NULL);
  stop_quickly (run);
  test_air_assert_steady (air);
  test_air_assert_clip (air, 0, 1);
  fail_unless (gst_structure_get_uint64 (told, "frames", &frames) &&
               gst_structure_get_uint64 (told, "held", &held));
  fail_unless (frames >= 24 && frames <= 26);
  fail_unless (held <= HELD_MAX, "%u frames stood", (guint) held);
  /* A fragmented clip has no edit list, so every player plays its sound late by
   * the priming samples of the encoder. */
  if (!strstr (settings[__i__], "audio") &&
      !strstr (settings[__i__], "fragmented"))
    fail_unless (test_air_get_skew (air) <= 2 * GST_MSECOND);
  test_air_free (air);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (nothing_is_ordered_before_playing)
{
  TestRun *run = test_run_new (PLAYOUT CLIP AIR_SINKS);

  for (guint i = 0; i < 5; i++) {
    change_state (run, GST_STATE_PAUSED);
    change_state (run, GST_STATE_READY);
  }
  test_run_free (run);
  assert_posts (service, 0);
  assert_count (service, "polls", 0);
}
GST_END_TEST

/* In a pause the output stands still; it goes on with the next frame. */
GST_START_TEST (no_frame_is_lost_by_pauses)
{
  TestRun *run = test_run_new (PLAYOUT CLIP AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  for (guint i = 1; i <= 4; i++) {
    test_air_wait_clip_frames (air, 5 * i);
    change_state (run, GST_STATE_PAUSED);
    test_run_start (run, GST_STATE_PLAYING);
  }
  test_air_wait_empty (air, 1);
  stop_quickly (run);
  test_air_assert_steady (air);
  test_air_assert_clip (air, 0, 1);
  fail_unless (test_air_get_skew (air) <= 2 * GST_MSECOND);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

/* For how long the machine stands still, in milliseconds. */
static const guint jumps[] = { 700, 5000, 900 };

/* Both streams are late by more than the element catches up with. It skips that
 * time in the output, and continues the clip where it was. */
GST_START_TEST (a_machine_that_stands_still_loses_no_frame)
{
  TestRun *run = test_run_new (PLAYOUT CLIP AIR_SINKS);
  TestAir *air = test_air_new (run);
  g_autoptr (GArray) stretches = NULL;
  const TestStretch *clip;

  test_run_start (run, GST_STATE_PLAYING);
  for (guint i = 0; i < G_N_ELEMENTS (jumps); i++) {
    test_air_wait_clip_frames (air, 5 * (i + 1));
    test_pace_jump (air->pace, jumps[i] * GST_MSECOND);
  }
  test_air_wait_empty (air, 1);
  stop_quickly (run);
  stretches = test_air_find_stretches (air);
  fail_unless_equals_int (stretches->len, 1);
  clip = &g_array_index (stretches, TestStretch, 0);
  fail_unless (clip->ordered);
  fail_unless_equals_int (clip->distinct, 24);
  fail_unless (test_air_count_gaps (air, 0) <= G_N_ELEMENTS (jumps));
  fail_unless (air->sound_gaps <= G_N_ELEMENTS (jumps));
  fail_unless_equals_int (air->beeps->len, 1);
  fail_unless (test_air_get_skew (air) <= 2 * GST_MSECOND);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

static GstPadProbeReturn
block (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  return GST_PAD_PROBE_OK;
}

/* The clock waits for the sound only while it is watched. */
static void
watch_sound (TestAir *air, gboolean watched)
{
  g_mutex_lock (&air->lock);
  air->audio.watched = watched;
  g_mutex_unlock (&air->lock);
}

/* Returns the distance between the last flash of the clip and its beep. */
static GstClockTime
find_last_skew (TestAir *air, gint flash)
{
  const GstClockTime beep =
      g_array_index (air->beeps, GstClockTime, air->beeps->len - 1);

  for (guint i = 0; i < air->frames->len; i++) {
    const TestFrame *frame = &g_array_index (air->frames, TestFrame, i);

    if (frame->number == flash)
      return (GstClockTime) ABS (GST_CLOCK_DIFF (frame->time, beep));
  }

  return GST_CLOCK_TIME_NONE;
}

/* What follows the sound's pad takes nothing for two seconds. The picture goes
 * on, and afterwards the sound is in sync with it. */
GST_START_TEST (sound_that_stands_still_holds_no_picture)
{
  TestRun *run = test_run_new (PLAYOUT
      "prompt=flash-and-beep resolution=480p duration=5 seed=7" AIR_SINKS);
  TestAir *air = test_air_new (run);
  g_autoptr (GstPad) pad =
      gst_element_get_static_pad (test_run_get (run, "a"), "sink");
  const GstStructure *told;
  guint64 held;
  gulong probe;

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_clip_frames (air, 30);
  watch_sound (air, FALSE);
  probe = gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER, block, NULL, NULL);
  test_air_wait_clip_frames (air, 80);
  watch_sound (air, TRUE);
  gst_pad_remove_probe (pad, probe);
  test_air_wait_empty (air, 1);
  told = test_air_wait_told (run, "off-air", NULL);
  test_run_stop (run);
  fail_unless (gst_structure_get_uint64 (told, "held", &held));
  fail_unless (held <= HELD_MAX, "%u frames stood", (guint) held);
  fail_unless_equals_string (gst_structure_get_string (told, "reason"), "end");
  test_air_assert_clip (air, 0, 5);
  fail_unless_equals_int (test_air_count_gaps (air, 0), 0);
  fail_unless_equals_int (air->sound_gaps, 1);
  fail_unless (find_last_skew (air, 96) <= 2 * GST_MSECOND);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

/* Pictures that were sent and still exist. */
typedef struct {
  GMutex lock;
  GHashTable *alive; /* GstMemory */
  guint most;
} Pictures;

static void
on_freed (gpointer user_data, GstMiniObject *memory)
{
  Pictures *pictures = user_data;

  g_mutex_lock (&pictures->lock);
  g_hash_table_remove (pictures->alive, memory);
  g_mutex_unlock (&pictures->lock);
}

static GstPadProbeReturn
on_picture (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Pictures *pictures = user_data;
  GstMemory *memory =
      gst_buffer_peek_memory (GST_PAD_PROBE_INFO_BUFFER (info), 0);

  g_mutex_lock (&pictures->lock);
  if (g_hash_table_add (pictures->alive, memory))
    gst_mini_object_weak_ref (
        GST_MINI_OBJECT_CAST (memory), on_freed, pictures);
  pictures->most = MAX (pictures->most, g_hash_table_size (pictures->alive));
  g_mutex_unlock (&pictures->lock);

  return GST_PAD_PROBE_OK;
}

/* A picture of 4k takes 12 MB. */
GST_START_TEST (what_was_sent_is_not_kept)
{
  static Pictures pictures;
  TestRun *run = test_run_new (PLAYOUT
      "prompt=flash-and-beep resolution=480p duration=5 seed=7" AIR_SINKS);
  TestAir *air = test_air_new (run);
  g_autoptr (GstPad) pad =
      gst_element_get_static_pad (test_run_get (run, "v"), "sink");

  pictures.alive = g_hash_table_new (NULL, NULL);
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, on_picture, &pictures, NULL);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_empty (air, 1);
  test_run_stop (run);
  fail_unless (pictures.most < 32, "%u pictures", pictures.most);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (the_last_frame_stands)
{
  TestRun *run = test_run_new (PLAYOUT CLIP "on-empty=hold" AIR_SINKS);
  TestAir *air = test_air_new (run);
  const TestFrame *last;

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_clip_frames (air, 40);
  stop_quickly (run);
  test_air_assert_steady (air);
  last = &g_array_index (air->frames, TestFrame, air->frames->len - 1);
  fail_unless_equals_int (last->number, 23);
  fail_unless_equals_int (air->beeps->len, 1);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (nothing_is_a_gap)
{
  TestRun *run = test_run_new (PLAYOUT CLIP "on-empty=nothing" AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_service_set (service, settings[0]);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_empty (air, 1);
  stop_quickly (run);
  test_air_assert_steady (air);
  test_air_assert_clip (air, 0, 1);
  for (guint i = 0; i < air->frames->len; i++) {
    const TestFrame *frame = &g_array_index (air->frames, TestFrame, i);

    fail_unless (frame->gap == (frame->number < 0));
  }
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (the_end_comes_when_all_was_played)
{
  TestRun *run = test_run_new (PLAYOUT CLIP "on-empty=eos" AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_run_to_end (run);
  test_air_assert_steady (air);
  test_air_assert_clip (air, 0, 1);
  fail_unless_equals_int (
      g_array_index (air->frames, TestFrame, air->frames->len - 1).number, 23);
  test_air_free (air);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (what_was_bought_is_repeated)
{
  TestRun *run = test_run_new (PLAYOUT CLIP "on-empty=loop" AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_clip_frames (air, 90);
  stop_quickly (run);
  test_air_assert_steady (air);
  for (guint i = 0; i < 3; i++)
    test_air_assert_clip (air, i, 1);
  fail_unless (test_air_get_skew (air) <= 2 * GST_MSECOND);
  test_air_free (air);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

#define LONG \
  PLAYOUT "prompt=flash-and-beep resolution=480p duration=5 seed=7 " \
          "on-empty=loop"
#define LONG_FRAMES 125

GST_START_TEST (a_repeat_gives_way_to_an_item)
{
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 61);
  TestRun *run = test_run_new (LONG AIR_SINKS);
  TestAir *air = test_air_new (run);
  g_autoptr (GArray) stretches = NULL;
  const TestStretch *last;
  guint before;

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "on-air", NULL);
  g_object_set (test_run_get (run, "out"), "hold", TRUE, NULL);
  test_air_enqueue (run, "b", clip);
  test_air_wait_told (run, "ready", "b");
  test_air_wait_clip_frames (air, LONG_FRAMES + 30);
  before = air->frames->len;
  g_object_set (test_run_get (run, "out"), "hold", FALSE, NULL);
  test_air_wait_told (run, "off-air", "b");
  stop_quickly (run);
  test_air_assert_steady (air);
  stretches = test_air_find_stretches (air);
  last = &g_array_index (stretches, TestStretch, 2);
  fail_unless_equals_int (last->seed, 61);
  fail_unless (
      last->first < before + 30, "%u frames later", last->first - before);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

/* The next repeat is prepared when on-empty changes. */
GST_START_TEST (without_loop_no_repeat_begins)
{
  TestRun *run = test_run_new (LONG AIR_SINKS);
  TestAir *air = test_air_new (run);
  g_autoptr (GArray) stretches = NULL;

  test_run_start (run, GST_STATE_PLAYING);
  while (test_air_count_told (run, "ready") < 3)
    test_run_wait (run, GST_MESSAGE_ELEMENT);
  gst_util_set_object_arg (
      G_OBJECT (test_run_get (run, "out")), "on-empty", "slate");
  while (test_air_count_told (run, "off-air") < 2)
    test_run_wait (run, GST_MESSAGE_ELEMENT);
  test_air_wait_frames (air, air->frames->len + 25);
  stop_quickly (run);
  stretches = test_air_find_stretches (air);
  fail_unless_equals_int (stretches->len, 2);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

/* Five prompts, of which the third one fails. */
#define FIVE \
  "prompts=\"<flash-and-beep-1,flash-and-beep-2,doomed-flash-and-beep," \
  "flash-and-beep-4,flash-and-beep-5>\" resolution=480p duration=1 seed=7 "

/* Counts the frames without a clip after the first frame of a clip. */
static guint
count_empty_frames (TestAir *air)
{
  guint empty = 0;
  gboolean began = FALSE;

  for (guint i = 0; i < air->frames->len; i++) {
    const TestFrame *frame = &g_array_index (air->frames, TestFrame, i);

    began |= frame->number >= 0;
    empty += began && frame->number < 0;
  }

  return empty;
}

GST_START_TEST (a_rundown_has_no_seam)
{
  TestRun *run = test_run_new (
      PLAYOUT FIVE "hold=true max-in-flight=5 on-empty=eos" AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  while (test_air_count_told (run, "ready") < 4 ||
         test_air_count_told (run, "failed") < 1)
    test_run_wait (run, GST_MESSAGE_ELEMENT);
  g_object_set (test_run_get (run, "out"), "hold", FALSE, NULL);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_air_assert_steady (air);
  for (guint i = 0; i < 4; i++)
    test_air_assert_clip (air, i, 1);
  fail_unless_equals_int (test_air_count_told (run, "off-air"), 4);
  fail_unless_equals_int (count_empty_frames (air), 0);
  fail_unless (test_air_get_skew (air) <= 2 * GST_MSECOND);
  test_air_free (air);
  test_run_free (run);
  assert_posts (service, 5);
}
GST_END_TEST

static Suite *
playout_suite (void)
{
  Suite *suite = suite_create ("playout");
  TCase *tcase = test_case_new (suite, "playout");

  tcase_add_test (tcase, the_slate_goes_on);
  tcase_add_test (tcase, the_worker_sleeps_while_nothing_happens);
  tcase_add_loop_test (
      tcase, a_pad_that_is_not_linked_does_not_end_the_other, 0, 2);
  tcase_add_loop_test (
      tcase, a_late_clip_is_on_air_whole, 0, G_N_ELEMENTS (settings));
  tcase_add_test (tcase, nothing_is_ordered_before_playing);
  tcase_add_test (tcase, no_frame_is_lost_by_pauses);
  tcase_add_test (tcase, a_machine_that_stands_still_loses_no_frame);
  tcase_add_test (tcase, sound_that_stands_still_holds_no_picture);
  tcase_add_test (tcase, what_was_sent_is_not_kept);
  tcase_add_test (tcase, the_last_frame_stands);
  tcase_add_test (tcase, nothing_is_a_gap);
  tcase_add_test (tcase, the_end_comes_when_all_was_played);
  tcase_add_test (tcase, what_was_bought_is_repeated);
  tcase_add_test (tcase, a_repeat_gives_way_to_an_item);
  tcase_add_test (tcase, without_loop_no_repeat_begins);
  tcase_add_test (tcase, a_rundown_has_no_seam);

  return suite;
}

GST_CHECK_MAIN (playout)
