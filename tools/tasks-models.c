/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance-tasks models: asks a service for the names of its models. */

#include "models.h"
#include "tasks-command.h"
#include "tasks-print.h"

static void
print_models (const GPtrArray *models)
{
  guint width = 0;

  for (guint i = 0; i < models->len; i++) {
    const SeedanceModel *model = g_ptr_array_index (models, i);

    if (model->title)
      width = MAX (width, tasks_width_of (model->name));
  }
  for (guint i = 0; i < models->len; i++) {
    const SeedanceModel *model = g_ptr_array_index (models, i);
    g_autofree gchar *name = tasks_clean (model->name, 0);
    g_autofree gchar *title =
        model->title ? tasks_clean (model->title, 0) : NULL;

    if (title)
      g_print ("%-*s  %s\n", (int) MIN (width, 48), name, title);
    else
      g_print ("%s\n", name);
  }
}

/* Prints the models that the profile names, for a service that lists none, and
 * says that there may be others. */
static int
tell_known (const SeedanceProvider *provider, const gchar *why)
{
  g_autoptr (GPtrArray) known = seedance_models_known (provider);

  if (known->len == 0)
    return tasks_complain (
        "%s Its profile names none either; see its documentation.", why);
  tasks_complain ("%s These are the names that its profile knows; there may be "
                  "others.",
      why);
  print_models (known);

  return EXIT_DONE;
}

int
tasks_run_models (const TasksOptions *options, const gchar *name)
{
  g_autoptr (SeedanceOrder) order = seedance_order_new ();
  g_autoptr (GPtrArray) models = NULL;
  g_autoptr (GError) error = NULL;

  order->provider_name = g_strdup (name);
  if (!seedance_order_prepare_question (order, &error))
    return tasks_complain ("%s", error->message);
  if (!seedance_models_can_ask (order->provider))
    return tell_known (order->provider,
        "This service lists no models, as far as its profile knows.");
  models = seedance_models_ask (order, &error);
  if (!models)
    return tasks_complain ("%s", error->message);
  if (models->len == 0)
    return tell_known (order->provider, "The service lists no models.");
  print_models (models);

  return EXIT_DONE;
}
