/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given records, rivals and a full disk, the ledger keeps what was paid for.
 * test-ledger-pointer.c follows pointers, test-ledger-damage.c has what is no
 * record. */
#include "ledger-folder.h"
#include "ledger-list.h"
#include "order.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RIVALS 8
#define ROUNDS 20

static SeedanceRecord *
new_record (void)
{
  return seedance_record_new ("seeddance", "https://api.example", "a boat");
}

/* --- what is written is read -------------------------------------------- */

static void
assert_same (const SeedanceRecord *a, const SeedanceRecord *b)
{
  g_assert_cmpint (a->state, ==, b->state);
  g_assert_cmpstr (a->provider, ==, b->provider);
  g_assert_cmpstr (a->base_url, ==, b->base_url);
  g_assert_cmpstr (a->prompt, ==, b->prompt);
  g_assert_cmpstr (a->task_id, ==, b->task_id);
  g_assert_cmpstr (a->file, ==, b->file);
  g_assert_cmpstr (a->reason, ==, b->reason);
  g_assert_cmpint (a->created, ==, b->created);
  g_assert_cmpint (a->updated, ==, b->updated);
  g_assert_cmpint (a->size, ==, b->size);
  g_assert_cmpint (a->seed, ==, b->seed);
  g_assert_cmpint (a->generation_ms, ==, b->generation_ms);
  g_assert_cmpstr (a->owner_host, ==, b->owner_host);
  g_assert_cmpint (a->owner_pid, ==, b->owner_pid);
  g_assert_cmpint (a->owner_start, ==, b->owner_start);
}

static void
assert_kept (Folder *folder, SeedanceRecord *record)
{
  g_autoptr (SeedanceRecord) loaded = NULL;
  g_autoptr (GError) error = NULL;

  seedance_ledger_save (folder->dir, "r", record, &error);
  g_assert_no_error (error);
  loaded = folder_load (folder, "r", &error);
  g_assert_no_error (error);
  assert_same (loaded, record);
}

static void
test_every_state_and_field_is_kept (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record = new_record ();

  assert_kept (folder, record);
  record->state = SEEDANCE_RECORD_AMBIGUOUS;
  record->reason = g_strdup ("the answer was lost");
  assert_kept (folder, record);
  record->task_id = g_strdup ("task-1");
  for (guint i = SEEDANCE_RECORD_SUBMITTED; i <= SEEDANCE_RECORD_FAILED; i++) {
    record->state = i;
    record->size = G_GINT64_CONSTANT (5000000000);
    record->seed = 42;
    record->generation_ms = 81234;
    assert_kept (folder, record);
    g_free (record->instance);
    record->instance = i % 2 ? g_strdup ("evening 3") : NULL;
    assert_kept (folder, record);
  }
}

static void
test_hostile_texts_are_kept (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record = new_record ();

  g_free (record->prompt);
  record->prompt =
      g_strdup ("\"}\\ \n\r\t\x01\x7f/../%s\xe2\x80\xae\xf0\x9f\x9a\xa3");
  record->state = SEEDANCE_RECORD_SUBMITTED;
  record->task_id = g_strdup ("../../\"{\\u0041}?#&\n");
  assert_kept (folder, record);
}

static void
test_a_seed_of_64_bits_is_exact (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record = new_record ();

  record->seed = G_GINT64_CONSTANT (9007199254740993);
  assert_kept (folder, record);
  record->seed = G_MAXINT64;
  assert_kept (folder, record);
}

static void
test_a_long_prompt_does_not_lose_the_record (Folder *folder, gconstpointer data)
{
  g_autofree gchar *words = g_strnfill (2 * 1024 * 1024, '\x01');
  g_autoptr (SeedanceRecord) record =
      seedance_record_new ("seeddance", "https://api.example", words);

  record->state = SEEDANCE_RECORD_SUBMITTED;
  record->task_id = g_strdup ("task-1");
  assert_kept (folder, record);
}

