/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-seedancesrc
 * @title: seedancesrc
 *
 * seedancesrc orders a clip from the Seedance video generation API, waits
 * until it is ready, and streams the resulting MP4 like a file that did not
 * exist before. The clip is ordered once, when the pipeline starts towards
 * PLAYING; it seeks, loops and replays without another request; and it can be
 * stopped at any moment.
 *
 * The key of the service is taken from the environment variable
 * `SEEDANCE_API_KEY`, or from a file named by #GstSeedanceSrc:api-key-file.
 *
 * ## When money is spent
 *
 * Every accepted order is billed. seedancesrc sends one order per clip, from
 * the streaming thread and only after prompt, values, key and image were
 * checked. It writes the order into a ledger on disk before it goes out, and
 * the task id as soon as it is known. A pipeline that is stopped or dies while
 * it waits loses nothing: the next run of the same request takes the task up.
 * #GstSeedanceSrc:reuse says what happens when the same request is run again.
 *
 * ## Messages
 *
 * While it works the element posts #GST_MESSAGE_PROGRESS with the codes
 * `submit` and `generate`, both over when the first bytes of the clip can be
 * read; #GST_MESSAGE_BUFFERING while the clip is downloaded (see
 * #GstSeedanceSrc:buffering); and on every change of the task an element message
 * `seedance-task` with the fields `task-id`, `provider`, `status` (submitted,
 * queued, running, succeeded, failed, cancelled, expired), `progress` (percent,
 * -1 unknown) and `elapsed` (nanoseconds). Where the service tells them it also
 * has `seed` and `tokens` (64-bit integers), `cost` (a string, as the service
 * writes it) and `last-frame-url`; and `instance` where #GstSeedanceSrc:instance
 * is set.
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
 * ## Live pipelines
 *
 * seedancesrc is a file that does not exist yet, and not a live source: a
 * pipeline waits for its clip as it would wait for the first bytes of a slow
 * link. Into an output that runs already and must not stop, put clips with
 * seedanceplayout instead. A clip that comes late into a live mixer of 25 frames
 * a second shows 12 to 15 of its 120 frames and has no sound with seedancesrc and
 * decodebin, because its time begins with the pipeline's; and the mixer's first
 * frame waits for it, unless the mixer has `force-live` and the decoder
 * `async-handling`. With seedanceplayout all 120 are shown, in sync with their
 * sound, and the first frame of the mixer comes after 0.1 s, as without it. What
 * seedancesrc bought, seedanceplayout finds in the same state folder.
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
 */

#include "config.h"

#include "gstseedancesrc.h"

#include "gstseedanceannounce.h"
#include "gstseedancebufferer.h"
#include "gstseedanceerrors.h"
#include "gstseedancelog.h"
#include "gstseedancemessages.h"
#include "gstseedanceneighbours.h"
#include "gstseedanceseen.h"
#include "gstseedancesettings.h"
#include "unique.h"

GST_DEBUG_CATEGORY (gst_seedance_src_debug);
#define GST_CAT_DEFAULT gst_seedance_src_debug

#define BLOCKSIZE (256 * 1024)
#define FIRST_ERROR_AFTER (200 * G_TIME_SPAN_MILLISECOND)
/* So long after the first byte a download that is fast enough is known to be
 * so. */
#define PACE_AFTER (100 * G_TIME_SPAN_MILLISECOND)
#define PACE_LOOK (5 * G_TIME_SPAN_MILLISECOND)

/* The state of a run. Without a word on who guards it a member is used by the
 * streaming thread only, or while that one is stopped. */
typedef struct {
  /* Under the object lock. */
  SeedanceOrder *order; /* prepared, until it is opened */
  gchar *uri;           /* as queries tell it */
  gchar *instance;      /* of the order that was prepared last; or NULL */
  gboolean prepared;    /* from READY to PAUSED on */
  GCond changed;        /* that, or who waits is interrupted */

  GstSeedanceErrors *errors; /* changed with the state; NULL in READY */
  gint64 started;            /* monotonic, microseconds */
  gint64 size;               /* as it was told; -1 = not yet */
  gboolean was_seen;
  gboolean paced;   /* the first bytes were given away */
  gint tagged;      /* atomic */
  gint failed;      /* atomic */
  gint forced_eos;  /* atomic: the application ended it early */
  guint64 position; /* where the next buffer of a push begins */
  gint waiting;     /* atomic: the streaming thread will announce */
} GstSeedanceRun;

struct _GstSeedanceSrc {
  GstBaseSrc parent;

  GstSeedanceSettings settings; /* under the object lock */
  GstStructure *last_stats;     /* under the object lock */
  GstSeedanceRun run;
  SeedanceReader *reader;
  GstSeedanceBufferer *bufferer;
  GstSeedanceAnnouncer *announcer;
};

static guint prop_stats, prop_current_task_id;

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/quicktime"));

