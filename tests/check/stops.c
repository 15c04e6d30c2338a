/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever a run waits for, it can be stopped, flushed and sought in within 5
 * ms, at a hundred random moments of each phase, and without another order.
 *
 * An event shows that the phase is reached. A random wait follows.
 *
 * One slow call proves nothing, because another program may have used the
 * processor. So before each stop the test stops an empty pipeline with the same
 * two threads, which sees the same load. The medians and the upper quartiles of
 * both may differ by 5 ms; beyond these, a machine with more work than
 * processors decides. A stop that waits for something does so too often to
 * escape both. Everything that it could wait for lasts seconds, so no single
 * stop may take a second. */

#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "peer.h"
#include "run.h"

#define MANY 20 /* moments; with fewer the median says nothing */

/* Microseconds. */
#define PROMISE (5 * G_TIME_SPAN_MILLISECOND)
#define NEVER G_TIME_SPAN_SECOND
#define WHILE (3 * G_TIME_SPAN_MILLISECOND)

static guint
n_moments (void)
{
  const gchar *text = g_getenv ("SEEDANCE_STOP_MOMENTS");

  return text ? (guint) atoi (text) : 100;
}

typedef struct {
  GArray *ours, *empty; /* microseconds, gint64 */
} Times;

static Times
times_new (void)
{
  return (Times){ g_array_new (FALSE, FALSE, sizeof (gint64)),
    g_array_new (FALSE, FALSE, sizeof (gint64)) };
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  const gint64 *left = a, *right = b;

  return *left < *right ? -1 : *left > *right;
}

static gint64
percentile (GArray *times, guint percent)
{
  return g_array_index (times, gint64, (times->len - 1) * percent / 100);
}

static void
times_judge (Times *times, const gchar *what, const gchar *phase)
{
  static const guint percents[] = { 50, 75 };
  gint64 longest;

  g_array_sort (times->ours, compare_times);
  g_array_sort (times->empty, compare_times);
  longest = percentile (times->ours, 100);
  g_print ("%-5s %-30s median %6.2f ms (empty %6.2f)  75 %% %6.2f ms (%6.2f)  "
           "longest %6.2f ms (%6.2f)\n",
      what, phase, percentile (times->ours, 50) / 1e3,
      percentile (times->empty, 50) / 1e3, percentile (times->ours, 75) / 1e3,
      percentile (times->empty, 75) / 1e3, longest / 1e3,
      percentile (times->empty, 100) / 1e3);
  /* With few moments the median says nothing. */
  for (guint i = 0; i < G_N_ELEMENTS (percents) && n_moments () >= MANY; i++)
    fail_unless (
        percentile (times->ours, percents[i]) <=
            percentile (times->empty, percents[i]) + test_slowness () * PROMISE,
        "%s: %s takes too long", phase, what);
  fail_unless (
      longest < test_slowness () * NEVER, "%s: %s waited", phase, what);
  g_array_unref (times->ours);
  g_array_unref (times->empty);
}

/* Waits for a random while within the phase. */
static void
let_pass (void)
{
  g_usleep ((gulong) g_random_int_range (0, WHILE));
}

static void
take_time (GArray *times, void (*call) (GstElement *), GstElement *element)
{
  gint64 start = g_get_monotonic_time ();
  gint64 took;

  call (element);
  took = g_get_monotonic_time () - start;
  g_array_append_val (times, took);
}

static void
stop (GstElement *pipeline)
{
  fail_unless (gst_element_set_state (pipeline, GST_STATE_NULL) ==
               GST_STATE_CHANGE_SUCCESS);
}

static void
flush (GstElement *src)
{
  fail_unless (gst_element_send_event (src, gst_event_new_flush_start ()));
  fail_unless (gst_element_send_event (src, gst_event_new_flush_stop (TRUE)));
}

static void
seek (GstElement *src)
{
  fail_unless (gst_element_seek (src, 1.0, GST_FORMAT_BYTES,
      GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_NONE, 0));
}

/* Takes the time of an empty pipeline. Its appsrc has no data and waits as
 * seedancesrc does. */
static void
time_empty (GArray *times, void (*call) (GstElement *), gboolean whole)
{
  TestRun *run = test_run_new ("appsrc name=src ! fakesink");

  test_run_start (run, GST_STATE_PLAYING);
  let_pass ();
  take_time (times, call, whole ? run->pipeline : run->src);
  test_run_free (run);
}

/* What the runs of a phase order. */
typedef enum {
  EACH,  /* each orders something else */
  SAME,  /* the first orders, the others take its task up */
  KNOWN, /* nothing is ordered: they take up a known task */
} Orders;

typedef struct {
  const gchar *name;
  Orders orders;
  const gchar *faults;     /* "@PEER@" is a peer's address */
  const gchar *properties; /* the same */
  TestPeerKind peer;
  /* The event that shows that the phase is reached; if none is set, the
   * peer. */
  gboolean by_name;
  GstMessageType by_message;
  const gchar *by_counter;
  gint posts, tasks; /* N_EACH: as many as runs */
  gboolean stays;    /* the POST is sent, and not cancelled */
  const gchar *sink;
} Phase;

