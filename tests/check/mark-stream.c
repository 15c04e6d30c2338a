/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedancemark sends the mark, a tag that says that the clip was generated, in
 * front of the first buffer, and passes everything else on unchanged. */

#include <gst/check/gstharness.h>
#include <string.h>

#include "run.h"

#define COMMENT \
  "AI-generated:http://cv.iptc.org/newscodes/digitalsourcetype/" \
  "trainedAlgorithmicMedia"
#define SMALL "video/x-raw,width=64,height=64,framerate=25/1"

/* What passed a pad. @fresh: a mark came since the last flush. */
typedef struct {
  GPtrArray *buffers; /* addresses */
  GPtrArray *lists;
  guint marks;       /* tag events with the mark */
  gboolean unmarked; /* a buffer came before the mark */
  gboolean fresh;
} Passed;

static void
passed_clear (Passed *passed)
{
  g_ptr_array_unref (passed->buffers);
  g_ptr_array_unref (passed->lists);
}

static void
note_event (Passed *passed, GstEvent *event)
{
  const gchar *comment = NULL;
  GstTagList *tags;

  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP ||
      GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START)
    passed->fresh = FALSE;
  if (GST_EVENT_TYPE (event) != GST_EVENT_TAG)
    return;
  gst_event_parse_tag (event, &tags);
  if (gst_tag_list_get_scope (tags) == GST_TAG_SCOPE_GLOBAL &&
      gst_tag_list_peek_string_index (tags, GST_TAG_COMMENT, 0, &comment) &&
      strstr (comment, COMMENT)) {
    passed->marks++;
    passed->fresh = TRUE;
  }
}

static GstPadProbeReturn
note (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Passed *passed = user_data;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER)
    g_ptr_array_add (passed->buffers, info->data);
  else if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER_LIST)
    g_ptr_array_add (passed->lists, info->data);
  else
    note_event (passed, GST_PAD_PROBE_INFO_EVENT (info));
  if (!(GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_EVENT_BOTH) &&
      !passed->fresh)
    passed->unmarked = TRUE;

  return GST_PAD_PROBE_OK;
}

static void
watch (GstElement *element, const gchar *name, Passed *passed)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, name);

  passed->buffers = g_ptr_array_new ();
  passed->lists = g_ptr_array_new ();
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST |
          GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH,
      note, passed, NULL);
}

static void
assert_same (const GPtrArray *in, const GPtrArray *out, guint n)
{
  fail_unless_equals_int (in->len, n);
  fail_unless_equals_int (out->len, n);
  for (guint i = 0; i < n; i++)
    fail_unless (g_ptr_array_index (in, i) == g_ptr_array_index (out, i));
}

static const gchar *const streams[] = {
  "videotestsrc num-buffers=10 ! " SMALL,
  "videotestsrc num-buffers=10 is-live=true ! " SMALL,
  "audiotestsrc num-buffers=10",
  "audiotestsrc num-buffers=10 is-live=true ! audio/x-raw,format=S16LE",
  "videotestsrc num-buffers=10 ! " SMALL " ! x264enc bframes=0 ! h264parse",
};

GST_START_TEST (any_stream_passes_untouched)
{
  TestRun *run =
      test_run_new ("%s ! seedancemark name=mark ! fakesink", streams[__i__]);
  GstElement *mark = test_run_get (run, "mark");
  Passed in = { NULL }, out = { NULL };

  watch (mark, "sink", &in);
  watch (mark, "src", &out);
  test_run_to_end (run);
  test_run_stop (run);
  assert_same (in.buffers, out.buffers, 10);
  fail_unless_equals_int (out.marks, 1);
  fail_if (out.unmarked);
  passed_clear (&in);
  passed_clear (&out);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (lists_of_buffers_stay_lists)
{
  GstHarness *harness = gst_harness_new ("seedancemark");
  GstBufferList *list = gst_buffer_list_new ();
  Passed out = { NULL };

  watch (harness->element, "src", &out);
  gst_harness_set_src_caps_str (harness, "application/x-any");
  for (guint i = 0; i < 3; i++)
    gst_buffer_list_add (list, gst_buffer_new_allocate (NULL, 1, NULL));
  fail_unless_equals_int (
      gst_pad_push_list (harness->srcpad, list), GST_FLOW_OK);
  fail_unless_equals_int (out.lists->len, 1);
  fail_unless (g_ptr_array_index (out.lists, 0) == list);
  fail_unless_equals_int (out.marks, 1);
  fail_if (out.unmarked);
  passed_clear (&out);
  gst_harness_teardown (harness);
}
GST_END_TEST

/* After a flush the elements behind seedancemark have forgotten the tags. */
GST_START_TEST (it_is_said_again_after_a_seek_and_not_twice_at_the_end)
{
  TestRun *run = test_run_new (
      CLIP "! qtdemux ! h264parse ! seedancemark name=mark ! fakesink");
  GstElement *mark = test_run_get (run, "mark");
  Passed out = { NULL };
  g_autoptr (GstPad) sink = gst_element_get_static_pad (mark, "sink");

  watch (mark, "src", &out);
  test_run_to_end (run);
  fail_unless_equals_int (out.marks, 1);
  fail_unless (gst_element_seek_simple (
      run->pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0));
  test_run_wait (run, GST_MESSAGE_EOS);
  fail_unless_equals_int (out.marks, 2);
  fail_unless_equals_int (out.buffers->len, 2 * TEST_FRAMES);
  fail_if (out.unmarked);
  gst_pad_send_event (sink, gst_event_new_eos ());
  fail_unless_equals_int (out.marks, 2);
  passed_clear (&out);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_stream_without_a_buffer_says_it_too)
{
  GstHarness *harness = gst_harness_new ("seedancemark");
  Passed out = { NULL };

  watch (harness->element, "src", &out);
  gst_harness_set_src_caps_str (harness, "application/x-any");
  gst_harness_push_event (harness, gst_event_new_gap (0, GST_SECOND));
  fail_unless_equals_int (out.marks, 1);
  gst_harness_push_event (harness, gst_event_new_eos ());
  gst_harness_push_event (harness, gst_event_new_eos ());
  fail_unless_equals_int (out.marks, 1);
  passed_clear (&out);
  gst_harness_teardown (harness);
}
GST_END_TEST

static Suite *
mark_stream_suite (void)
{
  Suite *suite = suite_create ("mark-stream");
  TCase *stream = test_case_new (suite, "stream");

  tcase_add_loop_test (
      stream, any_stream_passes_untouched, 0, G_N_ELEMENTS (streams));
  tcase_add_test (stream, lists_of_buffers_stay_lists);
  tcase_add_test (
      stream, it_is_said_again_after_a_seek_and_not_twice_at_the_end);
  tcase_add_test (stream, a_stream_without_a_buffer_says_it_too);

  return suite;
}

GST_CHECK_MAIN (mark_stream)
