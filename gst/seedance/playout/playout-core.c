/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The timeline: what is shown and heard at each tick (a tick is one frame of
 * the output). A tick is decided once, by whichever of the two sources asks for
 * it first, and its decision is kept as a slot in a ring. The other source
 * reads the same slot, so picture and sound cannot disagree. */

#include "playout-private.h"

#include "playout-spent.h"

void
playout_core_note_cost_locked (PlayoutCore *core, const PlayoutClipInfo *info)
{
  if (!info->ordered)
    return;
  core->counts.tokens += MAX (info->tokens, 0);
  playout_spent_add (core->spent, info->cost);
}

void
playout_core_note_ready_locked (PlayoutCore *core, PlayoutEntry *entry,
    const PlayoutClipInfo *info, gint64 now)
{
  PlayoutEvent *event = playout_event_new ("ready", entry);

  entry->was_ready = TRUE;
  entry->task_id = g_strdup (info->task_id);
  entry->last_frame_url = g_strdup (info->last_frame_url);
  event->task_id = g_strdup (info->task_id);
  if (entry->kind == PLAYOUT_ENTRY_ITEM)
    seedance_planner_ready (core->planner, now, entry->needs, info->ordered,
        now - entry->begun, (gint64) playout_entry_get_length (entry));
  else
    core->pauses[entry->kind].failures = 0;
  playout_core_note_cost_locked (core, info);
  playout_core_push_event_locked (core, event);
}

/* Returns the entry to put on air next, or NULL. The order of the rundown
 * counts: later items wait for an item whose clip is being prepared. They
 * overtake an item that has no clip, such as one that waits for another attempt
 * after a failure. */
static PlayoutEntry *
find_next_locked (PlayoutCore *core)
{
  const guint length = seedance_rundown_get_length (core->rundown);
  guint left = g_hash_table_size (core->by_id);

  if (core->settings.hold)
    return NULL;
  for (guint i = 0; i < length && left > 0; i++) {
    const SeedanceItem *item = seedance_rundown_get (core->rundown, i);
    PlayoutEntry *entry = playout_core_find_locked (core, item->id);

    if (!entry)
      continue;
    left--;
    if (entry->parked)
      return NULL;
    switch (playout_clip_get_state (entry->clip)) {
      case PLAYOUT_CLIP_READY:
        return entry;
      case PLAYOUT_CLIP_PREPARING:
        return NULL;
      case PLAYOUT_CLIP_FAILED:
        break;
    }
  }

  return NULL;
}

/* A run that never had an item waits for the first one. One whose end was
 * decided stays there: an output that is late must not find a line that was
 * appended since. */
gboolean
playout_core_is_at_end_locked (PlayoutCore *core)
{
  return core->ends || (core->settings.on_empty == PLAYOUT_EMPTY_EOS &&
                           core->had_items && !core->settings.hold &&
                           seedance_rundown_get_length (core->rundown) == 0);
}

gboolean
playout_core_has_ended_locked (const PlayoutCore *core)
{
  return core->ends || (core->video_ended && core->audio_ended);
}

gboolean
playout_core_repeats_locked (PlayoutCore *core, const PlayoutEntry *entry)
{
  return core->settings.on_empty == PLAYOUT_EMPTY_LOOP &&
         seedance_rundown_keeps_replay (
             core->rundown, playout_clip_get_item (entry->clip));
}

static gboolean
fills_locked (PlayoutCore *core, const PlayoutEntry *entry)
{
  return (entry->kind == PLAYOUT_ENTRY_FILLER &&
             !playout_core_is_at_end_locked (core)) ||
         (entry->kind == PLAYOUT_ENTRY_REPLAY &&
             playout_core_repeats_locked (core, entry));
}

/* Returns a clip of filler, or a repeat, that is ready; or NULL. */
static PlayoutEntry *
find_spare_locked (PlayoutCore *core)
{
  for (guint i = 0; i < core->entries->len; i++) {
    PlayoutEntry *entry = g_ptr_array_index (core->entries, i);

    if (fills_locked (core, entry) &&
        playout_clip_get_state (entry->clip) == PLAYOUT_CLIP_READY)
      return entry;
  }

  return NULL;
}

static gint64
get_duration (const PlayoutEntry *entry)
{
  return GST_CLOCK_TIME_IS_VALID (entry->duration)
             ? (gint64) entry->duration / GST_USECOND
             : 0;
}

