/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "rundown-kit.h"

#include <gio/gio.h>
#include <string.h>

SeedanceItem *
rundown_item_of (const gchar *line)
{
  g_autoptr (GError) error = NULL;
  SeedanceItem *item = seedance_item_from_json (line, "/day", &error);

  g_assert_no_error (error);

  return item;
}

const gchar *
rundown_field_of (SeedanceItem *item, const gchar *name)
{
  return g_hash_table_lookup (item->fields, name);
}

void
rundown_add (SeedanceRundown *rundown, const gchar *letters)
{
  for (; *letters; letters++) {
    g_autofree gchar *line =
        g_strdup_printf ("{\"id\":\"%c\",\"prompt\":\"x\"}", *letters);
    g_autoptr (SeedanceItem) item = rundown_item_of (line);

    g_assert_true (seedance_rundown_enqueue (rundown, item, NULL));
  }
}

GPtrArray *
rundown_lines_of (const gchar *letters)
{
  GPtrArray *items =
      g_ptr_array_new_with_free_func ((GDestroyNotify) seedance_item_unref);

  for (; *letters; letters++) {
    g_autofree gchar *line =
        g_strdup_printf ("{\"id\":\"%c\",\"prompt\":\"%s\"}",
            g_ascii_tolower (*letters), g_ascii_isupper (*letters) ? "y" : "x");

    g_ptr_array_add (items, rundown_item_of (line));
  }

  return items;
}

void
rundown_merge (SeedanceRundown *rundown, const gchar *letters)
{
  g_autoptr (GPtrArray) items = rundown_lines_of (letters);

  seedance_rundown_merge (rundown, items);
}

gchar *
rundown_list (SeedanceRundown *rundown)
{
  GString *letters = g_string_new (NULL);

  for (guint i = 0; i < seedance_rundown_get_length (rundown); i++) {
    SeedanceItem *item = seedance_rundown_get (rundown, i);
    const gboolean changed =
        item->fields && g_str_equal (rundown_field_of (item, "prompt"), "y");

    g_string_append_c (
        letters, changed ? g_ascii_toupper (*item->id) : *item->id);
  }
  g_assert_null (
      seedance_rundown_get (rundown, seedance_rundown_get_length (rundown)));

  return g_string_free (letters, FALSE);
}

void
rundown_assert_refuses_id (SeedanceRundown *rundown, const gchar *id)
{
  g_autofree gchar *line =
      g_strdup_printf ("{\"id\":\"%s\",\"prompt\":\"x\"}", id);
  g_autoptr (SeedanceItem) item = rundown_item_of (line);
  g_autoptr (GError) error = NULL;

  g_assert_false (seedance_rundown_enqueue (rundown, item, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_nonnull (strstr (error->message, "Nothing was ordered"));
}

void
rundown_assert_replay (
    SeedanceRundown *rundown, const gchar *id, const gchar *task_id)
{
  g_autoptr (SeedanceItem) replay = seedance_rundown_replay (rundown);

  g_assert_cmpstr (replay->id, ==, id);
  g_assert_cmpstr (replay->task_id, ==, task_id);
  g_assert_true (replay->replay);
  g_assert_false (seedance_item_is_order (replay));
}
