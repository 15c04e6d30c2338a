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

G_END_DECLS
