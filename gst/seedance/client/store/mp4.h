/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A walk over the top-level boxes of an MP4 that is still arriving.
 *
 * The walk is fed from the caller's store: it asks for the few header bytes of
 * each box and never looks inside one. No I/O, no allocation, no threads. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_MP4_NEED_MORE, /* the header at @offset is not there yet */
  SEEDANCE_MP4_COMPLETE,  /* the boxes end exactly at the end of the file */
  SEEDANCE_MP4_BROKEN,    /* not an MP4, or a box that cannot be */
} SeedanceMp4State;

/* Offsets and ends are in bytes from the start of the file; an end is the
 * first byte after the box; 0 = that box was not seen, or is the open-ended
 * one and total is not known yet. */
typedef struct {
  guint64 offset;         /* where the next box header is expected */
  guint64 total;          /* size of the file; 0 = not known */
  guint64 ftyp_end;
  guint64 moov_offset, moov_end;
  guint64 mdat_offset;    /* the first one */
  guint64 mdat_end;       /* the last one so far */
  gboolean fragmented;    /* a moof was seen */
  gboolean has_end;       /* an mfra was, which stands behind all fragments */
  guint boxes;            /* walked so far */
  gboolean open_ended;    /* the last box has size 0: runs to the end of file */
} SeedanceMp4;

/* Copies up to @size bytes at @offset; returns how many are there now. */
typedef gsize (*SeedanceMp4Peek) (gpointer user_data, guint64 offset,
    guint8 *data, gsize size);

void seedance_mp4_init (SeedanceMp4 *mp4);

/* Walks as far as the bytes reach; may be called again when more are there,
 * or after total became known. Knows 32-bit, 64-bit and open-ended sizes. The
 * first box must be one that can start an MP4 (ftyp, styp, free, skip, wide,
 * uuid, moov, mdat, moof, sidx, pnot), and every type must be printable. A
 * box that reaches past a known total is BROKEN, and so are more than 65536
 * boxes: no clip has as many, and each costs a look. COMPLETE also needs a moov
 * and an mdat, and is reached only when total is known. */
SeedanceMp4State seedance_mp4_walk (SeedanceMp4 *mp4, SeedanceMp4Peek peek,
    gpointer user_data);

/* Whether @size (at least 8) bytes can start an MP4. */
gboolean seedance_mp4_sniff (const guint8 *data, gsize size);

G_END_DECLS
