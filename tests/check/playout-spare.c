/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* While no item is ready, filler and repeats are on air: those that can be
 * played, and that nobody took off. */

#include "air.h"

#include <glib/gstdio.h>

#define PLAYOUT "seedanceplayout poll-interval=100 "

static guint
count_on_air (TestRun *run, const gchar *id)
{
  guint n = 0;

  test_run_drain (run);
  for (guint i = 0; i < run->said->len; i++) {
    const GstStructure *told =
        gst_message_get_structure (g_ptr_array_index (run->said, i));

    n += told && gst_structure_has_name (told, "seedance-playout") &&
         g_strcmp0 (gst_structure_get_string (told, "what"), "on-air") == 0 &&
         g_strcmp0 (gst_structure_get_string (told, "id"), id) == 0;
  }

  return n;
}

static void
wait_on_air (TestRun *run, const gchar *id, guint times)
{
  while (count_on_air (run, id) < times)
    test_run_wait (run, GST_MESSAGE_ELEMENT);
}

/* Two of three files are gone when they are to be repeated. */
GST_START_TEST (a_repeat_that_is_lost_is_not_tried_again)
{
  g_autofree gchar *a = test_air_write_clip ("a.mp4", 11);
  g_autofree gchar *b = test_air_write_clip ("b.mp4", 12);
  g_autofree gchar *c = test_air_write_clip ("c.mp4", 13);
  TestRun *run = test_run_new (PLAYOUT "hold=true on-empty=loop" AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_air_enqueue (run, "a", a);
  test_air_enqueue (run, "b", b);
  test_air_enqueue (run, "c", c);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "ready", "a");
  test_air_wait_told (run, "ready", "b");
  test_air_wait_told (run, "ready", "c");
  g_remove (a);
  g_remove (b);
  g_object_set (test_run_get (run, "out"), "hold", FALSE, NULL);
  wait_on_air (run, "c", 5);
  fail_unless_equals_int (test_air_count_told (run, "failed"), 2);
  test_run_stop (run);
  test_air_assert_steady (air);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 0);
}
GST_END_TEST

/* Waits until the repeats take turns, the item @id among them. */
static void
wait_for_repeats (TestRun *run, const gchar *id)
{
  wait_on_air (run, id, 3);
}

static TestRun *
start_loop_of_two (TestAir **air)
{
  g_autofree gchar *a = test_air_write_clip ("a.mp4", 11);
  g_autofree gchar *b = test_air_write_clip ("b.mp4", 12);
  TestRun *run = test_run_new (PLAYOUT "on-empty=loop" AIR_SINKS);

  *air = test_air_new (run);
  test_air_enqueue (run, "a", a);
  test_air_enqueue (run, "b", b);
  test_run_start (run, GST_STATE_PLAYING);

  return run;
}

static void
end_loop (TestRun *run, TestAir *air)
{
  test_run_stop (run);
  test_air_assert_steady (air);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 0);
}

static gboolean
skip (TestRun *run)
{
  gboolean done = FALSE;

  g_signal_emit_by_name (test_run_get (run, "out"), "skip", &done);

  return done;
}

static gboolean
remove_item (TestRun *run, const gchar *id)
{
  gboolean done = FALSE;

  g_signal_emit_by_name (test_run_get (run, "out"), "remove", id, &done);

  return done;
}

static gboolean
tells (TestRun *run, guint i, const gchar *field, const gchar *value)
{
  const GstStructure *told =
      gst_message_get_structure (g_ptr_array_index (run->said, i));

  return told && gst_structure_has_name (told, "seedance-playout") &&
         g_strcmp0 (gst_structure_get_string (told, field), value) == 0;
}

/* Returns the index of the message that something was skipped; behind the last
 * message if nothing was. */
static guint
find_skip (TestRun *run)
{
  guint i = 0;

  test_run_drain (run);
  while (i < run->said->len && !tells (run, i, "reason", "skipped"))
    i++;

  return i;
}

/* Returns the id of what was skipped, or NULL. */
static const gchar *
find_skipped (TestRun *run)
{
  const guint i = find_skip (run);

  return i < run->said->len
             ? gst_structure_get_string (
                   gst_message_get_structure (g_ptr_array_index (run->said, i)),
                   "id")
             : NULL;
}