#define gst_seedance_src_parent_class parent_class
G_DEFINE_TYPE_WITH_CODE (GstSeedanceSrc, gst_seedance_src, GST_TYPE_BASE_SRC,
    GST_DEBUG_CATEGORY_INIT (gst_seedance_src_debug, "seedancesrc", 0,
        "Source of clips generated by the Seedance API"))
GST_ELEMENT_REGISTER_DEFINE (
    seedancesrc, "seedancesrc", GST_RANK_NONE, GST_TYPE_SEEDANCE_SRC)

/* --- properties --------------------------------------------------------- */

static GstStructure *
make_stats (GstSeedanceSrc *self)
{
  SeedanceJobState state;
  SeedanceSupply supply;
  GstSeedanceLevel level;
  GstStructure *stats;

  seedance_reader_get_state (self->reader, &state);
  gst_seedance_bufferer_look (self->bufferer, &level, &supply);
  stats = gst_structure_new ("seedance-stats", "submits", G_TYPE_UINT,
      state.submits, "polls", G_TYPE_UINT, state.polls, "retries", G_TYPE_UINT,
      state.retries + state.download.retries, "requests", G_TYPE_UINT,
      state.download.requests, "bytes", G_TYPE_UINT64, state.download.received,
      "size", G_TYPE_INT64, state.download.size, "time-to-id", G_TYPE_INT64,
      state.time_to_id, "time-to-ready", G_TYPE_INT64, state.time_to_ready,
      "time-to-first-byte", G_TYPE_INT64, state.time_to_first_byte, "rate",
      G_TYPE_UINT64, (guint64) level.rate_in, "clip-duration", G_TYPE_INT64,
      supply.timeline.duration, "buffering", G_TYPE_INT, level.percent, NULL);
  if (state.task_id)
    gst_structure_set (stats, "task-id", G_TYPE_STRING, state.task_id, NULL);
  seedance_job_state_clear (&state);

  return stats;
}

/* Of the current run, or else of the last one. */
static GstStructure *
get_stats (GstSeedanceSrc *self)
{
  GstStructure *stats = NULL;

  if (!seedance_reader_is_open (self->reader)) {
    GST_OBJECT_LOCK (self);
    if (self->last_stats)
      stats = gst_structure_copy (self->last_stats);
    GST_OBJECT_UNLOCK (self);
  }

  return stats ? stats : make_stats (self);
}

static void
keep_stats (GstSeedanceSrc *self)
{
  GstStructure *stats = make_stats (self);
  GstStructure *old;

  GST_OBJECT_LOCK (self);
  old = g_steal_pointer (&self->last_stats);
  self->last_stats = stats;
  GST_OBJECT_UNLOCK (self);
  if (old)
    gst_structure_free (old);
}

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
  else if (late && g_param_values_cmp (pspec, &old, value) != 0)
    gst_element_post_message (GST_ELEMENT (self),
        gst_seedance_make_warning (GST_ELEMENT (self),
            "The property %s was set while the element runs. This run goes on "
            "as it was; the new value counts from the next change of state "
            "from READY to PAUSED on.",
            pspec->name));
}

static void
get_current_task_id (GstSeedanceSrc *self, GValue *value)
{
  SeedanceJobState state;

  if (seedance_reader_is_open (self->reader)) {
    seedance_reader_get_state (self->reader, &state);
    g_value_set_string (value, state.task_id);
    seedance_job_state_clear (&state);
    return;
  }
  GST_OBJECT_LOCK (self);
  if (self->last_stats)
    g_value_set_string (
        value, gst_structure_get_string (self->last_stats, "task-id"));
  GST_OBJECT_UNLOCK (self);
}

void
gst_seedance_src_get_facts (GstSeedanceSrc *self, GstSeedanceFacts *facts)
{
  SeedanceJobState state;

  seedance_reader_get_state (self->reader, &state);
  facts->is_whole = state.phase == SEEDANCE_PHASE_READY;
  facts->ordered = state.posted || (state.phase == SEEDANCE_PHASE_SUBMITTING &&
                                       state.submits > 0);
  facts->task_id = g_steal_pointer (&state.task_id);
  facts->cost = g_steal_pointer (&state.cost);
  facts->last_frame_url = g_steal_pointer (&state.last_frame_url);
  facts->tokens = state.serial > 0 ? state.tokens : -1;
  seedance_job_state_clear (&state);
}

