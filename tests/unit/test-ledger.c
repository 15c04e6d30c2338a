/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledger keeps every field of a record, finds the newest record, and shows
 * its contents to no other user. See test-claim.c for permission to order, and
 * test-ledger-damage.c for damaged files. */
#define _GNU_SOURCE
#include "ledger-dir.h"
#include "ledger-folder.h"
#include "ledger-list.h"
#include "order.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static SeedanceRecord *
new_record (void)
{
  return folder_new_record ("r", SEEDANCE_RECORD_SUBMITTING);
}

static void
assert_same (const SeedanceRecord *a, const SeedanceRecord *b)
{
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpint (a->state, ==, b->state);
  g_assert_cmpstr (a->identity, ==, b->identity);
  g_assert_cmpstr (a->kind, ==, b->kind);
  g_assert_cmpstr (a->provider, ==, b->provider);
  g_assert_cmpstr (a->base_url, ==, b->base_url);
  g_assert_cmpstr (a->prompt, ==, b->prompt);
  g_assert_cmpstr (a->resolution, ==, b->resolution);
  g_assert_cmpstr (a->instance, ==, b->instance);
  g_assert_cmpstr (a->key_hash, ==, b->key_hash);
  g_assert_cmpstr (a->cost, ==, b->cost);
  g_assert_cmpstr (a->task_id, ==, b->task_id);
  g_assert_cmpint (a->named, ==, b->named);
  g_assert_cmpstr (a->reason, ==, b->reason);
  g_assert_cmpstr (a->words, ==, b->words);
  g_assert_cmpint (a->created, ==, b->created);
  g_assert_cmpint (a->updated, ==, b->updated);
  g_assert_cmpint (a->size, ==, b->size);
  g_assert_cmpint (a->seed, ==, b->seed);
  g_assert_cmpint (a->tokens, ==, b->tokens);
  g_assert_cmpint (a->duration, ==, b->duration);
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

  g_assert_true (seedance_ledger_save (folder->dir, record, &error));
  g_assert_no_error (error);
  loaded = seedance_ledger_find (folder->dir, record->name, &error);
  g_assert_no_error (error);
  assert_same (loaded, record);
}

/* Gives each field a value of its own. */
static void
fill (SeedanceRecord *record)
{
  gchar **const texts[] = { &record->kind, &record->resolution,
    &record->instance, &record->key_hash, &record->cost, &record->reason,
    &record->words };
  gint64 *const numbers[] = { &record->size, &record->seed, &record->tokens,
    &record->duration, &record->generation_ms };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i] = g_strdup_printf ("text %u", i);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    *numbers[i] = G_GINT64_CONSTANT (5000000000) + i;
}

static void
test_every_state_and_field_is_kept (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record = new_record ();

  record->named = TRUE;
  assert_kept (folder, record);
  record->state = SEEDANCE_RECORD_AMBIGUOUS;
  assert_kept (folder, record);
  record->task_id = g_strdup ("task-1");
  fill (record);
  for (guint i = SEEDANCE_RECORD_SUBMITTED; i <= SEEDANCE_RECORD_FAILED; i++) {
    record->state = i;
    assert_kept (folder, record);
  }
  g_clear_pointer (&record->cost, g_free);
  g_clear_pointer (&record->words, g_free);
  record->seed = -1;
  record->named = FALSE;
  assert_kept (folder, record);
  /* All saves changed the same row. */
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, 1);
}

/* Two processes ask for the same task: one has the clip, the other one's link
 * was refused. The failure must not replace the clip. */
static void
test_a_clip_is_not_taken_by_who_never_saw_it (
    Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTED);
  g_autoptr (SeedanceRecord) other = seedance_record_copy (record);

  record->state = SEEDANCE_RECORD_READY;
  record->size = 5;
  g_assert_true (seedance_ledger_save (folder->dir, record, NULL));
  other->state = SEEDANCE_RECORD_FAILED;
  g_assert_true (seedance_ledger_save (folder->dir, other, NULL));
  g_assert_cmpint (folder_count_rows (folder, "state = 'ready'"), ==, 1);
  g_assert_cmpint (folder_claim (folder, "r", NULL), ==, SEEDANCE_CLAIM_ATTACH);
}

