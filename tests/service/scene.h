/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A scene holds everything that decides the bytes of a rendered clip. The
 * painters take their randomness from scene_random(), so equal scenes give
 * equal clips. */
#pragma once

#include "picture.h"
#include "settings.h"

G_BEGIN_DECLS

#define SCENE_FPS 24
#define SCENE_AUDIO_RATE 44100

/* The parameters of a clip. Equal scenes are rendered to equal bytes. */
typedef struct {
  gchar *prompt;
  gint64 seed;
  gint width;
  gint height;
  /* Seconds. */
  gint duration;
  gboolean audio;
  gboolean h265;
  Layout layout;
  /* Of the picture, in kbit/s; 0: as much as genuine clips have. */
  guint bitrate;
  /* Render a clip to measure with, see flash.h. */
  gboolean flash;
  /* The first frame; NULL: text to video. */
  Picture *picture;
  /* The last frame, only together with a first one. May be NULL. */
  Picture *last;
} Scene;

Scene *scene_copy (const Scene *scene);
void scene_free (Scene *scene);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Scene, scene_free)

/* Returns a file name without suffix. Equal scenes have equal keys. Free with
 * g_free(). */
gchar *scene_key (const Scene *scene);

/* Returns the number of frames. Genuine clips have one frame more than whole
 * seconds; clips to measure with have whole seconds. */
guint scene_frames (const Scene *scene);

/* Pseudorandom numbers that are the same on every machine. *@state is the seed
 * and is advanced by each call. */
guint64 scene_random (guint64 *state);
gdouble scene_random_between (guint64 *state, gdouble low, gdouble high);

G_END_DECLS
