/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given a ledger, seedance-tasks shows and tends it as its manual says. The
 * program is named by SEEDANCE_TASKS. */
#include "ledger-folder.h"

#include <cjson/cJSON.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  int status;
  gchar *out, *err;
} Run;

static void
run_clear (Run *run)
{
  g_free (run->out);
  g_free (run->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* Runs the program with @arguments, which g_shell_parse_argv() splits. */
static Run
run_tasks (const gchar *dir, const gchar *arguments)
{
  g_autofree gchar *quoted = g_shell_quote (dir);
  g_autofree gchar *line = g_strdup_printf (
      "%s --state-dir %s %s", g_getenv ("SEEDANCE_TASKS"), quoted, arguments);
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  Run run = { 0 };

  g_assert_true (g_shell_parse_argv (line, NULL, &argv, &error));
  g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &run.out,
      &run.err, &run.status, &error);
  g_assert_no_error (error);
  g_assert_true (g_utf8_validate (run.out, -1, NULL));
  run.status = run.status == 0                                  ? 0
               : g_spawn_check_wait_status (run.status, &error) ? 0
                                                                : error->code;
  return run;
}

static void
assert_run (Folder *folder, const gchar *arguments, int status)
{
  g_auto (Run) run = run_tasks (folder->dir, arguments);

  g_test_message ("%s: %s%s", arguments, run.out, run.err);
  g_assert_cmpint (run.status, ==, status);
  g_assert_cmpint (*run.err != '\0', ==, status != 0);
}

/* --- what the folder holds ---------------------------------------------- */

static SeedanceRecord *
add_full (Folder *folder, const gchar *name, SeedanceRecord *record)
{
  g_autofree gchar *clip = seedance_ledger_clip_path (folder->dir, record);
  gboolean exists;

  if (record->state >= SEEDANCE_RECORD_SUBMITTED && !record->task_id)
    record->task_id = g_strconcat ("task-", name, NULL);
  if (record->state == SEEDANCE_RECORD_READY ||
      record->state == SEEDANCE_RECORD_PLAYED) {
    record->size = 5200000;
    g_assert_true (g_file_set_contents (clip, "clip", -1, NULL));
    g_assert_cmpint (truncate (clip, 5200000), ==, 0);
  }
  g_assert_true (
      seedance_ledger_create (folder->dir, name, record, &exists, NULL));
  return record;
}

/* @hours tells the age; younger ones come first in lists. */
static SeedanceRecord *
add (Folder *folder, const gchar *name, SeedanceRecordState state, gint hours)
{
  SeedanceRecord *record = seedance_record_new (
      "seeddance", "https://api.seeddanceapi.com", "A paper boat");

  record->state = state;
  record->created -= hours * 3600;
  return add_full (folder, name, record);
}

static void
add_plain (
    Folder *folder, const gchar *name, SeedanceRecordState state, gint hours)
{
  seedance_record_free (add (folder, name, state, hours));
}

static void
order_and_die (Folder *folder, gpointer data)
{
  add_plain (folder, "lost", SEEDANCE_RECORD_SUBMITTING, 3);
}

/* One of each kind, the youngest first. */
static void
add_one_of_each (Folder *folder)
{
  add_plain (folder, "sending", SEEDANCE_RECORD_SUBMITTING, 2);
  folder_run_child (folder, order_and_die, NULL);
  add_plain (folder, "doubt", SEEDANCE_RECORD_AMBIGUOUS, 4);
  add_plain (folder, "running", SEEDANCE_RECORD_SUBMITTED, 5);
  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 6);
  add_plain (folder, "played", SEEDANCE_RECORD_PLAYED, 7);
  add_plain (folder, "failed", SEEDANCE_RECORD_FAILED, 100);
  folder_write (folder, "torn", "{\"version\": 1, \"sta", -1);
  seedance_ledger_point (folder->dir, "alias", "ready");
}

static const gchar *const names[] = { "torn", "sending", "lost", "doubt",
  "running", "ready", "played", "failed" };
static const gchar *const states[] = { "unreadable", "submitting",
  "maybe billed", "maybe billed", "submitted", "ready", "played", "failed" };

/* --- list --------------------------------------------------------------- */

static void
test_an_empty_ledger_is_no_error (Folder *folder, gconstpointer data)
{
  g_autofree gchar *none = g_build_filename (folder->dir, "none", NULL);
  const gchar *const dirs[] = { folder->dir, none };

  for (guint i = 0; i < G_N_ELEMENTS (dirs); i++) {
    g_auto (Run) table = run_tasks (dirs[i], "list");
    g_auto (Run) json = run_tasks (dirs[i], "list --json");

    g_assert_cmpint (table.status, ==, 0);
    g_assert_cmpstr (table.out, ==, "");
    g_assert_nonnull (strstr (table.err, dirs[i]));
    g_assert_cmpint (
        strstr (table.err, "There is no folder") != NULL, ==, dirs[i] == none);
    g_assert_cmpint (
        strstr (table.err, "No clips in") != NULL, ==, dirs[i] != none);
    g_assert_cmpint (json.status, ==, 0);
    g_assert_cmpstr (json.out, ==, "[]\n");
  }
  g_assert_cmpuint (folder_count (folder), ==, 0);
}

