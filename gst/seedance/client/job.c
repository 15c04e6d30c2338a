/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's life on the network thread, and what its stages share: claim.c looks
 * at the ledger, submit.c orders, poll.c waits for the clip and fetches it. */

#include "job-private.h"

#include <string.h>

#include "text.h"

#define BACKOFF_MAX_MS 60000
/* A shorter wait is not worth a word. */
#define LONG_WAIT 30

SeedanceJob *
seedance_job_new (const gchar *key, SeedanceOrder *order)
{
  static gint last_number = 0;
  SeedanceJob *job = g_new0 (SeedanceJob, 1);

  g_atomic_ref_count_init (&job->refs);
  job->number = (guint) g_atomic_int_add (&last_number, 1) + 1;
  job->key = g_strdup (key);
  job->order = seedance_order_ref (order);
  g_mutex_init (&job->lock);
  g_cond_init (&job->cond);
  job->readers = g_ptr_array_new ();
  job->state.serial = 1;
  job->state.progress = -1;
  job->state.seed = job->state.tokens = -1;
  job->state.time_to_id = job->state.time_to_ready = -1;
  job->state.time_to_first_byte = -1;
  job->state.download.size = -1;

  return job;
}

SeedanceJob *
seedance_job_ref (SeedanceJob *job)
{
  g_atomic_ref_count_inc (&job->refs);

  return job;
}

void
seedance_job_unref (gpointer data)
{
  SeedanceJob *job = data;

  if (!g_atomic_ref_count_dec (&job->refs))
    return;
  seedance_spool_free (job->spool);
  seedance_job_state_clear (&job->state);
  seedance_record_free (job->record);
  seedance_order_unref (job->order);
  g_clear_pointer (&job->rejoined, seedance_order_unref);
  g_clear_error (&job->error);
  g_ptr_array_unref (job->readers);
  g_mutex_clear (&job->lock);
  g_cond_clear (&job->cond);
  g_free (job->name);
  g_free (job->poll_url);
  g_free (job->clip_question);
  g_free (job->awaited);
  g_free (job->last_unknown_word);
  g_free (job->poll_fault);
  g_clear_error (&job->busy);
  g_free (job->key);
  g_free (job);
}

const gchar *
seedance_job_dir (SeedanceJob *job)
{
  return job->order->state_dir;
}

void
seedance_job_adopt_order (SeedanceJob *job)
{
  SeedanceOrder *order, *old = job->order;

  g_mutex_lock (&job->lock);
  order = g_steal_pointer (&job->rejoined);
  g_mutex_unlock (&job->lock);
  if (!order)
    return;
  order->base_peer = MIN (order->base_peer, old->base_peer);
  /* Other threads read it under the lock. */
  g_mutex_lock (&job->lock);
  job->order = order;
  g_mutex_unlock (&job->lock);
  if (job->download)
    seedance_download_set_order (job->download, order);
  seedance_order_unref (old);
}

void
seedance_job_set_timer (SeedanceJob *job, guint64 ms, SeedanceNetFunc func)
{
  seedance_net_remove_timer (job->timer);
  job->timer = seedance_net_add_timer (ms, func, job);
}

static void
quieten (SeedanceJob *job)
{
  seedance_net_remove_timer (job->timer);
  seedance_net_remove_timer (job->deadline);
  job->timer = job->deadline = 0;
  if (job->transfer)
    seedance_http_cancel (job->transfer);
  job->transfer = NULL;
  g_clear_pointer (&job->download, seedance_download_free);
}

/* Takes back a record for which surely nothing was accepted. */
void
seedance_job_withdraw (SeedanceJob *job)
{
  if (!job->claimed)
    return;
  JOB_INFO (job, "nothing was accepted: record %s is withdrawn",
      job->record->name);
  seedance_ledger_withdraw (seedance_job_dir (job), job->record);
  g_clear_pointer (&job->record, seedance_record_free);
  job->claimed = FALSE;
  g_mutex_lock (&job->lock);
  job->state.posted = FALSE;
  g_mutex_unlock (&job->lock);
}

void
seedance_job_stop (SeedanceJob *job)
{
  JOB_INFO (job, "nobody wants it any more, it is put away");
  quieten (job);
  seedance_job_withdraw (job);
  seedance_job_record_id (job);
  seedance_net_remove_timer (job->notify_timer);
  seedance_net_remove_timer (job->tick);
  job->notify_timer = job->tick = 0;
}

