/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance-tasks forgets and deletes exactly the records that the user named.
 * For records that may be worth money it requires --yes. */
#include "tasks-run.h"

#include <string.h>

static guint
count_known (Folder *folder)
{
  return (guint) folder_count_rows (folder, "NOT forgotten");
}

static void
test_what_may_be_worth_money_wants_a_yes (Folder *folder, gconstpointer data)
{
  const gchar *const worth[] = { "torn", "lost", "doubt", "running", "ready" };

  add_one_of_each (folder);
  for (guint i = 0; i < G_N_ELEMENTS (worth); i++) {
    g_autofree gchar *name = tasks_name (worth[i]);
    g_autofree gchar *forget = g_strconcat ("forget ", name, NULL);
    g_autofree gchar *sure = g_strconcat ("forget --yes ", name, NULL);

    assert_run (folder, forget, 1);
    g_assert_cmpuint (count_known (folder), ==, N_KINDS - i);
    assert_run (folder, sure, 0);
    g_assert_false (is_known (folder, worth[i]));
    g_assert_cmpuint (count_known (folder), ==, N_KINDS - i - 1);
  }
  /* Their costs are still known. */
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, N_KINDS);
}

/* Played and failed records are forgotten without --yes. */
static void
test_what_is_not_goes_without (Folder *folder, gconstpointer data)
{
  add_plain (folder, "played", SEEDANCE_RECORD_PLAYED, 1);
  add_plain (folder, "failed", SEEDANCE_RECORD_FAILED, 1);
  g_assert_cmpuint (folder_count (folder), ==, 1);
  assert_run (folder, "forget task-played", 0);
  assert_run (folder, "forget task-failed", 0);
  g_assert_cmpuint (count_known (folder), ==, 0);
  g_assert_cmpuint (folder_count (folder), ==, 0);
}

/* The same order goes out again after its record was forgotten. */
static void
test_what_was_forgotten_may_be_ordered (Folder *folder, gconstpointer data)
{
  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 1);
  add_plain (folder, "other", SEEDANCE_RECORD_READY, 1);
  g_assert_cmpint (
      folder_claim (folder, "ready", NULL), ==, SEEDANCE_CLAIM_ATTACH);
  assert_run (folder, "forget --yes task-ready", 0);
  g_assert_cmpint (
      folder_claim (folder, "ready", NULL), ==, SEEDANCE_CLAIM_ORDER);
  g_assert_cmpint (
      folder_claim (folder, "other", NULL), ==, SEEDANCE_CLAIM_ATTACH);
}

/* Forgetting a played clip keeps another order of the same clip that is in
 * doubt. */
static void
test_an_order_behind_it_is_not_forgotten (Folder *folder, gconstpointer data)
{
  add_plain (folder, "played", SEEDANCE_RECORD_PLAYED, 1);
  seedance_record_free (
      folder_record (folder, "played", SEEDANCE_RECORD_AMBIGUOUS));
  assert_run (folder, "forget task-played", 0);
  g_assert_cmpuint (count_known (folder), ==, 1);
  g_assert_cmpint (
      folder_claim (folder, "played", NULL), ==, SEEDANCE_CLAIM_DOUBT);
}

/* The user wants another attempt, however many failed before. */
static void
test_all_failures_of_an_order_go_at_once (Folder *folder, gconstpointer data)
{
  add_plain (folder, "failed", SEEDANCE_RECORD_FAILED, 1);
  add_plain (folder, "other", SEEDANCE_RECORD_FAILED, 1);
  seedance_record_free (
      folder_record (folder, "failed", SEEDANCE_RECORD_FAILED));
  g_assert_cmpint (
      folder_claim (folder, "failed", NULL), ==, SEEDANCE_CLAIM_REFUSED);
  assert_run (folder, "forget task-failed", 0);
  g_assert_cmpuint (count_known (folder), ==, 1);
  g_assert_cmpint (
      folder_claim (folder, "failed", NULL), ==, SEEDANCE_CLAIM_ORDER);
}

static void
test_an_order_under_way_is_not_forgotten (Folder *folder, gconstpointer data)
{
  g_autofree gchar *name = tasks_name ("sending");
  g_autofree gchar *forget = g_strconcat ("forget ", name, NULL);
  g_autofree gchar *sure = g_strconcat ("forget --yes ", name, NULL);

  add_plain (folder, "sending", SEEDANCE_RECORD_SUBMITTING, 0);
  assert_run (folder, forget, 1);
  assert_run (folder, sure, 1);
  g_assert_true (is_known (folder, "sending"));
}

