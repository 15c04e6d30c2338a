/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collects what supply.h tells of a download, and makes sure that the owner of
 * a watched clip is notified regularly. */
#include "supply.h"

#include "clip-private.h"

#define TICK_MS 20
/* In bytes. The index of a clip is a few KiB. A larger one than this belongs to
 * no clip that was ordered, and is not read. */
#define INDEX_MAX (2 * 1024 * 1024)
/* Two reads count as one range if the gap between them is at most the size of
 * the clip divided by this. */
#define SKIPPED_SHARE 6

static gboolean
is_over_locked (const SeedanceJob *job)
{
  return job->state.phase == SEEDANCE_PHASE_READY ||
         job->state.phase == SEEDANCE_PHASE_FAILED;
}

static gboolean
is_watched_locked (const SeedanceJob *job)
{
  gboolean watched = FALSE;

  for (guint i = 0; i < job->readers->len && !watched; i++) {
    const SeedanceClip *clip = g_ptr_array_index (job->readers, i);

    watched = clip->watching;
  }

  return watched;
}

static void
on_tick (gpointer user_data)
{
  SeedanceJob *job = user_data;

  g_mutex_lock (&job->lock);
  job->tick = 0;
  if (!job->stopped && !is_over_locked (job) && is_watched_locked (job)) {
    job->tick = seedance_net_add_timer (TICK_MS, on_tick, job);
    seedance_job_changed_locked (job);
  }
  g_mutex_unlock (&job->lock);
}

static void
start_ticking (gpointer user_data)
{
  SeedanceJob *job = user_data;

  if (job->tick == 0)
    on_tick (job);
  seedance_job_unref (job);
}

void
seedance_clip_watch (SeedanceClip *clip)
{
  SeedanceJob *job = seedance_clip_ref_job (clip);
  gboolean watching;

  if (!job)
    return;
  g_mutex_lock (&job->lock);
  watching = clip->watching;
  clip->watching = TRUE;
  g_mutex_unlock (&job->lock);
  if (watching)
    seedance_job_unref (job);
  else
    seedance_net_invoke (start_ticking, job);
}

/* Returns the moov box with its header, or NULL until all of it has arrived. It
 * does not count as read by the owner of the clip. g_free(). */
static guint8 *
load_index (SeedanceJob *job, const SeedanceDownloadState *download)
{
  guint64 start = download->index_start;
  gsize size = (gsize) (download->index_end - start);
  g_autofree guint8 *index = NULL;
  guint64 there;

  g_mutex_lock (&job->lock);
  there = seedance_spool_available_locked (job->spool, start);
  g_mutex_unlock (&job->lock);
  if (there < size)
    return NULL;
  index = g_malloc (size);
  if (seedance_spool_load (job->spool, start, index, size, NULL) !=
      (gssize) size)
    return NULL;

  return g_steal_pointer (&index);
}

/* Where the media data lies. What is not known yet is estimated, which makes
 * the timeline less exact. */
static SeedanceRange
media_of (const SeedanceDownloadState *download)
{
  guint64 size = download->size > 0 ? (guint64) download->size
                                    : MAX (download->media_end, 1);

  if (download->media_start > 0 &&
      download->media_start < download->index_start)
    return (SeedanceRange){ download->media_start, download->index_start };

  return (SeedanceRange){ MIN (download->index_end, size), size };
}

/* Returns FALSE if the index was read, or another thread is reading it. */
static gboolean
begin_reading_index (SeedanceClip *clip, const SeedanceJob *job)
{
  gboolean begins;

  g_mutex_lock (&clip->lock);
  begins = clip->job == job && !clip->timed && !clip->timing;
  clip->timing |= begins;
  g_mutex_unlock (&clip->lock);

  return begins;
}

/* @timeline: NULL if the index could not be read, which is tried again. Another
 * job may have taken the place of @job meanwhile. */
static void
end_reading_index (SeedanceClip *clip, const SeedanceJob *job,
    const SeedanceTimeline *timeline)
{
  g_mutex_lock (&clip->lock);
  if (clip->job == job) {
    clip->timing = FALSE;
    clip->timed = timeline != NULL;
    if (timeline)
      clip->timeline = *timeline;
  }
  g_mutex_unlock (&clip->lock);
}

