/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clip of a job on disk: a stored clip, which is checked before it is
 * played, or the part that an earlier run has downloaded. Reading either may
 * take long, so the folder's thread (io.h) does it while the network thread
 * goes on. */

#include "job-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "mp4.h"

/* How many bytes of the file are read at once, to check its boxes. */
#define WINDOW (64 * 1024)

/* A file that the folder's thread looks at, and what it has found. */
typedef struct {
  SeedanceJob *job;
  gchar *path;
  gint64 size;
  SeedanceSpool *spool;
  SeedanceDownloadState download;
  gboolean spoilt; /* a file is there, and the clip cannot be played from it */
  GError *error;
} Look;

static Look *
look_new (SeedanceJob *job)
{
  Look *look = g_new0 (Look, 1);

  look->job = seedance_job_ref (job);
  look->path = seedance_ledger_clip_path (seedance_job_dir (job), job->record);
  look->size = job->record->size;
  look->download.size = -1;

  return look;
}

/* The job gets a spool that nobody took, because freeing one may wait for the
 * disk, and the job is freed on the folder's thread. */
static void
look_free (Look *look)
{
  SeedanceJob *job = look->job;

  if (look->spool) {
    g_mutex_lock (&job->lock);
    job->spool = g_steal_pointer (&look->spool);
    g_mutex_unlock (&job->lock);
  }
  seedance_job_unref (job);
  g_clear_error (&look->error);
  g_free (look->path);
  g_free (look);
}

/* Whether the job was put away meanwhile. */
static gboolean
is_stopped (SeedanceJob *job)
{
  gboolean stopped;

  g_mutex_lock (&job->lock);
  stopped = job->stopped;
  g_mutex_unlock (&job->lock);

  return stopped;
}

/* The part of the file that is in memory while its boxes are checked. */
typedef struct {
  SeedanceSpool *spool;
  guint64 total, start;
  gsize size; /* of the part */
  guint8 *data;
  int fault; /* errno of a read that failed */
} Window;

static gsize
peek (gpointer user_data, guint64 offset, guint8 *data, gsize size)
{
  Window *window = user_data;

  if (offset >= window->total)
    return 0;
  size = (gsize) MIN (size, window->total - offset);
  if (offset < window->start || offset + size > window->start + window->size) {
    gssize got = seedance_spool_load (window->spool, offset, window->data,
        (gsize) MIN (WINDOW, window->total - offset), NULL);

    if (got < 0)
      window->fault = errno;
    window->start = offset;
    window->size = got > 0 ? (gsize) got : 0;
    size = MIN (size, window->size);
  }
  memcpy (data, window->data + (offset - window->start), size);

  return size;
}

/* @sure: the clip is known to have @size bytes; else its boxes have to show
 * that nothing follows. *@fault is the errno of a read that failed, else 0. */
static gboolean
is_whole (SeedanceSpool *spool, guint64 size, gboolean sure,
    SeedanceDownloadState *state, int *fault)
{
  g_autofree guint8 *data = g_malloc (WINDOW);
  Window window = { .spool = spool, .total = size, .data = data };
  SeedanceMp4 mp4;
  SeedanceMp4State walk;

  seedance_mp4_init (&mp4);
  mp4.total = size;
  walk = seedance_mp4_walk (&mp4, peek, &window);
  *fault = window.fault;
  if (walk != SEEDANCE_MP4_COMPLETE ||
      (!sure && seedance_mp4_may_be_cut (&mp4)))
    return FALSE;
  state->size = (gint64) size;
  state->readable = TRUE;
  state->media_start = mp4.mdat_offset;
  state->media_end = mp4.mdat_end;
  state->index_start = mp4.moov_offset;
  state->index_end = mp4.moov_end;

  return TRUE;
}

/* Sets the spool and the state under one lock, because a reader that finds the
 * state readable reads from the spool. */
static void
give_stored (Look *look)
{
  SeedanceJob *job = look->job;

  g_mutex_lock (&job->lock);
  job->spool = g_steal_pointer (&look->spool);
  job->state.download = look->download;
  g_mutex_unlock (&job->lock);
}

static void
on_checked (gpointer data)
{
  Look *look = data;
  SeedanceJob *job = look->job;

  if (is_stopped (job)) {
    look_free (look);
    return;
  }
  job->spoilt = look->spoilt;
  if (look->spool) {
    give_stored (look);
    seedance_job_report (job, SEEDANCE_EVENT_THERE);
  } else if (look->error) {
    seedance_job_fail (job, g_steal_pointer (&look->error));
  } else if (seedance_job_has_key (job)) {
    seedance_job_report (job, SEEDANCE_EVENT_MISSING);
  }
  look_free (look);
}

/* Returns the number of bytes from the beginning of the clip on. */
static guint64
count_bytes (SeedanceJob *job, SeedanceSpool *spool)
{
  guint64 size;

  g_mutex_lock (&job->lock);
  size = seedance_spool_available_locked (spool, 0);
  g_mutex_unlock (&job->lock);

  return size;
}

