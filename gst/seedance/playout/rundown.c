/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of a rundown, which ids are taken, and what is kept for replays. */
#include "rundown-private.h"

#include <gio/gio.h>

/* How many items are kept for replays; the one that was played longest ago is
 * dropped first. */
#define REPLAYS_MAX 1000

static void
entry_free (gpointer data)
{
  SeedanceEntry *entry = data;

  seedance_item_unref (entry->item);
  g_free (entry);
}

static GHashTable *
new_ids (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

SeedanceRundown *
seedance_rundown_new (void)
{
  SeedanceRundown *rundown = g_new0 (SeedanceRundown, 1);

  rundown->entries = g_ptr_array_new_with_free_func (entry_free);
  rundown->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  rundown->taken = new_ids ();
  rundown->dropped = new_ids ();
  rundown->file_order = g_ptr_array_new_with_free_func (g_free);
  g_queue_init (&rundown->replays);
  rundown->replay_links =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  return rundown;
}

void
seedance_rundown_free (SeedanceRundown *rundown)
{
  if (!rundown)
    return;
  g_hash_table_unref (rundown->replay_links);
  g_queue_clear_full (&rundown->replays, (GDestroyNotify) seedance_item_unref);
  g_hash_table_unref (rundown->by_id);
  g_ptr_array_unref (rundown->entries);
  g_ptr_array_unref (rundown->file_order);
  g_hash_table_unref (rundown->taken);
  g_hash_table_unref (rundown->dropped);
  g_free (rundown);
}

SeedanceEntry *
seedance_rundown_entry_at (SeedanceRundown *rundown, guint index)
{
  return g_ptr_array_index (rundown->entries, index);
}

static SeedanceEntry *
find_entry (SeedanceRundown *rundown, const gchar *id)
{
  return id ? g_hash_table_lookup (rundown->by_id, id) : NULL;
}

static gboolean
find (SeedanceRundown *rundown, const gchar *id, guint *index)
{
  SeedanceEntry *entry = find_entry (rundown, id);

  return entry && g_ptr_array_find (rundown->entries, entry, index);
}

void
seedance_rundown_sweep (SeedanceRundown *rundown)
{
  GPtrArray *old = rundown->entries;

  rundown->entries = g_ptr_array_new_with_free_func (entry_free);
  for (guint i = 0; i < old->len; i++) {
    SeedanceEntry *entry = g_ptr_array_index (old, i);

    if (entry->gone) {
      g_hash_table_remove (rundown->by_id, entry->item->id);
      entry_free (entry);
    } else {
      g_ptr_array_add (rundown->entries, entry);
    }
  }
  g_ptr_array_set_free_func (old, NULL);
  g_ptr_array_unref (old);
}

static void
remove_at (SeedanceRundown *rundown, guint index)
{
  g_hash_table_remove (
      rundown->by_id, seedance_rundown_entry_at (rundown, index)->item->id);
  g_ptr_array_remove_index (rundown->entries, index);
}

guint
seedance_rundown_get_length (SeedanceRundown *rundown)
{
  return rundown->entries->len;
}

SeedanceItem *
seedance_rundown_get (SeedanceRundown *rundown, guint index)
{
  return index < rundown->entries->len
             ? seedance_rundown_entry_at (rundown, index)->item
             : NULL;
}

SeedanceItem *
seedance_rundown_find (SeedanceRundown *rundown, const gchar *id)
{
  SeedanceEntry *entry = find_entry (rundown, id);

  return entry ? entry->item : NULL;
}

gboolean
seedance_rundown_is_begun (SeedanceRundown *rundown, const gchar *id)
{
  SeedanceEntry *entry = find_entry (rundown, id);

  return entry && entry->begun;
}

gboolean
seedance_rundown_was_begun (SeedanceRundown *rundown, const gchar *id)
{
  SeedanceEntry *entry = find_entry (rundown, id);

  return entry && entry->was_begun;
}

gboolean
seedance_rundown_is_noted (SeedanceRundown *rundown, const gchar *id)
{
  SeedanceEntry *entry = find_entry (rundown, id);

  return entry && (entry->was_begun || entry->noted);
}

void
seedance_rundown_set_begun (
    SeedanceRundown *rundown, const gchar *id, gboolean begun)
{
  SeedanceEntry *entry = find_entry (rundown, id);

  if (!entry)
    return;
  entry->begun = begun;
  entry->was_begun |= begun;
}

/* A viewer sees no difference between two ids of the same clip, so it is kept
 * for replays once. */
static gchar *
make_clip_key (const SeedanceItem *item)
{
  return g_strdup_printf ("%s\n%s\n%" G_GINT64_FORMAT "\n%" G_GINT64_FORMAT,
      item->uri ? item->uri : "", item->task_id ? item->task_id : "", item->in,
      item->out);
}

static void
forget_oldest_replay (SeedanceRundown *rundown)
{
  SeedanceItem *oldest = g_queue_pop_head (&rundown->replays);
  g_autofree gchar *key = make_clip_key (oldest);

  g_hash_table_remove (rundown->replay_links, key);
  seedance_item_unref (oldest);
}

/* Keeps @replay (transfer full) as the newest. */
static void
keep_replay (SeedanceRundown *rundown, SeedanceItem *replay)
{
  gchar *key = make_clip_key (replay);
  GList *same = g_hash_table_lookup (rundown->replay_links, key);

  if (same) {
    seedance_item_unref (same->data);
    g_queue_delete_link (&rundown->replays, same);
  }
  g_queue_push_tail (&rundown->replays, replay);
  g_hash_table_replace (rundown->replay_links, key, rundown->replays.tail);
  if (rundown->replays.length > REPLAYS_MAX)
    forget_oldest_replay (rundown);
}

static void
keep_played (
    SeedanceRundown *rundown, const SeedanceItem *item, const gchar *task_id)
{
  if (item->uri || item->task_id || task_id)
    keep_replay (rundown, seedance_item_new_replay (item, task_id));
}

SeedanceItem *
seedance_rundown_replay (SeedanceRundown *rundown)
{
  GList *link = g_queue_pop_head_link (&rundown->replays);

  if (!link)
    return NULL;
  g_queue_push_tail_link (&rundown->replays, link);

  return seedance_item_ref (link->data);
}

guint
seedance_rundown_count_replays (SeedanceRundown *rundown)
{
  return rundown->replays.length;
}

gboolean
seedance_rundown_keeps_replay (
    SeedanceRundown *rundown, const SeedanceItem *replay)
{
  g_autofree gchar *key = make_clip_key (replay);

  return g_hash_table_contains (rundown->replay_links, key);
}

gboolean
seedance_rundown_forget_replay (
    SeedanceRundown *rundown, const SeedanceItem *replay)
{
  g_autofree gchar *key = make_clip_key (replay);
  GList *link = g_hash_table_lookup (rundown->replay_links, key);

  if (!link)
    return FALSE;
  g_hash_table_remove (rundown->replay_links, key);
  seedance_item_unref (link->data);
  g_queue_delete_link (&rundown->replays, link);

  return TRUE;
}

gboolean
seedance_rundown_drop_replays (SeedanceRundown *rundown, const gchar *id)
{
  const guint before = rundown->replays.length;
  GList *next;

  for (GList *link = rundown->replays.head; link; link = next) {
    SeedanceItem *replay = link->data;

    next = link->next;
    if (g_strcmp0 (replay->id, id) == 0)
      seedance_rundown_forget_replay (rundown, replay);
  }

  return rundown->replays.length < before;
}

void
seedance_rundown_finish (SeedanceRundown *rundown, const gchar *id,
    const gchar *task_id, gboolean played)
{
  guint index;

  if (!find (rundown, id, &index))
    return;
  if (played)
    keep_played (
        rundown, seedance_rundown_entry_at (rundown, index)->item, task_id);
  remove_at (rundown, index);
}

/* Returns the id of the log that was on air last of those in the list, and its
 * index there. Ids are looked up in a hash table, because a log may be much
 * longer than the list. */
static const gchar *
find_last_played (
    SeedanceRundown *rundown, const SeedancePast *past, guint *index)
{
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < rundown->entries->len; i++)
    g_hash_table_insert (places,
        seedance_rundown_entry_at (rundown, i)->item->id, GUINT_TO_POINTER (i));
  for (guint i = 0; i < past->played->len; i++) {
    const gchar *id = g_ptr_array_index (past->played, i);
    gpointer place;

    if (g_hash_table_lookup_extended (places, id, NULL, &place)) {
      *index = GPOINTER_TO_UINT (place);
      return id;
    }
  }

  return NULL;
}

