/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The pipeline that @element is in, or the outermost bin, or itself. */
GstElement *gst_seedance_ref_top_level (GstElement *element);

/* Whether what @element gave was seen to its end, as it goes from PLAYING to
 * PAUSED: when the whole pipeline goes down, every sink of it must have come to
 * its end; when only @element is taken out of a running one, the application
 * knew what it did. */
gboolean gst_seedance_stream_was_seen (GstElement *element);

G_END_DECLS