void
seedance_job_set_phase (
    SeedanceJob *job, SeedancePhase phase, SeedanceStatus status)
{
  g_mutex_lock (&job->lock);
  job->state.phase = phase;
  job->state.status = status;
  seedance_job_changed_locked (job);
  g_mutex_unlock (&job->lock);
}

gint64
seedance_job_age (SeedanceJob *job)
{
  return (g_get_monotonic_time () - job->start) * 1000;
}

gchar *
seedance_job_hide_key (SeedanceJob *job, const gchar *text)
{
  return seedance_text_hide (text, job->order->key);
}

/* @text, and what it comes from if the service does not let this key ask for
 * the task. g_free(). */
static gchar *
explain_key (SeedanceJob *job, const GError *error, const gchar *text)
{
  gboolean is_refusal = error->code == SEEDANCE_ERROR_NOT_AUTHORIZED ||
                        error->code == SEEDANCE_ERROR_NOT_FOUND;

  if (!is_refusal || !seedance_job_has_foreign_task (job))
    return g_strdup (text);

  return g_strdup_printf ("%s The clip was ordered with another API key and is "
                          "not stored yet: set that key to fetch it.",
      text);
}

void
seedance_job_log_answer (SeedanceJob *job, const SeedanceHttpAnswer *answer)
{
  g_autofree gchar *whose = g_strdup_printf (
      "order %u: cannot be read, HTTP %u", job->number, answer->status);

  seedance_log_body (SEEDANCE_LOG_INFO, __FILE__, G_STRFUNC, __LINE__,
      job->order->key, whose, (const gchar *) answer->body->data,
      answer->body->len);
}

void
seedance_job_fail (SeedanceJob *job, GError *error)
{
  const SeedanceErrorDetails *old = seedance_error_get_details (error);
  gchar *id = job->state.task_id;
  g_autofree gchar *explained = explain_key (job, error, error->message);
  g_autofree gchar *text = seedance_job_hide_key (job, explained);
  g_autofree gchar *code = NULL, *request_id = NULL;
  SeedanceErrorDetails details = { 0 };

  quieten (job);
  JOB_INFO (job, "failed: %s", error->message);
  if (old) {
    details = *old;
    code = seedance_job_hide_key (job, old->service_code);
    request_id = seedance_job_hide_key (job, old->request_id);
    details.service_code = code;
    details.request_id = request_id;
  }
  if (!details.task_id)
    details.task_id = id;
  if (id && (job->state.unrecorded || !strstr (text, id))) {
    gchar *named =
        job->state.unrecorded
            ? g_strdup_printf ("%s The task could not be noted in the state "
                               "folder: a later run needs task-id=%s.",
                  text, id)
            : g_strdup_printf ("%s (task %s)", text, id);

    g_free (text);
    text = named;
  }

  g_mutex_lock (&job->lock);
  job->error = seedance_error_new (error->code, &details, "%s", text);
  job->state.phase = SEEDANCE_PHASE_FAILED;
  seedance_job_changed_locked (job);
  g_mutex_unlock (&job->lock);
  g_error_free (error);
}

void
seedance_job_warn (SeedanceJob *job, const gchar *text)
{
  JOB_INFO (job, "warning: %s", text);
  g_mutex_lock (&job->lock);
  g_free (job->state.warning);
  job->state.warning = g_strdup (text);
  seedance_job_changed_locked (job);
  /* Nobody is there any more who would tell it. */
  if (job->readers->len == 0)
    g_message ("%s", text);
  g_mutex_unlock (&job->lock);
}

void
seedance_job_tell_wait (
    SeedanceJob *job, gint64 seconds, guint status, const gchar *meanwhile)
{
  const guint timeout = job->order->generation_timeout;
  g_autofree gchar *text = NULL;
  gboolean is_long = seconds > LONG_WAIT;

  g_mutex_lock (&job->lock);
  job->state.wait = is_long ? (guint) MIN (seconds, G_MAXUINT) : 0;
  g_mutex_unlock (&job->lock);
  if (!is_long)
    return;
  text = g_strdup_printf ("The service asks for a wait of %" G_GINT64_FORMAT
                          " s (HTTP %u). %s",
      seconds, status, meanwhile);
  if (timeout > 0 && seconds > timeout) {
    gchar *cut = g_strdup_printf (
        "%s generation-timeout ends it after %u s.", text, timeout);

    g_free (text);
    text = cut;
  }
  seedance_job_warn (job, text);
}

void
seedance_job_set_unrecorded (SeedanceJob *job, gboolean unrecorded)
{
  g_mutex_lock (&job->lock);
  job->state.unrecorded = unrecorded;
  g_mutex_unlock (&job->lock);
}

