/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command is for gst-launch-1.0. Values are quoted twice, for its parser
 * and for the shell, and lines are wrapped for a terminal. */
#include "tasks-launch.h"

#include <string.h>

#include "provider.h"
#include "tasks-command.h"
#include "tasks-print.h"
#include "text.h"
#include "url.h"

#define PLAIN G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._:/+-"

/* 80 columns, less the space and the backslash at the end of a line. */
#define COLUMNS 78

/* A command in lines that fit a terminal. A backslash at the end of a line
 * tells the shell that the next one belongs to it. A word that is wider than a
 * line stays whole. */
typedef struct {
  GString *text;
  guint column;
} Lines;

/* Adds @word, which is quoted for the shell. Several words that have to stay on
 * one line may be added as one. */
static void
add_word (Lines *lines, const gchar *word)
{
  guint width = tasks_width_of (word);

  if (lines->column > 0 && lines->column + 1 + width > COLUMNS) {
    g_string_append (lines->text, " \\\n   ");
    lines->column = 3;
  }
  if (lines->column > 0) {
    g_string_append_c (lines->text, ' ');
    lines->column++;
  }
  g_string_append (lines->text, word);
  lines->column += width;
}

/* Quotes a value for the parser of gst-launch-1.0 and then for the shell,
 * unless all of its characters are known to be plain. */
static void
add_property (Lines *lines, const gchar *name, const gchar *value)
{
  g_autoptr (GString) escaped = NULL;
  g_autofree gchar *setting = NULL, *quoted = NULL;

  if (*value && value[strspn (value, PLAIN)] == '\0') {
    setting = g_strdup_printf ("%s=%s", name, value);
    add_word (lines, setting);
    return;
  }
  escaped = g_string_new (NULL);
  for (const gchar *p = value; *p; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_c (escaped, '\\');
    g_string_append_c (escaped, *p);
  }
  setting = g_strdup_printf ("%s=\"%s\"", name, escaped->str);
  quoted = g_shell_quote (setting);
  add_word (lines, quoted);
}

/* Returns the profile that is built in, or the user's own of that name; else
 * NULL. A path in the record is not followed, because that file would decide
 * where the API key goes. */
static SeedanceProvider *
load_provider (const SeedanceRecord *record)
{
  if (!record->provider || strchr (record->provider, '/'))
    return NULL;

  return seedance_provider_load (record->provider, NULL);
}

/* The element asks SEEDANCE_BASE_URL, or else the address of the profile. */
static gboolean
finds_service (const SeedanceRecord *record)
{
  const gchar *set = g_getenv ("SEEDANCE_BASE_URL");
  g_autoptr (SeedanceProvider) provider = load_provider (record);
  const gchar *own = provider ? provider->default_base_url : "";
  g_autofree gchar *asked = seedance_url_normalize (set && *set ? set : own);
  g_autofree gchar *ordered = seedance_url_normalize (record->base_url);

  return ordered && g_strcmp0 (ordered, asked) == 0;
}

gboolean
tasks_launch_check_service (const SeedanceRecord *record, const gchar *more)
{
  g_autofree gchar *shown = NULL;

  if (finds_service (record))
    return TRUE;
  shown = seedance_url_redact (record->base_url);
  tasks_complain ("This task was ordered from %s. If that is your service, set "
                  "SEEDANCE_BASE_URL to it%s",
      shown, more);

  return FALSE;
}

static void
add_state_dir (Lines *lines, const gchar *state_dir)
{
  g_autofree gchar *own = seedance_ledger_user_dir ();
  g_autofree gchar *dir = seedance_ledger_find_dir (state_dir);

  if (!g_str_equal (own, dir))
    add_property (lines, "state-dir", dir);
}

/* Returns why no command can be made of the entry, or NULL if one can. */
static const gchar *
why_not_launched (const SeedanceLedgerEntry *entry)
{
  const SeedanceRecord *record = entry->record;
  g_autoptr (SeedanceProvider) provider =
      record ? load_provider (record) : NULL;

  if (!record)
    return "its record cannot be read";
  if (!record->task_id || !*record->task_id)
    return "its task id is not known; if it was billed, the service's console "
           "knows it";
  if (!seedance_text_is_plain (record->task_id))
    return "its task id holds characters that are not to be shown";
  if (record->state == SEEDANCE_RECORD_FAILED)
    return "the service ended the task without a clip";
  if (!provider)
    return "its provider is not known here";
  if (!record->base_url || !seedance_url_check (record->base_url, TRUE, NULL))
    return "its base URL cannot be used";

  return NULL;
}

gchar *
tasks_launch_line (
    const gchar *dir, const SeedanceLedgerEntry *entry, const gchar **why)
{
  static const gchar *const rest[] = { "! decodebin name=decode",
    "playsink name=play", "video-sink=autovideosink",
    "audio-sink=autoaudiosink", "decode. ! play.video_sink",
    "decode. ! play.audio_sink" };
  Lines lines = { NULL };

  *why = why_not_launched (entry);
  if (!*why && !seedance_text_is_plain (dir))
    *why = "the name of the folder holds characters that are not to be shown";
  if (*why)
    return NULL;
  lines.text = g_string_new (NULL);
  add_word (&lines, "gst-launch-1.0 seedancesrc");
  add_property (&lines, "task-id", entry->record->task_id);
  add_property (&lines, "provider", entry->record->provider);
  add_state_dir (&lines, dir);
  for (guint i = 0; i < G_N_ELEMENTS (rest); i++)
    add_word (&lines, rest[i]);

  return g_string_free (lines.text, FALSE);
}
