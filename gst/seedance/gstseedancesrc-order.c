/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way from the properties to an open clip: make the order, check it, warn
 * about it, see that an element would receive the clip and that the application
 * wants it, and open the clip. Nothing is sent here; the first wait for bytes
 * sends the order. */

#include "gstseedancesrc-private.h"

#include "gstseedancemessages.h"
#include "gstseedanceneighbours.h"
#include "image.h"

static void
warn_about_request (
    GstSeedanceSrc *self, guint ticket, const SeedanceOrder *order)
{
  g_autofree gchar *option = seedance_request_find_override (order->request);

  if (order->task_id)
    return;
  if (option)
    gst_seedance_src_tell (self, ticket,
        gst_seedance_make_warning (GST_ELEMENT (self),
            "The prompt holds '%s', which overrides the properties at the "
            "service, and so may change what the clip costs.",
            option));
  if (order->image_size > SEEDANCE_IMAGE_WARN_SIZE)
    gst_seedance_src_tell (self, ticket,
        gst_seedance_make_warning (GST_ELEMENT (self),
            "The image is %" G_GSIZE_FORMAT " KiB large and is sent inline; "
            "some services refuse more than 4 MiB.",
            order->image_size / 1024));
}

static void
warn_about_branches (GstSeedanceSrc *self, guint ticket)
{
  if (!gst_seedance_shares_with_demuxer (GST_ELEMENT (self)))
    return;
  gst_seedance_src_tell (self, ticket,
      gst_seedance_make_warning (GST_ELEMENT (self),
          "A tee stands between the source and a demuxer. The demuxer seeks in "
          "a large clip, and the other branch gets its bytes out of order: a "
          "file that is written there is broken then. The clip itself is kept "
          "whole. Put the tee behind the decoder; or keep the clip with "
          "filesink alone, and play it in a second run with reuse=always, "
          "which costs nothing more."));
}

SeedanceOrder *
gst_seedance_src_prepare_order (GstSeedanceSrc *self, GError **error)
{
  g_autoptr (SeedanceOrder) order = NULL;
  gboolean may_order;

  GST_OBJECT_LOCK (self);
  g_free (self->run.instance);
  self->run.instance = g_strdup (self->settings.instance);
  order = gst_seedance_settings_to_order (&self->settings, error);
  may_order = gst_seedance_src_may_order_locked (self);
  g_atomic_int_set (&self->run.may_order, may_order);
  GST_OBJECT_UNLOCK (self);
  /* `pending` would order a clip anew after it was played. An element that may
   * not order plays it again instead. */
  if (order && !may_order && order->reuse == SEEDANCE_REUSE_PENDING)
    order->reuse = SEEDANCE_REUSE_ALWAYS;
  if (order)
    seedance_clip_remind (self->clip, order);
  if (!order || !seedance_order_prepare (order, error))
    return NULL;

  return g_steal_pointer (&order);
}

/* The change of state stores the order. In pull mode the demuxer's thread may
 * take it at the same time, so both need the lock. */
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

void
gst_seedance_src_set_order (GstSeedanceSrc *self, SeedanceOrder *order)
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

void
gst_seedance_src_close_run (GstSeedanceSrc *self)
{
  gst_seedance_bufferer_stop (self->bufferer);
  gst_seedance_announcer_end (self->announcer);
  gst_seedance_src_keep_stats (self);
  seedance_clip_close (self->clip);
}

gboolean
gst_seedance_src_run_goes_on (GstSeedanceSrc *self)
{
  gboolean prepared;

  GST_OBJECT_LOCK (self);
  prepared = self->run.prepared;
  GST_OBJECT_UNLOCK (self);

  return prepared || g_atomic_int_get (&self->run.ahead);
}

/* typefind calls our getrange function without the stream lock of the pad and
 * without a look at its flags, even during or after a deactivation. So call
 * this after seedance_clip_enter(): a deactivation first sets the flushing flag
 * and then interrupts all waits, so a thread that has entered the clip either
 * finds the flag here or is interrupted later. */
gboolean
gst_seedance_src_is_active (GstSeedanceSrc *self)
{
  GstPad *pad = GST_BASE_SRC_PAD (self);
  gboolean flushing;

  GST_OBJECT_LOCK (pad);
  flushing = GST_PAD_IS_FLUSHING (pad);
  GST_OBJECT_UNLOCK (pad);

  return !flushing;
}

gboolean
gst_seedance_src_begin_order (
    GstSeedanceSrc *self, guint ticket, SeedanceOrder *order, GError **error)
{
  gst_seedance_src_estimate (self, order);
  warn_about_request (self, ticket, order);
  warn_about_branches (self, ticket);
  gst_seedance_announcer_begin (self->announcer, order);
  gst_seedance_bufferer_begin (self->bufferer, is_buffering (self));

  return seedance_clip_open (self->clip, order, error);
}

gboolean
gst_seedance_src_open_order (GstSeedanceSrc *self, guint ticket, GError **error)
{
  g_autoptr (SeedanceOrder) order = exchange_order (self, NULL);

  /* In pull mode the pad may be activated before the element's own change of
   * state has stored an order. */
  if (!order)
    order = gst_seedance_src_prepare_order (self, error);
  if (!order || !gst_seedance_src_begin_order (self, ticket, order, error))
    return FALSE;
  if (gst_seedance_src_is_active (self))
    return TRUE;
  /* The pad was deactivated meanwhile. If stop() came before the clip was open,
   * nothing else closes it, except the end of a run that goes on. */
  if (!gst_seedance_src_run_goes_on (self))
    gst_seedance_src_close_run (self);

  return FALSE;
}

GError *
gst_seedance_src_find_loose_end (GstSeedanceSrc *self)
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
  else if (gst_seedance_is_shown_undecoded (pad))
    return g_error_new_literal (SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
        "What follows the source does not take a clip in an MP4 file: it is a "
        "sink for what is decoded already. Nothing was ordered. Put decodebin "
        "between, as in: seedancesrc prompt=… ! decodebin ! videoconvert ! "
        "autovideosink");
  else
    return NULL;

  return seedance_error_because (
      g_error_new_literal (SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS, text),
      SEEDANCE_REASON_NOT_LINKED);
}

gboolean
gst_seedance_src_wait_until_wanted (GstSeedanceSrc *self, guint ticket)
{
  if (!gst_seedance_is_held_back (GST_ELEMENT (self)))
    return TRUE;
  GST_OBJECT_LOCK (self);
  while (!self->run.prepared && !gst_seedance_src_is_interrupted (self, ticket))
    g_cond_wait (&self->run.changed, GST_OBJECT_GET_LOCK (self));
  GST_OBJECT_UNLOCK (self);

  return !gst_seedance_src_is_interrupted (self, ticket);
}

void
gst_seedance_src_set_prepared (GstSeedanceSrc *self, gboolean prepared)
{
  GST_OBJECT_LOCK (self);
  self->run.prepared = prepared;
  g_cond_broadcast (&self->run.changed);
  GST_OBJECT_UNLOCK (self);
}

void
gst_seedance_src_end_run (GstSeedanceSrc *self)
{
  gst_seedance_src_set_prepared (self, FALSE);
  gst_seedance_src_set_order (self, NULL);
  g_atomic_int_set (&self->run.ahead, FALSE);
  /* A demuxer may have stopped the source before, and then no stop() follows.
   * If the pad is still active, its stop() closes the clip. */
  if (seedance_clip_is_open (self->clip) && !gst_seedance_src_is_active (self))
    gst_seedance_src_close_run (self);
}
