/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a seedance: URI may say, and what the settings look like as one. Pure
 * functions. */
#pragma once

#include "gstseedanceproperties.h"

G_BEGIN_DECLS

/* Sets what @uri says in @settings, which were just initialized. Error:
 * GST_URI_ERROR; @settings are of no use then. */
gboolean gst_seedance_uri_read (
    const gchar *uri, GstSeedanceSettings *settings, GError **error);

/* The URI of the clip that @settings ask for, which reads back as the same; NULL
 * when none can say it, such as that a picture is a file. g_free(). */
gchar *gst_seedance_uri_write (const GstSeedanceSettings *settings);

G_END_DECLS
