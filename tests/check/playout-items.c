/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedanceplayout: the items of a rundown, the signals that change the rundown,
 * and the filler and label. */

#include "air.h"

#include <string.h>

#define PLAYOUT "seedanceplayout poll-interval=100 "
#define SMALL "resolution=480p duration=1 "
#define LINE \
  "{\"id\":\"%s\",\"prompt\":\"flash-and-beep\",\"resolution\":\"480p\"," \
  "\"duration\":1,\"seed\":%d}\n"

static GstElement *
get_out (TestRun *run)
{
  return test_run_get (run, "out");
}

static gint
get_seed (GArray *stretches, guint nth)
{
  fail_unless (
      stretches->len > nth, "only %u clips were on air", stretches->len);

  return g_array_index (stretches, TestStretch, nth).seed;
}

static void
assert_seeds (TestAir *air, const gint *seeds, guint size)
{
  g_autoptr (GArray) stretches = test_air_find_stretches (air);

  for (guint i = 0; i < size; i++)
    fail_unless_equals_int (get_seed (stretches, i), seeds[i]);
  fail_unless_equals_int (stretches->len, size);
}

static guint
get_stat (TestRun *run, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  const GValue *value;

  g_object_get (get_out (run), "stats", &stats, NULL);
  value = gst_structure_get_value (stats, name);
  fail_unless (value != NULL, "no %s", name);

  return G_VALUE_HOLDS_UINT (value) ? g_value_get_uint (value)
                                    : (guint) g_value_get_uint64 (value);
}

GST_START_TEST (a_file_is_played_and_watched)
{
  g_autofree gchar *one = g_strdup_printf (LINE, "a", 11);
  g_autofree gchar *more =
      g_strdup_printf (LINE LINE LINE, "a", 11, "b", 12, "a", 13);
  g_autofree gchar *path = test_home_write ("day.jsonl", one, strlen (one));
  TestRun *run = test_run_new (PLAYOUT "rundown=\"%s\"" AIR_SINKS, path);
  TestAir *air = test_air_new (run);
  const gint seeds[] = { 11, 12 };

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "off-air", "a");
  g_free (test_home_write ("day.jsonl", more, strlen (more)));
  test_air_wait_told (run, "off-air", "b");
  test_run_stop (run);
  test_air_assert_steady (air);
  assert_seeds (air, seeds, G_N_ELEMENTS (seeds));
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_WARNING), 1);
  test_air_free (air);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

/* A file of the user's own costs nothing, and "in" and "out" select a part of
 * it. */
GST_START_TEST (a_part_of_a_file_is_shown)
{
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 21);
  g_autofree gchar *line = g_strdup_printf (
      "{\"id\":\"part\",\"uri\":\"%s\",\"in\":0.48,\"out\":0.8,\"metadata\":{"
      "\"slot\":7}}",
      clip);
  TestRun *run = test_run_new (PLAYOUT "on-empty=eos" AIR_SINKS);
  TestAir *air = test_air_new (run);
  const GstStructure *told;
  gboolean taken;
  gint number = -1;

  g_signal_emit_by_name (get_out (run), "enqueue", line, &taken);
  fail_unless (taken);
  test_run_to_end (run);
  test_air_assert_steady (air);
  told = test_air_wait_told (run, "off-air", "part");
  fail_unless (strstr (gst_structure_get_string (told, "metadata"), "slot"));
  for (guint i = 0; i < air->frames->len && number < 0; i++)
    number = g_array_index (air->frames, TestFrame, i).number;
  fail_unless (number == 11 || number == 12, "it began with %d", number);
  number = g_array_index (air->frames, TestFrame, air->frames->len - 1).number;
  fail_unless (number == 18 || number == 19, "it ended with %d", number);
  test_air_free (air);
  test_run_free (run);
  assert_posts (service, 0);
}
GST_END_TEST

/* The clip has a flash and a beep each second, the output a frame each 40
 * ms. */
static const gchar *const starts[] = { "1.5", "1.51", "1.995" };

