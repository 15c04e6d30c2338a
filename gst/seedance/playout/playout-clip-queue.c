/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two queues of a clip, frames and samples. The appsinks' threads fill them
 * and wait while they are full; the output takes from them. Times are the
 * running time of the clip's own pipeline, which honours edit lists. */

#include "playout-clip-private.h"

/* For how many ticks a frame waits for its sound before it is shown without. */
#define MAX_WAITS 25

static guint
bytes_per_sample (PlayoutClip *clip)
{
  return GST_AUDIO_INFO_BPF (&clip->format.audio);
}

static gint64
sound_end_locked (PlayoutClip *clip)
{
  return clip->sound_at + (gint64) (gst_adapter_available (clip->sound) /
                                    bytes_per_sample (clip));
}

static gint64
samples_of_ticks (PlayoutClip *clip, guint64 ticks)
{
  return (gint64) playout_tick_to_sample (&clip->format, ticks);
}

/* For how long the output of the sound may be behind that of the picture and
 * still ask for the samples. */
static gint64
sound_kept (PlayoutClip *clip)
{
  return (gint64) playout_time_to_sample (&clip->format, PLAYOUT_BEHIND_MAX) +
         samples_of_ticks (clip, 1);
}

/* Length of the queue of samples. A frame is only taken when all of its sound
 * is queued. A decoder may need seconds of a slow picture before it gives the
 * first frame of them, and a demuxer that waits for room for the sound gives no
 * picture. */
static gint64
sound_depth (PlayoutClip *clip)
{
  return sound_kept (clip) + samples_of_ticks (clip, 2);
}

/* Returns TRUE if samples at @at have to wait for room. A gap before them
 * counts, as it becomes silence. A longer one than fits is waited for until the
 * queue is empty. */
static gboolean
is_full_locked (PlayoutClip *clip, gint64 at)
{
  return MAX (at, sound_end_locked (clip)) - clip->sound_at >=
             sound_depth (clip) &&
         gst_adapter_available (clip->sound) > 0;
}

static void
discard_sound_locked (PlayoutClip *clip, gint64 until)
{
  const gsize frame = bytes_per_sample (clip);
  const gsize size = MIN ((gsize) MAX (until - clip->sound_at, 0) * frame,
      gst_adapter_available (clip->sound));

  gst_adapter_flush (clip->sound, size);
  clip->sound_at += (gint64) (size / frame);
}

static gboolean
is_dead_locked (PlayoutClip *clip)
{
  return clip->life == PLAYOUT_LIFE_ENDED || clip->reason;
}

/* Counts a step of progress, releases the lock, and tells the clip's owner
 * once, when the clip has become ready or has failed. */
static void
step_and_unlock (PlayoutClip *clip)
{
  gboolean news;

  clip->steps++;
  g_mutex_unlock (&clip->lock);
  news = playout_clip_get_state (clip) != PLAYOUT_CLIP_PREPARING;
  g_mutex_lock (&clip->lock);
  news &= !clip->was_ready;
  clip->was_ready |= news;
  g_mutex_unlock (&clip->lock);
  if (news)
    playout_clip_tell (clip, NULL);
}

/* Returns TRUE if a frame at @time lies before the part that is shown. For a
 * clip that continues another one, `in` is the beginning of a tick, from which
 * the frame's time may differ by half a tick. */
static gboolean
is_before_locked (PlayoutClip *clip, GstClockTime time)
{
  const gint64 rounded =
      clip->continues ? (gint64) playout_tick_to_time (&clip->format, 1) / 2
                      : 0;

  return (gint64) time + rounded < clip->in;
}

static gboolean
is_behind (PlayoutClip *clip, GstClockTime time)
{
  return clip->out >= 0 && (gint64) time >= clip->out;
}

/* The first frame that is shown may be later than `in`, by less than a frame.
 * The sound then begins with that frame, too, and not at `in`. Nothing was read
 * of the sound yet. */
