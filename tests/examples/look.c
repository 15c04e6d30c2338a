/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at a recording in which clips to measure with were on air (see the
 * README of the local service), frame by frame and sample by sample.
 *
 *   look URI
 *
 * prints a line for each time that a clip was on air:
 *
 *   clip 7 frames 125 distinct 120 missing 0 back 0 first 3.520
 *
 * and then, of the whole recording,
 *
 *   other 88 gap-ms 0 beeps 5 skew-ms -0.3 0.2 sound-gaps 0
 *
 * "clip" is the seed, "back" how often a number was lower than the one before,
 * "other" counts frames of no clip, "gap-ms" is by how much the farthest
 * neighbours are farther apart than a frame, and "skew" is how much later the
 * sound is than its picture. Exits with 1 when it cannot be played. */

#include <gst/app/gstappsink.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 432
#define HEIGHT 240
#define RATE 48000
#define BARS 8
#define LOUD 6000
#define NO_CLIP -1

typedef struct {
  gint seed;
  guint frames, distinct, back;
  gint last, highest;
  gdouble first;
} Run;

typedef struct {
  GArray *runs;    /* Run */
  GArray *flashes; /* gdouble: when one began */
  GArray *beeps;
  guint other, sound_gaps;
  gdouble last_frame, gap; /* seconds */
  gboolean in_flash, in_clip;
  gdouble sound_end, loud;
} Look;

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
is_clip (const guint8 *data)
{
  const guint8 *u = data + WIDTH * HEIGHT;

  return u[HEIGHT * 7 / 10 / 2 * (WIDTH / 2) + WIDTH / 8] > 150;
}

static void
note_clip (Look *look, const guint8 *luma, gdouble time)
{
  const gint seed = (gint) read_bars (luma, 13);
  const gint number = (gint) read_bars (luma, 15);
  Run *run = look->runs->len > 0
                 ? &g_array_index (look->runs, Run, look->runs->len - 1)
                 : NULL;

  if (!look->in_clip || !run || run->seed != seed) {
    const Run begin = { seed, 0, 0, 0, NO_CLIP, NO_CLIP, time };

    g_array_append_val (look->runs, begin);
    run = &g_array_index (look->runs, Run, look->runs->len - 1);
  }
  run->frames++;
  run->distinct += number != run->last;
  run->back += number < run->last;
  run->highest = MAX (run->highest, number);
  run->last = number;
  look->in_clip = TRUE;
}

static void
note_picture (Look *look, const guint8 *data, gdouble time)
{
  const gboolean flash = data[HEIGHT / 4 * WIDTH + WIDTH / 2] > 200;
  const gboolean clip = is_clip (data);

  if (clip) {
    note_clip (look, data, time);
  } else {
    look->other++;
    look->in_clip = FALSE;
  }
  if (clip && flash && !look->in_flash)
    g_array_append_val (look->flashes, time);
  look->in_flash = clip && flash;
  if (look->last_frame >= 0)
    look->gap = MAX (look->gap, time - look->last_frame);
  look->last_frame = time;
}

static void
note_sound (Look *look, const gint16 *samples, gsize count, gdouble time)
{
  if (look->sound_end >= 0 && ABS (time - look->sound_end) > 0.002)
    look->sound_gaps++;
  look->sound_end = time + (gdouble) count / RATE;
  for (gsize i = 0; i < count; i++) {
    const gdouble now = time + (gdouble) i / RATE;

    if (ABS (samples[i]) < LOUD)
      continue;
    if (now > look->loud + 0.3)
      g_array_append_val (look->beeps, now);
    look->loud = now;
  }
}

static GstFlowReturn
on_sample (GstAppSink *sink, gpointer user_data)
{
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer = sample ? gst_sample_get_buffer (sample) : NULL;
  gdouble time;
  GstMapInfo map;

  if (!buffer || !gst_buffer_map (buffer, &map, GST_MAP_READ))
    return GST_FLOW_EOS;
  time = (gdouble) gst_segment_to_running_time (gst_sample_get_segment (sample),
             GST_FORMAT_TIME, GST_BUFFER_PTS (buffer)) /
         GST_SECOND;
  if (map.size >= WIDTH * HEIGHT * 3 / 2 &&
      g_str_equal (GST_OBJECT_NAME (sink), "pictures"))
    note_picture (user_data, map.data, time);
  else
    note_sound (user_data, (const gint16 *) map.data, map.size / 2, time);
  gst_buffer_unmap (buffer, &map);

  return GST_FLOW_OK;
}

