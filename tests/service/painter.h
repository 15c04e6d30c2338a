/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paints the frames of an ordinary clip: sky, sea and boat, or the images of
 * the order. render.c adds the writing. */
#pragma once

#include "scene.h"

G_BEGIN_DECLS

/* The painter of one scene. */
typedef struct _Painter Painter;

/* Returns NULL and sets @error if a picture of the scene cannot be scaled.
 * @scene may be freed afterwards. */
Painter *painter_new (const Scene *scene, GError **error);
void painter_free (Painter *painter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Painter, painter_free)

/* Returns frame number @frame in I420 with GStreamer's default strides, not
 * timestamped. Frames may be asked for in any order. */
GstBuffer *painter_paint (Painter *painter, guint frame);

G_END_DECLS
