/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pipeline of a clip: source ! decodebin3, and then for the picture and for
 * the sound one branch each: convert to the output's format ! appsink. The
 * picture's branch may have a label. */

#include "playout-clip-private.h"

#include "gstseedancesrc.h"

#define VIDEO_CHAIN "videoconvertscale add-borders=true ! videorate"
#define AUDIO_CHAIN "audioconvert ! audioresample"

static GstFlowReturn
on_sample (GstAppSink *sink, PlayoutClip *clip, gboolean audio)
{
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer = sample ? gst_sample_get_buffer (sample) : NULL;
  GstClockTime time;

  if (!buffer)
    return GST_FLOW_OK;
  time = gst_segment_to_running_time (gst_sample_get_segment (sample),
      GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  if (!GST_CLOCK_TIME_IS_VALID (time))
    return GST_FLOW_OK;
  gst_buffer_ref (buffer);

  return audio ? playout_clip_put_sound (clip, buffer, time)
               : playout_clip_put_frame (clip, buffer, time);
}

static GstFlowReturn
on_frame (GstAppSink *sink, gpointer user_data)
{
  return on_sample (sink, user_data, FALSE);
}

static GstFlowReturn
on_sound (GstAppSink *sink, gpointer user_data)
{
  return on_sample (sink, user_data, TRUE);
}

static void
on_frames_end (GstAppSink *sink, gpointer user_data)
{
  playout_clip_put_end (user_data, FALSE);
}

static void
on_sound_end (GstAppSink *sink, gpointer user_data)
{
  playout_clip_put_end (user_data, TRUE);
}

/* Demuxers send this event where a stream has a gap. Without it a frame would
 * wait for sound that never comes. */
static GstPadProbeReturn
on_gap (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  g_autoptr (GstEvent) sticky = NULL;
  const GstSegment *segment;
  GstClockTime time, duration;

  if (GST_EVENT_TYPE (event) != GST_EVENT_GAP)
    return GST_PAD_PROBE_OK;
  sticky = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  gst_event_parse_gap (event, &time, &duration);
  if (!sticky || !GST_CLOCK_TIME_IS_VALID (duration))
    return GST_PAD_PROBE_OK;
  gst_event_parse_segment (sticky, &segment);
  time =
      gst_segment_to_running_time (segment, GST_FORMAT_TIME, time + duration);
  if (GST_CLOCK_TIME_IS_VALID (time))
    playout_clip_put_silence (user_data, time);

  return GST_PAD_PROBE_OK;
}

static void
watch_gaps (PlayoutClip *clip, GstElement *sink)
{
  GstPad *pad = gst_element_get_static_pad (sink, "sink");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_gap,
      playout_clip_ref (clip), (GDestroyNotify) playout_clip_unref);
  gst_object_unref (pad);
}

/* The caps of the output's picture without its colorimetry. If the caps
 * named one, every frame of a clip whose colours are not tagged would
 * be converted. */
static GstCaps *
video_caps (PlayoutClip *clip)
{
  const GstVideoInfo *info = &clip->format.video;

  return gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING,
      gst_video_format_to_string (GST_VIDEO_INFO_FORMAT (info)), "width",
      G_TYPE_INT, GST_VIDEO_INFO_WIDTH (info), "height", G_TYPE_INT,
      GST_VIDEO_INFO_HEIGHT (info), "framerate", GST_TYPE_FRACTION,
      GST_VIDEO_INFO_FPS_N (info), GST_VIDEO_INFO_FPS_D (info),
      "pixel-aspect-ratio", GST_TYPE_FRACTION, GST_VIDEO_INFO_PAR_N (info),
      GST_VIDEO_INFO_PAR_D (info), NULL);
}

