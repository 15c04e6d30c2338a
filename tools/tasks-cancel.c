/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance-tasks cancel: asks the service to cancel a task that is still
 * queued. */

#include "cancel.h"
#include "tasks-command.h"
#include "tasks-find.h"
#include "tasks-launch.h"
#include "tasks-print.h"

static SeedanceOrder *
make_order (
    const TasksOptions *options, const SeedanceRecord *record, GError **error)
{
  SeedanceOrder *order = seedance_order_new ();

  order->provider_name = g_strdup (record->provider);
  order->task_id = g_strdup (record->task_id);
  order->state_dir = g_strdup (options->dir);
  if (seedance_order_prepare (order, error))
    return order;
  seedance_order_unref (order);

  return NULL;
}

static const gchar *
why_not (const SeedanceRecord *record)
{
  if (!record)
    return "its record cannot be read";
  if (!record->task_id || !*record->task_id)
    return "its id is not known";

  return record->state == SEEDANCE_RECORD_SUBMITTED ? NULL
                                                    : "it is not under way";
}

int
tasks_run_cancel (const TasksOptions *options, const gchar *task)
{
  g_autoptr (GPtrArray) entries = tasks_load (options);
  SeedanceLedgerEntry *entry =
      entries ? tasks_find (entries, task, options->dir) : NULL;
  g_autoptr (SeedanceOrder) order = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *id = NULL;
  const gchar *why;

  if (!entry)
    return EXIT_PROBLEM;
  why = why_not (entry->record);
  if (why)
    return tasks_complain (
        "There is nothing to cancel: %s. Nothing was sent.", why);
  if (!tasks_launch_check_service (
          entry->record, "; your API key goes there. Nothing was sent."))
    return EXIT_PROBLEM;
  order = make_order (options, entry->record, &error);
  if (!order || !seedance_cancel (order, entry->record, &error))
    return tasks_complain ("%s", error->message);
  id = tasks_clean (entry->record->task_id, 0);
  g_print ("Cancelled task %s. The service made no clip of it; the same order "
           "goes out anew.\n",
      id);

  return EXIT_DONE;
}
