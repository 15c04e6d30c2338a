/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which bytes of a file are there: a sorted list of ranges that do not touch.
 * Offsets are in bytes; an end is the first byte after a range. No locks. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _SeedanceRanges SeedanceRanges;

SeedanceRanges *seedance_ranges_new (void);
void seedance_ranges_free (SeedanceRanges *ranges);

void seedance_ranges_add (SeedanceRanges *ranges, guint64 start, guint64 end);
void seedance_ranges_clear (SeedanceRanges *ranges);

/* Takes away all from @end on. */
void seedance_ranges_cut (SeedanceRanges *ranges, guint64 end);

/* How many bytes are there in all. */
guint64 seedance_ranges_count (const SeedanceRanges *ranges);

/* Behind the last byte that is there; 0 when there is none. */
guint64 seedance_ranges_end (const SeedanceRanges *ranges);

/* How many bytes are there from @offset on without a gap. */
guint64 seedance_ranges_available (
    const SeedanceRanges *ranges, guint64 offset);

/* Where the range that holds @offset or ends there begins, and those in front
 * of it that lie at most @gap bytes apart; @offset when there is none. */
guint64 seedance_ranges_start (
    const SeedanceRanges *ranges, guint64 offset, guint64 gap);

/* The first offset >= @from that is there; G_MAXUINT64 when there is none. */
guint64 seedance_ranges_next (const SeedanceRanges *ranges, guint64 from);

G_END_DECLS