/* The worker may be held up, and the clip may be over before its next look. */
static void
note_ready_unseen_locked (PlayoutCore *core, PlayoutEntry *entry)
{
  PlayoutClipInfo info = { 0 };

  if (entry->was_ready)
    return;
  playout_clip_get_info (entry->clip, &info);
  playout_core_note_ready_locked (
      core, entry, &info, g_get_monotonic_time () * 1000);
  playout_clip_info_clear (&info);
}

static void
put_on_air_locked (PlayoutCore *core, PlayoutEntry *entry, guint64 tick)
{
  PlayoutAir *air = &core->air;
  PlayoutEvent *event = playout_event_new ("on-air", entry);

  note_ready_unseen_locked (core, entry);
  playout_core_take_out_locked (core, entry);
  memset (air, 0, sizeof *air);
  air->entry = entry;
  air->start = tick;
  air->started = event->started = g_get_real_time ();
  air->planned = event->planned = core->planned;
  core->planned = GST_CLOCK_TIME_IS_VALID (entry->duration)
                      ? air->started + get_duration (entry)
                      : -1;
  core->was_empty = FALSE;
  core->skip = FALSE;
  event->running_time = playout_tick_to_time (&core->format, tick);
  playout_clip_get_task (entry->clip, &event->task_id, &event->cost);
  playout_core_push_event_locked (core, event);
}

static void
count_locked (PlayoutCore *core, PlayoutEntryKind kind, gboolean skipped)
{
  if (kind == PLAYOUT_ENTRY_REPLAY)
    core->counts.replayed++;
  else if (kind == PLAYOUT_ENTRY_ITEM && skipped)
    core->counts.skipped++;
  else if (kind == PLAYOUT_ENTRY_ITEM)
    core->counts.played++;
}

/* Returns TRUE if the item, which was on air, is fetched and shown again: its
 * clip was paid for, and has stood still for too long. */
static gboolean
comes_again_locked (PlayoutCore *core, const PlayoutEntry *entry,
    const gchar *task_id, const gchar *reason)
{
  const gchar *id = playout_clip_get_item (entry->clip)->id;

  if (entry->kind != PLAYOUT_ENTRY_ITEM || !g_str_equal (reason, "hangs") ||
      !task_id || !seedance_planner_hung (core->planner, id, TRUE))
    return FALSE;
  g_hash_table_replace (core->known_tasks, g_strdup (id), g_strdup (task_id));
  seedance_rundown_set_begun (core->rundown, id, FALSE);

  return TRUE;
}

/* What was taken off the air, or broke there, is not repeated. If it hung, the
 * disk may have stood still. */
static void
finish_locked (PlayoutCore *core, PlayoutEntry *entry, const gchar *task_id,
    const gchar *reason)
{
  SeedanceItem *item = playout_clip_get_item (entry->clip);
  const gboolean whole = seedance_asrun_was_whole (reason);

  if (g_str_equal (reason, "stopped"))
    return;
  if (entry->kind == PLAYOUT_ENTRY_ITEM)
    seedance_rundown_finish (core->rundown, item->id, task_id, whole);
  else if (entry->kind == PLAYOUT_ENTRY_REPLAY && !whole &&
           !g_str_equal (reason, "hangs"))
    seedance_rundown_forget_replay (core->rundown, item);
}

void
playout_core_take_off_locked (
    PlayoutCore *core, guint64 tick, const gchar *reason)
{
  PlayoutAir *air = &core->air;
  PlayoutEntry *entry = air->entry;
  PlayoutEvent *event = playout_event_new ("off-air", entry);

  /* The operator's command counts, although no tick has followed it. */
  if (core->skip)
    reason = "skipped";
  event->running_time = playout_tick_to_time (&core->format, air->start);
  event->frames = air->frames;
  event->held = air->held;
  event->started = air->started;
  event->planned = air->planned;
  event->reason = g_strdup (reason);
  playout_clip_get_task (entry->clip, &event->task_id, &event->cost);
  event->again = comes_again_locked (core, entry, event->task_id, reason);
  if (!event->again) {
    count_locked (core, entry->kind, g_str_equal (reason, "skipped"));
    finish_locked (core, entry, event->task_id, reason);
    playout_chain_note_off_locked (core, entry);
  }
  air->entry = NULL;
  air->sounds = FALSE;
  playout_core_push_event_locked (core, event);
  playout_core_drop_locked (core, entry);
}

/* Returns why the clip on air has to end early, or NULL. Filler and repeats
 * give way as soon as an item is ready, or the stream can end: a piece of
 * filler may be hours long. */