static GstElement *
make_sink (PlayoutClip *clip, gboolean audio)
{
  GstElement *sink = gst_element_factory_make ("appsink", NULL);
  GstAppSinkCallbacks callbacks = {
    .eos = audio ? on_sound_end : on_frames_end,
    .new_sample = audio ? on_sound : on_frame,
  };
  GstCaps *caps =
      audio ? gst_audio_info_to_caps (&clip->format.audio) : video_caps (clip);

  /* Not async: an async sink would block after its first buffer until all sinks
   * of the pipeline had one, but the queues have to fill independently. */
  g_object_set (sink, "caps", caps, "sync", FALSE, "async", FALSE,
      "wait-on-eos", FALSE, "enable-last-sample", FALSE, "qos", FALSE, NULL);
  gst_caps_unref (caps);
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks,
      playout_clip_ref (clip), (GDestroyNotify) playout_clip_unref);
  if (audio)
    watch_gaps (clip, sink);

  return sink;
}

/* Makes the element that writes the label into the lower right corner. Without
 * that element (NULL) the clip must not be shown, because the law may demand
 * the label. */
static GstElement *
make_label (PlayoutClip *clip)
{
  GstElement *label = gst_element_factory_make ("textoverlay", NULL);

  if (label) {
    g_object_set (label, "text", clip->label, "font-desc", "Sans 12",
        "wait-text", FALSE, "shaded-background", TRUE, NULL);
    gst_util_set_object_arg (G_OBJECT (label), "halignment", "right");
    gst_util_set_object_arg (G_OBJECT (label), "valignment", "bottom");
  }

  return label;
}

static gboolean
add_chain (PlayoutClip *clip, GstElement *sink, const gchar *text,
    GstElement *label, GstPad *pad)
{
  GstElement *chain = gst_parse_bin_from_description (text, TRUE, NULL);
  GstPad *chain_pad;
  gboolean linked;

  if (!chain) {
    gst_object_unref (sink);
    return FALSE;
  }
  gst_bin_add_many (GST_BIN (clip->pipeline), chain, sink, NULL);
  if (label) {
    gst_bin_add (GST_BIN (clip->pipeline), label);
    gst_element_link_many (chain, label, sink, NULL);
  } else {
    gst_element_link (chain, sink);
  }
  gst_element_sync_state_with_parent (sink);
  if (label)
    gst_element_sync_state_with_parent (label);
  gst_element_sync_state_with_parent (chain);
  chain_pad = gst_element_get_static_pad (chain, "sink");
  linked = GST_PAD_LINK_SUCCESSFUL (gst_pad_link (pad, chain_pad));
  gst_object_unref (chain_pad);

  return linked;
}

/* Drains a stream that is not shown: subtitles, a second sound track. */
static void
add_drain (PlayoutClip *clip, GstPad *pad)
{
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  GstPad *sink_pad = gst_element_get_static_pad (sink, "sink");

  g_object_set (sink, "sync", FALSE, "async", FALSE, NULL);
  gst_bin_add (GST_BIN (clip->pipeline), sink);
  gst_element_sync_state_with_parent (sink);
  gst_pad_link (pad, sink_pad);
  gst_object_unref (sink_pad);
}

static void
fail (PlayoutClip *clip, const gchar *reason, const gchar *text)
{
  g_mutex_lock (&clip->lock);
  playout_clip_fail_locked (clip, reason, text);
  g_mutex_unlock (&clip->lock);
  playout_clip_tell (clip, NULL);
}

/* A clip that continues another one repeats that one's last picture as its
 * first. So it begins with the decoder's second picture. This probe notes its
 * time before the rest of the pipeline sees that picture. */
static GstPadProbeReturn
on_picture (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  PlayoutClip *clip = user_data;
  g_autoptr (GstEvent) event =
      gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;
  GstClockTime time;

  if (!event)
    return GST_PAD_PROBE_OK;
  gst_event_parse_segment (event, &segment);
  time = gst_segment_to_running_time (segment, GST_FORMAT_TIME,
      GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info)));
  if (!GST_CLOCK_TIME_IS_VALID (time) || ++clip->pictures < 2)
    return GST_PAD_PROBE_OK;
  playout_clip_put_start (clip, time);

  return GST_PAD_PROBE_REMOVE;
}

