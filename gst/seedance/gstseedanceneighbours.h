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

/* Whether @element, or a bin that it is in, is held back by a locked state. */
gboolean gst_seedance_is_held_back (GstElement *element);

/* Whether the pipeline holds another element of the type of @element. */
gboolean gst_seedance_has_sibling (GstElement *element);

G_END_DECLS
