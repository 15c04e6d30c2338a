/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be read of a run: the properties stats and current-task-id, and the
 * facts and tags that other elements of the plugin ask for. */

#include "gstseedancesrc-private.h"

#include "price.h"

/* Takes the cost from the price list in the provider's profile; the bill may
 * differ. */
void
gst_seedance_src_estimate (GstSeedanceSrc *self, const SeedanceOrder *order)
{
  gint64 tokens = -1;
  gdouble usd = 0;

  seedance_price_estimate (order->provider, order->request, &tokens, &usd);
  GST_OBJECT_LOCK (self);
  self->run.estimated_tokens = tokens;
  self->run.estimated_usd = usd;
  GST_OBJECT_UNLOCK (self);
}

static void
add_estimate (GstSeedanceSrc *self, GstStructure *stats)
{
  GST_OBJECT_LOCK (self);
  if (self->run.estimated_tokens > 0)
    gst_structure_set (stats, "estimated-tokens", G_TYPE_INT64,
        self->run.estimated_tokens, NULL);
  if (self->run.estimated_usd > 0)
    gst_structure_set (stats, "estimated-cost-usd", G_TYPE_DOUBLE,
        self->run.estimated_usd, NULL);
  GST_OBJECT_UNLOCK (self);
}

static GstStructure *
make_stats (GstSeedanceSrc *self)
{
  SeedanceClipState state;
  SeedanceSupply supply;
  GstSeedanceLevel level;
  GstStructure *stats;

  seedance_clip_get_state (self->clip, &state);
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
  if (state.posted && state.buys)
    add_estimate (self, stats);
  if (state.task_id)
    gst_structure_set (stats, "task-id", G_TYPE_STRING, state.task_id, NULL);
  seedance_clip_state_clear (&state);

  return stats;
}

/* The clip's state is read before the question whether the run is open. In the
 * other order, a run that ends between the two would read as zeros: last_stats
 * is there before the clip is closed. */
GstStructure *
gst_seedance_src_get_stats (GstSeedanceSrc *self)
{
  GstStructure *stats = make_stats (self);

  if (seedance_clip_is_open (self->clip))
    return stats;
  GST_OBJECT_LOCK (self);
  if (self->last_stats) {
    gst_structure_free (stats);
    stats = gst_structure_copy (self->last_stats);
  }
  GST_OBJECT_UNLOCK (self);

  return stats;
}

void
gst_seedance_src_keep_stats (GstSeedanceSrc *self)
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

/* For the order of both questions see gst_seedance_src_get_stats(). */
void
gst_seedance_src_get_current_task_id (GstSeedanceSrc *self, GValue *value)
{
  SeedanceClipState state;

  seedance_clip_get_state (self->clip, &state);
  g_value_set_string (value, state.task_id);
  seedance_clip_state_clear (&state);
  if (seedance_clip_is_open (self->clip))
    return;
  GST_OBJECT_LOCK (self);
  if (self->last_stats)
    g_value_set_string (
        value, gst_structure_get_string (self->last_stats, "task-id"));
  GST_OBJECT_UNLOCK (self);
}

void
gst_seedance_src_get_facts (GstSeedanceSrc *self, GstSeedanceFacts *facts)
{
  SeedanceClipState state;

  seedance_clip_get_state (self->clip, &state);
  facts->is_whole = state.phase == SEEDANCE_PHASE_READY;
  facts->is_readable = facts->is_whole || state.download.readable;
  facts->ordered = state.buys &&
                   (state.posted || (state.phase == SEEDANCE_PHASE_SUBMITTING &&
                                        state.submits > 0));
  facts->task_id = g_steal_pointer (&state.task_id);
  facts->cost = g_steal_pointer (&state.cost);
  facts->last_frame_url = g_steal_pointer (&state.last_frame_url);
  facts->tokens = state.serial > 0 ? state.tokens : -1;
  seedance_clip_state_clear (&state);
}

GstTagList *
gst_seedance_src_make_tags (GstSeedanceSrc *self)
{
  GstTagList *tags = NULL;
  SeedanceClipState state;

  seedance_clip_get_state (self->clip, &state);
  if (state.serial > 0)
    tags = gst_seedance_announcer_make_tags (self->announcer, &state);
  seedance_clip_state_clear (&state);

  return tags;
}

void
gst_seedance_facts_clear (GstSeedanceFacts *facts)
{
  g_clear_pointer (&facts->task_id, g_free);
  g_clear_pointer (&facts->cost, g_free);
  g_clear_pointer (&facts->last_frame_url, g_free);
}
