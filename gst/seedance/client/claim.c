/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stage that asks the ledger whether an order may be sent. The answer: send
 * it; wait for another process that is sending the same order; attach to a task
 * or a stored clip; or refuse, for instance because an earlier order is in
 * doubt (its answer was lost). No order is sent without this stage. The ledger
 * is called on the thread of its folder, its answer is handled on the network
 * thread. */

#include "job-private.h"

#include <string.h>

#include "text.h"

/* How often to look whether another process has finished its order. */
#define CLAIM_INTERVAL_MS 250
#define WORDS_MAX 200
#define REASON_MAX 2000
/* How long to wait for that process at most. */
#define OWNER_WAIT_MS (SEEDANCE_ANSWER_MAX * 1000)

/* One question to the ledger, and its answer. */
typedef struct {
  SeedanceJob *job;
  SeedanceOrder *order;
  gchar *awaited;
  gboolean prepare;  /* create the ledger if there is none */
  GError *forbidden; /* why no reader may spend money; NULL = one may */

  /* The answer. */
  SeedanceClaimResult result;
  SeedanceRecord *fresh, *found; /* row of our order; row that was there */
  SeedanceRefusal refusal;
  gboolean stored;    /* the clip of found may be on disk */
  gboolean added;     /* the task-id of found was new to the ledger */
  gboolean confirmed; /* found was already matched with an order in doubt */
  gint64 shortest; /* generation time of such clips, ms; 0 = not known */
  GError *full; /* there is no room for the rows of an order */
  GError *error;
} Claim;

/* Takes over @record. */
static void
take_record (SeedanceJob *job, SeedanceRecord *record)
{
  g_mutex_lock (&job->lock);
  g_free (job->name);
  job->name = g_strdup (record->name);
  job->replayed |= record->state == SEEDANCE_RECORD_PLAYED;
  job->played |= job->replayed;
  g_mutex_unlock (&job->lock);
  seedance_record_free (job->record);
  job->record = record;
}

/* Returns a new record for the order, or for the user's task-id. */
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

/* Returns FALSE and fails the job if no reader may spend money or there is no
 * key; the ledger would allow the order. */
static gboolean
may_order (SeedanceJob *job, Claim *claim)
{
  if (!claim->forbidden)
    return seedance_job_has_key (job);
  seedance_job_fail (job, g_steal_pointer (&claim->forbidden));

  return FALSE;
}

/* The command names the record, not the task: a service chooses the ids of its
 * tasks, and a quote in one would end the quotes around it. */
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
          "attempts to %u or with: seedance-tasks forget %s.",
          refusal->count, id, words, refusal->count + 1,
          refusal->name ? refusal->name : "TASK"));
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

/* Checks the task id from the ledger before it is sent or shown, because
 * another program that can write to the folder may have changed it. */
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

