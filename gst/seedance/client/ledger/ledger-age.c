/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which stored clips are deleted when the folder holds too many bytes, and what
 * crashes left. Only clips are deleted: the row stays, and its task id fetches
 * the clip again for free. So nothing in here can lead to a second order. */

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ledger-private.h"
#include "size.h"
#include "spool.h"
#include "text.h"

#define STATE_MAX_SIZE (G_GUINT64_CONSTANT (2) << 30)
#define DAY (24 * 3600) /* seconds */
/* A part that is older cannot be completed, as the service keeps its clips
 * about this long. But it may be whole. */
#define PART_AGE (7 * DAY)
/* A clip that was not opened for so long, and is not open now, is not part of a
 * loop, not even of one of a day's programme. */
#define UNUSED_AGE (7 * DAY)
#define NAME_DIGITS 32 /* of a row, and so of its files */

/* Files that are not clips. The patterns match only names that the ledger and
 * the spool give, because the folder may hold other files. */
typedef struct {
  const gchar *pattern;
  gint64 age; /* seconds since the last write; older ones are deleted … */
  gboolean of_clips; /* … unless they may hold a whole clip, not played */
} Kind;

static const Kind parts = { "^[0-9a-f]{32}\\.mp4\\.(part|map)$", PART_AGE,
  TRUE };
static const Kind leftovers = {
  "^(\\.ledger\\.db\\.[0-9a-f]{32}(-(journal|wal|shm))?"
  "|[0-9a-f]{32}\\.mp4\\.[0-9a-f]{32}(\\.part)?)$",
  DAY, FALSE
};

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