static void
add_video (PlayoutClip *clip, GstPad *pad)
{
  GstElement *label = clip->label ? make_label (clip) : NULL;

  if (clip->continues)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_picture,
        playout_clip_ref (clip), (GDestroyNotify) playout_clip_unref);

  if (clip->label && !label)
    fail (clip, "settings",
        "The label cannot be written: there is no element textoverlay "
        "(GStreamer's pango plugin).");
  else if (!add_chain (clip, make_sink (clip, FALSE), VIDEO_CHAIN, label, pad))
    fail (clip, "decode", "The picture cannot be converted.");
}

/* Returns TRUE for the first pad of its kind and sets *has. */
static gboolean
claim (PlayoutClip *clip, gboolean *has)
{
  gboolean first;

  g_mutex_lock (&clip->lock);
  first = !*has;
  *has = TRUE;
  g_mutex_unlock (&clip->lock);

  return first;
}

static void
on_pad (GstElement *decoder, GstPad *pad, PlayoutClip *clip)
{
  g_autoptr (GstCaps) caps = NULL;
  const gchar *name;

  if (GST_PAD_DIRECTION (pad) != GST_PAD_SRC)
    return;
  caps = gst_pad_query_caps (pad, NULL);
  name = gst_caps_is_empty (caps) || gst_caps_is_any (caps)
             ? ""
             : gst_structure_get_name (gst_caps_get_structure (caps, 0));
  if (g_str_has_prefix (name, "video/x-raw") && claim (clip, &clip->has_video))
    add_video (clip, pad);
  else if (g_str_has_prefix (name, "audio/x-raw") &&
           claim (clip, &clip->has_audio)) {
    if (!add_chain (clip, make_sink (clip, TRUE), AUDIO_CHAIN, NULL, pad))
      fail (clip, "decode", "The sound cannot be converted.");
  } else
    add_drain (clip, pad);
}

static void
note_streams_locked (PlayoutClip *clip, GstMessage *message)
{
  guint size = gst_message_streams_selected_get_size (message);

  clip->wanted_video = clip->wanted_audio = 0;
  for (guint i = 0; i < size; i++) {
    g_autoptr (GstStream) stream =
        gst_message_streams_selected_get_stream (message, i);

    if (gst_stream_get_stream_type (stream) & GST_STREAM_TYPE_AUDIO)
      clip->wanted_audio++;
    if (gst_stream_get_stream_type (stream) & GST_STREAM_TYPE_VIDEO)
      clip->wanted_video++;
  }
  if (!clip->wanted_video)
    playout_clip_fail_locked (
        clip, "no-picture", "There is no picture in the clip.");
}

static void
note_task_locked (PlayoutClip *clip, GstMessage *message)
{
  const GstStructure *task = gst_message_get_structure (message);

  if (!gst_structure_has_name (task, "seedance-task"))
    return;
  g_free (clip->task_id);
  clip->task_id = g_strdup (gst_structure_get_string (task, "task-id"));
  gst_structure_get_int (task, "progress", &clip->progress);
}

