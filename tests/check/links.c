/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links that work once, for two seconds, or for one request at a time; bytes
 * that stay the same while their labels (ETag, Last-Modified) change; and
 * servers whose answers bring nothing new. The clip arrives whole, or the run
 * ends after a few requests. */

#include <string.h>

#include "puller.h"

static gsize
play_whole (const gchar *properties)
{
  gsize size = test_play_clip (properties);

  assert_posts (service, 1);

  return size;
}

static gchar *
play_to_error (const gchar *properties)
{
  TestRun *run = test_run_new (CLIP "%s ! fakesink", properties);
  g_autoptr (GError) error = NULL;
  gchar *text;

  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  text = g_strdup (error->message);
  test_run_free (run);
  assert_posts (service, 1);

  return text;
}

static gint64
count_requests (void)
{
  return test_service_count (service, "clip_requests") +
         test_service_count (service, "clip_ends");
}

/* @settings: what the service's links allow. @faults: what goes wrong besides.
 * @requests: how many requests for the clip or its end the run sends at most.
 * @given: how many links the service gives out at most. */
static const struct {
  const gchar *settings, *faults, *properties;
  guint requests, given;
} links[] = {
  { "{\"url_uses\":1}", "clip:rate=400000", "", 3, 2 },
  { "{\"url_uses\":1}", "clip:rate=400000", "retries=0", 3, 2 },
  { "{\"url_uses\":1}", "clip@1:delay=300", "", 3, 2 },
  { "{\"url_uses\":1}", "end:delay=300", "", 3, 2 },
  { "{\"url_uses\":1}", "clip@1-3:truncate=50%", "", 12, 8 },
  { "{\"url_uses\":1,\"layout\":\"moov-first\"}", "clip@1:cut-reset=50%", "", 5,
      3 },
  { "{\"url_uses\":2}", "clip@1-2:truncate=50%", "", 6, 3 },
  { "{\"url_uses\":3}", "clip@1-4:truncate=30%", "", 8, 4 },
  { "{\"busy_status\":429}", "clip:rate=400000", "", 5, 3 },
  { "{\"busy_status\":403}", "clip:rate=400000", "", 5, 3 },
  { "{\"busy_status\":503}", "clip:rate=400000\nclip@1-2:truncate=70%", "", 7,
      3 },
  { "{\"newest_wins\":true}", "clip:rate=400000", "", 5, 2 },
  { "{\"newest_wins\":true}", "end:delay=200\nclip:rate=400000", "retries=0", 5,
      2 },
  { "{}", "clip@1:truncate=50%\nclip:refuse-range=403\nend:refuse-range=403",
      "", 5, 3 },
  { "{}", "clip@1:truncate=50%\nclip:refuse-range=400\nend:refuse-range=400",
      "retries=1", 4, 1 },
  { "{}", "clip@1:truncate=50%\nclip:refuse-range=405\nend:refuse-range=405",
      "", 4, 1 },
  { "{}", "clip@1:truncate=50%\nclip:refuse-range=416\nend:refuse-range=416",
      "", 4, 1 },
  { "{}", "clip@1:truncate=50%\nclip:refuse-range=501\nend:refuse-range=501",
      "", 4, 1 },
  { "{}", "clip:short=200000", "", 5, 1 },
  { "{}", "clip@1:truncate=50%\nclip@2-:wrong-range\nend:wrong-range", "", 6,
      1 },
  { "{}",
      "clip@1:truncate=50%\nclip@2-:wrong-range+short=50000\n"
      "end:wrong-range+short=50000",
      "retries=1", 6, 1 },
  { "{}", "clip@1:truncate=50%\nclip@2-:truncate=9000", "", 99, 1 },
};

GST_START_TEST (a_link_that_bears_little_brings_the_clip)
{
  test_service_set (service, links[__i__].settings);
  test_service_fault (service, links[__i__].faults);
  play_whole (links[__i__].properties);
  fail_unless (count_requests () <= links[__i__].requests, "%d",
      (gint) count_requests ());
  fail_unless (test_service_count (service, "links") <= links[__i__].given);
}
GST_END_TEST

