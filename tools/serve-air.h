/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a playout had on air, by the end of its as-run log. Any thread; blocks on
 * the disk. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

G_BEGIN_DECLS

/* An object: "file"; "items", the latest first; and "problem", in words, where the
 * log cannot be read. An item has the members of its line; where @clips, from the
 * id of a task to the name of a record, knows its task, "clip" is that name. Free
 * with cJSON_Delete(). */
cJSON *serve_air_read (const gchar *path, GHashTable *clips);

G_END_DECLS
