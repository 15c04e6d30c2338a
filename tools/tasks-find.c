/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tasks-find.h"

#include "tasks-print.h"

#define SHOWN_MAX 40

static gboolean
is_called (const SeedanceLedgerEntry *entry, const gchar *task)
{
  return g_str_equal (entry->name, task) ||
         (entry->record && g_strcmp0 (entry->record->task_id, task) == 0);
}

static gboolean
starts_with (const SeedanceLedgerEntry *entry, const gchar *task)
{
  const gchar *id = entry->record ? entry->record->task_id : NULL;

  return *task && (g_str_has_prefix (entry->name, task) ||
                      (id && g_str_has_prefix (id, task)));
}

typedef gboolean (*MatchFunc) (const SeedanceLedgerEntry *, const gchar *);

static GPtrArray *
find_all (const GPtrArray *entries, const gchar *task, MatchFunc match)
{
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; i < entries->len; i++) {
    if (match (g_ptr_array_index (entries, i), task))
      g_ptr_array_add (found, g_ptr_array_index (entries, i));
  }

  return found;
}

static void
list_candidates (const GPtrArray *found)
{
  for (guint i = 0; i < found->len; i++) {
    const SeedanceLedgerEntry *entry = g_ptr_array_index (found, i);
    g_autofree gchar *name = tasks_clean (entry->name, SHOWN_MAX);
    g_autofree gchar *id =
        tasks_clean (entry->record ? entry->record->task_id : NULL, SHOWN_MAX);

    g_printerr ("  %s  (record %s)\n", id, name);
  }
}

SeedanceLedgerEntry *
tasks_find (const GPtrArray *entries, const gchar *task, const gchar *dir)
{
  g_autoptr (GPtrArray) found = find_all (entries, task, is_called);
  g_autofree gchar *shown = tasks_clean (task, 2 * SHOWN_MAX);
  g_autofree gchar *folder = tasks_clean (dir, 0);

  if (found->len == 0) {
    g_ptr_array_unref (found);
    found = find_all (entries, task, starts_with);
  }
  if (found->len == 1)
    return g_ptr_array_index (found, 0);
  if (found->len == 0) {
    g_printerr (
        "seedance-tasks: There is no task and no record '%s' in '%s'.\n", shown,
        folder);
    return NULL;
  }
  g_printerr ("seedance-tasks: '%s' may mean any of these; write more of the "
              "one that is meant:\n",
      shown);
  list_candidates (found);

  return NULL;
}