static const gchar *
find_reason_to_end_locked (PlayoutCore *core)
{
  if (core->skip)
    return "skipped";
  if (core->air.entry->kind != PLAYOUT_ENTRY_ITEM &&
      (find_next_locked (core) || playout_core_is_at_end_locked (core)))
    return "end";

  return NULL;
}

static PlayoutEntry *
choose_locked (PlayoutCore *core, guint64 tick)
{
  PlayoutEntry *entry = find_next_locked (core);

  if (!entry)
    entry = find_spare_locked (core);
  if (entry)
    put_on_air_locked (core, entry, tick);

  return entry;
}

/* Returns the sample at which the sound of the next frame begins. Sound
 * continues sample for sample; at the start, and after a frame that was held,
 * the position comes from the number of frames shown. */
static gint64
find_sound_locked (PlayoutCore *core)
{
  const PlayoutAir *air = &core->air;

  return (gint64) (air->sounds
                       ? air->sound_next
                       : playout_tick_to_sample (&core->format, air->frames));
}

static void
show_frame_locked (
    PlayoutCore *core, PlayoutSlot *slot, gint64 from, gint64 until)
{
  PlayoutAir *air = &core->air;

  slot->kind = PLAYOUT_SLOT_CLIP;
  slot->clip = playout_clip_ref (air->entry->clip);
  slot->begins = !air->sounds;
  slot->sound_from = from;
  air->frames++;
  air->sound_next = (guint64) until;
  air->sounds = TRUE;
  /* videorate sets this flag on frames that it repeats. */
  core->counts.duplicated +=
      GST_BUFFER_FLAG_IS_SET (slot->video, GST_BUFFER_FLAG_GAP);
  gst_buffer_replace (&core->last, slot->video);
}

/* The clip had no frame, or not its sound, in time for this tick: the last
 * frame stands and the sound pauses, so both stay in sync. */
static void
hold_frame_locked (PlayoutCore *core, PlayoutSlot *slot)
{
  PlayoutAir *air = &core->air;

  slot->kind = PLAYOUT_SLOT_CLIP;
  slot->clip = playout_clip_ref (air->entry->clip);
  slot->held = TRUE;
  gst_buffer_replace (&slot->video, core->last);
  air->held++;
  air->sounds = FALSE;
  core->counts.held++;
}

/* Fills @slot from the clip on air. Returns FALSE if that clip has ended. */
static gboolean
show_air_locked (PlayoutCore *core, PlayoutSlot *slot, guint64 tick)
{
  const gchar *reason = find_reason_to_end_locked (core);
  g_autofree gchar *failure = NULL;
  gint64 from = find_sound_locked (core);
  gint64 until =
      from + (gint64) (playout_tick_to_sample (&core->format, tick + 1) -
                       playout_tick_to_sample (&core->format, tick));

  if (!reason)
    switch (playout_clip_take (core->air.entry->clip, until, &slot->video)) {
      case PLAYOUT_TAKE_FRAME:
        show_frame_locked (core, slot, from, until);
        return TRUE;
      case PLAYOUT_TAKE_NONE:
        hold_frame_locked (core, slot);
        return TRUE;
      case PLAYOUT_TAKE_END:
        failure = playout_clip_get_failure (core->air.entry->clip);
        break;
    }
  playout_core_take_off_locked (core, tick,
      reason    ? reason
      : failure ? failure
                : "end");

  return FALSE;
}

static void
show_nothing_locked (PlayoutCore *core, PlayoutSlot *slot)
{
  const gint on_empty = core->settings.on_empty;
  const gboolean holds = on_empty == PLAYOUT_EMPTY_HOLD && core->last;

  slot->kind = PLAYOUT_SLOT_SLATE;
  core->ends = playout_core_is_at_end_locked (core);
  if (core->ends)
    slot->kind = PLAYOUT_SLOT_EOS;
  else if (on_empty == PLAYOUT_EMPTY_NOTHING)
    slot->kind = PLAYOUT_SLOT_NOTHING;
  gst_buffer_replace (&slot->video, holds ? core->last : core->slate);
  core->counts.slate++;
  if (core->playing && !core->was_empty) {
    core->was_empty = TRUE;
    playout_core_push_event_locked (core, playout_event_new ("empty", NULL));
  }
}

static void
decide_locked (PlayoutCore *core, guint64 tick)
{
  PlayoutSlot *slot = playout_ring_add_locked (core, tick);

  core->decided = tick + 1;
  while (core->air.entry || choose_locked (core, tick)) {
    if (show_air_locked (core, slot, tick))
      return;
  }
  show_nothing_locked (core, slot);
}

