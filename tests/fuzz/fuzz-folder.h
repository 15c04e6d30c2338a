/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A state folder of the target's own, for as long as it runs. */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

/* The folder, with a ledger in it. Owned by the program. */
const gchar *fuzz_folder_get (void);

/* The path of the database in it. Owned by the program. */
const gchar *fuzz_folder_ledger (void);

/* The database behind the ledger's back: sqlite3_close(). */
sqlite3 *fuzz_folder_open (void);

/* The first column of the first row of @sql; NULL for none. g_free(). */
gchar *fuzz_folder_get_text (const gchar *sql);

G_END_DECLS
