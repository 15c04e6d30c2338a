/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the task of an order whose answer was lost. All of it is one
 * transaction, so two orders can never get the same task. */

#include "ledger-private.h"

static gboolean
is_known (SeedanceDb *db, const SeedanceRecord *record, const gchar *id)
{
  g_autoptr (SeedanceStatement) statement = seedance_db_prepare (db,
      "SELECT 1 FROM attempts WHERE task_id = :task AND provider = :provider;");

  seedance_statement_set_text (statement, ":task", id);
  seedance_statement_set_text (statement, ":provider", record->provider);

  return seedance_statement_step (statement);
}

/* Returns TRUE if the order of @record still has no task. */
static gboolean
is_open (SeedanceDb *db, const SeedanceRecord *record)
{
  g_autoptr (SeedanceStatement) statement = seedance_db_prepare (db,
      "SELECT 1 FROM attempts WHERE name = :name AND NOT forgotten "
      "AND state IN ('submitting', 'ambiguous');");

  seedance_statement_set_text (statement, ":name", record->name);

  return seedance_statement_step (statement);
}

/* Returns TRUE if the order of the current row is being sent right now. */
static gboolean
is_being_sent (SeedanceStatement *statement)
{
  g_autoptr (SeedanceRecord) record = seedance_row_read (statement);

  return record && record->state == SEEDANCE_RECORD_SUBMITTING &&
         seedance_record_owner_lives (record);
}

/* Counts the other orders that have no task yet and may have made one of the
 * listed tasks. They count at any base URL of the service. An order may go out
 * long after its row was created, if the machine was suspended in between: what
 * counts is when its answer was lost, or that its program still waits for
 * one. */
static guint
count_others (
    SeedanceDb *db, const SeedanceRecord *record, gint64 from, gint64 to)
{
  g_autoptr (SeedanceStatement) statement = seedance_db_prepare (db,
      "SELECT " SEEDANCE_ROW_COLUMNS ", max(created, updated) >= :from "
      "FROM attempts WHERE name <> :name AND provider = :provider "
      "AND state IN ('submitting', 'ambiguous') AND created <= :to;");
  guint n = 0;

  seedance_statement_set_text (statement, ":name", record->name);
  seedance_statement_set_text (statement, ":provider", record->provider);
  seedance_statement_set_integer (
      statement, ":from", from - SEEDANCE_ANSWER_MAX);
  seedance_statement_set_integer (statement, ":to", to);
  while (seedance_statement_step (statement))
    n += seedance_statement_get_integer (statement, SEEDANCE_ROW_N) > 0 ||
         is_being_sent (statement);

  return n;
}

static SeedanceRecord *
make_accepted (const SeedanceRecord *record, const gchar *id)
{
  SeedanceRecord *accepted = seedance_record_copy (record);

  g_free (accepted->task_id);
  accepted->task_id = g_strdup (id);
  g_clear_pointer (&accepted->reason, g_free);
  accepted->state = SEEDANCE_RECORD_SUBMITTED;
  accepted->updated = g_get_real_time () / G_USEC_PER_SEC;

  return accepted;
}

/* Counts the tasks in @ids that no row has; *@id is the last of them. */
static guint
count_unknown (SeedanceDb *db, const SeedanceRecord *record,
    const gchar *const *ids, const gchar **id)
{
  guint n = 0;

  for (; *ids; ids++) {
    if (is_known (db, record, *ids))
      continue;
    *id = *ids;
    n++;
  }

  return n;
}

/* Returns the one of @ids that the order of @record has got already: an earlier
 * call may have written it and been told that the disk failed. NULL if there is
 * none. */
static const gchar *
find_taken (
    SeedanceDb *db, const SeedanceRecord *record, const gchar *const *ids)
{
  g_autofree gchar *taken = NULL;
  g_autoptr (SeedanceStatement) statement = seedance_db_prepare (db,
      "SELECT task_id FROM attempts WHERE name = :name AND NOT forgotten "
      "AND state = 'submitted';");

  seedance_statement_set_text (statement, ":name", record->name);
  if (seedance_statement_step (statement))
    taken = seedance_statement_get_text (statement, 0);
  while (*ids && g_strcmp0 (*ids, taken) != 0)
    ids++;

  return *ids;
}

guint
seedance_ledger_take_lost (const gchar *dir, SeedanceRecord *record,
    const gchar *const *ids, gint64 from, gint64 to, GError **error)
{
  g_autoptr (SeedanceRecord) accepted = NULL;
  const gchar *id, *taken;
  SeedanceDb *db = seedance_db_begin (dir, SEEDANCE_DB_DECIDE, error);
  guint n;

  if (!db)
    return 0;
  id = taken = find_taken (db, record, ids);
  if (!taken && !is_open (db, record)) {
    seedance_db_end (db, FALSE, NULL);
    g_set_error_literal (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED,
        "Another program has settled this order meanwhile: run the same "
        "again.");
    return 0;
  }
  n = taken ? 1 : count_unknown (db, record, ids, &id);
  if (n > 0 && !taken)
    n += count_others (db, record, from, to);
  if (n == 1) {
    accepted = make_accepted (record, id);
    seedance_row_write (db, accepted, FALSE);
  }
  if (!seedance_db_end (db, n == 1, error))
    return 0;
  if (accepted) {
    SeedanceRecord kept = *record;

    *record = *accepted;
    *accepted = kept;
  }

  return n;
}