void
gst_seedance_facts_clear (GstSeedanceFacts *facts)
{
  g_clear_pointer (&facts->task_id, g_free);
  g_clear_pointer (&facts->cost, g_free);
  g_clear_pointer (&facts->last_frame_url, g_free);
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
    g_value_take_boxed (value, get_stats (self));
    return;
  }
  if (id == prop_current_task_id) {
    get_current_task_id (self, value);
    return;
  }
  GST_OBJECT_LOCK (self);
  known = gst_seedance_settings_get (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

/* --- announcing --------------------------------------------------------- */

static void
announce_async (GstElement *element, gpointer user_data)
{
  gst_seedance_announcer_update (GST_SEEDANCE_SRC (element)->announcer);
}

/* Whether who entered the reader with @ticket is to stop. */
static gboolean
is_interrupted (GstSeedanceSrc *self, guint ticket)
{
  return seedance_reader_is_interrupted (self->reader, ticket);
}

/* From a streaming thread. */
static void
tell (GstSeedanceSrc *self, guint ticket, GstMessage *message)
{
  gst_seedance_announcer_tell (self->announcer, ticket, message);
}

static void
announce_soon (GstElement *element)
{
  gst_element_call_async (element, announce_async, NULL, NULL);
}

/* On the network thread, with a lock held: only leaves word. What a download
 * comes to while nobody reads must still be told: an application that waits in
 * PAUSED for it would wait for ever. */
static void
on_job_changed (gpointer user_data)
{
  GstSeedanceSrc *self = user_data;

  if (!g_atomic_int_get (&self->run.waiting))
    announce_soon (GST_ELEMENT (self));
}

static void
stop_waiting (GstSeedanceSrc *self, guint ticket)
{
  SeedanceJobState state;

  g_atomic_int_set (&self->run.waiting, FALSE);
  /* A change that came after the last look and before this line was left to
   * us. */
  seedance_reader_get_state (self->reader, &state);
  if (state.serial != gst_seedance_announcer_get_serial (self->announcer))
    tell (self, ticket, NULL);
  seedance_job_state_clear (&state);
}

/* --- one run ------------------------------------------------------------ */

static void
warn_about_request (
    GstSeedanceSrc *self, guint ticket, const SeedanceOrder *order)
{
  g_autofree gchar *option = seedance_request_find_override (order->request);

  if (order->task_id)
    return;
  if (option)
    tell (self, ticket,
        gst_seedance_make_warning (GST_ELEMENT (self),
            "The prompt holds '%s', which overrides the properties at the "
            "service, and so may change what the clip costs.",
            option));
  if (order->image_size > 4 * 1024 * 1024)
    tell (self, ticket,
        gst_seedance_make_warning (GST_ELEMENT (self),
            "The image is %" G_GSIZE_FORMAT " KiB large and is sent inline; "
            "some services refuse more than 4 MiB.",
            order->image_size / 1024));
}

/* Everything that can fail for free fails here; nothing is sent yet. */
static SeedanceOrder *
prepare_order (GstSeedanceSrc *self, GError **error)
{
  g_autoptr (SeedanceOrder) order = NULL;

  GST_OBJECT_LOCK (self);
  g_free (self->run.instance);
  self->run.instance = g_strdup (self->settings.instance);
  order = gst_seedance_settings_to_order (&self->settings, error);
  GST_OBJECT_UNLOCK (self);
  if (!order || !seedance_order_prepare (order, error))
    return NULL;

  return g_steal_pointer (&order);
}

/* Who pulls may do so while our own change of state is still on its way. */
static SeedanceOrder *
exchange_order (GstSeedanceSrc *self, SeedanceOrder *order)
{
  SeedanceOrder *old;

  GST_OBJECT_LOCK (self);
  old = self->run.order;
  self->run.order = order;
  GST_OBJECT_UNLOCK (self);

  return old;
}

static void
set_order (GstSeedanceSrc *self, SeedanceOrder *order)
{
  SeedanceOrder *old = exchange_order (self, order);

  g_clear_pointer (&old, seedance_order_unref);
}

static gboolean
is_buffering (GstSeedanceSrc *self)
{
  gboolean buffering;

  GST_OBJECT_LOCK (self);
  buffering = self->settings.buffering;
  GST_OBJECT_UNLOCK (self);

  return buffering;
}

static gboolean
is_pulled (GstSeedanceSrc *self)
{
  return GST_PAD_MODE (GST_BASE_SRC_PAD (self)) == GST_PAD_MODE_PULL;
}

/* Whether nobody has to wait for the rest of the clip. */
static gboolean
is_fast_enough (GstSeedanceSrc *self, gint64 *decided)
{
  SeedanceSupply supply;
  GstSeedanceLevel level;

  gst_seedance_bufferer_look (self->bufferer, &level, &supply);
  *decided = supply.fetching_since + PACE_AFTER;

  return level.percent == 100;
}

/* Before the first bytes are given away the application is told whether it has
 * to wait: it would start to play else, and stop again at once. Costs nothing
 * where nothing is played in time. */
static void
pace (GstSeedanceSrc *self, guint ticket)
{
  gint64 now = g_get_monotonic_time (), decided;

  self->run.paced = TRUE;
  if (!gst_seedance_bufferer_is_needed (self->bufferer))
    return;
  while (!is_interrupted (self, ticket) && !is_fast_enough (self, &decided) &&
         now < decided) {
    GST_OBJECT_LOCK (self);
    g_cond_wait_until (
        &self->run.changed, GST_OBJECT_GET_LOCK (self), now + PACE_LOOK);
    GST_OBJECT_UNLOCK (self);
    now = g_get_monotonic_time ();
  }
  seedance_reader_watch (self->reader);
  tell (self, ticket, NULL);
}

static GstMessage *
make_error (GstSeedanceSrc *self, const GError *error)
{
  g_autofree gchar *instance = NULL;

  GST_OBJECT_LOCK (self);
  instance = g_strdup (self->run.instance);
  GST_OBJECT_UNLOCK (self);

  return gst_seedance_make_error (GST_ELEMENT (self), instance, error);
}

static SeedanceWait
wait_for_bytes (GstSeedanceSrc *self, guint ticket, guint64 offset, gsize *size,
    GError **error)
{
  /* Who pulls expects all that was asked for, and a size that is known. */
  gboolean whole = is_pulled (self);
  guint serial = gst_seedance_announcer_get_serial (self->announcer);
  SeedanceWait wait;

  g_atomic_int_set (&self->run.waiting, TRUE);
  for (;;) {
    wait = seedance_reader_wait (
        self->reader, ticket, offset, size, whole, &serial, error);
    if (wait != SEEDANCE_WAIT_CHANGED)
      break;
    tell (self, ticket, NULL);
  }
  if (wait == SEEDANCE_WAIT_BYTES && !self->run.paced)
    pace (self, ticket);
  stop_waiting (self, ticket);

  return wait;
}

/* Downstream asked for the size before it was known. */
static void
publish_size (GstSeedanceSrc *self, guint ticket, const SeedanceJobState *state)
{
  GstBaseSrc *base = GST_BASE_SRC (self);
  gboolean news;

  if (!state->download.readable || state->download.size < 0)
    return;
  GST_OBJECT_LOCK (self);
  if (base->segment.format == GST_FORMAT_BYTES)
    base->segment.duration = (guint64) state->download.size;
  GST_OBJECT_UNLOCK (self);
  news = self->run.size != state->download.size;
  self->run.size = state->download.size;
  if (news)
    tell (self, ticket, gst_message_new_duration_changed (GST_OBJECT (self)));
}

static void
push_tags (GstSeedanceSrc *self, const SeedanceJobState *state)
{
  GstTagList *tags;

  if (GST_PAD_MODE (GST_BASE_SRC_PAD (self)) != GST_PAD_MODE_PUSH ||
      !g_atomic_int_compare_and_exchange (&self->run.tagged, FALSE, TRUE))
    return;
  tags = gst_seedance_announcer_make_tags (self->announcer, state);
  /* Kept by the base class until it has pushed the segment. Not through
   * gst_element_send_event(): that takes the state lock, which whoever stops
   * us holds while waiting for this thread. */
  GST_ELEMENT_CLASS (parent_class)
      ->send_event (GST_ELEMENT (self), gst_event_new_tag (tags));
}

/* A buffer around bytes that are in memory already, or NULL. */
static GstBuffer *
borrow_bytes (GstSeedanceSrc *self, guint64 offset, gsize size)
{
  SeedanceBlock *block =
      seedance_reader_borrow (self->reader, offset, &size, is_pulled (self));

  if (!block)
    return NULL;

  return gst_buffer_new_wrapped_full (GST_MEMORY_FLAG_READONLY,
      block->data + (offset - block->start), size, 0, size, block,
      seedance_block_unref);
}

static GstFlowReturn
copy_bytes (GstSeedanceSrc *self, guint64 offset, gsize size,
    GstBuffer **buffer, GError **error)
{
  GstBaseSrcClass *base_class = GST_BASE_SRC_CLASS (parent_class);
  GstFlowReturn flow = GST_FLOW_OK;
  GstBuffer *filled = *buffer;
  GstMapInfo map;
  gssize got;

  if (!filled)
    flow =
        base_class->alloc (GST_BASE_SRC (self), offset, (guint) size, &filled);
  if (flow != GST_FLOW_OK)
    return flow;
  gst_buffer_map (filled, &map, GST_MAP_WRITE);
  got = seedance_reader_read (
      self->reader, offset, map.data, MIN (size, map.size), error);
  gst_buffer_unmap (filled, &map);
  if (got < 0) {
    if (filled != *buffer)
      gst_buffer_unref (filled);
    return GST_FLOW_ERROR;
  }
  gst_buffer_set_size (filled, got);
  *buffer = filled;

  return GST_FLOW_OK;
}

static GstFlowReturn
read_bytes (GstSeedanceSrc *self, guint ticket, guint64 offset, gsize size,
    GstBuffer **buffer, GError **error)
{
  SeedanceJobState state;
  GstBuffer *borrowed = *buffer ? NULL : borrow_bytes (self, offset, size);
  GstFlowReturn flow = GST_FLOW_OK;

  if (borrowed)
    *buffer = borrowed;
  else
    flow = copy_bytes (self, offset, size, buffer, error);
  if (flow != GST_FLOW_OK)
    return flow;
  GST_BUFFER_OFFSET (*buffer) = offset;
  GST_BUFFER_OFFSET_END (*buffer) = offset + gst_buffer_get_size (*buffer);

  seedance_reader_get_state (self->reader, &state);
  publish_size (self, ticket, &state);
  push_tags (self, &state);
  seedance_job_state_clear (&state);

  return GST_FLOW_OK;
}

/* gst-launch-1.0 quits its main loop on an error even when that does not run
 * yet, and then waits for ever. An error that comes at once, such as that of an
 * order whose answer was lost, is held back until the loop surely runs. */
static void
hold_error_back (GstSeedanceSrc *self, guint ticket)
{
  gint64 until = self->run.started + FIRST_ERROR_AFTER;

  GST_OBJECT_LOCK (self);
  while (
      !is_interrupted (self, ticket) &&
      g_cond_wait_until (&self->run.changed, GST_OBJECT_GET_LOCK (self), until))
    ;
  GST_OBJECT_UNLOCK (self);
}

/* The error that was posted says it all. GST_FLOW_ERROR would have the base
 * class or the puller post a second one, "Internal data stream error", which
 * says nothing: downstream gets the end of the stream, as it would after that.
 * Who pulls and has no streams yet would post an error over that, too, and is
 * told to stop. */
static GstFlowReturn
fail (GstSeedanceSrc *self, guint ticket, const GError *error)
{
  if (g_error_matches (error, SEEDANCE_ERROR, SEEDANCE_ERROR_INTERRUPTED))
    return GST_FLOW_FLUSHING;
  hold_error_back (self, ticket);
  g_atomic_int_set (&self->run.failed, TRUE);
  tell (self, ticket, make_error (self, error));

  return is_pulled (self) && !seedance_reader_has_index (self->reader)
             ? GST_FLOW_FLUSHING
             : GST_FLOW_EOS;
}

/* Who pulls activates the pad, whatever state we are in. An application that
 * holds us back does not want the clip yet. FALSE when it never came to it. */
static gboolean
wait_until_wanted (GstSeedanceSrc *self, guint ticket)
{
  if (!gst_seedance_is_held_back (GST_ELEMENT (self)))
    return TRUE;
  GST_OBJECT_LOCK (self);
  while (!self->run.prepared && !is_interrupted (self, ticket))
    g_cond_wait (&self->run.changed, GST_OBJECT_GET_LOCK (self));
  GST_OBJECT_UNLOCK (self);

  return !is_interrupted (self, ticket);
}

static void
set_prepared (GstSeedanceSrc *self, gboolean prepared)
{
  GST_OBJECT_LOCK (self);
  self->run.prepared = prepared;
  g_cond_broadcast (&self->run.changed);
  GST_OBJECT_UNLOCK (self);
}

/* typefind calls our getrange function without the lock of the pad and without
 * a look at its flags, also when the pad is being deactivated or is not active
 * any more. The flag is set before a deactivation ends what is waited for, so
 * who sees it unset after having entered is surely interrupted. */
static gboolean
is_active (GstSeedanceSrc *self)
{
  GstPad *pad = GST_BASE_SRC_PAD (self);
  gboolean flushing;

  GST_OBJECT_LOCK (pad);
  flushing = GST_PAD_IS_FLUSHING (pad);
  GST_OBJECT_UNLOCK (pad);

  return !flushing;
}

static void
close_run (GstSeedanceSrc *self)
{
  gst_seedance_bufferer_stop (self->bufferer);
  gst_seedance_announcer_end (self->announcer);
  keep_stats (self);
  seedance_reader_close (self->reader);
}

/* FALSE with an error, or without one when it came too late. */
static gboolean
open_order (GstSeedanceSrc *self, guint ticket, GError **error)
{
  g_autoptr (SeedanceOrder) order = exchange_order (self, NULL);

  /* The pad may have been activated before the change of state. */
  if (!order)
    order = prepare_order (self, error);
  if (!order)
    return FALSE;
  warn_about_request (self, ticket, order);
  gst_seedance_announcer_begin (self->announcer, order);
  gst_seedance_bufferer_begin (self->bufferer, is_buffering (self));
  if (!seedance_reader_open (self->reader, order, error))
    return FALSE;
  if (is_active (self))
    return TRUE;
  /* stop() may have been called before there was anything to close. */
  close_run (self);

  return FALSE;
}

/* Nobody would see the clip. */
static GError *
find_loose_end (GstSeedanceSrc *self)
{
  GstPad *pad = GST_BASE_SRC_PAD (self);
  const gchar *text;

  if (!gst_seedance_is_linked (pad))
    text = "Nothing is linked to the source, so the clip would reach nobody. "
           "Nothing was ordered. Link it to another element, as in: "
           "seedancesrc prompt=… ! filesink location=clip.mp4";
  else if (!gst_seedance_leads_somewhere (pad))
    text = "The elements behind the source end in a pad that nothing is linked "
           "to, so the clip would reach nobody. Nothing was ordered. Link that "
           "pad, as in: seedancesrc prompt=… ! queue ! filesink "
           "location=clip.mp4";
  else
    return NULL;

  return seedance_error_because (
      g_error_new_literal (SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS, text),
      SEEDANCE_REASON_NOT_LINKED);
}

static GstFlowReturn
open_run (GstSeedanceSrc *self, guint ticket)
{
  g_autoptr (GError) error = NULL;

  if (seedance_reader_is_open (self->reader))
    return GST_FLOW_OK;
  /* An unlinked source gets here, too. */
  error = find_loose_end (self);
  if (error)
    return fail (self, ticket, error);
  if (!wait_until_wanted (self, ticket))
    return GST_FLOW_FLUSHING;
  if (open_order (self, ticket, &error))
    return GST_FLOW_OK;

  return error ? fail (self, ticket, error) : GST_FLOW_FLUSHING;
}

static GstFlowReturn
fetch (GstSeedanceSrc *self, guint ticket, guint64 offset, gsize size,
    GstBuffer **buffer)
{
  g_autoptr (GError) error = NULL;
  GstFlowReturn flow = open_run (self, ticket);

  if (flow != GST_FLOW_OK)
    return flow;
  /* After an end of the stream that the application sent only a flush gets
   * here. */
  gst_seedance_bufferer_set_ended (self->bufferer, FALSE);
  gst_seedance_announcer_resume (self->announcer);

  switch (wait_for_bytes (self, ticket, offset, &size, &error)) {
    case SEEDANCE_WAIT_BYTES:
      flow = read_bytes (self, ticket, offset, size, buffer, &error);
      break;
    case SEEDANCE_WAIT_EOS:
      return GST_FLOW_EOS;
    default:
      flow = GST_FLOW_ERROR;
      break;
  }

  return error ? fail (self, ticket, error) : flow;
}

/* The base class counts in bytes unless do-timestamp is set while the stream
 * runs: then it stamps the buffers that follow, and leaves it to us to know
 * where they begin. */
static guint64
take_position (GstSeedanceSrc *self, guint64 offset, guint *size)
{
  if (is_pulled (self))
    return offset;
  if (*size == 0)
    *size = BLOCKSIZE;

  return offset == GST_BUFFER_OFFSET_NONE ? self->run.position : offset;
}

static GstFlowReturn
gst_seedance_src_create (
    GstBaseSrc *base, guint64 offset, guint size, GstBuffer **buffer)
{
  GstSeedanceSrc *self = GST_SEEDANCE_SRC (base);
  const guint ticket = seedance_reader_enter (self->reader);
  GstFlowReturn flow = GST_FLOW_FLUSHING;

  offset = take_position (self, offset, &size);
  if (is_active (self))
    flow = fetch (self, ticket, offset, size, buffer);
  if (flow == GST_FLOW_OK)
    self->run.position = offset + gst_buffer_get_size (*buffer);
  seedance_reader_leave (self->reader);

  return flow;
}

/* --- a stream that cannot go on ----------------------------------------- */

/* What the bytes that were not handed on stand for. */
static gchar *
describe_loss (GstSeedanceSrc *self)
{
  SeedanceJobState state;
  gchar *text;

  seedance_reader_get_state (self->reader, &state);
  if (state.task_id)
    text = g_strdup_printf ("Task %s is kept: the same again fetches its clip "
                            "without a second bill.",
        state.task_id);
  else if (state.posted)
    text = g_strdup ("What was ordered is kept for the next run.");
  else
    text = g_strdup ("Nothing was ordered.");
  seedance_job_state_clear (&state);

  return text;
}

static GError *
explain_flow (GstSeedanceSrc *self, GstFlowReturn flow)
{
  g_autofree gchar *loss = describe_loss (self);

  if (flow == GST_FLOW_NOT_LINKED)
    return seedance_error_because (
        g_error_new (SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
            "Nothing is linked any more where the clip's bytes should go. %s",
            loss),
        SEEDANCE_REASON_NOT_LINKED);
  if (flow == GST_FLOW_NOT_NEGOTIATED)
    return g_error_new (SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
        "What follows the source does not take a clip in an MP4 file, which "
        "is video/quicktime: a demuxer or decodebin has to be between. %s",
        loss);

  return NULL;
}

/* "Internal data stream error", which the base class posts from the streaming
 * thread, tells users nothing. */
static GError *
explain (GstSeedanceSrc *self, GstMessage *message)
{
  const GstStructure *details = NULL;
  gint flow;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR)
    return NULL;
  gst_message_parse_error_details (message, &details);
  if (!details || !gst_structure_get_int (details, "flow-return", &flow))
    return NULL;

  return explain_flow (self, (GstFlowReturn) flow);
}

