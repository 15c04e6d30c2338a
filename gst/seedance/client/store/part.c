/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One part of a download while it is in flight. Checks the headers of its
 * answer, compares the bytes that are stored already, and shows and stores the
 * new ones. The outcome is the part's verdict. */

#include "download-private.h"

#include <string.h>

static gboolean
same_or_unknown (const gchar *a, const gchar *b)
{
  return !a || !b || g_str_equal (a, b);
}

static gboolean
too_large (Part *part, guint64 size)
{
  guint64 max = part->download->order->max_size;

  if (max == 0 || size <= max)
    return FALSE;
  if (!part->error)
    part->error = seedance_error_because (
        g_error_new (SEEDANCE_ERROR, SEEDANCE_ERROR_READ,
            "The clip is larger than max-size (%" G_GUINT64_FORMAT " bytes). "
            "It is paid for and kept at the service; raise max-size and run "
            "the same again to fetch it without a second bill.",
            max),
        SEEDANCE_REASON_TOO_LARGE);

  return TRUE;
}

static gboolean
has_other_label (
    const SeedanceDownload *download, const SeedanceHttpAnswer *answer)
{
  const SeedanceSpoolFacts *facts = seedance_spool_get_facts (download->spool);

  return !same_or_unknown (answer->etag, facts->etag) ||
         (!answer->etag &&
             !same_or_unknown (answer->last_modified, facts->last_modified));
}

/* Drops the kept bytes behind the first gap. They can be compared only when the
 * download reaches them, and by then readers may have seen both sides. Does
 * nothing once this run has stored bytes. */
static void
drop_islands (SeedanceDownload *download)
{
  guint64 gap;

  g_mutex_lock (download->lock);
  gap = seedance_spool_gap_locked (download->spool, 0);
  if (download->state->received == download->best) {
    seedance_spool_cut_locked (download->spool, gap);
    download->state->received = download->best = gap;
  }
  g_mutex_unlock (download->lock);
}

/* Kept bytes need an answer whose label is the one that was stored with them.
 * Without that, what the service sends is compared with the kept bytes from
 * where the request begins (seedance_part_seam()), and those behind the first
 * gap are dropped. */
static void
note_doubt (SeedanceDownload *download, const SeedanceHttpAnswer *answer)
{
  const SeedanceSpoolFacts *facts = seedance_spool_get_facts (download->spool);
  gboolean named =
      (answer->etag && g_strcmp0 (answer->etag, facts->etag) == 0) ||
      (answer->last_modified &&
          g_strcmp0 (answer->last_modified, facts->last_modified) == 0);

  if (!download->kept || named || download->doubtful)
    return;
  download->doubtful = TRUE;
  drop_islands (download);
}

/* The labels of a relabelled answer replace the known ones; else they only fill
 * in those that are not known yet. */
static void
learn_facts (Part *part, const SeedanceHttpAnswer *answer)
{
  SeedanceDownload *download = part->download;
  const SeedanceSpoolFacts *facts = seedance_spool_get_facts (download->spool);
  const gint64 size = download->state->size;
  const gchar *etag = answer->etag, *last_modified = answer->last_modified;

  if (!part->relabelled && facts->etag)
    etag = facts->etag;
  if (!part->relabelled && facts->last_modified)
    last_modified = facts->last_modified;
  seedance_spool_note_facts (
      download->spool, size >= 0 ? size : facts->size, etag, last_modified);
}

/* Learns the clip's size and labels from the first answer and compares those of
 * later ones. Another size means another clip. Another label does not, as the
 * servers of one service may label the same clip differently. Then the main
 * part compares bytes; a tail has none to compare and is dropped. */
static PartVerdict
check_identity (Part *part, const SeedanceHttpAnswer *answer, gint64 total)
{
  SeedanceDownload *download = part->download;
  gint64 known = download->state->size;
  gint64 expected =
      known < 0 ? seedance_spool_get_facts (download->spool)->size : known;

  if (total >= 0 && too_large (part, (guint64) total))
    return PART_FATAL;
  if (total >= 0 && expected >= 0 && total != expected)
    return PART_CHANGED;
  if (total >= 0 && seedance_download_holds_more (download, (guint64) total))
    return PART_CHANGED;
  part->relabelled = has_other_label (download, answer);
  if (part->relabelled && part == &download->tail)
    return PART_NO_RANGES;
  if (answer->no_ranges)
    download->no_ranges = TRUE;
  note_doubt (download, answer);
  if (known < 0 && total >= 0) {
    seedance_download_set_size (download, total);
    download->handler->changed (download->user_data);
  }
  learn_facts (part, answer);

  return PART_RUNNING;
}

