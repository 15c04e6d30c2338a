/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Converts rows of the table attempts to records and back. All functions need a
 * transaction. */
#pragma once

#include "ledger-db.h"
#include "record.h"

G_BEGIN_DECLS

/* The columns that seedance_row_read() reads. A statement may select more after
 * them, from column SEEDANCE_ROW_N on. */
#define SEEDANCE_ROW_COLUMNS \
  "name, state, identity, kind, provider, base_url, prompt, resolution, " \
  "instance, key_hash, cost, task_id, named, reason, words, created, " \
  "updated, size, seed, tokens, duration, generation_ms, owner_host, " \
  "owner_pid, owner_start"
#define SEEDANCE_ROW_N 25

/* Returns TRUE if a row can have this name: 32 hex digits. */
gboolean seedance_row_is_name (const gchar *name);

/* The current row of @statement as a record, or NULL if the row is damaged.
 * Free with seedance_record_free(). */
SeedanceRecord *seedance_row_read (SeedanceStatement *statement);

/* Reads the first row of @statement and frees @statement. Returns NULL without
 * an error if there is no row, and NULL with MAYBE_BILLED if it is damaged. */
SeedanceRecord *seedance_row_take (
    SeedanceStatement *statement, const gchar *dir, GError **error);

/* Updates the row that has the name of @record, or inserts a new one. @beside
 * marks a new row as one that no order leads to (see ledger.h); an existing row
 * keeps its mark. */
void seedance_row_write (
    SeedanceDb *db, const SeedanceRecord *record, gboolean beside);

G_END_DECLS
