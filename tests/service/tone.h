/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "scene.h"

G_BEGIN_DECLS

/* The whole sound of a scene: a quiet chord of the seed's choice, or in a clip
 * to measure with a beep of 1 kHz each second; S16LE, stereo, SCENE_AUDIO_RATE,
 * as long as the picture. */
GstBuffer *tone_play (const Scene *scene);

G_END_DECLS
