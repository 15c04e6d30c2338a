/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the ledger share. */
#pragma once

#include "ledger.h"

G_BEGIN_DECLS

/* What stands in @name itself: a record, or in *@pointer (g_free()) the name
 * that it leads to. NULL without both and without an error: there is no such
 * file. */
SeedanceRecord *seedance_ledger_load_once (
    const gchar *dir, const gchar *name, gchar **pointer, GError **error);

/* Creates the file @path with @text, durably. FALSE when there is one, or it
 * cannot be written. */
gboolean seedance_ledger_write_new (const gchar *path, const gchar *text);

/* Makes durable which files are in @dir. */
void seedance_ledger_sync_folder (const gchar *dir);

G_END_DECLS
