/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "picture.h"
#include "settings.h"

G_BEGIN_DECLS

#define SCENE_FPS 24
#define SCENE_AUDIO_RATE 44100

/* All that a clip is a function of. */
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
  /* kbit a second; 0: as much as genuine clips have. */
  guint bitrate;
  /* A clip to measure with, see flash.h. */
  gboolean flash;
  /* NULL: text to video. */
  Picture *picture;
  /* What the clip ends with, where it has a first frame. May be NULL. */
  Picture *last;
} Scene;

Scene *scene_copy (const Scene *scene);
void scene_free (Scene *scene);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Scene, scene_free)

/* A file name without suffix: equal scenes, equal keys. */
gchar *scene_key (const Scene *scene);

/* The genuine clips have one frame more than whole seconds; those to measure
 * with do not. */
guint scene_frames (const Scene *scene);

/* Random numbers that are the same on every machine. */
guint64 scene_random (guint64 *state);
gdouble scene_random_between (guint64 *state, gdouble low, gdouble high);

G_END_DECLS
