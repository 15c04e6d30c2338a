/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-seedanceplayout
 * @title: seedanceplayout
 *
 * seedanceplayout is a live source of picture and sound that never stops. It
 * puts generated clips on air, one clip or a whole rundown of them: it orders
 * them ahead of time, waits for them in the background, and shows each clip
 * whole, in sync, from its first frame to its last. Until a clip is ready, and
 * when a clip fails, the output goes on with a slate, a filler, or whatever
 * #GstSeedancePlayout:on-empty says.
 *
 * Every clip is decoded in a pipeline of its own, so nothing that a clip does
 * can disturb the output: one that fails, hangs or is damaged is passed over.
 *
 * ## When money is spent
 *
 * Nothing is ordered before the element has reached PLAYING for the first time.
 * Every item of the rundown is one order, however often the element is stopped
 * and started again: with the same state folder a clip that was bought is
 * played without another order. An item whose task fails is passed over and
 * never ordered again by the same run, and by a later one only if
 * #GstSeedancePlayout:attempts, which is 1 by default, is higher than the
 * number of its tasks that failed. #GstSeedancePlayout:reuse is `always` by
 * default; its value `pending` counts as `always`, because a clip is decoded
 * before anybody sees it. Only `never` buys again in a new run. A failure
 * delays the next order. A failure that another attempt cannot mend (the key is
 * refused, the quota is used up) stops all orders until something changes, and
 * a message says so. #GstSeedancePlayout:max-orders limits what one run may
 * buy. A limit out of its range is an error at the start, a warning on air.
 *
 * ## Items
 *
 * An item is a line of JSON, in the file #GstSeedancePlayout:rundown or given
 * to the signal #GstSeedancePlayout::enqueue:
 * |[<!-- language="JSON" -->
 * {"id": "opener", "prompt": "A paper boat", "duration": 5}
 * {"id": "jingle", "uri": "jingle.mp4", "in": 1.5, "out": 4}
 * {"id": "again", "task-id": "task_123", "metadata": {"slot": 7}}
 * ]|
 * `id` is unique. `prompt`, `image`, `last-image`, `reference-images`,
 * `reference-videos`, `reference-audios`, `resolution`, `aspect-ratio`,
 * `duration`, `seed`, `model`, `generate-audio`, `camera-fixed`, `watermark`,
 * `return-last-frame` and `extra-params` are those of seedancesrc. What an item
 * leaves out, except for `prompt`, is taken from the element's properties. With
 * `task-id` or `uri` nothing is ordered. `in` and `out` are seconds of the
 * clip; `metadata` is repeated in messages and in the as-run log.
 *
 * ## Messages
 *
 * Element messages `seedance-playout` say by their field `what` what happened:
 * an item is `ready`, `on-air` or `off-air`, or has `failed` (with `reason`,
 * `text`, and `again` when it will be tried again); the output is `empty`, too
 * little material is ready (`low`), or nothing is ordered any more (`blocked`).
 * A message about an item has `id`, `task-id`, `uri`, `metadata`, `replay` and
 * `filler`. `on-air` and `off-air` also have `running-time`, `frames` and
 * `held`, and `cost` if the service told what the order of this run cost. The
 * messages `seedance-task` of seedancesrc are passed on, with the item's `id`.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 seedanceplayout prompt="A paper boat on a rainy street" name=s s.video ! videoconvert ! autovideosink s.audio ! audioconvert ! autoaudiosink
 * ]| A slate until the clip is there, then the clip, then the slate again.
 * |[
 * gst-launch-1.0 compositor name=mix sink_1::xpos=640 ! videoconvert ! autovideosink videotestsrc is-live=true ! mix. seedanceplayout prompt="A paper boat" on-empty=nothing name=s s.video ! mix.
 * ]| A clip that comes late into a mixer that runs already.
 *
 * Since: 0.2
 */

#include "config.h"

#include "gstseedanceplayout.h"

#include "gstseedancemessages.h"
#include "ledger-dir.h"
#include "playout-caps.h"
#include "playout-output.h"
#include "playout-properties.h"
#include "playout-signals.h"
#include "playout-source.h"

struct _GstSeedancePlayout {
  GstBin parent;

  GstSeedanceOutput *video, *audio; /* owned by the bin */

  /* Under the object lock. */
  GstSeedanceSettings request;
  PlayoutSettings settings;
  SeedanceRundown *queued; /* items given by signals while nothing ran */
  PlayoutCore *core;       /* the run, in PAUSED and PLAYING; else NULL */
  GstSeedanceSettings ordered; /* @request as it was when the run began */
  GstStructure *last_stats;
};

