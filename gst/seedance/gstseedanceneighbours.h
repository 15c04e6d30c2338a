/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at the elements around a seedancesrc in its pipeline: where its bytes
 * go, and whether there are other sources of its kind. Any thread may call
 * these functions if it holds no lock of an element, a pad or the pipeline. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Returns the pipeline or outermost bin that @element is in, or @element
 * itself. Transfer full: the caller unrefs it with gst_object_unref(). */
GstElement *gst_seedance_ref_top_level (GstElement *element);

/* Returns TRUE if the source pad @pad is linked to an element, also through the
 * pads of bins. */
gboolean gst_seedance_is_linked (GstPad *pad);

/* Returns TRUE if the data of @pad may reach an element that uses it. Returns
 * FALSE only if every path from @pad certainly ends in a pad that is not
 * linked. */
gboolean gst_seedance_leads_somewhere (GstPad *pad);

/* Returns TRUE if @pad is linked to a video or audio sink without a decoder
 * between them. A sink that finds no display, such as autovideosink, would
 * accept the MP4 and show nothing. */
gboolean gst_seedance_is_shown_undecoded (GstPad *pad);

/* Returns TRUE if a tee, or a similar element, sends the bytes of @element to a
 * demuxer and to another branch. In push mode the demuxer seeks in a large
 * clip, and then the other branch gets the bytes out of order, too. */
gboolean gst_seedance_shares_with_demuxer (GstElement *element);

/* Returns TRUE if @element, or a bin that contains it, has a locked state. */
gboolean gst_seedance_is_held_back (GstElement *element);

/* Returns TRUE if the pipeline holds another element of the same type as
 * @element. */
gboolean gst_seedance_has_sibling (GstElement *element);

G_END_DECLS
