/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder for each order with a file for each task: creating one needs no
 * lock, and does nothing the second time. */

#include "ledger-failures.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "ledger-private.h"

#define SUFFIX ".failed"
#define NAME_DIGITS 32
#define TEXT_MAX 8192

static gchar *
folder_of (const gchar *dir, const gchar *order)
{
  g_autofree gchar *name = g_strdup_printf ("%.64s" SUFFIX, order);

  return g_build_filename (dir, name, NULL);
}

/* Why the open folder is none that we made; NULL when it is. */
static const gchar *
why_not_ours (int fd)
{
  struct stat info;

  if (fstat (fd, &info) != 0)
    return g_strerror (errno);
  if (info.st_uid != geteuid ())
    return "it belongs to another user";
  if (info.st_mode & (S_IWGRP | S_IWOTH))
    return "it can be written by other users";

  return NULL;
}

/* What is done in there is done by its handle, and a link is not followed: it
 * could lead to somebody's files. NULL with an error of G_FILE_ERROR; NOENT when
 * there is no such folder. */
static DIR *
open_folder (const gchar *path, GError **error)
{
  const int fd =
      g_open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
  const int number = errno;
  const gboolean linked = fd < 0 && (number == ELOOP || number == ENOTDIR);
  const gchar *why = linked   ? "it is a link, or no folder"
                     : fd < 0 ? g_strerror (number)
                              : why_not_ours (fd);
  DIR *folder = why ? NULL : fdopendir (fd);
  g_autofree gchar *shown = NULL;

  if (folder)
    return folder;
  if (fd >= 0)
    close (fd);
  shown = g_filename_display_name (path);
  g_set_error (error, G_FILE_ERROR,
      fd < 0 ? g_file_error_from_errno (number) : G_FILE_ERROR_PERM,
      "\"%s\" cannot be used: %s", shown, why ? why : "it cannot be listed");

  return NULL;
}

/* The name of the next task in it, NULL behind the last one. Nothing else in
 * there is ours. */
static const gchar *
read_name (DIR *folder)
{
  const struct dirent *entry;

  while ((entry = readdir (folder))) {
    if (strlen (entry->d_name) == NAME_DIGITS &&
        strspn (entry->d_name, "0123456789abcdef") == NAME_DIGITS)
      return entry->d_name;
  }

  return NULL;
}

void
seedance_ledger_note_failure (const gchar *dir, const gchar *order,
    const gchar *task_id, const gchar *words)
{
  g_autofree gchar *folder = folder_of (dir, order);
  g_autofree gchar *hash =
      g_compute_checksum_for_string (G_CHECKSUM_SHA256, task_id, -1);
  g_autofree gchar *name = g_strndup (hash, NAME_DIGITS);
  g_autofree gchar *text = g_strdup_printf ("%s\n%s", task_id, words);
  DIR *opened;

  if (g_mkdir (folder, 0700) == 0)
    seedance_ledger_sync_folder (dir);
  opened = open_folder (folder, NULL);
  if (!opened)
    return;
  if (seedance_ledger_write_new (dirfd (opened), name, text))
    fsync (dirfd (opened));
  closedir (opened);
}

/* Takes @name for the latest one if it is newer than @newest. */
static void
look_at (
    SeedanceFailures *failures, DIR *folder, const gchar *name, gint64 *newest)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;
  struct stat info;
  gint64 time;

  if (fstatat (dirfd (folder), name, &info, AT_SYMLINK_NOFOLLOW) != 0)
    return;
  time = (gint64) info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
  if (failures->task_id && time < *newest)
    return;
  if (!seedance_file_read_at (dirfd (folder), name, SEEDANCE_FILE_OURS,
          TEXT_MAX, &text, NULL, NULL))
    return;
  *newest = time;
  lines = g_strsplit (text, "\n", 2);
  g_free (failures->task_id);
  g_free (failures->words);
  failures->task_id = g_strdup (lines[0] ? lines[0] : "");
  failures->words = g_strdup (lines[0] && lines[1] ? lines[1] : "");
}

gboolean
seedance_ledger_get_failures (const gchar *dir, const gchar *order,
    SeedanceFailures *failures, GError **error)
{
  g_autofree gchar *path = folder_of (dir, order);
  g_autoptr (GError) problem = NULL;
  DIR *folder = open_folder (path, &problem);
  const gchar *name;
  gint64 newest = 0;

  *failures = (SeedanceFailures){ 0 };
  if (problem && !g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  while (folder && (name = read_name (folder))) {
    failures->count++;
    look_at (failures, folder, name, &newest);
  }
  if (folder)
    closedir (folder);

  return TRUE;
}

void
seedance_failures_clear (SeedanceFailures *failures)
{
  g_clear_pointer (&failures->task_id, g_free);
  g_clear_pointer (&failures->words, g_free);
  failures->count = 0;
}

void
seedance_ledger_forget_failures (const gchar *dir, const gchar *order)
{
  g_autofree gchar *path = order ? folder_of (dir, order) : NULL;
  DIR *folder = path ? open_folder (path, NULL) : NULL;
  const gchar *name;

  if (!folder)
    return;
  while ((name = read_name (folder)))
    unlinkat (dirfd (folder), name, 0);
  closedir (folder);
  g_rmdir (path);
}
