/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes the as-run log, and reads it for a restart. Each line reaches the file
 * with one write(), so that several processes can append to the same log. */
#include "asrun.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "json.h"

/* A restart reads at most this much from the end of a log: weeks of short
 * clips. */
#define READ_MAX (32 * 1024 * 1024)
#define MODE 0644
/* The largest "out", in seconds; a double of this size still resolves
 * nanoseconds. */
#define OUT_MAX 1e6
#define NSEC_PER_SEC G_GINT64_CONSTANT (1000000000)

struct _SeedanceAsrun {
  gchar *path;
  int fd;
  gboolean half; /* the file does not end in a newline */
};

static gboolean
refuse_errno (GError **error, const gchar *path, const gchar *what, gint number)
{
  g_autofree gchar *shown = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number),
      "The as-run log %s cannot be %s: %s.", shown, what, g_strerror (number));

  return FALSE;
}

static gboolean
ends_in_half_line (int fd, const struct stat *info)
{
  gchar last;

  return S_ISREG (info->st_mode) && info->st_size > 0 &&
         pread (fd, &last, 1, info->st_size - 1) == 1 && last != '\n';
}

/* A regular file is opened for reading too, so that its last byte can be looked
 * at. Anything else, such as a FIFO, is opened for writing only. O_NONBLOCK
 * keeps a FIFO without a reader from blocking the caller. */
static int
open_log (const gchar *path)
{
  const int flags = O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  struct stat info;

  if (g_stat (path, &info) == 0 && !S_ISREG (info.st_mode))
    return g_open (path, flags | O_WRONLY, MODE);

  return g_open (path, flags | O_RDWR, MODE);
}

SeedanceAsrun *
seedance_asrun_new (const gchar *path)
{
  SeedanceAsrun *asrun = g_new0 (SeedanceAsrun, 1);

  asrun->path = g_canonicalize_filename (path, NULL);
  asrun->fd = -1;

  return asrun;
}

gboolean
seedance_asrun_open (SeedanceAsrun *asrun, GError **error)
{
  struct stat info;

  if (asrun->fd >= 0)
    close (asrun->fd);
  asrun->fd = open_log (asrun->path);
  if (asrun->fd < 0 || fstat (asrun->fd, &info) != 0)
    return refuse_errno (error, asrun->path, "opened", errno);
  asrun->half = ends_in_half_line (asrun->fd, &info);

  return TRUE;
}

void
seedance_asrun_close (SeedanceAsrun *asrun)
{
  if (!asrun)
    return;
  if (asrun->fd >= 0)
    close (asrun->fd);
  g_free (asrun->path);
  g_free (asrun);
}

static void
add_text (cJSON *json, const gchar *name, const gchar *text)
{
  g_autofree gchar *valid = text ? g_utf8_make_valid (text, -1) : NULL;

  if (valid)
    cJSON_AddStringToObject (json, name, valid);
}

/* Written as digits, because a double would lose the last ones of a large
 * number. */
static void
add_number (cJSON *json, const gchar *name, gint64 number)
{
  g_autofree gchar *digits = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  cJSON_AddRawToObject (json, name, digits);
}

/* Writes @nanoseconds as seconds, the unit of a rundown, without rounding. A
 * negative value is left out. */
static void
add_seconds (cJSON *json, const gchar *name, gint64 nanoseconds)
{
  g_autofree gchar *digits =
      g_strdup_printf ("%" G_GINT64_FORMAT ".%09" G_GINT64_FORMAT,
          nanoseconds / NSEC_PER_SEC, nanoseconds % NSEC_PER_SEC);

  if (nanoseconds >= 0)
    cJSON_AddRawToObject (json, name, digits);
}

/* Writes a UTC time such as "2026-11-29T03:00:00.040Z". A negative one is left
 * out. */
static void
add_time (cJSON *json, const gchar *name, gint64 microseconds)
{
  g_autoptr (GDateTime) time = NULL;
  g_autofree gchar *seconds = NULL, *text = NULL;

  if (microseconds < 0)
    return;
  time = g_date_time_new_from_unix_utc (microseconds / G_USEC_PER_SEC);
  if (!time)
    return;
  seconds = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");
  text = g_strdup_printf (
      "%s.%03dZ", seconds, (gint) (microseconds % G_USEC_PER_SEC / 1000));
  cJSON_AddStringToObject (json, name, text);
}

/* @text is JSON and goes into the line verbatim. Its newlines become blanks,
 * because a newline ends a line of the log. */
static void
add_raw (cJSON *json, const gchar *name, const gchar *text)
{
  g_autofree gchar *line = g_strdup (text);

  if (line)
    cJSON_AddRawToObject (json, name, g_strdelimit (line, "\r\n", ' '));
}

