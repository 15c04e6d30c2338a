/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What applications do inside their handlers, and from several threads at once.
 * Nothing may hang or get lost, and GLib must print no warning, which would
 * fail any test here. */

#include <string.h>

#include "run.h"

#define PULLED CLIP "! typefind ! fakesink name=out"

typedef void (*Action) (TestRun *run);

/* The action that runs in the first handler that is called for @type. */
static struct {
  TestRun *run;
  Action action;
  GstMessageType type; /* GST_MESSAGE_UNKNOWN: a "notify" signal */
  GMutex lock;
  GCond cond;
  gboolean begun, done;
} inside;

static void
act (void)
{
  gboolean first;

  g_mutex_lock (&inside.lock);
  first = !inside.begun;
  inside.begun = TRUE;
  g_mutex_unlock (&inside.lock);
  if (!first)
    return;
  inside.action (inside.run);
  g_mutex_lock (&inside.lock);
  inside.done = TRUE;
  g_cond_signal (&inside.cond);
  g_mutex_unlock (&inside.lock);
}

static GstBusSyncReply
on_message (GstBus *bus, GstMessage *message, gpointer unused)
{
  if (GST_MESSAGE_SRC (message) == GST_OBJECT (inside.run->src) &&
      GST_MESSAGE_TYPE (message) == inside.type)
    act ();

  return GST_BUS_PASS;
}

static void
on_notify (GstElement *src, GParamSpec *pspec, gpointer unused)
{
  if (inside.type == GST_MESSAGE_UNKNOWN && strstr (pspec->name, "task-id"))
    act ();
}

static void
wait_until_acted (void)
{
  gint64 deadline = g_get_monotonic_time () + test_patience ();

  g_mutex_lock (&inside.lock);
  while (!inside.done)
    fail_unless (g_cond_wait_until (&inside.cond, &inside.lock, deadline),
        "what is done inside of the handler does not return");
  g_mutex_unlock (&inside.lock);
}

static void
run_until_acted (TestRun *run, Action action, GstMessageType type)
{
  inside.run = run;
  inside.action = action;
  inside.type = type;
  inside.begun = inside.done = FALSE;
  g_signal_connect (run->src, "notify", G_CALLBACK (on_notify), NULL);
  gst_bus_set_sync_handler (run->bus, on_message, NULL, NULL);
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  wait_until_acted ();
}

static void
to_null (TestRun *run)
{
  fail_unless (gst_element_set_state (run->pipeline, GST_STATE_NULL) ==
               GST_STATE_CHANGE_SUCCESS);
}

static void
to_ready (TestRun *run)
{
  fail_unless (gst_element_set_state (run->pipeline, GST_STATE_READY) ==
               GST_STATE_CHANGE_SUCCESS);
}

static void
remove_source (TestRun *run)
{
  GstObject *bin = gst_object_get_parent (GST_OBJECT (run->src));

  fail_unless (gst_bin_remove (GST_BIN (bin), run->src));
  gst_object_unref (bin);
  fail_unless (gst_element_set_state (run->src, GST_STATE_NULL) ==
               GST_STATE_CHANGE_SUCCESS);
}

static void
flush (TestRun *run)
{
  gst_element_send_event (run->src, gst_event_new_flush_start ());
  gst_element_send_event (run->src, gst_event_new_flush_stop (TRUE));
}

static void
end (TestRun *run)
{
  gst_element_send_event (run->pipeline, gst_event_new_eos ());
}

static const GstMessageType said[] = { GST_MESSAGE_UNKNOWN,
  GST_MESSAGE_PROGRESS, GST_MESSAGE_ELEMENT, GST_MESSAGE_TAG,
  GST_MESSAGE_DURATION_CHANGED, GST_MESSAGE_WARNING };
static const Action stops[] = { to_null, to_ready, remove_source };
static const gchar *shapes[] = { "! fakesink name=out",
  "! typefind ! fakesink name=out" };