/* Continues with a task that exists already; nothing is ordered. */
static void
attach (SeedanceJob *job, gboolean stored)
{
  SeedanceRecord *record = job->record;

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

static GError *
make_too_late (SeedanceJob *job)
{
  const SeedanceErrorDetails details = { .retryable = TRUE,
    .reason = SEEDANCE_REASON_DEADLINE };

  return seedance_error_new (SEEDANCE_ERROR_READ, &details,
      "Another process was sending the same order for all of "
      "generation-timeout (%u s), see record %s. Nothing was ordered now; run "
      "the same again to take up its task without a second bill.",
      job->order->generation_timeout, job->record->name);
}

/* Another process is sending the same order: look again later. A process that
 * is alive but never finishes is given up after OWNER_WAIT_MS; its order then
 * counts as in doubt. */
static void
await_owner (SeedanceJob *job)
{
  if (++job->awaits > OWNER_WAIT_MS / CLAIM_INTERVAL_MS) {
    refuse_doubtful (job);
    return;
  }
  if (seedance_job_time_left (job) == 0) {
    seedance_job_fail (job, make_too_late (job));
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

/* Clears the answer, because the ledger may call claim_call() twice. */
static void
claim_reset (Claim *claim)
{
  claim->result = SEEDANCE_CLAIM_ERROR;
  g_clear_pointer (&claim->fresh, seedance_record_free);
  g_clear_pointer (&claim->found, seedance_record_free);
  seedance_refusal_clear (&claim->refusal);
  claim->stored = claim->added = claim->confirmed = FALSE;
  g_clear_error (&claim->full);
  g_clear_error (&claim->error);
}

/* Without room for its rows nothing may be ordered, but what the ledger knows
 * already can be played. */
static void
ask_for_order (Claim *claim)
{
  const SeedanceOrder *order = claim->order;
  const SeedanceClaim asked = { .identity = order->fingerprint,
    .beside = order->reuse == SEEDANCE_REUSE_NEVER,
    .again = order->reuse == SEEDANCE_REUSE_ALWAYS,
    .own = order->own_record,
    .awaited = claim->awaited,
    .attempts = (guint) order->attempts,
    .budget = claim->forbidden ? NULL : &order->limits };

  seedance_ledger_reserve (order->state_dir, &claim->full);
  if (!order->key_error && !claim->forbidden && !claim->full)
    claim->fresh = new_record (order);
  claim->result = seedance_ledger_claim (order->state_dir, &asked, claim->fresh,
      &claim->found, &claim->refusal, &claim->error);
  if (claim->result != SEEDANCE_CLAIM_ORDER || !claim->full)
    return;
  claim->error = g_steal_pointer (&claim->full);
  claim->result = SEEDANCE_CLAIM_ERROR;
}

/* Adds a row for a task-id that is not in the ledger. */
static gboolean
add_task (Claim *claim)
{
  const SeedanceOrder *order = claim->order;
  SeedanceRecord *record = new_record (order);

  record->state = SEEDANCE_RECORD_SUBMITTED;
  record->task_id = g_strdup (order->task_id);
  record->named = TRUE;
  claim->found = record;
  claim->added = TRUE;

  return seedance_ledger_save (order->state_dir, record, &claim->error);
}

/* Finds or adds the row of the user's task-id. Only a task-id that the user set
 * by hand can resolve an order in doubt; an id from an answer belongs to a
 * known order. A row that is still SUBMITTED is resolved later, when the
 * service has confirmed the task. */
static void
ask_for_task (Claim *claim)
{
  const SeedanceOrder *order = claim->order;
  SeedanceRecord *found = seedance_ledger_find_task (order->state_dir,
      order->provider->name, order->base_url, order->task_id, &claim->error);

  claim->found = found;
  if (claim->error || (!found && !add_task (claim)))
    return;
  claim->result = SEEDANCE_CLAIM_ATTACH;
  if (!found || !found->named || found->state == SEEDANCE_RECORD_SUBMITTED)
    return;
  claim->confirmed = TRUE;
  if (order->fingerprint)
    seedance_ledger_resolve (order->state_dir, order->fingerprint, found);
}

/* Returns TRUE if the record's clip may be on disk. For a SUBMITTED row the
 * file or a part of it counts, because a crash may have come between the clip
 * and its note in the ledger. */
static gboolean
is_stored (const gchar *dir, const SeedanceRecord *record)
{
  return record->state == SEEDANCE_RECORD_READY ||
         record->state == SEEDANCE_RECORD_PLAYED ||
         (record->state == SEEDANCE_RECORD_SUBMITTED &&
             seedance_ledger_has_clip (dir, record));
}

static void
claim_call (gpointer data)
{
  Claim *claim = data;
  const SeedanceOrder *order = claim->order;

  /* This is the second call, because the shared commit of the first one failed.
   * The row of the first call may be on disk all the same. */
  if (claim->result == SEEDANCE_CLAIM_ORDER && claim->fresh)
    seedance_ledger_withdraw (order->state_dir, claim->fresh);
  claim_reset (claim);
  if (claim->prepare &&
      !seedance_ledger_prepare (order->state_dir, &claim->error))
    return;
  if (order->task_id)
    ask_for_task (claim);
  else
    ask_for_order (claim);
  if (claim->result != SEEDANCE_CLAIM_ATTACH)
    return;
  claim->stored = is_stored (order->state_dir, claim->found);
  claim->shortest = seedance_job_find_shortest (order);
}

static void
take_order (SeedanceJob *job, Claim *claim)
{
  take_record (job, g_steal_pointer (&claim->fresh));
  JOB_INFO (
      job, "record %s: claimed, the order is ours to send", job->record->name);
  job->claimed = TRUE;
}

static void
take_task (SeedanceJob *job, Claim *claim)
{
  if (claim->added) {
    JOB_INFO (job, "task %s was not in the ledger", job->order->task_id);
    job->untested = TRUE;
  }
  job->unconfirmed = job->record->named && !claim->confirmed;
  job->shortest = claim->shortest;
  attach (job, claim->stored);
}

static void
take_answer (SeedanceJob *job, Claim *claim)
{
  if (claim->found)
    take_record (job, g_steal_pointer (&claim->found));
  switch (claim->result) {
    case SEEDANCE_CLAIM_ORDER:
      if (!may_order (job, claim))
        return;
      take_order (job, claim);
      seedance_job_report (job, SEEDANCE_EVENT_OURS);
      break;
    case SEEDANCE_CLAIM_ATTACH:
      take_task (job, claim);
      break;
    case SEEDANCE_CLAIM_WAIT:
      await_owner (job);
      break;
    case SEEDANCE_CLAIM_DOUBT:
      refuse_doubtful (job);
      break;
    case SEEDANCE_CLAIM_REFUSED:
      refuse_another_attempt (job, &claim->refusal);
      break;
    case SEEDANCE_CLAIM_BUDGET:
      refuse_over_budget (job, &claim->refusal);
      break;
    case SEEDANCE_CLAIM_ERROR:
      seedance_job_fail (job, g_steal_pointer (&claim->error));
      break;
  }
}

/* Returns TRUE if all readers left and a new one joined while the ledger was
 * asked. The order of that reader may differ, so the answer is not used. */
static gboolean
is_outdated (SeedanceJob *job)
{
  gboolean outdated;

  g_mutex_lock (&job->lock);
  outdated = job->rejoined != NULL;
  g_mutex_unlock (&job->lock);

  return outdated;
}

/* Keeps from an unused answer what has to be undone. The caller withdraws the
 * row of an order that is not sent; after a crash that row would look like an
 * order in doubt. */
static void
leave_answer (SeedanceJob *job, Claim *claim)
{
  if (claim->result == SEEDANCE_CLAIM_ORDER && claim->fresh)
    take_order (job, claim);
  job->untested |= claim->added;
}

static void
claim_free (Claim *claim)
{
  claim_reset (claim);
  seedance_job_unref (claim->job);
  seedance_order_unref (claim->order);
  g_clear_error (&claim->forbidden);
  g_free (claim->awaited);
  g_free (claim);
}

static void
on_claimed (gpointer data)
{
  Claim *claim = data;
  SeedanceJob *job = claim->job;

  seedance_job_end_call (job);
  /* The exit of the process waits only 2 s for the answer to an order, which
   * would then be in doubt. */
  if (seedance_net_is_over ()) {
    leave_answer (job, claim);
    seedance_job_report (job, SEEDANCE_EVENT_TAKEN_BACK);
  } else if (is_outdated (job)) {
    leave_answer (job, claim);
    seedance_job_report (job, SEEDANCE_EVENT_OUTDATED);
  } else {
    take_answer (job, claim);
  }
  claim_free (claim);
}

static void
tell_claimed (gpointer data)
{
  seedance_net_invoke_last (on_claimed, data);
}

static void
ask (SeedanceJob *job, gboolean prepare)
{
  Claim *claim = g_new0 (Claim, 1);

  seedance_job_adopt_order (job);
  claim->job = seedance_job_ref (job);
  claim->order = seedance_order_ref (job->order);
  claim->awaited = g_strdup (job->awaited);
  claim->prepare = prepare;
  seedance_job_may_spend (job, &claim->forbidden);
  seedance_job_begin_call (job, claim_call, tell_claimed, claim);
}

void
seedance_claim_start (SeedanceJob *job)
{
  ask (job, FALSE);
}

void
seedance_claim_begin (SeedanceJob *job)
{
  JOB_INFO (job, "begins; state folder %s, service %s", seedance_job_dir (job),
      job->order->base_url);
  g_mutex_lock (&job->lock);
  job->start = g_get_monotonic_time ();
  g_mutex_unlock (&job->lock);
  seedance_job_set_phase (
      job, SEEDANCE_PHASE_SUBMITTING, SEEDANCE_STATUS_UNKNOWN);
  ask (job, TRUE);
}