/* Takes the ids of the log, in case their lines come later. */
static void
take_done (SeedanceRundown *rundown, const SeedancePast *past)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, past->done);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_hash_table_add (rundown->taken, g_strdup (id));
}

const gchar *
seedance_rundown_start_behind (
    SeedanceRundown *rundown, const SeedancePast *past, gboolean more)
{
  guint last = 0;
  const gchar *newest = find_last_played (rundown, past, &last);
  const gboolean from_file =
      newest && seedance_rundown_entry_at (rundown, last)->from_file;

  if (!more)
    take_done (rundown, past);
  for (guint i = 0; i < rundown->entries->len; i++) {
    SeedanceEntry *entry = seedance_rundown_entry_at (rundown, i);
    const SeedanceItem *item = entry->item;
    const SeedancePastItem *from = g_hash_table_lookup (past->items, item->id);

    if (g_hash_table_contains (past->whole, item->id))
      keep_played (rundown, item, from ? from->task_id : NULL);
    entry->noted = g_hash_table_contains (past->begun, item->id);
    if (entry->was_begun)
      continue;
    entry->gone = (newest && i <= last && entry->from_file == from_file &&
                      !entry->noted) ||
                  g_hash_table_contains (past->done, item->id);
  }
  seedance_rundown_sweep (rundown);

  return newest;
}