GST_DEBUG_CATEGORY (gst_seedance_playout_debug);

static guint prop_status, prop_stats;

#define gst_seedance_playout_parent_class parent_class
G_DEFINE_TYPE_WITH_CODE (GstSeedancePlayout, gst_seedance_playout, GST_TYPE_BIN,
    GST_DEBUG_CATEGORY_INIT (gst_seedance_playout_debug, "seedanceplayout", 0,
        "What is on air, and why"))
GST_ELEMENT_REGISTER_DEFINE (seedanceplayout, "seedanceplayout", GST_RANK_NONE,
    GST_TYPE_SEEDANCE_PLAYOUT)

static PlayoutCore *
get_core (GstSeedancePlayout *self)
{
  PlayoutCore *core;

  GST_OBJECT_LOCK (self);
  core = self->core ? playout_core_ref (self->core) : NULL;
  GST_OBJECT_UNLOCK (self);

  return core;
}

/* Both locks are held, so that of two threads which set properties the later
 * one does not bring back what it read before the other. */
static void
update_core (GstSeedancePlayout *self)
{
  g_autoptr (PlayoutCore) core = get_core (self);

  if (!core)
    return;
  g_mutex_lock (&core->lock);
  GST_OBJECT_LOCK (self);
  playout_properties_update (&core->settings, &self->settings);
  GST_OBJECT_UNLOCK (self);
  g_mutex_unlock (&core->lock);
  playout_core_kick (core);
}

static void
gst_seedance_playout_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstSeedancePlayout *self = GST_SEEDANCE_PLAYOUT (object);
  g_autoptr (GError) error = NULL;
  g_auto (GValue) old = G_VALUE_INIT;
  gboolean known, late;

  g_value_init (&old, pspec->value_type);
  GST_OBJECT_LOCK (self);
  late = self->core && !(pspec->flags & GST_PARAM_MUTABLE_PLAYING) &&
         (gst_seedance_settings_get (&self->request, id, &old) ||
             playout_properties_get (&self->settings, id, &old)) &&
         !gst_seedance_is_same_value (pspec, &old, value);
  known = (self->core && !playout_properties_check_value (id, value, &error)) ||
          gst_seedance_settings_set (&self->request, id, value) ||
          playout_properties_set (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self);
  if (error)
    gst_element_post_message (GST_ELEMENT (self),
        gst_seedance_make_warning (GST_ELEMENT (self), "%s", error->message));
  else if (late)
    gst_element_post_message (GST_ELEMENT (self),
        gst_seedance_make_late_warning (GST_ELEMENT (self), pspec->name));
  else if (known)
    update_core (self);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static GstStructure *
get_status (GstSeedancePlayout *self)
{
  g_autoptr (PlayoutCore) core = get_core (self);

  return core ? playout_core_make_status (core)
              : gst_structure_new_empty ("seedance-playout-status");
}

static GstStructure *
get_stats (GstSeedancePlayout *self)
{
  g_autoptr (PlayoutCore) core = get_core (self);
  GstStructure *stats;

  if (core)
    return playout_core_make_stats (core);
  GST_OBJECT_LOCK (self);
  stats = self->last_stats ? gst_structure_copy (self->last_stats)
                           : gst_structure_new_empty ("seedance-playout-stats");
  GST_OBJECT_UNLOCK (self);

  return stats;
}

static void
gst_seedance_playout_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstSeedancePlayout *self = GST_SEEDANCE_PLAYOUT (object);
  gboolean known;

  if (id == prop_status || id == prop_stats) {
    g_value_take_boxed (
        value, id == prop_status ? get_status (self) : get_stats (self));
    return;
  }
  GST_OBJECT_LOCK (self);
  known = gst_seedance_settings_get (&self->request, id, value) ||
          playout_properties_get (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static gboolean
refuse (GstSeedancePlayout *self, GError *error)
{
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_warning (GST_OBJECT (self), error, NULL));
  g_error_free (error);

  return FALSE;
}

/* Returns the run that a command is for. If there is none, returns NULL and
 * holds the object lock, so that no run begins before the queued items are
 * changed. */
static PlayoutCore *
begin_command (GstSeedancePlayout *self)
{
  PlayoutCore *core;

  GST_OBJECT_LOCK (self);
  core = self->core ? playout_core_ref (self->core) : NULL;
  if (core)
    GST_OBJECT_UNLOCK (self);

  return core;
}