#define N_EACH (-1)
#define NO_NAME "base-url=https://" TEST_NAME_SILENT
#define PLAIN "base-url=http://@PEER@"
#define TLS "base-url=https://@PEER@"
#define SLOW "poll-interval=60000"

static const Phase phases[] = {
  { "order: name unanswered", EACH, NULL, NO_NAME, .by_name = TRUE },
  { "order: SYN dropped", EACH, NULL, PLAIN, TEST_PEER_FULL },
  { "order: TLS handshake silent", EACH, NULL, TLS, TEST_PEER_SILENT },
  { "order: accepted and silent", EACH, NULL, PLAIN, TEST_PEER_SILENT,
      .stays = TRUE },
  { "order: headers dripping", EACH, NULL, PLAIN, TEST_PEER_DRIPPING,
      .stays = TRUE },
  { "order: answer held", EACH, "submit:hold", "", .by_counter = "submits_held",
      .posts = N_EACH, .tasks = N_EACH, .stays = TRUE },
  { "order: backoff", EACH, "submit:status=429+retry-after=60", "",
      .by_counter = "answers", .posts = N_EACH },
  { "poll: name unanswered", KNOWN, NULL, NO_NAME, .by_name = TRUE },
  { "poll: SYN dropped", KNOWN, NULL, PLAIN, TEST_PEER_FULL },
  { "poll: TLS handshake silent", KNOWN, NULL, TLS, TEST_PEER_SILENT },
  { "poll: accepted and silent", KNOWN, NULL, PLAIN, TEST_PEER_SILENT },
  { "poll: headers dripping", KNOWN, NULL, PLAIN, TEST_PEER_DRIPPING },
  { "poll: between two", SAME, "poll:word=queued", SLOW,
      .by_message = GST_MESSAGE_ELEMENT, .posts = 1, .tasks = 1 },
  { "poll: backoff", SAME, "poll:status=500", SLOW, .by_counter = "answers",
      .posts = 1, .tasks = 1 },
  { "clip: name unanswered", SAME, "poll:url=https://" TEST_NAME_SILENT "/", "",
      .by_name = TRUE, .posts = 1, .tasks = 1 },
  { "clip: SYN dropped", SAME, "poll:url=http://@PEER@/clip", "",
      TEST_PEER_FULL, .posts = 1, .tasks = 1 },
  { "clip: TLS handshake silent", SAME, "poll:url=https://@PEER@/clip", "",
      TEST_PEER_SILENT, .posts = 1, .tasks = 1 },
  { "clip: accepted and silent", SAME, "clip:hang", "", .by_counter = "hangs",
      .posts = 1, .tasks = 1 },
  { "clip: headers dripping", SAME, "poll:url=http://@PEER@/clip", "",
      TEST_PEER_DRIPPING, .posts = 1, .tasks = 1 },
  { "clip: backoff", SAME, "clip:status=503+retry-after=60", "",
      .by_counter = "answers", .posts = 1, .tasks = 1 },
  { "clip: body stalled", SAME, "clip:stall=5000", "",
      .by_counter = "clips_stalled", .posts = 1, .tasks = 1 },
  { "clip: body flowing", SAME, "clip:rate=50000", "",
      .by_message = GST_MESSAGE_TAG, .posts = 1, .tasks = 1 },
  { "clip: reader starved", SAME, "clip:hold-at=30%+no-range", "",
      .by_counter = "clips_held", .posts = 1, .tasks = 1,
      .sink = "qtdemux ! fakesink" },
};

typedef struct {
  const Phase *phase;
  TestPeer *peer;
  guint runs;
  gint64 before; /* of the counter */
} Stage;

static gboolean
needs_peer (const Phase *phase)
{
  return (phase->faults && strstr (phase->faults, "@PEER@")) ||
         strstr (phase->properties, "@PEER@");
}

static gchar *
fill_in (Stage *stage, const gchar *text)
{
  GString *filled = g_string_new (text);

  if (stage->peer)
    g_string_replace (filled, "@PEER@", test_peer_get_address (stage->peer), 0);

  return g_string_free (filled, FALSE);
}

static TestRun *
new_run (Stage *stage, guint nth)
{
  const Phase *phase = stage->phase;
  g_autofree gchar *properties = fill_in (stage, phase->properties);
  g_autofree gchar *what =
      phase->orders == EACH    ? g_strdup_printf ("prompt=\"boat %u\"", nth)
      : phase->orders == KNOWN ? g_strdup_printf ("task-id=task-%u", nth)
                               : g_strdup ("prompt=boat");

  return test_run_new (SOURCE "resolution=480p duration=1 seed=7 %s %s ! %s",
      what, properties, phase->sink ? phase->sink : "fakesink");
}

static TestRun *
start (Stage *stage)
{
  const Phase *phase = stage->phase;
  TestRun *run = new_run (stage, stage->runs++);

  if (phase->by_counter)
    stage->before = test_service_count (service, phase->by_counter);
  test_run_start (run, GST_STATE_PLAYING);

  return run;
}

