/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is made of a part that has ended: whether that was a failure, whose it
 * was, and how to go on. Nothing that works is given up before what is to take
 * its place has worked, and whatever is done again is bounded by bytes that are
 * new. */

#include "download-private.h"

#include "log.h"
#include "url.h"

#define MAX_HOPS 5
#define BACKOFF_FIRST_MS 250
#define BACKOFF_MAX_MS 30000
/* Seconds; links die sooner than some servers want to be left alone. */
#define WAIT_MAX 60
/* Links that are refused one after the other, without a new byte. */
#define REFUSALS_MAX 2
/* A server that gives the clip in smaller pieces is not asked without a
 * pause. */
#define PIECE_MIN (64 * 1024)

static void
on_timer (gpointer user_data)
{
  SeedanceDownload *download = user_data;

  download->timer = 0;
  seedance_download_proceed (download);
}

/* New bytes make up for what failed before. */
static void
note_progress (SeedanceDownload *download)
{
  guint64 count;

  g_mutex_lock (download->lock);
  count = seedance_spool_count_locked (download->spool);
  g_mutex_unlock (download->lock);
  if (count <= download->best)
    return;
  download->best = count;
  download->failures = download->refusals = 0;
}

static void
proceed_later (SeedanceDownload *download, guint64 ms)
{
  SEEDANCE_INFO (NULL, "download: goes on in %" G_GUINT64_FORMAT " ms", ms);
  download->timer = seedance_net_add_timer (ms, on_timer, download);
}

/* Takes over @error, which ends the download when it has failed too often. */
static void
retry_unless_spent (SeedanceDownload *download, gint64 wait_s, GError *error)
{
  gint retries = download->order->retries;
  guint64 wait;

  note_progress (download);
  SEEDANCE_INFO (download->order->key, "download: failure %u: %s",
      download->failures + 1, error->message);
  download->failures++;
  if (retries >= 0 && download->failures > (guint) retries) {
    seedance_download_finish (download, error);
    return;
  }
  g_error_free (error);
  g_mutex_lock (download->lock);
  download->state->retries++;
  g_mutex_unlock (download->lock);

  wait = (guint64) BACKOFF_FIRST_MS << MIN (download->failures - 1, 8);
  wait = MIN (wait, BACKOFF_MAX_MS);
  wait += (guint64) g_random_int_range (0, (gint32) (wait / 4) + 1);
  if (wait_s > 0)
    wait = MAX (wait, (guint64) MIN (wait_s, WAIT_MAX) * 1000);
  proceed_later (download, wait);
}

static void
retry (SeedanceDownload *download, SeedanceErrorCode code, gint64 wait_s,
    const gchar *reason)
{
  retry_unless_spent (download, wait_s,
      g_error_new (SEEDANCE_ERROR, code,
          "The clip could not be downloaded: %s. It is paid for and kept at "
          "the service; run the same again to fetch it without a second bill.",
          reason));
}

static gboolean
is_whole (SeedanceDownload *download)
{
  const gint64 size = download->state->size;

  return size > 0 && seedance_download_gap (download, 0) >= (guint64) size;
}

static GError *
changed_error (void)
{
  return seedance_error_because (
      g_error_new_literal (SEEDANCE_ERROR, SEEDANCE_ERROR_READ,
          "The clip changed at the service while it was downloaded, so the "
          "two halves do not belong together. It is paid for; run the same "
          "again to fetch it whole without a second bill."),
      SEEDANCE_REASON_DAMAGED);
}

/* What came does not belong to what is here. Where somebody has seen that, it
 * can only be hoped that the next answer is of the right clip again. */
static void
start_over (SeedanceDownload *download)
{
  GError *error;

  if (seedance_download_drop_kept (download))
    return;
  SEEDANCE_INFO (NULL, "download: what came belongs to another clip");
  if (!seedance_download_was_consumed (download)) {
    seedance_download_forget_bytes (download);
    if (!download->restarted) {
      download->restarted = TRUE;
      seedance_download_proceed (download);
      return;
    }
  }
  error = changed_error ();
  /* No bytes are missing that could tell, so neither does another answer; and
   * no later run is to go on with it. */
  if (is_whole (download)) {
    seedance_spool_discard (download->spool);
    seedance_download_finish (download, error);
  } else {
    retry_unless_spent (download, 0, error);
  }
}