static void
test_a_copy_is_whole_and_its_own (void)
{
  g_autoptr (SeedanceRecord) record = new_record ();
  g_autoptr (SeedanceRecord) copy = NULL;

  record->reason = g_strdup ("why");
  record->task_id = g_strdup ("t");
  copy = seedance_record_copy (record);
  assert_same (copy, record);
  g_assert_true (copy->file != record->file && copy->prompt != record->prompt);
}

static void
test_saving_tells_the_time (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record = new_record ();
  gint64 before = g_get_real_time () / G_USEC_PER_SEC;

  record->created = record->updated = 5;
  assert_kept (folder, record);
  g_assert_cmpint (record->created, ==, 5);
  g_assert_cmpint (record->updated, >=, before);
}

/* --- privacy ------------------------------------------------------------ */

static guint
mode_of (const gchar *path)
{
  struct stat info;

  g_assert_cmpint (stat (path, &info), ==, 0);
  return info.st_mode & 07777;
}

static void
test_nobody_else_may_look (Folder *folder, gconstpointer data)
{
  g_autofree gchar *dir = g_build_filename (folder->dir, "a", "b", NULL);
  g_autofree gchar *path = seedance_ledger_path (dir, "r");
  g_autofree gchar *alias = seedance_ledger_path (dir, "alias");
  g_autoptr (SeedanceRecord) record = new_record ();
  Folder inner = { dir };
  mode_t old = umask (0);

  g_assert_true (seedance_ledger_prepare (dir, NULL));
  g_assert_true (seedance_ledger_prepare (dir, NULL));
  seedance_record_free (
      folder_record (&inner, "r", SEEDANCE_RECORD_SUBMITTING));
  seedance_ledger_point (dir, "alias", "r");
  umask (old);
  g_assert_cmphex (mode_of (dir), ==, 0700);
  g_assert_cmphex (mode_of (path), ==, 0600);
  g_assert_cmphex (mode_of (alias), ==, 0600);
  g_assert_true (seedance_ledger_save (dir, "r", record, NULL));
  g_assert_cmphex (mode_of (path), ==, 0600);
}

static void
test_no_file_and_no_name_holds_the_key (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceOrder) order = seedance_order_new ();
  g_autofree gchar *name = NULL, *text = NULL;
  g_autoptr (GError) error = NULL;

  order->request->prompt = g_strdup ("a boat");
  order->base_url = g_strdup ("https://api.example");
  order->key = g_strdup ("sk-VERYSECRET");
  order->state_dir = g_strdup (folder->dir);
  g_assert_true (seedance_order_prepare (order, &error));
  name = seedance_order_record_name (order);
  seedance_record_free (
      folder_record (folder, name, SEEDANCE_RECORD_SUBMITTED));
  text = folder_read (folder, name);
  g_assert_null (strstr (name, "VERYSECRET"));
  g_assert_null (strstr (text, "VERYSECRET"));
}

/* --- rivals ------------------------------------------------------------- */

static void
test_the_second_finds_the_first (Folder *folder, gconstpointer data)
{
  G_GNUC_UNUSED g_autoptr (SeedanceRecord) first =
      folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTING);
  g_autoptr (SeedanceRecord) second = new_record ();
  g_autofree gchar *before = folder_read (folder, "r");
  g_autofree gchar *after = NULL;
  g_autoptr (GError) error = NULL;
  gboolean exists;

  g_assert_false (
      seedance_ledger_create (folder->dir, "r", second, &exists, &error));
  g_assert_true (exists);
  g_assert_no_error (error);
  after = folder_read (folder, "r");
  g_assert_cmpstr (before, ==, after);
  g_assert_cmpuint (folder_count (folder), ==, 1);
}

typedef struct {
  Folder *folder;
  gint ready; /* atomic: how many stand at the start */
  gint won;   /* atomic */
  gchar name[16];
} Race;

