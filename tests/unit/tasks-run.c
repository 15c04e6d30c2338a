/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs seedance-tasks and makes ledgers for it to show. */

#include "tasks-run.h"

#include <string.h>
#include <unistd.h>

#define NAME_DIGITS 32
#define CLIP_SIZE 5200000

void
run_clear (Run *run)
{
  g_free (run->out);
  g_free (run->err);
}

Run
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

void
assert_run (Folder *folder, const gchar *arguments, int status)
{
  g_auto (Run) run = run_tasks (folder->dir, arguments);

  g_test_message ("%s: %s%s", arguments, run.out, run.err);
  g_assert_cmpint (run.status, ==, status);
  g_assert_cmpint (*run.err != '\0', ==, status != 0);
}

gboolean
tasks_init (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  if (!g_getenv ("SEEDANCE_TASKS")) {
    g_print ("1..0 # SKIP SEEDANCE_TASKS names no program\n");
    return FALSE;
  }
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_unsetenv ("SEEDANCE_STATE_MAX_SIZE");
  g_unsetenv ("SEEDANCE_BASE_URL");
  g_unsetenv ("COLUMNS");

  return TRUE;
}

const gchar *const kind_labels[N_KINDS] = { "torn", "sending", "lost", "doubt",
  "running", "ready", "played", "failed" };
const gchar *const kind_states[N_KINDS] = { "unreadable", "submitting",
  "maybe billed", "maybe billed", "submitted", "ready", "played", "failed" };

gchar *
tasks_name (const gchar *label)
{
  const gsize digits = strspn (label, "0123456789abcdef");
  g_autofree gchar *filling = NULL;

  if (label[digits] != '\0')
    return g_compute_checksum_for_string (G_CHECKSUM_MD5, label, -1);
  filling = g_strnfill (NAME_DIGITS - digits, '0');

  return g_strconcat (label, filling, NULL);
}

void
add_full (Folder *folder, const gchar *label, SeedanceRecord *record)
{
  g_autofree gchar *clip = NULL;

  g_free (record->name);
  record->name = tasks_name (label);
  if (!record->identity)
    record->identity = folder_identity (label);
  if (record->state >= SEEDANCE_RECORD_SUBMITTED && !record->task_id)
    record->task_id = g_strconcat ("task-", label, NULL);
  clip = seedance_ledger_clip_path (folder->dir, record);
  if (record->state == SEEDANCE_RECORD_READY ||
      record->state == SEEDANCE_RECORD_PLAYED) {
    record->size = CLIP_SIZE;
    g_assert_true (g_file_set_contents (clip, "clip", -1, NULL));
    g_assert_cmpint (truncate (clip, CLIP_SIZE), ==, 0);
  }
  g_assert_true (seedance_ledger_save (folder->dir, record, NULL));
}

void
add_plain (
    Folder *folder, const gchar *label, SeedanceRecordState state, gint hours)
{
  g_autoptr (SeedanceRecord) record = seedance_record_new (
      "seeddance", "https://api.seeddanceapi.com", "A paper boat");

  record->state = state;
  record->created -= hours * 3600;
  add_full (folder, label, record);
}

static void
order_and_die (Folder *folder, gpointer data)
{
  add_plain (folder, "lost", SEEDANCE_RECORD_SUBMITTING, 3);
}

void
add_one_of_each (Folder *folder)
{
  folder_run_child (folder, order_and_die, NULL);
  add_plain (folder, "sending", SEEDANCE_RECORD_SUBMITTING, 2);
  add_plain (folder, "doubt", SEEDANCE_RECORD_AMBIGUOUS, 4);
  add_plain (folder, "running", SEEDANCE_RECORD_SUBMITTED, 5);
  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 6);
  add_plain (folder, "played", SEEDANCE_RECORD_PLAYED, 7);
  add_plain (folder, "failed", SEEDANCE_RECORD_FAILED, 100);
  add_plain (folder, "torn", SEEDANCE_RECORD_SUBMITTED, 200);
  folder_change (folder, "UPDATE attempts SET state = 'torn', task_id = NULL "
                         "WHERE task_id = 'task-torn';");
}

gboolean
is_known (Folder *folder, const gchar *label)
{
  g_autofree gchar *name = tasks_name (label);
  g_autofree gchar *condition =
      g_strdup_printf ("name = '%s' AND NOT forgotten", name);

  return folder_count_rows (folder, condition) > 0;
}
