/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given a ledger's name that is not a plain file of this user alone, nothing is
 * ordered. */
#define _GNU_SOURCE /* for renameat2() */

#include "ledger-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static gboolean has_links = TRUE, has_noreplace = TRUE;

/* Replace the functions of the C library. */
int
link (const char *from, const char *to)
{
  if (has_links)
    return (int) syscall (SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
  errno = EPERM;

  return -1;
}

int
renameat2 (int from_dir, const char *from, int to_dir, const char *to,
    unsigned int flags)
{
  if (has_noreplace || flags == 0)
    return (int) syscall (SYS_renameat2, from_dir, from, to_dir, to, flags);
  errno = EINVAL;

  return -1;
}

static void
place (Folder *folder, const gchar *expected)
{
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);
  g_autofree gchar *temporary = folder_path (folder, "new");
  g_autofree gchar *text = NULL;

  folder_write (folder, "new", "new", -1);
  g_assert_true (seedance_ledger_file_place (temporary, path, NULL));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

/* Another process was faster and may already have ordered, so its file
 * stays. */
static void
test_a_new_one_replaces_none (Folder *folder, gconstpointer data)
{
  const gchar *lacks = data;

  has_links = *lacks == '\0';
  has_noreplace = *lacks != '2';
  place (folder, "new");
  folder_write (folder, SEEDANCE_LEDGER_FILE, "rows", -1);
  place (folder, "rows");
  has_links = has_noreplace = TRUE;
}

static void
make_ledger (Folder *folder, gpointer data)
{
  seedance_record_free (
      folder_record (folder, "order", SEEDANCE_RECORD_AMBIGUOUS));
}

static void
test_a_folder_is_no_ledger (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  folder_assert_refused (folder);
}

static void
test_a_pipe_does_not_hang (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  folder_assert_refused (folder);
}

/* When the last process closed the database, the log was moved into it. */
static void
test_a_pipe_for_a_log_does_not_hang (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE "-wal");
  g_autoptr (GError) error = NULL;

  folder_run_child (folder, make_ledger, NULL);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_cmpint (
      folder_claim (folder, "order", &error), !=, SEEDANCE_CLAIM_ORDER);
  g_assert_cmpint (
      folder_claim (folder, "new", NULL), ==, SEEDANCE_CLAIM_ERROR);
}

static void
test_a_link_is_no_ledger (Folder *folder, gconstpointer target)
{
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);
  g_autofree gchar *elsewhere = folder_path (folder, "elsewhere");
  Folder other = { elsewhere };

  g_assert_cmpint (g_mkdir (elsewhere, 0700), ==, 0);
  folder_run_child (&other, make_ledger, NULL);
  g_assert_cmpint (symlink (target, path), ==, 0);
  folder_assert_refused (folder);
  g_assert_false (folder_has (folder, "nowhere"));
}

static void
test_what_others_may_write_is_no_ledger (Folder *folder, gconstpointer data)
{
  static const mode_t refused[] = { 0620, 0602, 0666, 0777 };
  static const mode_t fine[] = { 0600, 0640, 0644, 0700 };
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);

  folder_run_child (folder, make_ledger, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_assert_cmpint (g_chmod (path, refused[i]), ==, 0);
    folder_assert_refused (folder);
  }
  for (guint i = 0; i < G_N_ELEMENTS (fine); i++) {
    g_assert_cmpint (g_chmod (path, fine[i]), ==, 0);
    g_assert_cmpint (
        folder_claim (folder, "order", NULL), ==, SEEDANCE_CLAIM_DOUBT);
  }
}

static void
test_what_is_another_user_s_is_no_ledger (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);

  if (geteuid () != 0) {
    g_test_skip ("only root gives files away");
    return;
  }
  folder_run_child (folder, make_ledger, NULL);
  g_assert_cmpint (chown (path, 65534, 65534), ==, 0);
  folder_assert_refused (folder);
}

static void
fail_to_read (Folder *folder, gpointer data)
{
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);

  folder_run_child (folder, make_ledger, NULL);
  g_assert_cmpint (g_chmod (path, 0), ==, 0);
  folder_assert_refused (folder);
}

static void
test_an_unreadable_file_is_damage (Folder *folder, gconstpointer data)
{
  folder_run_unprivileged (folder, fail_to_read, NULL);
}

static void
fail_to_search (Folder *folder, gpointer data)
{
  folder_run_child (folder, make_ledger, NULL);
  g_assert_cmpint (g_chmod (folder->dir, 0), ==, 0);
  folder_assert_refused (folder);
}

static void
test_a_folder_that_hides_all_is_damage (Folder *folder, gconstpointer data)
{
  folder_run_unprivileged (folder, fail_to_search, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define PREFIX "/ledger/file/"
#define ADD(path, name) folder_add (PREFIX path, NULL, test_##name)
#define ADD_WITH(path, data, name) folder_add (PREFIX path, data, test_##name)
  ADD_WITH ("place/links", "", a_new_one_replaces_none);
  ADD_WITH ("place/no-links", "1", a_new_one_replaces_none);
  ADD_WITH ("place/no-links-no-replace", "2", a_new_one_replaces_none);
  ADD ("folder", a_folder_is_no_ledger);
  ADD ("pipe/ledger", a_pipe_does_not_hang);
  ADD ("pipe/log", a_pipe_for_a_log_does_not_hang);
  ADD_WITH ("link/nowhere", "nowhere", a_link_is_no_ledger);
  ADD_WITH ("link/itself", SEEDANCE_LEDGER_FILE, a_link_is_no_ledger);
  ADD_WITH ("link/ledger", "elsewhere/ledger.db", a_link_is_no_ledger);
  ADD ("writable", what_others_may_write_is_no_ledger);
  ADD ("owner", what_is_another_user_s_is_no_ledger);
  ADD ("unreadable", an_unreadable_file_is_damage);
  ADD ("unsearchable", a_folder_that_hides_all_is_damage);
  return g_test_run ();
}
