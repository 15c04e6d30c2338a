/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The official service: BytePlus ModelArk and Volcengine Ark. */
#include "provider-private.h"

#define TASKS "/contents/generations/tasks"

static gboolean
ark_validate (const SeedanceRequest *request, GError **error)
{
  if ((request->model && *request->model) ||
      seedance_request_extra_text (request, "model"))
    return TRUE;

  g_propagate_error (error,
      seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
          "The provider ark needs a model. Nothing was ordered and nothing is "
          "billed. Set model to an id that the account has enabled, for "
          "example \"dreamina-seedance-2-0-260128\" at BytePlus or "
          "\"doubao-seedance-2-0-260128\" at Volcengine."));
  return FALSE;
}

static const gchar *
ark_submit_path (const SeedanceRequest *request)
{
  return TASKS;
}

/* A single image is the first frame by itself: the service wants a role only
 * where there are two, and who sends two writes the whole content. */
static cJSON *
make_content (const SeedanceRequest *request)
{
  cJSON *content = cJSON_CreateArray ();
  cJSON *part = cJSON_CreateObject ();

  cJSON_AddStringToObject (part, "type", "text");
  seedance_body_add_text (part, "text", request->prompt);
  cJSON_AddItemToArray (content, part);

  if (request->image && *request->image) {
    cJSON *url;

    part = cJSON_CreateObject ();
    cJSON_AddStringToObject (part, "type", "image_url");
    url = cJSON_AddObjectToObject (part, "image_url");
    seedance_body_add_text (url, "url", request->image);
    cJSON_AddItemToArray (content, part);
  }
  return content;
}

static gchar *
ark_submit_body (const SeedanceRequest *request)
{
  cJSON *body = cJSON_CreateObject ();

  seedance_body_add_text (body, "model", request->model);
  cJSON_AddItemToObject (body, "content", make_content (request));
  seedance_body_add_text (body, "resolution", request->resolution);
  seedance_body_add_text (body, "ratio", request->aspect_ratio);
  seedance_body_add_integer (body, "duration", request->duration, 1);
  seedance_body_add_integer (body, "seed", request->seed, 0);
  seedance_body_merge_extra (body, request);
  return seedance_body_print (body);
}

static gchar *
ark_status_path (const gchar *task_id)
{
  return seedance_path_of_task (TASKS "/", task_id);
}

const SeedanceProvider seedance_provider_ark = {
  .name = "ark",
  .default_base_url = "https://ark.ap-southeast.bytepluses.com/api/v3",
  .validate = ark_validate,
  .submit_path = ark_submit_path,
  .submit_body = ark_submit_body,
  .status_path = ark_status_path,
};
