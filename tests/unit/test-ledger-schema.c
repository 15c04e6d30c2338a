/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The database has the schema of ledger-schema.h, and the queries on the way to
 * an order take no longer in a large database. */
#include "ledger-folder.h"
#include "ledger-list.h"
#include "ledger-schema.h"

#include <sqlite3.h>
#include <string.h>

static void
assert_number (Folder *folder, const gchar *pragma, gint64 expected)
{
  g_autofree gchar *sql = g_strdup_printf ("PRAGMA %s;", pragma);
  g_autofree gchar *text = folder_get (folder, sql);

  g_assert_nonnull (text);
  g_assert_cmpint (g_ascii_strtoll (text, NULL, 10), ==, expected);
}

static void
test_a_new_one_is_of_the_newest_version (Folder *folder, gconstpointer data)
{
  g_autofree gchar *mode = NULL;

  g_assert_true (seedance_ledger_prepare (folder->dir, NULL));
  assert_number (folder, "user_version", seedance_ledger_schema_version ());
  assert_number (folder, "application_id", SEEDANCE_LEDGER_ID);
  mode = folder_get (folder, "PRAGMA journal_mode;");
  g_assert_cmpstr (mode, ==, "wal");
}

/* Each upgrade step is complete: it ends with the version that it leads to. */
static void
test_each_step_leads_to_the_next_version (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);
  sqlite3 *database;

  g_assert_cmpint (sqlite3_open (path, &database), ==, SQLITE_OK);
  for (gint64 i = 0; i < seedance_ledger_schema_version (); i++) {
    g_assert_cmpint (sqlite3_exec (database, seedance_ledger_schema_step (i),
                         NULL, NULL, NULL),
        ==, SQLITE_OK);
    g_assert_true (sqlite3_get_autocommit (database));
    assert_number (folder, "user_version", i + 1);
  }
  sqlite3_close (database);
  g_assert_true (seedance_ledger_prepare (folder->dir, NULL));
}

/* The SQL statements that the ledger ran, in its own wording. */
static GPtrArray *statements;

static int
on_statement (unsigned type, void *context, void *statement, void *text)
{
  g_ptr_array_add (statements, g_strdup (text));
  return 0;
}

static int
on_open (sqlite3 *database, char **problem, const void *api)
{
  return sqlite3_trace_v2 (database, SQLITE_TRACE_STMT, on_statement, NULL);
}

typedef void (*CallFunc) (Folder *folder, const SeedanceRecord *record);

static void
call_claim (Folder *folder, const SeedanceRecord *record)
{
  SeedanceBudget budget = { 0 };
  SeedanceClaim claim = { .identity = record->identity,
    .beside = TRUE,
    .attempts = 2,
    .budget = &budget };
  g_autoptr (SeedanceRecord) found = NULL;
  g_auto (SeedanceRefusal) refusal = { 0 };

  g_assert_cmpint (folder_claim (folder, "r", NULL), ==, SEEDANCE_CLAIM_ORDER);
  g_assert_cmpint (folder_claim (folder, "r", NULL), ==, SEEDANCE_CLAIM_WAIT);
  g_assert_true (seedance_budget_add (&budget, "1/hour"));
  g_assert_cmpint (
      seedance_ledger_claim (folder->dir, &claim, NULL, &found, &refusal, NULL),
      ==, SEEDANCE_CLAIM_BUDGET);
  claim.beside = FALSE;
  claim.own = claim.awaited = record->name;
  g_assert_cmpint (
      seedance_ledger_claim (folder->dir, &claim, NULL, &found, &refusal, NULL),
      ==, SEEDANCE_CLAIM_ATTACH);
}

static void
call_withdraw (Folder *folder, const SeedanceRecord *record)
{
  seedance_ledger_withdraw (folder->dir, record);
}

static void
call_find_task (Folder *folder, const SeedanceRecord *record)
{
  g_autoptr (SeedanceRecord) found = seedance_ledger_find_task (
      folder->dir, record->provider, record->base_url, record->task_id, NULL);

  g_assert_nonnull (found);
}

static void
call_find (Folder *folder, const SeedanceRecord *record)
{
  g_autoptr (SeedanceRecord) found =
      seedance_ledger_find (folder->dir, record->name, NULL);

  g_assert_nonnull (found);
}

static void
call_save (Folder *folder, const SeedanceRecord *record)
{
  g_autoptr (SeedanceRecord) copy = seedance_record_copy (record);

  g_assert_true (seedance_ledger_save (folder->dir, copy, NULL));
}

static void
call_resolve (Folder *folder, const SeedanceRecord *record)
{
  g_autoptr (SeedanceRecord) doubt =
      folder_record (folder, "doubt", SEEDANCE_RECORD_AMBIGUOUS);
  g_autoptr (SeedanceRecord) named = seedance_record_copy (record);

  named->created = doubt->created;
  g_assert_true (seedance_ledger_resolve (folder->dir, doubt->identity, named));
}

static void
call_remove_named (Folder *folder, const SeedanceRecord *record)
{
  seedance_ledger_remove_named (folder->dir, record);
}

static void
call_forget (Folder *folder, const SeedanceRecord *record)
{
  g_assert_true (seedance_ledger_forget (folder->dir, record->name, NULL));
}

static void
call_times (Folder *folder, const SeedanceRecord *record)
{
  seedance_ledger_get_shortest_time (folder->dir, record->kind);
}

static void
call_prune (Folder *folder, const SeedanceRecord *record)
{
  g_autofree gchar *clip = seedance_ledger_clip_path (folder->dir, record);

  g_assert_true (g_file_set_contents (clip, "clip", -1, NULL));
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  g_assert_false (g_file_test (clip, G_FILE_TEST_EXISTS));
}

