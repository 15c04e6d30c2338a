/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Evaluates what air.c recorded: runs of frames, gaps in time, and the distance
 * between flashes and beeps. Also holds helpers for seedanceplayout
 * messages. */

#include "air.h"

#define FRAME (40 * GST_MSECOND)

static const TestFrame *
get_frame (TestAir *air, guint index)
{
  return &g_array_index (air->frames, TestFrame, index);
}

/* Returns TRUE if a clip starts at this frame: the frame number falls, the seed
 * changes, or the frame before is not from a measuring clip. */
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

/* The measuring clip flashes in frames 0, 24, 48 and so on. */
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

/* Returns how many frames the element "out" repeated because no new frame was
 * ready in time, summed over all clips. */
static guint
count_held (TestAir *air)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 held = 0;

  g_object_get (test_run_get (air->run, "out"), "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, "held", &held));

  return (guint) held;
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
  fail_unless (stretch->frames + 1 >= 25 * seconds &&
                   stretch->frames <= 25 * seconds + 1 + count_held (air),
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