static void
test_a_folder_that_is_not_there_is_told (Folder *folder, gconstpointer data)
{
  static const struct {
    const gchar *line;
    int status;
  } runs[] = { { "list", 0 }, { "list --json", 0 }, { "prune", 0 },
    { "forget x", 1 }, { "launch x", 1 } };
  g_autofree gchar *none = g_build_filename (folder->dir, "none", NULL);
  g_autofree gchar *told = g_strdup_printf ("There is no folder '%s'", none);

  for (guint i = 0; i < G_N_ELEMENTS (runs); i++) {
    g_auto (Run) run = run_tasks (none, runs[i].line);

    g_assert_cmpint (run.status, ==, runs[i].status);
    g_assert_nonnull (strstr (run.err, told));
    g_assert_false (g_file_test (none, G_FILE_TEST_EXISTS));
  }
}

static void
test_a_folder_that_cannot_be_read_is_an_error (
    Folder *folder, gconstpointer data)
{
  g_autofree gchar *file = g_build_filename (folder->dir, "f", NULL);
  const gchar *const commands[] = { "list", "list --json", "prune", "forget x",
    "launch x" };

  g_assert_true (g_file_set_contents (file, "", -1, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    g_auto (Run) run = run_tasks (file, commands[i]);

    g_assert_cmpint (run.status, ==, 1);
    g_assert_cmpstr (run.out, ==, "");
    g_assert_nonnull (strstr (run.err, file));
  }
}

static gchar **
list_at (Folder *folder, guint width)
{
  g_autofree gchar *columns = g_strdup_printf ("%u", width);
  g_auto (Run) run = { 0 };

  g_setenv ("COLUMNS", columns, TRUE);
  run = run_tasks (folder->dir, "list");
  g_unsetenv ("COLUMNS");
  g_test_message ("%s%s", run.out, run.err);
  g_assert_cmpint (run.status, ==, 0);
  return g_strsplit (run.out, "\n", -1);
}

static void
test_the_table_tells_state_and_age (Folder *folder, gconstpointer data)
{
  g_auto (GStrv) lines = NULL;
  gsize column;

  add_one_of_each (folder);
  lines = list_at (folder, 120);
  g_assert_cmpuint (g_strv_length (lines), ==, G_N_ELEMENTS (names) + 2);
  g_assert_true (g_str_has_prefix (lines[0], "ID "));
  column = strstr (lines[0], "STATE") - lines[0];
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_assert_true (g_str_has_prefix (lines[i + 1] + column, states[i]));
    g_assert_nonnull (strstr (lines[i + 1], names[i]));
  }
  g_assert_nonnull (strstr (lines[6], "task-ready"));
  g_assert_nonnull (strstr (lines[6], " 6 h "));
  g_assert_nonnull (strstr (lines[6], "A paper boat"));
  g_assert_nonnull (strstr (lines[6], "5.2 MB"));
  g_assert_nonnull (strstr (lines[8], " 4 d "));
}

static void
test_the_table_tells_the_clip_and_its_cost (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record =
      seedance_record_new ("ark", "https://h", "A paper boat");
  g_auto (GStrv) lines = NULL;

  record->state = SEEDANCE_RECORD_SUBMITTED;
  record->resolution = g_strdup ("720p");
  record->duration = 5;
  record->cost = g_strdup ("0.42");
  add_full (folder, "a", record);
  lines = list_at (folder, 80);
  g_assert_nonnull (strstr (lines[0], "CLIP"));
  g_assert_nonnull (strstr (lines[0], "COST"));
  g_assert_nonnull (strstr (lines[1], " 720p 5 s "));
  g_assert_nonnull (strstr (lines[1], " 0.42 "));
}

/* Which of the equal prompts it is; where there are none, nothing is said. */
static void
test_the_table_tells_instances_where_there_are (
    Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record =
      seedance_record_new ("ark", "https://h", "A paper boat");
  g_auto (GStrv) without = NULL, with = NULL;

  add_plain (folder, "a", SEEDANCE_RECORD_SUBMITTED, 1);
  without = list_at (folder, 200);
  g_assert_null (strstr (without[0], "INSTANCE"));
  record->state = SEEDANCE_RECORD_SUBMITTED;
  record->instance = g_strdup ("evening 3");
  add_full (folder, "b", record);
  with = list_at (folder, 80);
  g_assert_nonnull (strstr (with[0], "INSTANCE"));
  g_assert_nonnull (strstr (with[1], " evening 3 "));
}

static guint
columns_of (const gchar *line)
{
  guint columns = 0;

  for (const gchar *p = line; *p; p = g_utf8_next_char (p))
    columns += g_unichar_iswide (g_utf8_get_char (p)) ? 2 : 1;
  return columns;
}

/* Everything in it is as long as it can be. */
static void
add_wide (Folder *folder, const gchar *name)
{
  g_autofree gchar *wide = g_strnfill (300, 'w');
  g_autoptr (SeedanceRecord) record = seedance_record_new (wide, "h", wide);

  record->state = SEEDANCE_RECORD_PLAYED;
  record->task_id = g_strdup (wide);
  record->resolution = g_strdup (wide);
  record->duration = G_GINT64_CONSTANT (1) << 50;
  record->cost = g_strdup (wide);
  record->instance = g_strdup (wide);
  record->created = 1;
  add_full (folder, name, record);
}

