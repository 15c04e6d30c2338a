/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes, withdraws and confirms a job's record in the ledger. The ledger is
 * called on the thread of the state folder: *_call() functions run there,
 * on_*() functions on the network thread. */

#include "job-private.h"

/* A record that is to be deleted from the ledger. */
typedef struct {
  SeedanceJob *job;
  gchar *dir;
  SeedanceRecord *record;
} Removal;

static void
withdraw_call (gpointer data)
{
  const Removal *removal = data;

  seedance_ledger_withdraw (removal->dir, removal->record);
}

static void
forget_call (gpointer data)
{
  const Removal *removal = data;

  seedance_ledger_remove_named (removal->dir, removal->record);
}

static void
on_removed (gpointer data)
{
  Removal *removal = data;
  SeedanceJob *job = removal->job;

  seedance_job_end_call (job);
  seedance_job_report (job, SEEDANCE_EVENT_WITHDRAWN);
  seedance_job_unref (job);
  seedance_record_free (removal->record);
  g_free (removal->dir);
  g_free (removal);
}

static void
tell_removed (gpointer data)
{
  seedance_net_invoke (on_removed, data);
}

static void
remove_record (SeedanceJob *job, SeedanceLedgerFunc work)
{
  Removal *removal = g_new0 (Removal, 1);

  removal->job = seedance_job_ref (job);
  removal->dir = g_strdup (seedance_job_dir (job));
  removal->record = g_steal_pointer (&job->record);
  seedance_job_begin_call (job, work, tell_removed, removal);
}

void
seedance_job_withdraw (SeedanceJob *job)
{
  if (!job->claimed)
    return;
  JOB_INFO (
      job, "nothing was accepted: record %s is withdrawn", job->record->name);
  job->claimed = FALSE;
  g_mutex_lock (&job->lock);
  job->state.posted = FALSE;
  g_mutex_unlock (&job->lock);
  remove_record (job, withdraw_call);
}

void
seedance_job_forget_record (SeedanceJob *job)
{
  remove_record (job, forget_call);
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

/* One write of the record, and its result. */
typedef struct {
  SeedanceJob *job;
  SeedanceOrder *order;
  /* A copy of the job's record from when the write began, and that copy as the
   * ledger wrote it. */
  SeedanceRecord *told, *record;
  gboolean confirm, save; /* what to do */
  gboolean resolved;      /* the task answers an order in doubt */
  GError *error;
  gint64 shortest; /* generation time of such clips, ms; 0 = not known */
} Note;

static void
note_free (Note *note)
{
  seedance_job_unref (note->job);
  seedance_order_unref (note->order);
  seedance_record_free (note->told);
  seedance_record_free (note->record);
  g_clear_error (&note->error);
  g_free (note);
}

/* Creates the folder again if it was removed during the run. */
static gboolean
save_record (const gchar *dir, SeedanceRecord *record, GError **error)
{
  if (seedance_ledger_save (dir, record, error))
    return TRUE;
  if (!seedance_ledger_prepare (dir, NULL))
    return FALSE;
  g_clear_error (error);

  return seedance_ledger_save (dir, record, error);
}

static void
note_call (gpointer data)
{
  Note *note = data;
  const SeedanceOrder *order = note->order;

  seedance_record_free (note->record);
  note->record = seedance_record_copy (note->told);
  g_clear_error (&note->error);
  note->resolved = note->confirm && order->fingerprint &&
                   seedance_ledger_resolve (
                       order->state_dir, order->fingerprint, note->record);
  if (note->save)
    save_record (order->state_dir, note->record, &note->error);
  if (note->save && note->record->state == SEEDANCE_RECORD_SUBMITTED)
    note->shortest = seedance_job_find_shortest (order);
}

static gchar *
describe_unsaved (SeedanceJob *job, const gchar *id, const GError *error)
{
  if (id && !job->state.unrecorded)
    return g_strdup_printf ("%s A later run knows the task (%s), but not what "
                            "came of it, and asks the service for free.",
        error->message, id);

  return g_strdup_printf ("%s Until that is mended a later run cannot know "
                          "that this clip was ordered: note its task id, %s.",
      error->message, id ? id : "which is not known yet");
}

/* A failed write does not end the run, because the task is paid for. The user
 * is told its id instead. */
static void
take_saved (SeedanceJob *job, const Note *note)
{
  g_autofree gchar *text = NULL;

  if (!note->error) {
    seedance_job_set_unrecorded (job, FALSE);
    job->told_unsaved = FALSE;
    return;
  }
  /* The id is written again later; the user is warned once. */
  if (job->told_unsaved && job->state.unrecorded)
    return;
  job->told_unsaved = TRUE;
  text = describe_unsaved (job, note->record->task_id, note->error);
  seedance_job_warn (job, text);
}

/* The task answers an order in doubt, so the job's record becomes that of the
 * order. Other fields stay: they may have changed since the write began. */
static void
take_resolved (SeedanceJob *job, const SeedanceRecord *placed)
{
  SeedanceRecord *record = job->record;

  JOB_INFO (job, "task %s is the answer to an order in doubt", placed->task_id);
  if (!record)
    return;
  g_free (record->identity);
  record->identity = g_strdup (placed->identity);
  g_free (record->kind);
  record->kind = g_strdup (placed->kind);
  record->created = placed->created;
  record->named = FALSE;
}

static void start_note (SeedanceJob *job);

static void
on_noted (gpointer data)
{
  Note *note = data;
  SeedanceJob *job = note->job;

  job->noting = FALSE;
  seedance_job_end_call (job);
  if (note->resolved)
    take_resolved (job, note->record);
  if (note->save)
    take_saved (job, note);
  if (job->shortest == 0)
    job->shortest = note->shortest;
  if (job->record && (job->wants_save || job->wants_confirm))
    start_note (job);
  else
    seedance_job_report (job, SEEDANCE_EVENT_NOTED);
  note_free (note);
}

static void
tell_noted (gpointer data)
{
  seedance_net_invoke_last (on_noted, data);
}

/* One write at a time: on_noted() changes the record that the next one
 * copies. */
static void
start_note (SeedanceJob *job)
{
  Note *note;

  if (job->noting || !job->record)
    return;
  note = g_new0 (Note, 1);
  note->job = seedance_job_ref (job);
  note->order = seedance_order_ref (job->order);
  note->told = seedance_record_copy (job->record);
  note->save = job->wants_save;
  note->confirm = job->wants_confirm;
  job->wants_save = job->wants_confirm = FALSE;
  job->noting = TRUE;
  seedance_job_begin_call (job, note_call, tell_noted, note);
}

void
seedance_job_save_record (SeedanceJob *job)
{
  job->wants_save = TRUE;
  start_note (job);
}

void
seedance_job_confirm (SeedanceJob *job)
{
  job->untested = FALSE;
  if (!job->unconfirmed)
    return;
  job->unconfirmed = FALSE;
  job->wants_confirm = TRUE;
  start_note (job);
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
