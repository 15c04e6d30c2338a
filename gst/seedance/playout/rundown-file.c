/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the file of a rundown and notices its changes. It calls stat() on the
 * name a few times a second. Each kind of file monitor misses some changes that
 * this finds: a new file under the same name, a link that was redirected, a
 * folder that disappeared and came back, changes by other machines. */

#include "rundown.h"

#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "file.h"
#include "text.h"

#define FILE_MAX (64 * 1024 * 1024)
#define LOOK_INTERVAL (200 * G_TIME_SPAN_MILLISECOND)
/* A file that has not changed for this long has settled: no editor is writing
 * it. */
#define SETTLED G_TIME_SPAN_SECOND
/* In a file that is rewritten again and again, lines that were missing for so
 * long are taken as lost. */
#define MISSING_MAX (10 * G_TIME_SPAN_SECOND)
/* In a file that is no rundown at all every line is an error; the first ones
 * say enough. */
#define ERRORS_MAX 10

/* What stat() says about the file. If two looks differ, the file has
 * changed. */
typedef struct {
  gboolean there;
  dev_t device;
  ino_t inode;
  goffset size;
  struct timespec modified, changed;
} Look;

struct _SeedanceRundownFile {
  gchar *path, *folder, *shown;
  SeedanceRundownFunc func;
  gpointer user_data;
  gint64 next_look; /* monotonic, microseconds */

  Look look;
  gint64 changed_at; /* monotonic; when the look last changed */
  gint64 missing_at; /* monotonic; since when lines are missing; 0 = none is */
  gint64 missing_max;
  gboolean open;     /* may have changes that stat() does not show */
  gchar *digest;     /* of the contents that were read last */
  GPtrArray *items;  /* what @func was told last */
  GHashTable *told;  /* keys of errors that were told and still stand */
};

/* What one reading of the file found. */
typedef struct {
  GPtrArray *items;
  GHashTable *lines;       /* id to the number of its line */
  GPtrArray *keys, *texts; /* of errors */
  guint n_errors;
} Reading;

/* Adds an error. Errors with equal @key are the same error. The key has no line
 * number, so that an error is not told again when its line moves. */
static void
complain (Reading *reading, const gchar *key, gchar *text)
{
  reading->n_errors++;
  if (reading->keys->len >= ERRORS_MAX) {
    g_free (text);
    return;
  }
  g_ptr_array_add (reading->keys, g_strdup (key));
  g_ptr_array_add (reading->texts, text);
}

static void
complain_line (const SeedanceRundownFile *file, Reading *reading, guint number,
    const gchar *line, gsize size, const gchar *why)
{
  g_autofree gchar *hash =
      g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *) line, size);
  g_autofree gchar *key = g_strconcat (hash, why, NULL);

  complain (reading, key,
      g_strdup_printf ("%s, line %u: %s. The line is left out, and nothing is "
                       "ordered for it.",
          file->shown, number, why));
}

static void
complain_file (
    const SeedanceRundownFile *file, Reading *reading, const gchar *why)
{
  complain (reading, why,
      g_strdup_printf (
          "%s %s. What was read of it before stays.", file->shown, why));
}

/* Returns the texts of errors that were not told yet. */
static GPtrArray *
pick_new_errors (SeedanceRundownFile *file, Reading *reading)
{
  GPtrArray *errors = g_ptr_array_new_with_free_func (g_free);
  GHashTable *standing =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < reading->keys->len; i++) {
    const gchar *key = g_ptr_array_index (reading->keys, i);

    if (!g_hash_table_contains (file->told, key) &&
        !g_hash_table_contains (standing, key))
      g_ptr_array_add (
          errors, g_strdup (g_ptr_array_index (reading->texts, i)));
    g_hash_table_add (standing, g_strdup (key));
  }
  if (errors->len > 0 && reading->n_errors > ERRORS_MAX)
    g_ptr_array_add (
        errors, g_strdup_printf ("%s: %u more lines cannot be used.",
                    file->shown, reading->n_errors - ERRORS_MAX));
  g_hash_table_unref (file->told);
  file->told = standing;

  return errors;
}

static void
add_item (const SeedanceRundownFile *file, Reading *reading, guint number,
    const gchar *line, gsize size, SeedanceItem *item)
{
  const guint earlier =
      GPOINTER_TO_UINT (g_hash_table_lookup (reading->lines, item->id));
  g_autofree gchar *why = NULL;

  if (earlier == 0) {
    g_hash_table_insert (reading->lines, item->id, GUINT_TO_POINTER (number));
    g_ptr_array_add (reading->items, item);
    return;
  }
  why = g_strdup_printf (
      "the id \"%s\" stands in line %u already", item->id, earlier);
  complain_line (file, reading, number, line, size, why);
  seedance_item_unref (item);
}