static void
test_no_line_is_wider_than_the_terminal (Folder *folder, gconstpointer data)
{
  static const guint widths[] = { 40, 60, 79, 80, 100, 132, 200 };
  guint prompt = 0;

  add_one_of_each (folder);
  add_plain (
      folder, "84005434-752b-46b3-8ab2-0c2f9016b340", SEEDANCE_RECORD_READY, 1);
  add_wide (folder, "wide");
  for (guint i = 0; i < G_N_ELEMENTS (widths); i++) {
    g_auto (GStrv) lines = list_at (folder, widths[i]);
    guint titles = 0;

    for (guint k = 0; lines[k]; k++)
      g_assert_cmpuint (columns_of (lines[k]), <=, widths[i]);
    for (const gchar *p = lines[0]; *p; p++)
      titles += p == lines[0] || (p[-1] == ' ' && *p != ' ');
    /* More room shows more. */
    g_assert_cmpuint (titles, >=, prompt);
    prompt = titles;
  }
  g_assert_cmpuint (prompt, ==, 10);
}

static void
test_without_a_terminal_a_line_has_80_columns (
    Folder *folder, gconstpointer data)
{
  const gchar *const odd[] = { NULL, "", "0", "-5", "x", "7", "99999999999" };

  add_wide (folder, "wide");
  for (guint i = 0; i < G_N_ELEMENTS (odd); i++) {
    g_auto (Run) run = { 0 };

    if (odd[i])
      g_setenv ("COLUMNS", odd[i], TRUE);
    run = run_tasks (folder->dir, "list");
    *strchr (run.out, '\n') = '\0';
    g_assert_cmpuint (columns_of (run.out), <=, 80);
    g_assert_cmpuint (columns_of (run.out), >, 50);
  }
  g_unsetenv ("COLUMNS");
}

/* What a service or another machine wrote must not steer the terminal. */
static void
test_hostile_texts_do_not_reach_the_terminal (
    Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record = seedance_record_new (
      "see\x1b[2Jd", "https://h", "red\x1b[31m\nID\xe2\x80\xae\xff\tx");
  g_auto (Run) run = { 0 };

  record->state = SEEDANCE_RECORD_SUBMITTED;
  record->task_id = g_strdup ("t\r\n\x1b]0;x\x07");
  add_full (folder, "a", record);
  run = run_tasks (folder->dir, "list");
  g_assert_cmpint (run.status, ==, 0);
  for (const gchar *p = run.out; *p; p++)
    g_assert_true (*p == '\n' || !g_ascii_iscntrl (*p));
  g_assert_null (strstr (run.out, "\xe2\x80\xae"));
  g_assert_cmpuint (strlen (run.out) - strlen (strchr (run.out, '\n')), >, 0);
  run_clear (&run);
  run = run_tasks (folder->dir, "forget 'x\x1b[31m\n'");
  g_assert_null (strchr (run.err, '\x1b'));
}

static void
test_long_and_wide_prompts_keep_the_columns (Folder *folder, gconstpointer data)
{
#define BOATS "\xe7\xba\xb8\xe8\x88\xb9\xe7\xba\xb8\xe8\x88\xb9"
  const gchar *const prompts[] = { "short", BOATS,
    "01234567890123456789012345678901234567890123456789012345678901234567890",
    BOATS BOATS BOATS BOATS BOATS BOATS BOATS BOATS BOATS BOATS };
  g_auto (GStrv) lines = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (prompts); i++) {
    gchar name[] = { 'a' + i, '\0' };
    g_autoptr (SeedanceRecord) record =
        seedance_record_new ("ark", "https://h", prompts[i]);

    record->created -= i;
    record->state = SEEDANCE_RECORD_SUBMITTED;
    add_full (folder, name, record);
  }
  lines = list_at (folder, 60);
  for (guint i = 0; i < G_N_ELEMENTS (prompts); i++)
    g_assert_cmpuint (columns_of (lines[i + 1]), <=, 60);
  g_assert_null (strstr (lines[2], "…"));
  g_assert_nonnull (strstr (lines[3], "…"));
  g_assert_nonnull (strstr (lines[4], "…"));
}

static const cJSON *
member (const cJSON *item, const gchar *name)
{
  const cJSON *found = cJSON_GetObjectItemCaseSensitive (item, name);

  g_assert_nonnull (found);
  return found;
}

static const gchar *
text_of (const cJSON *item, const gchar *name)
{
  return cJSON_GetStringValue (member (item, name));
}

static void
assert_ready_clip (Folder *folder, const cJSON *item)
{
  g_autofree gchar *start = g_strconcat (folder->dir, "/", NULL);

  g_assert_cmpstr (text_of (item, "id"), ==, "task-ready");
  g_assert_cmpstr (text_of (item, "provider"), ==, "seeddance");
  g_assert_cmpstr (text_of (item, "prompt"), ==, "A paper boat");
  g_assert_cmpstr (
      text_of (item, "base-url"), ==, "https://api.seeddanceapi.com");
  g_assert_true (g_str_has_prefix (text_of (item, "file"), start));
  g_assert_true (g_file_test (text_of (item, "file"), G_FILE_TEST_EXISTS));
  g_assert_cmpfloat (member (item, "size")->valuedouble, ==, 5200000);
  g_assert_cmpfloat (member (item, "age")->valuedouble, >=, 6 * 3600);
  g_assert_cmpfloat (member (item, "age")->valuedouble, <, 7 * 3600);
  g_assert_true (cJSON_IsNull (member (item, "seed")));
}

