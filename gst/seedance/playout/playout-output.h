/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A live source of one half of a playout's timeline: its picture or its sound.
 * Private: it can be found in a seedanceplayout only. */
#pragma once

#include <gst/base/gstpushsrc.h>

#include "playout-private.h"

G_BEGIN_DECLS

#define GST_TYPE_SEEDANCE_OUTPUT (gst_seedance_output_get_type ())
G_DECLARE_FINAL_TYPE (
    GstSeedanceOutput, gst_seedance_output, GST, SEEDANCE_OUTPUT, GstPushSrc)

extern GstStaticPadTemplate gst_seedance_output_video_template;
extern GstStaticPadTemplate gst_seedance_output_audio_template;

/* Into @bin, whose pad it gives its half to. A pad that nothing is linked to does
 * not end the other one. */
GstSeedanceOutput *gst_seedance_output_add (GstBin *bin, gboolean audio);

/* NULL between the runs. While the source runs it may only become NULL. */
void gst_seedance_output_set_core (GstSeedanceOutput *self, PlayoutCore *core);

G_END_DECLS
