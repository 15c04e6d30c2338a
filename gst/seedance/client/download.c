/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two parts can be in flight: the main one, from the first missing byte on,
 * and the tail one, from the end of the media data to the end of the file, for
 * what the suffix did not bring, which suffix.c asks for beside the first one.
 * Whatever ends a part, proceed() looks at what is missing and goes on. What a
 * part does while it is in flight stands in part.c.
 *
 * All state here belongs to the network thread; what readers see is changed
 * under the spool's lock. */

#include "download-private.h"

#include "url.h"

#define MAX_HOPS 5
#define BACKOFF_FIRST_MS 250
#define BACKOFF_MAX_MS 30000

static void proceed (SeedanceDownload *download);

/* --- when a part ends --------------------------------------------------- */

static void
finish (SeedanceDownload *download, GError *error)
{
  seedance_part_cancel (&download->main);
  seedance_part_cancel (&download->tail);
  seedance_suffix_cancel (&download->suffix);
  /* The handler may free the download. */
  download->handler->done (error, download->user_data);
}

static void
on_timer (gpointer user_data)
{
  SeedanceDownload *download = user_data;

  download->timer = 0;
  proceed (download);
}

static void
retry (SeedanceDownload *download, SeedanceErrorCode code, gint64 wait_s,
    const gchar *reason)
{
  gint retries = download->order->retries;
  guint64 wait;

  if (download->state->received > download->received_before)
    download->failures = 0;
  download->received_before = download->state->received;
  download->failures++;
  if (retries >= 0 && download->failures > (guint) retries) {
    finish (download,
        g_error_new (SEEDANCE_ERROR, code,
            "The clip could not be downloaded: %s. It is paid for and kept at "
            "the "
            "service; run the same again to fetch it without a second bill.",
            reason));
    return;
  }
  g_mutex_lock (download->lock);
  download->state->retries++;
  g_mutex_unlock (download->lock);

  wait = (guint64) BACKOFF_FIRST_MS << MIN (download->failures - 1, 8);
  wait = MIN (wait, BACKOFF_MAX_MS);
  wait += (guint64) g_random_int_range (0, (gint32) (wait / 4) + 1);
  if (wait_s > 0)
    wait = MAX (wait, (guint64) MIN (wait_s, 60) * 1000);
  download->timer = seedance_net_add_timer (wait, on_timer, download);
}

static void
start_over (SeedanceDownload *download)
{
  gboolean consumed;

  seedance_part_cancel (&download->tail);
  seedance_suffix_cancel (&download->suffix);
  g_mutex_lock (download->lock);
  consumed = *download->consumed;
  if (!consumed && !download->restarted) {
    download->state->size = -1;
    download->state->readable = FALSE;
    download->state->media_end = download->state->index_end = 0;
    seedance_spool_clear_locked (download->spool);
  }
  g_mutex_unlock (download->lock);

  if (consumed || download->restarted) {
    finish (download, g_error_new_literal (SEEDANCE_ERROR, SEEDANCE_ERROR_READ,
                          "The clip changed at the service while it was "
                          "downloaded, so the two "
                          "halves do not belong together. It is paid for; run "
                          "the same again to "
                          "fetch it whole without a second bill."));
    return;
  }
  download->restarted = TRUE;
  download->tail_tried = download->suffix_tried = FALSE;
  g_clear_pointer (&download->etag, g_free);
  g_clear_pointer (&download->last_modified, g_free);
  seedance_mp4_init (&download->mp4);
  proceed (download);
}

static gboolean
was_consumed (SeedanceDownload *download)
{
  gboolean consumed;

  g_mutex_lock (download->lock);
  consumed = *download->consumed;
  g_mutex_unlock (download->lock);

  return consumed;
}

