/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which bytes of a clip the spool has, which of them readers may have, and how
 * they are read, from blocks in memory or from the file. Also creates, opens
 * and frees spools. */

#include "spool-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unique.h"

static SeedanceSpool *
spool_new (int fd, const gchar *path, GMutex *lock, GCond *cond)
{
  SeedanceSpool *spool = g_new0 (SeedanceSpool, 1);

  spool->fd = fd;
  spool->map_fd = -1;
  spool->cut = G_MAXUINT64;
  spool->facts.size = -1;
  spool->path = g_strdup (path);
  spool->lock = lock;
  spool->cond = cond;
  spool->there = seedance_ranges_new ();

  return spool;
}

/* Nobody else uses the spool any more. Closing the descriptor releases the lock
 * on the part file. The files are removed before that, as afterwards they may
 * be another spool's. */
static void
spool_destroy (SeedanceSpool *spool, gboolean keep)
{
  if (spool->part && !keep && seedance_spool_is_at (spool, spool->part)) {
    if (spool->map)
      g_unlink (spool->map);
    g_unlink (spool->part);
  }
  if (spool->fd >= 0)
    close (spool->fd);
  if (spool->map_fd >= 0)
    close (spool->map_fd);
  seedance_io_close (spool->io);
  g_free (spool->part);
  g_free (spool->map);
  g_free (spool->path);
  seedance_spool_facts_clear (&spool->facts);
  g_clear_error (&spool->failed);
  seedance_ranges_free (spool->there);
  g_free (spool);
}

/* A part file without a map cannot be told from zeros, as a crash may leave.
 * One that failed or was discarded is of no use either. */
static gboolean
is_worth_keeping_locked (const SeedanceSpool *spool)
{
  return spool->part && spool->map_fd >= 0 && !spool->failed &&
         !spool->discarded && seedance_ranges_count (spool->there) > 0;
}

void
seedance_spool_free (SeedanceSpool *spool)
{
  gboolean keep;

  if (!spool)
    return;
  g_mutex_lock (spool->lock);
  keep = is_worth_keeping_locked (spool);
  if (keep)
    seedance_spool_write_rest_locked (spool);
  seedance_spool_drop_blocks_locked (spool);
  g_mutex_unlock (spool->lock);
  spool_destroy (spool, keep);
}

SeedanceSpool *
seedance_spool_create (SeedanceIo *io, const gchar *path, GMutex *lock,
    GCond *cond, GError **error)
{
  g_autofree gchar *unique = seedance_unique ();
  g_autofree gchar *part = g_strconcat (path, ".", unique, ".part", NULL);
  SeedanceSpool *spool;
  int fd;

  fd = g_open (part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    seedance_spool_set_error (error, "create", part);
    return NULL;
  }
  spool = spool_new (fd, path, lock, cond);
  spool->part = g_steal_pointer (&part);
  spool->io = seedance_io_ref (io);

  return spool;
}

/* Falls back to a new part file when the shared one cannot be used. */
SeedanceSpool *
seedance_spool_resume (SeedanceIo *io, const gchar *path, GMutex *lock,
    GCond *cond, GError **error)
{
  SeedanceSpool *spool = spool_new (-1, path, lock, cond);

  spool->io = seedance_io_ref (io);
  if (seedance_spool_part_open (spool))
    return spool;
  spool_destroy (spool, TRUE);

  return seedance_spool_create (io, path, lock, cond, error);
}

gboolean
seedance_spool_is_resumed (const SeedanceSpool *spool)
{
  return spool->map != NULL;
}

void
seedance_spool_discard (SeedanceSpool *spool)
{
  g_mutex_lock (spool->lock);
  spool->discarded = TRUE;
  g_mutex_unlock (spool->lock);
}

static gboolean
is_clip (const struct stat *info, gint64 size)
{
  return S_ISREG (info->st_mode) && info->st_uid == geteuid () &&
         info->st_size > 0 && (size < 0 || info->st_size == size);
}

/* Returns 0 if no clip is at @path, else @number, the errno of open(), or why
 * the file could not be looked at. */
static int
find_fault (const gchar *path, gint64 size, int number)
{
  struct stat info;

  if (g_lstat (path, &info) == 0)
    return is_clip (&info, size) ? number : 0;

  return errno == ENOENT ? 0 : errno;
}

SeedanceSpool *
seedance_spool_open (
    const gchar *path, gint64 size, int *fault, GMutex *lock, GCond *cond)
{
  int fd = g_open (
      path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, 0);
  SeedanceSpool *spool;
  struct stat info;

  if (fd < 0) {
    *fault = find_fault (path, size, errno);
    return NULL;
  }
  *fault = fstat (fd, &info) != 0 ? errno : 0;
  if (*fault != 0 || !is_clip (&info, size)) {
    close (fd);
    return NULL;
  }
  /* For seedance_spool_is_open(). Not every share can lock. */
  if (flock (fd, LOCK_SH | LOCK_NB) != 0)
    g_debug ("flock: %s", g_strerror (errno));
  spool = spool_new (fd, path, lock, cond);
  seedance_ranges_add (spool->there, 0, (guint64) info.st_size);

  return spool;
}

