/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supply.h"

#include "clip-private.h"

#define TICK_MS 20
/* The index of a clip is a few KiB; a file that has one of this size is no clip
 * that anybody ordered. */
#define INDEX_MAX (2 * 1024 * 1024)
/* So much of a clip may be left out between what is read: a share of it. */
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

/* The index with its header, once all of it is there; not marked as read. */
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

/* Where the media data stands; what is not known yet costs accuracy. */
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

/* Reads the index the first time that it is there. */
static void
find_timeline (SeedanceClip *clip, SeedanceJob *job,
    const SeedanceDownloadState *download, gint ordered,
    SeedanceTimeline *timeline)
{
  const guint64 size = download->index_end - download->index_start;
  const SeedanceRange media = media_of (download);
  g_autofree guint8 *index = NULL;

  g_mutex_lock (&clip->lock);
  if (!clip->timed && download->index_end > 0 && size <= INDEX_MAX)
    index = load_index (job, download);
  if (index) {
    seedance_timeline_read (
        &clip->timeline, index, (gsize) size, media.start, media.end);
    clip->timed = TRUE;
  }
  *timeline = clip->timeline;
  g_mutex_unlock (&clip->lock);
  /* A clip in fragments may not tell how long it is; then it is as long as it
   * was ordered. */
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

/* What belongs to a stream that nobody wants is not read: that is no seek. */
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
    find_timeline (clip, job, &download, ordered, &supply->timeline);
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