/* A range may begin earlier than requested, as that leaves no hole. */
static PartVerdict
judge_range (Part *part, const SeedanceHttpAnswer *answer)
{
  gint64 start = answer->range_start;
  gboolean is_tail = part == &part->download->tail;

  if (answer->content_encoding || start < 0 || (guint64) start > part->start ||
      (is_tail && (guint64) start != part->start))
    return PART_NO_RANGES;
  part->pos = (guint64) start;
  part->early = (guint64) start < part->start;

  return check_identity (part, answer, answer->range_total);
}

/* The answer is the whole clip; the main part compares its beginning with the
 * stored bytes. If a range was requested, then either the server knows no
 * ranges or its label for the clip has changed (If-Range). */
static PartVerdict
judge_whole (Part *part, const SeedanceHttpAnswer *answer)
{
  SeedanceDownload *download = part->download;
  PartVerdict verdict;

  if (part == &download->tail)
    return PART_NO_RANGES;
  part->pos = 0;
  verdict = check_identity (
      part, answer, answer->content_encoding ? -1 : answer->content_length);
  if (answer->content_encoding || (part->start > 0 && !part->relabelled))
    download->no_ranges = TRUE;

  return verdict;
}

/* For the error text if the answer is no clip. */
static void
note_kind (SeedanceDownload *download, const SeedanceHttpAnswer *answer)
{
  g_free (download->content_type);
  g_free (download->encoding);
  download->content_type = g_strdup (answer->content_type);
  download->encoding = g_strdup (answer->content_encoding);
}

static gboolean
on_headers (const SeedanceHttpAnswer *answer, gpointer user_data)
{
  Part *part = user_data;

  if (answer->status == 206)
    part->verdict = judge_range (part, answer);
  else if (answer->status / 100 == 2)
    part->verdict = judge_whole (part, answer);
  note_kind (part->download, answer);

  return part->verdict == PART_RUNNING;
}

/* Compares bytes that the spool has already. If the disk does not give them,
 * the part has an error, too. A block has no holes, so the one that was being
 * filled is stored first. */
static PartVerdict
take_known (Part *part, const guint8 *data, gsize size)
{
  guint8 known[4096];
  gsize done = 0;

  if (!seedance_part_store (part))
    return part->verdict;
  while (done < size) {
    gsize piece = MIN (size - done, sizeof known);
    gssize got = seedance_spool_load (part->download->spool, part->pos + done,
        known, piece, part->error ? NULL : &part->error);

    if (got != (gssize) piece || memcmp (known, data + done, piece) != 0)
      return PART_CHANGED;
    done += piece;
  }

  return PART_RUNNING;
}

/* Counts newly shown bytes. Returns FALSE, and sets the verdict, if they show
 * that the file is no MP4. */
static gboolean
note_shown (Part *part, gsize size, gboolean was_readable)
{
  SeedanceDownload *download = part->download;

  g_mutex_lock (download->lock);
  if (download->state->fetching_since == 0) {
    download->state->fetching_since = g_get_monotonic_time ();
    download->state->fetching_from = download->state->received;
  }
  download->state->received += size;
  download->state->arrived += size;
  download->state->arrived_at = g_get_monotonic_time ();
  part->stored += size;
  g_mutex_unlock (download->lock);
  if (download->walk == SEEDANCE_MP4_BROKEN) {
    part->verdict = PART_NOT_MP4;
    return FALSE;
  }
  if (download->state->readable != was_readable)
    download->handler->changed (download->user_data);

  return TRUE;
}

/* Lets readers have the bytes that the block has so far. */
static gboolean
show_block (Part *part)
{
  SeedanceDownload *download = part->download;
  gboolean was_readable = download->state->readable;
  gsize fresh = part->block->size - part->block->shown;

  seedance_spool_show (download->spool, part->block);

  return note_shown (part, fresh, was_readable);
}

gboolean
seedance_part_store (Part *part)
{
  SeedanceDownload *download = part->download;
  g_autoptr (SeedanceBlock) block = g_steal_pointer (&part->block);
  gboolean was_readable = download->state->readable;
  gsize fresh;

  seedance_net_remove_timer (part->show_timer);
  part->show_timer = 0;
  if (!block)
    return TRUE;
  fresh = block->size - block->shown;
  if (!seedance_spool_store (
          download->spool, block, part->error ? NULL : &part->error)) {
    part->verdict = PART_FATAL;
    return FALSE;
  }

  return note_shown (part, fresh, was_readable);
}

static void show_soon (Part *part);

