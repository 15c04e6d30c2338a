/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the sample tables of a moov box: for every sample its time and where
 * its last byte stands in the file. All numbers in the box are taken as
 * hostile. */
#include "timeline.h"

#define SLICES SEEDANCE_TIMELINE_SLICES
#define SECOND G_GINT64_CONSTANT (1000000000)

/* 15 minutes of sound and of video with 60 frames a second have fewer. */
#define SAMPLES_MAX 100000
/* A longer duration counts as not known. */
#define DURATION_MAX (24 * 3600 * SECOND)

/* The content of a box. Reading beyond its end gives zeros. */
typedef struct {
  const guint8 *data;
  gsize size;
} Bytes;

#define TYPE(a, b, c, d) \
  ((guint32) (a) << 24 | (guint32) (b) << 16 | (guint32) (c) << 8 | (d))

static guint32
u32 (Bytes bytes, gsize at)
{
  const guint8 *data;

  if (at > bytes.size || bytes.size - at < 4)
    return 0;
  data = bytes.data + at;

  return TYPE (data[0], data[1], data[2], data[3]);
}

static guint64
u64 (Bytes bytes, gsize at)
{
  return (guint64) u32 (bytes, at) << 32 | u32 (bytes, at + 4);
}

static gboolean
is_version_1 (Bytes box)
{
  return u32 (box, 0) >> 24 == 1;
}

/* Takes the next box off @rest. Returns FALSE at the end and where the boxes
 * are damaged. */
static gboolean
next_box (Bytes *rest, guint32 *type, Bytes *content)
{
  guint32 size = u32 (*rest, 0);

  if (rest->size < 8 || size < 8 || size > rest->size)
    return FALSE;
  *type = u32 (*rest, 4);
  *content = (Bytes){ rest->data + 8, size - 8 };
  rest->data += size;
  rest->size -= size;

  return TRUE;
}

/* Returns the content of the first box of @type in @parent; empty if there is
 * none. */
static Bytes
find (Bytes parent, guint32 type)
{
  guint32 found;
  Bytes content;

  while (next_box (&parent, &found, &content)) {
    if (found == type)
      return content;
  }

  return (Bytes){ NULL, 0 };
}

static gint64
to_ns (guint64 units, guint32 scale)
{
  gdouble ns = scale > 0 ? (gdouble) units / scale * SECOND : 0;

  return ns > 0 && ns < (gdouble) DURATION_MAX ? (gint64) ns : 0;
}

/* A fragmented clip has 0 in mvhd, and its duration in mehd if anywhere. */
static gint64
read_duration (Bytes moov)
{
  Bytes mvhd = find (moov, TYPE ('m', 'v', 'h', 'd'));
  Bytes mehd =
      find (find (moov, TYPE ('m', 'v', 'e', 'x')), TYPE ('m', 'e', 'h', 'd'));
  gboolean wide = is_version_1 (mvhd);
  guint32 scale = u32 (mvhd, wide ? 20 : 12);
  guint64 units = wide ? u64 (mvhd, 24) : u32 (mvhd, 16);

  if (units == 0)
    units = is_version_1 (mehd) ? u64 (mehd, 4) : u32 (mehd, 4);

  return to_ns (units, scale);
}

typedef struct {
  SeedanceTimeline *timeline;
  guint64 media_start, media_end;
  guint left; /* samples that may still be looked at */
} Reading;

typedef struct {
  Bytes stts, stsz, stsc, chunks;
  gboolean wide; /* chunk offsets have 64 bits (co64) */
  guint32 scale;
  /* The current position. */
  guint64 time;                 /* in units of @scale */
  guint32 run, run_left, delta; /* an stts entry: samples of the same
                                 * duration */
  guint32 sample;
} Track;

static Track
open_track (Bytes mdia)
{
  Bytes stbl =
      find (find (mdia, TYPE ('m', 'i', 'n', 'f')), TYPE ('s', 't', 'b', 'l'));
  Bytes mdhd = find (mdia, TYPE ('m', 'd', 'h', 'd'));
  Track track = { 0 };

  track.scale = u32 (mdhd, is_version_1 (mdhd) ? 20 : 12);
  track.stts = find (stbl, TYPE ('s', 't', 't', 's'));
  track.stsz = find (stbl, TYPE ('s', 't', 's', 'z'));
  track.stsc = find (stbl, TYPE ('s', 't', 's', 'c'));
  track.chunks = find (stbl, TYPE ('s', 't', 'c', 'o'));
  if (track.chunks.size == 0) {
    track.chunks = find (stbl, TYPE ('c', 'o', '6', '4'));
    track.wide = TRUE;
  }

  return track;
}

