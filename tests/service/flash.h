/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "scene.h"

G_BEGIN_DECLS

/* The bars that a number is written in, the lowest bit at the left. */
#define FLASH_BARS 8

/* Frames to measure with: the upper half is white in the first frame of each
 * second, together with the beep of tone.h, and else dark blue with grain. The
 * lowest eighth shows the number of the frame as a bar code, the eighth above
 * it the seed: each a row of FLASH_BARS bars of equal width, white for 1 and
 * black for 0, modulo 256. I420 as painter_paint() gives it. */
GstBuffer *flash_paint (const Scene *scene, guint frame);

G_END_DECLS