static gboolean
try_to_win (Folder *folder, const gchar *name)
{
  g_autoptr (SeedanceRecord) record = new_record ();
  g_autoptr (GError) error = NULL;
  gboolean exists, won;

  won = seedance_ledger_create (folder->dir, name, record, &exists, &error);
  g_assert_no_error (error);
  g_assert_cmpint (won, !=, exists);
  return won;
}

static gpointer
race_thread (gpointer data)
{
  Race *race = data;

  g_atomic_int_inc (&race->ready);
  while (g_atomic_int_get (&race->ready) < RIVALS)
    g_thread_yield ();
  if (try_to_win (race->folder, race->name))
    g_atomic_int_inc (&race->won);
  return NULL;
}

static void
test_one_thread_wins (Folder *folder, gconstpointer data)
{
  for (guint round = 0; round < ROUNDS; round++) {
    Race race = { folder };
    GThread *threads[RIVALS];

    g_snprintf (race.name, sizeof race.name, "r%u", round);
    for (guint i = 0; i < RIVALS; i++)
      threads[i] = g_thread_new ("rival", race_thread, &race);
    for (guint i = 0; i < RIVALS; i++)
      g_thread_join (threads[i]);
    g_assert_cmpint (race.won, ==, 1);
  }
  g_assert_cmpuint (folder_count (folder), ==, ROUNDS);
}

/* Waits for the gate to close, so that all start at once, then races. */
static void
race_process (Folder *folder, const int gate[2], const gchar *name)
{
  gchar byte;

  close (gate[1]);
  while (read (gate[0], &byte, 1) > 0)
    ;
  _exit (try_to_win (folder, name) ? 1 : 0);
}

static void
test_one_process_wins (Folder *folder, gconstpointer data)
{
  for (guint round = 0; round < ROUNDS; round++) {
    g_autofree gchar *name = g_strdup_printf ("r%u", round);
    pid_t pids[RIVALS];
    gint won = 0;
    int gate[2];

    g_assert_cmpint (pipe (gate), ==, 0);
    for (guint i = 0; i < RIVALS; i++) {
      pids[i] = fork ();
      if (pids[i] == 0)
        race_process (folder, gate, name);
    }
    close (gate[0]);
    close (gate[1]);
    for (guint i = 0; i < RIVALS; i++) {
      int status;

      g_assert_cmpint (waitpid (pids[i], &status, 0), ==, pids[i]);
      g_assert_true (WIFEXITED (status));
      won += WEXITSTATUS (status);
    }
    g_assert_cmpint (won, ==, 1);
  }
}

static void
write_a_record (Folder *folder, gpointer name)
{
  seedance_record_free (
      folder_record (folder, name, SEEDANCE_RECORD_SUBMITTED));
}

/* A program that forks hands its random numbers down: two clips under one name
 * would be one clip for two orders. */
static void
test_forks_name_their_clips_apart (Folder *folder, gconstpointer data)
{
  G_GNUC_UNUSED g_autofree gchar *seeded = g_uuid_string_random ();
  g_autoptr (SeedanceRecord) a = NULL;
  g_autoptr (SeedanceRecord) b = NULL;

  folder_run_child (folder, write_a_record, (gpointer) "a");
  folder_run_child (folder, write_a_record, (gpointer) "b");
  a = folder_load (folder, "a", NULL);
  b = folder_load (folder, "b", NULL);
  g_assert_cmpstr (a->file, !=, b->file);
}

typedef struct {
  Folder *folder;
  gint stop;
} Saver;

static gpointer
save_thread (gpointer data)
{
  Saver *saver = data;
  g_autoptr (SeedanceRecord) record = new_record ();

  g_free (record->prompt);
  record->prompt = g_strnfill (100000, 'x');
  for (guint i = 0; i < 100; i++)
    g_assert_true (
        seedance_ledger_save (saver->folder->dir, "r", record, NULL));
  g_atomic_int_set (&saver->stop, 1);
  return NULL;
}

