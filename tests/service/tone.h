/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sound of a rendered clip. */
#pragma once

#include "scene.h"

G_BEGIN_DECLS

/* Returns the whole sound of @scene: a quiet chord that the seed chooses, or a
 * beep of 1 kHz each second in a clip to measure with. The sound is S16LE,
 * stereo, at SCENE_AUDIO_RATE, and as long as the picture. */
GstBuffer *tone_play (const Scene *scene);

G_END_DECLS
