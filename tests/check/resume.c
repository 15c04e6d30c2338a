/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes that came before a stop or a crash are not downloaded again. They are
 * kept in a .part file, with a .map file that lists its pieces and their
 * checksums. Foreign files in their place are neither believed nor written
 * to. */

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger.h"
#include "plays.h"
#include "puller.h"

#define SEAM (16 * 1024)
/* The unit in which bytes are written, and so the most that a crash loses. */
#define BLOCK (256 * 1024)
#define PLAYED "SELECT count(*) FROM attempts WHERE state = 'played';"

static gsize
play_whole (const gchar *properties)
{
  gsize size = test_play_clip (properties);

  assert_posts (service, 1);

  return size;
}

/* Returns the path of a file in the state folder, or NULL. g_free(). */
static gchar *
find_file (const gchar *suffix)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_auto (GStrv) names = test_home_list_state ();

  for (guint i = 0; names[i]; i++) {
    if (g_str_has_suffix (names[i], suffix))
      return g_build_filename (dir, names[i], NULL);
  }

  return NULL;
}

/* Ends the hold when the client is gone, and waits until the service has seen
 * that. Until then it counts bytes that it sends to nobody. @answers: how many
 * answers the service had given before. */
static void
let_go (gint64 answers)
{
  test_wait_for_part ();
  test_service_fault (service, "");
  test_service_release (service);
  test_service_wait (service, "answers", (guint) answers + 1);
}

/* Downloads @percent of the clip and stops. Returns the clip's size. */
static gsize
stop_at (guint percent)
{
  TestPuller *puller = test_puller_new (CLIP);
  g_autofree gchar *faults =
      g_strdup_printf ("clip@1:hold-at=%u%%\nend:drop", percent);
  g_autoptr (GBytes) clip = NULL, part = NULL;
  GstFlowReturn flow;
  gint64 answers;
  gsize size;

  test_service_set (service, "{\"layout\":\"moov-first\"}");
  test_service_fault (service, faults);
  part = test_puller_read (puller, 0, 16, &flow);
  fail_unless_equals_int (flow, GST_FLOW_OK);
  clip = test_service_get_clip (service, 0);
  size = g_bytes_get_size (clip);
  g_bytes_unref (part);
  part = test_puller_read (puller, size * percent / 100 - 1, 1, &flow);
  fail_unless_equals_int (flow, GST_FLOW_OK);
  answers = test_service_count_answers (service);
  test_puller_free (puller);
  let_go (answers);

  return size;
}

static const guint stops[] = { 95, 50, 10 };

GST_START_TEST (after_a_stop_only_the_rest_is_fetched)
{
  gsize size = stop_at (stops[__i__]);
  gint64 before = test_service_count (service, "clip_bytes");
  g_autofree gchar *part = NULL, *map = NULL;

  play_whole ("");
  fail_unless (test_service_count (service, "clip_bytes") - before <=
               (gint64) (size - size * stops[__i__] / 100) + SEAM + 1);
  assert_count (service, "clip_requests", 2);
  assert_count (service, "bare_ranges", 0);
  part = find_file (".part");
  map = find_file (".map");
  fail_unless (part == NULL && map == NULL);
}
GST_END_TEST

GST_START_TEST (several_stops_add_up)
{
  TestPuller *puller;
  g_autoptr (GBytes) part = NULL;
  GstFlowReturn flow;
  gsize size = stop_at (30);
  gint64 before, answers;

  test_service_fault (service, "clip@1:hold-at=50%");
  puller = test_puller_new (CLIP);
  part = test_puller_read (puller, size * 60 / 100, 1, &flow);
  fail_unless_equals_int (flow, GST_FLOW_OK);
  answers = test_service_count_answers (service);
  test_puller_free (puller);
  let_go (answers);
  before = test_service_count (service, "clip_bytes");
  play_whole ("");
  fail_unless (test_service_count (service, "clip_bytes") - before <=
               (gint64) size * 40 / 100 + SEAM);
  assert_count (service, "clip_requests", 3);
}
GST_END_TEST

