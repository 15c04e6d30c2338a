/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given names that lead to other names, the ledger finds the one record, or
 * says that something is wrong; and what is removed is removed whole. */
#include "ledger-folder.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- pointers ----------------------------------------------------------- */

static SeedanceRecord *
follow (Folder *folder, const gchar *name, const gchar *end, GError **error)
{
  g_autofree gchar *found = g_strdup (name);
  SeedanceRecord *record = seedance_ledger_load (folder->dir, &found, error);

  if (end)
    g_assert_cmpstr (found, ==, end);
  return record;
}

static void
test_a_pointer_leads_to_its_record (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTED);
  g_autoptr (SeedanceRecord) loaded = NULL;
  g_autoptr (GError) error = NULL;

  seedance_ledger_point (folder->dir, "alias", "r");
  loaded = follow (folder, "alias", "r", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (loaded->file, ==, record->file);
}

static void
test_a_pointer_to_itself_is_not_written (Folder *folder, gconstpointer data)
{
  G_GNUC_UNUSED g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTED);
  g_autoptr (SeedanceRecord) loaded = NULL;

  seedance_ledger_point (folder->dir, "r", "r");
  loaded = follow (folder, "r", "r", NULL);
  g_assert_nonnull (loaded);
}

static void
test_a_dangling_pointer_names_what_may_be_created (
    Folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  seedance_ledger_point (folder->dir, "alias", "r");
  g_assert_null (follow (folder, "alias", "r", &error));
  g_assert_no_error (error);
}

