/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses JSON from the network and from files, on top of cJSON. Safe on hostile
 * input: size and depth are limited. Long integers keep all their digits,
 * because they may be task ids. Pure functions. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

G_BEGIN_DECLS

/* What was counted of a text; all 0 to begin with. */
typedef struct {
  gsize all, bare; /* bytes; those of them that are in no string */
  gboolean in_string, escaped;
} SeedanceJsonSize;

/* Counts the next @size bytes of a text. Returns FALSE once it is too large: it
 * may have 64 MiB, because services repeat the pictures of an order in their
 * answers, but only 4 MiB outside of strings, where a byte can cost a hundred
 * bytes of memory. */
gboolean seedance_json_count (
    SeedanceJsonSize *counted, const gchar *data, gsize size);

/* Returns an object or an array; free it with cJSON_Delete(). NULL if @body is
 * neither, holds a NUL or anything behind the JSON, is too large for
 * seedance_json_count(), or is nested deeper than 64 levels. An integer of more
 * than 15 digits becomes a string. */
cJSON *seedance_json_parse (const gchar *body, gsize size);

/* The same for a text that a person wrote, which becomes part of an order: an
 * integer of more than 15 digits becomes a raw node (cJSON_IsRaw()), which is
 * printed as the number that it was. NULL also if @body holds the byte 0xff,
 * which UTF-8 never has. */
cJSON *seedance_json_parse_exact (const gchar *body, gsize size);

/* Returns the node at a path such as "data.output[0]", owned by @node; NULL if
 * there is none. @node may be NULL. */
const cJSON *seedance_json_get (const cJSON *node, const gchar *path);

/* Returns TRUE if @path is valid for seedance_json_get(). @path may be NULL. */
gboolean seedance_json_is_path (const gchar *path);

/* Returns TRUE for a number without a fraction of at most 2^53, which a double
 * holds exactly. FALSE for a longer integer, which became a string or raw. */
gboolean seedance_json_is_integer (const cJSON *node);

/* Reads an integer, also a raw one, or a string that holds one. Returns FALSE
 * for anything else. */
gboolean seedance_json_read_integer (const cJSON *node, gint64 *value);

G_END_DECLS
