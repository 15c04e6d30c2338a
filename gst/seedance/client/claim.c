/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the ledger says of an order: that it is to go out, that another's answer
 * is awaited, that its clip is there or on its way, or that nobody knows. Every
 * path to submit.c leads through here. */

#include "job-private.h"

#include <string.h>

#include "ledger-failures.h"
#include "text.h"
#include "unique.h"

#define CLAIM_INTERVAL_MS 250
#define LOST_RACE_MS 10
#define FAILURE_WORDS_MAX 200
#define REASON_MAX 2000
#define OWNER_WAIT_MS (15 * 60 * 1000)

static void claim_record (SeedanceJob *job);

/* --- records ------------------------------------------------------------ */

static void
set_name (SeedanceJob *job, const gchar *name)
{
  g_mutex_lock (&job->lock);
  g_free (job->name);
  job->name = g_strdup (name);
  g_mutex_unlock (&job->lock);
}

static void
take_record (SeedanceJob *job, const gchar *name, SeedanceRecord **record)
{
  set_name (job, name);
  seedance_record_free (job->record);
  job->record = g_steal_pointer (record);
}

/* A record of this order. */
static SeedanceRecord *
new_record (const SeedanceOrder *order)
{
  const SeedanceRequest *request = order->request;
  SeedanceRecord *record = seedance_record_new (order->provider->name,
      order->record_url ? order->record_url : order->base_url, request->prompt);

  record->resolution = g_strdup (request->resolution);
  record->instance = g_strdup (request->instance);
  record->duration = request->duration > 0 ? request->duration : -1;
  record->key_hash = g_strdup (order->key_hash);
  if (!order->task_id)
    record->order = g_strdup (order->fingerprint);

  return record;
}

/* Whether the record is ours to order with: *@exists when another stands
 * there, else all is lost. */
static gboolean
create_record (SeedanceJob *job, gboolean *exists)
{
  GError *error = NULL;

  job->record = new_record (job->order);
  job->claimed = seedance_ledger_create (
      seedance_job_dir (job), job->name, job->record, exists, &error);
  JOB_INFO (job, "record %s: %s", job->name,
      job->claimed ? "claimed, the order is ours to send"
                   : "another process was faster");
  if (!job->claimed)
    g_clear_pointer (&job->record, seedance_record_free);
  if (error)
    seedance_job_fail (job, error);

  return job->claimed;
}

/* Without a key only a stored clip can be had. */
static gboolean
has_key (SeedanceJob *job)
{
  const GError *error = job->order->key_error;

  if (!error)
    return TRUE;
  seedance_job_fail (job, g_error_copy (error));

  return FALSE;
}

static void
refuse_another_attempt (SeedanceJob *job, const SeedanceFailures *failures)
{
  SeedanceErrorDetails details = { .reason = SEEDANCE_REASON_ATTEMPTS,
    .task_id = failures->task_id };
  g_autofree gchar *words =
      seedance_text_clean (failures->words ? failures->words : "not readable",
          -1, FAILURE_WORDS_MAX, job->order->key);
  g_autofree gchar *id =
      seedance_text_clean (failures->task_id ? failures->task_id : "?", -1,
          FAILURE_WORDS_MAX, job->order->key);

  seedance_job_fail (job,
      seedance_error_new (SEEDANCE_ERROR_FAILED, &details,
          "%u tasks of this order ended without a clip, the last one, %s, with "
          "these words: %s. Nothing was ordered now. Change the prompt or the "
          "values; or allow another task, which may be billed, by setting "
          "attempts to %u or with: seedance-tasks forget '%s'.",
          failures->count, id, words, failures->count + 1, id));
}

static void
refuse_blindly (SeedanceJob *job, const GError *error)
{
  seedance_job_fail (job,
      seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
          "Whether earlier tasks of this order failed cannot be told: %s. "
          "Nothing was ordered and nothing is billed. Set state-dir (or "
          "SEEDANCE_STATE_DIR) to a folder that can be read.",
          error->message));
}

