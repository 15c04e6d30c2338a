/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a playout reports: messages, the as-run log, and the properties status
 * and stats. Posting and writing may block, so the worker does both. */

#include "playout-private.h"

#include "playout-spent.h"

GST_DEBUG_CATEGORY_EXTERN (gst_seedance_playout_debug);
#define GST_CAT_DEFAULT gst_seedance_playout_debug

static void
set_text (GstStructure *structure, const gchar *name, const gchar *text)
{
  if (text)
    gst_structure_set (structure, name, G_TYPE_STRING, text, NULL);
}

static void
set_item (GstStructure *structure, const PlayoutEvent *event)
{
  if (!event->item)
    return;
  set_text (structure, "id", event->item->id);
  set_text (structure, "uri", event->item->uri);
  set_text (structure, "metadata", event->item->metadata);
  gst_structure_set (structure, "replay", G_TYPE_BOOLEAN,
      event->kind == PLAYOUT_ENTRY_REPLAY, "filler", G_TYPE_BOOLEAN,
      event->kind == PLAYOUT_ENTRY_FILLER, NULL);
}

static GstStructure *
describe (const PlayoutEvent *event)
{
  GstStructure *structure = gst_structure_new (
      "seedance-playout", "what", G_TYPE_STRING, event->what, NULL);

  set_item (structure, event);
  set_text (structure, "task-id", event->task_id);
  set_text (structure, "cost", event->cost);
  set_text (structure, "reason", event->reason);
  set_text (structure, "text", event->text);
  if (GST_CLOCK_TIME_IS_VALID (event->running_time))
    gst_structure_set (structure, "running-time", G_TYPE_UINT64,
        event->running_time, "frames", G_TYPE_UINT64, event->frames, "held",
        G_TYPE_UINT64, event->held, NULL);
  if (g_str_equal (event->what, "failed"))
    gst_structure_set (structure, "again", G_TYPE_BOOLEAN, event->again, NULL);

  return structure;
}

/* Copies an element message of the clip, and adds the item's id: mostly a
 * seedance-task of its source, or what a decoder says, such as which plugin is
 * missing. */
static GstStructure *
pass_on (const PlayoutEvent *event)
{
  GstStructure *structure =
      gst_structure_copy (gst_message_get_structure (event->message));

  set_text (structure, "id", event->item->id);

  return structure;
}

/* Neither the uri nor the metadata: they may hold a password. */
static void
trace (PlayoutCore *core, const PlayoutEvent *event)
{
  if (event->message)
    return;
  GST_INFO_OBJECT (core->element,
      "%s %s: task %s, %s, %" G_GUINT64_FORMAT " frames, %" G_GUINT64_FORMAT
      " held, at %" GST_TIME_FORMAT,
      event->what, event->item ? event->item->id : "",
      event->task_id ? event->task_id : "-",
      event->reason ? event->reason : "-", event->frames, event->held,
      GST_TIME_ARGS (event->running_time));
}

static void
post (PlayoutCore *core, const PlayoutEvent *event)
{
  trace (core, event);
  if (event->message && !event->item) {
    gst_element_post_message (core->element, gst_message_ref (event->message));
    return;
  }
  gst_element_post_message (
      core->element, gst_message_new_element (GST_OBJECT (core->element),
                         event->message ? pass_on (event) : describe (event)));
}

/* Also posts a warning, for applications that do not read the element's own
 * messages: gst-launch-1.0 shows warnings. */