/* The command accepts a record's name, its task id, and the beginning of
 * either. */
static void
test_a_clip_has_many_names (Folder *folder, gconstpointer data)
{
  static const gchar *const lines[] = { "forget 0123456789ab",
    "forget 0123456789abcdef0000000000000000", "forget task-0123456789abcdef",
    "forget task-0" };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    add_plain (folder, "0123456789abcdef", SEEDANCE_RECORD_PLAYED, 1);
    assert_run (folder, lines[i], 0);
    g_assert_cmpuint (count_known (folder), ==, 0);
    folder_change (folder, "DELETE FROM attempts;");
  }
}

/* An ambiguous or unknown name forgets nothing. */
static void
test_only_one_is_forgotten (Folder *folder, gconstpointer data)
{
  add_plain (folder, "0123456789a", SEEDANCE_RECORD_PLAYED, 1);
  add_plain (folder, "0123456789b", SEEDANCE_RECORD_PLAYED, 1);
  assert_run (folder, "forget 0123456789", 1);
  assert_run (folder, "forget 0", 1);
  assert_run (folder, "forget ''", 1);
  assert_run (folder, "forget elsewhere", 1);
  assert_run (folder, "forget ../0123456789a", 1);
  g_assert_cmpuint (count_known (folder), ==, 2);
  g_assert_cmpuint (folder_count (folder), ==, 2);
}

static void
test_any_beginning_that_means_one_will_do (Folder *folder, gconstpointer data)
{
  g_auto (Run) run = { 0 };

  add_plain (folder, "abc", SEEDANCE_RECORD_PLAYED, 1);
  add_plain (folder, "abd", SEEDANCE_RECORD_PLAYED, 1);
  add_plain (folder, "f", SEEDANCE_RECORD_PLAYED, 1);
  run = run_tasks (folder->dir, "forget ab");
  g_assert_cmpint (run.status, ==, 1);
  g_assert_nonnull (strstr (run.err, "task-abc"));
  g_assert_nonnull (strstr (run.err, "task-abd"));
  g_assert_null (strstr (run.err, "task-f"));
  g_assert_cmpuint (count_known (folder), ==, 3);
  assert_run (folder, "forget abc", 0);
  assert_run (folder, "forget a", 0);
  assert_run (folder, "forget t", 0);
  g_assert_cmpuint (count_known (folder), ==, 0);
  g_assert_cmpuint (folder_count (folder), ==, 0);
}

/* A state folder may hold thousands. */
static void
test_not_all_candidates_are_listed (Folder *folder, gconstpointer data)
{
  g_auto (Run) run = { 0 };
  g_auto (GStrv) lines = NULL;

  for (guint i = 0; i < 13; i++) {
    g_autofree gchar *label = g_strdup_printf ("a%x", i);

    add_plain (folder, label, SEEDANCE_RECORD_PLAYED, 1);
  }
  run = run_tasks (folder->dir, "forget a");
  lines = g_strsplit (run.err, "\n", -1);
  g_assert_cmpint (run.status, ==, 1);
  g_assert_cmpuint (g_strv_length (lines), ==, 13);
  g_assert_cmpstr (lines[11], ==, "  and 3 more");
  g_assert_cmpuint (count_known (folder), ==, 13);
}

static void
test_a_dry_run_forgets_nothing (Folder *folder, gconstpointer data)
{
  static const gchar *const lines[] = { "forget --dry-run task-%s",
    "forget task-%s --dry-run", "forget --yes task-%s --dry-run" };
  static const gchar *const tasks[] = { "played", "ready" };

  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 1);
  add_plain (folder, "played", SEEDANCE_RECORD_PLAYED, 1);
  for (guint i = 0; i < G_N_ELEMENTS (lines) * G_N_ELEMENTS (tasks); i++) {
    const gchar *task = tasks[i % 2];
    g_autofree gchar *name = tasks_name (task);
    g_autoptr (GString) line = g_string_new (lines[i / 2]);
    g_autofree gchar *told = g_strdup_printf (
        "Would forget record %s (task task-%s) and delete its clip.\n", name,
        task);
    g_auto (Run) run = { 0 };

    g_string_replace (line, "%s", task, 0);
    run = run_tasks (folder->dir, line->str);
    g_assert_cmpint (run.status, ==, 0);
    g_assert_true (g_str_has_prefix (run.out, told));
    g_assert_cmpint (
        strstr (run.out, "wants --yes") != NULL, ==, i % 2 == 1 && i / 2 < 2);
    g_assert_cmpuint (count_known (folder), ==, 2);
    g_assert_cmpuint (folder_count (folder), ==, 2);
  }
}

