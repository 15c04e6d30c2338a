/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the index of MP4 files. The tests build an index box by box, usually
 * with one track and one sample in each chunk. */
#include "timeline.h"

#include <string.h>

#define SECOND G_GINT64_CONSTANT (1000000000)
#define SLICES SEEDANCE_TIMELINE_SLICES
#define SCALE 1000

static void
add_u32 (GByteArray *bytes, guint32 value)
{
  value = GUINT32_TO_BE (value);
  g_byte_array_append (bytes, (const guint8 *) &value, 4);
}

/* Returns the start of the box. close_box() fills in its size. */
static guint
open_box (GByteArray *bytes, const gchar *type)
{
  guint start = bytes->len;

  add_u32 (bytes, 0);
  g_byte_array_append (bytes, (const guint8 *) type, 4);

  return start;
}

static void
close_box (GByteArray *bytes, guint start)
{
  guint32 size = GUINT32_TO_BE (bytes->len - start);

  memcpy (bytes->data + start, &size, 4);
}

static void
add_mvhd (GByteArray *bytes, const gchar *type, guint32 duration)
{
  guint box = open_box (bytes, type);

  for (guint i = 0; i < 3; i++)
    add_u32 (bytes, 0);
  add_u32 (bytes, SCALE);
  add_u32 (bytes, duration);
  close_box (bytes, box);
}

/* Adds a track: @sizes ends with 0, the first sample is at @offset, each sample
 * lasts @delta milliseconds. */
static void
add_trak (GByteArray *bytes, const guint32 *sizes, guint32 offset,
    guint32 delta, guint32 per_chunk)
{
  guint trak = open_box (bytes, "trak");
  guint mdia = open_box (bytes, "mdia");
  guint minf, stbl, box;
  guint32 n = 0;

  while (sizes[n])
    n++;
  add_mvhd (bytes, "mdhd", n * delta);
  minf = open_box (bytes, "minf");
  stbl = open_box (bytes, "stbl");
  box = open_box (bytes, "stts");
  add_u32 (bytes, 0);
  add_u32 (bytes, 1);
  add_u32 (bytes, n);
  add_u32 (bytes, delta);
  close_box (bytes, box);
  box = open_box (bytes, "stsc");
  add_u32 (bytes, 0);
  add_u32 (bytes, 1);
  add_u32 (bytes, 1);
  add_u32 (bytes, per_chunk);
  add_u32 (bytes, 1);
  close_box (bytes, box);
  box = open_box (bytes, "stsz");
  add_u32 (bytes, 0);
  add_u32 (bytes, 0);
  add_u32 (bytes, n);
  for (guint32 i = 0; i < n; i++)
    add_u32 (bytes, sizes[i]);
  close_box (bytes, box);
  box = open_box (bytes, "stco");
  add_u32 (bytes, 0);
  add_u32 (bytes, (n + per_chunk - 1) / per_chunk);
  for (guint32 i = 0; i < n; i++) {
    if (i % per_chunk == 0)
      add_u32 (bytes, offset);
    offset += sizes[i];
  }
  close_box (bytes, box);
  close_box (bytes, stbl);
  close_box (bytes, minf);
  close_box (bytes, mdia);
  close_box (bytes, trak);
}

/* A clip of 4 s that needs most of its bytes in the first second. */
static const guint32 front_loaded[] = { 7000, 1000, 1000, 1000, 0 };

static GByteArray *
make_moov (guint32 per_chunk)
{
  GByteArray *bytes = g_byte_array_new ();
  guint moov = open_box (bytes, "moov");

  add_mvhd (bytes, "mvhd", 4 * SCALE);
  add_trak (bytes, front_loaded, 100, SCALE, per_chunk);
  close_box (bytes, moov);

  return bytes;
}

/* The timeline says which bytes are needed up to each moment, and back. */
static void
test_samples_tell_what_is_needed_when (gconstpointer per_chunk)
{
  g_autoptr (GByteArray) moov = make_moov (GPOINTER_TO_UINT (per_chunk));
  SeedanceTimeline timeline;

  seedance_timeline_read (&timeline, moov->data, moov->len, 100, 10100);
  g_assert_cmpint (timeline.duration, ==, 4 * SECOND);
  g_assert_true (timeline.exact);
  for (guint i = 0; i < SLICES; i++)
    g_assert_cmpuint (
        timeline.need[i], ==, 100 + 7000 + 1000 * (i / (SLICES / 4)));
  g_assert_cmpint (seedance_timeline_time_of (&timeline, 0), ==, 0);
  g_assert_cmpint (seedance_timeline_time_of (&timeline, 7100), ==, 0);
  g_assert_cmpint (seedance_timeline_time_of (&timeline, 7101), ==, SECOND);
  g_assert_cmpint (
      seedance_timeline_time_of (&timeline, 10100), ==, 3 * SECOND);
}

/* A player needs the bytes of both tracks. */
static void
test_the_slower_track_counts (void)
{
  static const guint32 sound[] = { 50, 50, 50, 50, 0 };
  g_autoptr (GByteArray) moov = g_byte_array_new ();
  guint box = open_box (moov, "moov");
  SeedanceTimeline timeline;

  add_mvhd (moov, "mvhd", 4 * SCALE);
  add_trak (moov, front_loaded, 100, SCALE, 1);
  /* The sound follows after all the pictures. */
  add_trak (moov, sound, 10100, SCALE, 1);
  close_box (moov, box);
  seedance_timeline_read (&timeline, moov->data, moov->len, 100, 10300);
  g_assert_true (timeline.exact);
  g_assert_cmpuint (timeline.need[0], ==, 10150);
  g_assert_cmpuint (timeline.need[SLICES - 1], ==, 10300);
}

