/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "record.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "unique.h"

#define RECORD_VERSION 1
#define PROMPT_MAX 4096
#define PROC_MAX 4096 /* more than such a file has */
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

  if (!seedance_file_read (
          path, SEEDANCE_FILE_NAMED, PROC_MAX, &text, NULL, NULL))
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

  seedance_file_read ("/proc/sys/kernel/random/boot_id", SEEDANCE_FILE_NAMED,
      PROC_MAX, &boot, NULL, NULL);

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
  record->duration = -1;
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
  copy->resolution = g_strdup (record->resolution);
  copy->instance = g_strdup (record->instance);
  copy->order = g_strdup (record->order);
  copy->key_hash = g_strdup (record->key_hash);
  copy->cost = g_strdup (record->cost);
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
  g_free (record->resolution);
  g_free (record->instance);
  g_free (record->order);
  g_free (record->key_hash);
  g_free (record->cost);
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

gchar *
seedance_record_to_text (const SeedanceRecord *record)
{
  cJSON *json = cJSON_CreateObject ();
  gchar *printed, *text;

  add_number (json, "version", RECORD_VERSION);
  add_string (json, "state", state_words[record->state]);
  add_string (json, "provider", record->provider);
  add_string (json, "base-url", record->base_url);
  add_string (json, "prompt", record->prompt);
  add_string (json, "resolution", record->resolution);
  add_string (json, "instance", record->instance);
  add_number (json, "duration", record->duration);
  add_string (json, "cost", record->cost);
  add_string (json, "order", record->order);
  add_string (json, "key-hash", record->key_hash);
  add_string (json, "task-id", record->task_id);
  add_string (json, "file", record->file);
  if (record->named)
    cJSON_AddTrueToObject (json, "named");
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

/* It becomes part of a file's name. */
static gboolean
is_fingerprint (const gchar *text)
{
  return text && strlen (text) == 64 &&
         strspn (text, "0123456789abcdef") == 64;
}

static SeedanceRecord *
record_from_json (const cJSON *json)
{
  g_autoptr (SeedanceRecord) record = g_new0 (SeedanceRecord, 1);

  record->provider = get_string (json, "provider");
  record->base_url = get_string (json, "base-url");
  record->prompt = get_string (json, "prompt");
  record->resolution = get_string (json, "resolution");
  record->instance = get_string (json, "instance");
  record->duration = get_number (json, "duration");
  record->cost = get_string (json, "cost");
  record->order = get_string (json, "order");
  if (!is_fingerprint (record->order))
    g_clear_pointer (&record->order, g_free);
  record->key_hash = get_string (json, "key-hash");
  record->task_id = get_string (json, "task-id");
  record->file = get_string (json, "file");
  record->named =
      cJSON_IsTrue (cJSON_GetObjectItemCaseSensitive (json, "named"));
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

SeedanceRecord *
seedance_record_from_text (const gchar *text, gsize size)
{
  cJSON *json = cJSON_ParseWithLength (text, size);
  SeedanceRecord *record = record_from_json (json);

  cJSON_Delete (json);

  return record;
}

gchar *
seedance_record_pointer_to_text (const gchar *name)
{
  cJSON *json = cJSON_CreateObject ();
  gchar *printed, *text;

  cJSON_AddStringToObject (json, "record", name);
  printed = cJSON_PrintUnformatted (json);
  text = g_strconcat (printed, "\n", NULL);
  cJSON_free (printed);
  cJSON_Delete (json);

  return text;
}

gchar *
seedance_record_pointer_from_text (const gchar *text, gsize size)
{
  cJSON *json = cJSON_ParseWithLength (text, size);
  gchar *name = get_string (json, "record");

  cJSON_Delete (json);
  if (!is_plain_name (name))
    g_clear_pointer (&name, g_free);

  return name;
}
