/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given a file that is not a complete ledger, nothing is ordered and the file
 * is not overwritten, because it may stand for paid tasks. */
#include "ledger-folder.h"
#include "ledger-list.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECTOR 512
#define PAGE 1024 /* of the database */

/* Reads a plain file while this process has no database open: closing the file
 * would release the process's POSIX locks on it. */
static GBytes *
read_file (Folder *folder, const gchar *file)
{
  g_autofree gchar *path = folder_path (folder, file);
  g_autoptr (GError) error = NULL;
  gchar *bytes = NULL;
  gsize size = 0;

  g_file_get_contents (path, &bytes, &size, &error);
  g_assert_no_error (error);

  return g_bytes_new_take (bytes, size);
}

static void
assert_unchanged (Folder *folder, GBytes *bytes)
{
  g_autoptr (GBytes) now = read_file (folder, SEEDANCE_LEDGER_FILE);

  g_assert_true (g_bytes_equal (now, bytes));
}

typedef struct {
  const gchar *name;
  const gchar *text;
} Foreign;

static const Foreign foreigns[] = {
  { "empty", "" },
  { "blank", "  \n" },
  { "text", "hello" },
  { "json", "{\"version\":1,\"state\":\"submitted\"}" },
  { "beginning", "SQLite format 3" },
};

static void
test_no_database_is_no_ledger (Folder *folder, gconstpointer data)
{
  const Foreign *foreign = data;
  g_autoptr (GBytes) before = NULL;

  folder_write (folder, SEEDANCE_LEDGER_FILE, foreign->text, -1);
  before = read_file (folder, SEEDANCE_LEDGER_FILE);
  folder_assert_refused (folder);
  assert_unchanged (folder, before);
}

/* Some file systems leave zeros in a file after a power failure. */
static void
test_zeros_are_no_ledger (Folder *folder, gconstpointer data)
{
  g_autofree gchar *zeros = g_malloc0 (8192);
  static const gsize sizes[] = { 1, 100, 400, 512, 1024, 4096, 8192 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (GBytes) before = g_bytes_new (zeros, sizes[i]);

    folder_write (folder, SEEDANCE_LEDGER_FILE, zeros, (gssize) sizes[i]);
    folder_assert_refused (folder);
    assert_unchanged (folder, before);
  }
}

static void
test_a_huge_file_is_not_read (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);

  folder_write (folder, SEEDANCE_LEDGER_FILE, "{", -1);
  g_assert_cmpint (truncate (path, G_GINT64_CONSTANT (1) << 36), ==, 0);
  folder_assert_refused (folder);
}

/* Databases of other programs, and files that resemble a ledger. */
typedef struct {
  const gchar *name;
  gboolean ledger;   /* TRUE: starts as a ledger of this version */
  const gchar *sql;  /* changes the database */
  const gchar *told; /* part of the error message */
} Database;

static const Database databases[] = {
  { "other-program", FALSE, "CREATE TABLE songs (id);", "no ledger" },
  { "empty-database", FALSE, "VACUUM;", "no ledger" },
  { "version-0", TRUE, "PRAGMA user_version = 0;", "no ledger" },
  { "version-negative", TRUE, "PRAGMA user_version = -1;", "no ledger" },
  { "other-id", TRUE, "PRAGMA application_id = 7;", "no ledger" },
  { "no-id", TRUE, "PRAGMA application_id = 0;", "no ledger" },
  { "made-by-hand", FALSE, "CREATE TABLE attempts (id INTEGER PRIMARY KEY);",
      "no ledger" },
  { "next-version", TRUE, "PRAGMA user_version = 3;", "later version" },
  { "far-version", TRUE, "PRAGMA user_version = 2000000000;", "later version" },
  { "no-table", TRUE, "DROP TABLE attempts;", "cannot be used" },
  { "other-table", TRUE, "DROP TABLE attempts; CREATE TABLE attempts (id);",
      "cannot be used" },
  { "no-column", TRUE,
      "DROP INDEX attempts_kind; ALTER TABLE attempts DROP COLUMN kind;",
      "cannot be used" },
};

static void
make_ledger (Folder *folder, gpointer data)
{
  seedance_record_free (
      folder_record (folder, "order", SEEDANCE_RECORD_AMBIGUOUS));
}