static void
not_an_mp4 (SeedanceDownload *download)
{
  g_autofree gchar *reason = NULL;

  if (was_consumed (download) || download->mp4.offset > 0) {
    finish (download,
        g_error_new_literal (SEEDANCE_ERROR, SEEDANCE_ERROR_WRONG_TYPE,
            "The clip is damaged: its boxes do not fit its size. The task is "
            "paid for; run the same again to fetch it once more without a "
            "second bill, and show the task id to the service if that does "
            "not help."));
    return;
  }
  /* Nobody saw any of it. A page of a proxy or of an overloaded CDN goes
   * away, so this is worth another try. */
  seedance_suffix_cancel (&download->suffix);
  download->suffix_tried = FALSE;
  g_mutex_lock (download->lock);
  download->state->size = -1;
  seedance_spool_clear_locked (download->spool);
  g_mutex_unlock (download->lock);
  g_clear_pointer (&download->etag, g_free);
  g_clear_pointer (&download->last_modified, g_free);
  seedance_mp4_init (&download->mp4);
  download->received_before = download->state->received;
  reason = g_strdup_printf ("what came is not an MP4 (Content-Type: %s)",
      download->content_type ? download->content_type : "none");
  retry (download, SEEDANCE_ERROR_WRONG_TYPE, 0, reason);
}

/* No length was announced: the boxes tell whether this is all. Nobody is to see
 * a size that does not hold. */
static gboolean
take_as_whole (SeedanceDownload *download)
{
  SeedanceMp4State walk;

  seedance_mp4_init (&download->mp4);
  g_mutex_lock (download->lock);
  download->state->size = (gint64) download->main.pos;
  walk = seedance_download_walk_locked (
      &download->mp4, download->spool, download->state);
  if (walk != SEEDANCE_MP4_COMPLETE)
    download->state->size = -1;
  g_mutex_unlock (download->lock);
  if (walk != SEEDANCE_MP4_COMPLETE) {
    seedance_mp4_init (&download->mp4);
    return FALSE;
  }
  download->handler->changed (download->user_data);
  proceed (download);

  return TRUE;
}

static void
ended_without_length (SeedanceDownload *download)
{
  if (!take_as_whole (download))
    retry (download, SEEDANCE_ERROR_READ, 0, "it ended in the middle");
}

/* Some let one request in at a time: the one beside it was too much. */
static gboolean
try_alone (SeedanceDownload *download, guint status)
{
  if (!download->beside || (status != 429 && status != 503))
    return FALSE;
  seedance_suffix_cancel (&download->suffix);
  proceed (download);

  return TRUE;
}

static gboolean
follow_redirect (Part *part, const gchar *location)
{
  const SeedanceOrder *order = part->download->order;
  g_autofree gchar *url = seedance_url_resolve (part->url, location);

  if (!url || ++part->hops > MAX_HOPS ||
      !seedance_url_check (url, order->allow_insecure, NULL) ||
      (seedance_url_is_local (url) && !seedance_url_is_local (order->base_url)))
    return FALSE;
  g_free (part->url);
  part->url = g_steal_pointer (&url);
  seedance_part_start (part);

  return TRUE;
}

static void
link_refused (SeedanceDownload *download, guint status)
{
  SeedanceErrorDetails details = { .http_status = status };

  if (!download->refreshed) {
    download->refreshed = TRUE;
    seedance_part_cancel (&download->tail);
    seedance_suffix_cancel (&download->suffix);
    download->handler->refresh (download->user_data);
    return;
  }
  finish (download,
      seedance_error_new (SEEDANCE_ERROR_NOT_FOUND, &details,
          "The link to the clip was refused (HTTP %u), and the service gave no "
          "better one: it has probably expired. The task was paid for; ask the "
          "service for the clip by its task id.",
          status));
}

/* Whether we asked for what comes after the last byte: no length was announced,
 * and the connection broke just when all was there. */
static gboolean
holds_all (SeedanceDownload *download, const SeedanceHttpAnswer *answer)
{
  return download->state->size < 0 &&
         answer->range_total == (gint64) download->main.start;
}

