/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decodes the last frame of a clip in a pipeline of its own and encodes it as
 * PNG, or as JPEG if the PNG is too large. A long clip is only read near its
 * end. */

#include "playout-frame.h"

#include <gio/gio.h>
#include <gst/app/gstappsink.h>
#include <gst/video/video.h>

/* How often the bus and the decoder's progress are looked at. */
#define LOOK (20 * GST_MSECOND)
/* Of a clip longer than LONG, only about the last TAIL is decoded. */
#define LONG (30 * (gint64) GST_SECOND)
#define TAIL (10 * (gint64) GST_SECOND)
/* A PNG that is larger than this is sent as a JPEG: services limit the size of
 * an order. */
#define LOSSLESS_MAX (4 * 1024 * 1024)
#define ENCODE_MAX (10 * GST_SECOND)
/* An error this close to the end of the clip counts as its end. */
#define NEAR (250 * (gint64) GST_MSECOND)

typedef struct {
  GstElement *pipeline;
  gint64 out;
  gint64 end;     /* of the clip, or `out`; -1 = not known */
  gint has_video; /* atomic */

  GMutex lock;
  GstSample *last;
  GstClockTime last_time;
  guint steps;
  gboolean done; /* a picture at or after `out` came */
} Reading;

static GstFlowReturn
on_sample (GstAppSink *sink, gpointer user_data)
{
  Reading *reading = user_data;
  GstSample *sample = gst_app_sink_pull_sample (sink);
  GstClockTime time;

  if (!sample)
    return GST_FLOW_OK;
  time = gst_segment_to_stream_time (gst_sample_get_segment (sample),
      GST_FORMAT_TIME, GST_BUFFER_PTS (gst_sample_get_buffer (sample)));
  g_mutex_lock (&reading->lock);
  reading->steps++;
  if (reading->out >= 0 && GST_CLOCK_TIME_IS_VALID (time) &&
      (gint64) time >= reading->out) {
    reading->done = TRUE;
    gst_sample_unref (sample);
  } else {
    g_clear_pointer (&reading->last, gst_sample_unref);
    reading->last = sample;
    reading->last_time = time;
  }
  g_mutex_unlock (&reading->lock);

  return GST_FLOW_OK;
}

static GstElement *
make_drain (void)
{
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);

  g_object_set (
      sink, "sync", FALSE, "async", FALSE, "enable-last-sample", FALSE, NULL);

  return sink;
}

/* The sink for the picture. videoconvert and the caps force system memory: a
 * decoder may keep its pictures in memory of its own, which no image encoder
 * reads. */
static GstElement *
make_sink (Reading *reading)
{
  GstElement *bin = gst_parse_bin_from_description (
      "videoconvert ! appsink name=out caps=video/x-raw sync=false async=false "
      "wait-on-eos=false enable-last-sample=false",
      TRUE, NULL);
  GstAppSinkCallbacks callbacks = { .new_sample = on_sample };
  GstElement *sink;

  if (!bin)
    return make_drain ();
  sink = gst_bin_get_by_name (GST_BIN (bin), "out");
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, reading, NULL);
  gst_object_unref (sink);

  return bin;
}

static gboolean
is_picture (GstPad *pad)
{
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);

  return !gst_caps_is_empty (caps) && !gst_caps_is_any (caps) &&
         gst_structure_has_name (
             gst_caps_get_structure (caps, 0), "video/x-raw");
}

/* Reads the first stream of pictures and drains all other streams. */
static void
on_pad (GstElement *decoder, GstPad *pad, Reading *reading)
{
  GstElement *sink;
  GstPad *sink_pad;
  gboolean wanted;

  if (GST_PAD_DIRECTION (pad) != GST_PAD_SRC)
    return;
  wanted = is_picture (pad) &&
           g_atomic_int_compare_and_exchange (&reading->has_video, FALSE, TRUE);
  sink = wanted ? make_sink (reading) : make_drain ();
  gst_bin_add (GST_BIN (reading->pipeline), sink);
  gst_element_sync_state_with_parent (sink);
  sink_pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_link (pad, sink_pad);
  gst_object_unref (sink_pad);
}

/* Called at the first picture, when the duration is known and seeking
 * is possible. */
static void
go_near_the_end (Reading *reading)
{
  gint64 end = -1;

  reading->end = reading->out;
  if (!gst_element_query_duration (reading->pipeline, GST_FORMAT_TIME, &end))
    return;
  if (reading->out >= 0)
    end = MIN (end, reading->out);
  reading->end = end;
  if (end > LONG)
    gst_element_seek_simple (reading->pipeline, GST_FORMAT_TIME,
        GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT |
            GST_SEEK_FLAG_SNAP_BEFORE,
        end - TAIL);
}

/* Notes the progress in @steps and, at the first picture, seeks near the end.
 * Returns TRUE if there is more to read. */