static void
test_hostile_texts_are_kept (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record = new_record ();

  g_free (record->prompt);
  record->prompt =
      g_strdup ("'); DROP TABLE attempts; --\"}\\ \n\r\t\x01\x7f/../%s?1:a"
                "\xe2\x80\xae\xf0\x9f\x9a\xa3");
  record->state = SEEDANCE_RECORD_SUBMITTED;
  record->task_id = g_strdup ("../../\"'{\\u0041}?#&\n");
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

  record->task_id = g_strdup ("t");
  fill (record);
  copy = seedance_record_copy (record);
  assert_same (copy, record);
  g_assert_true (copy->name != record->name && copy->words != record->words);
}

/* Saving updates the time of the last change and keeps the time of creation. */
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

/* Reading works without a folder and without a database, and makes neither. */
static void
test_nothing_is_no_error (Folder *folder, gconstpointer data)
{
  g_autofree gchar *none = folder_path (folder, "none");
  const gchar *const dirs[] = { none, folder->dir };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (dirs); i++) {
    const gchar *dir = dirs[i % 2];
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) list = seedance_ledger_list (dir, &error);
    g_auto (GStrv) problems = seedance_ledger_check (dir, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (list->len, ==, 0);
    g_assert_cmpuint (g_strv_length (problems), ==, 0);
    g_assert_null (seedance_ledger_find (dir, "r", &error));
    g_assert_null (seedance_ledger_find_task (dir, "p", "b", "t", &error));
    g_assert_no_error (error);
    g_assert_cmpint (seedance_ledger_get_shortest_time (dir, "k"), ==, 0);
    g_assert_false (g_file_test (none, G_FILE_TEST_EXISTS));
    /* The first round had no database, and reading did not make one. The second
     * round has one. */
    if (i == 1) {
      g_assert_false (folder_has (folder, SEEDANCE_LEDGER_FILE));
      g_assert_true (seedance_ledger_prepare (folder->dir, NULL));
    }
  }
}

static SeedanceRecord *
add_task (Folder *folder, const gchar *provider, const gchar *base_url)
{
  SeedanceRecord *record = seedance_record_new (provider, base_url, "a boat");

  record->state = SEEDANCE_RECORD_SUBMITTED;
  record->task_id = g_strdup ("same");
  g_assert_true (seedance_ledger_save (folder->dir, record, NULL));

  return record;
}

static void
assert_task (Folder *folder, const gchar *provider, const gchar *base_url,
    const SeedanceRecord *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SeedanceRecord) found = seedance_ledger_find_task (
      folder->dir, provider, base_url, "same", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (
      found ? found->name : NULL, ==, expected ? expected->name : NULL);
}

/* A task id is looked up together with its provider and base URL. The newest
 * record wins. */
static void
test_a_task_is_of_one_service (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) a = add_task (folder, "ark", "https://a");
  g_autoptr (SeedanceRecord) b = add_task (folder, "ark", "https://b");
  g_autoptr (SeedanceRecord) c = add_task (folder, "seeddance", "https://a");
  g_autoptr (SeedanceRecord) newer = NULL;

  assert_task (folder, "ark", "https://a", a);
  assert_task (folder, "ark", "https://b", b);
  assert_task (folder, "seeddance", "https://a", c);
  assert_task (folder, "seeddance", "https://b", NULL);
  newer = add_task (folder, "ark", "https://a");
  assert_task (folder, "ark", "https://a", newer);
  g_assert_true (seedance_ledger_forget (folder->dir, newer->name, NULL));
  assert_task (folder, "ark", "https://a", a);
}

static void
test_lists_have_the_newest_first (Folder *folder, gconstpointer data)
{
  static const gint64 ages[] = { 3, 1, 4, 2 };
  g_autoptr (GPtrArray) list = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (ages); i++) {
    g_autoptr (SeedanceRecord) record =
        folder_new_record ("r", SEEDANCE_RECORD_SUBMITTED);

    record->created = 1000 - ages[i];
    g_assert_true (seedance_ledger_save (folder->dir, record, NULL));
  }
  list = seedance_ledger_list (folder->dir, NULL);
  g_assert_cmpuint (list->len, ==, G_N_ELEMENTS (ages));
  for (guint i = 0; i < list->len; i++) {
    const SeedanceLedgerEntry *entry = g_ptr_array_index (list, i);

    g_assert_cmpint (entry->record->created, ==, 999 - i);
    g_assert_cmpstr (entry->name, ==, entry->record->name);
    g_assert_false (entry->has_clip);
    g_assert_null (entry->problem);
  }
}

