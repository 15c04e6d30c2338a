/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads all rows with the sizes of their clips, and reports damaged ones. */

#include "ledger-list.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "ledger-private.h"

static void
entry_free (gpointer data)
{
  SeedanceLedgerEntry *entry = data;

  g_free (entry->name);
  seedance_record_free (entry->record);
  g_free (entry->problem);
  g_free (entry);
}

static void
look_at_clip (const gchar *dir, SeedanceLedgerEntry *entry)
{
  g_autofree gchar *clip = seedance_ledger_clip_path (dir, entry->record);
  struct stat info;

  entry->has_clip = g_lstat (clip, &info) == 0 && S_ISREG (info.st_mode);
  entry->clip_size = entry->has_clip ? (guint64) info.st_size : 0;
}

/* The name of a damaged row may be anything, so no clip is looked up by it. */
static SeedanceLedgerEntry *
entry_new (const gchar *dir, SeedanceStatement *statement)
{
  SeedanceLedgerEntry *entry = g_new0 (SeedanceLedgerEntry, 1);

  entry->record = seedance_row_read (statement);
  if (entry->record) {
    entry->name = g_strdup (entry->record->name);
    look_at_clip (dir, entry);
    return entry;
  }
  entry->name = seedance_statement_get_text (statement, 0);
  if (!entry->name)
    entry->name = g_strdup ("");
  entry->problem = g_strdup_printf (
      "The record '%s' is damaged. It may stand for a clip that was paid for.",
      entry->name);

  return entry;
}

/* Damaged rows come first, as the user has to look at them. */
static gint
entry_compare (gconstpointer a, gconstpointer b)
{
  const SeedanceLedgerEntry *left = *(SeedanceLedgerEntry *const *) a;
  const SeedanceLedgerEntry *right = *(SeedanceLedgerEntry *const *) b;

  return (left->record != NULL) - (right->record != NULL);
}

static GPtrArray *
list_rows (const gchar *dir, SeedanceDb *db)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (entry_free);
  g_autoptr (SeedanceStatement) statement = seedance_db_prepare (db,
      "SELECT " SEEDANCE_ROW_COLUMNS " FROM attempts WHERE NOT forgotten "
      "ORDER BY created DESC, id DESC;");

  while (seedance_statement_step (statement))
    g_ptr_array_add (entries, entry_new (dir, statement));
  g_ptr_array_sort (entries, entry_compare);

  return entries;
}

/* A folder that cannot be opened must not look like an empty ledger. */
static gboolean
can_be_read (const gchar *dir, GError **error)
{
  g_autoptr (GError) problem = NULL;
  GDir *folder = g_dir_open (dir, 0, &problem);

  if (folder) {
    g_dir_close (folder);
    return seedance_ledger_check_folder (dir, error);
  }
  if (g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return TRUE;
  g_set_error_literal (
      error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS, problem->message);

  return FALSE;
}

GPtrArray *
seedance_ledger_list (const gchar *dir, GError **error)
{
  GError *problem = NULL;
  GPtrArray *entries;
  SeedanceDb *db;

  if (!can_be_read (dir, error))
    return NULL;
  db = seedance_db_begin (dir, SEEDANCE_DB_READ, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return NULL;
  }
  if (!db)
    return g_ptr_array_new_with_free_func (entry_free);
  entries = list_rows (dir, db);
  if (!seedance_db_end (db, TRUE, error))
    g_clear_pointer (&entries, g_ptr_array_unref);

  return entries;
}

/* A row may be damaged although SQLite finds no fault in the database. */
static gchar **
add_damaged_rows (const gchar *dir, gchar **found)
{
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();
  g_autoptr (GPtrArray) entries = seedance_ledger_list (dir, NULL);
  g_auto (GStrv) owned = found;

  g_strv_builder_addv (all, (const gchar **) owned);
  for (guint i = 0; entries && i < entries->len; i++) {
    const SeedanceLedgerEntry *entry = g_ptr_array_index (entries, i);

    if (entry->problem)
      g_strv_builder_add (all, entry->problem);
  }

  return g_strv_builder_end (all);
}

gchar **
seedance_ledger_check (const gchar *dir, GError **error)
{
  GError *problem = NULL;
  SeedanceDb *db;
  gchar **found;

  if (!can_be_read (dir, error))
    return NULL;
  db = seedance_db_begin (dir, SEEDANCE_DB_READ, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return NULL;
  }
  if (!db)
    return g_new0 (gchar *, 1);
  found = seedance_db_check (db);
  if (!seedance_db_end (db, TRUE, error)) {
    g_strfreev (found);
    return NULL;
  }

  return add_damaged_rows (dir, found);
}
