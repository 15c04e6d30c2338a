/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells whether a handle wants its clip, whether it may spend money, and
 * whether a wait was interrupted. A thread that enters takes a ticket: the
 * number of flushes so far. A later flush raises that number, which ends the
 * wait even if the flush is over before the thread looks. Atomics only, no
 * lock. */

#include "clip-private.h"

guint
seedance_clip_enter (SeedanceClip *clip)
{
  guint ticket = (guint) g_atomic_int_get (&clip->interrupts);

  g_atomic_int_set (&clip->ticket, (gint) ticket);
  g_atomic_int_inc (&clip->inside);

  return ticket;
}

void
seedance_clip_leave (SeedanceClip *clip)
{
  g_atomic_int_add (&clip->inside, -1);
}

gboolean
seedance_clip_is_interrupted (SeedanceClip *clip, guint ticket)
{
  return g_atomic_int_get (&clip->flushing) ||
         (guint) g_atomic_int_get (&clip->interrupts) != ticket;
}

/* Returns TRUE if a thread is inside and no flush has interrupted it. */
static gboolean
is_waited_for (SeedanceClip *clip)
{
  return g_atomic_int_get (&clip->inside) > 0 &&
         !seedance_clip_is_interrupted (
             clip, (guint) g_atomic_int_get (&clip->ticket));
}

gboolean
seedance_clip_is_wanted (SeedanceClip *clip)
{
  return g_atomic_int_get (&clip->started) || is_waited_for (clip);
}

gboolean
seedance_clip_may_spend (SeedanceClip *clip, GError **error)
{
  return !clip->may_spend || clip->may_spend (clip->user_data, error);
}
