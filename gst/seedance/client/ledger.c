/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ledger.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unique.h"

#define RECORD_VERSION 1
#define RECORD_MAX (1024 * 1024)
#define PROMPT_MAX 4096
#define MAX_HOPS 4
/* Another host's POST is taken for lost after this many seconds: no request
 * lives so long. */
#define FOREIGN_OWNER_MAX 900

static const gchar *state_words[] = { "submitting", "ambiguous", "submitted",
  "ready", "played", "failed" };

/* --- records ------------------------------------------------------------ */

/* Fields 3 and 22 of /proc/PID/stat. The start tells a process from a later
 * one of the same number; 0 where there is no such file, or where the process
 * is dead and only waits to be reaped. */
static gint64
process_start (gint64 pid)
{
  g_autofree gchar *path =
      g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/stat", pid);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) fields = NULL;
  const gchar *after_name;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  after_name = strrchr (text, ')');
  if (!after_name)
    return 0;
  fields = g_strsplit (after_name + 1, " ", 22);
  if (g_strv_length (fields) <= 20 || strchr ("ZX", *fields[1]))
    return 0;

  return g_ascii_strtoll (fields[20], NULL, 10);
}

/* Host, boot and the name space that process numbers count in: what of these
 * differs is another host's, of whose processes nothing is known. */
static gchar *
this_host (void)
{
  g_autofree gchar *boot = NULL;
  g_autofree gchar *space = g_file_read_link ("/proc/self/ns/pid", NULL);

  g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot, NULL, NULL);

  return g_strdup_printf ("%s %s %s", g_get_host_name (),
      boot ? g_strstrip (boot) : "", space ? space : "");
}