static void
read_index (
    SeedanceClip *clip, SeedanceJob *job, const SeedanceDownloadState *download)
{
  const guint64 size = download->index_end - download->index_start;
  const SeedanceRange media = media_of (download);
  g_autofree guint8 *index = NULL;
  SeedanceTimeline timeline = { 0 };

  if (!download->readable || download->index_end == 0 || size > INDEX_MAX ||
      !begin_reading_index (clip, job))
    return;
  index = load_index (job, download);
  if (index)
    seedance_timeline_read (
        &timeline, index, (gsize) size, media.start, media.end);
  end_reading_index (clip, job, index ? &timeline : NULL);
}

void
seedance_clip_read_index (SeedanceClip *clip)
{
  SeedanceJob *job = seedance_clip_ref_job (clip);
  SeedanceDownloadState download;

  if (!job)
    return;
  g_mutex_lock (&job->lock);
  download = job->state.download;
  g_mutex_unlock (&job->lock);
  read_index (clip, job, &download);
  seedance_job_unref (job);
}

/* @ordered is the duration that was ordered, in seconds. */
static void
find_timeline (SeedanceClip *clip, const SeedanceDownloadState *download,
    gint ordered, SeedanceTimeline *timeline)
{
  const SeedanceRange media = media_of (download);

  g_mutex_lock (&clip->lock);
  *timeline = clip->timeline;
  g_mutex_unlock (&clip->lock);
  /* A fragmented clip may not tell its duration: take the one that was
   * ordered. */
  if (timeline->duration == 0 && download->index_end > 0)
    seedance_timeline_spread (timeline,
        ordered * G_GINT64_CONSTANT (1000000000), media.start, media.end);
}

static void
copy_ranges_locked (SeedanceJob *job, SeedanceSupply *supply)
{
  guint64 start = 0;

  while (
      supply->n_there < SEEDANCE_SUPPLY_RANGES &&
      (start = seedance_spool_next_locked (job->spool, start)) != G_MAXUINT64) {
    guint64 end = seedance_spool_gap_locked (job->spool, start);

    supply->there[supply->n_there++] = (SeedanceRange){ start, end };
    start = end;
  }
}

static void
look_locked (const SeedanceClip *clip, SeedanceJob *job, SeedanceSupply *supply)
{
  const SeedanceDownloadState *download = &job->state.download;

  supply->readable = download->readable;
  supply->size = download->size;
  supply->received = download->received;
  supply->fetching_since = download->fetching_since;
  supply->fetching_from = download->fetching_from;
  supply->arrived = download->arrived;
  supply->arrived_at = download->arrived_at;
  supply->over = is_over_locked (job);
  if (job->spool)
    copy_ranges_locked (job, supply);
  if (!supply->over)
    supply->starving_since = clip->starving_since;
}

/* A demuxer leaves out the bytes of streams that nobody plays. Such a gap is no
 * seek, so the reads around it count as one range. */
static void
look_at_reads (SeedanceClip *clip, SeedanceSupply *supply)
{
  const guint64 skipped =
      supply->size > 0 ? (guint64) supply->size / SKIPPED_SHARE : 0;

  g_mutex_lock (&clip->lock);
  supply->read_to = supply->read_from = clip->read_to;
  if (clip->read_to > 0)
    supply->read_from =
        seedance_ranges_start (clip->read, clip->read_to - 1, skipped);
  g_mutex_unlock (&clip->lock);
}

void
seedance_clip_get_supply (SeedanceClip *clip, SeedanceSupply *supply)
{
  SeedanceJob *job = seedance_clip_ref_job (clip);
  SeedanceDownloadState download;
  gint ordered;

  *supply = (SeedanceSupply){ .size = -1 };
  if (!job)
    return;
  g_mutex_lock (&job->lock);
  look_locked (clip, job, supply);
  download = job->state.download;
  ordered = job->order->request->duration;
  g_mutex_unlock (&job->lock);
  look_at_reads (clip, supply);
  if (supply->readable)
    find_timeline (clip, &download, ordered, &supply->timeline);
  seedance_job_unref (job);
}

guint64
seedance_supply_missing_before (const SeedanceSupply *supply, guint64 end)
{
  guint64 there = 0;

  for (guint i = 0; i < supply->n_there; i++) {
    const SeedanceRange *range = &supply->there[i];

    if (range->start < end)
      there += MIN (range->end, end) - range->start;
  }

  return end - there;
}