/* Waits for the skip. Nothing may be on air behind it. */
static void
assert_empty_behind_skip (TestRun *run)
{
  guint i;

  while ((i = find_skip (run)) == run->said->len)
    test_run_wait (run, GST_MESSAGE_ELEMENT);
  for (;; i++) {
    while (i == run->said->len)
      test_run_wait (run, GST_MESSAGE_ELEMENT);
    fail_if (tells (run, i, "what", "on-air"));
    if (tells (run, i, "what", "empty"))
      return;
  }
}

/* On a busy machine the next item may be on air by the time of the skip. */
GST_START_TEST (what_was_skipped_is_not_repeated)
{
  TestAir *air;
  TestRun *run = start_loop_of_two (&air);
  const gchar *skipped, *other;
  guint before;

  test_air_wait_told (run, "on-air", "a");
  fail_unless (skip (run));
  while (!(skipped = find_skipped (run)))
    test_run_wait (run, GST_MESSAGE_ELEMENT);
  before = count_on_air (run, skipped);
  other = g_str_equal (skipped, "a") ? "b" : "a";
  wait_on_air (run, other, count_on_air (run, other) + 3);
  fail_unless_equals_int (count_on_air (run, skipped), before);
  end_loop (run, air);
}
GST_END_TEST

/* The next repeat of the only clip is ready when the one on air is skipped. */
GST_START_TEST (the_only_repeat_is_skipped_for_good)
{
  g_autofree gchar *a = test_air_write_clip ("a.mp4", 11);
  TestRun *run = test_run_new (PLAYOUT "on-empty=loop" AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_air_enqueue (run, "a", a);
  test_run_start (run, GST_STATE_PLAYING);
  wait_on_air (run, "a", 2);
  while (test_air_count_told (run, "ready") < 3)
    test_run_wait (run, GST_MESSAGE_ELEMENT);
  fail_unless (skip (run));
  assert_empty_behind_skip (run);
  end_loop (run, air);
}
GST_END_TEST

/* The same clip is shown under a second id. The repeat that was made ready
 * meanwhile has the first one. Each of the ids removes the clip. */
static const gchar *const names[] = { "a", "b" };

GST_START_TEST (a_clip_of_two_ids_is_removed_under_each)
{
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 11);
  TestRun *run = test_run_new (PLAYOUT "on-empty=loop" AIR_SINKS);
  TestAir *air = test_air_new (run);
  guint before;

  test_air_enqueue (run, "a", clip);
  test_run_start (run, GST_STATE_PLAYING);
  wait_on_air (run, "a", 2);
  test_air_enqueue (run, "b", clip);
  wait_on_air (run, "b", 1);
  before = count_on_air (run, "a");
  wait_on_air (run, "a", before + 1);
  fail_unless (remove_item (run, names[__i__]));
  assert_empty_behind_skip (run);
  end_loop (run, air);
}
GST_END_TEST

GST_START_TEST (what_was_removed_is_not_repeated)
{
  TestAir *air;
  TestRun *run = start_loop_of_two (&air);
  guint before;

  wait_for_repeats (run, "a");
  fail_unless (remove_item (run, "a"));
  fail_if (remove_item (run, "a"));
  before = count_on_air (run, "a");
  wait_on_air (run, "b", count_on_air (run, "b") + 3);
  fail_unless (count_on_air (run, "a") <= before + 1);
  end_loop (run, air);
}
GST_END_TEST

GST_START_TEST (what_was_cleared_is_not_repeated)
{
  TestAir *air;
  TestRun *run = start_loop_of_two (&air);
  guint before, shown;

  wait_for_repeats (run, "a");
  before = test_air_count_told (run, "empty");
  g_signal_emit_by_name (test_run_get (run, "out"), "clear");
  while (test_air_count_told (run, "empty") == before)
    test_run_wait (run, GST_MESSAGE_ELEMENT);
  shown = test_air_count_told (run, "on-air");
  test_air_wait_frames (air, air->frames->len + 50);
  fail_unless_equals_int (test_air_count_told (run, "on-air"), shown);
  end_loop (run, air);
}
GST_END_TEST

/* Filler is on air until the last item fails. */
GST_START_TEST (filler_does_not_hold_the_end)
{
  g_autofree gchar *filler = test_air_write_clip ("filler.mp4", 11);
  TestRun *run =
      test_run_new (PLAYOUT "prompt=doomed resolution=480p duration=1 "
                            "on-empty=eos filler=\"<%s>\"" AIR_SINKS,
          filler);
  TestAir *air = test_air_new (run);

  test_service_set (service, "{\"generation_time\":36000}");
  test_run_start (run, GST_STATE_PLAYING);
  wait_on_air (run, filler, 1);
  test_service_set (service, "{\"generation_time\":0}");
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  test_air_free (air);
}
GST_END_TEST

