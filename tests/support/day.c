/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs of seedanceplayout that play a day's rundown. */
#include "day.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "home.h"

void
test_day_put (const gchar *name, gint flags, const gchar *text)
{
  g_autofree gchar *path = test_home_path (name);
  int fd = g_open (path, O_WRONLY | O_CREAT | flags, 0600);

  fail_unless (fd >= 0);
  fail_unless (write (fd, text, strlen (text)) == (gssize) strlen (text));
  close (fd);
}

void
test_day_append (const gchar *text)
{
  test_day_put ("day.jsonl", O_APPEND, text);
}

gchar *
test_day_make_line (const gchar *properties)
{
  g_autofree gchar *rundown = test_home_path ("day.jsonl");
  g_autofree gchar *log = test_home_path ("as-run.jsonl");

  return g_strdup_printf (
      PLAYOUT "rundown=%s as-run=%s %s" OUTPUT, rundown, log, properties);
}

TestRun *
test_day_new_run (const gchar *properties)
{
  g_autofree gchar *line = test_day_make_line (properties);

  return test_run_new ("%s", line);
}

guint
test_day_count_logged (const gchar *id, const gchar *reason)
{
  g_autofree gchar *path = test_home_path ("as-run.jsonl");
  g_autofree gchar *text = NULL;
  g_autofree gchar *its_id = g_strdup_printf ("{\"id\":\"%s\",", id);
  g_autofree gchar *its_reason = g_strdup_printf ("\"reason\":\"%s\"", reason);
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  lines = g_strsplit (text, "\n", -1);
  for (gchar **line = lines; *line; line++)
    n += g_str_has_prefix (*line, its_id) && strstr (*line, its_reason);

  return n;
}
