/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives every test a folder for a ledger of its own, and child processes that
 * share it. */
#pragma once

#include "ledger-file.h"
#include "ledger.h"

G_BEGIN_DECLS

typedef struct {
  gchar *dir;
} Folder;

/* Like g_test_add(), with a fresh folder for the test; @data is passed on. */
void folder_add (const gchar *path, gconstpointer data,
    void (*test) (Folder *folder, gconstpointer data));

/* Returns the path of @file in the folder. The caller frees it with
 * g_free(). */
gchar *folder_path (Folder *folder, const gchar *file);

/* Replaces @file by a new file with the bytes of @text; @size -1: a string. */
void folder_write (
    Folder *folder, const gchar *file, const gchar *text, gssize size);
gboolean folder_has (Folder *folder, const gchar *file);

/* Returns how many files the folder has besides those of the ledger. */
guint folder_count (Folder *folder);

/* Reads the database directly: returns the first column of the first row of
 * @sql, or NULL without a row or a database. The caller frees it with
 * g_free(). */
gchar *folder_get (Folder *folder, const gchar *sql);

/* Returns how many rows meet the @condition. */
gint64 folder_count_rows (Folder *folder, const gchar *condition);
void folder_change (Folder *folder, const gchar *sql);

/* Locks the database against all writers until this process ends. */
void folder_hold (Folder *folder);

/* Moves the log into the database, so that the ledger is one file. No process
 * may have it open. */
void folder_settle (Folder *folder);

/* Returns the identity of the order called @order. The caller frees it with
 * g_free(). */
gchar *folder_identity (const gchar *order);

/* Make a record of @order in @state; if that state has a task id, it is
 * task-of-ORDER. The second function also saves it. The caller frees the record
 * with seedance_record_free(). */
SeedanceRecord *folder_new_record (
    const gchar *order, SeedanceRecordState state);
SeedanceRecord *folder_record (
    Folder *folder, const gchar *order, SeedanceRecordState state);

/* Saves a record of "order". @word is its state; "dead" is "submitting" by a
 * process that has ended. Behind a "-" may stand "forgotten", "beside", or
 * "other" for a record of another order. The caller frees the record. */
SeedanceRecord *folder_add_row (Folder *folder, const gchar *word);

/* Claims @order as an element with default settings does. */
SeedanceClaimResult folder_claim (
    Folder *folder, const gchar *order, GError **error);

/* Asserts that the error names the ledger's file and says that nothing was
 * ordered. */
void folder_assert_words (Folder *folder, const GError *error);

/* The first asserts that the order called "order" is refused. The second
 * asserts that every other call of the ledger fails as well. */
void folder_assert_not_ordered (Folder *folder);
void folder_assert_refused (Folder *folder);

/* Runs @func in a child process, which then calls _exit(): no exit handlers
 * run, as if it had been killed. A failed assertion in the child fails the
 * test. If this process has already opened the folder's ledger, the child must
 * not use it, because SQLite connections do not survive a fork. */
typedef void (*ChildFunc) (Folder *folder, gpointer data);
void folder_run_child (Folder *folder, ChildFunc func, gpointer data);

/* Runs it as a user whom file permissions bind, also if the tests run as
 * root. */
void folder_run_unprivileged (Folder *folder, ChildFunc func, gpointer data);

/* Runs it in a folder on a disk of 128 KiB. Skips the test if this machine
 * allows no such disk. */
void folder_run_on_small_disk (Folder *folder, ChildFunc func, gpointer data);

/* Takes all free space of the disk that @folder is on; FALSE gives it back. */
void folder_fill (Folder *folder, gboolean full);

G_END_DECLS
