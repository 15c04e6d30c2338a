/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder for each order with a file for each task: creating one needs no
 * lock, and does nothing the second time. */

#include "ledger-failures.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

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

void
seedance_ledger_note_failure (const gchar *dir, const gchar *order,
    const gchar *task_id, const gchar *words)
{
  g_autofree gchar *folder = folder_of (dir, order);
  g_autofree gchar *hash =
      g_compute_checksum_for_string (G_CHECKSUM_SHA256, task_id, -1);
  g_autofree gchar *name = g_strndup (hash, NAME_DIGITS);
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autofree gchar *text = g_strdup_printf ("%s\n%s", task_id, words);

  if (g_mkdir (folder, 0700) == 0)
    seedance_ledger_sync_folder (dir);
  if (seedance_ledger_write_new (path, text))
    seedance_ledger_sync_folder (folder);
}

/* Takes @path for the latest one if it is newer than @newest. */
static void
look_at (SeedanceFailures *failures, const gchar *path, gint64 *newest)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;
  struct stat info;
  gint64 time;

  if (g_lstat (path, &info) != 0)
    return;
  time = (gint64) info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
  if (failures->task_id && time < *newest)
    return;
  if (!seedance_file_read (
          path, SEEDANCE_FILE_OURS, TEXT_MAX, &text, NULL, NULL))
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
  g_autoptr (GDir) folder = g_dir_open (path, 0, &problem);
  const gchar *name;
  gint64 newest = 0;

  *failures = (SeedanceFailures){ 0 };
  if (problem &&
      !g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  while (folder && (name = g_dir_read_name (folder))) {
    g_autofree gchar *file = g_build_filename (path, name, NULL);

    if (strlen (name) != NAME_DIGITS)
      continue;
    failures->count++;
    look_at (failures, file, &newest);
  }

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
  g_autoptr (GDir) folder = path ? g_dir_open (path, 0, NULL) : NULL;
  const gchar *name;

  if (!folder)
    return;
  while ((name = g_dir_read_name (folder))) {
    g_autofree gchar *file = g_build_filename (path, name, NULL);

    if (strlen (name) == NAME_DIGITS)
      g_unlink (file);
  }
  g_rmdir (path);
}