/* Waits until the map has a line for the first block. */
static void
wait_for_map (void)
{
  gint64 end = g_get_monotonic_time () + test_patience ();

  for (;;) {
    g_autofree gchar *map = find_file (".map");
    g_autofree gchar *text = NULL;

    if (map && g_file_get_contents (map, &text, NULL, NULL) &&
        strstr (text, "\n0 ") != NULL)
      return;
    fail_unless (g_get_monotonic_time () < end, "nothing is written");
    g_usleep (10 * 1000);
  }
}

static void
crash (void)
{
  g_autoptr (GSubprocess) process = NULL;
  gint64 answers;

  test_service_set (service, "{\"layout\":\"moov-first\"}");
  test_service_fault (service, "clip@1:rate=300000+hold-at=80%\nend:drop");
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL,
      g_getenv ("SEEDANCE_PLAY"), CLIP "! fakesink", NULL);
  fail_unless (process != NULL);
  wait_for_map ();
  answers = test_service_count_answers (service);
  test_send_signal (process, SIGKILL);
  g_subprocess_wait (process, NULL, NULL);
  let_go (answers);
}

GST_START_TEST (after_a_crash_what_was_written_is_not_fetched_again)
{
  gint64 before;
  gsize size;

  crash ();
  before = test_service_count (service, "clip_bytes");
  size = play_whole ("");
  fail_unless (size > BLOCK);
  fail_unless (test_service_count (service, "clip_bytes") - before <=
               (gint64) size - BLOCK + SEAM + 24 * 1024);
}
GST_END_TEST

/* Imitates a disk that lost data, and a map that was cut, made up or
 * removed. */