static void
test_a_save_is_seen_whole_or_not_at_all (Folder *folder, gconstpointer data)
{
  G_GNUC_UNUSED g_autoptr (SeedanceRecord) first =
      folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTING);
  Saver saver = { folder };
  GThread *thread = g_thread_new ("saver", save_thread, &saver);

  while (!g_atomic_int_get (&saver.stop)) {
    g_autoptr (GError) error = NULL;
    g_autoptr (SeedanceRecord) record = folder_load (folder, "r", &error);

    g_assert_no_error (error);
    g_assert_nonnull (record);
  }
  g_thread_join (thread);
  g_assert_cmpuint (folder_count (folder), ==, 1);
}

/* --- disks -------------------------------------------------------------- */

static void
lose_nothing_on_a_full_disk (Folder *folder, gpointer data)
{
  g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTED);
  g_autoptr (SeedanceRecord) loaded = NULL;
  g_autoptr (GError) error = NULL;
  guint count;

  folder_fill (folder, TRUE);
  count = folder_count (folder);
  record->state = SEEDANCE_RECORD_READY;
  g_assert_false (seedance_ledger_save (folder->dir, "r", record, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE);
  g_clear_error (&error);
  loaded = folder_load (folder, "r", &error);
  g_assert_no_error (error);
  g_assert_cmpint (loaded->state, ==, SEEDANCE_RECORD_SUBMITTED);
  g_assert_cmpuint (folder_count (folder), ==, count);
  folder_fill (folder, FALSE);
  g_assert_true (seedance_ledger_save (folder->dir, "r", record, &error));
}

static void
test_a_full_disk_loses_nothing (Folder *folder, gconstpointer data)
{
  folder_run_on_small_disk (folder, lose_nothing_on_a_full_disk, NULL);
}