static void
test_json_tells_the_same (Folder *folder, gconstpointer data)
{
  g_auto (Run) run = { 0 };
  cJSON *list;

  add_one_of_each (folder);
  run = run_tasks (folder->dir, "list --json");
  g_assert_cmpint (run.status, ==, 0);
  list = cJSON_Parse (run.out);
  g_assert_cmpint (cJSON_GetArraySize (list), ==, G_N_ELEMENTS (names));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    const cJSON *item = cJSON_GetArrayItem (list, i);

    g_assert_cmpstr (text_of (item, "record"), ==, names[i]);
    g_assert_cmpstr (text_of (item, "state"), ==, states[i]);
  }
  assert_ready_clip (folder, cJSON_GetArrayItem (list, 5));
  g_assert_true (cJSON_IsNull (member (cJSON_GetArrayItem (list, 1), "id")));
  g_assert_nonnull (
      strstr (text_of (cJSON_GetArrayItem (list, 0), "problem"), "torn.json"));
  cJSON_Delete (list);
}

static void
test_nothing_secret_is_shown (Folder *folder, gconstpointer data)
{
  const gchar *const commands[] = { "list", "list --json", "launch t",
    "forget t", "forget --yes t" };
  g_autoptr (SeedanceRecord) record = seedance_record_new (
      "ark", "https://SECRET:SECRET@h/v1?key=SECRET#SECRET", "A paper boat");

  record->state = SEEDANCE_RECORD_SUBMITTED;
  record->task_id = g_strdup ("t");
  add_full (folder, "a", record);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    g_auto (Run) run = run_tasks (folder->dir, commands[i]);

    g_assert_null (strstr (run.out, "SECRET"));
    g_assert_null (strstr (run.err, "SECRET"));
  }
}

/* --- forget ------------------------------------------------------------- */

static void
test_what_may_be_worth_money_wants_a_yes (Folder *folder, gconstpointer data)
{
  const gchar *const worth[] = { "torn", "lost", "doubt", "running", "ready" };
  guint count;

  add_one_of_each (folder);
  count = folder_count (folder);
  for (guint i = 0; i < G_N_ELEMENTS (worth); i++) {
    g_autofree gchar *forget = g_strconcat ("forget ", worth[i], NULL);
    g_autofree gchar *sure = g_strconcat ("forget --yes ", worth[i], NULL);
    g_autofree gchar *file = g_strconcat (worth[i], ".json", NULL);

    assert_run (folder, forget, 1);
    g_assert_cmpuint (folder_count (folder), ==, count);
    assert_run (folder, sure, 0);
    g_assert_false (folder_has (folder, file));
    count = folder_count (folder);
  }
}

static void
test_what_is_not_goes_without (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) played =
      add (folder, "played", SEEDANCE_RECORD_PLAYED, 1);
  g_autofree gchar *alias = seedance_ledger_name_for_task (
      played->provider, played->base_url, played->task_id);

  seedance_ledger_point (folder->dir, alias, "played");
  add_plain (folder, "failed", SEEDANCE_RECORD_FAILED, 1);
  g_assert_cmpuint (folder_count (folder), ==, 4);
  assert_run (folder, "forget played", 0);
  assert_run (folder, "forget failed", 0);
  g_assert_cmpuint (folder_count (folder), ==, 0);
}

static void
test_an_order_in_its_place_is_not_forgotten (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) old =
      add (folder, "old", SEEDANCE_RECORD_PLAYED, 1);
  g_autofree gchar *name = seedance_ledger_successor ("old", old);
  g_autoptr (SeedanceRecord) order = NULL;

  add_plain (folder, name, SEEDANCE_RECORD_AMBIGUOUS, 1);
  assert_run (folder, "forget old", 0);
  order = folder_load (folder, "old", NULL);
  g_assert_nonnull (order);
  g_assert_cmpint (order->state, ==, SEEDANCE_RECORD_AMBIGUOUS);
}

static void
test_an_order_under_way_is_not_forgotten (Folder *folder, gconstpointer data)
{
  add_plain (folder, "sending", SEEDANCE_RECORD_SUBMITTING, 0);
  assert_run (folder, "forget sending", 1);
  assert_run (folder, "forget --yes sending", 1);
  g_assert_true (folder_has (folder, "sending.json"));
}

static void
test_a_clip_has_many_names (Folder *folder, gconstpointer data)
{
  add_plain (folder, "0123456789abcdef", SEEDANCE_RECORD_PLAYED, 1);
  assert_run (folder, "forget 0123456789ab", 0);
  g_assert_cmpuint (folder_count (folder), ==, 0);
  add_plain (folder, "0123456789abcdef", SEEDANCE_RECORD_PLAYED, 1);
  assert_run (folder, "forget task-0123456789abcdef", 0);
  g_assert_cmpuint (folder_count (folder), ==, 0);
}

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
  g_assert_cmpuint (folder_count (folder), ==, 4);
}

