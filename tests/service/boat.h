/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The paper boat that sails across the picture of a rendered clip. painter.c
 * paints it on top of the sky and the sea of sky.h. */
#pragma once

#include "sky.h"

G_BEGIN_DECLS

/* A frame in I420 (planes Y, U and V). The caller owns the planes; strides are
 * in bytes. */
typedef struct {
  gint width;
  gint height;
  guint8 *planes[3];
  gint strides[3];
} Canvas;

/* A paper boat that sails over the sea of @sky from one side of the picture to
 * the other. The seed of the scene decides its direction and its colour. */
typedef struct _Boat Boat;

/* Returns a new boat; free with boat_free(). @sky has to outlive the boat. */
Boat *boat_new (const Scene *scene, const Sky *sky);
void boat_free (Boat *boat);

/* Paints the boat into @canvas at its place at time @t; @t runs from 0 at the
 * start of the clip to 1 at its end. */
void boat_paint (const Boat *boat, gdouble t, Canvas *canvas);

G_END_DECLS