static GError *
make_unreadable (const Look *look, int fault)
{
  static const SeedanceErrorDetails details = { .retryable = TRUE };

  return seedance_error_new (SEEDANCE_ERROR_READ, &details,
      "The stored clip '%s' could not be read: %s. Nothing was ordered and "
      "nothing is billed. Mend that, then run the same again to play the clip.",
      look->path, g_strerror (fault));
}

static SeedanceSpool *
open_clip (Look *look)
{
  SeedanceJob *job = look->job;
  int fault;
  SeedanceSpool *spool = seedance_spool_open (
      look->path, look->size, &fault, &job->lock, &job->cond);

  if (spool && is_whole (spool, count_bytes (job, spool), TRUE, &look->download,
                   &fault)) {
    seedance_ledger_note_use (look->path);
    return spool;
  }
  if (fault != 0)
    look->error = make_unreadable (look, fault);
  seedance_spool_free (spool);

  return NULL;
}

/* An earlier run may have ended between the last byte and the renaming of the
 * part file, or a power cut may have undone that. The service may not have the
 * clip any more, so it is not asked. If the part cannot be renamed now, it is
 * played under its own name, and a later run finds it again. A part that cannot
 * be read, or that another process reads, may hold the whole clip all the
 * same. */
static SeedanceSpool *
open_whole_part (Look *look)
{
  SeedanceJob *job = look->job;
  SeedanceSpool *spool;
  gint64 known;
  guint64 size;
  int fault = 0;

  if (!seedance_spool_may_have_part (look->path))
    return NULL;
  spool = seedance_spool_resume (
      job->io, look->path, &job->lock, &job->cond, &look->error);
  if (!spool)
    return NULL;
  size = count_bytes (job, spool);
  /* A service may send the clip without its size. */
  known = seedance_spool_get_facts (spool)->size;
  if ((known < 0 || known == (gint64) size) &&
      is_whole (spool, size, known >= 0, &look->download, &fault)) {
    seedance_spool_finish (spool, NULL);
    return spool;
  }
  look->spoilt = !seedance_spool_is_resumed (spool) || fault != 0;
  seedance_spool_free (spool);

  return NULL;
}

static gboolean
is_file (const gchar *path)
{
  struct stat info;

  return g_lstat (path, &info) == 0 && S_ISREG (info.st_mode) &&
         info.st_size > 0;
}

static void
check_call (gpointer data)
{
  Look *look = data;

  look->spool = open_clip (look);
  if (!look->spool && !look->error)
    look->spool = open_whole_part (look);
  look->spoilt |= !look->spool && is_file (look->path);
  seedance_net_invoke (on_checked, look);
}

void
seedance_stored_check (SeedanceJob *job)
{
  seedance_io_invoke (job->io, check_call, look_new (job));
}

/* Records the clip if the record does not have it or has one of another size,
 * or if it was in its part file: an earlier run may have ended right after it
 * had fetched the clip, perhaps anew. Only a task that the service knows has a
 * clip, so the clip also confirms a task-id of the user. */
static void
note_found (SeedanceJob *job)
{
  SeedanceRecord *record = job->record;
  const gint64 size = job->state.download.size;

  seedance_job_confirm (job);
  if (record->state != SEEDANCE_RECORD_SUBMITTED && record->size == size &&
      !seedance_spool_is_resumed (job->spool))
    return;
  if (record->state == SEEDANCE_RECORD_SUBMITTED)
    record->state = SEEDANCE_RECORD_READY;
  record->size = size;
  seedance_job_save_record (job);
}

void
seedance_stored_play (SeedanceJob *job)
{
  JOB_INFO (job, "plays the stored clip, %" G_GINT64_FORMAT " bytes",
      job->state.download.size);
  note_found (job);
  g_mutex_lock (&job->lock);
  job->state.time_to_ready = seedance_job_age (job);
  g_mutex_unlock (&job->lock);
  seedance_job_set_phase (job, SEEDANCE_PHASE_READY, SEEDANCE_STATUS_SUCCEEDED);
}

static void
give_part (Look *look)
{
  SeedanceJob *job = look->job;

  g_mutex_lock (&job->lock);
  job->spool = g_steal_pointer (&look->spool);
  g_mutex_unlock (&job->lock);
  if (look->error)
    seedance_job_fail (job, g_steal_pointer (&look->error));
  else
    seedance_job_report (job, SEEDANCE_EVENT_OPENED);
}

static void
on_resumed (gpointer data)
{
  Look *look = data;

  if (!is_stopped (look->job))
    give_part (look);
  look_free (look);
}

static void
resume_call (gpointer data)
{
  Look *look = data;
  SeedanceJob *job = look->job;

  look->spool = seedance_spool_resume (
      job->io, look->path, &job->lock, &job->cond, &look->error);
  seedance_net_invoke (on_resumed, look);
}

void
seedance_stored_open_part (SeedanceJob *job)
{
  seedance_io_invoke (job->io, resume_call, look_new (job));
}
