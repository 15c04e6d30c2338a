/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pacing.h"

#include <string.h>

#define FLOOR 1000
#define CEILING 60000
/* Before this share of the shortest time nothing is asked. */
#define EARLIEST 0.8
/* A clip is noticed late by this share of its time at most, unless it is done
 * before that. */
#define SPACING 0.05
/* Times beyond a day are not times. */
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