static gboolean
gst_seedance_src_post_message (GstElement *element, GstMessage *message)
{
  GstSeedanceSrc *self = GST_SEEDANCE_SRC (element);
  g_autoptr (GError) error = explain (self, message);
  guint ticket;

  if (!error)
    return GST_ELEMENT_CLASS (parent_class)->post_message (element, message);
  gst_message_unref (message);
  g_atomic_int_set (&self->run.failed, TRUE);
  ticket = seedance_reader_enter (self->reader);
  tell (self, ticket, make_error (self, error));
  seedance_reader_leave (self->reader);

  return TRUE;
}

/* --- start and stop ----------------------------------------------------- */

/* do-timestamp makes the base class believe that the stream is one of times,
 * which has no offsets. Its buffers can have times without that. */
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

  /* The base class also starts its source for mere queries: nothing is
   * validated, read or sent here. */
  self->run.started = g_get_monotonic_time ();
  self->run.was_seen = FALSE;
  self->run.paced = FALSE;
  self->run.size = -1;
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

  if (!seedance_reader_is_open (self->reader))
    return TRUE;
  if (self->run.was_seen)
    seedance_reader_mark_played (self->reader);
  close_run (self);

  return TRUE;
}

static void
set_flushing (GstSeedanceSrc *self, gboolean flushing)
{
  seedance_reader_set_flushing (self->reader, flushing);
  /* A flush also throws away what is to be pushed with the next buffer. */
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

/* --- events ------------------------------------------------------------- */

/* Bytes have one direction. Looked at here, because do_seek() comes after the
 * flush. */
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
  /* gst-launch -e waits for the end of every progress before it goes to
   * PLAYING, where alone the sinks tell the end of the stream. */
  if (ends)
    gst_seedance_announcer_end (self->announcer);

  return handled;
}

