/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given bytes in any order and a disk that may be full, a spool knows exactly
 * what it holds. */
#include "ledger-folder.h"
#include "spool.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLIP_SIZE 4096

static GMutex lock;
static GCond cond;

static gchar *
clip_path (Folder *folder)
{
  return g_build_filename (folder->dir, "clip.mp4", NULL);
}

static SeedanceSpool *
create (Folder *folder)
{
  g_autofree gchar *path = clip_path (folder);
  g_autoptr (GError) error = NULL;
  SeedanceSpool *spool = seedance_spool_create (path, &lock, &cond, &error);

  g_assert_no_error (error);
  return spool;
}

static guint8
byte_at (guint64 offset)
{
  return (guint8) (offset * 7 + offset / 256);
}

static SeedanceBlock *
make_block (guint64 offset, gsize size)
{
  SeedanceBlock *block = seedance_block_new (offset, size);

  while (block->size < size) {
    guint8 byte = byte_at (offset + block->size);

    g_assert_cmpuint (seedance_block_append (block, &byte, 1), ==, 1);
  }

  return block;
}

static void
store (SeedanceSpool *spool, guint64 offset, gsize size)
{
  g_autoptr (SeedanceBlock) block = make_block (offset, size);
  g_autoptr (GError) error = NULL;

  seedance_spool_store (spool, block, &error);
  g_assert_no_error (error);
}

static guint64
available (SeedanceSpool *spool, guint64 offset)
{
  guint64 result;

  g_mutex_lock (&lock);
  result = seedance_spool_available_locked (spool, offset);
  g_mutex_unlock (&lock);
  return result;
}

static guint64
gap (SeedanceSpool *spool, guint64 from)
{
  guint64 result;

  g_mutex_lock (&lock);
  result = seedance_spool_gap_locked (spool, from);
  g_mutex_unlock (&lock);
  return result;
}

static guint64
next (SeedanceSpool *spool, guint64 from)
{
  guint64 result;

  g_mutex_lock (&lock);
  result = seedance_spool_next_locked (spool, from);
  g_mutex_unlock (&lock);
  return result;
}

static void
assert_loads (SeedanceSpool *spool, guint64 offset, gsize size)
{
  g_autofree guint8 *data = g_malloc (size + 1);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (
      seedance_spool_load (spool, offset, data, size, &error), ==, size);
  g_assert_no_error (error);
  for (gsize i = 0; i < size; i++)
    g_assert_cmpuint (data[i], ==, byte_at (offset + i));
}

/* --- what is there ------------------------------------------------------ */

static void
test_a_new_one_holds_nothing (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = create (folder);

  store (spool, 0, 0);
  store (spool, 100, 0);
  g_assert_cmpuint (available (spool, 0), ==, 0);
  g_assert_cmpuint (gap (spool, 0), ==, 0);
  g_assert_cmpuint (gap (spool, 100), ==, 100);
  g_assert_cmpuint (next (spool, 0), ==, G_MAXUINT64);
  seedance_spool_free (spool);
}

/* Like a clip whose index is fetched from its end. */
static void
test_the_end_may_come_first (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = create (folder);

  store (spool, 900, 100);
  g_assert_cmpuint (available (spool, 0), ==, 0);
  g_assert_cmpuint (available (spool, 950), ==, 50);
  g_assert_cmpuint (available (spool, 1000), ==, 0);
  g_assert_cmpuint (gap (spool, 900), ==, 1000);
  g_assert_cmpuint (next (spool, 0), ==, 900);
  store (spool, 0, 400);
  g_assert_cmpuint (available (spool, 0), ==, 400);
  g_assert_cmpuint (gap (spool, 0), ==, 400);
  g_assert_cmpuint (next (spool, 400), ==, 900);
  g_assert_cmpuint (next (spool, 399), ==, 399);
  store (spool, 400, 500);
  g_assert_cmpuint (available (spool, 0), ==, 1000);
  assert_loads (spool, 0, 1000);
  seedance_spool_free (spool);
}

