/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An application plays a clip while it is downloaded, and follows the buffering
 * messages. No frame is late. */

#include <string.h>

#include "run.h"

/* A clip of one second takes more than twice as long to arrive. */
#define SLOW "clip:rate=200000"
/* More lateness than a busy machine causes, and less than that of a clip that
 * is played as soon as its bytes come. */
#define SINK \
  "fakesink name=out sync=true qos=true max-lateness=400000000 " \
  "signal-handoffs=true"
#define PARSED "parsebin name=p ! video/x-h264 ! queue ! "

/* Follows a buffering message as GStreamer documents it: pauses below 100 and
 * plays at 100. After an error the state change may fail; the error's message
 * follows. */
static void
heed (TestRun *run, GstMessage *message)
{
  gst_element_set_state (run->pipeline,
      test_percent_of (message) < 100 ? GST_STATE_PAUSED : GST_STATE_PLAYING);
}

/* Plays until EOS or an error, which is returned. */
static GstMessage *
play_heeding (TestRun *run)
{
  test_run_start (run, GST_STATE_PLAYING);
  for (;;) {
    GstMessage *message = test_run_wait (
        run, GST_MESSAGE_BUFFERING | GST_MESSAGE_EOS | GST_MESSAGE_ERROR);

    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_BUFFERING)
      return message;
    heed (run, message);
  }
}

static void
play_to_end (TestRun *run)
{
  fail_unless_equals_int (
      GST_MESSAGE_TYPE (play_heeding (run)), GST_MESSAGE_EOS);
}

/* Frames that the sink showed. The sink's own statistics restart with each
 * pause. */
static gint shown;

static void
on_shown (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer unused)
{
  g_atomic_int_inc (&shown);
}

static void
count_shown_by (GstElement *sink)
{
  shown = 0;
  g_signal_connect (sink, "handoff", G_CALLBACK (on_shown), NULL);
}

static void
count_shown (TestRun *run)
{
  count_shown_by (test_run_get (run, "out"));
}

/* Under a sanitizer decoders are too slow for any clock. */
static gboolean
has_shown_all (TestRun *run, gint frames)
{
  return g_getenv ("SEEDANCE_SANITIZED") ||
         (test_run_count (run, GST_MESSAGE_QOS) == 0 &&
             g_atomic_int_get (&shown) == frames);
}

/* Plays a clip, for which it orders once. Returns TRUE if every frame was in
 * time. */
typedef gboolean (*Play) (gint i);

/* Allows some tries, because a busy machine may be late once. Playback that
 * begins too early is late in every try. */
static void
assert_one_is_whole (Play play, gint i)
{
  guint tries = 1;

  while (!play (i))
    fail_unless (++tries <= 4);
  assert_posts (service, tries);
}

static const gchar *const layouts[] = {
  "{\"layout\":\"moov-last\"}",
  "{\"layout\":\"moov-first\"}",
  "{\"layout\":\"fragmented\"}",
  "{\"layout\":\"moov-last\",\"audio\":false}",
  "{\"layout\":\"moov-first\",\"audio\":false}",
  "{\"layout\":\"fragmented\",\"audio\":false}",
};

static const gchar *const sources[] = { CLIP "! ", CLIP "! tee ! " };

#define N_COMBINATIONS (G_N_ELEMENTS (layouts) * G_N_ELEMENTS (sources))

static TestRun *
new_player (guint combination)
{
  const guint layout = combination % G_N_ELEMENTS (layouts);
  const gboolean sound = !strstr (layouts[layout], "audio");
  TestRun *run;

  test_service_set (service, layouts[layout]);
  run = test_run_new ("%s" PARSED SINK " %s",
      sources[combination / G_N_ELEMENTS (layouts)],
      sound ? "p. ! audio/mpeg ! queue ! fakesink sync=true" : "");
  count_shown (run);

  return run;
}

/* In push mode qtdemux drops one frame of a fragmented clip without sound, also
 * of a file. */
static gint
count_frames (guint combination)
{
  return TEST_FRAMES - (combination == N_COMBINATIONS - 1);
}

static gboolean
play_whole (gint combination)
{
  TestRun *run = new_player ((guint) combination);
  gboolean whole;

  test_service_fault (service, SLOW);
  play_to_end (run);
  fail_unless (test_run_count (run, GST_MESSAGE_BUFFERING) > 2);
  whole = has_shown_all (run, count_frames ((guint) combination));
  test_run_free (run);

  return whole;
}

GST_START_TEST (every_frame_is_shown)
{
  assert_one_is_whole (play_whole, __i__);
}
GST_END_TEST

/* Proves that these tests can fail: without buffering messages frames are
 * late. */
