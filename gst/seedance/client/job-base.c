/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all stages need of a job: create and free it, report events, set timers,
 * update the state that the readers see. */

#include "job-private.h"

#include <string.h>

#include "text.h"

#define BACKOFF_MAX_MS 60000
/* Seconds; the user is not told of a shorter wait. */
#define LONG_WAIT 30

SeedanceJob *
seedance_job_new (
    const gchar *key, SeedanceOrder *order, SeedanceJobHandler handle)
{
  static gint last_number = 0;
  SeedanceJob *job = g_new0 (SeedanceJob, 1);

  g_atomic_ref_count_init (&job->refs);
  job->number = (guint) g_atomic_int_add (&last_number, 1) + 1;
  job->key = g_strdup (key);
  job->handle = handle;
  job->order = seedance_order_ref (order);
  job->io = seedance_io_open (order->state_dir, NULL);
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

static void
free_call (gpointer data)
{
  SeedanceJob *job = data;

  seedance_spool_free (job->spool);
  seedance_clip_state_clear (&job->state);
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
  g_free (job->listed);
  g_free (job->last_unknown_word);
  g_free (job->poll_fault);
  g_free (job->link);
  g_clear_error (&job->failure);
  g_free (job->key);
  seedance_io_close (job->io);
  g_free (job);
}

void
seedance_job_unref (gpointer data)
{
  SeedanceJob *job = data;

  if (g_atomic_ref_count_dec (&job->refs))
    seedance_io_invoke (job->io, free_call, job);
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
  /* Other threads read job->order under the lock. */
  g_mutex_lock (&job->lock);
  job->order = order;
  g_mutex_unlock (&job->lock);
  if (job->download)
    seedance_download_set_order (job->download, order);
  seedance_order_unref (old);
}

void
seedance_job_report (SeedanceJob *job, SeedanceEvent event)
{
  job->handle (job, event);
}

void
seedance_job_report_error (SeedanceJob *job, SeedanceEvent event, GError *error)
{
  g_clear_error (&job->failure);
  job->failure = error;
  job->handle (job, event);
}

void
seedance_job_report_later (SeedanceJob *job, guint64 ms)
{
  job->delay = ms;
  job->handle (job, SEEDANCE_EVENT_LATER);
}

void
seedance_job_fail (SeedanceJob *job, GError *error)
{
  seedance_job_report_error (job, SEEDANCE_EVENT_ERROR, error);
}

static void
on_timer (gpointer user_data)
{
  SeedanceJob *job = user_data;

  job->timer = 0;
  seedance_job_report (job, SEEDANCE_EVENT_TIMER);
}

void
seedance_job_wait (SeedanceJob *job, guint64 ms)
{
  seedance_net_remove_timer (job->timer);
  job->timer = seedance_net_add_timer (ms, on_timer, job);
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

gboolean
seedance_job_has_key (SeedanceJob *job)
{
  const GError *error = job->order->key_error;

  if (!error)
    return TRUE;
  seedance_job_fail (job, g_error_copy (error));

  return FALSE;
}

void
seedance_job_begin_call (SeedanceJob *job, SeedanceLedgerFunc work,
    SeedanceLedgerFunc done, gpointer user_data)
{
  g_mutex_lock (&job->lock);
  job->calls++;
  g_mutex_unlock (&job->lock);
  seedance_ledger_invoke (job->io, work, done, user_data);
}

void
seedance_job_end_call (SeedanceJob *job)
{
  g_mutex_lock (&job->lock);
  job->calls--;
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
seedance_job_warn (SeedanceJob *job, const gchar *text)
{
  gboolean read;

  JOB_INFO (job, "warning: %s", text);
  g_mutex_lock (&job->lock);
  g_free (job->state.warning);
  job->state.warning = g_strdup (text);
  seedance_job_changed_locked (job);
  read = job->readers->len > 0;
  g_mutex_unlock (&job->lock);
  /* Without a reader no element would post the warning. The application may
   * handle its log, so no lock is held. */
  if (!read)
    g_message ("%s", text);
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

guint64
seedance_job_time_left (SeedanceJob *job)
{
  const guint64 timeout = (guint64) job->order->generation_timeout * 1000;
  const guint64 age = (guint64) seedance_job_age (job) / 1000000;

  if (timeout == 0)
    return G_MAXUINT64;

  return timeout > age ? timeout - age : 0;
}

void
seedance_job_set_unrecorded (SeedanceJob *job, gboolean unrecorded)
{
  g_mutex_lock (&job->lock);
  job->state.unrecorded = unrecorded;
  g_mutex_unlock (&job->lock);
}

void
seedance_job_set_task_id (SeedanceJob *job, const gchar *id, gint64 seed)
{
  g_mutex_lock (&job->lock);
  g_free (job->state.task_id);
  job->state.task_id = g_strdup (id);
  job->state.time_to_id = seedance_job_age (job);
  job->state.seed = seed;
  g_mutex_unlock (&job->lock);
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