/* Runs in a child, so that this process never has the database open. */
static void
change_database (Folder *folder, gpointer sql)
{
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);
  sqlite3 *database = NULL;

  g_assert_cmpint (sqlite3_open (path, &database), ==, SQLITE_OK);
  g_assert_cmpint (
      sqlite3_exec (database, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (database), ==, SQLITE_OK);
  g_assert_cmpint (chmod (path, 0600), ==, 0);
}

static void
test_another_database_is_no_ledger (Folder *folder, gconstpointer data)
{
  const Database *database = data;
  g_autoptr (GBytes) before = NULL;
  g_autoptr (GError) error = NULL;

  if (database->ledger)
    folder_run_child (folder, make_ledger, NULL);
  folder_run_child (folder, change_database, (gpointer) database->sql);
  before = read_file (folder, SEEDANCE_LEDGER_FILE);
  g_assert_cmpint (
      folder_claim (folder, "order", &error), ==, SEEDANCE_CLAIM_ERROR);
  folder_assert_words (folder, error);
  g_assert_nonnull (strstr (error->message, database->told));
  if (!g_str_equal (database->told, "cannot be used"))
    folder_assert_refused (folder);
  assert_unchanged (folder, before);
}

/* Writes the order in doubt between other orders, all in one file. */
static void
make_large_ledger (Folder *folder, gpointer data)
{
  for (guint i = 0; i < 24; i++) {
    g_autofree gchar *other = g_strdup_printf ("other %u", i);
    const gboolean ours = i == 12;

    seedance_record_free (folder_record (folder, ours ? "order" : other,
        ours ? SEEDANCE_RECORD_AMBIGUOUS : SEEDANCE_RECORD_SUBMITTED));
  }
}

static GBytes *
make_bytes (Folder *folder)
{
  folder_run_child (folder, make_large_ledger, NULL);
  folder_run_child (folder, change_database, (gpointer) "PRAGMA user_version;");
  g_assert_false (folder_has (folder, "ledger.db-wal"));

  return read_file (folder, SEEDANCE_LEDGER_FILE);
}

/* Asserts that the claim gives the right answer or an error, but never
 * permission to order. Each variant gets its own folder, because a log that is
 * left over belongs to another database file. */
static void
assert_never_ordered (Folder *folder, const gchar *bytes, gsize size, guint n)
{
  g_autofree gchar *name = g_strdup_printf ("%u", n);
  g_autofree gchar *dir = folder_path (folder, name);
  g_autoptr (GBytes) before = g_bytes_new (bytes, size);
  g_autoptr (GError) error = NULL;
  Folder inner = { dir };
  SeedanceClaimResult result;

  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  folder_write (&inner, SEEDANCE_LEDGER_FILE, bytes, (gssize) size);
  g_test_message ("%u, of %" G_GSIZE_FORMAT " bytes", n, size);
  result = folder_claim (&inner, "order", &error);
  if (result == SEEDANCE_CLAIM_ERROR)
    folder_assert_words (&inner, error);
  else
    g_assert_cmpint (result, ==, SEEDANCE_CLAIM_DOUBT);
  assert_unchanged (&inner, before);
}

static void
test_a_ledger_torn_anywhere_orders_nothing (Folder *folder, gconstpointer data)
{
  g_autoptr (GBytes) whole = make_bytes (folder);
  gsize size;
  const gchar *bytes = g_bytes_get_data (whole, &size);
  guint n = 0;

  g_assert_cmpuint (size, >, 16 * SECTOR);
  for (gsize end = 0; end < size; end += SECTOR)
    assert_never_ordered (folder, bytes, end, n++);
}

static void
test_zeros_to_the_end_order_nothing (Folder *folder, gconstpointer data)
{
  g_autoptr (GBytes) whole = make_bytes (folder);
  gsize size;
  const gchar *bytes = g_bytes_get_data (whole, &size);
  guint n = 0;

  for (gsize begin = 0; begin < size; begin += PAGE) {
    g_autofree gchar *bent = g_memdup2 (bytes, size);

    memset (bent + begin, 0, size - begin);
    assert_never_ordered (folder, bent, size, n++);
  }
}

/* Zeroes out pages, as if they had never been written. */
static void
test_a_hole_orders_nothing (Folder *folder, gconstpointer length)
{
  const gsize hole = GPOINTER_TO_SIZE (length);
  g_autoptr (GBytes) whole = make_bytes (folder);
  gsize size;
  const gchar *bytes = g_bytes_get_data (whole, &size);
  guint n = 0;

  for (gsize begin = 0; begin + hole <= size; begin += hole) {
    g_autofree gchar *bent = g_memdup2 (bytes, size);

    memset (bent + begin, 0, hole);
    assert_never_ordered (folder, bent, size, n++);
  }
}

