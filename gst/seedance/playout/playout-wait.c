/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each wait remembers the count of ended waits before it looks at the clock. If
 * the count has changed, it starts over, because a pause may have changed the
 * clock and the base time. */
#include "playout-wait.h"

void
playout_wait_init (PlayoutWait *wait)
{
  g_mutex_init (&wait->lock);
}

void
playout_wait_clear (PlayoutWait *wait)
{
  g_mutex_clear (&wait->lock);
}

static void
end_locked (PlayoutWait *wait)
{
  g_atomic_int_inc (&wait->ended);
  if (wait->id)
    gst_clock_id_unschedule (wait->id);
}

void
playout_wait_set_flushing (PlayoutWait *wait, gboolean flushing)
{
  g_mutex_lock (&wait->lock);
  g_atomic_int_set (&wait->flushing, flushing);
  if (flushing)
    end_locked (wait);
  g_mutex_unlock (&wait->lock);
}

gboolean
playout_wait_is_flushing (PlayoutWait *wait)
{
  return g_atomic_int_get (&wait->flushing);
}

void
playout_wait_pause (PlayoutWait *wait)
{
  g_mutex_lock (&wait->lock);
  end_locked (wait);
  g_mutex_unlock (&wait->lock);
}

/* Sets *@again if the wait was ended early: the clock and the base time may be
 * others by then. */
static GstFlowReturn
wait_once (
    PlayoutWait *wait, GstBaseSrc *source, GstClockTime time, gboolean *again)
{
  GstElement *element = GST_ELEMENT (source);
  const gint ended = g_atomic_int_get (&wait->ended);
  g_autoptr (GstClock) clock = NULL;
  GstFlowReturn flow = gst_base_src_wait_playing (source);
  GstClockID id = NULL;

  if (flow != GST_FLOW_OK)
    return flow;
  clock = gst_element_get_clock (element);
  g_mutex_lock (&wait->lock);
  if (clock && !playout_wait_is_flushing (wait) &&
      g_atomic_int_get (&wait->ended) == ended)
    id = wait->id = gst_clock_new_single_shot_id (
        clock, time + gst_element_get_base_time (element));
  g_mutex_unlock (&wait->lock);
  if (id)
    gst_clock_id_wait (id, NULL);
  g_mutex_lock (&wait->lock);
  g_clear_pointer (&wait->id, gst_clock_id_unref);
  *again = g_atomic_int_get (&wait->ended) != ended;
  g_mutex_unlock (&wait->lock);

  return playout_wait_is_flushing (wait) ? GST_FLOW_FLUSHING : GST_FLOW_OK;
}

GstFlowReturn
playout_wait_until (PlayoutWait *wait, GstBaseSrc *source, GstClockTime time)
{
  GstFlowReturn flow;
  gboolean again = FALSE;

  do {
    flow = wait_once (wait, source, time, &again);
  } while (flow == GST_FLOW_OK && again);

  return flow;
}