GST_START_TEST (a_part_begins_with_its_first_frame)
{
  g_autofree gchar *line = g_strdup_printf (
      "{\"id\":\"part\",\"prompt\":\"flash-and-beep\",\"resolution\":\"480p\","
      "\"duration\":5,\"in\":%s,\"out\":4.5}",
      starts[__i__]);
  TestRun *run = test_run_new (PLAYOUT "on-empty=eos" AIR_SINKS);
  TestAir *air = test_air_new (run);
  gboolean taken;

  g_signal_emit_by_name (get_out (run), "enqueue", line, &taken);
  fail_unless (taken);
  test_run_to_end (run);
  test_air_assert_steady (air);
  fail_unless_equals_int (air->beeps->len, 3);
  fail_unless (test_air_get_skew (air) <= 2 * GST_MSECOND, "%u us",
      (guint) (test_air_get_skew (air) / 1000));
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
}
GST_END_TEST

static gboolean
emit (TestRun *run, const gchar *signal, const gchar *text)
{
  gboolean done = FALSE;

  if (text)
    g_signal_emit_by_name (get_out (run), signal, text, &done);
  else
    g_signal_emit_by_name (get_out (run), signal, &done);

  return done;
}

static void
enqueue (TestRun *run, const gchar *id, gint seed)
{
  g_autofree gchar *line = g_strdup_printf (LINE, id, seed);

  fail_unless (emit (run, "enqueue", line));
}

GST_START_TEST (items_are_moved_removed_and_inserted)
{
  TestRun *run = test_run_new (PLAYOUT "hold=true max-in-flight=9" AIR_SINKS);
  TestAir *air = test_air_new (run);
  g_autofree gchar *line = g_strdup_printf (LINE, "d", 34);
  const gint seeds[] = { 33, 34, 31 };
  gboolean done;

  test_run_start (run, GST_STATE_PLAYING);
  enqueue (run, "a", 31);
  enqueue (run, "b", 32);
  enqueue (run, "c", 33);
  test_air_wait_told (run, "ready", "a");
  test_air_wait_told (run, "ready", "b");
  test_air_wait_told (run, "ready", "c");
  fail_if (emit (run, "enqueue", line + 1));
  fail_if (emit (run, "enqueue", "{\"id\":\"a\",\"prompt\":\"again\"}"));
  g_signal_emit_by_name (get_out (run), "move", "c", "a", &done);
  fail_unless (done);
  fail_unless (emit (run, "remove", "b"));
  fail_if (emit (run, "remove", "b"));
  g_signal_emit_by_name (get_out (run), "insert", line, "a", &done);
  fail_unless (done);
  test_air_wait_told (run, "ready", "d");
  g_object_set (get_out (run), "hold", FALSE, NULL);
  test_air_wait_told (run, "off-air", "a");
  test_run_stop (run);
  test_air_assert_steady (air);
  assert_seeds (air, seeds, G_N_ELEMENTS (seeds));
  test_air_free (air);
  test_run_free (run);
  assert_posts (service, 4);
}
GST_END_TEST

GST_START_TEST (an_item_is_skipped_on_air)
{
  TestRun *run = test_run_new (PLAYOUT "on-empty=eos hold=true" AIR_SINKS);
  TestAir *air = test_air_new (run);
  const gint seeds[] = { 41, 42 };
  const GstStructure *told;

  enqueue (run, "a", 41);
  enqueue (run, "b", 42);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "ready", "a");
  test_air_wait_told (run, "ready", "b");
  g_object_set (get_out (run), "hold", FALSE, NULL);
  test_air_wait_told (run, "on-air", "a");
  fail_unless (emit (run, "skip", NULL));
  test_run_wait (run, GST_MESSAGE_EOS);
  told = test_air_wait_told (run, "off-air", "a");
  fail_unless_equals_string (
      gst_structure_get_string (told, "reason"), "skipped");
  test_air_assert_steady (air);
  assert_seeds (air, seeds, G_N_ELEMENTS (seeds));
  test_air_assert_clip (air, 1, 1);
  fail_unless_equals_int (get_stat (run, "skipped"), 1);
  fail_unless_equals_int (get_stat (run, "played"), 1);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

