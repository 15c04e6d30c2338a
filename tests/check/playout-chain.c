/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedanceplayout with chain=last-frame: an item begins with the last frame of
 * the item before it. Each item is ordered once, as without a chain. */

#include "air.h"

#include <gst/app/gstappsink.h>
#include <gst/video/video.h>
#include <string.h>

#define PLAYOUT \
  "seedanceplayout poll-interval=100 max-in-flight=9 on-empty=eos " \
  "chain=last-frame "
#define LINE \
  "{\"id\":\"%s\",\"prompt\":\"%s\",\"resolution\":\"480p\",\"duration\":%u," \
  "\"seed\":%d}\n"
#define FLASH "flash-and-beep"
#define SKEW_MAX (2 * GST_MSECOND)

static void
enqueue (TestRun *run, const gchar *line)
{
  gboolean taken = FALSE;

  g_signal_emit_by_name (test_run_get (run, "out"), "enqueue", line, &taken);
  fail_unless (taken, "%s", line);
}

static void
enqueue_order (TestRun *run, const gchar *id, const gchar *prompt,
    guint duration, gint seed)
{
  g_autofree gchar *line = g_strdup_printf (LINE, id, prompt, duration, seed);

  enqueue (run, line);
}

/* Enqueues a, b and c. The first frame of a chained item is not shown, and with
 * it its first flash. b lasts two seconds and so has another flash. */
static void
enqueue_three (TestRun *run)
{
  enqueue_order (run, "a", FLASH, 1, 31);
  enqueue_order (run, "b", FLASH, 2, 32);
  enqueue_order (run, "c", FLASH, 1, 33);
}

static TestRun *
make_run (const gchar *properties)
{
  return test_run_new (PLAYOUT "%s" AIR_SINKS, properties);
}

static guint
read_bars (const GstVideoFrame *frame, guint sixteenths)
{
  const guint width = (guint) GST_VIDEO_FRAME_WIDTH (frame);
  const guint y = (guint) GST_VIDEO_FRAME_HEIGHT (frame) * sixteenths / 16;
  const guint8 *line = (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (frame, 0) +
                       y * (guint) GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0);
  guint value = 0;

  for (guint i = 0; i < 8; i++)
    value |= (guint) (line[width * (2 * i + 1) / 16] > 128) << i;

  return value;
}

static void
assert_picture (GstSample *sample, guint seed, guint number)
{
  GstVideoInfo info;
  GstVideoFrame frame;

  fail_unless (gst_video_info_from_caps (&info, gst_sample_get_caps (sample)));
  fail_unless (gst_video_frame_map (
      &frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ));
  /* The image has the size of the clip, and not that of the output. */
  fail_unless_equals_int (GST_VIDEO_FRAME_WIDTH (&frame), 864);
  fail_unless_equals_int (GST_VIDEO_FRAME_HEIGHT (&frame), 496);
  fail_unless_equals_int (read_bars (&frame, 13), seed);
  fail_unless_equals_int (read_bars (&frame, 15), number);
  gst_video_frame_unmap (&frame);
}

static void
assert_file_shows (const gchar *path, guint seed, guint number)
{
  g_autofree gchar *line =
      g_strdup_printf ("filesrc location=\"%s\" ! pngdec ! videoconvert ! "
                       "video/x-raw,format=GRAY8 ! appsink name=out sync=false",
          path);
  GstElement *pipeline = gst_parse_launch (line, NULL);
  GstElement *out = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  g_autoptr (GstSample) sample = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  sample = gst_app_sink_pull_sample (GST_APP_SINK (out));
  fail_unless (sample != NULL, "the image cannot be read");
  assert_picture (sample, seed, number);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (out);
  gst_object_unref (pipeline);
}

/* Checks that the image of the @nth order is frame @number of the clip
 * @seed. */
static void
assert_image (guint nth, guint seed, guint number)
{
  static const gchar head[] = "data:image/png;base64,";
  g_autofree gchar *body = test_service_get_task (service, nth, "body");
  g_autofree gchar *path = NULL;
  gchar *text = strstr (body, head);
  guchar *data;
  gsize size;

  fail_unless (text != NULL, "order %u has no image", nth);
  text += strlen (head);
  text[strcspn (text, "\\\"")] = '\0';
  data = g_base64_decode (text, &size);
  path = test_home_write ("sent.png", data, size);
  g_free (data);
  assert_file_shows (path, seed, number);
}

static void
assert_no_image (guint nth)
{
  g_autofree gchar *body = test_service_get_task (service, nth, "body");

  fail_unless (strstr (body, "image") == NULL, "%s", body);
}

static gint
get_number (TestAir *air, guint frame)
{
  return g_array_index (air->frames, TestFrame, frame).number;
}

