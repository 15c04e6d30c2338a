/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes, copies and frees records, and asks the system whether the process that
 * owns one is alive. */

#include "record.h"

#include <string.h>
#include <unistd.h>

#include "file.h"
#include "unique.h"

#define PROMPT_MAX 4096
#define PROC_MAX 4096 /* these files are shorter */

static const gchar *state_words[] = { "submitting", "ambiguous", "submitted",
  "ready", "played", "failed" };

/* Reads fields 3 (state) and 22 (start time) of /proc/PID/stat. The start time
 * tells a process from a later one with the same id. Returns 0 if there is no
 * such file, or if the process is dead and waits to be reaped. */
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

gchar *
seedance_boot_id (void)
{
  gchar *boot = NULL;

  if (!seedance_file_read ("/proc/sys/kernel/random/boot_id",
          SEEDANCE_FILE_NAMED, PROC_MAX, &boot, NULL, NULL))
    return g_strdup ("");

  return g_strstrip (boot);
}

/* Host name, boot id and PID namespace. Where one of them differs, a process id
 * says nothing. */
static gchar *
this_host (void)
{
  g_autofree gchar *boot = seedance_boot_id ();
  g_autofree gchar *space = g_file_read_link ("/proc/self/ns/pid", NULL);

  return g_strdup_printf (
      "%s %s %s", g_get_host_name (), boot, space ? space : "");
}

static gint64
now_seconds (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* The prompt is stored for good, so that a person recognises the clip. Its
 * beginning is enough for that. */
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

  record->state = SEEDANCE_RECORD_SUBMITTING;
  record->provider = g_strdup (provider);
  record->base_url = g_strdup (base_url);
  record->prompt = shorten (prompt);
  record->name = seedance_unique ();
  record->created = record->updated = now_seconds ();
  record->size = record->seed = record->tokens = -1;
  record->duration = record->generation_ms = -1;
  record->owner_host = this_host ();
  record->owner_pid = getpid ();
  record->owner_start = process_start (record->owner_pid);

  return record;
}

/* The strings of a record. */
static const gsize strings[] = { G_STRUCT_OFFSET (SeedanceRecord, name),
  G_STRUCT_OFFSET (SeedanceRecord, identity),
  G_STRUCT_OFFSET (SeedanceRecord, kind),
  G_STRUCT_OFFSET (SeedanceRecord, provider),
  G_STRUCT_OFFSET (SeedanceRecord, base_url),
  G_STRUCT_OFFSET (SeedanceRecord, prompt),
  G_STRUCT_OFFSET (SeedanceRecord, resolution),
  G_STRUCT_OFFSET (SeedanceRecord, instance),
  G_STRUCT_OFFSET (SeedanceRecord, key_hash),
  G_STRUCT_OFFSET (SeedanceRecord, cost),
  G_STRUCT_OFFSET (SeedanceRecord, task_id),
  G_STRUCT_OFFSET (SeedanceRecord, reason),
  G_STRUCT_OFFSET (SeedanceRecord, words),
  G_STRUCT_OFFSET (SeedanceRecord, owner_host) };

SeedanceRecord *
seedance_record_copy (const SeedanceRecord *record)
{
  SeedanceRecord *copy = g_memdup2 (record, sizeof *record);

  for (guint i = 0; i < G_N_ELEMENTS (strings); i++) {
    gchar **string = G_STRUCT_MEMBER_P (copy, strings[i]);

    *string = g_strdup (*string);
  }

  return copy;
}

void
seedance_record_free (SeedanceRecord *record)
{
  for (guint i = 0; record && i < G_N_ELEMENTS (strings); i++)
    g_free (G_STRUCT_MEMBER (gchar *, record, strings[i]));
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

  /* A POST of another host counts as lost after SEEDANCE_ANSWER_MAX. The other
   * clock may be ahead, which makes the age negative. A clock that is
   * far ahead must not make us wait until its time. */
  return age < SEEDANCE_ANSWER_MAX && age > -SEEDANCE_ANSWER_MAX;
}

gboolean
seedance_record_is_in_doubt (const SeedanceRecord *record)
{
  return record->state == SEEDANCE_RECORD_AMBIGUOUS ||
         (record->state == SEEDANCE_RECORD_SUBMITTING &&
             !seedance_record_owner_lives (record));
}

const gchar *
seedance_record_state_to_word (SeedanceRecordState state)
{
  return state_words[state];
}

gboolean
seedance_record_state_from_word (const gchar *word, SeedanceRecordState *state)
{
  for (guint i = 0; word && i < G_N_ELEMENTS (state_words); i++) {
    if (g_str_equal (word, state_words[i])) {
      *state = (SeedanceRecordState) i;
      return TRUE;
    }
  }

  return FALSE;
}
