/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes the blocks of a spool to its file and commits the file. Runs on the
 * thread of the folder, apart from the calls that queue work for it. */

#define _GNU_SOURCE /* sync_file_range() */

#include "spool-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "error.h"
#include "file.h"

/* The kernel is asked to write out the file each time this many bytes were
 * added. Otherwise the fsync() of a commit would have to wait for all of a
 * large clip. */
#define WRITE_OUT (8 * 1024 * 1024)
/* Blocks that stay in memory after they were written, for readers that keep
 * up. */
#define RECENT 4

gboolean
seedance_spool_set_error (GError **error, const gchar *what, const gchar *path)
{
  int number = errno;

  if (number == ENOSPC || number == EDQUOT || number == EFBIG)
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE,
        "No room for the clip at '%s': %s. The clip is paid for and kept at "
        "the service; make room or set state-dir, then run the same again to "
        "fetch it without a second bill.",
        path, g_strerror (number));
  else
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_READ,
        "Could not %s '%s': %s. The clip is paid for and kept at the service; "
        "mend that, or set state-dir to another folder and task-id to the "
        "task, to fetch it without a second bill.",
        what, path, g_strerror (number));
  errno = number;

  return FALSE;
}

/* The block waits for the disk no more, so its room goes back to the folder. */
static void
unqueue_locked (SeedanceSpool *spool, SeedanceBlock *block)
{
  if (block->queued)
    seedance_io_give_room (spool->io, block->size);
  block->queued = FALSE;
}

void
seedance_spool_drop_blocks_locked (SeedanceSpool *spool)
{
  SeedanceBlock *block;

  while ((block = g_queue_pop_head (&spool->blocks))) {
    unqueue_locked (spool, block);
    seedance_block_unref (block);
  }
}

static void
trim_locked (SeedanceSpool *spool)
{
  GList *next, *l = g_queue_peek_nth_link (&spool->blocks, RECENT);

  for (; l; l = next) {
    SeedanceBlock *block = l->data;

    next = l->next;
    if (!block->written)
      continue;
    g_queue_delete_link (&spool->blocks, l);
    seedance_block_unref (block);
  }
}

static gboolean
write_at (int fd, guint64 offset, const guint8 *data, gsize size)
{
  while (size > 0) {
    gssize wrote = pwrite (fd, data, size, (off_t) offset);

    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote == 0)
      errno = ENOSPC;
    if (wrote <= 0)
      return FALSE;
    offset += (guint64) wrote;
    data += wrote;
    size -= (gsize) wrote;
  }

  return TRUE;
}

/* Only a hint to the kernel; the commit syncs the file. */
static void
write_out (SeedanceSpool *spool, guint64 start, gsize size)
{
  spool->not_written_out += size;
  if (spool->not_written_out < WRITE_OUT)
    return;
  spool->not_written_out = 0;
#ifdef __linux__
  /* Without this block: the next one writes into its last page. */
  if (start > 0)
    sync_file_range (spool->fd, 0, (off_t) start, SYNC_FILE_RANGE_WRITE);
#endif
}

/* Cuts the file where seedance_spool_cut_locked() or clear_locked() said,
 * before more is written. Releases the lock meanwhile, so another cut may be
 * due after that. A failure costs disk space only. */
static void
cut_file_locked (SeedanceSpool *spool)
{
  while (spool->cut != G_MAXUINT64) {
    const guint64 end = spool->cut;

    spool->cut = G_MAXUINT64;
    g_mutex_unlock (spool->lock);
    if (ftruncate (spool->fd, (off_t) end) != 0)
      g_debug ("ftruncate: %s", g_strerror (errno));
    seedance_spool_map_cut (spool, end);
    g_mutex_lock (spool->lock);
  }
}

/* After an error the blocks stay in memory, where readers have them. A block
 * that was cleared meanwhile is of no interest, nor is its error. */
static void
finish_block_locked (SeedanceSpool *spool, SeedanceBlock *block, GError *error)
{
  if (!g_queue_find (&spool->blocks, block)) {
    g_clear_error (&error);
    return;
  }
  if (error) {
    for (GList *l = spool->blocks.head; l; l = l->next)
      unqueue_locked (spool, l->data);
    spool->failed = error;
    return;
  }
  unqueue_locked (spool, block);
  block->written = TRUE;
  trim_locked (spool);
}

/* Writes one block; releases the lock meanwhile. Lets short calls run after
 * each block, because writing may go on as long as the download does, and the
 * id of a new task has to reach the ledger before that. */