static void
test_any_beginning_that_means_one_will_do (Folder *folder, gconstpointer data)
{
  g_auto (Run) run = { 0 };

  add_plain (folder, "abc", SEEDANCE_RECORD_PLAYED, 1);
  add_plain (folder, "abd", SEEDANCE_RECORD_PLAYED, 1);
  add_plain (folder, "x", SEEDANCE_RECORD_PLAYED, 1);
  run = run_tasks (folder->dir, "forget ab");
  g_assert_cmpint (run.status, ==, 1);
  g_assert_nonnull (strstr (run.err, "task-abc"));
  g_assert_nonnull (strstr (run.err, "task-abd"));
  g_assert_null (strstr (run.err, "task-x"));
  g_assert_cmpuint (folder_count (folder), ==, 6);
  assert_run (folder, "forget abc", 0);
  assert_run (folder, "forget a", 0);
  assert_run (folder, "forget t", 0);
  g_assert_cmpuint (folder_count (folder), ==, 0);
}

static void
test_a_dry_run_forgets_nothing (Folder *folder, gconstpointer data)
{
  static const gchar *const lines[] = { "forget --dry-run %s",
    "forget %s --dry-run", "forget --yes %s --dry-run" };
  static const gchar *const tasks[] = { "played", "ready" };
  guint count;

  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 1);
  add_plain (folder, "played", SEEDANCE_RECORD_PLAYED, 1);
  count = folder_count (folder);
  for (guint i = 0; i < G_N_ELEMENTS (lines) * G_N_ELEMENTS (tasks); i++) {
    const gchar *task = tasks[i % 2];
    g_autoptr (GString) line = g_string_new (lines[i / 2]);
    g_autofree gchar *told = g_strdup_printf (
        "Would forget record %s (task task-%s) and delete its clip.\n", task,
        task);
    g_auto (Run) run = { 0 };

    g_string_replace (line, "%s", task, 0);
    run = run_tasks (folder->dir, line->str);
    g_assert_cmpint (run.status, ==, 0);
    g_assert_true (g_str_has_prefix (run.out, told));
    g_assert_cmpint (strstr (run.out, "wants --yes") != NULL, ==,
        i % 2 == 1 && i / 2 < 2);
    g_assert_cmpuint (folder_count (folder), ==, count);
  }
}

static void
test_what_was_forgotten_is_named (Folder *folder, gconstpointer data)
{
  g_auto (Run) known = { 0 }, unknown = { 0 };

  add_plain (folder, "a", SEEDANCE_RECORD_PLAYED, 1);
  add_plain (folder, "b", SEEDANCE_RECORD_AMBIGUOUS, 1);
  known = run_tasks (folder->dir, "forget a");
  g_assert_cmpstr (
      known.out, ==, "Forgot record a (task task-a) and deleted its clip.\n");
  unknown = run_tasks (folder->dir, "forget --yes b");
  g_assert_cmpstr (unknown.out, ==, "Forgot record b.\n");
}

/* As it is pasted from the table. */
static void
test_a_cut_id_is_its_beginning (Folder *folder, gconstpointer data)
{
  add_plain (folder, "0123456789a", SEEDANCE_RECORD_PLAYED, 1);
  add_plain (folder, "0123456789b", SEEDANCE_RECORD_PLAYED, 1);
  assert_run (folder, "forget task-012345…", 1);
  assert_run (folder, "forget …", 1);
  assert_run (folder, "forget ...", 1);
  assert_run (folder, "forget 0123456789c…", 1);
  g_assert_cmpuint (folder_count (folder), ==, 4);
  assert_run (folder, "forget task-0123456789a…", 0);
  assert_run (folder, "forget 0123456789...", 0);
  g_assert_cmpuint (folder_count (folder), ==, 0);
}

static void
add_at (Folder *folder, const gchar *name, const gchar *base_url,
    SeedanceRecordState state)
{
  g_autoptr (SeedanceRecord) record = seedance_record_new ("ark", base_url, "x");

  record->state = state;
  record->task_id = g_strdup ("same");
  add_full (folder, name, record);
}

static void
test_equal_ids_are_told_apart_by_name (Folder *folder, gconstpointer data)
{
  static const gchar *const tasks[] = { "same", "sa", "sam…" };
  static const gchar *const told[] = { "the record's name",
    ("(record 0123456789012345678901234567890123456789abcdef, played, "
     "one.example)"),
    "(record b, submitted, two.example)" };

  add_at (folder, "0123456789012345678901234567890123456789abcdef",
      "https://KEY:KEY@one.example/v3?key=KEY", SEEDANCE_RECORD_PLAYED);
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

/* A whole name wins over the beginning of another. */
static void
test_a_whole_name_is_meant_first (Folder *folder, gconstpointer data)
{
  add_plain (folder, "0123456789", SEEDANCE_RECORD_PLAYED, 1);
  add_plain (folder, "0123456789.next", SEEDANCE_RECORD_PLAYED, 1);
  assert_run (folder, "forget 0123456789", 0);
  g_assert_true (folder_has (folder, "0123456789.next.json"));
  g_assert_cmpuint (folder_count (folder), ==, 2);
}

static void
test_what_cannot_be_removed_is_told (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = seedance_ledger_path (folder->dir, "folder");

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  assert_run (folder, "forget --yes folder", 1);
}

/* --- prune -------------------------------------------------------------- */

static void
test_pruning_keeps_what_was_not_played (Folder *folder, gconstpointer data)
{
  g_auto (Run) run = { 0 };

  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 1);
  add_plain (folder, "played", SEEDANCE_RECORD_PLAYED, 1);
  run = run_tasks (folder->dir, "prune");
  g_assert_cmpint (run.status, ==, 0);
  g_assert_cmpuint (folder_count (folder), ==, 4);
  run_clear (&run);
  run = run_tasks (folder->dir, "prune --max-size 0");
  g_assert_cmpint (run.status, ==, 0);
  g_assert_cmpstr (
      run.out, ==, "Deleted 1 of 2 clips; 5.2 of 10.4 MB are left.\n");
  g_assert_true (folder_has (folder, "ready.json"));
  g_assert_true (folder_has (folder, "played.json"));
  g_assert_cmpuint (folder_count (folder), ==, 3);
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
      "Would delete 1 of 2 clips; 5.2 of 10.4 MB would be left.\n");
  g_assert_cmpuint (folder_count (folder), ==, 4);
  run_clear (&run);
  run = run_tasks (folder->dir, "prune --dry-run --max-size 1GiB");
  g_assert_cmpstr (run.out, ==,
      "Would delete 0 of 2 clips; 10.4 of 10.4 MB would be left.\n");
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
  g_assert_cmpuint (folder_count (folder), ==, 2);
}

