/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When to poll next, learned from how long earlier clips of the same kind took.
 *
 * With a history, the first poll comes when the clip may be ready. From then on
 * each wait is a fixed share of the time that has passed: a clip is noticed
 * late by a few percent of its generation time, however long that is. Without a
 * history the polls come at a fixed interval. A pure function; all times are in
 * milliseconds. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns the wait before the next poll, @elapsed after the order was
 * submitted. @shortest is the shortest generation time of the latest clips of
 * the kind; 0 = there is no history, so @interval, the value of poll-interval,
 * is returned. Else the wait is at most 60 s, and at least 1 s or @interval,
 * whichever is less. */
guint64 seedance_pacing_next (
    gint64 shortest, guint64 elapsed, guint64 interval);

G_END_DECLS
