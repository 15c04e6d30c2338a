/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine, or what follows, is slower than the clock. A little is made up
 * for; what is later than that is left out, or it would be late for ever. */

#include "playout-private.h"

#define LATE_MAX (500 * GST_MSECOND)

static gboolean
is_late (PlayoutCore *core, guint64 tick, GstClockTime now)
{
  return now > playout_tick_to_time (&core->format, tick) + LATE_MAX;
}

static gboolean
waits_locked (const PlayoutSlot *slot, guint64 tick)
{
  return slot->there && slot->tick >= tick;
}

/* The first tick from @tick on that is decided; when there is none, the next one
 * to be decided, or @tick if that is behind it. */
static guint64
find_decided_locked (PlayoutCore *core, guint64 tick)
{
  guint64 first = MAX (tick, core->decided);

  for (guint i = 0; i < PLAYOUT_RING; i++) {
    if (waits_locked (&core->ring[i], tick))
      first = MIN (first, core->ring[i].tick);
  }

  return first;
}

/* More ticks than are made up for were decided by the other source. */
static gboolean
is_far_behind_locked (PlayoutCore *core, guint64 tick)
{
  const guint64 most =
      MIN (playout_time_to_tick (&core->format, LATE_MAX), PLAYOUT_RING / 2);
  guint waiting = 0;

  for (guint i = 0; i < PLAYOUT_RING; i++)
    waiting += waits_locked (&core->ring[i], tick);

  return waiting > most;
}

/* Late ticks that neither source has decided cost no frame of a clip when they
 * are left out: it goes on where it was. A tick that is decided has such a frame,
 * so it is sent, however late. Only when many of them wait, this source alone is
 * late, and what it missed is lost, because the other one has shown it. */
guint64
playout_choose_tick_locked (PlayoutCore *core, guint64 tick, GstClockTime now)
{
  const gboolean late = is_late (core, tick, now);

  tick = find_decided_locked (core, tick);
  if (late && (tick >= core->decided || is_far_behind_locked (core, tick)))
    tick = find_decided_locked (
        core, MAX (tick, playout_time_to_tick (&core->format, now)));

  return tick;
}

/* A tick that is late is not decided before its source asks for it: it would be
 * sent then. */
PlayoutSlot *
playout_look_ahead_locked (PlayoutCore *core, guint64 tick, GstClockTime now)
{
  return tick >= core->decided && is_late (core, tick, now)
             ? NULL
             : playout_core_get_locked (core, tick);
}
