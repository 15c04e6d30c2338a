/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the worker does about clips: it begins the next ones, parks those that
 * are ready too early, keeps a spare ready, and ends clips that are done.
 *
 * To park a ready clip is to end its pipeline and keep its bytes on the disk;
 * to revive it is to make a new pipeline. A spare is a filler, or a replay for
 * on-empty=loop. */

#include "playout-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_seedance_playout_debug);
#define GST_CAT_DEFAULT gst_seedance_playout_debug

#define SECOND ((gint64) GST_SECOND)
/* Nobody reports the end of a download, so the worker looks: often while a clip
 * is in preparation, else now and then. */
#define LOOK_SOON (40 * (gint64) GST_MSECOND)
#define LOOK_LATE (250 * (gint64) GST_MSECOND)

/* Decoders ask for a context, such as the display of the application, and wait
 * for the answer. A pipeline asks its children only, and the pipeline of a clip
 * is none of the playout: what was set on the playout is handed on here. */
static void
pass_context_on (PlayoutCore *core, GstMessage *message)
{
  g_autoptr (GstElement) element = NULL;
  g_autoptr (GstContext) context = NULL;
  const gchar *type;

  g_mutex_lock (&core->lock);
  if (!core->stopped)
    element = gst_object_ref (core->element);
  g_mutex_unlock (&core->lock);
  if (!element)
    return;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_NEED_CONTEXT &&
      gst_message_parse_context_type (message, &type))
    context = gst_element_get_context (element, type);
  if (context && GST_IS_ELEMENT (GST_MESSAGE_SRC (message)))
    gst_element_set_context (GST_ELEMENT (GST_MESSAGE_SRC (message)), context);
  else
    gst_element_post_message (element, gst_message_ref (message));
}

static void
on_clip (PlayoutClip *clip, GstMessage *message, gpointer user_data)
{
  PlayoutCore *core = user_data;
  PlayoutEvent *event;

  if (!message) {
    playout_core_kick (core);
    return;
  }
  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ELEMENT) {
    pass_context_on (core, message);
    return;
  }
  event = playout_event_new ("task", NULL);
  event->item = seedance_item_ref (playout_clip_get_item (clip));
  event->message = gst_message_ref (message);
  g_mutex_lock (&core->lock);
  playout_core_push_event_locked (core, event);
  g_mutex_unlock (&core->lock);
}

static PlayoutClip *
make_clip (PlayoutCore *core, PlayoutEntryKind kind, SeedanceItem *item,
    const gchar *task_id, const PlayoutImage *image, GError **error)
{
  PlayoutClipSettings settings = { .item = item };
  GstElement *source;
  g_autofree gchar *label = NULL;

  source = core->make_source (core->element, item, task_id, image, error);
  if (!source)
    return NULL;
  g_mutex_lock (&core->lock);
  label = g_strdup (core->settings.ai_label);
  settings.whole = core->settings.start_when == PLAYOUT_START_WHOLE;
  settings.format = core->format;
  settings.continues = kind == PLAYOUT_ENTRY_ITEM && item->in == 0 &&
                       playout_chain_continues_locked (core, item);
  g_mutex_unlock (&core->lock);
  settings.source = source;
  settings.in = item->in;
  settings.out = item->out;
  settings.label = item->uri || !label || !*label ? NULL : label;

  return playout_clip_new (&settings, on_clip, playout_core_ref (core),
      (GDestroyNotify) playout_core_unref);
}

static PlayoutEntry *
make_entry (PlayoutEntryKind kind, PlayoutClip *clip, SeedanceNeeds needs)
{
  PlayoutEntry *entry = g_new0 (PlayoutEntry, 1);

  entry->kind = kind;
  entry->clip = clip;
  entry->needs = needs;
  entry->begun = g_get_monotonic_time () * 1000;
  entry->duration = GST_CLOCK_TIME_NONE;
  entry->progress = -1;

  return entry;
}

/* Returns FALSE if, while the source was being made, the item was removed, the
 * output changed its format, or the run was stopped. */
static gboolean
is_wanted_locked (PlayoutCore *core, PlayoutEntryKind kind, PlayoutClip *clip)
{
  const gchar *id = playout_clip_get_item (clip)->id;

  return !core->stopped && playout_clip_has_format (clip, &core->format) &&
         (kind != PLAYOUT_ENTRY_ITEM ||
             seedance_rundown_find (core->rundown, id));
}

