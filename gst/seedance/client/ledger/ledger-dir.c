/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ledger-dir.h"

#include <pwd.h>
#include <unistd.h>

/* The user's home, where HOME does not tell it. */
static gchar *
read_home (void)
{
  struct passwd entry, *found = NULL;
  gchar words[4096];

  if (getpwuid_r (getuid (), &entry, words, sizeof words, &found) != 0 ||
      !found || !found->pw_dir || !g_path_is_absolute (found->pw_dir))
    return g_strdup ("/");

  return g_strdup (found->pw_dir);
}

/* A relative path would be another folder for every working directory, and what
 * was paid for would be bought again. XDG's specification has a relative
 * XDG_STATE_HOME ignored; GLib does not, nor an empty HOME. */
gchar *
seedance_ledger_user_dir (void)
{
  const gchar *state = g_get_user_state_dir ();
  const gchar *home = g_getenv ("HOME");
  g_autofree gchar *found = NULL;

  if (g_path_is_absolute (state))
    return g_build_filename (state, "gst-seedance", NULL);
  found = home && g_path_is_absolute (home) ? g_strdup (home) : read_home ();

  return g_build_filename (found, ".local", "state", "gst-seedance", NULL);
}

/* A ".." behind a link leads out of what the link leads to, which no text tells:
 * the path stays as it is but for its beginning. */
gchar *
seedance_ledger_find_dir (const gchar *state_dir)
{
  const gchar *dir =
      state_dir && *state_dir ? state_dir : g_getenv ("SEEDANCE_STATE_DIR");
  g_autofree gchar *here = NULL;

  if (!dir || !*dir)
    return seedance_ledger_user_dir ();
  if (g_path_is_absolute (dir))
    return g_strdup (dir);
  here = g_get_current_dir ();

  return g_build_filename (here, dir, NULL);
}