/* SQLite has no checksums, so a wrong byte within a page may go unnoticed; but
 * no byte may cause a crash. */
static void
test_any_bytes_do_no_harm (Folder *folder, gconstpointer data)
{
  g_autoptr (GBytes) whole = make_bytes (folder);
  gsize size;
  const gchar *bytes = g_bytes_get_data (whole, &size);

  for (guint i = 0; i < 60; i++) {
    g_autofree gchar *bent = g_memdup2 (bytes, size);
    g_autofree gchar *name = g_strdup_printf ("%u", i);
    g_autofree gchar *dir = folder_path (folder, name);
    g_autoptr (GPtrArray) list = NULL;
    g_autoptr (GError) error = NULL;
    Folder inner = { dir };
    SeedanceClaimResult result;

    for (guint k = 0; k < 3; k++)
      bent[g_test_rand_int_range (0, (gint32) size)] =
          (gchar) g_test_rand_int_range (0, 256);
    g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
    folder_write (&inner, SEEDANCE_LEDGER_FILE, bent, (gssize) size);
    result = folder_claim (&inner, "order", &error);
    g_assert_cmpint (result == SEEDANCE_CLAIM_ERROR, ==, error != NULL);
    list = seedance_ledger_list (dir, NULL);
    seedance_ledger_prune (dir, 0, SEEDANCE_PRUNE_PLAYED);
  }
}

typedef struct {
  const gchar *name;
  const gchar *change;
} Garbage;

static const Garbage garbage[] = {
  { "state-new", "state = 'dreaming'" },
  { "state-empty", "state = ''" },
  { "state-capital", "state = 'SUBMITTED'" },
  { "state-blank", "state = 'submitted '" },
  { "state-nul", "state = CAST(x'7375626d697474656400' AS TEXT)" },
  { "id-none", "task_id = NULL" },
  { "id-empty", "task_id = ''" },
  { "id-nul", "task_id = CAST(x'610062' AS TEXT)" },
  { "name-above", "name = '../a'" },
  { "name-absolute", "name = '/etc/passwd'" },
  { "name-empty", "name = ''" },
  { "name-short", "name = substr(name, 2)" },
  { "name-long", "name = name || '0'" },
  { "name-capital", "name = upper(name)" },
};

/* Only the order that the row belongs to is refused, and the row can be
 * forgotten. */
static void
test_a_row_that_is_no_record_stops_its_order (
    Folder *folder, gconstpointer data)
{
  const Garbage *row = data;
  g_autofree gchar *sql =
      g_strdup_printf ("UPDATE attempts SET %s;", row->change);
  g_autoptr (GPtrArray) list = NULL;
  g_auto (GStrv) problems = NULL;
  const SeedanceLedgerEntry *entry;

  seedance_record_free (
      folder_record (folder, "order", SEEDANCE_RECORD_SUBMITTED));
  folder_change (folder, sql);
  folder_assert_not_ordered (folder);
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, 1);
  g_assert_cmpint (
      folder_claim (folder, "other", NULL), ==, SEEDANCE_CLAIM_ORDER);
  list = seedance_ledger_list (folder->dir, NULL);
  g_assert_cmpuint (list->len, ==, 2);
  entry = g_ptr_array_index (list, 0);
  g_assert_null (entry->record);
  g_assert_nonnull (strstr (entry->problem, "paid for"));
  problems = seedance_ledger_check (folder->dir, NULL);
  g_assert_cmpuint (g_strv_length (problems), ==, 1);
  g_assert_true (seedance_ledger_forget (folder->dir, entry->name, NULL));
  g_assert_cmpint (
      folder_claim (folder, "order", NULL), ==, SEEDANCE_CLAIM_ORDER);
}

