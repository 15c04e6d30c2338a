/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request as a JSON object of named values, with which the templates of a
 * profile are filled (docs/providers.md). */
#include "request.h"

#include "body.h"

/* The values have the names of the properties. */
static const gchar *const names[] = { "prompt", "model", "image", "last-image",
  "reference-images", "reference-videos", "reference-audios", "resolution",
  "aspect-ratio", "duration", "seed", "generate-audio", "camera-fixed",
  "watermark", "return-last-frame", NULL };

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

static void
add_media (cJSON *values, const SeedanceMedia *media)
{
  const gchar *name = seedance_role_get_name (media->role);
  cJSON *list;

  if (!seedance_role_is_list (media->role)) {
    add_text (values, name, media->uri);
    return;
  }
  list = cJSON_GetObjectItemCaseSensitive (values, name);
  if (!list)
    list = cJSON_AddArrayToObject (values, name);
  cJSON_AddItemToArray (list, cJSON_CreateStringReference (media->uri));
}

cJSON *
seedance_request_get_values (const SeedanceRequest *request)
{
  cJSON *values = cJSON_CreateObject ();

  add_text (values, "prompt", request->prompt);
  add_text (values, "model", request->model);
  for (guint i = 0; request->media && i < request->media->len; i++)
    add_media (values, g_ptr_array_index (request->media, i));
  add_text (values, "resolution", request->resolution);
  add_text (values, "aspect-ratio", request->aspect_ratio);
  seedance_body_add_duration (values, "duration", request->duration);
  seedance_body_add_integer (values, "seed", request->seed, 0);
  seedance_body_add_switch (values, "generate-audio", request->generate_audio);
  seedance_body_add_switch (values, "camera-fixed", request->camera_fixed);
  seedance_body_add_switch (values, "watermark", request->watermark);
  seedance_body_add_switch (
      values, "return-last-frame", request->return_last_frame);
  if (request->extra)
    cJSON_AddItemReferenceToObject (values, "extra-params", request->extra);

  return values;
}
