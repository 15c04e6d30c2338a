/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What requests and providers share among themselves to write JSON bodies and
 * paths. The first three stand in request.c, the others in provider.c. */
#pragma once

#include "provider.h"

G_BEGIN_DECLS

/* Adds a member, unless @value is NULL or empty. */
void seedance_body_add_text (cJSON *body, const gchar *name,
    const gchar *value);

/* Adds an integer, exact in all 64 bits, unless it is below @least. */
void seedance_body_add_integer (cJSON *body, const gchar *name, gint64 value,
    gint64 least);

/* Prints @body compactly and frees it. Free the result with g_free(). */
gchar *seedance_body_print (cJSON *body);

/* Sets the extra members of @request in @body, over what stands there. */
void seedance_body_merge_extra (cJSON *body, const SeedanceRequest *request);

/* The string that the extra members have for @name, or NULL. */
const gchar *seedance_request_extra_text (const SeedanceRequest *request,
    const gchar *name);

/* @base and @task_id as one more path segment. Free with g_free(). */
gchar *seedance_path_of_task (const gchar *base, const gchar *task_id);

G_END_DECLS