static gboolean
go_on (Reading *reading, guint *steps)
{
  gboolean first, done;

  g_mutex_lock (&reading->lock);
  first = *steps == 0 && reading->steps > 0;
  done = reading->done;
  *steps = reading->steps;
  g_mutex_unlock (&reading->lock);
  if (first && !done)
    go_near_the_end (reading);

  return !done;
}

static gboolean
is_near_end (Reading *reading)
{
  gboolean is_near;

  g_mutex_lock (&reading->lock);
  is_near = reading->last && reading->end >= 0 &&
            GST_CLOCK_TIME_IS_VALID (reading->last_time) &&
            (gint64) reading->last_time >= reading->end - NEAR;
  g_mutex_unlock (&reading->lock);

  return is_near;
}

/* Waits for up to LOOK. Returns TRUE at the end of the clip. An error far from
 * the end is left in @error. */
static gboolean
is_over (Reading *reading, GstBus *bus, GError **error)
{
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
      bus, LOOK, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);

  if (!message)
    return FALSE;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS || is_near_end (reading))
    return TRUE;
  gst_message_parse_error (message, error, NULL);

  return FALSE;
}

/* Returns FALSE and sets @error if the end was not reached: the last picture is
 * then one from the middle of the clip. */
static gboolean
read_to_end (Reading *reading, gint64 timeout, gboolean (*stop) (gpointer),
    gpointer user_data, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (reading->pipeline);
  g_autoptr (GError) problem = NULL;
  gint64 moved = g_get_monotonic_time ();
  guint steps = 0, seen = 0;

  while (!problem && go_on (reading, &steps) &&
         !is_over (reading, bus, &problem)) {
    if (steps != seen)
      moved = g_get_monotonic_time ();
    seen = steps;
    if (!problem && stop (user_data))
      g_set_error_literal (&problem, G_IO_ERROR, G_IO_ERROR_CANCELLED,
          "it was stopped before the end of the clip");
    else if (!problem && (g_get_monotonic_time () - moved) * 1000 >= timeout)
      g_set_error_literal (&problem, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
          "the decoder stood still before the end of the clip");
  }
  if (!problem)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));

  return FALSE;
}

static gboolean
read_all (Reading *reading, gint64 timeout, gboolean (*stop) (gpointer),
    gpointer user_data, GError **error)
{
  gboolean reached;

  gst_element_set_state (reading->pipeline, GST_STATE_PLAYING);
  reached = read_to_end (reading, timeout, stop, user_data, error);
  gst_element_set_state (reading->pipeline, GST_STATE_NULL);

  return reached;
}

static gboolean
run (Reading *reading, GstElement *source, gint64 timeout,
    gboolean (*stop) (gpointer), gpointer user_data, GError **error)
{
  GstElement *decoder = gst_element_factory_make ("decodebin3", NULL);
  gboolean reached = TRUE;

  if (!decoder) {
    g_set_error_literal (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
        "There is no element decodebin3.");
    gst_object_unref (gst_object_ref_sink (source));
    return FALSE;
  }
  reading->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  gst_bin_add_many (GST_BIN (reading->pipeline), source, decoder, NULL);
  g_signal_connect (decoder, "pad-added", G_CALLBACK (on_pad), reading);
  if (gst_element_link (source, decoder))
    reached = read_all (reading, timeout, stop, user_data, error);
  gst_object_unref (reading->pipeline);

  return reached;
}

static gchar *
encode (GstSample *picture, const gchar *type, gsize max, GError **error)
{
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple (type);
  g_autoptr (GstSample) image =
      gst_video_convert_sample (picture, caps, ENCODE_MAX, error);
  g_autofree gchar *text = NULL;
  gchar *uri = NULL;
  GstMapInfo map;

  if (!image)
    return NULL;
  if (!gst_buffer_map (gst_sample_get_buffer (image), &map, GST_MAP_READ)) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_ENCODE,
        "The memory of the %s cannot be read.", type);
    return NULL;
  }
  if (map.size <= max) {
    text = g_base64_encode (map.data, map.size);
    uri = g_strconcat ("data:", type, ";base64,", text, NULL);
  }
  gst_buffer_unmap (gst_sample_get_buffer (image), &map);

  return uri;
}

gchar *
playout_frame_get_last (GstElement *source, gint64 out, gint64 timeout,
    gboolean (*stop) (gpointer user_data), gpointer user_data, GError **error)
{
  Reading reading = { .out = out, .end = -1 };
  gchar *uri = NULL;
  gboolean reached;

  g_mutex_init (&reading.lock);
  reached = run (&reading, source, timeout, stop, user_data, error);
  if (reached && reading.last) {
    uri = encode (reading.last, "image/png", LOSSLESS_MAX, NULL);
    if (!uri)
      uri = encode (reading.last, "image/jpeg", G_MAXSIZE, error);
  } else if (reached) {
    g_set_error_literal (error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE,
        "No picture was found in the clip.");
  }
  g_clear_pointer (&reading.last, gst_sample_unref);
  g_mutex_clear (&reading.lock);

  return uri;
}
