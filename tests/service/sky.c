/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paints the background of a clip: a gradient, soft lights and discs that
 * drift, and two rows of waves in front. */

#include "sky.h"

#include <math.h>

#define N_LIGHTS 5
#define N_DISCS 9

/* The sea's level, and the heights of its long and its short waves, in heights
 * of the picture. */
#define SEA_LEVEL 0.64
#define SEA_SWELL 0.022
#define SEA_RIPPLE 0.009
/* How far the second row of waves, nearer and darker, lies below the first. */
#define NEAR_LEVEL 0.13

typedef struct {
  gfloat r, g, b;
} Colour;

/* Places and sizes are in heights of the picture. */
typedef struct {
  Colour colour;
  gdouble x, y;
  gdouble dx, dy;
  gdouble phase;
  gdouble radius;
  gdouble strength;
} Light;

struct _Sky {
  gdouble aspect;
  gint duration;
  Colour top, bottom;
  Colour sea, near_sea;
  gdouble phase;
  Light lights[N_LIGHTS];
  Light discs[N_DISCS];
};

static Colour
colour_from_hue (gdouble hue, gdouble saturation, gdouble value)
{
  gdouble channels[3];

  for (guint i = 0; i < 3; i++) {
    gdouble turn = fmod (hue + i / 3.0, 1.0);
    gdouble ramp = CLAMP (fabs (turn * 6 - 3) - 1, 0, 1);

    channels[i] = value * (1 - saturation + saturation * ramp);
  }
  return (Colour){ channels[0], channels[1], channels[2] };
}

static void
scatter (Light *light, guint64 *random, gdouble aspect, gdouble hue)
{
  light->colour = colour_from_hue (hue, scene_random_between (random, 0.5, 0.9),
      scene_random_between (random, 0.6, 1.0));
  light->x = scene_random_between (random, 0, aspect);
  light->y = scene_random_between (random, 0, 1);
  light->dx = scene_random_between (random, -0.35, 0.35);
  light->dy = scene_random_between (random, -0.2, 0.2);
  light->phase = scene_random_between (random, 0, 2 * G_PI);
}

Sky *
sky_new (const Scene *scene)
{
  Sky *sky = g_new0 (Sky, 1);
  guint64 random = scene->seed;
  gdouble hue = scene_random_between (&random, 0, 1);
  gdouble size;

  sky->aspect = (gdouble) scene->width / scene->height;
  /* A tall picture gets smaller lights, which would otherwise fill it. */
  size = MIN (1, 0.4 + 0.4 * sky->aspect);
  sky->duration = scene->duration;
  sky->top = colour_from_hue (hue, 0.7, 0.20);
  sky->bottom = colour_from_hue (fmod (hue + 0.12, 1), 0.6, 0.42);
  sky->sea = colour_from_hue (fmod (hue + 0.06, 1), 0.75, 0.28);
  sky->near_sea = colour_from_hue (fmod (hue + 0.08, 1), 0.8, 0.15);
  sky->phase = 2 * G_PI * hue;
  for (guint i = 0; i < N_LIGHTS; i++) {
    scatter (&sky->lights[i], &random, sky->aspect,
        fmod (hue + scene_random_between (&random, -0.15, 0.35) + 1, 1));
    sky->lights[i].radius = size * scene_random_between (&random, 0.45, 0.9);
    sky->lights[i].strength = scene_random_between (&random, 0.25, 0.5);
  }
  for (guint i = 0; i < N_DISCS; i++) {
    scatter (&sky->discs[i], &random, sky->aspect,
        fmod (hue + scene_random_between (&random, 0, 0.25), 1));
    sky->discs[i].radius = size * scene_random_between (&random, 0.03, 0.13);
    sky->discs[i].strength = scene_random_between (&random, 0.08, 0.22);
  }
  return sky;
}

void
sky_free (Sky *sky)
{
  g_free (sky);
}

static Light
drift (const Light *light, gdouble t)
{
  Light now = *light;

  now.x += light->dx * t + 0.05 * sin (light->phase + 4 * t);
  now.y += light->dy * t + 0.04 * cos (light->phase + 5 * t);
  return now;
}

/* Adds a light of brightness (1 - d²/r²)², which falls to 0 at its
 * radius. */
static void
shine (Colour *row, gint width, gdouble pitch, const Light *light, gdouble y)
{
  gfloat inverse = 1 / (light->radius * light->radius);
  gint from = MAX ((light->x - light->radius) / pitch, 0);
  gint to = MIN ((light->x + light->radius) / pitch + 1, width);

  for (gint i = from; i < to; i++) {
    gfloat dx = i * pitch - light->x;
    gfloat bell = 1 - (dx * dx + (y - light->y) * (y - light->y)) * inverse;

    if (bell <= 0)
      continue;
    bell *= bell * light->strength;
    row[i].r += light->colour.r * bell;
    row[i].g += light->colour.g * bell;
    row[i].b += light->colour.b * bell;
  }
}

