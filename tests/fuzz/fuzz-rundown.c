/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the parser of rundowns. The input is the lines of a rundown, an empty
 * line, then the lines that it has later. Every accepted item must be valid,
 * and no id may be in the list twice. */

#include "fuzz.h"

#include <gio/gio.h>
#include <string.h>

#include "rundown.h"

static void
assert_fields (const SeedanceItem *item)
{
  GHashTableIter iter;
  gpointer name, text;

  g_hash_table_iter_init (&iter, item->fields);
  while (g_hash_table_iter_next (&iter, &name, &text)) {
    g_assert_true (*(const gchar *) text);
    g_assert_true (g_utf8_validate (text, -1, NULL));
  }
}

static void
assert_item (const SeedanceItem *item)
{
  g_assert_true (*item->id);
  fuzz_assert_text (item->id);
  fuzz_assert_text (item->task_id);
  fuzz_assert_text (item->uri);
  /* Metadata must be a single line. */
  g_assert_true (
      !item->metadata || (!strpbrk (item->metadata, "\r\n") &&
                             g_utf8_validate (item->metadata, -1, NULL)));
  g_assert_true (item->in >= 0);
  g_assert_true (item->out == -1 || item->out > item->in);
  /* An item is an order, which costs money, if and only if it has fields. */
  g_assert_true (seedance_item_is_order (item) == (item->fields != NULL));
  g_assert_true (!item->uri || !item->task_id);
  if (item->fields)
    assert_fields (item);
}

static GPtrArray *
take_lines (const uint8_t **data, size_t *size)
{
  GPtrArray *items =
      g_ptr_array_new_with_free_func ((GDestroyNotify) seedance_item_unref);

  while (*size > 0) {
    g_autofree gchar *line = fuzz_take_line (data, size);
    g_autoptr (GError) error = NULL;
    SeedanceItem *item;

    if (!*line)
      break;
    item = seedance_item_from_json (line, "/day", &error);
    g_assert_true ((item == NULL) == (error != NULL));
    if (!item) {
      fuzz_assert_text (error->message);
      continue;
    }
    assert_item (item);
    g_ptr_array_add (items, item);
  }

  return items;
}

static void
assert_list (SeedanceRundown *rundown)
{
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < seedance_rundown_get_length (rundown); i++) {
    SeedanceItem *item = seedance_rundown_get (rundown, i);

    g_assert_true (g_hash_table_add (ids, item->id));
    g_assert_true (seedance_rundown_find (rundown, item->id) == item);
  }
}

/* Begins every third item and finishes every second of these. */
static void
play_some (SeedanceRundown *rundown)
{
  for (guint i = 0; i < seedance_rundown_get_length (rundown); i++) {
    g_autofree gchar *id = g_strdup (seedance_rundown_get (rundown, i)->id);

    if (i % 3 != 0)
      continue;
    seedance_rundown_set_begun (rundown, id, TRUE);
    if (i % 2 != 0)
      seedance_rundown_finish (rundown, id, "task", TRUE);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GPtrArray) first = take_lines (&data, &size);
  g_autoptr (GPtrArray) later = take_lines (&data, &size);
  SeedanceRundown *rundown = seedance_rundown_new ();

  seedance_rundown_merge (rundown, first);
  assert_list (rundown);
  play_some (rundown);
  seedance_rundown_merge (rundown, later);
  assert_list (rundown);
  seedance_rundown_free (rundown);
  return 0;
}
