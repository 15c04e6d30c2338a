/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Implements the folders of ledger-folder.h: direct access to the database,
 * child processes, users without privileges, and small disks. */
#define _GNU_SOURCE
#include "ledger-folder.h"
#include "ledger-list.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <sched.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534
#define BUSY_MS 10000
#define SKIPPED 77

static int
remove_entry (
    const char *path, const struct stat *info, int type, struct FTW *f)
{
  return remove (path);
}

static void
set_up (Folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  folder->dir = g_dir_make_tmp ("seedance-ledger-XXXXXX", &error);
  g_assert_no_error (error);
}

static void
tear_down (Folder *folder, gconstpointer data)
{
  g_chmod (folder->dir, 0700);
  nftw (folder->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  g_free (folder->dir);
}

void
folder_add (const gchar *path, gconstpointer data,
    void (*test) (Folder *folder, gconstpointer data))
{
  g_test_add (path, Folder, data, set_up, test, tear_down);
}

gchar *
folder_path (Folder *folder, const gchar *file)
{
  return g_build_filename (folder->dir, file, NULL);
}

void
folder_write (Folder *folder, const gchar *file, const gchar *text, gssize size)
{
  g_autofree gchar *path = folder_path (folder, file);
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (
      path, text, size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error);
  g_assert_no_error (error);
}

gboolean
folder_has (Folder *folder, const gchar *file)
{
  g_autofree gchar *path = folder_path (folder, file);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

guint
folder_count (Folder *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder->dir, 0, NULL);
  const gchar *name;
  guint count = 0;

  while (dir && (name = g_dir_read_name (dir)))
    count += !g_str_has_prefix (name, "ledger.");

  return count;
}

static sqlite3 *
open_database (Folder *folder)
{
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);
  sqlite3 *database = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return NULL;
  g_assert_cmpint (
      sqlite3_open_v2 (path, &database, SQLITE_OPEN_READWRITE, NULL), ==,
      SQLITE_OK);
  sqlite3_busy_timeout (database, BUSY_MS);

  return database;
}

gchar *
folder_get (Folder *folder, const gchar *sql)
{
  sqlite3 *database = open_database (folder);
  sqlite3_stmt *statement = NULL;
  gchar *text = NULL;

  if (!database)
    return NULL;
  if (sqlite3_prepare_v2 (database, sql, -1, &statement, NULL) != SQLITE_OK)
    g_error ("%s: %s", sql, sqlite3_errmsg (database));
  if (sqlite3_step (statement) == SQLITE_ROW)
    text = g_strdup ((const gchar *) sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  sqlite3_close (database);

  return text;
}

gint64
folder_count_rows (Folder *folder, const gchar *condition)
{
  g_autofree gchar *sql = g_strconcat (
      "SELECT count(*) FROM attempts WHERE ", condition, ";", NULL);
  g_autofree gchar *text = folder_get (folder, sql);

  return text ? g_ascii_strtoll (text, NULL, 10) : 0;
}

void
folder_change (Folder *folder, const gchar *sql)
{
  sqlite3 *database = open_database (folder);

  g_assert_nonnull (database);
  if (sqlite3_exec (database, sql, NULL, NULL, NULL) != SQLITE_OK)
    g_error ("%s: %s", sql, sqlite3_errmsg (database));
  sqlite3_close (database);
}

void
folder_hold (Folder *folder)
{
  static GSList *held = NULL;
  sqlite3 *database = open_database (folder);

  held = g_slist_prepend (held, database);
  g_assert_cmpint (
      sqlite3_exec (database, "BEGIN IMMEDIATE;", NULL, NULL, NULL), ==,
      SQLITE_OK);
}

void
folder_settle (Folder *folder)
{
  folder_change (folder, "PRAGMA journal_mode = DELETE;");
}

gchar *
folder_identity (const gchar *order)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, order, -1);
}

SeedanceRecord *
folder_new_record (const gchar *order, SeedanceRecordState state)
{
  SeedanceRecord *record =
      seedance_record_new ("seeddance", "https://api.example", "a boat");

  record->state = state;
  record->identity = folder_identity (order);
  if (state >= SEEDANCE_RECORD_SUBMITTED)
    record->task_id = g_strconcat ("task-of-", order, NULL);
  if (state == SEEDANCE_RECORD_READY || state == SEEDANCE_RECORD_PLAYED)
    record->size = 4;

  return record;
}

SeedanceRecord *
folder_record (Folder *folder, const gchar *order, SeedanceRecordState state)
{
  SeedanceRecord *record = folder_new_record (order, state);
  g_autoptr (GError) error = NULL;

  g_assert_true (seedance_ledger_save (folder->dir, record, &error));
  g_assert_no_error (error);

  return record;
}

SeedanceRecord *
folder_add_row (Folder *folder, const gchar *word)
{
  g_auto (GStrv) parts = g_strsplit (word, "-", 2);
  const gboolean dead = g_str_equal (parts[0], "dead");
  const gboolean other = g_strcmp0 (parts[1], "other") == 0;
  SeedanceRecordState state = SEEDANCE_RECORD_SUBMITTING;
  SeedanceRecord *record;

  g_assert_true (dead || seedance_record_state_from_word (parts[0], &state));
  record = folder_new_record (other ? "other" : "order", state);
  if (dead)
    record->owner_start--;
  g_assert_true (seedance_ledger_save (folder->dir, record, NULL));
  if (parts[1] && !other) {
    g_autofree gchar *sql =
        g_strdup_printf ("UPDATE attempts SET %s = 1 WHERE name = '%s';",
            parts[1], record->name);

    folder_change (folder, sql);
  }

  return record;
}

