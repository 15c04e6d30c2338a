/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request as the values that templates are filled with. */
#include "request.h"

#include "body.h"

/* By the names of the properties. */
static const gchar *const names[] = { "prompt", "model", "image", "resolution",
  "aspect-ratio", "duration", "seed", NULL };

const gchar *const *
seedance_request_value_names (void)
{
  return names;
}

gboolean
seedance_request_has_value (const gchar *name)
{
  return g_strv_contains (names, name);
}

static void
add_text (cJSON *values, const gchar *name, const gchar *text)
{
  if (text && *text)
    cJSON_AddItemToObject (values, name, cJSON_CreateStringReference (text));
}

cJSON *
seedance_request_get_values (const SeedanceRequest *request)
{
  cJSON *values = cJSON_CreateObject ();

  add_text (values, "prompt", request->prompt);
  add_text (values, "model", request->model);
  add_text (values, "image", request->image);
  add_text (values, "resolution", request->resolution);
  add_text (values, "aspect-ratio", request->aspect_ratio);
  seedance_body_add_integer (values, "duration", request->duration, 1);
  seedance_body_add_integer (values, "seed", request->seed, 0);
  if (request->extra)
    cJSON_AddItemReferenceToObject (values, "extra-params", request->extra);

  return values;
}