static gboolean
is_left_out (const gchar *line)
{
  line += strspn (line, " \t\r");

  return *line == '\0' || *line == '#';
}

/* @line is followed by a NUL. If @half, it has no newline, as an unfinished
 * write leaves it. No part of a JSON object is an object, so a part is never
 * taken for an item. */
static void
read_line (const SeedanceRundownFile *file, Reading *reading, guint number,
    const gchar *line, gsize size, gboolean half)
{
  g_autoptr (GError) error = NULL;
  SeedanceItem *item = NULL;

  if (memchr (line, '\0', size)) {
    complain_line (file, reading, number, line, size, "it holds a NUL byte");
    return;
  }
  if (is_left_out (line))
    return;
  item = seedance_item_from_json (line, file->folder, &error);
  if (item)
    add_item (file, reading, number, line, size, item);
  else
    complain_line (file, reading, number, line, size,
        half ? "it has no end yet" : error->message);
}

/* Cuts off the carriage return that Windows programs write before a newline. */
static gsize
cut_return (gchar *line, gsize size)
{
  if (size > 0 && line[size - 1] == '\r')
    line[--size] = '\0';

  return size;
}

/* Returns TRUE if the last line has no newline. */
static gboolean
has_half_line (const gchar *data, gsize size)
{
  return size > 0 && data[size - 1] != '\n';
}

static void
read_lines (const SeedanceRundownFile *file, Reading *reading, gchar *data,
    gsize size, gboolean settled)
{
  gchar *line = data, *end = data + size;

  /* Skip the byte order mark that some editors write. */
  if (g_str_has_prefix (data, "\xef\xbb\xbf"))
    line += 3;
  for (guint number = 1; line < end; number++) {
    gchar *next = memchr (line, '\n', (gsize) (end - line));
    const gboolean half = next == NULL;
    const guint n_errors = reading->n_errors;

    if (half)
      next = end;
    *next = '\0';
    read_line (file, reading, number, line,
        cut_return (line, (gsize) (next - line)), half);
    if (half && !settled && reading->n_errors > n_errors) {
      /* The rest of this line may be on its way, so its error is not told
       * yet. */
      reading->n_errors = n_errors;
      g_ptr_array_set_size (reading->keys, MIN (n_errors, ERRORS_MAX));
      g_ptr_array_set_size (reading->texts, MIN (n_errors, ERRORS_MAX));
    }
    line = next + 1;
  }
}

static Look
take_look (const SeedanceRundownFile *file)
{
  struct stat info;
  Look look;

  memset (&look, 0, sizeof look);
  if (g_stat (file->path, &info) != 0)
    return look;
  look.there = TRUE;
  look.device = info.st_dev;
  look.inode = info.st_ino;
  look.size = info.st_size;
  look.modified = info.st_mtim;
  look.changed = info.st_ctim;

  return look;
}

static gboolean
is_same_time (struct timespec a, struct timespec b)
{
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static gboolean
is_same_look (const Look *a, const Look *b)
{
  return a->there == b->there && a->device == b->device &&
         a->inode == b->inode && a->size == b->size &&
         is_same_time (a->modified, b->modified) &&
         is_same_time (a->changed, b->changed);
}

static void
tell (SeedanceRundownFile *file, Reading *reading, gboolean changed)
{
  g_autoptr (GPtrArray) errors = pick_new_errors (file, reading);

  if (changed || errors->len > 0)
    file->func (file->items, errors, file->user_data);
}

static void
reading_init (Reading *reading)
{
  reading->items =
      g_ptr_array_new_with_free_func ((GDestroyNotify) seedance_item_unref);
  reading->lines = g_hash_table_new (g_str_hash, g_str_equal);
  reading->keys = g_ptr_array_new_with_free_func (g_free);
  reading->texts = g_ptr_array_new_with_free_func (g_free);
  reading->n_errors = 0;
}

static void
reading_clear (Reading *reading)
{
  g_ptr_array_unref (reading->items);
  g_hash_table_unref (reading->lines);
  g_ptr_array_unref (reading->keys);
  g_ptr_array_unref (reading->texts);
}

/* Returns FALSE if lines are missing that may still be on their way. */
static gboolean
take_contents (SeedanceRundownFile *file, gchar *data, gsize size,
    gboolean settled, Reading *reading)
{
  read_lines (file, reading, data, size, settled);
  if (reading->items->len < file->items->len && !settled)
    return FALSE;
  g_ptr_array_unref (file->items);
  file->items = g_ptr_array_ref (reading->items);
  tell (file, reading, TRUE);

  return TRUE;
}

/* Contents with the same digest are not read again. A half line at the end gets
 * another digest when the file has settled, so that its error is told then. */
static gchar *
make_digest (const gchar *data, gsize size, gboolean settled)
{
  g_autofree gchar *hash =
      g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *) data, size);

  return g_strconcat (
      hash, settled && has_half_line (data, size) ? " settled" : "", NULL);
}