/* Shows the block if nothing was added since the timer was set; else waits
 * on. */
static void
on_show_timer (gpointer user_data)
{
  Part *part = user_data;

  part->show_timer = 0;
  if (part->block->size > part->waited) {
    show_soon (part);
    return;
  }
  if (show_block (part))
    part->handler->bytes (part);
  if (part->verdict == PART_RUNNING)
    return;
  seedance_part_cancel (part);
  part->handler->ended (part, NULL);
}

static void
show_soon (Part *part)
{
  part->waited = part->block->size;
  part->show_timer = seedance_net_add_timer (0, on_show_timer, part);
}

/* Ends each block on a multiple of the block size. Blocks are smaller while
 * many transfers share the memory. */
static SeedanceBlock *
new_block (guint64 start)
{
  gsize size = SEEDANCE_BLOCK_MAX;

  if (seedance_http_is_crowded ())
    size /= 4;

  return seedance_block_new (start, size - (gsize) (start % size));
}

/* The stored bytes matched although the label differs, so this server's labels
 * say nothing. */
static void
note_drift (Part *part)
{
  part->download->drifting |= part->relabelled && part->gap > 0;
}

/* Small pieces of data are gathered in a block. It is shown when it is full or
 * when the network has no more for now. */
static PartVerdict
take_new (Part *part, const guint8 *data, gsize size)
{
  gsize done = 0;

  if (too_large (part, part->pos + size))
    return PART_FATAL;
  note_drift (part);
  while (done < size) {
    if (!part->block)
      part->block = new_block (part->pos + done);
    done += seedance_block_append (part->block, data + done, size - done);
    if (part->block->size == part->block->capacity &&
        !seedance_part_store (part))
      return part->verdict;
  }
  if (part->block && part->show_timer == 0)
    show_soon (part);

  return PART_RUNNING;
}

/* Returns how many of the @size bytes at part->pos are alike: all in the spool
 * already (*@known) or all new. Returns 0 if the part is done, because the
 * spool has everything that follows. The part goes on nevertheless, to compare
 * what follows, if its label differs or no label confirms the kept bytes. */
static gsize
next_piece (Part *part, gsize size, gboolean *known)
{
  SeedanceDownload *download = part->download;
  guint64 limit = G_MAXUINT64, there, next;

  if (download->state->size >= 0)
    limit = (guint64) download->state->size;
  if (part->pos >= limit)
    return 0;

  g_mutex_lock (download->lock);
  there = seedance_spool_available_locked (download->spool, part->pos);
  next = seedance_spool_next_locked (download->spool, part->pos);
  g_mutex_unlock (download->lock);
  *known = there > 0;
  if (*known && there >= limit - part->pos && !part->relabelled &&
      !download->doubtful)
    return 0;

  return MIN (size, MIN (limit, *known ? part->pos + there : next) - part->pos);
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
  part->handler->bytes (part);

  return part->verdict == PART_RUNNING;
}

static void
on_done (const SeedanceHttpAnswer *answer, gpointer user_data)
{
  Part *part = user_data;

  part->handler->ended (part, answer);
}

void
seedance_part_start (Part *part)
{
  static const SeedanceHttpHandler handler = { on_headers, on_data, on_done };
  SeedanceDownload *download = part->download;
  const SeedanceSpoolFacts *facts = seedance_spool_get_facts (download->spool);
  gboolean weak = facts->etag && g_str_has_prefix (facts->etag, "W/");
  SeedanceHttpRequest request = seedance_download_request (download, part->url);

  part->pos = part->start;
  part->stored = 0;
  part->relabelled = part->early = FALSE;
  g_clear_error (&part->error);
  part->verdict = PART_RUNNING;
  request.ranged = part->start > 0;
  request.range_start = part->start;
  /* HTTP allows no weak ETag in If-Range. If the labels drift, a condition
   * would only make the server send the whole clip. */
  if (!download->drifting)
    request.if_range =
        facts->etag && !weak ? facts->etag : facts->last_modified;
  part->transfer =
      seedance_http_start (&download->order->http, &request, &handler, part);
}

void
seedance_part_cancel (Part *part)
{
  PartVerdict verdict = part->verdict;

  if (part->transfer)
    seedance_http_cancel (part->transfer);
  part->transfer = NULL;
  seedance_net_remove_timer (part->show_timer);
  part->show_timer = 0;
  /* Bytes that readers have seen stay; the others are dropped. */
  if (part->block && part->block->shown > 0) {
    seedance_part_store (part);
    part->verdict = verdict;
  }
  g_clear_pointer (&part->block, seedance_block_unref);
}
