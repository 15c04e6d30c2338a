/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Caps: a source has negotiated the format of the output, or another one while
 * the output runs. What was prepared in the former format is discarded and
 * prepared again. */

#include "playout-private.h"

#include "playout-slate.h"

/* Gives up a clip. Its item counts as not begun, and is begun again. If the
 * service has told the task's id, that fetches the clip without an order. */
static void
forget_clip_locked (PlayoutCore *core, PlayoutEntry *entry)
{
  const SeedanceItem *item = playout_clip_get_item (entry->clip);
  PlayoutClipInfo info = { 0 };

  if (entry->kind != PLAYOUT_ENTRY_ITEM) {
    playout_core_drop_locked (core, entry);
    return;
  }
  seedance_rundown_set_begun (core->rundown, item->id, FALSE);
  playout_clip_get_info (entry->clip, &info);
  if (info.task_id)
    g_hash_table_replace (
        core->known_tasks, g_strdup (item->id), g_strdup (info.task_id));
  /* The item takes its place in max-orders again when it is begun again. */
  if (!entry->was_ready)
    seedance_planner_dropped (core->planner, g_get_monotonic_time () * 1000,
        entry->needs, info.ordered);
  playout_clip_info_clear (&info);
  playout_core_drop_locked (core, entry);
}

/* Gives up all clips that have a pipeline, which decodes to the former format.
 * A clip that is only ordered yet takes the new format @format: giving it up
 * before the service has told the task's id would lose the task. */
static void
forget_clips_locked (PlayoutCore *core, const PlayoutFormat *format)
{
  for (guint i = core->entries->len; i-- > 0;) {
    PlayoutEntry *entry = g_ptr_array_index (core->entries, i);

    if (!playout_clip_change_format (entry->clip, format))
      forget_clip_locked (core, entry);
  }
  if (core->air.entry)
    playout_core_take_off_locked (core, core->decided, "format");
  gst_clear_buffer (&core->last);
}

static void
blank_locked (PlayoutCore *core, PlayoutSlot *slot)
{
  g_clear_pointer (&slot->clip, playout_clip_unref);
  gst_buffer_replace (&slot->video, core->slate);
  slot->kind = core->settings.on_empty == PLAYOUT_EMPTY_NOTHING
                   ? PLAYOUT_SLOT_NOTHING
                   : PLAYOUT_SLOT_SLATE;
}

/* Turns the decided slots, except for the end of the stream, into the slate or
 * into nothing: a source may still have to send some of them, and their clips
 * and pictures have the former format. */
static void
blank_slots_locked (PlayoutCore *core)
{
  for (guint i = 0; i < PLAYOUT_RING; i++) {
    PlayoutSlot *slot = &core->ring[i];

    if (slot->there && slot->kind != PLAYOUT_SLOT_EOS)
      blank_locked (core, slot);
  }
}

/* Ticks are counted at the frame rate. After a change of the rate, the next
 * tick is the first that begins at @next or later. One output may be behind the
 * other, so it has yet to send ticks that were decided at the former rate. */
static void
renumber_locked (PlayoutCore *core, const GstVideoInfo *info, GstClockTime next)
{
  const GstClockTime decided =
      playout_tick_to_time (&core->format, core->decided);
  guint64 tick;

  if (!GST_CLOCK_TIME_IS_VALID (next))
    next = decided;
  playout_ring_clear_locked (core);
  core->format.video = *info;
  core->first = playout_time_to_tick (&core->format, next);
  core->decided = playout_time_to_tick (&core->format, MAX (next, decided));
  tick =
      core->decided - MIN (core->decided, playout_ring_get_most_locked (core));
  for (; tick < core->decided; tick++)
    blank_locked (core, playout_ring_add_locked (core, tick));
}

static void
change_video_locked (
    PlayoutCore *core, const GstVideoInfo *info, GstClockTime next)
{
  const GstVideoInfo *before = &core->format.video;
  PlayoutFormat format = core->format;

  format.video = *info;
  core->changes++;
  forget_clips_locked (core, &format);
  if (before->fps_n != info->fps_n || before->fps_d != info->fps_d)
    renumber_locked (core, info, next);
  else
    blank_slots_locked (core);
}

GstClockTime
playout_core_get_latency_locked (PlayoutCore *core)
{
  return core->has_video ? playout_tick_to_time (&core->format, 1)
                         : PLAYOUT_USUAL_LATENCY;
}

/* Has the pipeline ask for the latency again. */
static void
tell_latency_locked (PlayoutCore *core)
{
  PlayoutEvent *event = playout_event_new ("latency", NULL);

  event->message = gst_message_new_latency (GST_OBJECT (core->element));
  playout_core_push_event_locked (core, event);
}

void
playout_core_set_video (
    PlayoutCore *core, const GstVideoInfo *info, GstClockTime next)
{
  GstBuffer *slate = playout_slate_fill (info, core->settings.slate_color);
  GstClockTime latency;

  g_mutex_lock (&core->lock);
  latency = playout_core_get_latency_locked (core);
  gst_buffer_replace (&core->slate, slate);
  if (core->has_video && !gst_video_info_is_equal (&core->format.video, info))
    change_video_locked (core, info, next);
  core->format.video = *info;
  core->has_video = TRUE;
  if (playout_core_get_latency_locked (core) != latency)
    tell_latency_locked (core);
  g_cond_broadcast (&core->changed);
  g_mutex_unlock (&core->lock);
  gst_clear_buffer (&slate);
  playout_core_kick (core);
}

void
playout_core_set_audio (PlayoutCore *core, const GstAudioInfo *info)
{
  PlayoutFormat format;

  g_mutex_lock (&core->lock);
  format = core->format;
  format.audio = *info;
  if (core->has_audio && !gst_audio_info_is_equal (&core->format.audio, info)) {
    core->changes++;
    forget_clips_locked (core, &format);
    blank_slots_locked (core);
  }
  core->format = format;
  core->has_audio = TRUE;
  g_cond_broadcast (&core->changed);
  g_mutex_unlock (&core->lock);
  playout_core_kick (core);
}
