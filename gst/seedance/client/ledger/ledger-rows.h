/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of the ledger's table as records, and back. Within a transaction. */
#pragma once

#include "ledger-db.h"
#include "record.h"

G_BEGIN_DECLS

/* All columns of a record, for seedance_row_read(). Behind them a statement may
 * ask for more, from SEEDANCE_ROW_N on. */
#define SEEDANCE_ROW_COLUMNS \
  "name, state, identity, kind, provider, base_url, prompt, resolution, " \
  "instance, key_hash, cost, task_id, named, reason, words, created, " \
  "updated, size, seed, tokens, duration, generation_ms, owner_host, " \
  "owner_pid, owner_start"
#define SEEDANCE_ROW_N 25

/* Whether @name is one that a record can have. */
gboolean seedance_row_is_name (const gchar *name);

/* The statement's row. NULL for what is no record of this version. */
SeedanceRecord *seedance_row_read (SeedanceStatement *statement);

/* The one row of @statement, which is freed. NULL without one; error:
 * MAYBE_BILLED, for one that cannot be understood. */
SeedanceRecord *seedance_row_take (
    SeedanceStatement *statement, const gchar *dir, GError **error);

/* Writes @record over the row of its name, or as a new one. @beside: no order
 * leads to the new one. */
void seedance_row_write (
    SeedanceDb *db, const SeedanceRecord *record, gboolean beside);

G_END_DECLS