GST_START_TEST (repeats_take_the_place_of_filler)
{
  g_autofree gchar *a = test_air_write_clip ("a.mp4", 11);
  TestRun *run = test_run_new (
      PLAYOUT "on-empty=loop filler=\"</nowhere,/neither>\"" AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_air_enqueue (run, "a", a);
  test_run_start (run, GST_STATE_PLAYING);
  wait_on_air (run, "a", 4);
  end_loop (run, air);
}
GST_END_TEST

static gchar *
make_folder (void)
{
  gchar *folder = test_home_path ("filler");

  fail_unless (g_mkdir (folder, 0700) == 0);

  return folder;
}

/* A file with a long name that ends in a blank, and one that comes later. */
GST_START_TEST (any_file_in_a_folder_is_filler)
{
  g_autofree gchar *folder = make_folder ();
  g_autofree gchar *letters = g_strnfill (210, 'x');
  g_autofree gchar *name = g_strconcat ("filler/", letters, " ", NULL);
  g_autofree gchar *early = test_air_write_clip (name, 11);
  g_autofree gchar *late = NULL;
  TestRun *run = test_run_new (PLAYOUT "filler=\"<%s>\"" AIR_SINKS, folder);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  wait_on_air (run, early, 2);
  late = test_air_write_clip ("filler/late.mp4", 12);
  wait_on_air (run, late, 1);
  wait_on_air (run, early, 3);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_WARNING), 0);
  end_loop (run, air);
}
GST_END_TEST

GST_START_TEST (filler_that_is_no_file_is_told)
{
  g_autofree gchar *folder = make_folder ();
  TestRun *run =
      test_run_new (PLAYOUT "filler=\"<%s,seedance:x>\"" AIR_SINKS, folder);
  TestAir *air = test_air_new (run);
  g_autofree gchar *late = NULL;

  test_run_start (run, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_WARNING);
  late = test_air_write_clip ("filler/late.mp4", 12);
  wait_on_air (run, late, 2);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_WARNING), 1);
  end_loop (run, air);
}
GST_END_TEST

/* A repeat waits for its turn when on-empty is changed. */
GST_START_TEST (filler_takes_the_place_of_repeats)
{
  g_autofree gchar *a = test_air_write_clip ("a.mp4", 11);
  g_autofree gchar *folder = make_folder ();
  g_autofree gchar *late = NULL;
  TestRun *run =
      test_run_new (PLAYOUT "on-empty=loop filler=\"<%s>\"" AIR_SINKS, folder);
  TestAir *air = test_air_new (run);

  test_air_enqueue (run, "a", a);
  test_run_start (run, GST_STATE_PLAYING);
  wait_on_air (run, "a", 2);
  while (test_air_count_told (run, "ready") < 3)
    test_run_wait (run, GST_MESSAGE_ELEMENT);
  gst_util_set_object_arg (
      G_OBJECT (test_run_get (run, "out")), "on-empty", "slate");
  late = test_air_write_clip ("filler/late.mp4", 12);
  wait_on_air (run, late, 2);
  end_loop (run, air);
}
GST_END_TEST

static Suite *
playout_spare_suite (void)
{
  Suite *suite = suite_create ("playout-spare");
  TCase *tcase = test_case_new (suite, "spare");

  tcase_add_test (tcase, a_repeat_that_is_lost_is_not_tried_again);
  tcase_add_test (tcase, what_was_skipped_is_not_repeated);
  tcase_add_test (tcase, the_only_repeat_is_skipped_for_good);
  tcase_add_loop_test (
      tcase, a_clip_of_two_ids_is_removed_under_each, 0, G_N_ELEMENTS (names));
  tcase_add_test (tcase, what_was_removed_is_not_repeated);
  tcase_add_test (tcase, what_was_cleared_is_not_repeated);
  tcase_add_test (tcase, filler_does_not_hold_the_end);
  tcase_add_test (tcase, repeats_take_the_place_of_filler);
  tcase_add_test (tcase, filler_takes_the_place_of_repeats);
  tcase_add_test (tcase, any_file_in_a_folder_is_filler);
  tcase_add_test (tcase, filler_that_is_no_file_is_told);

  return suite;
}

GST_CHECK_MAIN (playout_spare)