static void
test_a_list_tells_the_clip (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_READY);
  g_autofree gchar *clip = seedance_ledger_clip_path (folder->dir, record);
  g_autofree gchar *file = g_strconcat (record->name, ".mp4", NULL);
  g_autofree gchar *expected = folder_path (folder, file);
  g_autoptr (GPtrArray) list = NULL;
  const SeedanceLedgerEntry *entry;

  g_assert_cmpstr (clip, ==, expected);
  g_assert_true (g_file_set_contents (clip, "12345", -1, NULL));
  list = seedance_ledger_list (folder->dir, NULL);
  entry = g_ptr_array_index (list, 0);
  g_assert_true (entry->has_clip);
  g_assert_cmpuint (entry->clip_size, ==, 5);
}

/* A forgotten record is not found any more, and its files are deleted. */
static void
test_what_is_forgotten_leads_nowhere (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_READY);
  g_autofree gchar *clip = seedance_ledger_clip_path (folder->dir, record);
  g_autofree gchar *part = g_strconcat (clip, ".part", NULL);
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;

  seedance_record_free (folder_record (folder, "other", SEEDANCE_RECORD_READY));
  g_assert_true (g_file_set_contents (clip, "clip", -1, NULL));
  g_assert_true (g_file_set_contents (part, "part", -1, NULL));
  g_assert_true (seedance_ledger_forget (folder->dir, record->name, &error));
  g_assert_no_error (error);
  g_assert_null (seedance_ledger_find (folder->dir, record->name, &error));
  g_assert_no_error (error);
  g_assert_null (seedance_ledger_find_task (
      folder->dir, "seeddance", "https://api.example", "task-of-r", NULL));
  list = seedance_ledger_list (folder->dir, NULL);
  g_assert_cmpuint (list->len, ==, 1);
  g_assert_cmpuint (folder_count (folder), ==, 0);
  /* The cost is still known. */
  g_assert_cmpint (folder_count_rows (folder, "forgotten"), ==, 1);
}

/* The name in a row may lead out of the folder. */
static void
test_no_other_file_is_deleted (Folder *folder, gconstpointer data)
{
  folder_write (folder, "mine.mp4", "mine", -1);
  folder_write (folder, "mine.mp4.part", "mine", -1);
  seedance_record_free (folder_record (folder, "r", SEEDANCE_RECORD_READY));
  folder_change (folder, "UPDATE attempts SET name = 'mine';");
  g_assert_true (seedance_ledger_forget (folder->dir, "mine", NULL));
  g_assert_cmpint (folder_count_rows (folder, "forgotten"), ==, 1);
  g_assert_cmpuint (folder_count (folder), ==, 2);
}

/* The record of a task that the user named can be removed as long as it has no
 * order and no result. */
static void
test_a_named_task_goes_as_long_as_it_is_nothing (
    Folder *folder, gconstpointer data)
{
  static const struct {
    const gchar *change;
    gboolean goes;
  } cases[] = { { "named = 1, identity = NULL", TRUE },
    { "named = 0, identity = NULL", FALSE }, { "named = 1", FALSE },
    { "named = 1, identity = NULL, state = 'ready'", FALSE },
    { "named = 1, identity = NULL, state = 'failed'", FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (SeedanceRecord) record =
        folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTED);
    g_autofree gchar *sql =
        g_strdup_printf ("UPDATE attempts SET %s WHERE name = '%s';",
            cases[i].change, record->name);
    g_autofree gchar *there = g_strdup_printf ("name = '%s'", record->name);

    folder_change (folder, sql);
    g_assert_cmpint (
        seedance_ledger_remove_named (folder->dir, record), ==, cases[i].goes);
    g_assert_cmpint (folder_count_rows (folder, there), ==, !cases[i].goes);
  }
}

