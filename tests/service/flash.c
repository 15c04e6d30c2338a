/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clips to measure with: grain, a flash each second, and two rows of bars that
 * show the frame number and the seed. See flash.h. */

#include "flash.h"

#include <string.h>

#define WHITE 235
#define BLACK 16
#define GRAY 128
/* Blue sets the background apart from grey, white and black. */
#define BLUE_Y 56
#define BLUE_U 170
/* Grain gives the encoder something to do. Flash and bars are painted over
 * it. */
#define GRAIN_LENGTH 8192
#define GRAIN_STRENGTH 24

typedef struct {
  guint8 *data;
  gint stride;
  gint width;
  gint height;
} Area;

static void
fill (const Area *area, gint left, gint top, gint right, gint bottom,
    guint8 value)
{
  for (gint y = top; y < bottom; y++)
    memset (area->data + (gsize) y * area->stride + left, value, right - left);
}

static void
add_grain (const Area *luma, guint64 random)
{
  guint8 grain[GRAIN_LENGTH];

  for (guint i = 0; i < GRAIN_LENGTH; i++)
    grain[i] =
        BLUE_Y - GRAIN_STRENGTH / 2 + scene_random (&random) % GRAIN_STRENGTH;
  for (gint y = 0; y < luma->height; y++) {
    gsize from = scene_random (&random) % (GRAIN_LENGTH - luma->width);

    memcpy (luma->data + (gsize) y * luma->stride, grain + from, luma->width);
  }
}

/* Draws the bars in luma only; draw_chroma() makes their rows colourless. */
static void
draw_bars (const Area *luma, gint top, gint bottom, guint64 number)
{
  for (gint bar = 0; bar < FLASH_BARS; bar++)
    fill (luma, bar * luma->width / FLASH_BARS, top,
        (bar + 1) * luma->width / FLASH_BARS, bottom,
        number >> bar & 1 ? WHITE : BLACK);
}

static void
draw_luma (const Area *luma, const Scene *scene, guint frame)
{
  gint eighth = luma->height / 8;

  add_grain (luma, (guint64) scene->seed ^ ((guint64) frame << 32));
  if (frame % SCENE_FPS == 0)
    fill (luma, 0, 0, luma->width, luma->height / 2, WHITE);
  draw_bars (luma, luma->height - 2 * eighth, luma->height - eighth,
      (guint64) scene->seed);
  draw_bars (luma, luma->height - eighth, luma->height, frame);
}

static void
draw_chroma (const Area *chroma, guint8 value, guint frame)
{
  gint bars = chroma->height - 2 * (chroma->height / 8);

  fill (chroma, 0, 0, chroma->width, bars, value);
  if (frame % SCENE_FPS == 0)
    fill (chroma, 0, 0, chroma->width, chroma->height / 2, GRAY);
  fill (chroma, 0, bars, chroma->width, chroma->height, GRAY);
}

GstBuffer *
flash_paint (const Scene *scene, guint frame)
{
  Area luma = { .stride = GST_ROUND_UP_4 (scene->width),
    .width = scene->width,
    .height = scene->height };
  Area chroma = { .stride = GST_ROUND_UP_4 (scene->width / 2),
    .width = scene->width / 2,
    .height = scene->height / 2 };
  gsize luma_size = (gsize) luma.stride * luma.height;
  gsize chroma_size = (gsize) chroma.stride * chroma.height;
  gsize size = luma_size + 2 * chroma_size;
  guint8 *data = g_malloc0 (size);

  luma.data = data;
  draw_luma (&luma, scene, frame);
  chroma.data = data + luma_size;
  draw_chroma (&chroma, BLUE_U, frame);
  chroma.data += chroma_size;
  draw_chroma (&chroma, GRAY, frame);
  return gst_buffer_new_wrapped (data, size);
}
