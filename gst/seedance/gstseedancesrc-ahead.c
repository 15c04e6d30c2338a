/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orders a clip ahead: while the element is in NULL or READY, and without a
 * streaming thread. The run that follows uses the open clip and orders nothing.
 * The clip stays open until that run ends, however often the base class starts
 * and stops the source in between. */

#include "gstseedancesrc-private.h"

gboolean
gst_seedance_src_order_ahead (GstSeedanceSrc *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SeedanceOrder) order =
      gst_seedance_src_prepare_order (self, &error);
  const guint ticket = seedance_clip_enter (self->clip);

  if (order && gst_seedance_src_begin_order (self, ticket, order, &error)) {
    g_atomic_int_set (&self->run.ahead, TRUE);
    seedance_clip_start (self->clip);
  }
  seedance_clip_leave (self->clip);
  if (error)
    gst_element_post_message (
        GST_ELEMENT (self), gst_seedance_src_make_error (self, error));

  return !error;
}

void
gst_seedance_src_end_ahead (GstSeedanceSrc *self)
{
  if (g_atomic_int_compare_and_exchange (&self->run.ahead, TRUE, FALSE))
    gst_seedance_src_close_run (self);
}

GstMessage *
gst_seedance_src_get_failure (GstSeedanceSrc *self)
{
  g_autoptr (GError) error = seedance_clip_get_error (self->clip);

  return error ? gst_seedance_src_make_error (self, error) : NULL;
}