PlayoutSlot *
playout_core_get_locked (PlayoutCore *core, guint64 tick)
{
  if (!core->started) {
    core->started = TRUE;
    core->first = core->decided = tick;
  }
  if (tick >= core->decided)
    decide_locked (core, tick);

  return playout_core_find_slot_locked (core, tick);
}

void
playout_core_play (PlayoutCore *core)
{
  g_mutex_lock (&core->lock);
  core->playing = TRUE;
  g_mutex_unlock (&core->lock);
  playout_core_kick (core);
}

/* How long (microseconds) a stop waits for the worker and for the pipelines of
 * the clips. The worker may be inside a message handler of the application, and
 * a pipeline may hang. */
#define STOP_MAX (60 * G_TIME_SPAN_MILLISECOND)

static void
give_up_locked (PlayoutCore *core)
{
  core->stopped = TRUE;
  if (core->air.entry)
    playout_core_take_off_locked (core, core->decided, "stopped");
  while (core->entries->len > 0)
    playout_core_drop_locked (core, g_ptr_array_index (core->entries, 0));
  playout_ring_clear_locked (core);
  g_cond_broadcast (&core->changed);
}

void
playout_core_stop (PlayoutCore *core)
{
  gint64 until = g_get_monotonic_time () + STOP_MAX;

  g_mutex_lock (&core->lock);
  give_up_locked (core);
  g_mutex_unlock (&core->lock);
  /* The worker may be held up, and would end the clips too late: an order that
   * waits for another attempt would still go out. */
  playout_core_end_clips (core);
  playout_core_kick (core);
  g_mutex_lock (&core->lock);
  while (!core->worker_ended && core->worker != g_thread_self () &&
         g_cond_wait_until (&core->changed, &core->lock, until))
    ;
  g_mutex_unlock (&core->lock);
  playout_clip_wait_all_ended (until);
}

PlayoutCore *
playout_core_new (GstElement *element, GThreadFunc worker,
    PlayoutSourceFunc make_source, const PlayoutSettings *settings,
    SeedanceRundown *rundown, GError **error)
{
  PlayoutCore *core = g_new0 (PlayoutCore, 1);
  g_autoptr (GError) failure = NULL;

  core->refs = 1;
  core->element = gst_object_ref (element);
  core->make_source = make_source;
  core->group_id = gst_util_group_id_next ();
  g_mutex_init (&core->wake_lock);
  g_cond_init (&core->wake);
  g_mutex_init (&core->lock);
  g_cond_init (&core->changed);
  playout_settings_copy (&core->settings, settings);
  core->rundown = rundown;
  core->had_items = seedance_rundown_get_length (rundown) > 0;
  core->planner = seedance_planner_new ();
  core->entries =
      g_ptr_array_new_with_free_func ((GDestroyNotify) playout_entry_free);
  core->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  core->known_tasks =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  core->planned = -1;
  core->spent = playout_spent_new ();
  core->chained.begun =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  /* 15 characters: Linux refuses a thread name that is longer. */
  core->worker = g_thread_try_new (
      "seedance-worker", worker, playout_core_ref (core), &failure);
  if (core->worker)
    return core;
  g_set_error (error, failure->domain, failure->code,
      "The element cannot start: %s. Nothing was ordered. Raise the limit of "
      "threads, or end other programs.",
      failure->message);
  gst_object_unref (core->element);
  playout_core_unref (core);
  playout_core_unref (core);

  return NULL;
}

PlayoutCore *
playout_core_ref (PlayoutCore *core)
{
  g_atomic_int_inc (&core->refs);

  return core;
}

void
playout_core_unref (PlayoutCore *core)
{
  if (!g_atomic_int_dec_and_test (&core->refs))
    return;
  playout_ring_clear_locked (core);
  gst_clear_buffer (&core->slate);
  gst_clear_buffer (&core->last);
  g_hash_table_unref (core->by_id);
  g_ptr_array_unref (core->entries);
  g_queue_clear_full (&core->events, (GDestroyNotify) playout_event_free);
  g_queue_clear_full (&core->ending, (GDestroyNotify) playout_clip_unref);
  g_hash_table_unref (core->known_tasks);
  playout_chain_clear (core);
  g_array_unref (core->spent);
  seedance_rundown_free (core->rundown);
  seedance_planner_free (core->planner);
  playout_settings_clear (&core->settings);
  g_clear_pointer (&core->worker, g_thread_unref);
  g_mutex_clear (&core->wake_lock);
  g_cond_clear (&core->wake);
  g_mutex_clear (&core->lock);
  g_cond_clear (&core->changed);
  g_free (core);
}