GST_START_TEST (without_buffering_frames_are_late)
{
  TestRun *run = new_player (1);

  g_object_set (run->src, "buffering", FALSE, NULL);
  test_service_fault (service, SLOW);
  play_to_end (run);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_BUFFERING), 0);
  fail_unless (g_atomic_int_get (&shown) < TEST_FRAMES);
  test_run_free (run);
}
GST_END_TEST

/* The link stops in the middle for longer than the element can predict. */
static gboolean
play_over_a_link_that_stops (gint unused)
{
  TestRun *run =
      test_run_new (SOURCE "prompt=boat resolution=480p duration=3 seed=7 "
                           "! tee ! " PARSED SINK);
  GstMessage *message;
  gboolean held = FALSE, whole;

  count_shown (run);
  test_service_set (service, "{\"layout\":\"moov-first\"}");
  test_service_fault (service, "clip:rate=1000000+hold-at=70%");
  test_run_start (run, GST_STATE_PLAYING);
  do {
    message = test_run_wait (run, GST_MESSAGE_BUFFERING | GST_MESSAGE_EOS);
    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_BUFFERING)
      continue;
    heed (run, message);
    /* The clip was played until its bytes were about to run out. */
    if (!held && test_percent_of (message) < 100 &&
        test_service_count (service, "clips_held") > 0) {
      held = TRUE;
      test_service_release (service);
    }
  } while (GST_MESSAGE_TYPE (message) != GST_MESSAGE_EOS);
  fail_unless (held);
  whole = has_shown_all (run, 73);
  test_run_free (run);

  return whole;
}

GST_START_TEST (a_link_that_stops_costs_no_frame)
{
  assert_one_is_whole (play_over_a_link_that_stops, 0);
}
GST_END_TEST

/* A bin around a seedancesrc that handles URIs, so that playbin can use it as
 * its source. */
typedef GstBin TestClip;
typedef GstBinClass TestClipClass;

static GstURIType
get_uri_type (GType type)
{
  return GST_URI_SRC;
}

static const gchar *const *
get_protocols (GType type)
{
  static const gchar *const protocols[] = { "testclip", NULL };

  return protocols;
}

static gchar *
get_uri (GstURIHandler *handler)
{
  return g_strdup ("testclip:boat");
}

static gboolean
set_uri (GstURIHandler *handler, const gchar *uri, GError **error)
{
  return TRUE;
}

static void
uri_handler_init (gpointer iface, gpointer unused)
{
  GstURIHandlerInterface *handler = iface;

  handler->get_type = get_uri_type;
  handler->get_protocols = get_protocols;
  handler->get_uri = get_uri;
  handler->set_uri = set_uri;
}

GType test_clip_get_type (void);
G_DEFINE_TYPE_WITH_CODE (TestClip, test_clip, GST_TYPE_BIN,
    G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER, uri_handler_init))

static void
test_clip_class_init (TestClipClass *klass)
{
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), "Test clip",
      "Source", "A clip behind a URI", "gst-seedance developers");
}

/* The tee enforces push mode: in pull mode typefind may pull through the bin's
 * pad before that is active, with any source. */
static void
test_clip_init (TestClip *self)
{
  GstElement *src = gst_element_factory_make ("seedancesrc", NULL);
  GstElement *tee = gst_element_factory_make ("tee", NULL);
  GstPad *pad = gst_element_request_pad_simple (tee, "src_%u");

  g_object_set (src, "prompt", "boat", "resolution", "480p", "duration", 1,
      "seed", G_GINT64_CONSTANT (7), "poll-interval", 100, NULL);
  gst_bin_add_many (GST_BIN (self), src, tee, NULL);
  gst_element_link (src, tee);
  gst_element_add_pad (GST_ELEMENT (self), gst_ghost_pad_new ("src", pad));
  gst_object_unref (pad);
}

static const gchar *const players[] = { "playbin", "playbin3" };

/* playbin makes its sinks after it knows the streams, and combines the
 * buffering messages of its children. */
static gboolean
play_in_playbin (gint player)
{
  g_autoptr (GstElement) sink = NULL;
  gboolean whole;
  TestRun *run;

  test_service_set (service, layouts[1]);
  run = test_run_new ("%s uri=testclip:boat video-sink=\"" SINK
                      "\" audio-sink=\"fakesink sync=true\"",
      players[player]);
  g_object_get (run->pipeline, "video-sink", &sink, NULL);
  count_shown_by (sink);
  test_service_fault (service, SLOW);
  play_to_end (run);
  fail_unless (test_run_count (run, GST_MESSAGE_BUFFERING) > 2);
  whole = has_shown_all (run, TEST_FRAMES);
  test_run_free (run);

  return whole;
}

GST_START_TEST (playbin_shows_every_frame)
{
  gst_element_register (
      NULL, "testclip", GST_RANK_PRIMARY, test_clip_get_type ());
  assert_one_is_whole (play_in_playbin, __i__);
}
GST_END_TEST

