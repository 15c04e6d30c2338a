/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance-tasks shows a ledger as its manual says, and reports problems in
 * it. */
#include "tasks-run.h"

#include <cjson/cJSON.h>
#include <string.h>

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
  g_assert_false (folder_has (folder, SEEDANCE_LEDGER_FILE));
}

static void
test_a_folder_that_is_not_there_is_told (Folder *folder, gconstpointer data)
{
  static const struct {
    const gchar *line;
    int status;
  } runs[] = { { "list", 0 }, { "list --json", 0 }, { "prune", 0 },
    { "spent", 0 }, { "check", 1 }, { "take-over", 1 }, { "forget x", 1 },
    { "launch x", 1 } };
  g_autofree gchar *none = g_build_filename (folder->dir, "none", NULL);
  g_autofree gchar *told = g_strdup_printf ("There is no folder '%s'", none);

  for (guint i = 0; i < G_N_ELEMENTS (runs); i++) {
    g_auto (Run) run = run_tasks (none, runs[i].line);

    g_assert_cmpint (run.status, ==, runs[i].status);
    g_assert_nonnull (strstr (run.err, told));
    g_assert_false (g_file_test (none, G_FILE_TEST_EXISTS));
  }
}

/* As the folder is below a share that is not mounted. A script that goes on
 * after it would order anew what the share has. */
static void
test_no_ledger_is_not_taken_over (Folder *folder, gconstpointer data)
{
  static const gchar *const commands[] = { "check", "take-over" };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    g_auto (Run) run = run_tasks (folder->dir, commands[i]);

    g_assert_cmpint (run.status, ==, 1);
    g_assert_cmpstr (run.out, ==, "");
    g_assert_nonnull (strstr (run.err, "There is no ledger in"));
    g_assert_nonnull (strstr (run.err, folder->dir));
    g_assert_cmpuint (folder_count (folder), ==, 0);
  }
}

static void
test_a_folder_that_cannot_be_read_is_an_error (
    Folder *folder, gconstpointer data)
{
  g_autofree gchar *file = g_build_filename (folder->dir, "f", NULL);
  const gchar *const commands[] = { "list", "list --json", "prune", "check",
    "spent", "take-over", "cancel x", "forget x", "launch x" };

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

/* Returns the id that the table shows: the task id, or the record's name if
 * there is none. The caller frees it with g_free(). */
static gchar *
id_of (guint kind)
{
  if (kind < 4)
    return tasks_name (kind_labels[kind]);

  return g_strconcat ("task-", kind_labels[kind], NULL);
}

static void
test_the_table_tells_state_and_age (Folder *folder, gconstpointer data)
{
  g_auto (GStrv) lines = NULL;
  gsize column;

  add_one_of_each (folder);
  lines = list_at (folder, 120);
  g_assert_cmpuint (g_strv_length (lines), ==, N_KINDS + 2);
  g_assert_true (g_str_has_prefix (lines[0], "ID "));
  column = strstr (lines[0], "STATE") - lines[0];
  for (guint i = 0; i < N_KINDS; i++) {
    g_autofree gchar *id = id_of (i);
    const gchar *line = lines[i + 1];

    /* The table may cut a name and add "…", which has several bytes. */
    g_assert_cmpint (strncmp (line, id, MIN (strlen (id), 12)), ==, 0);
    line = g_utf8_offset_to_pointer (line, (glong) column);
    g_assert_true (g_str_has_prefix (line, kind_states[i]));
  }
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

static void
test_all_commands_are_named (Folder *folder, gconstpointer data)
{
  static const gchar *const names[] = { "list", "forget", "prune", "launch",
    "spent", "check", "cancel", "provider", "models", "serve", "take-over" };
  static const gchar *const lines[] = { "", "xyzzy", "--help" };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_auto (Run) run = run_tasks (folder->dir, lines[i]);

    for (guint k = 0; k < G_N_ELEMENTS (names); k++)
      g_assert_nonnull (strstr (
          g_str_equal (lines[i], "--help") ? run.out : run.err, names[k]));
  }
}

/* The column INSTANCE tells equal prompts apart. It is missing if no record has
 * an instance. */
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

/* Adds a record whose fields are all as long as possible. */
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
    /* A wider terminal shows at least as many columns. */
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

/* Texts from a service or from another machine must not control the
 * terminal. */
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

    /* Keeps the order of the lines, even if a second passes between two
     * records. */
    record->created -= 10 * i;
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
  g_autofree gchar *torn = tasks_name ("torn");
  g_auto (Run) run = { 0 };
  cJSON *list;

  add_one_of_each (folder);
  run = run_tasks (folder->dir, "list --json");
  g_assert_cmpint (run.status, ==, 0);
  list = cJSON_Parse (run.out);
  g_assert_cmpint (cJSON_GetArraySize (list), ==, N_KINDS);
  for (guint i = 0; i < N_KINDS; i++) {
    g_autofree gchar *name = tasks_name (kind_labels[i]);
    const cJSON *item = cJSON_GetArrayItem (list, i);

    g_assert_cmpstr (text_of (item, "record"), ==, name);
    g_assert_cmpstr (text_of (item, "state"), ==, kind_states[i]);
  }
  assert_ready_clip (folder, cJSON_GetArrayItem (list, 5));
  g_assert_true (cJSON_IsNull (member (cJSON_GetArrayItem (list, 1), "id")));
  g_assert_nonnull (
      strstr (text_of (cJSON_GetArrayItem (list, 0), "problem"), torn));
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

static void
test_a_whole_ledger_is_told (Folder *folder, gconstpointer data)
{
  g_auto (Run) run = { 0 };

  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 1);
  run = run_tasks (folder->dir, "check");
  g_assert_cmpint (run.status, ==, 0);
  g_assert_cmpstr (run.out, ==, "The ledger is whole.\n");
  g_assert_cmpstr (run.err, ==, "");
}

