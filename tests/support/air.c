/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records every frame, sample and event that reaches the sinks "v" and "a" of a
 * pipeline, and decodes the frame number and seed that the local service draws
 * into its measuring clips. */

#include "air.h"

#include <gst/video/video.h>

#define LOUD 3000
#define ONSET 1500
/* A beep counts as new after this many samples of silence. */
#define QUIET (AIR_RATE * 3 / 10)
#define BARS 8

static guint
get_width (const GstVideoFrame *frame)
{
  return (guint) GST_VIDEO_FRAME_WIDTH (frame);
}

static guint
get_height (const GstVideoFrame *frame)
{
  return (guint) GST_VIDEO_FRAME_HEIGHT (frame);
}

/* Returns the output line that shows the line at @part / @of of the clip's
 * height. An output that is taller than the clip has borders above and below
 * it. */
static guint
find_line (const GstVideoFrame *frame, guint part, guint of)
{
  const guint height =
      MIN (get_height (frame), get_width (frame) * AIR_HEIGHT / AIR_WIDTH);

  return (get_height (frame) - height) / 2 + height * part / of;
}

static gint
read_bars (const GstVideoFrame *frame, guint sixteenths)
{
  const guint8 *line = GST_VIDEO_FRAME_COMP_DATA (frame, 0);
  const guint width = get_width (frame);
  gint number = 0;

  line += find_line (frame, sixteenths, 16) *
          (guint) GST_VIDEO_FRAME_COMP_STRIDE (frame, 0);
  for (guint i = 0; i < BARS; i++) {
    if (line[i * width / BARS + width / BARS / 2] > 128)
      number |= 1 << i;
  }

  return number;
}

static guint8
find_brightest (const GstVideoFrame *frame, guint left, guint top)
{
  const guint8 *luma = GST_VIDEO_FRAME_COMP_DATA (frame, 0);
  const guint stride = (guint) GST_VIDEO_FRAME_COMP_STRIDE (frame, 0);
  guint8 brightest = 0;

  for (guint y = top; y < get_height (frame); y++) {
    for (guint x = left; x < get_width (frame); x++)
      brightest = MAX (brightest, luma[y * stride + x]);
  }

  return brightest;
}

/* Only a measuring clip is blue at this place; all other frames keep number
 * -1. */
static void
read_picture (const GstVideoFrame *frame, TestFrame *seen)
{
  const guint8 *blue = GST_VIDEO_FRAME_COMP_DATA (frame, 1);
  const guint8 *luma = GST_VIDEO_FRAME_COMP_DATA (frame, 0);
  const guint width = get_width (frame), height = get_height (frame);
  const guint stride = (guint) GST_VIDEO_FRAME_COMP_STRIDE (frame, 1);

  seen->luma = luma[find_line (frame, 1, 4) *
                        (guint) GST_VIDEO_FRAME_COMP_STRIDE (frame, 0) +
                    width / 2];
  seen->brightest = find_brightest (frame, 0, 0);
  seen->corner = find_brightest (frame, width * 7 / 8, height * 7 / 8);
  if (blue[find_line (frame, 6, 10) / 2 * stride + width / 4] < 150)
    return;
  seen->number = read_bars (frame, 15);
  seen->seed = read_bars (frame, 13);
}

static GstClockTime
get_running_time (GstPad *pad, GstClockTime time)
{
  g_autoptr (GstEvent) event =
      gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;

  fail_unless (event != NULL);
  gst_event_parse_segment (event, &segment);

  return gst_segment_to_running_time (segment, GST_FORMAT_TIME, time);
}

static void
add_frame (TestAir *air, const TestFrame *frame, GstClockTime duration)
{
  g_mutex_lock (&air->lock);
  g_array_append_val (air->frames, *frame);
  air->video.until = frame->time + duration;
  air->video.begun = TRUE;
  g_cond_broadcast (&air->changed);
  g_mutex_unlock (&air->lock);
}

static GstPadProbeReturn
on_frame (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  TestFrame seen = { .number = -1, .at = g_get_monotonic_time () };
  GstVideoInfo format;
  GstVideoFrame frame;

  fail_unless (gst_video_info_from_caps (&format, caps));
  fail_unless (gst_video_frame_map (&frame, &format, buffer, GST_MAP_READ));
  read_picture (&frame, &seen);
  gst_video_frame_unmap (&frame);
  seen.time = get_running_time (pad, GST_BUFFER_PTS (buffer));
  add_frame (user_data, &seen, GST_BUFFER_DURATION (buffer));

  return GST_PAD_PROBE_OK;
}

