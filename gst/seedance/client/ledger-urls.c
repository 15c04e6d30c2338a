/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ledger-urls.h"

#include <errno.h>
#include <string.h>

#include "file.h"
#include "ledger-private.h"
#include "url.h"

#define SUFFIX ".json"

typedef struct {
  const gchar *dir, *provider, *base_url;
  GPtrArray *urls; /* the newest first … */
  GArray *times;   /* … and from when, gint64 */
  gboolean final;  /* there are records, and all of them were read */
} Search;

/* What was found, by folder, provider and URL. Never freed. */
static GMutex known_lock;
static GHashTable *known;

static gboolean
fail (GError **error, const gchar *dir, const gchar *what, const gchar *why)
{
  g_autofree gchar *shown = g_filename_display_name (dir);

  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
      "Could not read what the state folder '%s' holds: %s%s. A clip that was "
      "paid for may be there. Nothing was ordered and nothing is billed. Mend "
      "this and try again, or set state-dir (or SEEDANCE_STATE_DIR) to another "
      "folder.",
      shown, what, why);

  return FALSE;
}

/* Whether the file is no record for as long as nobody mends it. All else may be
 * over at the next try: no descriptors, a disk or a share that does not answer. */
static gboolean
is_damage (const GError *problem)
{
  static const GFileError damages[] = { G_FILE_ERROR_ACCES, G_FILE_ERROR_INVAL,
    G_FILE_ERROR_ISDIR, G_FILE_ERROR_LOOP, G_FILE_ERROR_NOSPC,
    G_FILE_ERROR_PERM };

  for (guint i = 0; i < G_N_ELEMENTS (damages); i++) {
    if (problem->code == (gint) damages[i])
      return TRUE;
  }

  return FALSE;
}

static gboolean
is_spelling (const Search *search, const SeedanceRecord *record)
{
  g_autofree gchar *normal = NULL;

  if (g_strcmp0 (record->provider, search->provider) != 0 ||
      !record->base_url || g_str_equal (record->base_url, search->base_url))
    return FALSE;
  normal = seedance_url_normalize (record->base_url);

  return g_strcmp0 (normal, search->base_url) == 0;
}

/* Once, by its newest record. */
static void
note_url (Search *search, const gchar *url, gint64 created)
{
  guint i;

  if (g_ptr_array_find_with_equal_func (search->urls, url, g_str_equal, &i)) {
    if (g_array_index (search->times, gint64, i) >= created)
      return;
    g_ptr_array_remove_index (search->urls, i);
    g_array_remove_index (search->times, i);
  }
  for (i = 0; i < search->times->len; i++) {
    if (g_array_index (search->times, gint64, i) < created)
      break;
  }
  g_ptr_array_insert (search->urls, (gint) i, g_strdup (url));
  g_array_insert_val (search->times, i, created);
}

/* Whether there is a record, or what leads to one. */
static gboolean
note_text (Search *search, const gchar *text, gsize size)
{
  g_autofree gchar *pointer = seedance_record_pointer_from_text (text, size);
  g_autoptr (SeedanceRecord) record =
      pointer ? NULL : seedance_record_from_text (text, size);

  if (record && is_spelling (search, record))
    note_url (search, record->base_url, record->created);

  return pointer || record;
}

/* FALSE with @error: it may be a record, and cannot be read just now. */
static gboolean
look_at (Search *search, const gchar *file, GError **error)
{
  g_autofree gchar *path = g_build_filename (search->dir, file, NULL);
  g_autofree gchar *text = NULL, *what = NULL;
  g_autoptr (GError) problem = NULL;
  gsize size;

  if (seedance_file_read (
          path, SEEDANCE_FILE_OURS, RECORD_MAX, &text, &size, &problem)) {
    if (strlen (text) != size || !note_text (search, text, size))
      search->final = FALSE;
    return TRUE;
  }
  if (g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return TRUE;
  search->final = FALSE;
  if (is_damage (problem))
    return TRUE;
  what = g_strdup_printf ("'%s' ", file);

  return fail (error, search->dir, what, problem->message);
}

static gboolean
look_through (Search *search, GDir *folder, GError **error)
{
  const gchar *file;
  guint n = 0;

  search->final = TRUE;
  while (errno = 0, (file = g_dir_read_name (folder))) {
    if (*file == '.' || !g_str_has_suffix (file, SUFFIX))
      continue;
    if (!look_at (search, file, error))
      return FALSE;
    n++;
  }
  if (errno != 0)
    return fail (error, search->dir, "", g_strerror (errno));
  search->final = search->final && n > 0;

  return TRUE;
}

static gboolean
search_folder (Search *search, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GDir) folder = g_dir_open (search->dir, 0, &problem);

  if (folder)
    return look_through (search, folder, error);
  /* There is nothing, and what to do about it is said when it is made. */
  if (g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOENT) ||
      g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
    return TRUE;

  return fail (error, search->dir, "", problem->message);
}

/* Takes @key. */
static void
remember_locked (gchar *key, GPtrArray *urls)
{
  if (!known)
    known = g_hash_table_new_full (
        g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  g_hash_table_replace (known, key, g_ptr_array_ref (urls));
}

static GPtrArray *
find_known (const gchar *key)
{
  GPtrArray *urls;

  g_mutex_lock (&known_lock);
  urls = known ? g_hash_table_lookup (known, key) : NULL;
  if (urls)
    g_ptr_array_ref (urls);
  g_mutex_unlock (&known_lock);

  return urls;
}

GPtrArray *
seedance_ledger_find_spellings (const gchar *dir, const gchar *provider,
    const gchar *base_url, GError **error)
{
  g_autofree gchar *key = g_strjoin ("\n", dir, provider, base_url, NULL);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  Search search = { dir, provider, base_url, find_known (key), times, FALSE };

  if (search.urls)
    return search.urls;
  search.urls = g_ptr_array_new_with_free_func (g_free);
  if (!search_folder (&search, error)) {
    g_ptr_array_unref (search.urls);
    return NULL;
  }
  if (search.final) {
    g_mutex_lock (&known_lock);
    remember_locked (g_steal_pointer (&key), search.urls);
    g_mutex_unlock (&known_lock);
  }

  return search.urls;
}
