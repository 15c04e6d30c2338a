/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the clip that the user means. */
#pragma once

#include "ledger-list.h"

G_BEGIN_DECLS

/* Returns the one entry of @entries that @task names: by the id of its task or
 * the name of its record, or by how one of them begins. A table cuts ids: their
 * "…" at the end is accepted, too. If there is no such entry, or more than one,
 * prints the problem to standard error and returns NULL. The entry belongs to
 * @entries; @dir is for the texts. */
SeedanceLedgerEntry *tasks_find (
    const GPtrArray *entries, const gchar *task, const gchar *dir);

G_END_DECLS
