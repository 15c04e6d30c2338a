/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fal.ai's queue API. An order's answer holds the URLs of its task. Those URLs
 * contain only the owner and the name of the model, not the rest of its
 * path. */

#include <string.h>

#include "shape.h"

#define BASE "/fal/"
#define REQUESTS "/requests/"
#define STATUS "/status"

/* Returns OWNER/NAME of the model that was ordered. Free with g_free(). */
static gchar *
get_app (const Task *task)
{
  g_auto (GStrv) parts = g_strsplit (task->endpoint + strlen (BASE), "/", 3);

  return g_strdup_printf ("%s/%s", parts[0], parts[1] ? parts[1] : "");
}

static void
add_addresses (cJSON *json, Call *call, Task *task)
{
  g_autofree gchar *origin = shape_origin (call);
  g_autofree gchar *app = get_app (task);
  g_autofree gchar *answer =
      g_strconcat (origin, BASE, app, REQUESTS, task->id, NULL);
  g_autofree gchar *status = g_strconcat (answer, STATUS, NULL);
  g_autofree gchar *cancel = g_strconcat (answer, "/cancel", NULL);

  cJSON_AddStringToObject (json, "request_id", task->id);
  cJSON_AddStringToObject (json, "response_url", answer);
  cJSON_AddStringToObject (json, "status_url", status);
  cJSON_AddStringToObject (json, "cancel_url", cancel);
}

static void
fill (cJSON *json, Call *call, Task *task)
{
  cJSON_AddStringToObject (json, "status", "IN_QUEUE");
  cJSON_AddNumberToObject (json, "queue_position", 0);
  add_addresses (json, call, task);
}

static Order *
parse (GBytes *body, Reply **refusal)
{
  static const OrderFields fields = { "resolution", "aspect_ratio", NULL,
    "duration", TRUE };
  cJSON *json = order_parse_json (body, refusal);
  const OrderFrames frames = {
    shape_text (json, "image_url"),
    shape_text (json, "end_image_url"),
  };
  Order *order =
      json ? order_parse_flat (json, &frames, &fields, refusal) : NULL;

  cJSON_Delete (json);
  return order;
}

static Reply *
answer_create (Service *service, Call *call, GPtrArray *met)
{
  Reply *refusal = api_check_access_by (service, call, "Key ");
  Order *order = refusal ? NULL : parse (call->body, &refusal);
  Reply *reply =
      shape_accept (service, call, SERVICE_FAL, order, refusal, 200, fill);

  if (reply->accepted)
    return reply;
  return shape_detail (reply, reply->status == 400 ? 422 : 0);
}

/* Returns the task that the path names, if the path has the OWNER/NAME of its
 * model. Otherwise returns NULL and sets @refusal. */
static Task *
find_task (Service *service, Call *call, const gchar *after, Reply **refusal)
{
  g_autofree gchar *path = shape_match (call->path, BASE, after, TRUE);
  g_auto (GStrv) parts = g_strsplit (path ? path : "", REQUESTS, 2);
  g_autoptr (Task) task = NULL;
  g_autofree gchar *app = NULL;

  *refusal = api_check_access_by (service, call, "Key ");
  if (*refusal != NULL) {
    *refusal = shape_detail (*refusal, 0);
    return NULL;
  }
  task = parts[0] && parts[1]
             ? tasks_find (service->tasks, SERVICE_FAL, parts[1])
             : NULL;
  app = task ? get_app (task) : NULL;
  if (g_strcmp0 (app, parts[0]) == 0 && app != NULL)
    return g_steal_pointer (&task);
  *refusal = shape_detail (reply_new_error (404, NULL, "Request not found"), 0);
  return NULL;
}

static Reply *
answer_status (Service *service, Call *call, GPtrArray *met)
{
  static const gchar *const words[] = { "IN_QUEUE", "IN_PROGRESS", "COMPLETED",
    "COMPLETED", "COMPLETED" };
  Reply *refusal;
  g_autoptr (Task) task = find_task (service, call, STATUS, &refusal);
  Shape shape;
  cJSON *json;

  if (task == NULL)
    return refusal;
  shape = shape_of (service, task, met);
  json = cJSON_CreateObject ();
  cJSON_AddStringToObject (json, "status", shape_word (&shape, words));
  add_addresses (json, call, task);
  if (shape.status == TASK_FAILED) {
    cJSON_AddStringToObject (
        json, "error", "The content could not be processed");
    cJSON_AddStringToObject (json, "error_type", "content_policy_violation");
  }
  return shape_answer (
      task, shape.status < TASK_SUCCEEDED ? 202 : 200, json, NULL);
}

/* Refuses with a list of details, the form of fal's validation errors. */
static Reply *
refuse_content (void)
{
  cJSON *json = cJSON_CreateObject ();
  cJSON *list = cJSON_AddArrayToObject (json, "detail");
  cJSON *item = cJSON_CreateObject ();

  cJSON_AddStringToObject (
      item, "msg", "The content was flagged by a content checker");
  cJSON_AddStringToObject (item, "type", "content_policy_violation");
  cJSON_AddItemToArray (list, item);
  return reply_new_json (422, json);
}

static Reply *
answer_result (Service *service, Call *call, GPtrArray *met)
{
  Reply *refusal;
  g_autoptr (Task) task = find_task (service, call, "", &refusal);
  cJSON *json, *video;
  gchar *link;
  Shape shape;

  if (task == NULL)
    return refusal;
  shape = shape_of (service, task, met);
  if (shape.status == TASK_FAILED)
    return refuse_content ();
  if (shape.status != TASK_SUCCEEDED)
    return shape_detail (
        reply_new_error (400, NULL, "Request is still in progress"), 0);
  link = shape_link (service, task, met);
  json = cJSON_CreateObject ();
  video = cJSON_AddObjectToObject (json, "video");
  if (link != NULL)
    cJSON_AddStringToObject (video, "url", link);
  cJSON_AddStringToObject (video, "content_type", "video/mp4");
  cJSON_AddNumberToObject (json, "seed", task->order->seed);
  return shape_answer (task, 200, json, link);
}

AnswerFunc
fal_route (Call *call, Place *place)
{
  const gboolean ours = g_str_has_prefix (call->path, BASE);

  if (ours && g_str_equal (call->method, "POST")) {
    *place = PLACE_SUBMIT;
    return answer_create;
  }
  if (!ours || !g_str_equal (call->method, "GET") ||
      strstr (call->path, REQUESTS) == NULL)
    return NULL;
  *place = g_str_has_suffix (call->path, STATUS) ? PLACE_POLL : PLACE_RESULT;
  return *place == PLACE_POLL ? answer_status : answer_result;
}
