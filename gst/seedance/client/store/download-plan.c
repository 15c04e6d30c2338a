/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decides which bytes of a clip are missing and which request is to bring them.
 * Also completes and ends the download. */

#include "download-private.h"

#include "log.h"

/* A tail is worth a request only if the main part is at least this far from
 * it. */
#define TAIL_DISTANCE (256 * 1024)

void
seedance_download_finish (SeedanceDownload *download, GError *error)
{
  seedance_part_cancel (&download->main);
  seedance_part_cancel (&download->tail);
  seedance_suffix_cancel (&download->suffix);
  if (g_error_matches (error, SEEDANCE_ERROR, SEEDANCE_ERROR_WRONG_TYPE) ||
      g_error_matches (error, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE))
    seedance_spool_discard (download->spool);
  /* The handler may free the download. */
  download->handler->done (error, download->user_data);
}

gboolean
seedance_download_was_consumed (SeedanceDownload *download)
{
  gboolean consumed;

  g_mutex_lock (download->lock);
  consumed = *download->consumed;
  g_mutex_unlock (download->lock);

  return consumed;
}

static void
forget_bytes_locked (SeedanceDownload *download)
{
  SeedanceDownloadState *state = download->state;

  download->kept = download->doubtful = FALSE;
  state->size = -1;
  state->received = 0;
  state->readable = FALSE;
  state->media_start = state->media_end = 0;
  state->index_start = state->index_end = 0;
  seedance_spool_clear_locked (download->spool);
}

gboolean
seedance_download_forget_bytes (SeedanceDownload *download)
{
  gboolean consumed;

  if (seedance_download_was_consumed (download))
    return FALSE;
  seedance_part_cancel (&download->tail);
  seedance_suffix_cancel (&download->suffix);
  download->tail_tried = download->suffix_tried = FALSE;
  /* To store what the tail has brought takes a while, in which a reader may
   * come: so it is looked for again under the lock that it takes. */
  g_mutex_lock (download->lock);
  consumed = *download->consumed;
  if (!consumed)
    forget_bytes_locked (download);
  g_mutex_unlock (download->lock);
  if (!consumed)
    seedance_mp4_init (&download->mp4);

  return !consumed;
}

gboolean
seedance_download_drop_kept (SeedanceDownload *download)
{
  if (!download->kept || !seedance_download_forget_bytes (download))
    return FALSE;
  SEEDANCE_INFO (NULL, "download: what was kept is not of this clip");
  download->best = 0;
  /* A server may have seemed to know no ranges only because the kept bytes were
   * longer than its clip. */
  download->no_ranges = FALSE;
  seedance_download_proceed (download);

  return TRUE;
}

static void
end_as_broken (SeedanceDownload *download)
{
  if (seedance_download_drop_kept (download))
    return;
  seedance_download_finish (download,
      g_error_new_literal (SEEDANCE_ERROR, SEEDANCE_ERROR_WRONG_TYPE,
          "The clip is not a whole MP4: it has no moov box, or ends inside of "
          "one. The task is paid for; show its id to the service."));
}

/* Returns the end of the part's bytes that readers can see. */
static guint64
shown_end (const Part *part)
{
  return part->block ? part->block->start + part->block->shown : part->pos;
}

static void
complete (SeedanceDownload *download)
{
  SeedanceMp4State walk;

  g_mutex_lock (download->lock);
  walk = seedance_download_walk_locked (
      &download->mp4, download->spool, download->state);
  g_mutex_unlock (download->lock);
  if (walk == SEEDANCE_MP4_COMPLETE)
    seedance_download_finish (download, NULL);
  else
    end_as_broken (download);
}

void
seedance_download_proceed (SeedanceDownload *download)
{
  guint64 gap;

  seedance_suffix_merge (download);
  gap = seedance_download_gap (download, 0);
  if (download->state->size >= 0 && gap >= (guint64) download->state->size) {
    complete (download);
    return;
  }
  if (download->tail.transfer && gap == shown_end (&download->tail))
    return;
  /* A server without ranges is asked for the whole clip. The stored bytes are
   * compared and not stored twice. */
  download->main.gap = gap;
  download->main.start =
      download->no_ranges ? 0 : seedance_part_seam (download, gap);
  download->main.hops = 0;
  g_free (download->main.url);
  download->main.url = g_strdup (download->url);
  download->beside = download->tail.transfer || download->suffix.transfer;
  download->beside_pos = G_MAXUINT64;
  seedance_part_start (&download->main);
  if (gap == 0)
    seedance_suffix_start (download);
}

void
seedance_tail_start (SeedanceDownload *download, guint64 from)
{
  Part *tail = &download->tail;

  tail->start = tail->gap = seedance_download_gap (download, from);
  if (tail->start >= (guint64) download->state->size)
    return;
  download->beside = TRUE;
  tail->hops = 0;
  g_free (tail->url);
  tail->url = g_strdup (download->main.url);
  seedance_part_start (tail);
}

void
seedance_tail_start_if_due (SeedanceDownload *download)
{
  const SeedanceMp4 *mp4 = &download->mp4;

  if (download->tail_tried || download->no_ranges || download->single ||
      download->drifting || mp4->moov_end || mp4->fragmented ||
      !mp4->mdat_end || download->state->size < 0 ||
      mp4->mdat_end >= (guint64) download->state->size ||
      mp4->mdat_end < download->main.pos + TAIL_DISTANCE ||
      seedance_suffix_wait (download))
    return;
  download->tail_tried = TRUE;
  seedance_tail_start (download, mp4->mdat_end);
}

static void
tell_progress (SeedanceDownload *download)
{
  guint tenth;

  if (download->state->size <= 0)
    return;
  tenth = (guint) (download->state->received * 10 /
                   (guint64) download->state->size);
  if (tenth != download->tenth)
    download->handler->changed (download->user_data);
  download->tenth = tenth;
}

void
seedance_download_on_bytes (Part *part)
{
  SeedanceDownload *download = part->download;

  if (part->verdict == PART_RUNNING && part == &download->main) {
    seedance_suffix_note_main (download);
    seedance_suffix_merge (download);
    seedance_tail_start_if_due (download);
    /* The main part has reached the tail. It works, while nobody knows whether
     * the tail will, so the tail is cancelled. */
    if (download->tail.transfer && part->pos >= download->tail.start)
      seedance_part_cancel (&download->tail);
  }
  tell_progress (download);
}

void
seedance_download_on_suffix (SeedanceDownload *download)
{
  if (download->main.transfer)
    seedance_tail_start_if_due (download);
}