/* Adds a disc of even brightness with an edge a sixth of the radius wide. */
static void
shine_disc (
    Colour *row, gint width, gdouble pitch, const Light *light, gdouble y)
{
  gfloat inverse = 1 / (light->radius * light->radius);
  gint from = MAX ((light->x - light->radius) / pitch, 0);
  gint to = MIN ((light->x + light->radius) / pitch + 1, width);

  for (gint i = from; i < to; i++) {
    gfloat dx = i * pitch - light->x;
    gfloat in = 1 - (dx * dx + (y - light->y) * (y - light->y)) * inverse;
    gfloat glow = CLAMP (in * 3, 0, 1) * light->strength;

    row[i].r += light->colour.r * glow;
    row[i].g += light->colour.g * glow;
    row[i].b += light->colour.b * glow;
  }
}

gdouble
sky_waterline (const Sky *sky, gdouble t, gdouble x)
{
  gdouble seconds = t * sky->duration;

  return SEA_LEVEL + SEA_SWELL * sin (5 * x - 1.6 * seconds + sky->phase) +
         SEA_RIPPLE * sin (13 * x + 2.3 * seconds);
}

/* Fills @edge with the height of the waterline at each column; @nearer chooses
 * the nearer row of waves. */
static void
measure_sea (
    const Sky *sky, gdouble t, gboolean nearer, gfloat *edge, gint width)
{
  gdouble pitch = sky->aspect / width;

  for (gint i = 0; i < width; i++) {
    edge[i] = nearer ? NEAR_LEVEL + sky_waterline (sky, t, 1.7 - i * pitch)
                     : sky_waterline (sky, t, i * pitch);
  }
}

static void
pour (Colour *row, gint width, gfloat y, gfloat sample, const gfloat *edge,
    const Colour *sea, gfloat opacity)
{
  for (gint i = 0; i < width; i++) {
    gfloat share = opacity * CLAMP ((y - edge[i]) / sample + 0.5f, 0, 1);

    row[i].r += (sea->r - row[i].r) * share;
    row[i].g += (sea->g - row[i].g) * share;
    row[i].b += (sea->b - row[i].b) * share;
  }
}

static void
paint_gradient (const Sky *sky, Colour *row, gint width, gfloat y)
{
  Colour colour = {
    sky->top.r + (sky->bottom.r - sky->top.r) * y,
    sky->top.g + (sky->bottom.g - sky->top.g) * y,
    sky->top.b + (sky->bottom.b - sky->top.b) * y,
  };

  for (gint i = 0; i < width; i++)
    row[i] = colour;
}

/* Compresses bright values. Clipping them would change the colour of bright
 * spots. */
static gfloat
shoulder (gfloat value)
{
  return value / (0.6f + 0.5f * value);
}

/* Converts a row to Y, U and V: BT.709, limited range. */
static void
store_row (const Colour *row, gint width, gint y, Plane planes[3])
{
  const gfloat one = 1 << PLANE_SHIFT;

  for (gint i = 0; i < width; i++) {
    gfloat r = shoulder (row[i].r);
    gfloat g = shoulder (row[i].g);
    gfloat b = shoulder (row[i].b);
    gfloat luma = 0.2126f * r + 0.7152f * g + 0.0722f * b;
    gint at = y * width + i;

    planes[0].samples[at] = CLAMP (16 + 219 * luma, 16, 235) * one;
    planes[1].samples[at] = CLAMP (128 + 120.7f * (b - luma), 16, 240) * one;
    planes[2].samples[at] = CLAMP (128 + 142.3f * (r - luma), 16, 240) * one;
  }
}

static void
paint_air (const Sky *sky, const Light *lights, const Light *discs, Colour *row,
    gint width, gdouble y)
{
  gdouble pitch = sky->aspect / width;

  paint_gradient (sky, row, width, y);
  for (guint i = 0; i < N_LIGHTS; i++) {
    if (fabs (y - lights[i].y) < lights[i].radius)
      shine (row, width, pitch, &lights[i], y);
  }
  for (guint i = 0; i < N_DISCS; i++) {
    if (fabs (y - discs[i].y) < discs[i].radius)
      shine_disc (row, width, pitch, &discs[i], y);
  }
}

void
sky_paint (Sky *sky, gdouble t, Plane planes[3])
{
  gint width = planes[0].width;
  gint height = planes[0].height;
  gfloat sample = 1.0f / height;
  g_autofree Colour *row = g_new (Colour, width);
  g_autofree gfloat *far_edge = g_new (gfloat, width);
  g_autofree gfloat *near_edge = g_new (gfloat, width);
  Light lights[N_LIGHTS], discs[N_DISCS];

  for (guint i = 0; i < N_LIGHTS; i++)
    lights[i] = drift (&sky->lights[i], t);
  for (guint i = 0; i < N_DISCS; i++)
    discs[i] = drift (&sky->discs[i], t);
  measure_sea (sky, t, FALSE, far_edge, width);
  measure_sea (sky, t, TRUE, near_edge, width);
  for (gint y = 0; y < height; y++) {
    gdouble at = (gdouble) y / height;

    /* The near sea hides everything behind it, so that need not be painted. */
    if (at < SEA_LEVEL + NEAR_LEVEL + 2 * SEA_SWELL)
      paint_air (sky, lights, discs, row, width, at);
    if (at > SEA_LEVEL - 2 * SEA_SWELL) {
      pour (row, width, at, sample, far_edge, &sky->sea, 0.8f);
      pour (row, width, at, sample, near_edge, &sky->near_sea, 1);
    }
    store_row (row, width, y, planes);
  }
}
