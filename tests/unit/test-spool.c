/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given bytes in any order and a disk that may be full, the spool knows exactly
 * which bytes it holds. */
#include "io.h"
#include "ledger-folder.h"
#include "spool-kit.h"
#include "spool-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void
test_a_new_one_holds_nothing (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = spool_create (folder);

  spool_store (spool, 0, 0);
  spool_store (spool, 100, 0);
  g_assert_cmpuint (spool_available (spool, 0), ==, 0);
  g_assert_cmpuint (spool_gap (spool, 0), ==, 0);
  g_assert_cmpuint (spool_gap (spool, 100), ==, 100);
  g_assert_cmpuint (spool_next (spool, 0), ==, G_MAXUINT64);
  spool_free (folder, spool);
}

/* The index of a clip is often fetched from its end first. */
static void
test_the_end_may_come_first (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = spool_create (folder);

  spool_store (spool, 900, 100);
  g_assert_cmpuint (spool_available (spool, 0), ==, 0);
  g_assert_cmpuint (spool_available (spool, 950), ==, 50);
  g_assert_cmpuint (spool_available (spool, 1000), ==, 0);
  g_assert_cmpuint (spool_gap (spool, 900), ==, 1000);
  g_assert_cmpuint (spool_next (spool, 0), ==, 900);
  spool_store (spool, 0, 400);
  g_assert_cmpuint (spool_available (spool, 0), ==, 400);
  g_assert_cmpuint (spool_gap (spool, 0), ==, 400);
  g_assert_cmpuint (spool_next (spool, 400), ==, 900);
  g_assert_cmpuint (spool_next (spool, 399), ==, 399);
  spool_store (spool, 400, 500);
  g_assert_cmpuint (spool_available (spool, 0), ==, 1000);
  spool_assert_loads (spool, 0, 1000);
  spool_free (folder, spool);
}

typedef struct {
  SeedanceIo *io;
  SeedanceSpool *spool;
  GMutex gate;
  /* written blocks when the short call ran; G_MAXUINT: not yet */
  guint written;
} Slow;

static void
wait_at_gate (gpointer data)
{
  Slow *slow = data;

  g_mutex_lock (&slow->gate);
  g_mutex_unlock (&slow->gate);
}

static void
count_written (gpointer data)
{
  Slow *slow = data;
  g_autofree gchar *name =
      g_strdup_printf ("/proc/self/fd/%d", slow->spool->fd);
  struct stat info;

  g_assert_cmpint (g_stat (name, &info), ==, 0);
  slow->written = (guint) (info.st_size / 1000);
}

/* A short call, such as one that notes the id of a task, runs between two
 * writes instead of after the whole clip. */
static void
test_what_is_short_is_let_in (Folder *folder, gconstpointer data)
{
  Slow slow = { .spool = spool_create (folder), .written = G_MAXUINT };

  g_mutex_init (&slow.gate);
  g_mutex_lock (&slow.gate);
  seedance_io_invoke (slow.spool->io, wait_at_gate, &slow);
  for (guint i = 0; i < 5; i++)
    spool_store (slow.spool, i * 1000, 1000);
  seedance_io_invoke_short (slow.spool->io, count_written, &slow);
  g_mutex_unlock (&slow.gate);
  spool_assert_commits (slow.spool);
  g_assert_cmpuint (slow.written, ==, 1);
  spool_free (folder, slow.spool);
  g_mutex_clear (&slow.gate);
}

/* Opens a part that an earlier run left, which reads all of it. */
static void
open_part (gpointer data)
{
  Slow *slow = data;
  g_autofree gchar *path =
      g_build_filename (seedance_io_get_dir (slow->io), "clip.mp4", NULL);

  slow->spool =
      seedance_spool_resume (slow->io, path, &spool_lock, &spool_cond, NULL);
}

static void
note_whether_open (gpointer data)
{
  Slow *slow = data;

  slow->written = slow->spool != NULL;
}

