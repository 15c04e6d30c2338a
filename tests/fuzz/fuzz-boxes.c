/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the walk over the boxes of an MP4. The input is a byte that says how
 * much arrives at a time, a byte that says whether the total size is known,
 * then the file. The walk must end in the same state whether the file arrives
 * in steps or at once. */

#include "fuzz.h"

#include <string.h>

#include "mp4.h"

/* The bytes that have arrived so far, and the offset that the walk read
 * last. */
typedef struct {
  const uint8_t *data;
  gsize size;
  guint64 asked_at;
} Store;

static gsize
peek (gpointer user_data, guint64 offset, guint8 *data, gsize size)
{
  Store *store = user_data;
  gsize there = offset < store->size ? store->size - (gsize) offset : 0;

  /* A walk that goes backwards could go on for ever. */
  g_assert_true (offset >= store->asked_at);
  store->asked_at = offset;
  there = MIN (there, size);
  if (there > 0)
    memcpy (data, store->data + offset, there);
  return there;
}

static SeedanceMp4State
walk (const uint8_t *data, gsize size, gsize step, guint64 total,
    SeedanceMp4 *mp4)
{
  SeedanceMp4State state = SEEDANCE_MP4_NEED_MORE;
  Store store = { data, 0, 0 };

  seedance_mp4_init (mp4);
  mp4->total = total;
  while (state == SEEDANCE_MP4_NEED_MORE && store.size < size) {
    guint64 before = mp4->offset;

    store.size += MIN (step, size - store.size);
    state = seedance_mp4_walk (mp4, peek, &store);
    g_assert_true (mp4->offset >= before);
  }
  return state;
}

static void
assert_sane (const SeedanceMp4 *mp4, SeedanceMp4State state, guint64 total)
{
  g_assert_true (mp4->total == total);
  if (state == SEEDANCE_MP4_BROKEN)
    return;
  g_assert_true (mp4->moov_end == 0 || mp4->moov_end > mp4->moov_offset);
  if (total)
    g_assert_true (mp4->ftyp_end <= total && mp4->moov_end <= total &&
                   mp4->mdat_end <= total);
  if (state == SEEDANCE_MP4_COMPLETE)
    g_assert_true (total && mp4->moov_end);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  SeedanceMp4 steps, whole;
  SeedanceMp4State in_steps, at_once;
  gsize step;
  guint64 total;

  if (size < 3)
    return 0;
  step = 1 + data[0];
  total = data[1] & 1 ? size - 2 : 0;
  data += 2;
  size -= 2;
  in_steps = walk (data, size, step, total, &steps);
  at_once = walk (data, size, size, total, &whole);
  g_assert_true (in_steps == at_once);
  assert_sane (&steps, in_steps, total);
  if (at_once != SEEDANCE_MP4_BROKEN)
    g_assert_true (memcmp (&steps, &whole, sizeof steps) == 0);
  return 0;
}
