/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transactions and statements on the database of a state folder: the SQLite
 * file ledger.db. Its tables are defined in ledger-schema.c.
 *
 * Each process has one connection per folder. A transaction locks it, so it
 * must be short, end in the function that began it, and not be nested. Calls
 * block on the disk, and up to 5 s on other processes. Any thread.
 *
 * Errors are of SEEDANCE_ERROR: SETTINGS (the folder or the file cannot be
 * used, or another program holds it), NO_SPACE, or MAYBE_BILLED (a database is
 * there and cannot be understood: it may stand for paid clips). Their texts do
 * not say whether anything is billed: the caller knows that, and adds it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _SeedanceDb SeedanceDb;
typedef struct _SeedanceStatement SeedanceStatement;

typedef enum {
  SEEDANCE_DB_READ,   /* creates no database, changes no row */
  SEEDANCE_DB_NOTE,   /* atomic, but a power cut may undo it */
  SEEDANCE_DB_DECIDE, /* durable when it ends, in log and database */
} SeedanceDbMode;

/* Begins a transaction; end it with seedance_db_end(). NOTE and DECIDE create a
 * missing database, but not its folder. Returns NULL without an error if @mode
 * is READ and there is no database. */
SeedanceDb *seedance_db_begin (
    const gchar *dir, SeedanceDbMode mode, GError **error);

/* Ends a transaction: commits it with @keep, else undoes it. If a statement
 * failed, all changes are undone, and what was read may be incomplete. Returns
 * FALSE with an error if a statement failed, if the commit failed, or if the
 * commit stands but could not be made durable. */
gboolean seedance_db_end (SeedanceDb *db, gboolean keep, GError **error);

/* Makes the following transactions of this thread in @dir parts of one group,
 * which seedance_db_end_group() commits once. A part that fails is undone
 * alone. If another program holds the database when a part begins, all later
 * parts fail at once. seedance_db_end_group() returns FALSE if the group could
 * not be made durable, whatever its parts had returned. Its changes may stand
 * or not, and the caller has to repeat each part by itself. */
void seedance_db_begin_group (const gchar *dir);
gboolean seedance_db_end_group (void);

/* Returns TRUE if this thread has begun a group. */
gboolean seedance_db_is_in_group (void);

/* Prepares a statement, never NULL; free it before the transaction ends. If a
 * statement fails, the whole transaction fails at its end, and until then its
 * statements do nothing and return no rows. */
SeedanceStatement *seedance_db_prepare (SeedanceDb *db, const gchar *sql);
void seedance_statement_free (SeedanceStatement *statement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceStatement, seedance_statement_free)

/* Binds a value to the parameter @name, such as ":id". The text is copied; NULL
 * stands for SQL's NULL. */
void seedance_statement_set_text (
    SeedanceStatement *statement, const gchar *name, const gchar *text);
void seedance_statement_set_integer (
    SeedanceStatement *statement, const gchar *name, gint64 value);

/* Runs the statement up to its next row. Returns FALSE after the last row, or
 * if the statement failed. */
gboolean seedance_statement_step (SeedanceStatement *statement);

/* A column of the current row, counted from 0. The text is NULL for SQL's NULL,
 * for other types, and if there is a NUL in it; free it with g_free(). The
 * integer is -1 for other types. */
gchar *seedance_statement_get_text (SeedanceStatement *statement, gint column);
gint64 seedance_statement_get_integer (
    SeedanceStatement *statement, gint column);

/* How many rows the last INSERT, UPDATE or DELETE changed. */
gint seedance_db_count_changes (SeedanceDb *db);

/* Checks the whole database. Returns one line for each problem, at most 20, and
 * an empty list if there is none. Free with g_strfreev(). */
gchar **seedance_db_check (SeedanceDb *db);

/* Returns TRUE if this process was forked from one that had a database open:
 * SQLite cannot be used in such a process. */
gboolean seedance_db_is_inherited (void);

/* The folder of the database; and whether it was on a network share, or used by
 * another machine through one, when the database was opened. */
const gchar *seedance_db_dir (const SeedanceDb *db);
gboolean seedance_db_is_remote (const SeedanceDb *db);

/* The path of the database of @dir. Free with g_free(). */
gchar *seedance_db_path (const gchar *dir);

G_END_DECLS