/* --- launch ------------------------------------------------------------- */

static gchar **
launch (Folder *folder, const gchar *task)
{
  g_autofree gchar *arguments = g_strconcat ("launch ", task, NULL);
  g_auto (Run) run = run_tasks (folder->dir, arguments);
  gchar **argv = NULL;

  g_test_message ("%s%s", run.out, run.err);
  g_assert_cmpint (run.status, ==, 0);
  g_assert_true (g_shell_parse_argv (run.out, NULL, &argv, NULL));
  g_assert_cmpstr (argv[0], ==, "gst-launch-1.0");
  g_assert_cmpstr (argv[1], ==, "seedancesrc");
  g_assert_true (g_strv_contains ((const gchar *const *) argv, "decodebin"));
  return argv;
}

static void
assert_contains (gchar **argv, const gchar *setting, gboolean contains)
{
  g_assert_cmpint (
      g_strv_contains ((const gchar *const *) argv, setting), ==, contains);
}

static void
test_a_line_attaches_to_the_task (Folder *folder, gconstpointer data)
{
  g_autofree gchar *dir = g_strconcat ("state-dir=", folder->dir, NULL);
  g_auto (GStrv) argv = NULL;

  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 1);
  argv = launch (folder, "task-ready");
  assert_contains (argv, "task-id=task-ready", TRUE);
  assert_contains (argv, "provider=seeddance", TRUE);
  assert_contains (argv, dir, TRUE);
  assert_contains (argv, "allow-insecure=true", FALSE);
  for (guint i = 0; argv[i]; i++)
    g_assert_false (g_str_has_prefix (argv[i], "base-url="));
}

/* Neither the shell nor the parser of gst-launch-1.0 takes it for two words. */
static void
test_a_line_names_any_folder (Folder *folder, gconstpointer data)
{
  Folder other = {
    .dir = g_build_filename (folder->dir, "a b's \"c\"", NULL),
  };
  g_autofree gchar *dir =
      g_strdup_printf ("state-dir=\"%s/a b's \\\"c\\\"\"", folder->dir);
  g_auto (GStrv) argv = NULL;

  g_assert_cmpint (g_mkdir (other.dir, 0700), ==, 0);
  add_plain (&other, "ready", SEEDANCE_RECORD_READY, 1);
  argv = launch (&other, "task-ready");
  assert_contains (argv, dir, TRUE);
  g_free (other.dir);
}

static void
test_a_task_is_found_by_its_beginning (Folder *folder, gconstpointer data)
{
  g_auto (GStrv) argv = NULL;

  add_plain (folder, "ready-a", SEEDANCE_RECORD_READY, 1);
  add_plain (folder, "ready-b", SEEDANCE_RECORD_READY, 1);
  add_plain (folder, "task-ready-b", SEEDANCE_RECORD_READY, 1);
  argv = launch (folder, "task-ready-a");
  assert_contains (argv, "task-id=task-ready-a", TRUE);
  g_strfreev (argv);
  argv = launch (folder, "task-task-r");
  assert_contains (argv, "task-id=task-task-ready-b", TRUE);
  /* Two ids, or an id and a name. */
  assert_run (folder, "launch task-ready", 1);
  assert_run (folder, "launch task-ready-b", 1);
}

/* Anybody who could write the folder would say where the key goes. */
static void
test_a_record_does_not_say_where_the_key_goes (
    Folder *folder, gconstpointer data)
{
  static const gchar *const bases[] = { "http://127.0.0.1:8080/v3",
    "http://far.example/v3", "https://evil.example", "https://a.example/\"x" };

  for (guint i = 0; i < G_N_ELEMENTS (bases); i++) {
    gchar name[] = { 'a' + i, '\0' };
    g_autofree gchar *line = g_strconcat ("launch task-", name, NULL);
    g_autoptr (SeedanceRecord) record =
        seedance_record_new ("ark", bases[i], "x");
    g_auto (Run) run = { 0 };

    record->state = SEEDANCE_RECORD_SUBMITTED;
    add_full (folder, name, record);
    run = run_tasks (folder->dir, line);
    g_assert_null (strstr (run.out, "base-url"));
    g_assert_null (strstr (run.out, "allow-insecure"));
    g_assert_null (strstr (run.out, "example"));
    if (run.status == 0)
      g_assert_nonnull (strstr (run.err, "SEEDANCE_BASE_URL"));
  }
}

