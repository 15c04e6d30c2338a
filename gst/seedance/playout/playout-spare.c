/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Spares: filler and repeats. They fill the time while no item is ready, and
 * cost nothing. */

#include "playout-private.h"

#define SECOND ((gint64) GST_SECOND)
/* The pause after a spare clip that cannot be played. It doubles with each
 * round through the filler, or through the repeats, in which none could be
 * played. */
#define PAUSE SECOND
#define PAUSE_MAX (300 * SECOND)

/* Returns TRUE if a repeat that failed would fail again. It was whole on air
 * before; so if it makes no progress, the machine is too busy for now. */
static gboolean
is_lost (const gchar *reason)
{
  return seedance_planner_judge (reason, TRUE) == SEEDANCE_FAILED_FOR_GOOD &&
         g_strcmp0 (reason, "hangs") != 0 &&
         g_strcmp0 (reason, "no-picture") != 0;
}

static guint
count_locked (PlayoutCore *core, PlayoutEntryKind kind)
{
  return kind == PLAYOUT_ENTRY_FILLER
             ? core->filler_items->len
             : seedance_rundown_count_replays (core->rundown);
}

/* Without a pause the worker would try broken files in a tight loop. */
void
playout_note_spare_failed_locked (PlayoutCore *core, PlayoutEntryKind kind,
    const SeedanceItem *item, const gchar *reason, gint64 now)
{
  PlayoutPause *pause = &core->pauses[kind];
  const guint rounds = pause->failures / MAX (count_locked (core, kind), 1);

  pause->failures++;
  pause->until = now + MIN (PAUSE << MIN (rounds, 10), PAUSE_MAX);
  if (kind == PLAYOUT_ENTRY_REPLAY && is_lost (reason))
    seedance_rundown_forget_replay (core->rundown, item);
}

static gboolean
has_spare_locked (PlayoutCore *core)
{
  for (guint i = 0; i < core->entries->len; i++) {
    PlayoutEntry *entry = g_ptr_array_index (core->entries, i);

    if (entry->kind != PLAYOUT_ENTRY_ITEM)
      return TRUE;
  }

  return FALSE;
}

static SeedanceItem *
next_filler (PlayoutCore *core)
{
  GPtrArray *items = core->filler_items;
  SeedanceItem *item =
      g_ptr_array_index (items, core->next_filler++ % items->len);

  return seedance_item_ref (item);
}

/* Repeats take the place of filler when none of it could be played. */
static gboolean
may_repeat_locked (PlayoutCore *core)
{
  return core->settings.on_empty == PLAYOUT_EMPTY_LOOP &&
         core->pauses[PLAYOUT_ENTRY_FILLER].failures >= core->filler_items->len;
}

SeedanceItem *
playout_choose_spare_locked (
    PlayoutCore *core, gint64 now, PlayoutEntryKind *kind)
{
  if (has_spare_locked (core) || playout_core_is_at_end_locked (core))
    return NULL;
  *kind = PLAYOUT_ENTRY_FILLER;
  if (core->filler_items->len > 0 && now >= core->pauses[*kind].until)
    return next_filler (core);
  *kind = PLAYOUT_ENTRY_REPLAY;

  return may_repeat_locked (core) && now >= core->pauses[*kind].until
             ? seedance_rundown_replay (core->rundown)
             : NULL;
}
