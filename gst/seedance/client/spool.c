/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define _GNU_SOURCE /* sync_file_range() */

#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ranges.h"
#include "unique.h"

/* A reader that keeps up finds what it wants in one of the last blocks. */
#define RECENT 8
/* How much is left to the kernel to write out when it likes: more, and the
 * commit of a large clip waits for all of it at its end. */
#define WRITE_OUT (8 * 1024 * 1024)

struct _SeedanceSpool {
  int fd;
  gchar *path; /* final */
  gchar *part; /* until committed, else NULL */
  GMutex *lock;
  GCond *cond;
  SeedanceRanges *there;
  SeedanceBlock *recent[RECENT]; /* the latest first; any may be NULL */
  gsize not_written_out;         /* bytes */
  SeedanceSpoolHook hook;
  gpointer user_data;
};

static SeedanceSpool *
spool_new (int fd, const gchar *path, GMutex *lock, GCond *cond)
{
  SeedanceSpool *spool = g_new0 (SeedanceSpool, 1);

  spool->fd = fd;
  spool->path = g_strdup (path);
  spool->lock = lock;
  spool->cond = cond;
  spool->there = seedance_ranges_new ();

  return spool;
}

static gboolean
set_disk_error (GError **error, const gchar *what, const gchar *path)
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

  return FALSE;
}

SeedanceSpool *
seedance_spool_create (
    const gchar *path, GMutex *lock, GCond *cond, GError **error)
{
  g_autofree gchar *unique = seedance_unique ();
  g_autofree gchar *part = g_strconcat (path, ".", unique, ".part", NULL);
  SeedanceSpool *spool;
  int fd;

  fd = g_open (part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    set_disk_error (error, "create", part);
    return NULL;
  }
  spool = spool_new (fd, path, lock, cond);
  spool->part = g_steal_pointer (&part);

  return spool;
}

SeedanceSpool *
seedance_spool_open (const gchar *path, gint64 size, GMutex *lock, GCond *cond)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0);
  SeedanceSpool *spool;
  struct stat info;

  if (fd < 0)
    return NULL;
  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode) || info.st_size == 0 ||
      (size >= 0 && info.st_size != size)) {
    close (fd);
    return NULL;
  }
  spool = spool_new (fd, path, lock, cond);
  seedance_ranges_add (spool->there, 0, (guint64) info.st_size);

  return spool;
}

static void
forget_recent (SeedanceSpool *spool)
{
  for (guint i = 0; i < RECENT; i++)
    g_clear_pointer (&spool->recent[i], seedance_block_unref);
}

void
seedance_spool_free (SeedanceSpool *spool)
{
  if (!spool)
    return;
  forget_recent (spool);
  close (spool->fd);
  if (spool->part)
    g_unlink (spool->part);
  g_free (spool->part);
  g_free (spool->path);
  seedance_ranges_free (spool->there);
  g_free (spool);
}

void
seedance_spool_set_hook (
    SeedanceSpool *spool, SeedanceSpoolHook hook, gpointer user_data)
{
  spool->hook = hook;
  spool->user_data = user_data;
}

static gboolean
write_whole (SeedanceSpool *spool, const SeedanceBlock *block)
{
  gsize done = 0;

  while (done < block->size) {
    gssize wrote = pwrite (spool->fd, block->data + done, block->size - done,
        (off_t) (block->start + done));

    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote == 0)
      errno = ENOSPC;
    if (wrote <= 0)
      return FALSE;
    done += (gsize) wrote;
  }

  return TRUE;
}

/* Only a hint: a commit makes sure. */
static void
write_out (SeedanceSpool *spool, const SeedanceBlock *block)
{
  spool->not_written_out += block->size;
  if (spool->not_written_out < WRITE_OUT)
    return;
  spool->not_written_out = 0;
#ifdef __linux__
  /* Not the block itself, into whose last page the next one writes. */
  if (block->start > 0)
    sync_file_range (spool->fd, 0, (off_t) block->start, SYNC_FILE_RANGE_WRITE);
#endif
}

static void
remember_locked (SeedanceSpool *spool, SeedanceBlock *block)
{
  g_clear_pointer (&spool->recent[RECENT - 1], seedance_block_unref);
  for (guint i = RECENT - 1; i > 0; i--)
    spool->recent[i] = spool->recent[i - 1];
  spool->recent[0] = seedance_block_ref (block);
}

gboolean
seedance_spool_store (
    SeedanceSpool *spool, SeedanceBlock *block, GError **error)
{
  if (!write_whole (spool, block))
    return set_disk_error (error, "write", spool->path);
  write_out (spool, block);

  g_mutex_lock (spool->lock);
  seedance_ranges_add (spool->there, block->start, block->start + block->size);
  remember_locked (spool, block);
  if (spool->hook)
    spool->hook (spool->user_data);
  g_cond_broadcast (spool->cond);
  g_mutex_unlock (spool->lock);

  return TRUE;
}

SeedanceBlock *
seedance_spool_recent_locked (SeedanceSpool *spool, guint64 offset)
{
  for (guint i = 0; i < RECENT; i++) {
    SeedanceBlock *block = spool->recent[i];

    if (block && offset >= block->start && offset - block->start < block->size)
      return seedance_block_ref (block);
  }

  return NULL;
}

void
seedance_spool_clear_locked (SeedanceSpool *spool)
{
  seedance_ranges_clear (spool->there);
  forget_recent (spool);
  /* Failing to give the room back costs nothing but room. */
  if (ftruncate (spool->fd, 0) != 0)
    g_debug ("ftruncate: %s", g_strerror (errno));
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

gssize
seedance_spool_load (SeedanceSpool *spool, guint64 offset, guint8 *data,
    gsize size, GError **error)
{
  gsize done = 0;

  while (done < size) {
    gssize got =
        pread (spool->fd, data + done, size - done, (off_t) (offset + done));

    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      set_disk_error (error, "read", spool->path);
      return -1;
    }
    if (got == 0)
      break;
    done += (gsize) got;
  }

  return (gssize) done;
}

gboolean
seedance_spool_commit (SeedanceSpool *spool, GError **error)
{
  if (!spool->part)
    return TRUE;
  if (fsync (spool->fd) != 0 || g_rename (spool->part, spool->path) != 0)
    return set_disk_error (error, "write", spool->path);
  g_clear_pointer (&spool->part, g_free);
  g_mutex_lock (spool->lock);
  forget_recent (spool);
  g_mutex_unlock (spool->lock);

  return TRUE;
}