static void
not_an_mp4 (SeedanceDownload *download)
{
  g_autofree gchar *reason = NULL;

  if (seedance_download_drop_kept (download))
    return;
  if (seedance_download_was_consumed (download) || download->mp4.offset > 0) {
    seedance_download_finish (download,
        g_error_new_literal (SEEDANCE_ERROR, SEEDANCE_ERROR_WRONG_TYPE,
            "The clip is damaged: its boxes do not fit its size. The task is "
            "paid for; run the same again to fetch it once more without a "
            "second bill, and show the task id to the service if that does "
            "not help."));
    return;
  }
  /* A page of a proxy or of an overloaded CDN goes away, so this is worth
   * another try. */
  seedance_download_forget_bytes (download);
  reason = g_strdup_printf ("what came is not an MP4 (Content-Type: %s%s%s)",
      download->content_type ? download->content_type : "none",
      download->encoding ? ", Content-Encoding: " : "",
      download->encoding ? download->encoding : "");
  retry (download, SEEDANCE_ERROR_WRONG_TYPE, 0, reason);
}

/* No length was announced: whether the boxes make a whole MP4 of what came up to
 * here. Nobody is to see a size that does not hold. */
static gboolean
ends_here (SeedanceDownload *download, SeedanceMp4 *mp4)
{
  SeedanceDownloadState state = { .size = (gint64) download->main.pos };
  SeedanceMp4State walk;

  seedance_mp4_init (mp4);
  g_mutex_lock (download->lock);
  walk = seedance_download_walk_locked (mp4, download->spool, &state);
  g_mutex_unlock (download->lock);

  return walk == SEEDANCE_MP4_COMPLETE;
}

/* A connection that is closed at the end may have been cut there as well, and
 * between two fragments nobody sees that. Whoever asks once more and comes to
 * the same end has the whole. */
static gboolean
may_be_cut (const SeedanceDownload *download, const SeedanceHttpAnswer *answer,
    const SeedanceMp4 *mp4)
{
  return !answer->chunked && !answer->content_encoding &&
         (mp4->open_ended || (mp4->fragmented && !mp4->has_end)) &&
         download->closed_at != download->main.pos;
}

static void
ended_without_length (
    SeedanceDownload *download, const SeedanceHttpAnswer *answer)
{
  SeedanceMp4 mp4;

  if (!ends_here (download, &mp4)) {
    retry (download, SEEDANCE_ERROR_READ, 0, "it ended in the middle");
  } else if (seedance_download_holds_more (download, download->main.pos)) {
    start_over (download);
  } else if (may_be_cut (download, answer, &mp4)) {
    download->closed_at = download->main.pos;
    proceed_later (download, 0);
  } else {
    download->mp4 = mp4;
    seedance_download_set_size (download, (gint64) download->main.pos);
    download->handler->changed (download->user_data);
    seedance_download_proceed (download);
  }
}

/* Some servers let one request in at a time, end the first when a second comes,
 * or give links that work once: then the request beside the main part's was one
 * too many, and that is no failure. It was the last of its kind. */
static gboolean
blame_beside (SeedanceDownload *download, const SeedanceHttpAnswer *answer)
{
  gboolean broken = answer->outcome == SEEDANCE_HTTP_BROKEN &&
                    (download->suffix.transfer || download->tail.transfer ||
                        download->main.pos == download->beside_pos);

  if (!download->beside || download->single ||
      !(broken || seedance_download_is_refusal (answer->status) ||
          seedance_download_is_too_much (answer->status)))
    return FALSE;
  download->single = TRUE;
  seedance_part_cancel (&download->tail);
  seedance_suffix_cancel (&download->suffix);
  if (seedance_download_is_refusal (answer->status))
    download->handler->refresh (0, download->user_data);
  else
    seedance_download_proceed (download);

  return TRUE;
}

static gboolean
follow_redirect (Part *part, const gchar *location)
{
  const SeedanceOrder *order = part->download->order;
  g_autofree gchar *url = seedance_url_resolve (part->url, location);

  if (!url || ++part->hops > MAX_HOPS ||
      !seedance_url_check (url, order->allow_insecure, NULL) ||
      seedance_url_reach (url) < seedance_order_nearest (order))
    return FALSE;
  g_free (part->url);
  part->url = g_steal_pointer (&url);
  seedance_part_start (part);

  return TRUE;
}

/* Where clips are copied to many servers, one may not have it yet. */
static guint
get_refusals_max (const SeedanceDownload *download, guint status)
{
  const gint retries = download->order->retries;

  if (status != 404)
    return REFUSALS_MAX;

  return retries < 0 ? G_MAXUINT : (guint) MAX (retries, REFUSALS_MAX);
}

/* The service is asked for a fresh one, as long as bytes come between. */
static void
link_refused (SeedanceDownload *download, guint status)
{
  const SeedanceErrorDetails details = { .http_status = status,
    .reason = SEEDANCE_REASON_LINK };

  note_progress (download);
  if (++download->refusals > get_refusals_max (download, status)) {
    seedance_download_finish (download,
        seedance_error_new (SEEDANCE_ERROR_NOT_FOUND, &details,
            "The link to the clip was refused (HTTP %u), and the service gave "
            "no better one in %u attempts: it has expired, or the clip is not "
            "served yet. The task was paid for; run the same again, or ask "
            "the service for the clip by its task id.",
            status, download->refusals - 1));
    return;
  }
  /* It may be the range that is not liked. */
  download->no_ranges |= download->refusals > 1 && status != 404;
  seedance_part_cancel (&download->tail);
  seedance_suffix_cancel (&download->suffix);
  download->handler->refresh (download->refusals, download->user_data);
}

