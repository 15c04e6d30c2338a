/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The half of a job that elements see: who takes part, waits and reads. */

#include "reader-private.h"

#include <string.h>

#define BORROW_MIN (16 * 1024)
/* A demuxer that reads fewer bytes than this in a row only looks at headers. */
#define HEADER_MAX 4096

SeedanceReader *
seedance_reader_new (SeedanceNetFunc notify, gpointer user_data)
{
  SeedanceReader *reader = g_new0 (SeedanceReader, 1);

  g_mutex_init (&reader->lock);
  reader->read = seedance_ranges_new ();
  reader->notify = notify;
  reader->user_data = user_data;

  return reader;
}

static void
own_clear (SeedanceReaderOwn *own)
{
  g_clear_pointer (&own->fingerprint, g_free);
  g_clear_pointer (&own->record, g_free);
}

void
seedance_reader_free (SeedanceReader *reader)
{
  if (!reader)
    return;
  seedance_reader_close (reader);
  own_clear (&reader->own);
  g_mutex_clear (&reader->lock);
  seedance_ranges_free (reader->read);
  g_free (reader);
}

/* Tells the order which clip this reader had before. The order is not shared
 * yet, so it needs no lock. A task that the user named belongs to no reader. */
static void
tell_own (SeedanceReader *reader, SeedanceOrder *order)
{
  SeedanceReaderOwn *own = &reader->own;

  g_mutex_lock (&reader->lock);
  reader->orders = order->task_id == NULL;
  if (reader->orders && g_strcmp0 (own->fingerprint, order->fingerprint) != 0) {
    own_clear (own);
    own->fingerprint = g_strdup (order->fingerprint);
  }
  if (reader->orders)
    order->own_record = g_strdup (own->record);
  g_mutex_unlock (&reader->lock);
}

/* Keeps what the run has found; a run that found nothing changes nothing. */
static void
learn_own_locked (SeedanceReader *reader, const SeedanceJob *job)
{
  SeedanceReaderOwn *own = &reader->own;

  if (!reader->orders || !job->state.task_id)
    return;
  g_free (own->record);
  own->record = g_strdup (job->name);
}

gboolean
seedance_reader_open (
    SeedanceReader *reader, SeedanceOrder *order, GError **error)
{
  g_autofree gchar *name = seedance_order_identity (order);
  g_autoptr (SeedanceIo) io = NULL;
  SeedanceJob *job;

  if (!seedance_http_ensure (error))
    return FALSE;
  io = seedance_io_open (order->state_dir, error);
  if (!io)
    return FALSE;
  tell_own (reader, order);
  reader->seen = 0;
  reader->starving_since = 0;
  reader->watching = FALSE;
  job = seedance_registry_join (order, name, reader, seedance_job_make);

  g_mutex_lock (&reader->lock);
  reader->job = job;
  seedance_ranges_clear (reader->read);
  reader->read_to = reader->run_start = reader->run_end = 0;
  reader->timed = FALSE;
  reader->timeline = (SeedanceTimeline){ 0 };
  g_mutex_unlock (&reader->lock);

  return TRUE;
}

SeedanceJob *
seedance_reader_ref_job (SeedanceReader *reader)
{
  SeedanceJob *job;

  g_mutex_lock (&reader->lock);
  job = reader->job ? seedance_job_ref (reader->job) : NULL;
  g_mutex_unlock (&reader->lock);

  return job;
}

gboolean
seedance_reader_is_open (SeedanceReader *reader)
{
  gboolean open;

  g_mutex_lock (&reader->lock);
  open = reader->job != NULL;
  g_mutex_unlock (&reader->lock);

  return open;
}

