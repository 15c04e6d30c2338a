/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given a disk that is slow or fails at one call, and a process that has no
 * descriptor left, the spool loses no clip. */
#define _GNU_SOURCE
#include "io.h"
#include "ledger-folder.h"
#include "spool-kit.h"
#include "spool-private.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#define REAL(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

/* What happens while the part file is cut; NULL = nothing. Atomic. */
static void (*meanwhile) (SeedanceSpool *spool);
static SeedanceSpool *being_cut;

int
ftruncate (int fd, off_t size)
{
  void (*func) (SeedanceSpool * spool) = g_atomic_pointer_get (&meanwhile);

  if (func && fd == being_cut->fd) {
    g_atomic_pointer_set (&meanwhile, NULL);
    func (being_cut);
  }

  return REAL (ftruncate) (fd, size);
}

/* The disk reads nothing. */
static gboolean disk_is_broken;

ssize_t
pread (int fd, void *data, size_t size, off_t offset)
{
  if (!disk_is_broken)
    return REAL (pread) (fd, data, size, offset);
  errno = EIO;

  return -1;
}

/* The folder is on a share: NFS refuses to lock what is open for reading alone,
 * and a share may refuse all locks. */
static gboolean folder_is_shared, share_has_no_locks;
static guint locks; /* how often one was asked for */