/* The last look before an order is written down. */
static gboolean
may_order (SeedanceJob *job)
{
  const SeedanceOrder *order = job->order;
  g_auto (SeedanceFailures) failures = { 0 };
  g_autoptr (GError) error = NULL;

  if (!has_key (job))
    return FALSE;
  if (!seedance_ledger_get_failures (
          seedance_job_dir (job), order->fingerprint, &failures, &error)) {
    refuse_blindly (job, error);
    return FALSE;
  }
  if (failures.count < (guint) order->attempts)
    return TRUE;
  refuse_another_attempt (job, &failures);

  return FALSE;
}

/* Whether the head still leads to @record: who was held up for long may find
 * that others have ordered, played and ordered again meanwhile. */
static gboolean
head_leads_to (SeedanceJob *job, const SeedanceRecord *record)
{
  g_autofree gchar *name = g_strdup (job->order->fingerprint);
  g_autoptr (SeedanceRecord) now =
      seedance_ledger_load (seedance_job_dir (job), &name, NULL);

  return now && g_str_equal (now->file, record->file);
}

static void
look_again (SeedanceJob *job)
{
  JOB_INFO (job, "another process was faster, the ledger is read again");
  seedance_job_withdraw (job);
  seedance_job_set_timer (job, LOST_RACE_MS, seedance_job_claim_again);
}

/* --- an order ----------------------------------------------------------- */

static void
order_anew (SeedanceJob *job)
{
  const SeedanceOrder *order = job->order;
  gboolean exists = FALSE;

  if (!may_order (job))
    return;
  if (!create_record (job, &exists) && exists) {
    if (order->reuse == SEEDANCE_REUSE_NEVER) {
      g_autofree gchar *unique = seedance_unique ();
      g_autofree gchar *name =
          g_strdup_printf ("%s.%s", order->fingerprint, unique);

      set_name (job, name);
      create_record (job, &exists);
    } else {
      /* Somebody was faster: look at what there is now. */
      seedance_job_set_timer (job, LOST_RACE_MS, seedance_job_claim_again);
      return;
    }
  }
  if (!job->claimed)
    return;
  /* What the head led to was gone, and by now it may lead to an order. */
  if (order->reuse != SEEDANCE_REUSE_NEVER && !head_leads_to (job, job->record))
    look_again (job);
  else
    seedance_job_submit (job);
}

/* Somebody else orders in the place of @old, or has ordered: that is for us,
 * too. Who was accepted may have died before it led the head there. */
static void
follow (SeedanceJob *job, const gchar *old_name, const SeedanceRecord *old)
{
  g_autofree gchar *name = g_strdup (job->name);
  GError *error = NULL;

  job->record = seedance_ledger_load (seedance_job_dir (job), &name, &error);
  if (error) {
    seedance_job_fail (job, error);
    return;
  }
  set_name (job, name);
  if (!job->record) {
    look_again (job);
  } else if (job->record->state >= SEEDANCE_RECORD_SUBMITTED &&
             seedance_job_replace (job, old_name, old)) {
    g_clear_pointer (&job->record, seedance_record_free);
    look_again (job);
  } else {
    claim_record (job);
  }
}

/* Orders in the place of a record whose clip was seen, or never came. Who
 * creates the successor does; everybody else follows. The head leads to the old
 * record until the order is accepted: an order that comes to nothing takes
 * nothing away. */
static void
succeed (SeedanceJob *job)
{
  g_autoptr (SeedanceRecord) old = g_steal_pointer (&job->record);
  g_autofree gchar *old_name = g_strdup (job->name);
  g_autofree gchar *name =
      seedance_ledger_successor (job->order->fingerprint, old);
  gboolean exists = FALSE;

  JOB_INFO (job, "record %s holds a task that %s: it may be ordered anew",
      old_name, old->state == SEEDANCE_RECORD_FAILED ? "failed" : "was played");
  if (!may_order (job))
    return;
  set_name (job, name);
  if (!create_record (job, &exists)) {
    if (exists)
      follow (job, old_name, old);
    return;
  }
  if (!head_leads_to (job, old)) {
    look_again (job);
    return;
  }
  g_free (job->replaced_name);
  job->replaced_name = g_steal_pointer (&old_name);
  job->replaced = g_steal_pointer (&old);
  seedance_job_submit (job);
}

/* --- a clip ------------------------------------------------------------- */