static void
wait_until_reached (Stage *stage, TestRun *run)
{
  const Phase *phase = stage->phase;

  if (phase->by_name)
    test_names_wait (stage->runs);
  else if (phase->by_counter)
    test_service_wait (service, phase->by_counter, (guint) stage->before + 1);
  else if (phase->by_message == GST_MESSAGE_ELEMENT)
    test_run_wait_task (run, "queued");
  else if (phase->by_message)
    test_run_wait (run, phase->by_message);
  else
    test_peer_wait (stage->peer, stage->runs);
}

/* Waits until the stopped run has closed its connections, except for a POST in
 * flight. A name lookup cannot be cancelled; the next run shows that nothing
 * else waits for it. */
static void
wait_until_left (Stage *stage)
{
  if (stage->peer && !stage->phase->stays)
    test_peer_wait_left (stage->peer);
}

/* Orders the task that the runs of the phase take up, with a short
 * poll-interval whatever the phase has. */
static void
order_once (void)
{
  TestRun *run = test_run_new (CLIP "! fakesink");

  test_service_fault (service, "poll:word=queued");
  test_run_start (run, GST_STATE_PLAYING);
  test_run_wait_task (run, "queued");
  test_run_free (run);
}

static Stage
enter (const Phase *phase)
{
  Stage stage = { .phase = phase };
  g_autofree gchar *faults = NULL;

  /* With the index at the start a clip needs one request only. */
  test_service_set (service, "{\"layout\":\"moov-first\"}");
  if (phase->orders == SAME)
    order_once ();
  if (needs_peer (phase))
    stage.peer = test_peer_start (phase->peer);
  if (phase->faults) {
    faults = fill_in (&stage, phase->faults);
    test_service_fault (service, faults);
  }

  return stage;
}

/* Checks how each order ended that was left in flight: with a clip without
 * another order, or with the error that it may be billed. */
static void
assert_left_orders (Stage *stage, GstMessageType end)
{
  for (guint i = 0; i < stage->runs; i++) {
    TestRun *run = new_run (stage, i);

    gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
    fail_unless (GST_MESSAGE_TYPE (test_run_wait (
                     run, GST_MESSAGE_EOS | GST_MESSAGE_ERROR)) == end);
    test_run_free (run);
  }
}

static void
leave (Stage *stage)
{
  const Phase *phase = stage->phase;
  gint runs = (gint) stage->runs;

  test_names_release ();
  test_service_fault (service, "");
  test_service_release (service);
  if (stage->peer && phase->stays) {
    test_peer_hang_up (stage->peer);
    assert_left_orders (stage, GST_MESSAGE_ERROR);
  } else if (phase->stays) {
    assert_left_orders (stage, GST_MESSAGE_EOS);
  }
  if (stage->peer)
    test_peer_stop (stage->peer);
  assert_posts (service, phase->posts == N_EACH ? runs : phase->posts);
  assert_tasks (service, phase->tasks == N_EACH ? runs : phase->tasks);
}

GST_START_TEST (a_run_stops_at_once)
{
  const Phase *phase = &phases[__i__];
  Stage stage = enter (phase);
  Times times = times_new ();

  for (guint i = 0; i < n_moments (); i++) {
    TestRun *run;

    time_empty (times.empty, stop, TRUE);
    run = start (&stage);
    wait_until_reached (&stage, run);
    let_pass ();
    take_time (times.ours, stop, run->pipeline);
    test_run_free (run);
    wait_until_left (&stage);
  }
  leave (&stage);
  times_judge (&times, "stop", phase->name);
}
GST_END_TEST

static void
interrupt (gint nth, const gchar *what, void (*call) (GstElement *))
{
  const Phase *phase = &phases[nth];
  Stage stage = enter (phase);
  TestRun *run = start (&stage);
  Times times = times_new ();

  wait_until_reached (&stage, run);
  for (guint i = 0; i < n_moments (); i++) {
    time_empty (times.empty, flush, FALSE);
    let_pass ();
    take_time (times.ours, call, run->src);
  }
  test_run_free (run);
  wait_until_left (&stage);
  leave (&stage);
  times_judge (&times, what, phase->name);
}

/* Events that the source gets do not reach a demuxer that pulls; the last phase
 * has one. */
#define N_PUSHED (G_N_ELEMENTS (phases) - 1)

GST_START_TEST (a_flush_returns_at_once)
{
  interrupt (__i__, "flush", flush);
}
GST_END_TEST

GST_START_TEST (a_flushing_seek_returns_at_once)
{
  interrupt (__i__, "seek", seek);
}
GST_END_TEST

static Suite *
stops_suite (void)
{
  Suite *suite = suite_create ("stops");
  TCase *stopped = test_case_new (suite, "stopped");
  TCase *flushed = test_case_new (suite, "flushed");

  tcase_add_loop_test (stopped, a_run_stops_at_once, 0, G_N_ELEMENTS (phases));
  tcase_add_loop_test (flushed, a_flush_returns_at_once, 0, N_PUSHED);
  tcase_add_loop_test (flushed, a_flushing_seek_returns_at_once, 0, N_PUSHED);

  return suite;
}

GST_CHECK_MAIN (stops)
