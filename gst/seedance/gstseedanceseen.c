/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decides whether a clip was seen: played to its end by every sink that it
 * reaches. That the demuxer has read all bytes proves nothing, because queues
 * run seconds ahead of the sinks. A clip that was not seen is played again by
 * the next run, without a second bill. */

#include "gstseedanceseen.h"

#include <gst/base/gstbasesink.h>

#include "gstseedanceneighbours.h"

#define GST_CAT_DEFAULT gst_seedance_src_debug
GST_DEBUG_CATEGORY_EXTERN (gst_seedance_src_debug);

/* Looks at the EOS flags of the sink's pads and at the flag of GstBaseSink. The
 * flag of a pad is set only after the sink has posted its EOS message, so an
 * application that stops the pipeline in response can be here earlier. */
static gboolean
sink_is_eos (GstElement *sink)
{
  gboolean eos = TRUE;

  GST_OBJECT_LOCK (sink);
  for (GList *l = sink->sinkpads; l && eos; l = l->next)
    eos = GST_PAD_IS_EOS (l->data);
  /* GstBaseSink writes this flag under the object lock as well as under the
   * preroll lock. A sink holds the preroll lock while it renders or posts, so
   * taking that one here could block. */
  eos |= GST_IS_BASE_SINK (sink) && GST_BASE_SINK (sink)->eos;
  GST_OBJECT_UNLOCK (sink);

  return eos;
}

/* Returns TRUE if the sink stopped before the last tenth of the clip. An
 * encoder that takes a snapshot, for one, sends EOS after one picture. A sink
 * that cannot tell its position gets the benefit of the doubt. */
static gboolean
sink_stopped_early (GstElement *sink)
{
  gint64 position, duration;

  return gst_element_query_position (sink, GST_FORMAT_TIME, &position) &&
         gst_element_query_duration (sink, GST_FORMAT_TIME, &duration) &&
         position < duration - duration / 10;
}

typedef struct {
  GPtrArray *pads; /* source pads, in the order in which they were found */
  GstSeedanceErrors *errors;
  guint ends;
  GstObject *unfinished; /* the first pad whose receiver failed or is not EOS */
} Walk;

/* Returns TRUE if @pad, a sink pad, passes the bytes on to no other pad: it
 * belongs to a sink, or to the application (@element is NULL). A selector that
 * drops the stream is no such end: it has source pads, and its sink pad merely
 * has no internal link to them. */
static gboolean
is_end (GstPad *pad, GstElement *element)
{
  gboolean end;

  if (GST_IS_PROXY_PAD (pad))
    return FALSE;
  if (!element || GST_OBJECT_FLAG_IS_SET (element, GST_ELEMENT_FLAG_SINK))
    return TRUE;
  GST_OBJECT_LOCK (element);
  end = element->numsrcpads == 0;
  GST_OBJECT_UNLOCK (element);

  return end;
}

static gboolean
is_finished (GstPad *pad, GstElement *element)
{
  /* An application that pulls through a pad of its own decides itself how much
   * it reads, so it has always finished. */
  if (!element)
    return GST_PAD_IS_EOS (pad) || GST_PAD_MODE (pad) == GST_PAD_MODE_PULL;
  if (!GST_OBJECT_FLAG_IS_SET (element, GST_ELEMENT_FLAG_SINK))
    return GST_PAD_IS_EOS (pad);

  return sink_is_eos (element) && !sink_stopped_early (element);
}

/* Skips a pad that was added before: branches may join again downstream. */
static void
add_pad (const GValue *item, gpointer user_data)
{
  GstPad *pad = g_value_get_object (item);
  Walk *walk = user_data;

  if (GST_PAD_IS_SRC (pad) && !g_ptr_array_find (walk->pads, pad, NULL))
    g_ptr_array_add (walk->pads, gst_object_ref (pad));
}

/* Goes on from the sink pad @pad to the source pads that it feeds. Ghost pads
 * link to their internal proxy pads, so this also enters and leaves bins. */
static void
go_through (Walk *walk, GstPad *pad)
{
  GstIterator *links = gst_pad_iterate_internal_links (pad);

  if (!links)
    return;
  while (gst_iterator_foreach (links, add_pad, walk) == GST_ITERATOR_RESYNC)
    gst_iterator_resync (links);
  gst_iterator_free (links);
}

static void
follow (Walk *walk, GstPad *pad)
{
  g_autoptr (GstPad) receiver = gst_pad_get_peer (pad);
  g_autoptr (GstElement) element = NULL;

  if (!receiver)
    return;
  element = gst_pad_get_parent_element (receiver);
  if (element && gst_seedance_errors_has (walk->errors, element))
    walk->unfinished = GST_OBJECT (pad);
  else if (!is_end (receiver, element))
    go_through (walk, receiver);
  else if (!is_finished (receiver, element))
    walk->unfinished = GST_OBJECT (pad);
  else
    walk->ends++;
}

GstSeedanceErrors *
gst_seedance_listen_for_errors (GstElement *element)
{
  g_autoptr (GstElement) top = gst_seedance_ref_top_level (element);

  return gst_seedance_errors_new (top);
}

gboolean
gst_seedance_misses_errors (GstElement *element, GstSeedanceErrors *errors)
{
  g_autoptr (GstElement) top = gst_seedance_ref_top_level (element);

  return gst_seedance_errors_is_deaf (errors, top);
}

gboolean
gst_seedance_stream_was_seen (GstPad *pad, GstSeedanceErrors *errors)
{
  g_autoptr (GstElement) element = gst_pad_get_parent_element (pad);
  Walk walk = { g_ptr_array_new_with_free_func (gst_object_unref), errors };

  if (gst_seedance_misses_errors (element, errors))
    walk.unfinished = GST_OBJECT (pad);
  g_ptr_array_add (walk.pads, gst_object_ref (pad));
  for (guint i = 0; i < walk.pads->len && !walk.unfinished; i++)
    follow (&walk, g_ptr_array_index (walk.pads, i));
  if (walk.unfinished)
    GST_DEBUG_OBJECT (pad,
        "what %" GST_PTR_FORMAT " leads to failed, is not at its end, or its "
        "errors could not be seen",
        walk.unfinished);
  g_ptr_array_unref (walk.pads);

  return !walk.unfinished && walk.ends > 0;
}