static void
play_stored (SeedanceJob *job)
{
  JOB_INFO (job, "plays the stored clip, %" G_GINT64_FORMAT " bytes",
      job->record->size);
  g_mutex_lock (&job->lock);
  job->state.time_to_ready = seedance_job_age (job);
  g_mutex_unlock (&job->lock);
  seedance_ledger_note_use (seedance_job_dir (job), job->record);
  seedance_job_set_phase (job, SEEDANCE_PHASE_READY, SEEDANCE_STATUS_SUCCEEDED);
}

static void
on_stored_checked (SeedanceJob *job, gboolean there)
{
  if (there)
    play_stored (job);
  else if (has_key (job))
    seedance_job_generate (job, TRUE);
}

/* Who could write the folder may have planted anything. */
static gboolean
has_plain_id (SeedanceJob *job)
{
  g_autofree gchar *path = NULL;

  if (seedance_text_is_plain (job->record->task_id))
    return TRUE;
  path = seedance_ledger_path (seedance_job_dir (job), job->name);
  seedance_job_fail (job,
      seedance_error_new (SEEDANCE_ERROR_MAYBE_BILLED, NULL,
          "The ledger file '%s' holds a task id with characters that are not "
          "to be sent or shown. It may stand for a clip that was paid for, so "
          "nothing was ordered. Look at it: remove it to order anew.",
          path));

  return FALSE;
}

/* Goes on with a task that was paid for before. */
static void
attach (SeedanceJob *job)
{
  SeedanceRecord *record = job->record;
  gboolean stored = record->state == SEEDANCE_RECORD_READY ||
                    record->state == SEEDANCE_RECORD_PLAYED;

  if (!has_plain_id (job))
    return;
  JOB_INFO (job, "takes up task %s of record %s, nothing is ordered",
      record->task_id, job->name);
  seedance_job_set_task_id (job, record->task_id, record->seed);
  if (stored)
    seedance_job_check_stored (job, on_stored_checked);
  else if (has_key (job))
    seedance_job_generate (job, TRUE);
}

/* --- a record of the same order ----------------------------------------- */

static void
refuse_ambiguous (SeedanceJob *job)
{
  g_autofree gchar *path =
      seedance_ledger_path (seedance_job_dir (job), job->name);
  g_autofree gchar *said = job->record->reason
                               ? seedance_text_clean (job->record->reason, -1,
                                     REASON_MAX, job->order->key)
                               : NULL;

  JOB_INFO (job, "record %s is of an order without an answer", job->name);
  seedance_job_fail (job,
      seedance_error_new (SEEDANCE_ERROR_MAYBE_BILLED, NULL,
          "The same order went out before and its answer was lost. Nothing was "
          "sent now. %s%s Removing '%s' accepts a second bill, too.",
          said ? "What was said then: "
               : "A task may exist and may be billed. Look for it in the "
                 "service's console: attach to it with task-id=…, or accept a "
                 "second bill with reuse=never.",
          said ? said : "", path));
}

void
seedance_job_claim_again (gpointer user_data)
{
  SeedanceJob *job = user_data;

  job->timer = 0;
  seedance_job_claim (job);
}

void
seedance_job_claim_now (SeedanceJob *job)
{
  if (job->timer == 0 || job->failures == 0)
    return;
  job->failures = 0;
  seedance_job_set_timer (job, 0, seedance_job_claim_again);
}

/* Whether nobody will tell how the order @name went. The record is read once
 * more after its owner was seen dead: it may have written its last word
 * between our look at the one and at the other. */
static gboolean
is_abandoned (SeedanceJob *job, const gchar *name, const SeedanceRecord *record)
{
  g_autofree gchar *same = g_strdup (name);
  g_autoptr (SeedanceRecord) now = NULL;

  if (seedance_record_owner_lives (record))
    return FALSE;
  now = seedance_ledger_load (seedance_job_dir (job), &same, NULL);

  return now && now->state == SEEDANCE_RECORD_SUBMITTING;
}

/* Somebody else's POST is under way: its id is awaited, or its end. What the
 * dead left stays as it is: it says "maybe" well enough. An owner that lives
 * and never comes to an end is not waited for longer than a request lives. */