static void
watch (GstElement *pipeline, const gchar *name, Look *look)
{
  GstAppSinkCallbacks callbacks = { .new_sample = on_sample };
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), name);

  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, look, NULL);
}

static gboolean
play (const gchar *uri, Look *look)
{
  g_autofree gchar *text = g_strdup_printf (
      "uridecodebin uri=\"%s\" name=all "
      "all. ! queue max-size-time=0 max-size-bytes=0 max-size-buffers=900 "
      "! videoconvert ! videoscale ! video/x-raw,format=I420,width=%d,height=%d"
      " ! appsink name=pictures sync=false "
      "all. ! queue max-size-time=0 max-size-bytes=0 max-size-buffers=9000 "
      "! audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=%d,"
      "channels=1,layout=interleaved ! appsink name=sound sync=false",
      uri, WIDTH, HEIGHT, RATE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (text, &error);
  g_autoptr (GstMessage) end = NULL;
  g_autoptr (GstBus) bus = NULL;

  watch (pipeline, "pictures", look);
  watch (pipeline, "sound", look);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  end = gst_bus_timed_pop_filtered (
      bus, 120 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (end && GST_MESSAGE_TYPE (end) == GST_MESSAGE_EOS)
    return TRUE;
  if (end)
    gst_message_parse_error (end, &error, NULL);
  g_printerr ("%s: %s\n", uri, error ? error->message : "it does not end");

  return FALSE;
}

/* Each beep belongs to the flash that is nearest. */
static void
find_skew (const Look *look, gdouble *least, gdouble *most)
{
  *least = G_MAXDOUBLE;
  *most = -G_MAXDOUBLE;
  for (guint i = 0; i < look->beeps->len; i++) {
    const gdouble beep = g_array_index (look->beeps, gdouble, i);
    gdouble nearest = G_MAXDOUBLE;

    for (guint k = 0; k < look->flashes->len; k++) {
      const gdouble late = beep - g_array_index (look->flashes, gdouble, k);

      if (ABS (late) < ABS (nearest))
        nearest = late;
    }
    *least = MIN (*least, nearest);
    *most = MAX (*most, nearest);
  }
}

static void
tell (const Look *look)
{
  gdouble least, most;

  for (guint i = 0; i < look->runs->len; i++) {
    const Run *run = &g_array_index (look->runs, Run, i);

    g_print ("clip %d frames %u distinct %u missing %d back %u first %.3f\n",
        run->seed, run->frames, run->distinct,
        run->highest + 1 - (gint) run->distinct, run->back, run->first);
  }
  find_skew (look, &least, &most);
  g_print ("other %u gap-ms %.0f beeps %u skew-ms %.1f %.1f sound-gaps %u\n",
      look->other, MAX (look->gap - 0.04, 0) * 1000, look->beeps->len,
      look->beeps->len > 0 ? least * 1000 : 0,
      look->beeps->len > 0 ? most * 1000 : 0, look->sound_gaps);
}

int
main (int argc, char **argv)
{
  Look look = { .last_frame = -1, .sound_end = -1, .loud = -1 };

  gst_init (&argc, &argv);
  if (argc != 2) {
    g_printerr ("usage: look URI\n");
    return EXIT_FAILURE;
  }
  look.runs = g_array_new (FALSE, FALSE, sizeof (Run));
  look.flashes = g_array_new (FALSE, FALSE, sizeof (gdouble));
  look.beeps = g_array_new (FALSE, FALSE, sizeof (gdouble));
  if (!play (argv[1], &look))
    return EXIT_FAILURE;
  tell (&look);
  g_array_unref (look.runs);
  g_array_unref (look.flashes);
  g_array_unref (look.beeps);

  return EXIT_SUCCESS;
}
