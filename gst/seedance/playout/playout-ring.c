/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ring of decided ticks. It keeps as many as one output may be behind the
 * other: a mixer may take the sound at once while a sink holds the picture back
 * for the latency of the pipeline. */

#include "playout-private.h"

/* An output waits for one tick, and may look at the one after it. */
#define SPARE 8
/* How many pictures are kept at least. Before all sinks of a pipeline have
 * their first buffer its latency is not known, but some sinks take no more. */
#define PICTURES 64

void
playout_slot_clear (PlayoutSlot *slot)
{
  gst_clear_buffer (&slot->video);
  g_clear_pointer (&slot->clip, playout_clip_unref);
  memset (slot, 0, sizeof *slot);
}

guint
playout_ring_get_most_locked (PlayoutCore *core)
{
  const GstClockTime behind =
      MIN (PLAYOUT_LATE_MAX + core->latency, PLAYOUT_BEHIND_MAX);

  return (guint) MIN (
      playout_time_to_tick (&core->format, behind), PLAYOUT_RING - SPARE);
}

/* A picture that waits for longer than that is left out. To keep it would take
 * hundreds of MB. The pictures of slates are one buffer. */
static void
forget_picture_locked (PlayoutCore *core)
{
  const guint kept =
      MAX (playout_ring_get_most_locked (core) + SPARE, PICTURES);
  PlayoutSlot *slot =
      &core->ring[(core->next_slot + PLAYOUT_RING - kept) % PLAYOUT_RING];

  if (slot->kind == PLAYOUT_SLOT_CLIP)
    gst_clear_buffer (&slot->video);
}

PlayoutSlot *
playout_ring_add_locked (PlayoutCore *core, guint64 tick)
{
  PlayoutSlot *slot = &core->ring[core->next_slot];

  forget_picture_locked (core);
  core->next_slot = (core->next_slot + 1) % PLAYOUT_RING;
  playout_slot_clear (slot);
  slot->there = TRUE;
  slot->tick = tick;

  return slot;
}

void
playout_ring_clear_locked (PlayoutCore *core)
{
  for (guint i = 0; i < PLAYOUT_RING; i++)
    playout_slot_clear (&core->ring[i]);
}

PlayoutSlot *
playout_core_find_slot_locked (PlayoutCore *core, guint64 tick)
{
  for (guint i = 0; i < PLAYOUT_RING; i++) {
    PlayoutSlot *slot = &core->ring[i];

    if (slot->there && slot->tick == tick)
      return slot;
  }

  return NULL;
}
