/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the streaming thread does: it opens the clip for the first buffer, waits
 * for bytes, and wraps or copies them into buffers. gst_seedance_src_create()
 * at the end is GstBaseSrcClass.create(), in push and in pull mode. */

#include "gstseedancesrc-private.h"

/* This long after the first byte the rate of the download can be judged. */
#define PACE_AFTER (100 * G_TIME_SPAN_MILLISECOND)
/* How often pace() looks until then. */
#define PACE_LOOK (5 * G_TIME_SPAN_MILLISECOND)

static void
stop_waiting (GstSeedanceSrc *self, guint ticket)
{
  SeedanceClipState state;

  g_atomic_int_set (&self->run.waiting, FALSE);
  /* Until the line above on_job_changed() left all changes to this thread. */
  seedance_clip_get_state (self->clip, &state);
  if (state.serial != gst_seedance_announcer_get_serial (self->announcer))
    gst_seedance_src_tell (self, ticket, NULL);
  seedance_clip_state_clear (&state);
}

/* Returns TRUE if the clip can be played now without running dry. A FALSE may
 * change until *@decided (monotonic time, microseconds). */
static gboolean
is_fast_enough (GstSeedanceSrc *self, gint64 *decided)
{
  SeedanceSupply supply;
  GstSeedanceLevel level;

  seedance_clip_read_index (self->clip);
  gst_seedance_bufferer_look (self->bufferer, &level, &supply);
  *decided = supply.fetching_since + PACE_AFTER;

  return level.percent == 100;
}

/* Holds the first bytes back until the application was told whether to wait for
 * the download. Otherwise it would begin to play and stop again at once.
 * Returns immediately if no sink of the pipeline synchronizes to the clock. */
static void
pace (GstSeedanceSrc *self, guint ticket)
{
  gint64 now = g_get_monotonic_time (), decided;

  self->run.paced = TRUE;
  if (!gst_seedance_bufferer_is_needed (self->bufferer))
    return;
  while (!gst_seedance_src_is_interrupted (self, ticket) &&
         !is_fast_enough (self, &decided) && now < decided) {
    GST_OBJECT_LOCK (self);
    g_cond_wait_until (
        &self->run.changed, GST_OBJECT_GET_LOCK (self), now + PACE_LOOK);
    GST_OBJECT_UNLOCK (self);
    now = g_get_monotonic_time ();
  }
  seedance_clip_watch (self->clip);
  gst_seedance_src_tell (self, ticket, NULL);
}

static SeedanceWait
wait_for_bytes (GstSeedanceSrc *self, guint ticket, guint64 offset, gsize *size,
    GError **error)
{
  /* In pull mode the demuxer expects all bytes that it asked for, and a known
   * size. */
  gboolean whole = gst_seedance_src_is_pulled (self);
  guint serial = gst_seedance_announcer_get_serial (self->announcer);
  SeedanceWait wait;

  g_atomic_int_set (&self->run.waiting, TRUE);
  for (;;) {
    wait = seedance_clip_wait (
        self->clip, ticket, offset, size, whole, &serial, error);
    if (wait != SEEDANCE_WAIT_CHANGED)
      break;
    gst_seedance_src_tell (self, ticket, NULL);
  }
  if (wait == SEEDANCE_WAIT_BYTES && !self->run.paced)
    pace (self, ticket);
  stop_waiting (self, ticket);

  return wait;
}

/* Downstream may have asked for the size before it was known, so this posts
 * DURATION_CHANGED when it is. */
static void
publish_size (
    GstSeedanceSrc *self, guint ticket, const SeedanceClipState *state)
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
    gst_seedance_src_tell (
        self, ticket, gst_message_new_duration_changed (GST_OBJECT (self)));
}

/* A pad keeps the tags until it is deactivated, and a flush does not remove
 * them. */
static gboolean
has_pushed_tags (GstPad *pad)
{
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (pad, GST_EVENT_TAG, 0);

  return event != NULL;
}

/* Pushes the tags once. A demuxer that flushes to reach the index of the clip
 * has source pads afterwards. It would pass tags that come then on to a muxer,
 * which would write the prompt into a file. */
