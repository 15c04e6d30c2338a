/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The streaming thread takes the slot of the next tick from the core, makes a
 * buffer of it, waits for its time and pushes it.
 *
 * There is no get_times(): with it the base class would shift all timestamps by
 * how late the first buffer was, for picture and sound by different amounts.
 * create() waits for the clock itself. */

#include "playout-output.h"

#include "playout-caps.h"
#include "playout-wait.h"

GST_DEBUG_CATEGORY_EXTERN (gst_seedance_playout_debug);
#define GST_CAT_DEFAULT gst_seedance_playout_debug

struct _GstSeedanceOutput {
  GstPushSrc parent;
  gboolean audio;

  GMutex lock;
  PlayoutCore *core;
  GstClockTime latency; /* configured for what follows; under the lock */
  PlayoutWait wait;

  /* Used by the streaming thread only. */
  gboolean began, discont;
  guint64 tick;
  GstClockTime next;  /* running time of @tick */
  guint changes;      /* core->changes when @tick was counted */
  GstClockTime now;   /* running time when the tick was chosen */
  GstBuffer *pending; /* made, but its time has not come */
  GstClockTime pending_time;
};

G_DEFINE_TYPE (GstSeedanceOutput, gst_seedance_output, GST_TYPE_PUSH_SRC)

static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
        GST_STATIC_CAPS (PLAYOUT_VIDEO_CAPS ";" PLAYOUT_AUDIO_CAPS));

static GstClockTime
get_configured_latency (GstSeedanceOutput *self)
{
  GstClockTime latency;

  g_mutex_lock (&self->lock);
  latency = self->latency;
  g_mutex_unlock (&self->lock);

  return latency;
}

/* The ring must be long enough before the output is held back. */
static void
tell_latency (GstSeedanceOutput *self, PlayoutCore *core)
{
  g_mutex_lock (&core->lock);
  core->latency = MAX (core->latency, get_configured_latency (self));
  g_mutex_unlock (&core->lock);
}

void
gst_seedance_output_set_core (GstSeedanceOutput *self, PlayoutCore *core)
{
  PlayoutCore *old;

  g_mutex_lock (&self->lock);
  old = self->core;
  self->core = core ? playout_core_ref (core) : NULL;
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&old, playout_core_unref);
  if (core)
    tell_latency (self, core);
}

static PlayoutCore *
get_core (GstSeedanceOutput *self)
{
  PlayoutCore *core;

  g_mutex_lock (&self->lock);
  core = self->core ? playout_core_ref (self->core) : NULL;
  g_mutex_unlock (&self->lock);

  return core;
}

/* Keeps the caps that were negotiated before if they are still possible,
 * because clips are decoded to them already. */
static GstCaps *
gst_seedance_output_fixate (GstBaseSrc *base, GstCaps *caps)
{
  GstSeedanceOutput *self = GST_SEEDANCE_OUTPUT (base);
  GstCaps *current = gst_pad_get_current_caps (GST_BASE_SRC_PAD (base));

  if (current && gst_caps_can_intersect (current, caps)) {
    gst_caps_unref (caps);
    return current;
  }
  g_clear_pointer (&current, gst_caps_unref);

  return GST_BASE_SRC_CLASS (gst_seedance_output_parent_class)
      ->fixate (base, playout_caps_choose (caps, self->audio));
}

static GstClockTime
get_next (GstSeedanceOutput *self)
{
  if (!self->began)
    return GST_CLOCK_TIME_NONE;

  return self->pending ? self->pending_time : self->next;
}

static gboolean
gst_seedance_output_set_caps (GstBaseSrc *base, GstCaps *caps)
{
  GstSeedanceOutput *self = GST_SEEDANCE_OUTPUT (base);
  g_autoptr (PlayoutCore) core = get_core (self);
  GstVideoInfo video;
  GstAudioInfo audio;

  GST_INFO_OBJECT (self, "the format is %" GST_PTR_FORMAT, caps);
  if (!core)
    return FALSE;
  if (self->audio) {
    if (!gst_audio_info_from_caps (&audio, caps))
      return FALSE;
    playout_core_set_audio (core, &audio);
  } else {
    if (!gst_video_info_from_caps (&video, caps))
      return FALSE;
    playout_core_set_video (core, &video, get_next (self));
  }

  return TRUE;
}

static gboolean
is_flushing (GstSeedanceOutput *self)
{
  return playout_wait_is_flushing (&self->wait);
}

