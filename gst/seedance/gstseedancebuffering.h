/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Computes whether a clip that is still arriving can be played without a stall,
 * and puts the result into BUFFERING messages and queries. Pure functions of
 * the time and of the supply, which says what a download has brought so far
 * (supply.h). */
#pragma once

#include <gst/gst.h>

#include "supply.h"

G_BEGIN_DECLS

#define GST_SEEDANCE_BUFFERING_SAMPLES 32

/* The result of a judgement. */
typedef struct {
  gint percent;  /* 100: play; below 100: of the bytes to wait for */
  gint rate_in;  /* of the download, bytes/s; 0 = not known */
  gint rate_out; /* of playback, bytes/s; 0 = not known */
  gint64 wait;   /* ms until 100, 0 at 100, -1 = not known */
  gint64 total;  /* ms until the clip is whole; -1 = not known */
} GstSeedanceLevel;

/* What is kept from one judgement of a run to the next. Initially all zeros.
 *
 * Many links let a first burst of bytes through before they keep to their pace.
 * The members `paced_…` measure the pace after the burst. */
typedef struct {
  struct {
    gint64 time; /* monotonic, microseconds */
    guint64 received;
  } samples[GST_SEEDANCE_BUFFERING_SAMPLES]; /* ring of the latest ones */
  guint n_samples;
  /* When the burst was over: monotonic, microseconds; 0 = not yet. */
  gint64 paced_since;
  guint64 paced_from;  /* bytes that had arrived by then */
  gboolean low;        /* playback has to wait for this download */
  gboolean held;       /* not low, but the application still waits */
  gint64 judged;       /* time of the last judgement; 0 = none yet */
  guint64 played_from; /* start of the gapless read that is played */
  gint64 played;       /* ns played since then, at most */
  GstSeedanceLevel level;
} GstSeedanceBuffering;

/* Takes in @supply as of @now (monotonic, microseconds) and sets the level. At
 * the start it is below 100 until every missing byte will arrive before
 * playback needs it. Then it is 100 until the reader runs dry or is about to
 * run dry. */
void gst_seedance_buffering_judge (
    GstSeedanceBuffering *buffering, const SeedanceSupply *supply, gint64 now);

GstMessage *gst_seedance_buffering_message (
    GstObject *source, const GstSeedanceLevel *level);

/* Answers a BUFFERING query in bytes or in GST_FORMAT_PERCENT. Returns FALSE
 * for any other format. */
gboolean gst_seedance_buffering_answer (GstQuery *query,
    const GstSeedanceLevel *level, const SeedanceSupply *supply);

G_END_DECLS