static void
start_at_locked (PlayoutClip *clip, GstClockTime time)
{
  const gint64 late =
      (gint64) playout_time_to_sample (&clip->format, time) -
      (gint64) playout_time_to_sample (&clip->format, (GstClockTime) clip->in);

  clip->in = (gint64) time;
  clip->sound_at -= late;
  clip->sound_known -= late;
  discard_sound_locked (clip, 0);
  clip->sound_at = MAX (clip->sound_at, 0);
}

GstFlowReturn
playout_clip_put_frame (PlayoutClip *clip, GstBuffer *frame, GstClockTime time)
{
  gboolean dead;

  if (is_behind (clip, time)) {
    gst_buffer_unref (frame);
    playout_clip_put_end (clip, FALSE);
    return GST_FLOW_EOS;
  }
  g_mutex_lock (&clip->lock);
  while (clip->frames.length >= PLAYOUT_CLIP_DEPTH && !is_dead_locked (clip))
    g_cond_wait (&clip->room, &clip->lock);
  dead = is_dead_locked (clip);
  if (dead || is_before_locked (clip, time)) {
    gst_buffer_unref (frame);
  } else {
    if (!clip->has_started && !clip->continues)
      start_at_locked (clip, time);
    clip->has_started = TRUE;
    g_queue_push_tail (&clip->frames, frame);
  }
  step_and_unlock (clip);

  return dead ? GST_FLOW_EOS : GST_FLOW_OK;
}

/* Appends @samples (transfer full), the first of which is sample @at of the
 * clip. A gap before them is skipped if the queue is empty, else filled with
 * silence, and what overlaps the queue or lies before the clip's start is cut
 * off. Decoders round their timestamps, so a difference of up to a millisecond
 * is ignored. */
static void
append_locked (PlayoutClip *clip, GstBuffer *samples, gint64 at)
{
  const gint64 near = GST_AUDIO_INFO_RATE (&clip->format.audio) / 1000;
  const gint64 end = sound_end_locked (clip);
  const gsize frame = bytes_per_sample (clip);
  gsize size = gst_buffer_get_size (samples);

  if (at > end + near && gst_adapter_available (clip->sound) == 0) {
    clip->sound_at = at;
  } else if (at > end + near) {
    gsize hole = (gsize) (at - end) * frame;
    GstBuffer *silence = gst_buffer_new_allocate (NULL, hole, NULL);

    gst_buffer_memset (silence, 0, 0, hole);
    gst_adapter_push (clip->sound, silence);
  } else if (at < end - near || (at < 0 && end == 0)) {
    gsize doubled = MIN ((gsize) (end - at) * frame, size);

    samples = gst_buffer_make_writable (samples);
    gst_buffer_resize (samples, (gssize) doubled, -1);
  }
  if (gst_buffer_get_size (samples) > 0)
    gst_adapter_push (clip->sound, samples);
  else
    gst_buffer_unref (samples);
}

static gboolean
is_start_known_locked (PlayoutClip *clip)
{
  return !clip->continues || clip->start_known || clip->video_end;
}

/* The clip starts at the tick nearest to its second picture, but never at tick
 * 0: that is the picture that was just shown. */
void
playout_clip_put_start (PlayoutClip *clip, GstClockTime time)
{
  const GstVideoInfo *info = &clip->format.video;
  const guint64 tick =
      gst_util_uint64_scale_round (time, GST_VIDEO_INFO_FPS_N (info),
          GST_SECOND * (guint64) GST_VIDEO_INFO_FPS_D (info));

  g_mutex_lock (&clip->lock);
  clip->in = (gint64) playout_tick_to_time (&clip->format, MAX (tick, 1));
  clip->start_known = TRUE;
  g_cond_broadcast (&clip->room);
  g_mutex_unlock (&clip->lock);
}

static gint64
find_sample_locked (PlayoutClip *clip, GstClockTime time)
{
  return (gint64) playout_time_to_sample (&clip->format, time) -
         (gint64) playout_time_to_sample (
             &clip->format, (GstClockTime) clip->in);
}