/* After "clear" no item is ordered that was not begun. */
GST_START_TEST (a_cleared_rundown_orders_nothing_more)
{
  TestRun *run = test_run_new (PLAYOUT "max-in-flight=1" AIR_SINKS);
  TestAir *air = test_air_new (run);
  GstStructure *status;
  guint items = 9;

  test_service_set (service, "{\"generation_time\":60}");
  enqueue (run, "a", 1);
  enqueue (run, "b", 2);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "tasks", 1);
  g_signal_emit_by_name (get_out (run), "clear");
  g_object_get (get_out (run), "status", &status, NULL);
  fail_unless (gst_structure_get_uint (status, "items", &items));
  gst_structure_free (status);
  fail_unless_equals_int (items, 0);
  test_air_wait_frames (air, air->frames->len + 25);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (no_more_is_ordered_than_allowed)
{
  TestRun *run = test_run_new (PLAYOUT SMALL
      "prompts=\"<flash-and-beep,flash-and-beep,flash-and-beep>\" seed=5 "
      "max-orders=2" AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_clip_frames (air, 50);
  test_air_wait_frames (air, air->frames->len + 25);
  test_run_stop (run);
  fail_unless_equals_int (get_stat (run, "orders"), 2);
  fail_unless_equals_int (get_stat (run, "played"), 2);
  test_air_free (air);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

/* Counts the threads of decodebin's multiqueue, which exist for each clip that
 * is decoded. */
static guint
count_decoding (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  guint decoding = 0;
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path =
        g_build_filename ("/proc/self/task", name, "comm", NULL);
    g_autofree gchar *comm = NULL;

    if (g_file_get_contents (path, &comm, NULL, NULL))
      decoding += g_str_has_prefix (comm, "multiqueue");
  }

  return decoding;
}

static guint
count_distinct (TestAir *air)
{
  g_autoptr (GArray) stretches = test_air_find_stretches (air);
  guint distinct = 0;

  for (guint i = 0; i < stretches->len; i++)
    distinct += g_array_index (stretches, TestStretch, i).distinct;

  return distinct;
}

/* At most the next three items are decoded, with four threads each. */
GST_START_TEST (only_what_is_next_is_decoded)
{
  TestRun *run =
      test_run_new (PLAYOUT "hold=true max-in-flight=9 on-empty=eos" AIR_SINKS);
  TestAir *air = test_air_new (run);
  const gint seeds[] = { 81, 82, 83, 84, 85, 86 };
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < G_N_ELEMENTS (seeds); i++) {
    g_ptr_array_add (ids, g_strdup_printf ("%u", i));
    enqueue (run, g_ptr_array_index (ids, i), seeds[i]);
  }
  test_run_start (run, GST_STATE_PLAYING);
  for (guint i = 0; i < ids->len; i++)
    test_air_wait_told (run, "ready", g_ptr_array_index (ids, i));
  while (count_decoding () > 12)
    test_air_wait_frames (air, air->frames->len + 1);
  fail_unless (count_decoding () > 0);
  g_object_set (get_out (run), "hold", FALSE, NULL);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_air_assert_steady (air);
  assert_seeds (air, seeds, G_N_ELEMENTS (seeds));
  fail_unless_equals_int (count_distinct (air), 24 * G_N_ELEMENTS (seeds));
  fail_unless_equals_int (test_air_count_told (run, "ready"), 6);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 6);
}
GST_END_TEST

static void
assert_spent (TestRun *run, const gchar *spent, gint64 tokens)
{
  g_autoptr (GstStructure) stats = NULL;
  gint64 used = -1;

  g_object_get (get_out (run), "stats", &stats, NULL);
  fail_unless_equals_string (gst_structure_get_string (stats, "spent"), spent);
  fail_unless (gst_structure_get_int64 (stats, "tokens", &used));
  fail_unless_equals_int64 (used, tokens);
}

static void
assert_cost (
    TestRun *run, const gchar *what, const gchar *id, const gchar *cost)
{
  fail_unless_equals_string (
      gst_structure_get_string (test_air_wait_told (run, what, id), "cost"),
      cost);
}

