/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Templates: JSON bodies and paths in which values of a request are filled in.
 * The values are an object with what was set, named as the properties are
 * (request.h).
 *
 * - "${prompt}" becomes the value with its own type, "${duration:string}" its
 *   digits as a string, "a ${prompt}" a text with the value inside, and "$${" a
 *   plain "${".
 * - A value that was not set is left out. So is every object or list that asks
 *   for values none of which was set, whatever constants it holds.
 * - { "for-each": "${reference-images}", … } in a list becomes one object for
 *   each value of that list: the other members, with the value as "${item}".
 * - { "if": "last-image", "then": …, "else": … } becomes the first if the value
 *   is set, else the second or nothing. With a list of names, one that is set
 *   is enough.
 * - { "by": ["resolution", "aspect-ratio"], "is": { "720p 16:9": "1280x720" } }
 *   becomes the row of the table "is" whose key is the set values of "by",
 *   joined by spaces.
 *
 * Only a for-each repeats anything, and for-eaches cannot nest, so that every
 * expansion ends. Pure functions. */
#pragma once

#include "trail.h"

G_BEGIN_DECLS

/* Returns TRUE if an order can have a value @name: the name of a property, or
 * "extra-params.NAME" for a member of the extra parameters. */
gboolean seedance_template_is_name (const gchar *name);

/* Checks the template of a body; the mistake is in check->error. */
gboolean seedance_template_check (
    SeedanceProfileCheck *check, const cJSON *node);

/* Checks the template of a path, which may use the values in @names, separated
 * by spaces. */
gboolean seedance_template_check_path (
    SeedanceProfileCheck *check, const cJSON *node, const gchar *names);

/* Returns TRUE if @node has a place for the value @name. */
gboolean seedance_template_mentions (const cJSON *node, const gchar *name);

/* Returns TRUE if the expansion of @node with @values holds the value @name:
 * its place may be in a branch that is not taken, or in a part that is left out
 * because of another value. */
gboolean seedance_template_uses (
    const cJSON *node, const cJSON *values, const gchar *name);

/* Returns the value @name; NULL if it was not set. */
const cJSON *seedance_template_get (const cJSON *values, const gchar *name);

/* Fills @values into @node. The result points into @values, which must outlive
 * it. NULL if none of the values that @node uses is set. Free with
 * cJSON_Delete(). */
cJSON *seedance_template_expand (const cJSON *node, const cJSON *values);

/* Looks for a table in the expansion of @node that has no row for @values.
 * Returns the first one, and in *@key the key that is missing (free with
 * g_free()); NULL if there is none. A table none of whose values is set needs
 * no row. */
const cJSON *seedance_template_find_missing (
    const cJSON *node, const cJSON *values, gchar **key);

/* Returns the path with @values filled in. They are escaped, so that no value
 * can change the rest of the path. A task id is one segment; a model and a
 * ${task-path} may be several. Free with g_free(). */
gchar *seedance_template_expand_path (const cJSON *node, const cJSON *values);

G_END_DECLS
