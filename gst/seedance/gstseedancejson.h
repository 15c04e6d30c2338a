/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cjson/cJSON.h>
#include <gst/gst.h>

G_BEGIN_DECLS

/* @structure as a JSON object: numbers, booleans, strings, enums by nick,
 * fractions as "n/d", nested structures, lists and arrays. What has no
 * equivalent is sent as the string that gst_value_serialize() gives. Free with
 * cJSON_Delete(). */
cJSON *gst_seedance_structure_to_json (const GstStructure *structure);

/* The reverse, of a JSON object: numbers become int, int64 or double, whichever
 * holds them first. NULL when it is no object, holds a text that is not UTF-8
 * or a field without a name, or a list whose items are not all of one kind,
 * which GStreamer cannot hold. Free with gst_structure_free(). */
GstStructure *gst_seedance_structure_from_json (const cJSON *object);

G_END_DECLS
