/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads box headers one after the other and notes where ftyp, moov, mdat and
 * fragments stand. All sizes are taken as hostile. */
#include "mp4.h"

#define HEADER_SIZE 8
#define LARGE_HEADER_SIZE 16
#define BOXES_MAX 65536

typedef struct {
  guint32 type;
  guint64 end; /* 0 = not known yet, if open_ended */
  gboolean open_ended;
} Box;

#define TYPE(a, b, c, d) \
  ((guint32) (a) << 24 | (guint32) (b) << 16 | (guint32) (c) << 8 | (d))

static const guint32 first_types[] = {
  TYPE ('f', 't', 'y', 'p'),
  TYPE ('s', 't', 'y', 'p'),
  TYPE ('f', 'r', 'e', 'e'),
  TYPE ('s', 'k', 'i', 'p'),
  TYPE ('w', 'i', 'd', 'e'),
  TYPE ('u', 'u', 'i', 'd'),
  TYPE ('m', 'o', 'o', 'v'),
  TYPE ('m', 'd', 'a', 't'),
  TYPE ('m', 'o', 'o', 'f'),
  TYPE ('s', 'i', 'd', 'x'),
  TYPE ('p', 'n', 'o', 't'),
};

static guint32
read_u32 (const guint8 *data)
{
  return TYPE (data[0], data[1], data[2], data[3]);
}

static guint64
read_u64 (const guint8 *data)
{
  return (guint64) read_u32 (data) << 32 | read_u32 (data + 4);
}

static gboolean
can_be_first (guint32 type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (first_types); i++) {
    if (first_types[i] == type)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_printable (guint32 type)
{
  for (guint shift = 0; shift < 32; shift += 8) {
    if (!g_ascii_isprint (type >> shift & 0xff))
      return FALSE;
  }
  return TRUE;
}

void
seedance_mp4_init (SeedanceMp4 *mp4)
{
  *mp4 = (SeedanceMp4){ 0 };
}

/* Reads the box header at mp4->offset. COMPLETE means that the header was read
 * and is valid. */
static SeedanceMp4State
read_header (
    const SeedanceMp4 *mp4, SeedanceMp4Peek peek, gpointer user_data, Box *box)
{
  guint8 header[LARGE_HEADER_SIZE];
  guint64 left = (mp4->total ? mp4->total : G_MAXINT64) - mp4->offset;
  gsize have = peek (user_data, mp4->offset, header, sizeof header);
  guint64 size, needed = HEADER_SIZE;

  if (have < HEADER_SIZE)
    return left < HEADER_SIZE ? SEEDANCE_MP4_BROKEN : SEEDANCE_MP4_NEED_MORE;

  size = read_u32 (header);
  box->type = read_u32 (header + 4);
  if (mp4->offset == 0 ? !can_be_first (box->type) : !is_printable (box->type))
    return SEEDANCE_MP4_BROKEN;

  box->open_ended = size == 0;
  if (box->open_ended) {
    box->end = mp4->total;
    return SEEDANCE_MP4_COMPLETE;
  }

  if (size == 1) {
    needed = LARGE_HEADER_SIZE;
    if (left < needed)
      return SEEDANCE_MP4_BROKEN;
    if (have < needed)
      return SEEDANCE_MP4_NEED_MORE;
    size = read_u64 (header + 8);
  }

  /* Comparing with what is left keeps a 64-bit size from overflowing. */
  if (size < needed || size > left)
    return SEEDANCE_MP4_BROKEN;
  box->end = mp4->offset + size;
  return SEEDANCE_MP4_COMPLETE;
}

static void
note_box (SeedanceMp4 *mp4, const Box *box)
{
  switch (box->type) {
    case TYPE ('f', 't', 'y', 'p'):
      if (!mp4->ftyp_end)
        mp4->ftyp_end = box->end;
      break;
    case TYPE ('m', 'o', 'o', 'v'):
      if (!mp4->moov_end) {
        mp4->moov_offset = mp4->offset;
        mp4->moov_end = box->end;
      }
      break;
    case TYPE ('m', 'd', 'a', 't'):
      if (!mp4->mdat_end)
        mp4->mdat_offset = mp4->offset;
      if (box->end)
        mp4->mdat_end = box->end;
      break;
    case TYPE ('m', 'o', 'o', 'f'):
      mp4->fragmented = TRUE;
      break;
    case TYPE ('m', 'f', 'r', 'a'):
      mp4->has_end = TRUE;
      break;
    default:
      break;
  }
}

SeedanceMp4State
seedance_mp4_walk (SeedanceMp4 *mp4, SeedanceMp4Peek peek, gpointer user_data)
{
  for (;;) {
    SeedanceMp4State state;
    Box box;

    if (mp4->total && mp4->offset > mp4->total)
      return SEEDANCE_MP4_BROKEN;
    if (mp4->total && mp4->offset == mp4->total)
      return mp4->moov_end && mp4->mdat_end ? SEEDANCE_MP4_COMPLETE
                                            : SEEDANCE_MP4_BROKEN;

    state = read_header (mp4, peek, user_data, &box);
    if (state != SEEDANCE_MP4_COMPLETE)
      return state;

    note_box (mp4, &box);
    mp4->open_ended = box.open_ended;
    if (!box.end)
      return SEEDANCE_MP4_NEED_MORE;
    mp4->offset = box.end;
    if (++mp4->boxes > BOXES_MAX)
      return SEEDANCE_MP4_BROKEN;
  }
}

gboolean
seedance_mp4_may_be_cut (const SeedanceMp4 *mp4)
{
  return mp4->open_ended || (mp4->fragmented && !mp4->has_end);
}
