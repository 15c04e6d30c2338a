/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given a file that is not a whole record, the ledger never says that there is
 * none: that would pay a second time. */
#include "ledger-folder.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Written with ' for ". */
typedef struct {
  const gchar *name;
  const gchar *text;
} Damage;

#define HEAD "{'version':1,'state':'submitting','file':'a.mp4'"
#define PAID "{'version':1,'task-id':'t',"

static const Damage damages[] = {
  { "empty", "" },
  { "blank", "  \n" },
  { "foreign-text", "hello" },
  { "foreign-json", "{'name':'package','version':'1.0.0'}" },
  { "object", "{}" },
  { "list", "[]" },
  { "list-of-record", "[" HEAD "}]" },
  { "string", "'x'" },
  { "number", "42" },
  { "null", "null" },
  { "half", HEAD },
  { "version-later", "{'version':2,'state':'submitting','file':'a.mp4'}" },
  { "version-none", "{'state':'submitting','file':'a.mp4'}" },
  { "version-text", "{'version':'1','state':'submitting','file':'a.mp4'}" },
  { "version-negative", "{'version':-1,'state':'submitting','file':'a.mp4'}" },
  { "state-new", "{'version':1,'state':'dreaming','file':'a.mp4'}" },
  { "state-none", "{'version':1,'file':'a.mp4'}" },
  { "state-number", "{'version':1,'state':0,'file':'a.mp4'}" },
  { "state-capital", "{'version':1,'state':'SUBMITTING','file':'a.mp4'}" },
  { "file-none", "{'version':1,'state':'submitting'}" },
  { "file-empty", PAID "'state':'ready','file':''}" },
  { "file-number", PAID "'state':'ready','file':7}" },
  { "file-above", PAID "'state':'ready','file':'../a.mp4'}" },
  { "file-dots", PAID "'state':'ready','file':'..'}" },
  { "file-hidden", PAID "'state':'ready','file':'.a.mp4'}" },
  { "file-absolute", PAID "'state':'ready','file':'/etc/passwd'}" },
  { "file-below", PAID "'state':'ready','file':'a/b.mp4'}" },
  { "file-is-a-record", PAID "'state':'played','file':'other.json'}" },
  { "id-none", "{'version':1,'state':'submitted','file':'a.mp4'}" },
  { "id-empty", "{'version':1,'state':'ready','file':'a.mp4','task-id':''}" },
  { "id-number", "{'version':1,'state':'played','file':'a.mp4','task-id':5}" },
  { "pointer-above", "{'record':'../r'}" },
  { "pointer-absolute", "{'record':'/tmp/r'}" },
  { "pointer-empty", "{'record':''}" },
  { "pointer-dots", "{'record':'..'}" },
  { "pointer-number", "{'record':1}" },
};

static gchar *
double_quotes (const gchar *text)
{
  return g_strdelimit (g_strdup (text), "'", '"');
}

static void
assert_not_created (Folder *folder, const gchar *name)
{
  g_autoptr (SeedanceRecord) record =
      seedance_record_new ("seeddance", "https://api.example", "a boat");
  gboolean exists;

  g_assert_false (
      seedance_ledger_create (folder->dir, name, record, &exists, NULL));
  g_assert_true (exists);
}

/* The text names the file, so that the user can look at it. */
static void
assert_maybe_billed (Folder *folder, const gchar *name)
{
  g_autofree gchar *path = seedance_ledger_path (folder->dir, name);
  g_autoptr (GError) error = NULL;

  g_assert_null (folder_load (folder, name, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED);
  g_assert_nonnull (strstr (error->message, path));
}

static void
test_damage_may_stand_for_money (Folder *folder, gconstpointer data)
{
  const Damage *damage = data;
  g_autofree gchar *text = double_quotes (damage->text);
  g_autofree gchar *after = NULL;

  folder_write (folder, "r", text, -1);
  assert_maybe_billed (folder, "r");
  assert_not_created (folder, "r");
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  after = folder_read (folder, "r");
  g_assert_cmpstr (after, ==, text);
}

static void
test_a_record_torn_anywhere_is_damage (Folder *folder, gconstpointer data)
{
  G_GNUC_UNUSED g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTED);
  g_autofree gchar *text = folder_read (folder, "r");
  gsize end = strrchr (text, '}') - text;

  for (gsize size = 0; size < end; size++) {
    folder_write (folder, "r", text, (gssize) size);
    assert_maybe_billed (folder, "r");
  }
}

