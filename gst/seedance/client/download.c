/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two parts can be in flight: the main one, from the first missing byte on,
 * and the tail one, from the end of the media data to the end of the file.
 * Whatever ends a part, proceed() looks at what is missing and goes on.
 *
 * All state here belongs to the network thread; what readers see is changed
 * under the spool's lock. */

#include "download.h"

#include <string.h>

#include "mp4.h"
#include "url.h"

#define MAX_HOPS 5
#define TAIL_DISTANCE (256 * 1024)
#define BACKOFF_FIRST_MS 250
#define BACKOFF_MAX_MS 30000

typedef enum {
  PART_RUNNING,
  PART_REACHED,   /* what follows is there already, or on its way */
  PART_CHANGED,   /* it is another object now */
  PART_NO_RANGES, /* the answer is not the range that was asked for */
  PART_NOT_MP4,
  PART_FATAL, /* see error */
} PartVerdict;

typedef struct {
  SeedanceDownload *download;
  SeedanceTransfer *transfer; /* NULL = not in flight */
  gchar *url;
  guint hops;
  guint64 start, pos;
  guint64 compare_end; /* up to here bytes are held against ours */
  PartVerdict verdict;
} Part;

struct _SeedanceDownload {
  const SeedanceOrder *order;
  SeedanceSpool *spool;
  GMutex *lock;
  SeedanceDownloadState *state;
  const gboolean *consumed;
  const SeedanceDownloadHandler *handler;
  gpointer user_data;

  gchar *url;
  gchar *etag, *last_modified;
  gchar *content_type;
  gboolean no_ranges;
  gboolean refreshed, restarted, tail_tried;
  guint failures;          /* in a row, without a new byte */
  guint64 received_before; /* state->received at the last failure */
  guint tenth;             /* of the clip, last told */
  guint timer;
  SeedanceMp4 mp4;
  SeedanceMp4State walk; /* what the last one came to */
  Part main, tail;
  GError *error; /* of PART_FATAL */
};

static void proceed (SeedanceDownload *download);
static void part_start (Part *part);

/* --- what is known about the clip --------------------------------------- */

static gsize
peek_locked (gpointer user_data, guint64 offset, guint8 *data, gsize size)
{
  SeedanceSpool *spool = user_data;
  guint64 there = seedance_spool_available_locked (spool, offset);
  gssize got;

  got = seedance_spool_load (spool, offset, data, MIN (size, there), NULL);

  return got < 0 ? 0 : (gsize) got;
}

static SeedanceMp4State
walk_locked (
    SeedanceMp4 *mp4, SeedanceSpool *spool, SeedanceDownloadState *state)
{
  SeedanceMp4State result;

  mp4->total = state->size > 0 ? (guint64) state->size : 0;
  result = seedance_mp4_walk (mp4, peek_locked, spool);
  if (mp4->offset > 0 && result != SEEDANCE_MP4_BROKEN)
    state->readable = TRUE;
  state->media_end = mp4->mdat_end;
  state->index_end = mp4->moov_end;

  return result;
}

gboolean
seedance_download_check_stored (
    SeedanceSpool *spool, GMutex *lock, SeedanceDownloadState *state)
{
  SeedanceMp4 mp4;
  SeedanceMp4State result;

  seedance_mp4_init (&mp4);
  g_mutex_lock (lock);
  state->size = (gint64) seedance_spool_available_locked (spool, 0);
  result = walk_locked (&mp4, spool, state);
  g_mutex_unlock (lock);

  return result == SEEDANCE_MP4_COMPLETE;
}

static void
set_size (SeedanceDownload *download, gint64 size)
{
  g_mutex_lock (download->lock);
  download->state->size = size;
  g_mutex_unlock (download->lock);
}

static gboolean
same_or_unknown (const gchar *a, const gchar *b)
{
  return !a || !b || g_str_equal (a, b);
}

static gboolean
too_large (SeedanceDownload *download, guint64 size)
{
  guint64 max = download->order->max_size;

  if (max == 0 || size <= max)
    return FALSE;
  if (!download->error)
    g_set_error (&download->error, SEEDANCE_ERROR, SEEDANCE_ERROR_READ,
        "The clip is larger than max-size (%" G_GUINT64_FORMAT " bytes). It "
        "is paid for and kept at the service; raise max-size and run the same "
        "again to fetch it without a second bill.",
        max);

  return TRUE;
}

