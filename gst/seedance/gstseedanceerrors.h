/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Remembers which elements of a pipeline posted an error. */
typedef struct _GstSeedanceErrors GstSeedanceErrors;

/* Listens to the bus of the pipeline @top until it is freed. */
GstSeedanceErrors *gst_seedance_errors_new (GstElement *top);
void gst_seedance_errors_free (GstSeedanceErrors *self);

/* Whether @element, or a bin that it is in, posted an error since. An error is
 * missed when its bin keeps it back, or when the application's sync handler
 * drops it from the bus. */
gboolean gst_seedance_errors_has (GstSeedanceErrors *self, GstElement *element);

G_END_DECLS
