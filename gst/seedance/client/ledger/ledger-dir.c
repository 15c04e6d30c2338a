/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the state folder from the setting, the environment and XDG's rules. */

#include "ledger-dir.h"

#include <pwd.h>
#include <unistd.h>

/* The home folder from the user database, for when HOME does not name one. */
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

/* A relative path would name another folder in every working directory, and
 * paid clips would be bought again. By XDG's specification a relative
 * XDG_STATE_HOME is to be ignored. GLib accepts it, and an empty HOME as well,
 * so both are checked here. */
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

/* The path is made absolute but not simplified: ".." after a symbolic link
 * means the parent of the link's target, which the text of the path does not
 * show. */
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
