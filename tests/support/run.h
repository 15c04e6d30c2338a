/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A run: one pipeline, usually with a seedancesrc called "src", and all its
 * messages. Tests wait for messages, not for time; a timeout only ever fails a
 * test. */
#pragma once

#include "home.h"

G_BEGIN_DECLS

/* The start of a launch line. CLIP orders the smallest possible clip, which has
 * TEST_FRAMES frames. */
#define SOURCE "seedancesrc name=src poll-interval=100 "
#define CLIP SOURCE "prompt=boat resolution=480p duration=1 seed=7 "
#define TEST_FRAMES 25

typedef struct {
  GstElement *pipeline;
  GstElement *src;
  GstBus *bus;
  GPtrArray *said; /* every GstMessage taken off the bus so far */
  GPtrArray *taps;
} TestRun;

/* Returns how many times slower than usual this machine may be, for example
 * under valgrind: the factor of all timeouts of the tests. */
guint test_slowness (void);

/* Returns the time, in microseconds, that a test waits at most for an event
 * that is sure to come, even on a very busy machine. It is less than the
 * timeout of a test. */
gint64 test_patience (void);

/* Stops the pipelines that a failed test left running; the next test of the
 * process would otherwise wait for their threads. */
void test_run_stop_all (void);

/* Makes a pipeline from a launch line in printf style. The caller frees it with
 * test_run_free(). */
TestRun *test_run_new (const gchar *line, ...) G_GNUC_PRINTF (1, 2);

/* Stops the pipeline and frees the run. */
void test_run_free (TestRun *run);

/* Fails the test if there is no such element. The pipeline owns the result. */
GstElement *test_run_get (TestRun *run, const gchar *name);

/* Starts the change to PAUSED or PLAYING and returns at once. */
void test_run_start (TestRun *run, GstState state);

/* Goes to NULL. Fails the test if that takes long, whatever is in progress. */
void test_run_stop (TestRun *run);

/* Waits for the next message of one of @types; the run owns it. An error
 * message that is not among @types fails the test. */
GstMessage *test_run_wait (TestRun *run, GstMessageType types);

/* Waits until the pipeline has reached its target state. */
void test_run_wait_done (TestRun *run);

/* Waits for the seedance-task message with this @status; one that came before
 * the call counts as well. The run owns it. */
GstMessage *test_run_wait_task (TestRun *run, const gchar *status);

/* Plays until EOS. */
void test_run_to_end (TestRun *run);

/* Plays CLIP with @properties to its end and asserts that all its bytes came.
 * Returns their number. */
gsize test_play_clip (const gchar *properties);

/* Returns the percentage in a BUFFERING message. */
gint test_percent_of (GstMessage *message);
/* Plays until the first error, which the run owns. EOS fails the test. */
GstMessage *test_run_to_error (TestRun *run);

/* Takes the messages that are on the bus now, without waiting. */
void test_run_drain (TestRun *run);

/* Return how many messages of @type came so far, and how many progress messages
 * of @type for @code (NULL: any). */
guint test_run_count (TestRun *run, GstMessageType type);
guint test_run_count_progress (
    TestRun *run, GstProgressType type, const gchar *code);

/* Returns TRUE if the text of any progress message contains @what. */
gboolean test_run_was_told (TestRun *run, const gchar *what);

/* A tap: records the buffers that reach the sink pad of an element. */
typedef struct {
  GMutex lock;
  guint buffers;
  gsize largest;
  GstClockTime first_time, last_time; /* positions in the clip */
  GByteArray *bytes;
} TestTap;

/* Adds a tap to the element; call it before the start. The run frees the
 * tap. */
TestTap *test_run_tap (TestRun *run, const gchar *element);
guint test_tap_count (TestTap *tap);
void test_tap_reset (TestTap *tap);
void test_tap_assert_bytes (TestTap *tap, GBytes *expected);

void test_assert_same_bytes (GBytes *bytes, GBytes *expected);

G_END_DECLS