/* Returns the number of buffering messages of a run over a link without a
 * limit. */
static guint
count_messages_on_a_fast_link (const gchar *between)
{
  TestRun *run = test_run_new (SOURCE "prompt=boat resolution=480p duration=5 "
                                      "seed=7 reuse=never %s ! " PARSED SINK,
      between);
  guint count;

  test_run_start (run, GST_STATE_PAUSED);
  test_run_wait_done (run);
  test_run_drain (run);
  count = test_run_count (run, GST_MESSAGE_BUFFERING);
  test_run_free (run);

  return count;
}

/* On a busy machine even that link may be slow, so several tries are
 * allowed. */
GST_START_TEST (nothing_is_said_of_a_clip_that_comes_faster_than_it_plays)
{
  guint tries = 0;

  test_service_set (service, "{\"layout\":\"moov-first\"}");
  while (count_messages_on_a_fast_link (__i__ ? "! tee" : "") > 0)
    fail_unless (++tries < 20);
}
GST_END_TEST

static const gchar *const untimed[] = {
  CLIP "! fakesink",
  CLIP "! filesink location=/dev/null",
  CLIP "! decodebin ! video/x-raw ! fakesink",
  CLIP "! parsebin ! video/x-h264 ! mp4mux ! filesink location=/dev/null",
};

GST_START_TEST (nothing_is_said_where_nothing_keeps_to_the_clock)
{
  TestRun *run = test_run_new ("%s", untimed[__i__]);

  test_service_fault (service, SLOW);
  test_run_to_end (run);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_BUFFERING), 0);
  test_run_free (run);
}
GST_END_TEST

/* gst-launch-1.0 does not play while a progress is open. */
GST_START_TEST (progress_is_over_when_the_first_bytes_are_there)
{
  TestRun *run = new_player (1);

  test_service_fault (service, "clip@1:hold-at=50%");
  test_run_start (run, GST_STATE_PAUSED);
  test_run_wait_done (run);
  test_run_drain (run);
  fail_unless_equals_int (
      test_run_count_progress (run, GST_PROGRESS_TYPE_START, NULL),
      test_run_count_progress (run, GST_PROGRESS_TYPE_COMPLETE, NULL));
  fail_unless (test_run_count_progress (
                   run, GST_PROGRESS_TYPE_COMPLETE, "generate") == 1);
  test_service_wait (service, "clips_held", 1);
  test_service_release (service);
  test_run_free (run);
}
GST_END_TEST

/* In PAUSED no element reads, so the percentage can come only from the
 * download. */
GST_START_TEST (the_percent_comes_from_the_download)
{
  TestRun *run = new_player ((guint) __i__);
  gint before = -1;

  test_service_fault (service, SLOW);
  test_run_start (run, GST_STATE_PAUSED);
  for (;;) {
    GstMessage *message = test_run_wait (run, GST_MESSAGE_BUFFERING);
    gint percent = test_percent_of (message);
    gint64 left;

    gst_message_parse_buffering_stats (message, NULL, NULL, NULL, &left);
    fail_unless (percent == 100 ? left == 0 : left != 0);
    if (percent == 100)
      break;
    before = percent;
  }
  fail_unless (before > 10, "from %d to 100", before);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (a_download_that_fails_lets_go_of_who_waits)
{
  TestRun *run = new_player (1);
  GstMessage *message;

  test_service_fault (
      service, "clip@1:rate=200000+truncate=60%\nclip@2-:status=500\nend:drop");
  g_object_set (run->src, "retries", 0, NULL);
  message = play_heeding (run);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_ERROR);
  fail_unless (GST_MESSAGE_SRC (message) == GST_OBJECT (run->src));
  fail_unless (g_atomic_int_get (&shown) > 0);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (an_end_that_is_sent_lets_go_of_who_waits)
{
  TestRun *run = new_player (1);
  GstMessage *message;

  test_service_fault (service, "clip@1:rate=100000+hold-at=50%");
  test_run_start (run, GST_STATE_PLAYING);
  message = test_run_wait (run, GST_MESSAGE_BUFFERING);
  fail_unless (test_percent_of (message) < 100);
  heed (run, message);
  test_run_wait_done (run);
  fail_unless (gst_element_send_event (run->pipeline, gst_event_new_eos ()));
  do {
    message = test_run_wait (run, GST_MESSAGE_BUFFERING | GST_MESSAGE_EOS);
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_BUFFERING)
      heed (run, message);
  } while (GST_MESSAGE_TYPE (message) != GST_MESSAGE_EOS);
  test_run_free (run);
}
GST_END_TEST

