/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The output's format and its time grid. Time is counted in ticks, one for each
 * video frame: tick n begins at running time n / frame rate. The sound of a
 * tick is the samples from its beginning to the beginning of the next tick.
 * Every boundary is computed from its tick's number, so rounding errors do not
 * add up. */
#pragma once

#include <gst/audio/audio.h>
#include <gst/video/video.h>

G_BEGIN_DECLS

/* How far one output may be behind the other at most. For so long the samples
 * of a clip are kept. */
#define PLAYOUT_BEHIND_MAX (10 * GST_SECOND)

typedef struct {
  GstVideoInfo video;
  GstAudioInfo audio;
} PlayoutFormat;

static inline GstClockTime
playout_tick_to_time (const PlayoutFormat *format, guint64 tick)
{
  return gst_util_uint64_scale (tick,
      GST_SECOND * (guint64) GST_VIDEO_INFO_FPS_D (&format->video),
      GST_VIDEO_INFO_FPS_N (&format->video));
}

/* Returns the first tick that begins at @time or later. */
static inline guint64
playout_time_to_tick (const PlayoutFormat *format, GstClockTime time)
{
  return gst_util_uint64_scale_ceil (time,
      GST_VIDEO_INFO_FPS_N (&format->video),
      GST_SECOND * (guint64) GST_VIDEO_INFO_FPS_D (&format->video));
}

static inline guint64
playout_tick_to_sample (const PlayoutFormat *format, guint64 tick)
{
  return gst_util_uint64_scale (tick,
      (guint64) GST_AUDIO_INFO_RATE (&format->audio) *
          GST_VIDEO_INFO_FPS_D (&format->video),
      GST_VIDEO_INFO_FPS_N (&format->video));
}

static inline guint64
playout_time_to_sample (const PlayoutFormat *format, GstClockTime time)
{
  return gst_util_uint64_scale_round (
      time, GST_AUDIO_INFO_RATE (&format->audio), GST_SECOND);
}

G_END_DECLS
