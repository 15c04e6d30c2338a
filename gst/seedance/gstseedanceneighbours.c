/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Most functions here follow the links downstream. A pad of a bin has an
 * element inside and a link outside, so they step through such pads. */

#include "gstseedanceneighbours.h"

#include <string.h>

/* Number of elements in a row after which the search ends, which may happen in
 * a graph with a circle. */
#define MAX_DEPTH 100
/* The same for a search that follows every branch: the number of branches may
 * double with each element. */
#define MAX_FORK_DEPTH 12

/* Returns the sink pad that gets the data of @pad (transfer full), or NULL.
 * Where the path leaves a bin, the search goes on outside of it. Where the path
 * enters a bin, the result is the ghost pad of that bin. */
static GstPad *
ref_receiver (GstPad *pad)
{
  GstPad *peer = gst_pad_get_peer (pad);

  /* A proxy pad that is no ghost pad is the inner half of one: here the path
   * leaves a bin. */
  while (peer && GST_IS_PROXY_PAD (peer) && !GST_IS_GHOST_PAD (peer)) {
    GstProxyPad *ghost = gst_proxy_pad_get_internal (GST_PROXY_PAD (peer));

    gst_object_unref (peer);
    peer = ghost ? gst_pad_get_peer (GST_PAD (ghost)) : NULL;
    gst_clear_object (&ghost);
  }

  return peer;
}

/* Returns the pad inside the bin that a ghost pad stands for, or NULL for any
 * other pad. Takes ownership of @pad. */
static GstPad *
step_inside (GstPad *pad)
{
  GstPad *target = GST_IS_GHOST_PAD (pad)
                       ? gst_ghost_pad_get_target (GST_GHOST_PAD (pad))
                       : NULL;

  gst_object_unref (pad);

  return target;
}

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

gboolean
gst_seedance_is_linked (GstPad *pad)
{
  g_autoptr (GstPad) receiver = ref_receiver (pad);

  /* The element behind a ghost pad may have been removed from its bin. */
  if (receiver && GST_IS_GHOST_PAD (receiver)) {
    g_autoptr (GstPad) target =
        gst_ghost_pad_get_target (GST_GHOST_PAD (receiver));

    return target != NULL;
  }

  return receiver != NULL;
}

/* Returns TRUE if the class of @element may have source pads of @presence. */
static gboolean
has_template (GstElement *element, GstPadPresence presence)
{
  GList *templates =
      gst_element_class_get_pad_template_list (GST_ELEMENT_GET_CLASS (element));

  for (GList *l = templates; l; l = l->next) {
    GstPadTemplate *template = l->data;

    if (GST_PAD_TEMPLATE_DIRECTION (template) == GST_PAD_SRC &&
        GST_PAD_TEMPLATE_PRESENCE (template) == presence)
      return TRUE;
  }

  return FALSE;
}

/* Returns TRUE if @element accepts data while its source pads are not linked,
 * which is an option of tee. */
static gboolean
takes_without_links (GstElement *element)
{
  gboolean allowed = FALSE;

  if (g_object_class_find_property (
          G_OBJECT_GET_CLASS (element), "allow-not-linked"))
    g_object_get (element, "allow-not-linked", &allowed, NULL);

  return allowed;
}

/* Returns TRUE if @element is linked only while the pipeline runs. It adds its
 * source pads later, or it is a typefind, which decodebin or the application
 * links when the type is known. */
static gboolean
is_linked_later (GstElement *element)
{
  return has_template (element, GST_PAD_SOMETIMES) ||
         g_signal_lookup ("have-type", G_OBJECT_TYPE (element)) != 0;
}

static gboolean element_leads_somewhere (GstElement *element, guint depth);

/* Returns TRUE if only the inside of the bin around @pad shows where the data
 * goes: the bin is no sink, and has no pad for a way out. */
