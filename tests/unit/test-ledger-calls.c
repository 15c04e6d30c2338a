/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of the ledger that have queued up on its thread share one commit. None
 * is told its result before that, and an error of one call or of the commit
 * does not affect the other calls. */
#include "ledger-calls.h"

#include "ledger-db.h"
#include "ledger-folder.h"
#include "ledger-rows.h"

#define CALLS 5

/* A call that saves one record. */
typedef struct {
  Folder *folder;
  SeedanceRecord *record;
  guint worked; /* how often the call was tried */
  gboolean saved;
  GError *error;
  gint64 rows; /* rows in the ledger when the call is told */
} Save;

static GMutex lock;
static GCond cond;
static guint told;
static gboolean go;

static void
save_call (gpointer data)
{
  Save *save = data;

  save->worked++;
  g_clear_error (&save->error);
  save->saved =
      seedance_ledger_save (save->folder->dir, save->record, &save->error);
}

static void
tell_call (gpointer data)
{
  Save *save = data;

  save->rows = folder_count_rows (save->folder, "1");
  g_mutex_lock (&lock);
  told++;
  g_cond_signal (&cond);
  g_mutex_unlock (&lock);
}

static void
wait_call (gpointer unused)
{
  g_mutex_lock (&lock);
  while (!go)
    g_cond_wait (&cond, &lock);
  g_mutex_unlock (&lock);
}

/* Queues all @saves while the thread is busy, so that they form one group. */
static void
save_together (Folder *folder, Save *saves)
{
  g_autoptr (SeedanceIo) io = seedance_io_open (folder->dir, NULL);

  seedance_io_invoke (io, wait_call, NULL);
  for (guint i = 0; i < CALLS; i++) {
    g_autofree gchar *order = g_strdup_printf ("order-%u", i);

    saves[i].folder = folder;
    if (!saves[i].record)
      saves[i].record = folder_new_record (order, SEEDANCE_RECORD_SUBMITTED);
    seedance_ledger_invoke (io, save_call, tell_call, &saves[i]);
  }
  g_mutex_lock (&lock);
  go = TRUE;
  g_cond_broadcast (&cond);
  while (told < CALLS)
    g_cond_wait (&cond, &lock);
  told = 0;
  go = FALSE;
  g_mutex_unlock (&lock);
  g_assert_true (seedance_io_drain (G_MAXINT64));
}

static void
clear (Save *saves)
{
  for (guint i = 0; i < CALLS; i++) {
    seedance_record_free (saves[i].record);
    g_clear_error (&saves[i].error);
  }
}

/* When the first call is told its result, all rows are committed. */
static void
test_calls_share_a_commit (Folder *folder, gconstpointer data)
{
  Save saves[CALLS] = { 0 };

  g_assert_true (seedance_ledger_prepare (folder->dir, NULL));
  save_together (folder, saves);
  for (guint i = 0; i < CALLS; i++) {
    g_assert_no_error (saves[i].error);
    g_assert_true (saves[i].saved);
    g_assert_cmpuint (saves[i].worked, ==, 1);
    g_assert_cmpint (saves[i].rows, ==, CALLS);
  }
  clear (saves);
}

/* A row without a provider is invalid. */
static void
test_a_call_that_fails_fails_alone (Folder *folder, gconstpointer data)
{
  Save saves[CALLS] = { 0 };

  g_assert_true (seedance_ledger_prepare (folder->dir, NULL));
  saves[2].record = folder_new_record ("order-2", SEEDANCE_RECORD_SUBMITTED);
  g_clear_pointer (&saves[2].record->provider, g_free);
  save_together (folder, saves);
  for (guint i = 0; i < CALLS; i++) {
    g_assert_true (saves[i].saved == (i != 2));
    g_assert_true ((saves[i].error == NULL) == (i != 2));
    g_assert_cmpint (saves[i].rows, ==, CALLS - 1);
  }
  clear (saves);
}

/* Larger than the space that a full disk has left, but smaller than the
 * disk. */
