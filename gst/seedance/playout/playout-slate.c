/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A slate of one colour needs a converter only. An image or a text is drawn by
 * a pipeline that makes one frame and is taken down again. */
#include "playout-slate.h"

#include <gst/app/gstappsink.h>

GstBuffer *
playout_slate_fill (const GstVideoInfo *info, guint32 color)
{
  GstVideoInfo plain;
  GstVideoFrame from, to;
  GstVideoConverter *converter;
  GstBuffer *argb, *slate;

  gst_video_info_set_format (&plain, GST_VIDEO_FORMAT_ARGB,
      (guint) GST_VIDEO_INFO_WIDTH (info),
      (guint) GST_VIDEO_INFO_HEIGHT (info));
  plain.fps_n = info->fps_n;
  plain.fps_d = info->fps_d;
  argb = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&plain), NULL);
  slate = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);
  converter = gst_video_converter_new (&plain, info, NULL);
  gst_video_frame_map (&from, &plain, argb, GST_MAP_WRITE);
  for (gsize i = 0; i < GST_VIDEO_INFO_SIZE (&plain); i += 4)
    GST_WRITE_UINT32_BE (
        (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&from, 0) + i, color);
  gst_video_frame_map (&to, info, slate, GST_MAP_WRITE);
  if (converter)
    gst_video_converter_frame (converter, &from, &to);
  gst_video_frame_unmap (&to);
  gst_video_frame_unmap (&from);
  g_clear_pointer (&converter, gst_video_converter_free);
  gst_buffer_unref (argb);

  return slate;
}

static GstElement *
make_pipeline (const gchar *image, gboolean text, GError **error)
{
  return gst_parse_launch_full (
      image ? text ? "uridecodebin name=image ! videoconvertscale "
                     "add-borders=true ! capsfilter name=size ! textoverlay "
                     "name=text ! videoconvertscale ! appsink name=out"
                   : "uridecodebin name=image ! videoconvertscale "
                     "add-borders=true ! capsfilter name=size ! "
                     "videoconvertscale ! appsink name=out"
            : "videotestsrc name=color pattern=solid-color num-buffers=1 ! "
              "capsfilter name=size ! textoverlay name=text ! "
              "videoconvertscale ! "
              "appsink name=out",
      NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
}

static void
set_up (GstElement *pipeline, const gchar *name, const gchar *property,
    const gchar *value)
{
  g_autoptr (GstElement) element =
      gst_bin_get_by_name (GST_BIN (pipeline), name);

  if (element)
    gst_util_set_object_arg (G_OBJECT (element), property, value);
}

static void
set_caps (GstElement *pipeline, const gchar *name, GstCaps *caps)
{
  g_autoptr (GstElement) element =
      gst_bin_get_by_name (GST_BIN (pipeline), name);

  g_object_set (element, "caps", caps, NULL);
}

/* No frame rate is set in the caps, because a still image has none. */
static void
set_size (GstElement *pipeline, const GstVideoInfo *info)
{
  g_autoptr (GstCaps) size = gst_caps_new_simple ("video/x-raw", "width",
      G_TYPE_INT, GST_VIDEO_INFO_WIDTH (info), "height", G_TYPE_INT,
      GST_VIDEO_INFO_HEIGHT (info), "pixel-aspect-ratio", GST_TYPE_FRACTION,
      GST_VIDEO_INFO_PAR_N (info), GST_VIDEO_INFO_PAR_D (info), NULL);
  g_autoptr (GstCaps) format = gst_caps_copy (size);

  gst_caps_set_simple (format, "format", G_TYPE_STRING,
      gst_video_format_to_string (GST_VIDEO_INFO_FORMAT (info)), NULL);
  set_caps (pipeline, "size", size);
  set_caps (pipeline, "out", format);
}

static gchar *
to_uri (const gchar *image)
{
  return gst_uri_is_valid (image) ? g_strdup (image)
                                  : gst_filename_to_uri (image, NULL);
}

static void
set_looks (
    GstElement *pipeline, guint32 color, const gchar *image, const gchar *text)
{
  g_autofree gchar *number = g_strdup_printf ("%u", color);
  g_autofree gchar *uri = image ? to_uri (image) : NULL;
  g_autoptr (GstElement) overlay =
      gst_bin_get_by_name (GST_BIN (pipeline), "text");

  set_up (pipeline, "color", "foreground-color", number);
  if (uri)
    set_up (pipeline, "image", "uri", uri);
  if (overlay)
    g_object_set (overlay, "text", text, "font-desc", "Sans 24", NULL);
}

/* Takes the first picture: of a film the others are not even decoded. */
static GstBuffer *
pull (GstElement *pipeline, GstClockTime timeout, GError **error)
{
  g_autoptr (GstElement) out = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  g_autoptr (GstSample) sample = NULL;
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  g_object_set (
      out, "sync", FALSE, "wait-on-eos", FALSE, "max-buffers", 1, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, timeout,
      GST_MESSAGE_ERROR | GST_MESSAGE_EOS | GST_MESSAGE_ASYNC_DONE);
  if (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, error, NULL);
  else if (message)
    sample = gst_app_sink_try_pull_sample (GST_APP_SINK (out), timeout);
  if (!sample && error && !*error)
    g_set_error_literal (error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE,
        "The image gave no picture in time.");

  return sample ? gst_buffer_ref (gst_sample_get_buffer (sample)) : NULL;
}

GstBuffer *
playout_slate_draw (const GstVideoInfo *info, guint32 color, const gchar *image,
    const gchar *text, GstClockTime timeout, GError **error)
{
  GstElement *pipeline = make_pipeline (image, text != NULL, error);
  GstBuffer *slate;

  if (!pipeline)
    return NULL;
  gst_object_ref_sink (pipeline);
  set_size (pipeline, info);
  set_looks (pipeline, color, image, text);
  slate = pull (pipeline, timeout, error);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);

  return slate;
}