static void
add_gap (TestAir *air, GstPad *pad, GstEvent *event)
{
  TestFrame seen = { .number = -1, .gap = TRUE, .at = g_get_monotonic_time () };
  GstClockTime time, duration;

  gst_event_parse_gap (event, &time, &duration);
  seen.time = get_running_time (pad, time);
  add_frame (air, &seen, duration);
}

/* Records the time of the first audible sample of the tone: the loud sample @at
 * comes a little after it. */
static void
note_beep_locked (TestAir *air, const gint16 *samples, guint size, guint at,
    GstClockTime time)
{
  GstClockTime onset;
  guint first = at;

  while (first > 0 && at - first < 48 && ABS (samples[2 * (first - 1)]) > 200)
    first--;
  onset = time + gst_util_uint64_scale (first, GST_SECOND, air->rate);
  g_array_append_val (air->beeps, onset);
}

static void
read_sound_locked (
    TestAir *air, const gint16 *samples, guint size, GstClockTime time)
{
  for (guint i = 0; i < size; i++) {
    const gint64 number = (gint64) air->samples + i;

    if (ABS (samples[2 * i]) < ONSET)
      continue;
    if (number - air->loud_sample > QUIET)
      note_beep_locked (air, samples, size, i, time);
    air->loud_sample = number;
  }
}

static guint
get_rate (GstPad *pad)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  gint rate = 0;

  fail_unless (
      gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate", &rate));

  return (guint) rate;
}

static GstPadProbeReturn
on_sound (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  TestAir *air = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstClockTime time = get_running_time (pad, GST_BUFFER_PTS (buffer));
  GstMapInfo map;
  guint size;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  size = (guint) (map.size / 4);
  g_mutex_lock (&air->lock);
  air->rate = get_rate (pad);
  if (air->sound_buffers > 0 &&
      ABS (GST_CLOCK_DIFF (air->next_sample, time)) > 2)
    air->sound_gaps += time >= air->settled;
  air->next_sample = air->audio.until = time + GST_BUFFER_DURATION (buffer);
  air->audio.begun = TRUE;
  air->sound_buffers++;
  air->silent_buffers += GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP);
  read_sound_locked (air, (const gint16 *) (gpointer) map.data, size, time);
  air->samples += size;
  g_cond_broadcast (&air->changed);
  g_mutex_unlock (&air->lock);
  gst_buffer_unmap (buffer, &map);

  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
note_event (TestAir *air, TestProgress *progress, GstEvent *event)
{
  g_mutex_lock (&air->lock);
  if (GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START) {
    progress->begun = progress->ended = FALSE;
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS) {
    progress->ended = TRUE;
  }
  g_mutex_unlock (&air->lock);

  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_video_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  TestAir *air = user_data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  if (GST_EVENT_TYPE (event) == GST_EVENT_GAP)
    add_gap (air, pad, event);

  return note_event (air, &air->video, event);
}

static GstPadProbeReturn
on_audio_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  TestAir *air = user_data;

  return note_event (air, &air->audio, GST_PAD_PROBE_INFO_EVENT (info));
}

static gboolean
has_come_locked (const TestProgress *progress, GstClockTime time)
{
  return !progress->watched || !progress->begun || progress->ended ||
         progress->until >= time;
}

static gboolean
has_come (GstClockTime time, gpointer user_data)
{
  TestAir *air = user_data;
  gboolean come;

  g_mutex_lock (&air->lock);
  come = has_come_locked (&air->video, time) &&
         has_come_locked (&air->audio, time);
  g_mutex_unlock (&air->lock);

  return come;
}

static void
on_shown (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer user_data)
{
  TestAir *air = user_data;
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&air->lock);
  g_array_append_val (air->shown, now);
  g_mutex_unlock (&air->lock);
}

static void
watch_sink (TestRun *run, TestAir *air)
{
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (run->pipeline), "v");

  if (sink)
    g_signal_connect (sink, "handoff", G_CALLBACK (on_shown), air);
}

