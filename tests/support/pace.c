/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Implements a GstClock that a thread advances in steps of 10 ms, unless the
 * output lags too far behind. */

#include "pace.h"

#define STEP (10 * GST_MSECOND)
/* How far the clock may be ahead of the output. Frames that are more than half
 * a second late are dropped, so this must be well below that. */
#define AHEAD (200 * GST_MSECOND)

typedef struct {
  GstClock parent;
  GMutex lock;
  GCond changed;
  GstClockTime time;
} TestClock;
typedef GstClockClass TestClockClass;

static GType test_clock_get_type (void);
G_DEFINE_TYPE (TestClock, test_clock, GST_TYPE_CLOCK)

static GstClockTime
test_clock_get_internal_time (GstClock *clock)
{
  TestClock *self = (TestClock *) clock;
  GstClockTime time;

  g_mutex_lock (&self->lock);
  time = self->time;
  g_mutex_unlock (&self->lock);

  return time;
}

static GstClockReturn
test_clock_wait (
    GstClock *clock, GstClockEntry *entry, GstClockTimeDiff *jitter)
{
  TestClock *self = (TestClock *) clock;
  const GstClockTime until = GST_CLOCK_ENTRY_TIME (entry);
  GstClockReturn result;

  g_mutex_lock (&self->lock);
  if (jitter)
    *jitter = GST_CLOCK_DIFF (until, self->time);
  result = self->time > until ? GST_CLOCK_EARLY : GST_CLOCK_OK;
  while (self->time < until &&
         GST_CLOCK_ENTRY_STATUS (entry) != GST_CLOCK_UNSCHEDULED)
    g_cond_wait (&self->changed, &self->lock);
  if (GST_CLOCK_ENTRY_STATUS (entry) == GST_CLOCK_UNSCHEDULED)
    result = GST_CLOCK_UNSCHEDULED;
  g_mutex_unlock (&self->lock);

  return result;
}

static void
test_clock_unschedule (GstClock *clock, GstClockEntry *entry)
{
  TestClock *self = (TestClock *) clock;

  g_mutex_lock (&self->lock);
  GST_CLOCK_ENTRY_STATUS (entry) = GST_CLOCK_UNSCHEDULED;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
test_clock_advance (TestClock *self, GstClockTime time)
{
  g_mutex_lock (&self->lock);
  self->time += time;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
test_clock_finalize (GObject *object)
{
  TestClock *self = (TestClock *) object;

  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  G_OBJECT_CLASS (test_clock_parent_class)->finalize (object);
}

static void
test_clock_class_init (TestClockClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_clock_finalize;
  klass->get_internal_time = test_clock_get_internal_time;
  klass->wait = test_clock_wait;
  klass->unschedule = test_clock_unschedule;
}

static void
test_clock_init (TestClock *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->time = GST_SECOND;
}

struct _TestPace {
  GstElement *pipeline;
  TestClock *clock;
  gulong step; /* microseconds */
  TestPaceFunc has_come;
  gpointer user_data;
  GThread *thread;
  gint stopped; /* atomic */
  GMutex lock;
  /* until this clock time the clock does not wait for the output */
  GstClockTime unhindered;
};

static gboolean
is_unhindered (TestPace *pace, GstClockTime now)
{
  gboolean unhindered;

  g_mutex_lock (&pace->lock);
  unhindered = now < pace->unhindered;
  g_mutex_unlock (&pace->lock);

  return unhindered;
}

static gboolean
may_go_on (TestPace *pace)
{
  GstClockTime now = gst_clock_get_time ((GstClock *) pace->clock);
  GstClockTime base = gst_element_get_base_time (pace->pipeline);
  gboolean plays;

  GST_OBJECT_LOCK (pace->pipeline);
  plays = GST_STATE_TARGET (pace->pipeline) == GST_STATE_PLAYING;
  GST_OBJECT_UNLOCK (pace->pipeline);

  return !plays || now < base + AHEAD || is_unhindered (pace, now) ||
         pace->has_come (now - base - AHEAD, pace->user_data);
}

static gpointer
drive (gpointer data)
{
  TestPace *pace = data;

  while (!g_atomic_int_get (&pace->stopped)) {
    g_usleep (pace->step);
    if (may_go_on (pace))
      test_clock_advance (pace->clock, STEP);
  }

  return NULL;
}

TestPace *
test_pace_new (GstElement *pipeline, guint fast, guint slow,
    TestPaceFunc has_come, gpointer user_data)
{
  TestPace *pace = g_new0 (TestPace, 1);

  g_mutex_init (&pace->lock);
  pace->pipeline = gst_object_ref (pipeline);
  pace->clock = g_object_new (test_clock_get_type (), "name", "pace", NULL);
  gst_object_ref_sink (pace->clock);
  pace->step = STEP / GST_USECOND * slow / fast;
  pace->has_come = has_come;
  pace->user_data = user_data;
  gst_pipeline_use_clock (GST_PIPELINE (pipeline), (GstClock *) pace->clock);
  pace->thread = g_thread_new ("pace", drive, pace);

  return pace;
}

void
test_pace_free (TestPace *pace)
{
  if (!pace)
    return;
  g_atomic_int_set (&pace->stopped, TRUE);
  g_thread_join (pace->thread);
  gst_object_unref (pace->clock);
  gst_object_unref (pace->pipeline);
  g_mutex_clear (&pace->lock);
  g_free (pace);
}

void
test_pace_jump (TestPace *pace, GstClockTime time)
{
  g_mutex_lock (&pace->lock);
  test_clock_advance (pace->clock, time);
  pace->unhindered = gst_clock_get_time ((GstClock *) pace->clock) + AHEAD / 2;
  g_mutex_unlock (&pace->lock);
}
