/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Converts a GstStructure, the type of the property extra-params, to JSON and
 * back. */
#pragma once

#include <cjson/cJSON.h>
#include <gst/gst.h>

G_BEGIN_DECLS

/* Returns @structure as a JSON object. Numbers, booleans, strings, nested
 * structures, lists and arrays become their JSON equivalents. Every other value
 * becomes the string that gst_value_serialize() returns, such as the nick of an
 * enum or "n/d" for a fraction. Free with cJSON_Delete(). */
cJSON *gst_seedance_structure_to_json (const GstStructure *structure);

/* Returns FALSE and sets @error if a field of @structure (may be NULL) holds,
 * perhaps deeper inside, a double that may once have been another integer, or
 * that JSON does not have. GStreamer reads "seed=9007199254740993" without a
 * type as a double, and rounds it: another clip would be ordered, and
 * billed. */
gboolean gst_seedance_structure_check (
    const GstStructure *structure, GError **error);

/* Converts a JSON object to a structure. A number becomes the first of int,
 * int64, uint64 and double that can hold it exactly. Returns NULL if @text is
 * no object, or holds a text that is not UTF-8, a field without a name, an
 * integer that none of these types can hold, or a list whose items are not all
 * of one type, which GStreamer does not allow. Free with
 * gst_structure_free(). */
GstStructure *gst_seedance_structure_from_text (const gchar *text);

G_END_DECLS
