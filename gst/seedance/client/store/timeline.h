/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which bytes of an MP4 a player needs up to which time, read from the moov box
 * (the index). It helps to foresee whether a download keeps up with playback.
 * No I/O, no allocation, no threads. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The clip is cut into this many slices of equal length. */
#define SEEDANCE_TIMELINE_SLICES 64

typedef struct {
  gint64 duration; /* ns; 0 = nothing is known */
  gboolean exact;  /* by the sample tables; else an even spread */
  /* To play slices 0 to i, the bytes before offset need[i] are enough. */
  guint64 need[SEEDANCE_TIMELINE_SLICES];
} SeedanceTimeline;

/* Fills @timeline from the moov box of @size bytes at @moov, header included.
 * The clip's media data stands between @media_start and @media_end. A wrong
 * index only makes the timeline inaccurate: no offset is beyond @media_end.
 * Takes a few milliseconds at most, whatever the box holds. */
void seedance_timeline_read (SeedanceTimeline *timeline, const guint8 *moov,
    gsize size, guint64 media_start, guint64 media_end);

/* Fills @timeline without an index: @duration nanoseconds, with the media data
 * spread evenly over them. */
void seedance_timeline_spread (SeedanceTimeline *timeline, gint64 duration,
    guint64 media_start, guint64 media_end);

/* Returns the start, in ns, of the first slice that needs the byte before
 * @offset. */
gint64 seedance_timeline_time_of (
    const SeedanceTimeline *timeline, guint64 offset);

/* Returns the start of slice @i in ns. */
gint64 seedance_timeline_start_of (const SeedanceTimeline *timeline, guint i);

G_END_DECLS
