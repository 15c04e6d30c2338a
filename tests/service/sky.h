/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paints the background of a clip: lights in a sky at dusk, above a sea with
 * waves. All colours and movements come from the scene's seed. */
#pragma once

#include "scene.h"

G_BEGIN_DECLS

/* A plane of samples in fixed point with PLANE_SHIFT fraction bits, so that
 * stretching it makes no visible steps. */
typedef struct {
  gint width;
  gint height;
  guint16 *samples;
} Plane;

#define PLANE_SHIFT 6

/* Soft lights that drift over a sea at dusk. */
typedef struct _Sky Sky;

Sky *sky_new (const Scene *scene);
void sky_free (Sky *sky);

/* Paints the sky at time @t, which runs from 0 at the start of the clip to 1 at
 * its end. @planes are Y, U and V, all of the same size. */
void sky_paint (Sky *sky, gdouble t, Plane planes[3]);

/* Returns how far below the top of the picture the sea begins at @x. Both are
 * in heights of the picture, as all places are. */
gdouble sky_waterline (const Sky *sky, gdouble t, gdouble x);

G_END_DECLS