static void
test_a_row_that_is_no_record_is_told (Folder *folder, gconstpointer data)
{
  g_autofree gchar *torn = tasks_name ("torn");
  g_auto (Run) run = { 0 };

  add_one_of_each (folder);
  run = run_tasks (folder->dir, "check");
  g_assert_cmpint (run.status, ==, 1);
  g_assert_cmpstr (run.out, ==, "");
  g_assert_nonnull (strstr (run.err, torn));
  g_assert_nonnull (strstr (run.err, "Nothing was changed"));
}

static void
test_a_damaged_ledger_is_told (Folder *folder, gconstpointer text)
{
  static const gchar *const commands[] = { "list", "list --json", "check",
    "prune", "forget --yes x", "launch x", "spent" };

  folder_write (folder, SEEDANCE_LEDGER_FILE, text, -1);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    g_auto (Run) run = run_tasks (folder->dir, commands[i]);
    g_autofree gchar *path = folder_path (folder, SEEDANCE_LEDGER_FILE);
    g_autofree gchar *after = NULL;

    g_test_message ("%s: %s", commands[i], run.err);
    g_assert_cmpint (run.status, ==, 1);
    g_assert_cmpstr (run.out, ==, "");
    g_assert_nonnull (strstr (run.err, path));
    g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
    g_assert_cmpstr (after, ==, text);
  }
}

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
    g_assert_true (is_known (folder, "played"));
    g_assert_cmpuint (folder_count (folder), ==, 1);
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

static void
test_output_that_is_lost_is_told (Folder *folder, gconstpointer data)
{
  static const gchar *const commands[] = { "list", "list --json",
    "launch task-ready", "spent", "check", "provider ark", "--version",
    "prune --dry-run", "serve" };
  g_autofree gchar *program = g_strdup (g_getenv ("SEEDANCE_TASKS"));
  g_autofree gchar *to_full_disk = g_strdup_printf (
      "/bin/sh -c 'exec \"$0\" \"$@\" >/dev/full' %s", program);

  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 1);
  g_setenv ("SEEDANCE_TASKS", to_full_disk, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    g_auto (Run) run = run_tasks (folder->dir, commands[i]);

    g_test_message ("%s: %s", commands[i], run.err);
    g_assert_cmpint (run.status, ==, 1);
    g_assert_nonnull (strstr (run.err, "output could be written"));
  }
  g_setenv ("SEEDANCE_TASKS", program, TRUE);
}

int
main (int argc, char **argv)
{
  if (!tasks_init (&argc, &argv))
    return 0;
#define ADD(path, name) folder_add ("/tasks/" path, NULL, test_##name)
  ADD ("list/empty", an_empty_ledger_is_no_error);
  ADD ("list/missing", a_folder_that_is_not_there_is_told);
  ADD ("no-ledger", no_ledger_is_not_taken_over);
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
  ADD ("usage", usage);
  ADD ("output", output_that_is_lost_is_told);
  ADD ("commands", all_commands_are_named);
  ADD ("options", an_option_of_another_command_is_refused);
  ADD ("suggestion", a_mistyped_word_gets_a_suggestion);
  ADD ("check/whole", a_whole_ledger_is_told);
  ADD ("check/row", a_row_that_is_no_record_is_told);
  folder_add ("/tasks/check/foreign", "hello", test_a_damaged_ledger_is_told);
  folder_add ("/tasks/check/empty", "", test_a_damaged_ledger_is_told);
  return g_test_run ();
}