static gboolean
probe (TestAir *air, const gchar *name, GstPadProbeCallback on_data,
    GstPadProbeCallback on_event)
{
  GstElement *sink = gst_bin_get_by_name (GST_BIN (air->run->pipeline), name);
  GstPad *pad;

  if (!sink)
    return FALSE;
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_data, air, NULL);
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event, air, NULL);
  gst_object_unref (pad);
  gst_object_unref (sink);

  return TRUE;
}

void
test_air_set_pace (TestAir *air, guint fast, guint slow)
{
  test_pace_free (air->pace);
  air->pace = test_pace_new (air->run->pipeline, fast, slow, has_come, air);
}

void
test_air_use_real_clock (TestAir *air, guint fast)
{
  GstClock *clock =
      g_object_new (GST_TYPE_SYSTEM_CLOCK, "name", "test-clock", NULL);
  GstClockTime now;

  gst_object_ref_sink (clock);
  now = gst_clock_get_internal_time (clock);
  gst_clock_set_calibration (clock, now, now, fast, 1);
  g_clear_pointer (&air->pace, test_pace_free);
  gst_pipeline_use_clock (GST_PIPELINE (air->run->pipeline), clock);
  gst_object_unref (clock);
}

TestAir *
test_air_new (TestRun *run)
{
  TestAir *air = g_new0 (TestAir, 1);

  g_mutex_init (&air->lock);
  g_cond_init (&air->changed);
  air->run = run;
  air->frames = g_array_new (FALSE, FALSE, sizeof (TestFrame));
  air->shown = g_array_new (FALSE, FALSE, sizeof (gint64));
  air->beeps = g_array_new (FALSE, FALSE, sizeof (GstClockTime));
  air->loud_sample = -QUIET;
  watch_sink (run, air);
  air->video.watched = probe (air, "v", on_frame, on_video_event);
  air->audio.watched = probe (air, "a", on_sound, on_audio_event);
  test_air_set_pace (air, 1, 2 * test_slowness ());

  return air;
}

void
test_air_free (TestAir *air)
{
  test_pace_free (air->pace);
  g_array_unref (air->frames);
  g_array_unref (air->shown);
  g_array_unref (air->beeps);
  g_mutex_clear (&air->lock);
  g_cond_clear (&air->changed);
  g_free (air);
}

static guint
count_frames (TestAir *air, gboolean of_clips)
{
  guint count = 0;

  for (guint i = 0; i < air->frames->len; i++)
    count += !of_clips || g_array_index (air->frames, TestFrame, i).number >= 0;

  return count;
}

static guint
count_empty (TestAir *air)
{
  guint count = 0;

  for (guint i = 1; i < air->frames->len; i++)
    count += g_array_index (air->frames, TestFrame, i - 1).number >= 0 &&
             g_array_index (air->frames, TestFrame, i).number < 0;

  return count;
}

static guint
count (TestAir *air, guint what)
{
  return what == 2 ? count_empty (air) : count_frames (air, what == 1);
}

static void
wait_for (TestAir *air, guint what, guint at_least)
{
  gint64 until = g_get_monotonic_time () + test_patience ();

  g_mutex_lock (&air->lock);
  while (count (air, what) < at_least)
    fail_unless (g_cond_wait_until (&air->changed, &air->lock, until),
        "waited for too long: %u of %u", count (air, what), at_least);
  g_mutex_unlock (&air->lock);
}

void
test_air_wait_frames (TestAir *air, guint frames)
{
  wait_for (air, 0, frames);
}

void
test_air_wait_clip_frames (TestAir *air, guint frames)
{
  wait_for (air, 1, frames);
}

void
test_air_wait_empty (TestAir *air, guint stretches)
{
  wait_for (air, 2, stretches);
}

void
test_air_enqueue (TestRun *run, const gchar *id, const gchar *uri)
{
  g_autofree gchar *line =
      g_strdup_printf ("{\"id\":\"%s\",\"uri\":\"%s\"}", id, uri);
  gboolean taken;

  g_signal_emit_by_name (test_run_get (run, "out"), "enqueue", line, &taken);
  fail_unless (taken);
}

guint
test_air_count_items (TestRun *run)
{
  g_autoptr (GstStructure) status = NULL;
  guint items = 0;

  g_object_get (test_run_get (run, "out"), "status", &status, NULL);
  fail_unless (gst_structure_get_uint (status, "items", &items));

  return items;
}
