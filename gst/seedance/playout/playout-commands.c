/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of an operator during a run: insert, move, remove, skip and
 * clear. The element's action signals call them. */

#include "playout-private.h"

gboolean
playout_core_insert (
    PlayoutCore *core, SeedanceItem *item, const gchar *before, GError **error)
{
  gboolean done;

  g_mutex_lock (&core->lock);
  done = seedance_rundown_insert (core->rundown, item, before, error);
  core->had_items |= done;
  g_mutex_unlock (&core->lock);
  playout_core_kick (core);

  return done;
}

gboolean
playout_core_move (
    PlayoutCore *core, const gchar *id, const gchar *before, GError **error)
{
  gboolean done;

  g_mutex_lock (&core->lock);
  done = seedance_rundown_move (core->rundown, id, before, error);
  g_mutex_unlock (&core->lock);
  playout_core_kick (core);

  return done;
}

static gboolean
is_on_air_locked (PlayoutCore *core, const gchar *id)
{
  return core->air.entry && core->air.entry->kind == PLAYOUT_ENTRY_ITEM &&
         g_str_equal (playout_clip_get_item (core->air.entry->clip)->id, id);
}

gboolean
playout_core_remove (PlayoutCore *core, const gchar *id, GError **error)
{
  PlayoutEntry *entry;
  gboolean begun, done = TRUE;

  g_mutex_lock (&core->lock);
  entry = playout_core_find_locked (core, id);
  begun = seedance_rundown_was_begun (core->rundown, id);
  if (is_on_air_locked (core, id))
    core->skip = TRUE;
  else
    done = seedance_rundown_remove (core->rundown, id, error);
  /* The line of the item may still be in the file at a restart. */
  if (done && begun)
    playout_core_push_note_locked (core, "removed", id);
  if (done && entry)
    playout_core_give_up_locked (core, entry);
  g_mutex_unlock (&core->lock);
  playout_core_kick (core);

  return done;
}

gboolean
playout_core_skip (PlayoutCore *core)
{
  g_autofree gchar *id = NULL;
  gboolean done;

  g_mutex_lock (&core->lock);
  done = core->skip = core->air.entry != NULL;
  if (!done && seedance_rundown_get_length (core->rundown) > 0)
    id = g_strdup (seedance_rundown_get (core->rundown, 0)->id);
  g_mutex_unlock (&core->lock);

  return done || (id && playout_core_remove (core, id, NULL));
}

static void
clear_locked (PlayoutCore *core)
{
  const gchar *on_air = NULL;

  for (guint i = core->entries->len; i > 0; i--) {
    PlayoutEntry *entry = g_ptr_array_index (core->entries, i - 1);

    if (entry->kind == PLAYOUT_ENTRY_ITEM)
      playout_core_give_up_locked (core, entry);
  }
  if (core->air.entry && core->air.entry->kind == PLAYOUT_ENTRY_ITEM)
    on_air = playout_clip_get_item (core->air.entry->clip)->id;
  seedance_rundown_clear (core->rundown, on_air);
  playout_core_push_note_locked (core, "cleared", NULL);
  seedance_planner_unblock (core->planner);
}

void
playout_core_clear (PlayoutCore *core)
{
  g_mutex_lock (&core->lock);
  clear_locked (core);
  g_mutex_unlock (&core->lock);
  playout_core_kick (core);
}