static void
prunable_free (gpointer data)
{
  SeedancePrunable *prunable = data;

  g_free (prunable->name);
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

static SeedancePrunable *
prunable_new (SeedanceStatement *statement)
{
  SeedancePrunable *prunable = g_new0 (SeedancePrunable, 1);
  g_autofree gchar *state = NULL;

  prunable->name = seedance_statement_get_text (statement, 0);
  prunable->task_id = seedance_statement_get_text (statement, 1);
  state = seedance_statement_get_text (statement, 2);
  prunable->played = g_strcmp0 (state, "played") == 0;
  prunable->used = seedance_statement_get_integer (statement, 3);
  prunable->led_to = seedance_statement_get_integer (statement, 4) > 0;

  return prunable;
}

/* The clips that are stored, as far as the ledger knows. */
static GPtrArray *
list_stored (const gchar *dir)
{
  GPtrArray *stored = g_ptr_array_new_with_free_func (prunable_free);
  SeedanceDb *db = seedance_db_begin (dir, SEEDANCE_DB_READ, NULL);
  SeedanceStatement *statement;

  if (!db)
    return stored;
  statement = seedance_db_prepare (db,
      "SELECT name, task_id, state, updated, "
      "NOT forgotten AND NOT beside AND id = "
      "(SELECT max(id) FROM attempts AS same WHERE same.identity = "
      "attempts.identity AND NOT same.beside AND NOT same.forgotten AND "
      "same.state NOT IN ('submitting', 'ambiguous', 'failed')) "
      "FROM attempts WHERE stored;");
  while (seedance_statement_step (statement))
    g_ptr_array_add (stored, prunable_new (statement));
  seedance_statement_free (statement);
  seedance_db_end (db, FALSE, NULL);

  return stored;
}

/* Asks the clip's file for its size and for the time of its last use; see
 * seedance_ledger_note_use(). Returns FALSE if the file is not there. *@gone is
 * TRUE if it surely does not exist. */
static gboolean
look_at_file (const gchar *dir, SeedancePrunable *prunable, gboolean *gone)
{
  g_autofree gchar *path =
      seedance_row_is_name (prunable->name)
          ? seedance_ledger_make_clip_path (dir, prunable->name)
          : NULL;
  struct stat info;

  *gone = path && g_lstat (path, &info) != 0 && errno == ENOENT;
  if (!path || *gone || g_lstat (path, &info) != 0 || !S_ISREG (info.st_mode))
    return FALSE;
  prunable->size = (guint64) info.st_size;
  prunable->used = MAX (prunable->used, (gint64) info.st_mtime);

  return TRUE;
}

/* Leaves in @stored the clips that may be deleted, the first one to go coming
 * first, and returns it. *@size is the size of all clips that are there. Adds
 * the names of clips whose file is gone to @gone, which may be NULL. */
static GPtrArray *
find_played (
    const gchar *dir, GPtrArray *stored, guint64 *size, GPtrArray *gone)
{
  *size = 0;
  for (guint i = stored->len; i-- > 0;) {
    SeedancePrunable *prunable = g_ptr_array_index (stored, i);
    gboolean is_gone;
    const gboolean there = look_at_file (dir, prunable, &is_gone);

    *size += prunable->size;
    if (is_gone && gone)
      g_ptr_array_add (gone, g_strdup (prunable->name));
    if (!there || !prunable->played)
      g_ptr_array_remove_index_fast (stored, i);
  }
  g_ptr_array_sort (stored, prunable_compare);

  return stored;
}

/* Returns TRUE if the clip may have been paid for and not played. In doubt it
 * was. */
static gboolean
may_be_unplayed (const gchar *dir, const gchar *name)
{
  SeedanceDb *db = seedance_db_begin (dir, SEEDANCE_DB_READ, NULL);
  SeedanceStatement *statement;
  gboolean found;

  if (!db)
    return TRUE;
  statement = seedance_db_prepare (db,
      "SELECT 1 FROM attempts WHERE name = :name "
      "AND state NOT IN ('played', 'failed') AND NOT forgotten;");
  seedance_statement_set_text (statement, ":name", name);
  found = seedance_statement_step (statement);
  seedance_statement_free (statement);

  return !seedance_db_end (db, FALSE, NULL) || found;
}

/* Returns TRUE if @file, a part or its map, may hold all that is left of a clip
 * that was paid for. */
static gboolean
may_be_clip (const gchar *dir, const gchar *file)
{
  g_autofree gchar *name = g_strndup (file, NAME_DIGITS);
  g_autofree gchar *path = seedance_ledger_make_clip_path (dir, name);

  return seedance_spool_may_be_whole (path) && may_be_unplayed (dir, name);
}

/* Returns the size on disk of the files of a @kind that stay: those that were
 * written to lately, and whole parts of clips that were not played. With
 * @remove it deletes the others. */
static guint64
sweep (const gchar *dir, const Kind *kind, gboolean remove)
{
  g_autoptr (GRegex) ours = g_regex_new (kind->pattern, 0, 0, NULL);
  g_autoptr (GDir) folder = g_dir_open (dir, 0, NULL);
  gint64 oldest = g_get_real_time () / G_USEC_PER_SEC - kind->age;
  const gchar *file;
  guint64 size = 0;

  while (folder && (file = g_dir_read_name (folder))) {
    g_autofree gchar *path = g_build_filename (dir, file, NULL);
    struct stat info;

    if (!g_regex_match (ours, file, 0, NULL) || g_lstat (path, &info) != 0 ||
        !S_ISREG (info.st_mode))
      continue;
    if (info.st_mtime >= oldest || (kind->of_clips && may_be_clip (dir, file)))
      size += (guint64) info.st_blocks * 512;
    else if (remove)
      g_unlink (path);
  }

  return size;
}

/* Of the clips that an order leads to, the least recently used one comes
 * first. */
static gboolean
may_go (const SeedancePrunable *clip, SeedancePrune what)
{
  return !clip->led_to || what == SEEDANCE_PRUNE_PLAYED ||
         clip->used < g_get_real_time () / G_USEC_PER_SEC - UNUSED_AGE;
}

/* A clip may be repeated for weeks without being opened anew. */
static gboolean
is_open (const gchar *dir, const SeedancePrunable *clip)
{
  g_autofree gchar *path = seedance_ledger_make_clip_path (dir, clip->name);

  return seedance_spool_is_open (path);
}

static GPtrArray *
find_prunable (
    const gchar *dir, guint64 max, SeedancePrune what, GPtrArray *gone)
{
  guint64 size;
  GPtrArray *sorted = find_played (dir, list_stored (dir), &size, gone);
  guint n = 0;

  size += sweep (dir, &parts, FALSE);
  while (n < sorted->len && size > max) {
    const SeedancePrunable *next = g_ptr_array_index (sorted, n);

    if (!may_go (next, what))
      break;
    if (is_open (dir, next)) {
      g_ptr_array_remove_index (sorted, n);
    } else {
      size -= next->size;
      n++;
    }
  }
  g_ptr_array_set_size (sorted, (gint) n);

  return sorted;
}

GPtrArray *
seedance_ledger_find_prunable (
    const gchar *dir, guint64 max, SeedancePrune what)
{
  return find_prunable (dir, max, what, NULL);
}

/* Deletes what a crash left half written, and parts of clips that nobody has
 * continued. */
static void
remove_leftovers (const gchar *dir)
{
  sweep (dir, &leftovers, TRUE);
  sweep (dir, &parts, TRUE);
}

/* The rows stay, but are not looked at as stored clips any more. */
static void
note_gone (const gchar *dir, const GPtrArray *names)
{
  SeedanceDb *db =
      names->len > 0 ? seedance_db_begin (dir, SEEDANCE_DB_NOTE, NULL) : NULL;

  if (!db)
    return;
  for (guint i = 0; i < names->len; i++) {
    g_autoptr (SeedanceStatement) statement = seedance_db_prepare (
        db, "UPDATE attempts SET stored = 0 WHERE name = :name;");

    seedance_statement_set_text (
        statement, ":name", g_ptr_array_index (names, i));
    seedance_statement_step (statement);
  }
  seedance_db_end (db, TRUE, NULL);
}

void
seedance_ledger_prune (const gchar *dir, guint64 max, SeedancePrune what)
{
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) clips = find_prunable (dir, max, what, gone);

  remove_leftovers (dir);
  for (guint i = 0; i < clips->len; i++) {
    const SeedancePrunable *clip = g_ptr_array_index (clips, i);

    /* The list may be seconds old on a slow share. */
    if (is_open (dir, clip))
      continue;
    seedance_ledger_remove_clip (dir, clip->name);
    g_ptr_array_add (gone, g_strdup (clip->name));
  }
  note_gone (dir, gone);
}