/* Another process has found the row, and downloads the clip. */
static void
test_a_named_task_that_is_downloaded_stays (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTED);
  g_autofree gchar *clip = seedance_ledger_clip_path (folder->dir, record);
  g_autofree gchar *part = g_strconcat (clip, ".part", NULL);
  const int fd = g_open (part, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  folder_change (folder, "UPDATE attempts SET named = 1, identity = NULL;");
  g_assert_cmpint (flock (fd, LOCK_EX | LOCK_NB), ==, 0);
  g_assert_false (seedance_ledger_remove_named (folder->dir, record));
  g_assert_true (g_file_test (part, G_FILE_TEST_EXISTS));
  g_assert_cmpint (folder_count_rows (folder, "named"), ==, 1);
  close (fd);
  g_assert_true (seedance_ledger_remove_named (folder->dir, record));
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  g_assert_cmpint (folder_count_rows (folder, "named"), ==, 0);
}

static void
add_time (Folder *folder, const gchar *kind, gint64 time)
{
  g_autoptr (SeedanceRecord) record =
      folder_new_record ("r", SEEDANCE_RECORD_PLAYED);

  record->kind = g_strdup (kind);
  record->generation_ms = time;
  g_assert_true (seedance_ledger_save (folder->dir, record, NULL));
}

static void
assert_shortest (Folder *folder, const gchar *kind, gint64 time)
{
  g_assert_cmpint (
      seedance_ledger_get_shortest_time (folder->dir, kind), ==, time);
}

/* Of a forgotten task, too, but not what a damaged row has as its time. */
static void
test_the_shortest_time_of_one_kind (Folder *folder, gconstpointer data)
{
  add_time (folder, "other", 3);
  add_time (folder, "one", 12);
  add_time (folder, "one", 14);
  add_time (folder, "one", 86400001);
  add_time (folder, NULL, 1);
  assert_shortest (folder, "one", 12);
  folder_change (folder, "UPDATE attempts SET generation_ms = 0 "
                         "WHERE generation_ms = 12;");
  assert_shortest (folder, "one", 14);
  assert_shortest (folder, "none", 0);
  folder_change (folder, "UPDATE attempts SET forgotten = 1;");
  assert_shortest (folder, "one", 14);
}

/* The service may have become slower: old times are forgotten. */
static void
test_only_the_latest_times_count (Folder *folder, gconstpointer data)
{
  add_time (folder, "one", 5);
  for (guint i = 0; i < 15; i++)
    add_time (folder, "one", 50);
  assert_shortest (folder, "one", 5);
  add_time (folder, "one", 50);
  assert_shortest (folder, "one", 50);
}

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
  static const gchar *const files[] = { "ledger.db", "ledger.db-wal",
    "ledger.db-shm" };
  g_autofree gchar *dir = g_build_filename (folder->dir, "a", "b", NULL);
  Folder inner = { dir };
  mode_t old = umask (0);

  g_assert_true (seedance_ledger_prepare (dir, NULL));
  g_assert_true (seedance_ledger_prepare (dir, NULL));
  seedance_record_free (
      folder_record (&inner, "r", SEEDANCE_RECORD_SUBMITTING));
  umask (old);
  g_assert_cmphex (mode_of (dir), ==, 0700);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *path = folder_path (&inner, files[i]);

    g_assert_cmphex (mode_of (path), ==, 0600);
  }
  g_assert_cmpuint (folder_count (&inner), ==, 0);
}

static gboolean
holds (Folder *folder, const gchar *file, const gchar *word)
{
  g_autofree gchar *path = folder_path (folder, file);
  g_autofree gchar *bytes = NULL;
  gsize size = 0;

  g_file_get_contents (path, &bytes, &size, NULL);
  return bytes && memmem (bytes, size, word, strlen (word));
}

