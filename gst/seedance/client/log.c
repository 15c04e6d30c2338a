/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Formats the lines of the log, hides what is secret in them, and hands them to
 * the hook that log.h describes. */

#include "log.h"

#include <string.h>

#include "text.h"

/* In characters: the longest line and the longest body of the log; the base64
 * that is shortened, and how much of it is shown. */
#define LINE_MAX_LENGTH 1000
#define BODY_MAX_LENGTH 4000
#define RUN_MAX_LENGTH 200
#define RUN_SHOWN 16

/* In bytes: how much of a body is processed. Far less of it is shown. */
#define BODY_LOOK (64 * 1024)

static const SeedanceLogHook *hook;

void
seedance_log_set_hook (const SeedanceLogHook *new_hook)
{
  g_atomic_pointer_set (&hook, new_hook);
}

static const SeedanceLogHook *
get_hook (void)
{
  return g_atomic_pointer_get (&hook);
}

gboolean
seedance_log_wants (SeedanceLogLevel level)
{
  const SeedanceLogHook *its = get_hook ();

  return its && its->wants (level);
}

static void
write_line (SeedanceLogLevel level, const gchar *file, const gchar *function,
    gint line, const gchar *text, guint max, const gchar *secret)
{
  const SeedanceLogHook *its = get_hook ();
  g_autofree gchar *clean = seedance_text_clean (text, -1, max, secret);

  if (its)
    its->write (level, file, function, line, clean);
}

void
seedance_log_line (SeedanceLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *secret, const gchar *format,
    ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  write_line (level, file, function, line, text, LINE_MAX_LENGTH, secret);
}

/* Undoes the escapes by which JSON may hide that a text is a URL: the query of
 * a URL that is not recognized would not be hidden. JSON in a string of JSON is
 * escaped twice, so this runs more than once. */
static gchar *
unescape (const gchar *text)
{
  static const gchar *ways[][2] = { { "\\\\", "\\" }, { "\\/", "/" },
    { "\\u002f", "/" }, { "\\u002F", "/" }, { "\\u003a", ":" },
    { "\\u003A", ":" }, { "\\u003f", "?" }, { "\\u003F", "?" },
    { "\\u0026", "&" }, { "\\u003d", "=" }, { "\\u003D", "=" },
    { "\\u0040", "@" } };
  GString *plain = g_string_new (text);

  for (guint depth = 0; depth < 3; depth++) {
    for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
      g_string_replace (plain, ways[i][0], ways[i][1], 0);
  }

  return g_string_free (plain, FALSE);
}

static gboolean
is_of_run (gchar c)
{
  return g_ascii_isalnum (c) || (c && strchr ("+/=_-", c));
}

/* Shortens long base64, such as inline pictures, which nobody reads. The caller
 * hides the secret first, because the start of a shortened run could show a
 * part of it that cannot be recognized. */
static gchar *
shorten_runs (const gchar *text)
{
  GString *shorter = g_string_new (NULL);

  while (*text) {
    gsize run = 0;

    while (is_of_run (text[run]))
      run++;
    if (run > RUN_MAX_LENGTH) {
      g_string_append_len (shorter, text, RUN_SHOWN);
      g_string_append_printf (
          shorter, "[%" G_GSIZE_FORMAT " more]", run - RUN_SHOWN);
      text += run;
    } else {
      g_string_append_len (shorter, text, (gssize) MAX (run, 1));
      text += MAX (run, 1);
    }
  }

  return g_string_free (shorter, FALSE);
}

void
seedance_log_body (SeedanceLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *secret, const gchar *whose,
    const gchar *body, gsize size)
{
  g_autofree gchar *raw = NULL, *plain = NULL, *hidden = NULL;
  g_autofree gchar *shorter = NULL, *text = NULL;

  if (!seedance_log_wants (level))
    return;
  raw = g_strndup (body ? body : "", MIN (size, BODY_LOOK));
  plain = unescape (raw);
  hidden = seedance_text_hide (plain, secret);
  shorter = shorten_runs (hidden);
  text = g_strdup_printf (
      "%s: %" G_GSIZE_FORMAT " bytes: %s", whose, size, shorter);
  write_line (level, file, function, line, text, BODY_MAX_LENGTH, secret);
}
