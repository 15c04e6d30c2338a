/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker's look at the clips: which are ready, which have failed, and what
 * that means for the rundown and for further orders. */

#include "playout-private.h"

GstClockTime
playout_core_get_ready_locked (PlayoutCore *core)
{
  GstClockTime ready = 0;

  for (guint i = 0; i < core->entries->len; i++) {
    PlayoutEntry *entry = g_ptr_array_index (core->entries, i);

    if (entry->kind == PLAYOUT_ENTRY_ITEM && entry->was_ready)
      ready += playout_entry_get_length (entry);
  }

  return ready;
}

GstClockTime
playout_core_get_left_locked (PlayoutCore *core)
{
  const PlayoutEntry *entry = core->air.entry;
  GstClockTime shown;

  if (!entry || !GST_CLOCK_TIME_IS_VALID (entry->duration))
    return GST_CLOCK_TIME_NONE;
  shown = playout_tick_to_time (&core->format, core->air.frames);

  return entry->duration > shown ? entry->duration - shown : 0;
}

/* Decides what becomes of an item whose clip failed: it leaves the rundown, or
 * stays for another attempt. Returns TRUE if it is tried again. Spare clips are
 * no items of the rundown. */
static gboolean
judge_locked (PlayoutCore *core, PlayoutEntry *entry,
    const PlayoutClipInfo *info, gint64 now)
{
  const gchar *id = playout_clip_get_item (entry->clip)->id;
  SeedanceFailed failed;

  if (entry->kind != PLAYOUT_ENTRY_ITEM)
    return FALSE;
  /* A clip that was ready is paid for. It fails again if it was parked, and its
   * file was deleted meanwhile. */
  failed = entry->was_ready ? seedance_planner_judge (info->reason, TRUE)
                            : seedance_planner_failed (core->planner, now,
                                  info->reason, entry->needs, info->ordered);
  if (g_strcmp0 (info->reason, "hangs") == 0)
    failed = seedance_planner_hung (core->planner, id, FALSE)
                 ? SEEDANCE_FAILED_FETCH_AGAIN
                 : SEEDANCE_FAILED_FOR_GOOD;
  /* Another run or another element ordered the clip. */
  if (failed == SEEDANCE_FAILED_TRY_AGAIN && info->task_id)
    failed = SEEDANCE_FAILED_FETCH_AGAIN;
  if (failed == SEEDANCE_FAILED_FETCH_AGAIN && info->task_id)
    g_hash_table_replace (
        core->known_tasks, g_strdup (id), g_strdup (info->task_id));
  else if (failed == SEEDANCE_FAILED_FETCH_AGAIN)
    failed = SEEDANCE_FAILED_FOR_GOOD;
  if (failed == SEEDANCE_FAILED_FOR_GOOD) {
    core->counts.failed++;
    seedance_rundown_finish (core->rundown, id, info->task_id, FALSE);
  } else {
    seedance_rundown_set_begun (core->rundown, id, FALSE);
  }

  return failed != SEEDANCE_FAILED_FOR_GOOD;
}

static void
note_failed_locked (PlayoutCore *core, PlayoutEntry *entry,
    const PlayoutClipInfo *info, gint64 now)
{
  PlayoutEvent *event = playout_event_new ("failed", entry);

  if (!entry->was_ready)
    playout_core_note_cost_locked (core, info);
  event->again = judge_locked (core, entry, info, now);
  event->task_id = g_strdup (info->task_id);
  event->reason = g_strdup (info->reason);
  event->text = g_strdup (info->text);
  playout_core_push_event_locked (core, event);
  if (entry->kind != PLAYOUT_ENTRY_ITEM)
    playout_note_spare_failed_locked (core, entry->kind,
        playout_clip_get_item (entry->clip), info->reason, now);
  playout_core_drop_locked (core, entry);
}

static PlayoutEntry *
find_clip_locked (PlayoutCore *core, PlayoutClip *clip)
{
  if (core->air.entry && core->air.entry->clip == clip)
    return core->air.entry;
  for (guint i = 0; i < core->entries->len; i++) {
    PlayoutEntry *entry = g_ptr_array_index (core->entries, i);

    if (entry->clip == clip)
      return entry;
  }

  return NULL;
}

static void
note_look_locked (PlayoutCore *core, PlayoutClip *clip,
    const PlayoutClipInfo *info, gint64 now)
{
  PlayoutEntry *entry = find_clip_locked (core, clip);

  if (!entry)
    return;
  entry->progress = info->progress;
  entry->is_whole = info->is_whole;
  if (GST_CLOCK_TIME_IS_VALID (info->duration))
    entry->duration = info->duration;
  if (info->state == PLAYOUT_CLIP_FAILED && entry != core->air.entry)
    note_failed_locked (core, entry, info, now);
  else if (info->state == PLAYOUT_CLIP_READY && !entry->was_ready)
    playout_core_note_ready_locked (core, entry, info, now);
}

static GPtrArray *
list_clips (PlayoutCore *core)
{
  GPtrArray *clips =
      g_ptr_array_new_with_free_func ((GDestroyNotify) playout_clip_unref);

  g_mutex_lock (&core->lock);
  if (core->air.entry)
    g_ptr_array_add (clips, playout_clip_ref (core->air.entry->clip));
  for (guint i = 0; i < core->entries->len; i++) {
    PlayoutEntry *entry = g_ptr_array_index (core->entries, i);

    if (!entry->parked)
      g_ptr_array_add (clips, playout_clip_ref (entry->clip));
  }
  g_mutex_unlock (&core->lock);

  return clips;
}

gboolean
playout_look (PlayoutCore *core, gint64 now, gint64 timeout)
{
  g_autoptr (GPtrArray) clips = list_clips (core);
  gboolean preparing = FALSE;

  playout_clip_start_waiting ();
  for (guint i = 0; i < clips->len; i++) {
    PlayoutClip *clip = g_ptr_array_index (clips, i);
    PlayoutClipInfo info = { 0 };

    playout_clip_look (clip, now, timeout, &info);
    if (info.may_go_on)
      playout_clip_go_on (clip);
    g_mutex_lock (&core->lock);
    note_look_locked (core, clip, &info, now);
    g_mutex_unlock (&core->lock);
    preparing |= info.state == PLAYOUT_CLIP_PREPARING;
    playout_clip_info_clear (&info);
  }

  return preparing;
}
