/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ranges.h"
#include "unique.h"

struct _SeedanceSpool {
  int fd;
  gchar *path; /* final */
  gchar *part; /* until committed, else NULL */
  GMutex *lock;
  GCond *cond;
  SeedanceRanges *there;
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

void
seedance_spool_free (SeedanceSpool *spool)
{
  if (!spool)
    return;
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

gboolean
seedance_spool_store (SeedanceSpool *spool, guint64 offset, const guint8 *data,
    gsize size, GError **error)
{
  gsize done = 0;

  while (done < size) {
    gssize wrote =
        pwrite (spool->fd, data + done, size - done, (off_t) (offset + done));

    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote <= 0)
      return set_disk_error (error, "write", spool->path);
    done += (gsize) wrote;
  }

  g_mutex_lock (spool->lock);
  seedance_ranges_add (spool->there, offset, offset + size);
  if (spool->hook)
    spool->hook (spool->user_data);
  g_cond_broadcast (spool->cond);
  g_mutex_unlock (spool->lock);

  return TRUE;
}

void
seedance_spool_clear_locked (SeedanceSpool *spool)
{
  seedance_ranges_clear (spool->there);
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

  return TRUE;
}