static void
assert_like (SeedanceSpool *spool, const guint8 *there, guint64 from)
{
  guint64 end = from, start = from;

  while (end < CLIP_SIZE && there[end])
    end++;
  while (start < CLIP_SIZE && !there[start])
    start++;
  g_assert_cmpuint (available (spool, from), ==, end - from);
  g_assert_cmpuint (gap (spool, from), ==, end);
  g_assert_cmpuint (
      next (spool, from), ==, start < CLIP_SIZE ? start : G_MAXUINT64);
  assert_loads (spool, from, end - from);
}

static void
test_any_order_is_counted_right (Folder *folder, gconstpointer data)
{
  for (guint round = 0; round < 20; round++) {
    SeedanceSpool *spool = create (folder);
    guint8 there[CLIP_SIZE] = { 0 };

    for (guint i = 0; i < 60; i++) {
      gsize offset = g_test_rand_int_range (0, CLIP_SIZE);
      gsize size = g_test_rand_int_range (0, 200);

      size = MIN (size, CLIP_SIZE - offset);
      store (spool, offset, size);
      memset (there + offset, 1, size);
      for (guint k = 0; k < 10; k++)
        assert_like (spool, there, g_test_rand_int_range (0, CLIP_SIZE));
    }
    seedance_spool_free (spool);
  }
}

static void
test_more_than_is_there_is_read_short (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = create (folder);
  guint8 bytes[100];

  store (spool, 0, 60);
  g_assert_cmpint (seedance_spool_load (spool, 50, bytes, 100, NULL), ==, 10);
  g_assert_cmpint (seedance_spool_load (spool, 60, bytes, 100, NULL), ==, 0);
  g_assert_cmpint (
      seedance_spool_load (spool, 1000000, bytes, 100, NULL), ==, 0);
  seedance_spool_free (spool);
}

static void
test_clearing_forgets_all (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = create (folder);
  guint8 byte;

  store (spool, 0, 1000);
  store (spool, 5000, 1000);
  g_mutex_lock (&lock);
  seedance_spool_clear_locked (spool);
  g_mutex_unlock (&lock);
  g_assert_cmpuint (available (spool, 0), ==, 0);
  g_assert_cmpuint (next (spool, 0), ==, G_MAXUINT64);
  g_assert_cmpint (seedance_spool_load (spool, 0, &byte, 1, NULL), ==, 0);
  store (spool, 10, 10);
  g_assert_cmpuint (available (spool, 10), ==, 10);
  seedance_spool_free (spool);
}

static void
test_an_offset_that_no_file_has_is_refused (Folder *folder, gconstpointer data)
{
  static const guint64 offsets[] = { G_MAXINT64, G_MAXUINT64 - 10,
    G_MAXUINT64 };
  SeedanceSpool *spool = create (folder);
  guint8 bytes[100] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (offsets); i++) {
    g_autoptr (SeedanceBlock) block = make_block (offsets[i], sizeof bytes);
    g_autoptr (GError) error = NULL;

    g_assert_false (seedance_spool_store (spool, block, &error));
    g_assert_nonnull (error);
    g_assert_cmpint (
        seedance_spool_load (spool, offsets[i], bytes, sizeof bytes, NULL), <=,
        0);
  }
  g_assert_cmpuint (next (spool, 0), ==, G_MAXUINT64);
  seedance_spool_free (spool);
}

/* --- files -------------------------------------------------------------- */

static void
test_what_is_not_committed_goes (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = create (folder);

  store (spool, 0, 100);
  g_assert_false (folder_has (folder, "clip.mp4"));
  g_assert_cmpuint (folder_count (folder), ==, 1);
  seedance_spool_free (spool);
  g_assert_cmpuint (folder_count (folder), ==, 0);
}

static void
test_what_is_committed_stays (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = create (folder);
  g_autofree gchar *path = clip_path (folder);
  struct stat info;

  store (spool, 0, 100);
  g_assert_true (seedance_spool_commit (spool, NULL));
  g_assert_true (seedance_spool_commit (spool, NULL));
  assert_loads (spool, 0, 100);
  seedance_spool_free (spool);
  g_assert_cmpuint (folder_count (folder), ==, 1);
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_size, ==, 100);
  g_assert_cmphex (info.st_mode & 07777, ==, 0600);
}

