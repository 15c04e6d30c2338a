/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paints the frames of clips to measure with (prompts that contain the flash
 * word), in which a test can identify every frame. */
#pragma once

#include "scene.h"

G_BEGIN_DECLS

/* Bars for each number; the lowest bit is at the left. */
#define FLASH_BARS 8

/* Returns frame @frame in I420, with the strides of painter_paint(), not
 * timestamped. The upper half is white in the first frame of each second, when
 * the beep of tone.h sounds, and otherwise dark blue with grain. The lowest
 * eighth of the picture shows the frame number as a bar code, the eighth above
 * it the seed. Each is a row of FLASH_BARS bars of equal width, white for 1 and
 * black for 0, modulo 256. */
GstBuffer *flash_paint (const Scene *scene, guint frame);

G_END_DECLS
