/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given bytes in any order and a disk that may be full, a spool knows exactly
 * what it holds. */
#include "disk.h"
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

static void
fill (SeedanceBlock *block, gsize size)
{
  g_autofree guint8 *bytes = g_malloc (size + 1);

  for (gsize i = 0; i < size; i++)
    bytes[i] = byte_at (block->start + block->size + i);
  g_assert_cmpuint (seedance_block_append (block, bytes, size), ==, size);
}

static SeedanceBlock *
make_block (guint64 offset, gsize size)
{
  SeedanceBlock *block = seedance_block_new (offset, size);

  fill (block, size);
  return block;
}

typedef struct {
  gboolean done, lost;
  GError *error;
} Commit;

static void
on_committed (const GError *error, gboolean lost, gpointer user_data)
{
  Commit *commit = user_data;

  g_mutex_lock (&lock);
  commit->done = TRUE;
  commit->lost = lost;
  commit->error = error ? g_error_copy (error) : NULL;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

/* Returns when it is done. */
static Commit
commit (SeedanceSpool *spool)
{
  Commit commit = { 0 };

  seedance_spool_commit (spool, on_committed, &commit);
  g_mutex_lock (&lock);
  while (!commit.done)
    g_cond_wait (&cond, &lock);
  g_mutex_unlock (&lock);
  return commit;
}

static void
assert_commits (SeedanceSpool *spool)
{
  Commit result = commit (spool);

  g_assert_no_error (result.error);
  g_assert_false (result.lost);
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

  for (guint i = 0; i < G_N_ELEMENTS (offsets); i++) {
    SeedanceSpool *spool = create (folder);
    g_autoptr (SeedanceBlock) block = make_block (offsets[i], 100);
    Commit result;

    seedance_spool_store (spool, block, NULL);
    result = commit (spool);
    g_assert_nonnull (result.error);
    g_assert_true (result.lost);
    g_clear_error (&result.error);
    seedance_spool_free (spool);
    g_assert_cmpuint (folder_count (folder), ==, 0);
  }
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
  assert_commits (spool);
  assert_commits (spool);
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
  assert_commits (second);
  g_assert_cmpuint (available (second, 0), ==, 50);
  assert_commits (first);
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
  assert_commits (spool);
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
  seedance_disk_finish ();
  folder_run_child (folder, open_a_pipe, NULL);
}

/* --- disks -------------------------------------------------------------- */

/* Told once the disk has said so, and to all that comes after; what came is
 * there for readers even so. */
static void
fail_to_store (SeedanceSpool *spool)
{
  g_autoptr (SeedanceBlock) block = make_block (1000, 200000);
  g_autoptr (SeedanceBlock) later = make_block (201000, 1);
  g_autoptr (GError) error = NULL;
  Commit result;

  seedance_spool_store (spool, block, NULL);
  result = commit (spool);
  g_assert_error (result.error, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE);
  g_assert_true (result.lost);
  g_assert_nonnull (strstr (result.error->message, "state-dir"));
  g_assert_nonnull (strstr (result.error->message, "without a second bill"));
  g_clear_error (&result.error);
  g_assert_false (seedance_spool_store (spool, later, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE);
  assert_loads (spool, 0, 201001);
}

static void
store_on_a_small_disk (Folder *folder, gpointer data)
{
  SeedanceSpool *spool = create (folder);

  store (spool, 0, 1000);
  fail_to_store (spool);
  seedance_spool_free (spool);
  g_assert_cmpuint (folder_count (folder), ==, 0);
  spool = create (folder);
  store (spool, 0, 1000);
  assert_commits (spool);
  seedance_spool_free (spool);
}

static void
test_a_full_disk_is_told (Folder *folder, gconstpointer data)
{
  seedance_disk_finish ();
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
  seedance_disk_finish ();
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
  Commit result;

  store (spool, 0, 100);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  result = commit (spool);
  g_assert_error (result.error, SEEDANCE_ERROR, SEEDANCE_ERROR_READ);
  g_assert_false (result.lost);
  g_clear_error (&result.error);
  assert_loads (spool, 0, 100);
  seedance_spool_free (spool);
  g_assert_cmpuint (folder_count (folder), ==, 1);
}

/* --- what is in memory still --------------------------------------------- */

static SeedanceBlock *
recent (SeedanceSpool *spool, guint64 offset)
{
  SeedanceBlock *block;
  gsize there = 0;

  g_mutex_lock (&lock);
  block = seedance_spool_recent_locked (spool, offset, &there);
  g_assert_true (!block || there == block->start + block->shown - offset);
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

/* Far enough that the page cache is left out. */
#define LARGE 100 /* blocks */

static void
store_blocks (SeedanceSpool *spool, guint64 offset)
{
  for (guint i = 0; i < LARGE; i++)
    store (
        spool, offset + (guint64) i * SEEDANCE_BLOCK_MAX, SEEDANCE_BLOCK_MAX);
}

static void
test_memory_stays_flat (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = create (folder);

  store_blocks (spool, 0);
  assert_recent (spool, (guint64) LARGE * SEEDANCE_BLOCK_MAX - 500);
  for (guint i = 0; i < LARGE - 10; i++)
    g_assert_null (recent (spool, (guint64) i * SEEDANCE_BLOCK_MAX));
  assert_loads (spool, 0, (gsize) LARGE * SEEDANCE_BLOCK_MAX);
  seedance_spool_free (spool);
}

/* Blocks that do not start where a disk's do are written the ordinary way, and
 * next to those that are not. */
static void
test_large_clips_are_written_right (Folder *folder, gconstpointer data)
{
  static const gsize firsts[] = { 0, 1, 4096, SEEDANCE_BLOCK_MAX - 1 };
  gsize size = (gsize) LARGE * SEEDANCE_BLOCK_MAX;
  g_autofree gchar *path = clip_path (folder);

  for (guint i = 0; i < G_N_ELEMENTS (firsts); i++) {
    SeedanceSpool *spool = create (folder);
    g_autoptr (GMappedFile) file = NULL;
    const guint8 *bytes;

    store (spool, size + firsts[i], 99);
    store (spool, 0, firsts[i]);
    store_blocks (spool, firsts[i]);
    assert_commits (spool);
    seedance_spool_free (spool);
    file = g_mapped_file_new (path, FALSE, NULL);
    g_assert_cmpuint (
        g_mapped_file_get_length (file), ==, size + firsts[i] + 99);
    bytes = (const guint8 *) g_mapped_file_get_contents (file);
    for (gsize at = 0; at < size + firsts[i] + 99; at++)
      g_assert_true (bytes[at] == byte_at (at));
  }
}

static void
test_a_block_is_shown_while_it_is_filled (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = create (folder);
  g_autoptr (SeedanceBlock) block = seedance_block_new (0, 3000);
  g_autoptr (GError) error = NULL;

  fill (block, 1000);
  g_assert_cmpuint (available (spool, 0), ==, 0);
  seedance_spool_show (spool, block);
  g_assert_cmpuint (available (spool, 0), ==, 1000);
  fill (block, 1000);
  g_assert_cmpuint (available (spool, 0), ==, 1000);
  assert_loads (spool, 0, 1000);
  seedance_spool_show (spool, block);
  assert_loads (spool, 500, 1500);
  fill (block, 1000);
  g_assert_true (seedance_spool_store (spool, block, &error));
  assert_commits (spool);
  assert_loads (spool, 0, 3000);
  seedance_spool_free (spool);
}

/* A part that ends after its clip was thrown away. */
static void
test_what_was_cleared_does_not_come_back (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = create (folder);
  g_autoptr (SeedanceBlock) block = make_block (0, 1000);
  g_autoptr (SeedanceBlock) grown = seedance_block_new (2000, 1000);
  g_autoptr (GError) error = NULL;

  seedance_spool_show (spool, block);
  fill (grown, 10);
  seedance_spool_show (spool, grown);
  g_mutex_lock (&lock);
  seedance_spool_clear_locked (spool);
  g_mutex_unlock (&lock);
  g_assert_true (seedance_spool_store (spool, block, &error));
  g_assert_cmpuint (available (spool, 0), ==, 0);
  g_assert_null (recent (spool, 0));
  fill (grown, 10);
  g_assert_true (seedance_spool_store (spool, grown, &error));
  g_assert_cmpuint (available (spool, 2000), ==, 0);
  store (spool, 0, 10);
  assert_commits (spool);
  g_assert_cmpuint (available (spool, 0), ==, 10);
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
  assert_commits (spool);
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

/* Whether it was written meanwhile or not. */
static void
test_writing_ends_with_its_spool (Folder *folder, gconstpointer data)
{
  for (guint i = 0; i < 50; i++) {
    SeedanceSpool *spool = create (folder);

    for (guint n = 0; n < i % 8; n++)
      store (spool, (guint64) n * SEEDANCE_BLOCK_MAX, SEEDANCE_BLOCK_MAX);
    if (i % 2) {
      g_mutex_lock (&lock);
      seedance_spool_clear_locked (spool);
      g_mutex_unlock (&lock);
      store (spool, 5, 5);
      assert_loads (spool, 5, 5);
    }
    seedance_spool_free (spool);
    g_assert_cmpuint (folder_count (folder), ==, 0);
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

#define CROWD 300
/* More than one spool's share, and too little to be written at once. */
#define LAZY 13

/* Many that wait for more to write leave room for little when they go. */
static void
test_a_crowd_that_leaves_holds_nobody_up (Folder *folder, gconstpointer data)
{
  SeedanceSpool *crowd[CROWD], *last = create (folder);

  for (guint i = 0; i < CROWD; i++)
    crowd[i] = create (folder);
  for (guint i = 0; i < LAZY; i++)
    store (last, i * SEEDANCE_BLOCK_MAX, SEEDANCE_BLOCK_MAX);
  for (guint i = 0; i < CROWD; i++)
    seedance_spool_free (crowd[i]);
  store (last, LAZY * SEEDANCE_BLOCK_MAX, SEEDANCE_BLOCK_MAX);
  assert_commits (last);
  seedance_spool_free (last);
}

int
main (int argc, char **argv)
{
  int result;

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
  ADD ("memory/shown", a_block_is_shown_while_it_is_filled);
  ADD ("memory/cleared", what_was_cleared_does_not_come_back);
  ADD ("memory/large", large_clips_are_written_right);
  ADD ("memory/freed", writing_ends_with_its_spool);
  ADD ("threads/crowd", a_crowd_that_leaves_holds_nobody_up);
  ADD ("threads/along", readers_wait_for_what_is_written);
  result = g_test_run ();
  seedance_disk_finish ();
  return result;
}