#define LONG_PROMPT 8192

static void
save_on_a_full_disk (Folder *folder, gpointer data)
{
  Save saves[CALLS] = { 0 };

  seedance_record_free (
      folder_record (folder, "old", SEEDANCE_RECORD_SUBMITTED));
  folder_fill (folder, TRUE);
  for (guint i = 0; i < CALLS; i++) {
    saves[i].record = folder_new_record ("order", SEEDANCE_RECORD_SUBMITTED);
    g_free (saves[i].record->prompt);
    saves[i].record->prompt = g_strnfill (LONG_PROMPT, 'p');
  }
  save_together (folder, saves);
  for (guint i = 0; i < CALLS; i++) {
    g_assert_false (saves[i].saved);
    g_assert_error (saves[i].error, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE);
    g_assert_cmpuint (saves[i].worked, ==, 2);
    g_assert_cmpint (saves[i].rows, ==, 1);
  }
  folder_fill (folder, FALSE);
  for (guint i = 0; i < CALLS; i++) {
    g_free (saves[i].record->prompt);
    saves[i].record->prompt = g_strdup ("short");
  }
  save_together (folder, saves);
  for (guint i = 0; i < CALLS; i++)
    g_assert_no_error (saves[i].error);
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, CALLS + 1);
  clear (saves);
}

static void
test_a_commit_that_fails_is_tried_for_each (Folder *folder, gconstpointer data)
{
  folder_run_on_small_disk (folder, save_on_a_full_disk, NULL);
}

/* The group waits for the lock once, not once for each call. */
static void
save_while_held (Folder *folder, gpointer data)
{
  Save saves[CALLS] = { 0 };

  g_assert_true (seedance_ledger_prepare (folder->dir, NULL));
  folder_hold (folder);
  save_together (folder, saves);
  for (guint i = 0; i < CALLS; i++) {
    g_assert_error (saves[i].error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
    g_assert_cmpuint (saves[i].worked, ==, 1);
    g_assert_cmpint (saves[i].rows, ==, 0);
  }
  clear (saves);
}

static void
test_a_ledger_that_is_held_is_waited_for_once (
    Folder *folder, gconstpointer data)
{
  folder_run_child (folder, save_while_held, NULL);
}

/* A part of a group that was rolled back, or that only read, leaves no change
 * in the group. */
static void
test_a_part_is_undone_alone (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) kept =
      folder_new_record ("kept", SEEDANCE_RECORD_SUBMITTED);
  g_autoptr (SeedanceRecord) undone =
      folder_new_record ("undone", SEEDANCE_RECORD_SUBMITTED);
  g_autoptr (SeedanceRecord) found = NULL;
  SeedanceDb *db;

  g_assert_true (seedance_ledger_prepare (folder->dir, NULL));
  seedance_db_begin_group (folder->dir);
  g_assert_true (seedance_ledger_save (folder->dir, kept, NULL));
  db = seedance_db_begin (folder->dir, SEEDANCE_DB_DECIDE, NULL);
  seedance_row_write (db, undone, FALSE);
  g_assert_true (seedance_db_end (db, FALSE, NULL));
  found = seedance_ledger_find (folder->dir, kept->name, NULL);
  g_assert_nonnull (found);
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, 0);
  g_assert_true (seedance_db_end_group ());
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, 1);
  g_assert_cmpint (
      folder_count_rows (folder, "task_id = 'task-of-kept'"), ==, 1);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) folder_add ("/ledger-calls/" path, NULL, test_##name)
  /* These two fork, so they must run before this process has a second
   * thread. */
  ADD ("full", a_commit_that_fails_is_tried_for_each);
  ADD ("held", a_ledger_that_is_held_is_waited_for_once);
  ADD ("together", calls_share_a_commit);
  ADD ("alone", a_call_that_fails_fails_alone);
  ADD ("part", a_part_is_undone_alone);
  result = g_test_run ();
  seedance_io_finish (G_MAXINT64);
  return result;
}