static gboolean
end_command (
    GstSeedancePlayout *self, PlayoutCore *core, gboolean done, GError *error)
{
  if (!core)
    GST_OBJECT_UNLOCK (self);
  if (done)
    return TRUE;
  if (!core)
    g_prefix_error (&error,
        "The element is not running, so it knows only the items that signals "
        "gave it. ");

  return refuse (self, error);
}

static gboolean
insert_item (GstSeedancePlayout *self, SeedanceItem *item, const gchar *before)
{
  g_autoptr (PlayoutCore) core = begin_command (self);
  GError *error = NULL;
  gboolean done =
      core ? playout_core_insert (core, item, before, &error)
           : seedance_rundown_insert (self->queued, item, before, &error);

  return end_command (self, core, done, error);
}

static gboolean
gst_seedance_playout_insert (
    GstSeedancePlayout *self, const gchar *line, const gchar *before)
{
  GError *error = NULL;
  g_autoptr (SeedanceItem) item =
      seedance_item_from_json (line ? line : "", NULL, &error);

  if (!item)
    return refuse (self, error);

  return insert_item (self, item, before && *before ? before : NULL);
}

static gboolean
gst_seedance_playout_enqueue (GstSeedancePlayout *self, const gchar *line)
{
  return gst_seedance_playout_insert (self, line, NULL);
}

static gboolean
gst_seedance_playout_move (
    GstSeedancePlayout *self, const gchar *id, const gchar *place)
{
  const gchar *before = place && *place ? place : NULL;
  g_autoptr (PlayoutCore) core = begin_command (self);
  GError *error = NULL;
  gboolean done =
      core ? playout_core_move (core, id, before, &error)
           : seedance_rundown_move (self->queued, id, before, &error);

  return end_command (self, core, done, error);
}

/* An item that is removed during a run is not in later runs either, which might
 * order it. */
static gboolean
gst_seedance_playout_remove (GstSeedancePlayout *self, const gchar *name)
{
  const gchar *id = name ? name : "";
  g_autoptr (PlayoutCore) core = begin_command (self);
  GError *error = NULL;
  gboolean done;

  if (core)
    GST_OBJECT_LOCK (self);
  done = seedance_rundown_remove (self->queued, id, core ? NULL : &error);
  if (core) {
    GST_OBJECT_UNLOCK (self);
    done |= playout_core_remove (core, id, done ? NULL : &error);
  }

  return end_command (self, core, done, error);
}

static gboolean
gst_seedance_playout_skip (GstSeedancePlayout *self)
{
  g_autoptr (PlayoutCore) core = get_core (self);

  return core && playout_core_skip (core);
}

static void
gst_seedance_playout_clear (GstSeedancePlayout *self)
{
  g_autoptr (PlayoutCore) core = NULL;

  GST_OBJECT_LOCK (self);
  core = self->core ? playout_core_ref (self->core) : NULL;
  seedance_rundown_free (self->queued);
  self->queued = seedance_rundown_new ();
  GST_OBJECT_UNLOCK (self);
  if (core)
    playout_core_clear (core);
}

/* A PlayoutSourceFunc; runs on the worker. */
static GstElement *
make_source (GstElement *element, const SeedanceItem *item,
    const gchar *task_id, const PlayoutImage *image, GError **error)
{
  GstSeedancePlayout *self = GST_SEEDANCE_PLAYOUT (element);
  GstSeedanceSettings request;
  GstElement *source;

  memset (&request, 0, sizeof request);
  gst_seedance_settings_init (&request);
  GST_OBJECT_LOCK (self);
  gst_seedance_settings_copy (&request, &self->ordered);
  GST_OBJECT_UNLOCK (self);
  source = playout_make_source (&request, item, task_id, image, error);
  gst_seedance_settings_clear (&request);

  return source;
}

/* The run is there before the object lock is released: an item that came
 * between would be neither in its rundown nor given to it. */
static gboolean
begin_run (GstSeedancePlayout *self)
{
  g_autoptr (GPtrArray) errors = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  SeedanceRundown *rundown;
  PlayoutCore *core;

  GST_OBJECT_LOCK (self);
  if (playout_properties_check (&self->settings, &error)) {
    gst_seedance_settings_copy (&self->ordered, &self->request);
    /* A relative state folder must not change when the application changes its
     * working directory. */
    g_free (self->ordered.state_dir);
    self->ordered.state_dir =
        seedance_ledger_find_dir (self->request.state_dir);
    rundown = playout_make_rundown (
        &self->request, &self->settings, self->queued, errors);
    self->core = playout_core_new (GST_ELEMENT (self), playout_worker_main,
        make_source, &self->settings, rundown, &error);
  }
  core = self->core;
  GST_OBJECT_UNLOCK (self);
  gst_seedance_output_set_core (self->video, core);
  gst_seedance_output_set_core (self->audio, core);
  for (guint i = 0; i < errors->len; i++)
    refuse (self, g_ptr_array_index (errors, i));
  if (!core)
    gst_element_post_message (GST_ELEMENT (self),
        gst_seedance_make_error (GST_ELEMENT (self), NULL, error));

  return core != NULL;
}