static void
judge_status (SeedanceDownload *download, const SeedanceHttpAnswer *answer)
{
  guint status = answer->status;
  g_autofree gchar *reason = g_strdup_printf ("HTTP %u", status);

  if (status / 100 == 3 && answer->location) {
    if (!follow_redirect (&download->main, answer->location))
      finish (
          download, g_error_new_literal (SEEDANCE_ERROR, SEEDANCE_ERROR_READ,
                        "The link to the clip redirects in a loop, or "
                        "to where no request may go. The task is paid for; "
                        "show its id to "
                        "the service."));
  } else if (status == 401 || status == 403 || status == 404 || status == 410) {
    link_refused (download, status);
  } else if (status == 416 && download->main.start > 0) {
    if (!holds_all (download, answer) || !take_as_whole (download))
      start_over (download);
  } else if (!try_alone (download, status)) {
    retry (download, SEEDANCE_ERROR_READ, answer->retry_after, reason);
  }
}

static gboolean
is_whole (SeedanceDownload *download)
{
  guint64 gap;

  g_mutex_lock (download->lock);
  gap = seedance_spool_gap_locked (download->spool, 0);
  g_mutex_unlock (download->lock);

  return download->state->size > 0 && gap >= (guint64) download->state->size;
}

/* FALSE: nothing was wrong with what came, so it is the answer that tells why
 * it ended. */
static gboolean
judge_verdict (SeedanceDownload *download)
{
  switch (download->main.verdict) {
    case PART_FATAL:
      finish (download, g_steal_pointer (&download->main.error));
      return TRUE;
    case PART_CHANGED:
      start_over (download);
      return TRUE;
    case PART_NO_RANGES:
      retry (download, SEEDANCE_ERROR_READ, 0, "ranges are answered wrong");
      return TRUE;
    case PART_NOT_MP4:
      not_an_mp4 (download);
      return TRUE;
    case PART_REACHED:
      proceed (download);
      return TRUE;
    case PART_RUNNING:
      break;
  }

  return FALSE;
}

/* Its connection may be dead without a word, and others may share it. */
static void
note_broken (SeedanceDownload *download, const SeedanceHttpAnswer *answer)
{
  download->alone |= answer->outcome == SEEDANCE_HTTP_BROKEN;
}

static void
judge_answer (SeedanceDownload *download, const SeedanceHttpAnswer *answer)
{
  note_broken (download, answer);
  /* However it ended: the last byte came. */
  if (is_whole (download))
    proceed (download);
  else if (answer->outcome != SEEDANCE_HTTP_ANSWERED)
    retry (download, SEEDANCE_ERROR_READ, 0, answer->reason);
  else if (answer->status / 100 != 2)
    judge_status (download, answer);
  else if (download->state->size < 0)
    ended_without_length (download);
  else if (download->state->size == 0)
    not_an_mp4 (download);
  else if (download->main.stored == 0)
    retry (download, SEEDANCE_ERROR_READ, 0, "the answer held no new byte");
  else
    proceed (download);
}

/* What came last may be in memory still. */
static void
end_part (Part *part)
{
  part->transfer = NULL;
  if (part->verdict == PART_RUNNING || part->verdict == PART_REACHED)
    seedance_part_store (part);
  seedance_part_cancel (part);
}

void
seedance_download_on_main_done (
    const SeedanceHttpAnswer *answer, gpointer user_data)
{
  Part *part = user_data;

  end_part (part);
  if (!judge_verdict (part->download))
    judge_answer (part->download, answer);
}

/* A tail that fails costs nothing: the main part goes on to the end. */
static void
judge_tail (SeedanceDownload *download)
{
  g_clear_error (&download->tail.error);
  if (!download->main.transfer && !download->timer)
    proceed (download);
}

void
seedance_download_on_tail_done (
    const SeedanceHttpAnswer *answer, gpointer user_data)
{
  Part *part = user_data;

  end_part (part);
  if (part->verdict == PART_RUNNING)
    note_broken (part->download, answer);
  judge_tail (part->download);
}

void
seedance_download_on_part_stopped (Part *part)
{
  end_part (part);
  if (part == &part->download->main)
    judge_verdict (part->download);
  else
    judge_tail (part->download);
}

/* Up to where readers have a part's bytes. */
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
    finish (download, NULL);
  else
    finish (download,
        g_error_new_literal (SEEDANCE_ERROR, SEEDANCE_ERROR_WRONG_TYPE,
            "The clip is not a whole MP4: it has no moov box, or ends inside "
            "of "
            "one. The task is paid for; show its id to the service."));
}