/* A content delivery network may have a clip only a while after the service
 * says that it is done. */
GST_START_TEST (a_clip_that_is_not_served_yet_is_asked_for_again)
{
  static const guint answers[] = { 1, 2, 4 };
  g_autofree gchar *faults =
      g_strdup_printf ("clip@1-%u:status=404\nend@1-%u:status=404",
          answers[__i__], answers[__i__]);

  test_service_fault (service, faults);
  play_whole ("retries=5");
}
GST_END_TEST

GST_START_TEST (a_clip_that_is_never_served_ends_after_as_many_retries)
{
  g_autofree gchar *text = NULL;

  /* One link more than the first try and its four retries need: the request for
   * the end, which runs beside the first try, may have caused its failure. */
  test_service_fault (service, "clip:status=404\nend:hang");
  text = play_to_error ("retries=4");
  fail_unless (strstr (text, "in 4 attempts"), "%s", text);
  fail_unless_equals_int (test_service_count (service, "links"), 6);
  assert_posts (service, 1);
}
GST_END_TEST

/* Besides the clip, the service sends at most the 24 KiB of the end twice. */
GST_START_TEST (a_link_that_works_once_brings_no_byte_of_the_head_twice)
{
  gsize size;

  test_service_set (service, "{\"url_uses\":1}");
  test_service_fault (service, "clip:rate=400000");
  size = play_whole ("");
  fail_unless (test_service_count (service, "clip_bytes") <=
               (gint64) size + 24 * 1024 + 1024);
}
GST_END_TEST

/* Each resumed request fetches a seam of 16 KiB again, to compare it. Nothing
 * else comes twice. */
GST_START_TEST (a_link_that_lives_two_seconds_is_asked_for_as_often_as_needed)
{
  gsize size;

  test_service_set (service, "{\"url_lifetime\":2,\"layout\":\"moov-first\"}");
  test_service_fault (service, "clip@1:rate=80000+truncate=40%\n"
                               "clip@2-9:rate=80000+truncate=200000");
  size = play_whole ("retries=1");
  fail_unless (test_service_count (service, "polls") >= 3);
  fail_unless (test_service_count (service, "clip_bytes") <=
               (gint64) size + 24 * 1024 + 8 * 16 * 1024);
}
GST_END_TEST

GST_START_TEST (failures_are_forgotten_when_bytes_come)
{
  test_service_set (service, "{\"layout\":\"moov-first\"}");
  test_service_fault (service, "clip@1-4:truncate=100000\nend:drop");
  play_whole ("retries=1");
  assert_count (service, "clip_requests", 5);
}
GST_END_TEST

/* generation-timeout limits the generation. The transfer may take longer. */
GST_START_TEST (a_clip_that_is_there_may_take_its_time)
{
  gint64 begun = g_get_monotonic_time ();

  test_service_fault (service, "clip:rate=200000");
  play_whole ("generation-timeout=1");
  fail_unless (g_get_monotonic_time () - begun > 1500 * 1000);
}
GST_END_TEST

GST_START_TEST (a_long_wait_for_the_clip_is_told_at_once)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autoptr (GError) warning = NULL;

  test_service_fault (service, "clip:status=503+retry-after=3600\nend:drop");
  test_run_start (run, GST_STATE_PLAYING);
  gst_message_parse_warning (
      test_run_wait (run, GST_MESSAGE_WARNING), &warning, NULL);
  fail_unless (
      strstr (warning->message, "3600 s") != NULL, "%s", warning->message);
  fail_unless (strstr (warning->message, "60 s") != NULL);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* A server that records the path of each request. It redirects a request for
 * one of its @places to the next one. */
typedef struct {
  GSocketListener *listener;
  GCancellable *quit;
  GThread *thread;
  const gchar *const *places;
  GMutex lock;
  GPtrArray *asked;
} Guide;

