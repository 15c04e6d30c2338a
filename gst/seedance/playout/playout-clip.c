/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clip as its owner sees it: when it counts as ready, failed or hanging, what
 * the source says about its order, and its reference count. */

#include "playout-clip-private.h"

#include "gstseedancesrc.h"

void
playout_clip_fail_locked (
    PlayoutClip *clip, const gchar *reason, const gchar *text)
{
  if (clip->reason)
    return;
  clip->reason = g_strdup (reason);
  clip->text = g_strdup (text);
  g_cond_broadcast (&clip->room);
}

/* Returns TRUE if the file or address of an item with a `uri` cannot be opened.
 * No service was asked, so this failure says nothing about orders. */
static gboolean
is_unreadable (const PlayoutClip *clip, const GError *error)
{
  return clip->item->uri && (g_error_matches (error, GST_RESOURCE_ERROR,
                                 GST_RESOURCE_ERROR_NOT_FOUND) ||
                                g_error_matches (error, GST_RESOURCE_ERROR,
                                    GST_RESOURCE_ERROR_OPEN_READ));
}

void
playout_clip_fail_with_locked (PlayoutClip *clip, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  const GstStructure *details = NULL;
  const gchar *reason = NULL, *task_id = NULL;

  /* An error after the last frame harms nothing that is shown. */
  if (clip->video_end)
    return;
  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  if (details) {
    reason = gst_structure_get_string (details, "reason");
    task_id = gst_structure_get_string (details, "task-id");
  }
  if (task_id && !clip->task_id)
    clip->task_id = g_strdup (task_id);
  clip->maybe_billed |= g_strcmp0 (reason, "maybe-billed") == 0;
  if (!reason && is_unreadable (clip, error)) {
    g_autofree gchar *text =
        g_strdup_printf ("%s: %s", clip->item->uri, error->message);

    playout_clip_fail_locked (clip, "no-file", text);
  } else {
    playout_clip_fail_locked (clip, reason ? reason : "decode", error->message);
  }
}

void
playout_clip_tell (PlayoutClip *clip, GstMessage *message)
{
  clip->func (clip, message, clip->user_data);
}

/* Returns how many frames are enough to go on air: half a second, or all that
 * fit. At few frames a second the sound of all that fit would not fit. */
static guint
get_depth (const PlayoutClip *clip)
{
  const guint64 frames = playout_time_to_tick (&clip->format, GST_SECOND / 2);

  return (guint) MIN (frames, PLAYOUT_CLIP_DEPTH);
}

/* Returns TRUE if the queues hold enough to go on air: enough frames, or all
 * that the clip has, and 0.1 s of sound if the clip has sound. */
static gboolean
is_deep_locked (PlayoutClip *clip)
{
  const gsize enough = (gsize) GST_AUDIO_INFO_RATE (&clip->format.audio) / 10 *
                       (gsize) GST_AUDIO_INFO_BPF (&clip->format.audio);
  gboolean sound =
      clip->wanted_video > 0 && clip->has_audio == (clip->wanted_audio > 0);

  if (clip->has_audio && !clip->audio_end && sound)
    sound = gst_adapter_available (clip->sound) >= enough;

  return clip->has_video && sound &&
         (clip->frames.length >= get_depth (clip) ||
             (clip->video_end && clip->frames.length > 0));
}

static PlayoutClipState
get_state_locked (PlayoutClip *clip)
{
  if (clip->reason)
    return PLAYOUT_CLIP_FAILED;

  return is_deep_locked (clip) && (!clip->whole || clip->is_here)
             ? PLAYOUT_CLIP_READY
             : PLAYOUT_CLIP_PREPARING;
}

PlayoutClipState
playout_clip_get_state (PlayoutClip *clip)
{
  PlayoutClipState state;

  g_mutex_lock (&clip->lock);
  state = get_state_locked (clip);
  g_mutex_unlock (&clip->lock);

  return state;
}

static gboolean
is_over_locked (PlayoutClip *clip)
{
  return clip->video_end && (!clip->has_audio || clip->audio_end);
}

/* Fails a clip that would never become ready. A decoder that swallows an error
 * posts no message, so a lack of progress has to be noticed by time. A stream
 * may also end without a single picture. */
