/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When to poll next, learned from how long earlier clips of the same kind took.
 *
 * With a history, the first poll comes when the clip may be ready. From then on
 * each wait is a fixed share of the time that has passed: a clip is noticed
 * late by a few percent of its generation time, however long that is. Without a
 * history the polls come at a fixed interval. Pure functions; all times are in
 * milliseconds. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SEEDANCE_PACING_MAX 16

typedef struct {
  guint count;
  gint64 times[SEEDANCE_PACING_MAX]; /* the latest ones, oldest first */
} SeedancePacing;

/* Adds a generation time, in place of the oldest if the history is full.
 * Ignores a time that is not positive or longer than a day. */
void seedance_pacing_add (SeedancePacing *pacing, gint64 time);

/* Returns the wait before the next poll, @elapsed after the order was
 * submitted. @interval, the value of poll-interval, is returned if there is no
 * history. Else the wait is at most 60 s, and at least 1 s or @interval,
 * whichever is less. */
guint64 seedance_pacing_next (
    const SeedancePacing *pacing, guint64 elapsed, guint64 interval);

G_END_DECLS