static void
test_a_pointer_to_damage_is_damage (Folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  folder_write (folder, "r", "{\"version\": 1, \"sta", -1);
  seedance_ledger_point (folder->dir, "alias", "r");
  g_assert_null (follow (folder, "alias", "r", &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED);
}

/* Nothing may be created where a file stands: to say that there is no record
 * would send the caller round for ever. */
static void
test_pointers_in_a_circle_are_damage (Folder *folder, gconstpointer data)
{
  const gchar *const *names = data;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *text = g_strdup_printf (
        "{\"record\": \"%s\"}", names[i + 1] ? names[i + 1] : names[0]);

    folder_write (folder, names[i], text, -1);
  }
  g_assert_null (follow (folder, names[0], NULL, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED);
}

static void
test_a_pointer_to_any_plain_name_leads_there (
    Folder *folder, gconstpointer data)
{
  static const gchar name[] = "a \"quoted\\\" name";
  G_GNUC_UNUSED g_autoptr (SeedanceRecord) record =
      folder_record (folder, name, SEEDANCE_RECORD_SUBMITTED);
  g_autoptr (SeedanceRecord) loaded = NULL;
  g_autoptr (GError) error = NULL;

  seedance_ledger_point (folder->dir, "alias", name);
  loaded = follow (folder, "alias", name, &error);
  g_assert_no_error (error);
  g_assert_nonnull (loaded);
}

static void
test_all_contenders_name_the_same_successor (Folder *folder, gconstpointer data)
{
  g_autofree gchar *head = g_strnfill (64, 'a');
  g_autoptr (SeedanceRecord) mine =
      folder_record (folder, head, SEEDANCE_RECORD_PLAYED);
  g_autoptr (SeedanceRecord) theirs = folder_load (folder, head, NULL);
  g_autoptr (SeedanceRecord) other =
      seedance_record_new ("seeddance", "https://api.example", "a boat");
  g_autofree gchar *first = seedance_ledger_successor (head, mine);
  g_autofree gchar *second = seedance_ledger_successor (head, theirs);
  g_autofree gchar *third = seedance_ledger_successor (head, other);
  g_autofree gchar *fourth = seedance_ledger_successor (first, other);

  g_assert_cmpstr (first, ==, second);
  g_assert_cmpstr (first, !=, third);
  g_assert_cmpstr (first, !=, head);
  /* Names do not grow from one to the next. */
  g_assert_cmpstr (third, ==, fourth);
}

static void
test_a_task_has_one_name (void)
{
  g_autofree gchar *name =
      seedance_ledger_name_for_task ("p", "https://h", "t");
  g_autofree gchar *same =
      seedance_ledger_name_for_task ("p", "https://h", "t");
  g_autofree gchar *id = seedance_ledger_name_for_task ("p", "https://h", "u");
  g_autofree gchar *base =
      seedance_ledger_name_for_task ("p", "https://i", "t");
  g_autofree gchar *far =
      seedance_ledger_name_for_task ("p", "https://h", "../../x\n");

  g_assert_cmpstr (name, ==, same);
  g_assert_cmpstr (name, !=, id);
  g_assert_cmpstr (name, !=, base);
  g_assert_cmpuint (strspn (far, "0123456789abcdef"), ==, 64);
}

/* --- removing ----------------------------------------------------------- */

static void
add_clip (Folder *folder, const SeedanceRecord *record)
{
  g_autofree gchar *clip = seedance_ledger_clip_path (folder->dir, record);

  g_assert_true (g_file_set_contents (clip, "clip", -1, NULL));
}

static void
test_removing_takes_the_clip_and_the_alias (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record =
      folder_record (folder, "r", SEEDANCE_RECORD_PLAYED);
  g_autoptr (SeedanceRecord) other =
      folder_record (folder, "other", SEEDANCE_RECORD_READY);
  g_autofree gchar *alias = seedance_ledger_name_for_task (
      record->provider, record->base_url, record->task_id);

  seedance_ledger_point (folder->dir, alias, "r");
  add_clip (folder, record);
  add_clip (folder, other);
  seedance_ledger_remove (folder->dir, "r", record);
  g_assert_cmpuint (folder_count (folder), ==, 2);
  g_assert_true (folder_has (folder, other->file));
  g_assert_true (folder_has (folder, "other.json"));
}

/* @old_name: how the old record is called, which "head" leads to. */
static void
test_what_was_played_stays_by_its_task (Folder *folder, gconstpointer old_name)
{
  g_autoptr (SeedanceRecord) old =
      folder_record (folder, old_name, SEEDANCE_RECORD_PLAYED);
  g_autoptr (SeedanceRecord) order =
      folder_record (folder, "new", SEEDANCE_RECORD_SUBMITTED);
  g_autofree gchar *alias = seedance_ledger_name_for_task (
      old->provider, old->base_url, old->task_id);
  g_autoptr (SeedanceRecord) found = NULL, kept = NULL;

  old->size = 4;
  g_assert_true (seedance_ledger_save (folder->dir, old_name, old, NULL));
  seedance_ledger_point (folder->dir, "head", old_name);
  seedance_ledger_point (folder->dir, alias, old_name);
  add_clip (folder, old);
  g_assert_true (
      seedance_ledger_replace (folder->dir, "head", old_name, old, "new"));
  found = follow (folder, "head", "new", NULL);
  g_assert_cmpstr (found->file, ==, order->file);
  kept = follow (folder, alias, alias, NULL);
  g_assert_cmpstr (kept->file, ==, old->file);
  g_assert_cmpint (kept->updated, ==, old->updated);
  g_assert_true (folder_has (folder, old->file));
  /* The head, the new record, the kept one and its clip. */
  g_assert_cmpuint (folder_count (folder), ==, 4);

  /* Its bytes go, and the id goes on leading to it. */
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  g_assert_false (folder_has (folder, old->file));
  g_assert_cmpuint (folder_count (folder), ==, 3);
}

static void
test_what_failed_goes_when_it_is_replaced (
    Folder *folder, gconstpointer old_name)
{
  g_autoptr (SeedanceRecord) old =
      folder_record (folder, old_name, SEEDANCE_RECORD_FAILED);
  g_autofree gchar *alias = seedance_ledger_name_for_task (
      old->provider, old->base_url, old->task_id);

  seedance_ledger_point (folder->dir, "head", old_name);
  seedance_ledger_point (folder->dir, alias, old_name);
  g_assert_true (
      seedance_ledger_replace (folder->dir, "head", old_name, old, "new"));
  g_assert_true (folder_has (folder, "head.json"));
  g_assert_cmpuint (folder_count (folder), ==, 1);
}

/* Others have ordered, played and ordered again meanwhile. */
static void
test_a_head_that_leads_elsewhere_stays (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) old =
      folder_record (folder, "old", SEEDANCE_RECORD_PLAYED);
  g_autoptr (SeedanceRecord) other =
      folder_record (folder, "other", SEEDANCE_RECORD_READY);
  g_autoptr (SeedanceRecord) found = NULL;

  seedance_ledger_point (folder->dir, "head", "other");
  g_assert_false (
      seedance_ledger_replace (folder->dir, "head", "old", old, "new"));
  found = follow (folder, "head", "other", NULL);
  g_assert_cmpstr (found->file, ==, other->file);
  g_assert_true (folder_has (folder, "old.json"));
}

