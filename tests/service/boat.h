/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sky.h"

G_BEGIN_DECLS

/* A frame in I420. */
typedef struct {
  gint width;
  gint height;
  guint8 *planes[3];
  gint strides[3];
} Canvas;

/* What moves in a clip: a paper boat that sails over the sea of @sky from one
 * side to the other. */
typedef struct _Boat Boat;

/* @sky has to outlive it. */
Boat *boat_new (const Scene *scene, const Sky *sky);
void boat_free (Boat *boat);

/* Paints the boat where it is at @t, 0 to 1 from the clip's begin to its
 * end. */
void boat_paint (const Boat *boat, gdouble t, Canvas *canvas);

G_END_DECLS
