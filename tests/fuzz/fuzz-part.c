/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the map of a part file, which a later run reads to learn which bytes
 * of a clip it has. The input is the size of the part file in units of 16 bytes
 * (one byte), then the map. The byte at each offset of the part is a function
 * of the offset, so a map of the corpus can hold right checksums. */

#include "fuzz.h"

#include <glib/gstdio.h>

#include "fuzz-folder.h"
#include "spool.h"

static GMutex lock;
static GCond cond;
static SeedanceIo *io; /* opened once */

/* What a spool holds, range by range. */
typedef struct {
  GString *ranges;
  gint64 size;
  gchar *etag, *last_modified;
} Held;

static guint8
byte_at (guint64 offset)
{
  return (guint8) (offset * 7 + offset / 256);
}

static SeedanceSpool *
resume (const gchar *path)
{
  g_autoptr (GError) error = NULL;
  SeedanceSpool *spool = seedance_spool_resume (io, path, &lock, &cond, &error);

  g_assert_no_error (error);

  return spool;
}

static void
free_call (gpointer spool)
{
  seedance_spool_free (spool);
}

static void
put_down (SeedanceSpool *spool)
{
  seedance_io_invoke (io, free_call, spool);
  g_assert_true (seedance_io_drain (G_MAXINT64));
}

static void
assert_loads (SeedanceSpool *spool, guint64 start, guint64 end)
{
  gsize size = (gsize) (end - start);
  g_autofree guint8 *data = g_malloc (size);

  g_assert_true (
      seedance_spool_load (spool, start, data, size, NULL) == (gssize) size);
  for (gsize i = 0; i < size; i++)
    g_assert_true (data[i] == byte_at (start + i));
}

/* Asserts that the spool can read what it says that it holds. */
static Held
look (SeedanceSpool *spool, guint64 file_size)
{
  const SeedanceSpoolFacts *facts = seedance_spool_get_facts (spool);
  Held held = { g_string_new (NULL), facts->size, g_strdup (facts->etag),
    g_strdup (facts->last_modified) };
  guint64 start = 0;

  g_mutex_lock (&lock);
  while ((start = seedance_spool_next_locked (spool, start)) != G_MAXUINT64) {
    guint64 end = seedance_spool_gap_locked (spool, start);

    g_assert_true (end > start && end <= file_size);
    g_mutex_unlock (&lock);
    assert_loads (spool, start, end);
    g_mutex_lock (&lock);
    g_string_append_printf (held.ranges,
        "%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT " ", start, end);
    start = end;
  }
  g_mutex_unlock (&lock);
  g_assert_true (held.size >= -1);

  return held;
}

static void
held_clear (Held *held)
{
  g_string_free (held->ranges, TRUE);
  g_free (held->etag);
  g_free (held->last_modified);
}

static void
assert_same (const Held *a, const Held *b)
{
  g_assert_cmpstr (a->ranges->str, ==, b->ranges->str);
  if (a->ranges->len == 0)
    return;
  g_assert_true (a->size == b->size);
  g_assert_cmpstr (a->etag, ==, b->etag);
  g_assert_cmpstr (a->last_modified, ==, b->last_modified);
}

/* Stores a byte behind the end, so that the map gets another line. */
static void
store_one (SeedanceSpool *spool, guint64 at)
{
  SeedanceBlock *block = seedance_block_new (at, 1);
  const guint8 byte = byte_at (at);

  seedance_block_append (block, &byte, 1);
  g_assert_true (seedance_spool_store (spool, block, NULL));
  seedance_block_unref (block);
}

static void
put_files (const gchar *path, gsize part_size, const uint8_t *map, size_t size)
{
  g_autofree gchar *part = g_strconcat (path, ".part", NULL);
  g_autofree gchar *map_path = g_strconcat (path, ".map", NULL);
  g_autofree gchar *bytes = g_malloc (part_size + 1);

  for (gsize i = 0; i < part_size; i++)
    bytes[i] = (gchar) byte_at (i);
  g_assert_true (g_file_set_contents_full (
      part, bytes, (gssize) part_size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  g_assert_true (
      g_file_set_contents_full (map_path, size > 0 ? (const gchar *) map : "",
          (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *path =
      g_build_filename (fuzz_folder_get (), "clip.mp4", NULL);
  SeedanceSpool *spool;
  guint64 part_size;
  Held first, again, more;

  if (size < 1)
    return 0;
  if (!io)
    io = seedance_io_open (fuzz_folder_get (), NULL);
  part_size = 16 * (guint64) data[0];
  put_files (path, (gsize) part_size, data + 1, size - 1);
  spool = resume (path);
  first = look (spool, part_size);
  /* Only a part with bytes in it is kept, and its map as far as it is right. */
  put_down (spool);
  spool = resume (path);
  again = look (spool, part_size);
  assert_same (&first, &again);
  /* What this run adds to the map is found by the next one. */
  seedance_spool_note_facts (spool, -1, NULL, NULL);
  store_one (spool, part_size);
  put_down (spool);
  spool = resume (path);
  more = look (spool, part_size + 1);
  g_assert_true (more.ranges->len > 0);
  g_mutex_lock (&lock);
  g_assert_true (seedance_spool_next_locked (spool, part_size) == part_size);
  g_mutex_unlock (&lock);
  put_down (spool);
  seedance_spool_remove_part (path);
  held_clear (&first);
  held_clear (&again);
  held_clear (&more);
  return 0;
}
