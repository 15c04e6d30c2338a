/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The estimate of the download rate, the forecast when each part of the clip
 * will arrive and when playback needs it, and the percentage that follows from
 * both. */

#include "gstseedancebuffering.h"

#include <string.h>

/* Bytes that a link may let through at once before it keeps to its pace. They
 * are not counted, or every link would seem fast at first. */
#define BURST (64 * 1024)
/* A shorter time than this says nothing about the pace. */
#define PACE_AFTER (150 * G_TIME_SPAN_MILLISECOND)
/* The least time between two samples. The ring of samples then spans about
 * three seconds. */
#define SAMPLE_EVERY (100 * G_TIME_SPAN_MILLISECOND)

/* How much earlier than needed a byte must arrive: a constant, for what
 * decoders and sinks want in advance, and a share of the wait, for a pace that
 * changes. */
#define MARGIN (70 * GST_MSECOND)
#define MARGIN_SHARE 0.03
/* An extra margin where the index does not say which bytes are needed when: a
 * share of the clip's duration. */
#define MARGIN_SPREAD 0.026
/* A stall that the forecast predicts counts only when no more than this is left
 * to play. Until then the link may become faster. */
#define NEARLY_DRY GST_SECOND
/* The pace is an estimate: a predicted delay of up to this may be an error. */
#define LATE (50 * GST_MSECOND)
/* A reader is dry, whatever the pace was, if it has waited for longer than
 * DRY_AFTER and less than DRY is left to play. If no byte arrived in that time,
 * less than DRY_STILL is enough. */
#define DRY_AFTER (100 * G_TIME_SPAN_MILLISECOND)
#define DRY_STILL (200 * GST_MSECOND)
#define DRY (50 * GST_MSECOND)

static void
take_sample (GstSeedanceBuffering *buffering, guint64 received, gint64 now)
{
  guint n = buffering->n_samples;
  guint last =
      (n + GST_SEEDANCE_BUFFERING_SAMPLES - 1) % GST_SEEDANCE_BUFFERING_SAMPLES;
  guint next = n % GST_SEEDANCE_BUFFERING_SAMPLES;

  if (n > 0 && now - buffering->samples[last].time < SAMPLE_EVERY)
    return;
  buffering->samples[next].time = now;
  buffering->samples[next].received = received;
  buffering->n_samples++;
}

static void
note_pace (GstSeedanceBuffering *buffering, const SeedanceSupply *supply)
{
  if (buffering->paced_since > 0 || supply->arrived < BURST)
    return;
  buffering->paced_since = supply->arrived_at;
  buffering->paced_from = supply->arrived;
}

static gdouble
rate_of (guint64 bytes, gint64 time)
{
  return time > 0 ? (gdouble) bytes * G_TIME_SPAN_SECOND / (gdouble) time : 0;
}

static gdouble
rate_since (
    const SeedanceSupply *supply, gint64 since, guint64 received, gint64 now)
{
  if (now <= since || supply->received <= received)
    return 0;

  return rate_of (supply->received - received, now - since);
}

/* The average rate since the burst, measured between the arrivals of two
 * pieces, so that the size of the pieces does not matter. While the link stands
 * still, the time up to now counts, too. */
static gdouble
get_pace (const GstSeedanceBuffering *buffering, const SeedanceSupply *supply,
    gint64 now)
{
  const gint64 end =
      now - supply->arrived_at > SAMPLE_EVERY ? now : supply->arrived_at;
  const gint64 time = end - buffering->paced_since;

  if (buffering->paced_since == 0 || time < PACE_AFTER)
    return 0;

  return rate_of (supply->arrived - buffering->paced_from, time);
}

/* The higher of two averages. The average since the start leaves out the bytes
 * of the burst but not its time, so it is too low at first. The average since
 * the burst needs some time before it means anything. */
static gdouble
get_average (const GstSeedanceBuffering *buffering,
    const SeedanceSupply *supply, gint64 now)
{
  gdouble all = 0;

  if (supply->fetching_since > 0)
    all = rate_since (
        supply, supply->fetching_since, supply->fetching_from + BURST, now);
  return MAX (all, get_pace (buffering, supply, now));
}

/* The lower of the long average and the average of the last seconds: a link
 * that was slow once may become slow again. */
static gdouble
get_rate (const GstSeedanceBuffering *buffering, const SeedanceSupply *supply,
    gint64 now)
{
  guint oldest = buffering->n_samples % GST_SEEDANCE_BUFFERING_SAMPLES;
  const gdouble all = get_average (buffering, supply, now);

  if (buffering->n_samples < GST_SEEDANCE_BUFFERING_SAMPLES)
    return all;

  return MIN (all, rate_since (supply, buffering->samples[oldest].time,
                       buffering->samples[oldest].received, now));
}