static void
test_what_was_forgotten_is_named (Folder *folder, gconstpointer data)
{
  g_auto (Run) known = { 0 }, unknown = { 0 };

  add_plain (folder, "a", SEEDANCE_RECORD_PLAYED, 1);
  add_plain (folder, "b", SEEDANCE_RECORD_AMBIGUOUS, 1);
  known = run_tasks (folder->dir, "forget a");
  g_assert_cmpstr (known.out, ==,
      "Forgot record a0000000000000000000000000000000 (task task-a) and "
      "deleted its clip.\n");
  unknown = run_tasks (folder->dir, "forget --yes b");
  g_assert_cmpstr (
      unknown.out, ==, "Forgot record b0000000000000000000000000000000.\n");
}

/* The user pastes an id as the table shows it, cut off with "…". */
static void
test_a_cut_id_is_its_beginning (Folder *folder, gconstpointer data)
{
  add_plain (folder, "0123456789a", SEEDANCE_RECORD_PLAYED, 1);
  add_plain (folder, "0123456789b", SEEDANCE_RECORD_PLAYED, 1);
  assert_run (folder, "forget task-012345…", 1);
  assert_run (folder, "forget …", 1);
  assert_run (folder, "forget ...", 1);
  assert_run (folder, "forget 0123456789c…", 1);
  g_assert_cmpuint (count_known (folder), ==, 2);
  assert_run (folder, "forget task-0123456789a…", 0);
  assert_run (folder, "forget 0123456789...", 0);
  g_assert_cmpuint (count_known (folder), ==, 0);
}

static void
add_at (Folder *folder, const gchar *label, const gchar *base_url,
    SeedanceRecordState state)
{
  g_autoptr (SeedanceRecord) record =
      seedance_record_new ("ark", base_url, "x");

  record->state = state;
  record->task_id = g_strdup ("same");
  add_full (folder, label, record);
}

static void
test_equal_ids_are_told_apart_by_name (Folder *folder, gconstpointer data)
{
  static const gchar *const tasks[] = { "same", "sa", "sam…" };
  static const gchar *const told[] = { "the record's name",
    "(record a0000000000000000000000000000000, played, one.example)",
    "(record b0000000000000000000000000000000, submitted, two.example)" };

  add_at (folder, "a", "https://KEY:KEY@one.example/v3?key=KEY",
      SEEDANCE_RECORD_PLAYED);
  add_at (
      folder, "b", "https://two.example:8443/v3", SEEDANCE_RECORD_SUBMITTED);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++) {
    g_autofree gchar *line = g_strconcat ("forget --yes ", tasks[i], NULL);
    g_auto (Run) run = run_tasks (folder->dir, line);

    g_test_message ("%s", run.err);
    g_assert_cmpint (run.status, ==, 1);
    for (guint k = 0; k < G_N_ELEMENTS (told); k++)
      g_assert_nonnull (strstr (run.err, told[k]));
    g_assert_null (strstr (run.err, "KEY"));
  }
  assert_run (folder, "forget --yes b", 0);
  assert_run (folder, "forget same", 0);
}

/* An exact id takes precedence over the beginning of another id. */
static void
test_a_whole_name_is_meant_first (Folder *folder, gconstpointer data)
{
  add_plain (folder, "x", SEEDANCE_RECORD_PLAYED, 1);
  add_plain (folder, "x.next", SEEDANCE_RECORD_PLAYED, 1);
  assert_run (folder, "forget task-x", 0);
  g_assert_true (is_known (folder, "x.next"));
  g_assert_false (is_known (folder, "x"));
}

