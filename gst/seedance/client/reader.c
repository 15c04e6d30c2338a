/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The half of a job that elements see: who shares it, and who waits. */

#include "reader-private.h"

#include <string.h>

#include "unique.h"

#define BORROW_MIN (16 * 1024)
/* Fewer bytes than this in one go are a look at headers. */
#define HEADER_MAX 4096
#define NOTIFY_AFTER_MS 50

static struct {
  GMutex lock;
  GHashTable *jobs; /* key -> job, no reference */
} registry;

/* --- who shares a job --------------------------------------------------- */

static gboolean
is_all_there_locked (SeedanceJob *job)
{
  gint64 size = job->state.download.size;

  return size > 0 &&
         seedance_spool_gap_locked (job->spool, 0) >= (guint64) size;
}

/* The check of the whole is about to follow. */
static gboolean
is_completing_locked (SeedanceJob *job)
{
  return job->state.phase == SEEDANCE_PHASE_DOWNLOADING &&
         is_all_there_locked (job);
}

/* Not for a new order: a job that failed, whose readers have its error, and one
 * whose clip was seen. Both may be gone from the ledger's point of view before
 * the network thread has put them away. */
static gboolean
is_shared_locked (SeedanceJob *job, const SeedanceOrder *order)
{
  if (job->state.phase == SEEDANCE_PHASE_FAILED)
    return FALSE;

  /* The ledger does not know yet that it is complete, or that it was played. */
  return !job->played || is_completing_locked (job) || order->task_id ||
         order->reuse != SEEDANCE_REUSE_PENDING ||
         g_strcmp0 (order->own_record, job->name) == 0;
}

static gboolean
job_take_reader (SeedanceJob *job, SeedanceOrder *order, SeedanceReader *reader)
{
  gboolean shared;

  g_mutex_lock (&job->lock);
  shared = is_shared_locked (job, order);
  if (shared && job->readers->len == 0) {
    g_clear_pointer (&job->rejoined, seedance_order_unref);
    job->rejoined = seedance_order_ref (order);
  }
  if (shared)
    g_ptr_array_add (job->readers, reader);
  g_mutex_unlock (&job->lock);

  return shared;
}

static SeedanceJob *
registry_join (const gchar *key, SeedanceOrder *order, SeedanceReader *reader)
{
  SeedanceJob *job;

  g_mutex_lock (&registry.lock);
  if (!registry.jobs)
    registry.jobs = g_hash_table_new (g_str_hash, g_str_equal);
  job = g_hash_table_lookup (registry.jobs, key);
  if (!job || !job_take_reader (job, order, reader)) {
    /* Its first reference ends with it on the network thread. */
    job = seedance_job_new (key, order);
    g_hash_table_replace (registry.jobs, job->key, job);
    g_ptr_array_add (job->readers, reader);
  } else {
    SEEDANCE_INFO (NULL, "order %u: another element takes part", job->number);
  }
  seedance_job_ref (job);
  g_mutex_unlock (&registry.lock);

  return job;
}

static gboolean
registry_leave_if_idle (SeedanceJob *job)
{
  gboolean idle;

  g_mutex_lock (&registry.lock);
  g_mutex_lock (&job->lock);
  idle = job->readers->len == 0 && !job->post_in_flight &&
         !is_completing_locked (job) && !job->stopped;
  job->stopped |= idle;
  g_mutex_unlock (&job->lock);
  if (idle && g_hash_table_lookup (registry.jobs, job->key) == job)
    g_hash_table_remove (registry.jobs, job->key);
  g_mutex_unlock (&registry.lock);

  return idle;
}

static gboolean
has_readers (SeedanceJob *job)
{
  gboolean has;

  g_mutex_lock (&job->lock);
  has = job->readers->len > 0;
  g_mutex_unlock (&job->lock);

  return has;
}

void
seedance_job_settle (SeedanceJob *job)
{
  /* Nobody is left who wants it, and it costs nothing yet. */
  if (!has_readers (job))
    seedance_job_take_back_submit (job);
  if (registry_leave_if_idle (job)) {
    seedance_job_stop (job);
    seedance_job_unref (job);
  }
}

/* Somebody waits, and was not told to stop waiting. */
static gboolean
is_waited_for (SeedanceReader *reader)
{
  return g_atomic_int_get (&reader->inside) > 0 &&
         !seedance_reader_is_interrupted (
             reader, (guint) g_atomic_int_get (&reader->ticket));
}

gboolean
seedance_job_wanted (SeedanceJob *job)
{
  gboolean wanted = FALSE;

  g_mutex_lock (&job->lock);
  for (guint i = 0; i < job->readers->len && !wanted; i++) {
    SeedanceReader *reader = g_ptr_array_index (job->readers, i);

    wanted = is_waited_for (reader);
  }
  g_mutex_unlock (&job->lock);

  return wanted;
}

static void
notify_readers (gpointer user_data)
{
  SeedanceJob *job = user_data;

  g_mutex_lock (&job->lock);
  job->notify_timer = 0;
  for (guint i = 0; i < job->readers->len; i++) {
    SeedanceReader *reader = g_ptr_array_index (job->readers, i);

    if (reader->seen != job->state.serial)
      reader->notify (reader->user_data);
  }
  g_mutex_unlock (&job->lock);
}

/* Whoever waits for bytes learns of it at once. A reader that is busy looks
 * again when it comes back for more; only one that stays away is notified, so
 * that a clip that flows costs no notes. An application may wait for the end,
 * as gst-launch-1.0 does before it plays. */
