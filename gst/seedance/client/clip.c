/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens and closes a handle on a clip, waits for bytes and reads them, on the
 * threads of the element. The work itself is the job's, on the network
 * thread. */

#include "clip-private.h"

#include <string.h>

/* Fewer bytes than this are copied rather than lent. */
#define BORROW_MIN (16 * 1024)
/* A demuxer that reads fewer contiguous bytes than this only looks at
 * headers. */
#define HEADER_MAX 4096

SeedanceClip *
seedance_clip_new (
    SeedanceNetFunc notify, SeedanceMaySpendFunc may_spend, gpointer user_data)
{
  SeedanceClip *clip = g_new0 (SeedanceClip, 1);

  g_mutex_init (&clip->lock);
  clip->read = seedance_ranges_new ();
  clip->notify = notify;
  clip->may_spend = may_spend;
  clip->user_data = user_data;

  return clip;
}

static void
own_clear (SeedanceClipOwn *own)
{
  g_clear_pointer (&own->fingerprint, g_free);
  g_clear_pointer (&own->record, g_free);
}

void
seedance_clip_free (SeedanceClip *clip)
{
  if (!clip)
    return;
  seedance_clip_close (clip);
  own_clear (&clip->own);
  g_mutex_clear (&clip->lock);
  seedance_ranges_free (clip->read);
  g_free (clip);
}

void
seedance_clip_remind (SeedanceClip *clip, SeedanceOrder *order)
{
  g_mutex_lock (&clip->lock);
  order->own_record = g_strdup (clip->own.record);
  order->own_fingerprint = g_strdup (clip->own.fingerprint);
  g_mutex_unlock (&clip->lock);
}

/* Fills in @order->own_record if the previous run had the same request. A run
 * with a task-id has no such row. Such an order is not shared yet, so it needs
 * no lock; one that several handles open is left as it is. */
static void
tell_own (SeedanceClip *clip, SeedanceOrder *order)
{
  SeedanceClipOwn *own = &clip->own;
  const gchar *record;

  g_mutex_lock (&clip->lock);
  clip->orders = order->task_id == NULL;
  if (clip->orders && g_strcmp0 (own->fingerprint, order->fingerprint) != 0) {
    own_clear (own);
    own->fingerprint = g_strdup (order->fingerprint);
  }
  record = clip->orders ? own->record : NULL;
  if (g_strcmp0 (order->own_record, record) != 0) {
    g_free (order->own_record);
    order->own_record = g_strdup (record);
  }
  g_mutex_unlock (&clip->lock);
}

/* Remembers the ledger row of the run that ends. A run that never had a task
 * keeps what an earlier run remembered. */
static void
learn_own_locked (SeedanceClip *clip, const SeedanceJob *job)
{
  SeedanceClipOwn *own = &clip->own;

  if (!clip->orders || !job->state.task_id)
    return;
  g_free (own->record);
  own->record = g_strdup (job->name);
}

gboolean
seedance_clip_open (SeedanceClip *clip, SeedanceOrder *order, GError **error)
{
  g_autofree gchar *name = seedance_order_identity (order);
  g_autoptr (SeedanceIo) io = NULL;
  SeedanceJob *job;

  if (!seedance_http_ensure (error))
    return FALSE;
  io = seedance_io_open (order->state_dir, error);
  if (!io)
    return FALSE;
  tell_own (clip, order);
  clip->seen = 0;
  clip->starving_since = 0;
  clip->watching = FALSE;
  job = seedance_registry_join (order, name, clip, seedance_job_make);

  g_mutex_lock (&clip->lock);
  clip->job = job;
  seedance_ranges_clear (clip->read);
  clip->read_to = clip->run_start = clip->run_end = 0;
  clip->timed = clip->timing = FALSE;
  clip->timeline = (SeedanceTimeline){ 0 };
  g_mutex_unlock (&clip->lock);

  return TRUE;
}

SeedanceJob *
seedance_clip_ref_job (SeedanceClip *clip)
{
  SeedanceJob *job;

  g_mutex_lock (&clip->lock);
  job = clip->job ? seedance_job_ref (clip->job) : NULL;
  g_mutex_unlock (&clip->lock);

  return job;
}

