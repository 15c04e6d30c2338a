/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which played clips go when there is no more room, and what crashes left. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ledger-private.h"

#define GUARD_ID "none"
#define MAX_DEAD 4 /* guards in a row */

typedef struct {
  gchar *name;
  SeedanceRecord *record;
  gint64 used;      /* seconds since the epoch */
  gboolean by_task; /* kept under its task's id */
  gboolean led_to;  /* by an order, which buys anew when it is gone */
} Entry;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->name);
  seedance_record_free (entry->record);
  g_free (entry);
}

static gint
entry_compare (gconstpointer a, gconstpointer b)
{
  const Entry *left = *(Entry *const *) a, *right = *(Entry *const *) b;

  if (left->led_to != right->led_to)
    return left->led_to - right->led_to;

  return (left->used > right->used) - (left->used < right->used);
}

static gboolean
is_by_task (const gchar *name, const SeedanceRecord *record)
{
  g_autofree gchar *by_task = seedance_ledger_name_for_task (
      record->provider, record->base_url, record->task_id);

  return g_str_equal (name, by_task);
}

/* Whether the same order finds the record, and not only its task's id or
 * nobody. */
static gboolean
is_led_to (const gchar *dir, const gchar *name)
{
  g_autofree gchar *head = g_strndup (name, 64);
  g_autoptr (GError) error = NULL;
  g_autoptr (SeedanceRecord) found = NULL;

  if (g_str_equal (head, name))
    return TRUE;
  found = seedance_ledger_load (dir, &head, &error);

  return error || g_str_equal (head, name);
}

static gint64
time_of_use (const gchar *dir, const SeedanceRecord *record)
{
  g_autofree gchar *clip = seedance_ledger_clip_path (dir, record);
  struct stat info;

  return g_stat (clip, &info) == 0
             ? MAX (record->updated, (gint64) info.st_mtime)
             : record->updated;
}

/* Takes over @name and @record. */
static Entry *
entry_new (const gchar *dir, gchar *name, SeedanceRecord *record)
{
  Entry *entry = g_new (Entry, 1);

  entry->name = name;
  entry->record = record;
  entry->used = time_of_use (dir, record);
  entry->by_task = is_by_task (name, record);
  entry->led_to = !entry->by_task && is_led_to (dir, name);

  return entry;
}

/* Where a replacement was not completed, two records have the same clip: it is
 * the one's that an order leads to. */
static void
leave_out_twins (GPtrArray *played, GHashTable *twins)
{
  for (guint i = played->len; i-- > 0;) {
    const Entry *entry = g_ptr_array_index (played, i);

    if (!entry->led_to && g_hash_table_contains (twins, entry->record->file))
      g_ptr_array_remove_index (played, i);
  }
}

static gboolean
has_stored_clip (const SeedanceRecord *record)
{
  return record->size > 0 && (record->state == SEEDANCE_RECORD_READY ||
                                 record->state == SEEDANCE_RECORD_PLAYED);
}

/* The played records: first what no order leads to, the oldest first; *@size
 * gets the bytes of all clips. */
static GPtrArray *
list_played (const gchar *dir, guint64 *size)
{
  GPtrArray *played = g_ptr_array_new_with_free_func (entry_free);
  g_autoptr (GHashTable) files =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) twins =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GDir) folder = g_dir_open (dir, 0, NULL);
  const gchar *file;

  *size = 0;
  while (folder && (file = g_dir_read_name (folder))) {
    g_autofree gchar *name = NULL, *pointer = NULL;
    g_autoptr (SeedanceRecord) record = NULL;

    if (*file == '.' || !g_str_has_suffix (file, ".json"))
      continue;
    name = g_strndup (file, strlen (file) - strlen (".json"));
    record = seedance_ledger_load_once (dir, name, &pointer, NULL);
    if (!record)
      continue;
    if (!g_hash_table_add (files, g_strdup (record->file)))
      g_hash_table_add (twins, g_strdup (record->file));
    else if (has_stored_clip (record))
      *size += (guint64) record->size;
    if (record->state == SEEDANCE_RECORD_PLAYED)
      g_ptr_array_add (played,
          entry_new (dir, g_steal_pointer (&name), g_steal_pointer (&record)));
  }
  leave_out_twins (played, twins);
  g_ptr_array_sort (played, entry_compare);

  return played;
}

/* What a crash left in the middle of being written. Only names that this file
 * and the spool give: the folder may be one with other things in it. */
