/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance-tasks take-over: lets this machine order with a state folder on a
 * network share, in place of the machine that did so before. */
#include "ledger-machine.h"
#include "tasks-command.h"
#include "tasks-print.h"

int
tasks_run_take_over (const TasksOptions *options, const gchar *task)
{
  g_autofree gchar *dir = tasks_clean (options->dir, 0);
  g_autoptr (GError) error = NULL;
  gboolean is_shared;

  if (!tasks_has_ledger (options))
    return EXIT_PROBLEM;
  if (!seedance_machine_take_over (options->dir, &is_shared, &error))
    return tasks_complain ("%s", error->message);
  if (!is_shared) {
    g_print (
        "No other machine has ordered with '%s': every program of this one "
        "may do so already.\n",
        dir);
    return EXIT_DONE;
  }
  g_print ("This machine orders with '%s' from now on. The one before is "
           "refused until this one has ordered nothing for 15 minutes.\n",
      dir);

  return EXIT_DONE;
}
