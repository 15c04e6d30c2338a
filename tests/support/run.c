/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a pipeline and collects its messages and buffers. */

#include "run.h"

#include <stdlib.h>
#include <string.h>

/* Only a test that fails waits this long. */
#define PATIENCE (100 * G_TIME_SPAN_SECOND)
/* Far below the timeouts of requests, far above what a busy machine needs. */
#define STOP_MAX (4 * G_TIME_SPAN_SECOND)

guint
test_slowness (void)
{
  const gchar *text = g_getenv ("CK_TIMEOUT_MULTIPLIER");

  return text ? (guint) atoi (text) : 1;
}

gint64
test_patience (void)
{
  return test_slowness () * PATIENCE;
}

/* A pad with caps has raw video, of which 64 MiB are enough: no test compares
 * its bytes. */
static GstClockTime
stream_time (GstPad *pad, GstBuffer *buffer)
{
  g_autoptr (GstEvent) event =
      gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;

  if (!event)
    return GST_CLOCK_TIME_NONE;
  gst_event_parse_segment (event, &segment);
  if (segment->format != GST_FORMAT_TIME)
    return GST_CLOCK_TIME_NONE;

  return gst_segment_to_stream_time (
      segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
}

static GstPadProbeReturn
on_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  TestTap *tap = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  g_mutex_lock (&tap->lock);
  tap->buffers++;
  tap->largest = MAX (tap->largest, map.size);
  tap->last_time = stream_time (pad, buffer);
  if (tap->buffers == 1)
    tap->first_time = tap->last_time;
  /* The first 64 MiB of raw video are enough: no test compares its bytes. */
  if (!gst_pad_has_current_caps (pad) || tap->bytes->len < 64 * 1024 * 1024)
    g_byte_array_append (tap->bytes, map.data, (guint) map.size);
  g_mutex_unlock (&tap->lock);
  gst_buffer_unmap (buffer, &map);

  return GST_PAD_PROBE_OK;
}

TestTap *
test_run_tap (TestRun *run, const gchar *element)
{
  TestTap *tap = g_new0 (TestTap, 1);
  GstPad *pad =
      gst_element_get_static_pad (test_run_get (run, element), "sink");

  g_mutex_init (&tap->lock);
  tap->bytes = g_byte_array_new ();
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, tap, NULL);
  gst_object_unref (pad);
  g_ptr_array_add (run->taps, tap);

  return tap;
}

static void
tap_free (gpointer data)
{
  TestTap *tap = data;

  g_byte_array_unref (tap->bytes);
  g_mutex_clear (&tap->lock);
  g_free (tap);
}

guint
test_tap_count (TestTap *tap)
{
  guint buffers;

  g_mutex_lock (&tap->lock);
  buffers = tap->buffers;
  g_mutex_unlock (&tap->lock);

  return buffers;
}

void
test_tap_reset (TestTap *tap)
{
  g_mutex_lock (&tap->lock);
  tap->buffers = 0;
  tap->largest = 0;
  g_byte_array_set_size (tap->bytes, 0);
  g_mutex_unlock (&tap->lock);
}

void
test_tap_assert_bytes (TestTap *tap, GBytes *expected)
{
  g_autoptr (GBytes) bytes = g_bytes_new (tap->bytes->data, tap->bytes->len);

  test_assert_same_bytes (bytes, expected);
}

void
test_assert_same_bytes (GBytes *bytes, GBytes *expected)
{
  fail_unless_equals_int (
      g_bytes_get_size (bytes), g_bytes_get_size (expected));
  fail_unless (g_bytes_equal (bytes, expected));
}

/* The runs of the current test. */
static GPtrArray *runs;

void
test_run_stop_all (void)
{
  for (guint i = 0; runs && i < runs->len; i++) {
    TestRun *run = g_ptr_array_index (runs, i);

    gst_element_set_state (run->pipeline, GST_STATE_NULL);
  }
  g_clear_pointer (&runs, g_ptr_array_unref);
}

TestRun *
test_run_new (const gchar *format, ...)
{
  TestRun *run = g_new0 (TestRun, 1);
  g_autofree gchar *line = NULL;
  GError *error = NULL;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  run->pipeline = gst_parse_launch_full (line, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS | GST_PARSE_FLAG_PLACE_IN_BIN, &error);
  fail_unless (run->pipeline, "%s: %s", line, error ? error->message : "");
  if (!GST_IS_PIPELINE (run->pipeline)) {
    GstElement *inner = run->pipeline;

    run->pipeline = gst_pipeline_new (NULL);
    gst_bin_add (GST_BIN (run->pipeline), inner);
  }
  /* Keeps messages that elements post on the way to NULL. */
  g_object_set (run->pipeline, "auto-flush-bus", FALSE, NULL);
  run->src = gst_bin_get_by_name (GST_BIN (run->pipeline), "src");
  run->bus = gst_element_get_bus (run->pipeline);
  run->said =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_message_unref);
  run->taps = g_ptr_array_new_with_free_func (tap_free);
  if (!runs)
    runs = g_ptr_array_new ();
  g_ptr_array_add (runs, run);

  return run;
}

void
test_run_free (TestRun *run)
{
  test_run_stop (run);
  if (runs)
    g_ptr_array_remove_fast (runs, run);
  gst_clear_object (&run->src);
  gst_bus_set_flushing (run->bus, TRUE);
  gst_object_unref (run->bus);
  gst_object_unref (run->pipeline);
  g_ptr_array_unref (run->said);
  g_ptr_array_unref (run->taps);
  g_free (run);
}

