/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far a download is, and where its reader is. From this the buffering code
 * estimates whether the rest of the clip will arrive before it is played. */
#pragma once

#include "clip.h"
#include "timeline.h"

G_BEGIN_DECLS

/* Enough for the main part, the end of the file, and what earlier runs have
 * left. Further ranges are left out, as if they were missing. */
#define SEEDANCE_SUPPLY_RANGES 8

typedef struct {
  guint64 start, end;
} SeedanceRange;

typedef struct {
  gboolean readable; /* it begins as an MP4 does: readers may have bytes */
  gboolean over;     /* whole, or failed for good: no more bytes come */
  gint64 size;       /* bytes; -1 = not known */
  guint64 received;  /* bytes, with those of earlier runs */
  /* Monotonic, microseconds: when the first byte of this download came (0 = not
   * yet), and since when the reader waits for bytes (0 = it does not). */
  gint64 fetching_since, starving_since;
  guint64 fetching_from; /* bytes that were received before fetching_since */
  /* Bytes that came since, without an end of the file that was fetched ahead;
   * and when the last of them came (monotonic, microseconds). */
  guint64 arrived;
  gint64 arrived_at;
  guint64 read_from, read_to; /* the latest reads, without larger gaps */
  SeedanceRange there[SEEDANCE_SUPPLY_RANGES]; /* what is there, sorted */
  guint n_there;
  SeedanceTimeline timeline;
} SeedanceSupply;

/* Reads the index of the clip from the disk, once, when it has arrived. Call it
 * without a lock: a share may stand still. */
void seedance_clip_read_index (SeedanceClip *clip);

/* Fills *@supply without reading the disk: the timeline is that of the last
 * seedance_clip_read_index(). Of a closed clip nothing is readable. */
void seedance_clip_get_supply (SeedanceClip *clip, SeedanceSupply *supply);

/* Returns how many of the bytes before the offset @end are missing. */
guint64 seedance_supply_missing_before (
    const SeedanceSupply *supply, guint64 end);

/* From now on, until the clip is closed, its owner is notified at least every
 * tenth of a second while the download goes on, even if nothing has changed. */
void seedance_clip_watch (SeedanceClip *clip);

G_END_DECLS
