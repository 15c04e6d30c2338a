/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Turns a record into the command that plays its clip without a second bill. */
#pragma once

#include "ledger-list.h"

G_BEGIN_DECLS

/* Returns FALSE, after a complaint that ends in @more, if the service of
 * @record is not the one that the user has set. Anybody who can write to the
 * folder may have written the record. So its address, which decides where the
 * API key goes, is used nowhere: the user has to set it. */
gboolean tasks_launch_check_service (
    const SeedanceRecord *record, const gchar *more);

/* Returns a command for the shell that plays the clip with its sound, in lines
 * of at most 80 columns. Nothing of the record in it can decide where the API
 * key goes. Returns NULL, with *@why in words, if there is nothing to attach
 * to. Free with g_free(). */
gchar *tasks_launch_line (
    const gchar *dir, const SeedanceLedgerEntry *entry, const gchar **why);

G_END_DECLS
