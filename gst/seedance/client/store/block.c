/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "block.h"

#include <string.h>

/* Memory of full-sized blocks is kept for the next ones. Fresh memory costs a
 * page fault per page, which takes longer than copying the bytes into it. */
#define SPARE_MAX 12

static struct {
  GMutex lock;
  guint8 *data[SPARE_MAX];
  guint n;
} spare;

static guint8 *
take_memory (gsize capacity)
{
  guint8 *data = NULL;

  if (capacity != SEEDANCE_BLOCK_MAX)
    return g_malloc (capacity);
  g_mutex_lock (&spare.lock);
  if (spare.n > 0)
    data = spare.data[--spare.n];
  g_mutex_unlock (&spare.lock);

  return data ? data : g_malloc (capacity);
}

static void
give_memory (guint8 *data, gsize capacity)
{
  g_mutex_lock (&spare.lock);
  if (capacity == SEEDANCE_BLOCK_MAX && spare.n < SPARE_MAX)
    spare.data[spare.n++] = g_steal_pointer (&data);
  g_mutex_unlock (&spare.lock);
  g_free (data);
}

SeedanceBlock *
seedance_block_new (guint64 start, gsize capacity)
{
  SeedanceBlock *block = g_new0 (SeedanceBlock, 1);

  g_atomic_ref_count_init (&block->refs);
  block->start = start;
  block->capacity = MIN (capacity, SEEDANCE_BLOCK_MAX);
  block->data = take_memory (block->capacity);

  return block;
}

SeedanceBlock *
seedance_block_ref (SeedanceBlock *block)
{
  g_atomic_ref_count_inc (&block->refs);

  return block;
}

void
seedance_block_unref (gpointer data)
{
  SeedanceBlock *block = data;

  if (!g_atomic_ref_count_dec (&block->refs))
    return;
  give_memory (block->data, block->capacity);
  g_free (block);
}

gsize
seedance_block_append (SeedanceBlock *block, const guint8 *data, gsize size)
{
  gsize piece = MIN (size, block->capacity - block->size);

  /* With a capacity of 0 there is no memory to copy to. */
  if (piece > 0)
    memcpy (block->data + block->size, data, piece);
  block->size += piece;

  return piece;
}
