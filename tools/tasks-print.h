/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries of the ledger as JSON, and single texts of them. Texts from a file
 * are made safe for a terminal before they are printed. */
#pragma once

#include <cjson/cJSON.h>

#include "ledger-list.h"

G_BEGIN_DECLS

/* Returns "submitting", "maybe billed", "submitted", "ready", "played",
 * "failed" or "unreadable". */
const gchar *tasks_state (const SeedanceLedgerEntry *entry);

/* Returns @text on one line, without characters that could disturb a terminal,
 * and cut to @max columns (0 = not cut); "-" for NULL. Free with g_free(). */
gchar *tasks_clean (const gchar *text, guint max);

/* Returns how many columns of a terminal @text takes. */
guint tasks_width_of (const gchar *text);

/* Returns the id of the entry's task, or the name of its record while the id is
 * not known. The text is as it was read, not cleaned. */
const gchar *tasks_handle (const SeedanceLedgerEntry *entry);

/* Returns all that is known of @entry. Free with cJSON_Delete(). */
cJSON *tasks_entry_to_json (const gchar *dir, const SeedanceLedgerEntry *entry);

/* Prints @entries to standard output as a list of JSON objects. */
void tasks_print_json (const gchar *dir, const GPtrArray *entries);

G_END_DECLS
