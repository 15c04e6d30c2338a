/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Downloads one clip into a spool, whole or not at all.
 *
 * One GET fetches the clip from its start, and a second one its last 24 KiB,
 * where the moov stands if it is at the end. If that moov begins earlier, a
 * third GET fetches the bytes between. A transfer that breaks is resumed where
 * it broke. The length, the ETag or date, and the boxes of the MP4 have to fit
 * before the download reports success. Network thread only. */
#pragma once

#include "order.h"
#include "spool.h"

G_BEGIN_DECLS

typedef struct _SeedanceDownload SeedanceDownload;

/* All on the network thread. @refresh and @done may free the download.
 *
 * @changed: bytes may be readable now, the size became known, or a counter
 *   moved.
 * @refresh: the link was refused, for the @nth time without a new byte in
 *   between; 0 = a second request at the same time may be the cause. Answer
 *   with set_url(), at once or later.
 * @done: the clip is whole (@error is NULL) or the download failed for good.
 *   The handler takes @error.
 * @waits: an answer with @status asked for a wait of @asked seconds; the next
 *   request follows after @seconds. */
typedef struct {
  void (*changed) (gpointer user_data);
  void (*refresh) (guint nth, gpointer user_data);
  void (*done) (GError *error, gpointer user_data);
  void (*waits) (gint64 asked, gint64 seconds, guint status,
      gpointer user_data);
} SeedanceDownloadHandler;

/* Counters and facts. Other threads read them under the spool's lock. */
typedef struct {
  gboolean readable;   /* it begins as an MP4: readers may have bytes */
  gint64 size;         /* bytes; -1 = not known yet */
  guint64 received;    /* bytes, each counted once */
  gint64 fetching_since; /* first new byte: monotonic time, microseconds */
  guint64 fetching_from; /* bytes received before that one */
  guint64 arrived;       /* bytes since then, without the last 24 KiB */
  gint64 arrived_at;     /* the last of those: monotonic time, microseconds */
  guint64 media_start; /* offset of the first mdat; 0 = not known */
  guint64 media_end;   /* first byte after the last mdat; 0 = not known */
  guint64 index_start; /* offset of the moov; 0 = not known */
  guint64 index_end;   /* first byte after the moov; 0 = not known */
  guint requests, retries;
} SeedanceDownloadState;

/* Starts the download. The caller keeps @order, @spool and @state alive until
 * it frees the download, with seedance_download_free(). @consumed, read under
 * the spool's lock, is TRUE once a reader has got bytes: from then on a clip
 * that changes at the service is an error. */
SeedanceDownload *seedance_download_start (const SeedanceOrder *order,
    SeedanceSpool *spool, GMutex *lock, SeedanceDownloadState *state,
    const gboolean *consumed, const gchar *url,
    const SeedanceDownloadHandler *handler, gpointer user_data);

/* Goes on with a new link, in answer to @refresh. */
void seedance_download_set_url (SeedanceDownload *download,
    const gchar *url);

/* Replaces the order from the next request on. The old one is not used after
 * this call. */
void seedance_download_set_order (SeedanceDownload *download,
    const SeedanceOrder *order);

/* Cancels the requests in flight, or the wait before a retry, and asks anew at
 * once. The download may complete and be freed in this call: do not use it
 * afterwards. */
void seedance_download_renew (SeedanceDownload *download);

void seedance_download_free (SeedanceDownload *download);

G_END_DECLS