/* A folder that was removed during the run is made again. */
static gboolean
save_record (SeedanceJob *job, GError **error)
{
  const gchar *dir = seedance_job_dir (job);

  if (seedance_ledger_save (dir, job->record, error))
    return TRUE;
  if (!seedance_ledger_prepare (dir, NULL))
    return FALSE;
  g_clear_error (error);

  return seedance_ledger_save (dir, job->record, error);
}

static gchar *
describe_unsaved (SeedanceJob *job, const GError *error)
{
  const gchar *id = job->record->task_id;

  if (id && !job->state.unrecorded)
    return g_strdup_printf ("%s A later run knows the task (%s), but not what "
                            "came of it, and asks the service for free.",
        error->message, id);

  return g_strdup_printf ("%s Until that is mended a later run cannot know "
                          "that this clip was ordered: note its task id, %s.",
      error->message, id ? id : "which is not known yet");
}

/* What is known of a paid task must not be lost for want of a disk: the run
 * goes on, and the user is told the id. */
void
seedance_job_save_record (SeedanceJob *job)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;

  if (!job->record)
    return;
  if (save_record (job, &error)) {
    seedance_job_set_unrecorded (job, FALSE);
    job->told_unsaved = FALSE;
    return;
  }
  /* It is tried again, and told once. */
  if (job->told_unsaved && job->state.unrecorded)
    return;
  job->told_unsaved = TRUE;
  text = describe_unsaved (job, error);
  seedance_job_warn (job, text);
}

void
seedance_job_record_id (SeedanceJob *job)
{
  if (job->state.unrecorded)
    seedance_job_save_record (job);
}

guint64
seedance_jitter (guint64 ms)
{
  guint32 spread = (guint32) MIN (ms / 10, G_MAXINT32 - 1);

  return ms + (guint64) g_random_int_range (0, (gint32) spread + 1);
}

guint64
seedance_backoff (guint64 first, guint failures, gint64 retry_after)
{
  guint64 wait = first << MIN (failures, 8);

  wait = MIN (wait, BACKOFF_MAX_MS);
  if (retry_after > 0)
    wait = MAX (wait, (guint64) MIN (retry_after, 3600) * 1000);

  return seedance_jitter (wait);
}

void
seedance_job_count (SeedanceJob *job, guint *counter)
{
  g_mutex_lock (&job->lock);
  (*counter)++;
  g_mutex_unlock (&job->lock);
}

void
seedance_job_note_retry (SeedanceJob *job, const SeedanceHttpAnswer *http)
{
  g_mutex_lock (&job->lock);
  job->state.retries++;
  g_free (job->state.trouble);
  if (http->outcome != SEEDANCE_HTTP_ANSWERED)
    job->state.trouble = g_strdup (http->reason);
  else if (http->status / 100 == 2)
    job->state.trouble = g_strdup ("the answer cannot be read");
  else
    job->state.trouble = g_strdup_printf ("HTTP %u", http->status);
  seedance_job_changed_locked (job);
  g_mutex_unlock (&job->lock);
}

/* Back to where nobody has waited for the job yet. */
void
seedance_job_go_idle (SeedanceJob *job)
{
  JOB_INFO (job, "nobody waits for it now");
  g_mutex_lock (&job->lock);
  job->begun = FALSE;
  job->state.phase = SEEDANCE_PHASE_IDLE;
  seedance_job_changed_locked (job);
  g_mutex_unlock (&job->lock);
}

static void
begin (SeedanceJob *job)
{
  GError *error = NULL;

  if (!seedance_job_wanted (job)) {
    seedance_job_go_idle (job);
    return;
  }
  JOB_INFO (job, "begins; state folder %s, service %s", seedance_job_dir (job),
      job->order->base_url);
  g_mutex_lock (&job->lock);
  job->start = g_get_monotonic_time ();
  g_mutex_unlock (&job->lock);
  seedance_job_set_phase (
      job, SEEDANCE_PHASE_SUBMITTING, SEEDANCE_STATUS_UNKNOWN);
  if (seedance_ledger_prepare (seedance_job_dir (job), &error))
    seedance_job_claim (job);
  else
    seedance_job_fail (job, error);
}

void
seedance_job_begin (gpointer data)
{
  SeedanceJob *job = data;

  begin (job);
  seedance_job_unref (job);
}

void
seedance_job_record_played (gpointer data)
{
  SeedanceJob *job = data;

  if (job->record && job->record->state == SEEDANCE_RECORD_READY) {
    job->record->state = SEEDANCE_RECORD_PLAYED;
    seedance_job_save_record (job);
  }
  seedance_job_unref (job);
}
