/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clip comes out byte for byte, in push mode and in pull mode. Its caps,
 * tags, size and statistics are available when an application needs them. */

#include <glib/gstdio.h>
#include <string.h>

#include "puller.h"

#define BLOCK (256 * 1024)

static const gchar *layouts[] = { "{\"layout\":\"moov-last\"}",
  "{\"layout\":\"moov-first\"}", "{\"layout\":\"fragmented\"}" };

GST_START_TEST (a_pushed_clip_is_the_services_own)
{
  g_autoptr (GBytes) clip = NULL;
  TestRun *run = test_run_new (CLIP "! fakesink name=out");
  TestTap *tap = test_run_tap (run, "out");

  test_service_set (service, layouts[__i__]);
  test_run_to_end (run);
  clip = test_service_get_clip (service, 0);
  test_tap_assert_bytes (tap, clip);
  fail_unless (tap->largest <= BLOCK);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_file_written_by_filesink_is_the_services_own)
{
  g_autofree gchar *path = test_home_path ("clip.mp4");
  g_autoptr (GBytes) clip = NULL, written = NULL;
  g_autofree gchar *data = NULL;
  gsize size;
  TestRun *run = test_run_new (CLIP "! filesink location=\"%s\"", path);

  test_run_to_end (run);
  test_run_free (run);
  clip = test_service_get_clip (service, 0);
  fail_unless (g_file_get_contents (path, &data, &size, NULL));
  written = g_bytes_new (data, size);
  test_assert_same_bytes (written, clip);
}
GST_END_TEST

GST_START_TEST (a_clip_that_arrives_bit_by_bit_is_whole)
{
  g_autoptr (GBytes) clip = NULL;
  TestRun *run = test_run_new (CLIP "! fakesink name=out");
  TestTap *tap = test_run_tap (run, "out");

  test_service_fault (service, "clip:rate=1000000+chunked");
  test_run_to_end (run);
  clip = test_service_get_clip (service, 0);
  test_tap_assert_bytes (tap, clip);
  test_run_free (run);
}
GST_END_TEST

static void
add_box (GByteArray *clip, const gchar *type, guint32 size)
{
  guint32 length = GUINT32_TO_BE (size);
  guint start = clip->len;

  g_byte_array_append (clip, (guint8 *) &length, 4);
  g_byte_array_append (clip, (guint8 *) type, 4);
  g_byte_array_set_size (clip, start + size);
  for (guint i = start + 8; i < clip->len; i++)
    clip->data[i] = (guint8) (i * 7919 >> 3);
}

/* The sizes of the boxes mdat and moov. The moov may be smaller or larger than
 * the 24 KiB of the end that are requested ahead. @requests: how many requests
 * the clip takes at most, not counting the one for the end. */
static const struct {
  guint32 mdat, moov;
  guint requests;
} sizes[] = {
  { 8, 8, 1 },
  { 100, 1000, 1 },
  { 24 * 1024 - 1000 - 24, 1000, 1 },
  { 24 * 1024 - 1000 - 23, 1000, 1 },
  { 24 * 1024, 1000, 1 },
  { 40000, 5000, 1 },
  { 100000, 5000, 1 },
  { 250000, 24 * 1024 - 1, 1 },
  { 250000, 24 * 1024, 1 },
  { 250000, 24 * 1024 + 1, 1 },
  { 500000, 24 * 1024, 1 },
  { 500000, 24 * 1024 + 1, 3 },
  { 500000, 200000, 3 },
  { 3000000, 200000, 3 },
};

GST_START_TEST (a_clip_of_any_size_is_whole)
{
  g_autoptr (GByteArray) made = g_byte_array_new ();
  g_autoptr (GBytes) clip = NULL;
  TestRun *run = test_run_new (CLIP "! fakesink name=out");
  TestTap *tap = test_run_tap (run, "out");

  add_box (made, "ftyp", 24);
  add_box (made, "mdat", sizes[__i__].mdat);
  add_box (made, "moov", sizes[__i__].moov);
  test_service_set_clip (service, made->data, made->len);
  test_run_to_end (run);
  clip = test_service_get_clip (service, 0);
  fail_unless_equals_uint64 (g_bytes_get_size (clip), made->len);
  test_tap_assert_bytes (tap, clip);
  test_run_free (run);
  assert_posts (service, 1);
  /* There is no request for the end if the whole clip has arrived before it was
   * due. */
  fail_unless (test_service_count (service, "clip_ends") <= 1);
  fail_unless (
      test_service_count (service, "clip_requests") <= sizes[__i__].requests);
}
GST_END_TEST

