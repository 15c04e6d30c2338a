/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ledger-list.h"

#include <glib/gstdio.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".json"

static void
entry_free (gpointer data)
{
  SeedanceLedgerEntry *entry = data;

  g_free (entry->name);
  seedance_record_free (entry->record);
  g_free (entry->problem);
  g_free (entry);
}

/* NULL for what only leads to a record. */
static SeedanceLedgerEntry *
entry_load (const gchar *dir, const gchar *name)
{
  g_autofree gchar *found = g_strdup (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (SeedanceRecord) record =
      seedance_ledger_load (dir, &found, &error);
  SeedanceLedgerEntry *entry;

  if (!g_str_equal (found, name) || (!record && !error))
    return NULL;
  entry = g_new0 (SeedanceLedgerEntry, 1);
  entry->name = g_strdup (name);
  entry->problem = error ? g_strdup (error->message) : NULL;
  if (record) {
    g_autofree gchar *clip = seedance_ledger_clip_path (dir, record);

    struct stat info;

    entry->has_clip = g_lstat (clip, &info) == 0 && S_ISREG (info.st_mode);
    entry->clip_size = entry->has_clip ? (guint64) info.st_size : 0;
  }
  entry->record = g_steal_pointer (&record);

  return entry;
}

/* What cannot be read comes first: it wants to be looked at. */
static gint
entry_compare (gconstpointer a, gconstpointer b)
{
  const SeedanceLedgerEntry *left = *(SeedanceLedgerEntry *const *) a;
  const SeedanceLedgerEntry *right = *(SeedanceLedgerEntry *const *) b;
  gint64 first = left->record ? left->record->created : G_MAXINT64;
  gint64 second = right->record ? right->record->created : G_MAXINT64;

  if (first != second)
    return first > second ? -1 : 1;

  return strcmp (left->name, right->name);
}

static GPtrArray *
list_folder (const gchar *dir, GDir *folder)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (entry_free);
  const gchar *file;

  while ((file = g_dir_read_name (folder))) {
    g_autofree gchar *name = NULL;
    SeedanceLedgerEntry *entry;

    if (*file == '.' || !g_str_has_suffix (file, SUFFIX))
      continue;
    name = g_strndup (file, strlen (file) - strlen (SUFFIX));
    entry = entry_load (dir, name);
    if (entry)
      g_ptr_array_add (entries, entry);
  }
  g_ptr_array_sort (entries, entry_compare);

  return entries;
}

GPtrArray *
seedance_ledger_list (const gchar *dir, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GDir) folder = g_dir_open (dir, 0, &problem);

  if (folder)
    return seedance_ledger_check_folder (dir, error)
               ? list_folder (dir, folder)
               : NULL;
  if (g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return g_ptr_array_new ();
  g_set_error_literal (
      error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS, problem->message);

  return NULL;
}

/* The user's home, where HOME does not tell it. */
static gchar *
read_home (void)
{
  struct passwd entry, *found = NULL;
  gchar words[4096];

  if (getpwuid_r (getuid (), &entry, words, sizeof words, &found) != 0 ||
      !found || !found->pw_dir || !g_path_is_absolute (found->pw_dir))
    return g_strdup ("/");

  return g_strdup (found->pw_dir);
}

/* A relative path would be another folder for every working directory, and what
 * was paid for would be bought again. XDG's specification has a relative
 * XDG_STATE_HOME ignored; GLib does not, nor an empty HOME. */
gchar *
seedance_ledger_user_dir (void)
{
  const gchar *state = g_get_user_state_dir ();
  const gchar *home = g_getenv ("HOME");
  g_autofree gchar *found = NULL;

  if (g_path_is_absolute (state))
    return g_build_filename (state, "gst-seedance", NULL);
  found = home && g_path_is_absolute (home) ? g_strdup (home) : read_home ();

  return g_build_filename (found, ".local", "state", "gst-seedance", NULL);
}

/* A ".." behind a link leads out of what the link leads to, which no text tells:
 * the path stays as it is but for its beginning. */
gchar *
seedance_ledger_find_dir (const gchar *state_dir)
{
  const gchar *dir =
      state_dir && *state_dir ? state_dir : g_getenv ("SEEDANCE_STATE_DIR");
  g_autofree gchar *here = NULL;

  if (!dir || !*dir)
    return seedance_ledger_user_dir ();
  if (g_path_is_absolute (dir))
    return g_strdup (dir);
  here = g_get_current_dir ();

  return g_build_filename (here, dir, NULL);
}

gboolean
seedance_record_is_in_doubt (const SeedanceRecord *record)
{
  return record->state == SEEDANCE_RECORD_AMBIGUOUS ||
         (record->state == SEEDANCE_RECORD_SUBMITTING &&
             !seedance_record_owner_lives (record));
}
