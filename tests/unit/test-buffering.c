/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Simulates downloads over links of different speeds and a player that obeys
 * the BUFFERING messages. Time is simulated as well, so no test waits. */
#include "gstseedancebuffering.h"

#define STEP (G_TIME_SPAN_SECOND / 20)
#define START (1000 * G_TIME_SPAN_SECOND)
#define DURATION (5 * G_TIME_SPAN_SECOND)
#define SIZE 3000000
#define INDEX 4000

typedef struct {
  const gchar *name;
  gboolean front_loaded; /* the first quarter needs half of the bytes */
  gboolean moov_last;
  guint ahead;     /* bytes that the player has to read before it plays them */
  guint slow_from; /* in ms: the link delivers nothing until slow_to */
  guint slow_to;
  guint start; /* byte at which the player starts, of SIZE */
} World;

typedef struct {
  gint64 first; /* microseconds until it was first told to play */
  gint64 late;  /* how long it had no data while it was told to play */
  guint pauses; /* how often it was told to pause after that */
  gboolean ended;
} Outcome;

/* Returns the end of the bytes that are needed to play up to @time. */
static guint64
need_at (const World *world, gint64 time)
{
  gdouble x = CLAMP ((gdouble) time / DURATION, 0, 1);

  if (world->front_loaded)
    x = x < 0.25 ? x * 2 : 0.5 + (x - 0.25) * 2 / 3;

  return (guint64) (x * (SIZE - INDEX));
}

static gint64
time_at (const World *world, guint64 byte)
{
  gint64 time = 0;

  while (time < DURATION && need_at (world, time) < byte)
    time += STEP / 10;

  return time;
}

static SeedanceTimeline
make_timeline (const World *world)
{
  SeedanceTimeline timeline = { DURATION * 1000, TRUE, { 0 } };

  for (guint i = 0; i < SEEDANCE_TIMELINE_SLICES; i++)
    timeline.need[i] =
        need_at (world, DURATION * (i + 1) / SEEDANCE_TIMELINE_SLICES);

  return timeline;
}

static guint64
sent_at (const World *world, guint rate, gint64 time)
{
  gint64 from = world->slow_from * G_TIME_SPAN_MILLISECOND;
  gint64 to = world->slow_to * G_TIME_SPAN_MILLISECOND;

  if (to > 0 && time > from)
    time = time < to ? from : time - (to - from);

  return MIN ((guint64) time * rate / G_TIME_SPAN_SECOND, SIZE);
}

static void
fill (const World *world, SeedanceSupply *supply, guint64 sent)
{
  supply->readable = sent > 0;
  supply->received = sent;
  supply->over = sent == SIZE;
  supply->there[0] = (SeedanceRange){ 0, sent };
  supply->n_there = 1;
  if (world->moov_last && sent < SIZE - INDEX) {
    supply->there[1] = (SeedanceRange){ SIZE - INDEX, SIZE };
    supply->n_there = 2;
    supply->received += INDEX;
  }
}

/* Simulates playback from world->start to the end at @rate bytes per second. */
static Outcome
play (const World *world, guint rate)
{
  SeedanceSupply supply = { .size = SIZE, .fetching_since = START };
  GstSeedanceBuffering buffering = { 0 };
  Outcome outcome = { -1, 0, 0, FALSE };
  gint64 played = time_at (world, world->start);
  gboolean was_low = FALSE;

  supply.timeline = make_timeline (world);
  supply.read_from = supply.read_to = world->start;
  for (gint64 t = STEP; t < 100 * G_TIME_SPAN_SECOND; t += STEP) {
    guint64 sent = sent_at (world, rate, t);
    gboolean dry = need_at (world, played + STEP) > sent;

    fill (world, &supply, sent);
    if (sent > supply.arrived)
      supply.arrived_at = START + t;
    supply.arrived = sent;
    supply.read_to = CLAMP (need_at (world, played) + world->ahead,
        supply.read_to, MAX (sent, supply.read_to));
    if (!dry && (world->ahead < SIZE || sent == SIZE))
      supply.starving_since = 0;
    else if (supply.starving_since == 0)
      supply.starving_since = START + t;
    gst_seedance_buffering_judge (&buffering, &supply, START + t);
    g_assert_true (buffering.level.percent == 100 || buffering.low);
    g_assert_true (
        (buffering.level.percent == 100) == (buffering.level.wait == 0));
    outcome.pauses += buffering.low && !was_low && outcome.first >= 0;
    was_low = buffering.low;
    if (buffering.low)
      continue;
    if (outcome.first < 0)
      outcome.first = t;
    if (dry)
      outcome.late += STEP;
    else
      played += STEP;
    outcome.ended = played >= DURATION;
    if (outcome.ended)
      break;
  }

  return outcome;
}

