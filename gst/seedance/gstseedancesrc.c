/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The element itself: properties, state changes, events and the other virtual
 * functions of GstBaseSrc. The rest is in the files gstseedancesrc-*.c. */
/**
 * SECTION:element-seedancesrc
 * @title: seedancesrc
 *
 * seedancesrc orders a clip from the Seedance video generation API, waits until
 * the clip is ready, and streams the MP4 like a file. The clip is ordered once,
 * when the pipeline goes to PAUSED or PLAYING. It seeks, loops and replays
 * without another order, and the pipeline can be stopped at any moment.
 *
 * The key of the service is taken from the environment variable
 * `SEEDANCE_API_KEY`, or from a file named by #GstSeedanceSrc:api-key-file.
 *
 * ## When money is spent
 *
 * Every accepted order is billed. seedancesrc sends one order per clip, from
 * the streaming thread and only after prompt, values, key and image were
 * checked. It writes the order into a ledger on disk before the order goes out,
 * and the task id as soon as it is known. A pipeline that is stopped or crashes
 * while it waits loses nothing: the next run of the same request goes on with
 * the task. #GstSeedanceSrc:reuse says when a clip is played again.
 *
 * ## Messages
 *
 * The element posts #GST_MESSAGE_PROGRESS with the codes `submit` and
 * `generate`, which have both ended when the first bytes of the clip can be
 * read; #GST_MESSAGE_BUFFERING while the clip is downloaded (see
 * #GstSeedanceSrc:buffering); and on every change of the task an element
 * message `seedance-task` with the fields `task-id`, `provider`, `status`
 * (submitted, queued, running, succeeded, failed, cancelled, expired),
 * `progress` (percent, -1 unknown) and `elapsed` (nanoseconds). If the service
 * tells them, the message also has `seed` and `tokens` (64-bit integers),
 * `cost` (a string, as the service writes it) and `last-frame-url`; and it has
 * `instance` if #GstSeedanceSrc:instance is set.
 *
 * Errors carry a details structure with `reason`, and with `task-id`,
 * `http-status-code`, `service-code`, `request-id`, `retryable` and `instance`
 * as far as they are known. `reason` is one of these words; more may be added:
 *
 * | reason | the clip is not there because |
 * |---|---|
 * | `settings` | a property, a file or a value of the order is not usable; nothing is billed |
 * | `not-linked` | nothing is linked that would take the clip; nothing was ordered |
 * | `not-authorized` | the service refused the key |
 * | `quota` | the account's money or limit is used up |
 * | `budget` | the user's own limit is reached |
 * | `machine` | another machine orders with the ledger, which is on a network share |
 * | `uri-submit` | a URI alone orders nothing, and nothing was ordered before |
 * | `attempts` | too many tasks of this order failed already; nothing was ordered |
 * | `busy` | the service answered 429 to every try |
 * | `network` | the service or the clip could not be reached, or broke off |
 * | `moderation` | the service did not allow the prompt, the image or the clip |
 * | `failed`, `cancelled`, `expired` | the task ended so at the service |
 * | `maybe-billed` | the answer to the order proves nothing; a task may exist |
 * | `deadline` | generation-timeout passed; the task goes on |
 * | `not-found` | the service does not know the task or the model |
 * | `link` | the link to the clip has expired or cannot be used |
 * | `too-large` | the clip is larger than max-size |
 * | `no-space` | the disk is full |
 * | `damaged` | what came is not an MP4, or changed on the way |
 *
 * ## URIs
 *
 * Players and editors open a clip by a URI: `seedance:task/ID`, or
 * `seedance:?prompt=…&resolution=720p` with the properties of a clip as fields.
 * The same URI is the same clip, however often it is opened: setting a URI sets
 * #GstSeedanceSrc:reuse to always. The element then plays what was ordered
 * before, and orders only if #GstSeedanceSrc:uri-submit allows it.
 *
 * ## Live pipelines
 *
 * seedancesrc is not a live source: a pipeline waits for its clip as it would
 * wait for the first bytes of a slow link. For an output that runs already and
 * must not stop, use seedanceplayout instead. An example is a live mixer of 25
 * frames a second into which a clip comes late. With seedancesrc and decodebin
 * it shows 9 to 16 of the clip's 120 frames and plays no sound, because the
 * clip's running time begins with the pipeline's. The first frame of the mixer
 * also waits for the clip, unless the mixer has `force-live` and the decoder
 * `async-handling`. With seedanceplayout all 120 frames are shown, in sync with
 * their sound, and the first frame of the mixer comes after 0.1 s, as it does
 * without a clip. seedanceplayout finds the clips that seedancesrc bought in
 * the same state folder.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 seedancesrc prompt="A paper boat on a rainy street" resolution=720p duration=5 ! decodebin ! videoconvert ! autovideosink
 * ]| Order a clip and show it.
 * |[
 * gst-launch-1.0 seedancesrc prompt="A paper boat on a rainy street" ! filesink location=boat.mp4
 * ]| Keep the clip as the service made it, byte for byte.
 * |[
 * gst-launch-1.0 -e seedancesrc image=boat.png prompt="The boat drifts away" ! qtdemux ! h264parse ! matroskamux ! filesink location=boat.mkv
 * ]| Image to video, put into another container.
 *
 * Since: 0.1
 */