static GstBusSyncReply
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  PlayoutClip *clip = user_data;
  GstMessageType type = GST_MESSAGE_TYPE (message);
  const gboolean passed_on = type == GST_MESSAGE_ELEMENT ||
                             type == GST_MESSAGE_NEED_CONTEXT ||
                             type == GST_MESSAGE_HAVE_CONTEXT;
  gboolean dead, ordered;

  g_mutex_lock (&clip->lock);
  clip->steps++;
  dead = clip->life == PLAYOUT_LIFE_ENDED;
  ordered = clip->life == PLAYOUT_LIFE_ORDERED;
  if (!dead && type == GST_MESSAGE_ERROR)
    playout_clip_fail_with_locked (clip, message);
  else if (!dead && type == GST_MESSAGE_STREAMS_SELECTED)
    note_streams_locked (clip, message);
  else if (!dead && type == GST_MESSAGE_ELEMENT)
    note_task_locked (clip, message);
  g_mutex_unlock (&clip->lock);
  if (!dead && passed_on)
    playout_clip_tell (clip, message);
  else if (!dead && (ordered || type == GST_MESSAGE_ERROR ||
                        type == GST_MESSAGE_STREAMS_SELECTED))
    playout_clip_tell (clip, NULL);
  gst_message_unref (message);

  return GST_BUS_DROP;
}

/* Counts bytes on the way to the decoder as progress, so that a slow source
 * does not look like a decoder that hangs. */
static GstPadProbeReturn
on_bytes (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  PlayoutClip *clip = user_data;

  g_mutex_lock (&clip->lock);
  clip->steps++;
  g_mutex_unlock (&clip->lock);

  return GST_PAD_PROBE_OK;
}

static void
watch_source (PlayoutClip *clip)
{
  GstPad *pad = gst_element_get_static_pad (clip->source, "src");

  if (!pad)
    return;
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_PULL |
          GST_PAD_PROBE_TYPE_PUSH,
      on_bytes, playout_clip_ref (clip), (GDestroyNotify) playout_clip_unref);
  gst_object_unref (pad);
}

void
playout_clip_order (PlayoutClip *clip)
{
  GstBus *bus = gst_bus_new ();

  /* The source posts to this bus until it is put into the pipeline, which gives
   * it its own bus. */
  gst_bus_set_sync_handler (bus, on_message, playout_clip_ref (clip),
      (GDestroyNotify) playout_clip_unref);
  gst_element_set_bus (clip->source, bus);
  gst_object_unref (bus);
  gst_seedance_src_order_ahead (GST_SEEDANCE_SRC (clip->source));
}

static void
unref_closure (gpointer clip, GClosure *closure)
{
  playout_clip_unref (clip);
}

gboolean
playout_clip_build (PlayoutClip *clip)
{
  GstElement *decoder = gst_element_factory_make ("decodebin3", NULL);
  GstBus *bus;

  if (!decoder) {
    fail (clip, "settings", "There is no element decodebin3.");
    return FALSE;
  }
  clip->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  bus = gst_element_get_bus (clip->pipeline);
  gst_bus_set_sync_handler (bus, on_message, playout_clip_ref (clip),
      (GDestroyNotify) playout_clip_unref);
  gst_object_unref (bus);
  gst_bin_add_many (GST_BIN (clip->pipeline), clip->source, decoder, NULL);
  g_signal_connect_data (decoder, "pad-added", G_CALLBACK (on_pad),
      playout_clip_ref (clip), unref_closure, 0);
  watch_source (clip);
  if (gst_element_link (clip->source, decoder) &&
      gst_element_set_state (clip->pipeline, GST_STATE_PLAYING) !=
          GST_STATE_CHANGE_FAILURE)
    return TRUE;
  fail (clip, "decode", "The pipeline of the clip does not start.");

  return FALSE;
}

static gpointer
load (gpointer unused)
{
  static const gchar *const plugins[] = { "libav", "isomp4", "videoparsersbad",
    "audioparsers", "playback", "videoconvertscale", "videorate",
    "audioconvert", "audioresample", "app", "typefindfunctions",
    "coreelements" };

  for (guint i = 0; i < G_N_ELEMENTS (plugins); i++) {
    GstPlugin *plugin = gst_plugin_load_by_name (plugins[i]);

    gst_clear_object (&plugin);
  }

  return NULL;
}

void
playout_clip_load_plugins (void)
{
  static GOnce once = G_ONCE_INIT;

  g_once (&once, load, NULL);
}