static const guint rates[] = { 150000, 400000, 580000, 650000, 800000, 1000000,
  10000000 };

static const World worlds[] = {
  { "moov-first", FALSE, FALSE, 10000 },
  { "moov-last", FALSE, TRUE, 10000 },
  { "front-loaded", TRUE, FALSE, 10000 },
  { "front-loaded-moov-last", TRUE, TRUE, 10000 },
  /* A queue in front of the demuxer: its reader always waits for data. */
  { "queue", FALSE, FALSE, SIZE },
  { "front-loaded-queue", TRUE, FALSE, SIZE },
};

/* Returns the earliest time at which playback can start without a later
 * stall. */
static gint64
ideal (const World *world, guint rate)
{
  gint64 wait = 0;

  for (gint64 t = 0; t < DURATION; t += STEP) {
    gint64 there = (gint64) (need_at (world, t + STEP) *
                             (guint64) G_TIME_SPAN_SECOND / rate);

    wait = MAX (wait, there - t);
  }

  return wait;
}

/* Playback starts at most one second later than possible and then never runs
 * out of data. */
static void
test_plays_through_and_begins_early (gconstpointer data)
{
  const World *world = data;

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    Outcome outcome = play (world, rates[i]);
    gint64 least = ideal (world, rates[i]);

    g_test_message ("%u bytes/s: first after %.2f s, ideal %.2f s", rates[i],
        outcome.first / 1e6, least / 1e6);
    g_assert_true (outcome.ended);
    g_assert_cmpint (outcome.late, ==, 0);
    g_assert_cmpuint (outcome.pauses, ==, 0);
    g_assert_cmpint (outcome.first, <=, least + G_TIME_SPAN_SECOND);
  }
}

static void
test_a_fast_link_is_not_waited_for (void)
{
  Outcome outcome = play (&worlds[0], 10000000);

  g_assert_cmpint (outcome.first, ==, STEP);
}

/* The link stops for longer than any prediction can allow for. */
static void
test_a_link_that_stops_pauses_once (void)
{
  const World world = { "stops", FALSE, FALSE, 10000, 2000, 9000 };
  Outcome outcome = play (&world, 700000);

  g_assert_true (outcome.ended);
  g_assert_cmpuint (outcome.pauses, ==, 1);
  g_assert_cmpint (outcome.late, ==, 0);
}

/* The bytes before the seek position must arrive first. */
static void
test_a_seek_ahead_waits_for_what_is_before (void)
{
  const World world = { "seek", FALSE, TRUE, 10000, 0, 0, SIZE * 3 / 4 };
  Outcome outcome = play (&world, 400000);
  gint64 there = (gint64) world.start * G_TIME_SPAN_SECOND / 400000;

  g_assert_true (outcome.ended);
  g_assert_cmpint (outcome.late, ==, 0);
  g_assert_cmpint (outcome.first, >=, there);
  g_assert_cmpint (outcome.first, <=, there + 15 * G_TIME_SPAN_SECOND / 10);
}

static GstSeedanceBuffering
judge_at (SeedanceSupply *supply, gint64 seconds)
{
  GstSeedanceBuffering buffering = { 0 };

  gst_seedance_buffering_judge (
      &buffering, supply, START + seconds * G_TIME_SPAN_SECOND);

  return buffering;
}

/* Bytes from an earlier run say nothing about the speed of this run's link. */
static void
test_a_resumed_download_is_no_fast_link (void)
{
  SeedanceSupply supply = { TRUE, FALSE, 1000000, 600000, START };
  GstSeedanceBuffering buffering;

  supply.fetching_from = 500000;
  supply.there[0] = (SeedanceRange){ 0, 600000 };
  supply.n_there = 1;
  buffering = judge_at (&supply, 5);
  g_assert_cmpint (buffering.level.percent, <, 100);
  g_assert_cmpint (buffering.level.rate_in, <=, 20000);
  g_assert_cmpint (buffering.level.total, >=, 20000);
}