/* The request for the index breaks off half way. The download of the media data
 * must fetch the rest of the index, which lies behind bytes that are already
 * there. */
GST_START_TEST (a_clip_whose_index_came_half_is_whole)
{
  g_autoptr (GByteArray) made = g_byte_array_new ();
  g_autoptr (GBytes) clip = NULL;
  TestRun *run = test_run_new (CLIP "! fakesink name=out");
  TestTap *tap = test_run_tap (run, "out");

  add_box (made, "ftyp", 24);
  add_box (made, "mdat", 3000000);
  add_box (made, "moov", 200000);
  for (guint i = 0; i < made->len / 1000; i++)
    made->data[i * 1000 + 100] = (guint8) (i / 3);
  test_service_set_clip (service, made->data, made->len);
  test_service_fault (service, "clip@1:rate=4000000\nclip@2:truncate=100000");
  test_run_to_end (run);
  clip = test_service_get_clip (service, 0);
  test_tap_assert_bytes (tap, clip);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static void
assert_part (TestPuller *puller, GBytes *clip, guint64 offset, guint size)
{
  GstFlowReturn flow;
  g_autoptr (GBytes) part = test_puller_read (puller, offset, size, &flow);
  g_autoptr (GBytes) expected = NULL;

  fail_unless_equals_int (flow, GST_FLOW_OK);
  expected = g_bytes_new_from_bytes (
      clip, offset, MIN (size, g_bytes_get_size (clip) - offset));
  test_assert_same_bytes (part, expected);
}

GST_START_TEST (a_clip_can_be_pulled_at_any_offset)
{
  TestPuller *puller = test_puller_new (CLIP);
  g_autoptr (GBytes) clip = NULL;
  GstFlowReturn flow;
  gsize size;

  test_service_set (service, layouts[__i__]);
  fail_unless (test_puller_read (puller, G_MAXINT64 - 8, 8, &flow) == NULL);
  fail_unless_equals_int (flow, GST_FLOW_EOS);
  clip = test_service_get_clip (service, 0);
  size = g_bytes_get_size (clip);
  assert_part (puller, clip, 0, (guint) size);
  assert_part (puller, clip, size - 100, 100);
  assert_part (puller, clip, size - 100, BLOCK);
  for (gsize offset = size - size % 10007; offset >= 10007; offset -= 10007)
    assert_part (puller, clip, offset, 4096);
  fail_unless (test_puller_read (puller, size, 1, &flow) == NULL);
  fail_unless_equals_int (flow, GST_FLOW_EOS);
  test_puller_free (puller);
  assert_posts (service, 1);
}
GST_END_TEST

/* The element requests the end of a clip ahead. If that brings nothing, it
 * requests the end again when the demuxer reads there. @requests: the number of
 * range requests, and of requests for the clip besides the one ahead. */
static const struct {
  const gchar *faults;
  guint requests;
} ends[] = {
  { "clip@1:hold-at=40000", 1 },
  { "clip@1:hold-at=40000\nend:no-range", 2 },
  { "clip@1:hold-at=40000\nend:hang", 2 },
  { "clip@1:hold-at=40000\nend:stall=100", 2 },
};

GST_START_TEST (the_end_of_a_clip_is_there_before_its_middle)
{
  TestPuller *puller = test_puller_new (CLIP);
  g_autoptr (GBytes) clip = NULL, part = NULL;
  GstFlowReturn flow;
  gint64 size = -1;

  test_service_fault (service, ends[__i__].faults);
  part = test_puller_read (puller, 0, 16, &flow);
  fail_unless_equals_int (flow, GST_FLOW_OK);
  fail_unless (
      gst_pad_peer_query_duration (puller->pad, GST_FORMAT_BYTES, &size));
  clip = test_service_get_clip (service, 0);
  fail_unless_equals_int64 (size, g_bytes_get_size (clip));
  assert_part (puller, clip, (guint64) size - 1000, 1000);
  assert_count (service, "range_requests", ends[__i__].requests);
  test_service_release (service);
  assert_part (puller, clip, 0, (guint) size);
  test_puller_free (puller);
  assert_count (service, "clip_requests", ends[__i__].requests);
  assert_count (service, "clip_ends", 1);
}
GST_END_TEST

GST_START_TEST (many_pulls_cost_one_or_two_requests)
{
  TestPuller *puller = test_puller_new (CLIP);
  g_autoptr (GBytes) clip = NULL, part = NULL;
  GstFlowReturn flow;
  gsize size;

  test_service_set (service, layouts[__i__]);
  part = test_puller_read (puller, 0, 16, &flow);
  clip = test_service_get_clip (service, 0);
  size = g_bytes_get_size (clip);
  for (guint i = 0; i < 200; i++)
    assert_part (puller, clip, (guint64) i * 7919 * 101 % (size - 64), 64);
  test_puller_free (puller);
  fail_unless (test_service_count (service, "clip_requests") <= 2);
}
GST_END_TEST

GST_START_TEST (caps_come_before_the_first_byte)
{
  TestRun *run = test_run_new (CLIP "! fakesink name=out");
  GstPad *pad = gst_element_get_static_pad (test_run_get (run, "out"), "sink");
  g_autoptr (GstCaps) caps = NULL;

  test_service_fault (service, "submit:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "submits_held", 1);
  caps = gst_pad_get_current_caps (pad);
  fail_unless (caps != NULL);
  fail_unless (gst_structure_has_name (
      gst_caps_get_structure (caps, 0), "video/quicktime"));
  gst_object_unref (pad);
  test_run_free (run);
}
GST_END_TEST

static GstPadProbeReturn
keep_tags (GstPad *pad, GstPadProbeInfo *info, gpointer tags)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  if (GST_EVENT_TYPE (event) == GST_EVENT_TAG)
    g_async_queue_push (tags, gst_event_ref (event));

  return GST_PAD_PROBE_OK;
}

static void
assert_tags (const GstTagList *tags)
{
  g_autofree gchar *all = gst_tag_list_to_string (tags);
  g_autofree gchar *title = NULL;

  fail_unless (gst_tag_list_get_string (tags, GST_TAG_TITLE, &title));
  fail_unless_equals_string (title, "boat");
  fail_unless (strstr (all, "AI-generated") != NULL, "%s", all);
  fail_unless (strstr (all, "Seedance\\ \\(seeddance\\)") != NULL, "%s", all);
  fail_unless (strstr (all, "seedance-seed\\=7") != NULL, "%s", all);
  fail_unless (strstr (all, "seedance-task-id") != NULL, "%s", all);
}

GST_START_TEST (tags_tell_what_the_clip_is)
{
  TestRun *run = test_run_new (CLIP "! fakesink name=out");
  GstPad *pad = gst_element_get_static_pad (test_run_get (run, "out"), "sink");
  g_autoptr (GAsyncQueue) events =
      g_async_queue_new_full ((GDestroyNotify) gst_event_unref);
  GstTagList *tags;
  GstEvent *event;

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, keep_tags, events, NULL);
  gst_object_unref (pad);
  /* A property that is set during a run takes effect in the next run. */
  test_service_fault (service, "poll@1:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  g_object_set (run->src, "prompt", "another", NULL);
  gst_util_set_object_arg (G_OBJECT (run->src), "provider", "ark");
  test_service_release (service);
  gst_message_parse_tag (test_run_wait (run, GST_MESSAGE_TAG), &tags);
  assert_tags (tags);
  gst_tag_list_unref (tags);
  test_run_wait (run, GST_MESSAGE_EOS);
  event = g_async_queue_try_pop (events);
  fail_unless (event != NULL);
  gst_event_parse_tag (event, &tags);
  assert_tags (tags);
  gst_event_unref (event);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (the_size_is_told_as_soon_as_it_is_known)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autoptr (GBytes) clip = NULL;
  gint64 size = 0;

  test_service_fault (service, "submit:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "submits_held", 1);
  if (gst_element_query_duration (run->src, GST_FORMAT_BYTES, &size))
    fail_unless_equals_int64 (size, -1);
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  clip = test_service_get_clip (service, 0);
  fail_unless (gst_element_query_duration (run->src, GST_FORMAT_BYTES, &size));
  fail_unless_equals_int64 (size, g_bytes_get_size (clip));
  test_run_free (run);
  fail_unless_equals_int (
      test_service_count (service, "clip_head_requests"), 0);
}
GST_END_TEST

GST_START_TEST (stats_tell_what_the_run_did)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autoptr (GBytes) clip = NULL;
  g_autoptr (GstStructure) stats = NULL;
  guint submits, polls, requests;
  guint64 bytes;
  gint64 size, id, ready, byte;

  test_service_fault (service, "clip@1:hold-at=40000");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "clip_ends", 1);
  test_service_release (service);
  test_run_to_end (run);
  clip = test_service_get_clip (service, 0);
  g_object_get (run->src, "stats", &stats, NULL);
  fail_unless (gst_structure_get (stats, "submits", G_TYPE_UINT, &submits,
      "polls", G_TYPE_UINT, &polls, "requests", G_TYPE_UINT, &requests, "bytes",
      G_TYPE_UINT64, &bytes, "size", G_TYPE_INT64, &size, "time-to-id",
      G_TYPE_INT64, &id, "time-to-ready", G_TYPE_INT64, &ready,
      "time-to-first-byte", G_TYPE_INT64, &byte, NULL));
  fail_unless_equals_int (submits, 1);
  fail_unless_equals_int (polls, test_service_count (service, "polls"));
  fail_unless_equals_int (
      requests, test_service_count (service, "clip_requests") +
                    test_service_count (service, "clip_ends"));
  fail_unless_equals_uint64 (bytes, g_bytes_get_size (clip));
  fail_unless_equals_int64 (size, g_bytes_get_size (clip));
  fail_unless (0 < id && id < ready && ready <= byte);
  test_run_free (run);
}
GST_END_TEST

