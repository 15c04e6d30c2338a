/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encodes a body as a form (multipart/form-data), for services that take no
 * JSON. Pure functions. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

G_BEGIN_DECLS

/* Returns the members of @body as the fields of a form: texts as they are,
 * Base64 "data:" URIs as files, numbers in digits, objects and lists as JSON.
 * Equal bodies give equal bytes. *@type is the Content-Type. Free the result
 * with g_bytes_unref() and *@type with g_free(). */
GBytes *seedance_form_encode (const cJSON *body, gchar **type);

G_END_DECLS
