/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets of byte ranges: where a run of reads started, and how ranges merge. A
 * small gap does not end a run, because a demuxer leaves some bytes out; a
 * large one does. */

#include "ranges.h"

static SeedanceRanges *
make_ranges (void)
{
  SeedanceRanges *ranges = seedance_ranges_new ();

  seedance_ranges_add (ranges, 0, 100);
  seedance_ranges_add (ranges, 120, 200);
  seedance_ranges_add (ranges, 230, 300);
  seedance_ranges_add (ranges, 900, 950);

  return ranges;
}

static void
test_start (void)
{
  static const struct {
    guint64 offset, gap, start;
  } cases[] = { { 299, 0, 230 }, { 299, 29, 230 }, { 299, 30, 0 },
    { 150, 19, 120 }, { 150, 20, 0 }, { 949, 100, 900 }, { 949, 600, 0 },
    { 50, 1000, 0 }, { 910, 30, 900 } };
  SeedanceRanges *ranges = make_ranges ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (
        seedance_ranges_start (ranges, cases[i].offset, cases[i].gap), ==,
        cases[i].start);
  seedance_ranges_clear (ranges);
  g_assert_cmpuint (seedance_ranges_start (ranges, 77, 10), ==, 77);
  seedance_ranges_free (ranges);
}

static void
test_merge (void)
{
  SeedanceRanges *ranges = make_ranges ();

  seedance_ranges_add (ranges, 100, 120);
  g_assert_cmpuint (seedance_ranges_start (ranges, 199, 0), ==, 0);
  g_assert_cmpuint (seedance_ranges_available (ranges, 0), ==, 200);
  g_assert_cmpuint (seedance_ranges_next (ranges, 200), ==, 230);
  g_assert_cmpuint (seedance_ranges_count (ranges), ==, 320);
  g_assert_cmpuint (seedance_ranges_end (ranges), ==, 950);
  seedance_ranges_free (ranges);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ranges/start", test_start);
  g_test_add_func ("/ranges/merge", test_merge);

  return g_test_run ();
}
