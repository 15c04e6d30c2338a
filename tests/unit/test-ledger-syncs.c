/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A commit that stands for money is on the disk when the call returns, with as
 * few syncs as possible; and SQLite compiles no statement twice. */

#define _GNU_SOURCE
#include "ledger-db.h"
#include "ledger-folder.h"

#include <dlfcn.h>
#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

int fsync (int fd);
int fdatasync (int fd);

static struct {
  guint syncs, prepared;
  gboolean dirty; /* the log was written to since its last sync */
  guint broken;   /* how many of the next syncs of a log fail */
} seam;

#define REAL(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

static gboolean
is_log (int fd)
{
  g_autofree gchar *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  gchar path[4096];
  gssize size = readlink (link, path, sizeof path - 1);

  path[MAX (size, 0)] = '\0';

  return g_str_has_suffix (path, "ledger.db-wal");
}

static gboolean
note_sync (int fd)
{
  const gboolean log = is_log (fd);

  seam.syncs++;
  if (log && seam.broken > 0) {
    seam.broken--;
    errno = EIO;
    return FALSE;
  }
  seam.dirty &= !log;

  return TRUE;
}

int
fsync (int fd)
{
  return note_sync (fd) ? REAL (fsync) (fd) : -1;
}

int
fdatasync (int fd)
{
  return note_sync (fd) ? REAL (fdatasync) (fd) : -1;
}

ssize_t
pwrite (int fd, const void *data, size_t size, off_t offset)
{
  seam.dirty |= is_log (fd);

  return REAL (pwrite) (fd, data, size, offset);
}

int
sqlite3_prepare_v3 (sqlite3 *database, const char *sql, int size,
    unsigned int flags, sqlite3_stmt **statement, const char **rest)
{
  seam.prepared++;

  return REAL (sqlite3_prepare_v3) (
      database, sql, size, flags, statement, rest);
}

/* Claims an order and saves the id of its task. */
static void
order (Folder *folder, const gchar *name)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (
      folder_claim (folder, name, &error), ==, SEEDANCE_CLAIM_ORDER);
  g_assert_no_error (error);
  g_assert_false (seam.dirty);
  seedance_record_free (
      folder_record (folder, name, SEEDANCE_RECORD_SUBMITTED));
  g_assert_false (seam.dirty);
}

/* Lets all later syncs of the log fail. The log has a header already, so the
 * first commit fails only after it was written. */
static void
break_disk (Folder *folder)
{
  seedance_record_free (
      folder_record (folder, "played", SEEDANCE_RECORD_PLAYED));
  seam.broken = G_MAXUINT;
}

/* Each of the two commits syncs the log's new header, the log, and the
 * database. */
static void
test_a_commit_is_three_syncs (Folder *folder, gconstpointer data)
{
  order (folder, "first");
  seam.syncs = 0;
  order (folder, "second");
  g_assert_cmpuint (seam.syncs, ==, 6);
}

/* The file is synced before it gets its name, and then the folder. */
static void
test_a_new_ledger_is_two_syncs (Folder *folder, gconstpointer data)
{
  seam.syncs = 0;
  g_assert_true (seedance_ledger_prepare (folder->dir, NULL));
  g_assert_cmpuint (seam.syncs, ==, 2);
}

/* While another connection reads from the log, SQLite cannot move it into the
 * database. */
static void
test_a_log_that_is_read_is_synced (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);
  sqlite3 *reader = NULL;

  order (folder, "first");
  g_assert_cmpint (sqlite3_open (path, &reader), ==, SQLITE_OK);
  g_assert_cmpint (
      sqlite3_exec (
          reader, "BEGIN; SELECT count(*) FROM attempts;", NULL, NULL, NULL),
      ==, SQLITE_OK);
  order (folder, "second");
  g_assert_cmpint (sqlite3_close (reader), ==, SQLITE_OK);
  g_assert_cmpint (folder_count_rows (folder, "state = 'submitted'"), ==, 2);
}

/* The failed order was not sent, and does not block the same order later. */
static void
test_a_disk_that_fails_claims_nothing (Folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  order (folder, "first");
  break_disk (folder);
  g_assert_cmpint (
      folder_claim (folder, "second", &error), ==, SEEDANCE_CLAIM_ERROR);
  seam.broken = 0;
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  g_assert_nonnull (strstr (error->message, "Nothing was ordered"));
  g_assert_cmpint (
      folder_claim (folder, "second", NULL), ==, SEEDANCE_CLAIM_ORDER);
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, 4);
}

/* The ledger reports that the task does not resolve the order in doubt,
 * although the change may be on the disk. */
