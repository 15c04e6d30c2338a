/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What orders came to, as a table. */
#pragma once

#include "ledger-spent.h"

G_BEGIN_DECLS

/* "day", "provider" or "key". FALSE for what is none of them. */
gboolean tasks_spent_parse_by (const gchar *text, SeedanceSpentBy *by);

/* A day such as 2026-11-01 (its beginning in the local time zone), or a time
 * ago such as 12h, 7d or 4w: seconds since the epoch. FALSE for what is none. */
gboolean tasks_spent_parse_since (const gchar *text, gint64 *since);

/* What the services told: tokens, and money of each unit; "-" when they told
 * nothing. g_free(). */
gchar *tasks_spent_describe (const SeedanceSpent *spent);

void tasks_spent_print (const GPtrArray *groups, SeedanceSpentBy by);

G_END_DECLS
