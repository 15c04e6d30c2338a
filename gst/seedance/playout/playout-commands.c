/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of an operator during a run: insert, move, remove, skip and
 * clear. The element's action signals call them. */

#include "playout-private.h"

#include <gio/gio.h>

static gboolean
insert_locked (
    PlayoutCore *core, SeedanceItem *item, const gchar *before, GError **error)
{
  if (!playout_core_has_ended_locked (core))
    return seedance_rundown_insert (core->rundown, item, before, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED,
      "The stream has ended, so the item \"%s\" would not be shown. Nothing "
      "was ordered for it. Stop the element before you add items.",
      item->id);

  return FALSE;
}

gboolean
playout_core_insert (
    PlayoutCore *core, SeedanceItem *item, const gchar *before, GError **error)
{
  gboolean done;

  g_mutex_lock (&core->lock);
  done = insert_locked (core, item, before, error);
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
is_of (const PlayoutEntry *entry, PlayoutEntryKind kind, const gchar *id)
{
  return entry && entry->kind == kind &&
         (!id || g_str_equal (playout_clip_get_item (entry->clip)->id, id));
}

/* Returns TRUE if there was a repeat of the item. One that is in preparation is
 * not shown any more. The same clip may have been shown under two ids: what is
 * repeated on air may have the other one. */
static gboolean
remove_repeats_locked (PlayoutCore *core, const gchar *id)
{
  const PlayoutEntry *air = core->air.entry;
  gboolean removed = seedance_rundown_drop_replays (core->rundown, id);

  if (is_of (air, PLAYOUT_ENTRY_REPLAY, id))
    removed |= seedance_rundown_forget_replay (
        core->rundown, playout_clip_get_item (air->clip));
  core->skip |= removed && is_of (air, PLAYOUT_ENTRY_REPLAY, NULL) &&
                !seedance_rundown_keeps_replay (
                    core->rundown, playout_clip_get_item (air->clip));

  return removed;
}

static gboolean
remove_item_locked (PlayoutCore *core, const gchar *id, GError **error)
{
  PlayoutEntry *entry = playout_core_find_locked (core, id);

  if (is_of (core->air.entry, PLAYOUT_ENTRY_ITEM, id))
    core->skip = TRUE;
  else if (!seedance_rundown_remove (core->rundown, id, error))
    return FALSE;
  if (entry)
    playout_core_give_up_locked (core, entry);

  return TRUE;
}

gboolean
playout_core_remove (PlayoutCore *core, const gchar *id, GError **error)
{
  gboolean begun, repeated, done;

  /* No item has an empty id. */
  if (!id)
    id = "";
  g_mutex_lock (&core->lock);
  begun = seedance_rundown_is_noted (core->rundown, id);
  repeated = remove_repeats_locked (core, id);
  done = remove_item_locked (core, id, repeated ? NULL : error) || repeated;
  /* The line of the item may still be in the file at a restart. */
  if (done && (begun || repeated))
    playout_core_push_note_locked (core, "removed", id);
  g_mutex_unlock (&core->lock);
  /* Before the worker comes to it, the order might go out. */
  playout_core_end_clips (core);
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
  if (is_of (core->air.entry, PLAYOUT_ENTRY_ITEM, NULL))
    on_air = playout_clip_get_item (core->air.entry->clip)->id;
  seedance_rundown_clear (core->rundown, on_air);
  playout_core_push_note_locked (core, "cleared", NULL);
  /* A restart plays it again if it is cut off. */
  if (on_air)
    playout_core_push_note_locked (core, "begun", on_air);
  seedance_planner_unblock (core->planner);
}

void
playout_core_clear (PlayoutCore *core)
{
  g_mutex_lock (&core->lock);
  clear_locked (core);
  g_mutex_unlock (&core->lock);
  playout_core_end_clips (core);
  playout_core_kick (core);
}
