/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When to ask again: learned from how long clips of the same kind took.
 *
 * With a history, nothing is asked before the clip can well be there, and then
 * the questions follow each other at a fixed share of the time that has
 * passed, so that a clip is noticed late by a few percent of its time whatever
 * that is. Without one, at the plain interval. Pure functions; all times in
 * milliseconds. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SEEDANCE_PACING_MAX 16

typedef struct {
  guint count;
  gint64 times[SEEDANCE_PACING_MAX]; /* the last ones, oldest first */
} SeedancePacing;

/* Adds a generation time, dropping the oldest when there is no room. */
void seedance_pacing_add (SeedancePacing *pacing, gint64 time);

/* How long to wait before the next poll, @elapsed after the submission.
 * @interval is what the user asked for; the floor is that or 1 s, whichever is
 * less, the ceiling 60 s. */
guint64 seedance_pacing_next (
    const SeedancePacing *pacing, guint64 elapsed, guint64 interval);

G_END_DECLS
