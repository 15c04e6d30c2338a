/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gstseedanceerrors.h"

G_BEGIN_DECLS

/* The pipeline that @element is in, or the outermost bin, or itself. */
GstElement *gst_seedance_ref_top_level (GstElement *element);

/* Whether what was sent by the source pad @pad was seen to its end: it reaches
 * at least one sink, all sinks that it reaches have come to the end of the
 * stream, and no element on the way is among @errors. To be asked as the element
 * goes from PLAYING to PAUSED, while sinks still know. It does not matter whether
 * the rest of the pipeline stops, too. Where nothing can be asked any more,
 * because the elements were unlinked or stopped before, the clip counts as not
 * seen. */
gboolean gst_seedance_stream_was_seen (GstPad *pad, GstSeedanceErrors *errors);

G_END_DECLS