#include "config.h"

#include "gstseedancesrc-private.h"

#include "gstseedancelog.h"
#include "gstseedancemessages.h"
#include "gstseedanceneighbours.h"
#include "gstseedanceseen.h"

GST_DEBUG_CATEGORY (gst_seedance_src_debug);
#define GST_CAT_DEFAULT gst_seedance_src_debug

static guint prop_stats, prop_current_task_id;

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/quicktime"));

#define gst_seedance_src_parent_class parent_class
G_DEFINE_TYPE_WITH_CODE (GstSeedanceSrc, gst_seedance_src, GST_TYPE_BASE_SRC,
    G_IMPLEMENT_INTERFACE (
        GST_TYPE_URI_HANDLER, gst_seedance_src_init_uri_handler)
        GST_DEBUG_CATEGORY_INIT (gst_seedance_src_debug, "seedancesrc", 0,
            "Source of clips generated by the Seedance API"))
GST_ELEMENT_REGISTER_DEFINE (
    seedancesrc, "seedancesrc", GST_RANK_PRIMARY, GST_TYPE_SEEDANCE_SRC)

static void
gst_seedance_src_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstSeedanceSrc *self = GST_SEEDANCE_SRC (object);
  g_auto (GValue) old = G_VALUE_INIT;
  gboolean known, late;

  g_value_init (&old, pspec->value_type);
  GST_OBJECT_LOCK (self);
  gst_seedance_settings_get (&self->settings, id, &old);
  known = gst_seedance_settings_set (&self->settings, id, value);
  late = self->run.prepared;
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  else if (late && !gst_seedance_is_same_value (pspec, &old, value))
    gst_element_post_message (GST_ELEMENT (self),
        gst_seedance_make_late_warning (GST_ELEMENT (self), pspec->name));
}

void
gst_seedance_src_name_image (GstSeedanceSrc *self, const gchar *name)
{
  GST_OBJECT_LOCK (self);
  g_free (self->settings.image_name);
  self->settings.image_name = g_strdup (name);
  GST_OBJECT_UNLOCK (self);
}

