/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "air.h"

#include <gst/video/video.h>

#define FRAME (40 * GST_MSECOND)
#define LOUD 3000
#define ONSET 1500
/* Samples of silence before a beep is a new one. */
#define QUIET (AIR_RATE * 3 / 10)
#define BARS 8

/* --- picture ------------------------------------------------------------ */

static gint
read_bars (const GstVideoFrame *frame, guint sixteenths)
{
  const guint8 *line = GST_VIDEO_FRAME_COMP_DATA (frame, 0);
  gint number = 0;

  line += AIR_HEIGHT * sixteenths / 16 *
          (guint) GST_VIDEO_FRAME_COMP_STRIDE (frame, 0);
  for (guint i = 0; i < BARS; i++) {
    if (line[i * AIR_WIDTH / BARS + AIR_WIDTH / BARS / 2] > 128)
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

  for (guint y = top; y < AIR_HEIGHT; y++) {
    for (guint x = left; x < AIR_WIDTH; x++)
      brightest = MAX (brightest, luma[y * stride + x]);
  }

  return brightest;
}

/* Blue is of such a clip only. */
static void
read_picture (const GstVideoFrame *frame, TestFrame *seen)
{
  const guint8 *blue = GST_VIDEO_FRAME_COMP_DATA (frame, 1);
  const guint8 *luma = GST_VIDEO_FRAME_COMP_DATA (frame, 0);
  const guint stride = (guint) GST_VIDEO_FRAME_COMP_STRIDE (frame, 1);

  seen->luma =
      luma[AIR_HEIGHT / 4 * (guint) GST_VIDEO_FRAME_COMP_STRIDE (frame, 0) +
           AIR_WIDTH / 2];
  seen->brightest = find_brightest (frame, 0, 0);
  seen->corner = find_brightest (frame, AIR_WIDTH * 7 / 8, AIR_HEIGHT * 7 / 8);
  if (blue[AIR_HEIGHT / 2 * 6 / 10 * stride + AIR_WIDTH / 4] < 150)
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
add_frame (TestAir *air, const TestFrame *frame)
{
  g_mutex_lock (&air->lock);
  g_array_append_val (air->frames, *frame);
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
  if (format.width == AIR_WIDTH && format.height == AIR_HEIGHT)
    read_picture (&frame, &seen);
  gst_video_frame_unmap (&frame);
  seen.time = get_running_time (pad, GST_BUFFER_PTS (buffer));
  add_frame (user_data, &seen);

  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_gap (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  TestFrame seen = { .number = -1, .gap = TRUE, .at = g_get_monotonic_time () };
  GstClockTime time;

  if (GST_EVENT_TYPE (event) != GST_EVENT_GAP)
    return GST_PAD_PROBE_OK;
  gst_event_parse_gap (event, &time, NULL);
  seen.time = get_running_time (pad, time);
  add_frame (user_data, &seen);

  return GST_PAD_PROBE_OK;
}

/* --- sound -------------------------------------------------------------- */

/* Where the tone begins in a loud stretch. */
static void
note_beep_locked (TestAir *air, const gint16 *samples, guint size, guint at,
    GstClockTime time)
{
  GstClockTime onset;
  guint first = at;

  while (first > 0 && at - first < 48 && ABS (samples[2 * (first - 1)]) > 200)
    first--;
  onset = time + gst_util_uint64_scale (first, GST_SECOND, AIR_RATE);
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
  if (air->sound_buffers > 0 &&
      ABS (GST_CLOCK_DIFF (air->next_sample, time)) > 2)
    air->sound_gaps += time >= air->settled;
  air->next_sample = time + GST_BUFFER_DURATION (buffer);
  air->sound_buffers++;
  air->silent_buffers += GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP);
  read_sound_locked (air, (const gint16 *) (gpointer) map.data, size, time);
  air->samples += size;
  g_cond_broadcast (&air->changed);
  g_mutex_unlock (&air->lock);
  gst_buffer_unmap (buffer, &map);

  return GST_PAD_PROBE_OK;
}

/* --- life --------------------------------------------------------------- */

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

static void
probe (TestRun *run, const gchar *name, GstPadProbeType type,
    GstPadProbeCallback callback, TestAir *air)
{
  GstElement *sink = gst_bin_get_by_name (GST_BIN (run->pipeline), name);
  GstPad *pad;

  if (!sink)
    return;
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad, type, callback, air, NULL);
  gst_object_unref (pad);
  gst_object_unref (sink);
}

void
test_air_use_clock (TestRun *run, guint fast, guint slow)
{
  GstClock *clock =
      g_object_new (GST_TYPE_SYSTEM_CLOCK, "name", "test-clock", NULL);
  GstClockTime now;

  gst_object_ref_sink (clock);
  now = gst_clock_get_internal_time (clock);
  gst_clock_set_calibration (clock, now, now, fast, slow);
  gst_pipeline_use_clock (GST_PIPELINE (run->pipeline), clock);
  gst_object_unref (clock);
}

TestAir *
test_air_new (TestRun *run)
{
  TestAir *air = g_new0 (TestAir, 1);

  g_mutex_init (&air->lock);
  g_cond_init (&air->changed);
  air->frames = g_array_new (FALSE, FALSE, sizeof (TestFrame));
  air->shown = g_array_new (FALSE, FALSE, sizeof (gint64));
  air->beeps = g_array_new (FALSE, FALSE, sizeof (GstClockTime));
  air->loud_sample = -QUIET;
  /* A machine that is busy with other tests needs the time. */
  test_air_use_clock (run, 1, 2 * test_slowness ());
  watch_sink (run, air);
  probe (run, "v", GST_PAD_PROBE_TYPE_BUFFER, on_frame, air);
  probe (run, "v", GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_gap, air);
  probe (run, "a", GST_PAD_PROBE_TYPE_BUFFER, on_sound, air);

  return air;
}

void
test_air_free (TestAir *air)
{
  g_array_unref (air->frames);
  g_array_unref (air->shown);
  g_array_unref (air->beeps);
  g_mutex_clear (&air->lock);
  g_cond_clear (&air->changed);
  g_free (air);
}

/* --- waiting ------------------------------------------------------------ */

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

/* --- looking ------------------------------------------------------------ */

static const TestFrame *
get_frame (TestAir *air, guint index)
{
  return &g_array_index (air->frames, TestFrame, index);
}

/* A clip begins anew where the number falls. */
static gboolean
begins (TestAir *air, guint index)
{
  const TestFrame *frame = get_frame (air, index), *before;

  if (frame->number < 0)
    return FALSE;
  before = index > 0 ? get_frame (air, index - 1) : NULL;

  return !before || before->number < 0 || before->seed != frame->seed ||
         before->number > frame->number;
}

GArray *
test_air_find_stretches (TestAir *air)
{
  GArray *stretches = g_array_new (FALSE, TRUE, sizeof (TestStretch));
  TestStretch *last = NULL;

  g_mutex_lock (&air->lock);
  for (guint i = 0; i < air->frames->len; i++) {
    const TestFrame *frame = get_frame (air, i);

    if (frame->number < 0)
      continue;
    if (begins (air, i)) {
      g_array_set_size (stretches, stretches->len + 1);
      last = &g_array_index (stretches, TestStretch, stretches->len - 1);
      last->first = i;
      last->seed = frame->seed;
      last->ordered = frame->number == 0;
    } else if (frame->number != get_frame (air, i - 1)->number) {
      last->ordered &= frame->number == get_frame (air, i - 1)->number + 1;
    }
    last->frames++;
    last->distinct +=
        begins (air, i) || frame->number != get_frame (air, i - 1)->number;
  }
  g_mutex_unlock (&air->lock);

  return stretches;
}

guint
test_air_count_gaps (TestAir *air, GstClockTime from)
{
  guint gaps = 0;

  g_mutex_lock (&air->lock);
  for (guint i = 1; i < air->frames->len; i++) {
    GstClockTimeDiff step =
        GST_CLOCK_DIFF (get_frame (air, i - 1)->time, get_frame (air, i)->time);

    gaps += get_frame (air, i - 1)->time >= from &&
            ABS (step - (GstClockTimeDiff) FRAME) > (gint64) GST_MSECOND;
  }
  g_mutex_unlock (&air->lock);

  return gaps;
}

gint64
test_air_get_stall (TestAir *air)
{
  gint64 stall = 0;

  g_mutex_lock (&air->lock);
  for (guint i = 1; i < air->shown->len; i++)
    stall = MAX (stall, g_array_index (air->shown, gint64, i) -
                            g_array_index (air->shown, gint64, i - 1));
  g_mutex_unlock (&air->lock);

  return stall;
}

static GstClockTime
find_beep (TestAir *air, GstClockTime flash)
{
  GstClockTime nearest = GST_CLOCK_TIME_NONE;

  for (guint i = 0; i < air->beeps->len; i++) {
    GstClockTime beep = g_array_index (air->beeps, GstClockTime, i);

    nearest = MIN (nearest, (GstClockTime) ABS (GST_CLOCK_DIFF (flash, beep)));
  }

  return nearest;
}

/* Flashes are frames 0, 24, 48, … . */
GstClockTime
test_air_get_skew (TestAir *air)
{
  GstClockTime worst = 0;

  g_mutex_lock (&air->lock);
  for (guint i = 0; i < air->frames->len; i++) {
    const TestFrame *frame = get_frame (air, i);

    if (frame->number < 0 || frame->number % 24 != 0 ||
        (!begins (air, i) && get_frame (air, i - 1)->number == frame->number))
      continue;
    worst = MAX (worst, find_beep (air, frame->time));
  }
  g_mutex_unlock (&air->lock);

  return worst;
}

void
test_air_assert_steady (TestAir *air)
{
  fail_unless_equals_int (test_air_count_gaps (air, 0), 0);
  fail_unless_equals_int (air->sound_gaps, 0);
  fail_unless_equals_uint64 (get_frame (air, 0)->time % FRAME, 0);
}

void
test_air_assert_clip (TestAir *air, guint nth, guint seconds)
{
  g_autoptr (GArray) stretches = test_air_find_stretches (air);
  const TestStretch *stretch;

  fail_unless (
      stretches->len > nth, "only %u clips were on air", stretches->len);
  stretch = &g_array_index (stretches, TestStretch, nth);
  fail_unless (stretch->ordered, "the frames came in another order");
  fail_unless_equals_int (stretch->distinct, 24 * seconds);
  fail_unless (ABS ((gint) stretch->frames - (gint) (25 * seconds)) <= 1,
      "%u frames on air", stretch->frames);
}

gchar *
test_air_write_clip (const gchar *name, gint seed)
{
  gchar *path = test_home_path (name);
  TestRun *run = test_run_new (SOURCE
      "prompt=flash-and-beep resolution=480p duration=1 seed=%d ! filesink "
      "location=\"%s\"",
      seed, path);

  test_run_to_end (run);
  test_run_free (run);
  test_service_reset (service);

  return path;
}

/* --- messages ----------------------------------------------------------- */

static const GstStructure *
is_told (GstMessage *message, const gchar *what, const gchar *id)
{
  const GstStructure *structure = gst_message_get_structure (message);

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT &&
      gst_structure_has_name (structure, "seedance-playout") &&
      g_strcmp0 (gst_structure_get_string (structure, "what"), what) == 0 &&
      (!id || g_strcmp0 (gst_structure_get_string (structure, "id"), id) == 0))
    return structure;

  return NULL;
}

const GstStructure *
test_air_wait_told (TestRun *run, const gchar *what, const gchar *id)
{
  const GstStructure *told = NULL;

  for (guint i = 0; i < run->said->len && !told; i++)
    told = is_told (g_ptr_array_index (run->said, i), what, id);
  while (!told)
    told = is_told (test_run_wait (run, GST_MESSAGE_ELEMENT), what, id);

  return told;
}

guint
test_air_count_told (TestRun *run, const gchar *what)
{
  guint told = 0;

  test_run_drain (run);
  for (guint i = 0; i < run->said->len; i++)
    told += is_told (g_ptr_array_index (run->said, i), what, NULL) != NULL;

  return told;
}
