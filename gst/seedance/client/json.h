/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON that strangers wrote: parsed without losing a digit of an id, without a
 * crash, and without a stack that grows with its depth. Pure functions. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

G_BEGIN_DECLS

/* An object or a list; NULL when @body is neither, larger than 4 MiB or nested
 * deeper than 64. Free with cJSON_Delete(). */
cJSON *seedance_json_parse (const gchar *body, gsize size);

/* Follows a path such as "data.output[0]"; NULL when it leads nowhere. */
const cJSON *seedance_json_get (const cJSON *node, const gchar *path);

/* Whether @path, which may be NULL, is one for seedance_json_get(). */
gboolean seedance_json_is_path (const gchar *path);

/* Whether it is a number that an integer of 53 bits holds exactly. Longer
 * integers were turned into strings. */
gboolean seedance_json_is_integer (const cJSON *node);

/* The integer of an integer, or of a string of digits; FALSE for others. */
gboolean seedance_json_read_integer (const cJSON *node, gint64 *value);

G_END_DECLS
