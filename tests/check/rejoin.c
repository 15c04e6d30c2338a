/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A run that is stopped and started again may be back before the job has ended.
 * A request that was stuck in the first run must not delay the second one;
 * otherwise these tests would wait for the request's timeout, an hour. The
 * tests use the client without a pipeline, so that they can block its network
 * thread between the two runs. */

#include <string.h>

#include "home.h"
#include "clip.h"
#include "way.h"

static GMutex held; /* locked while a test blocks the network thread */
static GMutex read_lock;
static GCond read_cond; /* a watcher has got more bytes */

static void
ignore_note (gpointer user_data)
{
}

/* A handle whose thread, like that of an element, wants all bytes of the
 * clip. */
typedef struct {
  SeedanceClip *clip;
  GThread *thread;
  guint64 size;  /* bytes so far; under read_lock while the thread runs */
  GError *error; /* NULL = the clip came to its end */
} Watcher;

static gpointer
watch (gpointer data)
{
  Watcher *watcher = data;
  guint ticket = seedance_clip_enter (watcher->clip);
  guint serial = 0;

  for (;;) {
    gsize size = G_MAXINT32;

    switch (seedance_clip_wait (watcher->clip, ticket, watcher->size, &size,
        FALSE, &serial, &watcher->error)) {
      case SEEDANCE_WAIT_CHANGED:
        break;
      case SEEDANCE_WAIT_BYTES:
        g_mutex_lock (&read_lock);
        watcher->size += size;
        g_cond_broadcast (&read_cond);
        g_mutex_unlock (&read_lock);
        break;
      case SEEDANCE_WAIT_EOS:
      case SEEDANCE_WAIT_ERROR:
        seedance_clip_leave (watcher->clip);
        return NULL;
    }
  }
}

static void
watcher_start (Watcher *watcher, SeedanceOrder *order)
{
  *watcher = (Watcher){ .clip = seedance_clip_new (ignore_note, NULL, NULL) };
  fail_unless (seedance_clip_open (watcher->clip, order, NULL));
  watcher->thread = g_thread_new ("watcher", watch, watcher);
}

/* Waits until the watcher has got @size bytes. */
static void
watcher_wait (Watcher *watcher, guint64 size)
{
  g_mutex_lock (&read_lock);
  while (watcher->size < size)
    g_cond_wait (&read_cond, &read_lock);
  g_mutex_unlock (&read_lock);
}

static void
watcher_stop (Watcher *watcher)
{
  seedance_clip_set_flushing (watcher->clip, TRUE);
  g_thread_join (watcher->thread);
  fail_unless (g_error_matches (
      watcher->error, SEEDANCE_ERROR, SEEDANCE_ERROR_INTERRUPTED));
  g_clear_error (&watcher->error);
  seedance_clip_free (watcher->clip);
}

static void
watcher_finish (Watcher *watcher)
{
  g_autoptr (GBytes) clip = NULL;

  g_thread_join (watcher->thread);
  fail_unless (
      !watcher->error, "%s", watcher->error ? watcher->error->message : "");
  clip = test_service_get_clip (service, 0);
  fail_unless_equals_uint64 (watcher->size, g_bytes_get_size (clip));
  seedance_clip_free (watcher->clip);
}

static SeedanceOrder *
new_order (void)
{
  SeedanceOrder *order = seedance_order_new ();
  g_autoptr (GError) error = NULL;

  order->request->prompt = g_strdup ("boat");
  order->request->resolution = g_strdup ("480p");
  order->request->duration = 1;
  order->request->seed = 7;
  order->poll_interval = 100;
  order->http.timeout = 3600;
  fail_unless (seedance_order_prepare (order, &error), "%s",
      error ? error->message : "");

  return order;
}

static void
wait_for_test (gpointer user_data)
{
  g_mutex_lock (&held);
  g_mutex_unlock (&held);
}

/* Stops @gone, and starts @back before the network thread knows of the stop.
 * The requests of @back meet @faults. */
static void
watcher_follow (
    Watcher *gone, Watcher *back, SeedanceOrder *order, const gchar *faults)
{
  g_mutex_lock (&held);
  seedance_net_invoke (wait_for_test, NULL);
  watcher_stop (gone);
  test_service_fault (service, faults);
  watcher_start (back, order);
  g_mutex_unlock (&held);
}

/* Where a run is stuck or waits for another try, and the counter that shows
 * it. */