static cJSON *
make_line (const SeedanceAsrunLine *line)
{
  cJSON *json = cJSON_CreateObject ();

  add_text (json, "id", line->id);
  add_text (json, "task-id", line->task_id);
  add_text (json, "uri", line->uri);
  add_seconds (json, "out", line->out);
  add_time (json, "planned", line->planned);
  add_time (json, "started", line->started);
  if (line->running_time >= 0)
    add_number (json, "running-time", line->running_time);
  add_number (json, "frames", (gint64) line->frames);
  add_number (json, "held", (gint64) line->held);
  add_text (json, "reason", line->reason);
  add_text (json, "cost", line->cost);
  if (line->replay)
    cJSON_AddTrueToObject (json, "replay");
  if (line->filler)
    cJSON_AddTrueToObject (json, "filler");
  if (line->again)
    cJSON_AddTrueToObject (json, "again");
  add_raw (json, "metadata", line->metadata);

  return json;
}

/* Returns TRUE if the path does not name the open file any more, for example
 * because a log rotation moved the file away. */
static gboolean
is_another_file (SeedanceAsrun *asrun)
{
  struct stat named, ours;

  return asrun->fd < 0 || g_stat (asrun->path, &named) != 0 ||
         fstat (asrun->fd, &ours) != 0 || named.st_dev != ours.st_dev ||
         named.st_ino != ours.st_ino;
}

/* A single write() keeps lines of other processes from getting into the middle
 * of this one. When the disk is full, the part of the line that was written is
 * truncated away. */
static gboolean
write_text (SeedanceAsrun *asrun, const gchar *text, GError **error)
{
  const gsize size = strlen (text);
  gssize n;
  struct stat info;

  do {
    n = write (asrun->fd, text, size);
  } while (n < 0 && errno == EINTR);
  if (n == (gssize) size)
    return TRUE;
  if (n < 0)
    return refuse_errno (error, asrun->path, "written", errno);
  if (fstat (asrun->fd, &info) != 0 || !S_ISREG (info.st_mode) ||
      ftruncate (asrun->fd, info.st_size - n) != 0)
    asrun->half = TRUE;

  return refuse_errno (error, asrun->path, "written", ENOSPC);
}

/* Takes @json and writes it as a line. */
static gboolean
write_line (SeedanceAsrun *asrun, cJSON *json, GError **error)
{
  g_autofree gchar *line = NULL;
  char *text = cJSON_PrintUnformatted (json);
  gboolean open;

  cJSON_Delete (json);
  open = !is_another_file (asrun) || seedance_asrun_open (asrun, error);
  line = g_strconcat (open && asrun->half ? "\n" : "", text, "\n", NULL);
  cJSON_free (text);
  if (!open || !write_text (asrun, line, error))
    return FALSE;
  asrun->half = FALSE;

  return TRUE;
}

gboolean
seedance_asrun_write (
    SeedanceAsrun *asrun, const SeedanceAsrunLine *line, GError **error)
{
  return write_line (asrun, make_line (line), error);
}

gboolean
seedance_asrun_note (
    SeedanceAsrun *asrun, const gchar *note, const gchar *id, GError **error)
{
  cJSON *json = cJSON_CreateObject ();

  add_text (json, note, id);
  if (!id)
    cJSON_AddTrueToObject (json, note);

  return write_line (asrun, json, error);
}

/* Reads the last READ_MAX bytes of @path. A file that does not exist, or is not
 * a regular file, counts as empty. The first line may be cut off; then it is
 * not valid JSON, and the parser skips it. */
static gchar *
read_end (const gchar *path, gsize *size, GError **error)
{
  struct stat info;
  g_autofree gchar *data = NULL;
  int fd = g_open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
  goffset all;
  gssize n;

  *size = 0;
  if (fd < 0 && errno == ENOENT)
    return g_strdup ("");
  if (fd < 0 || fstat (fd, &info) != 0) {
    refuse_errno (error, path, "read", errno);
    if (fd >= 0)
      close (fd);
    return NULL;
  }
  /* A pipe or a terminal has nothing to read back. */
  all = S_ISREG (info.st_mode) ? MIN (info.st_size, READ_MAX) : 0;
  data = g_malloc ((gsize) all + 1);
  while ((goffset) *size < all &&
         (n = pread (fd, data + *size, (gsize) all - *size,
              info.st_size - all + (goffset) *size)) > 0)
    *size += (gsize) n;
  close (fd);
  data[*size] = '\0';

  return g_steal_pointer (&data);
}

static gboolean
is_true (const cJSON *json, const gchar *name)
{
  return cJSON_IsTrue (seedance_json_get (json, name));
}

static void
past_item_free (gpointer data)
{
  SeedancePastItem *item = data;

  g_free (item->task_id);
  g_free (item->uri);
  g_free (item);
}

SeedancePast *
seedance_past_new (void)
{
  SeedancePast *past = g_new0 (SeedancePast, 1);

  past->played = g_ptr_array_new_with_free_func (g_free);
  past->done = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  past->begun = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  past->whole = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  past->items =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, past_item_free);

  return past;
}