/* The page of a proxy came first, in place of the clip. */
GST_START_TEST (stats_count_bytes_of_the_clip_alone)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autoptr (GBytes) clip = NULL;
  g_autoptr (GstStructure) stats = NULL;
  guint64 bytes;

  test_service_fault (service, "clip@1:html\nend:drop");
  test_run_to_end (run);
  clip = test_service_get_clip (service, 0);
  g_object_get (run->src, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, "bytes", &bytes));
  fail_unless_equals_uint64 (bytes, g_bytes_get_size (clip));
  test_run_free (run);
}
GST_END_TEST

static guint
count_polls (TestRun *run)
{
  g_autoptr (GstStructure) stats = NULL;
  guint polls = 0;

  g_object_get (run->src, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint (stats, "polls", &polls));

  return polls;
}

/* The network thread counts while this test reads. ThreadSanitizer reports a
 * counter that is read without its lock. */
GST_START_TEST (stats_can_be_read_at_any_time)
{
  TestRun *run = test_run_new (CLIP "! fakesink");

  test_service_fault (service, "poll:word=queued");
  test_run_start (run, GST_STATE_PLAYING);
  /* Read again and again: ThreadSanitizer sees a race only if nothing else has
   * synchronised the two threads in between. */
  while (count_polls (run) < 5)
    g_usleep (G_TIME_SPAN_MILLISECOND);
  test_service_fault (service, "");
  test_run_wait (run, GST_MESSAGE_EOS);
  fail_unless_equals_int (
      count_polls (run), test_service_count (service, "polls"));
  test_run_free (run);
}
GST_END_TEST