GstElement *
test_run_get (TestRun *run, const gchar *name)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (run->pipeline), name);

  fail_unless (element != NULL, "no element %s", name);
  gst_object_unref (element);

  return element;
}

void
test_run_start (TestRun *run, GstState state)
{
  fail_if (
      gst_element_set_state (run->pipeline, state) == GST_STATE_CHANGE_FAILURE);
}

void
test_run_stop (TestRun *run)
{
  gint64 start = g_get_monotonic_time ();
  gint64 took;

  fail_unless (gst_element_set_state (run->pipeline, GST_STATE_NULL) ==
               GST_STATE_CHANGE_SUCCESS);
  took = g_get_monotonic_time () - start;
  fail_unless (took < test_slowness () * STOP_MAX,
      "stopping took %" G_GINT64_FORMAT " ms", took / G_TIME_SPAN_MILLISECOND);
  test_run_drain (run);
}

static void
fail_with (GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  gst_message_parse_error (message, &error, &debug);
  fail ("%s: %s (%s)", GST_MESSAGE_SRC_NAME (message), error->message, debug);
}

/* GstMessageType values with the EXTENDED bit are numbers, not bits of a
 * mask. */
static gboolean
is_among (GstMessage *message, GstMessageType types)
{
  GstMessageType type = GST_MESSAGE_TYPE (message);

  return (type & GST_MESSAGE_EXTENDED) == 0 && (type & types) != 0;
}

GstMessage *
test_run_wait (TestRun *run, GstMessageType types)
{
  for (;;) {
    GstMessage *message =
        gst_bus_timed_pop (run->bus, (GstClockTime) test_patience () * 1000);

    fail_unless (message != NULL, "nothing was said for too long");
    g_ptr_array_add (run->said, message);
    if (is_among (message, types))
      return message;
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
      fail_with (message);
  }
}

void
test_run_wait_done (TestRun *run)
{
  GstStateChangeReturn change =
      gst_element_get_state (run->pipeline, NULL, NULL, 0);

  while (change == GST_STATE_CHANGE_ASYNC) {
    test_run_wait (run, GST_MESSAGE_ASYNC_DONE | GST_MESSAGE_STATE_CHANGED);
    change = gst_element_get_state (run->pipeline, NULL, NULL, 0);
  }
  fail_unless (change == GST_STATE_CHANGE_SUCCESS);
}

static gboolean
tells_task (GstMessage *message, const gchar *status)
{
  const GstStructure *structure = gst_message_get_structure (message);

  return GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT &&
         gst_structure_has_name (structure, "seedance-task") &&
         g_strcmp0 (gst_structure_get_string (structure, "status"), status) ==
             0;
}

GstMessage *
test_run_wait_task (TestRun *run, const gchar *status)
{
  GstMessage *message;

  for (guint i = 0; i < run->said->len; i++) {
    message = g_ptr_array_index (run->said, i);
    if (tells_task (message, status))
      return message;
  }
  do
    message = test_run_wait (run, GST_MESSAGE_ELEMENT);
  while (!tells_task (message, status));

  return message;
}

void
test_run_to_end (TestRun *run)
{
  test_run_start (run, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_EOS);
}

gsize
test_play_clip (const gchar *properties)
{
  TestRun *run = test_run_new (CLIP "%s ! fakesink name=out", properties);
  TestTap *tap = test_run_tap (run, "out");
  g_autoptr (GBytes) clip = NULL;

  test_run_to_end (run);
  clip = test_service_get_clip (service, 0);
  test_tap_assert_bytes (tap, clip);
  test_run_free (run);

  return g_bytes_get_size (clip);
}

gint
test_percent_of (GstMessage *message)
{
  gint percent = -1;

  gst_message_parse_buffering (message, &percent);

  return percent;
}

GstMessage *
test_run_to_error (TestRun *run)
{
  GstMessage *message;

  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  message = test_run_wait (run, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  fail_unless (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR,
      "it ended without an error");

  return message;
}

void
test_run_drain (TestRun *run)
{
  GstMessage *message;

  while ((message = gst_bus_pop (run->bus)))
    g_ptr_array_add (run->said, message);
}

guint
test_run_count (TestRun *run, GstMessageType type)
{
  guint count = 0;

  for (guint i = 0; i < run->said->len; i++)
    count += GST_MESSAGE_TYPE (g_ptr_array_index (run->said, i)) == type;

  return count;
}

guint
test_run_count_progress (TestRun *run, GstProgressType type, const gchar *code)
{
  guint count = 0;

  for (guint i = 0; i < run->said->len; i++) {
    GstMessage *message = g_ptr_array_index (run->said, i);
    g_autofree gchar *its_code = NULL;
    GstProgressType its_type;

    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_PROGRESS)
      continue;
    gst_message_parse_progress (message, &its_type, &its_code, NULL);
    count += its_type == type && (!code || g_str_equal (code, its_code));
  }

  return count;
}

gboolean
test_run_was_told (TestRun *run, const gchar *what)
{
  gboolean told = FALSE;

  test_run_drain (run);
  for (guint i = 0; i < run->said->len; i++) {
    GstMessage *message = g_ptr_array_index (run->said, i);
    g_autofree gchar *text = NULL;

    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_PROGRESS)
      continue;
    gst_message_parse_progress (message, NULL, NULL, &text);
    told |= strstr (text, what) != NULL;
  }

  return told;
}