/* Returns the time in the clip, in ns, up to which it was played at most. The
 * reader is ahead of the screen by what the queues behind it hold, which is
 * unknown. But nothing plays faster than the clock, so the time since the
 * application was told to play is an upper limit. */
static gint64
note_played (
    GstSeedanceBuffering *buffering, const SeedanceSupply *supply, gint64 now)
{
  const SeedanceTimeline *timeline = &supply->timeline;
  gint64 from = seedance_timeline_time_of (timeline, supply->read_from);
  gint64 to = seedance_timeline_time_of (timeline, supply->read_to);

  if (supply->read_from != buffering->played_from)
    buffering->played = 0;
  else if (buffering->judged > 0 && !buffering->low && !buffering->held)
    buffering->played += (now - buffering->judged) * GST_USECOND;
  buffering->played_from = supply->read_from;

  return MIN (from + buffering->played, to);
}

/* Returns ns; G_MAXINT64 = for ever. */
static gint64
time_to_fetch (guint64 bytes, gdouble rate)
{
  gdouble ns = rate > 0 ? (gdouble) bytes / rate * GST_SECOND : 0;

  if (bytes == 0)
    return 0;

  return rate > 0 && ns < (gdouble) G_MAXINT64 / 4 ? (gint64) ns : G_MAXINT64;
}

/* The forecast of a download: see look_ahead(). */
typedef struct {
  gint64 wait;    /* ns until playback can start, with the margin */
  gint64 late;    /* the same without the margin */
  gint64 in_hand; /* ns that can be played without more bytes */
} Outlook;

static gint64
margin_for (const SeedanceTimeline *timeline, gint64 fetch)
{
  gdouble margin = MARGIN + (gdouble) fetch * MARGIN_SHARE;

  if (!timeline->exact)
    margin += (gdouble) timeline->duration * MARGIN_SPREAD;

  return (gint64) margin;
}

/* Compares, for each slice of the clip that was not played yet, when its bytes
 * arrive at @rate, and when playback needs them if it goes on at @played. */
static Outlook
look_ahead (const SeedanceSupply *supply, gint64 played, gdouble rate)
{
  const SeedanceTimeline *timeline = &supply->timeline;
  Outlook outlook = { 0, 0, G_MAXINT64 };

  for (guint i = 0; i < SEEDANCE_TIMELINE_SLICES; i++) {
    guint64 missing =
        seedance_supply_missing_before (supply, timeline->need[i]);
    gint64 due = seedance_timeline_start_of (timeline, i) - played;
    gint64 fetch = time_to_fetch (missing, rate);

    if (missing == 0 || due + timeline->duration / SEEDANCE_TIMELINE_SLICES < 0)
      continue;
    due = MAX (due, 0);
    outlook.in_hand = MIN (outlook.in_hand, due);
    if (fetch == G_MAXINT64)
      return (Outlook){ G_MAXINT64, G_MAXINT64, outlook.in_hand };
    outlook.late = MAX (outlook.late, fetch - due);
    outlook.wait =
        MAX (outlook.wait, fetch - due + margin_for (timeline, fetch));
  }

  return outlook;
}

static gboolean
is_all_there (const SeedanceSupply *supply)
{
  return supply->over ||
         (supply->size > 0 && seedance_supply_missing_before (
                                  supply, (guint64) supply->size) == 0);
}

/* Returns TRUE if the reader has run dry or is about to. */
static gboolean
runs_dry (const SeedanceSupply *supply, const Outlook *outlook, gint64 now)
{
  const gboolean is_still = now - supply->arrived_at > DRY_AFTER;

  if (supply->starving_since > 0 && now - supply->starving_since > DRY_AFTER &&
      outlook->in_hand < (gint64) (is_still ? DRY_STILL : DRY))
    return TRUE;

  return outlook->late > (gint64) LATE &&
         outlook->in_hand < (gint64) NEARLY_DRY;
}

static gint
to_rate (gdouble rate)
{
  return (gint) CLAMP (rate, 0, G_MAXINT);
}

/* Rounds up, because 0 ms means that there is nothing to wait for. */
static gint64
to_ms (gint64 ns)
{
  const gint64 ms = (gint64) GST_MSECOND;

  return ns == G_MAXINT64 ? -1 : ns / ms + (ns % ms > 0);
}