static void
watch_locked (PlayoutClip *clip, gint64 now, gint64 timeout)
{
  const gboolean moved = clip->steps != clip->seen_steps;

  if (clip->video_end && !clip->frames.length && !clip->was_ready)
    playout_clip_fail_locked (
        clip, "no-picture", "The clip ended without a picture.");
  if (moved || clip->seen_at == 0 || !clip->is_here || is_over_locked (clip) ||
      is_deep_locked (clip)) {
    clip->seen_steps = clip->steps;
    clip->seen_at = now;
  } else if (now - clip->seen_at > timeout) {
    playout_clip_fail_locked (
        clip, "hangs", "The decoder made no step for too long.");
  }
}

/* Returns TRUE if the clip's order may cost money. While the clip has not
 * failed, an order that was sent may be accepted at any moment. After a
 * failure it counts if the service gave a task id, or if nobody knows whether
 * it was accepted. */
static gboolean
was_ordered_locked (const PlayoutClip *clip)
{
  if (clip->reason)
    return clip->maybe_billed || (clip->ordered && clip->task_id);

  return clip->ordered;
}

static void
fill_info_locked (PlayoutClip *clip, PlayoutClipInfo *info)
{
  info->state = get_state_locked (clip);
  info->reason = g_strdup (clip->reason);
  info->text = g_strdup (clip->text);
  info->task_id =
      g_strdup (clip->task_id ? clip->task_id : clip->item->task_id);
  info->cost = g_strdup (clip->cost);
  info->last_frame_url = g_strdup (clip->last_frame_url);
  info->tokens = clip->tokens;
  info->is_whole = clip->is_here;
  info->ordered = was_ordered_locked (clip);
  info->progress = clip->progress;
  info->duration = clip->duration;
}

/* Queries the pipeline, so the clip's lock must not be held. */
static GstClockTime
ask_duration (PlayoutClip *clip, GstElement *pipeline, gint64 in)
{
  gint64 duration = -1, end;

  if (!pipeline ||
      !gst_element_query_duration (pipeline, GST_FORMAT_TIME, &duration) ||
      duration <= 0)
    return GST_CLOCK_TIME_NONE;
  end = clip->out >= 0 ? MIN (clip->out, duration) : duration;

  return (GstClockTime) MAX (end - in, 0);
}

static void
note_facts_locked (PlayoutClip *clip, const GstSeedanceFacts *facts)
{
  clip->is_here = facts->is_whole;
  clip->ordered |= facts->ordered;
  clip->tokens = facts->tokens;
  if (facts->task_id && !clip->task_id)
    clip->task_id = g_strdup (facts->task_id);
  if (facts->cost && !clip->cost)
    clip->cost = g_strdup (facts->cost);
  if (facts->last_frame_url && !clip->last_frame_url)
    clip->last_frame_url = g_strdup (facts->last_frame_url);
}

/* While there is no pipeline, the source does not post why its clip cannot
 * be had. */
static void
look_for_failure (PlayoutClip *clip, GstSeedanceSrc *source)
{
  g_autoptr (GstMessage) failure = gst_seedance_src_get_failure (source);

  if (!failure)
    return;
  g_mutex_lock (&clip->lock);
  playout_clip_fail_with_locked (clip, failure);
  g_mutex_unlock (&clip->lock);
}

void
playout_clip_look (
    PlayoutClip *clip, gint64 now, gint64 timeout, PlayoutClipInfo *info)
{
  g_autoptr (GstElement) pipeline = NULL, source = NULL;
  GstSeedanceFacts facts = { .tokens = -1 };
  GstClockTime duration = GST_CLOCK_TIME_NONE;
  gboolean ask, ordered;
  gint64 in;

  g_mutex_lock (&clip->lock);
  in = clip->in;
  ordered = clip->life == PLAYOUT_LIFE_ORDERED;
  if (clip->life == PLAYOUT_LIFE_RUNNING && clip->pipeline)
    pipeline = gst_object_ref (clip->pipeline);
  if (ordered || pipeline)
    source = gst_object_ref (clip->source);
  ask = !GST_CLOCK_TIME_IS_VALID (clip->duration) && is_deep_locked (clip);
  g_mutex_unlock (&clip->lock);
  /* Before the facts are read: once the source has failed, they are final. */
  if (ordered)
    look_for_failure (clip, GST_SEEDANCE_SRC (source));
  if (source && GST_IS_SEEDANCE_SRC (source))
    gst_seedance_src_get_facts (GST_SEEDANCE_SRC (source), &facts);
  else /* What any other element reads counts as here: mostly a file. */
    facts.is_whole = source != NULL;
  if (ask)
    duration = ask_duration (clip, pipeline, in);

  g_mutex_lock (&clip->lock);
  if (source)
    note_facts_locked (clip, &facts);
  if (ask)
    clip->duration = duration;
  watch_locked (clip, now, timeout);
  clip->was_ready |= get_state_locked (clip) == PLAYOUT_CLIP_READY;
  fill_info_locked (clip, info);
  info->may_go_on = ordered && facts.is_readable && !clip->reason;
  g_mutex_unlock (&clip->lock);
  gst_seedance_facts_clear (&facts);
}