/* What some file systems make of a file after the power failed. */
static void
test_a_record_of_zeros_is_damage (Folder *folder, gconstpointer data)
{
  g_autofree gchar *zeros = g_malloc0 (400);

  folder_write (folder, "r", zeros, 400);
  assert_maybe_billed (folder, "r");
  assert_not_created (folder, "r");
}

static void
test_zeros_anywhere_never_hide_a_record (Folder *folder, gconstpointer data)
{
  G_GNUC_UNUSED g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTED);
  g_autofree gchar *text = folder_read (folder, "r");
  gsize size = strlen (text);

  for (gsize i = 0; i < size; i++) {
    g_autofree gchar *cut = g_memdup2 (text, size + 1);
    g_autoptr (GError) error = NULL;
    g_autoptr (SeedanceRecord) loaded = NULL;

    memset (cut + i, 0, size - i);
    folder_write (folder, "r", cut, (gssize) size);
    loaded = folder_load (folder, "r", &error);
    g_assert_true ((loaded != NULL) != (error != NULL));
  }
}

static void
test_any_bytes_never_hide_a_record (Folder *folder, gconstpointer data)
{
  G_GNUC_UNUSED g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTED);
  g_autofree gchar *text = folder_read (folder, "r");
  gsize size = strlen (text);

  for (guint i = 0; i < 500; i++) {
    g_autofree gchar *bent = g_memdup2 (text, size + 1);
    g_autoptr (GError) error = NULL;
    g_autoptr (SeedanceRecord) loaded = NULL;

    for (guint k = 0; k < 3; k++)
      bent[g_test_rand_int_range (0, size)] = g_test_rand_int_range (0, 256);
    folder_write (folder, "r", bent, (gssize) size);
    loaded = folder_load (folder, "r", &error);
    g_assert_true ((loaded != NULL) != (error != NULL));
  }
}

static void
test_a_huge_file_is_not_read (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = seedance_ledger_path (folder->dir, "r");

  folder_write (folder, "r", "{", -1);
  g_assert_cmpint (truncate (path, G_GINT64_CONSTANT (1) << 36), ==, 0);
  assert_maybe_billed (folder, "r");
  assert_not_created (folder, "r");
}

static void
test_deep_nesting_does_no_harm (Folder *folder, gconstpointer data)
{
  g_autofree gchar *text = g_strnfill (900000, '[');

  folder_write (folder, "r", text, -1);
  assert_maybe_billed (folder, "r");
}

/* --- things that are no file -------------------------------------------- */

static void
test_a_folder_is_no_record (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = seedance_ledger_path (folder->dir, "r");
  g_autoptr (SeedanceRecord) record =
      seedance_record_new ("seeddance", "https://api.example", "a boat");
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  assert_maybe_billed (folder, "r");
  assert_not_created (folder, "r");
  g_assert_false (seedance_ledger_save (folder->dir, "r", record, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (folder_count (folder), ==, 1);
}

static void
test_a_pipe_does_not_hang (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = seedance_ledger_path (folder->dir, "r");

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  assert_maybe_billed (folder, "r");
  assert_not_created (folder, "r");
}

static void
test_a_link_to_nowhere_is_damage (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = seedance_ledger_path (folder->dir, "r");

  g_assert_cmpint (symlink ((const gchar *) data, path), ==, 0);
  assert_not_created (folder, "r");
  assert_maybe_billed (folder, "r");
}

static void
fail_to_read (Folder *folder, gpointer data)
{
  G_GNUC_UNUSED g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTED);
  g_autofree gchar *path = seedance_ledger_path (folder->dir, "r");

  g_assert_cmpint (g_chmod (path, 0), ==, 0);
  assert_maybe_billed (folder, "r");
  assert_not_created (folder, "r");
}

static void
test_an_unreadable_record_is_damage (Folder *folder, gconstpointer data)
{
  folder_run_unprivileged (folder, fail_to_read, NULL);
}

static void
fail_to_search (Folder *folder, gpointer data)
{
  G_GNUC_UNUSED g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTED);

  g_assert_cmpint (g_chmod (folder->dir, 0), ==, 0);
  assert_maybe_billed (folder, "r");
}

