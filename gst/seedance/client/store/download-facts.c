/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of a clip that is being downloaded: its boxes, its size, its
 * gaps. Also builds the requests for its bytes. */

#include "download-private.h"

#include "url.h"

/* The seam: how many stored bytes each request asks for once more, to compare
 * the answer with them. It is larger if labels are known to say nothing. */
#define SEAM (16 * 1024)
#define SEAM_DRIFTING (64 * 1024)

static gsize
peek_locked (gpointer user_data, guint64 offset, guint8 *data, gsize size)
{
  SeedanceSpool *spool = user_data;
  guint64 there = seedance_spool_available_locked (spool, offset);
  gssize got;

  got =
      seedance_spool_load_locked (spool, offset, data, MIN (size, there), NULL);

  return got < 0 ? 0 : (gsize) got;
}

SeedanceMp4State
seedance_download_walk_locked (
    SeedanceMp4 *mp4, SeedanceSpool *spool, SeedanceDownloadState *state)
{
  SeedanceMp4State result;

  mp4->total = state->size > 0 ? (guint64) state->size : 0;
  result = seedance_mp4_walk (mp4, peek_locked, spool);
  if (mp4->offset > 0 && result != SEEDANCE_MP4_BROKEN)
    state->readable = TRUE;
  state->media_start = mp4->mdat_offset;
  state->media_end = mp4->mdat_end;
  state->index_start = mp4->moov_offset;
  state->index_end = mp4->moov_end;

  return result;
}

/* Runs under the lock, so that readers see no byte of a box before they see
 * where the box stands. */
void
seedance_download_on_stored_locked (gpointer user_data)
{
  SeedanceDownload *download = user_data;

  download->walk = seedance_download_walk_locked (
      &download->mp4, download->spool, download->state);
}

void
seedance_download_set_size (SeedanceDownload *download, gint64 size)
{
  g_mutex_lock (download->lock);
  download->state->size = size;
  g_mutex_unlock (download->lock);
}

guint64
seedance_download_gap (SeedanceDownload *download, guint64 from)
{
  guint64 gap;

  g_mutex_lock (download->lock);
  gap = seedance_spool_gap_locked (download->spool, from);
  g_mutex_unlock (download->lock);

  return gap;
}

gboolean
seedance_download_holds_more (SeedanceDownload *download, guint64 size)
{
  gboolean more;

  g_mutex_lock (download->lock);
  more = seedance_spool_next_locked (download->spool, size) != G_MAXUINT64;
  g_mutex_unlock (download->lock);

  return more;
}

gboolean
seedance_download_is_refusal (guint status)
{
  return status == 401 || status == 403 || status == 404 || status == 410;
}

gboolean
seedance_download_is_too_much (guint status)
{
  return status == 429 || status == 503;
}

void
seedance_download_note_beside (
    SeedanceDownload *download, const SeedanceHttpAnswer *answer)
{
  download->beside_pos = download->main.pos;
  download->single |= seedance_download_is_refusal (answer->status) ||
                      seedance_download_is_too_much (answer->status);
}

SeedanceHttpRequest
seedance_download_request (SeedanceDownload *download, const gchar *url)
{
  const SeedanceOrder *order = download->order;
  SeedanceHttpRequest request = { .url = url, .alone = download->alone };

  /* The key is hidden in the log even if this request does not carry it: the
   * server may be the service's own and send the key back. */
  request.secret = order->key;
  request.nearest = seedance_order_nearest (order);
  if (seedance_url_same_origin (url, order->base_url))
    request.key = order->key;
  g_mutex_lock (download->lock);
  download->state->requests++;
  g_mutex_unlock (download->lock);

  return request;
}

guint64
seedance_part_seam (const SeedanceDownload *download, guint64 gap)
{
  guint64 seam = download->drifting ? SEAM_DRIFTING : SEAM;

  /* An answer that ends within the seam brings no new byte, so each retry
   * repeats less. */
  if (download->failures > 1)
    seam >>= 3 * MIN (download->failures - 1, 3);
  return gap > seam ? gap - seam : 0;
}
