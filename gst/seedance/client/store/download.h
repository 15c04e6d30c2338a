/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Brings one clip into a spool, whole or not at all.
 *
 * One sequential GET, and beside it one for the last 24 KiB, where a moov at
 * the end stands; should that turn out to begin earlier, a third one fetches
 * what is between. Broken transfers resume where they broke. What comes is
 * checked against length, validators and the MP4's own boxes before any of it
 * counts as the clip. Network thread only. */
#pragma once

#include "order.h"
#include "spool.h"

G_BEGIN_DECLS

typedef struct _SeedanceDownload SeedanceDownload;

/* @changed: bytes may be readable now, the size became known, or a count
 * moved. @refresh: the link was refused, for the @nth time without a byte
 * between (0: it may not have been the link); answer with set_url() or free.
 * @done: whole (NULL) or failed for good; @error belongs to the caller of the
 * handler. @waits: an answer with @status asked for a wait of so many seconds,
 * and it is tried again after @seconds. The handler may free the download in
 * @done and @refresh. */
typedef struct {
  void (*changed) (gpointer user_data);
  void (*refresh) (guint nth, gpointer user_data);
  void (*done) (GError *error, gpointer user_data);
  void (*waits) (gint64 asked, gint64 seconds, guint status,
      gpointer user_data);
} SeedanceDownloadHandler;

/* Counters and facts; read under the spool's lock. */
typedef struct {
  gboolean readable;   /* it starts as an MP4 does: readers may have it */
  gint64 size;         /* bytes; -1 = not known yet */
  guint64 received;    /* bytes, each counted once */
  gint64 fetching_since; /* first byte of the body: monotonic, microseconds */
  guint64 fetching_from; /* bytes that were received before it */
  guint64 arrived;       /* bytes since then, without an end fetched ahead */
  gint64 arrived_at;     /* the last of them: monotonic, microseconds */
  guint64 media_start; /* of the first mdat; 0 = not known */
  guint64 media_end;   /* first byte after the last mdat; 0 = not known */
  guint64 index_start; /* of the moov; 0 = not known */
  guint64 index_end;   /* first byte after the moov; 0 = not known */
  guint requests, retries;
} SeedanceDownloadState;

/* The caller keeps @order, @spool and @state alive until free. @consumed, read
 * under the spool's lock, tells that a reader has been given bytes: from then
 * on a clip that changes at the service is an error. */
SeedanceDownload *seedance_download_start (const SeedanceOrder *order,
    SeedanceSpool *spool, GMutex *lock, SeedanceDownloadState *state,
    const gboolean *consumed, const gchar *url,
    const SeedanceDownloadHandler *handler, gpointer user_data);

/* Goes on with a fresh link after @refresh. */
void seedance_download_set_url (SeedanceDownload *download,
    const gchar *url);

/* From the next request on as @order says, which takes the other's place. */
void seedance_download_set_order (SeedanceDownload *download,
    const SeedanceOrder *order);

/* Asks at once for what is under way or waits for another try. The last thing
 * to do with a download, as what is there may complete it. */
void seedance_download_renew (SeedanceDownload *download);

void seedance_download_free (SeedanceDownload *download);

G_END_DECLS
