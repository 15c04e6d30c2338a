/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replays recorded generation times against the pacing of polls, in simulated
 * time. */

#include "pacing.h"

#define INTERVAL 5000

/* Recorded times from order to clip by kind of clip, in the order of the tasks
 * as far as it is known. They come from answers of the official service that
 * people published from 2025-06 to 2026-09: from created_at and updated_at, or
 * from the timestamps in the links. Each task counts once. */
typedef struct {
  const gchar *kind;
  guint seconds[12]; /* in seconds, up to the first 0 */
} Recorded;

static const Recorded recorded[] = {
  { "2.0, 720p, 5 s",
      { 176, 292, 203, 288, 231, 137, 226, 236, 153, 102, 188, 180 } },
  { "2.0, 480p, 5 s", { 109, 114, 125, 208, 231 } },
  { "2.0, 480p, 4 s", { 154, 129, 185 } },
  { "2.0, one film", { 337, 497, 313, 241, 278, 284, 206, 158 } },
  { "2.5, 720p, 5 s", { 147, 193, 249, 250 } },
  { "1.5 pro, 720p, 5 s", { 67, 71, 51 } },
  { "1.0 pro, 1080p, 5 s", { 49, 48, 48, 47, 48, 48, 52, 62 } },
  { "1.0 pro, one batch", { 48, 52, 41, 44, 46, 26, 33, 32, 33, 35, 47 } },
};

typedef struct {
  guint polls;
  guint64 late; /* ms after the clip was ready */
} Replay;

/* Polls one task, whose clip is ready after @ready ms, until a poll finds
 * it. */
static Replay
replay (gint64 shortest, guint64 ready)
{
  Replay result = { 0, 0 };
  guint64 now = 0;

  do {
    now += seedance_pacing_next (shortest, now, INTERVAL);
    result.polls++;
  } while (now < ready);
  result.late = now - ready;

  return result;
}

static void
test_without_history_is_the_interval (void)
{
  g_assert_cmpuint (seedance_pacing_next (0, 0, 5000), ==, 5000);
  g_assert_cmpuint (seedance_pacing_next (0, 100000, 100), ==, 100);
}

typedef struct {
  guint tasks, in_time; /* in_time: noticed within 5 % */
  guint polls, plain;   /* plain: with a fixed interval */
  gdouble late;         /* sum of the delays as shares of the times */
} Total;

static void
replay_kind (const Recorded *kind, Total *total)
{
  gint64 shortest = 0;

  for (guint i = 0; i < G_N_ELEMENTS (kind->seconds) && kind->seconds[i]; i++) {
    guint64 ready = kind->seconds[i] * 1000;
    Replay mine = replay (shortest, ready);
    gdouble late = (gdouble) mine.late / (gdouble) ready;

    if (i == 0 || (gint64) ready < shortest)
      shortest = (gint64) ready;
    /* The first clip of a kind has no earlier times to learn from. */
    if (i == 0)
      continue;
    total->tasks++;
    total->in_time += late <= 0.05;
    total->late += late;
    total->polls += mine.polls;
    total->plain += replay (0, ready).polls;
  }
}

static void
test_half_the_polls_and_five_percent_late (void)
{
  Total total = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (recorded); i++)
    replay_kind (&recorded[i], &total);
  g_test_message ("%u polls against %u; noticed %.2f %% late on average, %u of "
                  "%u within 5 %%",
      total.polls, total.plain, 100 * total.late / total.tasks, total.in_time,
      total.tasks);
  g_assert_cmpuint (2 * total.polls, <=, total.plain);
  g_assert_cmpfloat (total.late / total.tasks, <=, 0.05);
  /* The exceptions are clips that are much faster than all before. */
  g_assert_cmpuint (10 * total.in_time, >=, 9 * total.tasks);
}

static void
test_waits_stay_between_floor_and_ceiling (void)
{
  g_assert_cmpuint (
      seedance_pacing_next (18 * 60 * 1000, 0, INTERVAL), ==, 60000);
  g_assert_cmpuint (seedance_pacing_next (2000, 2000, INTERVAL), ==, 1000);
  g_assert_cmpuint (seedance_pacing_next (2000, 2000, 250), ==, 250);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pacing/without-history-is-the-interval",
      test_without_history_is_the_interval);
  g_test_add_func ("/pacing/half-the-polls-and-five-percent-late",
      test_half_the_polls_and_five_percent_late);
  g_test_add_func ("/pacing/waits-stay-between-floor-and-ceiling",
      test_waits_stay_between_floor_and_ceiling);

  return g_test_run ();
}
