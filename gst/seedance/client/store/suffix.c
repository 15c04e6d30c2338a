/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last bytes of a clip, asked for together with the first ones. A clip that
 * has its index at the end can so be played a round trip earlier than by who
 * first looks where the index is.
 *
 * What comes stays apart, in memory, until it is whole and the clip's own
 * answer shows that it belongs to it. Until then the main part goes on as if
 * there were none, and no longer needs what it has passed; only the tail waits
 * a moment. So one that fails, stalls or lies costs no more than that. */

#include "download-private.h"

/* The index of 15 s, the longest clip that can be ordered: some 8 KiB, and 20
 * KiB by a muxer that changes between the tracks at every frame. */
#define SUFFIX_SIZE (24 * 1024)
/* What must stand in front of it: enough to tell an MP4. */
#define HEAD_MIN 4096
/* How much longer than the clip's own answer it may take. */
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

/* Both answers name the same state of the same object. A range that was asked
 * for under no condition proves nothing by itself. */
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

/* Unless a part of it is there already. */
static void
store (SeedanceDownload *download)
{
  SeedanceBlock *block = download->suffix.block;

  /* A disk that fails does so for the other parts, too, which tell of it. */
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

/* Not where a server sends the whole instead, and not what is on its way by
 * now. */
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

  /* Of many at once each does without. */
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
