/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "scene.h"

G_BEGIN_DECLS

/* Renders @scene into the file @path, which is there only when it is whole.
 * Blocks; any number may run at once. */
gboolean render_scene (
    const Scene *scene, const gchar *path, GCancellable *quit, GError **error);

G_END_DECLS
