/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and changes the ledger's database by SQL, and holds it from another
 * process. */

#include "ledger.h"

#include <gst/check/gstcheck.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

#define BUSY_MS 10000

gchar *
test_ledger_path (void)
{
  g_autofree gchar *dir = test_home_state_dir ();

  return g_build_filename (dir, "ledger.db", NULL);
}

/* Returns NULL if there is no database. */
static sqlite3 *
open_database (void)
{
  g_autofree gchar *path = test_ledger_path ();
  sqlite3 *database = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return NULL;
  fail_unless_equals_int (
      sqlite3_open_v2 (path, &database, SQLITE_OPEN_READWRITE, NULL),
      SQLITE_OK);
  sqlite3_busy_timeout (database, BUSY_MS);

  return database;
}

gchar *
test_ledger_get (const gchar *sql)
{
  sqlite3 *database = open_database ();
  sqlite3_stmt *statement = NULL;
  gchar *text = NULL;

  if (!database)
    return NULL;
  fail_unless (
      sqlite3_prepare_v2 (database, sql, -1, &statement, NULL) == SQLITE_OK,
      "%s: %s", sql, sqlite3_errmsg (database));
  if (sqlite3_step (statement) == SQLITE_ROW)
    text = g_strdup ((const gchar *) sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  sqlite3_close (database);

  return text;
}

gint64
test_ledger_count (const gchar *sql)
{
  g_autofree gchar *text = test_ledger_get (sql);

  return text ? g_ascii_strtoll (text, NULL, 10) : 0;
}

void
test_ledger_change (const gchar *sql)
{
  sqlite3 *database = open_database ();

  fail_unless (database != NULL);
  fail_unless (sqlite3_exec (database, sql, NULL, NULL, NULL) == SQLITE_OK,
      "%s: %s", sql, sqlite3_errmsg (database));
  fail_unless (sqlite3_changes (database) > 0, "%s", sql);
  sqlite3_close (database);
}

/* Polls, because no event tells another connection that a transaction is
 * done. */
void
test_ledger_wait (const gchar *sql, gboolean is_so)
{
  const gint64 end = g_get_monotonic_time () + test_patience ();

  while ((test_ledger_count (sql) > 0) != is_so) {
    fail_unless (g_get_monotonic_time () < end, "%s", sql);
    g_usleep (10 * G_TIME_SPAN_MILLISECOND);
  }
}

GPtrArray *
test_ledger_list_clips (void)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_auto (GStrv) names = test_home_list_state ();
  GPtrArray *clips = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; names[i]; i++) {
    if (g_str_has_suffix (names[i], ".mp4"))
      g_ptr_array_add (clips, g_build_filename (dir, names[i], NULL));
  }

  return clips;
}

void
test_ledger_settle (void)
{
  sqlite3 *database = open_database ();

  fail_unless (database != NULL);
  fail_unless (sqlite3_exec (database, "PRAGMA journal_mode = DELETE;", NULL,
                   NULL, NULL) == SQLITE_OK,
      "%s", sqlite3_errmsg (database));
  sqlite3_close (database);
}

static void
hold_ledger (int ready, int end)
{
  g_autofree gchar *path = test_ledger_path ();
  sqlite3 *database = NULL;
  gchar byte = 0;

  if (sqlite3_open (path, &database) != SQLITE_OK ||
      sqlite3_exec (database, "BEGIN EXCLUSIVE;", NULL, NULL, NULL) !=
          SQLITE_OK ||
      write (ready, &byte, 1) != 1 || read (end, &byte, 1) < 0)
    _exit (1);
  sqlite3_close (database);
  _exit (0);
}

int
test_ledger_hold (void)
{
  int ready[2], end[2];
  gchar byte;

  fail_unless (pipe (ready) == 0 && pipe (end) == 0);
  if (fork () == 0) {
    close (end[1]);
    hold_ledger (ready[1], end[0]);
  }
  close (end[0]);
  close (ready[1]);
  fail_unless (read (ready[0], &byte, 1) == 1);
  close (ready[0]);

  return end[1];
}

void
test_ledger_let_go (int end)
{
  int status;

  close (end);
  fail_unless (wait (&status) > 0 && WIFEXITED (status));
  fail_unless_equals_int (WEXITSTATUS (status), 0);
}