/* GStreamer 1.22's base class does not call unlock() for a pause. When the
 * clock is lost it may stand still, and a wait for it would never end. So a
 * pause ends the wait. */
static GstStateChangeReturn
gst_seedance_output_change_state (
    GstElement *element, GstStateChange transition)
{
  GstStateChangeReturn result =
      GST_ELEMENT_CLASS (gst_seedance_output_parent_class)
          ->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    playout_wait_pause (&GST_SEEDANCE_OUTPUT (element)->wait);

  return result;
}

static void
set_flushing (GstSeedanceOutput *self, gboolean flushing)
{
  g_autoptr (PlayoutCore) core = get_core (self);

  playout_wait_set_flushing (&self->wait, flushing);
  if (!core)
    return;
  g_mutex_lock (&core->lock);
  g_cond_broadcast (&core->changed);
  g_mutex_unlock (&core->lock);
}

static gboolean
gst_seedance_output_unlock (GstBaseSrc *base)
{
  set_flushing (GST_SEEDANCE_OUTPUT (base), TRUE);

  return TRUE;
}

static gboolean
gst_seedance_output_unlock_stop (GstBaseSrc *base)
{
  set_flushing (GST_SEEDANCE_OUTPUT (base), FALSE);

  return TRUE;
}

static GstBuffer *
make_sound_locked (
    GstSeedanceOutput *self, PlayoutCore *core, PlayoutSlot *slot)
{
  const PlayoutSlot *next = NULL;

  if (slot->kind == PLAYOUT_SLOT_CLIP && !slot->held)
    next = playout_look_ahead_locked (
        core, self->tick + 1, self->now, get_configured_latency (self));

  return playout_make_sound_locked (core, slot, next);
}

static gboolean
wait_for_formats_locked (GstSeedanceOutput *self, PlayoutCore *core)
{
  while (!is_flushing (self) && !core->stopped &&
         !(core->has_video && core->has_audio))
    g_cond_wait (&core->changed, &core->lock);

  return !is_flushing (self) && !core->stopped;
}

/* Both outputs begin with the same tick: the second one takes the first tick of
 * the first. */
static void
begin_locked (GstSeedanceOutput *self, PlayoutCore *core)
{
  self->tick = core->started ? core->first
                             : playout_time_to_tick (&core->format, self->now);
  self->changes = core->changes;
  self->began = TRUE;
}

/* A change of the format may change the frame rate, so the next tick is found
 * again by its running time. */
static void
renumber_locked (GstSeedanceOutput *self, PlayoutCore *core)
{
  if (self->changes == core->changes)
    return;
  self->tick = playout_time_to_tick (&core->format, self->next);
  self->changes = core->changes;
  self->discont = TRUE;
}

static void
catch_up_locked (GstSeedanceOutput *self, PlayoutCore *core)
{
  const guint64 tick = playout_choose_tick_locked (
      core, self->tick, self->now, get_configured_latency (self));

  if (tick == self->tick)
    return;
  GST_INFO_OBJECT (self,
      "leaves out %" G_GUINT64_FORMAT " ticks: %" GST_TIME_FORMAT
      " late, the latency is %" GST_TIME_FORMAT,
      tick - self->tick,
      GST_TIME_ARGS (
          self->now - playout_tick_to_time (&core->format, self->tick)),
      GST_TIME_ARGS (get_configured_latency (self)));
  if (!self->audio)
    core->counts.dropped += tick - self->tick;
  self->tick = tick;
  self->discont = TRUE;
}

/* An output without a clock is never late. */
static GstClockTime
get_now (GstSeedanceOutput *self)
{
  const GstClockTime now =
      gst_element_get_current_running_time (GST_ELEMENT (self));

  if (GST_CLOCK_TIME_IS_VALID (now))
    return now;

  return self->began ? get_next (self) : 0;
}

static gboolean
has_clock (GstSeedanceOutput *self)
{
  return GST_CLOCK_TIME_IS_VALID (
      gst_element_get_current_running_time (GST_ELEMENT (self)));
}

/* Without a clock there is no running time that could go back: one output is as
 * far ahead of the other as what follows lets it. */
static void
go_back_locked (GstSeedanceOutput *self, PlayoutCore *core)
{
  self->now = get_now (self);
  if (!has_clock (self) ||
      !playout_go_back_locked (core, self->tick, self->now))
    return;
  gst_clear_buffer (&self->pending);
  self->tick = core->first;
  self->discont = TRUE;
}