/* Buys, plays and buys again: each order takes the place of the one before. */
static void
replace_over_and_over (Folder *folder)
{
  g_autofree gchar *old_name = g_strdup ("first");

  for (guint i = 0; i < 200; i++) {
    g_autoptr (SeedanceRecord) old = folder_load (folder, old_name, NULL);
    g_autofree gchar *name = seedance_ledger_successor ("head", old);

    seedance_record_free (folder_record (folder, name, SEEDANCE_RECORD_PLAYED));
    g_assert_true (
        seedance_ledger_replace (folder->dir, "head", old_name, old, name));
    g_free (old_name);
    old_name = g_steal_pointer (&name);
  }
}

/* Who finds nothing orders. */
static void
test_a_head_that_is_replaced_always_leads_somewhere (
    Folder *folder, gconstpointer data)
{
  pid_t pid;
  int status;

  seedance_record_free (
      folder_record (folder, "first", SEEDANCE_RECORD_PLAYED));
  seedance_ledger_point (folder->dir, "head", "first");
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    replace_over_and_over (folder);
    _exit (0);
  }
  while (waitpid (pid, &status, WNOHANG) == 0) {
    g_autoptr (GError) error = NULL;
    g_autoptr (SeedanceRecord) record = folder_load (folder, "head", &error);

    g_assert_no_error (error);
    g_assert_nonnull (record);
  }
  g_assert_cmpint (status, ==, 0);
}

static void
add_circles (void)
{
  static const gchar *const one[] = { "a", NULL };
  static const gchar *const two[] = { "a", "b", NULL };
  static const gchar *const three[] = { "a", "b", "c", NULL };

  folder_add (
      "/ledger/pointer/circle-of-1", one, test_pointers_in_a_circle_are_damage);
  folder_add (
      "/ledger/pointer/circle-of-2", two, test_pointers_in_a_circle_are_damage);
  folder_add ("/ledger/pointer/circle-of-3", three,
      test_pointers_in_a_circle_are_damage);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) folder_add ("/ledger/" path, NULL, test_##name)
  ADD ("pointer/leads", a_pointer_leads_to_its_record);
  ADD ("pointer/to-itself", a_pointer_to_itself_is_not_written);
  ADD ("pointer/dangling", a_dangling_pointer_names_what_may_be_created);
  ADD ("pointer/to-damage", a_pointer_to_damage_is_damage);
  ADD ("pointer/any-plain-name", a_pointer_to_any_plain_name_leads_there);
  add_circles ();
  ADD ("name/successor", all_contenders_name_the_same_successor);
  g_test_add_func ("/ledger/name/task", test_a_task_has_one_name);
  ADD ("remove/all-of-one", removing_takes_the_clip_and_the_alias);
  folder_add ("/ledger/replace/the-head", "head",
      test_what_was_played_stays_by_its_task);
  folder_add ("/ledger/replace/another", "other",
      test_what_was_played_stays_by_its_task);
  folder_add ("/ledger/replace/failed", "other",
      test_what_failed_goes_when_it_is_replaced);
  folder_add ("/ledger/replace/failed-head", "head",
      test_what_failed_goes_when_it_is_replaced);
  ADD ("replace/racing", a_head_that_is_replaced_always_leads_somewhere);
  ADD ("replace/elsewhere", a_head_that_leads_elsewhere_stays);
  return g_test_run ();
}
