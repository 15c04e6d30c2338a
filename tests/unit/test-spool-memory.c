/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given blocks that arrive faster than the disk takes them, the spool serves
 * readers from memory, and its use of memory stays limited. */
#include "io.h"
#include "spool-kit.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static SeedanceBlock *
recent (SeedanceSpool *spool, guint64 offset)
{
  SeedanceBlock *block;
  gsize there = 0;

  g_mutex_lock (&spool_lock);
  block = seedance_spool_recent_locked (spool, offset, &there);
  g_assert_true (!block || there == block->start + block->shown - offset);
  g_mutex_unlock (&spool_lock);

  return block;
}

static void
assert_recent (SeedanceSpool *spool, guint64 offset)
{
  g_autoptr (SeedanceBlock) block = recent (spool, offset);

  g_assert_nonnull (block);
  g_assert_cmpuint (block->start, <=, offset);
  g_assert_cmpuint (offset - block->start, <, block->size);
  g_assert_cmpuint (
      block->data[offset - block->start], ==, spool_byte_at (offset));
}

static void
test_the_last_blocks_are_in_memory (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = spool_create (folder);

  spool_store (spool, 0, 1000);
  spool_store (spool, 5000, 1000);
  assert_recent (spool, 0);
  assert_recent (spool, 999);
  assert_recent (spool, 5000);
  assert_recent (spool, 5999);
  g_assert_null (recent (spool, 1000));
  g_assert_null (recent (spool, 4999));
  g_assert_null (recent (spool, 6000));
  g_assert_null (recent (spool, G_MAXUINT64));
  spool_free (folder, spool);
}

/* Large enough that the spool asks the kernel to write the file out
 * meanwhile. */
#define LARGE 100 /* blocks */

static void
store_blocks (SeedanceSpool *spool, guint64 offset)
{
  for (guint i = 0; i < LARGE; i++)
    spool_store (
        spool, offset + (guint64) i * SEEDANCE_BLOCK_MAX, SEEDANCE_BLOCK_MAX);
}

static void
test_memory_stays_flat (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = spool_create (folder);

  store_blocks (spool, 0);
  /* Until then more blocks are in memory: those that wait for the disk. */
  g_assert_true (seedance_io_drain (G_MAXINT64));
  assert_recent (spool, (guint64) LARGE * SEEDANCE_BLOCK_MAX - 500);
  for (guint i = 0; i < LARGE - 10; i++)
    g_assert_null (recent (spool, (guint64) i * SEEDANCE_BLOCK_MAX));
  spool_assert_loads (spool, 0, (gsize) LARGE * SEEDANCE_BLOCK_MAX);
  spool_free (folder, spool);
}

/* Blocks may start at any offset, also across the places where the spool asks
 * the kernel to write the file out. */
static void
test_large_clips_are_written_right (Folder *folder, gconstpointer data)
{
  static const gsize firsts[] = { 0, 1, 4096, SEEDANCE_BLOCK_MAX - 1 };
  gsize size = (gsize) LARGE * SEEDANCE_BLOCK_MAX;
  g_autofree gchar *path = spool_clip_path (folder);

  for (guint i = 0; i < G_N_ELEMENTS (firsts); i++) {
    SeedanceSpool *spool = spool_create (folder);
    g_autoptr (GMappedFile) file = NULL;
    const guint8 *bytes;

    spool_store (spool, size + firsts[i], 99);
    spool_store (spool, 0, firsts[i]);
    store_blocks (spool, firsts[i]);
    spool_assert_commits (spool);
    spool_free (folder, spool);
    file = g_mapped_file_new (path, FALSE, NULL);
    g_assert_cmpuint (
        g_mapped_file_get_length (file), ==, size + firsts[i] + 99);
    bytes = (const guint8 *) g_mapped_file_get_contents (file);
    for (gsize at = 0; at < size + firsts[i] + 99; at++)
      g_assert_true (bytes[at] == spool_byte_at (at));
  }
}

static void
test_a_block_is_shown_while_it_is_filled (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = spool_create (folder);
  g_autoptr (SeedanceBlock) block = seedance_block_new (0, 3000);
  g_autoptr (GError) error = NULL;

  spool_fill (block, 1000);
  g_assert_cmpuint (spool_available (spool, 0), ==, 0);
  seedance_spool_show (spool, block);
  g_assert_cmpuint (spool_available (spool, 0), ==, 1000);
  spool_fill (block, 1000);
  g_assert_cmpuint (spool_available (spool, 0), ==, 1000);
  spool_assert_loads (spool, 0, 1000);
  seedance_spool_show (spool, block);
  spool_assert_loads (spool, 500, 1500);
  spool_fill (block, 1000);
  g_assert_true (seedance_spool_store (spool, block, &error));
  spool_assert_commits (spool);
  spool_assert_loads (spool, 0, 3000);
  spool_free (folder, spool);
}

