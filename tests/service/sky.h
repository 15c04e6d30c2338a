/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "scene.h"

G_BEGIN_DECLS

/* A plane of samples with six bits below the point, so that what is stretched
 * from it has no steps. */
typedef struct {
  gint width;
  gint height;
  guint16 *samples;
} Plane;

#define PLANE_SHIFT 6

/* Soft lights that drift over a sea at dusk, in the seed's colours. */
typedef struct _Sky Sky;

Sky *sky_new (const Scene *scene);
void sky_free (Sky *sky);

/* Paints the sky as of @t, 0 to 1 from the clip's begin to its end, into three
 * planes of the same size, Y, U and V. */
void sky_paint (Sky *sky, gdouble t, Plane planes[3]);

/* How far below the top the sea begins at @x. Both, as all places in the
 * picture, in heights of the picture. */
gdouble sky_waterline (const Sky *sky, gdouble t, gdouble x);

G_END_DECLS
