/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given full, locked and read-only disks, and files that come and go, nothing
 * is ordered without a record, and no existing record is overlooked. */
#include "ledger-folder.h"
#include "ledger-list.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void
assert_claim_fails (Folder *folder, gint code, const gchar *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (
      folder_claim (folder, "new", &error), ==, SEEDANCE_CLAIM_ERROR);
  g_test_message ("%s", error->message);
  g_assert_error (error, SEEDANCE_ERROR, code);
  g_assert_nonnull (strstr (error->message, folder->dir));
  g_assert_nonnull (strstr (error->message, words));
  g_assert_nonnull (strstr (error->message, "Nothing was ordered"));
}

/* Saves longer and longer prompts until the disk has no space for them. */
static void
save_until_full (Folder *folder, SeedanceRecord *record)
{
  g_autoptr (GError) error = NULL;
  gsize size = 0;

  do {
    size += 4096;
    g_assert_cmpuint (size, <, 1 << 20);
    g_free (record->prompt);
    record->prompt = g_strnfill (size, 'x');
  } while (seedance_ledger_save (folder->dir, record, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE);
  g_free (record->prompt);
  record->prompt = g_strdup ("a boat");
}

/* Returns how many orders could be claimed before the disk was full. */
static guint
claim_until_full (Folder *folder)
{
  g_autoptr (GError) error = NULL;
  guint n = 0;

  for (;; n++) {
    g_autofree gchar *order = g_strdup_printf ("order %u", n);

    g_assert_cmpuint (n, <, 1000);
    if (folder_claim (folder, order, &error) != SEEDANCE_CLAIM_ORDER)
      break;
  }
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE);
  g_assert_nonnull (strstr (error->message, folder->dir));
  g_assert_nonnull (strstr (error->message, "Nothing was ordered"));

  return n;
}

/* Rows that found no space are missing; all earlier rows are still there. */
static void
lose_nothing_on_a_full_disk (Folder *folder, gpointer data)
{
  g_autoptr (SeedanceRecord) record =
      folder_record (folder, "old", SEEDANCE_RECORD_SUBMITTED);
  g_autoptr (GError) error = NULL;
  guint claimed;

  folder_fill (folder, TRUE);
  record->state = SEEDANCE_RECORD_READY;
  save_until_full (folder, record);
  claimed = claim_until_full (folder);
  g_assert_cmpint (
      folder_claim (folder, "old", &error), ==, SEEDANCE_CLAIM_ATTACH);
  g_assert_no_error (error);
  folder_fill (folder, FALSE);
  g_assert_true (seedance_ledger_save (folder->dir, record, &error));
  g_assert_cmpint (
      folder_count_rows (folder, "state = 'submitting'"), ==, claimed);
  g_assert_cmpint (
      folder_claim (folder, "new", &error), ==, SEEDANCE_CLAIM_ORDER);
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, claimed + 2);
}

static void
test_a_full_disk_loses_nothing (Folder *folder, gconstpointer data)
{
  folder_run_on_small_disk (folder, lose_nothing_on_a_full_disk, NULL);
}

static void
claim_nothing_on_a_full_disk (Folder *folder, gpointer data)
{
  folder_fill (folder, TRUE);
  assert_claim_fails (folder, SEEDANCE_ERROR_NO_SPACE, "state-dir");
  /* No incomplete file is left that could be taken for a ledger. */
  g_assert_false (folder_has (folder, SEEDANCE_LEDGER_FILE));
  g_assert_cmpuint (folder_count (folder), ==, 1);
  folder_fill (folder, FALSE);
  g_assert_cmpint (
      folder_claim (folder, "new", NULL), ==, SEEDANCE_CLAIM_ORDER);
}

static void
test_a_full_disk_claims_nothing (Folder *folder, gconstpointer data)
{
  folder_run_on_small_disk (folder, claim_nothing_on_a_full_disk, NULL);
}

static void
make_ledger (Folder *folder, gpointer data)
{
  seedance_record_free (
      folder_record (folder, "old", SEEDANCE_RECORD_SUBMITTED));
}

/* Without a database in a read-only folder, none can be made. */
static void
work_in_read_only_folder (Folder *folder, gpointer has_ledger)
{
  g_autoptr (SeedanceRecord) record =
      folder_new_record ("old", SEEDANCE_RECORD_READY);
  g_autoptr (GError) error = NULL;

  if (has_ledger)
    folder_run_child (folder, make_ledger, NULL);
  g_assert_cmpint (g_chmod (folder->dir, 0500), ==, 0);
  if (!has_ledger) {
    assert_claim_fails (folder, SEEDANCE_ERROR_SETTINGS, "state-dir");
    g_assert_false (seedance_ledger_save (folder->dir, record, &error));
    g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
    return;
  }
  /* Existing files in the folder can still be written. */
  g_assert_cmpint (
      folder_claim (folder, "old", &error), ==, SEEDANCE_CLAIM_ATTACH);
  g_assert_no_error (error);
}