/* Without an index at the start of the clip, playback needs the whole clip. */
static void
test_an_unknown_duration_waits_for_the_whole (void)
{
  SeedanceSupply supply = { TRUE, FALSE, 1000000, 500000, START };
  GstSeedanceBuffering buffering;

  supply.there[0] = (SeedanceRange){ 0, 500000 };
  supply.n_there = 1;
  buffering = judge_at (&supply, 5);
  g_assert_cmpint (buffering.level.percent, ==, 50);
  g_assert_cmpint (buffering.level.wait, ==, buffering.level.total);
  g_assert_cmpint (buffering.level.total, >, 5000);
  g_assert_cmpint (buffering.level.total, <, 6000);
  supply.there[0].end = supply.received = 1000000;
  buffering = judge_at (&supply, 10);
  g_assert_cmpint (buffering.level.percent, ==, 100);
}

/* After a failed download the level is 100 %, so that a waiting application
 * plays on and gets the error from the stream. */
static void
test_a_download_that_failed_is_not_waited_for (void)
{
  SeedanceSupply supply = { TRUE, TRUE, 1000000, 500000, START };
  GstSeedanceBuffering buffering = judge_at (&supply, 5);

  g_assert_cmpint (buffering.level.percent, ==, 100);
}

static void
test_nothing_is_said_before_anything_came (void)
{
  SeedanceSupply supply = { .size = -1 };
  GstSeedanceBuffering buffering = judge_at (&supply, 5);

  g_assert_false (buffering.low);
  g_assert_cmpint (buffering.judged, ==, 0);
}

static void
test_the_query_tells_ranges (void)
{
  GstQuery *query = gst_query_new_buffering (GST_FORMAT_BYTES);
  SeedanceSupply supply = { TRUE, FALSE, 1000000, 500000, START };
  GstSeedanceLevel level = { 42, 100000, 200000, 3000, 5000 };
  gint64 start, stop, total;
  gboolean busy;
  gint percent;

  supply.there[0] = (SeedanceRange){ 0, 400000 };
  supply.there[1] = (SeedanceRange){ 900000, 1000000 };
  supply.n_there = 2;
  supply.read_to = 1000;
  g_assert_true (gst_seedance_buffering_answer (query, &level, &supply));
  gst_query_parse_buffering_percent (query, &busy, &percent);
  g_assert_true (busy);
  g_assert_cmpint (percent, ==, 42);
  gst_query_parse_buffering_range (query, NULL, &start, &stop, &total);
  g_assert_cmpint (start, ==, 0);
  g_assert_cmpint (stop, ==, 400000);
  g_assert_cmpint (total, ==, 5000);
  g_assert_cmpuint (gst_query_get_n_buffering_ranges (query), ==, 2);
  gst_query_parse_nth_buffering_range (query, 1, &start, &stop);
  g_assert_cmpint (start, ==, 900000);
  gst_query_unref (query);

  query = gst_query_new_buffering (GST_FORMAT_PERCENT);
  g_assert_true (gst_seedance_buffering_answer (query, &level, &supply));
  gst_query_parse_buffering_range (query, NULL, &start, &stop, NULL);
  g_assert_cmpint (stop, ==, 40 * GST_FORMAT_PERCENT_SCALE);
  gst_query_unref (query);

  query = gst_query_new_buffering (GST_FORMAT_TIME);
  g_assert_false (gst_seedance_buffering_answer (query, &level, &supply));
  gst_query_unref (query);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (worlds); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/buffering/plays/%s", worlds[i].name);

    g_test_add_data_func (
        path, &worlds[i], test_plays_through_and_begins_early);
  }
  g_test_add_func ("/buffering/fast", test_a_fast_link_is_not_waited_for);
  g_test_add_func (
      "/buffering/resumed", test_a_resumed_download_is_no_fast_link);
  g_test_add_func ("/buffering/stops", test_a_link_that_stops_pauses_once);
  g_test_add_func (
      "/buffering/seek", test_a_seek_ahead_waits_for_what_is_before);
  g_test_add_func (
      "/buffering/no-duration", test_an_unknown_duration_waits_for_the_whole);
  g_test_add_func (
      "/buffering/failed", test_a_download_that_failed_is_not_waited_for);
  g_test_add_func (
      "/buffering/nothing", test_nothing_is_said_before_anything_came);
  g_test_add_func ("/buffering/query", test_the_query_tells_ranges);

  return g_test_run ();
}
