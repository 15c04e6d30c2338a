/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the ledger share. */
#pragma once

#include "ledger.h"

G_BEGIN_DECLS

/* No record has more bytes. */
#define RECORD_MAX (1024 * 1024)

/* What stands in @name itself: a record, or in *@pointer (g_free()) the name
 * that it leads to. NULL without both and without an error: there is no such
 * file. */
SeedanceRecord *seedance_ledger_load_once (
    const gchar *dir, const gchar *name, gchar **pointer, GError **error);

/* Creates the file @name with @text in the folder that is open as @folder,
 * durably. FALSE when there is one, or it cannot be written. */
gboolean seedance_ledger_write_new (
    int folder, const gchar *name, const gchar *text);

/* Makes durable which files are in @dir. */
void seedance_ledger_sync_folder (const gchar *dir);

G_END_DECLS