static void
write_block_locked (SeedanceSpool *spool, SeedanceBlock *block)
{
  const gsize size = block->shown;
  GError *error = NULL;

  seedance_block_ref (block);
  g_mutex_unlock (spool->lock);
  if (!write_at (spool->fd, block->start, block->data, size))
    seedance_spool_set_error (&error, "write", spool->path);
  if (!error) {
    write_out (spool, block->start, size);
    seedance_spool_map_add (spool, block->start, block->data, size);
  }
  seedance_io_let_in (spool->io);
  g_mutex_lock (spool->lock);
  finish_block_locked (spool, block, error);
  seedance_block_unref (block);
}

/* Returns the oldest block that is queued, or with @all the oldest that is not
 * written. */
static SeedanceBlock *
next_block_locked (const SeedanceSpool *spool, gboolean all)
{
  for (GList *l = spool->blocks.tail; l; l = l->prev) {
    SeedanceBlock *block = l->data;

    if (block->queued || (all && !block->written))
      return block;
  }

  return NULL;
}

static void
write_locked (SeedanceSpool *spool, gboolean all)
{
  SeedanceBlock *block;

  cut_file_locked (spool);
  while (!spool->failed && (block = next_block_locked (spool, all))) {
    write_block_locked (spool, block);
    cut_file_locked (spool);
  }
}

void
seedance_spool_write_rest_locked (SeedanceSpool *spool)
{
  write_locked (spool, TRUE);
}

static void
write_call (gpointer data)
{
  SeedanceSpool *spool = data;

  g_mutex_lock (spool->lock);
  write_locked (spool, FALSE);
  spool->writing = FALSE;
  g_mutex_unlock (spool->lock);
}

gboolean
seedance_spool_queue_locked (
    SeedanceSpool *spool, SeedanceBlock *block, GError **error)
{
  block->queued = TRUE;
  /* After a clear nobody wants the block. */
  if (!g_queue_find (&spool->blocks, block)) {
    unqueue_locked (spool, block);
    return TRUE;
  }
  if (spool->failed) {
    unqueue_locked (spool, block);
    g_propagate_error (error, g_error_copy (spool->failed));
    return FALSE;
  }
  if (!spool->writing)
    seedance_io_invoke (spool->io, write_call, spool);
  spool->writing = TRUE;

  return TRUE;
}

gboolean
seedance_spool_finish (SeedanceSpool *spool, GError **error)
{
  g_autofree gchar *folder = NULL;

  if (!spool->part)
    return TRUE;
  /* A file that has the name by now is not the one that was written. */
  if (!seedance_spool_is_at (spool, spool->part)) {
    errno = ESTALE;
    return seedance_spool_set_error (error, "store", spool->path);
  }
  if (fsync (spool->fd) != 0 || g_rename (spool->part, spool->path) != 0)
    return seedance_spool_set_error (error, "write", spool->path);
  /* The lock of a part kept others out. The clip has readers, each with a lock
   * of its own; see seedance_spool_is_open(). */
  if (flock (spool->fd, LOCK_SH | LOCK_NB) != 0)
    g_debug ("flock: %s", g_strerror (errno));
  if (spool->map)
    g_unlink (spool->map);
  folder = g_path_get_dirname (spool->path);
  seedance_file_sync_folder (folder);
  g_clear_pointer (&spool->part, g_free);

  return TRUE;
}

static void
commit_call (gpointer data)
{
  SeedanceSpool *spool = data;
  g_autoptr (GError) error = NULL;
  gboolean lost;

  g_mutex_lock (spool->lock);
  write_locked (spool, FALSE);
  /* A block that was shown and not written would be a hole in the file. */
  if (!spool->failed && next_block_locked (spool, TRUE)) {
    errno = EIO;
    seedance_spool_set_error (&spool->failed, "write", spool->path);
  }
  lost = spool->failed != NULL;
  if (lost)
    error = g_error_copy (spool->failed);
  g_mutex_unlock (spool->lock);
  if (!lost && seedance_spool_finish (spool, &error)) {
    g_mutex_lock (spool->lock);
    seedance_spool_drop_blocks_locked (spool);
    g_mutex_unlock (spool->lock);
  }
  spool->done (error, lost, spool->done_data);
}

void
seedance_spool_commit (
    SeedanceSpool *spool, SeedanceSpoolDone done, gpointer user_data)
{
  spool->done = done;
  spool->done_data = user_data;
  seedance_io_invoke (spool->io, commit_call, spool);
}