static void
end_run (GstSeedancePlayout *self)
{
  PlayoutCore *core;
  GstStructure *stats, *old;

  GST_OBJECT_LOCK (self);
  core = g_steal_pointer (&self->core);
  GST_OBJECT_UNLOCK (self);
  if (!core)
    return;
  playout_core_stop (core);
  stats = playout_core_make_stats (core);
  GST_OBJECT_LOCK (self);
  old = self->last_stats;
  self->last_stats = stats;
  GST_OBJECT_UNLOCK (self);
  g_clear_pointer (&old, gst_structure_free);
  gst_seedance_output_set_core (self->video, NULL);
  gst_seedance_output_set_core (self->audio, NULL);
  playout_core_unref (core);
}

static GstStateChangeReturn
gst_seedance_playout_change_state (
    GstElement *element, GstStateChange transition)
{
  GstSeedancePlayout *self = GST_SEEDANCE_PLAYOUT (element);
  g_autoptr (PlayoutCore) core = NULL;
  GstStateChangeReturn change;

  /* Not earlier: programs that only look at the element need none of them. */
  if (transition == GST_STATE_CHANGE_NULL_TO_READY)
    playout_clip_load_plugins ();
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !begin_run (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    end_run (self);
  change = GST_ELEMENT_CLASS (parent_class)->change_state (element, transition);
  if (change == GST_STATE_CHANGE_FAILURE &&
      transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    end_run (self);
  core = get_core (self);
  if (core && change != GST_STATE_CHANGE_FAILURE &&
      transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
    playout_core_play (core);

  return change;
}

static void
gst_seedance_playout_finalize (GObject *object)
{
  GstSeedancePlayout *self = GST_SEEDANCE_PLAYOUT (object);

  gst_seedance_settings_clear (&self->request);
  playout_settings_clear (&self->settings);
  seedance_rundown_free (self->queued);
  gst_seedance_settings_clear (&self->ordered);
  g_clear_pointer (&self->last_stats, gst_structure_free);

  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static const PlayoutSignals signals = {
  .enqueue = G_CALLBACK (gst_seedance_playout_enqueue),
  .insert = G_CALLBACK (gst_seedance_playout_insert),
  .move = G_CALLBACK (gst_seedance_playout_move),
  .remove = G_CALLBACK (gst_seedance_playout_remove),
  .skip = G_CALLBACK (gst_seedance_playout_skip),
  .clear = G_CALLBACK (gst_seedance_playout_clear),
};

static void
gst_seedance_playout_class_init (GstSeedancePlayoutClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  guint id;

  object_class->set_property = gst_seedance_playout_set_property;
  object_class->get_property = gst_seedance_playout_get_property;
  object_class->finalize = gst_seedance_playout_finalize;
  id = gst_seedance_settings_install (
      object_class, GST_SEEDANCE_PART_REQUEST | GST_SEEDANCE_PART_SERVICE);
  playout_source_install_defaults (object_class);
  id = playout_properties_install (object_class, id);
  prop_status = id;
  prop_stats = id + 1;
  playout_properties_install_reports (object_class, prop_status, prop_stats);
  playout_signals_install (object_class, &signals);

  gst_element_class_add_static_pad_template (
      element_class, &playout_video_template);
  gst_element_class_add_static_pad_template (
      element_class, &playout_audio_template);
  gst_element_class_set_static_metadata (element_class, "Seedance playout",
      "Source/Video/Audio",
      "Puts clips generated by the Seedance API on air, without ever stopping",
      "gst-seedance developers");
  element_class->change_state = gst_seedance_playout_change_state;

  playout_properties_mark_plugin_api ();
}

static void
gst_seedance_playout_init (GstSeedancePlayout *self)
{
  playout_source_init (&self->request);
  playout_source_init (&self->ordered);
  playout_properties_init (&self->settings);
  self->queued = seedance_rundown_new ();
  self->video = gst_seedance_output_add (GST_BIN (self), FALSE);
  self->audio = gst_seedance_output_add (GST_BIN (self), TRUE);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
}
