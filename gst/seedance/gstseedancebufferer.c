/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decides when a BUFFERING message is posted. Several bufferers of one pipeline
 * cooperate: each finds the others through the qdata of their elements, and
 * reads their atomic flags. gstseedancebuffering.c computes the level. */

#include "gstseedancebufferer.h"

#include "gstseedanceneighbours.h"

#define GST_CAT_DEFAULT gst_seedance_src_debug
GST_DEBUG_CATEGORY_EXTERN (gst_seedance_src_debug);

struct _GstSeedanceBufferer {
  GstElement *element;
  SeedanceClip *clip;
  void (*wake) (GstElement *element);

  GMutex lock;
  /* Under the lock. */
  GstSeedanceBuffering state;
  gboolean running, enabled, ended;
  gint last; /* percent of the last message, initially 100 */

  GWeakRef pipeline; /* the element's top level when it last had to wait */

  gint needed; /* atomic: what gst_seedance_bufferer_prepare() found out */
  gint low;  /* atomic: this clip waits for its download */
  gint told; /* atomic: the last message was below 100 % */
};

static GQuark
bufferer_quark (void)
{
  return g_quark_from_static_string ("gst-seedance-bufferer");
}

static gboolean
holds_a_sink (GstBin *bin)
{
  GstIterator *sinks = gst_bin_iterate_sinks (bin);
  GValue sink = G_VALUE_INIT;
  gboolean holds = gst_iterator_next (sinks, &sink) == GST_ITERATOR_OK;

  g_value_unset (&sink);
  gst_iterator_free (sinks);

  return holds;
}

/* Returns TRUE if @element keeps to the clock. Elements with a property `sync`
 * say so themselves; any other sink is assumed to. A sink bin that is still
 * empty is meant for playback: playsink adds its sinks only when it knows the
 * streams. */
static gboolean
keeps_time (GstElement *element)
{
  GParamSpec *pspec;
  gboolean sync;

  if (GST_IS_BIN (element))
    return GST_OBJECT_FLAG_IS_SET (element, GST_ELEMENT_FLAG_SINK) &&
           !holds_a_sink (GST_BIN (element));
  pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (element), "sync");
  if (pspec && pspec->value_type == G_TYPE_BOOLEAN) {
    g_object_get (element, "sync", &sync, NULL);
    return sync;
  }

  return GST_OBJECT_FLAG_IS_SET (element, GST_ELEMENT_FLAG_SINK);
}

typedef struct {
  gboolean timed;
  guint sinks;
} Look;

static void
look_at_element (const GValue *item, gpointer user_data)
{
  GstElement *element = g_value_get_object (item);
  Look *look = user_data;

  look->timed |= keeps_time (element);
  look->sinks += GST_OBJECT_FLAG_IS_SET (element, GST_ELEMENT_FLAG_SINK);
}

/* Returns TRUE if playback could stall, so that buffering makes sense. A
 * transcoding pipeline runs as fast as it can and needs no buffering. A
 * pipeline without any sink counts as playback, because an application may add
 * its sinks only when it knows the streams. */
static gboolean
is_played_in_time (GstElement *element)
{
  GstElement *top = gst_seedance_ref_top_level (element);
  GstIterator *iterator;
  Look look = { FALSE, 0 };

  if (!GST_IS_BIN (top)) {
    gst_object_unref (top);
    return FALSE;
  }
  iterator = gst_bin_iterate_recurse (GST_BIN (top));
  while (gst_iterator_foreach (iterator, look_at_element, &look) ==
         GST_ITERATOR_RESYNC) {
    look = (Look){ FALSE, 0 };
    gst_iterator_resync (iterator);
  }
  gst_iterator_free (iterator);
  gst_object_unref (top);

  return look.timed || look.sinks == 0;
}

typedef struct {
  GstSeedanceBufferer *self;
  gboolean wake, found;
} Others;