static void
spoil (guint how)
{
  g_autofree gchar *part = find_file (".part"), *map = find_file (".map");
  g_autofree gchar *text = NULL, *data = NULL;
  gsize size;

  fail_unless (g_file_get_contents (map, &text, NULL, NULL));
  fail_unless (g_file_get_contents (part, &data, &size, NULL));
  switch (how) {
    case 0:
      memset (data + 1000, 0, 4096);
      g_file_set_contents_full (
          part, data, size, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
      break;
    case 1:
      fail_unless (truncate (part, 5000) == 0);
      break;
    case 2:
      fail_unless (truncate (map, strlen (text) - 3) == 0);
      break;
    case 3:
      g_file_set_contents_full (map, "seedance-part 2\nsize 99\n0 99 1\n", -1,
          G_FILE_SET_CONTENTS_NONE, 0600, NULL);
      break;
    case 4:
      g_file_set_contents_full (
          map, "\n\n0 -1 x", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
      break;
    default:
      g_unlink (map);
      break;
  }
}

GST_START_TEST (a_part_that_was_spoilt_is_not_believed)
{
  crash ();
  spoil ((guint) __i__);
  play_whole ("");
}
GST_END_TEST

/* No byte of the part was read yet, so the run begins again by itself. */
GST_START_TEST (a_part_that_does_not_fit_any_more_is_dropped)
{
  stop_at (60);
  test_service_fault (
      service, "clip@1:other-object+no-etag+no-date+ignore-if-range\nend:drop");
  play_whole ("retries=0");
  assert_count (service, "clip_requests", 3);
}
GST_END_TEST

GST_START_TEST (a_part_under_another_label_is_compared_and_kept)
{
  gsize size = stop_at (60);
  gint64 before = test_service_count (service, "clip_bytes");

  test_service_fault (
      service, "clip:fresh-etag+fresh-date+ignore-if-range\nend:drop");
  play_whole ("retries=0");
  fail_unless (test_service_count (service, "clip_bytes") - before <=
               (gint64) size * 41 / 100 + SEAM);
}
GST_END_TEST

static guint64
mix (guint64 sum, guint64 word)
{
  sum = (sum ^ word) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  return sum ^ sum >> 29;
}

/* Computes the checksum that the map has for a piece. It only shows that these
 * bytes were stored, and not whose they are. */
static guint64
checksum (guint64 start, const guint8 *data, gsize size)
{
  guint64 sums[] = { start, start + 1, start + 2, start + 3 };
  guint64 sum = 0, word;

  for (guint i = 0; size >= 8 * (4 - i % 4); data += 8, size -= 8, i++) {
    memcpy (&word, data, 8);
    sums[i % 4] = mix (sums[i % 4], word);
  }
  for (; size > 0; data++, size--)
    sums[0] = mix (sums[0], *data);
  for (guint i = 0; i < 4; i++)
    sum = mix (sum, sums[i]);

  return sum;
}

static void
map_piece (GString *map, const GByteArray *part, gsize start, gsize end)
{
  g_string_append_printf (map,
      "%" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT " %" G_GINT64_MODIFIER "x\n",
      start, end - start, checksum (start, part->data + start, end - start));
}

static void
write_over (const gchar *suffix, const void *data, gsize size)
{
  g_autofree gchar *path = find_file (suffix);

  fail_unless (path != NULL);
  fail_unless (g_file_set_contents_full (
      path, data, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

typedef struct {
  const gchar *name;
  gint size;         /* percent of the clip's, as in the map; 0 = none */
  gint there;        /* percent of the clip that is in the part */
  gint island;       /* percent; from here it is there, too; 0 = not */
  gsize spaces;      /* bytes of spaces behind the clip */
  gboolean page;     /* the page of a proxy instead of the clip */
  gint other_from;   /* percent; another clip from here; 100 = none */
  gboolean unmapped; /* the rest of the file is not in the map */
} Wrong;

static const Wrong wrongs[] = {
  { "a little too long", 0, 100, 0, 5000, FALSE, 100 },
  { "much too long", 0, 100, 0, 1000000, FALSE, 100 },
  { "too long, not in the map", 100, 60, 0, 1000000, FALSE, 100, TRUE },
  { "a page", 100, 60, 0, 0, TRUE, 100 },
  { "a page that is whole", 60, 60, 0, 0, TRUE, 100 },
  { "a page of the clip's size", 100, 100, 0, 0, TRUE, 100 },
  { "another clip", 100, 60, 0, 0, FALSE, 0 },
  { "another clip, whole", 100, 100, 0, 0, FALSE, 0 },
  { "another clip, whole, of no size", 0, 100, 0, 0, FALSE, 0 },
  { "another clip's end", 100, 60, 90, 0, FALSE, 90 },
  { "too small a size", 60, 60, 0, 0, FALSE, 100 },
  { "too large a size", 120, 60, 0, 0, FALSE, 100 },
  { "too large a size, whole", 120, 100, 0, 0, FALSE, 100 },
};

static const gchar *servers[] = { "", "clip:no-range", "clip:no-range+chunked",
  "clip:no-range+no-length", "clip:no-etag+no-date+ignore-if-range" };

/* Stores a wrong part whose checksums match, and which no label contradicts. */
static void
keep_wrong (const Wrong *wrong)
{
  g_autoptr (GBytes) clip = test_service_get_clip (service, 0);
  gsize size = g_bytes_get_size (clip), there;
  g_autoptr (GByteArray) part = g_byte_array_new ();
  g_autoptr (GString) map = g_string_new ("seedance-part 2\n");
  gsize kept = size * (gsize) wrong->there / 100;

  there = wrong->island || wrong->unmapped ? size : kept;
  g_byte_array_append (part, g_bytes_get_data (clip, NULL), (guint) there);
  g_byte_array_set_size (part, (guint) (there + wrong->spaces));
  memset (part->data + there, ' ', wrong->spaces);
  if (wrong->page) {
    memset (part->data, ' ', there);
    memcpy (part->data, "<!DOCTYPE html>", 15);
  }
  for (gsize i = size * (gsize) wrong->other_from / 100; i < there; i++)
    part->data[i] ^= 0x5a;
  if (wrong->size > 0)
    g_string_append_printf (
        map, "size %" G_GSIZE_FORMAT "\n", size * (gsize) wrong->size / 100);
  map_piece (map, part, 0, wrong->unmapped ? kept : kept + wrong->spaces);
  if (wrong->island > 0)
    map_piece (map, part, size * (gsize) wrong->island / 100, size);
  write_over (".part", part->data, part->len);
  write_over (".map", map->str, map->len);
}

GST_START_TEST (a_part_that_is_wrong_is_dropped_in_the_same_run)
{
  const Wrong *wrong = &wrongs[__i__ / G_N_ELEMENTS (servers)];
  const gchar *server = servers[__i__ % G_N_ELEMENTS (servers)];

  GST_INFO ("%s, %s", wrong->name, server);
  stop_at (50);
  keep_wrong (wrong);
  test_service_fault (service, server);
  play_whole ("retries=0");
  fail_unless (test_service_count (service, "clip_requests") <= 5);
}
GST_END_TEST

static const gchar *failures[][2] = {
  { "clip:endless", "retries=0 max-size=3000000" },
  { "clip:chunked", "retries=0 max-size=100000" },
  { "clip:html", "retries=0" },
  { "clip:garbage", "retries=0" },
  { "clip:truncate=7+no-length", "retries=0" },
};

GST_START_TEST (after_a_failure_the_clip_comes_whole)
{
  TestRun *run = test_run_new (CLIP "%s ! fakesink", failures[__i__][1]);

  test_service_fault (service, failures[__i__][0]);
  test_run_to_error (run);
  test_run_free (run);
  test_service_fault (service, "");
  play_whole ("retries=0");
}
GST_END_TEST

GST_START_TEST (two_processes_at_one_clip_do_not_disturb_each_other)
{
  TestRun *run = test_run_new (CLIP "! fakesink name=out");
  TestTap *tap = test_run_tap (run, "out");
  g_autoptr (GSubprocess) other = NULL;
  g_autoptr (GBytes) clip = NULL;

  test_service_fault (service, "clip@1:hold-at=50%\nend:drop");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "clips_held", 1);
  other = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL,
      g_getenv ("SEEDANCE_PLAY"), CLIP "! fakesink", NULL);
  fail_unless (g_subprocess_wait_check (other, NULL, NULL));
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  clip = test_service_get_clip (service, 0);
  test_tap_assert_bytes (tap, clip);
  test_run_free (run);
  assert_posts (service, 1);
  test_service_fault (service, "clip:drop\nend:drop");
  play_whole ("reuse=always");
}
GST_END_TEST

static void
plant (const gchar *path, const gchar *victim, guint what)
{
  g_unlink (path);
  switch (what) {
    case 0:
      fail_unless (symlink (victim, path) == 0);
      break;
    case 1:
      fail_unless (link (victim, path) == 0);
      break;
    case 2:
      fail_unless (mkfifo (path, 0600) == 0);
      break;
    case 3:
      fail_unless (g_mkdir (path, 0700) == 0);
      break;
    default:
      fail_unless (symlink ("/dev/zero", path) == 0);
      break;
  }
}

#define N_PLANTS 5
#define SECRET "a file outside of the folder"

static void
assert_untouched (const gchar *victim)
{
  g_autofree gchar *text = NULL;

  fail_unless (g_file_get_contents (victim, &text, NULL, NULL));
  fail_unless_equals_string (text, SECRET);
}

static const gchar *suffixes[] = { ".part", ".map" };

GST_START_TEST (what_stands_in_the_place_of_a_part_is_not_written_to)
{
  g_autofree gchar *victim =
      test_home_write ("victim", SECRET, strlen (SECRET));
  g_autofree gchar *path = NULL;

  stop_at (50);
  path = find_file (suffixes[__i__ / N_PLANTS]);
  fail_unless (path != NULL);
  plant (path, victim, (guint) __i__ % N_PLANTS);
  play_whole ("");
  assert_untouched (victim);
}
GST_END_TEST

GST_START_TEST (a_part_that_is_swapped_while_it_is_written_is_not_followed)
{
  g_autofree gchar *victim =
      test_home_write ("victim", SECRET, strlen (SECRET));
  TestRun *run = test_run_new (CLIP "! fakesink name=out");
  TestTap *tap = test_run_tap (run, "out");
  g_autofree gchar *path = NULL, *stored = NULL;
  g_autoptr (GBytes) clip = NULL;

  test_service_fault (service, "clip@1:hold-at=50%\nend:drop");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "clips_held", 1);
  path = find_file (".part");
  fail_unless (path != NULL);
  plant (path, victim, 0);
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  clip = test_service_get_clip (service, 0);
  test_tap_assert_bytes (tap, clip);
  test_run_free (run);
  assert_untouched (victim);
  stored = find_file (".mp4");
  fail_unless (stored == NULL);
  play_whole ("");
}
GST_END_TEST

static void
write_tiny_boxes (const gchar *path, gsize size)
{
  static const gchar head[] = "\0\0\0\bftyp\0\0\0\bmoov";
  g_autofree gchar *data = g_malloc (size);

  for (gsize i = 0; i + 8 <= size; i += 8)
    memcpy (data + i, "\0\0\0\bfree", 8);
  memcpy (data, head, 16);
  fail_unless (g_file_set_contents_full (
      path, data, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static void
change_recorded_size (gsize size)
{
  g_autofree gchar *sql =
      g_strdup_printf ("UPDATE attempts SET size = %" G_GSIZE_FORMAT ";", size);

  /* This is the last write of the run before. */
  test_ledger_wait (PLAYED, TRUE);
  test_ledger_change (sql);
}

#define TINY_SIZE ((gsize) 64 * 1000 * 1000)

GST_START_TEST (a_stored_clip_of_tiny_boxes_costs_no_time)
{
  g_autofree gchar *path = NULL;
  gint64 begun;

  play_whole ("reuse=always");
  path = find_file (".mp4");
  write_tiny_boxes (path, TINY_SIZE);
  change_recorded_size (TINY_SIZE);
  begun = g_get_monotonic_time ();
  play_whole ("reuse=always");
  fail_unless (g_get_monotonic_time () - begun <
               5 * G_TIME_SPAN_SECOND * test_slowness ());
  fail_unless (test_service_count (service, "clip_requests") >= 2);
}
GST_END_TEST

GST_START_TEST (what_stands_in_the_place_of_a_stored_clip_is_not_played)
{
  g_autofree gchar *victim =
      test_home_write ("victim", SECRET, strlen (SECRET));
  g_autofree gchar *path = NULL;

  play_whole ("reuse=always");
  path = find_file (".mp4");
  if (__i__ < N_PLANTS) {
    plant (path, victim, (guint) __i__);
  } else {
    fail_unless (truncate (path, (off_t) 2 << 30) == 0);
    change_recorded_size ((gsize) 2 << 30);
  }
  play_whole ("reuse=always");
  assert_untouched (victim);
}
GST_END_TEST

static Suite *
resume_suite (void)
{
  Suite *suite = suite_create ("resume");
  TCase *stopped = test_case_new (suite, "stops");
  TCase *crashed = test_case_new (suite, "crashes");
  TCase *foreign = test_case_new (suite, "foreign");

  tcase_add_loop_test (
      stopped, after_a_stop_only_the_rest_is_fetched, 0, G_N_ELEMENTS (stops));
  tcase_add_test (stopped, several_stops_add_up);
  tcase_add_test (stopped, a_part_that_does_not_fit_any_more_is_dropped);
  tcase_add_test (stopped, a_part_under_another_label_is_compared_and_kept);
  tcase_add_loop_test (stopped, a_part_that_is_wrong_is_dropped_in_the_same_run,
      0, G_N_ELEMENTS (wrongs) * G_N_ELEMENTS (servers));
  tcase_add_loop_test (stopped, after_a_failure_the_clip_comes_whole, 0,
      G_N_ELEMENTS (failures));
  tcase_add_test (stopped, two_processes_at_one_clip_do_not_disturb_each_other);
  tcase_add_test (crashed, after_a_crash_what_was_written_is_not_fetched_again);
  tcase_add_loop_test (crashed, a_part_that_was_spoilt_is_not_believed, 0, 6);
  tcase_add_loop_test (foreign,
      what_stands_in_the_place_of_a_part_is_not_written_to, 0, 2 * N_PLANTS);
  tcase_add_test (
      foreign, a_part_that_is_swapped_while_it_is_written_is_not_followed);
  tcase_add_test (foreign, a_stored_clip_of_tiny_boxes_costs_no_time);
  tcase_add_loop_test (foreign,
      what_stands_in_the_place_of_a_stored_clip_is_not_played, 0, N_PLANTS + 1);

  return suite;
}

GST_CHECK_MAIN (resume)
