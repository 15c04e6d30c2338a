/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the last frame of a clip into an image for the next order. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Decodes @source up to @out (nanoseconds; -1 = the end of the clip) and
 * returns the last picture before that as a data: URI, in the clip's own size.
 * Takes over @source, which must have a src pad. The caller frees the result
 * with g_free().
 *
 * Blocks for as long as decoding takes. Returns NULL and sets @error if the
 * decoder makes no step for @timeout nanoseconds, if @stop returns TRUE, if the
 * clip breaks off far from its end, or if the clip has no picture. */
gchar *playout_frame_get_last (GstElement *source, gint64 out, gint64 timeout,
    gboolean (*stop) (gpointer user_data), gpointer user_data, GError **error);

G_END_DECLS