void
seedance_job_changed_locked (SeedanceJob *job)
{
  gboolean over = job->state.phase == SEEDANCE_PHASE_READY ||
                  job->state.phase == SEEDANCE_PHASE_FAILED;

  job->state.serial++;
  g_cond_broadcast (&job->cond);
  if (over)
    seedance_net_remove_timer (job->notify_timer);
  /* Nobody reads any more, and the job may be gone when the time comes. */
  if (job->stopped)
    return;
  if (over || job->notify_timer == 0)
    job->notify_timer = seedance_net_add_timer (
        over ? 0 : NOTIFY_AFTER_MS, notify_readers, job);
}

/* --- readers ------------------------------------------------------------ */

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
  g_clear_pointer (&own->task_id, g_free);
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

/* Who shares a job shares its connections: nobody gets a clip over one that its
 * own settings forbid. */
static gchar *
make_key (const SeedanceOrder *order, const gchar *name)
{
  const SeedanceHttpSettings *http = &order->http;
  g_autofree gchar *trust =
      http->authorities
          ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, http->authorities)
          : NULL;

  return g_strdup_printf ("%s %s %s %d %d %d %s\n%s %s", order->state_dir, name,
      order->key_hash ? order->key_hash : "-", order->allow_insecure,
      order->allow_local_links, http->ssl_strict, trust ? trust : "",
      http->proxy ? http->proxy->url : "-",
      http->proxy && http->proxy->user ? http->proxy->user : "");
}

/* Nobody else knows the order yet. A task that was named is nobody's own. */
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
  if (reader->orders) {
    order->own_record = g_strdup (own->record);
    order->own_task = g_strdup (own->task_id);
  }
  g_mutex_unlock (&reader->lock);
}

/* A run that came to nothing takes nothing away. */
static void
learn_own_locked (SeedanceReader *reader, const SeedanceJob *job)
{
  SeedanceReaderOwn *own = &reader->own;

  if (!reader->orders)
    return;
  if (job->name) {
    g_free (own->record);
    own->record = g_strdup (job->name);
  }
  if (job->state.task_id) {
    g_free (own->task_id);
    own->task_id = g_strdup (job->state.task_id);
  }
}

gboolean
seedance_reader_open (
    SeedanceReader *reader, SeedanceOrder *order, GError **error)
{
  g_autofree gchar *name = seedance_order_record_name (order);
  g_autofree gchar *key = NULL;
  SeedanceJob *job;

  if (!seedance_http_ensure (error))
    return FALSE;
  tell_own (reader, order);
  /* Two orders that are never to be shared get two jobs. */
  if (order->reuse == SEEDANCE_REUSE_NEVER && !order->task_id)
    key = seedance_unique ();
  else
    key = make_key (order, name);
  reader->seen = 0;
  reader->starving_since = 0;
  reader->watching = FALSE;
  job = registry_join (key, order, reader);

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

/* Whether all readers have left since it was asked last. */
static gboolean
take_left (SeedanceJob *job)
{
  gboolean left;

  g_mutex_lock (&job->lock);
  left = job->left;
  job->left = FALSE;
  g_mutex_unlock (&job->lock);

  return left;
}

/* An order that has gone out is waited for as it is. */
static void
renew (SeedanceJob *job)
{
  seedance_job_take_back_submit (job);
  if (!job->post_in_flight)
    seedance_job_renew (job);
}

/* Who stops and starts again at once, before the job could end, gets what it
 * would have got a moment later: requests of its own, not those that it may
 * have stopped for. */
static void
settle_call (gpointer user_data)
{
  SeedanceJob *job = user_data;
  gboolean left = take_left (job);

  seedance_job_settle (job);
  if (left && has_readers (job))
    renew (job);
  seedance_job_unref (job);
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
  seedance_net_invoke (settle_call, job);
}

guint
seedance_reader_enter (SeedanceReader *reader)
{
  guint ticket = (guint) g_atomic_int_get (&reader->interrupts);

  g_atomic_int_set (&reader->ticket, (gint) ticket);
  g_atomic_int_inc (&reader->inside);

  return ticket;
}

void
seedance_reader_leave (SeedanceReader *reader)
{
  g_atomic_int_add (&reader->inside, -1);
}

gboolean
seedance_reader_is_interrupted (SeedanceReader *reader, guint ticket)
{
  return g_atomic_int_get (&reader->flushing) ||
         (guint) g_atomic_int_get (&reader->interrupts) != ticket;
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

/* --- waiting ------------------------------------------------------------ */

/* Who has read all bytes is told of the end only when the whole was checked and
 * is durable. A demuxer that pulls just looks what stands there, long before,
 * and plays on after that. */
static gboolean
end_is_told_locked (SeedanceJob *job, gboolean whole)
{
  return job->state.phase == SEEDANCE_PHASE_READY ||
         (whole && !job->error && !is_all_there_locked (job));
}

/* TRUE when @wait tells what came of it. */
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
    /* The size was given away with it. */
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

/* Behind the last byte only the check of the whole is waited for. */
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

/* The index is no place in the clip; nor is the header of a fragment at which a
 * demuxer looks before it plays the one in front of it. */
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
  /* It was closed and opened again since the wait. */
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
  /* What is small is not worth keeping a block for. */
  if (there < BORROW_MIN || (whole && there < *size)) {
    seedance_block_unref (block);
    return NULL;
  }
  *size = there;
  reader_has_read (reader, &download, offset, there);

  return block;
}

/* --- telling ------------------------------------------------------------ */

void
seedance_job_state_clear (SeedanceJobState *state)
{
  g_clear_pointer (&state->task_id, g_free);
  g_clear_pointer (&state->status_word, g_free);
  g_clear_pointer (&state->warning, g_free);
  g_clear_pointer (&state->trouble, g_free);
  g_clear_pointer (&state->cost, g_free);
  g_clear_pointer (&state->last_frame_url, g_free);
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
