/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's record in the ledger: written, withdrawn, and confirmed. */

#include "job-private.h"

/* Takes back a record for which surely nothing was accepted. */
void
seedance_job_withdraw (SeedanceJob *job)
{
  if (!job->claimed)
    return;
  JOB_INFO (
      job, "nothing was accepted: record %s is withdrawn", job->record->name);
  seedance_ledger_withdraw (seedance_job_dir (job), job->record);
  g_clear_pointer (&job->record, seedance_record_free);
  job->claimed = FALSE;
  g_mutex_lock (&job->lock);
  job->state.posted = FALSE;
  g_mutex_unlock (&job->lock);
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

/* It also answers what a lost answer left open. */
void
seedance_job_confirm (SeedanceJob *job)
{
  job->untested = FALSE;
  if (!job->unconfirmed)
    return;
  job->unconfirmed = FALSE;
  if (job->order->fingerprint &&
      seedance_ledger_resolve (
          seedance_job_dir (job), job->order->fingerprint, job->record))
    JOB_INFO (job, "task %s is the answer to an order in doubt",
        job->record->task_id);
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