/* --- states ------------------------------------------------------------- */

/* What is wrong with the settings fails the change of state, as a missing file
 * does for filesrc, instead of the stream a moment later. */
static gboolean
check_settings (GstSeedanceSrc *self)
{
  g_autoptr (GError) error = NULL;
  SeedanceOrder *order = prepare_order (self, &error);

  if (error)
    gst_element_post_message (GST_ELEMENT (self), make_error (self, error));
  set_order (self, order);

  return order != NULL;
}

/* Ends as files of its kind do: who looks at that first recognizes a clip by
 * its first box. Else typefind reads the first 128 KiB before it is sure, for
 * which a slow link takes longer than for all that the first frame needs. It is
 * another one for each run, because stream ids are made of it. */
static void
renew_uri (GstSeedanceSrc *self)
{
  g_autofree gchar *unique = seedance_unique ();
  gchar *old;

  GST_OBJECT_LOCK (self);
  old = self->run.uri;
  self->run.uri = g_strdup_printf ("seedance:%s.mp4", unique);
  GST_OBJECT_UNLOCK (self);
  g_free (old);
}

/* Whether the clip was seen to its end. In doubt it counts as not seen, which
 * costs nothing. */
static gboolean
clip_was_seen (GstSeedanceSrc *self)
{
  return !g_atomic_int_get (&self->run.failed) &&
         !g_atomic_int_get (&self->run.forced_eos) &&
         seedance_reader_has_reached_end (self->reader) && self->run.errors &&
         !gst_seedance_errors_has (self->run.errors, GST_ELEMENT (self)) &&
         gst_seedance_stream_was_seen (
             GST_BASE_SRC_PAD (self), self->run.errors);
}

