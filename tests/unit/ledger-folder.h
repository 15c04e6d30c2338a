/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ledger folder of its own for every test, and processes to share it with. */
#pragma once

#include "ledger-file.h"
#include "ledger.h"

G_BEGIN_DECLS

typedef struct {
  gchar *dir;
} Folder;

/* g_test_add() with a fresh folder; @data goes to the test. */
void folder_add (const gchar *path, gconstpointer data,
    void (*test) (Folder *folder, gconstpointer data));

/* The path of @file in the folder. g_free(). */
gchar *folder_path (Folder *folder, const gchar *file);

/* Puts a file in the place of @file, with other bytes; @size -1 = a string. */
void folder_write (
    Folder *folder, const gchar *file, const gchar *text, gssize size);
gboolean folder_has (Folder *folder, const gchar *file);

/* How many files there are beside the ledger. */
guint folder_count (Folder *folder);

/* The first column of the first row of @sql, behind the ledger's back. NULL
 * without a row or a database. g_free(). */
gchar *folder_get (Folder *folder, const gchar *sql);

/* How many rows meet the @condition. */
gint64 folder_count_rows (Folder *folder, const gchar *condition);
void folder_change (Folder *folder, const gchar *sql);

/* Lets nobody else write as long as this process lives. */
void folder_hold (Folder *folder);

/* Makes the database one file; nobody may have it open. */
void folder_settle (Folder *folder);

/* What the order called @order is known by. g_free(). */
gchar *folder_identity (const gchar *order);

/* A record of @order in @state, with the id task-of-ORDER where the state has
 * one; … and put into the ledger. */
SeedanceRecord *folder_new_record (
    const gchar *order, SeedanceRecordState state);
SeedanceRecord *folder_record (
    Folder *folder, const gchar *order, SeedanceRecordState state);

/* As a run does that asks for @order, with nothing but defaults. */
SeedanceClaimResult folder_claim (
    Folder *folder, const gchar *order, GError **error);

/* It names the file, so that the user can look at it, and says what it cost. */
void folder_assert_words (Folder *folder, const GError *error);

/* The order called "order" is refused; … and nothing that knows of the ledger
 * goes on as if there were none. */
void folder_assert_not_ordered (Folder *folder);
void folder_assert_refused (Folder *folder);

/* Runs @func in a child, which ends with _exit() after it: no exit handlers,
 * as if killed. A failed assertion in there fails the test. What this process
 * has used of the folder's ledger before is not for the child: SQLite bears no
 * fork. */
typedef void (*ChildFunc) (Folder *folder, gpointer data);
void folder_run_child (Folder *folder, ChildFunc func, gpointer data);

/* … as a user whom permissions bind, also where the tests run as root. */
void folder_run_unprivileged (Folder *folder, ChildFunc func, gpointer data);

/* … in a folder on a disk of 128 KiB, where that can be had. */
void folder_run_on_small_disk (Folder *folder, ChildFunc func, gpointer data);

/* Takes what room there is in @folder; FALSE: gives it back. */
void folder_fill (Folder *folder, gboolean full);

G_END_DECLS