static void
test_a_read_only_folder_is_told (Folder *folder, gconstpointer has_ledger)
{
  folder_run_unprivileged (
      folder, work_in_read_only_folder, (gpointer) has_ledger);
}

static void
work_with_read_only_file (Folder *folder, gpointer data)
{
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);

  folder_run_child (folder, make_ledger, NULL);
  folder_settle (folder);
  g_assert_cmpint (g_chmod (path, 0400), ==, 0);
  assert_claim_fails (folder, SEEDANCE_ERROR_SETTINGS, "state-dir");
}

static void
test_a_read_only_file_is_told (Folder *folder, gconstpointer data)
{
  folder_run_unprivileged (folder, work_with_read_only_file, NULL);
}

static void
test_a_file_is_no_folder (Folder *folder, gconstpointer data)
{
  g_autofree gchar *dir = folder_path (folder, "f");
  g_autoptr (GError) error = NULL;

  folder_write (folder, "f", "x", -1);
  g_assert_false (seedance_ledger_prepare (dir, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  g_clear_error (&error);
  g_assert_null (seedance_ledger_find (dir, "r", &error));
  g_assert_nonnull (error);
}

/* Limits the process to @n more open files. */
static void
leave_descriptors (guint n)
{
  struct rlimit limit;
  int fd = 0;

  for (guint free = 0; free <= n; fd++)
    free += fcntl (fd, F_GETFD) < 0;
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = (rlim_t) (fd - 1);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

static void
lift_limit (void)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = limit.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

/* Of the database, its log and the log's index, some cannot be opened. */
static void
claim_without_descriptors (Folder *folder, gpointer data)
{
  g_autoptr (GError) error = NULL;

  folder_run_child (folder, make_ledger, NULL);
  for (guint left = 0; left < 3; left++) {
    SeedanceClaimResult result;

    leave_descriptors (left);
    result = folder_claim (folder, "old", &error);
    lift_limit ();
    g_test_message ("%u: %s", left, error->message);
    g_assert_cmpint (result, ==, SEEDANCE_CLAIM_ERROR);
    g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
    g_assert_nonnull (strstr (error->message, "Nothing was ordered"));
    g_clear_error (&error);
  }
  g_assert_cmpint (
      folder_claim (folder, "old", &error), ==, SEEDANCE_CLAIM_ATTACH);
}

static void
test_a_ledger_that_cannot_be_opened_is_no_empty_one (
    Folder *folder, gconstpointer data)
{
  folder_run_child (folder, claim_without_descriptors, NULL);
}

/* Starts a child that locks the ledger until it is killed. */
static pid_t
start_holder (Folder *folder)
{
  int gate[2];
  gchar byte = 0;
  pid_t pid;

  g_assert_cmpint (pipe (gate), ==, 0);
  pid = fork ();
  if (pid == 0) {
    folder_hold (folder);
    if (write (gate[1], &byte, 1) == 1)
      pause ();
    _exit (1);
  }
  g_assert_cmpint (read (gate[0], &byte, 1), ==, 1);

  return pid;
}

static void
end_holder (pid_t pid)
{
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

/* The lock is held longer than any claim waits. */
static void
test_a_ledger_that_is_held_is_told (Folder *folder, gconstpointer data)
{
  pid_t pid;

  folder_run_child (folder, make_ledger, NULL);
  pid = start_holder (folder);
  assert_claim_fails (folder, SEEDANCE_ERROR_SETTINGS, "fuser");
  end_holder (pid);
  g_assert_cmpint (
      folder_claim (folder, "new", NULL), ==, SEEDANCE_CLAIM_ORDER);
}

static void
remove_ledger (Folder *folder, const gchar *suffix)
{
  g_autofree gchar *file = g_strconcat (SEEDANCE_LEDGER_FILE, suffix, NULL);
  g_autofree gchar *path = folder_path (folder, file);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

/* After all files were removed, the folder counts as empty: the user wants to
 * start again. */
static void
test_what_was_removed_is_gone (Folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = NULL;

  make_ledger (folder, NULL);
  remove_ledger (folder, "");
  remove_ledger (folder, "-wal");
  remove_ledger (folder, "-shm");
  list = seedance_ledger_list (folder->dir, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 0);
  g_assert_false (folder_has (folder, SEEDANCE_LEDGER_FILE));
  g_assert_cmpint (
      folder_claim (folder, "old", &error), ==, SEEDANCE_CLAIM_ORDER);
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, 1);
}

/* The remaining log holds orders, and fits no other database file. */
static void
test_a_log_alone_is_no_empty_folder (Folder *folder, gconstpointer is_open)
{
  g_autoptr (GError) error = NULL;

  if (is_open)
    make_ledger (folder, NULL);
  else
    folder_run_child (folder, make_ledger, NULL);
  remove_ledger (folder, "");
  assert_claim_fails (folder, SEEDANCE_ERROR_MAYBE_BILLED, "ledger.db-wal");
  g_assert_false (folder_has (folder, SEEDANCE_LEDGER_FILE));
  g_assert_false (seedance_ledger_prepare (folder->dir, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED);
}

static void
note_played (Folder *folder, gpointer data)
{
  seedance_record_free (
      folder_record (folder, "other", SEEDANCE_RECORD_PLAYED));
}

/* The new database has a row that is only in its log. This process still has
 * the removed files open; it must read that row and keep that log. */
static void
test_what_replaced_it_keeps_its_log (Folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = NULL;

  make_ledger (folder, NULL);
  remove_ledger (folder, "");
  remove_ledger (folder, "-wal");
  remove_ledger (folder, "-shm");
  folder_run_child (folder, note_played, NULL);
  list = seedance_ledger_list (folder->dir, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 1);
  g_assert_cmpint (folder_count_rows (folder, "state = 'played'"), ==, 1);
}

/* Another database takes the ledger's place, with orders that are only in its
 * log. The orders are found, and closing the old database keeps that log. */
static void
test_what_was_replaced_is_read (Folder *folder, gconstpointer data)
{
  static const gchar *const files[] = { "ledger.db", "ledger.db-wal",
    "ledger.db-shm" };
  g_autofree gchar *elsewhere = folder_path (folder, "elsewhere");
  Folder other = { elsewhere };

  g_assert_cmpint (g_mkdir (elsewhere, 0700), ==, 0);
  folder_run_child (&other, make_ledger, NULL);
  g_assert_cmpint (
      folder_claim (folder, "new", NULL), ==, SEEDANCE_CLAIM_ORDER);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *from = folder_path (&other, files[i]);
    g_autofree gchar *to = folder_path (folder, files[i]);

    g_assert_cmpint (g_rename (from, to), ==, 0);
  }
  g_assert_cmpint (
      folder_claim (folder, "old", NULL), ==, SEEDANCE_CLAIM_ATTACH);
  g_assert_true (folder_has (folder, "ledger.db-wal"));
  g_assert_cmpint (
      folder_claim (folder, "new", NULL), ==, SEEDANCE_CLAIM_ORDER);
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, 2);
}

/* An order of this process that could not be withdrawn does not block the next
 * one for the same clip. */
static void
test_what_could_not_be_withdrawn_is_gone_later (
    Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTING);
  pid_t pid = start_holder (folder);

  seedance_ledger_withdraw (folder->dir, record);
  end_holder (pid);
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, 1);
  g_assert_cmpint (folder_claim (folder, "r", NULL), ==, SEEDANCE_CLAIM_ORDER);
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, 1);
}

