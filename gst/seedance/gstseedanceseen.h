/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a clip was seen: played to its end by every sink that it reaches. The
 * property `reuse` decides by this whether a later run plays the clip again. */
#pragma once

#include "gstseedanceerrors.h"

G_BEGIN_DECLS

/* Starts to note which elements of @element's pipeline post errors. Free the
 * result with gst_seedance_errors_free(). */
GstSeedanceErrors *gst_seedance_listen_for_errors (GstElement *element);

/* Returns TRUE if @element was put into another pipeline since then, so that
 * errors may have been missed. */
gboolean gst_seedance_misses_errors (
    GstElement *element, GstSeedanceErrors *errors);

/* Returns TRUE if the stream of the source pad @pad was seen: it reaches at
 * least one sink, every sink that it reaches is at EOS, no element on the way
 * is among @errors, and no error can have been missed. Call this in the
 * source's change from PLAYING to PAUSED, because sinks forget their EOS when
 * they leave PAUSED. The rest of the pipeline may keep running. A clip whose
 * elements were unlinked or stopped before counts as not seen. */
gboolean gst_seedance_stream_was_seen (GstPad *pad, GstSeedanceErrors *errors);

G_END_DECLS