/* The same while a part is checked. */
static void
test_what_is_short_is_let_into_a_check (Folder *folder, gconstpointer data)
{
  Slow slow = { .written = G_MAXUINT };

  slow.io = seedance_io_open (folder->dir, NULL);
  open_part (&slow);
  spool_store (slow.spool, 0, 1000);
  spool_free (folder, g_steal_pointer (&slow.spool));
  g_mutex_init (&slow.gate);
  g_mutex_lock (&slow.gate);
  seedance_io_invoke (slow.io, wait_at_gate, &slow);
  seedance_io_invoke (slow.io, open_part, &slow);
  seedance_io_invoke_short (slow.io, note_whether_open, &slow);
  g_mutex_unlock (&slow.gate);
  g_assert_true (seedance_io_drain (G_MAXINT64));
  g_assert_cmpuint (slow.written, ==, FALSE);
  g_assert_cmpuint (spool_available (slow.spool, 0), ==, 1000);
  spool_free (folder, slow.spool);
  seedance_io_close (slow.io);
  g_mutex_clear (&slow.gate);
}

static void
assert_like (SeedanceSpool *spool, const guint8 *there, guint64 from)
{
  guint64 end = from, start = from;

  while (end < CLIP_SIZE && there[end])
    end++;
  while (start < CLIP_SIZE && !there[start])
    start++;
  g_assert_cmpuint (spool_available (spool, from), ==, end - from);
  g_assert_cmpuint (spool_gap (spool, from), ==, end);
  g_assert_cmpuint (
      spool_next (spool, from), ==, start < CLIP_SIZE ? start : G_MAXUINT64);
  spool_assert_loads (spool, from, end - from);
}

static void
test_any_order_is_counted_right (Folder *folder, gconstpointer data)
{
  for (guint round = 0; round < 20; round++) {
    SeedanceSpool *spool = spool_create (folder);
    guint8 there[CLIP_SIZE] = { 0 };

    for (guint i = 0; i < 60; i++) {
      gsize offset = g_test_rand_int_range (0, CLIP_SIZE);
      gsize size = g_test_rand_int_range (0, 200);

      size = MIN (size, CLIP_SIZE - offset);
      spool_store (spool, offset, size);
      memset (there + offset, 1, size);
      for (guint k = 0; k < 10; k++)
        assert_like (spool, there, g_test_rand_int_range (0, CLIP_SIZE));
    }
    spool_free (folder, spool);
  }
}

static void
test_more_than_is_there_is_read_short (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = spool_create (folder);
  guint8 bytes[100];

  spool_store (spool, 0, 60);
  g_assert_cmpint (seedance_spool_load (spool, 50, bytes, 100, NULL), ==, 10);
  g_assert_cmpint (seedance_spool_load (spool, 60, bytes, 100, NULL), ==, 0);
  g_assert_cmpint (
      seedance_spool_load (spool, 1000000, bytes, 100, NULL), ==, 0);
  spool_free (folder, spool);
}

static void
test_clearing_forgets_all (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = spool_create (folder);

  spool_store (spool, 0, 1000);
  spool_store (spool, 5000, 1000);
  g_mutex_lock (&spool_lock);
  seedance_spool_clear_locked (spool);
  g_mutex_unlock (&spool_lock);
  g_assert_cmpuint (spool_available (spool, 0), ==, 0);
  g_assert_cmpuint (spool_next (spool, 0), ==, G_MAXUINT64);
  spool_store (spool, 10, 10);
  g_assert_cmpuint (spool_available (spool, 10), ==, 10);
  spool_free (folder, spool);
}

static void
test_an_offset_that_no_file_has_is_refused (Folder *folder, gconstpointer data)
{
  static const guint64 offsets[] = { G_MAXINT64, G_MAXUINT64 - 10,
    G_MAXUINT64 };

  for (guint i = 0; i < G_N_ELEMENTS (offsets); i++) {
    SeedanceSpool *spool = spool_create (folder);
    g_autoptr (SeedanceBlock) block = spool_make_block (offsets[i], 100);
    SpoolCommit result;

    seedance_spool_store (spool, block, NULL);
    result = spool_commit (spool);
    g_assert_nonnull (result.error);
    g_assert_true (result.lost);
    g_clear_error (&result.error);
    spool_free (folder, spool);
    g_assert_cmpuint (folder_count (folder), ==, 0);
  }
}

