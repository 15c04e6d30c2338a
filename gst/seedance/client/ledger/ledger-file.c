/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks, creates, names and removes the file of the database. */

#define _GNU_SOURCE /* renameat2() */

#include "ledger-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "error.h"
#include "file.h"
#include "unique.h"

#define RESERVE_FILE "ledger.reserve"
/* More than a few transactions need. Bytes. */
#define RESERVE_SIZE (128 * 1024)
/* The names of files in which the first releases kept their records. */
#define OLD_RECORD "^[0-9a-f]{64}(\\.[0-9a-f]{32})?\\.json$"

gboolean
seedance_ledger_file_exists (const gchar *path)
{
  struct stat info;

  return g_lstat (path, &info) == 0 || errno != ENOENT;
}

static const gchar *
why_not_ours (const gchar *path, const struct stat *info)
{
  if (S_ISLNK (info->st_mode))
    return "it is a link";
  if (!S_ISREG (info->st_mode))
    return "it is no file";
  if (info->st_uid != geteuid ())
    return "it belongs to another user";
  if (info->st_mode & (S_IWGRP | S_IWOTH))
    return "it can be written by other users (take that away with chmod go-w)";
  if (access (path, R_OK) != 0)
    return "it may not be read by you (allow that with chmod u+rw)";

  return NULL;
}

static gboolean
refuse (GError **error, const gchar *path, const gchar *why)
{
  g_autofree gchar *shown = g_filename_display_name (path);

  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED,
      "The ledger '%s' cannot be trusted: %s. It may stand for clips that "
      "were paid for.",
      shown, why);

  return FALSE;
}

/* Checks the files that SQLite keeps beside the database. If one of them were a
 * FIFO, SQLite would wait for ever. */
static gboolean
check_beside (const gchar *path, GError **error)
{
  static const gchar *const beside[] = { "-wal", "-journal", "-shm" };

  for (guint i = 0; i < G_N_ELEMENTS (beside); i++) {
    g_autofree gchar *name = g_strconcat (path, beside[i], NULL);
    struct stat info;
    const gchar *why;

    if (g_lstat (name, &info) != 0)
      continue;
    why = why_not_ours (name, &info);
    if (why)
      return refuse (error, name, why);
  }

  return TRUE;
}

gboolean
seedance_ledger_file_check (
    const gchar *path, SeedanceFileId *id, GError **error)
{
  struct stat info;
  const gchar *why;

  why = g_lstat (path, &info) == 0 ? why_not_ours (path, &info)
                                   : g_strerror (errno);
  /* An empty file has lost its rows. SQLite would also delete the log beside
   * it, which may still hold some. */
  if (!why && info.st_size == 0)
    why = "it is empty";
  if (why)
    return refuse (error, path, why);
  *id = (SeedanceFileId){ info.st_dev, info.st_ino };

  return check_beside (path, error);
}

void
seedance_ledger_file_get_id (const gchar *path, SeedanceFileId *id)
{
  struct stat info;

  *id = (SeedanceFileId){ 0 };
  if (g_lstat (path, &info) == 0)
    *id = (SeedanceFileId){ info.st_dev, info.st_ino };
}

gboolean
seedance_ledger_file_is (const gchar *path, const SeedanceFileId *id)
{
  struct stat info;

  return g_lstat (path, &info) == 0 && info.st_dev == id->device &&
         info.st_ino == id->inode;
}

/* Returns TRUE if there is a non-empty log whose database is gone. SQLite would
 * apply it to the next database of that name. *@log is its path (g_free()). */
static gboolean
has_log_alone (const gchar *dir, gchar **log)
{
  static const gchar *const logs[] = { "-wal", "-journal" };
  g_autofree gchar *path = g_build_filename (dir, SEEDANCE_LEDGER_FILE, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (logs); i++) {
    g_autofree gchar *beside = g_strconcat (path, logs[i], NULL);
    struct stat info;

    if (g_lstat (beside, &info) != 0 || info.st_size == 0 ||
        seedance_ledger_file_exists (path))
      continue;
    *log = g_steal_pointer (&beside);
    return TRUE;
  }

  return FALSE;
}

static gboolean
check_log (const gchar *dir, GError **error)
{
  g_autofree gchar *log = NULL, *shown = NULL;

  if (!has_log_alone (dir, &log))
    return TRUE;
  shown = g_filename_display_name (log);
  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED,
      "The ledger that '%s' belongs to is gone, and the latest orders may "
      "stand "
      "in it alone. Put the ledger back beside it, or move it away to begin "
      "anew.",
      shown);

  return FALSE;
}

