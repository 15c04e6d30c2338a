/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tasks-print.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "url.h"

#define PROMPT_COLUMNS 32
#define SHORT_NAME 12
#define GUTTER 2

/* --- texts -------------------------------------------------------------- */

/* What may move, hide or reorder the text around it on a terminal. */
static gboolean
is_unsafe (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
         type == G_UNICODE_LINE_SEPARATOR ||
         type == G_UNICODE_PARAGRAPH_SEPARATOR ||
         type == G_UNICODE_UNASSIGNED || type == G_UNICODE_PRIVATE_USE;
}

static guint
columns_of (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

static guint
width_of (const gchar *text)
{
  guint width = 0;

  for (; *text; text = g_utf8_next_char (text))
    width += columns_of (g_utf8_get_char (text));

  return width;
}

gchar *
tasks_clean (const gchar *text, guint max)
{
  g_autofree gchar *valid = g_utf8_make_valid (text ? text : "-", -1);
  gboolean cut = max > 0 && width_of (valid) > max;
  GString *out = g_string_new (NULL);
  guint width = 0;

  for (const gchar *p = valid; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    width += columns_of (c);
    if (cut && width >= max) {
      g_string_append (out, "…");
      break;
    }
    g_string_append_unichar (out, is_unsafe (c) ? ' ' : c);
  }

  return g_string_free (out, FALSE);
}

const gchar *
tasks_state (const SeedanceLedgerEntry *entry)
{
  static const gchar *const words[] = { "submitting", "maybe billed",
    "submitted", "ready", "played", "failed" };

  if (!entry->record)
    return "unreadable";
  if (seedance_record_is_in_doubt (entry->record))
    return "maybe billed";

  return words[entry->record->state];
}

static guint
count_prefix (const GPtrArray *entries, const gchar *prefix)
{
  guint count = 0;

  for (guint i = 0; i < entries->len; i++) {
    const SeedanceLedgerEntry *entry = g_ptr_array_index (entries, i);

    count += g_str_has_prefix (entry->name, prefix);
  }

  return count;
}

gchar *
tasks_short_name (const GPtrArray *entries, const SeedanceLedgerEntry *entry)
{
  gchar *name = g_strndup (entry->name, SHORT_NAME);

  if (count_prefix (entries, name) == 1)
    return name;
  g_free (name);

  return g_strdup (entry->name);
}

static gint64
age_of (const SeedanceRecord *record)
{
  if (record->created < 0)
    return -1;

  return MAX (0, g_get_real_time () / G_USEC_PER_SEC - record->created);
}

static gchar *
print_age (gint64 seconds)
{
  if (seconds < 0)
    return g_strdup ("-");
  if (seconds < 120)
    return g_strdup_printf ("%d s", (gint) seconds);
  if (seconds < 120 * 60)
    return g_strdup_printf ("%d min", (gint) (seconds / 60));
  if (seconds < 48 * 3600)
    return g_strdup_printf ("%d h", (gint) (seconds / 3600));

  return g_strdup_printf ("%" G_GINT64_FORMAT " d", seconds / 86400);
}

static gchar *
print_size (gint64 bytes)
{
  return bytes < 0 ? g_strdup ("-")
                   : g_strdup_printf ("%.1f MB", (gdouble) bytes / 1e6);
}

/* --- the table ---------------------------------------------------------- */

enum { ID, PROVIDER, AGE, STATE, SIZE, PROMPT, CLIP, RECORD, N_COLUMNS };

typedef gchar *Row[N_COLUMNS];

static const gchar *const titles[N_COLUMNS] = { "ID", "PROVIDER", "AGE",
  "STATE", "SIZE", "PROMPT", "FILE", "RECORD" };

static void
row_fill (Row row, const GPtrArray *entries, const SeedanceLedgerEntry *entry)
{
  const SeedanceRecord *record = entry->record;
  g_autofree gchar *name = tasks_short_name (entries, entry);

  row[ID] = tasks_clean (record ? record->task_id : NULL, 0);
  row[PROVIDER] = tasks_clean (record ? record->provider : NULL, 0);
  row[AGE] = print_age (record ? age_of (record) : -1);
  row[STATE] = g_strdup (tasks_state (entry));
  row[SIZE] = print_size (record ? record->size : -1);
  row[PROMPT] = tasks_clean (record ? record->prompt : NULL, PROMPT_COLUMNS);
  row[CLIP] = tasks_clean (entry->has_clip ? record->file : NULL, 0);
  row[RECORD] = tasks_clean (name, 0);
}

static void
row_print (const gchar *const *row, const guint *widths)
{
  GString *line = g_string_new (NULL);

  for (guint i = 0; i < N_COLUMNS; i++) {
    g_string_append (line, row[i]);
    /* Nothing is left over at the end of a line. */
    for (guint n = width_of (row[i]);
         i + 1 < N_COLUMNS && n < widths[i] + GUTTER; n++)
      g_string_append_c (line, ' ');
  }
  g_print ("%s\n", line->str);
  g_string_free (line, TRUE);
}

void
tasks_print_table (const GPtrArray *entries)
{
  g_autofree Row *rows = g_new0 (Row, entries->len);
  guint widths[N_COLUMNS];

  for (guint i = 0; i < N_COLUMNS; i++)
    widths[i] = width_of (titles[i]);
  for (guint i = 0; i < entries->len; i++) {
    row_fill (rows[i], entries, g_ptr_array_index (entries, i));
    for (guint k = 0; k < N_COLUMNS; k++)
      widths[k] = MAX (widths[k], width_of (rows[i][k]));
  }
  row_print (titles, widths);
  for (guint i = 0; i < entries->len; i++) {
    row_print ((const gchar *const *) rows[i], widths);
    for (guint k = 0; k < N_COLUMNS; k++)
      g_free (rows[i][k]);
  }
}

/* --- JSON --------------------------------------------------------------- */

static void
add_text (cJSON *json, const gchar *name, const gchar *text)
{
  g_autofree gchar *valid = text ? g_utf8_make_valid (text, -1) : NULL;

  if (valid)
    cJSON_AddStringToObject (json, name, valid);
  else
    cJSON_AddNullToObject (json, name);
}

static void
add_number (cJSON *json, const gchar *name, gint64 value)
{
  g_autofree gchar *digits = g_strdup_printf ("%" G_GINT64_FORMAT, value);

  if (value >= 0)
    cJSON_AddRawToObject (json, name, digits);
  else
    cJSON_AddNullToObject (json, name);
}

/* As it was set, unless something could hide in it. */
static gchar *
base_url_of (const SeedanceRecord *record)
{
  g_autofree gchar *redacted = NULL;

  if (!record->base_url)
    return NULL;
  redacted = seedance_url_redact (record->base_url);
  if (g_str_has_prefix (redacted, record->base_url))
    return g_strdup (record->base_url);

  return g_steal_pointer (&redacted);
}

static void
add_record (cJSON *json, const gchar *dir, const SeedanceLedgerEntry *entry)
{
  const SeedanceRecord *record = entry->record;
  g_autofree gchar *clip = seedance_ledger_clip_path (dir, record);
  g_autofree gchar *base = base_url_of (record);

  add_text (json, "provider", record->provider);
  add_text (json, "base-url", base);
  add_number (json, "age", age_of (record));
  add_number (json, "created", record->created);
  add_number (json, "updated", record->updated);
  add_text (json, "prompt", record->prompt);
  add_text (json, "file", entry->has_clip ? clip : NULL);
  add_number (json, "size", record->size);
  add_number (json, "seed", record->seed);
  add_number (json, "generation-ms", record->generation_ms);
  add_text (json, "reason", record->reason);
}

static cJSON *
entry_to_json (const gchar *dir, const SeedanceLedgerEntry *entry)
{
  cJSON *json = cJSON_CreateObject ();

  add_text (json, "id", entry->record ? entry->record->task_id : NULL);
  add_text (json, "record", entry->name);
  add_text (json, "state", tasks_state (entry));
  if (entry->record)
    add_record (json, dir, entry);
  else
    add_text (json, "problem", entry->problem);

  return json;
}

void
tasks_print_json (const gchar *dir, const GPtrArray *entries)
{
  cJSON *list = cJSON_CreateArray ();
  gchar *text;

  for (guint i = 0; i < entries->len; i++)
    cJSON_AddItemToArray (
        list, entry_to_json (dir, g_ptr_array_index (entries, i)));
  text = cJSON_Print (list);
  /* Not g_print(): JSON is UTF-8 in every locale. */
  puts (text);
  cJSON_free (text);
  cJSON_Delete (list);
}