/* Returns the size of the current sample and steps to the next one. */
static guint32
take_sample (Track *track)
{
  guint32 fixed = u32 (track->stsz, 4);
  guint32 size =
      fixed ? fixed : u32 (track->stsz, 12 + 4 * (gsize) track->sample);

  while (track->run_left == 0 && track->run < u32 (track->stts, 4) &&
         8 + 8 * (gsize) track->run < track->stts.size) {
    track->run_left = u32 (track->stts, 8 + 8 * (gsize) track->run);
    track->delta = u32 (track->stts, 12 + 8 * (gsize) track->run);
    track->run++;
  }
  if (track->run_left > 0) {
    track->run_left--;
    track->time += track->delta;
  }
  track->sample++;

  return size;
}

static void
note_need (Reading *reading, gint64 time, guint64 end)
{
  SeedanceTimeline *timeline = reading->timeline;
  gint64 slice = time / MAX (timeline->duration / SLICES, 1);
  guint64 *need = &timeline->need[CLAMP (slice, 0, SLICES - 1)];

  if (end > reading->media_start && end <= reading->media_end)
    *need = MAX (*need, end);
}

static void
read_chunk (Reading *reading, Track *track, guint64 offset, guint32 samples)
{
  guint32 count = u32 (track->stsz, 8);

  while (samples-- > 0 && track->sample < count && reading->left > 0) {
    gint64 time = to_ns (track->time, track->scale);

    offset += take_sample (track);
    reading->left--;
    note_need (reading, time, offset);
  }
}

/* Returns how many entries of @width bytes @table has, whatever number it
 * claims. */
static guint32
count_entries (Bytes table, gsize width)
{
  const gsize there = table.size > 8 ? (table.size - 8) / width : 0;

  return (guint32) MIN (u32 (table, 4), there);
}

/* The steps through stsc need no limit of their own, because each entry is
 * stepped over once. */
static void
read_track (Reading *reading, Track *track)
{
  const gsize width = track->wide ? 8 : 4;
  const guint32 n_chunks = count_entries (track->chunks, width);
  const guint32 n_runs = count_entries (track->stsc, 12);
  guint32 run = 0;

  for (guint32 i = 0; i < n_chunks && reading->left > 0; i++) {
    gsize at = 8 + width * (gsize) i;

    /* stsc counts chunks from 1. */
    while (run + 1 < n_runs &&
           u32 (track->stsc, 8 + 12 * ((gsize) run + 1)) <= i + 1)
      run++;
    reading->left--;
    read_chunk (reading, track,
        track->wide ? u64 (track->chunks, at) : u32 (track->chunks, at),
        u32 (track->stsc, 12 + 12 * (gsize) run));
  }
}

/* Returns TRUE if the tables were read to the end and held a sample. */
static gboolean
read_samples (SeedanceTimeline *timeline, Bytes moov, guint64 media_start,
    guint64 media_end)
{
  Reading reading = { timeline, media_start, media_end, SAMPLES_MAX };
  guint64 so_far = 0;
  guint32 type;
  Bytes trak;

  while (next_box (&moov, &type, &trak)) {
    Track track;

    if (type != TYPE ('t', 'r', 'a', 'k'))
      continue;
    track = open_track (find (trak, TYPE ('m', 'd', 'i', 'a')));
    read_track (&reading, &track);
  }
  for (guint i = 0; i < SLICES; i++)
    timeline->need[i] = so_far = MAX (so_far, timeline->need[i]);

  return so_far > 0 && reading.left > 0;
}

void
seedance_timeline_spread (SeedanceTimeline *timeline, gint64 duration,
    guint64 media_start, guint64 media_end)
{
  guint64 size = media_end > media_start ? media_end - media_start : 0;

  timeline->duration = CLAMP (duration, 0, DURATION_MAX);
  timeline->exact = FALSE;
  for (guint i = 0; i < SLICES; i++)
    timeline->need[i] = media_start + size / SLICES * (i + 1);
  timeline->need[SLICES - 1] = media_end;
}

void
seedance_timeline_read (SeedanceTimeline *timeline, const guint8 *moov,
    gsize size, guint64 media_start, guint64 media_end)
{
  Bytes rest = { moov, size }, content;
  gint64 duration;
  guint32 type;

  *timeline = (SeedanceTimeline){ 0 };
  if (!next_box (&rest, &type, &content))
    return;
  duration = read_duration (content);
  if (duration == 0)
    return;
  timeline->duration = duration;
  timeline->exact = read_samples (timeline, content, media_start, media_end);
  if (!timeline->exact)
    seedance_timeline_spread (timeline, duration, media_start, media_end);
}

gint64
seedance_timeline_start_of (const SeedanceTimeline *timeline, guint i)
{
  return timeline->duration / SLICES * i;
}

gint64
seedance_timeline_time_of (const SeedanceTimeline *timeline, guint64 offset)
{
  guint i = 0;

  while (i < SLICES - 1 && timeline->need[i] < offset)
    i++;

  return seedance_timeline_start_of (timeline, i);
}
