/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The suffix: the last bytes of a clip, requested together with the first ones.
 * If the index is at the end, playback can start one round trip earlier than if
 * the download had to find the index first.
 *
 * What arrives is held in memory until it is complete and the main part's
 * answer shows that it is from the same clip. The main part does not wait for
 * it and cancels it on reaching its range; only the tail waits for a moment. So
 * a suffix that fails, stalls or is wrong costs no more than that moment. */

#include "download-private.h"

/* The index of the longest clip that can be ordered, 15 s, has about 8 KiB, and
 * 20 KiB if the muxer changes between the tracks at every frame. */
#define SUFFIX_SIZE (24 * 1024)
/* A suffix has to begin behind this: the head is needed to tell an MP4. */
#define HEAD_MIN 4096
/* How long the tail waits for the suffix. */
#define PATIENCE_MS 2000

static void
drop (Suffix *suffix)
{
  seedance_net_remove_timer (suffix->patience);
  suffix->patience = 0;
  g_clear_pointer (&suffix->block, seedance_block_unref);
  g_clear_pointer (&suffix->etag, g_free);
  g_clear_pointer (&suffix->last_modified, g_free);
}

void
seedance_suffix_cancel (Suffix *suffix)
{
  if (suffix->transfer)
    seedance_http_cancel (suffix->transfer);
  suffix->transfer = NULL;
  drop (suffix);
}

/* Returns TRUE if the suffix and the main part's answer name the same size and
 * the same label. The suffix request had no If-Range, so without a label its
 * bytes prove nothing. */
static gboolean
belongs (const SeedanceDownload *download)
{
  const Suffix *suffix = &download->suffix;
  const SeedanceSpoolFacts *facts = seedance_spool_get_facts (download->spool);

  if (suffix->block->start + suffix->block->capacity !=
          (guint64) download->state->size ||
      g_strcmp0 (suffix->etag, facts->etag) != 0)
    return FALSE;

  return suffix->etag ||
         (suffix->last_modified &&
             g_strcmp0 (suffix->last_modified, facts->last_modified) == 0);
}

void
seedance_suffix_note_main (SeedanceDownload *download)
{
  Suffix *suffix = &download->suffix;

  if (suffix->block && download->main.pos > suffix->block->start)
    seedance_suffix_cancel (suffix);
}

/* Stores the suffix unless the main part has stored its first byte already. */
static void
store (SeedanceDownload *download)
{
  SeedanceBlock *block = download->suffix.block;

  /* A write error is reported by the main part, which meets it as well. */
  if (seedance_download_gap (download, block->start) > block->start ||
      !seedance_spool_store (download->spool, block, NULL))
    return;
  g_mutex_lock (download->lock);
  download->state->received += block->size;
  g_mutex_unlock (download->lock);
}

void
seedance_suffix_merge (SeedanceDownload *download)
{
  Suffix *suffix = &download->suffix;

  if (suffix->transfer || !suffix->block || !download->state->readable)
    return;
  if (belongs (download))
    store (download);
  drop (suffix);
}

/* Rejects an answer that is the whole clip or an encoded one, a range of
 * unexpected size, and one that the main part has reached. */
static gboolean
on_headers (const SeedanceHttpAnswer *answer, gpointer user_data)
{
  SeedanceDownload *download = user_data;
  Suffix *suffix = &download->suffix;

  if (answer->status != 206 || answer->content_encoding ||
      answer->range_start < HEAD_MIN ||
      answer->range_total <= answer->range_start ||
      answer->range_total - answer->range_start > SUFFIX_SIZE ||
      (guint64) answer->range_start < download->main.pos)
    return FALSE;
  suffix->block = seedance_block_new ((guint64) answer->range_start,
      (gsize) (answer->range_total - answer->range_start));
  suffix->etag = g_strdup (answer->etag);
  suffix->last_modified = g_strdup (answer->last_modified);

  return TRUE;
}

static gboolean
on_data (const guint8 *data, gsize size, gpointer user_data)
{
  SeedanceDownload *download = user_data;

  return seedance_block_append (download->suffix.block, data, size) == size;
}

static void
on_done (const SeedanceHttpAnswer *answer, gpointer user_data)
{
  SeedanceDownload *download = user_data;
  Suffix *suffix = &download->suffix;

  suffix->transfer = NULL;
  seedance_download_note_beside (download, answer);
  if (answer->outcome != SEEDANCE_HTTP_ANSWERED || !suffix->block ||
      suffix->block->size != suffix->block->capacity)
    drop (suffix);
  seedance_suffix_merge (download);
  suffix->settled (download);
}

void
seedance_suffix_start (SeedanceDownload *download)
{
  static const SeedanceHttpHandler handler = { on_headers, on_data, on_done };
  SeedanceHttpRequest request;

  /* If many transfers run at once, each saves this request. */
  if (download->suffix_tried || download->no_ranges || download->single ||
      seedance_http_is_crowded ())
    return;
  download->suffix_tried = download->beside = TRUE;
  request = seedance_download_request (download, download->url);
  request.suffix = SUFFIX_SIZE;
  download->suffix.transfer = seedance_http_start (
      &download->order->http, &request, &handler, download);
}

static void
on_patience (gpointer user_data)
{
  SeedanceDownload *download = user_data;

  download->suffix.patience = 0;
  seedance_suffix_cancel (&download->suffix);
  download->suffix.settled (download);
}

gboolean
seedance_suffix_wait (SeedanceDownload *download)
{
  Suffix *suffix = &download->suffix;

  if (!suffix->transfer)
    return FALSE;
  if (suffix->patience == 0)
    suffix->patience =
        seedance_net_add_timer (PATIENCE_MS, on_patience, download);

  return TRUE;
}