/* A process that still has the removed log open reads what other processes
 * write to the new log. */
static void
test_a_log_that_was_removed_hides_nothing (Folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = NULL;

  make_ledger (folder, NULL);
  remove_ledger (folder, "-wal");
  remove_ledger (folder, "-shm");
  folder_run_child (folder, note_played, NULL);
  list = seedance_ledger_list (folder->dir, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 2);
}

/* After the folder was renamed, its open ledger stays with it, and a new folder
 * of the old name starts empty. */
static void
test_a_folder_that_was_moved_is_another (Folder *folder, gconstpointer data)
{
  g_autofree gchar *dir = folder_path (folder, "dir");
  g_autofree gchar *moved = folder_path (folder, "moved");
  Folder inner = { dir }, there = { moved };

  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  make_ledger (&inner, NULL);
  g_assert_cmpint (g_rename (dir, moved), ==, 0);
  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  g_assert_cmpint (
      folder_claim (&inner, "old", NULL), ==, SEEDANCE_CLAIM_ORDER);
  g_assert_cmpint (
      folder_claim (&there, "old", NULL), ==, SEEDANCE_CLAIM_ATTACH);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) folder_add ("/ledger/" path, NULL, test_##name)
#define ADD_IF(path, is, name) \
  folder_add ("/ledger/" path, GINT_TO_POINTER (is), test_##name)
  ADD ("disk/full-save", a_full_disk_loses_nothing);
  ADD ("disk/full-claim", a_full_disk_claims_nothing);
  ADD_IF ("disk/read-only", FALSE, a_read_only_folder_is_told);
  ADD_IF ("disk/read-only-folder", TRUE, a_read_only_folder_is_told);
  ADD ("disk/read-only-file", a_read_only_file_is_told);
  ADD ("disk/no-folder", a_file_is_no_folder);
  ADD ("disk/descriptors", a_ledger_that_cannot_be_opened_is_no_empty_one);
  ADD ("disk/held", a_ledger_that_is_held_is_told);
  ADD ("disk/withdrawn", what_could_not_be_withdrawn_is_gone_later);
  ADD ("open/log-removed", a_log_that_was_removed_hides_nothing);
  ADD ("open/removed", what_was_removed_is_gone);
  ADD_IF ("open/log-alone", TRUE, a_log_alone_is_no_empty_folder);
  ADD_IF ("open/log-left", FALSE, a_log_alone_is_no_empty_folder);
  ADD ("open/replaced", what_was_replaced_is_read);
  ADD ("open/replaced-log", what_replaced_it_keeps_its_log);
  ADD ("open/moved", a_folder_that_was_moved_is_another);
  return g_test_run ();
}
