/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given any environment, the state folder is one and the same wherever the
 * process goes: what was paid for is not looked for elsewhere. */
#include "ledger-folder.h"
#include "ledger-list.h"
#include "order.h"

#include <glib/gstdio.h>
#include <unistd.h>

typedef struct {
  const gchar *name;
  const gchar *own, *xdg, *home; /* the variables; NULL = not set */
  const gchar *place;            /* NULL = in the home of the user's entry */
} Place;

static const Place places[] = {
  { "own", "/own", "/xdg", "/home/me", "/own" },
  { "own-empty", "", "/xdg", "/home/me", "/xdg/gst-seedance" },
  { "xdg", NULL, "/xdg", "/home/me", "/xdg/gst-seedance" },
  { "xdg-relative", NULL, "xdg", "/home/me",
      "/home/me/.local/state/gst-seedance" },
  { "xdg-dot", NULL, "./xdg", "/home/me",
      "/home/me/.local/state/gst-seedance" },
  { "xdg-empty", NULL, "", "/home/me", "/home/me/.local/state/gst-seedance" },
  { "home", NULL, NULL, "/home/me", "/home/me/.local/state/gst-seedance" },
  { "home-empty", NULL, NULL, "", NULL },
  { "home-relative", NULL, NULL, "me", NULL },
  { "all-relative", NULL, "xdg", "me", NULL },
};

static void
set_variable (const gchar *name, const gchar *value)
{
  if (value)
    g_setenv (name, value, TRUE);
  else
    g_unsetenv (name);
}

/* In a process of its own, because GLib looks once. */
static void
look (Folder *folder, gpointer data)
{
  const Place *place = data;
  g_autofree gchar *found = NULL, *again = NULL;

  set_variable ("SEEDANCE_STATE_DIR", place->own);
  set_variable ("XDG_STATE_HOME", place->xdg);
  set_variable ("HOME", place->home);
  g_assert_cmpint (chdir (folder->dir), ==, 0);
  found = seedance_ledger_find_dir (NULL);
  g_assert_cmpint (chdir ("/"), ==, 0);
  again = seedance_ledger_find_dir ("");
  g_assert_cmpstr (again, ==, found);
  if (place->place)
    g_assert_cmpstr (found, ==, place->place);
  g_assert_true (g_path_is_absolute (found));
  g_assert_false (g_str_has_prefix (found, folder->dir));
  g_assert_cmpint (access (folder->dir, W_OK), ==, 0);
}

static void
test_a_place (Folder *folder, gconstpointer data)
{
  folder_run_child (folder, look, (gpointer) data);
}

static SeedanceOrder *
prepare (const gchar *state_dir)
{
  SeedanceOrder *order = seedance_order_new ();
  g_autoptr (GError) error = NULL;

  order->request->prompt = g_strdup ("a boat");
  order->base_url = g_strdup ("https://api.example");
  order->key = g_strdup ("sk-0123456789abcdef");
  order->state_dir = g_strdup (state_dir);
  g_assert_true (seedance_order_prepare (order, &error));
  g_assert_no_error (error);

  return order;
}

static void
go_elsewhere (Folder *folder, gpointer data)
{
  g_autofree gchar *expected = NULL, *real = NULL;
  g_autoptr (SeedanceOrder) named = NULL, set = NULL;

  g_assert_cmpint (chdir (folder->dir), ==, 0);
  real = g_get_current_dir ();
  expected = g_build_filename (real, "state", NULL);
  named = prepare ("state");
  g_setenv ("SEEDANCE_STATE_DIR", "state", TRUE);
  set = prepare (NULL);
  g_assert_cmpint (chdir ("/"), ==, 0);
  g_assert_cmpstr (named->state_dir, ==, expected);
  g_assert_cmpstr (set->state_dir, ==, expected);
}

static void
test_a_run_keeps_its_folder (Folder *folder, gconstpointer data)
{
  folder_run_child (folder, go_elsewhere, NULL);
}

/* In link/.. the state folder is another one than where the link stands. */
static void
follow_a_link (Folder *folder, gpointer data)
{
  g_autofree gchar *inner = g_build_filename (folder->dir, "a", "b", NULL);
  g_autofree gchar *link = g_build_filename (folder->dir, "link", NULL);
  g_autofree gchar *path = g_build_filename (link, "..", "state", NULL);
  g_autofree gchar *meant = g_build_filename (folder->dir, "a", "state", NULL);
  g_autofree gchar *absolute = NULL, *relative = NULL;

  g_assert_cmpint (g_mkdir_with_parents (inner, 0700), ==, 0);
  g_assert_cmpint (symlink (inner, link), ==, 0);
  g_assert_cmpint (chdir (folder->dir), ==, 0);
  absolute = seedance_ledger_find_dir (path);
  relative = seedance_ledger_find_dir ("link/../state");
  g_assert_cmpint (chdir ("/"), ==, 0);
  g_assert_cmpstr (absolute, ==, path);
  g_assert_cmpint (g_mkdir (relative, 0700), ==, 0);
  g_assert_true (g_file_test (meant, G_FILE_TEST_IS_DIR));
}

static void
test_a_link_leads_where_it_leads (Folder *folder, gconstpointer data)
{
  folder_run_child (folder, follow_a_link, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree gchar *path =
        g_strconcat ("/ledger/place/", places[i].name, NULL);

    folder_add (path, &places[i], test_a_place);
  }
  folder_add ("/ledger/place/run", NULL, test_a_run_keeps_its_folder);
  folder_add ("/ledger/place/link", NULL, test_a_link_leads_where_it_leads);
  return g_test_run ();
}