static gboolean
check_id (SeedanceRundown *rundown, const SeedanceItem *item, GError **error)
{
  if (!g_hash_table_contains (rundown->taken, item->id))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
      "The id \"%s\" is or was in the rundown already, and an id is ordered "
      "once. Give this item another one. Nothing was ordered for it.",
      item->id);

  return FALSE;
}

static gboolean
find_or_refuse (
    SeedanceRundown *rundown, const gchar *id, guint *index, GError **error)
{
  if (find (rundown, id, index))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
      "There is no item \"%s\" in the rundown.", id ? id : "");

  return FALSE;
}

static gboolean
find_place (
    SeedanceRundown *rundown, const gchar *before, guint *index, GError **error)
{
  *index = rundown->entries->len;

  return !before || find_or_refuse (rundown, before, index, error);
}

SeedanceEntry *
seedance_rundown_take_in (
    SeedanceRundown *rundown, SeedanceItem *item, gboolean from_file)
{
  SeedanceEntry *entry = g_new0 (SeedanceEntry, 1);

  entry->item = seedance_item_ref (item);
  entry->from_file = from_file;
  g_hash_table_insert (rundown->by_id, item->id, entry);
  g_hash_table_add (rundown->taken, g_strdup (item->id));

  return entry;
}

gboolean
seedance_rundown_insert (SeedanceRundown *rundown, SeedanceItem *item,
    const gchar *before, GError **error)
{
  guint index;

  if (!check_id (rundown, item, error) ||
      !find_place (rundown, before, &index, error))
    return FALSE;
  g_ptr_array_insert (rundown->entries, (gint) index,
      seedance_rundown_take_in (rundown, item, FALSE));

  return TRUE;
}

gboolean
seedance_rundown_enqueue (
    SeedanceRundown *rundown, SeedanceItem *item, GError **error)
{
  return seedance_rundown_insert (rundown, item, NULL, error);
}

gboolean
seedance_rundown_move (SeedanceRundown *rundown, const gchar *id,
    const gchar *before, GError **error)
{
  guint from, to;
  gpointer entry;

  if (!find_or_refuse (rundown, id, &from, error) ||
      !find_place (rundown, before, &to, error))
    return FALSE;
  if (from == to)
    return TRUE;
  entry = g_ptr_array_steal_index (rundown->entries, from);
  g_ptr_array_insert (
      rundown->entries, (gint) (to > from ? to - 1 : to), entry);

  return TRUE;
}

/* The line in the file, if there is one, does not bring the item back. */
static void
note_dropped (SeedanceRundown *rundown, const SeedanceEntry *entry)
{
  if (!entry->was_begun && entry->from_file)
    g_hash_table_add (rundown->dropped, g_strdup (entry->item->id));
  else if (!entry->was_begun)
    g_hash_table_remove (rundown->taken, entry->item->id);
}

gboolean
seedance_rundown_remove (
    SeedanceRundown *rundown, const gchar *id, GError **error)
{
  guint index;

  if (!find_or_refuse (rundown, id, &index, error))
    return FALSE;
  note_dropped (rundown, seedance_rundown_entry_at (rundown, index));
  remove_at (rundown, index);

  return TRUE;
}

void
seedance_rundown_clear (SeedanceRundown *rundown, const gchar *kept)
{
  for (guint i = 0; i < rundown->entries->len; i++) {
    SeedanceEntry *entry = seedance_rundown_entry_at (rundown, i);

    entry->gone = g_strcmp0 (entry->item->id, kept) != 0;
    if (entry->gone)
      note_dropped (rundown, entry);
  }
  seedance_rundown_sweep (rundown);
  while (rundown->replays.length > 0)
    forget_oldest_replay (rundown);
}
