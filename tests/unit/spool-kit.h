/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Helpers for the tests of the spool: a clip in a folder, whose bytes are a
 * function of their offsets. */
#pragma once

#include "ledger-folder.h"
#include "spool.h"

#define CLIP_SIZE 4096

/* All spools of the tests share this lock and condition. */
extern GMutex spool_lock;
extern GCond spool_cond;

/* Returns the path of the clip. The caller frees it with g_free(). */
gchar *spool_clip_path (Folder *folder);
/* Creates an empty spool for that clip. */
SeedanceSpool *spool_create (Folder *folder);
/* Frees the spool on the folder's thread, and blocks until that is done. */
void spool_free (Folder *folder, SeedanceSpool *spool);
/* Returns the byte that the clip has at @offset. */
guint8 spool_byte_at (guint64 offset);
/* Appends the right bytes, @size of them, to @block. */
void spool_fill (SeedanceBlock *block, gsize size);
SeedanceBlock *spool_make_block (guint64 offset, gsize size);

typedef struct {
  gboolean done, lost;
  GError *error;
} SpoolCommit;

/* Blocks until the clip is committed, which means durable under its final name,
 * or the commit has failed. */
SpoolCommit spool_commit (SeedanceSpool *spool);
void spool_assert_commits (SeedanceSpool *spool);
/* Makes a block of @size bytes at @offset and stores it. */
void spool_store (SeedanceSpool *spool, guint64 offset, gsize size);
/* Call the seedance_spool_*_locked() functions of these names with the lock. */
guint64 spool_available (SeedanceSpool *spool, guint64 offset);
guint64 spool_gap (SeedanceSpool *spool, guint64 from);
guint64 spool_next (SeedanceSpool *spool, guint64 from);
/* Asserts that the spool returns the right bytes from @offset on. */
void spool_assert_loads (SeedanceSpool *spool, guint64 offset, gsize size);