SeedanceClaimResult
folder_claim (Folder *folder, const gchar *order, GError **error)
{
  g_autofree gchar *identity = folder_identity (order);
  const SeedanceClaim claim = { .identity = identity, .attempts = 2 };
  g_autoptr (SeedanceRecord) fresh =
      folder_new_record (order, SEEDANCE_RECORD_SUBMITTING);
  g_autoptr (SeedanceRecord) found = NULL;
  g_auto (SeedanceRefusal) refusal = { 0 };

  return seedance_ledger_claim (
      folder->dir, &claim, fresh, &found, &refusal, error);
}

void
folder_assert_words (Folder *folder, const GError *error)
{
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);

  g_test_message ("%s", error->message);
  g_assert_true (error->domain == SEEDANCE_ERROR);
  g_assert_true (error->code == SEEDANCE_ERROR_MAYBE_BILLED ||
                 error->code == SEEDANCE_ERROR_SETTINGS);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, "Nothing was ordered"));
}

void
folder_assert_not_ordered (Folder *folder)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (
      folder_claim (folder, "order", &error), ==, SEEDANCE_CLAIM_ERROR);
  folder_assert_words (folder, error);
}

void
folder_assert_refused (Folder *folder)
{
  g_autoptr (SeedanceRecord) record =
      folder_new_record ("new", SEEDANCE_RECORD_SUBMITTED);
  g_autoptr (GError) error = NULL, none = NULL;

  folder_assert_not_ordered (folder);
  g_assert_false (seedance_ledger_prepare (folder->dir, &error));
  folder_assert_words (folder, error);
  g_assert_null (seedance_ledger_list (folder->dir, &none));
  g_assert_nonnull (none);
  g_clear_error (&none);
  g_assert_null (seedance_ledger_check (folder->dir, &none));
  g_assert_nonnull (none);
  g_clear_error (&none);
  g_assert_null (seedance_ledger_find (folder->dir, record->name, &none));
  g_assert_nonnull (none);
  g_clear_error (&none);
  g_assert_false (seedance_ledger_save (folder->dir, record, &none));
  g_assert_nonnull (none);
  g_clear_error (&none);
  g_assert_false (seedance_ledger_forget (folder->dir, record->name, &none));
  g_assert_nonnull (none);
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  seedance_ledger_withdraw (folder->dir, record);
}

typedef gboolean (*PrepareFunc) (Folder *folder);

static void
run_child (Folder *folder, PrepareFunc prepare, ChildFunc func, gpointer data)
{
  pid_t pid = fork ();
  int status;

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    if (prepare && !prepare (folder))
      _exit (SKIPPED);
    func (folder, data);
    _exit (0);
  }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  if (WIFEXITED (status) && WEXITSTATUS (status) == SKIPPED)
    g_test_skip ("not allowed here");
  else
    g_assert_cmpint (status, ==, 0);
}

void
folder_run_child (Folder *folder, ChildFunc func, gpointer data)
{
  run_child (folder, NULL, func, data);
}

static gboolean
drop_privileges (Folder *folder)
{
  if (geteuid () != 0)
    return TRUE;
  return setgroups (0, NULL) == 0 && setgid (NOBODY) == 0 &&
         setuid (NOBODY) == 0;
}

void
folder_run_unprivileged (Folder *folder, ChildFunc func, gpointer data)
{
  if (geteuid () == 0)
    g_assert_cmpint (chown (folder->dir, NOBODY, NOBODY), ==, 0);
  run_child (folder, drop_privileges, func, data);
}

static void
write_proc (const gchar *path, const gchar *text)
{
  int fd = g_open (path, O_WRONLY | O_CLOEXEC, 0);

  if (fd < 0)
    return;
  if (write (fd, text, strlen (text)) < 0)
    g_test_message ("%s: %s", path, g_strerror (errno));
  close (fd);
}

/* Enters a mount namespace. A user without privileges may mount only in a user
 * namespace of its own. Returns FALSE if the kernel forbids both. */
static gboolean
enter_namespace (void)
{
  g_autofree gchar *users = g_strdup_printf ("0 %d 1", (int) geteuid ());
  g_autofree gchar *groups = g_strdup_printf ("0 %d 1", (int) getegid ());

  if (unshare (CLONE_NEWNS) == 0)
    return TRUE;
  if (unshare (CLONE_NEWUSER | CLONE_NEWNS) != 0)
    return FALSE;
  write_proc ("/proc/self/uid_map", users);
  write_proc ("/proc/self/setgroups", "deny");
  write_proc ("/proc/self/gid_map", groups);
  return TRUE;
}

static gboolean
mount_small_disk (Folder *folder)
{
  return enter_namespace () &&
         mount ("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 &&
         mount ("tmpfs", folder->dir, "tmpfs", 0, "size=128k") == 0;
}

void
folder_run_on_small_disk (Folder *folder, ChildFunc func, gpointer data)
{
  run_child (folder, mount_small_disk, func, data);
}

void
folder_fill (Folder *folder, gboolean full)
{
  static const gchar block[512];
  g_autofree gchar *path = g_build_filename (folder->dir, "filler", NULL);
  int fd;

  if (!full) {
    g_assert_cmpint (g_unlink (path), ==, 0);
    return;
  }
  fd = g_open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  while (write (fd, block, sizeof block) > 0)
    ;
  g_assert_cmpint (errno, ==, ENOSPC);
  close (fd);
}
