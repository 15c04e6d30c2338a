/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state folder of a fuzz target, made on first use and removed at exit. */

#include "fuzz-folder.h"

#include <glib/gstdio.h>
#include <stdlib.h>

#include "ledger-db.h"
#include "ledger.h"

/* In memory where that exists, because the ledger syncs to disk many times. */
#define MEMORY "/dev/shm/seedance-fuzz-XXXXXX"

static gchar *folder, *ledger;

static void
remove_folder (void)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);

    g_unlink (path);
  }
  if (dir)
    g_dir_close (dir);
  g_rmdir (folder);
}

const gchar *
fuzz_folder_get (void)
{
  if (folder)
    return folder;
  folder = g_strdup (MEMORY);
  if (!g_mkdtemp (folder)) {
    g_free (folder);
    folder = g_dir_make_tmp ("seedance-fuzz-XXXXXX", NULL);
  }
  g_assert_nonnull (folder);
  ledger = seedance_db_path (folder);
  atexit (remove_folder);
  g_assert_true (seedance_ledger_prepare (folder, NULL));

  return folder;
}

const gchar *
fuzz_folder_ledger (void)
{
  fuzz_folder_get ();

  return ledger;
}

sqlite3 *
fuzz_folder_open (void)
{
  sqlite3 *database;

  g_assert_cmpint (
      sqlite3_open (fuzz_folder_ledger (), &database), ==, SQLITE_OK);
  /* The database is thrown away, so it need not survive a crash. */
  sqlite3_exec (database, "PRAGMA synchronous = OFF;", NULL, NULL, NULL);

  return database;
}

gchar *
fuzz_folder_get_text (const gchar *sql)
{
  sqlite3 *database = fuzz_folder_open ();
  sqlite3_stmt *statement;
  gchar *text = NULL;

  if (sqlite3_prepare_v2 (database, sql, -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step (statement) == SQLITE_ROW)
    text = g_strdup ((const gchar *) sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  sqlite3_close (database);

  return text;
}
