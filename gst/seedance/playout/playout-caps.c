/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "playout-caps.h"

GstStaticPadTemplate playout_video_template = GST_STATIC_PAD_TEMPLATE (
    "video", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (PLAYOUT_VIDEO_CAPS));
GstStaticPadTemplate playout_audio_template = GST_STATIC_PAD_TEMPLATE (
    "audio", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (PLAYOUT_AUDIO_CAPS));

static void
fixate_video (GstStructure *structure)
{
  gst_structure_fixate_field_nearest_int (structure, "width", 1280);
  gst_structure_fixate_field_nearest_int (structure, "height", 720);
  gst_structure_fixate_field_nearest_fraction (structure, "framerate", 25, 1);
  if (gst_structure_has_field (structure, "pixel-aspect-ratio"))
    gst_structure_fixate_field_nearest_fraction (
        structure, "pixel-aspect-ratio", 1, 1);
  else
    gst_structure_set (
        structure, "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, NULL);
  if (gst_structure_has_field (structure, "interlace-mode"))
    gst_structure_fixate_field_string (
        structure, "interlace-mode", "progressive");
}

/* More than two channels need a mask that says where each of them belongs. */
static void
fixate_audio (GstStructure *structure)
{
  gint channels = 0;

  gst_structure_fixate_field_nearest_int (structure, "rate", 48000);
  gst_structure_fixate_field_nearest_int (structure, "channels", 2);
  gst_structure_get_int (structure, "channels", &channels);
  if (channels > 2 && !gst_structure_has_field (structure, "channel-mask"))
    gst_structure_set (structure, "channel-mask", GST_TYPE_BITMASK,
        gst_audio_channel_get_fallback_mask (channels), NULL);
}

GstCaps *
playout_caps_choose (GstCaps *caps, gboolean audio)
{
  GstStructure *structure;

  caps = gst_caps_make_writable (gst_caps_truncate (caps));
  structure = gst_caps_get_structure (caps, 0);
  if (audio)
    fixate_audio (structure);
  else
    fixate_video (structure);

  return caps;
}
