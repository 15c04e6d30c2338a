/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance-tasks spent: what orders have cost, as a table. */
#pragma once

#include "ledger-spent.h"

G_BEGIN_DECLS

/* Parses "day", "provider" or "key". Returns FALSE for anything else. */
gboolean tasks_spent_parse_by (const gchar *text, SeedanceSpentBy *by);

/* Parses a day such as 2026-11-01 (its beginning in the local time zone), or a
 * time ago such as 12h, 7d or 4w. *@since is in seconds since 1970. Returns
 * FALSE for anything else. */
gboolean tasks_spent_parse_since (const gchar *text, gint64 *since);

/* Returns what the services reported: tokens, and money in each unit; "-" if
 * they reported nothing. Free with g_free(). */
gchar *tasks_spent_describe (const SeedanceSpent *spent);

/* Prints a line for each SeedanceSpent of @groups, and their total. */
void tasks_spent_print (const GPtrArray *groups, SeedanceSpentBy by);

G_END_DECLS
