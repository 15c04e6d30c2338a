/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who stops and starts again at once may be back before the job has ended. What
 * was stuck must not hold up the new run: without it, these tests wait for the
 * timeout of a request, which is an hour here. On the client itself, so that
 * its thread can be held between the two. */

#include "home.h"
#include "clip.h"
#include "way.h"

static GMutex held; /* while a test holds the network thread */
static GMutex read_lock;
static GCond read_cond; /* a watcher got further */

static void
ignore_note (gpointer user_data)
{
}

/* One that wants all bytes, in a thread as an element's. */
typedef struct {
  SeedanceClip *clip;
  GThread *thread;
  guint64 size;  /* got so far; under the lock while the thread runs */
  GError *error; /* NULL = it came to the end */
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

/* Until it has got @size bytes. */
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

/* @gone stops, and before the network thread knows of it @back is there, whose
 * requests meet @faults. */
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

/* Where a run is stuck, or waits for another try. */
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

/* The index comes from the end of the clip, long before what is in front of it:
 * not the rest of the media first. The end is stuck, or what is asked for when
 * the end did not come; with how many requests to come. */
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
  /* The end is shorter than what is let through. */
  watcher_follow (&gone, &back, order, "clip:hold-at=5000");
  test_service_wait (service, "clip_requests", stuck_ends[__i__].requests);
  test_service_wait (service, "clips_held", 2);
  test_service_fault (service, "");
  test_service_release (service);
  watcher_finish (&back);
  assert_posts (service, 1);
}
GST_END_TEST

/* The last byte is there, but not the end of the answer. */
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

/* What was refused costs nothing, and who comes may ask for it at once. */
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

/* Where nothing has gone out yet, nothing is waited for: who came back finds the
 * way open at once. */
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

/* What goes out for money is never asked for twice. */
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

/* Nobody else is disturbed by one who leaves. */
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
  /* The second one is for the end of the clip. */
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
  tcase_add_test (tcase, what_is_shared_goes_on);

  return suite;
}

GST_CHECK_MAIN (rejoin)