/* Marks the item as not begun, so that it is begun again if it is still
 * there. */
static void
leave_unbegun_locked (PlayoutCore *core, PlayoutEntry *entry)
{
  seedance_rundown_set_begun (
      core->rundown, playout_clip_get_item (entry->clip)->id, FALSE);
  seedance_planner_dropped (core->planner, entry->begun, entry->needs, FALSE);
}

/* Takes over @clip. */
static void
begin_clip (PlayoutCore *core, PlayoutEntryKind kind, PlayoutClip *clip,
    SeedanceNeeds needs)
{
  PlayoutEntry *entry = make_entry (kind, playout_clip_ref (clip), needs);
  gboolean wanted;

  g_mutex_lock (&core->lock);
  wanted = is_wanted_locked (core, kind, clip);
  if (wanted)
    playout_core_add_locked (core, entry);
  else if (kind == PLAYOUT_ENTRY_ITEM)
    leave_unbegun_locked (core, entry);
  g_mutex_unlock (&core->lock);
  GST_DEBUG_OBJECT (core->element, "%s the clip of %s, %s",
      wanted ? "begins" : "does not begin", playout_clip_get_item (clip)->id,
      needs == SEEDANCE_NEEDS_ORDER ? "with an order" : "without an order");
  /* Another thread may have dropped the entry by now, and ended the clip. */
  if (wanted)
    playout_clip_begin (clip);
  else
    playout_entry_free (entry);
  playout_clip_unref (clip);
}

/* No source can be made of the item: a setting is invalid, or nothing reads
 * such a file. */
static void
fail_unbegun (PlayoutCore *core, SeedanceItem *item, SeedanceNeeds needs,
    const GError *error)
{
  PlayoutEvent *event = playout_event_new ("failed", NULL);

  event->item = seedance_item_ref (item);
  event->reason = g_strdup ("settings");
  event->text = g_strdup (error->message);
  g_mutex_lock (&core->lock);
  seedance_planner_failed (
      core->planner, g_get_monotonic_time () * 1000, "settings", needs, FALSE);
  core->counts.failed++;
  seedance_rundown_finish (core->rundown, item->id, NULL, FALSE);
  playout_core_push_event_locked (core, event);
  g_mutex_unlock (&core->lock);
}

/* The item that is begun next, and what its source gets. */
typedef struct {
  SeedanceItem *item;
  SeedanceNeeds needs;
  gchar *task_id;
  PlayoutImage image;
} Choice;

static void
choice_clear (Choice *choice)
{
  g_clear_pointer (&choice->item, seedance_item_unref);
  g_clear_pointer (&choice->task_id, g_free);
  playout_image_clear (&choice->image);
}

static void
begin_item (PlayoutCore *core, const Choice *choice)
{
  g_autoptr (GError) error = NULL;
  PlayoutClip *clip = make_clip (core, PLAYOUT_ENTRY_ITEM, choice->item,
      choice->task_id, &choice->image, &error);

  if (clip)
    begin_clip (core, PLAYOUT_ENTRY_ITEM, clip, choice->needs);
  else
    fail_unbegun (core, choice->item, choice->needs, error);
}

static gboolean
can_begin_locked (PlayoutCore *core)
{
  return core->playing && !core->stopped && core->has_video &&
         core->has_audio && !playout_core_has_ended_locked (core);
}

/* Tells once that the planner is blocked, however many orders find out then
 * whether it still has to be. */
static void
note_block_locked (PlayoutCore *core)
{
  const gchar *block = seedance_planner_get_block (core->planner);
  PlayoutEvent *event;

  if (block && !core->is_blocked) {
    event = playout_event_new ("blocked", NULL);
    event->reason = g_strdup (block);
    playout_core_push_event_locked (core, event);
  }
  core->is_blocked = block != NULL;
}

/* Marks the item as begun and fills @choice. The log has the id of what may be
 * paid for: other items may overtake it, and a restart must not take it for
 * played. */