/* What the elements of the pipeline say from now on. */
static void
listen_for_errors (GstSeedanceSrc *self)
{
  g_autoptr (GstElement) top = gst_seedance_ref_top_level (GST_ELEMENT (self));

  g_clear_pointer (&self->run.errors, gst_seedance_errors_free);
  self->run.errors = gst_seedance_errors_new (top);
}

static GstStateChangeReturn
gst_seedance_src_change_state (GstElement *element, GstStateChange transition)
{
  GstSeedanceSrc *self = GST_SEEDANCE_SRC (element);
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !check_settings (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    renew_uri (self);
    listen_for_errors (self);
    set_prepared (self, TRUE);
  }
  /* Sinks forget their end when they leave PAUSED, and they do so first. */
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    self->run.was_seen |= clip_was_seen (self);

  result = GST_ELEMENT_CLASS (parent_class)->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      result == GST_STATE_CHANGE_FAILURE) {
    set_prepared (self, FALSE);
    set_order (self, NULL);
    g_clear_pointer (&self->run.errors, gst_seedance_errors_free);
  }

  return result;
}

/* --- queries ------------------------------------------------------------ */

static gint64
known_size (GstSeedanceSrc *self)
{
  SeedanceJobState state;

  seedance_reader_get_state (self->reader, &state);
  seedance_job_state_clear (&state);

  return state.download.readable ? state.download.size : -1;
}

