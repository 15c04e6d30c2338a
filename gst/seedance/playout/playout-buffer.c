/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the buffers of the two outputs from a slot. */

#include "playout-private.h"

/* Sound fades in and out within 1/RAMP of a second. */
#define RAMP 200

static void
stamp (GstBuffer *buffer, GstClockTime begin, GstClockTime end)
{
  GST_BUFFER_PTS (buffer) = begin;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) = end - begin;
}

GstBuffer *
playout_make_frame_locked (PlayoutCore *core, PlayoutSlot *slot)
{
  const gboolean gap = slot->kind == PLAYOUT_SLOT_NOTHING || !slot->video;
  GstBuffer *buffer =
      gap ? gst_buffer_new ()
          : gst_buffer_make_writable (g_steal_pointer (&slot->video));

  GST_BUFFER_FLAG_UNSET (buffer, GST_BUFFER_FLAG_DISCONT);
  if (gap)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  else
    GST_BUFFER_FLAG_UNSET (buffer, GST_BUFFER_FLAG_GAP);
  stamp (buffer, playout_tick_to_time (&core->format, slot->tick),
      playout_tick_to_time (&core->format, slot->tick + 1));
  GST_BUFFER_OFFSET (buffer) = slot->tick;
  GST_BUFFER_OFFSET_END (buffer) = slot->tick + 1;
  core->counts.frames_out++;

  return buffer;
}

static void
ramp (gint16 *samples, guint size, guint channels, gboolean in)
{
  for (guint i = 0; i < size; i++) {
    for (guint j = 0; j < channels; j++) {
      gint16 *sample = &samples[i * channels + j];

      *sample = (gint16) (*sample * (gint) (in ? i : size - i) / (gint) size);
    }
  }
}

static void
read_sound_locked (PlayoutCore *core, const PlayoutSlot *slot,
    const PlayoutSlot *next, guint8 *data, guint samples)
{
  const GstAudioInfo *info = &core->format.audio;
  const guint channels = (guint) GST_AUDIO_INFO_CHANNELS (info);
  const guint size = MIN ((guint) GST_AUDIO_INFO_RATE (info) / RAMP, samples);
  gint16 *values = (gint16 *) (gpointer) data;

  playout_clip_read (slot->clip, slot->sound_from, samples, data);
  if (slot->begins)
    ramp (values, size, channels, TRUE);
  if (!next || next->clip != slot->clip || next->held)
    ramp (values + (samples - size) * channels, size, channels, FALSE);
}

GstBuffer *
playout_make_sound_locked (
    PlayoutCore *core, const PlayoutSlot *slot, const PlayoutSlot *next)
{
  const GstAudioInfo *info = &core->format.audio;
  const guint64 from = playout_tick_to_sample (&core->format, slot->tick);
  const guint64 to = playout_tick_to_sample (&core->format, slot->tick + 1);
  const guint rate = (guint) GST_AUDIO_INFO_RATE (info);
  gsize size = (gsize) (to - from) * (gsize) GST_AUDIO_INFO_BPF (info);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  memset (map.data, 0, map.size);
  if (slot->kind == PLAYOUT_SLOT_CLIP && !slot->held)
    read_sound_locked (core, slot, next, map.data, (guint) (to - from));
  else
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  gst_buffer_unmap (buffer, &map);
  stamp (buffer, gst_util_uint64_scale (from, GST_SECOND, rate),
      gst_util_uint64_scale (to, GST_SECOND, rate));
  GST_BUFFER_OFFSET (buffer) = from;
  GST_BUFFER_OFFSET_END (buffer) = to;

  return buffer;
}
