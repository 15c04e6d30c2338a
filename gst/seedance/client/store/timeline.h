/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which bytes of an MP4 a player must have at which time, read from its index.
 * No I/O, no allocation, no threads. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The clip is cut into so many slices of equal length. */
#define SEEDANCE_TIMELINE_SLICES 64

typedef struct {
  gint64 duration; /* ns; 0 = not known, and nothing else is then */
  gboolean exact;  /* from a table of samples; else bytes are spread evenly */
  /* Offset of the first byte that slice i and those before it do not need. */
  guint64 need[SEEDANCE_TIMELINE_SLICES];
} SeedanceTimeline;

/* Reads the moov box of @size bytes at @moov, header included. Its media data
 * stands between @media_start and @media_end. An index that lies costs
 * accuracy, no more: no offset is ever outside of the media data. Spends at
 * most a few milliseconds whatever the box holds. */
void seedance_timeline_read (SeedanceTimeline *timeline, const guint8 *moov,
    gsize size, guint64 media_start, guint64 media_end);

/* Without an index: @duration nanoseconds, and the bytes spread evenly. */
void seedance_timeline_spread (SeedanceTimeline *timeline, gint64 duration,
    guint64 media_start, guint64 media_end);

/* When the slice begins that needs the byte before @offset, ns. */
gint64 seedance_timeline_time_of (
    const SeedanceTimeline *timeline, guint64 offset);

/* When slice @i begins, ns. */
gint64 seedance_timeline_start_of (const SeedanceTimeline *timeline, guint i);

G_END_DECLS
