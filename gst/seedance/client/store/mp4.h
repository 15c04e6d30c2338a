/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A walk over the top-level boxes of an MP4 that is still arriving.
 *
 * The walk asks its caller for the few header bytes of each box and never looks
 * inside one. No I/O, no allocation, no threads. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_MP4_NEED_MORE, /* the header at @offset has not arrived yet */
  SEEDANCE_MP4_COMPLETE,  /* the boxes end exactly at the end of the file */
  SEEDANCE_MP4_BROKEN,    /* no MP4, or an impossible box */
} SeedanceMp4State;

/* Offsets and ends are in bytes from the start of the file; an end is the first
 * byte after a box. 0 means that the box was not seen, or, of an end, that the
 * box is open-ended and the total is not known yet. */
typedef struct {
  guint64 offset;         /* where the next box header is expected */
  guint64 total;          /* size of the file; 0 = not known */
  guint64 ftyp_end;
  guint64 moov_offset, moov_end;
  guint64 mdat_offset;    /* of the first mdat */
  guint64 mdat_end;       /* of the last mdat so far */
  gboolean fragmented;    /* a moof was seen */
  gboolean has_end;       /* an mfra, which follows all fragments, was seen */
  guint boxes;            /* boxes walked so far */
  gboolean open_ended;    /* the last box has size 0: it runs to the end */
} SeedanceMp4;

/* Copies up to @size bytes from @offset on to @data and returns how many. */
typedef gsize (*SeedanceMp4Peek) (gpointer user_data, guint64 offset,
    guint8 *data, gsize size);

void seedance_mp4_init (SeedanceMp4 *mp4);

/* Walks as far as the bytes reach. Call it again when more have arrived or the
 * total is known. Handles 32-bit, 64-bit and open-ended sizes.
 *
 * The result is BROKEN if the first box cannot start an MP4 (it has to be ftyp,
 * styp, free, skip, wide, uuid, moov, mdat, moof, sidx or pnot), if a type is
 * not printable, if a box reaches beyond the known total, or after 65536 boxes,
 * which no clip has. The result is COMPLETE only if the total is known and
 * there are a moov and an mdat. */
SeedanceMp4State seedance_mp4_walk (SeedanceMp4 *mp4, SeedanceMp4Peek peek,
    gpointer user_data);

/* After a walk that was COMPLETE: returns TRUE if the file may be the beginning
 * of a longer clip, cut off within a box of open size or between two
 * fragments. */
gboolean seedance_mp4_may_be_cut (const SeedanceMp4 *mp4);

G_END_DECLS
