/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the reader of an MP4's index. The input is the end of the media data
 * (four bytes, the highest first), its start in sixteenths of that (one byte),
 * then the moov box. */

#include "fuzz.h"

#include "timeline.h"

#define DAY (24 * 3600 * G_GINT64_CONSTANT (1000000000))

static void
assert_timeline (const SeedanceTimeline *timeline, guint64 start, guint64 end)
{
  const gint64 duration = timeline->duration;
  guint64 so_far = 0;

  g_assert_true (duration >= 0 && duration <= DAY);
  if (duration == 0)
    return;
  for (guint i = 0; i < SEEDANCE_TIMELINE_SLICES; i++) {
    g_assert_true (timeline->need[i] >= so_far && timeline->need[i] <= end);
    so_far = timeline->need[i];
  }
  if (!timeline->exact)
    g_assert_true (timeline->need[0] >= start && so_far == end);
  g_assert_true (seedance_timeline_time_of (timeline, start) >= 0);
  g_assert_true (seedance_timeline_time_of (timeline, end) < duration);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  SeedanceTimeline timeline;
  guint64 start, end;

  if (size < 5)
    return 0;
  end = (guint64) data[0] << 24 | (guint64) data[1] << 16 |
        (guint64) data[2] << 8 | data[3];
  start = end / 16 * (data[4] % 17);
  seedance_timeline_read (&timeline, data + 5, size - 5, start, end);
  assert_timeline (&timeline, start, end);
  return 0;
}