static void
test_the_user_s_own_service_needs_no_word (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record =
      seedance_record_new ("ark", "http://127.0.0.1:8080/v3", "x");
  g_auto (Run) run = { 0 };

  record->state = SEEDANCE_RECORD_SUBMITTED;
  add_full (folder, "own", record);
  g_setenv ("SEEDANCE_BASE_URL", "http://127.0.0.1:8080/v3/", TRUE);
  run = run_tasks (folder->dir, "launch own");
  g_unsetenv ("SEEDANCE_BASE_URL");
  g_assert_cmpint (run.status, ==, 0);
  g_assert_nonnull (strstr (run.out, "provider=ark"));
  g_assert_cmpstr (run.err, ==, "");
}

/* One word for the shell, one value for gst-launch-1.0, and nothing that a
 * terminal obeys. */
static void
test_a_hostile_id_stays_one_word (Folder *folder, gconstpointer data)
{
  static const gchar *const ids[] = {
    "a b\"c\\d'e;$(touch x)`y` ! fakesink location=/tmp/x",
    "x --gst-plugin-load /tmp/lib.so", "x ", " x", "a|b", "a&b", "a>b", "~",
    "a*", "#a", "a=b", "{a,b}", "!a", "\xe7\xba\xb8"
  };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++) {
    gchar name[] = { 'a' + i, '\0' };
    g_autoptr (SeedanceRecord) record =
        seedance_record_new ("seeddance", "https://api.seeddanceapi.com", "x");
    g_autoptr (GString) expected = g_string_new (ids[i]);
    g_autofree gchar *setting = NULL;
    g_auto (GStrv) argv = NULL;

    record->state = SEEDANCE_RECORD_SUBMITTED;
    record->task_id = g_strdup (ids[i]);
    add_full (folder, name, record);
    g_string_replace (expected, "\\", "\\\\", 0);
    g_string_replace (expected, "\"", "\\\"", 0);
    setting = g_strdup_printf ("task-id=\"%s\"", expected->str);
    argv = launch (folder, name);
    g_assert_cmpstr (argv[2], ==, setting);
  }
}

static void
test_an_id_that_cannot_be_shown_is_refused (Folder *folder, gconstpointer data)
{
  static const gchar *const ids[] = { "a\nb", "a\rb", "a\x1b[31mb", "a\tb",
    "a\xe2\x80\xae"
    "b",
    "a\x7f"
    "b" };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++) {
    gchar name[] = { 'a' + i, '\0' };
    g_autofree gchar *line = g_strconcat ("launch ", name, NULL);
    g_autoptr (SeedanceRecord) record =
        seedance_record_new ("seeddance", "https://api.seeddanceapi.com", "x");
    g_auto (Run) run = { 0 };

    record->state = SEEDANCE_RECORD_SUBMITTED;
    record->task_id = g_strdup (ids[i]);
    add_full (folder, name, record);
    run = run_tasks (folder->dir, line);
    g_assert_cmpint (run.status, ==, 1);
    g_assert_cmpstr (run.out, ==, "");
    g_assert_null (strchr (run.err, '\x1b'));
  }
}

static void
test_a_line_plays_the_sound (Folder *folder, gconstpointer data)
{
  g_auto (GStrv) argv = NULL;

  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 1);
  argv = launch (folder, "task-ready");
  assert_contains (argv, "audio-sink=autoaudiosink", TRUE);
  assert_contains (argv, "play.audio_sink", TRUE);
  assert_contains (argv, "play.video_sink", TRUE);
}

static void
test_only_a_task_is_attached_to (Folder *folder, gconstpointer data)
{
  const gchar *const lines[] = { "launch torn", "launch sending", "launch lost",
    "launch doubt", "launch task-failed", "launch other" };

  add_one_of_each (folder);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    assert_run (folder, lines[i], 1);
}

/* --- the command line --------------------------------------------------- */

static void
test_usage (Folder *folder, gconstpointer data)
{
  const gchar *const wrong[] = { "", "dance", "forget", "launch", "forget a b",
    "list x", "prune x", "--no-such-option list", "''" };
  g_auto (Run) help = run_tasks (folder->dir, "--help");
  g_auto (Run) version = run_tasks (folder->dir, "--version");

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_run (folder, wrong[i], 2);
  g_assert_cmpint (help.status, ==, 0);
  g_assert_nonnull (strstr (help.out, "forget TASK"));
  g_assert_cmpint (version.status, ==, 0);
  g_assert_true (g_str_has_prefix (version.out, "seedance-tasks "));
}

