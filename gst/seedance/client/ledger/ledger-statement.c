/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prepares and runs statements within a transaction of the database. */

#include "ledger-db-private.h"

#include <string.h>

#define PROBLEMS_MAX 20

const gchar *
seedance_db_dir (const SeedanceDb *db)
{
  return db->dir;
}

gboolean
seedance_db_is_remote (const SeedanceDb *db)
{
  return db->remote;
}

gint
seedance_db_count_changes (SeedanceDb *db)
{
  return sqlite3_changes (db->handle);
}

/* Takes an idle statement of the same SQL out of the cache, if there is one. */
static sqlite3_stmt *
take_kept (SeedanceDb *db, const gchar *sql)
{
  gpointer kept = NULL;

  g_hash_table_steal_extended (db->kept, sql, NULL, &kept);

  return kept;
}

SeedanceStatement *
seedance_db_prepare (SeedanceDb *db, const gchar *sql)
{
  SeedanceStatement *statement = g_new0 (SeedanceStatement, 1);
  int code = SQLITE_OK;

  statement->db = db;
  if (!db->error)
    statement->handle = take_kept (db, sql);
  if (!db->error && !statement->handle)
    code = sqlite3_prepare_v3 (db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
        &statement->handle, NULL);
  if (code != SQLITE_OK)
    seedance_db_note_error (db, code);

  return statement;
}

/* SQLite takes longer to compile a statement than to run it, and there are few
 * different ones, so each is kept for the next time. */
static void
keep (SeedanceDb *db, sqlite3_stmt *handle)
{
  sqlite3_reset (handle);
  sqlite3_clear_bindings (handle);
  g_hash_table_replace (db->kept, (gpointer) sqlite3_sql (handle), handle);
}

void
seedance_statement_free (SeedanceStatement *statement)
{
  if (!statement)
    return;
  if (statement->handle)
    keep (statement->db, statement->handle);
  g_free (statement);
}

static int
find_parameter (SeedanceStatement *statement, const gchar *name)
{
  int index = sqlite3_bind_parameter_index (statement->handle, name);

  g_return_val_if_fail (index > 0, 0);

  return index;
}

void
seedance_statement_set_text (
    SeedanceStatement *statement, const gchar *name, const gchar *text)
{
  if (statement->handle && text)
    sqlite3_bind_text (statement->handle, find_parameter (statement, name),
        text, -1, SQLITE_TRANSIENT);
}

void
seedance_statement_set_integer (
    SeedanceStatement *statement, const gchar *name, gint64 value)
{
  if (statement->handle)
    sqlite3_bind_int64 (
        statement->handle, find_parameter (statement, name), value);
}

gboolean
seedance_statement_step (SeedanceStatement *statement)
{
  int code;

  if (!statement->handle || statement->db->error)
    return FALSE;
  code = sqlite3_step (statement->handle);
  if (code == SQLITE_ROW)
    return TRUE;
  if (code != SQLITE_DONE)
    seedance_db_note_error (statement->db, code);

  return FALSE;
}

gchar *
seedance_statement_get_text (SeedanceStatement *statement, gint column)
{
  const gchar *text;

  if (sqlite3_column_type (statement->handle, column) != SQLITE_TEXT)
    return NULL;
  text = (const gchar *) sqlite3_column_text (statement->handle, column);
  if (!text ||
      strlen (text) != (gsize) sqlite3_column_bytes (statement->handle, column))
    return NULL;

  return g_strdup (text);
}

gint64
seedance_statement_get_integer (SeedanceStatement *statement, gint column)
{
  if (sqlite3_column_type (statement->handle, column) != SQLITE_INTEGER)
    return -1;

  return sqlite3_column_int64 (statement->handle, column);
}

gchar **
seedance_db_check (SeedanceDb *db)
{
  g_autoptr (GStrvBuilder) problems = g_strv_builder_new ();
  g_autoptr (SeedanceStatement) statement =
      seedance_db_prepare (db, "PRAGMA integrity_check;");
  guint n = 0;

  while (n < PROBLEMS_MAX && seedance_statement_step (statement)) {
    g_autofree gchar *line = seedance_statement_get_text (statement, 0);

    if (g_strcmp0 (line, "ok") == 0)
      continue;
    g_strv_builder_add (problems, line ? line : "not readable");
    n++;
  }

  return g_strv_builder_end (problems);
}
