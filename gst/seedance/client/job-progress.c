/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies what the service says of a task into the state, for the readers, and
 * into the record, for the ledger. */

#include "job-private.h"

/* A later run of the same order may quote these words. */
void
seedance_job_note_words (SeedanceJob *job, const SeedanceAnswer *answer)
{
  const gchar *words = answer->error_message;
  g_autofree gchar *text =
      g_strdup_printf ("%s%s%s", seedance_status_to_string (answer->status),
          words ? ": " : "", words ? words : "");

  g_free (job->record->words);
  job->record->words = seedance_job_hide_key (job, text);
}

/* Notes the cost that the service reports; seedance-tasks shows it. */
static void
note_cost (SeedanceRecord *record, const SeedanceAnswer *answer)
{
  gchar *cost =
      answer->cost ? g_strdup (answer->cost)
      : answer->tokens >= 0
          ? g_strdup_printf ("%" G_GINT64_FORMAT " tokens", answer->tokens)
          : NULL;

  if (answer->tokens >= 0)
    record->tokens = answer->tokens;
  if (!cost)
    return;
  g_free (record->cost);
  record->cost = cost;
}

static void
replace (gchar **old, const gchar *text)
{
  g_free (*old);
  *old = g_strdup (text);
}

void
seedance_job_take_progress (SeedanceJob *job, const SeedanceAnswer *answer)
{
  JOB_INFO (job, "status %s (%s), %d %%",
      seedance_status_to_string (answer->status),
      answer->status_word ? answer->status_word : "no word", answer->progress);
  g_mutex_lock (&job->lock);
  if (answer->status != SEEDANCE_STATUS_UNKNOWN)
    job->state.status = answer->status;
  else if (answer->status_word &&
           g_strcmp0 (answer->status_word, job->last_unknown_word) != 0) {
    g_free (job->last_unknown_word);
    job->last_unknown_word = g_strdup (answer->status_word);
    g_free (job->state.status_word);
    job->state.status_word = seedance_job_hide_key (job, answer->status_word);
  }
  job->state.progress = answer->progress;
  note_cost (job->record, answer);
  if (answer->tokens >= 0)
    job->state.tokens = answer->tokens;
  if (answer->cost)
    replace (&job->state.cost, answer->cost);
  if (answer->last_frame_url)
    replace (&job->state.last_frame_url, answer->last_frame_url);
  if (answer->seed >= 0)
    job->state.seed = job->record->seed = answer->seed;
  seedance_job_changed_locked (job);
  g_mutex_unlock (&job->lock);
}
