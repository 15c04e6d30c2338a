/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A private state folder for a fuzz target, which exists as long as the target
 * runs. */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

/* Returns the folder, which has a ledger in it. Owned by this file. */
const gchar *fuzz_folder_get (void);

/* Returns the path of the ledger's database. Owned by this file. */
const gchar *fuzz_folder_ledger (void);

/* Opens the database without the ledger's code. Close with sqlite3_close(). */
sqlite3 *fuzz_folder_open (void);

/* Returns the first column of the first row of @sql, or NULL if there is no
 * row. Free with g_free(). */
gchar *fuzz_folder_get_text (const gchar *sql);

G_END_DECLS
