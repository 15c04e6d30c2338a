/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads images from URLs and converts them with short GStreamer pipelines. */

#include "picture.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <libsoup/soup.h>

#define FETCH_TIMEOUT 15
#define DECODE_TIMEOUT (15 * G_TIME_SPAN_SECOND)
#define LOOK_INTERVAL (10 * GST_MSECOND)
#define MAX_SIZE (30 * 1024 * 1024)

static void
picture_clear (Picture *picture)
{
  g_clear_pointer (&picture->sample, gst_sample_unref);
  g_free (picture->hash);
}

Picture *
picture_ref (Picture *picture)
{
  return g_atomic_rc_box_acquire (picture);
}

void
picture_unref (Picture *picture)
{
  g_atomic_rc_box_release_full (picture, (GDestroyNotify) picture_clear);
}

static GBytes *
bad_picture (GError **error, const gchar *why)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, why);
  return NULL;
}

static GBytes *
decode_data_uri (const gchar *url, GError **error)
{
  const gchar *comma = strchr (url, ',');
  guchar *data;
  gsize size;

  if (comma == NULL || comma - url < 7 ||
      g_ascii_strncasecmp (comma - 7, ";base64", 7) != 0)
    return bad_picture (error, "the data: URI is not base64");
  data = g_base64_decode (comma + 1, &size);
  return g_bytes_new_take (data, size);
}

static GBytes *
fetch_http (const gchar *url, GError **error)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  g_autoptr (GBytes) bytes = NULL;

  if (message == NULL)
    return bad_picture (error, "not a URL");
  soup_session_set_timeout (session, FETCH_TIMEOUT);
  bytes = soup_session_send_and_read (session, message, NULL, error);
  if (bytes == NULL)
    return NULL;
  if (!SOUP_STATUS_IS_SUCCESSFUL (soup_message_get_status (message)))
    return bad_picture (error, soup_message_get_reason_phrase (message));
  return g_steal_pointer (&bytes);
}

static GBytes *
fetch_file (const gchar *url, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_uri (url);

  return g_file_load_bytes (file, NULL, NULL, error);
}

static GBytes *
fetch (const gchar *url, GError **error)
{
  if (g_ascii_strncasecmp (url, "data:", 5) == 0)
    return decode_data_uri (url, error);
  if (g_ascii_strncasecmp (url, "http://", 7) == 0 ||
      g_ascii_strncasecmp (url, "https://", 8) == 0)
    return fetch_http (url, error);
  if (g_ascii_strncasecmp (url, "file:", 5) == 0)
    return fetch_file (url, error);
  return bad_picture (error, "not a data:, http(s): or file: URL");
}

/* Returns the sample that @pipeline makes, or NULL and sets @error. */
static GstSample *
await_sample (GstElement *pipeline, GstAppSink *out, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gint64 end = g_get_monotonic_time () + DECODE_TIMEOUT;

  while (g_get_monotonic_time () < end && !gst_app_sink_is_eos (out)) {
    GstSample *sample = gst_app_sink_try_pull_sample (out, LOOK_INTERVAL);
    g_autoptr (GstMessage) message =
        gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);

    if (sample != NULL)
      return sample;
    if (message != NULL)
      break;
  }
  bad_picture (error, "the image cannot be decoded");
  return NULL;
}

/* Runs one buffer through the pipeline @description, which has an appsrc "in"
 * and an appsink "out". @caps describes raw data; NULL for an encoded image. */
static GstSample *
convert (
    const gchar *description, GstBuffer *buffer, GstCaps *caps, GError **error)
{
  g_autoptr (GstElement) pipeline = gst_parse_launch_full (
      description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
  g_autoptr (GstElement) in = NULL;
  g_autoptr (GstElement) out = NULL;
  GstSample *sample;

  if (pipeline == NULL)
    return NULL;
  in = gst_bin_get_by_name (GST_BIN (pipeline), "in");
  out = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  if (caps != NULL)
    gst_app_src_set_caps (GST_APP_SRC (in), caps);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_app_src_push_buffer (GST_APP_SRC (in), gst_buffer_ref (buffer));
  gst_app_src_end_of_stream (GST_APP_SRC (in));
  sample = await_sample (pipeline, GST_APP_SINK (out), error);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return sample;
}

static Picture *
picture_new (GstSample *sample, GBytes *bytes)
{
  Picture *picture = g_atomic_rc_box_new0 (Picture);
  GstStructure *caps = gst_caps_get_structure (gst_sample_get_caps (sample), 0);

  picture->sample = sample;
  gst_structure_get_int (caps, "width", &picture->width);
  gst_structure_get_int (caps, "height", &picture->height);
  picture->hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  return picture;
}

Picture *
picture_load (const gchar *url, GError **error)
{
  g_autoptr (GBytes) bytes = fetch (url, error);
  g_autoptr (GstBuffer) buffer = NULL;
  GstSample *sample;

  if (bytes == NULL)
    return NULL;
  if (g_bytes_get_size (bytes) == 0 || g_bytes_get_size (bytes) > MAX_SIZE) {
    bad_picture (error, "the image is empty or larger than 30 MB");
    return NULL;
  }
  buffer = gst_buffer_new_wrapped_bytes (bytes);
  sample = convert ("appsrc name=in ! decodebin ! videoconvert"
                    " ! videoflip video-direction=auto ! videoconvert"
                    " ! video/x-raw,format=BGRx"
                    " ! appsink name=out sync=false",
      buffer, NULL, error);
  return sample ? picture_new (sample, bytes) : NULL;
}

/* Computes how much to crop from each side to get the ratio @width/@height. */
static void
measure_crop (const Picture *picture, gint width, gint height, gint *x, gint *y)
{
  gint keep_width =
      gst_util_uint64_scale_int_round (picture->height, width, height);
  gint keep_height =
      gst_util_uint64_scale_int_round (picture->width, height, width);

  *x = MAX (picture->width - keep_width, 0) / 2;
  *y = MAX (picture->height - keep_height, 0) / 2;
}

GstBuffer *
picture_fill (Picture *picture, gint width, gint height, GError **error)
{
  g_autofree gchar *description = NULL;
  GstSample *sample;
  GstBuffer *buffer;
  gint x, y;

  measure_crop (picture, width, height, &x, &y);
  description = g_strdup_printf (
      "appsrc name=in format=time"
      " ! videocrop left=%d right=%d top=%d bottom=%d"
      " ! videoscale method=lanczos add-borders=false ! videoconvert"
      " ! video/x-raw,format=I420,width=%d,height=%d"
      " ! appsink name=out sync=false",
      x, x, y, y, width, height);
  sample = convert (description, gst_sample_get_buffer (picture->sample),
      gst_sample_get_caps (picture->sample), error);
  if (sample == NULL)
    return NULL;
  buffer = gst_buffer_ref (gst_sample_get_buffer (sample));
  gst_sample_unref (sample);
  return buffer;
}
