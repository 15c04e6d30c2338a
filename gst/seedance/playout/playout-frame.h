/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last frame of a clip, as an image that a service takes. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Reads @source, which has a src pad and is taken over, to its end, or to @out
 * (-1: its end), and returns the last picture before that as a data: URI, in the
 * clip's own size. Takes as long as decoding does; NULL, with @error, when the
 * decoder made no step for @timeout nanoseconds, when @stop said so, when the
 * clip breaks far from its end, or when there is no picture. g_free(). */
gchar *playout_frame_get_last (GstElement *source, gint64 out, gint64 timeout,
    gboolean (*stop) (gpointer user_data), gpointer user_data, GError **error);

G_END_DECLS