static void
read_file (SeedanceRundownFile *file, gboolean settled, Reading *reading)
{
  g_autofree gchar *data = NULL, *digest = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  if (!seedance_file_read (
          file->path, SEEDANCE_FILE_NAMED, FILE_MAX, &data, &size, &error)) {
    /* The next file that is seen may be half written, like any new one. */
    file->missing_at = 0;
    /* Only this reading may have failed, for lack of file descriptors for
     * example. stat() does not show when that is over. */
    file->open |= file->look.there;
    /* An editor that replaces the file leaves a moment without one. */
    if (!settled || (!file->digest && !file->look.there))
      return;
    complain_file (file, reading, error->message);
    tell (file, reading, FALSE);
    g_clear_pointer (&file->digest, g_free);
    return;
  }
  digest = make_digest (data, size, settled);
  if (g_strcmp0 (digest, file->digest) == 0) {
    file->missing_at = 0;
    return;
  }
  if (!take_contents (file, data, size, settled, reading)) {
    if (file->missing_at == 0)
      file->missing_at = g_get_monotonic_time ();
    return;
  }
  file->missing_at = 0;
  g_free (file->digest);
  file->digest = g_steal_pointer (&digest);
}

/* A change within one tick of the file system's clock that keeps the size does
 * not show in stat(). So a file that has just changed is read again until it
 * has settled. */
static void
look_at_file (SeedanceRundownFile *file)
{
  const gint64 now = g_get_monotonic_time ();
  const Look look = take_look (file);
  gboolean settled;
  Reading reading;

  if (!is_same_look (&look, &file->look)) {
    file->look = look;
    file->changed_at = now;
    file->open = TRUE;
  }
  if (!file->open)
    return;
  settled = now - file->changed_at >= SETTLED;
  file->open = !settled;
  settled |=
      file->missing_at > 0 && now - file->missing_at >= file->missing_max;
  reading_init (&reading);
  read_file (file, settled, &reading);
  reading_clear (&reading);
}

gint64
seedance_rundown_file_look (SeedanceRundownFile *file)
{
  if (g_get_monotonic_time () >= file->next_look) {
    look_at_file (file);
    file->next_look = g_get_monotonic_time () + LOOK_INTERVAL;
  }

  return file->next_look * 1000;
}

SeedanceRundownFile *
seedance_rundown_file_new (
    const gchar *path, SeedanceRundownFunc func, gpointer user_data)
{
  SeedanceRundownFile *file = g_new0 (SeedanceRundownFile, 1);
  g_autofree gchar *name = g_path_get_basename (path);

  file->path = g_canonicalize_filename (path, NULL);
  file->folder = g_path_get_dirname (file->path);
  file->shown = seedance_text_clean (name, -1, 100, NULL);
  file->func = func;
  file->user_data = user_data;
  file->items =
      g_ptr_array_new_with_free_func ((GDestroyNotify) seedance_item_unref);
  file->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  file->changed_at = g_get_monotonic_time ();
  file->missing_max = MISSING_MAX;
  file->open = TRUE;
  seedance_rundown_file_look (file);
  if (!file->digest) {
    Reading none;

    reading_init (&none);
    tell (file, &none, TRUE);
    reading_clear (&none);
  }

  return file;
}

void
seedance_rundown_file_set_missing_max (SeedanceRundownFile *file, gint64 time)
{
  file->missing_max = time;
}

void
seedance_rundown_file_free (SeedanceRundownFile *file)
{
  if (!file)
    return;
  g_ptr_array_unref (file->items);
  g_hash_table_unref (file->told);
  g_free (file->path);
  g_free (file->folder);
  g_free (file->shown);
  g_free (file->digest);
  g_free (file);
}