void
seedance_reader_close (SeedanceReader *reader)
{
  SeedanceJob *job;

  g_mutex_lock (&reader->lock);
  job = g_steal_pointer (&reader->job);
  if (job) {
    g_mutex_lock (&job->lock);
    learn_own_locked (reader, job);
    g_mutex_unlock (&job->lock);
  }
  g_mutex_unlock (&reader->lock);
  if (!job)
    return;

  g_mutex_lock (&job->lock);
  g_ptr_array_remove (job->readers, reader);
  job->left |= job->readers->len == 0;
  g_mutex_unlock (&job->lock);
  seedance_net_invoke (seedance_job_settle, job);
}

void
seedance_reader_set_flushing (SeedanceReader *reader, gboolean flushing)
{
  SeedanceJob *job;

  g_atomic_int_set (&reader->flushing, flushing);
  if (flushing)
    g_atomic_int_inc (&reader->interrupts);
  job = seedance_reader_ref_job (reader);
  if (!job)
    return;
  g_mutex_lock (&job->lock);
  g_cond_broadcast (&job->cond);
  g_mutex_unlock (&job->lock);
  seedance_job_unref (job);
}

/* In push mode the end is told only when the whole clip was checked and is
 * durable. A demuxer that pulls (@whole) reads at the end of the file long
 * before it plays that, so it is told at once while bytes are missing. */
static gboolean
end_is_told_locked (SeedanceJob *job, gboolean whole)
{
  return job->state.phase == SEEDANCE_PHASE_READY ||
         (whole && !job->error && !seedance_job_is_all_there_locked (job));
}

/* TRUE when the wait is over and *@wait says how. */
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
    /* The reader knows the size now, so no other clip may take its place. */
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

/* Behind the last byte a reader does not starve: it waits for the check of the
 * whole clip. */
static void
note_starving_locked (SeedanceReader *reader, SeedanceJob *job, guint64 offset)
{
  const SeedanceDownloadState *download = &job->state.download;

  if (!download->readable ||
      (download->size >= 0 && offset >= (guint64) download->size))
    reader->starving_since = 0;
  else if (reader->starving_since == 0)
    reader->starving_since = g_get_monotonic_time ();
}

static SeedanceWait
wait_locked (SeedanceReader *reader, SeedanceJob *job, guint ticket,
    guint64 offset, gsize *size, gboolean whole, guint *serial, GError **error)
{
  SeedanceWait wait;

  for (;;) {
    if (seedance_reader_is_interrupted (reader, ticket)) {
      set_interrupted (error);
      return SEEDANCE_WAIT_ERROR;
    }
    if (job->state.serial != *serial) {
      *serial = reader->seen = job->state.serial;
      return SEEDANCE_WAIT_CHANGED;
    }
    if (bytes_locked (job, offset, size, whole, &wait)) {
      reader->starving_since = 0;
      return wait;
    }
    if (job->error) {
      g_propagate_error (error, g_error_copy (job->error));
      return SEEDANCE_WAIT_ERROR;
    }
    if (!job->begun) {
      job->begun = TRUE;
      seedance_net_invoke (seedance_job_begin, seedance_job_ref (job));
    }
    note_starving_locked (reader, job, offset);
    g_cond_wait (&job->cond, &job->lock);
  }
}

SeedanceWait
seedance_reader_wait (SeedanceReader *reader, guint ticket, guint64 offset,
    gsize *size, gboolean whole, guint *serial, GError **error)
{
  SeedanceJob *job = seedance_reader_ref_job (reader);
  SeedanceWait wait;

  if (!job) {
    set_interrupted (error);
    return SEEDANCE_WAIT_ERROR;
  }
  g_mutex_lock (&job->lock);
  wait = wait_locked (reader, job, ticket, offset, size, whole, serial, error);
  g_mutex_unlock (&job->lock);
  seedance_job_unref (job);

  return wait;
}

/* Notes how far the clip was read. Reads of the index do not count, and neither
 * do those of the next fragment's header, which a demuxer reads ahead. */
