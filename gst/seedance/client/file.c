/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens a file only after stat() has shown that it is safe to open, then reads
 * it to its end. */

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* First read of a file whose size is reported as 0, such as those in /proc. */
#define FIRST_READ 4096

static gboolean
refuse (GError **error, GFileError code, const gchar *why)
{
  g_set_error_literal (error, G_FILE_ERROR, code, why);

  return FALSE;
}

static gboolean
refuse_errno (GError **error, gint number)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number),
      "cannot be read: %s", g_strerror (number));

  return FALSE;
}

static gboolean
refuse_size (GError **error, gsize max)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC,
      "has more than the %" G_GSIZE_FORMAT " bytes that are allowed", max);

  return FALSE;
}

static gboolean
check (
    const struct stat *info, SeedanceFileKind kind, gsize max, GError **error)
{
  if (S_ISLNK (info->st_mode))
    return refuse (error, G_FILE_ERROR_LOOP, "is a link");
  if (S_ISDIR (info->st_mode))
    return refuse (error, G_FILE_ERROR_ISDIR, "is a folder");
  if (!S_ISREG (info->st_mode))
    return refuse (error, G_FILE_ERROR_INVAL, "is not a regular file");
  if (kind == SEEDANCE_FILE_OURS && info->st_uid != geteuid ())
    return refuse (error, G_FILE_ERROR_PERM, "belongs to another user");
  if (kind == SEEDANCE_FILE_OURS && (info->st_mode & (S_IWGRP | S_IWOTH)))
    return refuse (error, G_FILE_ERROR_PERM, "can be written by other users");
  if (info->st_size > 0 && (guint64) info->st_size > max)
    return refuse_size (error, max);

  return TRUE;
}

/* Checks the file before it opens it, because opening a device can have
 * effects, and once more afterwards, because the path may lead to another file
 * by then. Returns the descriptor, or -1 with an error. */
static int
open_checked (const gchar *path, SeedanceFileKind kind, gsize max,
    struct stat *info, GError **error)
{
  const gboolean ours = kind == SEEDANCE_FILE_OURS;
  int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  int fd;

  if ((ours ? g_lstat (path, info) : g_stat (path, info)) != 0) {
    refuse_errno (error, errno);
    return -1;
  }
  if (!check (info, kind, max, error))
    return -1;
  fd = g_open (path, ours ? flags | O_NOFOLLOW : flags, 0);
  if (fd < 0 || fstat (fd, info) != 0)
    refuse_errno (error, errno);
  else if (check (info, kind, max, error))
    return fd;
  if (fd >= 0)
    close (fd);

  return -1;
}

/* @guess, the size from stat(), only sets the first buffer size, because the
 * file may grow while it is read. */
static gboolean
read_to_end (
    int fd, gsize guess, gsize max, gchar **data, gsize *size, GError **error)
{
  gsize room = (guess > 0 ? guess : MIN (FIRST_READ, max)) + 1;
  g_autofree gchar *bytes = g_malloc (room + 1);
  gsize done = 0;

  for (;;) {
    gssize n = read (fd, bytes + done, room - done);

    if (n == 0)
      break;
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return refuse_errno (error, errno);
    done += (gsize) n;
    if (done > max)
      return refuse_size (error, max);
    if (done == room) {
      room = MIN (2 * room, max + 1);
      bytes = g_realloc (bytes, room + 1);
    }
  }
  bytes[done] = '\0';
  *size = done;
  *data = g_steal_pointer (&bytes);

  return TRUE;
}

gboolean
seedance_file_read (const gchar *path, SeedanceFileKind kind, gsize max,
    gchar **data, gsize *size, GError **error)
{
  struct stat info;
  gsize length;
  gboolean good;
  int fd = open_checked (path, kind, max, &info, error);

  if (fd < 0)
    return FALSE;
  good = read_to_end (fd, (gsize) info.st_size, max, data, &length, error);
  close (fd);
  if (good && size)
    *size = length;

  return good;
}

gboolean
seedance_file_sync (const gchar *path)
{
  int fd = g_open (path, O_RDWR | O_CLOEXEC, 0);
  gboolean synced = fd >= 0 && fsync (fd) == 0;
  const int number = errno;

  if (fd >= 0)
    close (fd);
  errno = number;

  return synced;
}

void
seedance_file_sync_folder (const gchar *dir)
{
  int fd = g_open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd >= 0) {
    fsync (fd);
    close (fd);
  }
}
