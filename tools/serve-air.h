/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads from the end of an as-run log what a playout had on air. Any thread;
 * blocks on the disk. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

G_BEGIN_DECLS

/* Returns an object with "file", with "items", the latest first, and, if the
 * log cannot be read, with "problem" in words. An item has the members of its
 * line, except metadata. @clips maps ids of tasks to names of records, and may
 * be NULL; if it has the item's task, "clip" is the name. Free with
 * cJSON_Delete(). */
cJSON *serve_air_read (const gchar *path, GHashTable *clips);

G_END_DECLS