static void
gst_seedance_src_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstSeedanceSrc *self = GST_SEEDANCE_SRC (object);
  gboolean known;

  if (id == prop_stats) {
    g_value_take_boxed (value, gst_seedance_src_get_stats (self));
    return;
  }
  if (id == prop_current_task_id) {
    gst_seedance_src_get_current_task_id (self, value);
    return;
  }
  GST_OBJECT_LOCK (self);
  known = gst_seedance_settings_get (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
announce_async (GstElement *element, gpointer user_data)
{
  gst_seedance_announcer_update (GST_SEEDANCE_SRC (element)->announcer);
}

static void
announce_soon (GstElement *element)
{
  gst_element_call_async (element, announce_async, NULL, NULL);
}

/* Runs on the network thread with a lock held, so another thread has to post.
 * While the streaming thread waits for bytes, it announces changes itself. When
 * nothing reads, an application may still wait in PAUSED for the BUFFERING
 * message that lets it play. */
static void
on_job_changed (gpointer user_data)
{
  GstSeedanceSrc *self = user_data;

  if (!g_atomic_int_get (&self->run.waiting))
    announce_soon (GST_ELEMENT (self));
}

static gboolean
gst_seedance_src_post_message (GstElement *element, GstMessage *message)
{
  GstSeedanceSrc *self = GST_SEEDANCE_SRC (element);
  g_autoptr (GError) error = gst_seedance_src_explain (self, message);
  guint ticket;

  if (!error)
    return GST_ELEMENT_CLASS (parent_class)->post_message (element, message);
  gst_message_unref (message);
  g_atomic_int_set (&self->run.failed, TRUE);
  ticket = seedance_clip_enter (self->clip);
  gst_seedance_src_tell (
      self, ticket, gst_seedance_src_make_error (self, error));
  seedance_clip_leave (self->clip);

  return TRUE;
}

/* With do-timestamp the base class sets up a segment in time, and then passes
 * no offsets to create(). Buffers get timestamps in a segment of bytes, too. */
static void
count_bytes (GstBaseSrc *base)
{
  GST_OBJECT_LOCK (base);
  if (base->segment.format != GST_FORMAT_BYTES)
    gst_segment_init (&base->segment, GST_FORMAT_BYTES);
  GST_OBJECT_UNLOCK (base);
}

static gboolean
gst_seedance_src_start (GstBaseSrc *base)
{
  GstSeedanceSrc *self = GST_SEEDANCE_SRC (base);

  /* The base class may start the source just to answer a query, so nothing is
   * checked, read or sent here. */
  self->run.started = g_get_monotonic_time ();
  self->run.was_seen = FALSE;
  self->run.paced = FALSE;
  self->run.size = -1;
  g_atomic_int_set (&self->run.asked, FALSE);
  g_atomic_int_set (&self->run.tagged, FALSE);
  g_atomic_int_set (&self->run.failed, FALSE);
  g_atomic_int_set (&self->run.forced_eos, FALSE);
  count_bytes (base);

  return TRUE;
}

static gboolean
gst_seedance_src_stop (GstBaseSrc *base)
{
  GstSeedanceSrc *self = GST_SEEDANCE_SRC (base);

  if (!seedance_clip_is_open (self->clip))
    return TRUE;
  if (self->run.was_seen)
    seedance_clip_mark_played (self->clip);
  if (!gst_seedance_src_run_goes_on (self))
    gst_seedance_src_close_run (self);

  return TRUE;
}

static void
set_flushing (GstSeedanceSrc *self, gboolean flushing)
{
  seedance_clip_set_flushing (self->clip, flushing);
  /* The flush may have dropped the tags before they were pushed. */
  g_atomic_int_set (&self->run.tagged, FALSE);
  GST_OBJECT_LOCK (self);
  g_cond_broadcast (&self->run.changed);
  GST_OBJECT_UNLOCK (self);
  gst_seedance_announcer_wake (self->announcer);
}

static gboolean
gst_seedance_src_unlock (GstBaseSrc *base)
{
  set_flushing (GST_SEEDANCE_SRC (base), TRUE);

  return TRUE;
}

static gboolean
gst_seedance_src_unlock_stop (GstBaseSrc *base)
{
  set_flushing (GST_SEEDANCE_SRC (base), FALSE);

  return TRUE;
}

/* A clip can only be read forwards. do_seek() could refuse the seek only after
 * the base class has flushed the pipeline, so events are checked first. */
static gboolean
seeks_backwards (GstEvent *event)
{
  gdouble rate = 1.0;

  if (GST_EVENT_TYPE (event) == GST_EVENT_SEEK)
    gst_event_parse_seek (event, &rate, NULL, NULL, NULL, NULL, NULL, NULL);

  return rate < 0.0;
}

static gboolean
gst_seedance_src_event (GstBaseSrc *base, GstEvent *event)
{
  return !seeks_backwards (event) &&
         GST_BASE_SRC_CLASS (parent_class)->event (base, event);
}

static gboolean
gst_seedance_src_send_event (GstElement *element, GstEvent *event)
{
  GstSeedanceSrc *self = GST_SEEDANCE_SRC (element);
  gboolean ends = GST_EVENT_TYPE (event) == GST_EVENT_EOS;
  gboolean handled;

  if (seeks_backwards (event)) {
    gst_event_unref (event);
    return FALSE;
  }
  if (ends) {
    g_atomic_int_set (&self->run.forced_eos, TRUE);
    gst_seedance_bufferer_set_ended (self->bufferer, TRUE);
  }
  handled = GST_ELEMENT_CLASS (parent_class)->send_event (element, event);
  /* gst-launch-1.0 -e goes to PLAYING only after every progress has ended, and
   * only in PLAYING do sinks post EOS. */
  if (ends)
    gst_seedance_announcer_end (self->announcer);

  return handled;
}

/* A wrong setting fails the change to PAUSED, as a missing file does in
 * filesrc. The order is kept for the streaming thread. */
static gboolean
check_settings (GstSeedanceSrc *self)
{
  g_autoptr (GError) error = NULL;
  SeedanceOrder *order = gst_seedance_src_prepare_order (self, &error);

  if (error)
    gst_element_post_message (
        GST_ELEMENT (self), gst_seedance_src_make_error (self, error));
  gst_seedance_src_set_order (self, order);

  return order != NULL;
}

/* Returns TRUE if the clip was certainly played to its end. In doubt the next
 * run plays the clip again, which costs nothing. */
static gboolean
clip_was_seen (GstSeedanceSrc *self)
{
  return !g_atomic_int_get (&self->run.failed) &&
         !g_atomic_int_get (&self->run.forced_eos) &&
         seedance_clip_has_reached_end (self->clip) && self->run.errors &&
         !gst_seedance_errors_has (self->run.errors, GST_ELEMENT (self)) &&
         gst_seedance_stream_was_seen (
             GST_BASE_SRC_PAD (self), self->run.errors);
}

/* Starts to note which elements of the pipeline post errors. */
static void
listen_for_errors (GstSeedanceSrc *self)
{
  g_clear_pointer (&self->run.errors, gst_seedance_errors_free);
  self->run.errors = gst_seedance_listen_for_errors (GST_ELEMENT (self));
}

static GstStateChangeReturn
gst_seedance_src_change_state (GstElement *element, GstStateChange transition)
{
  GstSeedanceSrc *self = GST_SEEDANCE_SRC (element);
  GstStateChangeReturn result;

  /* The settings of a clip that was ordered ahead were checked at that time. */
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
      !g_atomic_int_get (&self->run.ahead) && !check_settings (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    gst_seedance_src_renew_name (self);
    listen_for_errors (self);
    gst_seedance_src_set_prepared (self, TRUE);
  }
  /* Without the errors, the clip does not count as seen. */
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING && self->run.errors &&
      gst_seedance_misses_errors (element, self->run.errors))
    g_clear_pointer (&self->run.errors, gst_seedance_errors_free);
  /* This is the last chance to ask the sinks for EOS: they change state before
   * the source, and forget EOS when they leave PAUSED. */
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    self->run.was_seen |= clip_was_seen (self);

  result = GST_ELEMENT_CLASS (parent_class)->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      result == GST_STATE_CHANGE_FAILURE) {
    gst_seedance_src_end_run (self);
    g_clear_pointer (&self->run.errors, gst_seedance_errors_free);
  }
  /* The thread that was asked to post the news of this run may not have begun
   * yet. Post them here, so that they come before those of the next run. */
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      transition == GST_STATE_CHANGE_READY_TO_NULL)
    gst_seedance_announcer_update (self->announcer);

  return result;
}

