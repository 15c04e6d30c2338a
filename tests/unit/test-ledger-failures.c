/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given the tasks of an order that ended without a clip, they are counted, and
 * nothing is touched that is not such a task's. */
#include "ledger-failures.h"
#include "ledger-folder.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define ORDER "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGITS "00112233445566778899aabbccddeeff"

static gchar *
path_in (Folder *folder, const gchar *file)
{
  return g_build_filename (folder->dir, file, NULL);
}

static void
put (Folder *folder, const gchar *file)
{
  g_autofree gchar *path = path_in (folder, file);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, "keep", -1, &error);
  g_assert_no_error (error);
}

static guint
count_files (Folder *folder, const gchar *name)
{
  g_autofree gchar *path = path_in (folder, name);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (dir && g_dir_read_name (dir))
    n++;

  return n;
}

static void
assert_count (Folder *folder, guint count)
{
  g_auto (SeedanceFailures) failures = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (
      seedance_ledger_get_failures (folder->dir, ORDER, &failures, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (failures.count, ==, count);
}

static void
test_each_task_counts_once (Folder *folder, gconstpointer data)
{
  g_auto (SeedanceFailures) failures = { 0 };

  assert_count (folder, 0);
  seedance_ledger_note_failure (folder->dir, ORDER, "one", "no\nfaces");
  seedance_ledger_note_failure (folder->dir, ORDER, "one", "no faces");
  g_assert_true (
      seedance_ledger_get_failures (folder->dir, ORDER, &failures, NULL));
  g_assert_cmpuint (failures.count, ==, 1);
  g_assert_cmpstr (failures.task_id, ==, "one");
  g_assert_cmpstr (failures.words, ==, "no\nfaces");
  seedance_ledger_note_failure (folder->dir, ORDER, "two", "no faces");
  assert_count (folder, 2);
  seedance_ledger_forget_failures (folder->dir, ORDER);
  assert_count (folder, 0);
  g_assert_false (folder_has (folder, ORDER ".failed"));
}

static void
test_other_files_are_left_alone (Folder *folder, gconstpointer data)
{
  seedance_ledger_note_failure (folder->dir, ORDER, "one", "no faces");
  put (folder, ORDER ".failed/notes-of-mine-with-32-characters");
  put (folder, ORDER ".failed/00112233445566778899AABBCCDDEEFF");
  put (folder, ORDER ".failed/0011223344556677-899aabbccddeeff");
  assert_count (folder, 1);
  seedance_ledger_forget_failures (folder->dir, ORDER);
  assert_count (folder, 0);
  g_assert_cmpuint (count_files (folder, ORDER ".failed"), ==, 3);
}

/* Nothing is read, written or removed, and the order is not bought blindly. */
static void
assert_untouched (Folder *folder, const gchar *where)
{
  g_auto (SeedanceFailures) failures = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (
      seedance_ledger_get_failures (folder->dir, ORDER, &failures, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, ORDER ".failed"));
  seedance_ledger_note_failure (folder->dir, ORDER, "one", "no faces");
  seedance_ledger_forget_failures (folder->dir, ORDER);
  g_assert_cmpuint (count_files (folder, where), ==, 1);
}

static void
test_a_link_is_not_followed (Folder *folder, gconstpointer data)
{
  g_autofree gchar *link = path_in (folder, ORDER ".failed");
  g_autofree gchar *other = path_in (folder, "other");

  g_assert_cmpint (g_mkdir (other, 0700), ==, 0);
  put (folder, "other/" DIGITS);
  g_assert_cmpint (symlink ("other", link), ==, 0);
  assert_untouched (folder, "other");
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
}

static void
test_a_folder_of_others_is_not_used (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = path_in (folder, ORDER ".failed");

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  put (folder, ORDER ".failed/" DIGITS);
  g_assert_cmpint (g_chmod (path, 0777), ==, 0);
  assert_untouched (folder, ORDER ".failed");
}

static void
test_a_file_is_no_folder (Folder *folder, gconstpointer data)
{
  g_auto (SeedanceFailures) failures = { 0 };
  g_autoptr (GError) error = NULL;

  put (folder, ORDER ".failed");
  g_assert_false (
      seedance_ledger_get_failures (folder->dir, ORDER, &failures, &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) folder_add ("/ledger/failures/" path, NULL, test_##name)
  ADD ("count", each_task_counts_once);
  ADD ("others", other_files_are_left_alone);
  ADD ("link", a_link_is_not_followed);
  ADD ("foreign", a_folder_of_others_is_not_used);
  ADD ("file", a_file_is_no_folder);
  return g_test_run ();
}
