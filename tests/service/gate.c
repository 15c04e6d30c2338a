/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gate.h"

#define GIVE_UP_INTERVAL (50 * G_TIME_SPAN_MILLISECOND)

struct _Gate {
  GMutex lock;
  GCond released;
  guint releases;
  guint waiting;
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
  gboolean gone = FALSE;
  guint releases;

  g_mutex_lock (&gate->lock);
  releases = gate->releases;
  gate->waiting++;
  counters_bump (counters, counter, 1);
  while (releases == gate->releases && !(gone = give_up (user_data))) {
    g_cond_wait_until (&gate->released, &gate->lock,
        g_get_monotonic_time () + GIVE_UP_INTERVAL);
  }
  /* A release has already taken those off that it let go. */
  if (gone)
    gate->waiting--;
  g_mutex_unlock (&gate->lock);
  return !gone;
}

guint
gate_release (Gate *gate)
{
  guint waiting;

  g_mutex_lock (&gate->lock);
  waiting = gate->waiting;
  gate->waiting = 0;
  gate->releases++;
  g_cond_broadcast (&gate->released);
  g_mutex_unlock (&gate->lock);
  return waiting;
}