static gint64
now_seconds (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* What a person needs to know the clip by: a record is a small file. */
static gchar *
shorten (const gchar *prompt)
{
  g_autofree gchar *cut = NULL;

  if (!prompt)
    return NULL;
  cut = g_strndup (prompt, PROMPT_MAX);

  return g_utf8_make_valid (cut, -1);
}

SeedanceRecord *
seedance_record_new (
    const gchar *provider, const gchar *base_url, const gchar *prompt)
{
  SeedanceRecord *record = g_new0 (SeedanceRecord, 1);
  g_autofree gchar *unique = seedance_unique ();

  record->state = SEEDANCE_RECORD_SUBMITTING;
  record->provider = g_strdup (provider);
  record->base_url = g_strdup (base_url);
  record->prompt = shorten (prompt);
  record->file = g_strconcat (unique, ".mp4", NULL);
  record->created = record->updated = now_seconds ();
  record->size = record->seed = record->generation_ms = -1;
  record->owner_host = this_host ();
  record->owner_pid = getpid ();
  record->owner_start = process_start (record->owner_pid);

  return record;
}

SeedanceRecord *
seedance_record_copy (const SeedanceRecord *record)
{
  SeedanceRecord *copy = g_memdup2 (record, sizeof *record);

  copy->provider = g_strdup (record->provider);
  copy->base_url = g_strdup (record->base_url);
  copy->prompt = g_strdup (record->prompt);
  copy->task_id = g_strdup (record->task_id);
  copy->file = g_strdup (record->file);
  copy->reason = g_strdup (record->reason);
  copy->owner_host = g_strdup (record->owner_host);

  return copy;
}

void
seedance_record_free (SeedanceRecord *record)
{
  if (!record)
    return;
  g_free (record->provider);
  g_free (record->base_url);
  g_free (record->prompt);
  g_free (record->task_id);
  g_free (record->file);
  g_free (record->reason);
  g_free (record->owner_host);
  g_free (record);
}

static gboolean
process_lives (gint64 pid, gint64 start)
{
  if (pid <= 0 || pid > G_MAXINT32 || start <= 0)
    return FALSE;

  return process_start (pid) == start;
}

gboolean
seedance_record_owner_lives (const SeedanceRecord *record)
{
  g_autofree gchar *host = this_host ();
  gint64 age = now_seconds () - record->updated;

  if (g_strcmp0 (record->owner_host, host) == 0)
    return process_lives (record->owner_pid, record->owner_start);

  /* A clock may be ahead, but not by so much that it would be waited for. */
  return age < FOREIGN_OWNER_MAX && age > -FOREIGN_OWNER_MAX;
}

/* --- JSON --------------------------------------------------------------- */

static void
add_string (cJSON *json, const gchar *name, const gchar *value)
{
  if (value)
    cJSON_AddStringToObject (json, name, value);
}

static void
add_number (cJSON *json, const gchar *name, gint64 value)
{
  if (value >= 0)
    cJSON_AddNumberToObject (json, name, (gdouble) value);
}

/* As text: a 64-bit seed does not fit the double of a JSON number. */
static void
add_integer (cJSON *json, const gchar *name, gint64 value)
{
  g_autofree gchar *digits = g_strdup_printf ("%" G_GINT64_FORMAT, value);

  if (value >= 0)
    cJSON_AddStringToObject (json, name, digits);
}

static gchar *
record_to_json (const SeedanceRecord *record)
{
  cJSON *json = cJSON_CreateObject ();
  gchar *printed, *text;

  add_number (json, "version", RECORD_VERSION);
  add_string (json, "state", state_words[record->state]);
  add_string (json, "provider", record->provider);
  add_string (json, "base-url", record->base_url);
  add_string (json, "prompt", record->prompt);
  add_string (json, "task-id", record->task_id);
  add_string (json, "file", record->file);
  add_string (json, "reason", record->reason);
  add_number (json, "created", record->created);
  add_number (json, "updated", record->updated);
  add_number (json, "size", record->size);
  add_integer (json, "seed", record->seed);
  add_number (json, "generation-ms", record->generation_ms);
  add_string (json, "host", record->owner_host);
  add_number (json, "pid", record->owner_pid);
  add_number (json, "pid-start", record->owner_start);
  printed = cJSON_Print (json);
  text = g_strconcat (printed, "\n", NULL);
  cJSON_free (printed);
  cJSON_Delete (json);

  return text;
}

static gchar *
get_string (const cJSON *json, const gchar *name)
{
  return g_strdup (
      cJSON_GetStringValue (cJSON_GetObjectItemCaseSensitive (json, name)));
}

static gint64
get_number (const cJSON *json, const gchar *name)
{
  const cJSON *item = cJSON_GetObjectItemCaseSensitive (json, name);

  if (!cJSON_IsNumber (item) || !(item->valuedouble >= 0) ||
      item->valuedouble > 9e18)
    return -1;

  return (gint64) item->valuedouble;
}

static gint64
get_integer (const cJSON *json, const gchar *name)
{
  g_autofree gchar *digits = get_string (json, name);
  gint64 value;

  if (!digits ||
      !g_ascii_string_to_signed (digits, 10, 0, G_MAXINT64, &value, NULL))
    return -1;

  return value;
}

static gboolean
parse_state (const cJSON *json, SeedanceRecordState *state)
{
  g_autofree gchar *word = get_string (json, "state");

  for (guint i = 0; word && i < G_N_ELEMENTS (state_words); i++) {
    if (g_str_equal (word, state_words[i])) {
      *state = (SeedanceRecordState) i;
      return TRUE;
    }
  }

  return FALSE;
}

/* A name in the folder and nothing else: a record from a shared folder must
 * not lead out of it. */
static gboolean
is_plain_name (const gchar *name)
{
  return name && *name && *name != '.' && !strchr (name, '/') &&
         strlen (name) < 200;
}

/* Never a record's: what is removed with a clip must be a clip. */
static gboolean
is_clip_name (const gchar *name)
{
  return is_plain_name (name) && g_str_has_suffix (name, ".mp4");
}

static SeedanceRecord *
record_from_json (const cJSON *json)
{
  g_autoptr (SeedanceRecord) record = g_new0 (SeedanceRecord, 1);

  record->provider = get_string (json, "provider");
  record->base_url = get_string (json, "base-url");
  record->prompt = get_string (json, "prompt");
  record->task_id = get_string (json, "task-id");
  record->file = get_string (json, "file");
  record->reason = get_string (json, "reason");
  record->created = get_number (json, "created");
  record->updated = get_number (json, "updated");
  record->size = get_number (json, "size");
  record->seed = get_integer (json, "seed");
  record->generation_ms = get_number (json, "generation-ms");
  record->owner_host = get_string (json, "host");
  record->owner_pid = get_number (json, "pid");
  record->owner_start = get_number (json, "pid-start");

  if (get_number (json, "version") != RECORD_VERSION ||
      !parse_state (json, &record->state) || !is_clip_name (record->file))
    return NULL;
  if (record->state >= SEEDANCE_RECORD_SUBMITTED &&
      !(record->task_id && *record->task_id))
    return NULL;

  return g_steal_pointer (&record);
}

/* --- files -------------------------------------------------------------- */

static gboolean
set_file_error (GError **error, const gchar *path, const gchar *what)
{
  int number = errno;

  g_set_error (error, SEEDANCE_ERROR,
      number == ENOSPC || number == EDQUOT ? SEEDANCE_ERROR_NO_SPACE
                                           : SEEDANCE_ERROR_SETTINGS,
      "Could not %s '%s': %s. Set state-dir (or SEEDANCE_STATE_DIR) to a "
      "folder on a disk with room that can be written to.",
      what, path, g_strerror (number));

  return FALSE;
}

gchar *
seedance_ledger_path (const gchar *dir, const gchar *name)
{
  g_autofree gchar *file = g_strconcat (name, ".json", NULL);

  return g_build_filename (dir, file, NULL);
}

gchar *
seedance_ledger_clip_path (const gchar *dir, const SeedanceRecord *record)
{
  return g_build_filename (dir, record->file, NULL);
}

gboolean
seedance_ledger_prepare (const gchar *dir, GError **error)
{
  if (g_mkdir_with_parents (dir, 0700) != 0)
    return set_file_error (error, dir, "make the folder");

  return TRUE;
}

static void
sync_folder (const gchar *dir)
{
  int fd = g_open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd >= 0) {
    fsync (fd);
    close (fd);
  }
}