/* The base class asks at the end of the bytes, with automatic-eos to end the
 * stream there. As long as there is no size it asks us for more instead, and we
 * end the stream when the whole clip was checked. */
static gint64
checked_size (GstSeedanceSrc *self)
{
  SeedanceJobState state;

  seedance_reader_get_state (self->reader, &state);
  seedance_job_state_clear (&state);

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

/* Also called for the start. Times have no place in the clip but its start. */
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
answer_buffering (GstSeedanceSrc *self, GstQuery *query)
{
  GstSeedanceLevel level;
  SeedanceSupply supply;

  if (!seedance_reader_is_open (self->reader))
    return FALSE;
  gst_seedance_bufferer_look (self->bufferer, &level, &supply);

  return gst_seedance_buffering_answer (query, &level, &supply);
}

/* No query blocks or starts anything; a size that is not known yet is told as
 * such, and typefind and qtdemux take that for an answer. */
static gboolean
gst_seedance_src_query (GstBaseSrc *base, GstQuery *query)
{
  GstSeedanceSrc *self = GST_SEEDANCE_SRC (base);
  GstFormat format;

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_BUFFERING:
      return answer_buffering (self, query);
    case GST_QUERY_SCHEDULING:
      gst_query_set_scheduling (query, GST_SCHEDULING_FLAG_SEEKABLE, 1, -1, 0);
      gst_query_add_scheduling_mode (query, GST_PAD_MODE_PULL);
      gst_query_add_scheduling_mode (query, GST_PAD_MODE_PUSH);
      return TRUE;
    case GST_QUERY_DURATION:
      gst_query_parse_duration (query, &format, NULL);
      if (format != GST_FORMAT_BYTES)
        return FALSE;
      gst_query_set_duration (query, format, known_size (self));
      return TRUE;
    case GST_QUERY_SEEKING:
      gst_query_parse_seeking (query, &format, NULL, NULL, NULL);
      if (format != GST_FORMAT_BYTES)
        return FALSE;
      gst_query_set_seeking (query, format, TRUE, 0, known_size (self));
      return TRUE;
    case GST_QUERY_URI:
      GST_OBJECT_LOCK (self);
      gst_query_set_uri (query, self->run.uri);
      GST_OBJECT_UNLOCK (self);
      return TRUE;
    default:
      return GST_BASE_SRC_CLASS (parent_class)->query (base, query);
  }
}