void
seedance_past_keep (SeedancePast *past, const gchar *id, const gchar *task_id,
    const gchar *uri, gint64 out)
{
  SeedancePastItem *item = g_new0 (SeedancePastItem, 1);

  item->task_id = g_strdup (task_id);
  item->uri = g_strdup (uri);
  item->out = out;
  g_hash_table_insert (past->items, g_strdup (id), item);
}

static void
keep_item (SeedancePast *past, const gchar *id, const cJSON *json)
{
  const gchar *task =
      cJSON_GetStringValue (seedance_json_get (json, "task-id"));
  const gchar *uri = cJSON_GetStringValue (seedance_json_get (json, "uri"));
  const cJSON *out = seedance_json_get (json, "out");
  const gdouble seconds = cJSON_IsNumber (out) ? out->valuedouble : -1;

  if (task || uri)
    seedance_past_keep (past, id, task, uri,
        seconds >= 0 && seconds < OUT_MAX
            ? (gint64) (seconds * (gdouble) NSEC_PER_SEC + 0.5)
            : -1);
}

static void
read_note (const cJSON *json, SeedancePast *past)
{
  const gchar *begun = cJSON_GetStringValue (seedance_json_get (json, "begun"));
  const gchar *removed =
      cJSON_GetStringValue (seedance_json_get (json, "removed"));

  if (begun)
    g_hash_table_add (past->begun, g_strdup (begun));
  if (removed) {
    g_hash_table_add (past->done, g_strdup (removed));
    g_hash_table_remove (past->whole, removed);
  }
  if (is_true (json, "cleared")) {
    g_hash_table_remove_all (past->begun);
    g_hash_table_remove_all (past->whole);
  }
}

gboolean
seedance_asrun_was_whole (const gchar *reason)
{
  return g_strcmp0 (reason, "end") == 0 || g_strcmp0 (reason, "format") == 0;
}

/* Returns TRUE if the item was on air and was not shown to its end, though it
 * can be: the run was stopped, or the disk stood still. A repeat that hung is
 * still repeated. */
static gboolean
was_cut_off (const cJSON *json, const gchar *reason)
{
  return g_strcmp0 (reason, "stopped") == 0 || is_true (json, "again") ||
         (g_strcmp0 (reason, "hangs") == 0 && is_true (json, "replay"));
}

/* An item with "started" was on air; one without it failed before that and was
 * passed over. A restart plays neither of them again, but it plays items that
 * were cut off. A repeat that failed before it was on air may be had later. */
static void
read_item (
    const cJSON *json, const gchar *id, gboolean replay, SeedancePast *past)
{
  const gchar *reason =
      cJSON_GetStringValue (seedance_json_get (json, "reason"));
  const gboolean started = seedance_json_get (json, "started") != NULL;

  if (was_cut_off (json, reason))
    return;
  if (started && !seedance_asrun_was_whole (reason))
    g_hash_table_remove (past->whole, id);
  if (replay)
    return;
  g_hash_table_add (past->done, g_strdup (id));
  if (!started)
    return;
  g_ptr_array_add (past->played, g_strdup (id));
  if (seedance_asrun_was_whole (reason))
    g_hash_table_add (past->whole, g_strdup (id));
}

static void
read_line (const gchar *line, gsize size, SeedancePast *past)
{
  cJSON *json = seedance_json_parse (line, size);
  const gchar *id = cJSON_GetStringValue (seedance_json_get (json, "id"));

  if (id)
    keep_item (past, id, json);
  else
    read_note (json, past);
  if (id && !is_true (json, "filler"))
    read_item (json, id, is_true (json, "replay"), past);
  cJSON_Delete (json);
}

static void
reverse (GPtrArray *array)
{
  for (guint i = 0; i < array->len / 2; i++) {
    gpointer *a = &g_ptr_array_index (array, i);
    gpointer *b = &g_ptr_array_index (array, array->len - 1 - i);
    gpointer kept = *a;

    *a = *b;
    *b = kept;
  }
}

void
seedance_past_free (SeedancePast *past)
{
  if (!past)
    return;
  g_ptr_array_unref (past->played);
  g_hash_table_unref (past->done);
  g_hash_table_unref (past->begun);
  g_hash_table_unref (past->whole);
  g_hash_table_unref (past->items);
  g_free (past);
}

SeedancePast *
seedance_asrun_read (const gchar *path, GError **error)
{
  gsize size;
  g_autofree gchar *data = read_end (path, &size, error);
  SeedancePast *past;

  if (!data)
    return NULL;
  past = seedance_past_new ();
  for (gchar *line = data, *end; line < data + size; line = end + 1) {
    end = memchr (line, '\n', (gsize) (data + size - line));
    if (!end)
      end = data + size;
    read_line (line, (gsize) (end - line), past);
  }
  reverse (past->played);

  return past;
}
