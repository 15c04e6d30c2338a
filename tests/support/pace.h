/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clock that goes on by steps, and no further than the output has come: a test
 * on a machine that is busy takes longer, and sees the same. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _TestPace TestPace;

/* Whether the output has come as far as @time, a running time. On a thread of
 * the pace's. */
typedef gboolean (*TestPaceFunc) (GstClockTime time, gpointer user_data);

/* @pipeline runs against it, at most @fast times too fast and @slow times too
 * slow. While it is to be in PLAYING, the clock waits for @has_come. */
TestPace *test_pace_new (GstElement *pipeline, guint fast, guint slow,
    TestPaceFunc has_come, gpointer user_data);
/* The pipeline keeps the clock, which stands still. NULL is fine. */
void test_pace_free (TestPace *pace);

/* As if the machine had done nothing for @time. */
void test_pace_jump (TestPace *pace, GstClockTime time);

G_END_DECLS
