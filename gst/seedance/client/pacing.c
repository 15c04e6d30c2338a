/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calculates the time of the next poll from the generation times of earlier
 * clips. */

#include "pacing.h"

#include <string.h>

/* The shortest and the longest wait between two polls, in milliseconds. */
#define FLOOR 1000
#define CEILING 60000
/* The first poll comes after this share of the shortest generation time. */
#define EARLIEST 0.8
/* After that, each wait is this share of the time that has passed: a clip is
 * noticed late by about this share of its own generation time. */
#define SPACING 0.05
/* A longer generation time (a day, in milliseconds) is ignored as an error. */
#define TIME_MAX (24 * 3600 * G_GINT64_CONSTANT (1000))

void
seedance_pacing_add (SeedancePacing *pacing, gint64 time)
{
  if (time <= 0 || time > TIME_MAX)
    return;
  if (pacing->count == SEEDANCE_PACING_MAX) {
    memmove (pacing->times, pacing->times + 1,
        (SEEDANCE_PACING_MAX - 1) * sizeof pacing->times[0]);
    pacing->count--;
  }
  pacing->times[pacing->count++] = time;
}

static guint64
earliest (const SeedancePacing *pacing)
{
  gint64 shortest = pacing->times[0];

  for (guint i = 1; i < pacing->count; i++)
    shortest = MIN (shortest, pacing->times[i]);

  return (guint64) ((gdouble) shortest * EARLIEST);
}

guint64
seedance_pacing_next (
    const SeedancePacing *pacing, guint64 elapsed, guint64 interval)
{
  guint64 wait, start;

  if (pacing->count == 0)
    return interval;
  start = earliest (pacing);
  wait = elapsed < start ? start - elapsed
                         : (guint64) ((gdouble) elapsed * SPACING);

  return CLAMP (wait, MIN (interval, FLOOR), CEILING);
}