static gboolean
write_all (int fd, const gchar *text)
{
  gsize left = strlen (text);

  while (left > 0) {
    gssize wrote = write (fd, text, left);

    if (wrote < 0 && errno != EINTR)
      return FALSE;
    if (wrote > 0) {
      text += wrote;
      left -= (gsize) wrote;
    }
  }

  return fsync (fd) == 0;
}

static gboolean
write_new_file (const gchar *path, const gchar *text, GError **error)
{
  int fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  gboolean written;

  if (fd < 0)
    return set_file_error (error, path, "create");
  written = write_all (fd, text);
  if (close (fd) != 0)
    written = FALSE;
  if (!written) {
    set_file_error (error, path, "write");
    g_unlink (path);
  }

  return written;
}

static gchar *
temporary_path (const gchar *dir, const gchar *name)
{
  g_autofree gchar *nonce = seedance_unique ();
  g_autofree gchar *file = g_strconcat (".", name, ".", nonce, NULL);

  return g_build_filename (dir, file, NULL);
}

/* rename() would replace and open(O_EXCL) would show a half-written record;
 * link() does neither. Where the file system has no links, the second is the
 * lesser evil: an empty record is read as one that may stand for money. */
static gboolean
link_new (const gchar *temporary, const gchar *path, const gchar *text,
    gboolean *exists, GError **error)
{
  if (link (temporary, path) == 0)
    return TRUE;
  if (errno == EEXIST || g_file_test (path, G_FILE_TEST_EXISTS)) {
    *exists = TRUE;
    return FALSE;
  }

  return write_new_file (path, text, error);
}