/* A task id that is in a damaged row leads to an error, not to the row. */
static void
test_a_task_of_a_damaged_row_is_not_taken (Folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  seedance_record_free (
      folder_record (folder, "order", SEEDANCE_RECORD_SUBMITTED));
  folder_change (folder, "UPDATE attempts SET state = 'dreaming';");
  g_assert_null (seedance_ledger_find_task (folder->dir, "seeddance",
      "https://api.example", "task-of-order", &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED);
}

/* A new database that never got its name is ignored. */
static void
test_what_a_crash_left_unfinished_is_no_ledger (
    Folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_free (seedance_ledger_file_new (folder->dir, &error));
  g_assert_no_error (error);
  g_assert_cmpint (
      folder_claim (folder, "order", &error), ==, SEEDANCE_CLAIM_ORDER);
  g_assert_no_error (error);
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, 1);
}

/* Saves the record until it is killed; writes a byte to @gate after each
 * round. */
static void
save_for_ever (Folder *folder, int gate)
{
  g_autoptr (SeedanceRecord) record =
      folder_record (folder, "order", SEEDANCE_RECORD_SUBMITTED);
  gchar byte = 0;

  for (;;) {
    record->state = record->state == SEEDANCE_RECORD_SUBMITTED
                        ? SEEDANCE_RECORD_READY
                        : SEEDANCE_RECORD_SUBMITTED;
    if (!seedance_ledger_save (folder->dir, record, NULL) ||
        write (gate, &byte, 1) != 1)
      _exit (1);
  }
}

static void
assert_whole (Folder *folder, gpointer data)
{
  g_auto (GStrv) problems = seedance_ledger_check (folder->dir, NULL);
  g_autoptr (GPtrArray) list = seedance_ledger_list (folder->dir, NULL);

  g_assert_cmpuint (g_strv_length (problems), ==, 0);
  g_assert_cmpuint (list->len, ==, GPOINTER_TO_UINT (data));
  g_assert_cmpint (
      folder_claim (folder, "order", NULL), ==, SEEDANCE_CLAIM_ATTACH);
}

static void
test_a_kill_at_any_moment_leaves_it_whole (Folder *folder, gconstpointer data)
{
  for (guint round = 0; round < 20; round++) {
    gint bytes = g_test_rand_int_range (1, 30);
    gint status, gate[2];
    gchar byte;
    pid_t pid;

    g_assert_cmpint (pipe (gate), ==, 0);
    pid = fork ();
    if (pid == 0)
      save_for_ever (folder, gate[1]);
    close (gate[1]);
    while (bytes-- > 0)
      g_assert_cmpint (read (gate[0], &byte, 1), ==, 1);
    g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
    g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    close (gate[0]);
    g_assert_true (WIFSIGNALED (status));
    folder_run_child (folder, assert_whole, GUINT_TO_POINTER (round + 1));
  }
}

#define PREFIX "/ledger/damage/"

static void
add_tables (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (foreigns); i++) {
    g_autofree gchar *path =
        g_strconcat (PREFIX "foreign/", foreigns[i].name, NULL);

    folder_add (path, &foreigns[i], test_no_database_is_no_ledger);
  }
  for (guint i = 0; i < G_N_ELEMENTS (databases); i++) {
    g_autofree gchar *path =
        g_strconcat (PREFIX "database/", databases[i].name, NULL);

    folder_add (path, &databases[i], test_another_database_is_no_ledger);
  }
  for (guint i = 0; i < G_N_ELEMENTS (garbage); i++) {
    g_autofree gchar *path = g_strconcat (PREFIX "row/", garbage[i].name, NULL);

    folder_add (
        path, &garbage[i], test_a_row_that_is_no_record_stops_its_order);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_tables ();
#define ADD(path, name) folder_add (PREFIX path, NULL, test_##name)
#define ADD_WITH(path, data, name) folder_add (PREFIX path, data, test_##name)
  ADD ("row/task", a_task_of_a_damaged_row_is_not_taken);
  ADD ("zeros", zeros_are_no_ledger);
  ADD ("huge", a_huge_file_is_not_read);
  ADD ("torn-anywhere", a_ledger_torn_anywhere_orders_nothing);
  ADD ("zeros-to-the-end", zeros_to_the_end_order_nothing);
  ADD_WITH ("hole/page", GSIZE_TO_POINTER (PAGE), a_hole_orders_nothing);
  ADD_WITH ("hole/block", GSIZE_TO_POINTER (4 * PAGE), a_hole_orders_nothing);
  ADD ("any-bytes", any_bytes_do_no_harm);
  ADD ("killed", a_kill_at_any_moment_leaves_it_whole);
  ADD ("unfinished", what_a_crash_left_unfinished_is_no_ledger);
  return g_test_run ();
}
