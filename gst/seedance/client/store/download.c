/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts, resumes and frees a download, and connects its layers. part.c and
 * suffix.c know nothing of the files above them: when a part ends, they call
 * the handlers that are set here, and download-judge.c decides whether that is
 * a failure. Then download-plan.c asks for what is still missing.
 *
 * All state belongs to the network thread. What readers see is changed under
 * the spool's lock. */

#include "download-private.h"

/* Takes over the kept bytes. Readers get none of them before the service has
 * sent bytes that match. */
static void
go_on (SeedanceDownload *download)
{
  const SeedanceSpoolFacts *facts = seedance_spool_get_facts (download->spool);

  g_mutex_lock (download->lock);
  download->best = seedance_spool_count_locked (download->spool);
  download->kept = download->best > 0;
  if (download->kept) {
    download->state->received = download->best;
    /* A size from an earlier run counts only if all bytes are there. Else an
     * answer has to confirm it first. */
    if (facts->size >= 0 &&
        seedance_spool_gap_locked (download->spool, 0) >= (guint64) facts->size)
      download->state->size = facts->size;
  }
  g_mutex_unlock (download->lock);
}

SeedanceDownload *
seedance_download_start (const SeedanceOrder *order, SeedanceSpool *spool,
    GMutex *lock, SeedanceDownloadState *state, const gboolean *consumed,
    const gchar *url, const SeedanceDownloadHandler *handler,
    gpointer user_data)
{
  static const PartHandler part_handler = { seedance_download_on_bytes,
    seedance_download_on_part_ended };
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
  download->main.handler = download->tail.handler = &part_handler;
  download->suffix.settled = seedance_download_on_suffix;
  seedance_mp4_init (&download->mp4);
  go_on (download);
  seedance_spool_set_hook (spool, seedance_download_on_stored_locked, download);
  seedance_download_proceed (download);

  return download;
}

void
seedance_download_set_url (SeedanceDownload *download, const gchar *url)
{
  g_free (download->url);
  download->url = g_strdup (url);
  seedance_download_proceed (download);
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
    seedance_tail_start (download, download->tail.start);
  if (had_suffix)
    seedance_tail_start_if_due (download);
  seedance_download_proceed (download);
}

void
seedance_download_free (SeedanceDownload *download)
{
  if (!download)
    return;
  seedance_spool_set_hook (download->spool, NULL, NULL);
  seedance_net_remove_timer (download->timer);
  /* Readers have in the spool what was shown. Dropping the blocks saves a wait
   * for the disk, which cancelling the parts might cause. */
  g_clear_pointer (&download->main.block, seedance_block_unref);
  g_clear_pointer (&download->tail.block, seedance_block_unref);
  seedance_part_cancel (&download->main);
  seedance_part_cancel (&download->tail);
  seedance_suffix_cancel (&download->suffix);
  g_free (download->main.url);
  g_free (download->tail.url);
  g_free (download->url);
  g_free (download->content_type);
  g_free (download->encoding);
  g_clear_error (&download->main.error);
  g_clear_error (&download->tail.error);
  g_free (download);
}