static void
claim_nothing_on_a_full_disk (Folder *folder, gpointer data)
{
  g_autoptr (SeedanceRecord) record = new_record ();
  g_autoptr (GError) error = NULL;
  gboolean exists;

  folder_fill (folder, TRUE);
  g_assert_false (
      seedance_ledger_create (folder->dir, "r", record, &exists, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE);
  g_assert_nonnull (strstr (error->message, "state-dir"));
  g_assert_false (exists);
  g_assert_cmpuint (folder_count (folder), ==, 1);
  g_clear_error (&error);
  g_assert_null (folder_load (folder, "r", &error));
  g_assert_no_error (error);
}

static void
test_a_full_disk_claims_nothing (Folder *folder, gconstpointer data)
{
  folder_run_on_small_disk (folder, claim_nothing_on_a_full_disk, NULL);
}

static void
work_in_read_only_folder (Folder *folder, gpointer data)
{
  g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTED);
  g_autoptr (SeedanceRecord) loaded = NULL;
  g_autoptr (GError) error = NULL;
  gboolean exists;

  g_assert_cmpint (g_chmod (folder->dir, 0500), ==, 0);
  g_assert_false (
      seedance_ledger_create (folder->dir, "s", record, &exists, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  g_assert_nonnull (strstr (error->message, folder->dir));
  g_assert_false (exists);
  g_clear_error (&error);
  g_assert_false (seedance_ledger_save (folder->dir, "r", record, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  g_clear_error (&error);
  loaded = folder_load (folder, "r", &error);
  g_assert_no_error (error);
  g_assert_nonnull (loaded);
}

static void
test_a_read_only_folder_is_told (Folder *folder, gconstpointer data)
{
  folder_run_unprivileged (folder, work_in_read_only_folder, NULL);
}

static void
test_a_file_is_no_folder (Folder *folder, gconstpointer data)
{
  g_autofree gchar *dir = seedance_ledger_path (folder->dir, "r");
  g_autofree gchar *name = g_strdup ("s");
  g_autoptr (GError) error = NULL;

  folder_write (folder, "r", "x", -1);
  g_assert_false (seedance_ledger_prepare (dir, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  g_clear_error (&error);
  g_assert_null (seedance_ledger_load (dir, &name, &error));
  g_assert_nonnull (error);
}

/* --- whose it is -------------------------------------------------------- */

static void
assert_folder_refused (Folder *folder, const gchar *words)
{
  g_autoptr (GError) error = NULL, second = NULL;
  g_autoptr (GPtrArray) list = NULL;

  g_assert_false (seedance_ledger_prepare (folder->dir, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_nonnull (strstr (error->message, folder->dir));
  g_assert_nonnull (strstr (error->message, "Nothing was ordered"));
  list = seedance_ledger_list (folder->dir, &second);
  g_assert_null (list);
  g_assert_error (second, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
}

static void
test_a_folder_that_others_write_is_refused (Folder *folder, gconstpointer data)
{
  static const mode_t refused[] = { 0770, 0775, 0720, 0702, 0777, 01777 };
  static const mode_t fine[] = { 0700, 0755, 0750, 0711 };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_assert_cmpint (g_chmod (folder->dir, refused[i]), ==, 0);
    assert_folder_refused (folder, "can be written by other users");
  }
  for (guint i = 0; i < G_N_ELEMENTS (fine); i++) {
    g_assert_cmpint (g_chmod (folder->dir, fine[i]), ==, 0);
    g_assert_true (seedance_ledger_prepare (folder->dir, &error));
    g_assert_no_error (error);
  }
}

static void
test_a_folder_of_another_user_is_refused (Folder *folder, gconstpointer data)
{
  if (geteuid () != 0) {
    Folder other = { .dir = (gchar *) "/" };

    assert_folder_refused (&other, "belongs to another user");
    return;
  }
  g_assert_cmpint (chown (folder->dir, 65534, 65534), ==, 0);
  assert_folder_refused (folder, "belongs to another user");
}

/* What a link leads to counts: a home may be elsewhere. */
static void
test_a_link_to_a_folder_is_as_good_as_that (Folder *folder, gconstpointer data)
{
  g_autofree gchar *real = g_build_filename (folder->dir, "real", NULL);
  g_autofree gchar *name = g_build_filename (folder->dir, "link", NULL);
  g_autoptr (GError) error = NULL;
  Folder linked = { .dir = name };

  g_assert_cmpint (g_mkdir (real, 0700), ==, 0);
  g_assert_cmpint (symlink ("real", name), ==, 0);
  g_assert_true (seedance_ledger_prepare (name, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_chmod (real, 0777), ==, 0);
  assert_folder_refused (&linked, "can be written by other users");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) folder_add ("/ledger/" path, NULL, test_##name)
  ADD ("keeps/all", every_state_and_field_is_kept);
  ADD ("keeps/hostile-texts", hostile_texts_are_kept);
  ADD ("keeps/seed", a_seed_of_64_bits_is_exact);
  ADD ("keeps/long-prompt", a_long_prompt_does_not_lose_the_record);
  ADD ("keeps/time", saving_tells_the_time);
  g_test_add_func ("/ledger/keeps/copy", test_a_copy_is_whole_and_its_own);
  ADD ("private/modes", nobody_else_may_look);
  ADD ("private/key", no_file_and_no_name_holds_the_key);
  ADD ("rivals/second", the_second_finds_the_first);
  ADD ("rivals/threads", one_thread_wins);
  ADD ("rivals/processes", one_process_wins);
  ADD ("rivals/forks", forks_name_their_clips_apart);
  ADD ("rivals/save-and-load", a_save_is_seen_whole_or_not_at_all);
  ADD ("disk/full-save", a_full_disk_loses_nothing);
  ADD ("disk/full-create", a_full_disk_claims_nothing);
  ADD ("disk/read-only", a_read_only_folder_is_told);
  ADD ("disk/no-folder", a_file_is_no_folder);
  folder_add ("/ledger/folder/writable", NULL,
      test_a_folder_that_others_write_is_refused);
  folder_add (
      "/ledger/folder/owner", NULL, test_a_folder_of_another_user_is_refused);
  folder_add (
      "/ledger/folder/link", NULL, test_a_link_to_a_folder_is_as_good_as_that);
  return g_test_run ();
}
