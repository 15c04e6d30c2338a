/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The test's ledger, looked at and changed behind the plugin's back: the file
 * ledger.db in the state folder, by SQL. Its columns are those of
 * gst/seedance/client/ledger-schema.c. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The path of the database. g_free(). */
gchar *test_ledger_path (void);

/* The first column of the first row of @sql as text; NULL when there is no such
 * row, no database, or SQL's NULL. g_free(). */
gchar *test_ledger_get (const gchar *sql);

/* The same as a number; 0 for NULL. */
gint64 test_ledger_count (const gchar *sql);

/* Runs @sql, which must change a row. */
void test_ledger_change (const gchar *sql);

/* Until @sql, which counts, is true (TRUE) or not (FALSE). */
void test_ledger_wait (const gchar *sql, gboolean is_so);

/* The paths of the stored clips. g_ptr_array_unref(). */
GPtrArray *test_ledger_list_clips (void);

/* Writes all that stands in the write-ahead log into the database, so that it is
 * one file: for tests that damage it. Nobody else may have it open. */
void test_ledger_settle (void);

/* Holds the database from another process, as a program that is stuck, until the
 * file descriptor that this returns is given to test_ledger_let_go(), or closed
 * with this process. */
int test_ledger_hold (void);
void test_ledger_let_go (int held);

G_END_DECLS
