/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What formats the output can have, and which one it takes if what follows
 * leaves a choice. */
#pragma once

#include <gst/audio/audio.h>

G_BEGIN_DECLS

/* clang-format off */
#define PLAYOUT_VIDEO_CAPS \
  "video/x-raw, " \
  "format = (string) { I420, YV12, NV12, NV21, Y42B, Y444, UYVY, YUY2, AYUV, " \
  "BGRx, RGBx, BGRA, RGBA, ARGB, RGB, BGR, I420_10LE, I422_10LE, P010_10LE, " \
  "v210, GRAY8 }, " \
  "width = (int) [ 16, 8192 ], height = (int) [ 16, 8192 ], " \
  "framerate = (fraction) [ 1/1, 240/1 ]"
#define PLAYOUT_AUDIO_CAPS \
  "audio/x-raw, format = (string) " GST_AUDIO_NE (S16) ", " \
  "layout = (string) interleaved, rate = (int) [ 8000, 192000 ], " \
  "channels = (int) [ 1, 8 ]"
/* clang-format on */

/* Of the element's pads, "video" and "audio". */
extern GstStaticPadTemplate playout_video_template;
extern GstStaticPadTemplate playout_audio_template;

/* Takes the first structure of @caps (transfer full) and sets what is left
 * open. */
GstCaps *playout_caps_choose (GstCaps *caps, gboolean audio);

G_END_DECLS