static const struct {
  const gchar *fault, *counter;
} places[] = {
  { "poll:hang", "hangs" },
  { "poll:status=503+retry-after=3600", "polls" },
  { "clip:hang", "hangs" },
  { "clip:stall=0", "clips_stalled" },
  { "clip:stall=50%", "clips_stalled" },
  { "clip:stall=400000", "clips_stalled" },
};

GST_START_TEST (what_was_stuck_is_asked_for_again)
{
  g_autoptr (SeedanceOrder) order = new_order ();
  Watcher gone, back;

  test_service_fault (service, places[__i__].fault);
  watcher_start (&gone, order);
  test_service_wait (service, places[__i__].counter, 1);

  watcher_follow (&gone, &back, order, "");
  watcher_finish (&back);
  assert_posts (service, 1);
}
GST_END_TEST

/* The index at the clip's end is fetched long before the media in front of it,
 * also by the second run. The stuck request is the one for the end, or the one
 * that replaces it. @requests: how many requests for the clip there are when
 * the second run has made its own. */
static const struct {
  const gchar *faults;
  guint requests;
} stuck_ends[] = {
  { "clip@1:hold-at=90000\nend:stall=100", 3 },
  { "clip@1:hold-at=90000\nclip@2:stall=100\nend:drop", 4 },
};

GST_START_TEST (the_end_is_asked_for_again)
{
  g_autoptr (SeedanceOrder) order = new_order ();
  Watcher gone, back;

  test_service_fault (service, stuck_ends[__i__].faults);
  watcher_start (&gone, order);
  watcher_wait (&gone, 90000);
  test_service_wait (service, "clips_stalled", 1);
  /* The end is shorter than the bytes that pass here. */
  watcher_follow (&gone, &back, order, "clip:hold-at=5000");
  test_service_wait (service, "clip_requests", stuck_ends[__i__].requests);
  test_service_wait (service, "clips_held", 2);
  test_service_fault (service, "");
  test_service_release (service);
  watcher_finish (&back);
  assert_posts (service, 1);
}
GST_END_TEST

/* The last byte has come, but not the end of the chunked answer. */
GST_START_TEST (what_is_whole_is_asked_for_no_more)
{
  g_autoptr (SeedanceOrder) order = new_order ();
  g_autoptr (GBytes) clip = NULL;
  Watcher gone, back;

  test_service_fault (service, "clip@1:truncate=50%\n"
                               "clip@2:chunked+stall=100%\nend:hang");
  watcher_start (&gone, order);
  test_service_wait (service, "clips_stalled", 1);
  clip = test_service_get_clip (service, 0);
  watcher_wait (&gone, g_bytes_get_size (clip));
  watcher_follow (&gone, &back, order, "");
  watcher_finish (&back);
  assert_posts (service, 1);
  assert_count (service, "clip_requests", 2);
}
GST_END_TEST

static void
watcher_wait_retry (Watcher *watcher)
{
  SeedanceClipState state = { 0 };

  for (; state.retries == 0; g_usleep (1000)) {
    seedance_clip_state_clear (&state);
    seedance_clip_get_state (watcher->clip, &state);
  }
  seedance_clip_state_clear (&state);
}

/* A refused order costs nothing, so the second run sends it at once. */
GST_START_TEST (an_order_that_was_put_off_is_made_at_once)
{
  g_autoptr (SeedanceOrder) order = new_order ();
  Watcher gone, back;

  test_service_fault (service, "submit:status=429+retry-after=3600");
  watcher_start (&gone, order);
  watcher_wait_retry (&gone);
  watcher_follow (&gone, &back, order, "");
  watcher_finish (&back);
  assert_posts (service, 2);
  assert_tasks (service, 1);
}
GST_END_TEST

/* The first run has no connection yet, so its order is cancelled. The second
 * run finds the network open and orders at once. */
GST_START_TEST (an_order_that_has_not_gone_out_is_made_anew)
{
  TestWay *way = test_way_new ();
  g_autoptr (SeedanceOrder) order = new_order ();
  g_autoptr (SeedanceOrder) other = new_order ();
  Watcher gone, back;

  test_way_close (way, TEST_PEER_FULL);
  watcher_start (&gone, other);
  test_way_wait (way);
  test_way_open (way);
  watcher_follow (&gone, &back, order, "");
  watcher_finish (&back);
  assert_posts (service, 1);
  test_way_free (way);
}
GST_END_TEST

