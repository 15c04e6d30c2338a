/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replays generation times against the pacing of polls in a simulated clock. */

#include "pacing.h"

#include <string.h>

#define INTERVAL 5000

/* Seconds that clips of one kind took, in the order in which they were made:
 * the bulk between 80 and 290 s, with the odd quick and slow one. */
static const guint seconds[] = { 118, 96, 143, 171, 104, 88, 205, 132, 127, 94,
  260, 111, 149, 183, 99, 121, 290, 137, 108, 166, 85, 224, 119, 101, 154, 412,
  130, 92, 115, 197, 140, 106, 175, 123, 98, 310, 135, 112, 160, 128 };

typedef struct {
  guint polls;
  guint64 late; /* ms after the clip was ready */
} Replay;

/* One task of @ready ms, polled until it is noticed. */
static Replay
replay (const SeedancePacing *pacing, guint64 ready)
{
  Replay result = { 0, 0 };
  guint64 now = 0;

  do {
    now += seedance_pacing_next (pacing, now, INTERVAL);
    result.polls++;
  } while (now < ready);
  result.late = now - ready;

  return result;
}

static void
test_without_history_is_the_interval (void)
{
  SeedancePacing pacing = { 0 };

  g_assert_cmpuint (seedance_pacing_next (&pacing, 0, 5000), ==, 5000);
  g_assert_cmpuint (seedance_pacing_next (&pacing, 100000, 100), ==, 100);
}

static void
test_half_the_polls_and_five_percent_late (void)
{
  SeedancePacing learned = { 0 }, none = { 0 };
  guint polls = 0, plain = 0, measured = 0;
  gdouble late = 0;

  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++) {
    guint64 ready = seconds[i] * 1000;

    /* From the second clip of a kind on. */
    if (i > 0) {
      Replay mine = replay (&learned, ready);

      polls += mine.polls;
      plain += replay (&none, ready).polls;
      late += (gdouble) mine.late / (gdouble) ready;
      measured++;
    }
    seedance_pacing_add (&learned, (gint64) ready);
  }
  g_test_message ("%u polls against %u, noticed %.2f %% late on average", polls,
      plain, 100 * late / measured);
  g_assert_cmpuint (2 * polls, <=, plain);
  g_assert_cmpfloat (late / measured, <=, 0.05);
}

static void
test_waits_stay_between_floor_and_ceiling (void)
{
  SeedancePacing pacing = { 0 };

  seedance_pacing_add (&pacing, 18 * 60 * 1000);
  g_assert_cmpuint (seedance_pacing_next (&pacing, 0, INTERVAL), ==, 60000);
  memset (&pacing, 0, sizeof pacing);
  seedance_pacing_add (&pacing, 2000);
  g_assert_cmpuint (seedance_pacing_next (&pacing, 2000, INTERVAL), ==, 1000);
  g_assert_cmpuint (seedance_pacing_next (&pacing, 2000, 250), ==, 250);
}

static void
test_history_forgets_the_oldest (void)
{
  SeedancePacing pacing = { 0 };

  for (gint64 i = 1; i <= SEEDANCE_PACING_MAX + 3; i++)
    seedance_pacing_add (&pacing, i);
  g_assert_cmpuint (pacing.count, ==, SEEDANCE_PACING_MAX);
  g_assert_cmpint (pacing.times[0], ==, 4);
}

static void
test_text_round_trip_and_garbage (void)
{
  SeedancePacing pacing = { 0 }, read;
  g_autofree gchar *text = NULL;

  seedance_pacing_add (&pacing, 90000);
  seedance_pacing_add (&pacing, 120500);
  text = seedance_pacing_to_text (&pacing);
  seedance_pacing_from_text (&read, text);
  g_assert_cmpmem (&pacing, sizeof pacing, &read, sizeof read);

  seedance_pacing_from_text (&read, "-5 x 99999999999999999999 \n\n 0 {}");
  g_assert_cmpuint (read.count, ==, 0);
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
  g_test_add_func ("/pacing/history-forgets-the-oldest",
      test_history_forgets_the_oldest);
  g_test_add_func (
      "/pacing/text-round-trip-and-garbage", test_text_round_trip_and_garbage);

  return g_test_run ();
}
