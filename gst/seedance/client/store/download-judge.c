/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decides what follows when a part has ended: whether that was a failure, what
 * caused it, and how to go on. A request that works goes on until its
 * replacement works. The order's "retries" limit how many requests in a row may
 * bring no new byte. */

#include "download-private.h"

#include "log.h"
#include "url.h"

#define MAX_HOPS 5
#define BACKOFF_FIRST_MS 250
#define BACKOFF_MAX_MS 30000
/* Seconds. Links expire sooner than some servers want to be left alone. */
#define WAIT_MAX 60
/* Refused links in a row, without a new byte in between. */
#define REFUSALS_MAX 2
/* If an answer brings fewer bytes than this, the next request waits a
 * little. */
#define PIECE_MIN (64 * 1024)

static void
on_timer (gpointer user_data)
{
  SeedanceDownload *download = user_data;

  download->timer = 0;
  seedance_download_proceed (download);
}

/* New bytes reset the counters of failures and refusals. */
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

/* Takes @error. It ends the download after too many failures in a row. */
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

/* The bytes that came are not of the clip that is stored, or the stored bytes
 * could not be read to compare them. While no reader has got bytes, the
 * download starts from the beginning, once. Otherwise it retries in the hope
 * that the next answer is of the right clip again, or that the disk is well by
 * then. */
static void
start_over (SeedanceDownload *download)
{
  GError *error;

  if (seedance_download_drop_kept (download))
    return;
  SEEDANCE_INFO (NULL, "download: what came belongs to another clip");
  if (seedance_download_forget_bytes (download) && !download->restarted) {
    download->restarted = TRUE;
    download->best = 0;
    seedance_download_proceed (download);
    return;
  }
  if (download->main.error) {
    retry_unless_spent (download, 0, g_steal_pointer (&download->main.error));
    return;
  }
  error = changed_error ();
  /* All bytes are there, so no further answer can show which of them are right.
   * A later run must not use them either. */
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
  if (download->mp4.offset > 0 || !seedance_download_forget_bytes (download)) {
    seedance_download_finish (download,
        g_error_new_literal (SEEDANCE_ERROR, SEEDANCE_ERROR_WRONG_TYPE,
            "The clip is damaged: its boxes do not fit its size. The task is "
            "paid for; run the same again to fetch it once more without a "
            "second bill, and show the task id to the service if that does "
            "not help."));
    return;
  }
  /* The error page of a proxy or an overloaded CDN is temporary, so this is
   * worth a retry. */
  reason = g_strdup_printf ("what came is not an MP4 (Content-Type: %s%s%s)",
      download->content_type ? download->content_type : "none",
      download->encoding ? ", Content-Encoding: " : "",
      download->encoding ? download->encoding : "");
  retry (download, SEEDANCE_ERROR_WRONG_TYPE, 0, reason);
}

/* For an answer without a length: returns TRUE if the bytes up to its end form
 * a whole MP4. Uses a state of its own, because readers must not see a size
 * that proves wrong. */
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

/* An answer without a length ends with its connection, and the connection may
 * have been cut. Returns TRUE if the boxes do not show whether it was; the
 * second request that ends at the same byte is believed. */
static gboolean
may_be_cut (const SeedanceDownload *download, const SeedanceHttpAnswer *answer,
    const SeedanceMp4 *mp4)
{
  return !answer->chunked && !answer->content_encoding &&
         seedance_mp4_may_be_cut (mp4) &&
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

/* Some servers allow one request at a time, end the first when a second one
 * comes, or give links that work once. If a tail or a suffix was sent beside
 * the main part, the failure is blamed on it and does not count. No more of
 * them are sent. */
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

/* A clip that is copied to many servers may not have reached this one yet, so a
 * 404 may be repeated more often. */
static guint
get_refusals_max (const SeedanceDownload *download, guint status)
{
  const gint retries = download->order->retries;

  if (status != 404)
    return REFUSALS_MAX;

  return retries < 0 ? G_MAXUINT : (guint) MAX (retries, REFUSALS_MAX);
}

/* Asks the service for a new link, unless too many in a row were refused. */
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
  /* The server may dislike the range and not the link. */
  download->no_ranges |= download->refusals > 1 && status != 404;
  seedance_part_cancel (&download->tail);
  seedance_suffix_cancel (&download->suffix);
  download->handler->refresh (download->refusals, download->user_data);
}

/* Returns TRUE if the status may refuse the range: then the whole clip is
 * requested. */
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

/* Requests the whole clip instead of a range; a retry if this was no range. */
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

/* The answer is complete but the clip is not: some servers send large clips in
 * pieces. The next piece is requested at once if this one was large enough. A
 * server that keeps answering from an earlier byte is asked for the whole
 * clip. */
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

/* Returns FALSE if nothing was wrong with the bytes. Then the answer tells why
 * the part ended. */
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

/* The connection may be dead without a notice, and other requests may share
 * it. */
static void
note_broken (SeedanceDownload *download, const SeedanceHttpAnswer *answer)
{
  download->alone |= answer->outcome == SEEDANCE_HTTP_BROKEN;
}

static void
judge_answer (SeedanceDownload *download, const SeedanceHttpAnswer *answer)
{
  note_broken (download, answer);
  /* The last byte came, so the way in which the answer ended does not
   * matter. */
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

/* The last bytes may still be in the part's block. */
static void
end_part (Part *part)
{
  part->transfer = NULL;
  if (part->verdict == PART_RUNNING || part->verdict == PART_REACHED)
    seedance_part_store (part);
  seedance_part_cancel (part);
}

/* A failed tail costs nothing: the main part goes on to the end of the clip. */
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
