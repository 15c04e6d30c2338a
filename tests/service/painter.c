/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paints the frames of an ordinary clip. Without an image they show sky, sea
 * and boat; with an image, a slow zoom into it, and with a last image a
 * cross-fade to that. */

#include "painter.h"

#include <math.h>

#include "boat.h"
#include "sky.h"

/* The sky has no fine detail. Painted at a quarter of the size and stretched it
 * looks the same and costs a sixteenth. */
#define SKY_SHRINK 4

/* Film grain. Without it a soft picture would compress to almost nothing, but
 * genuine clips have megabytes. The strength is in luma levels. */
#define GRAIN_LENGTH 8192
#define GRAIN_STRENGTH 2.2

/* How much an image is zoomed per second. */
#define ZOOM_SPEED 0.03

/* The part of a plane that fills the frame, as shares of its width and
 * height. */
typedef struct {
  gdouble x, y;
  gdouble width, height;
} View;

struct _Painter {
  gint width;
  gint height;
  guint frames;
  gint duration;
  guint64 seed;
  /* NULL if the order has an image. */
  Sky *sky;
  Boat *boat;
  Plane planes[3];
  /* The last image; no samples if there is none. */
  Plane last[3];
  gint16 grain[GRAIN_LENGTH];
  gdouble pan_x, pan_y;
};

static void
allocate_planes (Plane *planes, gint width, gint height, gint chroma_width,
    gint chroma_height)
{
  for (guint i = 0; i < 3; i++) {
    Plane *plane = &planes[i];

    plane->width = i ? chroma_width : width;
    plane->height = i ? chroma_height : height;
    plane->samples = g_new (guint16, plane->width * plane->height);
  }
}

static void
load_plane (Plane *plane, const guint8 *data, gint stride)
{
  for (gint y = 0; y < plane->height; y++) {
    for (gint x = 0; x < plane->width; x++)
      plane->samples[y * plane->width + x] = data[y * stride + x]
                                             << PLANE_SHIFT;
  }
}

/* In I420, GStreamer rounds the strides up to multiples of 4. */
static gint
luma_stride (Painter *painter)
{
  return GST_ROUND_UP_4 (painter->width);
}

static gint
chroma_stride (Painter *painter)
{
  return GST_ROUND_UP_4 (painter->width / 2);
}

static gsize
plane_offset (Painter *painter, guint plane)
{
  gsize luma = (gsize) luma_stride (painter) * painter->height;
  gsize chroma = (gsize) chroma_stride (painter) * (painter->height / 2);

  return plane == 0 ? 0 : luma + (plane - 1) * chroma;
}

static gboolean
load_picture (Painter *painter, Plane *planes, Picture *picture, GError **error)
{
  g_autoptr (GstBuffer) buffer =
      picture_fill (picture, painter->width, painter->height, error);
  GstMapInfo map;

  if (buffer == NULL || !gst_buffer_map (buffer, &map, GST_MAP_READ))
    return FALSE;
  allocate_planes (planes, painter->width, painter->height, painter->width / 2,
      painter->height / 2);
  for (guint i = 0; i < 3; i++) {
    load_plane (&planes[i], map.data + plane_offset (painter, i),
        i ? chroma_stride (painter) : luma_stride (painter));
  }
  gst_buffer_unmap (buffer, &map);
  return TRUE;
}

static gboolean
load_pictures (Painter *painter, const Scene *scene, GError **error)
{
  return load_picture (painter, painter->planes, scene->picture, error) &&
         (scene->last == NULL ||
             load_picture (painter, painter->last, scene->last, error));
}

static void
make_grain (Painter *painter, guint64 *random)
{
  gdouble scale = GRAIN_STRENGTH * (1 << PLANE_SHIFT) / 2;

  for (guint i = 0; i < GRAIN_LENGTH; i++) {
    painter->grain[i] = scale * (scene_random_between (random, -1, 1) +
                                    scene_random_between (random, -1, 1));
  }
}

Painter *
painter_new (const Scene *scene, GError **error)
{
  g_autoptr (Painter) painter = g_new0 (Painter, 1);
  guint64 random = ~(guint64) scene->seed;

  painter->width = scene->width;
  painter->height = scene->height;
  painter->frames = scene_frames (scene);
  painter->duration = scene->duration;
  painter->seed = scene->seed;
  painter->pan_x = scene_random_between (&random, 0.2, 0.8);
  painter->pan_y = scene_random_between (&random, 0.2, 0.8);
  if (scene->picture != NULL)
    return load_pictures (painter, scene, error) ? g_steal_pointer (&painter)
                                                 : NULL;
  make_grain (painter, &random);
  painter->sky = sky_new (scene);
  painter->boat = boat_new (scene, painter->sky);
  allocate_planes (painter->planes, scene->width / SKY_SHRINK,
      scene->height / SKY_SHRINK, scene->width / SKY_SHRINK,
      scene->height / SKY_SHRINK);
  return g_steal_pointer (&painter);
}

void
painter_free (Painter *painter)
{
  for (guint i = 0; i < 3; i++) {
    g_free (painter->planes[i].samples);
    g_free (painter->last[i].samples);
  }
  g_clear_pointer (&painter->boat, boat_free);
  g_clear_pointer (&painter->sky, sky_free);
  g_free (painter);
}

