/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A whole id or name goes before a beginning, so that a clip can be named even
 * if its id is the beginning of another one. */
#include "tasks-find.h"

#include <string.h>

#include "tasks-print.h"
#include "url.h"

#define SHOWN_MAX 40
#define CANDIDATES_MAX 10

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

/* Returns @task without the sign at the end of an id that the table has cut,
 * which is "..." on terminals without "…". Returns NULL if there is no sign.
 * Free with g_free(). */
static gchar *
uncut (const gchar *task)
{
  static const gchar *const signs[] = { "…", "..." };

  for (guint i = 0; i < G_N_ELEMENTS (signs); i++) {
    if (g_str_has_suffix (task, signs[i]))
      return g_strndup (task, strlen (task) - strlen (signs[i]));
  }

  return NULL;
}

/* Returns TRUE if some of @found have the same task id, as of two services:
 * more letters of the id do not help then. */
static gboolean
share_an_id (const GPtrArray *found)
{
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < found->len; i++) {
    const SeedanceLedgerEntry *entry = g_ptr_array_index (found, i);

    if (entry->record && entry->record->task_id &&
        !g_hash_table_add (ids, entry->record->task_id))
      return TRUE;
  }

  return FALSE;
}

static void
list_candidates (const GPtrArray *found)
{
  for (guint i = 0; i < MIN (found->len, CANDIDATES_MAX); i++) {
    const SeedanceLedgerEntry *entry = g_ptr_array_index (found, i);
    const SeedanceRecord *record = entry->record;
    /* Not cut, because the user has to type it. */
    g_autofree gchar *name = tasks_clean (entry->name, 0);
    g_autofree gchar *id =
        tasks_clean (record ? record->task_id : NULL, SHOWN_MAX);
    g_autofree gchar *host = record && record->base_url
                                 ? seedance_url_get_host (record->base_url)
                                 : NULL;
    g_autofree gchar *service = tasks_clean (host, SHOWN_MAX);

    g_printerr (
        "  %s  (record %s, %s, %s)\n", id, name, tasks_state (entry), service);
  }
  if (found->len > CANDIDATES_MAX)
    g_printerr ("  and %u more\n", found->len - CANDIDATES_MAX);
}

SeedanceLedgerEntry *
tasks_find (const GPtrArray *entries, const gchar *task, const gchar *dir)
{
  g_autoptr (GPtrArray) found = find_all (entries, task, is_called);
  g_autofree gchar *shown = tasks_clean (task, 2 * SHOWN_MAX);
  g_autofree gchar *folder = tasks_clean (dir, 0);
  g_autofree gchar *beginning = uncut (task);

  if (found->len == 0) {
    g_ptr_array_unref (found);
    found = find_all (entries, beginning ? beginning : task, starts_with);
  }
  if (found->len == 1)
    return g_ptr_array_index (found, 0);
  if (found->len == 0) {
    g_printerr (
        "seedance-tasks: There is no task and no record '%s' in '%s'.\n", shown,
        folder);
    return NULL;
  }
  g_printerr ("seedance-tasks: '%s' may mean any of these; write %s:\n", shown,
      share_an_id (found) ? "the record's name of the one that is meant, as "
                            "some have the same task id"
                          : "more of the one that is meant");
  list_candidates (found);

  return NULL;
}
