/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The element seedanceplayout: a bin with a picture pad and a sound pad that
 * puts generated clips on air. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_SEEDANCE_PLAYOUT (gst_seedance_playout_get_type ())
G_DECLARE_FINAL_TYPE (
    GstSeedancePlayout, gst_seedance_playout, GST, SEEDANCE_PLAYOUT, GstBin)

GST_ELEMENT_REGISTER_DECLARE (seedanceplayout)

G_END_DECLS