static void
await_owner (SeedanceJob *job)
{
  if (++job->awaits > OWNER_WAIT_MS / CLAIM_INTERVAL_MS ||
      is_abandoned (job, job->name, job->record)) {
    refuse_ambiguous (job);
    return;
  }
  if (job->awaits == 1)
    JOB_INFO (job, "waits for another process that orders the same, record %s",
        job->name);
  /* What was waited for is ours as well, however fast the others were. */
  g_free (job->awaited);
  job->awaited = g_strdup (job->record->file);
  g_clear_pointer (&job->record, seedance_record_free);
  seedance_job_set_timer (job, CLAIM_INTERVAL_MS, seedance_job_claim_again);
}

static gboolean
is_spent (SeedanceJob *job)
{
  const SeedanceOrder *order = job->order;

  if (g_strcmp0 (job->record->file, job->awaited) == 0)
    return FALSE;
  if (job->record->state == SEEDANCE_RECORD_FAILED)
    return TRUE;

  return job->record->state == SEEDANCE_RECORD_PLAYED &&
         order->reuse == SEEDANCE_REUSE_PENDING &&
         g_strcmp0 (order->own_record, job->name) != 0;
}

/* The record of the task @id, and its *@name. NULL without an error when there
 * is none that can be used. */
static SeedanceRecord *
load_task (SeedanceJob *job, const gchar *id, gchar **name, GError **error)
{
  const SeedanceOrder *order = job->order;
  g_autoptr (SeedanceRecord) record = NULL;

  g_free (*name);
  *name = seedance_order_find_task (order, id, error);
  if (!*name)
    return NULL;
  record = seedance_ledger_load (seedance_job_dir (job), name, NULL);

  return record && g_strcmp0 (record->task_id, id) == 0
             ? g_steal_pointer (&record)
             : NULL;
}

/* The clip that this element had before: others may have bought another one in
 * its place meanwhile. FALSE: there is none, and one may be ordered. */
static gboolean
attach_own (SeedanceJob *job)
{
  const gchar *id = job->order->own_task;
  g_autofree gchar *name = NULL;
  GError *error = NULL;
  g_autoptr (SeedanceRecord) own =
      id ? load_task (job, id, &name, &error) : NULL;

  if (error) {
    seedance_job_fail (job, error);
    return TRUE;
  }
  if (!own || own->state == SEEDANCE_RECORD_FAILED)
    return FALSE;
  take_record (job, name, &own);
  attach (job);

  return TRUE;
}

static void
claim_record (SeedanceJob *job)
{
  switch (job->record->state) {
    case SEEDANCE_RECORD_SUBMITTING:
      await_owner (job);
      return;
    case SEEDANCE_RECORD_AMBIGUOUS:
      refuse_ambiguous (job);
      return;
    default:
      break;
  }
  if (!is_spent (job))
    attach (job);
  else if (!attach_own (job))
    succeed (job);
}

/* --- a task that the user named ----------------------------------------- */

static gboolean
is_open (SeedanceJob *job, const gchar *name, const SeedanceRecord *record)
{
  return record->state == SEEDANCE_RECORD_AMBIGUOUS ||
         (record->state == SEEDANCE_RECORD_SUBMITTING &&
             is_abandoned (job, name, record));
}

/* Puts our task in the place of @record, if that is an order without an answer.
 * A task that was there before the order is not the one it made. */
static gboolean
resolve (SeedanceJob *job, const gchar *name, SeedanceRecord *record)
{
  const gchar *dir = seedance_job_dir (job);
  const SeedanceRecord *known = job->record;
  g_autofree gchar *alias = seedance_order_record_name (job->order);

  if (!is_open (job, name, record) || known->created < record->created)
    return FALSE;
  record->state = known->state;
  record->task_id = g_strdup (known->task_id);
  record->size = known->size;
  record->seed = known->seed;
  g_free (record->file);
  record->file = g_strdup (known->file);
  g_free (record->reason);
  record->reason = g_strdup (known->reason);
  if (!seedance_ledger_save (dir, name, record, NULL))
    return FALSE;
  seedance_ledger_point (dir, alias, name);

  return TRUE;
}

/* The task that the user named also answers what a lost answer left open: of
 * the order that the head leads to, or of the one in its place. */