/* The file of a spool that was not committed is deleted with it. */
static void
test_what_is_not_committed_goes (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = spool_create (folder);

  spool_store (spool, 0, 100);
  g_assert_false (folder_has (folder, "clip.mp4"));
  g_assert_cmpuint (folder_count (folder), ==, 1);
  spool_free (folder, spool);
  g_assert_cmpuint (folder_count (folder), ==, 0);
}

static void
test_what_is_committed_stays (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = spool_create (folder);
  g_autofree gchar *path = spool_clip_path (folder);
  struct stat info;

  spool_store (spool, 0, 100);
  spool_assert_commits (spool);
  spool_assert_commits (spool);
  spool_assert_loads (spool, 0, 100);
  spool_free (folder, spool);
  g_assert_cmpuint (folder_count (folder), ==, 1);
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_size, ==, 100);
  g_assert_cmphex (info.st_mode & 07777, ==, 0600);
}

static SeedanceSpool *
resume (Folder *folder)
{
  g_autofree gchar *path = spool_clip_path (folder);
  g_autoptr (SeedanceIo) io = seedance_io_open (folder->dir, NULL);
  g_autoptr (GError) error = NULL;
  SeedanceSpool *spool =
      seedance_spool_resume (io, path, &spool_lock, &spool_cond, &error);

  g_assert_no_error (error);
  return spool;
}

/* A clip that another job reads is open, whichever of the two ends first, and
 * whether the first had the part file or one of its own. */
static void
test_a_clip_is_open_until_its_last_reader_ends (
    Folder *folder, gconstpointer is_resumed)
{
  SeedanceSpool *first = is_resumed ? resume (folder) : spool_create (folder);
  g_autofree gchar *path = spool_clip_path (folder);
  SeedanceSpool *second;
  int fault;

  spool_store (first, 0, 100);
  spool_assert_commits (first);
  g_assert_true (seedance_spool_is_open (path));
  second = seedance_spool_open (path, 100, &fault, &spool_lock, &spool_cond);
  spool_free (folder, first);
  g_assert_true (seedance_spool_is_open (path));
  seedance_spool_free (second);
  g_assert_false (seedance_spool_is_open (path));
}

/* If the service sends no ETag any more, the spool forgets the old one. */
static void
test_what_was_told_last_is_kept (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = resume (folder);
  const SeedanceSpoolFacts *facts;

  seedance_spool_note_facts (spool, 100, "\"a\"", "Monday");
  spool_store (spool, 0, 50);
  g_assert_true (seedance_io_drain (G_MAXINT64));
  seedance_spool_note_facts (spool, 100, NULL, "Tuesday");
  spool_store (spool, 50, 10);
  spool_free (folder, spool);
  for (guint i = 0; i < 2; i++) {
    spool = resume (folder);
    facts = seedance_spool_get_facts (spool);
    g_assert_cmpint (facts->size, ==, 100);
    g_assert_null (facts->etag);
    g_assert_cmpstr (facts->last_modified, ==, "Tuesday");
    spool_assert_loads (spool, 0, 60);
    g_assert_cmpuint (spool_available (spool, 0), ==, 60 + 10 * i);
    spool_store (spool, 60 + 10 * i, 10);
    spool_free (folder, spool);
  }
}

/* An earlier run has left bytes behind a gap, and this one drops them. */
static void
test_what_is_cut_off_hides_nothing (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = resume (folder);

  seedance_spool_note_facts (spool, 100, "\"a\"", NULL);
  spool_store (spool, 0, 30);
  spool_store (spool, 80, 20);
  spool_store (spool, 30, 20);
  spool_free (folder, spool);
  spool = resume (folder);
  g_assert_cmpuint (spool_gap (spool, 0), ==, 50);
  g_assert_cmpuint (spool_available (spool, 80), ==, 20);
  g_mutex_lock (&spool_lock);
  seedance_spool_cut_locked (spool, 50);
  g_mutex_unlock (&spool_lock);
  spool_store (spool, 50, 10);
  spool_free (folder, spool);
  for (guint there = 60; there < 100; there += 20) {
    spool = resume (folder);
    g_assert_cmpuint (spool_available (spool, 0), ==, there);
    g_assert_cmpint (seedance_spool_get_facts (spool)->size, ==, 100);
    g_assert_cmpstr (seedance_spool_get_facts (spool)->etag, ==, "\"a\"");
    spool_assert_loads (spool, 0, there);
    spool_store (spool, there, 20);
    spool_free (folder, spool);
  }
}

