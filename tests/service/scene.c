/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies scenes, computes their cache keys, and makes random numbers. */

#include "scene.h"

/* Part of the cache key. Raise it whenever a scene comes to look different,
 * otherwise a --cache-dir would keep serving the old clips. */
#define LOOK 4

Scene *
scene_copy (const Scene *scene)
{
  Scene *copy = g_memdup2 (scene, sizeof *scene);

  copy->prompt = g_strdup (scene->prompt);
  if (scene->picture != NULL)
    copy->picture = picture_ref (scene->picture);
  if (scene->last != NULL)
    copy->last = picture_ref (scene->last);
  return copy;
}

void
scene_free (Scene *scene)
{
  g_free (scene->prompt);
  g_clear_pointer (&scene->picture, picture_unref);
  g_clear_pointer (&scene->last, picture_unref);
  g_free (scene);
}

gchar *
scene_key (const Scene *scene)
{
  g_autofree gchar *gst = gst_version_string ();
  g_autofree gchar *text = g_strdup_printf (
      "%d\n%s\n%" G_GINT64_FORMAT "\n%dx%d\n%d\n%d %d %d %d %u\n%s %s\n%s",
      LOOK, gst, scene->seed, scene->width, scene->height, scene->duration,
      scene->audio, scene->h265, scene->layout, scene->flash, scene->bitrate,
      scene->picture ? scene->picture->hash : "",
      scene->last ? scene->last->hash : "", scene->prompt);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

guint
scene_frames (const Scene *scene)
{
  return scene->duration * SCENE_FPS + (scene->flash ? 0 : 1);
}

/* The algorithm is splitmix64. */
guint64
scene_random (guint64 *state)
{
  guint64 z = (*state += 0x9e3779b97f4a7c15u);

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

gdouble
scene_random_between (guint64 *state, gdouble low, gdouble high)
{
  return low + (high - low) * (scene_random (state) >> 11) * 0x1p-53;
}
