/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which stored clips go when there is no more room, and what crashes left.
 * Only bytes are deleted: the record stays, and its task's id is the way to
 * fetch the clip again for free. So nothing here can lead to a second order. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ledger-private.h"
#include "size.h"
#include "text.h"

#define STATE_MAX_SIZE (G_GUINT64_CONSTANT (2) << 30)
#define DAY (24 * 3600) /* seconds */
/* So long the service keeps what the rest of a part could be fetched by. */
#define PART_AGE (7 * DAY)
#define PARTS "^[0-9a-f]{32}\\.mp4\\.(part|map)$"
#define LEFTOVERS \
  "^(\\.[0-9a-f]{64}(\\.[0-9a-f]{32})?|[0-9a-f]{32}\\.mp4)" \
  "\\.[0-9a-f]{32}(\\.part)?$"

gboolean
seedance_ledger_get_max_size (guint64 *max, GError **error)
{
  const gchar *text = g_getenv ("SEEDANCE_STATE_MAX_SIZE");
  g_autofree gchar *shown = NULL;

  *max = STATE_MAX_SIZE;
  if (!text || seedance_size_parse (text, max))
    return TRUE;
  shown = seedance_text_clean (text, -1, 64, NULL);
  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
      "SEEDANCE_STATE_MAX_SIZE is \"%s\", which is no size. Set it "
      "to " SEEDANCE_SIZE_HELP
      ", or unset it. Nothing was deleted and nothing was "
      "ordered.",
      shown);

  return FALSE;
}

/* --- which clips may go ------------------------------------------------- */

static void
prunable_free (gpointer data)
{
  SeedancePrunable *prunable = data;

  g_free (prunable->file);
  g_free (prunable->task_id);
  g_free (prunable);
}

