/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given any environment, the state folder does not depend on the working
 * directory, and it belongs to the user alone. */
#include "ledger-dir.h"
#include "ledger-folder.h"
#include "ledger-list.h"
#include "order.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  const gchar *name;
  /* values of SEEDANCE_STATE_DIR, XDG_STATE_HOME and HOME; NULL: not set */
  const gchar *own, *xdg, *home;
  /* NULL: below the home folder of the user database */
  const gchar *place;
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

/* Runs in a process of its own, because GLib reads the variables only once. */
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

/* "link/.." is the parent of the link's target, not the folder that has the
 * link. */
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

static void
assert_folder_refused (Folder *folder, const gchar *words)
{
  g_autoptr (GError) error = NULL, second = NULL;
  g_autoptr (GPtrArray) list = NULL;

  g_assert_false (seedance_ledger_prepare (folder->dir, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_nonnull (strstr (error->message, folder->dir));
  g_assert_nonnull (strstr (error->message, "Nothing was ordered"));
  list = seedance_ledger_list (folder->dir, &second);
  g_assert_null (list);
  g_assert_error (second, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
}

static void
test_a_folder_that_others_write_is_refused (Folder *folder, gconstpointer data)
{
  static const mode_t refused[] = { 0770, 0775, 0720, 0702, 0777, 01777 };
  static const mode_t fine[] = { 0700, 0755, 0750, 0711 };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_assert_cmpint (g_chmod (folder->dir, refused[i]), ==, 0);
    assert_folder_refused (folder, "can be written by other users");
  }
  for (guint i = 0; i < G_N_ELEMENTS (fine); i++) {
    g_assert_cmpint (g_chmod (folder->dir, fine[i]), ==, 0);
    g_assert_true (seedance_ledger_prepare (folder->dir, &error));
    g_assert_no_error (error);
  }
}

static void
test_a_folder_of_another_user_is_refused (Folder *folder, gconstpointer data)
{
  if (geteuid () != 0) {
    Folder other = { .dir = (gchar *) "/" };

    assert_folder_refused (&other, "belongs to another user");
    return;
  }
  g_assert_cmpint (chown (folder->dir, 65534, 65534), ==, 0);
  assert_folder_refused (folder, "belongs to another user");
}

/* The folder that the link leads to is what counts: a home folder may be a
 * link. */
static void
test_a_link_to_a_folder_is_as_good_as_that (Folder *folder, gconstpointer data)
{
  g_autofree gchar *real = g_build_filename (folder->dir, "real", NULL);
  g_autofree gchar *name = g_build_filename (folder->dir, "link", NULL);
  g_autoptr (GError) error = NULL;
  Folder linked = { .dir = name };

  g_assert_cmpint (g_mkdir (real, 0700), ==, 0);
  g_assert_cmpint (symlink ("real", name), ==, 0);
  g_assert_true (seedance_ledger_prepare (name, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_chmod (real, 0777), ==, 0);
  assert_folder_refused (&linked, "can be written by other users");
}

static void
assert_claim_refused (Folder *folder, const gchar *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (
      folder_claim (folder, "new", &error), ==, SEEDANCE_CLAIM_ERROR);
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED);
  g_assert_nonnull (strstr (error->message, folder->dir));
  g_assert_nonnull (strstr (error->message, words));
  g_assert_nonnull (strstr (error->message, "Nothing was ordered"));
}

/* JSON records of a release before the database may stand for paid tasks, so
 * they stop all orders. */
static void
test_old_records_are_not_passed_over (Folder *folder, gconstpointer data)
{
  g_autofree gchar *digits = g_strnfill (64, 'a');
  g_autofree gchar *nonce = g_strnfill (32, '7');
  g_autofree gchar *plain = g_strconcat (digits, ".json", NULL);
  g_autofree gchar *next = g_strconcat (digits, ".", nonce, ".json", NULL);
  const gchar *const files[] = { plain, next };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *path = folder_path (folder, files[i]);
    g_autoptr (GError) error = NULL, second = NULL;

    folder_write (folder, files[i], "{}", -1);
    assert_claim_refused (folder, files[i]);
    assert_claim_refused (folder, "task-id");
    g_assert_false (seedance_ledger_prepare (folder->dir, &error));
    g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED);
    g_assert_null (seedance_ledger_list (folder->dir, &second));
    g_assert_error (second, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED);
    g_assert_cmpuint (folder_count (folder), ==, 1);
    g_assert_false (folder_has (folder, SEEDANCE_LEDGER_FILE));
    g_assert_cmpint (g_unlink (path), ==, 0);
  }
}

/* Other JSON files in the folder are ignored. */
static void
test_other_json_is_passed_over (Folder *folder, gconstpointer data)
{
  g_autofree gchar *digits = g_strnfill (64, 'a');
  g_autofree gchar *backup = g_strconcat (digits, ".json~", NULL);
  g_autofree gchar *capital = g_strnfill (64, 'A');
  g_autofree gchar *other = g_strconcat (capital, ".json", NULL);

  folder_write (folder, "package.json", "{}", -1);
  folder_write (folder, backup, "{}", -1);
  folder_write (folder, other, "{}", -1);
  g_assert_cmpint (
      folder_claim (folder, "new", NULL), ==, SEEDANCE_CLAIM_ORDER);
}

static void
add_places (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree gchar *path =
        g_strconcat ("/ledger/place/", places[i].name, NULL);

    folder_add (path, &places[i], test_a_place);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_places ();
#define ADD(path, name) folder_add ("/ledger/" path, NULL, test_##name)
  ADD ("place/run", a_run_keeps_its_folder);
  ADD ("place/link", a_link_leads_where_it_leads);
  ADD ("folder/writable", a_folder_that_others_write_is_refused);
  ADD ("folder/owner", a_folder_of_another_user_is_refused);
  ADD ("folder/link", a_link_to_a_folder_is_as_good_as_that);
  ADD ("folder/old", old_records_are_not_passed_over);
  ADD ("folder/other-json", other_json_is_passed_over);
  return g_test_run ();
}