static void
proceed (SeedanceDownload *download)
{
  guint64 gap;

  seedance_suffix_merge (download);
  g_mutex_lock (download->lock);
  gap = seedance_spool_gap_locked (download->spool, 0);
  g_mutex_unlock (download->lock);

  if (download->state->size >= 0 && gap >= (guint64) download->state->size) {
    complete (download);
    return;
  }
  if (download->tail.transfer && gap == shown_end (&download->tail))
    return;
  /* What would follow could not be merged. */
  if (gap >= seedance_suffix_get_start (download))
    seedance_suffix_cancel (&download->suffix);
  /* A server that ignores ranges is asked for the whole; what is here is
   * compared and not stored twice. */
  download->main.start = download->no_ranges ? 0 : gap;
  download->main.hops = 0;
  g_free (download->main.url);
  download->main.url = g_strdup (download->url);
  seedance_part_start (&download->main);
  download->beside = gap == 0 && seedance_suffix_start (download);
}

/* --- life --------------------------------------------------------------- */

SeedanceDownload *
seedance_download_start (const SeedanceOrder *order, SeedanceSpool *spool,
    GMutex *lock, SeedanceDownloadState *state, const gboolean *consumed,
    const gchar *url, const SeedanceDownloadHandler *handler,
    gpointer user_data)
{
  SeedanceDownload *download = g_new0 (SeedanceDownload, 1);

  download->order = order;
  download->spool = spool;
  download->lock = lock;
  download->state = state;
  download->consumed = consumed;
  download->handler = handler;
  download->user_data = user_data;
  download->url = g_strdup (url);
  download->main.download = download->tail.download = download;
  seedance_mp4_init (&download->mp4);
  seedance_spool_set_hook (spool, seedance_download_on_stored_locked, download);
  proceed (download);

  return download;
}

void
seedance_download_set_url (SeedanceDownload *download, const gchar *url)
{
  g_free (download->url);
  download->url = g_strdup (url);
  proceed (download);
}

/* From where it was. A tail that is whole needs no more. */
static void
restart_tail (SeedanceDownload *download)
{
  Part *tail = &download->tail;

  g_mutex_lock (download->lock);
  tail->start = seedance_spool_gap_locked (download->spool, tail->start);
  g_mutex_unlock (download->lock);
  if (tail->start >= (guint64) download->state->size)
    return;
  tail->hops = 0;
  seedance_part_start (tail);
}

void
seedance_download_set_order (
    SeedanceDownload *download, const SeedanceOrder *order)
{
  download->order = order;
}

void
seedance_download_renew (SeedanceDownload *download)
{
  gboolean had_tail = download->tail.transfer != NULL;
  gboolean had_suffix = download->suffix.transfer != NULL;

  if (!download->main.transfer && !had_tail && !had_suffix &&
      download->timer == 0)
    return;
  seedance_part_cancel (&download->main);
  seedance_part_cancel (&download->tail);
  if (had_suffix)
    seedance_suffix_cancel (&download->suffix);
  download->suffix_tried &= !had_suffix;
  seedance_net_remove_timer (download->timer);
  download->timer = 0;
  download->failures = 0;
  download->alone = TRUE;
  if (had_tail)
    restart_tail (download);
  if (had_suffix)
    seedance_tail_start_if_due (download);
  proceed (download);
}

void
seedance_download_free (SeedanceDownload *download)
{
  if (!download)
    return;
  seedance_spool_set_hook (download->spool, NULL, NULL);
  seedance_net_remove_timer (download->timer);
  /* Readers have from the spool what they were shown; no disk is waited for. */
  g_clear_pointer (&download->main.block, seedance_block_unref);
  g_clear_pointer (&download->tail.block, seedance_block_unref);
  seedance_part_cancel (&download->main);
  seedance_part_cancel (&download->tail);
  seedance_suffix_cancel (&download->suffix);
  g_free (download->main.url);
  g_free (download->tail.url);
  g_free (download->url);
  g_free (download->etag);
  g_free (download->last_modified);
  g_free (download->content_type);
  g_clear_error (&download->main.error);
  g_clear_error (&download->tail.error);
  g_free (download);
}
