/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A set of byte ranges of a file: a sorted list of ranges that do not touch.
 * Offsets are in bytes; an end is the first byte after a range. No locks. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Opaque: only for the functions below. */
typedef GArray SeedanceRanges;

SeedanceRanges *seedance_ranges_new (void);
void seedance_ranges_free (SeedanceRanges *ranges);

void seedance_ranges_add (SeedanceRanges *ranges, guint64 start, guint64 end);
void seedance_ranges_clear (SeedanceRanges *ranges);

/* Removes all bytes from @end on. */
void seedance_ranges_cut (SeedanceRanges *ranges, guint64 end);

/* Returns the number of bytes in all ranges. */
guint64 seedance_ranges_count (const SeedanceRanges *ranges);

/* Returns the end of the last range; 0 if there is none. */
guint64 seedance_ranges_end (const SeedanceRanges *ranges);

/* Returns the number of bytes from @offset on up to the first gap. */
guint64 seedance_ranges_available (
    const SeedanceRanges *ranges, guint64 offset);

/* Returns the start of the range that holds @offset or ends at it. Ranges
 * before that one count as part of it while the gaps between them are at most
 * @gap bytes. Returns @offset if there is no such range. */
guint64 seedance_ranges_start (
    const SeedanceRanges *ranges, guint64 offset, guint64 gap);

/* Returns the first offset >= @from that is in a range; G_MAXUINT64 if there is
 * none. */
guint64 seedance_ranges_next (const SeedanceRanges *ranges, guint64 from);

G_END_DECLS
