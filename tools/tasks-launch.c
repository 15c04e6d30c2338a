/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tasks-launch.h"

#include "provider.h"
#include "url.h"

/* For the parser of gst-launch-1.0 first, then for the shell. */
static void
add_property (GString *line, const gchar *name, const gchar *value)
{
  g_autofree gchar *plain = g_strcanon (
      g_strdup (value), G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._:/+-", ' ');
  g_autofree gchar *setting = NULL;
  g_autofree gchar *quoted = NULL;
  GString *escaped = g_string_new (NULL);

  if (*value && g_str_equal (plain, value)) {
    g_string_append_printf (line, " %s=%s", name, value);
  } else {
    for (const gchar *p = value; *p; p++) {
      if (*p == '"' || *p == '\\')
        g_string_append_c (escaped, '\\');
      g_string_append_c (escaped, *p);
    }
    setting = g_strdup_printf ("%s=\"%s\"", name, escaped->str);
    quoted = g_shell_quote (setting);
    g_string_append_printf (line, " %s", quoted);
  }
  g_string_free (escaped, TRUE);
}

static void
add_base_url (GString *line, const SeedanceRecord *record,
    const SeedanceProvider *provider)
{
  if (g_strcmp0 (record->base_url, provider->default_base_url) == 0)
    return;
  add_property (line, "base-url", record->base_url);
  if (!seedance_url_check (record->base_url, FALSE, NULL))
    g_string_append (line, " allow-insecure=true");
}

static void
add_state_dir (GString *line, const gchar *state_dir)
{
  g_autofree gchar *own =
      g_build_filename (g_get_user_state_dir (), "gst-seedance", NULL);
  g_autofree gchar *dir = g_canonicalize_filename (state_dir, NULL);

  if (!g_str_equal (own, dir))
    add_property (line, "state-dir", dir);
}

/* Why no line can be made of the entry; NULL when one can. */
static const gchar *
why_not_launched (const SeedanceLedgerEntry *entry)
{
  const SeedanceRecord *record = entry->record;

  if (!record)
    return "its record cannot be read";
  if (!record->task_id || !*record->task_id)
    return "its task id is not known; if it was billed, the service's console "
           "knows it";
  if (!g_utf8_validate (record->task_id, -1, NULL))
    return "its task id is not text";
  if (record->state == SEEDANCE_RECORD_FAILED)
    return "the service ended the task without a clip";
  if (!record->provider || !seedance_provider_find (record->provider))
    return "its provider is not known here";
  if (!record->base_url || !seedance_url_check (record->base_url, TRUE, NULL))
    return "its base URL cannot be used";

  return NULL;
}

gchar *
tasks_launch_line (
    const gchar *dir, const SeedanceLedgerEntry *entry, const gchar **why)
{
  GString *line;

  *why = why_not_launched (entry);
  if (*why)
    return NULL;
  line = g_string_new ("gst-launch-1.0 seedancesrc");
  add_property (line, "task-id", entry->record->task_id);
  add_property (line, "provider", entry->record->provider);
  add_base_url (
      line, entry->record, seedance_provider_find (entry->record->provider));
  add_state_dir (line, dir);
  g_string_append (line, " ! decodebin ! videoconvert ! autovideosink");

  return g_string_free (line, FALSE);
}
