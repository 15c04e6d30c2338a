/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which played clips go when there is no more room, and what crashes left. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ledger-private.h"

typedef struct {
  gchar *name;
  SeedanceRecord *record;
  gboolean led_to; /* by an order, which buys anew when it is gone */
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

  return (left->record->updated > right->record->updated) -
         (left->record->updated < right->record->updated);
}

/* Whether the same order finds the record, and not only its task's id or
 * nobody. */
static gboolean
is_led_to (const gchar *dir, const gchar *name, const SeedanceRecord *record)
{
  g_autofree gchar *head = g_strndup (name, 64);
  g_autofree gchar *by_task = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (SeedanceRecord) found = NULL;

  if (g_str_equal (head, name)) {
    by_task = seedance_ledger_name_for_task (
        record->provider, record->base_url, record->task_id);
    return !g_str_equal (name, by_task);
  }
  found = seedance_ledger_load (dir, &head, &error);

  return error || g_str_equal (head, name);
}

/* The played records: first what no order leads to, the oldest first; *@size
 * gets the bytes of all clips. */
static GPtrArray *
list_played (const gchar *dir, guint64 *size)
{
  GPtrArray *played = g_ptr_array_new_with_free_func (entry_free);
  g_autoptr (GDir) folder = g_dir_open (dir, 0, NULL);
  const gchar *file;

  *size = 0;
  while (folder && (file = g_dir_read_name (folder))) {
    g_autofree gchar *name = NULL, *pointer = NULL;
    SeedanceRecord *record;

    if (*file == '.' || !g_str_has_suffix (file, ".json"))
      continue;
    name = g_strndup (file, strlen (file) - strlen (".json"));
    record = seedance_ledger_load_once (dir, name, &pointer, NULL);
    if (record && record->size > 0 && record->state >= SEEDANCE_RECORD_READY)
      *size += (guint64) record->size;
    if (record && record->state == SEEDANCE_RECORD_PLAYED) {
      gboolean led_to = is_led_to (dir, name, record);
      Entry *entry = g_new (Entry, 1);

      *entry = (Entry){ g_steal_pointer (&name), record, led_to };
      g_ptr_array_add (played, entry);
    } else {
      seedance_record_free (record);
    }
  }
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

/* Whoever orders in the place of a record creates its successor, and nobody
 * finds that one without the record. So the successor is made here, as one that
 * came to nothing: who is late leads the head to it and goes on from there, also
 * when a crash leaves it behind. A full disk has no room for it, nor for an
 * order. */
static gboolean
prune_one (const gchar *dir, const Entry *entry)
{
  g_autofree gchar *name =
      seedance_ledger_successor (entry->name, entry->record);
  g_autoptr (SeedanceRecord) guard = seedance_record_new (
      entry->record->provider, entry->record->base_url, entry->record->prompt);
  gboolean exists, made, current;

  guard->state = SEEDANCE_RECORD_FAILED;
  /* Without an id it could not be read. */
  guard->task_id = g_strdup ("none");
  made = seedance_ledger_create (dir, name, guard, &exists, NULL);
  if (exists)
    return FALSE;
  current = seedance_ledger_is_current (dir, entry->name, entry->record, NULL);
  if (current)
    seedance_ledger_remove (dir, entry->name, entry->record);
  if (made)
    seedance_ledger_remove (dir, name, guard);

  return current;
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
