/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "scene.h"

G_BEGIN_DECLS

/* Paints the frames of a scene, without the writing in them. */
typedef struct _Painter Painter;

Painter *painter_new (const Scene *scene, GError **error);
void painter_free (Painter *painter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Painter, painter_free)

/* I420, GStreamer's usual strides, not timestamped. Frames may be asked for
 * in any order. */
GstBuffer *painter_paint (Painter *painter, guint frame);

G_END_DECLS