static void
push_tags (GstSeedanceSrc *self, const SeedanceClipState *state)
{
  GstPad *pad = GST_BASE_SRC_PAD (self);
  GstTagList *tags;

  if (GST_PAD_MODE (pad) != GST_PAD_MODE_PUSH || has_pushed_tags (pad) ||
      !g_atomic_int_compare_and_exchange (&self->run.tagged, FALSE, TRUE))
    return;
  tags = gst_seedance_announcer_make_tags (self->announcer, state);
  /* The base class keeps the event until it has pushed the segment. Call the
   * virtual function directly: gst_element_send_event() takes the state lock,
   * and a thread that stops the element holds that lock while it waits for this
   * thread. */
  GST_ELEMENT_GET_CLASS (self)->send_event (
      GST_ELEMENT (self), gst_event_new_tag (tags));
}

/* Returns a read-only buffer that wraps received memory, without a copy; NULL
 * if the bytes are not in memory. The buffer keeps the whole block alive. */
static GstBuffer *
borrow_bytes (GstSeedanceSrc *self, guint64 offset, gsize size)
{
  SeedanceBlock *block = seedance_clip_borrow (
      self->clip, offset, &size, gst_seedance_src_is_pulled (self));

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
  GstBaseSrcClass *base_class = GST_BASE_SRC_GET_CLASS (self);
  GstFlowReturn flow = GST_FLOW_OK;
  GstBuffer *filled = *buffer;
  GstMapInfo map;
  gssize got;

  if (!filled)
    flow =
        base_class->alloc (GST_BASE_SRC (self), offset, (guint) size, &filled);
  if (flow != GST_FLOW_OK)
    return flow;
  if (gst_buffer_map (filled, &map, GST_MAP_WRITE)) {
    got = seedance_clip_read (
        self->clip, offset, map.data, MIN (size, map.size), error);
    gst_buffer_unmap (filled, &map);
  } else {
    got = -1;
    g_set_error_literal (error, SEEDANCE_ERROR, SEEDANCE_ERROR_READ,
        "A buffer for the clip cannot be written to, or there is no memory. "
        "The "
        "clip is paid for and kept: run the same again without a second bill.");
  }
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
  SeedanceClipState state;
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

  seedance_clip_get_state (self->clip, &state);
  publish_size (self, ticket, &state);
  push_tags (self, &state);
  seedance_clip_state_clear (&state);

  return GST_FLOW_OK;
}

static GstFlowReturn
open_run (GstSeedanceSrc *self, guint ticket)
{
  g_autoptr (GError) error = NULL;

  if (seedance_clip_is_open (self->clip))
    return GST_FLOW_OK;
  /* The base class starts the streaming thread even if the pad is not
   * linked. */
  error = gst_seedance_src_find_loose_end (self);
  if (error)
    return gst_seedance_src_fail (self, ticket, error);
  if (!gst_seedance_src_wait_until_wanted (self, ticket))
    return GST_FLOW_FLUSHING;
  if (gst_seedance_src_open_order (self, ticket, &error))
    return GST_FLOW_OK;

  return error ? gst_seedance_src_fail (self, ticket, error)
               : GST_FLOW_FLUSHING;
}

static GstFlowReturn
fetch (GstSeedanceSrc *self, guint ticket, guint64 offset, gsize size,
    GstBuffer **buffer)
{
  g_autoptr (GError) error = NULL;
  GstFlowReturn flow = open_run (self, ticket);

  if (flow != GST_FLOW_OK)
    return flow;
  /* If the application has ended the stream with an EOS event, this call means
   * that a flush has revived the stream. */
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

  return error ? gst_seedance_src_fail (self, ticket, error) : flow;
}

/* Returns the offset of the buffer, and sets a *@size of 0 to a default. The
 * base class passes no offset once do-timestamp was set in a running stream;
 * then the buffer begins where the last one ended. */
static guint64
take_position (GstSeedanceSrc *self, guint64 offset, guint *size)
{
  if (gst_seedance_src_is_pulled (self))
    return offset;
  if (*size == 0)
    *size = GST_SEEDANCE_SRC_BLOCKSIZE;

  return offset == GST_BUFFER_OFFSET_NONE ? self->run.position : offset;
}

GstFlowReturn
gst_seedance_src_create (
    GstBaseSrc *base, guint64 offset, guint size, GstBuffer **buffer)
{
  GstSeedanceSrc *self = GST_SEEDANCE_SRC (base);
  const guint ticket = seedance_clip_enter (self->clip);
  GstFlowReturn flow = GST_FLOW_FLUSHING;

  g_atomic_int_set (&self->run.asked, TRUE);
  offset = take_position (self, offset, &size);
  if (gst_seedance_src_is_active (self))
    flow = fetch (self, ticket, offset, size, buffer);
  if (flow == GST_FLOW_OK)
    self->run.position = offset + gst_buffer_get_size (*buffer);
  seedance_clip_leave (self->clip);

  return flow;
}