#define N_INSIDE \
  ((gint) (G_N_ELEMENTS (said) * G_N_ELEMENTS (stops) * G_N_ELEMENTS (shapes)))

/* The "--dur" in the prompt leads to a warning. */
GST_START_TEST (a_pipeline_can_be_stopped_inside_of_a_handler)
{
  const guint n = (guint) __i__;
  const GstMessageType type = said[n % G_N_ELEMENTS (said)];
  const Action stop = stops[n / G_N_ELEMENTS (said) % G_N_ELEMENTS (stops)];
  TestRun *run = test_run_new (CLIP "prompt=\"boat --dur 1\" %s",
      shapes[n / G_N_ELEMENTS (said) / G_N_ELEMENTS (stops)]);

  run_until_acted (run, stop, type);
  gst_bus_set_sync_handler (run->bus, NULL, NULL, NULL);
  test_run_free (run);
  fail_unless (test_service_count (service, "posts") <= 1);
}
GST_END_TEST

GST_START_TEST (a_pipeline_can_be_stopped_inside_of_its_error)
{
  TestRun *run = test_run_new (CLIP "%s", shapes[__i__ % 2]);

  test_service_fault (service, "submit:status=400");
  run_until_acted (run, stops[__i__ / 2], GST_MESSAGE_ERROR);
  gst_bus_set_sync_handler (run->bus, NULL, NULL, NULL);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static void
do_inside (Action action, GstMessageType type)
{
  TestRun *run = test_run_new (CLIP "! fakesink name=out");

  run_until_acted (run, action, type);
  gst_bus_set_sync_handler (run->bus, NULL, NULL, NULL);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
}

GST_START_TEST (a_stream_can_be_flushed_inside_of_a_handler)
{
  do_inside (flush, said[__i__]);
  assert_posts (service, 1);
}
GST_END_TEST

/* Tried only with messages that are posted before there is data. Later, with
 * any source, the EOS waits for the sink, the sink for PLAYING, and PLAYING for
 * the handler that sends the EOS. */
GST_START_TEST (a_stream_can_be_ended_inside_of_a_handler)
{
  do_inside (end, said[__i__]);
  fail_unless (test_service_count (service, "posts") <= 1);
}
GST_END_TEST

/* Seeks without a flush in the first message about the download that comes when
 * the demuxer has streams. */
static GstBusSyncReply
seek_when_it_flows (GstBus *bus, GstMessage *message, gpointer tap)
{
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_BUFFERING &&
      test_tap_count (tap) > 0)
    act ();

  return GST_BUS_PASS;
}

static void
seek_on (TestRun *run)
{
  fail_unless (gst_element_seek_simple (
      run->pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_NONE, GST_SECOND / 2));
}

/* The demuxer waits in the handler until its streaming thread lets go of the
 * pad, and that thread waits for the handler, because another message comes. */
GST_START_TEST (a_stream_can_seek_without_a_flush_inside_of_a_handler)
{
  TestRun *run = test_run_new (
      SOURCE "prompt=boat resolution=480p duration=2 "
             "! qtdemux ! h264parse ! fakesink name=out sync=true async=false");
  TestTap *tap = test_run_tap (run, "out");

  test_service_set (service, "{\"audio\":false}");
  test_service_fault (service, "clip:rate=150000");
  inside.run = run;
  inside.action = seek_on;
  inside.begun = inside.done = FALSE;
  gst_bus_set_sync_handler (run->bus, seek_when_it_flows, tap, NULL);
  test_run_start (run, GST_STATE_PLAYING);
  wait_until_acted ();
  test_service_fault (service, "");
  gst_bus_set_sync_handler (run->bus, NULL, NULL, NULL);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static gpointer
drop_everything (gpointer pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);

  return NULL;
}

