/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sound of a clip: a chord of three voices, or a beep each second. */

#include "tone.h"

#include <math.h>

#define N_VOICES 3
#define CHANNELS 2
#define LOUDNESS 0.08
/* Seconds. */
#define FADE 0.15

/* The beep is as long as the frame with the flash. */
#define BEEP_LENGTH (1.0 / SCENE_FPS)
#define BEEP_PITCH 1000
#define BEEP_LOUDNESS 0.8

typedef struct {
  gdouble pitch;
  gdouble sway;
} Voice;

static void
choose_chord (guint64 seed, Voice voices[N_VOICES])
{
  static const gint chords[][N_VOICES] = { { 0, 4, 7 }, { 0, 3, 7 },
    { 0, 5, 9 }, { 0, 7, 14 } };
  guint64 random = seed ^ 0x746f6e65;
  const gint *chord = chords[scene_random (&random) % G_N_ELEMENTS (chords)];
  gint base = scene_random (&random) % 12;

  for (guint i = 0; i < N_VOICES; i++) {
    voices[i].pitch = 2 * G_PI * 146.83 * pow (2, (base + chord[i]) / 12.0);
    voices[i].sway = 2 * G_PI * scene_random_between (&random, 0.1, 0.4);
  }
}

static gdouble
sample_at (const Voice voices[N_VOICES], gdouble time, guint channel)
{
  gdouble sum = 0;

  for (guint i = 0; i < N_VOICES; i++) {
    gdouble sway = 0.75 + 0.25 * sin (voices[i].sway * time + channel + i);

    sum += sway * sin (voices[i].pitch * time + channel * 0.3);
  }
  return sum * LOUDNESS;
}

/* The beep begins together with the flash, and at a zero crossing of the
 * wave. */
static gdouble
beep_at (gdouble time)
{
  gdouble since = time - floor (time);

  return since < BEEP_LENGTH
             ? BEEP_LOUDNESS * sin (2 * G_PI * BEEP_PITCH * since)
             : 0;
}

static gint16 *
play_beeps (gsize samples)
{
  gint16 *data = g_new (gint16, samples * CHANNELS);

  for (gsize i = 0; i < samples * CHANNELS; i++) {
    gdouble value = beep_at ((gdouble) (i / CHANNELS) / SCENE_AUDIO_RATE);

    data[i] = GINT16_TO_LE ((gint16) (value * 32767));
  }
  return data;
}

static gint16 *
play_chord (const Scene *scene, gsize samples)
{
  gint16 *data = g_new (gint16, samples * CHANNELS);
  gdouble length = (gdouble) samples / SCENE_AUDIO_RATE;
  Voice voices[N_VOICES];

  choose_chord (scene->seed, voices);
  for (gsize i = 0; i < samples; i++) {
    gdouble time = (gdouble) i / SCENE_AUDIO_RATE;
    gdouble fade = MIN (1, MIN (time, length - time) / FADE);

    for (guint channel = 0; channel < CHANNELS; channel++) {
      gdouble value = fade * sample_at (voices, time, channel);

      data[i * CHANNELS + channel] = GINT16_TO_LE ((gint16) (value * 32767));
    }
  }
  return data;
}

GstBuffer *
tone_play (const Scene *scene)
{
  gsize samples = (gsize) scene_frames (scene) * SCENE_AUDIO_RATE / SCENE_FPS;
  gint16 *data =
      scene->flash ? play_beeps (samples) : play_chord (scene, samples);

  return gst_buffer_new_wrapped (data, samples * CHANNELS * sizeof *data);
}
