/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Helpers that build JSON objects in which only what was set appears. Pure
 * functions. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

G_BEGIN_DECLS

/* Adds a text unless @value is NULL or empty. */
void seedance_body_add_text (
    cJSON *body, const gchar *name, const gchar *value);

/* Adds an integer, exact in all 64 bits, unless it is less than @least. */
void seedance_body_add_integer (
    cJSON *body, const gchar *name, gint64 value, gint64 least);

/* Adds a duration unless it is 0. -1, by which the model chooses, is added. */
void seedance_body_add_duration (cJSON *body, const gchar *name, gint value);

/* Adds true or false unless @value is -1. */
void seedance_body_add_switch (cJSON *body, const gchar *name, gint value);

/* Prints @body compactly and frees it. Free the result with g_free(). */
gchar *seedance_body_print (cJSON *body);

G_END_DECLS