static void
look_at_other (const GValue *item, gpointer user_data)
{
  GstElement *element = g_value_get_object (item);
  Others *others = user_data;
  GstSeedanceBufferer *other =
      g_object_get_qdata (G_OBJECT (element), bufferer_quark ());

  if (!other || other == others->self)
    return;
  if (others->wake && g_atomic_int_get (&other->told) &&
      !g_atomic_int_get (&other->low))
    other->wake (element);
  others->found |= g_atomic_int_get (&other->low);
}

static void
look_at_all (GstElement *top, Others *others)
{
  GstIterator *iterator;

  if (!GST_IS_BIN (top))
    return;
  iterator = gst_bin_iterate_recurse (GST_BIN (top));
  while (gst_iterator_foreach (iterator, look_at_other, others) ==
         GST_ITERATOR_RESYNC)
    gst_iterator_resync (iterator);
  gst_iterator_free (iterator);
}

/* Returns TRUE if another bufferer of the pipeline waits for its download. */
static gboolean
others_wait (GstSeedanceBufferer *self)
{
  GstElement *top = gst_seedance_ref_top_level (self->element);
  Others others = { self, FALSE, FALSE };

  look_at_all (top, &others);
  gst_object_unref (top);

  return others.found;
}

/* Wakes the bufferers that held their 100 % back because of this one. They are
 * looked up in the pipeline where this element last had to wait, because the
 * element may have been removed from it since. */
static void
wake_others (GstSeedanceBufferer *self)
{
  GstElement *top = g_weak_ref_get (&self->pipeline);
  Others others = { self, TRUE, FALSE };

  if (!top)
    return;
  look_at_all (top, &others);
  gst_object_unref (top);
}

/* Returns TRUE if @percent is news that has to be posted. */
static gboolean
set_told (GstSeedanceBufferer *self, gint percent)
{
  gboolean news;

  g_mutex_lock (&self->lock);
  news = self->running && self->last != percent;
  if (news)
    self->last = percent;
  g_mutex_unlock (&self->lock);

  return news;
}

static GstMessage *
make_message (GstSeedanceBufferer *self, const GstSeedanceLevel *level)
{
  if (!set_told (self, level->percent))
    return NULL;
  GST_DEBUG_OBJECT (self->element,
      "%d %%, %d bytes/s in, %d bytes/s out, %" G_GINT64_FORMAT " ms to wait, "
      "whole in %" G_GINT64_FORMAT " ms",
      level->percent, level->rate_in, level->rate_out, level->wait,
      level->total);

  return gst_seedance_buffering_message (GST_OBJECT (self->element), level);
}

/* Marks this clip as waiting. Returns FALSE if the run is over: a stopped
 * element must not hold the others back. */
static gboolean
set_low (GstSeedanceBufferer *self)
{
  gboolean running;

  g_mutex_lock (&self->lock);
  running = self->running;
  if (running) {
    g_atomic_int_set (&self->low, TRUE);
    g_atomic_int_set (&self->told, TRUE);
  }
  g_mutex_unlock (&self->lock);

  return running;
}

/* Remembers the current pipeline. If the element has moved, the bufferers of
 * its old pipeline need not wait for it any more. */
static void
note_pipeline (GstSeedanceBufferer *self)
{
  GstElement *top = gst_seedance_ref_top_level (self->element);
  GstElement *before = g_weak_ref_get (&self->pipeline);

  if (before && before != top)
    wake_others (self);
  g_weak_ref_set (&self->pipeline, top);
  gst_clear_object (&before);
  gst_object_unref (top);
}

static GstMessage *
tell_low (GstSeedanceBufferer *self, const GstSeedanceLevel *level)
{
  note_pipeline (self);

  return set_low (self) ? make_message (self, level) : NULL;
}

/* Each bufferer clears its own flag `low` before it reads the flags of the
 * others. So if two bufferers reach 100 % at the same time, at least one of
 * them sees that both have, and wakes the other. */
static GstMessage *
tell_enough (GstSeedanceBufferer *self, const GstSeedanceLevel *level)
{
  g_atomic_int_set (&self->low, FALSE);
  if (!g_atomic_int_get (&self->told) || others_wait (self))
    return NULL;
  g_atomic_int_set (&self->told, FALSE);
  wake_others (self);

  return make_message (self, level);
}