/* Reads the task of the run that ends, in another thread. */
typedef struct {
  GstElement *src;
  gint ending; /* odd while a run ends */
  gint done, missed;
} Watch;

static gpointer
watch_task (gpointer user_data)
{
  Watch *watch = user_data;

  while (!g_atomic_int_get (&watch->done)) {
    const gint ending = g_atomic_int_get (&watch->ending);
    g_autoptr (GstStructure) stats = NULL;
    g_autofree gchar *id = NULL;

    g_object_get (watch->src, "current-task-id", &id, "stats", &stats, NULL);
    if (ending % 2 == 1 && ending == g_atomic_int_get (&watch->ending) &&
        (!id || !gst_structure_has_field (stats, "task-id")))
      g_atomic_int_inc (&watch->missed);
  }

  return NULL;
}

GST_START_TEST (the_task_can_be_read_while_its_run_ends)
{
  TestRun *run = test_run_new (CLIP "reuse=always ! fakesink");
  Watch watch = { run->src };
  GThread *thread = g_thread_new ("watch", watch_task, &watch);

  /* Over and over, because the moment is short. */
  for (guint i = 0; i < 200; i++) {
    test_run_start (run, GST_STATE_PAUSED);
    test_run_wait_done (run);
    g_atomic_int_inc (&watch.ending);
    test_run_stop (run);
    g_atomic_int_inc (&watch.ending);
  }
  g_atomic_int_set (&watch.done, TRUE);
  g_thread_join (thread);
  fail_unless_equals_int (watch.missed, 0);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static gchar *
get_stream_id (TestRun *run, const gchar *sink)
{
  g_autoptr (GstPad) pad =
      gst_element_get_static_pad (test_run_get (run, sink), "sink");

  return gst_pad_get_stream_id (pad);
}

/* Without stream ids of their own, the streams of two clips could not be told
 * apart by an application. */
GST_START_TEST (each_clip_has_stream_ids_of_its_own)
{
  TestRun *run = test_run_new (CLIP "! fakesink name=out "
                                    "seedancesrc name=other poll-interval=100 "
                                    "prompt=sea resolution=480p duration=1 "
                                    "! fakesink name=more");
  g_autofree gchar *one = NULL, *two = NULL, *again = NULL;

  test_run_start (run, GST_STATE_PAUSED);
  test_run_wait_done (run);
  one = get_stream_id (run, "out");
  two = get_stream_id (run, "more");
  fail_if (g_str_equal (one, two));
  test_run_stop (run);
  test_run_start (run, GST_STATE_PAUSED);
  test_run_wait_done (run);
  again = get_stream_id (run, "out");
  fail_if (g_str_equal (one, again));
  test_run_free (run);
}
GST_END_TEST

/* The element answers the URI query with a name that ends in .mp4. Without that
 * extension typefind would read 128 KiB. */
GST_START_TEST (what_it_is_shows_in_the_first_bytes)
{
  TestRun *run = test_run_new (CLIP "! typefind ! fakesink");

  test_service_fault (service, "clip:hold-at=16000");
  test_run_start (run, GST_STATE_PAUSED);
  test_run_wait (run, GST_MESSAGE_ASYNC_DONE);
  test_service_release (service);
  test_run_free (run);
}
GST_END_TEST

static Suite *
bytes_suite (void)
{
  Suite *suite = suite_create ("bytes");
  TCase *pushed = test_case_new (suite, "pushed");
  TCase *pulled = test_case_new (suite, "pulled");
  TCase *told = test_case_new (suite, "told");

  tcase_add_loop_test (
      pushed, a_pushed_clip_is_the_services_own, 0, G_N_ELEMENTS (layouts));
  tcase_add_test (pushed, a_file_written_by_filesink_is_the_services_own);
  tcase_add_test (pushed, a_clip_that_arrives_bit_by_bit_is_whole);
  tcase_add_loop_test (
      pushed, a_clip_of_any_size_is_whole, 0, G_N_ELEMENTS (sizes));
  tcase_add_test (pushed, a_clip_whose_index_came_half_is_whole);
  tcase_add_loop_test (
      pulled, a_clip_can_be_pulled_at_any_offset, 0, G_N_ELEMENTS (layouts));
  tcase_add_loop_test (pulled, the_end_of_a_clip_is_there_before_its_middle, 0,
      G_N_ELEMENTS (ends));
  tcase_add_loop_test (
      pulled, many_pulls_cost_one_or_two_requests, 0, G_N_ELEMENTS (layouts));
  tcase_add_test (told, caps_come_before_the_first_byte);
  tcase_add_test (told, each_clip_has_stream_ids_of_its_own);
  tcase_add_test (told, what_it_is_shows_in_the_first_bytes);
  tcase_add_test (told, tags_tell_what_the_clip_is);
  tcase_add_test (told, the_size_is_told_as_soon_as_it_is_known);
  tcase_add_test (told, stats_tell_what_the_run_did);
  tcase_add_test (told, stats_count_bytes_of_the_clip_alone);
  tcase_add_test (told, stats_can_be_read_at_any_time);
  tcase_add_test (told, the_task_can_be_read_while_its_run_ends);

  return suite;
}

GST_CHECK_MAIN (bytes)