void
playout_clip_get_info (PlayoutClip *clip, PlayoutClipInfo *info)
{
  g_mutex_lock (&clip->lock);
  fill_info_locked (clip, info);
  g_mutex_unlock (&clip->lock);
}

void
playout_clip_get_task (PlayoutClip *clip, gchar **task_id, gchar **cost)
{
  g_mutex_lock (&clip->lock);
  *task_id = g_strdup (clip->task_id ? clip->task_id : clip->item->task_id);
  *cost = g_strdup (clip->cost);
  g_mutex_unlock (&clip->lock);
}

gchar *
playout_clip_get_failure (PlayoutClip *clip)
{
  gchar *reason;

  g_mutex_lock (&clip->lock);
  reason = g_strdup (clip->reason);
  g_mutex_unlock (&clip->lock);

  return reason;
}

void
playout_clip_info_clear (PlayoutClipInfo *info)
{
  g_free (info->reason);
  g_free (info->text);
  g_free (info->task_id);
  g_free (info->cost);
  g_free (info->last_frame_url);
  memset (info, 0, sizeof *info);
}

PlayoutClip *
playout_clip_new (const PlayoutClipSettings *settings, PlayoutClipFunc func,
    gpointer user_data, GDestroyNotify destroy)
{
  PlayoutClip *clip = g_new0 (PlayoutClip, 1);

  clip->refs = 1;
  clip->item = seedance_item_ref (settings->item);
  clip->source = gst_object_ref_sink (settings->source);
  clip->format = settings->format;
  clip->whole = settings->whole;
  clip->in = settings->in;
  clip->out = settings->out;
  clip->continues = settings->continues;
  clip->label = g_strdup (settings->label);
  clip->func = func;
  clip->user_data = user_data;
  clip->destroy = destroy;
  g_mutex_init (&clip->lock);
  g_cond_init (&clip->room);
  g_queue_init (&clip->frames);
  clip->sound = gst_adapter_new ();
  clip->tokens = -1;
  clip->progress = -1;
  clip->duration = GST_CLOCK_TIME_NONE;

  return clip;
}

PlayoutClip *
playout_clip_ref (PlayoutClip *clip)
{
  g_atomic_int_inc (&clip->refs);

  return clip;
}

void
playout_clip_unref (PlayoutClip *clip)
{
  if (!g_atomic_int_dec_and_test (&clip->refs))
    return;
  if (clip->destroy)
    clip->destroy (clip->user_data);
  g_queue_clear_full (&clip->frames, (GDestroyNotify) gst_buffer_unref);
  g_object_unref (clip->sound);
  gst_clear_object (&clip->source);
  g_free (clip->label);
  g_free (clip->reason);
  g_free (clip->text);
  g_free (clip->task_id);
  g_free (clip->cost);
  g_free (clip->last_frame_url);
  seedance_item_unref (clip->item);
  g_mutex_clear (&clip->lock);
  g_cond_clear (&clip->room);
  g_free (clip);
}

SeedanceItem *
playout_clip_get_item (PlayoutClip *clip)
{
  return clip->item;
}

gboolean
playout_clip_change_format (PlayoutClip *clip, const PlayoutFormat *format)
{
  gboolean changed;

  g_mutex_lock (&clip->lock);
  changed = !clip->has_pipeline;
  if (changed)
    clip->format = *format;
  g_mutex_unlock (&clip->lock);

  return changed;
}

gboolean
playout_clip_has_format (PlayoutClip *clip, const PlayoutFormat *format)
{
  return gst_video_info_is_equal (&clip->format.video, &format->video) &&
         gst_audio_info_is_equal (&clip->format.audio, &format->audio);
}