gboolean
seedance_ledger_create (const gchar *dir, const gchar *name,
    const SeedanceRecord *record, gboolean *exists, GError **error)
{
  g_autofree gchar *path = seedance_ledger_path (dir, name);
  g_autofree gchar *temporary = temporary_path (dir, name);
  g_autofree gchar *text = record_to_json (record);
  gboolean created;

  *exists = FALSE;
  if (!write_new_file (temporary, text, error))
    return FALSE;
  created = link_new (temporary, path, text, exists, error);
  g_unlink (temporary);
  sync_folder (dir);

  return created;
}

static gboolean
replace_file (
    const gchar *dir, const gchar *name, const gchar *text, GError **error)
{
  g_autofree gchar *path = seedance_ledger_path (dir, name);
  g_autofree gchar *temporary = temporary_path (dir, name);

  if (!write_new_file (temporary, text, error))
    return FALSE;
  if (g_rename (temporary, path) != 0) {
    set_file_error (error, path, "write");
    g_unlink (temporary);
    return FALSE;
  }
  sync_folder (dir);

  return TRUE;
}

gboolean
seedance_ledger_save (
    const gchar *dir, const gchar *name, SeedanceRecord *record, GError **error)
{
  g_autofree gchar *text = NULL;

  record->updated = now_seconds ();
  text = record_to_json (record);

  return replace_file (dir, name, text, error);
}

static gboolean
unreadable (GError **error, const gchar *path, const gchar *why)
{
  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED,
      "The ledger file '%s' %s. It may stand for a clip that was paid for, so "
      "nothing was ordered. Look at it: remove it to order anew, or set "
      "task-id to the id it names.",
      path, why);

  return FALSE;
}

/* FALSE without an error: there is no such file. */
static gboolean
read_file (const gchar *path, gchar **text, gsize *size, GError **error)
{
  struct stat info;

  /* A link to nowhere is something, too. */
  if (g_lstat (path, &info) == 0 && S_ISLNK (info.st_mode))
    return unreadable (error, path, "is a link and no record");
  if (g_stat (path, &info) != 0) {
    if (errno == ENOENT)
      return FALSE;
    return unreadable (error, path, g_strerror (errno));
  }
  if (!S_ISREG (info.st_mode) || info.st_size > RECORD_MAX)
    return unreadable (error, path, "is not a ledger record");
  if (!g_file_get_contents (path, text, size, NULL)) {
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      return FALSE;
    return unreadable (error, path, "cannot be read");
  }

  return TRUE;
}

static SeedanceRecord *
load_once (const gchar *dir, const gchar *name, gchar **pointer, GError **error)
{
  g_autofree gchar *path = seedance_ledger_path (dir, name);
  g_autofree gchar *text = NULL;
  SeedanceRecord *record;
  cJSON *json;
  gsize size;

  if (!read_file (path, &text, &size, error))
    return NULL;
  json = cJSON_ParseWithLength (text, size);
  *pointer = get_string (json, "record");
  if (*pointer && !is_plain_name (*pointer))
    g_clear_pointer (pointer, g_free);
  record = *pointer ? NULL : record_from_json (json);
  cJSON_Delete (json);
  if (!record && !*pointer)
    unreadable (error, path, "is damaged or of a later version");

  return record;
}

SeedanceRecord *
seedance_ledger_load (const gchar *dir, gchar **name, GError **error)
{
  g_autofree gchar *path = NULL;

  for (guint hop = 0; hop < MAX_HOPS; hop++) {
    gchar *pointer = NULL;
    SeedanceRecord *record = load_once (dir, *name, &pointer, error);

    if (!pointer)
      return record;
    g_free (*name);
    *name = pointer;
  }
  path = seedance_ledger_path (dir, *name);
  unreadable (error, path, "leads in a circle");

  return NULL;
}