/* Takes over what the first answer tells, and holds later ones against it. */
static PartVerdict
check_identity (
    SeedanceDownload *download, const SeedanceHttpAnswer *answer, gint64 total)
{
  gint64 known = download->state->size;

  if (total >= 0 && too_large (download, (guint64) total))
    return PART_FATAL;
  if ((total >= 0 && known >= 0 && total != known) ||
      !same_or_unknown (answer->etag, download->etag) ||
      (!answer->etag &&
          !same_or_unknown (answer->last_modified, download->last_modified)))
    return PART_CHANGED;

  if (answer->no_ranges)
    download->no_ranges = TRUE;
  if (!download->etag)
    download->etag = g_strdup (answer->etag);
  if (!download->last_modified)
    download->last_modified = g_strdup (answer->last_modified);
  if (known < 0 && total >= 0) {
    set_size (download, total);
    download->handler->changed (download->user_data);
  }

  return PART_RUNNING;
}

/* --- a part in flight --------------------------------------------------- */

static PartVerdict
judge_headers (Part *part, const SeedanceHttpAnswer *answer)
{
  SeedanceDownload *download = part->download;

  g_free (download->content_type);
  download->content_type = g_strdup (answer->content_type);
  if (answer->status == 206) {
    if (answer->range_start < 0 ||
        (guint64) answer->range_start != part->start) {
      download->no_ranges = TRUE;
      return PART_NO_RANGES;
    }
    return check_identity (download, answer, answer->range_total);
  }
  if (part->start > 0) {
    download->no_ranges = TRUE;
    if (part == &download->tail)
      return PART_NO_RANGES;
  }
  /* The whole again: the head is held against what is here already. */
  part->pos = 0;
  g_mutex_lock (download->lock);
  part->compare_end = seedance_spool_gap_locked (download->spool, 0);
  g_mutex_unlock (download->lock);

  return check_identity (download, answer, answer->content_length);
}

static gboolean
on_headers (const SeedanceHttpAnswer *answer, gpointer user_data)
{
  Part *part = user_data;

  if (answer->status / 100 == 2)
    part->verdict = judge_headers (part, answer);

  return part->verdict == PART_RUNNING;
}

/* The bytes are in the spool: a whole answer to a resumed request repeats
 * them, and they must be the same. */
static PartVerdict
take_known (Part *part, const guint8 *data, gsize size)
{
  guint8 known[4096];
  gsize done = 0;

  if (part->pos >= part->compare_end)
    return PART_REACHED;
  while (done < size) {
    gsize piece = MIN (size - done, sizeof known);
    gssize got = seedance_spool_load (
        part->download->spool, part->pos + done, known, piece, NULL);

    if (got != (gssize) piece || memcmp (known, data + done, piece) != 0)
      return PART_CHANGED;
    done += piece;
  }

  return PART_RUNNING;
}

/* Under the lock, so that no reader sees a byte of a box whose place is not
 * known yet. */
static void
on_stored_locked (gpointer user_data)
{
  SeedanceDownload *download = user_data;

  download->walk =
      walk_locked (&download->mp4, download->spool, download->state);
}

static PartVerdict
take_new (Part *part, const guint8 *data, gsize size)
{
  SeedanceDownload *download = part->download;
  gboolean was_readable = download->state->readable;

  if (too_large (download, part->pos + size) ||
      !seedance_spool_store (
          download->spool, part->pos, data, size, &download->error))
    return PART_FATAL;

  g_mutex_lock (download->lock);
  download->state->received += size;
  g_mutex_unlock (download->lock);
  if (download->walk == SEEDANCE_MP4_BROKEN)
    return PART_NOT_MP4;
  if (download->state->readable != was_readable)
    download->handler->changed (download->user_data);

  return PART_RUNNING;
}

/* How many of @size bytes at the part's position are of one kind: *@known
 * tells whether they are in the spool. 0 = the part has nothing left to do. */