static void
test_two_for_one_clip_do_not_mix (Folder *folder, gconstpointer data)
{
  SeedanceSpool *first = create (folder);
  SeedanceSpool *second = create (folder);

  store (first, 0, 100);
  store (second, 0, 50);
  g_assert_true (seedance_spool_commit (second, NULL));
  g_assert_cmpuint (available (second, 0), ==, 50);
  g_assert_true (seedance_spool_commit (first, NULL));
  seedance_spool_free (second);
  assert_loads (first, 0, 100);
  seedance_spool_free (first);
  g_assert_true (folder_has (folder, "clip.mp4"));
  g_assert_cmpuint (folder_count (folder), ==, 1);
}

static void
test_a_stored_clip_must_have_its_size (Folder *folder, gconstpointer data)
{
  static const gint64 sizes[] = { 0, 99, 101, G_MAXINT64 };
  g_autofree gchar *path = clip_path (folder);
  SeedanceSpool *spool = create (folder);

  g_assert_null (seedance_spool_open (path, -1, &lock, &cond));
  store (spool, 0, 100);
  seedance_spool_commit (spool, NULL);
  seedance_spool_free (spool);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    g_assert_null (seedance_spool_open (path, sizes[i], &lock, &cond));
  for (gint64 size = -1; size <= 100; size += 101) {
    spool = seedance_spool_open (path, size, &lock, &cond);
    g_assert_cmpuint (available (spool, 0), ==, 100);
    g_assert_cmpuint (next (spool, 100), ==, G_MAXUINT64);
    assert_loads (spool, 0, 100);
    seedance_spool_free (spool);
  }
  g_assert_true (folder_has (folder, "clip.mp4"));
}

static void
test_an_empty_file_is_no_clip (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = clip_path (folder);

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_assert_null (seedance_spool_open (path, -1, &lock, &cond));
  g_assert_null (seedance_spool_open (path, 0, &lock, &cond));
}

static void
test_a_folder_is_no_clip (Folder *folder, gconstpointer data)
{
  g_assert_null (seedance_spool_open (folder->dir, -1, &lock, &cond));
}

static void
open_a_pipe (Folder *folder, gpointer data)
{
  g_autofree gchar *path = clip_path (folder);

  alarm (5);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_null (seedance_spool_open (path, -1, &lock, &cond));
}

static void
test_a_pipe_does_not_hang (Folder *folder, gconstpointer data)
{
  folder_run_child (folder, open_a_pipe, NULL);
}

/* --- disks -------------------------------------------------------------- */

