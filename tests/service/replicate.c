/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replicate's API, in which the member "input" holds the parameters. */

#include <string.h>

#include "shape.h"

#define BASE "/replicate/v1"
#define MODELS BASE "/models/"
#define PREDICTIONS "/predictions"
#define PREFIX BASE PREDICTIONS "/"
#define COLLECTION BASE "/collections/text-to-video"
#define CANCEL "/cancel"

static const gchar *const words[] = { "starting", "processing", "succeeded",
  "failed", "canceled" };

static void
fill (cJSON *json, Call *call, Task *task)
{
  g_autofree gchar *origin = shape_origin (call);
  g_autofree gchar *get = g_strconcat (origin, PREFIX, task->id, NULL);
  g_autofree gchar *cancel = g_strconcat (get, "/cancel", NULL);
  cJSON *urls;

  cJSON_AddStringToObject (json, "id", task->id);
  cJSON_AddStringToObject (json, "status", "starting");
  cJSON_AddNullToObject (json, "output");
  cJSON_AddNullToObject (json, "error");
  urls = cJSON_AddObjectToObject (json, "urls");
  cJSON_AddStringToObject (urls, "get", get);
  cJSON_AddStringToObject (urls, "cancel", cancel);
}

static Order *
parse (GBytes *body, Reply **refusal)
{
  static const OrderFields fields = { "resolution", "aspect_ratio", NULL,
    "duration", FALSE };
  cJSON *json = order_parse_json (body, refusal);
  const cJSON *input = cJSON_GetObjectItemCaseSensitive (json, "input");
  const OrderFrames frames = {
    shape_text (input, "image"),
    shape_text (input, "last_frame_image"),
  };
  Order *order = NULL;

  if (json && !cJSON_IsObject (input))
    *refusal = reply_new_error (422, NULL, "- input is required");
  else if (json)
    order = order_parse_flat (input, &frames, &fields, refusal);
  cJSON_Delete (json);
  return order;
}

static Reply *
answer_create (Service *service, Call *call, GPtrArray *met)
{
  Reply *refusal = api_check_access (service, call);
  Order *order = refusal ? NULL : parse (call->body, &refusal);
  Reply *reply = shape_accept (
      service, call, SERVICE_REPLICATE, order, refusal, 201, fill);

  if (reply->accepted)
    return reply;
  return shape_detail (reply, reply->status == 400 ? 422 : 0);
}

static Reply *
answer_task (Service *service, Call *call, GPtrArray *met)
{
  Reply *refusal = api_check_access (service, call);
  g_autoptr (Task) task = NULL;
  gchar *link = NULL;
  Shape shape;
  cJSON *json;

  if (refusal != NULL)
    return shape_detail (refusal, 0);
  task = tasks_find (
      service->tasks, SERVICE_REPLICATE, call->path + strlen (PREFIX));
  if (task == NULL)
    return shape_detail (
        reply_new_error (404, NULL, "The requested resource was not found."),
        0);
  shape = shape_of (service, task, met);
  json = cJSON_CreateObject ();
  fill (json, call, task);
  cJSON_ReplaceItemInObject (
      json, "status", cJSON_CreateString (shape_word (&shape, words)));
  if (shape.status == TASK_SUCCEEDED)
    link = shape_link (service, task, met);
  if (link != NULL)
    cJSON_ReplaceItemInObject (json, "output", cJSON_CreateString (link));
  if (shape.status == TASK_FAILED)
    cJSON_ReplaceItemInObject (json, "error",
        cJSON_CreateString ("The output was flagged as sensitive content "
                            "(E005)"));
  return shape_answer (task, 200, json, link);
}

static Reply *
answer_cancel (Service *service, Call *call, GPtrArray *met)
{
  Reply *refusal = api_check_access (service, call);
  g_autofree gchar *id = shape_match (call->path, PREFIX, CANCEL, FALSE);
  g_autoptr (Task) task = NULL;
  cJSON *json;

  if (refusal != NULL)
    return shape_detail (refusal, 0);
  task = tasks_find (service->tasks, SERVICE_REPLICATE, id);
  if (task == NULL)
    return shape_detail (
        reply_new_error (404, NULL, "The requested resource was not found."),
        0);
  if (shape_of (service, task, met).status < TASK_SUCCEEDED)
    g_atomic_int_set (&task->cancelled, TRUE);
  json = cJSON_CreateObject ();
  fill (json, call, task);
  return shape_answer (task, 200, json, NULL);
}

static Reply *
answer_models (Service *service, Call *call, GPtrArray *met)
{
  static const gchar *const names[] = { "bytedance/seedance-2.0",
    "bytedance/seedance-1-pro", NULL };
  Reply *refusal = api_check_access (service, call);

  return refusal ? shape_detail (refusal, 0)
                 : shape_models ("models", "name", TRUE, names);
}

AnswerFunc
replicate_route (Call *call, Place *place)
{
  g_autofree gchar *model = shape_match (call->path, MODELS, PREDICTIONS, TRUE);
  g_autofree gchar *id = shape_match (call->path, PREFIX, "", FALSE);
  g_autofree gchar *cancelled = shape_match (call->path, PREFIX, CANCEL, FALSE);

  if (model != NULL && g_str_equal (call->method, "POST")) {
    *place = PLACE_SUBMIT;
    return answer_create;
  }
  *place = PLACE_POLL;
  if (cancelled != NULL && g_str_equal (call->method, "POST"))
    return answer_cancel;
  if (g_str_equal (call->path, COLLECTION) && g_str_equal (call->method, "GET"))
    return answer_models;
  return id != NULL && g_str_equal (call->method, "GET") ? answer_task : NULL;
}