static void
test_a_disk_that_fails_forgets_no_order (Folder *folder, gconstpointer data)
{
  g_autofree gchar *identity = folder_identity ("doubtful");
  g_autofree gchar *when = NULL;
  g_autoptr (SeedanceRecord) named =
      folder_new_record ("named", SEEDANCE_RECORD_SUBMITTED);
  g_autoptr (SeedanceRecord) doubtful =
      folder_new_record ("doubtful", SEEDANCE_RECORD_AMBIGUOUS);

  doubtful->kind = g_strdup ("kind");
  doubtful->created = named->created - 60;
  when = g_strdup_printf ("created = %" G_GINT64_FORMAT, doubtful->created);
  g_assert_true (seedance_ledger_save (folder->dir, doubtful, NULL));
  g_clear_pointer (&named->identity, g_free);
  named->named = TRUE;
  g_assert_true (seedance_ledger_save (folder->dir, named, NULL));
  break_disk (folder);
  g_assert_false (seedance_ledger_resolve (folder->dir, identity, named));
  seam.broken = 0;
  g_assert_true (seedance_ledger_save (folder->dir, named, NULL));
  g_assert_cmpint (
      folder_claim (folder, "doubtful", NULL), !=, SEEDANCE_CLAIM_ORDER);
  /* It counts for budgets and for costs as before. */
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, 2);
  g_assert_cmpint (
      folder_count_rows (folder, "NOT named AND kind = 'kind'"), ==, 1);
  g_assert_cmpint (folder_count_rows (folder, when), ==, 1);
}

/* The task that was found for an order stays found, although it was told that
 * the disk failed: for the order alone, or as a part of a group. */
static void
test_a_disk_that_fails_loses_no_task (Folder *folder, gconstpointer grouped)
{
  static const gchar *const ids[] = { "task-1", NULL };
  g_autoptr (SeedanceRecord) doubtful =
      folder_record (folder, "doubtful", SEEDANCE_RECORD_AMBIGUOUS);
  g_autoptr (SeedanceRecord) asked = seedance_record_copy (doubtful);
  g_autoptr (GError) error = NULL;
  const gint64 from = doubtful->created - 60, to = doubtful->created + 60;

  break_disk (folder);
  if (grouped)
    seedance_db_begin_group (folder->dir);
  g_assert_cmpuint (
      seedance_ledger_take_lost (folder->dir, doubtful, ids, from, to, NULL),
      ==, grouped ? 1 : 0);
  g_assert_false (grouped && seedance_db_end_group ());
  seam.broken = 0;
  g_assert_cmpuint (
      seedance_ledger_take_lost (folder->dir, asked, ids, from, to, &error), ==,
      1);
  g_assert_no_error (error);
  g_assert_cmpstr (asked->task_id, ==, "task-1");
  g_assert_cmpint (asked->state, ==, SEEDANCE_RECORD_SUBMITTED);
}

/* A disk reports a failed write only once; later syncs succeed without the
 * data. */
static void
test_a_disk_that_failed_once_is_not_believed (
    Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);
  sqlite3 *reader = NULL;

  order (folder, "first");
  break_disk (folder);
  seam.broken = 1;
  g_assert_cmpint (
      folder_claim (folder, "second", NULL), ==, SEEDANCE_CLAIM_ERROR);
  g_assert_cmpuint (seam.broken, ==, 0);
  /* A reader keeps SQLite from moving the log into the database. */
  g_assert_cmpint (sqlite3_open (path, &reader), ==, SQLITE_OK);
  g_assert_cmpint (
      sqlite3_exec (
          reader, "BEGIN; SELECT count(*) FROM attempts;", NULL, NULL, NULL),
      ==, SQLITE_OK);
  g_assert_cmpint (
      folder_claim (folder, "second", NULL), ==, SEEDANCE_CLAIM_ERROR);
  g_assert_cmpint (sqlite3_close (reader), ==, SQLITE_OK);
  g_assert_cmpint (
      folder_claim (folder, "second", NULL), ==, SEEDANCE_CLAIM_ORDER);
}

static void
test_a_statement_is_compiled_once (Folder *folder, gconstpointer data)
{
  order (folder, "first");
  g_assert_cmpuint (seam.prepared, >, 0);
  seam.prepared = 0;
  order (folder, "second");
  g_assert_cmpuint (seam.prepared, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  folder_add ("/ledger-syncs/a-commit-is-three-syncs", NULL,
      test_a_commit_is_three_syncs);
  folder_add ("/ledger-syncs/a-disk-that-failed-once", NULL,
      test_a_disk_that_failed_once_is_not_believed);
  folder_add ("/ledger-syncs/a-new-ledger-is-two-syncs", NULL,
      test_a_new_ledger_is_two_syncs);
  folder_add ("/ledger-syncs/a-log-that-is-read-is-synced", NULL,
      test_a_log_that_is_read_is_synced);
  folder_add ("/ledger-syncs/a-disk-that-fails-claims-nothing", NULL,
      test_a_disk_that_fails_claims_nothing);
  folder_add ("/ledger-syncs/a-disk-that-fails-forgets-no-order", NULL,
      test_a_disk_that_fails_forgets_no_order);
  folder_add ("/ledger-syncs/a-disk-that-fails-loses-no-task/alone", NULL,
      test_a_disk_that_fails_loses_no_task);
  folder_add ("/ledger-syncs/a-disk-that-fails-loses-no-task/grouped", "",
      test_a_disk_that_fails_loses_no_task);
  folder_add ("/ledger-syncs/a-statement-is-compiled-once", NULL,
      test_a_statement_is_compiled_once);

  return g_test_run ();
}
