/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prepares the state folder, finds, saves and forgets single rows, and names
 * the files of their clips. */

#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger-file.h"
#include "ledger-private.h"
#include "spool.h"

GError *
seedance_ledger_nothing_ordered (GError *error)
{
  g_prefix_error (&error, "Nothing was ordered and nothing is billed. ");

  return error;
}

static gboolean
refuse_folder (
    GError **error, const gchar *dir, const gchar *why, const gchar *what_to_do)
{
  g_autofree gchar *shown = g_filename_display_name (dir);

  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
      "The state folder '%s' %s: what it says of paid clips cannot be trusted. "
      "%s. Nothing was ordered and nothing is billed.",
      shown, why, what_to_do);

  return FALSE;
}

gboolean
seedance_ledger_check_folder (const gchar *dir, GError **error)
{
  struct stat info;

  if (g_stat (dir, &info) != 0 || !S_ISDIR (info.st_mode))
    return TRUE;
  if (info.st_uid != geteuid ())
    return refuse_folder (error, dir, "belongs to another user",
        "Set state-dir (or SEEDANCE_STATE_DIR) to a folder of your own");
  if (info.st_mode & (S_IWGRP | S_IWOTH))
    return refuse_folder (error, dir, "can be written by other users",
        "Take that away (chmod go-w), or set state-dir (or "
        "SEEDANCE_STATE_DIR) to a folder of your own");

  return TRUE;
}

static GError *
make_folder_error (const gchar *dir, int number)
{
  g_autofree gchar *shown = g_filename_display_name (dir);

  return g_error_new (SEEDANCE_ERROR,
      number == ENOSPC || number == EDQUOT ? SEEDANCE_ERROR_NO_SPACE
                                           : SEEDANCE_ERROR_SETTINGS,
      "Could not make the folder '%s': %s. Set state-dir (or "
      "SEEDANCE_STATE_DIR) to a folder on a disk with room that can be "
      "written to.",
      shown, g_strerror (number));
}

gboolean
seedance_ledger_prepare (const gchar *dir, GError **error)
{
  GError *problem = NULL;
  SeedanceDb *db = NULL;

  if (g_mkdir_with_parents (dir, 0700) != 0)
    problem = make_folder_error (dir, errno);
  else if (!seedance_ledger_check_folder (dir, error))
    return FALSE;
  else
    db = seedance_db_begin (dir, SEEDANCE_DB_NOTE, &problem);
  if (db && seedance_db_end (db, FALSE, &problem)) {
    seedance_ledger_file_reserve (dir, NULL);
    return TRUE;
  }
  g_propagate_error (error, seedance_ledger_nothing_ordered (problem));

  return FALSE;
}

gboolean
seedance_ledger_reserve (const gchar *dir, GError **error)
{
  GError *problem = NULL;

  if (seedance_ledger_file_reserve (dir, &problem))
    return TRUE;
  g_propagate_error (error, seedance_ledger_nothing_ordered (problem));

  return FALSE;
}

/* The first row that @sql finds. @values has pairs of a parameter and its text,
 * and ends with NULL. */
static SeedanceRecord *
find (const gchar *dir, const gchar *sql, const gchar *const *values,
    GError **error)
{
  SeedanceDb *db = seedance_db_begin (dir, SEEDANCE_DB_READ, error);
  SeedanceStatement *statement;
  SeedanceRecord *record;
  GError *problem = NULL;

  if (!db)
    return NULL;
  statement = seedance_db_prepare (db, sql);
  for (; values[0]; values += 2)
    seedance_statement_set_text (statement, values[0], values[1]);
  record = seedance_row_take (statement, dir, &problem);
  seedance_db_end (db, !problem, problem ? NULL : &problem);
  if (!problem)
    return record;
  seedance_record_free (record);
  g_propagate_error (error, problem);

  return NULL;
}

SeedanceRecord *
seedance_ledger_find_task (const gchar *dir, const gchar *provider,
    const gchar *base_url, const gchar *task_id, GError **error)
{
  const gchar *const values[] = { ":task", task_id, ":provider", provider,
    ":base_url", base_url, NULL };

  return find (dir,
      "SELECT " SEEDANCE_ROW_COLUMNS " FROM attempts "
      "WHERE task_id = :task AND provider = :provider "
      "AND base_url = :base_url AND NOT forgotten ORDER BY id DESC LIMIT 1;",
      values, error);
}

SeedanceRecord *
seedance_ledger_find (const gchar *dir, const gchar *name, GError **error)
{
  const gchar *const values[] = { ":name", name, NULL };

  return find (dir,
      "SELECT " SEEDANCE_ROW_COLUMNS
      " FROM attempts WHERE name = :name AND NOT forgotten;",
      values, error);
}

/* From READY on a power cut may undo the update at no cost: the file of the
 * clip shows that the clip is stored. */
static SeedanceDbMode
mode_of (SeedanceRecordState state)
{
  return state < SEEDANCE_RECORD_READY ? SEEDANCE_DB_DECIDE : SEEDANCE_DB_NOTE;
}

