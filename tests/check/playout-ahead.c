/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedanceplayout orders ahead: until the service has the clip, an item needs
 * neither a thread nor a decoder. Each item is ordered once. */

#include <glib/gstdio.h>

#include "air.h"
#include "way.h"

#define PLAYOUT "seedanceplayout poll-interval=100 hold=true "
#define LINE \
  "{\"id\":\"%s\",\"prompt\":\"flash-and-beep\",\"resolution\":\"480p\"," \
  "\"duration\":1,\"seed\":%d}\n"

static void
enqueue (TestRun *run, const gchar *id, gint seed)
{
  g_autofree gchar *line = g_strdup_printf (LINE, id, seed);
  gboolean taken = FALSE;

  g_signal_emit_by_name (test_run_get (run, "out"), "enqueue", line, &taken);
  fail_unless (taken);
}

static void
go_on_air (TestRun *run)
{
  g_object_set (test_run_get (run, "out"), "hold", FALSE, NULL);
}

/* Counts the threads that read a clip or wait for one, by their names. */
static guint
count_reading (void)
{
  static const gchar *const names[] = { "seedancesrc", "typefind", "qtdemux",
    "multiqueue" };
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  guint reading = 0;
  const gchar *name;

  fail_unless (dir != NULL);
  while ((name = g_dir_read_name (dir))) {
    g_autofree gchar *path =
        g_build_filename ("/proc/self/task", name, "comm", NULL);
    g_autofree gchar *comm = NULL;

    if (!g_file_get_contents (path, &comm, NULL, NULL))
      continue;
    for (guint i = 0; i < G_N_ELEMENTS (names); i++)
      reading += g_str_has_prefix (comm, names[i]);
  }

  return reading;
}

static void
assert_on_air (TestAir *air, gint seed, guint clips)
{
  g_autoptr (GArray) stretches = test_air_find_stretches (air);

  fail_unless_equals_int (stretches->len, clips);
  for (guint i = 0; i < clips; i++) {
    const TestStretch *stretch = &g_array_index (stretches, TestStretch, i);

    fail_unless_equals_int (stretch->seed, seed + (gint) i);
    fail_unless_equals_int (stretch->distinct, 24);
  }
  test_air_assert_steady (air);
}

GST_START_TEST (what_is_being_made_has_no_thread)
{
  TestRun *run =
      test_run_new (PLAYOUT "max-in-flight=3 on-empty=eos" AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_service_set (service, "{\"generation_time\":36000}");
  enqueue (run, "a", 51);
  enqueue (run, "b", 52);
  enqueue (run, "c", 53);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "tasks", 3);
  test_run_wait_task (run, "queued");
  fail_unless_equals_int (count_reading (), 0);
  test_service_set (service, "{\"generation_time\":0}");
  test_air_wait_told (run, "ready", "a");
  test_air_wait_told (run, "ready", "b");
  test_air_wait_told (run, "ready", "c");
  fail_unless (count_reading () > 0);
  go_on_air (run);
  test_run_wait (run, GST_MESSAGE_EOS);
  assert_on_air (air, 51, 3);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 3);
  /* Each clip was downloaded once, with at most two requests, one of them for
   * its end. */
  fail_unless (test_service_count (service, "clip_requests") <= 6);
}
GST_END_TEST

/* With reuse=never no job is shared and no clip replayed. Still the item's
 * pipeline plays the clip that was ordered before the pipeline existed. */
GST_START_TEST (what_is_bought_anew_is_bought_once)
{
  TestRun *run = test_run_new (PLAYOUT "reuse=never on-empty=eos" AIR_SINKS);
  TestAir *air = test_air_new (run);

  enqueue (run, "a", 51);
  enqueue (run, "b", 52);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "ready", "a");
  test_air_wait_told (run, "ready", "b");
  go_on_air (run);
  test_run_wait (run, GST_MESSAGE_EOS);
  assert_on_air (air, 51, 2);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 2);
}
GST_END_TEST

static void
remove_item (TestRun *run, const gchar *id)
{
  gboolean removed = FALSE;

  g_signal_emit_by_name (test_run_get (run, "out"), "remove", id, &removed);
  fail_unless (removed);
}

/* Given an item that is removed before its order was sent, only the next item
 * is ordered. */
