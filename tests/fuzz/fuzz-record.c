/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the reader of ledger rows. The input has one line for each column of a
 * row. A row that the ledger reads as a record must survive being saved and
 * read again. A row that is no valid record must block a new order with its
 * identity. */

#include "fuzz.h"

#include <sqlite3.h>
#include <string.h>

#include "fuzz-folder.h"
#include "ledger-list.h"
#include "ledger-rows.h"

static const gchar insert[] =
    "INSERT INTO attempts (state, task_id, identity, name, created, updated, "
    "size, owner_pid, owner_start, stored, named, forgotten, beside, provider, "
    "base_url, prompt, kind, words, reason, owner_host) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);";
/* The columns from `created` to `beside` hold numbers. */
#define FIRST_NUMBER 4
#define N_NUMBERS 9
#define N_COLUMNS 20

static void
bind_line (sqlite3_stmt *statement, gint column, const gchar *line, gint length)
{
  if (column >= FIRST_NUMBER && column < FIRST_NUMBER + N_NUMBERS)
    sqlite3_bind_int64 (
        statement, column + 1, g_ascii_strtoll (line, NULL, 10));
  else if (length > 0 || column >= FIRST_NUMBER + N_NUMBERS)
    sqlite3_bind_text (statement, column + 1, line, length, SQLITE_TRANSIENT);
}

/* Returns FALSE if the constraints of the table refuse the row. */
static gboolean
write_row (const uint8_t *data, size_t size)
{
  sqlite3 *database = fuzz_folder_open ();
  sqlite3_stmt *statement;
  gboolean written;

  sqlite3_exec (database, "BEGIN; DELETE FROM attempts;", NULL, NULL, NULL);
  g_assert_cmpint (sqlite3_prepare_v2 (database, insert, -1, &statement, NULL),
      ==, SQLITE_OK);
  for (gint i = 0; i < N_COLUMNS; i++) {
    const uint8_t *start = data;
    size_t before = size;
    g_autofree gchar *line = fuzz_take_line (&data, &size);
    gint length = (gint) (before - size);

    if (length > 0 && start[length - 1] == '\n')
      length--;
    bind_line (statement, i, line, MIN (length, (gint) strlen (line) + 1));
  }
  written = sqlite3_step (statement) == SQLITE_DONE;
  sqlite3_finalize (statement);
  sqlite3_exec (database, "COMMIT;", NULL, NULL, NULL);
  sqlite3_close (database);

  return written;
}

static void
assert_same (const SeedanceRecord *record, const SeedanceRecord *again)
{
  g_assert_nonnull (again);
  g_assert_cmpint (record->state, ==, again->state);
  g_assert_cmpstr (record->task_id, ==, again->task_id);
  g_assert_cmpstr (record->identity, ==, again->identity);
  g_assert_cmpstr (record->base_url, ==, again->base_url);
  g_assert_cmpint (record->created, ==, again->created);
}

static void
assert_record (const gchar *dir, const SeedanceRecord *record)
{
  g_autoptr (SeedanceRecord) copy = seedance_record_copy (record);
  g_autoptr (SeedanceRecord) again = NULL;

  g_assert_true (record->provider && record->base_url);
  g_assert_true (seedance_row_is_name (record->name));
  g_assert_true (record->state <= SEEDANCE_RECORD_FAILED);
  g_assert_true (record->state < SEEDANCE_RECORD_SUBMITTED ||
                 (record->task_id && *record->task_id));
  seedance_record_owner_lives (record);
  /* The table refuses negative times. */
  if (record->created < 0)
    return;
  g_assert_true (seedance_ledger_save (dir, copy, NULL));
  again = seedance_ledger_find (dir, record->name, NULL);
  assert_same (record, again);
}

/* Checks that nothing is ordered while @entry may stand for a paid task. */
static void
assert_claim (
    const gchar *dir, const gchar *identity, const SeedanceLedgerEntry *entry)
{
  const SeedanceClaim claim = { .identity = identity, .attempts = 2 };
  g_auto (SeedanceRefusal) refusal = { 0 };
  g_autoptr (SeedanceRecord) found = NULL;
  g_autoptr (GError) error = NULL;
  SeedanceClaimResult result = seedance_ledger_claim (
      dir, &claim, NULL, &found, &refusal, &error);

  g_assert_true ((result == SEEDANCE_CLAIM_ERROR) == (error != NULL));
  if (!entry->record)
    g_assert_cmpint (result, ==, SEEDANCE_CLAIM_ERROR);
  else if (entry->record->state != SEEDANCE_RECORD_PLAYED &&
           entry->record->state != SEEDANCE_RECORD_FAILED)
    g_assert_cmpint (result, !=, SEEDANCE_CLAIM_ORDER);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const gchar *dir = fuzz_folder_get ();
  g_autoptr (GPtrArray) entries = NULL;
  g_autofree gchar *identity = NULL, *beside = NULL;
  SeedanceLedgerEntry *entry;

  if (!write_row (data, size))
    return 0;
  /* Leave out an identity with a NUL in it, which C would read as another
   * one. */
  identity = fuzz_folder_get_text (
      "SELECT identity FROM attempts "
      "WHERE length (CAST (identity AS BLOB)) = length (identity);");
  beside = fuzz_folder_get_text ("SELECT beside FROM attempts;");
  entries = seedance_ledger_list (dir, NULL);
  g_assert_nonnull (entries);
  if (entries->len == 0)
    return 0;
  entry = g_ptr_array_index (entries, 0);
  if (identity && g_str_equal (beside, "0"))
    assert_claim (dir, identity, entry);
  if (entry->record)
    assert_record (dir, entry->record);
  g_ptr_array_unref (
      seedance_ledger_find_prunable (dir, 0, SEEDANCE_PRUNE_PLAYED));

  return 0;
}
