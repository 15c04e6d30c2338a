/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pipeline that renders a clip: painted frames, an overlay with the prompt
 * and the frame number, encoders, and mp4mux. mp4edit.c then makes the file
 * look genuine. */

#include "render.h"

#include <glib/gstdio.h>
#include <gst/app/gstappsrc.h>
#include <math.h>

#include "flash.h"
#include "mp4edit.h"
#include "painter.h"
#include "tone.h"

#define POLL_INTERVAL (100 * GST_MSECOND)
/* Bit rate per pixel of the frame, in bit/s. */
#define BITS_PER_PIXEL 5.4

typedef struct {
  const Scene *scene;
  GstElement *pipeline;
  GCancellable *quit;
  Painter *painter;
  /* Number of the next frame to paint. */
  guint frame;
} Render;

/* The encoder must give the same bytes on every machine. Its number of threads
 * changes them, so it is fixed. x264's VBV buffer would make them depend on the
 * progress of its threads, so there is none. */
static void
append_encoder (GString *text, const Scene *scene)
{
  gint kbps = scene->bitrate > 0
                  ? (gint) scene->bitrate
                  : BITS_PER_PIXEL * scene->width * scene->height / 1000;

  if (scene->h265)
    g_string_append_printf (text,
        " ! videoconvert ! video/x-raw,format=I420_10LE"
        " ! x265enc bitrate=%d speed-preset=ultrafast key-int-max=48"
        " option-string=pools=2:frame-threads=1:bframes=2"
        " ! video/x-h265,profile=main-10 ! h265parse"
        " ! video/x-h265,stream-format=hvc1",
        kbps);
  else
    g_string_append_printf (text,
        " ! x264enc bitrate=%d speed-preset=veryfast bframes=2 b-adapt=false"
        " threads=4 key-int-max=48 vbv-buf-capacity=0 insert-vui=false%s"
        " ! video/x-h264,profile=high ! h264parse",
        kbps,
        /* x264 finds no motion in grain, and would use no B-frames. */
        scene->flash ? " option-string=b-adapt=0:scenecut=0" : "");
}

static gchar *
describe_pipeline (const Scene *scene)
{
  GString *text = g_string_new (
      "appsrc name=video format=time ! queue max-size-buffers=4"
      " ! textoverlay name=caption auto-resize=false line-alignment=center"
      " ! textoverlay name=counter auto-resize=false halignment=left"
      " line-alignment=left valignment=top draw-shadow=false");

  append_encoder (text, scene);
  g_string_append (text, " ! mp4mux name=mux ! filesink name=file");
  if (scene->audio)
    g_string_append (text,
        " appsrc name=audio format=time max-bytes=0"
        " ! audioconvert ! avenc_aac bitrate=128000 ! aacparse ! mux.");
  return g_string_free (text, FALSE);
}

/* Returns the font size: as large as the prompt's length allows, so that it
 * fills a quarter of the picture at most. */
static gint
caption_size (const Scene *scene)
{
  glong letters = MAX (g_utf8_strlen (scene->prompt, -1), 1);
  gdouble area = (gdouble) scene->width * scene->height * 0.25;
  gint largest = MIN (scene->width, scene->height) / 16;

  if (scene->picture != NULL)
    largest = largest * 2 / 3;
  return CLAMP (sqrt (area / letters), 6, largest);
}

static void
write_caption (const Scene *scene, GstElement *caption)
{
  g_autofree gchar *font =
      g_strdup_printf ("Sans Bold %dpx", caption_size (scene));
  g_autofree gchar *text = g_markup_escape_text (scene->prompt, -1);

  g_object_set (caption, "font-desc", font, "text", text, "ypad",
      scene->height / 14, NULL);
}

static gint
counter_size (const Scene *scene)
{
  return MIN (scene->width, scene->height) / 7;
}

/* Writes the frame number, large enough for a contact sheet, below it the time,
 * and the program's name. */
static GstPadProbeReturn
on_counter (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  const gint size = counter_size (user_data);
  GstClockTime time = GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info));
  g_autoptr (GstElement) counter = gst_pad_get_parent_element (pad);
  g_autofree gchar *text =
      g_strdup_printf ("%03" G_GUINT64_FORMAT
                       "\n<span font_desc='Sans Bold %dpx'>%02u:%06.3f</span>"
                       "\n<span font_desc='Sans %dpx'>seedance-local</span>",
          gst_util_uint64_scale_int_round (time, SCENE_FPS, GST_SECOND),
          size * 6 / 10, (guint) (time / (60 * GST_SECOND)),
          (gdouble) (time % (60 * GST_SECOND)) / GST_SECOND, size * 3 / 10);

  g_object_set (counter, "text", text, NULL);
  return GST_PAD_PROBE_OK;
}

/* Turns the writing off in frames that show the given images, which have to
 * stay as they are. */
static GstPadProbeReturn
on_image (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  const Scene *scene = user_data;
  guint64 frame = gst_util_uint64_scale_int_round (
      GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info)), SCENE_FPS, GST_SECOND);
  gboolean given =
      frame == 0 || (scene->last != NULL && frame + 1 == scene_frames (scene));
  g_autoptr (GstElement) overlay = gst_pad_get_parent_element (pad);

  g_object_set (overlay, "silent", given, NULL);
  return GST_PAD_PROBE_OK;
}

static void
add_probe (
    GstElement *element, GstPadProbeCallback callback, gpointer user_data)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "video_sink");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, callback, user_data, NULL);
}

