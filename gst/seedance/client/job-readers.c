/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The readers of a job, which are the handles that are open on it: whether one
 * wants the clip, whether one may spend money, and how they are notified. */

#include "clip-private.h"

#define NOTIFY_AFTER_MS 50

gboolean
seedance_job_is_all_there_locked (SeedanceJob *job)
{
  gint64 size = job->state.download.size;

  return size > 0 &&
         seedance_spool_gap_locked (job->spool, 0) >= (guint64) size;
}

gboolean
seedance_job_has_readers (SeedanceJob *job)
{
  gboolean has;

  g_mutex_lock (&job->lock);
  has = job->readers->len > 0;
  g_mutex_unlock (&job->lock);

  return has;
}

gboolean
seedance_job_wanted (SeedanceJob *job)
{
  gboolean wanted = FALSE;

  g_mutex_lock (&job->lock);
  for (guint i = 0; i < job->readers->len && !wanted; i++) {
    SeedanceClip *clip = g_ptr_array_index (job->readers, i);

    wanted = seedance_clip_is_wanted (clip);
  }
  g_mutex_unlock (&job->lock);

  return wanted;
}

gboolean
seedance_job_may_spend (SeedanceJob *job, GError **error)
{
  gboolean may = FALSE;

  g_mutex_lock (&job->lock);
  for (guint i = 0; i < job->readers->len && !may; i++) {
    SeedanceClip *clip = g_ptr_array_index (job->readers, i);

    if (!seedance_clip_is_wanted (clip))
      continue;
    g_clear_error (error);
    may = seedance_clip_may_spend (clip, error);
    if (may)
      job->buyer = clip;
  }
  g_mutex_unlock (&job->lock);

  return may;
}

gboolean
seedance_job_is_started_locked (SeedanceJob *job)
{
  gboolean started = FALSE;

  for (guint i = 0; i < job->readers->len && !started; i++) {
    SeedanceClip *clip = g_ptr_array_index (job->readers, i);

    started = g_atomic_int_get (&clip->started);
  }

  return started;
}

static void
notify_readers (gpointer user_data)
{
  SeedanceJob *job = user_data;

  g_mutex_lock (&job->lock);
  job->notify_timer = 0;
  for (guint i = 0; i < job->readers->len; i++) {
    SeedanceClip *clip = g_ptr_array_index (job->readers, i);

    if (clip->seen != job->state.serial)
      clip->notify (clip->user_data);
  }
  g_mutex_unlock (&job->lock);
}

/* Wakes the readers that wait for bytes. A busy reader sees the new state when
 * it waits again, so it is notified only if it does not wait within 50 ms. A
 * clip that plays smoothly thus causes no notifications. READY and FAILED are
 * notified at once, because the application may be waiting for them. */
void
seedance_job_changed_locked (SeedanceJob *job)
{
  gboolean over = job->state.phase == SEEDANCE_PHASE_READY ||
                  job->state.phase == SEEDANCE_PHASE_FAILED;

  job->state.serial++;
  g_cond_broadcast (&job->cond);
  if (over)
    seedance_net_remove_timer (job->notify_timer);
  /* No timer for a stopped job: it has no readers, and may be freed before the
   * timer runs. */
  if (job->stopped)
    return;
  if (over || job->notify_timer == 0)
    job->notify_timer = seedance_net_add_timer (
        over ? 0 : NOTIFY_AFTER_MS, notify_readers, job);
}