gboolean
seedance_clip_is_open (SeedanceClip *clip)
{
  gboolean open;

  g_mutex_lock (&clip->lock);
  open = clip->job != NULL;
  g_mutex_unlock (&clip->lock);

  return open;
}

void
seedance_clip_start (SeedanceClip *clip)
{
  SeedanceJob *job = seedance_clip_ref_job (clip);

  if (!job)
    return;
  g_mutex_lock (&job->lock);
  /* Another thread may have closed the clip meanwhile. */
  if (g_ptr_array_find (job->readers, clip, NULL)) {
    g_atomic_int_set (&clip->started, TRUE);
    seedance_job_begin_locked (job);
  }
  g_mutex_unlock (&job->lock);
  seedance_job_unref (job);
}

void
seedance_clip_close (SeedanceClip *clip)
{
  SeedanceJob *job;

  g_mutex_lock (&clip->lock);
  job = g_steal_pointer (&clip->job);
  if (job) {
    g_mutex_lock (&job->lock);
    learn_own_locked (clip, job);
    g_mutex_unlock (&job->lock);
  }
  g_mutex_unlock (&clip->lock);
  if (!job)
    return;

  g_mutex_lock (&job->lock);
  g_atomic_int_set (&clip->started, FALSE);
  g_ptr_array_remove (job->readers, clip);
  if (job->buyer == clip)
    job->buyer = NULL;
  job->left |= job->readers->len == 0;
  /* A thread that waits for this clip is interrupted: what flushes the clip
   * from now on finds no job, and cannot wake it. */
  g_cond_broadcast (&job->cond);
  g_mutex_unlock (&job->lock);
  seedance_net_invoke (seedance_job_settle, job);
}

void
seedance_clip_set_flushing (SeedanceClip *clip, gboolean flushing)
{
  SeedanceJob *job;

  g_atomic_int_set (&clip->flushing, flushing);
  if (flushing)
    g_atomic_int_inc (&clip->interrupts);
  job = seedance_clip_ref_job (clip);
  if (!job)
    return;
  g_mutex_lock (&job->lock);
  g_cond_broadcast (&job->cond);
  g_mutex_unlock (&job->lock);
  seedance_job_unref (job);
}

/* In push mode the reader gets EOS only when the whole clip was checked and is
 * durable. In pull mode (@whole) a demuxer may probe behind the end of the file
 * long before it plays that part, so it gets EOS at once while bytes are
 * missing; with all bytes there it waits for the check, too. */
static gboolean
end_is_told_locked (SeedanceJob *job, gboolean whole)
{
  return job->state.phase == SEEDANCE_PHASE_READY ||
         (whole && !job->error && !seedance_job_is_all_there_locked (job));
}

/* Returns TRUE if the wait is over; *@wait then is its result. */
static gboolean
bytes_locked (SeedanceJob *job, guint64 offset, gsize *size, gboolean whole,
    SeedanceWait *wait)
{
  const SeedanceDownloadState *download = &job->state.download;
  guint64 there, need = 1;

  if (!download->readable || (whole && download->size < 0))
    return FALSE;
  if (download->size >= 0 && offset >= (guint64) download->size) {
    *wait = SEEDANCE_WAIT_EOS;
    if (!end_is_told_locked (job, whole))
      return FALSE;
    /* The reader has learned the size, so the download may not start over with
     * a clip that has changed at the service. */
    job->consumed = TRUE;
    return TRUE;
  }
  if (whole)
    need = MIN (*size, (guint64) download->size - offset);
  there = seedance_spool_available_locked (job->spool, offset);
  if (there < need)
    return FALSE;
  job->consumed = TRUE;
  if (job->state.time_to_first_byte < 0)
    job->state.time_to_first_byte =
        (g_get_monotonic_time () - job->start) * 1000;
  *size = MIN (*size, there);
  *wait = SEEDANCE_WAIT_BYTES;

  return TRUE;
}

