/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the ledger says of an order: that it is to go out, that another's answer
 * is awaited, that its clip is there or on its way, or that nobody knows. Every
 * path to an order leads through here. */

#include "job-private.h"

#include <string.h>

#include "text.h"
#include "uri.h"

#define CLAIM_INTERVAL_MS 250
#define WORDS_MAX 200
#define REASON_MAX 2000
#define OWNER_WAIT_MS (15 * 60 * 1000)

/* --- records ------------------------------------------------------------ */

/* Takes over @record. */
static void
take_record (SeedanceJob *job, SeedanceRecord *record)
{
  g_mutex_lock (&job->lock);
  g_free (job->name);
  job->name = g_strdup (record->name);
  g_mutex_unlock (&job->lock);
  seedance_record_free (job->record);
  job->record = record;
}

/* A record of this order, or of the task that the user named. */
static SeedanceRecord *
new_record (const SeedanceOrder *order)
{
  const SeedanceRequest *request = order->request;
  SeedanceRecord *record = seedance_record_new (
      order->provider->name, order->base_url, request->prompt);

  record->resolution = g_strdup (request->resolution);
  record->instance = g_strdup (request->instance);
  record->duration = request->duration > 0 ? request->duration : -1;
  record->key_hash = g_strdup (order->key_hash);
  if (!order->task_id) {
    record->identity = g_strdup (order->fingerprint);
    record->kind = seedance_order_kind (order);
  }

  return record;
}

/* Whether the order may go out, if the ledger lets it. */
static gboolean
may_order (SeedanceJob *job)
{
  if (!job->order->attach_only)
    return seedance_job_has_key (job);
  seedance_job_fail (job, seedance_uri_refuse_order ());

  return FALSE;
}

static void
refuse_another_attempt (SeedanceJob *job, const SeedanceRefusal *refusal)
{
  SeedanceErrorDetails details = { .reason = SEEDANCE_REASON_ATTEMPTS,
    .task_id = refusal->task_id };
  g_autofree gchar *words =
      seedance_text_clean (refusal->words ? refusal->words : "not readable", -1,
          WORDS_MAX, job->order->key);
  g_autofree gchar *id =
      seedance_text_clean (refusal->task_id ? refusal->task_id : "?", -1,
          WORDS_MAX, job->order->key);

  seedance_job_report_error (job, SEEDANCE_EVENT_REFUSED,
      seedance_error_new (SEEDANCE_ERROR_FAILED, &details,
          "%u tasks of this order ended without a clip, the last one, %s, with "
          "these words: %s. Nothing was ordered now. Change the prompt or the "
          "values; or allow another task, which may be billed, by setting "
          "attempts to %u or with: seedance-tasks forget '%s'.",
          refusal->count, id, words, refusal->count + 1, id));
}

static void
refuse_over_budget (SeedanceJob *job, const SeedanceRefusal *refusal)
{
  static const SeedanceErrorDetails details = { .retryable = TRUE,
    .reason = SEEDANCE_REASON_BUDGET };
  g_autofree gchar *limit = seedance_limit_to_string (&refusal->limit);
  g_autoptr (GDateTime) next =
      refusal->next > 0 ? g_date_time_new_from_unix_local (refusal->next)
                        : NULL;
  g_autofree gchar *when =
      next ? g_date_time_format (next, "The next one may go out on %F at %T.")
           : g_strdup ("None may go out.");

  seedance_job_report_error (job, SEEDANCE_EVENT_REFUSED,
      seedance_error_new (SEEDANCE_ERROR_SETTINGS, &details,
          "The budget is spent: it allows %s, by all programs that use the "
          "state folder. %s Nothing was ordered now and nothing is billed. "
          "Wait, or raise the property budget or SEEDANCE_BUDGET.",
          limit, when));
}

/* --- a task or its clip -------------------------------------------------- */

/* Who could write the folder may have planted anything. */
static gboolean
has_plain_id (SeedanceJob *job)
{
  if (seedance_text_is_plain (job->record->task_id))
    return TRUE;
  seedance_job_fail (job,
      seedance_error_new (SEEDANCE_ERROR_MAYBE_BILLED, NULL,
          "Record %s of the ledger holds a task id with characters that are "
          "not to be sent or shown. It may stand for a clip that was paid for, "
          "so nothing was ordered. See seedance-tasks list; to order anew: "
          "seedance-tasks forget %s.",
          job->record->name, job->record->name));

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
      record->task_id, job->record->name);
  seedance_job_set_task_id (job, record->task_id, record->seed);
  if (stored)
    seedance_job_report (job, SEEDANCE_EVENT_CLIP);
  else if (seedance_job_has_key (job))
    seedance_job_report (job, SEEDANCE_EVENT_TASK);
}

/* --- an order ----------------------------------------------------------- */

