/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Renders the scene of a clip into an MP4 file with a GStreamer pipeline. */
#pragma once

#include <gio/gio.h>

#include "scene.h"

G_BEGIN_DECLS

/* Renders @scene into the file @path, which appears only when it is complete.
 * Blocks until the file is there or @quit is cancelled. Several threads may
 * render at once. */
gboolean render_scene (
    const Scene *scene, const gchar *path, GCancellable *quit, GError **error);

G_END_DECLS
