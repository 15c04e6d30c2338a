/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lateness: the machine or a downstream element is slower than the clock. Ticks
 * that are up to PLAYOUT_LATE_MAX late are still sent, so a short delay is made
 * up for. Later ticks are left out, or the output would stay late for ever.
 *
 * The latency that is configured for the pipeline is no lateness: a sink that
 * is linked directly takes a buffer only when it shows it, which is by the
 * latency later than its time.
 *
 * A tick is decided as soon as one of the two sources (picture, sound) has
 * asked for it; the decision then stands in the ring of slots for the other
 * source. */

#include "playout-private.h"

/* How far ahead of the running time a tick may be. An output decides at most
 * AHEAD_MAX ticks ahead: the one that it waits for, and the one after that. */
#define EARLY_MAX GST_SECOND
#define AHEAD_MAX 3

static gboolean
is_late (
    PlayoutCore *core, guint64 tick, GstClockTime now, GstClockTime latency)
{
  return now > playout_tick_to_time (&core->format, tick) + PLAYOUT_LATE_MAX +
                   latency;
}

/* Returns TRUE if a source whose next tick is @tick has yet to send @slot. */
static gboolean
waits_locked (const PlayoutSlot *slot, guint64 tick)
{
  return slot->there && slot->tick >= tick;
}

/* Returns the first decided tick that is not before @tick. If there is none,
 * returns the next tick to be decided, or @tick if that is later. */
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

/* Returns TRUE if the other source has decided more ticks ahead of this one
 * than this one can make up for. */
static gboolean
is_far_behind_locked (PlayoutCore *core, guint64 tick)
{
  guint waiting = 0;

  for (guint i = 0; i < PLAYOUT_RING; i++)
    waiting += waits_locked (&core->ring[i], tick);

  return waiting > playout_ring_get_most_locked (core);
}

/* An undecided late tick can be left out without loss, because the clip on air
 * goes on at the next tick with the frame after the last one shown. A decided
 * tick holds a frame of the clip, so it is sent even when it is late. The
 * exception is a source that is far behind the other one: it skips the late
 * ticks, and their frames or samples are lost for it, because the other source
 * has sent its half already.
 *
 * What follows a source may hold it back for the latency, so it is always that
 * far behind @now. It goes on there: at @now it would leave out the latency as
 * well. */
guint64
playout_choose_tick_locked (
    PlayoutCore *core, guint64 tick, GstClockTime now, GstClockTime latency)
{
  const gboolean late = is_late (core, tick, now, latency);
  const GstClockTime held = now - MIN (now, latency);

  tick = find_decided_locked (core, tick);
  if (late && (tick >= core->decided || is_far_behind_locked (core, tick)))
    tick = find_decided_locked (
        core, MAX (tick, playout_time_to_tick (&core->format, held)));

  return tick;
}

/* Leaves a late tick undecided. Deciding it here would force its source to send
 * it; undecided, playout_choose_tick_locked() can still leave it out. */
PlayoutSlot *
playout_look_ahead_locked (
    PlayoutCore *core, guint64 tick, GstClockTime now, GstClockTime latency)
{
  return tick >= core->decided && is_late (core, tick, now, latency)
             ? NULL
             : playout_core_get_locked (core, tick);
}

/* Without this the outputs would wait until the running time is again what it
 * was, which may be days. The clip on air goes on at the new time. */
gboolean
playout_go_back_locked (PlayoutCore *core, guint64 tick, GstClockTime now)
{
  const guint64 soon = playout_time_to_tick (&core->format, now);
  const guint64 most =
      soon + AHEAD_MAX + playout_time_to_tick (&core->format, EARLY_MAX);

  if (core->decided > most) {
    playout_ring_clear_locked (core);
    core->first = core->decided = soon;
    core->ends = FALSE;
  }

  return tick > most;
}