GST_START_TEST (what_is_removed_before_it_went_out_is_not_ordered)
{
  TestWay *way = test_way_new ();
  TestRun *run = test_run_new (PLAYOUT "max-in-flight=1" AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_way_close (way, TEST_PEER_FULL);
  enqueue (run, "a", 51);
  test_run_start (run, GST_STATE_PLAYING);
  test_way_wait (way);
  remove_item (run, "a");
  test_way_open (way);
  enqueue (run, "b", 52);
  test_air_wait_told (run, "ready", "b");
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
  test_way_free (way);
}
GST_END_TEST

/* Holds up the worker in the application's handler of one message. */
typedef struct {
  const gchar *what, *id;
  GMutex lock;
  GCond changed;
  gboolean reached, released;
} Handler;

static GstBusSyncReply
handle (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Handler *handler = user_data;
  const GstStructure *told = gst_message_get_structure (message);

  if (!told || !gst_structure_has_name (told, "seedance-playout") ||
      g_strcmp0 (gst_structure_get_string (told, "what"), handler->what) ||
      g_strcmp0 (gst_structure_get_string (told, "id"), handler->id))
    return GST_BUS_PASS;
  g_mutex_lock (&handler->lock);
  handler->reached = TRUE;
  g_cond_broadcast (&handler->changed);
  while (!handler->released)
    g_cond_wait (&handler->changed, &handler->lock);
  g_mutex_unlock (&handler->lock);

  return GST_BUS_PASS;
}

static void
wait_for_handler (Handler *handler)
{
  const gint64 deadline = g_get_monotonic_time () + test_patience ();

  g_mutex_lock (&handler->lock);
  while (!handler->reached)
    fail_unless (
        g_cond_wait_until (&handler->changed, &handler->lock, deadline));
  g_mutex_unlock (&handler->lock);
}

static void
release_handler (Handler *handler)
{
  g_mutex_lock (&handler->lock);
  handler->released = TRUE;
  g_cond_broadcast (&handler->changed);
  g_mutex_unlock (&handler->lock);
}

static void
enqueue_file (TestRun *run, const gchar *id, const gchar *uri)
{
  g_autofree gchar *line =
      g_strdup_printf ("{\"id\":\"%s\",\"uri\":\"%s\"}", id, uri);
  gboolean taken = FALSE;

  g_signal_emit_by_name (test_run_get (run, "out"), "enqueue", line, &taken);
  fail_unless (taken);
}

/* The order of "a" is sent while the worker is held up, so nobody has noted it
 * when the item is removed. */
GST_START_TEST (what_is_removed_on_its_way_counts)
{
  static Handler handler = { .what = "failed", .id = "bad" };
  TestRun *run = test_run_new (PLAYOUT "max-orders=1" AIR_SINKS);
  TestAir *air = test_air_new (run);
  GstStructure *stats;
  guint orders = 9;

  gst_bus_set_sync_handler (run->bus, handle, &handler, NULL);
  test_service_fault (service, "submit:hold");
  enqueue_file (run, "bad", "nobody-reads://this");
  enqueue (run, "a", 51);
  test_run_start (run, GST_STATE_PLAYING);
  wait_for_handler (&handler);
  test_service_wait (service, "submits_held", 1);
  remove_item (run, "a");
  release_handler (&handler);
  test_service_fault (service, "");
  test_service_release (service);
  enqueue (run, "b", 52);
  test_air_wait_frames (air, air->frames->len + 50);
  g_object_get (test_run_get (run, "out"), "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint (stats, "orders", &orders));
  gst_structure_free (stats);
  fail_unless_equals_int (orders, 1);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
}
GST_END_TEST

/* How an order is given up. */
typedef enum {
  GIVE_UP_STOP,
  GIVE_UP_REMOVE,
  GIVE_UP_SKIP,
  GIVE_UP_CLEAR,
} GiveUp;

static void
give_up (TestRun *run, GiveUp how)
{
  gboolean skipped = FALSE;

  switch (how) {
    case GIVE_UP_STOP:
      test_run_stop (run);
      break;
    case GIVE_UP_REMOVE:
      remove_item (run, "a");
      break;
    case GIVE_UP_SKIP:
      g_signal_emit_by_name (test_run_get (run, "out"), "skip", &skipped);
      fail_unless (skipped);
      break;
    case GIVE_UP_CLEAR:
      g_signal_emit_by_name (test_run_get (run, "out"), "clear");
      break;
  }
}

/* The service was too busy for the order of "a", which would be sent again
 * after 2.2 s at most. It is given up while the worker is held up. The order of
 * another element waits for longer than that. */
GST_START_TEST (what_is_given_up_is_not_sent_again)
{
  static Handler handler = { .what = "failed", .id = "bad" };
  TestRun *run = test_run_new (PLAYOUT AIR_SINKS);

  handler.reached = handler.released = FALSE;
  gst_bus_set_sync_handler (run->bus, handle, &handler, NULL);
  test_service_fault (
      service, "submit@1:status=429\nsubmit@2:status=429+retry-after=3");
  enqueue_file (run, "bad", "nobody-reads://this");
  enqueue (run, "a", 51);
  test_run_start (run, GST_STATE_PLAYING);
  wait_for_handler (&handler);
  test_service_wait (service, "answers", 1);
  give_up (run, (GiveUp) __i__);
  test_play_clip ("");
  assert_posts (service, 3);
  release_handler (&handler);
  test_run_free (run);
}
GST_END_TEST

/* The order fails before the item has a pipeline. */
GST_START_TEST (what_fails_while_it_is_made_is_told)
{
  TestRun *run = test_run_new (PLAYOUT AIR_SINKS);
  TestAir *air = test_air_new (run);
  const GstStructure *told;

  test_service_fault (service, "poll:word=failed");
  enqueue (run, "a", 51);
  test_run_start (run, GST_STATE_PLAYING);
  told = test_air_wait_told (run, "failed", "a");
  fail_unless_equals_string (
      gst_structure_get_string (told, "reason"), "failed");
  fail_unless (gst_structure_has_field (told, "task-id"));
  fail_unless_equals_int (count_reading (), 0);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
}
GST_END_TEST

/* The image is needed for the order, and not for the clip that comes of it. */
GST_START_TEST (an_image_that_is_gone_loses_nothing)
{
  g_autofree gchar *path = test_home_paint ("first.png", 320, 320);
  TestRun *run = test_run_new (PLAYOUT "image=\"%s\"" AIR_SINKS, path);
  TestAir *air = test_air_new (run);

  test_service_set (service, "{\"generation_time\":36000}");
  enqueue (run, "a", 51);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "tasks", 1);
  fail_unless_equals_int (g_unlink (path), 0);
  test_service_set (service, "{\"generation_time\":0}");
  test_air_wait_told (run, "ready", "a");
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
}
GST_END_TEST

static void
wait_for_width (TestRun *run, const gchar *sink, gint width)
{
  const gint64 end = g_get_monotonic_time () + test_patience ();
  g_autoptr (GstPad) pad =
      gst_element_get_static_pad (test_run_get (run, sink), "sink");
  gint now = 0;

  while (now != width) {
    g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

    if (caps)
      gst_structure_get_int (gst_caps_get_structure (caps, 0), "width", &now);
    fail_unless (g_get_monotonic_time () < end, "the format does not change");
    g_usleep (1000);
  }
}

/* The format changes while the answer to the order is on its way. With
 * reuse=never a second order could not share that answer, so the item must keep
 * its order. */
GST_START_TEST (another_format_orders_nothing_anew)
{
  TestRun *run = test_run_new (PLAYOUT
      "reuse=never name=out out.video ! capsfilter name=vc caps=\"%s\" "
      "! fakesink name=v sync=true out.audio ! fakesink sync=true",
      "video/x-raw,format=I420,width=320,height=240,framerate=25/1");
  GstCaps *caps = gst_caps_from_string (
      "video/x-raw,format=I420,width=640,height=480,framerate=25/1");

  test_service_fault (service, "submit:hold");
  enqueue (run, "a", 51);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "submits_held", 1);
  wait_for_width (run, "v", 320);
  g_object_set (test_run_get (run, "vc"), "caps", caps, NULL);
  gst_caps_unref (caps);
  wait_for_width (run, "v", 640);
  test_service_release (service);
  test_air_wait_told (run, "ready", "a");
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* Holds up the thread that begins the first clip, in a log function of the
 * application, right before the source orders. */
static struct {
  Handler handler;
  GObject *first;
  guint others; /* sources; under the handler's lock */
} beginning;

static void
on_log (GstDebugCategory *category, GstDebugLevel level, const gchar *file,
    const gchar *function, gint line, GObject *object, GstDebugMessage *message,
    gpointer user_data)
{
  Handler *handler = &beginning.handler;

  if (!g_str_equal (function, "gst_element_set_bus_func") ||
      !g_str_equal (G_OBJECT_TYPE_NAME (object), "GstSeedanceSrc"))
    return;
  g_mutex_lock (&handler->lock);
  if (!beginning.first)
    beginning.first = g_object_ref (object);
  if (beginning.first != object)
    beginning.others++;
  handler->reached = TRUE;
  g_cond_broadcast (&handler->changed);
  while (beginning.first == object && !handler->released)
    g_cond_wait (&handler->changed, &handler->lock);
  g_mutex_unlock (&handler->lock);
}

/* The same when the clip is begun and its order not sent yet. A second source
 * could send another one. */
GST_START_TEST (another_format_begins_nothing_anew)
{
  TestRun *run = test_run_new (PLAYOUT
      "reuse=never name=out out.video ! capsfilter name=vc caps=\"%s\" "
      "! fakesink name=v sync=true out.audio ! fakesink sync=true",
      "video/x-raw,format=I420,width=320,height=240,framerate=25/1");
  GstCaps *caps = gst_caps_from_string (
      "video/x-raw,format=I420,width=640,height=480,framerate=25/1");

  gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_add_log_function (on_log, NULL, NULL);
  gst_debug_set_threshold_for_name ("GST_PARENTAGE", GST_LEVEL_DEBUG);
  enqueue (run, "a", 51);
  test_run_start (run, GST_STATE_PLAYING);
  wait_for_handler (&beginning.handler);
  wait_for_width (run, "v", 320);
  g_object_set (test_run_get (run, "vc"), "caps", caps, NULL);
  gst_caps_unref (caps);
  wait_for_width (run, "v", 640);
  release_handler (&beginning.handler);
  test_air_wait_told (run, "ready", "a");
  test_run_free (run);
  gst_debug_remove_log_function (on_log);
  g_clear_object (&beginning.first);
  fail_unless_equals_int (beginning.others, 0);
  assert_posts (service, 1);
}
GST_END_TEST

static guint64
count_played (TestRun *run)
{
  GstStructure *stats;
  guint64 played = 0;

  g_object_get (test_run_get (run, "out"), "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, "played", &played));
  gst_structure_free (stats);

  return played;
}

/* A clip becomes ready, is shown and ends while the worker is held up. Its
 * place is free for the next one all the same. */
GST_START_TEST (a_clip_that_nobody_looked_at_frees_its_place)
{
  static Handler handler = { .what = "ready", .id = "a" };
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 51);
  const gint64 deadline = g_get_monotonic_time () + test_patience ();
  TestRun *run = test_run_new (
      PLAYOUT "max-in-flight=1 start-when=buffered on-empty=eos" AIR_SINKS);
  TestAir *air = test_air_new (run);

  gst_bus_set_sync_handler (run->bus, handle, &handler, NULL);
  enqueue_file (run, "a", clip);
  enqueue_file (run, "b", clip);
  enqueue_file (run, "c", clip);
  test_run_start (run, GST_STATE_PLAYING);
  /* "b" was begun when the worker noted that "a" is ready. */
  wait_for_handler (&handler);
  go_on_air (run);
  while (count_played (run) < 2) {
    fail_unless (g_get_monotonic_time () < deadline);
    g_usleep (2000);
  }
  release_handler (&handler);
  test_run_wait (run, GST_MESSAGE_EOS);
  fail_unless_equals_int (count_played (run), 3);
  test_run_free (run);
  test_air_free (air);
}
GST_END_TEST

static Suite *
playout_ahead_suite (void)
{
  Suite *suite = suite_create ("playout-ahead");
  TCase *tcase = test_case_new (suite, "ahead");

  tcase_add_test (tcase, what_is_being_made_has_no_thread);
  tcase_add_test (tcase, what_is_bought_anew_is_bought_once);
  tcase_add_test (tcase, what_is_removed_before_it_went_out_is_not_ordered);
  tcase_add_test (tcase, what_is_removed_on_its_way_counts);
  tcase_add_loop_test (
      tcase, what_is_given_up_is_not_sent_again, 0, GIVE_UP_CLEAR + 1);
  tcase_add_test (tcase, what_fails_while_it_is_made_is_told);
  tcase_add_test (tcase, an_image_that_is_gone_loses_nothing);
  tcase_add_test (tcase, another_format_orders_nothing_anew);
  tcase_add_test (tcase, another_format_begins_nothing_anew);
  tcase_add_test (tcase, a_clip_that_nobody_looked_at_frees_its_place);

  return suite;
}

GST_CHECK_MAIN (playout_ahead)