static gsize
next_piece (Part *part, gsize size, gboolean *known)
{
  SeedanceDownload *download = part->download;
  guint64 there, next;
  guint64 limit = G_MAXUINT64;

  if (part == &download->main && download->tail.transfer)
    limit = download->tail.start;
  if (download->state->size >= 0)
    limit = MIN (limit, (guint64) download->state->size);
  if (part->pos >= limit)
    return 0;

  g_mutex_lock (download->lock);
  there = seedance_spool_available_locked (download->spool, part->pos);
  next = seedance_spool_next_locked (download->spool, part->pos);
  g_mutex_unlock (download->lock);
  *known = there > 0;

  return MIN (size, MIN (limit, *known ? part->pos + there : next) - part->pos);
}

static void
maybe_start_tail (SeedanceDownload *download)
{
  const SeedanceMp4 *mp4 = &download->mp4;
  Part *tail = &download->tail;

  if (download->tail_tried || download->no_ranges || mp4->moov_end ||
      mp4->fragmented || !mp4->mdat_end || download->state->size < 0 ||
      mp4->mdat_end >= (guint64) download->state->size ||
      mp4->mdat_end < download->main.pos + TAIL_DISTANCE)
    return;
  download->tail_tried = TRUE;
  tail->start = mp4->mdat_end;
  tail->hops = 0;
  g_free (tail->url);
  tail->url = g_strdup (download->main.url);
  part_start (tail);
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

static gboolean
on_data (const guint8 *data, gsize size, gpointer user_data)
{
  Part *part = user_data;
  gboolean known;

  while (size > 0 && part->verdict == PART_RUNNING) {
    gsize piece = next_piece (part, size, &known);

    if (piece == 0)
      part->verdict = PART_REACHED;
    else
      part->verdict =
          known ? take_known (part, data, piece) : take_new (part, data, piece);
    if (part->verdict != PART_RUNNING)
      break;
    part->pos += piece;
    data += piece;
    size -= piece;
  }
  if (part->verdict == PART_RUNNING && part == &part->download->main)
    maybe_start_tail (part->download);
  /* No need to wait for bytes that nobody wants. */
  if (part->verdict == PART_RUNNING && part == &part->download->main &&
      part->download->tail.transfer && part->pos >= part->download->tail.start)
    part->verdict = PART_REACHED;
  tell_progress (part->download);

  return part->verdict == PART_RUNNING;
}

static void on_main_done (const SeedanceHttpAnswer *answer, gpointer user_data);
static void on_tail_done (const SeedanceHttpAnswer *answer, gpointer user_data);

static void
part_start (Part *part)
{
  static const SeedanceHttpHandler main_handler = { on_headers, on_data,
    on_main_done };
  static const SeedanceHttpHandler tail_handler = { on_headers, on_data,
    on_tail_done };
  SeedanceDownload *download = part->download;
  const SeedanceOrder *order = download->order;
  gboolean weak = download->etag && g_str_has_prefix (download->etag, "W/");
  SeedanceHttpRequest request = { .url = part->url };

  part->pos = part->start;
  part->compare_end = 0;
  part->verdict = PART_RUNNING;
  request.ranged = part->start > 0;
  request.range_start = part->start;
  /* A weak ETag may not stand in If-Range. */
  request.if_range =
      download->etag && !weak ? download->etag : download->last_modified;
  if (seedance_url_same_origin (part->url, order->base_url))
    request.key = order->key;

  g_mutex_lock (download->lock);
  download->state->requests++;
  g_mutex_unlock (download->lock);
  part->transfer = seedance_http_start (&order->http, &request,
      part == &download->main ? &main_handler : &tail_handler, part);
}

static void
part_cancel (Part *part)
{
  if (part->transfer)
    seedance_http_cancel (part->transfer);
  part->transfer = NULL;
}

/* --- when a part ends --------------------------------------------------- */

static void
finish (SeedanceDownload *download, GError *error)
{
  part_cancel (&download->main);
  part_cancel (&download->tail);
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

  part_cancel (&download->tail);
  g_mutex_lock (download->lock);
  consumed = *download->consumed;
  if (!consumed && !download->restarted) {
    seedance_spool_clear_locked (download->spool);
    download->state->size = -1;
    download->state->readable = FALSE;
    download->state->media_end = download->state->index_end = 0;
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
  download->tail_tried = FALSE;
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
  g_mutex_lock (download->lock);
  seedance_spool_clear_locked (download->spool);
  download->state->size = -1;
  g_mutex_unlock (download->lock);
  g_clear_pointer (&download->etag, g_free);
  g_clear_pointer (&download->last_modified, g_free);
  seedance_mp4_init (&download->mp4);
  download->received_before = download->state->received;
  reason = g_strdup_printf ("what came is not an MP4 (Content-Type: %s)",
      download->content_type ? download->content_type : "none");
  retry (download, SEEDANCE_ERROR_WRONG_TYPE, 0, reason);
}

/* No length was announced: the boxes tell whether this is all. */
static void
ended_without_length (SeedanceDownload *download)
{
  SeedanceMp4State walk;

  set_size (download, (gint64) download->main.pos);
  seedance_mp4_init (&download->mp4);
  g_mutex_lock (download->lock);
  walk = walk_locked (&download->mp4, download->spool, download->state);
  g_mutex_unlock (download->lock);
  if (walk == SEEDANCE_MP4_COMPLETE) {
    download->handler->changed (download->user_data);
    proceed (download);
    return;
  }
  set_size (download, -1);
  seedance_mp4_init (&download->mp4);
  retry (download, SEEDANCE_ERROR_READ, 0, "it ended in the middle");
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
  part_start (part);

  return TRUE;
}

static void
link_refused (SeedanceDownload *download, guint status)
{
  SeedanceErrorDetails details = { .http_status = status };

  if (!download->refreshed) {
    download->refreshed = TRUE;
    part_cancel (&download->tail);
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
  } else if (status == 416) {
    start_over (download);
  } else {
    retry (download, SEEDANCE_ERROR_READ, answer->retry_after, reason);
  }
}

static void
judge_main (SeedanceDownload *download, const SeedanceHttpAnswer *answer)
{
  switch (download->main.verdict) {
    case PART_FATAL:
      finish (download, g_steal_pointer (&download->error));
      return;
    case PART_CHANGED:
      start_over (download);
      return;
    case PART_NO_RANGES:
      retry (download, SEEDANCE_ERROR_READ, 0, "ranges are answered wrong");
      return;
    case PART_NOT_MP4:
      not_an_mp4 (download);
      return;
    case PART_REACHED:
      proceed (download);
      return;
    case PART_RUNNING:
      break;
  }
  if (answer->outcome != SEEDANCE_HTTP_ANSWERED)
    retry (download, SEEDANCE_ERROR_READ, 0, answer->reason);
  else if (answer->status / 100 != 2)
    judge_status (download, answer);
  else if (download->state->size < 0)
    ended_without_length (download);
  else
    proceed (download);
}

static void
on_main_done (const SeedanceHttpAnswer *answer, gpointer user_data)
{
  Part *part = user_data;

  part->transfer = NULL;
  judge_main (part->download, answer);
}

/* A tail that fails costs nothing: the main part goes on to the end. */
static void
on_tail_done (const SeedanceHttpAnswer *answer, gpointer user_data)
{
  Part *part = user_data;
  SeedanceDownload *download = part->download;

  part->transfer = NULL;
  g_clear_error (&download->error);
  if (!download->main.transfer && !download->timer)
    proceed (download);
}

static void
complete (SeedanceDownload *download)
{
  SeedanceMp4State walk;

  g_mutex_lock (download->lock);
  walk = walk_locked (&download->mp4, download->spool, download->state);
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

  g_mutex_lock (download->lock);
  gap = seedance_spool_gap_locked (download->spool, 0);
  g_mutex_unlock (download->lock);

  if (download->state->size >= 0 && gap >= (guint64) download->state->size) {
    complete (download);
    return;
  }
  if (download->tail.transfer && gap == download->tail.pos)
    return;
  /* A server that ignores ranges is asked for the whole; what is here is
   * compared and not stored twice. */
  download->main.start = download->no_ranges ? 0 : gap;
  download->main.hops = 0;
  g_free (download->main.url);
  download->main.url = g_strdup (download->url);
  part_start (&download->main);
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
  seedance_spool_set_hook (spool, on_stored_locked, download);
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

void
seedance_download_free (SeedanceDownload *download)
{
  if (!download)
    return;
  seedance_spool_set_hook (download->spool, NULL, NULL);
  seedance_net_remove_timer (download->timer);
  part_cancel (&download->main);
  part_cancel (&download->tail);
  g_free (download->main.url);
  g_free (download->tail.url);
  g_free (download->url);
  g_free (download->etag);
  g_free (download->last_modified);
  g_free (download->content_type);
  g_clear_error (&download->error);
  g_free (download);
}
