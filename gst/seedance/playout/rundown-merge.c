/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance_rundown_merge(): takes over into the list what changed in the file.
 * An open line is an item from the file that is not begun; only those
 * change. */

#include "rundown-private.h"

/* Returns the first of @items of each id, and fills @by_id with them. */
static GPtrArray *
pick_first (GPtrArray *items, GHashTable *by_id)
{
  GPtrArray *first = g_ptr_array_new ();

  for (guint i = 0; i < items->len; i++) {
    SeedanceItem *item = g_ptr_array_index (items, i);

    if (g_hash_table_contains (by_id, item->id))
      continue;
    g_hash_table_insert (by_id, item->id, item);
    g_ptr_array_add (first, item);
  }

  return first;
}

static gboolean
is_open_line (const SeedanceEntry *entry)
{
  return entry->from_file && !entry->begun;
}

/* Removes open lines that the file has no more, and replaces changed ones. */
static void
update_lines (SeedanceRundown *rundown, GHashTable *by_id)
{
  for (guint i = 0; i < rundown->entries->len; i++) {
    SeedanceEntry *entry = seedance_rundown_entry_at (rundown, i);
    SeedanceItem *now = g_hash_table_lookup (by_id, entry->item->id);

    if (!is_open_line (entry))
      continue;
    if (!now) {
      if (!entry->was_begun)
        g_hash_table_remove (rundown->taken, entry->item->id);
      entry->gone = TRUE;
    } else if (!entry->was_begun) {
      g_hash_table_replace (rundown->by_id, now->id, entry);
      seedance_item_ref (now);
      seedance_item_unref (entry->item);
      entry->item = now;
    }
  }
  seedance_rundown_sweep (rundown);
}

static void
free_dropped (SeedanceRundown *rundown, GHashTable *by_id)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, rundown->dropped);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    if (g_hash_table_contains (by_id, id))
      continue;
    g_hash_table_remove (rundown->taken, id);
    g_hash_table_iter_remove (&iter);
  }
}

/* Returns the entries of those @ids that may change places, in that order. */
static GPtrArray *
pick_open (GPtrArray *ids, GHashTable *entries)
{
  GPtrArray *picked = g_ptr_array_new ();

  for (guint i = 0; i < ids->len; i++) {
    SeedanceEntry *entry =
        g_hash_table_lookup (entries, g_ptr_array_index (ids, i));

    if (entry)
      g_ptr_array_add (picked, entry);
  }

  return picked;
}

static gboolean
is_same_order (GPtrArray *a, GPtrArray *b)
{
  for (guint i = 0; i < a->len && i < b->len; i++) {
    if (g_ptr_array_index (a, i) != g_ptr_array_index (b, i))
      return FALSE;
  }

  return TRUE;
}

/* Does nothing unless lines changed places in the file, so that another change
 * does not undo what the application moved. */
static void
reorder_lines (SeedanceRundown *rundown, GPtrArray *order)
{
  g_autoptr (GHashTable) open = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) before = NULL, after = NULL;
  guint next = 0;

  for (guint i = 0; i < rundown->entries->len; i++) {
    SeedanceEntry *entry = seedance_rundown_entry_at (rundown, i);

    if (is_open_line (entry))
      g_hash_table_insert (open, entry->item->id, entry);
  }
  before = pick_open (rundown->file_order, open);
  after = pick_open (order, open);
  if (is_same_order (before, after))
    return;
  for (guint i = 0; i < rundown->entries->len; i++) {
    if (is_open_line (seedance_rundown_entry_at (rundown, i)))
      g_ptr_array_index (rundown->entries, i) =
          g_ptr_array_index (after, next++);
  }
}

static guint
count_begun_at_head (SeedanceRundown *rundown)
{
  guint n = 0;

  while (n < rundown->entries->len &&
         seedance_rundown_entry_at (rundown, n)->begun)
    n++;

  return n;
}

static guint
find_first_line (SeedanceRundown *rundown)
{
  guint i = 0;

  while (i < rundown->entries->len &&
         !seedance_rundown_entry_at (rundown, i)->from_file)
    i++;

  return i;
}

typedef struct {
  guint place; /* index of the entry to insert it before */
  SeedanceItem *item;
} NewLine;

static gint
compare_places (gconstpointer a, gconstpointer b)
{
  const guint left = ((const NewLine *) a)->place;
  const guint right = ((const NewLine *) b)->place;

  return (left > right) - (left < right);
}

/* Each new line goes behind the nearest earlier line that is in the list. If
 * there is none, it goes before the first line of the file in the list. */
static GArray *
find_new_lines (SeedanceRundown *rundown, GPtrArray *items)
{
  g_autoptr (GHashTable) ends = g_hash_table_new (g_str_hash, g_str_equal);
  GArray *lines = g_array_new (FALSE, FALSE, sizeof (NewLine));
  const guint head = count_begun_at_head (rundown);
  guint place = find_first_line (rundown);

  for (guint i = 0; i < rundown->entries->len; i++) {
    if (seedance_rundown_entry_at (rundown, i)->from_file)
      g_hash_table_insert (ends,
          seedance_rundown_entry_at (rundown, i)->item->id,
          GUINT_TO_POINTER (i + 1));
  }
  for (guint i = 0; i < items->len; i++) {
    SeedanceItem *item = g_ptr_array_index (items, i);
    const guint end = GPOINTER_TO_UINT (g_hash_table_lookup (ends, item->id));
    NewLine line = { MAX (place, head), item };

    if (end > 0)
      place = end;
    else if (!g_hash_table_contains (rundown->taken, item->id))
      g_array_append_val (lines, line);
  }
  g_array_sort (lines, compare_places);

  return lines;
}

static void
insert_lines (SeedanceRundown *rundown, GPtrArray *items)
{
  g_autoptr (GArray) lines = find_new_lines (rundown, items);
  const guint length = rundown->entries->len;
  g_autofree gpointer *old = g_ptr_array_steal (rundown->entries, NULL);
  guint next = 0;

  for (guint i = 0; i <= length; i++) {
    for (; next < lines->len && g_array_index (lines, NewLine, next).place == i;
         next++)
      g_ptr_array_add (rundown->entries,
          seedance_rundown_take_in (
              rundown, g_array_index (lines, NewLine, next).item, TRUE));
    if (i < length)
      g_ptr_array_add (rundown->entries, old[i]);
  }
}

static GPtrArray *
list_ids (GPtrArray *items)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < items->len; i++)
    g_ptr_array_add (
        ids, g_strdup (((SeedanceItem *) g_ptr_array_index (items, i))->id));

  return ids;
}

void
seedance_rundown_merge (SeedanceRundown *rundown, GPtrArray *items)
{
  g_autoptr (GHashTable) by_id = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) lines = pick_first (items, by_id);
  GPtrArray *order = list_ids (lines);

  update_lines (rundown, by_id);
  free_dropped (rundown, by_id);
  reorder_lines (rundown, order);
  insert_lines (rundown, lines);
  g_ptr_array_unref (rundown->file_order);
  rundown->file_order = order;
}
