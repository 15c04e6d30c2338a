/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far a download is, as seen from where a reader reads: what it takes to
 * say whether the rest will be there before it is needed. */
#pragma once

#include "clip.h"
#include "timeline.h"

G_BEGIN_DECLS

/* A main part, a tail, and what was there before. */
#define SEEDANCE_SUPPLY_RANGES 8

typedef struct {
  guint64 start, end;
} SeedanceRange;

typedef struct {
  gboolean readable; /* a reader could have had bytes by now */
  gboolean over;     /* nothing more will come: whole, or failed for good */
  gint64 size;       /* bytes; -1 = not known */
  guint64 received;  /* bytes, those of an earlier run among them */
  /* Monotonic, microseconds: when the first of them came (0: not yet), and
   * since when the reader waits for bytes that are missing (0: it does not). */
  gint64 fetching_since, starving_since;
  guint64 fetching_from; /* what was received before fetching_since */
  guint64 arrived; /* bytes since then, as they came; the last at arrived_at */
  gint64 arrived_at;
  guint64 read_from, read_to; /* what was read last without a gap */
  SeedanceRange there[SEEDANCE_SUPPLY_RANGES]; /* sorted */
  guint n_there;
  SeedanceTimeline timeline;
} SeedanceSupply;

/* May read the clip's index from the disk, once. With nothing readable when the
 * clip is closed. */
void seedance_clip_get_supply (SeedanceClip *clip, SeedanceSupply *supply);

/* How many bytes before @end are missing. */
guint64 seedance_supply_missing_before (
    const SeedanceSupply *supply, guint64 end);

/* From now on until it is closed the clip's owner is notified every tenth of a second
 * while the download goes on, whether or not it reads. */
void seedance_clip_watch (SeedanceClip *clip);

G_END_DECLS
