/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Remembers which elements of a pipeline have posted an error, so that a clip
 * that failed on the way to the screen does not count as played. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* All functions may be called from any thread. */
typedef struct _GstSeedanceErrors GstSeedanceErrors;

/* Listens to the bus of the pipeline @top, until it is freed with
 * gst_seedance_errors_free(). */
GstSeedanceErrors *gst_seedance_errors_new (GstElement *top);
void gst_seedance_errors_free (GstSeedanceErrors *self);

/* Returns TRUE if @element, or a bin that contains it, has posted an error
 * since gst_seedance_errors_new(). An error is missed if a bin does not forward
 * it, or if the application's sync handler drops it from the bus. */
gboolean gst_seedance_errors_has (GstSeedanceErrors *self, GstElement *element);

/* Returns TRUE if errors may have been missed, because the pipeline @top has
 * another bus: elements were put into it after gst_seedance_errors_new(). A
 * branch that was taken out of its pipeline, and has no bus, is not deaf. */
gboolean gst_seedance_errors_is_deaf (GstSeedanceErrors *self, GstElement *top);

G_END_DECLS
