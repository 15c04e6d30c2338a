/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The database as a file: whether it can be trusted, whether it was replaced,
 * how a new one gets its name, and how room on the disk is reserved. Any
 * thread; blocks on the disk. */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

#define SEEDANCE_LEDGER_FILE "ledger.db"

/* Identifies a file, whatever its name is. */
typedef struct {
  dev_t device;
  ino_t inode;
} SeedanceFileId;

/* Returns TRUE unless @path surely does not exist. A dangling link exists. */
gboolean seedance_ledger_file_exists (const gchar *path);

/* Checks that @path and the files that SQLite keeps beside it are regular files
 * of this user that no other user may write, and that @path is not empty. Sets
 * @id. Error: MAYBE_BILLED, the content cannot be trusted. */
gboolean seedance_ledger_file_check (
    const gchar *path, SeedanceFileId *id, GError **error);

/* Sets @id to the file at @path, or to zeros if there is none. */
void seedance_ledger_file_get_id (const gchar *path, SeedanceFileId *id);

/* Returns TRUE if @path still is the file @id. */
gboolean seedance_ledger_file_is (const gchar *path, const SeedanceFileId *id);

/* Checks that a new database may be created in @dir. Error: MAYBE_BILLED, if
 * the folder holds records of the first releases, or the log of a database that
 * is gone. */
gboolean seedance_ledger_file_check_place (const gchar *dir, GError **error);

/* Creates an empty file with a temporary name that only this user may read.
 * Returns its path, or NULL with an error (SETTINGS, NO_SPACE). Free with
 * g_free(). */
gchar *seedance_ledger_file_new (const gchar *dir, GError **error);

/* Makes the file @temporary durable and gives it the name @path. Also succeeds
 * if another process has created @path first. Error: SETTINGS, NO_SPACE. */
gboolean seedance_ledger_file_place (
    const gchar *temporary, const gchar *path, GError **error);

/* Removes the file @temporary, and the files of SQLite beside it. */
void seedance_ledger_file_remove (const gchar *temporary);

/* Reserves room on the disk for the rows of paid tasks, so that a task id is
 * not lost when the disk fills up. Error: NO_SPACE. All other failures are
 * ignored; then no room is reserved. */
gboolean seedance_ledger_file_reserve (const gchar *dir, GError **error);

/* Gives the reserved room free. Returns FALSE if there was none. */
gboolean seedance_ledger_file_release (const gchar *dir);

/* Returns TRUE if @dir is on a network share, or may be on one. */
gboolean seedance_ledger_file_is_remote (const gchar *dir);

G_END_DECLS