gboolean
gst_seedance_bufferer_is_needed (GstSeedanceBufferer *self)
{
  gboolean enabled;

  g_mutex_lock (&self->lock);
  enabled = self->running && self->enabled && !self->ended;
  g_mutex_unlock (&self->lock);

  return enabled && is_played_in_time (self->element);
}

void
gst_seedance_bufferer_look (
    GstSeedanceBufferer *self, GstSeedanceLevel *level, SeedanceSupply *supply)
{
  seedance_clip_get_supply (self->clip, supply);
  g_mutex_lock (&self->lock);
  self->state.held =
      g_atomic_int_get (&self->told) && !g_atomic_int_get (&self->low);
  gst_seedance_buffering_judge (&self->state, supply, g_get_monotonic_time ());
  *level = self->state.level;
  if (!self->enabled || self->ended)
    level->percent = 100;
  g_mutex_unlock (&self->lock);
}

void
gst_seedance_bufferer_prepare (GstSeedanceBufferer *self)
{
  GstSeedanceLevel level;
  SeedanceSupply supply;

  seedance_clip_read_index (self->clip);
  gst_seedance_bufferer_look (self, &level, &supply);
  /* Only a message of less than 100 % depends on it, and a walk over the
   * elements of the pipeline takes long. If the level falls just now, the next
   * message takes back a needless one. */
  g_atomic_int_set (&self->needed, level.percent >= 100 || supply.over ||
                                       gst_seedance_bufferer_is_needed (self));
}

GstMessage *
gst_seedance_bufferer_take_message (GstSeedanceBufferer *self)
{
  GstSeedanceLevel level;
  SeedanceSupply supply;

  gst_seedance_bufferer_look (self, &level, &supply);
  if (!supply.readable && !supply.over)
    return NULL;
  if (level.percent < 100 && !supply.over && g_atomic_int_get (&self->needed))
    return tell_low (self, &level);
  level.percent = 100;
  level.wait = 0;

  return tell_enough (self, &level);
}

void
gst_seedance_bufferer_begin (GstSeedanceBufferer *self, gboolean enabled)
{
  g_mutex_lock (&self->lock);
  self->state = (GstSeedanceBuffering){ 0 };
  self->running = TRUE;
  self->enabled = enabled;
  self->ended = FALSE;
  self->last = 100;
  g_mutex_unlock (&self->lock);
}

void
gst_seedance_bufferer_set_ended (GstSeedanceBufferer *self, gboolean ended)
{
  g_mutex_lock (&self->lock);
  self->ended = ended;
  g_mutex_unlock (&self->lock);
}

/* Posts no final 100 %: an application that is just stopping the pipeline would
 * take it as the signal to play. */
void
gst_seedance_bufferer_stop (GstSeedanceBufferer *self)
{
  gboolean was_low;

  g_mutex_lock (&self->lock);
  self->running = FALSE;
  g_atomic_int_set (&self->told, FALSE);
  was_low = g_atomic_int_compare_and_exchange (&self->low, TRUE, FALSE);
  g_mutex_unlock (&self->lock);
  if (was_low)
    wake_others (self);
}

GstSeedanceBufferer *
gst_seedance_bufferer_new (
    GstElement *element, SeedanceClip *clip, void (*wake) (GstElement *element))
{
  GstSeedanceBufferer *self = g_new0 (GstSeedanceBufferer, 1);

  self->element = element;
  self->clip = clip;
  self->wake = wake;
  self->last = 100;
  g_mutex_init (&self->lock);
  g_weak_ref_init (&self->pipeline, NULL);
  g_object_set_qdata (G_OBJECT (element), bufferer_quark (), self);

  return self;
}

void
gst_seedance_bufferer_free (GstSeedanceBufferer *self)
{
  g_weak_ref_clear (&self->pipeline);
  g_mutex_clear (&self->lock);
  g_free (self);
}