/* For each of @count pixels, computes the sample of @size before it (@index)
 * and the distance from there to the next sample in 1/256 (@part). */
static void
lay_out (gint *index, gint *part, gint count, gint size, gdouble from,
    gdouble length)
{
  for (gint i = 0; i < count; i++) {
    gdouble at = (from + (i + 0.5) / count * length) * size - 0.5;
    gint fixed = CLAMP (at, 0, size - 1) * 256;

    index[i] = MIN (fixed >> 8, size - 2);
    part[i] = fixed - (index[i] << 8);
  }
}

/* Returns the grain of a row; its start in the table varies with frame and
 * row. */
static const gint16 *
grain_of_row (Painter *painter, guint frame, gint row)
{
  guint64 state = painter->seed ^ ((guint64) frame << 32) ^ row;

  return painter->grain +
         scene_random (&state) % (GRAIN_LENGTH - painter->width);
}

static void
store_row (guint8 *out, const guint16 *line, const gint *index,
    const gint *part, gint width, const gint16 *grain)
{
  for (gint x = 0; x < width; x++) {
    gint left = line[index[x]];
    gint right = line[index[x] + 1];
    gint value = left + (((right - left) * part[x]) >> 8);

    if (grain != NULL)
      value += grain[x];
    value = (value + (1 << (PLANE_SHIFT - 1))) >> PLANE_SHIFT;
    out[x] = CLAMP (value, 0, 255);
  }
}

static void
stretch (Painter *painter, const Plane *planes, guint nth, const View *view,
    guint frame, guint8 *out)
{
  const Plane *plane = &planes[nth];
  gint width = nth ? painter->width / 2 : painter->width;
  gint height = nth ? painter->height / 2 : painter->height;
  gint stride = nth ? chroma_stride (painter) : luma_stride (painter);
  gboolean grainy = nth == 0 && painter->sky != NULL;
  g_autofree guint16 *line = g_new (guint16, plane->width);
  g_autofree gint *columns = g_new (gint, 2 * width);
  g_autofree gint *rows = g_new (gint, 2 * height);

  lay_out (columns, columns + width, width, plane->width, view->x, view->width);
  lay_out (rows, rows + height, height, plane->height, view->y, view->height);
  for (gint y = 0; y < height; y++) {
    const guint16 *above = plane->samples + rows[y] * plane->width;
    const guint16 *below = above + plane->width;
    gint part = rows[height + y];

    for (gint x = 0; x < plane->width; x++)
      line[x] = above[x] + (((below[x] - above[x]) * part) >> 8);
    store_row (out + (gsize) y * stride, line, columns, columns + width, width,
        grainy ? grain_of_row (painter, frame, y) : NULL);
  }
}

static gdouble
ease (gdouble t)
{
  return t * t * (3 - 2 * t);
}

/* Returns the part of the image to show: the whole at first, then a slow
 * zoom. */
static View
look (Painter *painter, gdouble t)
{
  gdouble size =
      painter->sky ? 1 : 1 / (1 + ZOOM_SPEED * painter->duration * ease (t));

  return (View){ (1 - size) * painter->pan_x, (1 - size) * painter->pan_y, size,
    size };
}

static void
paint_boat (Painter *painter, gdouble t, guint8 *data)
{
  Canvas canvas = { .width = painter->width, .height = painter->height };

  for (guint i = 0; i < 3; i++) {
    canvas.planes[i] = data + plane_offset (painter, i);
    canvas.strides[i] = i ? chroma_stride (painter) : luma_stride (painter);
  }
  boat_paint (painter->boat, t, &canvas);
}

/* Mixes the last image into the frame @data. Its zoom runs backwards: it is
 * shown whole in the clip's last frame. In the middle of the clip it fades
 * in. */
static void
fade_to_last (Painter *painter, guint frame, guint8 *data)
{
  gdouble t = (gdouble) frame / (painter->frames - 1);
  gint share = (gint) (ease (CLAMP (t * 2 - 0.5, 0, 1)) * 256);
  View view = look (painter, 1 - t);
  gsize size = plane_offset (painter, 3);
  g_autofree guint8 *other = g_malloc0 (size);

  for (guint i = 0; i < 3; i++)
    stretch (painter, painter->last, i, &view, frame,
        other + plane_offset (painter, i));
  for (gsize i = 0; i < size; i++)
    data[i] += ((other[i] - data[i]) * share) >> 8;
}

GstBuffer *
painter_paint (Painter *painter, guint frame)
{
  gdouble t = (gdouble) frame / painter->frames;
  View view = look (painter, t);
  GstBuffer *buffer =
      gst_buffer_new_allocate (NULL, plane_offset (painter, 3), NULL);
  GstMapInfo map;

  if (painter->sky != NULL)
    sky_paint (painter->sky, t, painter->planes);
  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  /* Clear the padding at the ends of the rows. */
  if (luma_stride (painter) != painter->width ||
      chroma_stride (painter) != painter->width / 2)
    memset (map.data, 0, map.size);
  for (guint i = 0; i < 3; i++)
    stretch (painter, painter->planes, i, &view, frame,
        map.data + plane_offset (painter, i));
  if (painter->last[0].samples != NULL)
    fade_to_last (painter, frame, map.data);
  if (painter->boat != NULL)
    paint_boat (painter, t, map.data);
  gst_buffer_unmap (buffer, &map);
  return buffer;
}