int
flock (int fd, int operation)
{
  locks++;
  if (share_has_no_locks)
    errno = ENOLCK;
  else if (folder_is_shared && (fcntl (fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
    errno = EBADF;
  else
    return REAL (flock) (fd, operation);

  return -1;
}

static void
clear (SeedanceSpool *spool)
{
  g_mutex_lock (&spool_lock);
  seedance_spool_clear_locked (spool);
  g_mutex_unlock (&spool_lock);
}

static void
clear_and_store (SeedanceSpool *spool)
{
  clear (spool);
  spool_store (spool, 0, 1000);
}

static void
assert_file (Folder *folder, gsize size)
{
  g_autofree gchar *path = spool_clip_path (folder);
  g_autofree gchar *bytes = NULL;
  gsize there;

  g_assert_true (g_file_get_contents (path, &bytes, &there, NULL));
  g_assert_cmpuint (there, ==, size);
  for (gsize i = 0; i < size; i++)
    g_assert_cmpuint ((guint8) bytes[i], ==, spool_byte_at (i));
}

/* A download starts over, and once more while the file of the first clip is
 * being cut. The bytes of the last clip are written behind the last cut. */
static void
test_two_clears_cut_no_byte_that_follows (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = spool_create (folder);

  spool_store (spool, 0, 1000);
  g_assert_true (seedance_io_drain (G_MAXINT64));
  being_cut = spool;
  g_atomic_pointer_set (&meanwhile, clear_and_store);
  clear (spool);
  spool_store (spool, 0, 500);
  g_assert_true (seedance_io_drain (G_MAXINT64));
  g_assert_null (g_atomic_pointer_get (&meanwhile));
  spool_store (spool, 1000, 1000);
  spool_assert_commits (spool);
  spool_free (folder, spool);
  assert_file (folder, 2000);
}

/* Limits the descriptors so that @n more can be opened; -1 lifts the limit. */
static void
leave_descriptors (gint n)
{
  struct rlimit limit;
  int fd = 0;

  for (gint spare = 0; spare <= n; fd++)
    spare += fcntl (fd, F_GETFD) < 0;
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = n < 0 ? limit.rlim_max : (rlim_t) (fd - 1);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

static void
assert_no_clip (const gchar *path, gint64 size, int expected)
{
  int fault = -1;

  g_assert_null (
      seedance_spool_open (path, size, &fault, &spool_lock, &spool_cond));
  g_assert_cmpint (fault, ==, expected);
}

/* A clip that cannot be opened now is told from one that is not there. */
static void
test_a_clip_that_cannot_be_opened_is_not_missing (
    Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = spool_clip_path (folder);
  g_autofree gchar *other = g_build_filename (folder->dir, "other.mp4", NULL);
  SeedanceSpool *spool = spool_create (folder);
  int fault = -1;

  spool_store (spool, 0, 100);
  spool_assert_commits (spool);
  spool_free (folder, spool);
  leave_descriptors (0);
  assert_no_clip (path, -1, EMFILE);
  assert_no_clip (path, 100, EMFILE);
  assert_no_clip (path, 99, 0);
  assert_no_clip (other, -1, 0);
  assert_no_clip (folder->dir, -1, 0);
  leave_descriptors (-1);
  spool = seedance_spool_open (path, 100, &fault, &spool_lock, &spool_cond);
  g_assert_cmpint (fault, ==, 0);
  spool_assert_loads (spool, 0, 100);
  spool_free (folder, spool);
}

static SeedanceSpool *
resume (Folder *folder)
{
  g_autofree gchar *path = spool_clip_path (folder);
  g_autoptr (SeedanceIo) io = seedance_io_open (folder->dir, NULL);

  return seedance_spool_resume (io, path, &spool_lock, &spool_cond, NULL);
}

static void
leave_part (Folder *folder)
{
  SeedanceSpool *spool = resume (folder);

  spool_store (spool, 0, 1000);
  spool_free (folder, spool);
}

/* Asserts what is known of the part file of the clip. */
static void
assert_part (Folder *folder, gboolean may_be_in_use, gboolean may_be_there)
{
  g_autofree gchar *path = spool_clip_path (folder);

  g_assert_cmpint (seedance_spool_may_be_in_use (path), ==, may_be_in_use);
  g_assert_cmpint (seedance_spool_may_have_part (path), ==, may_be_there);
}

/* In doubt a part is in use, so that it is not deleted, and is there. */
static void
test_a_part_that_cannot_be_opened_is_not_missing (
    Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool;

  leave_descriptors (0);
  assert_part (folder, FALSE, FALSE);
  leave_descriptors (-1);
  leave_part (folder);
  assert_part (folder, FALSE, TRUE);
  spool = resume (folder);
  assert_part (folder, TRUE, TRUE);
  leave_descriptors (0);
  assert_part (folder, TRUE, TRUE);
  leave_descriptors (-1);
  spool_free (folder, spool);
}

static void
test_a_part_on_a_share_is_seen_in_use (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool;

  folder_is_shared = TRUE;
  leave_part (folder);
  assert_part (folder, FALSE, TRUE);
  spool = resume (folder);
  assert_part (folder, TRUE, TRUE);
  share_has_no_locks = TRUE;
  assert_part (folder, TRUE, TRUE);
  share_has_no_locks = folder_is_shared = FALSE;
  spool_free (folder, spool);
}

/* A lock that is held for a moment only would keep a run from the part that it
 * could continue. */
static void
test_a_part_is_seen_without_a_lock (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = spool_clip_path (folder);

  leave_part (folder);
  locks = 0;
  g_assert_true (seedance_spool_may_have_part (path));
  g_assert_cmpuint (locks, ==, 0);
}

static void
assert_part_is_whole (Folder *folder)
{
  SeedanceSpool *spool = resume (folder);

  g_assert_cmpuint (spool_available (spool, 0), ==, 1000);
  spool_assert_loads (spool, 0, 1000);
  spool_free (folder, spool);
}

/* Nobody knows then which of its bytes are right. */
static void
test_a_part_that_cannot_be_read_is_left_alone (
    Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool;

  leave_part (folder);
  disk_is_broken = TRUE;
  spool = resume (folder);
  disk_is_broken = FALSE;
  g_assert_cmpuint (spool_available (spool, 0), ==, 0);
  spool_free (folder, spool);
  assert_part_is_whole (folder);
}

static void
test_a_part_whose_map_cannot_be_opened_is_left_alone (
    Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool;

  leave_part (folder);
  leave_descriptors (1);
  spool = resume (folder);
  leave_descriptors (-1);
  g_assert_cmpuint (spool_available (spool, 0), ==, 0);
  spool_free (folder, spool);
  assert_part_is_whole (folder);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) folder_add ("/spool-faults/" path, NULL, test_##name)
  ADD ("two-clears", two_clears_cut_no_byte_that_follows);
  ADD ("clip", a_clip_that_cannot_be_opened_is_not_missing);
  ADD ("part", a_part_that_cannot_be_opened_is_not_missing);
  ADD ("part-shared", a_part_on_a_share_is_seen_in_use);
  ADD ("part-seen", a_part_is_seen_without_a_lock);
  ADD ("part-read", a_part_that_cannot_be_read_is_left_alone);
  ADD ("part-map", a_part_whose_map_cannot_be_opened_is_left_alone);
  result = g_test_run ();
  seedance_io_finish (G_MAXINT64);
  return result;
}