/* Returns -1 until the whole clip was checked. With automatic-eos the base
 * class ends the stream at this size. Without a size it goes on calling
 * create(), which waits for the check and then returns EOS. */
static gint64
checked_size (GstSeedanceSrc *self)
{
  SeedanceClipState state;

  seedance_clip_get_state (self->clip, &state);
  seedance_clip_state_clear (&state);

  return state.phase == SEEDANCE_PHASE_READY ? state.download.size : -1;
}

static gboolean
gst_seedance_src_get_size (GstBaseSrc *base, guint64 *size)
{
  gint64 known = checked_size (GST_SEEDANCE_SRC (base));

  if (known >= 0)
    *size = (guint64) known;

  return known >= 0;
}

/* The base class also calls this when the stream begins. Only a segment in
 * bytes has an offset to begin at; with any other format the stream begins at
 * 0. */
static gboolean
gst_seedance_src_do_seek (GstBaseSrc *base, GstSegment *segment)
{
  GstSeedanceSrc *self = GST_SEEDANCE_SRC (base);

  if (!GST_BASE_SRC_CLASS (parent_class)->do_seek (base, segment))
    return FALSE;
  self->run.position = segment->format == GST_FORMAT_BYTES ? segment->start : 0;

  return TRUE;
}

static gboolean
gst_seedance_src_is_seekable (GstBaseSrc *base)
{
  return TRUE;
}

static gboolean
gst_seedance_src_query (GstBaseSrc *base, GstQuery *query)
{
  gboolean answered;

  if (gst_seedance_src_answer_query (GST_SEEDANCE_SRC (base), query, &answered))
    return answered;

  return GST_BASE_SRC_CLASS (parent_class)->query (base, query);
}

