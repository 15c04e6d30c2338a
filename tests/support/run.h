/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One pipeline with a seedancesrc called "src", and all that it says. Waits
 * are for messages; a clock only ever fails a test. */
#pragma once

#include "home.h"

G_BEGIN_DECLS

/* The start of a launch line; CLIP orders the smallest clip that there is, of
 * TEST_FRAMES frames. */
#define SOURCE "seedancesrc name=src poll-interval=100 "
#define CLIP SOURCE "prompt=boat resolution=480p duration=1 seed=7 "
#define TEST_FRAMES 25

typedef struct {
  GstElement *pipeline;
  GstElement *src;
  GstBus *bus;
  GPtrArray *said; /* every GstMessage so far */
  GPtrArray *taps;
} TestRun;

/* How many times slower than usual things may be, under a tool that makes them
 * so: what the timeouts of the tests are multiplied by. */
guint test_slowness (void);

/* How long, in microseconds, an event is waited for that is sure to come, on a
 * machine that is as busy as can be; less than the timeout of a test. */
gint64 test_patience (void);

/* What a test that failed left behind: the next one of the process would wait
 * for its threads. */
void test_run_stop_all (void);

TestRun *test_run_new (const gchar *line, ...) G_GNUC_PRINTF (1, 2);

/* Stops it first. */
void test_run_free (TestRun *run);

/* Owned by the pipeline. */
GstElement *test_run_get (TestRun *run, const gchar *name);

/* To PAUSED or PLAYING; returns at once. */
void test_run_start (TestRun *run, GstState state);

/* To NULL, which must not take long whatever is under way. */
void test_run_stop (TestRun *run);

/* The next message of one of @types, owned by the run. An error that is not
 * among them fails the test. */
GstMessage *test_run_wait (TestRun *run, GstMessageType types);

/* Until the pipeline has reached the state it was last told to go to. */
void test_run_wait_done (TestRun *run);

/* The element message that tells that the task is @status, owned by the run. */
GstMessage *test_run_wait_task (TestRun *run, const gchar *status);

/* Plays until EOS, or until the first error, which is owned by the run. */
void test_run_to_end (TestRun *run);

/* Plays CLIP with @properties to its end and asserts that every byte of it
 * came; returns how many those are. */
gsize test_play_clip (const gchar *properties);

/* What a message about buffering tells. */
gint test_percent_of (GstMessage *message);
GstMessage *test_run_to_error (TestRun *run);

/* Takes over what is on the bus, waiting for nothing. */
void test_run_drain (TestRun *run);

/* How many messages of @type were said, and of progress of @type for @code
 * (NULL: any). */
guint test_run_count (TestRun *run, GstMessageType type);
guint test_run_count_progress (
    TestRun *run, GstProgressType type, const gchar *code);

/* Whether the words of any progress held @what. */
gboolean test_run_was_told (TestRun *run, const gchar *what);

/* What reaches the sink pad of an element. Set before the start. */
typedef struct {
  GMutex lock;
  guint buffers;
  gsize largest;
  GstClockTime first_time, last_time; /* in the clip */
  GByteArray *bytes;
} TestTap;

/* The run frees it. */
TestTap *test_run_tap (TestRun *run, const gchar *element);
guint test_tap_count (TestTap *tap);
void test_tap_reset (TestTap *tap);
void test_tap_assert_bytes (TestTap *tap, GBytes *expected);

void test_assert_same_bytes (GBytes *bytes, GBytes *expected);

G_END_DECLS
