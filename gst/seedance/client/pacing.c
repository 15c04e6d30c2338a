/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pacing.h"

/* The shortest and the longest wait between two polls, in milliseconds. */
#define FLOOR 1000
#define CEILING 60000
/* The first poll comes after this share of the shortest generation time. */
#define EARLIEST 0.8
/* After that, each wait is this share of the time that has passed: a clip is
 * noticed late by about this share of its own generation time. */
#define SPACING 0.05

guint64
seedance_pacing_next (gint64 shortest, guint64 elapsed, guint64 interval)
{
  guint64 wait, start;

  if (shortest <= 0)
    return interval;
  start = (guint64) ((gdouble) shortest * EARLIEST);
  wait = elapsed < start ? start - elapsed
                         : (guint64) ((gdouble) elapsed * SPACING);

  return CLAMP (wait, MIN (interval, FLOOR), CEILING);
}