static void
test_a_folder_that_hides_all_is_damage (Folder *folder, gconstpointer data)
{
  folder_run_unprivileged (folder, fail_to_search, NULL);
}

/* --- crashes ------------------------------------------------------------ */

static void
test_what_a_crash_left_unfinished_is_no_record (
    Folder *folder, gconstpointer data)
{
  g_autofree gchar *left = g_build_filename (folder->dir, ".r.0123abcd", NULL);
  g_autoptr (SeedanceRecord) record = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (left, "{\"versi", -1, NULL));
  g_assert_null (folder_load (folder, "r", &error));
  g_assert_no_error (error);
  record = folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTED);
  seedance_record_free (g_steal_pointer (&record));
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  record = folder_load (folder, "r", &error);
  g_assert_no_error (error);
  g_assert_nonnull (record);
}

/* Never returns; tells by a byte that it has begun. */
static void
save_for_ever (Folder *folder, SeedanceRecord *record, int gate)
{
  gchar byte = 0;

  for (;;) {
    record->state = record->state == SEEDANCE_RECORD_SUBMITTED
                        ? SEEDANCE_RECORD_READY
                        : SEEDANCE_RECORD_SUBMITTED;
    if (!seedance_ledger_save (folder->dir, "r", record, NULL))
      _exit (1);
    seedance_ledger_point (folder->dir, "alias", "r");
    if (gate >= 0 && write (gate, &byte, 1) != 1)
      _exit (1);
    gate = -1;
  }
}

static pid_t
start_saving (Folder *folder, SeedanceRecord *record)
{
  gchar byte;
  int gate[2];
  pid_t pid;

  g_assert_cmpint (pipe (gate), ==, 0);
  pid = fork ();
  if (pid == 0)
    save_for_ever (folder, record, gate[1]);
  close (gate[1]);
  g_assert_cmpint (read (gate[0], &byte, 1), ==, 1);
  close (gate[0]);
  return pid;
}

static void
assert_whole (Folder *folder, const gchar *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SeedanceRecord) record = folder_load (folder, name, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (record->task_id, ==, "task-of-r");
}

static void
test_a_kill_at_any_moment_leaves_it_whole (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTED);

  for (guint round = 0; round < 50; round++) {
    pid_t pid = start_saving (folder, record);
    gint status;

    for (gint reads = g_test_rand_int_range (0, 40); reads > 0; reads--)
      assert_whole (folder, "alias");
    g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
    g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    g_assert_true (WIFSIGNALED (status));
    assert_whole (folder, "r");
    assert_whole (folder, "alias");
  }
}

static void
add_damages (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (damages); i++) {
    g_autofree gchar *path =
        g_strconcat ("/ledger/damage/", damages[i].name, NULL);

    folder_add (path, &damages[i], test_damage_may_stand_for_money);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_damages ();
#define ADD(path, name) folder_add ("/ledger/damage/" path, NULL, test_##name)
  ADD ("torn-anywhere", a_record_torn_anywhere_is_damage);
  ADD ("zeros", a_record_of_zeros_is_damage);
  ADD ("zeros-anywhere", zeros_anywhere_never_hide_a_record);
  ADD ("any-bytes", any_bytes_never_hide_a_record);
  ADD ("huge", a_huge_file_is_not_read);
  ADD ("deep", deep_nesting_does_no_harm);
  ADD ("folder", a_folder_is_no_record);
  ADD ("pipe", a_pipe_does_not_hang);
  folder_add ("/ledger/damage/link-to-nowhere", "nowhere.json",
      test_a_link_to_nowhere_is_damage);
  folder_add ("/ledger/damage/link-to-itself", "r.json",
      test_a_link_to_nowhere_is_damage);
  ADD ("unreadable", an_unreadable_record_is_damage);
  ADD ("unsearchable", a_folder_that_hides_all_is_damage);
  ADD ("killed", a_kill_at_any_moment_leaves_it_whole);
  ADD ("unfinished", what_a_crash_left_unfinished_is_no_record);
  return g_test_run ();
}