/* Checks that the @nth clip on air has the seed @seed and begins with its frame
 * @begins. */
static void
assert_clip (TestAir *air, guint nth, gint seed, gint begins, guint distinct)
{
  g_autoptr (GArray) stretches = test_air_find_stretches (air);
  const TestStretch *stretch;
  gint number;

  fail_unless (stretches->len > nth, "%u clips", stretches->len);
  stretch = &g_array_index (stretches, TestStretch, nth);
  fail_unless_equals_int (stretch->seed, seed);
  number = get_number (air, stretch->first);
  fail_unless_equals_int (number, begins);
  for (guint i = 1; i < stretch->frames; i++) {
    const gint next = get_number (air, stretch->first + i);

    fail_unless (
        next == number || next == number + 1, "%d behind %d", next, number);
    number = next;
  }
  fail_unless_equals_int (stretch->distinct, distinct);
}

static void
assert_three (TestAir *air)
{
  test_air_assert_steady (air);
  assert_clip (air, 0, 31, 0, 24);
  assert_clip (air, 1, 32, 1, 47);
  assert_clip (air, 2, 33, 1, 23);
  fail_unless (test_air_get_skew (air) <= SKEW_MAX);
}

GST_START_TEST (an_item_begins_with_the_last_frame_of_the_one_before)
{
  TestRun *run = make_run ("");
  TestAir *air = test_air_new (run);

  test_service_set (service, "{\"generation_time\":60}");
  enqueue_three (run);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "tasks", 1);
  test_air_wait_frames (air, air->frames->len + 25);
  assert_posts (service, 1);
  test_service_set (service, "{\"generation_time\":0.2}");
  test_run_wait (run, GST_MESSAGE_EOS);
  assert_three (air);
  assert_no_image (0);
  assert_image (1, 31, 23);
  assert_image (2, 32, 47);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_WARNING), 0);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 3);
}
GST_END_TEST

/* An HTTP server that answers each request with a picture. */
typedef struct {
  GSocketListener *listener;
  GCancellable *stop;
  GThread *thread;
  GBytes *picture;
  gchar *url;
} Server;

static void
answer (GIOStream *connection, GBytes *picture)
{
  static const gchar head[] = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
                              "Connection: close\r\n\r\n";
  GOutputStream *out = g_io_stream_get_output_stream (connection);
  gchar asked[4096];

  g_input_stream_read (g_io_stream_get_input_stream (connection), asked,
      sizeof asked, NULL, NULL);
  g_output_stream_write_all (out, head, strlen (head), NULL, NULL, NULL);
  g_output_stream_write_all (out, g_bytes_get_data (picture, NULL),
      g_bytes_get_size (picture), NULL, NULL, NULL);
  g_io_stream_close (connection, NULL, NULL);
}

static gpointer
serve (gpointer data)
{
  Server *server = data;
  GSocketConnection *connection;

  while ((connection = g_socket_listener_accept (
              server->listener, NULL, server->stop, NULL))) {
    answer (G_IO_STREAM (connection), server->picture);
    g_object_unref (connection);
  }

  return NULL;
}

static void
start_server (Server *server, GBytes *picture)
{
  guint16 port;

  server->listener = g_socket_listener_new ();
  server->stop = g_cancellable_new ();
  server->picture = picture;
  port = g_socket_listener_add_any_inet_port (server->listener, NULL, NULL);
  server->url =
      g_strdup_printf ("http://127.0.0.1:%u/last.png?expires=7", port);
  server->thread = g_thread_new ("server", serve, server);
}

static void
stop_server (Server *server)
{
  g_cancellable_cancel (server->stop);
  g_thread_join (server->thread);
  g_object_unref (server->listener);
  g_object_unref (server->stop);
  g_bytes_unref (server->picture);
  g_free (server->url);
}

static GBytes *
make_picture (void)
{
  g_autofree gchar *path = test_home_paint ("last.png", 864, 496);
  gchar *data;
  gsize size;

  fail_unless (g_file_get_contents (path, &data, &size, NULL));

  return g_bytes_new_take (data, size);
}

/* The first run gets a link to the last frame from the service. The later runs
 * decode that frame from the stored clip, and must find the same orders. */