static void
call_list (Folder *folder, const SeedanceRecord *record)
{
  g_autoptr (GPtrArray) list = seedance_ledger_list (folder->dir, NULL);

  g_assert_nonnull (list);
}

static const struct {
  const gchar *name;
  CallFunc call;
  const gchar *index; /* the index that the call needs */
} calls[] = {
  { "claim", call_claim, "attempts_identity" },
  { "withdraw", call_withdraw, "sqlite_autoindex_attempts_1" },
  { "find-task", call_find_task, "attempts_task" },
  { "find", call_find, "sqlite_autoindex_attempts_1" },
  { "save", call_save, NULL },
  { "resolve", call_resolve, "attempts_identity" },
  { "remove-named", call_remove_named, "sqlite_autoindex_attempts_1" },
  { "forget", call_forget, "attempts_identity" },
  { "times", call_times, "attempts_kind" },
  { "prune", call_prune, "attempts_stored" },
  { "list", call_list, "attempts_created" },
};

/* Returns SQLite's query plan of @sql, with one step on each line. The caller
 * frees it with g_free(). */
static gchar *
explain (sqlite3 *database, const gchar *sql)
{
  g_autofree gchar *question = g_strconcat ("EXPLAIN QUERY PLAN ", sql, NULL);
  GString *plan = g_string_new (NULL);
  sqlite3_stmt *statement = NULL;

  g_assert_cmpint (
      sqlite3_prepare_v2 (database, question, -1, &statement, NULL), ==,
      SQLITE_OK);
  while (sqlite3_step (statement) == SQLITE_ROW)
    g_string_append_printf (
        plan, "%s\n", (const gchar *) sqlite3_column_text (statement, 3));
  sqlite3_finalize (statement);

  return g_string_free (plan, FALSE);
}

/* Only two queries may read all their rows: the one for stored clips, whose
 * number is limited by the disk, and the list. */
static void
assert_no_scan (const gchar *plan)
{
  g_auto (GStrv) steps = g_strsplit (plan, "\n", -1);

  for (guint i = 0; steps[i]; i++) {
    if (!strstr (steps[i], "SCAN ") || strstr (steps[i], "SCAN (subquery") ||
        strstr (steps[i], "SCAN CONSTANT ROW") ||
        g_str_has_suffix (steps[i], "USING INDEX attempts_stored") ||
        g_str_has_suffix (steps[i], "USING INDEX attempts_created"))
      continue;
    g_error ("all rows are looked at: %s", steps[i]);
  }
}

static void
assert_plans (Folder *folder, const gchar *index)
{
  static const gchar *const kinds[] = { "SELECT", "INSERT", "UPDATE",
    "DELETE" };
  g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);
  g_autoptr (GPtrArray) asked = g_steal_pointer (&statements);
  gboolean used = index == NULL;
  sqlite3 *database;

  statements = g_ptr_array_new_with_free_func (g_free);
  g_assert_cmpint (sqlite3_open (path, &database), ==, SQLITE_OK);
  for (guint i = 0; i < asked->len; i++) {
    const gchar *sql = g_ptr_array_index (asked, i);
    g_autofree gchar *plan = NULL;

    for (guint k = 0; k < G_N_ELEMENTS (kinds) && !plan; k++) {
      if (g_str_has_prefix (sql, kinds[k]) && strstr (sql, "attempts"))
        plan = explain (database, sql);
    }
    if (!plan)
      continue;
    g_test_message ("%s\n%s", sql, plan);
    assert_no_scan (plan);
    used = used || strstr (plan, index);
  }
  sqlite3_close (database);
  g_assert_true (used);
}

static void
test_no_question_looks_at_all_rows (Folder *folder, gconstpointer data)
{
  g_assert_true (seedance_ledger_prepare (folder->dir, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++) {
    g_autoptr (SeedanceRecord) record =
        folder_new_record ("r", SEEDANCE_RECORD_PLAYED);

    record->kind = g_strdup ("kind");
    record->generation_ms = 5;
    g_assert_true (seedance_ledger_save (folder->dir, record, NULL));
    g_ptr_array_set_size (statements, 0);
    g_test_message ("--- %s", calls[i].name);
    calls[i].call (folder, record);
    assert_plans (folder, calls[i].index);
    folder_change (folder, "DELETE FROM attempts;");
  }
}

/* An unused index would only make every order slower. */
static void
test_no_index_is_idle (Folder *folder, gconstpointer data)
{
  g_autofree gchar *all = NULL;
  g_auto (GStrv) names = NULL;

  g_assert_true (seedance_ledger_prepare (folder->dir, NULL));
  all = folder_get (folder, "SELECT group_concat(name) FROM sqlite_schema "
                            "WHERE type = 'index';");
  names = g_strsplit (all, ",", -1);
  g_assert_cmpuint (g_strv_length (names), >=, 2);
  for (guint i = 0; names[i]; i++) {
    gboolean used = FALSE;

    g_test_message ("%s", names[i]);
    for (guint k = 0; k < G_N_ELEMENTS (calls); k++)
      used = used || g_strcmp0 (calls[k].index, names[i]) == 0;
    g_assert_true (used);
  }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  statements = g_ptr_array_new_with_free_func (g_free);
  sqlite3_auto_extension ((void (*) (void)) on_open);
#define ADD(path, name) folder_add ("/ledger/schema/" path, NULL, test_##name)
  ADD ("new", a_new_one_is_of_the_newest_version);
  ADD ("steps", each_step_leads_to_the_next_version);
  ADD ("plans", no_question_looks_at_all_rows);
  ADD ("indexes", no_index_is_idle);
  status = g_test_run ();
  g_ptr_array_unref (statements);
  return status;
}
