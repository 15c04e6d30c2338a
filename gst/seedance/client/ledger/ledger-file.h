/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file of a state folder's database: which one it is, whose it is, and how
 * a new one gets its name. Any thread; blocks on the disk. */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

#define SEEDANCE_LEDGER_FILE "ledger.db"

/* Which file a name stood for. */
typedef struct {
  dev_t device;
  ino_t inode;
} SeedanceFileId;

/* Whether there is something of that name, were it a link to nowhere. */
gboolean seedance_ledger_file_exists (const gchar *path);

/* Whether @path is a plain file of this user's that nobody else may write, with
 * something in it, and which; and so is what SQLite put beside it. Error:
 * MAYBE_BILLED; what stands in it cannot be trusted. */
gboolean seedance_ledger_file_check (
    const gchar *path, SeedanceFileId *id, GError **error);

/* Which file @path is; zeros when there is none. */
void seedance_ledger_file_get_id (const gchar *path, SeedanceFileId *id);

/* Whether @path is still that file. */
gboolean seedance_ledger_file_is (const gchar *path, const SeedanceFileId *id);

/* Whether a folder without a database may get one: not if it holds what the
 * first releases wrote, or the log of one that is gone. Error: MAYBE_BILLED. */
gboolean seedance_ledger_file_check_place (const gchar *dir, GError **error);

/* Makes an empty file that only this user may read; its path, NULL with an error
 * (SETTINGS, NO_SPACE). g_free(). */
gchar *seedance_ledger_file_new (const gchar *dir, GError **error);

/* Makes it durable, and then its name, unless another process was faster with that,
 * which is as good. */
gboolean seedance_ledger_file_place (
    const gchar *temporary, const gchar *path, GError **error);

/* Removes it, with what SQLite may have put beside it. */
void seedance_ledger_file_remove (const gchar *temporary);

/* Keeps room on the disk for what must be written about a paid task, so that a
 * disk that runs full meanwhile does not lose its id. Error: NO_SPACE. Other
 * trouble is none: then there is no such room. */
gboolean seedance_ledger_file_reserve (const gchar *dir, GError **error);

/* Gives that room away; FALSE when there is none. */
gboolean seedance_ledger_file_release (const gchar *dir);

/* Whether the folder is on a network share. */
gboolean seedance_ledger_file_is_remote (const gchar *dir);

G_END_DECLS