static gchar *
read_target (GSocketConnection *connection)
{
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (
      g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  g_auto (GStrv) words = NULL;
  g_autofree gchar *line = NULL;

  g_filter_input_stream_set_close_base_stream (
      G_FILTER_INPUT_STREAM (input), FALSE);
  line = g_data_input_stream_read_line (input, NULL, NULL, NULL);
  words = g_strsplit (line ? line : "", " ", 3);

  return g_strdup (words[0] && words[1] ? words[1] : "");
}

static void
answer_one (Guide *guide, GSocketConnection *connection)
{
  g_autofree gchar *answer = NULL;
  gchar *target = read_target (connection);
  const gchar *place = NULL;

  g_mutex_lock (&guide->lock);
  for (guint i = 0; guide->places[i] && !place; i++) {
    if (g_str_equal (target, guide->places[i]))
      place = guide->places[i + 1] ? guide->places[i + 1] : "/";
  }
  g_ptr_array_add (guide->asked, target);
  g_mutex_unlock (&guide->lock);
  answer = g_strdup_printf (
      place ? "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n"
              "Connection: close\r\n\r\n"
            : "HTTP/1.1 404 No\r\nContent-Length: 0\r\n"
              "Connection: close\r\n\r\n",
      place);
  g_output_stream_write_all (
      g_io_stream_get_output_stream (G_IO_STREAM (connection)), answer,
      strlen (answer), NULL, NULL, NULL);
}

static gpointer
guide_run (gpointer data)
{
  Guide *guide = data;
  GSocketConnection *connection;

  while ((connection = g_socket_listener_accept (
              guide->listener, NULL, guide->quit, NULL))) {
    answer_one (guide, connection);
    g_object_unref (connection);
  }

  return NULL;
}

static guint16
guide_start (Guide *guide)
{
  guint16 port;

  guide->asked = g_ptr_array_new_with_free_func (g_free);
  guide->listener = g_socket_listener_new ();
  guide->quit = g_cancellable_new ();
  port = g_socket_listener_add_any_inet_port (guide->listener, NULL, NULL);
  guide->thread = g_thread_new ("guide", guide_run, guide);

  return port;
}

static void
guide_stop (Guide *guide)
{
  g_cancellable_cancel (guide->quit);
  g_thread_join (guide->thread);
  g_object_unref (guide->quit);
  g_object_unref (guide->listener);
  g_ptr_array_unref (guide->asked);
  g_mutex_clear (&guide->lock);
}

static gboolean
guide_was_asked (Guide *guide, const gchar *target)
{
  gboolean asked;

  g_mutex_lock (&guide->lock);
  asked = g_ptr_array_find_with_equal_func (
      guide->asked, target, g_str_equal, NULL);
  g_mutex_unlock (&guide->lock);

  return asked;
}

#define DOTS "/a/../b/./c//..%2F/clip.mp4?s=a/../b&t=%7e~"

/* The signature of a link covers the path as it stands, so dots must not be
 * resolved. The fragment behind the "#" is not sent. */
GST_START_TEST (a_path_with_dots_is_sent_as_it_is)
{
  g_autofree gchar *id = NULL, *link = NULL, *url = NULL, *origin = NULL;
  g_autofree gchar *escaped = NULL, *faults = NULL, *properties = NULL;
  const gchar *places[] = { DOTS, "/x/.././y?z", NULL, NULL };
  Guide guide = { .places = places };
  guint16 port = guide_start (&guide);

  play_whole ("");
  id = test_service_get_task (service, 0, "id");
  link = test_service_get_clip_url (service, id);
  places[2] = link;
  origin = g_strdup_printf ("http://127.0.0.1:%u", port);
  url = g_strconcat (origin, DOTS, "#frag/../x", NULL);
  escaped = g_uri_escape_string (url, NULL, FALSE);
  faults = g_strdup_printf ("poll:url=%s", escaped);
  test_service_fault (service, faults);
  test_home_move_state_dir ("other");
  properties = g_strdup_printf ("retries=0 task-id=%s", id);
  play_whole (properties);
  fail_unless (guide_was_asked (&guide, DOTS));
  fail_unless (guide_was_asked (&guide, "/x/.././y?z"));
  guide_stop (&guide);
}
GST_END_TEST

/* The labels change and the bytes do not. @percent: how much the service sends
 * at most, in percent of the clip's length, for @ranges requests of a range. */
static const struct {
  const gchar *faults;
  guint percent;
  guint ranges;
} labels[] = {
  { "clip:fresh-etag\nclip@1:fresh-etag+truncate=50%\nend:fresh-etag", 165, 2 },
  { "clip:fresh-etag\nclip@1:fresh-etag+truncate=50%\n"
    "clip@2:fresh-etag+truncate=60%\nclip@3-5:fresh-etag+truncate=30%",
      260, 6 },
  { "clip:fresh-etag+fresh-date+ignore-if-range\n"
    "clip@1:truncate=50%\nclip@2:truncate=50%",
      140, 3 },
  { "clip:no-etag+fresh-date\nclip@1:truncate=50%\nend:no-etag+fresh-date",
      165, 2 },
  { "clip:no-etag+no-date\nclip@1-2:truncate=50%", 140, 3 },
  { "clip:etag\nclip@1:truncate=50%", 120, 2 },
};

GST_START_TEST (another_label_for_the_same_bytes_changes_nothing)
{
  gint64 more, most;
  gsize size;

  test_service_fault (service, labels[__i__].faults);
  size = play_whole ("");
  /* A busy machine may wait for the clip's end and ask for it once more. The
   * answer is the whole clip, as the label has changed. It is given up, but the
   * service may have sent all by then. */
  more = test_service_count (service, "range_requests") - labels[__i__].ranges;
  most = labels[__i__].percent + 100 * CLAMP (more, 0, 1);
  fail_unless (test_service_count (service, "clip_bytes") * 100 <=
                   (gint64) size * most,
      "%d of %d", (gint) test_service_count (service, "clip_bytes"),
      (gint) size);
}
GST_END_TEST

/* Another object of the same length must be noticed whatever its labels say,
 * and although the server ignores If-Range. */
static const gchar *others[] = {
  "other-object",
  "other-object+no-etag",
  "other-object+no-etag+no-date",
  "other-object+no-etag+no-date+ignore-if-range",
  "other-object+ignore-if-range",
  "other-object+fresh-etag+fresh-date+ignore-if-range",
};

GST_START_TEST (another_object_is_noticed_whatever_its_labels)
{
  g_autofree gchar *faults = g_strdup_printf (
      "clip@1:truncate=50%%\nclip@2-:%s\nend:drop", others[__i__]);
  g_autofree gchar *text = NULL;

  test_service_set (service, "{\"layout\":\"moov-first\"}");
  test_service_fault (service, faults);
  text = play_to_error ("retries=1");
  /* If no byte of the first half was read, the download begins again with the
   * other object, which is not an MP4. */
  fail_unless (strstr (text, "The clip changed") != NULL ||
                   strstr (text, "what came is not an MP4") != NULL,
      "%s", text);
  fail_unless (count_requests () <= 5);
}
GST_END_TEST

GST_START_TEST (the_right_object_after_another_one_makes_the_clip_whole)
{
  test_service_set (service, "{\"layout\":\"moov-first\"}");
  test_service_fault (
      service, "clip@1:truncate=50%\nclip@2:other-object\nclip@3:html");
  play_whole ("");
}
GST_END_TEST

/* If the label of the clip is known, each range request carries it in
 * If-Range. */
GST_START_TEST (a_resumed_request_is_conditional)
{
  test_service_fault (service, "clip@1-3:truncate=50%");
  play_whole ("");
  fail_unless (test_service_count (service, "range_requests") >= 3);
  assert_count (service, "bare_ranges", 0);
}
GST_END_TEST

static const gchar *barren[] = {
  "clip:wrong-range+truncate=50%\nend:wrong-range+truncate=50%",
  "clip@1:truncate=50%\nclip@2-:wrong-range+truncate=20%\nend:wrong-range",
  "clip:short=30000+wrong-range+truncate=40%\nend:wrong-range",
  "clip@1:truncate=50%\nclip@2-:short=0\nend:drop",
  "clip@1:truncate=50%\nclip@2-:truncate=0\nend:drop",
  "clip@1:truncate=50%\nclip@2-:no-range+truncate=40%\nend:no-range",
  "clip@1:truncate=50%\nclip@2-:status=416\nend:status=416",
  "clip@1:truncate=50%\nclip@2-:redirect-self\nend:redirect-self",
  "clip@1:truncate=50%\nclip@2-:expired\nend:expired",
  "clip@1:truncate=50%\nclip@2-:status=204\nend:status=204",
  "clip@1:truncate=50%\nclip@2-:empty\nend:empty",
  "clip@1:truncate=50%\nclip@2-:html\nend:html",
  "clip:chunked+truncate=0\nend:drop",
};

/* The run ends after a few requests. */
GST_START_TEST (answers_without_a_new_byte_come_to_an_end)
{
  g_autofree gchar *text = NULL;

  test_service_fault (service, barren[__i__]);
  text = play_to_error ("retries=2");
  fail_unless (count_requests () <= 14, "%d", (gint) count_requests ());
  fail_unless (test_service_count (service, "polls") <= 6);
}
GST_END_TEST

/* Returns the offset at which the @n-th box of this type ends, or 0 if there is
 * no such box. */
static gsize
find_box_end (GBytes *clip, const gchar *type, guint n)
{
  gsize size, offset = 0;
  const guint8 *data = g_bytes_get_data (clip, &size);

  while (offset + 8 <= size) {
    guint32 length;
    gsize end;

    memcpy (&length, data + offset, sizeof length);
    end = offset + GUINT32_FROM_BE (length);
    if (memcmp (data + offset + 4, type, 4) == 0 && --n == 0)
      return end;
    offset = end;
  }

  return 0;
}

/* The answer ends behind the @n-th box of the type. */
static const struct {
  const gchar *layout, *type;
  guint n;
} cuts[] = {
  { "moov-first", "ftyp", 1 },
  { "moov-first", "moov", 1 },
  { "fragmented", "moov", 1 },
  { "fragmented", "mdat", 1 },
  { "fragmented", "mdat", 2 },
};

/* The connection closes between two boxes, as with a server that fails while it
 * makes one fragment after the other. */
GST_START_TEST (a_clip_that_is_cut_between_two_boxes_is_not_whole)
{
  g_autofree gchar *settings =
      g_strdup_printf ("{\"layout\":\"%s\"}", cuts[__i__].layout);
  g_autofree gchar *fault = NULL;
  g_autoptr (GBytes) clip = NULL;
  gsize end;

  test_service_set (service, settings);
  play_whole ("");
  clip = test_service_get_clip (service, 0);
  end = find_box_end (clip, cuts[__i__].type, cuts[__i__].n);
  fail_unless (end > 0 && end < g_bytes_get_size (clip));
  fault = g_strdup_printf (
      "clip@1:truncate=%" G_GSIZE_FORMAT "+no-length\nend:drop", end);
  test_service_fault (service, fault);
  test_play_clip ("reuse=never");
  assert_posts (service, 2);
}
GST_END_TEST

static const struct {
  const gchar *faults, *properties;
} framings[] = {
  { "clip:length-too\nend:length-too", "retries=0" },
  { "clip:length-too\nclip@1:length-too+truncate=50%\nend:drop", "" },
  { "clip:trailer=HTTP/1.1: 500\nend:drop", "retries=0" },
  { "clip:chunked+trailer=Content-Length: 7\nend:drop", "retries=0" },
  { "clip:chunked+trailer=Content-Range: bytes 5-6/7\nend:drop", "retries=0" },
  { "clip:encode=gzip\nend:encode=gzip", "retries=0" },
  { "clip:encode=deflate\nend:encode=deflate", "retries=0" },
  { "clip:encode=raw\nend:encode=raw", "retries=0" },
  { "clip:encode=label\nend:encode=label", "retries=0" },
  { "clip:encode=br\nend:drop", "retries=0" },
  { "clip:encode=identity\nend:encode=identity", "retries=0" },
  { "clip:encode=gzip+chunked\nend:encode=gzip", "retries=0" },
  { "clip:encode=gzip\nclip@1-2:truncate=50%\nend:encode=gzip", "" },
  { "clip@1:truncate=50%\nclip:encode=gzip\nend:encode=gzip", "" },
  { "clip@1:encode=gzip+truncate=50%\nend:drop", "" },
};

GST_START_TEST (however_it_is_framed_and_coded_the_clip_is_whole)
{
  test_service_fault (service, framings[__i__].faults);
  play_whole (framings[__i__].properties);
}
GST_END_TEST

GST_START_TEST (a_coding_that_nobody_knows_is_named)
{
  g_autofree gchar *text = NULL;

  test_service_fault (service, "clip:garbage+encode=br\nend:drop");
  text = play_to_error ("retries=1");
  fail_unless (strstr (text, "Content-Encoding: br") != NULL, "%s", text);
  fail_unless (count_requests () <= 4);
}
GST_END_TEST

GST_START_TEST (a_packed_bomb_ends_at_max_size)
{
  g_autofree gchar *text = NULL;

  test_service_fault (service, "clip:gzip-bomb\nend:gzip-bomb");
  text = play_to_error ("retries=1 max-size=10000000");
  fail_unless (count_requests () <= 4);
}
GST_END_TEST

static Suite *
links_suite (void)
{
  Suite *suite = suite_create ("links");
  TCase *bearing = test_case_new (suite, "links");
  TCase *labelled = test_case_new (suite, "labels");
  TCase *nothing = test_case_new (suite, "nothing-new");
  TCase *framed = test_case_new (suite, "framing");

  tcase_add_loop_test (
      bearing, a_clip_that_is_not_served_yet_is_asked_for_again, 0, 3);
  tcase_add_test (
      bearing, a_clip_that_is_never_served_ends_after_as_many_retries);
  tcase_add_loop_test (bearing, a_link_that_bears_little_brings_the_clip, 0,
      G_N_ELEMENTS (links));
  tcase_add_test (
      bearing, a_link_that_works_once_brings_no_byte_of_the_head_twice);
  tcase_add_test (
      bearing, a_link_that_lives_two_seconds_is_asked_for_as_often_as_needed);
  tcase_add_test (bearing, failures_are_forgotten_when_bytes_come);
  tcase_add_test (bearing, a_clip_that_is_there_may_take_its_time);
  tcase_add_test (bearing, a_path_with_dots_is_sent_as_it_is);
  tcase_add_test (bearing, a_long_wait_for_the_clip_is_told_at_once);
  tcase_add_loop_test (labelled,
      another_label_for_the_same_bytes_changes_nothing, 0,
      G_N_ELEMENTS (labels));
  tcase_add_loop_test (labelled, another_object_is_noticed_whatever_its_labels,
      0, G_N_ELEMENTS (others));
  tcase_add_test (
      labelled, the_right_object_after_another_one_makes_the_clip_whole);
  tcase_add_test (labelled, a_resumed_request_is_conditional);
  tcase_add_loop_test (nothing, answers_without_a_new_byte_come_to_an_end, 0,
      G_N_ELEMENTS (barren));
  tcase_add_loop_test (framed,
      a_clip_that_is_cut_between_two_boxes_is_not_whole, 0,
      G_N_ELEMENTS (cuts));
  tcase_add_loop_test (framed, however_it_is_framed_and_coded_the_clip_is_whole,
      0, G_N_ELEMENTS (framings));
  tcase_add_test (framed, a_coding_that_nobody_knows_is_named);
  tcase_add_test (framed, a_packed_bomb_ends_at_max_size);

  return suite;
}

GST_CHECK_MAIN (links)
