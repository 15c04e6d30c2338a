/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which fields a seedance: URI may have, and how settings are read from a URI
 * and written as one. Pure functions, safe on hostile input. */
#pragma once

#include "gstseedanceproperties.h"

G_BEGIN_DECLS

/* Sets the fields of @uri in @settings, which have to be newly initialized.
 * Error: GST_URI_ERROR; then some fields may be set, so just clear
 * @settings. */
gboolean gst_seedance_uri_read (
    const gchar *uri, GstSeedanceSettings *settings, GError **error);

/* Returns the URI of the clip that @settings ask for; free with g_free().
 * Returns NULL if gst_seedance_uri_read() would refuse that URI, for example
 * because the image is a file, or if no URI can express the settings. */
gchar *gst_seedance_uri_write (const GstSeedanceSettings *settings);

G_END_DECLS