/* A transfer may still deliver a block after its clip was thrown away. */
static void
test_what_was_cleared_does_not_come_back (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = spool_create (folder);
  g_autoptr (SeedanceBlock) block = spool_make_block (0, 1000);
  g_autoptr (SeedanceBlock) grown = seedance_block_new (2000, 1000);
  g_autoptr (GError) error = NULL;

  seedance_spool_show (spool, block);
  spool_fill (grown, 10);
  seedance_spool_show (spool, grown);
  g_mutex_lock (&spool_lock);
  seedance_spool_clear_locked (spool);
  g_mutex_unlock (&spool_lock);
  g_assert_true (seedance_spool_store (spool, block, &error));
  g_assert_cmpuint (spool_available (spool, 0), ==, 0);
  g_assert_null (recent (spool, 0));
  spool_fill (grown, 10);
  g_assert_true (seedance_spool_store (spool, grown, &error));
  g_assert_cmpuint (spool_available (spool, 2000), ==, 0);
  spool_store (spool, 0, 10);
  spool_assert_commits (spool);
  g_assert_cmpuint (spool_available (spool, 0), ==, 10);
  spool_free (folder, spool);
}

static void
test_what_is_forgotten_is_not_in_memory (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = spool_create (folder);

  spool_store (spool, 0, 1000);
  g_mutex_lock (&spool_lock);
  seedance_spool_clear_locked (spool);
  g_mutex_unlock (&spool_lock);
  g_assert_null (recent (spool, 0));
  spool_store (spool, 0, 1000);
  spool_assert_commits (spool);
  g_assert_null (recent (spool, 0));
  spool_assert_loads (spool, 0, 1000);
  spool_free (folder, spool);
}

/* A buffer on its way downstream keeps its block. */
static void
test_a_block_outlives_its_spool (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = spool_create (folder);
  g_autoptr (SeedanceBlock) block = NULL;

  spool_store (spool, 0, SEEDANCE_BLOCK_MAX);
  block = recent (spool, 0);
  for (guint i = 1; i < 20; i++)
    spool_store (spool, (guint64) i * SEEDANCE_BLOCK_MAX, SEEDANCE_BLOCK_MAX);
  spool_free (folder, spool);
  for (gsize i = 0; i < block->size; i++)
    g_assert_cmpuint (block->data[i], ==, spool_byte_at (i));
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

/* The spool may be freed whether its blocks are written or not. */
static void
test_writing_ends_with_its_spool (Folder *folder, gconstpointer data)
{
  for (guint i = 0; i < 50; i++) {
    SeedanceSpool *spool = spool_create (folder);

    for (guint n = 0; n < i % 8; n++)
      spool_store (spool, (guint64) n * SEEDANCE_BLOCK_MAX, SEEDANCE_BLOCK_MAX);
    if (i % 2) {
      g_mutex_lock (&spool_lock);
      seedance_spool_clear_locked (spool);
      g_mutex_unlock (&spool_lock);
      spool_store (spool, 5, 5);
      spool_assert_loads (spool, 5, 5);
    }
    spool_free (folder, spool);
    g_assert_cmpuint (folder_count (folder), ==, 0);
  }
}

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
    spool_store (spool, order[i] * PIECE, PIECE);
  return NULL;
}

static gpointer
read_along (gpointer spool)
{
  for (guint64 at = 0; at < PIECES * PIECE;) {
    guint64 there;

    g_mutex_lock (&spool_lock);
    while (!(there = seedance_spool_available_locked (spool, at)))
      g_cond_wait (&spool_cond, &spool_lock);
    g_mutex_unlock (&spool_lock);
    spool_assert_loads (spool, at, there);
    at += there;
  }
  return NULL;
}

/* Several readers follow one writer to the end. */
static void
test_readers_wait_for_what_is_written (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = spool_create (folder);
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] =
        g_thread_new ("spool", i == 2 ? write_pieces : read_along, spool);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (spool_available (spool, 0), ==, PIECES * PIECE);
  spool_free (folder, spool);
}

/* More blocks than may wait to be written. */
#define FLOOD 40

static GMutex hang_lock;

static void
hang (gpointer unused)
{
  g_mutex_lock (&hang_lock);
  g_mutex_unlock (&hang_lock);
}

/* Blocks stay in memory, where readers find them, until they are on the
 * disk. */
static void
test_a_disk_that_hangs_holds_nobody_up (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = spool_create (folder);
  g_autoptr (SeedanceIo) io = seedance_io_open (folder->dir, NULL);

  g_mutex_lock (&hang_lock);
  seedance_io_invoke (io, hang, NULL);
  for (guint i = 0; i < FLOOD; i++)
    spool_store (spool, (guint64) i * SEEDANCE_BLOCK_MAX, SEEDANCE_BLOCK_MAX);
  spool_assert_loads (spool, 0, FLOOD * SEEDANCE_BLOCK_MAX);
  g_mutex_unlock (&hang_lock);
  spool_assert_commits (spool);
  spool_assert_loads (spool, 0, FLOOD * SEEDANCE_BLOCK_MAX);
  spool_free (folder, spool);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) folder_add ("/spool/" path, NULL, test_##name)
  ADD ("memory/last", the_last_blocks_are_in_memory);
  ADD ("memory/flat", memory_stays_flat);
  ADD ("memory/forgotten", what_is_forgotten_is_not_in_memory);
  ADD ("memory/outlives", a_block_outlives_its_spool);
  ADD ("memory/full", a_full_block_takes_no_more);
  ADD ("memory/shown", a_block_is_shown_while_it_is_filled);
  ADD ("memory/cleared", what_was_cleared_does_not_come_back);
  ADD ("memory/large", large_clips_are_written_right);
  ADD ("memory/freed", writing_ends_with_its_spool);
  ADD ("threads/hangs", a_disk_that_hangs_holds_nobody_up);
  ADD ("threads/along", readers_wait_for_what_is_written);
  result = g_test_run ();
  seedance_io_finish (G_MAXINT64);
  return result;
}
