/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ranges.h"

typedef struct {
  guint64 start, end;
} Range;

SeedanceRanges *
seedance_ranges_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (Range));
}

void
seedance_ranges_free (SeedanceRanges *ranges)
{
  g_clear_pointer (&ranges, g_array_unref);
}

void
seedance_ranges_add (SeedanceRanges *ranges, guint64 start, guint64 end)
{
  Range added = { start, end };
  guint at = 0;

  if (start >= end)
    return;
  while (at < ranges->len) {
    Range *range = &g_array_index (ranges, Range, at);

    if (range->start > added.end)
      break;
    if (range->end < added.start) {
      at++;
      continue;
    }
    added.start = MIN (added.start, range->start);
    added.end = MAX (added.end, range->end);
    g_array_remove_index (ranges, at);
  }
  g_array_insert_val (ranges, at, added);
}

void
seedance_ranges_clear (SeedanceRanges *ranges)
{
  g_array_set_size (ranges, 0);
}

void
seedance_ranges_cut (SeedanceRanges *ranges, guint64 end)
{
  for (guint i = ranges->len; i > 0; i--) {
    Range *range = &g_array_index (ranges, Range, i - 1);

    if (range->start < end) {
      range->end = MIN (range->end, end);
      return;
    }
    g_array_set_size (ranges, i - 1);
  }
}

guint64
seedance_ranges_count (const SeedanceRanges *ranges)
{
  guint64 count = 0;

  for (guint i = 0; i < ranges->len; i++) {
    Range *range = &g_array_index (ranges, Range, i);

    count += range->end - range->start;
  }

  return count;
}

guint64
seedance_ranges_end (const SeedanceRanges *ranges)
{
  guint n = ranges->len;

  return n > 0 ? g_array_index (ranges, Range, n - 1).end : 0;
}

guint64
seedance_ranges_available (const SeedanceRanges *ranges, guint64 offset)
{
  for (guint i = 0; i < ranges->len; i++) {
    Range *range = &g_array_index (ranges, Range, i);

    if (range->start <= offset && offset < range->end)
      return range->end - offset;
  }

  return 0;
}

guint64
seedance_ranges_start (
    const SeedanceRanges *ranges, guint64 offset, guint64 gap)
{
  guint64 start = offset;

  for (guint i = ranges->len; i-- > 0;) {
    Range *range = &g_array_index (ranges, Range, i);

    if (range->start <= start &&
        start - range->start <= range->end - range->start + gap)
      start = range->start;
  }

  return start;
}

guint64
seedance_ranges_next (const SeedanceRanges *ranges, guint64 from)
{
  for (guint i = 0; i < ranges->len; i++) {
    Range *range = &g_array_index (ranges, Range, i);

    if (range->end > from)
      return MAX (range->start, from);
  }

  return G_MAXUINT64;
}