/* Nothing is known to be there that could not be written whole. */
static void
fail_to_store (SeedanceSpool *spool)
{
  g_autoptr (SeedanceBlock) block = make_block (1000, 200000);
  g_autoptr (GError) error = NULL;

  g_assert_false (seedance_spool_store (spool, block, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE);
  g_assert_nonnull (strstr (error->message, "state-dir"));
  g_assert_nonnull (strstr (error->message, "without a second bill"));
  g_assert_cmpuint (available (spool, 0), ==, 1000);
  g_assert_cmpuint (next (spool, 1000), ==, G_MAXUINT64);
  assert_loads (spool, 0, 1000);
}

static void
store_on_a_small_disk (Folder *folder, gpointer data)
{
  SeedanceSpool *spool = create (folder);

  store (spool, 0, 1000);
  fail_to_store (spool);
  store (spool, 1000, 1000);
  g_assert_true (seedance_spool_commit (spool, NULL));
  seedance_spool_free (spool);
}

static void
test_a_full_disk_is_told (Folder *folder, gconstpointer data)
{
  folder_run_on_small_disk (folder, store_on_a_small_disk, NULL);
}

static void
store_within_a_limit (Folder *folder, gpointer data)
{
  struct rlimit limit = { 65536, 65536 };
  SeedanceSpool *spool = create (folder);

  store (spool, 0, 1000);
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  fail_to_store (spool);
  seedance_spool_free (spool);
}

static void
test_a_limit_of_size_is_told (Folder *folder, gconstpointer data)
{
  folder_run_child (folder, store_within_a_limit, NULL);
}

static void
test_no_folder_is_told (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path =
      g_build_filename (folder->dir, "gone", "clip.mp4", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (seedance_spool_create (path, &lock, &cond, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_READ);
}

/* A folder in the clip's place: what was fetched can still be read. */
static void
test_a_commit_that_fails_loses_no_byte (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = clip_path (folder);
  SeedanceSpool *spool = create (folder);
  g_autoptr (GError) error = NULL;

  store (spool, 0, 100);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_false (seedance_spool_commit (spool, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_READ);
  assert_loads (spool, 0, 100);
  seedance_spool_free (spool);
  g_assert_cmpuint (folder_count (folder), ==, 1);
}

/* --- what is in memory still --------------------------------------------- */

static SeedanceBlock *
recent (SeedanceSpool *spool, guint64 offset)
{
  SeedanceBlock *block;

  g_mutex_lock (&lock);
  block = seedance_spool_recent_locked (spool, offset);
  g_mutex_unlock (&lock);

  return block;
}

static void
assert_recent (SeedanceSpool *spool, guint64 offset)
{
  g_autoptr (SeedanceBlock) block = recent (spool, offset);

  g_assert_nonnull (block);
  g_assert_cmpuint (block->start, <=, offset);
  g_assert_cmpuint (offset - block->start, <, block->size);
  g_assert_cmpuint (block->data[offset - block->start], ==, byte_at (offset));
}

static void
test_the_last_blocks_are_in_memory (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = create (folder);

  store (spool, 0, 1000);
  store (spool, 5000, 1000);
  assert_recent (spool, 0);
  assert_recent (spool, 999);
  assert_recent (spool, 5000);
  assert_recent (spool, 5999);
  g_assert_null (recent (spool, 1000));
  g_assert_null (recent (spool, 4999));
  g_assert_null (recent (spool, 6000));
  g_assert_null (recent (spool, G_MAXUINT64));
  seedance_spool_free (spool);
}

static void
test_memory_stays_flat (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = create (folder);

  for (guint i = 0; i < 100; i++)
    store (spool, i * 1000, 1000);
  assert_recent (spool, 99500);
  for (guint i = 0; i < 90; i++)
    g_assert_null (recent (spool, i * 1000));
  assert_loads (spool, 0, 100000);
  seedance_spool_free (spool);
}

static void
test_what_is_forgotten_is_not_in_memory (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = create (folder);

  store (spool, 0, 1000);
  g_mutex_lock (&lock);
  seedance_spool_clear_locked (spool);
  g_mutex_unlock (&lock);
  g_assert_null (recent (spool, 0));
  store (spool, 0, 1000);
  g_assert_true (seedance_spool_commit (spool, NULL));
  g_assert_null (recent (spool, 0));
  assert_loads (spool, 0, 1000);
  seedance_spool_free (spool);
}

/* As a buffer does on its way downstream. */
static void
test_a_block_outlives_its_spool (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = create (folder);
  g_autoptr (SeedanceBlock) block = NULL;

  store (spool, 0, SEEDANCE_BLOCK_MAX);
  block = recent (spool, 0);
  for (guint i = 1; i < 20; i++)
    store (spool, (guint64) i * SEEDANCE_BLOCK_MAX, SEEDANCE_BLOCK_MAX);
  seedance_spool_free (spool);
  for (gsize i = 0; i < block->size; i++)
    g_assert_cmpuint (block->data[i], ==, byte_at (i));
}

static void
test_a_full_block_takes_no_more (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceBlock) block = seedance_block_new (0, 10);
  const guint8 bytes[16] = { 0 };

  g_assert_cmpuint (seedance_block_append (block, bytes, 7), ==, 7);
  g_assert_cmpuint (seedance_block_append (block, bytes, 7), ==, 3);
  g_assert_cmpuint (seedance_block_append (block, bytes, 7), ==, 0);
  g_assert_cmpuint (block->size, ==, 10);
}

static void
test_a_trimmed_block_keeps_its_bytes (Folder *folder, gconstpointer data)
{
  static const gsize sizes[] = { 0, 1, 999, SEEDANCE_BLOCK_MAX / 2,
    SEEDANCE_BLOCK_MAX / 2 + 1, SEEDANCE_BLOCK_MAX };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (SeedanceBlock) block = seedance_block_new (7, G_MAXSIZE);

    g_assert_cmpuint (block->capacity, ==, SEEDANCE_BLOCK_MAX);
    while (block->size < sizes[i]) {
      guint8 byte = byte_at (block->size);

      seedance_block_append (block, &byte, 1);
    }
    seedance_block_trim (block);
    g_assert_cmpuint (block->start, ==, 7);
    g_assert_cmpuint (block->size, ==, sizes[i]);
    g_assert_cmpuint (block->capacity, <=, 2 * sizes[i]);
    for (gsize at = 0; at < sizes[i]; at++)
      g_assert_cmpuint (block->data[at], ==, byte_at (at));
  }
}

/* --- threads ------------------------------------------------------------ */

#define PIECE 512
#define PIECES 200

static gpointer
write_pieces (gpointer spool)
{
  guint order[PIECES];

  for (guint i = 0; i < PIECES; i++)
    order[i] = i;
  for (guint i = PIECES - 1; i > 0; i--) {
    guint k = g_random_int_range (0, i + 1), kept = order[i];

    order[i] = order[k];
    order[k] = kept;
  }
  for (guint i = 0; i < PIECES; i++)
    store (spool, order[i] * PIECE, PIECE);
  return NULL;
}

static gpointer
read_along (gpointer spool)
{
  for (guint64 at = 0; at < PIECES * PIECE;) {
    guint64 there;

    g_mutex_lock (&lock);
    while (!(there = seedance_spool_available_locked (spool, at)))
      g_cond_wait (&cond, &lock);
    g_mutex_unlock (&lock);
    assert_loads (spool, at, there);
    at += there;
  }
  return NULL;
}

static void
test_readers_wait_for_what_is_written (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = create (folder);
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] =
        g_thread_new ("spool", i == 2 ? write_pieces : read_along, spool);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (available (spool, 0), ==, PIECES * PIECE);
  seedance_spool_free (spool);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) folder_add ("/spool/" path, NULL, test_##name)
  ADD ("there/nothing", a_new_one_holds_nothing);
  ADD ("there/end-first", the_end_may_come_first);
  ADD ("there/any-order", any_order_is_counted_right);
  ADD ("there/short", more_than_is_there_is_read_short);
  ADD ("there/cleared", clearing_forgets_all);
  ADD ("there/far", an_offset_that_no_file_has_is_refused);
  ADD ("file/not-committed", what_is_not_committed_goes);
  ADD ("file/committed", what_is_committed_stays);
  ADD ("file/two", two_for_one_clip_do_not_mix);
  ADD ("file/size", a_stored_clip_must_have_its_size);
  ADD ("file/empty", an_empty_file_is_no_clip);
  ADD ("file/folder", a_folder_is_no_clip);
  ADD ("file/pipe", a_pipe_does_not_hang);
  ADD ("disk/full", a_full_disk_is_told);
  ADD ("disk/limit", a_limit_of_size_is_told);
  ADD ("disk/no-folder", no_folder_is_told);
  ADD ("disk/commit", a_commit_that_fails_loses_no_byte);
  ADD ("memory/last", the_last_blocks_are_in_memory);
  ADD ("memory/flat", memory_stays_flat);
  ADD ("memory/forgotten", what_is_forgotten_is_not_in_memory);
  ADD ("memory/outlives", a_block_outlives_its_spool);
  ADD ("memory/full", a_full_block_takes_no_more);
  ADD ("memory/trimmed", a_trimmed_block_keeps_its_bytes);
  ADD ("threads/along", readers_wait_for_what_is_written);
  return g_test_run ();
}