gboolean
seedance_ledger_file_check_place (const gchar *dir, GError **error)
{
  g_autoptr (GRegex) old = g_regex_new (OLD_RECORD, 0, 0, NULL);
  g_autoptr (GDir) folder = g_dir_open (dir, 0, NULL);
  g_autofree gchar *shown = g_filename_display_name (dir);
  const gchar *name;

  if (!check_log (dir, error))
    return FALSE;
  while (folder && (name = g_dir_read_name (folder))) {
    if (!g_regex_match (old, name, 0, NULL))
      continue;
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED,
        "The state folder '%s' holds records of an earlier version, which this "
        "one does not read (%s). They may stand for clips that were paid for. "
        "Move the folder away and keep it: each record names its task, which "
        "task-id=… fetches without a second bill.",
        shown, name);
    return FALSE;
  }

  return TRUE;
}

static gboolean
set_file_error (GError **error, const gchar *path, const gchar *what)
{
  int number = errno;
  g_autofree gchar *shown = g_filename_display_name (path);

  g_set_error (error, SEEDANCE_ERROR,
      number == ENOSPC || number == EDQUOT ? SEEDANCE_ERROR_NO_SPACE
                                           : SEEDANCE_ERROR_SETTINGS,
      "Could not %s '%s': %s. Set state-dir (or SEEDANCE_STATE_DIR) to a "
      "folder on a disk with room that can be written to.",
      what, shown, g_strerror (number));

  return FALSE;
}

gchar *
seedance_ledger_file_new (const gchar *dir, GError **error)
{
  g_autofree gchar *nonce = seedance_unique ();
  g_autofree gchar *name =
      g_strdup_printf (".%s.%s", SEEDANCE_LEDGER_FILE, nonce);
  g_autofree gchar *path = g_build_filename (dir, name, NULL);
  int fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  if (fd < 0) {
    set_file_error (error, path, "create");
    return NULL;
  }
  close (fd);

  return g_steal_pointer (&path);
}

/* A file that has the name already must not be replaced: it may have rows.
 * link() and RENAME_NOREPLACE ensure that, where the file system has them. */
static gboolean
give_name (const gchar *temporary, const gchar *path)
{
  if (link (temporary, path) == 0 || errno == EEXIST)
    return TRUE;
  if (renameat2 (AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0 ||
      errno == EEXIST)
    return TRUE;

  return seedance_ledger_file_exists (path) || g_rename (temporary, path) == 0;
}

gboolean
seedance_ledger_file_place (
    const gchar *temporary, const gchar *path, GError **error)
{
  g_autofree gchar *dir = g_path_get_dirname (path);

  if (!seedance_file_sync (temporary))
    return set_file_error (error, temporary, "write");
  if (!give_name (temporary, path))
    return set_file_error (error, path, "create");
  seedance_file_sync_folder (dir);

  return TRUE;
}

void
seedance_ledger_file_remove (const gchar *temporary)
{
  static const gchar *const beside[] = { "", "-journal", "-wal", "-shm" };

  for (guint i = 0; i < G_N_ELEMENTS (beside); i++) {
    g_autofree gchar *path = g_strconcat (temporary, beside[i], NULL);

    g_unlink (path);
  }
}

static gchar *
make_reserve_path (const gchar *dir)
{
  return g_build_filename (dir, RESERVE_FILE, NULL);
}

gboolean
seedance_ledger_file_reserve (const gchar *dir, GError **error)
{
  g_autofree gchar *path = make_reserve_path (dir);
  struct stat info;
  int fd, number;

  if (g_lstat (path, &info) == 0 && info.st_size >= RESERVE_SIZE)
    return TRUE;
  /* A crash may have left a smaller file. */
  g_unlink (path);
  fd =
      g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return TRUE;
  number = posix_fallocate (fd, 0, RESERVE_SIZE);
  close (fd);
  if (number != 0)
    g_unlink (path);
  if (number != ENOSPC && number != EDQUOT)
    return TRUE;
  errno = number;

  return set_file_error (error, path, "make room for");
}

gboolean
seedance_ledger_file_release (const gchar *dir)
{
  g_autofree gchar *path = make_reserve_path (dir);

  return g_unlink (path) == 0;
}

gboolean
seedance_ledger_file_is_remote (const gchar *dir)
{
  /* NFS, SMB (three), AFS, Ceph, 9P, FUSE, Lustre, VirtualBox, GPFS. */
  static const guint32 types[] = { 0x6969, 0x517b, 0xfe534d42, 0xff534d42,
    0x5346414f, 0x00c36400, 0x01021997, 0x65735546, 0x0bd00bd0, 0x786f4256,
    0x47504653 };
  struct statfs info;

  /* statfs() always works on a local disk, but may fail on a share. */
  if (statfs (dir, &info) != 0)
    return errno != ENOENT;
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    if ((guint32) info.f_type == types[i])
      return TRUE;
  }

  return FALSE;
}
