/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "ledger-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534
#define SKIPPED 77

/* --- files -------------------------------------------------------------- */

static int
remove_entry (
    const char *path, const struct stat *info, int type, struct FTW *f)
{
  return remove (path);
}

static void
set_up (Folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  folder->dir = g_dir_make_tmp ("seedance-ledger-XXXXXX", &error);
  g_assert_no_error (error);
}

static void
tear_down (Folder *folder, gconstpointer data)
{
  g_chmod (folder->dir, 0700);
  nftw (folder->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  g_free (folder->dir);
}

void
folder_add (const gchar *path, gconstpointer data,
    void (*test) (Folder *folder, gconstpointer data))
{
  g_test_add (path, Folder, data, set_up, test, tear_down);
}

void
folder_write (Folder *folder, const gchar *name, const gchar *text, gssize size)
{
  g_autofree gchar *path = seedance_ledger_path (folder->dir, name);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, size, &error);
  g_assert_no_error (error);
}

gchar *
folder_read (Folder *folder, const gchar *name)
{
  g_autofree gchar *path = seedance_ledger_path (folder->dir, name);
  gchar *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

gboolean
folder_has (Folder *folder, const gchar *file)
{
  g_autofree gchar *path = g_build_filename (folder->dir, file, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

guint
folder_count (Folder *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder->dir, 0, NULL);
  guint count = 0;

  while (dir && g_dir_read_name (dir))
    count++;
  return count;
}

/* --- records ------------------------------------------------------------ */

SeedanceRecord *
folder_record (Folder *folder, const gchar *name, SeedanceRecordState state)
{
  SeedanceRecord *record =
      seedance_record_new ("seeddance", "https://api.example", "a boat");
  g_autoptr (GError) error = NULL;
  gboolean exists;

  record->state = state;
  if (state >= SEEDANCE_RECORD_SUBMITTED)
    record->task_id = g_strconcat ("task-of-", name, NULL);
  seedance_ledger_create (folder->dir, name, record, &exists, &error);
  g_assert_no_error (error);
  g_assert_false (exists);
  return record;
}

SeedanceRecord *
folder_load (Folder *folder, const gchar *name, GError **error)
{
  g_autofree gchar *found = g_strdup (name);

  return seedance_ledger_load (folder->dir, &found, error);
}

/* --- children ----------------------------------------------------------- */

typedef gboolean (*PrepareFunc) (Folder *folder);

static void
run_child (Folder *folder, PrepareFunc prepare, ChildFunc func, gpointer data)
{
  pid_t pid = fork ();
  int status;

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    if (prepare && !prepare (folder))
      _exit (SKIPPED);
    func (folder, data);
    _exit (0);
  }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  if (WIFEXITED (status) && WEXITSTATUS (status) == SKIPPED)
    g_test_skip ("not allowed here");
  else
    g_assert_cmpint (status, ==, 0);
}

void
folder_run_child (Folder *folder, ChildFunc func, gpointer data)
{
  run_child (folder, NULL, func, data);
}

static gboolean
drop_privileges (Folder *folder)
{
  if (geteuid () != 0)
    return TRUE;
  return setgroups (0, NULL) == 0 && setgid (NOBODY) == 0 &&
         setuid (NOBODY) == 0;
}

void
folder_run_unprivileged (Folder *folder, ChildFunc func, gpointer data)
{
  if (geteuid () == 0)
    g_assert_cmpint (chown (folder->dir, NOBODY, NOBODY), ==, 0);
  run_child (folder, drop_privileges, func, data);
}

static void
write_proc (const gchar *path, const gchar *text)
{
  int fd = g_open (path, O_WRONLY | O_CLOEXEC, 0);

  if (fd < 0)
    return;
  if (write (fd, text, strlen (text)) < 0)
    g_test_message ("%s: %s", path, g_strerror (errno));
  close (fd);
}

/* A user without privileges may mount in a namespace of its own. */
static gboolean
enter_namespace (void)
{
  g_autofree gchar *users = g_strdup_printf ("0 %d 1", (int) geteuid ());
  g_autofree gchar *groups = g_strdup_printf ("0 %d 1", (int) getegid ());

  if (unshare (CLONE_NEWNS) == 0)
    return TRUE;
  if (unshare (CLONE_NEWUSER | CLONE_NEWNS) != 0)
    return FALSE;
  write_proc ("/proc/self/uid_map", users);
  write_proc ("/proc/self/setgroups", "deny");
  write_proc ("/proc/self/gid_map", groups);
  return TRUE;
}

static gboolean
mount_small_disk (Folder *folder)
{
  return enter_namespace () &&
         mount ("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 &&
         mount ("tmpfs", folder->dir, "tmpfs", 0, "size=64k") == 0;
}

void
folder_run_on_small_disk (Folder *folder, ChildFunc func, gpointer data)
{
  run_child (folder, mount_small_disk, func, data);
}

void
folder_fill (Folder *folder, gboolean full)
{
  static const gchar block[512];
  g_autofree gchar *path = g_build_filename (folder->dir, "filler", NULL);
  int fd;

  if (!full) {
    g_assert_cmpint (g_unlink (path), ==, 0);
    return;
  }
  fd = g_open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  while (write (fd, block, sizeof block) > 0)
    ;
  g_assert_cmpint (errno, ==, ENOSPC);
  close (fd);
}
