/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The API of the default service (v1): create tasks and poll them. */

#include <string.h>

#include "service.h"

#define PREFIX "/v1/videos/"
#define TEXT_TO_VIDEO PREFIX "text-to-video"
#define IMAGE_TO_VIDEO PREFIX "image-to-video"

static Reply *
answer_create (Service *service, Call *call, GPtrArray *met)
{
  gboolean with_image = g_str_equal (call->path, IMAGE_TO_VIDEO);
  Reply *refusal = api_check_access (service, call);
  g_autoptr (Task) task = NULL;
  Order *order;
  cJSON *json;
  Reply *reply;

  if (refusal != NULL)
    return refusal;
  order = order_parse_v1 (call->body, with_image, &refusal);
  if (order != NULL)
    task = api_accept (service, call, SERVICE_V1, order, &refusal);
  if (task == NULL)
    return refusal;
  json = cJSON_CreateObject ();
  cJSON_AddStringToObject (json, "task_id", task->id);
  cJSON_AddStringToObject (json, "status", "queued");
  reply = reply_new_json (200, json);
  reply->accepted = TRUE;
  reply->task_id = g_strdup (task->id);
  return reply;
}

static void
add_error (cJSON *json, Task *task)
{
  cJSON *error = cJSON_AddObjectToObject (json, "error");

  if (task->clip == NULL) {
    cJSON_AddStringToObject (
        error, "code", "OutputVideoSensitiveContentDetected");
    cJSON_AddStringToObject (error, "message",
        "The generated video may contain sensitive information");
  } else {
    cJSON_AddStringToObject (error, "code", "InternalServiceError");
    cJSON_AddStringToObject (error, "message", "The generation failed");
  }
}

static void
add_result (cJSON *json, Task *task, const gchar *url)
{
  Order *order = task->order;

  if (url != NULL)
    cJSON_AddStringToObject (json, "video_url", url);
  cJSON_AddNumberToObject (json, "seed", order->seed);
  cJSON_AddStringToObject (json, "resolution", order->resolution);
  cJSON_AddStringToObject (json, "aspect_ratio", order->ratio);
  cJSON_AddNumberToObject (json, "duration", order->duration);
}

static gchar *
choose_url (Service *service, Task *task, GPtrArray *met)
{
  const Fault *url = faults_find (met, FAULT_URL);

  if (faults_find (met, FAULT_NO_URL) != NULL)
    return NULL;
  return url ? g_strdup (url->text) : clips_sign (service, task->id);
}

static Reply *
describe (Service *service, Task *task, GPtrArray *met)
{
  g_autoptr (Settings) settings = service_get_settings (service);
  const Fault *word = faults_find (met, FAULT_WORD);
  gint progress;
  TaskStatus status =
      tasks_get_status (service->tasks, task, settings, &progress);
  g_autofree gchar *url =
      status == TASK_SUCCEEDED ? choose_url (service, task, met) : NULL;
  cJSON *json = cJSON_CreateObject ();
  Reply *reply;

  cJSON_AddStringToObject (json, "task_id", task->id);
  cJSON_AddStringToObject (
      json, "status", word ? word->text : task_status_word (status));
  if (status == TASK_QUEUED || status == TASK_RUNNING)
    cJSON_AddNumberToObject (json, "progress", progress);
  if (status == TASK_SUCCEEDED)
    add_result (json, task, url);
  if (status == TASK_FAILED)
    add_error (json, task);
  reply = reply_new_json (200, json);
  reply->task_id = g_strdup (task->id);
  reply->video_url = g_steal_pointer (&url);
  return reply;
}

static Reply *
answer_status (Service *service, Call *call, GPtrArray *met)
{
  Reply *refusal = api_check_access (service, call);
  g_autoptr (Task) task = NULL;

  if (refusal != NULL)
    return refusal;
  task = tasks_find (service->tasks, SERVICE_V1, call->path + strlen (PREFIX));
  if (task == NULL)
    return reply_new_error (404, NULL, "There is no such task");
  return describe (service, task, met);
}

AnswerFunc
v1_route (Call *call, Place *place)
{
  gboolean create = g_str_equal (call->path, TEXT_TO_VIDEO) ||
                    g_str_equal (call->path, IMAGE_TO_VIDEO);

  if (create && g_str_equal (call->method, "POST")) {
    *place = PLACE_SUBMIT;
    return answer_create;
  }
  if (!create && g_str_equal (call->method, "GET") &&
      g_str_has_prefix (call->path, PREFIX) &&
      strchr (call->path + strlen (PREFIX), '/') == NULL) {
    *place = PLACE_POLL;
    return answer_status;
  }
  return NULL;
}