/* The tables of a fragmented clip are empty. */
static void
test_fragments_are_spread_evenly (void)
{
  static const guint32 none[] = { 0 };
  g_autoptr (GByteArray) moov = g_byte_array_new ();
  guint box = open_box (moov, "moov"), mvex, mehd;
  SeedanceTimeline timeline;

  add_mvhd (moov, "mvhd", 0);
  add_trak (moov, none, 0, SCALE, 1);
  mvex = open_box (moov, "mvex");
  mehd = open_box (moov, "mehd");
  add_u32 (moov, 0);
  add_u32 (moov, 5 * SCALE);
  close_box (moov, mehd);
  close_box (moov, mvex);
  close_box (moov, box);
  seedance_timeline_read (&timeline, moov->data, moov->len, 1000, 65000);
  g_assert_cmpint (timeline.duration, ==, 5 * SECOND);
  g_assert_false (timeline.exact);
  g_assert_cmpuint (timeline.need[0], ==, 2000);
  g_assert_cmpuint (timeline.need[SLICES / 2 - 1], ==, 33000);
  g_assert_cmpuint (timeline.need[SLICES - 1], ==, 65000);
}

static void
test_without_a_duration_nothing_is_known (void)
{
  g_autoptr (GByteArray) moov = g_byte_array_new ();
  guint box = open_box (moov, "moov");
  SeedanceTimeline timeline;

  add_mvhd (moov, "mvhd", 0);
  close_box (moov, box);
  seedance_timeline_read (&timeline, moov->data, moov->len, 0, 1000);
  g_assert_cmpint (timeline.duration, ==, 0);
  seedance_timeline_read (&timeline, moov->data, 0, 0, 1000);
  g_assert_cmpint (timeline.duration, ==, 0);
}

/* Sets every number of the index in turn to its maximum, and cuts the index at
 * every place. Reading must end soon and stay within the media data. */
static void
test_an_index_that_lies (void)
{
  g_autoptr (GByteArray) moov = make_moov (2);
  SeedanceTimeline timeline;

  for (guint at = 8; at + 4 <= moov->len; at += 4) {
    guint32 kept;

    memcpy (&kept, moov->data + at, 4);
    memset (moov->data + at, 0xff, 4);
    seedance_timeline_read (&timeline, moov->data, moov->len, 100, 10100);
    for (guint i = 0; timeline.duration > 0 && i < SLICES; i++) {
      g_assert_cmpuint (timeline.need[i], <=, 10100);
      g_assert_true (i == 0 || timeline.need[i] >= timeline.need[i - 1]);
    }
    memcpy (moov->data + at, &kept, 4);
  }
  for (guint size = 0; size < moov->len; size++) {
    g_autofree guint8 *cut = g_memdup2 (moov->data, size);

    seedance_timeline_read (&timeline, cut, size, 100, 10100);
  }
}

/* The largest index that is read, of tracks whose tables claim 2^32 entries and
 * have none. A reader that believes one of them does not end before the test
 * times out. */
static void
test_an_index_of_empty_tables (void)
{
  g_autoptr (GByteArray) moov = g_byte_array_new ();
  guint box = open_box (moov, "moov");
  SeedanceTimeline timeline;

  add_mvhd (moov, "mvhd", 4 * SCALE);
  while (moov->len + 64 <= 2 * 1024 * 1024) {
    static const gchar *const parents[] = { "trak", "mdia", "minf", "stbl" };
    static const gchar *const tables[] = { "stsc", "stco" };
    guint starts[G_N_ELEMENTS (parents)];

    for (guint i = 0; i < G_N_ELEMENTS (parents); i++)
      starts[i] = open_box (moov, parents[i]);
    for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
      guint table = open_box (moov, tables[i]);

      add_u32 (moov, 0);
      add_u32 (moov, G_MAXUINT32);
      close_box (moov, table);
    }
    for (guint i = G_N_ELEMENTS (parents); i > 0; i--)
      close_box (moov, starts[i - 1]);
  }
  close_box (moov, box);
  seedance_timeline_read (&timeline, moov->data, moov->len, 100, 10100);
  g_assert_cmpint (timeline.duration, ==, 4 * SECOND);
  g_assert_false (timeline.exact);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/timeline/samples", GUINT_TO_POINTER (1),
      test_samples_tell_what_is_needed_when);
  g_test_add_data_func ("/timeline/chunks", GUINT_TO_POINTER (3),
      test_samples_tell_what_is_needed_when);
  g_test_add_func ("/timeline/slower-track", test_the_slower_track_counts);
  g_test_add_func ("/timeline/fragments", test_fragments_are_spread_evenly);
  g_test_add_func (
      "/timeline/no-duration", test_without_a_duration_nothing_is_known);
  g_test_add_func ("/timeline/lies", test_an_index_that_lies);
  g_test_add_func ("/timeline/empty-tables", test_an_index_of_empty_tables);

  return g_test_run ();
}