/* --- class -------------------------------------------------------------- */

static void
gst_seedance_src_finalize (GObject *object)
{
  GstSeedanceSrc *self = GST_SEEDANCE_SRC (object);

  seedance_reader_free (self->reader);
  gst_seedance_announcer_free (self->announcer);
  gst_seedance_bufferer_free (self->bufferer);
  gst_seedance_settings_clear (&self->settings);
  g_clear_pointer (&self->last_stats, gst_structure_free);
  g_clear_pointer (&self->run.order, seedance_order_unref);
  g_free (self->run.uri);
  g_free (self->run.instance);
  g_cond_clear (&self->run.changed);

  G_OBJECT_CLASS (parent_class)->finalize (object);
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
  prop_stats =
      gst_seedance_settings_install (object_class, GST_SEEDANCE_PART_ALL);
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
   * The task of the current or the last run, whether this run ordered it, found
   * it in the state folder or was given it by #GstSeedanceSrc:task-id. %NULL
   * until it is known; notified then, from the thread that posts the messages.
   *
   * Since: 0.2
   */
  g_object_class_install_property (object_class, prop_current_task_id,
      g_param_spec_string ("current-task-id", "Current task id",
          "The task of the current or the last run; notified as soon as it is "
          "known",
          NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));

  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Seedance video generator", "Source/Network/Video",
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

/* Buffers hold the memory that the clip was received into: nobody's pool is of
 * use. And a queue never answers an allocation query that it still has when
 * what is behind it wants no more (GstQueue of 1.22): the source would wait. */
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
  renew_uri (self);
  self->reader = seedance_reader_new (on_job_changed, self);
  self->bufferer = gst_seedance_bufferer_new (
      GST_ELEMENT (self), self->reader, announce_soon);
  self->announcer = gst_seedance_announcer_new (
      GST_ELEMENT (self), self->reader, self->bufferer);
  gst_base_src_set_blocksize (GST_BASE_SRC (self), BLOCKSIZE);
  /* The end is told only after the whole clip was checked and is durable. */
  gst_base_src_set_automatic_eos (GST_BASE_SRC (self), FALSE);
  gst_pad_add_probe (GST_BASE_SRC_PAD (self),
      GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, drop_allocation, NULL, NULL);
}