static gboolean
save (const gchar *dir, SeedanceRecord *record, GError **error)
{
  SeedanceDb *db = seedance_db_begin (dir, mode_of (record->state), error);

  if (!db)
    return FALSE;
  record->updated = g_get_real_time () / G_USEC_PER_SEC;
  seedance_row_write (db, record, FALSE);

  return seedance_db_end (db, TRUE, error);
}

gboolean
seedance_ledger_save (const gchar *dir, SeedanceRecord *record, GError **error)
{
  GError *problem = NULL;

  if (save (dir, record, &problem))
    return TRUE;
  /* The disk is full. There may be enough room in the reserve, or where another
   * process has just given up its own. */
  if (g_error_matches (problem, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE)) {
    seedance_ledger_file_release (dir);
    g_clear_error (&problem);
    if (save (dir, record, &problem))
      return TRUE;
  }
  g_propagate_error (error, problem);

  return FALSE;
}

/* Runs @sql on the row @name. Returns TRUE if it changed a row. */
static gboolean
change (const gchar *dir, const gchar *name, const gchar *sql, GError **error)
{
  SeedanceDb *db = seedance_db_begin (dir, SEEDANCE_DB_DECIDE, error);
  SeedanceStatement *statement;
  gboolean changed;

  if (!db)
    return FALSE;
  statement = seedance_db_prepare (db, sql);
  seedance_statement_set_text (statement, ":name", name);
  seedance_statement_step (statement);
  changed = seedance_db_count_changes (db) > 0;
  seedance_statement_free (statement);

  return seedance_db_end (db, TRUE, error) && changed;
}

gboolean
seedance_ledger_remove_named (const gchar *dir, const SeedanceRecord *record)
{
  g_autofree gchar *clip = seedance_ledger_clip_path (dir, record);

  if (seedance_spool_may_be_in_use (clip) ||
      !change (dir, record->name,
          "DELETE FROM attempts WHERE name = :name AND named "
          "AND identity IS NULL AND state = 'submitted';",
          NULL))
    return FALSE;
  seedance_ledger_remove_clip (dir, record->name);

  return TRUE;
}

gboolean
seedance_ledger_forget (const gchar *dir, const gchar *name, GError **error)
{
  GError *problem = NULL;
  gboolean changed;

  /* The failed tasks of the same order go as well: the user wants another
   * try. */
  changed = change (dir, name,
      "UPDATE attempts SET forgotten = 1 WHERE name = :name OR "
      "(state = 'failed' AND identity = "
      "(SELECT identity FROM attempts WHERE name = :name));",
      &problem);
  if (!changed && !problem)
    problem = g_error_new (SEEDANCE_ERROR, SEEDANCE_ERROR_NOT_FOUND,
        "There is no record '%s' any more.", name);
  if (problem) {
    g_propagate_error (error, problem);
    return FALSE;
  }
  seedance_ledger_remove_clip (dir, name);

  return TRUE;
}

/* Only a damaged row has a time of 0 or of more than a day. The term with >= is
 * that of the index. */
gint64
seedance_ledger_get_shortest_time (const gchar *dir, const gchar *kind)
{
  SeedanceDb *db = seedance_db_begin (dir, SEEDANCE_DB_READ, NULL);
  SeedanceStatement *statement;
  gint64 shortest = 0;

  if (!db)
    return 0;
  statement = seedance_db_prepare (db,
      "SELECT min(generation_ms) FROM (SELECT generation_ms FROM attempts "
      "WHERE kind = :kind AND generation_ms >= 0 "
      "AND generation_ms BETWEEN 1 AND 86400000 ORDER BY id DESC LIMIT 16);");
  seedance_statement_set_text (statement, ":kind", kind);
  if (seedance_statement_step (statement))
    shortest = MAX (seedance_statement_get_integer (statement, 0), 0);
  seedance_statement_free (statement);
  seedance_db_end (db, FALSE, NULL);

  return shortest;
}

gchar *
seedance_ledger_make_clip_path (const gchar *dir, const gchar *name)
{
  g_autofree gchar *file = g_strconcat (name, ".mp4", NULL);

  return g_build_filename (dir, file, NULL);
}

gchar *
seedance_ledger_clip_path (const gchar *dir, const SeedanceRecord *record)
{
  return seedance_ledger_make_clip_path (dir, record->name);
}

gboolean
seedance_ledger_has_clip (const gchar *dir, const SeedanceRecord *record)
{
  g_autofree gchar *clip = seedance_ledger_clip_path (dir, record);

  return seedance_ledger_file_exists (clip) ||
         seedance_spool_may_have_part (clip);
}

void
seedance_ledger_remove_clip (const gchar *dir, const gchar *name)
{
  g_autofree gchar *clip = seedance_ledger_make_clip_path (dir, name);

  /* The name in a damaged row might lead out of the folder. */
  if (!seedance_row_is_name (name))
    return;
  g_unlink (clip);
  seedance_spool_remove_part (clip);
}

void
seedance_ledger_note_use (const gchar *path)
{
  utimensat (AT_FDCWD, path, NULL, 0);
}