static void
test_an_option_of_another_command_is_refused (
    Folder *folder, gconstpointer data)
{
  static const struct {
    const gchar *line, *told;
  } lines[] = {
    { "list --yes", "list takes no --yes. Nothing was done." },
    { "list --dry-run", "list takes no --dry-run. Nothing was done." },
    { "list --max-size 5", "list takes no --max-size. Nothing was done." },
    { "list --max-size=", "list takes no --max-size. Nothing was done." },
    { "forget played --json", "forget takes no --json. Nothing was done." },
    { "--max-size 5 forget played", "forget takes no --max-size. Nothing" },
    { "prune --yes --max-size 0", "prune takes no --yes. Nothing was done." },
    { "prune --yes --json --max-size 0", "prune takes no --json. Nothing" },
    { "launch played --json", "launch takes no --json. Nothing was done." },
    { "launch played --yes", "That option is for forget;" },
    { "launch played --dry-run", "That option is for forget and prune;" },
    { "launch --max-size 5 played", "That option is for prune;" },
  };

  add_plain (folder, "played", SEEDANCE_RECORD_PLAYED, 1);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_auto (Run) run = run_tasks (folder->dir, lines[i].line);

    g_test_message ("%s: %s", lines[i].line, run.err);
    g_assert_cmpint (run.status, ==, 2);
    g_assert_cmpstr (run.out, ==, "");
    g_assert_nonnull (strstr (run.err, lines[i].told));
    g_assert_cmpuint (folder_count (folder), ==, 2);
  }
}

static void
test_a_mistyped_word_gets_a_suggestion (Folder *folder, gconstpointer data)
{
  static const struct {
    const gchar *typed, *meant;
  } words[] = {
    { "lst", "'list'" },
    { "liist", "'list'" },
    { "ls", "'list'" },
    { "List", "'list'" },
    { "forgte x", "'forget'" },
    { "rm x", "'forget'" },
    { "purne", "'prune'" },
    { "lanch x", "'launch'" },
    { "--jsno list", "'--json'" },
    { "prune --dryrun", "'--dry-run'" },
    { "prune --max-sise=1", "'--max-size'" },
    { "--statedir=/tmp list", "'--state-dir'" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    g_auto (Run) run = run_tasks (folder->dir, words[i].typed);

    g_test_message ("%s", run.err);
    g_assert_cmpint (run.status, ==, 2);
    g_assert_nonnull (strstr (run.err, "Did you mean"));
    g_assert_nonnull (strstr (run.err, words[i].meant));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!g_getenv ("SEEDANCE_TASKS")) {
    g_print ("1..0 # SKIP SEEDANCE_TASKS names no program\n");
    return 0;
  }
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_unsetenv ("SEEDANCE_STATE_MAX_SIZE");
  g_unsetenv ("SEEDANCE_BASE_URL");
  g_unsetenv ("COLUMNS");
#define ADD(path, name) folder_add ("/tasks/" path, NULL, test_##name)
  ADD ("list/empty", an_empty_ledger_is_no_error);
  ADD ("list/missing", a_folder_that_is_not_there_is_told);
  ADD ("list/unreadable", a_folder_that_cannot_be_read_is_an_error);
  ADD ("list/table", the_table_tells_state_and_age);
  ADD ("list/clip", the_table_tells_the_clip_and_its_cost);
  ADD ("list/instances", the_table_tells_instances_where_there_are);
  ADD ("list/width", no_line_is_wider_than_the_terminal);
  ADD ("list/no-terminal", without_a_terminal_a_line_has_80_columns);
  ADD ("list/hostile", hostile_texts_do_not_reach_the_terminal);
  ADD ("list/columns", long_and_wide_prompts_keep_the_columns);
  ADD ("list/json", json_tells_the_same);
  ADD ("list/secrets", nothing_secret_is_shown);
  ADD ("forget/worth-money", what_may_be_worth_money_wants_a_yes);
  ADD ("forget/worth-nothing", what_is_not_goes_without);
  ADD ("forget/replaced", an_order_in_its_place_is_not_forgotten);
  ADD ("forget/under-way", an_order_under_way_is_not_forgotten);
  ADD ("forget/names", a_clip_has_many_names);
  ADD ("forget/one", only_one_is_forgotten);
  ADD ("forget/beginning", any_beginning_that_means_one_will_do);
  ADD ("forget/dry-run", a_dry_run_forgets_nothing);
  ADD ("forget/told", what_was_forgotten_is_named);
  ADD ("forget/cut", a_cut_id_is_its_beginning);
  ADD ("forget/equal-ids", equal_ids_are_told_apart_by_name);
  ADD ("forget/whole-name", a_whole_name_is_meant_first);
  ADD ("forget/cannot", what_cannot_be_removed_is_told);
  ADD ("prune/played", pruning_keeps_what_was_not_played);
  ADD ("prune/dry-run", a_dry_run_deletes_nothing);
  ADD ("prune/size", a_size_is_a_number_with_a_unit);
  ADD ("launch/line", a_line_attaches_to_the_task);
  ADD ("launch/folder", a_line_names_any_folder);
  ADD ("launch/beginning", a_task_is_found_by_its_beginning);
  ADD ("launch/service", a_record_does_not_say_where_the_key_goes);
  ADD ("launch/own-service", the_user_s_own_service_needs_no_word);
  ADD ("launch/sound", a_line_plays_the_sound);
  ADD ("launch/unshowable", an_id_that_cannot_be_shown_is_refused);
  ADD ("launch/hostile", a_hostile_id_stays_one_word);
  ADD ("launch/nothing", only_a_task_is_attached_to);
  ADD ("usage", usage);
  ADD ("options", an_option_of_another_command_is_refused);
  ADD ("suggestion", a_mistyped_word_gets_a_suggestion);
  return g_test_run ();
}
