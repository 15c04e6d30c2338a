/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a clip that is still arriving can be played without a stop, and how
 * that is told: pure functions of a download's supply and of the time. */
#pragma once

#include <gst/gst.h>

#include "supply.h"

G_BEGIN_DECLS

#define GST_SEEDANCE_BUFFERING_SAMPLES 32

/* What a judgement comes to. */
typedef struct {
  gint percent;  /* 100: play; 0 to 99: of what has to be there first */
  gint rate_in;  /* bytes a second, 0 = not known yet */
  gint rate_out; /* the clip's own, 0 = not known */
  gint64 wait;   /* ms until 100, 0 at 100, -1 = not known */
  gint64 total;  /* ms until the whole is there, -1 = not known */
} GstSeedanceLevel;

/* What must be remembered between two judgements of one run. Zeros at first. */
typedef struct {
  struct {
    gint64 time; /* monotonic, microseconds */
    guint64 received;
  } samples[GST_SEEDANCE_BUFFERING_SAMPLES]; /* the latest ones, as a ring */
  guint n_samples;
  gint64
      paced_since; /* monotonic, microseconds; 0 = the link's burst is not over */
  guint64 paced_from;  /* bytes that were there then */
  gboolean low;        /* there is something to wait for */
  gboolean held;       /* there is not, but the application still waits */
  gint64 judged;       /* when this was last done */
  guint64 played_from; /* offset where playing began without a gap */
  gint64 played;       /* ns that were played since then, at most */
  GstSeedanceLevel level;
} GstSeedanceBuffering;

/* Takes in what @supply tells at @now (monotonic, microseconds) and sets the
 * level. Below 100 until what is missing will be there before it is needed;
 * then 100 until the reader is about to run dry, or has. */
void gst_seedance_buffering_judge (
    GstSeedanceBuffering *buffering, const SeedanceSupply *supply, gint64 now);

/* The average of the last seconds, or of all so far if that is less; 0 when too
 * little came to tell. */
guint64 gst_seedance_buffering_get_rate (
    const GstSeedanceBuffering *buffering, const SeedanceSupply *supply);

GstMessage *gst_seedance_buffering_message (
    GstObject *source, const GstSeedanceLevel *level);

/* Answers in bytes or in GST_FORMAT_PERCENT; FALSE for any other format. */
gboolean gst_seedance_buffering_answer (GstQuery *query,
    const GstSeedanceLevel *level, const SeedanceSupply *supply);

G_END_DECLS
