/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the ledger's folder holds while a player is at it. */

#include "money.h"

#include <cjson/cJSON.h>
#include <sys/inotify.h>
#include <unistd.h>

/* The state of the record in the file, NULL for what is none: g_free(). */
static gchar *
read_state (const gchar *dir, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (dir, name, NULL);
  g_autofree gchar *text = NULL;
  cJSON *json;
  gchar *state;

  if (*name == '.' || !g_str_has_suffix (name, ".json") ||
      !g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  json = cJSON_Parse (text);
  state = g_strdup (
      cJSON_GetStringValue (cJSON_GetObjectItemCaseSensitive (json, "state")));
  cJSON_Delete (json);

  return state;
}

static gboolean
is_record_in (const gchar *dir, const gchar *state)
{
  g_auto (GStrv) names = test_home_list_state ();
  gboolean any = FALSE;

  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *its_state = read_state (dir, names[i]);

    if (state && g_strcmp0 (its_state, state) == 0)
      return TRUE;
    any |= its_state != NULL;
  }

  return !state && !any;
}

void
money_wait_record (const gchar *state)
{
  g_autofree gchar *dir = test_home_state_dir ();
  gint fd = inotify_init1 (IN_CLOEXEC);
  gchar events[4096];

  g_mkdir_with_parents (dir, 0700);
  fail_unless (
      inotify_add_watch (fd, dir, IN_CREATE | IN_MOVED_TO | IN_DELETE) >= 0);
  while (!is_record_in (dir, state))
    fail_unless (read (fd, events, sizeof events) > 0);
  close (fd);
}

gchar *
money_get_record (void)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_auto (GStrv) names = test_home_list_state ();

  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *state = read_state (dir, names[i]);

    if (state)
      return g_build_filename (dir, names[i], NULL);
  }
  fail ("there is no record");

  return NULL;
}