static void
remove_leftovers (const gchar *dir)
{
  g_autoptr (GRegex) ours = g_regex_new ("^(\\.[0-9a-f]{64}(\\.[0-9a-f]{32})?"
                                         "|[0-9a-f]{32}\\.mp4)"
                                         "\\.[0-9a-f]{32}(\\.part)?$",
      0, 0, NULL);
  g_autoptr (GDir) folder = g_dir_open (dir, 0, NULL);
  gint64 day_ago = g_get_real_time () / G_USEC_PER_SEC - 24 * 3600;
  const gchar *file;

  while (folder && (file = g_dir_read_name (folder))) {
    g_autofree gchar *path = g_build_filename (dir, file, NULL);
    struct stat info;

    if (g_regex_match (ours, file, 0, NULL) && g_lstat (path, &info) == 0 &&
        S_ISREG (info.st_mode) && info.st_mtime < day_ago)
      g_unlink (path);
  }
}

/* FALSE also when it is gone: what stands there next is another's. */
static gboolean
stands (const gchar *dir, const Entry *entry)
{
  g_autofree gchar *pointer = NULL;
  g_autoptr (SeedanceRecord) now =
      seedance_ledger_load_once (dir, entry->name, &pointer, NULL);

  return now && g_str_equal (now->file, entry->record->file);
}

static gboolean
remove_if_it_stands (const gchar *dir, const Entry *entry)
{
  if (!stands (dir, entry))
    return FALSE;
  seedance_ledger_remove (dir, entry->name, entry->record);

  return TRUE;
}

static SeedanceRecord *
guard_new (const SeedanceRecord *record)
{
  SeedanceRecord *guard =
      seedance_record_new (record->provider, record->base_url, record->prompt);

  guard->state = SEEDANCE_RECORD_FAILED;
  /* Without an id it could not be read. */
  guard->task_id = g_strdup (GUARD_ID);

  return guard;
}

/* The guard called @name whose process died: it may end while it prunes. */
static SeedanceRecord *
load_dead_guard (const gchar *dir, const gchar *name)
{
  g_autofree gchar *pointer = NULL;
  g_autoptr (SeedanceRecord) guard =
      seedance_ledger_load_once (dir, name, &pointer, NULL);

  return guard && guard->state == SEEDANCE_RECORD_FAILED &&
                 g_str_equal (guard->task_id, GUARD_ID) &&
                 !seedance_record_owner_lives (guard)
             ? g_steal_pointer (&guard)
             : NULL;
}

/* Whoever has led the head to a guard goes on from there. */
static void
remove_guard (const gchar *dir, const Entry *entry, const gchar *name,
    const SeedanceRecord *guard)
{
  g_autofree gchar *head = g_strndup (entry->name, 64);
  g_autoptr (GError) error = NULL;

  /* Only the name that it leads the head to counts here. */
  seedance_record_free (seedance_ledger_load (dir, &head, &error));
  if (!error && !g_str_equal (head, name))
    seedance_ledger_remove (dir, name, guard);
}

/* Whoever orders in the place of a record creates its successor, and nobody
 * finds that one without the record. So the successor is made here, as one that
 * came to nothing: who is late leads the head to it and goes on from there, also
 * when a crash leaves it behind. What a crash left is a record like others, and
 * has its own successor: @record is the entry's, or such a one in its place. A
 * full disk has no room for a guard, nor for an order. */
static gboolean
prune_behind (const gchar *dir, const Entry *entry,
    const SeedanceRecord *record, guint tries)
{
  g_autofree gchar *name = seedance_ledger_successor (entry->name, record);
  g_autoptr (SeedanceRecord) guard = guard_new (record);
  g_autoptr (SeedanceRecord) dead = NULL;
  gboolean exists, made, removed;

  made = seedance_ledger_create (dir, name, guard, &exists, NULL);
  if (exists) {
    dead = tries > 0 ? load_dead_guard (dir, name) : NULL;
    removed = dead && prune_behind (dir, entry, dead, tries - 1);
    if (removed)
      remove_guard (dir, entry, name, dead);
    return removed;
  }
  removed = remove_if_it_stands (dir, entry);
  if (made)
    remove_guard (dir, entry, name, guard);

  return removed;
}

static gboolean
prune_one (const gchar *dir, const Entry *entry)
{
  /* Nobody orders in the place of what only its task's id leads to. */
  return entry->by_task ? remove_if_it_stands (dir, entry)
                        : prune_behind (dir, entry, entry->record, MAX_DEAD);
}

void
seedance_ledger_prune (const gchar *dir, guint64 max, SeedancePrune what)
{
  guint64 size;
  g_autoptr (GPtrArray) played = list_played (dir, &size);

  remove_leftovers (dir);
  for (guint i = 0; i < played->len && size > max; i++) {
    Entry *entry = g_ptr_array_index (played, i);

    if (entry->led_to && what == SEEDANCE_PRUNE_REPLACED)
      break;
    if (prune_one (dir, entry) && entry->record->size > 0)
      size -= MIN (size, (guint64) entry->record->size);
  }
}
