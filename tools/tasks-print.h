/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledger as JSON, and single texts out of it: everything read from a file
 * is made safe for a terminal first. */
#pragma once

#include <cjson/cJSON.h>

#include "ledger-list.h"

G_BEGIN_DECLS

/* "submitting", "maybe billed", "submitted", "ready", "played", "failed" or
 * "unreadable". */
const gchar *tasks_state (const SeedanceLedgerEntry *entry);

/* @text on one line of at most @max columns (0 = all), "-" for NULL. Free with
 * g_free(). */
gchar *tasks_clean (const gchar *text, guint max);

/* How many columns of a terminal @text takes. */
guint tasks_width_of (const gchar *text);

/* What the entry is called: its task's id, or its own name as long as that is
 * not known. As it was read. */
const gchar *tasks_handle (const SeedanceLedgerEntry *entry);

/* All that is known of @entry. cJSON_Delete(). */
cJSON *tasks_entry_to_json (const gchar *dir, const SeedanceLedgerEntry *entry);

void tasks_print_json (const gchar *dir, const GPtrArray *entries);

G_END_DECLS
