/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chooses when to poll a task next, from how long clips of its kind took. */

#include "job-private.h"

#include "pacing.h"

/* Milliseconds since the task was ordered, by this job or by an earlier run. */
static guint64
task_age (SeedanceJob *job)
{
  gint64 age;

  if (job->state.posted)
    return (guint64) (seedance_job_age (job) - job->state.time_to_id) / 1000000;
  age = g_get_real_time () / 1000 - job->record->created * 1000;

  return (guint64) MAX (age, 0);
}

guint64
seedance_job_next_question (SeedanceJob *job)
{
  return seedance_jitter (seedance_pacing_next (
      job->shortest, task_age (job), job->order->poll_interval));
}

/* If the user has set task-id, it is unknown when the task was ordered, so the
 * times of other clips do not help. */
gint64
seedance_job_find_shortest (const SeedanceOrder *order)
{
  g_autofree gchar *kind = NULL;

  if (order->task_id)
    return 0;
  kind = seedance_order_kind (order);

  return seedance_ledger_get_shortest_time (order->state_dir, kind);
}

void
seedance_job_note_time (SeedanceJob *job)
{
  if (job->state.posted)
    job->record->generation_ms =
        (job->state.time_to_ready - job->state.time_to_id) / 1000000;
}
