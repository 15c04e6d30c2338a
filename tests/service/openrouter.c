/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* OpenRouter's video API. Its clips have signed links, or unsigned ones that
 * need the API key. */

#include <string.h>

#include "shape.h"

#define BASE "/openrouter/api/v1/videos"
#define PREFIX BASE "/"
#define CONTENT "/content"

static const gchar *const words[] = { "pending", "in_progress", "completed",
  "failed", "cancelled" };

static void
fill (cJSON *json, Call *call, Task *task)
{
  g_autofree gchar *path = g_strconcat ("/api/v1/videos/", task->id, NULL);

  cJSON_AddStringToObject (json, "id", task->id);
  cJSON_AddStringToObject (json, "polling_url", path);
  cJSON_AddStringToObject (json, "status", "pending");
}

static OrderFrames
find_frames (const cJSON *json)
{
  OrderFrames frames = { NULL };
  const cJSON *frame;

  cJSON_ArrayForEach (
      frame, cJSON_GetObjectItemCaseSensitive (json, "frame_images"))
  {
    const gchar *url = shape_text (
        cJSON_GetObjectItemCaseSensitive (frame, "image_url"), "url");

    if (g_strcmp0 (shape_text (frame, "frame_type"), "last_frame") == 0)
      frames.last = url;
    else
      frames.first = url;
  }
  return frames;
}

static Reply *
answer_create (Service *service, Call *call, GPtrArray *met)
{
  static const OrderFields fields = { "resolution", "aspect_ratio", NULL,
    "duration", FALSE };
  Reply *refusal = api_check_access (service, call);
  cJSON *json = refusal ? NULL : order_parse_json (call->body, &refusal);
  const OrderFrames frames = find_frames (json);
  Order *order =
      json ? order_parse_flat (json, &frames, &fields, &refusal) : NULL;

  cJSON_Delete (json);
  return shape_accept (
      service, call, SERVICE_OPENROUTER, order, refusal, 202, fill);
}

static void
add_result (
    cJSON *json, Call *call, Task *task, const gchar *link, GPtrArray *met)
{
  g_autofree gchar *origin = shape_origin (call);
  g_autofree gchar *content =
      g_strconcat (origin, PREFIX, task->id, CONTENT "?index=0", NULL);
  const gchar *urls[] = { content };
  cJSON *usage = cJSON_AddObjectToObject (json, "usage");

  cJSON_AddNumberToObject (usage, "cost", 0.1 * task->order->duration);
  if (link == NULL)
    cJSON_AddItemToObject (
        json, "unsigned_urls", cJSON_CreateStringArray (urls, 1));
  else
    cJSON_AddItemToObject (
        json, "urls", cJSON_CreateStringArray ((const char *[]){ link }, 1));
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
    return refusal;
  task = tasks_find (
      service->tasks, SERVICE_OPENROUTER, call->path + strlen (PREFIX));
  if (task == NULL)
    return reply_new_error (404, NULL, "Job not found");
  shape = shape_of (service, task, met);
  json = cJSON_CreateObject ();
  fill (json, call, task);
  cJSON_ReplaceItemInObject (
      json, "status", cJSON_CreateString (shape_word (&shape, words)));
  if (shape.status == TASK_SUCCEEDED) {
    link = shape_link (service, task, met);
    add_result (json, call, task, link, met);
  }
  if (shape.status == TASK_FAILED)
    cJSON_AddStringToObject (
        json, "error", "The provider's content policy refused the video");
  return shape_answer (task, 200, json, link);
}

static Reply *
answer_content (Service *service, Call *call, GPtrArray *met)
{
  Reply *refusal = api_check_access (service, call);
  g_autofree gchar *id = shape_match (call->path, PREFIX, CONTENT, FALSE);
  g_autoptr (Task) task = NULL;

  if (refusal != NULL)
    return refusal;
  task = tasks_find (service->tasks, SERVICE_OPENROUTER, id);
  if (task == NULL)
    return reply_new_error (404, NULL, "Job not found");
  return shape_content (service, call, task, met);
}

/* The list of models needs no key. */
static Reply *
answer_models (Service *service, Call *call, GPtrArray *met)
{
  static const gchar *const names[] = { "bytedance/seedance-2.0",
    "bytedance/seedance-2.0-fast", NULL };

  return shape_models ("data", "id", FALSE, names);
}

AnswerFunc
openrouter_route (Call *call, Place *place)
{
  g_autofree gchar *content = shape_match (call->path, PREFIX, CONTENT, FALSE);
  g_autofree gchar *id = shape_match (call->path, PREFIX, "", FALSE);

  if (g_str_equal (call->path, BASE) && g_str_equal (call->method, "POST")) {
    *place = PLACE_SUBMIT;
    return answer_create;
  }
  if (!g_str_equal (call->method, "GET"))
    return NULL;
  if (g_str_equal (call->path, PREFIX "models")) {
    *place = PLACE_POLL;
    return answer_models;
  }
  *place = content ? PLACE_RESULT : PLACE_POLL;
  return content ? answer_content : id ? answer_task : NULL;
}