static gint
prunable_compare (gconstpointer a, gconstpointer b)
{
  const SeedancePrunable *left = *(SeedancePrunable *const *) a;
  const SeedancePrunable *right = *(SeedancePrunable *const *) b;

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
is_led_to (const gchar *dir, const gchar *name, const SeedanceRecord *record)
{
  g_autofree gchar *head = g_strndup (name, 64);
  g_autoptr (GError) error = NULL;

  if (is_by_task (name, record))
    return FALSE;
  if (g_str_equal (head, name))
    return TRUE;
  /* Only the name that it leads the head to counts here. */
  seedance_record_free (seedance_ledger_load (dir, &head, &error));

  return error || g_str_equal (head, name);
}

/* The clip's file tells when it was used, see seedance_ledger_note_use(). */
static SeedancePrunable *
prunable_new (const gchar *dir, const gchar *name, const SeedanceRecord *record,
    const struct stat *info)
{
  SeedancePrunable *prunable = g_new0 (SeedancePrunable, 1);

  prunable->file = g_strdup (record->file);
  prunable->task_id = g_strdup (record->task_id);
  prunable->size = (guint64) info->st_size;
  prunable->used = MAX (record->updated, (gint64) info->st_mtime);
  prunable->led_to = is_led_to (dir, name, record);

  return prunable;
}

/* The clips of the folder by the names of their files. */
typedef struct {
  GHashTable *played; /* SeedancePrunable, what may go */
  GHashTable *files;  /* everything, counted once */
  guint64 size;
} Clips;

/* Where a replacement was not completed, two records have the same clip: it is
 * the one's that an order leads to. */
static void
add_played (Clips *clips, SeedancePrunable *fresh)
{
  SeedancePrunable *other = g_hash_table_lookup (clips->played, fresh->file);

  if (other && (other->led_to || !fresh->led_to))
    prunable_free (fresh);
  else
    g_hash_table_replace (clips->played, fresh->file, fresh);
}

static void
add_record (
    Clips *clips, const gchar *dir, const gchar *name, SeedanceRecord *record)
{
  g_autofree gchar *path = seedance_ledger_clip_path (dir, record);
  struct stat info;

  if (g_lstat (path, &info) != 0 || !S_ISREG (info.st_mode))
    return;
  if (g_hash_table_add (clips->files, g_strdup (record->file)))
    clips->size += (guint64) info.st_size;
  if (record->state == SEEDANCE_RECORD_PLAYED)
    add_played (clips, prunable_new (dir, name, record, &info));
}

static void
add_folder (Clips *clips, const gchar *dir)
{
  g_autoptr (GDir) folder = g_dir_open (dir, 0, NULL);
  const gchar *file;

  while (folder && (file = g_dir_read_name (folder))) {
    g_autofree gchar *name = NULL, *pointer = NULL;
    g_autoptr (SeedanceRecord) record = NULL;

    if (*file == '.' || !g_str_has_suffix (file, ".json"))
      continue;
    name = g_strndup (file, strlen (file) - strlen (".json"));
    record = seedance_ledger_load_once (dir, name, &pointer, NULL);
    if (record)
      add_record (clips, dir, name, record);
  }
}

/* Takes the clips that may go out of the table. */
static GPtrArray *
sort_played (Clips *clips)
{
  GPtrArray *sorted = g_ptr_array_new_with_free_func (prunable_free);
  GHashTableIter iter;
  gpointer prunable;

  g_hash_table_iter_init (&iter, clips->played);
  while (g_hash_table_iter_next (&iter, NULL, &prunable)) {
    g_ptr_array_add (sorted, prunable);
    g_hash_table_iter_steal (&iter);
  }
  g_ptr_array_sort (sorted, prunable_compare);

  return sorted;
}

/* Looks for the files whose names @pattern matches: the bytes of those that
 * somebody has written to in the last @age seconds; with @remove the others go.
 * Only names that this file and the spool give: the folder may be one with other
 * things in it. */
static guint64
sweep (const gchar *dir, const gchar *pattern, gint64 age, gboolean remove)
{
  g_autoptr (GRegex) ours = g_regex_new (pattern, 0, 0, NULL);
  g_autoptr (GDir) folder = g_dir_open (dir, 0, NULL);
  gint64 oldest = g_get_real_time () / G_USEC_PER_SEC - age;
  const gchar *file;
  guint64 size = 0;

  while (folder && (file = g_dir_read_name (folder))) {
    g_autofree gchar *path = g_build_filename (dir, file, NULL);
    struct stat info;

    if (!g_regex_match (ours, file, 0, NULL) || g_lstat (path, &info) != 0 ||
        !S_ISREG (info.st_mode))
      continue;
    if (info.st_mtime >= oldest)
      size += (guint64) info.st_blocks * 512;
    else if (remove)
      g_unlink (path);
  }

  return size;
}

GPtrArray *
seedance_ledger_find_prunable (
    const gchar *dir, guint64 max, SeedancePrune what)
{
  Clips clips = { g_hash_table_new_full (
                      g_str_hash, g_str_equal, NULL, prunable_free),
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL), 0 };
  GPtrArray *sorted;
  guint n = 0;

  add_folder (&clips, dir);
  clips.size += sweep (dir, PARTS, PART_AGE, FALSE);
  sorted = sort_played (&clips);
  for (; n < sorted->len && clips.size > max; n++) {
    const SeedancePrunable *next = g_ptr_array_index (sorted, n);

    if (next->led_to && what == SEEDANCE_PRUNE_REPLACED)
      break;
    clips.size -= next->size;
  }
  g_ptr_array_set_size (sorted, (gint) n);
  g_hash_table_unref (clips.played);
  g_hash_table_unref (clips.files);

  return sorted;
}

/* --- deleting ----------------------------------------------------------- */

/* What a crash left in the middle of being written, and parts of clips that
 * nobody has come back for. */
static void
remove_leftovers (const gchar *dir)
{
  sweep (dir, LEFTOVERS, DAY, TRUE);
  sweep (dir, PARTS, PART_AGE, TRUE);
}

void
seedance_ledger_prune (const gchar *dir, guint64 max, SeedancePrune what)
{
  g_autoptr (GPtrArray) clips = seedance_ledger_find_prunable (dir, max, what);

  remove_leftovers (dir);
  for (guint i = 0; i < clips->len; i++) {
    const SeedancePrunable *clip = g_ptr_array_index (clips, i);
    g_autofree gchar *path = g_build_filename (dir, clip->file, NULL);

    g_unlink (path);
  }
}
