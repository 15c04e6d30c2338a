/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Implements the helpers of spool-kit.h. */
#include "spool-kit.h"

GMutex spool_lock;
GCond spool_cond;

gchar *
spool_clip_path (Folder *folder)
{
  return g_build_filename (folder->dir, "clip.mp4", NULL);
}

SeedanceSpool *
spool_create (Folder *folder)
{
  g_autofree gchar *path = spool_clip_path (folder);
  g_autoptr (SeedanceIo) io = seedance_io_open (folder->dir, NULL);
  g_autoptr (GError) error = NULL;
  SeedanceSpool *spool =
      seedance_spool_create (io, path, &spool_lock, &spool_cond, &error);

  g_assert_no_error (error);
  return spool;
}

static void
free_call (gpointer spool)
{
  seedance_spool_free (spool);
}

void
spool_free (Folder *folder, SeedanceSpool *spool)
{
  g_autoptr (SeedanceIo) io = seedance_io_open (folder->dir, NULL);

  seedance_io_invoke (io, free_call, spool);
  g_assert_true (seedance_io_drain (G_MAXINT64));
}

guint8
spool_byte_at (guint64 offset)
{
  return (guint8) (offset * 7 + offset / 256);
}

void
spool_fill (SeedanceBlock *block, gsize size)
{
  g_autofree guint8 *bytes = g_malloc (size + 1);

  for (gsize i = 0; i < size; i++)
    bytes[i] = spool_byte_at (block->start + block->size + i);
  g_assert_cmpuint (seedance_block_append (block, bytes, size), ==, size);
}

SeedanceBlock *
spool_make_block (guint64 offset, gsize size)
{
  SeedanceBlock *block = seedance_block_new (offset, size);

  spool_fill (block, size);
  return block;
}

static void
on_committed (const GError *error, gboolean lost, gpointer user_data)
{
  SpoolCommit *commit = user_data;

  g_mutex_lock (&spool_lock);
  commit->done = TRUE;
  commit->lost = lost;
  commit->error = error ? g_error_copy (error) : NULL;
  g_cond_broadcast (&spool_cond);
  g_mutex_unlock (&spool_lock);
}

/* Blocks until the spool has reported the result of the commit. */
SpoolCommit
spool_commit (SeedanceSpool *spool)
{
  SpoolCommit commit = { 0 };

  seedance_spool_commit (spool, on_committed, &commit);
  g_mutex_lock (&spool_lock);
  while (!commit.done)
    g_cond_wait (&spool_cond, &spool_lock);
  g_mutex_unlock (&spool_lock);
  return commit;
}

void
spool_assert_commits (SeedanceSpool *spool)
{
  SpoolCommit result = spool_commit (spool);

  g_assert_no_error (result.error);
  g_assert_false (result.lost);
}

void
spool_store (SeedanceSpool *spool, guint64 offset, gsize size)
{
  g_autoptr (SeedanceBlock) block = spool_make_block (offset, size);
  g_autoptr (GError) error = NULL;

  seedance_spool_store (spool, block, &error);
  g_assert_no_error (error);
}

guint64
spool_available (SeedanceSpool *spool, guint64 offset)
{
  guint64 result;

  g_mutex_lock (&spool_lock);
  result = seedance_spool_available_locked (spool, offset);
  g_mutex_unlock (&spool_lock);
  return result;
}

guint64
spool_gap (SeedanceSpool *spool, guint64 from)
{
  guint64 result;

  g_mutex_lock (&spool_lock);
  result = seedance_spool_gap_locked (spool, from);
  g_mutex_unlock (&spool_lock);
  return result;
}

guint64
spool_next (SeedanceSpool *spool, guint64 from)
{
  guint64 result;

  g_mutex_lock (&spool_lock);
  result = seedance_spool_next_locked (spool, from);
  g_mutex_unlock (&spool_lock);
  return result;
}

void
spool_assert_loads (SeedanceSpool *spool, guint64 offset, gsize size)
{
  g_autofree guint8 *data = g_malloc (size + 1);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (
      seedance_spool_load (spool, offset, data, size, &error), ==, size);
  g_assert_no_error (error);
  for (gsize i = 0; i < size; i++)
    g_assert_cmpuint (data[i], ==, spool_byte_at (offset + i));
}