static void
warn (PlayoutCore *core, const PlayoutEvent *event)
{
  const gchar *why = event->text ? event->text : event->reason;
  g_autoptr (GError) error = NULL;

  if (event->kind != PLAYOUT_ENTRY_ITEM)
    return;
  if (g_strcmp0 (event->what, "failed") == 0 && event->item)
    error = g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_FAILED,
        "The item \"%s\" %s: %s", event->item->id,
        event->again ? "failed and is tried again" : "will not be shown", why);
  else if (g_strcmp0 (event->what, "blocked") == 0)
    error = g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_FAILED,
        "Nothing more is ordered for now (%s): it would fail again, and may "
        "cost again. Mend the cause; then emit the signal clear, or wait until "
        "one order goes ahead alone to find out.",
        why);
  if (error)
    gst_element_post_message (core->element,
        gst_message_new_warning (GST_OBJECT (core->element), error, NULL));
}

static gboolean
is_logged (const PlayoutEvent *event)
{
  return event->is_note ||
         (event->item &&
             (g_str_equal (event->what, "off-air") ||
                 (g_str_equal (event->what, "failed") && !event->again)));
}

static void
complain (PlayoutCore *core, GError *error)
{
  if (!core->asrun_failed)
    gst_element_post_message (core->element,
        gst_message_new_warning (GST_OBJECT (core->element), error, NULL));
  core->asrun_failed = TRUE;
}

static gboolean
log_item (PlayoutCore *core, const PlayoutEvent *event, GError **error)
{
  const SeedanceItem *item = event->item;
  const SeedanceAsrunLine line = {
    .id = item->id,
    .task_id = event->task_id,
    .uri = item->uri,
    .out = item->out,
    /* Repeats are most of a long log, and a restart reads only its end. */
    .metadata = event->kind == PLAYOUT_ENTRY_ITEM ? item->metadata : NULL,
    .planned = event->planned,
    .started = event->started,
    .running_time = GST_CLOCK_TIME_IS_VALID (event->running_time)
                        ? (gint64) event->running_time
                        : -1,
    .frames = event->frames,
    .held = event->held,
    .reason = event->reason,
    .cost = event->cost,
    .replay = event->kind == PLAYOUT_ENTRY_REPLAY,
    .filler = event->kind == PLAYOUT_ENTRY_FILLER,
    .again = event->again,
  };

  return seedance_asrun_write (core->asrun, &line, error);
}

static void
log_event (PlayoutCore *core, const PlayoutEvent *event)
{
  g_autoptr (GError) error = NULL;
  const gboolean written =
      event->is_note
          ? seedance_asrun_note (core->asrun, event->what, event->text, &error)
          : log_item (core, event, &error);

  if (written)
    core->asrun_failed = FALSE;
  else
    complain (core, error);
}

void
playout_report (PlayoutCore *core)
{
  for (;;) {
    PlayoutEvent *event;

    g_mutex_lock (&core->lock);
    event = g_queue_pop_head (&core->events);
    g_mutex_unlock (&core->lock);
    if (!event)
      return;
    /* The log comes first: the application may end the process when it gets the
     * message. */
    if (core->asrun && is_logged (event))
      log_event (core, event);
    if (!event->is_note) {
      post (core, event);
      warn (core, event);
    }
    playout_event_free (event);
  }
}

/* Posts "low" when less than a sixth of prefetch-time is ready, and not again
 * until a third of it was ready. */
void
playout_report_levels (PlayoutCore *core, gint64 now)
{
  GstClockTime ready, left, wanted;
  PlayoutEvent *event = NULL;

  g_mutex_lock (&core->lock);
  left = playout_core_get_left_locked (core);
  ready = playout_core_get_ready_locked (core) +
          (GST_CLOCK_TIME_IS_VALID (left) ? left : 0);
  wanted = core->settings.prefetch_time * GST_SECOND;
  if (ready >= wanted / 3)
    core->was_full = TRUE;
  if (core->was_full && ready < wanted / 6) {
    core->was_full = FALSE;
    event = playout_event_new ("low", NULL);
  }
  g_mutex_unlock (&core->lock);
  if (event) {
    post (core, event);
    playout_event_free (event);
  }
}

static void
append_structure (GValue *list, GstStructure *structure)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, GST_TYPE_STRUCTURE);
  g_value_take_boxed (&value, structure);
  gst_value_array_append_and_take_value (list, &value);
}

