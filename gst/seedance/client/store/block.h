/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A block: memory for bytes of a clip on their way from the network to the disk
 * and to readers. One thread fills it. Bytes in it never change or move, so
 * with a reference any thread may read those that the spool has shown. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SEEDANCE_BLOCK_MAX (256 * 1024)

typedef struct {
  gatomicrefcount refs;
  guint64 start;  /* offset of the first byte in the clip */
  gsize size;     /* bytes in it; for the filling thread */
  gsize capacity; /* bytes it has room for */
  guint8 *data;

  /* Protected by the lock of the spool. */
  gsize shown;      /* bytes that readers may have */
  gboolean queued;  /* waits to be written to disk */
  gboolean written; /* is on disk */
} SeedanceBlock;

/* Creates an empty block with room for @capacity bytes, at most
 * SEEDANCE_BLOCK_MAX. */
SeedanceBlock *seedance_block_new (guint64 start, gsize capacity);

SeedanceBlock *seedance_block_ref (SeedanceBlock *block);
void seedance_block_unref (gpointer block);

/* Appends as many bytes of @data as there is room for and returns how many. */
gsize seedance_block_append (
    SeedanceBlock *block, const guint8 *data, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceBlock, seedance_block_unref)

G_END_DECLS