static void
refuse_doubtful (SeedanceJob *job)
{
  const SeedanceRecord *record = job->record;
  g_autofree gchar *said = record->reason ? seedance_text_clean (record->reason,
                                                -1, REASON_MAX, job->order->key)
                                          : NULL;

  JOB_INFO (job, "record %s is of an order without an answer", record->name);
  seedance_job_report_error (job, SEEDANCE_EVENT_DOUBT,
      seedance_error_new (SEEDANCE_ERROR_MAYBE_BILLED, NULL,
          "The same order went out before and its answer was lost. Nothing was "
          "sent now. %s%s Forgetting it accepts a second bill, too: "
          "seedance-tasks forget --yes %s.",
          said ? "What was said then: "
               : "A task may exist and may be billed. Look for it in the "
                 "service's console: attach to it with task-id=…, or accept a "
                 "second bill with reuse=never.",
          said ? said : "", record->name));
}

/* Somebody else's POST is under way: its id is awaited, or its end. An owner
 * that lives and never comes to an end is not waited for longer than a request
 * lives. */
static void
await_owner (SeedanceJob *job)
{
  if (++job->awaits > OWNER_WAIT_MS / CLAIM_INTERVAL_MS) {
    refuse_doubtful (job);
    return;
  }
  if (job->awaits == 1)
    JOB_INFO (job, "waits for another process that orders the same, record %s",
        job->record->name);
  g_free (job->awaited);
  job->awaited = g_strdup (job->record->name);
  g_clear_pointer (&job->record, seedance_record_free);
  job->delay = CLAIM_INTERVAL_MS;
  seedance_job_report (job, SEEDANCE_EVENT_OTHERS);
}

static void
take_order (SeedanceJob *job)
{
  JOB_INFO (
      job, "record %s: claimed, the order is ours to send", job->record->name);
  job->claimed = TRUE;
  seedance_job_report (job, SEEDANCE_EVENT_OURS);
}

static void
claim_order (SeedanceJob *job)
{
  const SeedanceOrder *order = job->order;
  const SeedanceClaim claim = { .identity = order->fingerprint,
    .beside = order->reuse == SEEDANCE_REUSE_NEVER,
    .again = order->reuse == SEEDANCE_REUSE_ALWAYS,
    .own = order->own_record,
    .awaited = job->awaited,
    .attempts = (guint) order->attempts,
    .budget = order->attach_only ? NULL : &order->limits };
  g_autoptr (SeedanceRecord) fresh =
      order->key_error || order->attach_only ? NULL : new_record (order);
  g_auto (SeedanceRefusal) refusal = { 0 };
  SeedanceRecord *found = NULL;
  GError *error = NULL;
  const SeedanceClaimResult result = seedance_ledger_claim (
      seedance_job_dir (job), &claim, fresh, &found, &refusal, &error);

  if (found)
    take_record (job, found);
  switch (result) {
    case SEEDANCE_CLAIM_ORDER:
      if (!may_order (job))
        return;
      take_record (job, g_steal_pointer (&fresh));
      take_order (job);
      break;
    case SEEDANCE_CLAIM_ATTACH:
      attach (job);
      break;
    case SEEDANCE_CLAIM_WAIT:
      await_owner (job);
      break;
    case SEEDANCE_CLAIM_DOUBT:
      refuse_doubtful (job);
      break;
    case SEEDANCE_CLAIM_REFUSED:
      refuse_another_attempt (job, &refusal);
      break;
    case SEEDANCE_CLAIM_BUDGET:
      refuse_over_budget (job, &refusal);
      break;
    case SEEDANCE_CLAIM_ERROR:
      seedance_job_fail (job, error);
      break;
  }
}

/* --- a task that the user named ----------------------------------------- */

/* A task that the ledger does not know, or knows no more. */
static void
add_task (SeedanceJob *job)
{
  const SeedanceOrder *order = job->order;
  SeedanceRecord *record = new_record (order);
  GError *error = NULL;

  record->state = SEEDANCE_RECORD_SUBMITTED;
  record->task_id = g_strdup (order->task_id);
  record->named = TRUE;
  take_record (job, record);
  if (!seedance_ledger_save (seedance_job_dir (job), record, &error)) {
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

static void
claim_by_task (SeedanceJob *job)
{
  const SeedanceOrder *order = job->order;
  GError *error = NULL;
  SeedanceRecord *record = seedance_ledger_find_task (seedance_job_dir (job),
      order->provider->name, order->base_url, order->task_id, &error);

  if (error) {
    seedance_job_fail (job, error);
  } else if (record) {
    take_record (job, record);
    attach_by_task (job);
  } else {
    add_task (job);
  }
}

/* --- which of these ----------------------------------------------------- */

void
seedance_claim_start (SeedanceJob *job)
{
  seedance_job_adopt_order (job);
  if (job->order->task_id)
    claim_by_task (job);
  else
    claim_order (job);
}

void
seedance_claim_begin (SeedanceJob *job)
{
  GError *error = NULL;

  JOB_INFO (job, "begins; state folder %s, service %s", seedance_job_dir (job),
      job->order->base_url);
  g_mutex_lock (&job->lock);
  job->start = g_get_monotonic_time ();
  g_mutex_unlock (&job->lock);
  seedance_job_set_phase (
      job, SEEDANCE_PHASE_SUBMITTING, SEEDANCE_STATUS_UNKNOWN);
  if (seedance_ledger_prepare (seedance_job_dir (job), &error))
    seedance_claim_start (job);
  else
    seedance_job_fail (job, error);
}