static void
test_no_file_holds_the_key (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceOrder) order = seedance_order_new ();
  g_autoptr (SeedanceRecord) record = new_record ();
  g_autoptr (GError) error = NULL;

  order->request->prompt = g_strdup ("a boat");
  order->base_url = g_strdup ("https://api.example");
  order->key = g_strdup ("sk-VERYSECRET");
  order->state_dir = g_strdup (folder->dir);
  g_assert_true (seedance_order_prepare (order, &error));
  g_free (record->identity);
  record->identity = g_strdup (order->fingerprint);
  record->key_hash = g_strdup (order->key_hash);
  assert_kept (folder, record);
  g_assert_true (holds (folder, "ledger.db-wal", order->key_hash));
  g_assert_false (holds (folder, "ledger.db", "VERYSECRET"));
  g_assert_false (holds (folder, "ledger.db-wal", "VERYSECRET"));
}

static void
write_a_record (Folder *folder, gpointer order)
{
  seedance_record_free (
      folder_record (folder, order, SEEDANCE_RECORD_SUBMITTED));
}

/* A process that forks passes the state of its random numbers on. Two clips of
 * the same name would be one clip for two orders. */
static void
test_forks_name_their_clips_apart (Folder *folder, gconstpointer data)
{
  G_GNUC_UNUSED g_autofree gchar *seeded = g_uuid_string_random ();
  g_autofree gchar *names = NULL;

  folder_run_child (folder, write_a_record, (gpointer) "a");
  folder_run_child (folder, write_a_record, (gpointer) "b");
  names = folder_get (folder, "SELECT count(DISTINCT name) FROM attempts;");
  g_assert_cmpstr (names, ==, "2");
}

typedef struct {
  Folder *folder;
  SeedanceRecord *record;
  gint stop; /* atomic */
} Saver;

static gpointer
save_thread (gpointer data)
{
  Saver *saver = data;

  for (guint i = 0; i < 100; i++)
    g_assert_true (
        seedance_ledger_save (saver->folder->dir, saver->record, NULL));
  g_atomic_int_set (&saver->stop, 1);
  return NULL;
}

static void
test_a_save_is_seen_whole_or_not_at_all (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_FAILED);
  Saver saver = { .folder = folder, .record = record };
  GThread *thread;

  g_free (record->prompt);
  record->prompt = g_strnfill (100000, 'x');
  g_assert_true (seedance_ledger_save (folder->dir, record, NULL));
  thread = g_thread_new ("saver", save_thread, &saver);
  while (!g_atomic_int_get (&saver.stop)) {
    g_autoptr (GError) error = NULL;
    g_autoptr (SeedanceRecord) found =
        seedance_ledger_find (folder->dir, record->name, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (strlen (found->prompt), ==, 100000);
  }
  g_thread_join (thread);
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) folder_add ("/ledger/" path, NULL, test_##name)
  ADD ("keeps/all", every_state_and_field_is_kept);
  ADD ("keeps/clip-of-another", a_clip_is_not_taken_by_who_never_saw_it);
  ADD ("keeps/hostile-texts", hostile_texts_are_kept);
  ADD ("keeps/seed", a_seed_of_64_bits_is_exact);
  ADD ("keeps/long-prompt", a_long_prompt_does_not_lose_the_record);
  ADD ("keeps/time", saving_tells_the_time);
  g_test_add_func ("/ledger/keeps/copy", test_a_copy_is_whole_and_its_own);
  ADD ("finds/nothing", nothing_is_no_error);
  ADD ("finds/task", a_task_is_of_one_service);
  ADD ("finds/list", lists_have_the_newest_first);
  ADD ("finds/clip", a_list_tells_the_clip);
  ADD ("forget/nowhere", what_is_forgotten_leads_nowhere);
  ADD ("forget/other-files", no_other_file_is_deleted);
  ADD ("forget/named", a_named_task_goes_as_long_as_it_is_nothing);
  ADD ("forget/downloaded", a_named_task_that_is_downloaded_stays);
  ADD ("times/shortest", the_shortest_time_of_one_kind);
  ADD ("times/latest", only_the_latest_times_count);
  ADD ("private/modes", nobody_else_may_look);
  ADD ("private/key", no_file_holds_the_key);
  ADD ("rivals/forks", forks_name_their_clips_apart);
  ADD ("rivals/save-and-find", a_save_is_seen_whole_or_not_at_all);
  return g_test_run ();
}
