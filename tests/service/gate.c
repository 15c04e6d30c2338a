/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Holds answers back until the test releases them. */

#include "gate.h"

/* How often a held answer checks that its client is still connected. */
#define GIVE_UP_INTERVAL (50 * G_TIME_SPAN_MILLISECOND)

struct _Gate {
  GMutex lock;
  GCond released;
  GQueue held; /* pointers to the waiters' gboolean `released`, oldest first */
};

Gate *
gate_new (void)
{
  Gate *gate = g_new0 (Gate, 1);

  g_mutex_init (&gate->lock);
  g_cond_init (&gate->released);
  return gate;
}

void
gate_free (Gate *gate)
{
  g_cond_clear (&gate->released);
  g_mutex_clear (&gate->lock);
  g_free (gate);
}

gboolean
gate_hold (Gate *gate, Counters *counters, Counter counter, GiveUpFunc give_up,
    gpointer user_data)
{
  gboolean released = FALSE, gone = FALSE;

  g_mutex_lock (&gate->lock);
  g_queue_push_tail (&gate->held, &released);
  counters_bump (counters, counter, 1);
  while (!released && !(gone = give_up (user_data))) {
    g_cond_wait_until (&gate->released, &gate->lock,
        g_get_monotonic_time () + GIVE_UP_INTERVAL);
  }
  g_queue_remove (&gate->held, &released);
  g_mutex_unlock (&gate->lock);
  return !gone;
}

guint
gate_release (Gate *gate, guint count)
{
  guint released = 0;

  g_mutex_lock (&gate->lock);
  while (released < count && !g_queue_is_empty (&gate->held)) {
    gboolean *first = g_queue_pop_head (&gate->held);

    *first = TRUE;
    released++;
  }
  g_cond_broadcast (&gate->released);
  g_mutex_unlock (&gate->lock);
  return released;
}