static void
resolve_ambiguous (SeedanceJob *job)
{
  const gchar *dir = seedance_job_dir (job);
  const SeedanceOrder *order = job->order;
  g_autofree gchar *name = g_strdup (order->fingerprint);
  g_autofree gchar *next_name = NULL;
  g_autoptr (SeedanceRecord) record = NULL, next = NULL;

  if (!name)
    return;
  record = seedance_ledger_load (dir, &name, NULL);
  if (!record)
    return;
  if (resolve (job, name, record)) {
    take_record (job, name, &record);
    return;
  }
  /* The id of the old order says nothing of the new one. */
  if (g_strcmp0 (record->task_id, order->task_id) == 0)
    return;
  next_name = seedance_ledger_successor (order->fingerprint, record);
  next = seedance_ledger_load (dir, &next_name, NULL);
  if (next && resolve (job, next_name, next)) {
    take_record (job, next_name, &next);
    seedance_job_replace (job, name, record);
  }
}

gboolean
seedance_job_has_foreign_task (SeedanceJob *job)
{
  const SeedanceRecord *record = job->record;
  const gchar *key_hash = job->order->key_hash;

  return record && record->task_id && record->key_hash && key_hash &&
         !g_str_equal (record->key_hash, key_hash);
}

void
seedance_job_note_key (SeedanceJob *job)
{
  if (!job->record)
    return;
  g_free (job->record->key_hash);
  job->record->key_hash = g_strdup (job->order->key_hash);
}

void
seedance_job_confirm (SeedanceJob *job)
{
  job->untested = FALSE;
  if (!job->unconfirmed)
    return;
  job->unconfirmed = FALSE;
  resolve_ambiguous (job);
}

/* A task that the ledger does not know, or knows no more. */
static void
claim_task (SeedanceJob *job)
{
  const SeedanceOrder *order = job->order;
  GError *error = NULL;

  job->record = new_record (order);
  job->record->state = SEEDANCE_RECORD_SUBMITTED;
  job->record->task_id = g_strdup (order->task_id);
  job->record->named = TRUE;
  if (!seedance_ledger_save (
          seedance_job_dir (job), job->name, job->record, &error)) {
    seedance_job_fail (job, error);
    return;
  }
  JOB_INFO (job, "task %s was not in the ledger", order->task_id);
  job->untested = job->unconfirmed = TRUE;
  attach (job);
}

/* Only what the user named may be what an order in doubt made: of all others it
 * is known what made them. */
static void
attach_by_task (SeedanceJob *job)
{
  if (job->record->named) {
    job->unconfirmed = TRUE;
    if (job->record->state != SEEDANCE_RECORD_SUBMITTED)
      seedance_job_confirm (job);
  }
  attach (job);
}

/* Attaches to a task by its id, whatever record it is kept under. It may be on
 * its way from one name to the other, and is there at the second look. */
static void
claim_by_task (SeedanceJob *job)
{
  const gchar *id = job->order->task_id;
  g_autofree gchar *alias = seedance_order_record_name (job->order);
  g_autofree gchar *name = NULL;
  GError *error = NULL;

  job->record = load_task (job, id, &name, &error);
  if (!job->record && !error)
    job->record = load_task (job, id, &name, &error);
  if (error) {
    set_name (job, alias);
    seedance_job_fail (job, error);
  } else if (job->record) {
    set_name (job, name);
    attach_by_task (job);
  } else {
    /* Not where its name led: there another order may stand by now. */
    set_name (job, alias);
    claim_task (job);
  }
}

/* --- which of these ----------------------------------------------------- */

void
seedance_job_claim (SeedanceJob *job)
{
  const SeedanceOrder *order;
  g_autofree gchar *name = NULL;
  GError *error = NULL;

  seedance_job_adopt_order (job);
  order = job->order;
  name = seedance_order_record_name (order);
  if (order->task_id) {
    claim_by_task (job);
    return;
  }
  if (order->reuse != SEEDANCE_REUSE_NEVER)
    job->record = seedance_ledger_load (seedance_job_dir (job), &name, &error);
  set_name (job, name);
  if (error)
    seedance_job_fail (job, error);
  else if (job->record)
    claim_record (job);
  else
    order_anew (job);
}
