/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Draws the slate: the picture that is shown while no clip is on air. */
#pragma once

#include <gst/video/video.h>

G_BEGIN_DECLS

/* Returns a frame of one colour (0xAARRGGBB); fast. Transfer full. */
GstBuffer *playout_slate_fill (const GstVideoInfo *info, guint32 color);

/* Returns a frame in the format @info with an image (a path or a URI; NULL =
 * the colour alone) and a text in the middle of its lower part (NULL = none).
 * Decodes and draws with elements, which blocks for up to @timeout. Transfer
 * full; NULL with an error. */
GstBuffer *playout_slate_draw (const GstVideoInfo *info, guint32 color,
    const gchar *image, const gchar *text, GstClockTime timeout,
    GError **error);

G_END_DECLS