GstFlowReturn
playout_clip_put_sound (
    PlayoutClip *clip, GstBuffer *samples, GstClockTime time)
{
  gboolean dead;
  gint64 at;

  if (is_behind (clip, time)) {
    gst_buffer_unref (samples);
    playout_clip_put_end (clip, TRUE);
    return GST_FLOW_EOS;
  }
  g_mutex_lock (&clip->lock);
  while (!is_start_known_locked (clip) && !is_dead_locked (clip))
    g_cond_wait (&clip->room, &clip->lock);
  at = find_sample_locked (clip, time);
  clip->sound_known = MAX (clip->sound_known, at);
  while (is_full_locked (clip, at) && !is_dead_locked (clip))
    g_cond_wait (&clip->room, &clip->lock);
  dead = is_dead_locked (clip);
  /* Again: the first frame may have come meanwhile. */
  if (dead)
    gst_buffer_unref (samples);
  else
    append_locked (clip, samples, find_sample_locked (clip, time));
  step_and_unlock (clip);

  return dead ? GST_FLOW_EOS : GST_FLOW_OK;
}

void
playout_clip_put_silence (PlayoutClip *clip, GstClockTime until)
{
  g_mutex_lock (&clip->lock);
  if (is_start_known_locked (clip))
    clip->sound_known =
        MAX (clip->sound_known, find_sample_locked (clip, until));
  step_and_unlock (clip);
}

void
playout_clip_put_end (PlayoutClip *clip, gboolean audio)
{
  g_mutex_lock (&clip->lock);
  if (audio)
    clip->audio_end = TRUE;
  else
    clip->video_end = TRUE;
  g_cond_broadcast (&clip->room);
  step_and_unlock (clip);
}

/* Returns TRUE if the sound up to sample @until is queued or is silence. A
 * clip whose sound stays away goes on without it after MAX_WAITS ticks.
 *
 * If the queue is full before @until, what follows the sound's pad takes
 * nothing. The picture does not wait for that: old samples make room for new
 * ones, which the decoder has to get rid of before it makes more frames. */
static gboolean
has_sound_locked (PlayoutClip *clip, gint64 until)
{
  if (!clip->has_audio || clip->audio_end || clip->reason)
    return TRUE;
  if (MAX (sound_end_locked (clip), clip->sound_known) >= until) {
    clip->waits = 0;
    return TRUE;
  }
  if (is_full_locked (clip, clip->sound_known)) {
    discard_sound_locked (clip, until - sound_kept (clip));
    return TRUE;
  }
  if (clip->frames.length > 0)
    clip->waits++;

  return clip->waits > MAX_WAITS;
}

PlayoutTake
playout_clip_take (PlayoutClip *clip, gint64 until, GstBuffer **frame)
{
  PlayoutTake take = PLAYOUT_TAKE_NONE;

  g_mutex_lock (&clip->lock);
  if (has_sound_locked (clip, until) && clip->frames.length > 0) {
    *frame = g_queue_pop_head (&clip->frames);
    take = PLAYOUT_TAKE_FRAME;
  } else if (clip->frames.length == 0 && (clip->video_end || clip->reason)) {
    take = PLAYOUT_TAKE_END;
  }
  g_cond_broadcast (&clip->room);
  g_mutex_unlock (&clip->lock);

  return take;
}

void
playout_clip_read (PlayoutClip *clip, gint64 from, guint samples, guint8 *data)
{
  const gsize frame = bytes_per_sample (clip);
  gsize silent, size;

  g_mutex_lock (&clip->lock);
  discard_sound_locked (clip, from);
  silent = (gsize) CLAMP (clip->sound_at - from, 0, (gint64) samples);
  size = MIN ((samples - silent) * frame, gst_adapter_available (clip->sound));
  if (size > 0) {
    gst_adapter_copy (clip->sound, data + silent * frame, 0, size);
    gst_adapter_flush (clip->sound, size);
    clip->sound_at += (gint64) (size / frame);
  }
  g_cond_broadcast (&clip->room);
  g_mutex_unlock (&clip->lock);
}
