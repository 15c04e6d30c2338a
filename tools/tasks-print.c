/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts are cleaned for a terminal. JSON keeps them as they are, as valid
 * UTF-8, except that a secret in an address is hidden. */
#include "tasks-print.h"

#include <stdio.h>
#include <string.h>

#include "url.h"

/* Returns TRUE if the character may move, hide or reorder text on a
 * terminal. */
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

guint
tasks_width_of (const gchar *text)
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
  gboolean cut = max > 0 && tasks_width_of (valid) > max;
  GString *out = g_string_new (NULL);
  guint width = 0;

  for (const gchar *p = valid; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    width += columns_of (c);
    /* The last column is for the sign that something is missing. */
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

const gchar *
tasks_handle (const SeedanceLedgerEntry *entry)
{
  const gchar *id = entry->record ? entry->record->task_id : NULL;

  return id && *id ? id : entry->name;
}

static gint64
age_of (const SeedanceRecord *record)
{
  if (record->created < 0)
    return -1;

  return MAX (0, g_get_real_time () / G_USEC_PER_SEC - record->created);
}

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

/* Returns the address as it was set, or redacted if it may hold a secret. */
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
  add_text (json, "instance", record->instance);
  add_text (json, "file", entry->has_clip ? clip : NULL);
  add_number (json, "size", record->size);
  add_text (json, "resolution", record->resolution);
  add_number (json, "duration", record->duration);
  add_text (json, "cost", record->cost);
  add_number (json, "seed", record->seed);
  add_number (json, "generation-ms", record->generation_ms);
  add_text (json, "reason", record->reason);
}

cJSON *
tasks_entry_to_json (const gchar *dir, const SeedanceLedgerEntry *entry)
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
        list, tasks_entry_to_json (dir, g_ptr_array_index (entries, i)));
  text = cJSON_Print (list);
  /* g_print() would convert to the locale, but JSON is always UTF-8. */
  puts (text);
  cJSON_free (text);
  cJSON_Delete (list);
}
