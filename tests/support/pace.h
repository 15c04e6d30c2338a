/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clock that advances in steps and waits for the output of the pipeline. A
 * test on a busy machine takes longer, but sees the same output. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _TestPace TestPace;

/* Returns TRUE if the output has reached @time, a running time. The pace's own
 * thread calls it. */
typedef gboolean (*TestPaceFunc) (GstClockTime time, gpointer user_data);

/* Makes @pipeline use such a clock. It runs at @fast / @slow of real time, or
 * slower: while the pipeline's target state is PLAYING, it waits for @has_come.
 * Starts a thread; the caller frees the result with test_pace_free(). */
TestPace *test_pace_new (GstElement *pipeline, guint fast, guint slow,
    TestPaceFunc has_come, gpointer user_data);
/* Stops the thread. The pipeline keeps the clock, which then stands still.
 * @pace may be NULL. */
void test_pace_free (TestPace *pace);

/* Advances the clock by @time at once, as if the machine had been suspended for
 * that long. The clock then does not wait for output that was due before the
 * jump. */
void test_pace_jump (TestPace *pace, GstClockTime time);

G_END_DECLS