static void
choose_locked (PlayoutCore *core, gint64 now, SeedanceItem *item,
    const gchar *known, Choice *choice)
{
  choice->item = seedance_item_ref (item);
  choice->task_id = g_strdup (known);
  if (!item->uri && !seedance_rundown_was_begun (core->rundown, item->id))
    playout_core_push_note_locked (core, "begun", item->id);
  seedance_rundown_set_begun (core->rundown, item->id, TRUE);
  seedance_planner_begun (core->planner, now, choice->needs);
  if (choice->needs == SEEDANCE_NEEDS_ORDER)
    playout_chain_begun_locked (core, item, &choice->image);
}

/* @known: the task of an item that was ordered before; NULL */
static SeedanceNeeds
find_needs (const SeedanceItem *item, const gchar *known)
{
  if (item->uri)
    return SEEDANCE_NEEDS_FILE;

  return known || item->task_id ? SEEDANCE_NEEDS_FETCH : SEEDANCE_NEEDS_ORDER;
}

/* So many lines are looked at behind the first clip that has to wait because
 * enough clips are being fetched. The output waits for the lock meanwhile, and
 * the lines may be 100,000 such clips. */
#define BEHIND_FULL 500

/* Finds the next item that may be begun. An order that is blocked or has to
 * wait, or a clip that cannot be fetched, does not hold up later items that do
 * not need the service. The search ends when enough is ready or in
 * preparation. */
static gboolean
choose_item_locked (PlayoutCore *core, gint64 now, Choice *choice)
{
  guint end = seedance_rundown_get_length (core->rundown);
  const gint64 ready = (gint64) playout_core_get_ready_locked (core);

  core->ask_again = G_MAXINT64;
  for (guint i = 0; can_begin_locked (core) && i < end; i++) {
    SeedanceItem *item = seedance_rundown_get (core->rundown, i);
    const gchar *known = g_hash_table_lookup (core->known_tasks, item->id);
    gint64 again = G_MAXINT64;
    SeedancePlan plan;

    if (seedance_rundown_is_begun (core->rundown, item->id))
      continue;
    choice->needs = find_needs (item, known);
    plan =
        seedance_planner_ask (core->planner, now, ready, choice->needs, &again);
    if (choice->needs == SEEDANCE_NEEDS_ORDER)
      note_block_locked (core);
    if (plan == SEEDANCE_PLAN_ENOUGH)
      break;
    if (plan == SEEDANCE_PLAN_BEGIN &&
        (choice->needs != SEEDANCE_NEEDS_ORDER ||
            playout_chain_ask_locked (core, i, &choice->image))) {
      choose_locked (core, now, item, known, choice);
      return TRUE;
    }
    if (plan == SEEDANCE_PLAN_FULL)
      end = MIN (end, i + BEHIND_FULL);
    if (plan == SEEDANCE_PLAN_LATER)
      core->ask_again = MIN (core->ask_again, again);
  }

  return FALSE;
}

static void
begin_items (PlayoutCore *core, gint64 now)
{
  for (;;) {
    Choice choice = { NULL };
    gboolean chosen;

    g_mutex_lock (&core->lock);
    chosen = choose_item_locked (core, now, &choice);
    g_mutex_unlock (&core->lock);
    if (!chosen)
      return;
    begin_item (core, &choice);
    choice_clear (&choice);
  }
}

/* A decoder has threads and dozens of frames, so only the next clips have one.
 * Later clips that are whole are parked. */
#define DECODED_MAX 3

static void
park_locked (PlayoutCore *core, PlayoutEntry *entry)
{
  if (!entry->was_ready || !entry->is_whole || entry->parked)
    return;
  entry->parked = TRUE;
  g_queue_push_tail (&core->ending, playout_clip_ref (entry->clip));
}

/* Parks clips that are not near. Returns the first near one that is parked;
 * NULL if there is none. */
static PlayoutEntry *
park_and_find_locked (PlayoutCore *core)
{
  const guint length = seedance_rundown_get_length (core->rundown);
  const guint entries = g_hash_table_size (core->by_id);
  PlayoutEntry *found = NULL;
  guint near = 0;

  for (guint i = 0; i < length && near < entries && !core->stopped; i++) {
    PlayoutEntry *entry = playout_core_find_locked (
        core, seedance_rundown_get (core->rundown, i)->id);

    if (!entry)
      continue;
    if (++near > DECODED_MAX)
      park_locked (core, entry);
    else if (entry->parked && !found)
      found = entry;
  }

  return found;
}

