/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which clip the user means. */
#pragma once

#include "ledger-list.h"

G_BEGIN_DECLS

/* The one entry of @entries that @task means: by its task's id or its record's
 * name, or by how one of them begins, also with the "…" of a table's cell. NULL,
 * with the problem on the standard error, when there is none, or more than
 * one. */
SeedanceLedgerEntry *tasks_find (
    const GPtrArray *entries, const gchar *task, const gchar *dir);

G_END_DECLS