void
seedance_ledger_remove (
    const gchar *dir, const gchar *name, const SeedanceRecord *record)
{
  g_autofree gchar *clip = seedance_ledger_clip_path (dir, record);

  g_unlink (clip);
  if (record->task_id) {
    g_autofree gchar *alias = seedance_ledger_name_for_task (
        record->provider, record->base_url, record->task_id);
    g_autofree gchar *path = seedance_ledger_path (dir, alias);

    g_unlink (path);
  }
  if (name) {
    g_autofree gchar *path = seedance_ledger_path (dir, name);

    g_unlink (path);
  }
}

gchar *
seedance_ledger_successor (const gchar *head, const SeedanceRecord *record)
{
  return g_strdup_printf ("%.64s.%.32s", head, record->file);
}

gchar *
seedance_ledger_name_for_task (
    const gchar *provider, const gchar *base_url, const gchar *task_id)
{
  g_autofree gchar *text =
      g_strjoin ("\n", "task", provider, base_url, task_id, NULL);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

void
seedance_ledger_point (const gchar *dir, const gchar *alias, const gchar *name)
{
  cJSON *json;
  gchar *printed;

  if (g_str_equal (alias, name))
    return;
  json = cJSON_CreateObject ();
  cJSON_AddStringToObject (json, "record", name);
  printed = cJSON_PrintUnformatted (json);
  replace_file (dir, alias, printed, NULL);
  cJSON_free (printed);
  cJSON_Delete (json);
}

/* --- times ----------------------------------------------------------------
 * Kept beside the records. Losing them costs a few polls, so nothing here is
 * durable or an error. */

static gchar *
times_path (const gchar *dir, const gchar *kind)
{
  g_autofree gchar *file = g_strconcat (kind, ".times", NULL);

  return g_build_filename (dir, file, NULL);
}

gchar *
seedance_ledger_load_times (const gchar *dir, const gchar *kind)
{
  g_autofree gchar *path = times_path (dir, kind);
  gchar *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);

  return text;
}

void
seedance_ledger_save_times (
    const gchar *dir, const gchar *kind, const gchar *text)
{
  g_autofree gchar *path = times_path (dir, kind);

  g_file_set_contents_full (
      path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

/* --- aging -------------------------------------------------------------- */

typedef struct {
  gchar *name;
  SeedanceRecord *record;
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

  return (left->record->updated > right->record->updated) -
         (left->record->updated < right->record->updated);
}

/* The played records, oldest first; *@size gets the bytes of all clips. */
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
    record = load_once (dir, name, &pointer, NULL);
    if (record && record->size > 0 && record->state >= SEEDANCE_RECORD_READY)
      *size += (guint64) record->size;
    if (record && record->state == SEEDANCE_RECORD_PLAYED) {
      Entry *entry = g_new (Entry, 1);

      *entry = (Entry){ g_steal_pointer (&name), record };
      g_ptr_array_add (played, entry);
    } else {
      seedance_record_free (record);
    }
  }
  g_ptr_array_sort (played, entry_compare);

  return played;
}

/* What a crash left in the middle of being written. */
static void
remove_leftovers (const gchar *dir)
{
  g_autoptr (GDir) folder = g_dir_open (dir, 0, NULL);
  gint64 day_ago = now_seconds () - 24 * 3600;
  const gchar *file;

  while (folder && (file = g_dir_read_name (folder))) {
    g_autofree gchar *path = g_build_filename (dir, file, NULL);
    struct stat info;

    if ((*file == '.' || g_str_has_suffix (file, ".part")) &&
        g_lstat (path, &info) == 0 && S_ISREG (info.st_mode) &&
        info.st_mtime < day_ago)
      g_unlink (path);
  }
}

void
seedance_ledger_prune (const gchar *dir, guint64 max)
{
  guint64 size;
  g_autoptr (GPtrArray) played = list_played (dir, &size);

  remove_leftovers (dir);
  for (guint i = 0; i < played->len && size > max; i++) {
    Entry *entry = g_ptr_array_index (played, i);

    seedance_ledger_remove (dir, entry->name, entry->record);
    if (entry->record->size > 0)
      size -= MIN (size, (guint64) entry->record->size);
  }
}