static gboolean
is_decided_inside (GstPad *pad)
{
  g_autoptr (GstElement) bin = gst_pad_get_parent_element (pad);
  gboolean inside;

  if (!GST_IS_GHOST_PAD (pad) || !bin || is_linked_later (bin))
    return FALSE;
  GST_OBJECT_LOCK (bin);
  inside = bin->numsrcpads == 0 &&
           !GST_OBJECT_FLAG_IS_SET (bin, GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_UNLOCK (bin);

  return inside;
}

static gboolean
pad_leads_somewhere (GstPad *pad, guint depth)
{
  GstPad *receiver = ref_receiver (pad);
  g_autoptr (GstElement) element = NULL;

  /* An application that blocks a pad is about to link it. */
  if (!receiver)
    return gst_pad_is_blocked (pad);
  while (receiver && is_decided_inside (receiver))
    receiver = step_inside (receiver);
  if (!receiver)
    return FALSE;
  element = gst_pad_get_parent_element (receiver);
  gst_object_unref (receiver);

  return !element || element_leads_somewhere (element, depth + 1);
}

typedef struct {
  guint depth, pads;
  gboolean somewhere;
} Search;

static gboolean
look_at_pad (GstElement *element, GstPad *pad, gpointer user_data)
{
  Search *search = user_data;

  search->pads++;
  search->somewhere = pad_leads_somewhere (pad, search->depth);

  return !search->somewhere;
}

static gboolean
element_leads_somewhere (GstElement *element, guint depth)
{
  Search search = { depth, 0, FALSE };

  if (depth > MAX_DEPTH ||
      GST_OBJECT_FLAG_IS_SET (element, GST_ELEMENT_FLAG_SINK) ||
      is_linked_later (element) || takes_without_links (element))
    return TRUE;
  gst_element_foreach_src_pad (element, look_at_pad, &search);
  if (search.pads > 0)
    return search.somewhere;

  /* An element without source pads uses the data itself. An element whose
   * source pads are made on request, such as tee, can only pass the data on,
   * and nobody has requested a pad. */
  return !has_template (element, GST_PAD_REQUEST);
}

gboolean
gst_seedance_leads_somewhere (GstPad *pad)
{
  return pad_leads_somewhere (pad, 0);
}

static gboolean
is_of_class (GstElement *element, const gchar *word)
{
  const gchar *klass =
      gst_element_get_metadata (element, GST_ELEMENT_METADATA_KLASS);

  return klass && strstr (klass, word);
}

static gboolean
is_screen_or_speaker (GstElement *element)
{
  return is_of_class (element, "Sink") && !is_of_class (element, "Generic") &&
         (is_of_class (element, "Video") || is_of_class (element, "Audio"));
}

gboolean
gst_seedance_is_shown_undecoded (GstPad *pad)
{
  gboolean found = FALSE;

  for (GstPad *at = ref_receiver (pad); at; at = step_inside (at)) {
    g_autoptr (GstElement) element = gst_pad_get_parent_element (at);

    found |= element && is_screen_or_speaker (element);
  }

  return found;
}

static gboolean
seeks_for_itself (GstElement *element)
{
  return is_of_class (element, "Demux") || is_of_class (element, "Decoder") ||
         is_of_class (element, "Bin/Parser");
}

/* Returns the first sink pad that gets the data of @pad (transfer full), also
 * inside bins. A bin that demuxes is treated as a demuxer and not entered. */
static GstPad *
ref_receiver_inside (GstPad *pad)
{
  GstPad *receiver = ref_receiver (pad);

  while (receiver && GST_IS_GHOST_PAD (receiver)) {
    g_autoptr (GstElement) bin = gst_pad_get_parent_element (receiver);

    if (!bin || seeks_for_itself (bin))
      break;
    receiver = step_inside (receiver);
  }

  return receiver;
}

typedef struct {
  guint depth, branches;
  gboolean demuxer; /* a demuxer is behind this element */
  gboolean shared;  /* another branch gets the demuxer's bytes */
} Fork;

static gboolean
look_at_branch (GstElement *element, GstPad *pad, gpointer user_data)
{
  Fork *fork = user_data, behind = { fork->depth + 1, 0, FALSE, FALSE };
  g_autoptr (GstPad) receiver = ref_receiver_inside (pad);
  g_autoptr (GstElement) next =
      receiver ? gst_pad_get_parent_element (receiver) : NULL;

  if (!next)
    return TRUE;
  fork->branches++;
  if (seeks_for_itself (next))
    behind.demuxer = TRUE;
  else if (behind.depth < MAX_FORK_DEPTH)
    gst_element_foreach_src_pad (next, look_at_branch, &behind);
  fork->demuxer |= behind.demuxer;
  fork->shared |= behind.shared || (fork->demuxer && fork->branches > 1);

  return !fork->shared;
}

gboolean
gst_seedance_shares_with_demuxer (GstElement *element)
{
  Fork fork = { 0, 0, FALSE, FALSE };

  gst_element_foreach_src_pad (element, look_at_branch, &fork);

  return fork.shared;
}

gboolean
gst_seedance_is_held_back (GstElement *element)
{
  GstObject *object = gst_object_ref (GST_OBJECT (element));

  while (object &&
         !GST_OBJECT_FLAG_IS_SET (object, GST_ELEMENT_FLAG_LOCKED_STATE)) {
    GstObject *parent = gst_object_get_parent (object);

    gst_object_unref (object);
    object = parent;
  }
  if (!object)
    return FALSE;
  gst_object_unref (object);

  return TRUE;
}

static gint
find_other (gconstpointer item, gconstpointer element)
{
  gpointer object = g_value_get_object (item);

  return object != element && G_OBJECT_TYPE (object) == G_OBJECT_TYPE (element)
             ? 0
             : 1;
}

gboolean
gst_seedance_has_sibling (GstElement *element)
{
  g_autoptr (GstElement) top = gst_seedance_ref_top_level (element);
  GValue other = G_VALUE_INIT;
  GstIterator *iterator;
  gboolean found;

  if (!GST_IS_BIN (top))
    return FALSE;
  iterator = gst_bin_iterate_recurse (GST_BIN (top));
  found = gst_iterator_find_custom (
      iterator, (GCompareFunc) find_other, &other, element);
  if (found)
    g_value_unset (&other);
  gst_iterator_free (iterator);

  return found;
}
