/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the picture is where no clip is. */
#pragma once

#include <gst/video/video.h>

G_BEGIN_DECLS

/* One colour (0xAARRGGBB); fast. */
GstBuffer *playout_slate_fill (const GstVideoInfo *info, guint32 color);

/* A picture of @info's format: the image (path or URI; NULL = the colour
 * alone) with the text in the middle of its lower
 * part (NULL = none). Decodes and draws with elements, so it takes its time, but
 * no longer than @timeout. NULL with an error. */
GstBuffer *playout_slate_draw (const GstVideoInfo *info, guint32 color,
    const gchar *image, const gchar *text, GstClockTime timeout,
    GError **error);

G_END_DECLS
