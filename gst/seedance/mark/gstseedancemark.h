/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The element seedancemark, which marks a file as AI-generated: it sends tags
 * that the muxer behind it writes. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_SEEDANCE_MARK (gst_seedance_mark_get_type ())
G_DECLARE_FINAL_TYPE (
    GstSeedanceMark, gst_seedance_mark, GST, SEEDANCE_MARK, GstElement)

GST_ELEMENT_REGISTER_DECLARE (seedancemark)

G_END_DECLS