static void
set_interrupted (GError **error)
{
  g_set_error_literal (
      error, SEEDANCE_ERROR, SEEDANCE_ERROR_INTERRUPTED, "interrupted");
}

/* Notes since when the reader has waited for missing bytes. A reader behind the
 * last byte misses none: it waits for the check of the whole clip. */
static void
note_starving_locked (SeedanceClip *clip, SeedanceJob *job, guint64 offset)
{
  const SeedanceDownloadState *download = &job->state.download;

  if (!download->readable ||
      (download->size >= 0 && offset >= (guint64) download->size))
    clip->starving_since = 0;
  else if (clip->starving_since == 0)
    clip->starving_since = g_get_monotonic_time ();
}

static SeedanceWait
wait_locked (SeedanceClip *clip, SeedanceJob *job, guint ticket, guint64 offset,
    gsize *size, gboolean whole, guint *serial, GError **error)
{
  SeedanceWait wait;

  for (;;) {
    if (seedance_clip_is_interrupted (clip, ticket) ||
        !g_ptr_array_find (job->readers, clip, NULL)) {
      set_interrupted (error);
      return SEEDANCE_WAIT_ERROR;
    }
    if (job->state.serial != *serial) {
      *serial = clip->seen = job->state.serial;
      return SEEDANCE_WAIT_CHANGED;
    }
    if (bytes_locked (job, offset, size, whole, &wait)) {
      clip->starving_since = 0;
      return wait;
    }
    if (job->error) {
      g_propagate_error (error, g_error_copy (job->error));
      return SEEDANCE_WAIT_ERROR;
    }
    seedance_job_begin_locked (job);
    note_starving_locked (clip, job, offset);
    g_cond_wait (&job->cond, &job->lock);
  }
}

SeedanceWait
seedance_clip_wait (SeedanceClip *clip, guint ticket, guint64 offset,
    gsize *size, gboolean whole, guint *serial, GError **error)
{
  SeedanceJob *job = seedance_clip_ref_job (clip);
  SeedanceWait wait;

  if (!job) {
    set_interrupted (error);
    return SEEDANCE_WAIT_ERROR;
  }
  g_mutex_lock (&job->lock);
  wait = wait_locked (clip, job, ticket, offset, size, whole, serial, error);
  g_mutex_unlock (&job->lock);
  seedance_job_unref (job);

  return wait;
}

/* Updates the ranges that were read and the playback position (read_to). Reads
 * of the moov do not move the position. Nor do short reads: a demuxer reads the
 * header of the next fragment ahead. */
static void
note_read (SeedanceClip *clip, const SeedanceDownloadState *download,
    guint64 offset, gsize size)
{
  g_mutex_lock (&clip->lock);
  seedance_ranges_add (clip->read, offset, offset + size);
  if (offset != clip->run_end)
    clip->run_start = offset;
  clip->run_end = offset + size;
  if ((offset < download->index_start || offset >= download->index_end) &&
      clip->run_end - clip->run_start >= HEADER_MAX)
    clip->read_to = clip->run_end;
  g_mutex_unlock (&clip->lock);
}

gssize
seedance_clip_read (SeedanceClip *clip, guint64 offset, guint8 *data,
    gsize size, GError **error)
{
  SeedanceJob *job = seedance_clip_ref_job (clip);
  SeedanceDownloadState download;
  SeedanceSpool *spool;
  gssize got;

  if (!job) {
    set_interrupted (error);
    return -1;
  }
  g_mutex_lock (&job->lock);
  spool = job->spool;
  download = job->state.download;
  g_mutex_unlock (&job->lock);
  /* The clip was closed and reopened since the wait: the new job has no
   * bytes. */
  if (!spool) {
    seedance_job_unref (job);
    set_interrupted (error);
    return -1;
  }
  got = seedance_spool_load (spool, offset, data, size, error);
  seedance_job_unref (job);
  if (got >= 0 && (gsize) got < size) {
    g_set_error_literal (error, SEEDANCE_ERROR, SEEDANCE_ERROR_READ,
        "The clip on disk became shorter while it was read. The task is paid "
        "for; run the same again to fetch it once more without a second bill.");
    got = -1;
  }
  if (got > 0)
    note_read (clip, &download, offset, (gsize) got);

  return got;
}

