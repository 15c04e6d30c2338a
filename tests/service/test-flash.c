/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of clips to measure with: each frame and each sample shows what
 * README.md promises. They decode the clips with GStreamer. */

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <string.h>

#include "test-service.h"

#define WIDTH 864
#define HEIGHT 496
#define FRAMES 48
#define RATE 44100
#define BARS 8
#define SEED 165

typedef struct {
  GstElement *pipeline;
  GstElement *out;
  GstClockTime time; /* running time of the last sample */
} Playback;

/* Plays the demuxer's pad @pad ("video_0" or "audio_0") through the elements
 * @decoder. */
static Playback
play (GBytes *clip, const gchar *pad, const gchar *decoder)
{
  g_autofree gchar *text =
      g_strdup_printf ("appsrc name=in ! qtdemux name=demux demux.%s ! %s"
                       " ! appsink name=out sync=false",
          pad, decoder);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) in = NULL;
  Playback playback = { gst_parse_launch (text, &error), NULL, 0 };

  g_assert_no_error (error);
  in = gst_bin_get_by_name (GST_BIN (playback.pipeline), "in");
  playback.out = gst_bin_get_by_name (GST_BIN (playback.pipeline), "out");
  gst_element_set_state (playback.pipeline, GST_STATE_PLAYING);
  gst_app_src_push_buffer (
      GST_APP_SRC (in), gst_buffer_new_wrapped_bytes (clip));
  gst_app_src_end_of_stream (GST_APP_SRC (in));

  return playback;
}

static GstSample *
pull (Playback *playback)
{
  GstSample *sample = gst_app_sink_pull_sample (GST_APP_SINK (playback->out));

  if (sample != NULL)
    playback->time =
        gst_segment_to_running_time (gst_sample_get_segment (sample),
            GST_FORMAT_TIME, GST_BUFFER_PTS (gst_sample_get_buffer (sample)));
  return sample;
}

static void
playback_clear (Playback *playback)
{
  gst_element_set_state (playback->pipeline, GST_STATE_NULL);
  gst_object_unref (playback->out);
  gst_object_unref (playback->pipeline);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Playback, playback_clear)

static GBytes *
render (const gchar *codec)
{
  const gchar *args[] = { "--generation-time", "0", "--codec", codec,
    "--bitrate", "6000", NULL };
  g_autoptr (Client) client = client_start (args);
  g_autofree gchar *body = g_strdup_printf (
      "{\"prompt\":\"a flash-and-beep clip\",\"resolution\":\"480p\","
      "\"duration\":2,\"seed\":%d}",
      SEED);
  g_autofree gchar *id = client_order (client, body);

  return client_clip (client, id);
}

/* Reads the row of bars whose middle is @sixteenths of the height down. */
static guint
read_bars (const guint8 *luma, gint sixteenths)
{
  const guint8 *row = luma + HEIGHT * sixteenths / 16 * WIDTH;
  guint number = 0;

  for (guint bar = 0; bar < BARS; bar++)
    number |= (row[(2 * bar + 1) * WIDTH / BARS / 2] > 128) << bar;
  return number;
}

static gboolean
is_flash (const guint8 *luma)
{
  return luma[HEIGHT / 4 * WIDTH + WIDTH / 2] > 200;
}

static void
check_frame (Playback *playback, GstSample *sample, guint frame)
{
  const guint8 *luma;
  GstMapInfo map;

  gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ);
  luma = map.data;
  g_assert_cmpuint (read_bars (luma, 15), ==, frame);
  g_assert_cmpuint (read_bars (luma, 13), ==, SEED);
  g_assert_cmpint (is_flash (luma), ==, frame % 24 == 0);
  /* Between the flash and the bars the frame is blue: check U there. */
  g_assert_cmpuint (
      luma[WIDTH * HEIGHT + HEIGHT * 5 / 8 / 2 * WIDTH / 2], >, 150);
  gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  g_assert_cmpint (ABS (GST_CLOCK_DIFF (playback->time,
                       gst_util_uint64_scale (frame, GST_SECOND, 24))),
      <, GST_MSECOND);
}

static void
check_picture (GBytes *clip)
{
  g_auto (Playback) playback = play (
      clip, "video_0", "decodebin ! videoconvert ! video/x-raw,format=I420");
  GstSample *sample;
  guint frames = 0;

  while ((sample = pull (&playback)) != NULL) {
    check_frame (&playback, sample, frames++);
    gst_sample_unref (sample);
  }
  g_assert_cmpuint (frames, ==, FRAMES);
}

/* Each beep begins with its flash, to 0.2 ms. This needs the edit list, which
 * leaves the encoder's priming out. */
static void
check_sound (GBytes *clip)
{
  g_auto (Playback) playback = play (clip, "audio_0",
      "decodebin ! audioconvert ! audio/x-raw,format=S16LE,channels=1");
  gdouble loud = -1;
  GstSample *sample;
  guint beeps = 0;

  while ((sample = pull (&playback)) != NULL) {
    GstBuffer *buffer = gst_sample_get_buffer (sample);
    GstMapInfo map;

    gst_buffer_map (buffer, &map, GST_MAP_READ);
    for (gsize i = 0; i < map.size / 2; i++) {
      gint16 value = ((gint16 *) map.data)[i];
      gdouble now = (gdouble) playback.time / GST_SECOND + (gdouble) i / RATE;

      if (ABS (value) < 8000)
        continue;
      if (now > loud + 0.5)
        g_assert_cmpfloat_with_epsilon (now, beeps++, 0.0002);
      loud = now;
    }
    gst_buffer_unmap (buffer, &map);
    gst_sample_unref (sample);
  }
  g_assert_cmpuint (beeps, ==, FRAMES / 24);
}

static void
test_flash (gconstpointer codec)
{
  g_autoptr (GBytes) clip = render (codec);

  check_picture (clip);
  check_sound (clip);
  /* Two seconds at 6000 kbit/s are 1.5 MB, which encoders meet only roughly. */
  g_assert_cmpuint (g_bytes_get_size (clip), >, 1000000);
  g_assert_cmpuint (g_bytes_get_size (clip), <, 2500000);
}

/* The clip has B-frames, so its frames are not stored in the order in which
 * they are shown. */
static void
test_b_frames (void)
{
  g_autoptr (GBytes) clip = render ("h264");
  g_auto (Playback) playback = play (clip, "video_0", "identity");
  GstClockTime before = 0;
  guint frames = 0, back = 0;
  GstSample *sample;

  while ((sample = pull (&playback)) != NULL) {
    back += playback.time < before;
    before = playback.time;
    frames++;
    gst_sample_unref (sample);
  }
  g_assert_cmpuint (frames, ==, FRAMES);
  g_assert_cmpuint (back, >, FRAMES / 4);
}

void
add_flash_tests (void)
{
  g_test_add_data_func ("/service/flash/h264", "h264", test_flash);
  g_test_add_data_func ("/service/flash/h265", "h265", test_flash);
  g_test_add_func ("/service/flash/b-frames", test_b_frames);
}
