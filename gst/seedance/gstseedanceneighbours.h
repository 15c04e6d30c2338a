/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is around the element in its pipeline: where its bytes go, and whether
 * it is the only one of its kind. Any thread, no lock held. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Whether @pad, a source pad, has a peer, also when a bin is between. */
gboolean gst_seedance_is_linked (GstPad *pad);

/* Whether what @pad pushes may reach somebody: FALSE only when every way from
 * it surely ends in a pad that nothing is linked to. */
gboolean gst_seedance_leads_somewhere (GstPad *pad);

/* Whether what @pad pushes goes straight to a sink for pictures or sounds. One
 * that finds no display, such as autovideosink, takes anything and shows
 * nothing. */
gboolean gst_seedance_is_shown_undecoded (GstPad *pad);

/* Whether a demuxer behind @element gets its bytes from a tee, or the like, that
 * feeds something else, too. In push mode a demuxer seeks in a large clip, and
 * all branches get what comes after that seek. */
gboolean gst_seedance_shares_with_demuxer (GstElement *element);

/* Whether @element, or a bin that it is in, is held back by a locked state. */
gboolean gst_seedance_is_held_back (GstElement *element);

/* Whether the pipeline holds another element of the type of @element. */
gboolean gst_seedance_has_sibling (GstElement *element);

G_END_DECLS