static void
gst_seedance_src_finalize (GObject *object)
{
  GstSeedanceSrc *self = GST_SEEDANCE_SRC (object);

  seedance_clip_free (self->clip);
  gst_seedance_announcer_free (self->announcer);
  gst_seedance_bufferer_free (self->bufferer);
  gst_seedance_settings_clear (&self->settings);
  g_clear_pointer (&self->last_stats, gst_structure_free);
  g_clear_pointer (&self->run.order, seedance_order_unref);
  g_free (self->run.name);
  g_free (self->run.instance);
  g_cond_clear (&self->run.changed);

  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  prop_stats =
      gst_seedance_settings_install (object_class, GST_SEEDANCE_PART_ALL);
  /**
   * GstSeedanceSrc:stats:
   *
   * Statistics of the current or the last run: requests, bytes, times, and an
   * estimate of what the order costs. README lists the fields. `task-id` is
   * missing until it is known. The estimate is missing if the run ordered
   * nothing or the provider's list has no price for the model.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, prop_stats,
      g_param_spec_boxed ("stats", "Statistics",
          "Of the current or the last run: task-id, submits, polls, retries; "
          "of the download requests, bytes, size, rate (bytes/s), buffering "
          "(percent), clip-duration (ns); and the nanoseconds from the start "
          "to the task id, the finished clip and the first byte (-1: not yet)",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  prop_current_task_id = prop_stats + 1;
  /**
   * GstSeedanceSrc:current-task-id:
   *
   * The task of the current or the last run, whether the run ordered it, found
   * it in the state folder or got it from #GstSeedanceSrc:task-id. %NULL until
   * it is known; then notified, in the thread that posts the messages.
   *
   * Since: 0.2
   */
  g_object_class_install_property (object_class, prop_current_task_id,
      g_param_spec_string ("current-task-id", "Current task id",
          "The task of the current or the last run; notified as soon as it is "
          "known",
          NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
gst_seedance_src_class_init (GstSeedanceSrcClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *base_class = GST_BASE_SRC_CLASS (klass);

  gst_seedance_log_install ();
  object_class->set_property = gst_seedance_src_set_property;
  object_class->get_property = gst_seedance_src_get_property;
  object_class->finalize = gst_seedance_src_finalize;
  install_properties (object_class);

  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Seedance video generator", "Source/Network",
      "Orders a clip from the Seedance video generation API, waits for it, and "
      "streams the MP4",
      "gst-seedance developers");
  element_class->change_state = gst_seedance_src_change_state;
  element_class->send_event = gst_seedance_src_send_event;
  element_class->post_message = gst_seedance_src_post_message;

  base_class->create = gst_seedance_src_create;
  base_class->start = gst_seedance_src_start;
  base_class->stop = gst_seedance_src_stop;
  base_class->unlock = gst_seedance_src_unlock;
  base_class->unlock_stop = gst_seedance_src_unlock_stop;
  base_class->get_size = gst_seedance_src_get_size;
  base_class->is_seekable = gst_seedance_src_is_seekable;
  base_class->do_seek = gst_seedance_src_do_seek;
  base_class->event = gst_seedance_src_event;
  base_class->query = gst_seedance_src_query;

  gst_seedance_settings_mark_plugin_api ();
}

/* Buffers wrap received memory, so a pool from downstream would stay unused.
 * And in GStreamer 1.22 a queue does not answer an allocation query while the
 * elements behind it stop: the source would hang. */
static GstPadProbeReturn
drop_allocation (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  return GST_QUERY_TYPE (GST_PAD_PROBE_INFO_QUERY (info)) ==
                 GST_QUERY_ALLOCATION
             ? GST_PAD_PROBE_DROP
             : GST_PAD_PROBE_OK;
}

static void
gst_seedance_src_init (GstSeedanceSrc *self)
{
  gst_seedance_settings_init (&self->settings);
  g_cond_init (&self->run.changed);
  gst_seedance_src_renew_name (self);
  self->clip =
      seedance_clip_new (on_job_changed, gst_seedance_src_may_spend, self);
  self->bufferer =
      gst_seedance_bufferer_new (GST_ELEMENT (self), self->clip, announce_soon);
  self->announcer = gst_seedance_announcer_new (
      GST_ELEMENT (self), self->clip, self->bufferer);
  gst_base_src_set_blocksize (GST_BASE_SRC (self), GST_SEEDANCE_SRC_BLOCKSIZE);
  /* create() returns EOS, after the whole clip was checked and is on disk. */
  gst_base_src_set_automatic_eos (GST_BASE_SRC (self), FALSE);
  gst_pad_add_probe (GST_BASE_SRC_PAD (self),
      GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, drop_allocation, NULL, NULL);
}
