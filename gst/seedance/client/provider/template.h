/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bodies and paths with holes. The values that fill the holes are an object
 * with what was set, by the names of the properties (request.h).
 *
 * - "${prompt}" stands for a value with its own type; "${duration:string}" for
 *   its digits as a string; "a ${prompt}" for a text with it inside; "$${" for
 *   "${".
 * - What was not set is left out, and so is every object and list in which no
 *   value was found, whatever constants stand there.
 * - { "for-each": "${reference-images}", … } in a list: the other members, once
 *   for each value, which is "${item}".
 * - { "if": "last-image", "then": …, "else": … }: whether it is set; of a list
 *   of names, whether one is.
 * - { "by": ["resolution", "aspect-ratio"], "is": { "720p 16:9": "1280x720", … } }:
 *   what stands in the table for those of the values that are set, which are
 *   texts, joined by spaces.
 *
 * Templates have no loops but over lists of values, and those do not nest, so
 * every one ends. Pure functions. */
#pragma once

#include "trail.h"

G_BEGIN_DECLS

/* Whether @name is a value that an order can have: the name of a property, or a
 * member of the extra parameters, "extra-params.NAME". */
gboolean seedance_template_is_name (const gchar *name);

/* Whether @node is a template of a body. */
gboolean seedance_template_check (
    SeedanceProfileCheck *check, const cJSON *node);

/* Whether @node is one of a path that may hold the values in @names, separated
 * by spaces. */
gboolean seedance_template_check_path (
    SeedanceProfileCheck *check, const cJSON *node, const gchar *names);

/* Whether the value @name goes into what @node makes. */
gboolean seedance_template_mentions (const cJSON *node, const gchar *name);

/* The value of that name, NULL when it was not set. */
const cJSON *seedance_template_get (const cJSON *values, const gchar *name);

/* @node with @values, which must outlive the result; NULL when none of its
 * values is set. Free with cJSON_Delete(). */
cJSON *seedance_template_expand (const cJSON *node, const cJSON *values);

/* The first table in @node that has no row for @values, and *@key, what was
 * looked for in it (g_free() it). NULL when each has one, or none of its values
 * is set. */
const cJSON *seedance_template_find_missing (
    const cJSON *node, const cJSON *values, gchar **key);

/* The path, its values escaped so that they stay where they are put. The id of
 * a task is one segment; a model, and what a task has for a path, may have more.
 * Free with g_free(). */
gchar *seedance_template_expand_path (const cJSON *node, const cJSON *values);

G_END_DECLS
