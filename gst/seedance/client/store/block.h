/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A piece of memory for bytes of a clip on their way from the network to the
 * disk and to readers. One thread fills it; bytes that are in it do not change
 * and do not move any more, and whoever holds a reference may read those that
 * its spool has shown. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SEEDANCE_BLOCK_MAX (256 * 1024)

typedef struct {
  gatomicrefcount refs;
  guint64 start;  /* offset in the clip of the first byte */
  gsize size;     /* bytes in it; of the thread that fills it */
  gsize capacity; /* bytes it has room for */
  guint8 *data;

  /* Under the lock of the spool. */
  gsize shown;      /* bytes that others may read */
  gboolean queued;  /* to be written to disk */
  gboolean written; /* that was done */
} SeedanceBlock;

/* An empty block with room for @capacity bytes, at most SEEDANCE_BLOCK_MAX. */
SeedanceBlock *seedance_block_new (guint64 start, gsize capacity);

SeedanceBlock *seedance_block_ref (SeedanceBlock *block);
void seedance_block_unref (gpointer block);

/* Copies as much of @data to the end of the block as there is room for, and
 * returns how many bytes that were. */
gsize seedance_block_append (
    SeedanceBlock *block, const guint8 *data, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceBlock, seedance_block_unref)

G_END_DECLS
