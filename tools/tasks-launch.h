/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a record to the command that plays its clip without a second bill. */
#pragma once

#include "ledger-list.h"

G_BEGIN_DECLS

/* Whether the line asks the service that @record is of, without an address in
 * it. */
gboolean tasks_launch_finds_service (const SeedanceRecord *record);

/* A command for the shell that plays the clip with its sound, in lines of at most
 * 80 columns. It holds nothing of the record that says where the key goes. NULL,
 * with *@why in words, when there is nothing to attach to. Free with g_free(). */
gchar *tasks_launch_line (
    const gchar *dir, const SeedanceLedgerEntry *entry, const gchar **why);

G_END_DECLS