/* The sum counts only what this run has ordered. */
GST_START_TEST (what_was_spent_is_summed)
{
  g_free (test_air_write_clip ("a.mp4", 91));
  g_free (test_air_write_clip ("b.mp4", 92));
  test_service_fault (service,
      "poll:body={\"status\":\"succeeded\",\"video_url\":\"@URL@\","
      "\"usage\":{\"total_tokens\":108900,\"cost\":\"0.42 USD\"}}");
  for (guint i = 0; i < 2; i++) {
    TestRun *run = test_run_new (PLAYOUT "on-empty=eos" AIR_SINKS);
    TestAir *air = test_air_new (run);

    enqueue (run, "a", 91);
    enqueue (run, "b", 92);
    test_run_to_end (run);
    assert_spent (run, i == 0 ? "0.84 USD" : "", i == 0 ? 217800 : 0);
    fail_unless_equals_int (get_stat (run, "duplicated"), 2);
    assert_cost (run, "on-air", "a", i == 0 ? "0.42 USD" : NULL);
    assert_cost (run, "off-air", "b", i == 0 ? "0.42 USD" : NULL);
    test_run_free (run);
    test_air_free (air);
  }
  assert_posts (service, 2);
}
GST_END_TEST

/* The clip goes on air before it is complete, freezes where bytes are missing,
 * and is then shown to its end. */
GST_START_TEST (a_buffered_item_does_not_wait_for_its_last_byte)
{
  TestRun *run = test_run_new (
      PLAYOUT "start-when=buffered on-empty=eos resolution=480p "
              "duration=3 prompt=flash-and-beep seed=95" AIR_SINKS);
  TestAir *air = test_air_new (run);
  const GstStructure *told;
  guint64 held = 0;

  test_service_set (service, "{\"layout\":\"moov-first\"}");
  test_service_fault (service, "clip:hold-at=60%");
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "on-air", NULL);
  while (get_stat (run, "held") < 5)
    test_air_wait_frames (air, air->frames->len + 1);
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_air_assert_steady (air);
  told = test_air_wait_told (run, "off-air", NULL);
  fail_unless (gst_structure_get_uint64 (told, "held", &held));
  fail_unless (held >= 5);
  fail_unless_equals_int (count_distinct (air), 72);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
}
GST_END_TEST

static guint
count_items (const gchar *path)
{
  g_autofree gchar *text = NULL;
  guint items = 0;

  fail_unless (g_file_get_contents (path, &text, NULL, NULL));
  for (const gchar *line = text; (line = strstr (line, "{\"id\":")); line++)
    items++;

  return items;
}

GST_START_TEST (a_new_run_goes_on_behind_the_last_item)
{
  g_autofree gchar *text =
      g_strdup_printf (LINE LINE LINE, "a", 51, "b", 52, "c", 53);
  g_autofree gchar *path = test_home_write ("day.jsonl", text, strlen (text));
  g_autofree gchar *log = test_home_path ("as-run.jsonl");
  const gint seeds[] = { 52, 53 };

  for (guint i = 0; i < 2; i++) {
    TestRun *run = test_run_new (PLAYOUT
        "rundown=\"%s\" as-run=\"%s\" on-empty=eos" AIR_SINKS,
        path, log);
    TestAir *air = test_air_new (run);

    test_run_start (run, GST_STATE_PLAYING);
    if (i == 0) {
      test_air_wait_told (run, "on-air", "b");
      test_run_stop (run);
      /* The stop may return before the log is written. */
      while (count_items (log) < 2)
        g_usleep (1000);
    } else {
      test_run_wait (run, GST_MESSAGE_EOS);
      assert_seeds (air, seeds, G_N_ELEMENTS (seeds));
    }
    test_run_free (run);
    test_air_free (air);
  }
  fail_unless_equals_int (count_items (log), 4);
  assert_posts (service, 3);
}
GST_END_TEST