/* Returns how many percent of the bytes that playback waits for have arrived.
 * If the forecast cannot say which these are, playback waits for the whole
 * clip. */
static gint
get_percent (const SeedanceSupply *supply, const Outlook *outlook, gdouble rate)
{
  gdouble have = (gdouble) supply->received;
  gdouble need = supply->size > 0 ? (gdouble) supply->size : 0;

  if (outlook->wait < G_MAXINT64)
    need = have + (gdouble) outlook->wait / GST_SECOND * rate;
  if (need <= 0)
    return 0;

  return (gint) CLAMP (have * 100 / need, 0, 99);
}

static GstSeedanceLevel
make_level (const GstSeedanceBuffering *buffering, const SeedanceSupply *supply,
    const Outlook *outlook, gdouble rate)
{
  const gint64 duration = supply->timeline.duration;
  GstSeedanceLevel level = { 100, to_rate (rate), 0, 0, -1 };

  if (duration > 0 && supply->size > 0)
    level.rate_out = to_rate ((gdouble) supply->size * GST_SECOND / duration);
  if (is_all_there (supply))
    level.total = 0;
  else if (supply->size > 0)
    level.total = to_ms (time_to_fetch (
        seedance_supply_missing_before (supply, (guint64) supply->size), rate));
  if (!buffering->low)
    return level;
  level.percent = get_percent (supply, outlook, rate);
  /* Without a forecast, playback waits for the whole clip. */
  level.wait =
      outlook->wait == G_MAXINT64 ? level.total : to_ms (outlook->wait);

  return level;
}

void
gst_seedance_buffering_judge (
    GstSeedanceBuffering *buffering, const SeedanceSupply *supply, gint64 now)
{
  Outlook outlook = { G_MAXINT64, G_MAXINT64, 0 };
  gboolean first = buffering->judged == 0;
  gdouble rate;
  gint64 played;

  if (!supply->readable)
    return;
  take_sample (buffering, supply->received, now);
  note_pace (buffering, supply);
  rate = get_rate (buffering, supply, now);
  played = note_played (buffering, supply, now);
  buffering->judged = now;
  if (supply->timeline.duration > 0)
    outlook = look_ahead (supply, played, rate);

  if (is_all_there (supply))
    buffering->low = FALSE;
  else if (first || buffering->low || buffering->held)
    buffering->low = outlook.wait > 0;
  else
    buffering->low = runs_dry (supply, &outlook, now);
  buffering->level = make_level (buffering, supply, &outlook, rate);
}

GstMessage *
gst_seedance_buffering_message (
    GstObject *source, const GstSeedanceLevel *level)
{
  GstMessage *message = gst_message_new_buffering (source, level->percent);

  gst_message_set_buffering_stats (message, GST_BUFFERING_DOWNLOAD,
      level->rate_in > 0 ? level->rate_in : -1,
      level->rate_out > 0 ? level->rate_out : -1, level->wait);

  return message;
}

/* Converts @offset into the format of the query. */
static gint64
scale (GstFormat format, guint64 offset, gint64 size)
{
  if (format == GST_FORMAT_BYTES)
    return (gint64) offset;
  if (size <= 0)
    return 0;

  return (gint64) gst_util_uint64_scale (
      offset, GST_FORMAT_PERCENT_MAX, (guint64) size);
}

gboolean
gst_seedance_buffering_answer (GstQuery *query, const GstSeedanceLevel *level,
    const SeedanceSupply *supply)
{
  GstFormat format;
  gint64 start = 0, stop = 0;

  gst_query_parse_buffering_range (query, &format, NULL, NULL, NULL);
  if (format != GST_FORMAT_BYTES && format != GST_FORMAT_PERCENT)
    return FALSE;
  gst_query_set_buffering_percent (query, level->percent < 100, level->percent);
  gst_query_set_buffering_stats (query, GST_BUFFERING_DOWNLOAD,
      level->rate_in > 0 ? level->rate_in : -1,
      level->rate_out > 0 ? level->rate_out : -1, level->wait);
  for (guint i = 0; i < supply->n_there; i++) {
    const SeedanceRange *range = &supply->there[i];
    gint64 from = scale (format, range->start, supply->size);
    gint64 to = scale (format, range->end, supply->size);

    gst_query_add_buffering_range (query, from, to);
    if (supply->read_to >= range->start && supply->read_to <= range->end) {
      start = from;
      stop = to;
    }
  }
  gst_query_set_buffering_range (query, format, start, stop, level->total);

  return TRUE;
}
