/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given a disk that is slow or fails at one call, and a process that has no
 * descriptor left, the spool loses no clip. */
#define _GNU_SOURCE
#include "io.h"
#include "ledger-folder.h"
#include "spool-kit.h"
#include "spool-private.h"

#include <dlfcn.h>
#include <glib/gstdio.h>
#include <string.h>
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

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) folder_add ("/spool-faults/" path, NULL, test_##name)
  ADD ("two-clears", two_clears_cut_no_byte_that_follows);
  result = g_test_run ();
  seedance_io_finish (G_MAXINT64);
  return result;
}