static void
append_waiting_locked (PlayoutCore *core, GValue *list, gint64 now)
{
  for (guint i = 0; i < core->entries->len; i++) {
    const PlayoutEntry *entry = g_ptr_array_index (core->entries, i);

    if (entry->kind != PLAYOUT_ENTRY_ITEM || entry->was_ready)
      continue;
    append_structure (list,
        gst_structure_new ("seedance-item", "id", G_TYPE_STRING,
            playout_clip_get_item (entry->clip)->id, "progress", G_TYPE_INT,
            entry->progress, "eta", G_TYPE_INT64,
            seedance_planner_get_eta (core->planner, now, entry->begun), NULL));
  }
}

static const gchar *
find_next_id_locked (PlayoutCore *core)
{
  const guint length = seedance_rundown_get_length (core->rundown);
  const gchar *on_air = core->air.entry
                            ? playout_clip_get_item (core->air.entry->clip)->id
                            : NULL;

  for (guint i = 0; i < length; i++) {
    const SeedanceItem *item = seedance_rundown_get (core->rundown, i);

    if (g_strcmp0 (item->id, on_air) != 0)
      return item->id;
  }

  return NULL;
}

GstStructure *
playout_core_make_status (PlayoutCore *core)
{
  const gint64 now = g_get_monotonic_time () * 1000;
  GValue waiting = G_VALUE_INIT;
  GstStructure *status;
  GstClockTime left;

  g_value_init (&waiting, GST_TYPE_ARRAY);
  g_mutex_lock (&core->lock);
  left = playout_core_get_left_locked (core);
  status = gst_structure_new ("seedance-playout-status", "left", G_TYPE_INT64,
      GST_CLOCK_TIME_IS_VALID (left) ? (gint64) left : G_GINT64_CONSTANT (-1),
      "ready", G_TYPE_UINT64, playout_core_get_ready_locked (core), "in-flight",
      G_TYPE_UINT, seedance_planner_get_in_flight (core->planner), "items",
      G_TYPE_UINT, seedance_rundown_get_length (core->rundown), "share",
      G_TYPE_DOUBLE, seedance_planner_get_share (core->planner), NULL);
  if (core->air.entry)
    set_text (
        status, "on-air", playout_clip_get_item (core->air.entry->clip)->id);
  set_text (status, "next", find_next_id_locked (core));
  if (core->is_blocked)
    set_text (status, "blocked", seedance_planner_get_block (core->planner));
  append_waiting_locked (core, &waiting, now);
  g_mutex_unlock (&core->lock);
  gst_structure_take_value (status, "waiting", &waiting);

  return status;
}

GstStructure *
playout_core_make_stats (PlayoutCore *core)
{
  const PlayoutCounts *counts = &core->counts;
  g_autofree gchar *spent = NULL;
  GstStructure *stats;

  g_mutex_lock (&core->lock);
  spent = playout_spent_to_text (core->spent);
  stats = gst_structure_new ("seedance-playout-stats", "frames", G_TYPE_UINT64,
      counts->frames_out, "held", G_TYPE_UINT64, counts->held, "duplicated",
      G_TYPE_UINT64, counts->duplicated, "empty", G_TYPE_UINT64, counts->slate,
      "dropped", G_TYPE_UINT64, counts->dropped, "played", G_TYPE_UINT64,
      counts->played, "replayed", G_TYPE_UINT64, counts->replayed, "skipped",
      G_TYPE_UINT64, counts->skipped, "failed", G_TYPE_UINT64, counts->failed,
      "orders", G_TYPE_UINT, seedance_planner_get_orders (core->planner),
      "tokens", G_TYPE_INT64, counts->tokens, "spent", G_TYPE_STRING, spent,
      NULL);
  g_mutex_unlock (&core->lock);

  return stats;
}
