/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance-tasks forget: deletes a record and its clip. A record that may stand
 * for money needs --yes. */

#include "tasks-command.h"
#include "tasks-find.h"
#include "tasks-print.h"

static gboolean
may_be_worth_money (const SeedanceLedgerEntry *entry)
{
  return !entry->record || (entry->record->state != SEEDANCE_RECORD_PLAYED &&
                               entry->record->state != SEEDANCE_RECORD_FAILED);
}

static gboolean
is_under_way (const SeedanceLedgerEntry *entry)
{
  return entry->record && entry->record->state == SEEDANCE_RECORD_SUBMITTING &&
         !seedance_record_is_in_doubt (entry->record);
}

/* Returns "record NAME (task ID)", or "record NAME" while there is no id. Free
 * with g_free(). */
static gchar *
describe (const SeedanceLedgerEntry *entry)
{
  g_autofree gchar *name = tasks_clean (entry->name, 0);
  g_autofree gchar *id = NULL;

  if (!entry->record || !entry->record->task_id || !*entry->record->task_id)
    return g_strdup_printf ("record %s", name);
  id = tasks_clean (entry->record->task_id, 0);

  return g_strdup_printf ("record %s (task %s)", name, id);
}

static int
show_forgettable (const TasksOptions *options, const SeedanceLedgerEntry *entry)
{
  g_autofree gchar *what = describe (entry);

  g_print ("Would forget %s%s.\n", what,
      entry->has_clip ? " and delete its clip" : "");
  if (may_be_worth_money (entry) && !options->yes)
    g_print ("It (%s) may stand for a clip that was paid for and never "
             "played: forgetting it wants --yes.\n",
        tasks_state (entry));

  return EXIT_DONE;
}

static int
forget (const TasksOptions *options, const SeedanceLedgerEntry *entry)
{
  g_autofree gchar *what = describe (entry);
  g_autoptr (GError) error = NULL;

  if (!seedance_ledger_forget (options->dir, entry->name, &error))
    return tasks_complain ("Nothing was forgotten: %s", error->message);
  g_print (
      "Forgot %s%s.\n", what, entry->has_clip ? " and deleted its clip" : "");

  return EXIT_DONE;
}

int
tasks_run_forget (const TasksOptions *options, const gchar *task)
{
  g_autoptr (GPtrArray) entries = tasks_load (options);
  SeedanceLedgerEntry *entry =
      entries ? tasks_find (entries, task, options->dir) : NULL;

  if (!entry)
    return EXIT_PROBLEM;
  if (is_under_way (entry))
    return tasks_complain (
        "This order is being sent right now; end the program "
        "that does it, or wait.");
  if (options->dry_run)
    return show_forgettable (options, entry);
  if (may_be_worth_money (entry) && !options->yes)
    return tasks_complain (
        "This record (%s) may stand for a clip that was paid for "
        "and never played; without it the same request is "
        "ordered and billed anew. To forget it all the same, add "
        "--yes.",
        tasks_state (entry));

  return forget (options, entry);
}