GST_START_TEST (the_same_items_are_not_ordered_again)
{
  g_autofree gchar *body = NULL, *fault = NULL;
  Server server;

  /* Renders the clip, so that it exists when the first poll says so. */
  g_free (test_air_write_clip ("a.mp4", 31));
  start_server (&server, make_picture ());
  fault =
      g_strdup_printf ("poll@1:body={\"status\":\"succeeded\",\"video_url\":"
                       "\"@URL@\",\"last_frame_url\":\"%s\"}",
          server.url);
  test_service_fault (service, fault);
  for (guint i = 0; i < 3; i++) {
    TestRun *run = make_run ("");
    TestAir *air = test_air_new (run);

    enqueue_three (run);
    test_run_to_end (run);
    assert_three (air);
    test_run_free (run);
    test_air_free (air);
    test_service_fault (service, "");
  }
  body = test_service_get_task (service, 1, "body");
  fail_unless (strstr (body, "last.png?expires=7"), "%s", body);
  stop_server (&server);
  assert_posts (service, 3);
}
GST_END_TEST

/* The link to the last frame may have expired when the next item is enqueued,
 * and an order with it would be refused. So the order has the decoded frame. */
GST_START_TEST (what_was_on_air_is_continued_without_a_link)
{
  TestRun *run = test_run_new (
      "seedanceplayout poll-interval=100 chain=last-frame" AIR_SINKS);
  TestAir *air = test_air_new (run);

  g_free (test_air_write_clip ("a.mp4", 35));
  test_service_fault (service,
      "poll@1:body={\"status\":\"succeeded\",\"video_url\":"
      "\"@URL@\",\"last_frame_url\":\"http://127.0.0.1:1/gone\"}");
  enqueue_order (run, "a", FLASH, 1, 35);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "off-air", "a");
  enqueue_order (run, "b", FLASH, 1, 36);
  test_air_wait_told (run, "off-air", "b");
  test_air_wait_frames (air, air->frames->len + 5);
  test_run_stop (run);
  assert_clip (air, 1, 36, 1, 23);
  assert_image (1, 35, 23);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 2);
}
GST_END_TEST

GST_START_TEST (behind_a_failed_item_the_last_good_one_goes_on)
{
  TestRun *run = make_run ("");
  TestAir *air = test_air_new (run);

  enqueue_order (run, "bad", "doomed", 1, 1);
  enqueue_order (run, "a", FLASH, 1, 41);
  enqueue_order (run, "worse", "doomed", 1, 2);
  enqueue_order (run, "b", FLASH, 1, 42);
  test_run_to_end (run);
  test_air_assert_steady (air);
  assert_clip (air, 0, 41, 0, 24);
  assert_clip (air, 1, 42, 1, 23);
  assert_no_image (0);
  assert_no_image (1);
  assert_image (2, 41, 23);
  assert_image (3, 41, 23);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 4);
}
GST_END_TEST

/* The chain continues a file from the point where it is cut. An item with an
 * image of its own keeps it. */
GST_START_TEST (a_file_is_continued_and_an_own_image_is_kept)
{
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 51);
  g_autofree gchar *image = test_home_paint ("own.png", 864, 496);
  g_autofree gchar *file =
      g_strdup_printf ("{\"id\":\"file\",\"uri\":\"%s\",\"out\":0.51}", clip);
  g_autofree gchar *own = g_strdup_printf (
      "{\"id\":\"own\",\"prompt\":\"flash-and-beep\",\"resolution\":\"480p\","
      "\"duration\":1,\"seed\":53,\"image\":\"%s\"}",
      image);
  TestRun *run = make_run ("");
  TestAir *air = test_air_new (run);

  enqueue (run, file);
  enqueue_order (run, "a", FLASH, 1, 52);
  enqueue (run, own);
  test_run_to_end (run);
  test_air_assert_steady (air);
  assert_clip (air, 1, 52, 1, 23);
  assert_clip (air, 2, 53, 0, 24);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 2);
  /* The item with its own image waits for no other item, so the two orders come
   * in any order. */
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *body = test_service_get_task (service, i, "body");

    if (strstr (body, "\"seed\":52"))
      assert_image (i, 51, 12);
  }
}
GST_END_TEST

static guint
count_lines (const gchar *path)
{
  g_autofree gchar *text = NULL;
  guint lines = 0;

  if (g_file_get_contents (path, &text, NULL, NULL))
    for (const gchar *c = text; *c; c++)
      lines += *c == '\n';

  return lines;
}

/* A later run continues what was played before. */
GST_START_TEST (a_new_run_continues_the_last_item_of_the_log)
{
  g_autofree gchar *log = test_home_path ("as-run.jsonl");
  g_autofree gchar *two =
      g_strdup_printf (LINE LINE, "a", FLASH, 1, 61, "b", FLASH, 1, 62);
  g_autofree gchar *last = g_strdup_printf (LINE, "c", FLASH, 1, 63);
  g_autofree gchar *rundown = test_home_write ("day.jsonl", two, strlen (two));
  g_autofree gchar *properties =
      g_strdup_printf ("rundown=\"%s\" as-run=\"%s\"", rundown, log);
  TestRun *run = make_run (properties);
  TestAir *air = test_air_new (run);

  test_run_to_end (run);
  test_run_free (run);
  test_air_free (air);
  while (count_lines (log) < 2)
    g_usleep (1000);
  /* The rundown may have lost the lines of items that were played. */
  g_free (test_home_write ("day.jsonl", last, strlen (last)));
  run = make_run (properties);
  air = test_air_new (run);
  test_run_to_end (run);
  test_air_assert_steady (air);
  assert_clip (air, 0, 63, 1, 23);
  assert_image (2, 62, 23);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 3);
}
GST_END_TEST

