/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries: the items, filler and repeats whose clips are in preparation or
 * ready. */

#include "playout-private.h"

void
playout_entry_free (PlayoutEntry *entry)
{
  playout_clip_unref (entry->clip);
  g_free (entry->task_id);
  g_free (entry->last_frame_url);
  g_free (entry);
}

void
playout_core_add_locked (PlayoutCore *core, PlayoutEntry *entry)
{
  g_ptr_array_add (core->entries, entry);
  if (entry->kind == PLAYOUT_ENTRY_ITEM)
    g_hash_table_insert (
        core->by_id, g_strdup (playout_clip_get_item (entry->clip)->id), entry);
}

void
playout_core_take_out_locked (PlayoutCore *core, PlayoutEntry *entry)
{
  guint index;

  if (!g_ptr_array_find (core->entries, entry, &index))
    return;
  g_ptr_array_steal_index (core->entries, index);
  if (entry->kind == PLAYOUT_ENTRY_ITEM)
    g_hash_table_remove (core->by_id, playout_clip_get_item (entry->clip)->id);
}

void
playout_core_drop_locked (PlayoutCore *core, PlayoutEntry *entry)
{
  g_queue_push_tail (&core->ending, playout_clip_ref (entry->clip));
  playout_core_take_out_locked (core, entry);
  playout_entry_free (entry);
  playout_core_kick (core);
}

void
playout_core_give_up_locked (PlayoutCore *core, PlayoutEntry *entry)
{
  PlayoutClipInfo info = { 0 };

  /* The order may have gone out since the last look, or may just be going out.
   * Only a clip that was stored before certainly needed none. */
  playout_clip_get_info (entry->clip, &info);
  if (!entry->was_ready)
    seedance_planner_dropped (core->planner, g_get_monotonic_time () * 1000,
        entry->needs, info.ordered || !info.is_whole);
  playout_clip_info_clear (&info);
  playout_core_drop_locked (core, entry);
}

/* A clip of unknown length counts as 5 s, what services make by default. */
GstClockTime
playout_entry_get_length (const PlayoutEntry *entry)
{
  return GST_CLOCK_TIME_IS_VALID (entry->duration) ? entry->duration
                                                   : 5 * GST_SECOND;
}

PlayoutEntry *
playout_core_find_locked (PlayoutCore *core, const gchar *id)
{
  return g_hash_table_lookup (core->by_id, id);
}

void
playout_core_end_clips (PlayoutCore *core)
{
  PlayoutClip *clip;

  do {
    g_mutex_lock (&core->lock);
    clip = g_queue_pop_head (&core->ending);
    g_mutex_unlock (&core->lock);
    if (clip) {
      playout_clip_end (clip);
      playout_clip_unref (clip);
    }
  } while (clip);
}