static void
reader_has_read (SeedanceReader *reader, const SeedanceDownloadState *download,
    guint64 offset, gsize size)
{
  g_mutex_lock (&reader->lock);
  seedance_ranges_add (reader->read, offset, offset + size);
  if (offset != reader->run_end)
    reader->run_start = offset;
  reader->run_end = offset + size;
  if ((offset < download->index_start || offset >= download->index_end) &&
      reader->run_end - reader->run_start >= HEADER_MAX)
    reader->read_to = reader->run_end;
  g_mutex_unlock (&reader->lock);
}

gssize
seedance_reader_read (SeedanceReader *reader, guint64 offset, guint8 *data,
    gsize size, GError **error)
{
  SeedanceJob *job = seedance_reader_ref_job (reader);
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
  if (spool)
    seedance_spool_note_read_locked (spool, offset + size);
  g_mutex_unlock (&job->lock);
  /* The reader was closed and opened again since the wait. */
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
    reader_has_read (reader, &download, offset, (gsize) got);

  return got;
}

SeedanceBlock *
seedance_reader_borrow (
    SeedanceReader *reader, guint64 offset, gsize *size, gboolean whole)
{
  SeedanceJob *job = seedance_reader_ref_job (reader);
  SeedanceDownloadState download;
  SeedanceBlock *block = NULL;
  gsize there = 0;

  if (!job)
    return NULL;
  g_mutex_lock (&job->lock);
  download = job->state.download;
  if (job->spool) {
    block = seedance_spool_recent_locked (job->spool, offset, &there);
    seedance_spool_note_read_locked (job->spool, offset + there);
  }
  g_mutex_unlock (&job->lock);
  seedance_job_unref (job);
  if (!block)
    return NULL;
  there = MIN (*size, there);
  /* A few bytes are copied: a buffer would keep the whole block in memory. */
  if (there < BORROW_MIN || (whole && there < *size)) {
    seedance_block_unref (block);
    return NULL;
  }
  *size = there;
  reader_has_read (reader, &download, offset, there);

  return block;
}

void
seedance_reader_get_state (SeedanceReader *reader, SeedanceJobState *state)
{
  SeedanceJob *job = seedance_reader_ref_job (reader);

  memset (state, 0, sizeof *state);
  state->progress = -1;
  state->seed = state->tokens = state->download.size = -1;
  state->time_to_id = state->time_to_ready = state->time_to_first_byte = -1;
  if (!job)
    return;
  g_mutex_lock (&job->lock);
  *state = job->state;
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

static gboolean
has_index_locked (SeedanceReader *reader, const SeedanceDownloadState *download)
{
  return download->index_end > 0 &&
         seedance_ranges_available (reader->read, download->index_end - 1) > 0;
}

gboolean
seedance_reader_has_index (SeedanceReader *reader)
{
  SeedanceJobState state;
  gboolean has;

  seedance_reader_get_state (reader, &state);
  g_mutex_lock (&reader->lock);
  has = has_index_locked (reader, &state.download);
  g_mutex_unlock (&reader->lock);
  seedance_job_state_clear (&state);

  return has;
}

gboolean
seedance_reader_has_reached_end (SeedanceReader *reader)
{
  SeedanceJobState state;
  guint64 media_end, late;
  gboolean reached;

  seedance_reader_get_state (reader, &state);
  media_end = state.download.media_end;
  late = media_end - media_end / 10;
  g_mutex_lock (&reader->lock);
  reached = media_end > 0 && has_index_locked (reader, &state.download) &&
            seedance_ranges_next (reader->read, late) < media_end;
  g_mutex_unlock (&reader->lock);
  seedance_job_state_clear (&state);

  return reached;
}

void
seedance_reader_mark_played (SeedanceReader *reader)
{
  SeedanceJob *job = seedance_reader_ref_job (reader);

  if (!job)
    return;
  g_mutex_lock (&job->lock);
  job->played = TRUE;
  g_mutex_unlock (&job->lock);
  seedance_net_invoke (seedance_job_record_played, job);
}