static GstBusSyncReply
drop_at_progress (GstBus *bus, GstMessage *message, gpointer pipeline)
{
  static gint dropped = 0;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_PROGRESS &&
      g_atomic_int_compare_and_exchange (&dropped, 0, 1)) {
    drop_everything (pipeline);
    g_mutex_lock (&inside.lock);
    inside.done = TRUE;
    g_cond_signal (&inside.cond);
    g_mutex_unlock (&inside.lock);
  }
  gst_message_unref (message);

  return GST_BUS_DROP;
}

static void
on_gone (gpointer gone, GObject *object)
{
  g_atomic_int_set ((gint *) gone, TRUE);
}

/* The handler drops the last reference to the pipeline, and drops every
 * message. */
GST_START_TEST (a_pipeline_can_be_given_up_inside_of_a_handler)
{
  GstElement *pipeline = gst_parse_launch (CLIP "! fakesink", NULL);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gint64 deadline = g_get_monotonic_time () + test_patience ();
  gint gone = FALSE;

  inside.done = FALSE;
  g_object_weak_ref (G_OBJECT (pipeline), on_gone, &gone);
  gst_bus_set_sync_handler (bus, drop_at_progress, pipeline, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  wait_until_acted ();
  while (!g_atomic_int_get (&gone)) {
    fail_unless (g_get_monotonic_time () < deadline, "the pipeline leaks");
    g_thread_yield ();
  }
  fail_unless (test_service_count (service, "posts") <= 1);
}
GST_END_TEST

typedef struct {
  TestRun *run;
  gint go;
  gulong after; /* microseconds */
} Other;

static gpointer
send_eos (gpointer data)
{
  Other *other = data;

  while (!g_atomic_int_get (&other->go))
    ;
  g_usleep (other->after);
  gst_element_send_event (other->run->pipeline, gst_event_new_eos ());

  return NULL;
}

#define TIMES 40

/* An EOS event and a state change both interrupt the source's wait, and each of
 * them clears its interruption afterwards. A pipeline that hangs runs into the
 * test's timeout. */
static void
end_and_stop_at_once (const gchar *line, GstState state)
{
  for (guint i = 0; i < TIMES; i++) {
    TestRun *run = test_run_new ("%s", line);
    Other other = { run, FALSE, (gulong) g_random_int_range (0, 300) };
    GThread *thread = g_thread_new ("eos", send_eos, &other);

    test_run_start (run, GST_STATE_PLAYING);
    test_service_wait (service, "polls_held", i == 0 ? 1 : 0);
    g_atomic_int_set (&other.go, TRUE);
    g_usleep ((gulong) g_random_int_range (0, 300));
    fail_if (gst_element_set_state (run->pipeline, state) ==
             GST_STATE_CHANGE_FAILURE);
    g_thread_join (thread);
    test_run_free (run);
  }
}

static const gchar *waiting[] = { PULLED, CLIP "! fakesink",
  CLIP "! decodebin ! fakesink", CLIP "! queue ! typefind ! fakesink" };
static const GstState ends[] = { GST_STATE_READY, GST_STATE_NULL };

/* GstBaseSrc's loop takes the pending EOS event although a state change has just
 * cleared it, and pushes NULL. It says so and goes on. */
GST_START_TEST (an_end_and_a_stop_at_once_do_not_hang)
{
  GstCheckLogFilter *filter = gst_check_add_log_filter ("GStreamer",
      G_LOG_LEVEL_CRITICAL,
      g_regex_new ("^gst_pad_push_event: assertion 'GST_IS_EVENT", 0, 0, NULL),
      NULL, NULL, NULL);

  test_service_fault (service, "poll:hold");
  end_and_stop_at_once (waiting[__i__ / 2], ends[__i__ % 2]);
  assert_posts (service, 1);
  gst_check_remove_log_filter (filter);
}
GST_END_TEST

/* typefind pulls without the pad's stream lock, so an EOS event may interrupt
 * the wait for no longer than an instant. */
GST_START_TEST (an_end_reaches_who_pulls)
{
  test_service_fault (service, "poll:hold");
  for (guint i = 0; i < TIMES; i++) {
    TestRun *run = test_run_new (PULLED);

    test_run_start (run, GST_STATE_PLAYING);
    if (i == 0)
      test_service_wait (service, "polls_held", 1);
    while (!test_run_was_told (run, "Waiting for the clip"))
      test_run_wait (run, GST_MESSAGE_PROGRESS);
    fail_unless (gst_element_send_event (run->pipeline, gst_event_new_eos ()));
    /* typefind posts an error because it has too few bytes to find a type. */
    test_run_wait (run, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    test_run_free (run);
  }
  assert_posts (service, 1);
}
GST_END_TEST

static gpointer
change_states (gpointer data)
{
  Other *other = data;

  for (guint i = 0; i < 60; i++)
    gst_element_set_state (
        other->run->pipeline, (GstState) g_random_int_range (1, 5));

  return NULL;
}

static gpointer
seek (gpointer data)
{
  Other *other = data;

  for (guint i = 0; i < 60; i++)
    gst_element_seek (other->run->src, 1.0, GST_FORMAT_BYTES,
        i % 2 ? GST_SEEK_FLAG_FLUSH : GST_SEEK_FLAG_NONE, GST_SEEK_TYPE_SET, i,
        GST_SEEK_TYPE_NONE, 0);

  return NULL;
}

/* Three threads change states and seek at the same time. A quiet run after that
 * plays the whole clip. */
GST_START_TEST (a_storm_leaves_a_source_that_works)
{
  static const GThreadFunc storms[] = { change_states, change_states, seek };
  TestRun *run = test_run_new (CLIP "! fakesink name=out");
  TestTap *tap = test_run_tap (run, "out");
  g_autoptr (GBytes) clip = NULL;
  Other other = { run, TRUE, 0 };
  GThread *threads[G_N_ELEMENTS (storms)];

  for (guint i = 0; i < G_N_ELEMENTS (storms); i++)
    threads[i] = g_thread_new ("storm", storms[i], &other);
  g_thread_join (threads[0]);
  g_thread_join (threads[1]);
  /* In PAUSED a seek without a flush waits until the sink takes its buffer, so
   * the seeks end only after the stop. */
  test_run_stop (run);
  g_thread_join (threads[2]);
  /* The base class keeps a seek that comes in NULL for the next run. */
  test_run_start (run, GST_STATE_PAUSED);
  test_run_stop (run);
  test_tap_reset (tap);
  test_run_to_end (run);
  clip = test_service_get_clip (service, 0);
  test_tap_assert_bytes (tap, clip);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* The handler of the source's first message of @type does not return until it
 * may. */
static struct {
  GstObject *src;
  GstMessageType type;
  GMutex lock;
  GCond cond;
  gboolean held, go;
} held;

static GstBusSyncReply
hold_message (GstBus *bus, GstMessage *message, gpointer unused)
{
  gboolean first;

  if (GST_MESSAGE_TYPE (message) != held.type ||
      GST_MESSAGE_SRC (message) != held.src)
    return GST_BUS_PASS;
  g_mutex_lock (&held.lock);
  first = !held.held;
  held.held = TRUE;
  g_cond_broadcast (&held.cond);
  while (first && !held.go)
    g_cond_wait (&held.cond, &held.lock);
  g_mutex_unlock (&held.lock);

  return GST_BUS_PASS;
}

/* Makes a run that waits in the handler of its first message of @type. */
static TestRun *
new_held (const gchar *behind, GstMessageType type)
{
  TestRun *run = test_run_new (CLIP "%s", behind);

  held.src = GST_OBJECT (run->src);
  held.type = type;
  held.held = held.go = FALSE;
  gst_bus_set_sync_handler (run->bus, hold_message, NULL, NULL);

  return run;
}

static void
wait_for_held (void)
{
  gint64 deadline = g_get_monotonic_time () + test_patience ();

  g_mutex_lock (&held.lock);
  while (!held.held)
    fail_unless (g_cond_wait_until (&held.cond, &held.lock, deadline),
        "nothing was said");
  g_mutex_unlock (&held.lock);
}

static void
end_held (void)
{
  g_mutex_lock (&held.lock);
  held.go = TRUE;
  g_cond_broadcast (&held.cond);
  g_mutex_unlock (&held.lock);
}

static void
set_decoder (TestRun *run, GstState state)
{
  fail_if (gst_element_set_state (test_run_get (run, "out"), state) ==
           GST_STATE_CHANGE_FAILURE);
  fail_if (gst_element_set_state (test_run_get (run, "decoder"), state) ==
           GST_STATE_CHANGE_FAILURE);
}

/* Given a decoder that restarts before the order is open, which is after the
 * warning, and a prompt that is changed meanwhile, the run orders what it began
 * with. */
GST_START_TEST (a_decoder_that_restarts_early_does_not_change_the_order)
{
  TestRun *run = new_held (
      "prompt=\"boat --dur 1\" ! typefind name=decoder ! fakesink name=out",
      GST_MESSAGE_WARNING);
  g_autofree gchar *body = NULL;

  test_run_start (run, GST_STATE_PLAYING);
  wait_for_held ();
  set_decoder (run, GST_STATE_READY);
  g_object_set (run->src, "prompt", "kite", NULL);
  end_held ();
  set_decoder (run, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_EOS);
  body = test_service_get_task (service, 0, "body");
  fail_unless (strstr (body, "boat") != NULL, "%s", body);
  gst_bus_set_sync_handler (run->bus, NULL, NULL, NULL);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* Given a handler that takes long, and an error meanwhile, no EOS message comes
 * before the error: the application would take it for success. */
GST_START_TEST (an_error_behind_a_slow_handler_comes_before_any_end)
{
  TestRun *run = new_held ("! fakesink async=false", GST_MESSAGE_PROGRESS);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (run->src, "src");

  test_service_fault (service, "submit:status=400");
  test_run_start (run, GST_STATE_PLAYING);
  wait_for_held ();
  test_service_wait (service, "posts", 1);
  while (gst_pad_get_task_state (pad) == GST_TASK_STARTED)
    g_thread_yield ();
  end_held ();
  test_run_to_error (run);
  gst_bus_set_sync_handler (run->bus, NULL, NULL, NULL);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
inside_suite (void)
{
  Suite *suite = suite_create ("inside");
  TCase *handlers = test_case_new (suite, "handlers");
  TCase *threads = test_case_new (suite, "threads");

  tcase_add_loop_test (
      handlers, a_pipeline_can_be_stopped_inside_of_a_handler, 0, N_INSIDE);
  tcase_add_loop_test (handlers, a_pipeline_can_be_stopped_inside_of_its_error,
      0, 2 * G_N_ELEMENTS (stops));
  tcase_add_loop_test (handlers, a_stream_can_be_flushed_inside_of_a_handler, 0,
      G_N_ELEMENTS (said) - 1);
  tcase_add_loop_test (
      handlers, a_stream_can_be_ended_inside_of_a_handler, 0, 3);
  tcase_add_test (
      handlers, a_stream_can_seek_without_a_flush_inside_of_a_handler);
  tcase_add_test (handlers, a_pipeline_can_be_given_up_inside_of_a_handler);
  tcase_add_test (
      handlers, a_decoder_that_restarts_early_does_not_change_the_order);
  tcase_add_test (
      handlers, an_error_behind_a_slow_handler_comes_before_any_end);
  /* GstBaseSrc, also in fakesrc, leaks an EOS event that arrives after its
   * stop. The leaks tracer would report it as ours. */
  if (!g_getenv ("GST_TRACERS"))
    tcase_add_loop_test (threads, an_end_and_a_stop_at_once_do_not_hang, 0,
        G_N_ELEMENTS (waiting) * G_N_ELEMENTS (ends));
  tcase_add_test (threads, an_end_reaches_who_pulls);
  tcase_add_test (threads, a_storm_leaves_a_source_that_works);

  return suite;
}

GST_CHECK_MAIN (inside)