/* The clip was ready before, so the planner does not count a failed order. */
static void
fail_parked (PlayoutCore *core, SeedanceItem *item, const GError *error)
{
  PlayoutEvent *event = playout_event_new ("failed", NULL);
  PlayoutEntry *entry;

  event->item = seedance_item_ref (item);
  event->reason = g_strdup ("settings");
  event->text = g_strdup (error->message);
  g_mutex_lock (&core->lock);
  entry = playout_core_find_locked (core, item->id);
  if (entry)
    playout_core_drop_locked (core, entry);
  core->counts.failed++;
  seedance_rundown_finish (core->rundown, item->id, NULL, FALSE);
  playout_core_push_event_locked (core, event);
  g_mutex_unlock (&core->lock);
}

/* Returns FALSE if the item was removed meanwhile, or the output changed its
 * format. */
static gboolean
replace_clip (PlayoutCore *core, PlayoutClip *clip)
{
  PlayoutEntry *entry;
  gboolean wanted;

  g_mutex_lock (&core->lock);
  entry = playout_core_find_locked (core, playout_clip_get_item (clip)->id);
  wanted =
      entry && entry->parked && playout_clip_has_format (clip, &core->format);
  if (wanted) {
    playout_clip_unref (entry->clip);
    entry->clip = playout_clip_ref (clip);
    entry->parked = FALSE;
  }
  g_mutex_unlock (&core->lock);

  return wanted;
}

/* The task's id makes sure that nothing is ordered. */
static void
revive (PlayoutCore *core, SeedanceItem *item, const gchar *task_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PlayoutClip) clip =
      make_clip (core, PLAYOUT_ENTRY_ITEM, item, task_id, NULL, &error);

  if (!clip)
    fail_parked (core, item, error);
  else if (replace_clip (core, clip))
    playout_clip_begin (clip);
}

static void
park_and_revive (PlayoutCore *core)
{
  g_autoptr (SeedanceItem) item = NULL;
  g_autofree gchar *task_id = NULL;
  PlayoutEntry *entry;

  g_mutex_lock (&core->lock);
  entry = park_and_find_locked (core);
  if (entry) {
    item = seedance_item_ref (playout_clip_get_item (entry->clip));
    task_id = g_strdup (entry->task_id);
  }
  g_mutex_unlock (&core->lock);
  if (item)
    revive (core, item, task_id);
}

static void
begin_spare (PlayoutCore *core, gint64 now)
{
  g_autoptr (SeedanceItem) item = NULL;
  g_autoptr (GError) error = NULL;
  PlayoutEntryKind kind;
  PlayoutClip *clip;
  gboolean can_begin;

  g_mutex_lock (&core->lock);
  can_begin = can_begin_locked (core);
  g_mutex_unlock (&core->lock);
  if (can_begin)
    item = playout_choose_spare (core, now, &kind);
  if (!item)
    return;
  clip = make_clip (core, kind, item, NULL, NULL, &error);
  if (clip) {
    begin_clip (core, kind, clip, SEEDANCE_NEEDS_FILE);
    return;
  }
  g_mutex_lock (&core->lock);
  playout_note_spare_failed_locked (core, kind, item, "settings", now);
  g_mutex_unlock (&core->lock);
}

/* Gives the planner the current settings. Returns prepare-timeout: how long a
 * clip may stand still, in nanoseconds. */
static gint64
set_limits (PlayoutCore *core)
{
  SeedancePlannerLimits limits;
  gint64 timeout;

  g_mutex_lock (&core->lock);
  limits.max_in_flight = core->settings.max_in_flight;
  limits.prefetch_time = core->settings.prefetch_time * SECOND;
  limits.max_orders = core->settings.max_orders;
  seedance_planner_set_limits (core->planner, &limits);
  timeout = core->settings.prepare_timeout * SECOND;
  g_mutex_unlock (&core->lock);

  return timeout;
}

gint64
playout_plan (PlayoutCore *core, gint64 now)
{
  const gint64 timeout = set_limits (core);
  gboolean preparing;

  playout_core_end_clips (core);
  preparing = playout_look (core, now, timeout);
  begin_items (core, now);
  playout_chain_work (core);
  park_and_revive (core);
  begin_spare (core, now);
  playout_core_end_clips (core);

  return MIN (now + (preparing ? LOOK_SOON : LOOK_LATE), core->ask_again);
}