void
seedance_spool_set_hook (
    SeedanceSpool *spool, SeedanceSpoolHook hook, gpointer user_data)
{
  spool->hook = hook;
  spool->user_data = user_data;
}

static void
show_locked (SeedanceSpool *spool, SeedanceBlock *block)
{
  if (block->size == block->shown)
    return;
  if (block->shown == 0)
    g_queue_push_head (&spool->blocks, seedance_block_ref (block));
  else if (!g_queue_find (&spool->blocks, block))
    return; /* The spool was cleared meanwhile. */
  block->shown = block->size;
  seedance_ranges_add (spool->there, block->start, block->start + block->size);
  if (spool->hook)
    spool->hook (spool->user_data);
  g_cond_broadcast (spool->cond);
}

void
seedance_spool_show (SeedanceSpool *spool, SeedanceBlock *block)
{
  g_mutex_lock (spool->lock);
  show_locked (spool, block);
  g_mutex_unlock (spool->lock);
}

gboolean
seedance_spool_store (
    SeedanceSpool *spool, SeedanceBlock *block, GError **error)
{
  gboolean stored;

  if (block->size == 0)
    return TRUE;
  seedance_io_take_room (spool->io, block->size);
  g_mutex_lock (spool->lock);
  show_locked (spool, block);
  stored = seedance_spool_queue_locked (spool, block, error);
  g_mutex_unlock (spool->lock);

  return stored;
}

void
seedance_spool_clear_locked (SeedanceSpool *spool)
{
  seedance_ranges_clear (spool->there);
  seedance_spool_drop_blocks_locked (spool);
  g_clear_error (&spool->failed);
  seedance_spool_facts_clear (&spool->facts);
  spool->cut = 0;
}

void
seedance_spool_cut_locked (SeedanceSpool *spool, guint64 end)
{
  seedance_ranges_cut (spool->there, end);
  spool->cut = MIN (spool->cut, end);
}

SeedanceBlock *
seedance_spool_recent_locked (
    SeedanceSpool *spool, guint64 offset, gsize *there)
{
  for (GList *l = spool->blocks.head; l; l = l->next) {
    SeedanceBlock *block = l->data;

    if (offset >= block->start && offset - block->start < block->shown) {
      *there = block->shown - (gsize) (offset - block->start);
      return seedance_block_ref (block);
    }
  }

  return NULL;
}

guint64
seedance_spool_count_locked (SeedanceSpool *spool)
{
  return seedance_ranges_count (spool->there);
}

guint64
seedance_spool_available_locked (SeedanceSpool *spool, guint64 offset)
{
  return seedance_ranges_available (spool->there, offset);
}

guint64
seedance_spool_gap_locked (SeedanceSpool *spool, guint64 from)
{
  return from + seedance_ranges_available (spool->there, from);
}

guint64
seedance_spool_next_locked (SeedanceSpool *spool, guint64 from)
{
  return seedance_ranges_next (spool->there, from);
}

/* Returns how many of the @size bytes at @offset come from the same place: from
 * *@block, with a reference for the caller, or from disk if that is NULL. */
static gsize
find_piece_locked (
    SeedanceSpool *spool, guint64 offset, gsize size, SeedanceBlock **block)
{
  gsize there;

  *block = seedance_spool_recent_locked (spool, offset, &there);
  if (*block)
    return MIN (size, there);
  for (GList *l = spool->blocks.head; l; l = l->next) {
    SeedanceBlock *later = l->data;

    if (later->start > offset)
      size = MIN (size, later->start - offset);
  }

  return size;
}

static gssize
load_piece (SeedanceSpool *spool, SeedanceBlock *block, guint64 offset,
    guint8 *data, gsize size)
{
  gssize got;

  if (block) {
    memcpy (data, block->data + (offset - block->start), size);
    seedance_block_unref (block);
    return (gssize) size;
  }
  do {
    got = pread (spool->fd, data, size, (off_t) offset);
  } while (got < 0 && errno == EINTR);

  return got;
}

static gssize
load (SeedanceSpool *spool, guint64 offset, guint8 *data, gsize size,
    gboolean locked, GError **error)
{
  gsize done = 0;

  while (done < size) {
    SeedanceBlock *block;
    gsize piece;
    gssize got;

    if (!locked)
      g_mutex_lock (spool->lock);
    piece = find_piece_locked (spool, offset + done, size - done, &block);
    if (!locked)
      g_mutex_unlock (spool->lock);
    got = load_piece (spool, block, offset + done, data + done, piece);
    if (got < 0) {
      seedance_spool_set_error (error, "read", spool->path);
      return -1;
    }
    if (got == 0)
      break;
    done += (gsize) got;
  }

  return (gssize) done;
}

gssize
seedance_spool_load (SeedanceSpool *spool, guint64 offset, guint8 *data,
    gsize size, GError **error)
{
  return load (spool, offset, data, size, FALSE, error);
}

gssize
seedance_spool_load_locked (SeedanceSpool *spool, guint64 offset, guint8 *data,
    gsize size, GError **error)
{
  return load (spool, offset, data, size, TRUE, error);
}