GST_START_TEST (filler_gives_way_to_a_clip)
{
  g_autofree gchar *clip = test_air_write_clip ("filler.mp4", 61);
  TestRun *run = test_run_new (PLAYOUT "filler=\"<%s>\"" AIR_SINKS, clip);
  TestAir *air = test_air_new (run);
  g_autoptr (GArray) stretches = NULL;
  guint last;

  test_service_set (service, "{\"generation_time\":36000}");
  enqueue (run, "clip", 62);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_clip_frames (air, 40);
  test_service_set (service, "{\"generation_time\":0}");
  test_air_wait_told (run, "off-air", "clip");
  test_air_wait_frames (air, air->frames->len + 5);
  test_run_stop (run);
  test_air_assert_steady (air);
  stretches = test_air_find_stretches (air);
  for (last = 0; get_seed (stretches, last) == 61; last++)
    ;
  fail_unless (last >= 2, "the filler was played %u times", last);
  fail_unless_equals_int (get_seed (stretches, last), 62);
  test_air_assert_clip (air, last, 1);
  fail_unless_equals_int (get_stat (run, "played"), 1);
  test_air_free (air);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* Filler that fails is tried again after 1, 2 and 4 s, and not each second. */
GST_START_TEST (filler_that_cannot_be_played_is_left_alone)
{
  TestRun *run = test_run_new (PLAYOUT "filler=\"</nowhere.mp4>\"" AIR_SINKS);
  TestAir *air = test_air_new (run);
  gint64 at[4];

  test_run_start (run, GST_STATE_PLAYING);
  for (guint i = 0; i < G_N_ELEMENTS (at); i++) {
    while (test_air_count_told (run, "failed") <= i)
      test_run_wait (run, GST_MESSAGE_ELEMENT);
    at[i] = g_get_monotonic_time ();
  }
  for (guint i = 1; i < G_N_ELEMENTS (at); i++)
    fail_unless (at[i] - at[0] > ((1 << i) - 1) * 9 * G_TIME_SPAN_SECOND / 10,
        "number %u came after %" G_GINT64_FORMAT " ms", i,
        (at[i] - at[0]) / 1000);
  test_run_stop (run);
  test_air_assert_steady (air);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

/* The label covers bits 6 and 7 of the frame number, which are 0 in these
 * clips. */
GST_START_TEST (a_generated_clip_bears_its_label)
{
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 71);
  g_autofree gchar *line =
      g_strdup_printf ("{\"id\":\"own\",\"uri\":\"%s\"}", clip);
  TestRun *run = test_run_new (PLAYOUT SMALL
      "prompt=flash-and-beep seed=72 ai-label=AI on-empty=eos" AIR_SINKS);
  TestAir *air = test_air_new (run);
  guint labelled = 0, plain = 0;

  fail_unless (emit (run, "enqueue", line));
  test_run_to_end (run);
  test_air_assert_steady (air);
  for (guint i = 0; i < air->frames->len; i++) {
    const TestFrame *frame = &g_array_index (air->frames, TestFrame, i);

    if (frame->number < 0)
      continue;
    labelled += frame->corner > 180;
    plain += frame->corner < 60;
  }
  fail_unless (labelled >= 24 && labelled <= 26, "%u labelled", labelled);
  fail_unless (plain >= 24 && plain <= 26, "%u plain", plain);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

static Suite *
playout_items_suite (void)
{
  Suite *suite = suite_create ("playout-items");
  TCase *tcase = test_case_new (suite, "items");

  tcase_add_test (tcase, a_file_is_played_and_watched);
  tcase_add_test (tcase, a_part_of_a_file_is_shown);
  tcase_add_loop_test (
      tcase, a_part_begins_with_its_first_frame, 0, G_N_ELEMENTS (starts));
  tcase_add_test (tcase, items_are_moved_removed_and_inserted);
  tcase_add_test (tcase, an_item_is_skipped_on_air);
  tcase_add_test (tcase, a_cleared_rundown_orders_nothing_more);
  tcase_add_test (tcase, only_what_is_next_is_decoded);
  tcase_add_test (tcase, no_more_is_ordered_than_allowed);
  tcase_add_test (tcase, what_was_spent_is_summed);
  tcase_add_test (tcase, a_buffered_item_does_not_wait_for_its_last_byte);
  tcase_add_test (tcase, a_new_run_goes_on_behind_the_last_item);
  tcase_add_test (tcase, filler_gives_way_to_a_clip);
  tcase_add_test (tcase, filler_that_cannot_be_played_is_left_alone);
  tcase_add_test (tcase, a_generated_clip_bears_its_label);

  return suite;
}

GST_CHECK_MAIN (playout_items)
