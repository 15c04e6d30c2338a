/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of a spool share: bytes that tell their place, and a clip in a
 * folder. */
#pragma once

#include "ledger-folder.h"
#include "spool.h"

#define CLIP_SIZE 4096

/* Of every spool. */
extern GMutex spool_lock;
extern GCond spool_cond;

gchar *spool_clip_path (Folder *folder);
SeedanceSpool *spool_create (Folder *folder);
/* On the folder's thread; returns when it is done. */
void spool_free (Folder *folder, SeedanceSpool *spool);
guint8 spool_byte_at (guint64 offset);
void spool_fill (SeedanceBlock *block, gsize size);
SeedanceBlock *spool_make_block (guint64 offset, gsize size);

typedef struct {
  gboolean done, lost;
  GError *error;
} SpoolCommit;

/* Returns when it is done. */
SpoolCommit spool_commit (SeedanceSpool *spool);
void spool_assert_commits (SeedanceSpool *spool);
void spool_store (SeedanceSpool *spool, guint64 offset, gsize size);
guint64 spool_available (SeedanceSpool *spool, guint64 offset);
guint64 spool_gap (SeedanceSpool *spool, guint64 from);
guint64 spool_next (SeedanceSpool *spool, guint64 from);
void spool_assert_loads (SeedanceSpool *spool, guint64 offset, gsize size);
