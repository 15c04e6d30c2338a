/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Having read all of a clip is not enough: queues run seconds ahead of the
 * screen, and who stops then must find the clip again. */

#include "gstseedanceseen.h"

#include <gst/base/gstbasesink.h>

#define GST_CAT_DEFAULT gst_seedance_src_debug
GST_DEBUG_CATEGORY_EXTERN (gst_seedance_src_debug);

GstElement *
gst_seedance_ref_top_level (GstElement *element)
{
  GstObject *top = gst_object_ref (GST_OBJECT (element));
  GstObject *parent;

  while ((parent = gst_object_get_parent (top))) {
    gst_object_unref (top);
    top = parent;
  }

  return GST_ELEMENT (top);
}

/* The flag of a pad is set only after the message of the end was posted, so a
 * quick application is here first. */
static gboolean
sink_is_eos (GstElement *sink)
{
  gboolean eos = TRUE;

  GST_OBJECT_LOCK (sink);
  for (GList *l = sink->sinkpads; l && eos; l = l->next)
    eos = GST_PAD_IS_EOS (l->data);
  /* Set under this lock, too, so that it can be read for queries; the preroll
   * lock is held for as long as a sink renders or posts. */
  eos |= GST_IS_BASE_SINK (sink) && GST_BASE_SINK (sink)->eos;
  GST_OBJECT_UNLOCK (sink);

  return eos;
}

/* A snapshot ends the stream after one picture: what the sink came to counts,
 * where it can tell. */
static gboolean
sink_stopped_early (GstElement *sink)
{
  gint64 position, duration;

  return gst_element_query_position (sink, GST_FORMAT_TIME, &position) &&
         gst_element_query_duration (sink, GST_FORMAT_TIME, &duration) &&
         position < duration - duration / 10;
}

static gint
find_unfinished_sink (gconstpointer item, gconstpointer unused)
{
  GstElement *element = g_value_get_object (item);

  return GST_OBJECT_FLAG_IS_SET (element, GST_ELEMENT_FLAG_SINK) &&
                 !GST_IS_BIN (element) &&
                 (!sink_is_eos (element) || sink_stopped_early (element))
             ? 0
             : 1;
}

gboolean
gst_seedance_stream_was_seen (GstElement *element)
{
  g_autoptr (GstElement) top = gst_seedance_ref_top_level (element);
  g_autoptr (GstIterator) iterator = NULL;
  GValue unfinished = G_VALUE_INIT;
  gboolean seen;

  if (!GST_IS_BIN (top) || GST_STATE_TARGET (top) == GST_STATE_PLAYING)
    return TRUE;
  iterator = gst_bin_iterate_recurse (GST_BIN (top));
  seen = !gst_iterator_find_custom (
      iterator, (GCompareFunc) find_unfinished_sink, &unfinished, NULL);
  if (!seen)
    GST_DEBUG_OBJECT (element, "%" GST_PTR_FORMAT " has not come to its end",
        g_value_get_object (&unfinished));
  g_value_unset (&unfinished);

  return seen;
}