SeedanceBlock *
seedance_clip_borrow (
    SeedanceClip *clip, guint64 offset, gsize *size, gboolean whole)
{
  SeedanceJob *job = seedance_clip_ref_job (clip);
  SeedanceDownloadState download;
  SeedanceBlock *block = NULL;
  gsize there = 0;

  if (!job)
    return NULL;
  g_mutex_lock (&job->lock);
  download = job->state.download;
  if (job->spool)
    block = seedance_spool_recent_locked (job->spool, offset, &there);
  g_mutex_unlock (&job->lock);
  seedance_job_unref (job);
  if (!block)
    return NULL;
  there = MIN (*size, there);
  /* A lent block stays in memory as a whole, which few bytes are not worth. */
  if (there < BORROW_MIN || (whole && there < *size)) {
    seedance_block_unref (block);
    return NULL;
  }
  *size = there;
  note_read (clip, &download, offset, there);

  return block;
}

void
seedance_clip_get_state (SeedanceClip *clip, SeedanceClipState *state)
{
  SeedanceJob *job = seedance_clip_ref_job (clip);

  memset (state, 0, sizeof *state);
  state->progress = -1;
  state->seed = state->tokens = state->download.size = -1;
  state->time_to_id = state->time_to_ready = state->time_to_first_byte = -1;
  if (!job)
    return;
  g_mutex_lock (&job->lock);
  *state = job->state;
  state->buys = job->buyer == clip;
  state->task_id = g_strdup (state->task_id);
  state->status_word = g_strdup (state->status_word);
  state->warning = g_strdup (state->warning);
  state->trouble = g_strdup (state->trouble);
  state->cost = g_strdup (state->cost);
  state->last_frame_url = g_strdup (state->last_frame_url);
  state->elapsed =
      job->start ? (g_get_monotonic_time () - job->start) * 1000 : 0;
  g_mutex_unlock (&job->lock);
  seedance_job_unref (job);
}

GError *
seedance_clip_get_error (SeedanceClip *clip)
{
  SeedanceJob *job = seedance_clip_ref_job (clip);
  GError *error;

  if (!job)
    return NULL;
  g_mutex_lock (&job->lock);
  error = job->error ? g_error_copy (job->error) : NULL;
  g_mutex_unlock (&job->lock);
  seedance_job_unref (job);

  return error;
}

static gboolean
has_index_locked (SeedanceClip *clip, const SeedanceDownloadState *download)
{
  return download->index_end > 0 &&
         seedance_ranges_available (clip->read, download->index_end - 1) > 0;
}

gboolean
seedance_clip_has_index (SeedanceClip *clip)
{
  SeedanceClipState state;
  gboolean has;

  seedance_clip_get_state (clip, &state);
  g_mutex_lock (&clip->lock);
  has = has_index_locked (clip, &state.download);
  g_mutex_unlock (&clip->lock);
  seedance_clip_state_clear (&state);

  return has;
}

gboolean
seedance_clip_has_reached_end (SeedanceClip *clip)
{
  SeedanceClipState state;
  guint64 media_end, late, size;
  gboolean reached;

  seedance_clip_get_state (clip, &state);
  media_end = state.download.media_end;
  late = media_end - media_end / 10;
  size = media_end - MIN (state.download.media_start, media_end);
  g_mutex_lock (&clip->lock);
  reached = media_end > 0 && has_index_locked (clip, &state.download) &&
            seedance_ranges_count (clip->read) >= size / 2 &&
            seedance_ranges_next (clip->read, late) < media_end;
  g_mutex_unlock (&clip->lock);
  seedance_clip_state_clear (&state);

  return reached;
}

void
seedance_clip_mark_played (SeedanceClip *clip)
{
  SeedanceJob *job = seedance_clip_ref_job (clip);

  if (!job)
    return;
  g_mutex_lock (&job->lock);
  job->played = TRUE;
  g_mutex_unlock (&job->lock);
  seedance_net_invoke (seedance_job_record_played, job);
}