static void
test_what_cannot_be_forgotten_is_told (Folder *folder, gconstpointer data)
{
  g_auto (Run) run = { 0 };

  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 1);
  folder_hold (folder);
  run = run_tasks (folder->dir, "forget --yes task-ready");
  g_assert_cmpint (run.status, ==, 1);
  g_assert_cmpstr (run.out, ==, "");
  g_assert_nonnull (strstr (run.err, "Nothing was forgotten"));
  g_assert_true (is_known (folder, "ready"));
  g_assert_cmpuint (folder_count (folder), ==, 1);
}

static void
test_pruning_keeps_what_was_not_played (Folder *folder, gconstpointer data)
{
  g_auto (Run) run = { 0 };

  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 1);
  add_plain (folder, "played", SEEDANCE_RECORD_PLAYED, 1);
  run = run_tasks (folder->dir, "prune");
  g_assert_cmpint (run.status, ==, 0);
  g_assert_cmpuint (folder_count (folder), ==, 2);
  run_clear (&run);
  run = run_tasks (folder->dir, "prune --max-size 0");
  g_assert_cmpint (run.status, ==, 0);
  g_assert_cmpstr (
      run.out, ==, "Deleted 1 of 2 clips; 5.2 of 10.4 MB of clips are left.\n");
  g_assert_true (is_known (folder, "ready"));
  g_assert_true (is_known (folder, "played"));
  g_assert_cmpuint (folder_count (folder), ==, 1);
}

static void
test_a_dry_run_deletes_nothing (Folder *folder, gconstpointer data)
{
  g_auto (Run) run = { 0 };

  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 1);
  add_plain (folder, "played", SEEDANCE_RECORD_PLAYED, 1);
  run = run_tasks (folder->dir, "prune --dry-run --max-size 1MB");
  g_assert_cmpint (run.status, ==, 0);
  g_assert_cmpstr (run.out, ==,
      "      5.2 MB  task-played\n"
      "Would delete 1 of 2 clips; 5.2 of 10.4 MB of clips would stay.\n");
  g_assert_cmpuint (folder_count (folder), ==, 2);
  run_clear (&run);
  run = run_tasks (folder->dir, "prune --dry-run --max-size 1GiB");
  g_assert_cmpstr (run.out, ==,
      "Would delete 0 of 2 clips; 10.4 of 10.4 MB of clips would stay.\n");
}

static void
test_a_size_is_a_number_with_a_unit (Folder *folder, gconstpointer data)
{
  const gchar *const sizes[] = { "''", "x", "1x", "-1", "0x10", "1.5",
    "99999999999999999999", "4,5G", "GiB" };

  add_plain (folder, "played", SEEDANCE_RECORD_PLAYED, 1);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree gchar *line = g_strconcat ("prune --max-size=", sizes[i], NULL);

    assert_run (folder, line, 2);
  }
  g_assert_cmpuint (folder_count (folder), ==, 1);
}

int
main (int argc, char **argv)
{
  if (!tasks_init (&argc, &argv))
    return 0;
#define ADD(path, name) folder_add ("/tasks/" path, NULL, test_##name)
  ADD ("forget/worth-money", what_may_be_worth_money_wants_a_yes);
  ADD ("forget/worth-nothing", what_is_not_goes_without);
  ADD ("forget/anew", what_was_forgotten_may_be_ordered);
  ADD ("forget/behind", an_order_behind_it_is_not_forgotten);
  ADD ("forget/failures", all_failures_of_an_order_go_at_once);
  ADD ("forget/under-way", an_order_under_way_is_not_forgotten);
  ADD ("forget/names", a_clip_has_many_names);
  ADD ("forget/one", only_one_is_forgotten);
  ADD ("forget/beginning", any_beginning_that_means_one_will_do);
  ADD ("forget/dry-run", a_dry_run_forgets_nothing);
  ADD ("forget/told", what_was_forgotten_is_named);
  ADD ("forget/many", not_all_candidates_are_listed);
  ADD ("forget/cut", a_cut_id_is_its_beginning);
  ADD ("forget/equal-ids", equal_ids_are_told_apart_by_name);
  ADD ("forget/whole-name", a_whole_name_is_meant_first);
  ADD ("forget/cannot", what_cannot_be_forgotten_is_told);
  ADD ("prune/played", pruning_keeps_what_was_not_played);
  ADD ("prune/dry-run", a_dry_run_deletes_nothing);
  ADD ("prune/size", a_size_is_a_number_with_a_unit);
  return g_test_run ();
}