/* Facts that do not fit the partial file are dropped together with it. */
static void
test_facts_of_nothing_are_not_kept (Folder *folder, gconstpointer data)
{
  SeedanceSpool *spool = resume (folder);

  seedance_spool_note_facts (spool, 100, "\"a\"", NULL);
  spool_store (spool, 0, 50);
  spool_free (folder, spool);
  folder_write (folder, "clip.mp4.part", "other", -1);
  spool = resume (folder);
  g_assert_cmpuint (spool_available (spool, 0), ==, 0);
  g_assert_cmpint (seedance_spool_get_facts (spool)->size, ==, -1);
  g_assert_null (seedance_spool_get_facts (spool)->etag);
  spool_free (folder, spool);
  g_assert_cmpuint (folder_count (folder), ==, 0);
}

/* Two spools for one clip use separate files until they commit. */
static void
test_two_for_one_clip_do_not_mix (Folder *folder, gconstpointer data)
{
  SeedanceSpool *first = spool_create (folder);
  SeedanceSpool *second = spool_create (folder);

  spool_store (first, 0, 100);
  spool_store (second, 0, 50);
  spool_assert_commits (second);
  g_assert_cmpuint (spool_available (second, 0), ==, 50);
  spool_assert_commits (first);
  spool_free (folder, second);
  spool_assert_loads (first, 0, 100);
  spool_free (folder, first);
  g_assert_true (folder_has (folder, "clip.mp4"));
  g_assert_cmpuint (folder_count (folder), ==, 1);
}

/* Asserts that no call failed: then the clip would only seem to be missing. */
static SeedanceSpool *
open_clip (const gchar *path, gint64 size)
{
  int fault = -1;
  SeedanceSpool *spool =
      seedance_spool_open (path, size, &fault, &spool_lock, &spool_cond);

  g_assert_cmpint (fault, ==, 0);

  return spool;
}

static void
test_a_stored_clip_must_have_its_size (Folder *folder, gconstpointer data)
{
  static const gint64 sizes[] = { 0, 99, 101, G_MAXINT64 };
  g_autofree gchar *path = spool_clip_path (folder);
  SeedanceSpool *spool = spool_create (folder);

  g_assert_null (open_clip (path, -1));
  spool_store (spool, 0, 100);
  spool_assert_commits (spool);
  spool_free (folder, spool);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    g_assert_null (open_clip (path, sizes[i]));
  for (gint64 size = -1; size <= 100; size += 101) {
    spool = open_clip (path, size);
    g_assert_cmpuint (spool_available (spool, 0), ==, 100);
    g_assert_cmpuint (spool_next (spool, 100), ==, G_MAXUINT64);
    spool_assert_loads (spool, 0, 100);
    spool_free (folder, spool);
  }
  g_assert_true (folder_has (folder, "clip.mp4"));
}

static void
test_an_empty_file_is_no_clip (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = spool_clip_path (folder);

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_assert_null (open_clip (path, -1));
  g_assert_null (open_clip (path, 0));
}

static void
test_a_folder_is_no_clip (Folder *folder, gconstpointer data)
{
  g_assert_null (open_clip (folder->dir, -1));
}

static void
open_a_pipe (Folder *folder, gpointer data)
{
  g_autofree gchar *path = spool_clip_path (folder);

  alarm (5);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_null (open_clip (path, -1));
}

static void
test_a_pipe_does_not_hang (Folder *folder, gconstpointer data)
{
  seedance_io_drain (G_MAXINT64);
  folder_run_child (folder, open_a_pipe, NULL);
}

/* After the disk has reported an error, the commit and each later store fail.
 * Readers still get the bytes that arrived. */
