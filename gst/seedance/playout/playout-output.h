/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GstSeedanceOutput: a live source of one half of a playout's timeline, the
 * picture or the sound. It is not registered; only seedanceplayout makes it. */
#pragma once

#include <gst/base/gstpushsrc.h>

#include "playout-private.h"

G_BEGIN_DECLS

#define GST_TYPE_SEEDANCE_OUTPUT (gst_seedance_output_get_type ())
G_DECLARE_FINAL_TYPE (
    GstSeedanceOutput, gst_seedance_output, GST, SEEDANCE_OUTPUT, GstPushSrc)

/* Adds an output to @bin, which owns it, and gives @bin its pad, "video" or
 * "audio". A pad that nothing is linked to does not end the other stream. */
GstSeedanceOutput *gst_seedance_output_add (GstBin *bin, gboolean audio);

/* Sets the run to play, of which the output takes a reference; NULL between
 * runs. While the source is running, only NULL is allowed. */
void gst_seedance_output_set_core (GstSeedanceOutput *self, PlayoutCore *core);

G_END_DECLS