/* An order in flight is waited for and never sent again. */
GST_START_TEST (an_order_is_waited_for)
{
  g_autoptr (SeedanceOrder) order = new_order ();
  Watcher gone, back;

  test_service_fault (service, "submit:hold");
  watcher_start (&gone, order);
  test_service_wait (service, "submits_held", 1);

  watcher_follow (&gone, &back, order, "");
  test_service_release (service);
  watcher_finish (&back);
  assert_posts (service, 1);
}
GST_END_TEST

/* The second run joins while the order of the first one is in flight. Its own
 * generation-timeout counts once the task runs. */
GST_START_TEST (an_order_in_flight_gets_the_settings_of_the_second_run)
{
  g_autoptr (SeedanceOrder) order = new_order ();
  g_autoptr (SeedanceOrder) shorter = new_order ();
  Watcher gone, back;

  shorter->generation_timeout = 1;
  test_service_fault (service, "submit:hold\npoll:hang");
  watcher_start (&gone, order);
  test_service_wait (service, "submits_held", 1);
  watcher_follow (&gone, &back, shorter, "submit:hold\npoll:hang");
  test_service_release (service);
  g_thread_join (back.thread);
  fail_unless (strstr (back.error->message, "generation-timeout (1 s)"), "%s",
      back.error->message);
  g_clear_error (&back.error);
  seedance_clip_free (back.clip);
  assert_posts (service, 1);
}
GST_END_TEST

/* The order of the first run is refused for now when that run is over. Whether,
 * and until when, it is tried again is the second run's to say: the first one
 * would not try again, or would not wait that long. */
static const struct {
  const gchar *answer;
  gint retries;
  guint generation_timeout;
} refusals[] = {
  { "submit@1:hold+status=429", 0, 7200 },
  { "submit@1:hold+status=429+retry-after=2", -1, 1 },
};

GST_START_TEST (an_order_in_flight_is_tried_again_as_the_second_run_wants)
{
  g_autoptr (SeedanceOrder) impatient = new_order ();
  g_autoptr (SeedanceOrder) order = new_order ();
  Watcher gone, back;

  impatient->retries = refusals[__i__].retries;
  impatient->generation_timeout = refusals[__i__].generation_timeout;
  test_service_fault (service, refusals[__i__].answer);
  watcher_start (&gone, impatient);
  test_service_wait (service, "submits_held", 1);
  watcher_follow (&gone, &back, order, "");
  test_service_release (service);
  watcher_finish (&back);
  assert_posts (service, 2);
  assert_tasks (service, 1);
}
GST_END_TEST

/* A handle that is closed does not disturb another handle of the same job. */
GST_START_TEST (what_is_shared_goes_on)
{
  g_autoptr (SeedanceOrder) order = new_order ();
  Watcher gone, back;

  test_service_fault (service, "clip:hold-at=50%");
  watcher_start (&gone, order);
  watcher_start (&back, order);
  test_service_wait (service, "clips_held", 1);
  watcher_stop (&gone);
  test_service_fault (service, "");
  test_service_release (service);
  watcher_finish (&back);
  /* At most one request for the clip and one for its end. */
  fail_unless (test_service_count (service, "clip_requests") <= 2);
}
GST_END_TEST

static Suite *
rejoin_suite (void)
{
  Suite *suite = suite_create ("rejoin");
  TCase *tcase = test_case_new (suite, "rejoin");

  tcase_add_loop_test (
      tcase, what_was_stuck_is_asked_for_again, 0, G_N_ELEMENTS (places));
  tcase_add_loop_test (
      tcase, the_end_is_asked_for_again, 0, G_N_ELEMENTS (stuck_ends));
  tcase_add_test (tcase, what_is_whole_is_asked_for_no_more);
  tcase_add_test (tcase, an_order_that_was_put_off_is_made_at_once);
  tcase_add_test (tcase, an_order_that_has_not_gone_out_is_made_anew);
  tcase_add_test (tcase, an_order_is_waited_for);
  tcase_add_test (
      tcase, an_order_in_flight_gets_the_settings_of_the_second_run);
  tcase_add_loop_test (tcase,
      an_order_in_flight_is_tried_again_as_the_second_run_wants, 0,
      G_N_ELEMENTS (refusals));
  tcase_add_test (tcase, what_is_shared_goes_on);

  return suite;
}

GST_CHECK_MAIN (rejoin)
