/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Helpers for the tests of rundowns, most of whose items have one letter as
 * id. */
#pragma once

#include "rundown.h"

/* Returns the item of a good line, and the value that it has in a field. */
SeedanceItem *rundown_item_of (const gchar *line);
const gchar *rundown_field_of (SeedanceItem *item, const gchar *name);

/* Appends an item for each letter. */
void rundown_add (SeedanceRundown *rundown, const gchar *letters);

/* Returns the items (SeedanceItem) of a file: one for each letter. A capital
 * letter stands for other contents of the item. Free with g_ptr_array_unref().
 * rundown_merge() makes the list follow such a file. */
GPtrArray *rundown_lines_of (const gchar *letters);
void rundown_merge (SeedanceRundown *rundown, const gchar *letters);

/* Returns the list as such letters. Free with g_free(). */
gchar *rundown_list (SeedanceRundown *rundown);

#define rundown_assert_list(rundown, letters) \
  G_STMT_START \
  { \
    g_autofree gchar *real = rundown_list (rundown); \
\
    g_assert_cmpstr (real, ==, letters); \
  } \
  G_STMT_END

/* Takes the next replay. Fails if it is not of this item and task. */
void rundown_assert_replay (
    SeedanceRundown *rundown, const gchar *id, const gchar *task_id);

/* Fails if an item with this id can be added. */
void rundown_assert_refuses_id (SeedanceRundown *rundown, const gchar *id);