static void
set_up_writing (Render *render)
{
  g_autoptr (GstElement) caption =
      gst_bin_get_by_name (GST_BIN (render->pipeline), "caption");
  g_autoptr (GstElement) counter =
      gst_bin_get_by_name (GST_BIN (render->pipeline), "counter");
  const Scene *scene = render->scene;
  const gint size = counter_size (scene);
  g_autofree gchar *font = g_strdup_printf ("Sans Bold %dpx", size);

  if (scene->flash) {
    g_object_set (caption, "silent", TRUE, NULL);
    g_object_set (counter, "silent", TRUE, NULL);
    return;
  }
  write_caption (scene, caption);
  g_object_set (
      counter, "font-desc", font, "xpad", size / 4, "ypad", size / 5, NULL);
  add_probe (counter, on_counter, (gpointer) scene);
  if (scene->picture != NULL) {
    add_probe (caption, on_image, (gpointer) scene);
    add_probe (counter, on_image, (gpointer) scene);
  }
}

/* Called whenever appsrc needs data. */
static void
paint_next (GstAppSrc *source, guint length, gpointer user_data)
{
  Render *render = user_data;
  guint frame = render->frame++;
  GstBuffer *buffer;

  if (frame >= scene_frames (render->scene)) {
    gst_app_src_end_of_stream (source);
    return;
  }
  buffer = render->painter ? painter_paint (render->painter, frame)
                           : flash_paint (render->scene, frame);
  GST_BUFFER_PTS (buffer) =
      gst_util_uint64_scale_int (frame, GST_SECOND, SCENE_FPS);
  GST_BUFFER_DURATION (buffer) =
      gst_util_uint64_scale_int (frame + 1, GST_SECOND, SCENE_FPS) -
      GST_BUFFER_PTS (buffer);
  gst_app_src_push_buffer (source, buffer);
}

static void
set_up_video (Render *render)
{
  static GstAppSrcCallbacks callbacks = { .need_data = paint_next };
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (render->pipeline), "video");
  g_autoptr (GstCaps) caps =
      gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING, "I420",
          "width", G_TYPE_INT, render->scene->width, "height", G_TYPE_INT,
          render->scene->height, "framerate", GST_TYPE_FRACTION, SCENE_FPS, 1,
          "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, NULL);

  gst_app_src_set_caps (GST_APP_SRC (source), caps);
  gst_app_src_set_callbacks (GST_APP_SRC (source), &callbacks, render, NULL);
}

/* Pushes the whole sound at once; appsrc keeps it until the muxer takes it. */
static void
set_up_audio (Render *render)
{
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (render->pipeline), "audio");
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("audio/x-raw", "format",
      G_TYPE_STRING, "S16LE", "layout", G_TYPE_STRING, "interleaved", "rate",
      G_TYPE_INT, SCENE_AUDIO_RATE, "channels", G_TYPE_INT, 2, NULL);
  GstBuffer *sound;

  if (source == NULL)
    return;
  gst_app_src_set_caps (GST_APP_SRC (source), caps);
  sound = tone_play (render->scene);
  GST_BUFFER_PTS (sound) = 0;
  gst_app_src_push_buffer (GST_APP_SRC (source), sound);
  gst_app_src_end_of_stream (GST_APP_SRC (source));
}

static gboolean
render_open (Render *render, const gchar *path, GError **error)
{
  g_autofree gchar *description = describe_pipeline (render->scene);
  g_autoptr (GstElement) file = NULL;
  g_autoptr (GstElement) mux = NULL;

  render->pipeline = gst_parse_launch (description, error);
  if (render->pipeline == NULL)
    return FALSE;
  file = gst_bin_get_by_name (GST_BIN (render->pipeline), "file");
  mux = gst_bin_get_by_name (GST_BIN (render->pipeline), "mux");
  g_object_set (file, "location", path, NULL);
  if (render->scene->layout == LAYOUT_FRAGMENTED)
    g_object_set (mux, "fragment-duration", 1000, NULL);
  set_up_video (render);
  set_up_audio (render);
  set_up_writing (render);
  if (!render->scene->flash)
    render->painter = painter_new (render->scene, error);
  return render->scene->flash || render->painter != NULL;
}

static gboolean
wait_for_end (Render *render, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (render->pipeline);
  g_autoptr (GstMessage) message = NULL;

  while (message == NULL) {
    if (g_cancellable_set_error_if_cancelled (render->quit, error))
      return FALSE;
    message = gst_bus_timed_pop_filtered (
        bus, POLL_INTERVAL, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  }
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return TRUE;
  gst_message_parse_error (message, error, NULL);
  return FALSE;
}

static gboolean
render_run (Render *render, GError **error)
{
  gboolean good;

  gst_element_set_state (render->pipeline, GST_STATE_PLAYING);
  good = wait_for_end (render, error);
  gst_element_set_state (render->pipeline, GST_STATE_NULL);
  return good;
}

static void
render_close (Render *render)
{
  gst_clear_object (&render->pipeline);
  g_clear_pointer (&render->painter, painter_free);
}

static gboolean
dress (
    const Scene *scene, const gchar *muxed, const gchar *path, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (muxed, FALSE, error);
  g_autoptr (GBytes) plain = file ? g_mapped_file_get_bytes (file) : NULL;
  g_autoptr (GBytes) clip =
      plain ? mp4edit_dress (plain, scene->layout, error) : NULL;

  return clip != NULL &&
         g_file_set_contents (path, g_bytes_get_data (clip, NULL),
             g_bytes_get_size (clip), error);
}

gboolean
render_scene (
    const Scene *scene, const gchar *path, GCancellable *quit, GError **error)
{
  g_autofree gchar *id = g_uuid_string_random ();
  g_autofree gchar *muxed = g_strdup_printf ("%s.%s", path, id);
  Render render = { .scene = scene, .quit = quit };
  gboolean good;

  good = render_open (&render, muxed, error) && render_run (&render, error) &&
         dress (scene, muxed, path, error);
  render_close (&render);
  g_unlink (muxed);
  return good;
}
