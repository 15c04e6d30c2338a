/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads, checks and writes rows of the table attempts. */

#include "ledger-rows.h"

#include <string.h>

#include "error.h"

#define NAME_DIGITS 32
#define IDENTITY_DIGITS 64

/* A name becomes part of a file name, and an identity is a hash. */
static gboolean
is_hex (const gchar *text, gsize digits)
{
  return text && strlen (text) == digits &&
         strspn (text, "0123456789abcdef") == digits;
}

gboolean
seedance_row_is_name (const gchar *name)
{
  return is_hex (name, NAME_DIGITS);
}

static gboolean
is_valid (const SeedanceRecord *record)
{
  return seedance_row_is_name (record->name) && record->provider &&
         record->base_url &&
         (!record->identity || is_hex (record->identity, IDENTITY_DIGITS)) &&
         (record->state < SEEDANCE_RECORD_SUBMITTED ||
             (record->task_id && *record->task_id));
}

SeedanceRecord *
seedance_row_read (SeedanceStatement *statement)
{
  g_autoptr (SeedanceRecord) record = g_new0 (SeedanceRecord, 1);
  g_autofree gchar *state = NULL;
  gchar **const texts[] = { &record->name, &state, &record->identity,
    &record->kind, &record->provider, &record->base_url, &record->prompt,
    &record->resolution, &record->instance, &record->key_hash, &record->cost,
    &record->task_id };
  gint64 *const numbers[] = { &record->created, &record->updated, &record->size,
    &record->seed, &record->tokens, &record->duration, &record->generation_ms };
  gint column = 0;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i] = seedance_statement_get_text (statement, column++);
  record->named = seedance_statement_get_integer (statement, column++) > 0;
  record->reason = seedance_statement_get_text (statement, column++);
  record->words = seedance_statement_get_text (statement, column++);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    *numbers[i] = seedance_statement_get_integer (statement, column++);
  record->owner_host = seedance_statement_get_text (statement, column++);
  record->owner_pid = seedance_statement_get_integer (statement, column++);
  record->owner_start = seedance_statement_get_integer (statement, column++);

  return seedance_record_state_from_word (state, &record->state) &&
                 is_valid (record)
             ? g_steal_pointer (&record)
             : NULL;
}

SeedanceRecord *
seedance_row_take (
    SeedanceStatement *statement, const gchar *dir, GError **error)
{
  g_autoptr (SeedanceStatement) owned = statement;
  SeedanceRecord *record;
  g_autofree gchar *path = NULL;

  if (!seedance_statement_step (owned))
    return NULL;
  record = seedance_row_read (owned);
  if (record)
    return record;
  path = seedance_db_path (dir);
  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED,
      "A record of this order in the ledger '%s' is damaged. It may stand for "
      "a clip that was paid for. See seedance-tasks list, and forget it there "
      "to order anew.",
      path);

  return NULL;
}

static void
set_number (SeedanceStatement *statement, const gchar *name, gint64 value)
{
  if (value >= 0)
    seedance_statement_set_integer (statement, name, value);
}

static void
set_texts (SeedanceStatement *statement, const SeedanceRecord *record)
{
  const struct {
    const gchar *name, *text;
  } texts[] = { { ":name", record->name },
    { ":state", seedance_record_state_to_word (record->state) },
    { ":identity", record->identity }, { ":kind", record->kind },
    { ":provider", record->provider }, { ":base_url", record->base_url },
    { ":prompt", record->prompt }, { ":resolution", record->resolution },
    { ":instance", record->instance }, { ":key_hash", record->key_hash },
    { ":cost", record->cost }, { ":task_id", record->task_id },
    { ":reason", record->reason }, { ":words", record->words },
    { ":owner_host", record->owner_host } };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    seedance_statement_set_text (statement, texts[i].name, texts[i].text);
}

static void
set_numbers (SeedanceStatement *statement, const SeedanceRecord *record)
{
  set_number (statement, ":named", record->named);
  set_number (statement, ":created", record->created);
  set_number (statement, ":updated", record->updated);
  set_number (statement, ":size", record->size);
  set_number (statement, ":seed", record->seed);
  set_number (statement, ":tokens", record->tokens);
  set_number (statement, ":duration", record->duration);
  set_number (statement, ":generation_ms", record->generation_ms);
  set_number (statement, ":owner_pid", record->owner_pid);
  set_number (statement, ":owner_start", record->owner_start);
  set_number (statement, ":stored",
      record->state == SEEDANCE_RECORD_READY ||
          record->state == SEEDANCE_RECORD_PLAYED);
}

void
seedance_row_write (
    SeedanceDb *db, const SeedanceRecord *record, gboolean beside)
{
  g_autoptr (SeedanceStatement) statement = seedance_db_prepare (db,
      "INSERT INTO attempts (" SEEDANCE_ROW_COLUMNS ", stored, beside) "
      "VALUES (:name, :state, :identity, :kind, :provider, :base_url, "
      ":prompt, :resolution, :instance, :key_hash, :cost, :task_id, :named, "
      ":reason, :words, :created, :updated, :size, :seed, :tokens, "
      ":duration, :generation_ms, :owner_host, :owner_pid, :owner_start, "
      ":stored, :beside) "
      "ON CONFLICT (name) DO UPDATE SET state = excluded.state, "
      /* A writer that attached by task id may not know what order the task
       * comes from. */
      "identity = coalesce(excluded.identity, attempts.identity), "
      "kind = coalesce(excluded.kind, attempts.kind), "
      "prompt = excluded.prompt, resolution = excluded.resolution, "
      "instance = excluded.instance, key_hash = excluded.key_hash, "
      "cost = excluded.cost, task_id = excluded.task_id, "
      "named = min(excluded.named, attempts.named), reason = excluded.reason, "
      "words = excluded.words, updated = excluded.updated, "
      "created = min(excluded.created, attempts.created), "
      "size = excluded.size, seed = excluded.seed, "
      "tokens = excluded.tokens, duration = excluded.duration, "
      "generation_ms = excluded.generation_ms, stored = excluded.stored "
      /* If the clip came, a writer that never saw it changes nothing. */
      "WHERE attempts.size IS NULL OR excluded.size IS NOT NULL;");

  set_texts (statement, record);
  set_numbers (statement, record);
  seedance_statement_set_integer (statement, ":beside", beside);
  seedance_statement_step (statement);
}