static GstFlowReturn
make_pending_locked (GstSeedanceOutput *self, PlayoutCore *core)
{
  PlayoutSlot *slot;

  self->now = get_now (self);
  if (!self->began)
    begin_locked (self, core);
  renumber_locked (self, core);
  go_back_locked (self, core);
  catch_up_locked (self, core);
  slot = playout_core_get_locked (core, self->tick);
  if (slot->kind == PLAYOUT_SLOT_EOS)
    return GST_FLOW_EOS;
  self->pending_time = playout_tick_to_time (&core->format, self->tick);
  self->pending = self->audio ? make_sound_locked (self, core, slot)
                              : playout_make_frame_locked (core, slot);
  if (self->discont)
    GST_BUFFER_FLAG_SET (self->pending, GST_BUFFER_FLAG_DISCONT);
  self->discont = FALSE;
  self->tick++;
  self->next = playout_tick_to_time (&core->format, self->tick);

  return GST_FLOW_OK;
}

/* Drops a buffer that was made before a pause if the output's format has
 * changed since. It is made again for the same time. */
static void
drop_old_pending_locked (GstSeedanceOutput *self, PlayoutCore *core)
{
  if (!self->pending || self->changes == core->changes)
    return;
  gst_clear_buffer (&self->pending);
  self->next = self->pending_time;
}

static GstFlowReturn
make_pending (GstSeedanceOutput *self)
{
  g_autoptr (PlayoutCore) core = get_core (self);
  GstFlowReturn flow = GST_FLOW_FLUSHING;

  if (!core)
    return flow;
  g_mutex_lock (&core->lock);
  drop_old_pending_locked (self, core);
  if (self->pending)
    go_back_locked (self, core);
  if (self->pending)
    flow = GST_FLOW_OK;
  else if (wait_for_formats_locked (self, core))
    flow = make_pending_locked (self, core);
  g_mutex_unlock (&core->lock);

  return flow;
}

static GstFlowReturn
gst_seedance_output_create (GstPushSrc *push, GstBuffer **buffer)
{
  GstSeedanceOutput *self = GST_SEEDANCE_OUTPUT (push);
  GstFlowReturn flow = make_pending (self);

  if (flow == GST_FLOW_OK)
    flow = playout_wait_until (
        &self->wait, GST_BASE_SRC (self), self->pending_time);
  if (flow == GST_FLOW_OK)
    *buffer = g_steal_pointer (&self->pending);

  return flow;
}

/* Replaces an empty buffer by a GAP event. */
static GstPadProbeReturn
on_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

  if (!GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP))
    return GST_PAD_PROBE_OK;
  gst_pad_push_event (pad, gst_event_new_gap (GST_BUFFER_PTS (buffer),
                               GST_BUFFER_DURATION (buffer)));

  return GST_PAD_PROBE_DROP;
}

static void
note_end (GstSeedanceOutput *self, PlayoutCore *core, gboolean ended)
{
  g_mutex_lock (&core->lock);
  if (self->audio)
    core->audio_ended = ended;
  else
    core->video_ended = ended;
  g_mutex_unlock (&core->lock);
}

/* Gives both streams the same group id, because picture and sound belong
 * together. */
static GstPadProbeReturn
on_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstSeedanceOutput *self = GST_SEEDANCE_OUTPUT (user_data);
  g_autoptr (PlayoutCore) core = get_core (self);
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  if (core && (GST_EVENT_TYPE (event) == GST_EVENT_EOS ||
                  GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP))
    note_end (self, core, GST_EVENT_TYPE (event) == GST_EVENT_EOS);
  if (core && GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START) {
    event = gst_event_make_writable (event);
    gst_event_set_group_id (event, core->group_id);
    GST_PAD_PROBE_INFO_DATA (info) = event;
  }

  return GST_PAD_PROBE_OK;
}

static gboolean
gst_seedance_output_start (GstBaseSrc *base)
{
  GstSeedanceOutput *self = GST_SEEDANCE_OUTPUT (base);

  self->began = self->discont = FALSE;
  gst_clear_buffer (&self->pending);

  return TRUE;
}

static gboolean
gst_seedance_output_stop (GstBaseSrc *base)
{
  gst_clear_buffer (&GST_SEEDANCE_OUTPUT (base)->pending);

  return TRUE;
}

static GstClockTime
get_latency (GstSeedanceOutput *self)
{
  g_autoptr (PlayoutCore) core = get_core (self);
  GstClockTime latency;

  if (!core)
    return PLAYOUT_USUAL_LATENCY;
  g_mutex_lock (&core->lock);
  latency = playout_core_get_latency_locked (core);
  g_mutex_unlock (&core->lock);

  return latency;
}