/* Whether it may be the range that was refused: then the whole is asked for. */
static gboolean
refuses_range (const Part *part, guint status)
{
  return part->start > 0 && !part->download->no_ranges &&
         ((status / 100 == 4 && status != 408 && status != 425 &&
              status != 429) ||
             status == 501);
}

static void
judge_status (SeedanceDownload *download, const SeedanceHttpAnswer *answer)
{
  guint status = answer->status;
  g_autofree gchar *reason = g_strdup_printf ("HTTP %u", status);

  if (status / 100 == 3 && answer->location) {
    if (!follow_redirect (&download->main, answer->location))
      seedance_download_finish (download,
          seedance_error_because (
              g_error_new_literal (SEEDANCE_ERROR, SEEDANCE_ERROR_READ,
                  "The link to the clip redirects in a loop, or to where no "
                  "request may go. The task is paid for; show its id to the "
                  "service."),
              SEEDANCE_REASON_LINK));
  } else if (seedance_download_is_refusal (status)) {
    link_refused (download, status);
  } else if (refuses_range (&download->main, status)) {
    download->no_ranges = TRUE;
    seedance_download_proceed (download);
  } else {
    if (answer->retry_after > 0)
      download->handler->waits (answer->retry_after,
          MIN (answer->retry_after, WAIT_MAX), status, download->user_data);
    retry (download, SEEDANCE_ERROR_READ, answer->retry_after, reason);
  }
}

/* The whole is asked for instead. */
static void
ranges_answered_wrong (SeedanceDownload *download)
{
  gboolean asked = download->main.start > 0 && !download->no_ranges;

  download->no_ranges = TRUE;
  if (asked)
    seedance_download_proceed (download);
  else
    retry (download, SEEDANCE_ERROR_READ, 0, "ranges are answered wrong");
}

/* The answer came whole and is not the whole clip: a server may give large
 * clips in pieces, and those follow at once if they are worth it. One that
 * gives another piece than was asked for, over and over, is asked for all. */
static void
piece_ended (SeedanceDownload *download)
{
  if (download->main.stored == 0 && download->main.early)
    ranges_answered_wrong (download);
  else if (download->main.stored == 0)
    retry (download, SEEDANCE_ERROR_READ, 0, "the answer held no new byte");
  else
    proceed_later (
        download, download->main.stored < PIECE_MIN ? BACKOFF_FIRST_MS : 0);
}

/* FALSE: nothing was wrong with what came, so it is the answer that tells why
 * it ended. */
static gboolean
judge_verdict (SeedanceDownload *download)
{
  switch (download->main.verdict) {
    case PART_FATAL:
      seedance_download_finish (
          download, g_steal_pointer (&download->main.error));
      return TRUE;
    case PART_CHANGED:
      start_over (download);
      return TRUE;
    case PART_NO_RANGES:
      ranges_answered_wrong (download);
      return TRUE;
    case PART_NOT_MP4:
      not_an_mp4 (download);
      return TRUE;
    case PART_REACHED:
      if (is_whole (download))
        seedance_download_proceed (download);
      else
        piece_ended (download);
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
    seedance_download_proceed (download);
  else if (blame_beside (download, answer))
    return;
  else if (answer->outcome != SEEDANCE_HTTP_ANSWERED)
    retry (download, SEEDANCE_ERROR_READ, 0, answer->reason);
  else if (answer->status / 100 != 2)
    judge_status (download, answer);
  else if (download->state->size < 0)
    ended_without_length (download, answer);
  else if (download->state->size == 0)
    not_an_mp4 (download);
  else
    piece_ended (download);
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

/* A tail that fails costs nothing: the main part goes on to the end. */
static void
judge_tail (Part *tail, const SeedanceHttpAnswer *answer)
{
  SeedanceDownload *download = tail->download;

  g_clear_error (&tail->error);
  if (answer && tail->verdict == PART_RUNNING)
    note_broken (download, answer);
  if (answer)
    seedance_download_note_beside (download, answer);
  if (!download->main.transfer && !download->timer)
    seedance_download_proceed (download);
}

void
seedance_download_on_part_ended (Part *part, const SeedanceHttpAnswer *answer)
{
  SeedanceDownload *download = part->download;

  end_part (part);
  if (part == &download->tail)
    judge_tail (part, answer);
  else if (!judge_verdict (download))
    judge_answer (download, answer);
}
