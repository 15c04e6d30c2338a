/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and changes the ledger of the test behind the plugin's back, by SQL:
 * the file ledger.db in the state folder. ledger-schema.c in
 * gst/seedance/client/ledger/ defines its columns. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Returns the path of the database. The caller frees it with g_free(). */
gchar *test_ledger_path (void);

/* Returns the first column of the first row of @sql as text. Returns NULL if
 * there is no such row, no database, or if the value is SQL's NULL. The caller
 * frees it with g_free(). */
gchar *test_ledger_get (const gchar *sql);

/* The same as a number; 0 where test_ledger_get() returns NULL. */
gint64 test_ledger_count (const gchar *sql);

/* Runs @sql and fails the test if it changes no row. */
void test_ledger_change (const gchar *sql);

/* Waits until @sql, which counts rows, returns more than 0 (@is_so TRUE), or 0
 * (@is_so FALSE). */
void test_ledger_wait (const gchar *sql, gboolean is_so);

/* Returns the paths of the stored clips. The caller frees them with
 * g_ptr_array_unref(). */
GPtrArray *test_ledger_list_clips (void);

/* Moves the contents of the write-ahead log into the database, which is one
 * file afterwards. Call it before a test damages that file, while no other
 * connection is open. */
void test_ledger_settle (void);

/* Locks the database from another process, like a program that is stuck. Pass
 * the returned file descriptor to test_ledger_let_go() to end the lock; the
 * lock also ends with this process. */
int test_ledger_hold (void);
void test_ledger_let_go (int held);

G_END_DECLS