static void
fail_to_store (SeedanceSpool *spool)
{
  g_autoptr (SeedanceBlock) block = spool_make_block (1000, 200000);
  g_autoptr (SeedanceBlock) later = spool_make_block (201000, 1);
  g_autoptr (GError) error = NULL;
  SpoolCommit result;

  seedance_spool_store (spool, block, NULL);
  result = spool_commit (spool);
  g_assert_error (result.error, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE);
  g_assert_true (result.lost);
  g_assert_nonnull (strstr (result.error->message, "state-dir"));
  g_assert_nonnull (strstr (result.error->message, "without a second bill"));
  g_clear_error (&result.error);
  g_assert_false (seedance_spool_store (spool, later, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE);
  spool_assert_loads (spool, 0, 201001);
}

static void
store_on_a_small_disk (Folder *folder, gpointer data)
{
  SeedanceSpool *spool = spool_create (folder);

  spool_store (spool, 0, 1000);
  fail_to_store (spool);
  spool_free (folder, spool);
  g_assert_cmpuint (folder_count (folder), ==, 0);
  spool = spool_create (folder);
  spool_store (spool, 0, 1000);
  spool_assert_commits (spool);
  spool_free (folder, spool);
}

static void
test_a_full_disk_is_told (Folder *folder, gconstpointer data)
{
  seedance_io_drain (G_MAXINT64);
  folder_run_on_small_disk (folder, store_on_a_small_disk, NULL);
}

static void
store_within_a_limit (Folder *folder, gpointer data)
{
  struct rlimit limit = { 65536, 65536 };
  SeedanceSpool *spool = spool_create (folder);

  spool_store (spool, 0, 1000);
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  fail_to_store (spool);
  spool_free (folder, spool);
}

static void
test_a_limit_of_size_is_told (Folder *folder, gconstpointer data)
{
  seedance_io_drain (G_MAXINT64);
  folder_run_child (folder, store_within_a_limit, NULL);
}

static void
test_no_folder_is_told (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path =
      g_build_filename (folder->dir, "gone", "clip.mp4", NULL);
  g_autoptr (SeedanceIo) io = seedance_io_open (folder->dir, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (
      seedance_spool_create (io, path, &spool_lock, &spool_cond, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_READ);
}

/* A folder blocks the clip's path. Readers still get the bytes that arrived. */
static void
test_a_commit_that_fails_loses_no_byte (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = spool_clip_path (folder);
  SeedanceSpool *spool = spool_create (folder);
  SpoolCommit result;

  spool_store (spool, 0, 100);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  result = spool_commit (spool);
  g_assert_error (result.error, SEEDANCE_ERROR, SEEDANCE_ERROR_READ);
  g_assert_false (result.lost);
  g_clear_error (&result.error);
  spool_assert_loads (spool, 0, 100);
  spool_free (folder, spool);
  g_assert_cmpuint (folder_count (folder), ==, 1);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) folder_add ("/spool/" path, NULL, test_##name)
  ADD ("there/nothing", a_new_one_holds_nothing);
  ADD ("there/end-first", the_end_may_come_first);
  ADD ("short-calls", what_is_short_is_let_in);
  ADD ("short-calls/check", what_is_short_is_let_into_a_check);
  ADD ("there/any-order", any_order_is_counted_right);
  ADD ("there/short", more_than_is_there_is_read_short);
  ADD ("there/cleared", clearing_forgets_all);
  ADD ("there/far", an_offset_that_no_file_has_is_refused);
  ADD ("file/not-committed", what_is_not_committed_goes);
  ADD ("file/committed", what_is_committed_stays);
  folder_add ("/spool/file/open/created", NULL,
      test_a_clip_is_open_until_its_last_reader_ends);
  folder_add ("/spool/file/open/resumed", "",
      test_a_clip_is_open_until_its_last_reader_ends);
  ADD ("file/facts", what_was_told_last_is_kept);
  ADD ("file/cut", what_is_cut_off_hides_nothing);
  ADD ("file/no-facts", facts_of_nothing_are_not_kept);
  ADD ("file/two", two_for_one_clip_do_not_mix);
  ADD ("file/size", a_stored_clip_must_have_its_size);
  ADD ("file/empty", an_empty_file_is_no_clip);
  ADD ("file/folder", a_folder_is_no_clip);
  ADD ("file/pipe", a_pipe_does_not_hang);
  ADD ("disk/full", a_full_disk_is_told);
  ADD ("disk/limit", a_limit_of_size_is_told);
  ADD ("disk/no-folder", no_folder_is_told);
  ADD ("disk/commit", a_commit_that_fails_loses_no_byte);
  result = g_test_run ();
  seedance_io_finish (G_MAXINT64);
  return result;
}