static gboolean
gst_seedance_output_query (GstBaseSrc *base, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY) {
    gst_query_set_latency (query, TRUE,
        get_latency (GST_SEEDANCE_OUTPUT (base)), GST_CLOCK_TIME_NONE);
    return TRUE;
  }

  return GST_BASE_SRC_CLASS (gst_seedance_output_parent_class)
      ->query (base, query);
}

static gboolean
gst_seedance_output_event (GstBaseSrc *base, GstEvent *event)
{
  GstSeedanceOutput *self = GST_SEEDANCE_OUTPUT (base);
  g_autoptr (PlayoutCore) core = NULL;
  GstClockTime latency;

  if (GST_EVENT_TYPE (event) != GST_EVENT_LATENCY)
    return GST_BASE_SRC_CLASS (gst_seedance_output_parent_class)
        ->event (base, event);
  gst_event_parse_latency (event, &latency);
  GST_INFO_OBJECT (
      self, "the latency is %" GST_TIME_FORMAT, GST_TIME_ARGS (latency));
  g_mutex_lock (&self->lock);
  self->latency = latency;
  g_mutex_unlock (&self->lock);
  core = get_core (self);
  if (core)
    tell_latency (self, core);

  return TRUE;
}

static void
gst_seedance_output_finalize (GObject *object)
{
  GstSeedanceOutput *self = GST_SEEDANCE_OUTPUT (object);

  g_clear_pointer (&self->core, playout_core_unref);
  g_mutex_clear (&self->lock);
  playout_wait_clear (&self->wait);
  G_OBJECT_CLASS (gst_seedance_output_parent_class)->finalize (object);
}

static void
gst_seedance_output_class_init (GstSeedanceOutputClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *base_class = GST_BASE_SRC_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_seedance_output_finalize;
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Half of a Seedance playout", "Source",
      "The picture or the sound of a seedanceplayout",
      "gst-seedance developers");
  element_class->change_state = gst_seedance_output_change_state;
  base_class->start = gst_seedance_output_start;
  base_class->stop = gst_seedance_output_stop;
  base_class->fixate = gst_seedance_output_fixate;
  base_class->set_caps = gst_seedance_output_set_caps;
  base_class->query = gst_seedance_output_query;
  base_class->event = gst_seedance_output_event;
  base_class->unlock = gst_seedance_output_unlock;
  base_class->unlock_stop = gst_seedance_output_unlock_stop;
  GST_PUSH_SRC_CLASS (klass)->create = gst_seedance_output_create;
}

static void
gst_seedance_output_init (GstSeedanceOutput *self)
{
  g_mutex_init (&self->lock);
  playout_wait_init (&self->wait);
  gst_base_src_set_live (GST_BASE_SRC (self), TRUE);
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
}

static GstSeedanceOutput *
output_new (gboolean audio)
{
  GstSeedanceOutput *self = g_object_new (GST_TYPE_SEEDANCE_OUTPUT, "name",
      audio ? "audio-output" : "video-output", NULL);
  GstPad *pad = GST_BASE_SRC_PAD (self);

  self->audio = audio;
  if (!audio)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, NULL, NULL);
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH,
      on_event, self, NULL);

  return self;
}

GstSeedanceOutput *
gst_seedance_output_add (GstBin *bin, gboolean audio)
{
  GstStaticPadTemplate *of =
      audio ? &playout_audio_template : &playout_video_template;
  g_autoptr (GstPadTemplate) template = gst_static_pad_template_get (of);
  GstSeedanceOutput *output = output_new (audio);
  GstElement *filter = gst_element_factory_make ("capsfilter", NULL);
  GstElement *tee = gst_element_factory_make ("tee", NULL);
  GstCaps *caps = gst_pad_template_get_caps (template);
  GstPad *pad;

  g_object_set (filter, "caps", caps, NULL);
  g_object_set (tee, "allow-not-linked", TRUE, NULL);
  gst_caps_unref (caps);
  gst_bin_add_many (bin, GST_ELEMENT (output), filter, tee, NULL);
  gst_element_link_many (GST_ELEMENT (output), filter, tee, NULL);
  pad = gst_element_request_pad_simple (tee, "src_%u");
  gst_element_add_pad (GST_ELEMENT (bin),
      gst_ghost_pad_new_from_template (of->name_template, pad, template));
  gst_object_unref (pad);

  return output;
}