static void
play_day (const gchar *rundown, const gchar *lines, const gchar *properties)
{
  g_autofree gchar *all =
      g_strdup_printf ("rundown=\"%s\" %s", rundown, properties);
  TestAir *air;
  TestRun *run;

  g_free (test_home_write ("day.jsonl", lines, strlen (lines)));
  run = make_run (all);
  air = test_air_new (run);
  test_run_to_end (run);
  test_run_free (run);
  test_air_free (air);
}

/* An order is identified by the point at which the item before it was cut. A
 * later run must find that point even if only the as-run log has it. */
GST_START_TEST (a_line_that_is_gone_costs_no_second_order)
{
  g_autofree gchar *log = test_home_path ("as-run.jsonl");
  g_autofree gchar *rundown = test_home_path ("day.jsonl");
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 51);
  g_autofree gchar *file =
      g_strdup_printf ("{\"id\":\"file\",\"uri\":\"%s\",\"out\":0.51}\n", clip);
  g_autofree gchar *next = g_strdup_printf (LINE, "a", FLASH, 1, 52);
  g_autofree gchar *both = g_strconcat (file, next, NULL);
  g_autofree gchar *logged =
      g_strdup_printf ("reuse=always as-run=\"%s\"", log);

  play_day (rundown, both, "reuse=always");
  assert_posts (service, 1);
  play_day (rundown, file, logged);
  while (count_lines (log) < 1)
    g_usleep (1000);
  play_day (rundown, next, logged);
  assert_posts (service, 1);
}
GST_END_TEST

/* "b" was ordered as what continues "a". Then "a" is taken out before it was on
 * air, and the element is restarted: "b" would continue nothing now, or what
 * the log has. */
GST_START_TEST (what_the_order_continued_may_be_gone)
{
  g_autofree gchar *log = test_home_path ("as-run.jsonl");
  g_autofree gchar *first = g_strdup_printf (LINE, "z", FLASH, 1, 70);
  g_autofree gchar *two =
      g_strdup_printf (LINE LINE, "a", FLASH, 1, 71, "b", FLASH, 1, 72);
  g_autofree gchar *last = g_strdup_printf (LINE, "b", FLASH, 1, 72);
  g_autofree gchar *rundown = test_home_path ("day.jsonl");
  g_autofree gchar *properties =
      g_strdup_printf ("rundown=\"%s\" as-run=\"%s\"", rundown, log);
  g_autofree gchar *held = g_strconcat (properties, " hold=true", NULL);
  g_autofree gchar *logged = g_strdup_printf ("as-run=\"%s\"", log);
  gboolean removed = FALSE;
  TestRun *run;

  if (__i__ == 1)
    play_day (rundown, first, logged);
  g_free (test_home_write ("day.jsonl", two, strlen (two)));
  run = make_run (held);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "ready", "b");
  g_signal_emit_by_name (test_run_get (run, "out"), "remove", "a", &removed);
  fail_unless (removed);
  test_run_free (run);
  assert_posts (service, 2 + __i__);
  assert_image ((guint) __i__ + 1, 71, 23);
  play_day (rundown, last, logged);
  assert_posts (service, 2 + __i__);
  while (count_lines (log) < 1 + (guint) __i__)
    g_usleep (1000);
}
GST_END_TEST

static Suite *
playout_chain_suite (void)
{
  Suite *suite = suite_create ("playout-chain");
  TCase *tcase = test_case_new (suite, "chain");

  tcase_add_test (tcase, an_item_begins_with_the_last_frame_of_the_one_before);
  tcase_add_test (tcase, the_same_items_are_not_ordered_again);
  tcase_add_test (tcase, what_was_on_air_is_continued_without_a_link);
  tcase_add_test (tcase, behind_a_failed_item_the_last_good_one_goes_on);
  tcase_add_test (tcase, a_file_is_continued_and_an_own_image_is_kept);
  tcase_add_test (tcase, a_new_run_continues_the_last_item_of_the_log);
  tcase_add_test (tcase, a_line_that_is_gone_costs_no_second_order);
  tcase_add_loop_test (tcase, what_the_order_continued_may_be_gone, 0, 2);

  return suite;
}

GST_CHECK_MAIN (playout_chain)
