/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How commands complain, and how they find and load the ledger. */
#include "tasks-command.h"

#include "ledger-file.h"
#include "tasks-print.h"

int
tasks_complain (const gchar *format, ...)
{
  g_autofree gchar *text = NULL, *clean = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  clean = tasks_clean (text, 0);
  g_printerr ("seedance-tasks: %s\n", clean);

  return EXIT_PROBLEM;
}

GPtrArray *
tasks_load (const TasksOptions *options)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *entries = seedance_ledger_list (options->dir, &error);

  if (!entries)
    tasks_complain ("The ledger cannot be read: %s", error->message);

  return entries;
}

gboolean
tasks_has_ledger (const TasksOptions *options)
{
  g_autofree gchar *path =
      g_build_filename (options->dir, SEEDANCE_LEDGER_FILE, NULL);

  if (seedance_ledger_file_exists (path))
    return TRUE;
  tasks_complain (
      "There is no ledger in '%s': nothing was ordered with it, or the share "
      "or disk that belongs there is not mounted.",
      options->dir);

  return FALSE;
}
