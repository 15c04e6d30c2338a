/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The door to the database of a state folder: open, transaction, statement. It
 * is SQLite, in the file ledger.db; what stands in it is ledger-schema.c's business.
 *
 * One connection a folder and process, which a transaction has for itself: it
 * must be short, and end in the function that began it. Calls block on the disk,
 * and up to 5 s on other processes. Any thread.
 *
 * Errors are of SEEDANCE_ERROR: SETTINGS (the folder or the file cannot be used,
 * or is in use), NO_SPACE, or MAYBE_BILLED for a database that is there and
 * cannot be understood: it may stand for money. None says what it cost: that is
 * for the caller, who knows. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _SeedanceDb SeedanceDb;
typedef struct _SeedanceStatement SeedanceStatement;

typedef enum {
  SEEDANCE_DB_READ,   /* makes no database, and changes no row */
  SEEDANCE_DB_NOTE,   /* may be lost to a power cut, but whole or not at all */
  SEEDANCE_DB_DECIDE, /* durable at its end, in the log and the database */
} SeedanceDbMode;

/* Begins a transaction; end it with seedance_db_end(). All others make the
 * database where there is none, in a folder that must be there. NULL without an
 * error: there is none, and it was only to be read. */
SeedanceDb *seedance_db_begin (
    const gchar *dir, SeedanceDbMode mode, GError **error);

/* Ends it: with @keep what was done stands, unless a statement failed. FALSE
 * with an error when it does not although it was to be kept, or what was read is
 * not all there is; or when it stands but cannot be made durable. */
gboolean seedance_db_end (SeedanceDb *db, gboolean keep, GError **error);

/* From now on the transactions of this thread in @dir are parts of one, a group,
 * which is made durable by seedance_db_end_group(): one commit for all of them. A
 * part that fails is undone alone. FALSE: nothing of the group is durable, whatever
 * its parts were told, and each is to be tried by itself. A part that began with
 * the ledger held by another program has failed for all that come after it. */
void seedance_db_begin_group (const gchar *dir);
gboolean seedance_db_end_group (void);

/* Whether this thread has begun a group. */
gboolean seedance_db_is_in_group (void);

/* A statement of SQL. One that fails makes the whole transaction fail at its
 * end, and does nothing and gives no rows until then. Free before that. */
SeedanceStatement *seedance_db_prepare (SeedanceDb *db, const gchar *sql);
void seedance_statement_free (SeedanceStatement *statement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceStatement, seedance_statement_free)

/* Gives the parameter @name, such as ":id", a value; NULL is SQL's. The text is
 * copied. */
void seedance_statement_set_text (
    SeedanceStatement *statement, const gchar *name, const gchar *text);
void seedance_statement_set_integer (
    SeedanceStatement *statement, const gchar *name, gint64 value);

/* Goes to the next row: FALSE behind the last one, or when it failed. */
gboolean seedance_statement_step (SeedanceStatement *statement);

/* A column of the row, counted from 0. A text is NULL for SQL's NULL, for what
 * is no text, and for one with a NUL in it: g_free(). A number is -1 for what is
 * none. */
gchar *seedance_statement_get_text (SeedanceStatement *statement, gint column);
gint64 seedance_statement_get_integer (
    SeedanceStatement *statement, gint column);

/* How many rows the last statement changed. */
gint seedance_db_count_changes (SeedanceDb *db);

/* Looks at all of the database: what is wrong with it, a line each; empty when
 * nothing is. Free with g_strfreev(). */
gchar **seedance_db_check (SeedanceDb *db);

/* Whether this process was forked from one that had a database open: SQLite bears
 * no use of any in it. */
gboolean seedance_db_is_inherited (void);

/* The folder that it is of, and whether that was on a network share when it was
 * opened. */
const gchar *seedance_db_dir (const SeedanceDb *db);
gboolean seedance_db_is_remote (const SeedanceDb *db);

/* The path of a folder's database. g_free(). */
gchar *seedance_db_path (const gchar *dir);

G_END_DECLS