/* A message with 100 after the stop would make the application play again. */
GST_START_TEST (a_stop_says_nothing_more)
{
  TestRun *run = new_player (1);
  guint said;

  /* Too slow to reach 100 before the stop. */
  test_service_fault (service, "clip@1:rate=50000+hold-at=50%");
  test_run_start (run, GST_STATE_PAUSED);
  test_run_wait (run, GST_MESSAGE_BUFFERING);
  test_run_start (run, GST_STATE_READY);
  test_run_drain (run);
  for (guint i = 0; i < run->said->len; i++) {
    GstMessage *message = g_ptr_array_index (run->said, i);

    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_BUFFERING)
      fail_unless (test_percent_of (message) < 100);
  }
  said = test_run_count (run, GST_MESSAGE_BUFFERING);
  test_run_stop (run);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_BUFFERING), said);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (the_query_tells_what_is_there)
{
  TestRun *run = new_player (1);
  GstPad *pad = gst_element_get_static_pad (run->src, "src");
  GstQuery *query = gst_query_new_buffering (GST_FORMAT_BYTES);
  gint64 start, stop, left;
  gboolean busy;
  gint percent;

  fail_if (gst_pad_query (pad, query));
  test_service_fault (service, "clip@1:hold-at=50%\nend:drop");
  test_run_start (run, GST_STATE_PAUSED);
  test_run_wait_done (run);
  test_service_wait (service, "clips_held", 1);
  /* The link was fast, so it takes a while until it is known to be slow. */
  do {
    fail_unless (gst_pad_query (pad, query));
    gst_query_parse_buffering_percent (query, &busy, &percent);
  } while (!busy);
  fail_unless (percent < 100);
  fail_unless (gst_query_get_n_buffering_ranges (query) >= 1);
  gst_query_parse_nth_buffering_range (query, 0, &start, &stop);
  fail_unless_equals_int64 (start, 0);
  fail_unless (stop > 0);
  gst_query_unref (query);

  test_service_release (service);
  query = gst_query_new_buffering (GST_FORMAT_PERCENT);
  do {
    fail_unless (gst_pad_query (pad, query));
    gst_query_parse_buffering_range (query, NULL, NULL, &stop, &left);
  } while (stop < GST_FORMAT_PERCENT_MAX);
  gst_query_parse_buffering_percent (query, &busy, &percent);
  fail_if (busy);
  fail_unless_equals_int64 (left, 0);
  gst_query_unref (query);
  gst_object_unref (pad);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (the_statistics_tell_the_download)
{
  TestRun *run = new_player (1);
  g_autoptr (GstStructure) stats = NULL;
  gint64 duration = 0, size = 0;
  guint64 rate = 0;

  test_service_fault (service, SLOW);
  play_to_end (run);
  g_object_get (run->src, "stats", &stats, NULL);
  fail_unless (
      gst_structure_get (stats, "rate", G_TYPE_UINT64, &rate, "clip-duration",
          G_TYPE_INT64, &duration, "size", G_TYPE_INT64, &size, NULL));
  fail_unless (rate > 20000 && rate < 400000, "%" G_GUINT64_FORMAT, rate);
  fail_unless (
      duration > (gint64) GST_SECOND && duration < 2 * (gint64) GST_SECOND);
  fail_unless (size > 0);
  test_run_free (run);
}
GST_END_TEST

static Suite *
playing_suite (void)
{
  Suite *suite = suite_create ("playing");
  TCase *slow = test_case_new (suite, "slow");
  TCase *waits = test_case_new (suite, "waits");
  TCase *told = test_case_new (suite, "told");

  tcase_add_loop_test (slow, every_frame_is_shown, 0, N_COMBINATIONS);
  tcase_add_loop_test (
      slow, playbin_shows_every_frame, 0, G_N_ELEMENTS (players));
  tcase_add_test (slow, without_buffering_frames_are_late);
  tcase_add_test (slow, a_link_that_stops_costs_no_frame);
  tcase_add_loop_test (slow,
      nothing_is_said_of_a_clip_that_comes_faster_than_it_plays, 0,
      G_N_ELEMENTS (sources));
  tcase_add_loop_test (slow, nothing_is_said_where_nothing_keeps_to_the_clock,
      0, G_N_ELEMENTS (untimed));
  tcase_add_test (waits, progress_is_over_when_the_first_bytes_are_there);
  tcase_add_loop_test (waits, the_percent_comes_from_the_download, 0, 3);
  tcase_add_test (waits, a_download_that_fails_lets_go_of_who_waits);
  tcase_add_test (waits, an_end_that_is_sent_lets_go_of_who_waits);
  tcase_add_test (waits, a_stop_says_nothing_more);
  tcase_add_test (told, the_query_tells_what_is_there);
  tcase_add_test (told, the_statistics_tell_the_download);

  return suite;
}

GST_CHECK_MAIN (playing)
