/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The paper boat: four sheets of paper, drawn at the height of the waves and
 * leaning with them. */

#include "boat.h"

#include <math.h>

#define MAX_CORNERS 4
/* The boat's length, as a share of the picture's shorter side. */
#define LENGTH 0.42
/* How deep the keel is under water, in lengths of the boat. */
#define DRAUGHT 0.06
/* How far from the sides of the picture the voyage begins and ends, in widths
 * of the picture. */
#define MARGIN 0.13

typedef struct {
  gdouble x, y;
} Point;

/* A convex piece of paper, its corners clockwise. */
typedef struct {
  guint n_corners;
  Point corners[MAX_CORNERS];
  /* Brightness, 1 for full light. */
  gdouble light;
} Sheet;

/* Coordinates are in lengths of the boat; y is 0 at the keel and grows
 * downwards. */
static const Sheet sheets[] = {
  { 3, { { 0, -0.66 }, { 0, -0.18 }, { -0.2, -0.18 } }, 0.95 },
  { 3, { { 0, -0.66 }, { 0.2, -0.18 }, { 0, -0.18 } }, 0.7 },
  { 4, { { -0.5, -0.32 }, { 0, -0.2 }, { 0, 0 }, { -0.3, 0 } }, 1 },
  { 4, { { 0.5, -0.32 }, { 0.3, 0 }, { 0, 0 }, { 0, -0.2 } }, 0.82 },
};

struct _Boat {
  const Sky *sky;
  gdouble aspect;
  gdouble length;
  gboolean leftwards;
  /* The paper's Y, U and V in full light, limited range. */
  gdouble paper[3];
};

Boat *
boat_new (const Scene *scene, const Sky *sky)
{
  Boat *boat = g_new0 (Boat, 1);
  guint64 random = scene->seed ^ 0x626f6174;

  boat->sky = sky;
  boat->aspect = (gdouble) scene->width / scene->height;
  boat->length = LENGTH * MIN (boat->aspect, 1);
  boat->leftwards = scene_random (&random) & 1;
  boat->paper[0] = 228;
  boat->paper[1] = scene_random_between (&random, 112, 136);
  boat->paper[2] = scene_random_between (&random, 120, 144);
  return boat;
}

void
boat_free (Boat *boat)
{
  g_free (boat);
}

/* The boat's place, in heights of the picture, and how it leans. */
typedef struct {
  Point keel;
  gdouble sine, cosine;
} Pose;

static Pose
take_pose (const Boat *boat, gdouble t)
{
  gdouble way = boat->leftwards ? 1 - t : t;
  gdouble x = boat->aspect * (MARGIN + (1 - 2 * MARGIN) * way);
  gdouble stern = sky_waterline (boat->sky, t, x - boat->length / 3);
  gdouble bow = sky_waterline (boat->sky, t, x + boat->length / 3);
  gdouble lean = atan2 (bow - stern, boat->length * 2 / 3);

  return (Pose){ { x, (stern + bow) / 2 + DRAUGHT * boat->length }, sin (lean),
    cos (lean) };
}

/* Converts a corner from the boat's coordinates to pixels of a plane that is
 * @scale pixels high. */
static Point
place (const Boat *boat, const Pose *pose, const Point *corner, gdouble scale)
{
  gdouble x = corner->x * boat->length;
  gdouble y = corner->y * boat->length;

  return (Point){ scale * (pose->keel.x + x * pose->cosine - y * pose->sine),
    scale * (pose->keel.y + x * pose->sine + y * pose->cosine) };
}

/* Returns how much of the pixel around @x, @y the sheet covers, from 0 to 1,
 * estimated from the distance to the nearest edge. */
static gdouble
cover (const Point *corners, guint n_corners, gdouble x, gdouble y)
{
  gdouble inside = 1;

  for (guint i = 0; i < n_corners; i++) {
    const Point *from = &corners[i];
    const Point *to = &corners[(i + 1) % n_corners];
    gdouble dx = to->x - from->x;
    gdouble dy = to->y - from->y;
    gdouble distance =
        (dx * (y - from->y) - dy * (x - from->x)) / sqrt (dx * dx + dy * dy);

    inside = MIN (inside, distance + 0.5);
  }
  return MAX (inside, 0);
}

static void
paint_sheet (const Boat *boat, const Point *corners, guint n_corners,
    guint8 value, guint8 *samples, gint stride, gint width, gint height,
    const gdouble *waterline)
{
  gdouble left = width, right = 0, top = height, bottom = 0;

  for (guint i = 0; i < n_corners; i++) {
    left = MIN (left, corners[i].x - 1);
    right = MAX (right, corners[i].x + 1);
    top = MIN (top, corners[i].y - 1);
    bottom = MAX (bottom, corners[i].y + 1);
  }
  for (gint y = MAX (top, 0); y < MIN (bottom, height); y++) {
    for (gint x = MAX (left, 0); x < MIN (right, width); x++) {
      gdouble dry = CLAMP (waterline[x] - y, 0, 1);
      gdouble share = dry * cover (corners, n_corners, x + 0.5, y + 0.5);
      guint8 *sample = &samples[y * stride + x];

      *sample += lrint ((value - *sample) * share);
    }
  }
}

static void
paint_plane (
    const Boat *boat, gdouble t, const Pose *pose, guint nth, Canvas *canvas)
{
  gint width = nth ? canvas->width / 2 : canvas->width;
  gint height = nth ? canvas->height / 2 : canvas->height;
  g_autofree gdouble *waterline = g_new (gdouble, width);

  for (gint x = 0; x < width; x++) {
    waterline[x] =
        height * sky_waterline (boat->sky, t, boat->aspect * x / width);
  }
  for (guint i = 0; i < G_N_ELEMENTS (sheets); i++) {
    const Sheet *sheet = &sheets[i];
    Point corners[MAX_CORNERS];
    gdouble value = boat->paper[nth];

    for (guint j = 0; j < sheet->n_corners; j++)
      corners[j] = place (boat, pose, &sheet->corners[j], height);
    if (nth == 0)
      value = 16 + (value - 16) * sheet->light;
    paint_sheet (boat, corners, sheet->n_corners, lrint (value),
        canvas->planes[nth], canvas->strides[nth], width, height, waterline);
  }
}

void
boat_paint (const Boat *boat, gdouble t, Canvas *canvas)
{
  Pose pose = take_pose (boat, t);

  for (guint i = 0; i < 3; i++)
    paint_plane (boat, t, &pose, i, canvas);
}
