/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The API of the official service (ark): create, poll, list and delete
 * tasks. */

#include <string.h>

#include "scene.h"
#include "service.h"

#define COLLECTION "/api/v3/contents/generations/tasks"
#define PREFIX COLLECTION "/"

static Reply *
answer_create (Service *service, Call *call, GPtrArray *met)
{
  Reply *refusal = api_check_access (service, call);
  g_autoptr (Task) task = NULL;
  Order *order;
  cJSON *json;
  Reply *reply;

  if (refusal != NULL)
    return refusal;
  order = order_parse_ark (call->body, &refusal);
  if (order != NULL)
    task = api_accept (service, call, SERVICE_ARK, order, &refusal);
  if (task == NULL)
    return refusal;
  json = cJSON_CreateObject ();
  cJSON_AddStringToObject (json, "id", task->id);
  reply = reply_new_json (200, json);
  reply->accepted = TRUE;
  reply->task_id = g_strdup (task->id);
  return reply;
}

static void
add_error (cJSON *json, Task *task)
{
  cJSON *error = cJSON_AddObjectToObject (json, "error");
  gboolean refused = task->clip == NULL;

  cJSON_AddStringToObject (error, "code",
      refused ? "OutputVideoSensitiveContentDetected" : "InternalServiceError");
  cJSON_AddStringToObject (error, "message",
      refused ? "The request failed because the output video may contain "
                "sensitive information"
              : "The service encountered an unexpected internal error");
}

static void
add_result (cJSON *json, Task *task, const gchar *url)
{
  Order *order = task->order;
  cJSON *content = cJSON_AddObjectToObject (json, "content");
  cJSON *usage = cJSON_AddObjectToObject (json, "usage");
  /* The official service counts tokens as pixels times frames over 1024. */
  gint64 tokens = (gint64) order->width * order->height *
                  (SCENE_FPS * order->duration + 1) / 1024;

  if (url != NULL)
    cJSON_AddStringToObject (content, "video_url", url);
  if (url != NULL && order->last_frame) {
    g_autofree gchar *frame = g_strconcat (url, "&frame=last", NULL);

    cJSON_AddStringToObject (content, "last_frame_url", frame);
  }
  cJSON_AddNumberToObject (usage, "completion_tokens", tokens);
  cJSON_AddNumberToObject (usage, "total_tokens", tokens);
  cJSON_AddNumberToObject (json, "seed", order->seed);
  cJSON_AddStringToObject (json, "resolution", order->resolution);
  cJSON_AddStringToObject (json, "ratio", order->ratio);
  cJSON_AddNumberToObject (json, "duration", order->duration);
  cJSON_AddNumberToObject (json, "framespersecond", SCENE_FPS);
}

static gchar *
choose_url (Service *service, Task *task, GPtrArray *met)
{
  const Fault *url = faults_find (met, FAULT_URL);

  if (faults_find (met, FAULT_NO_URL) != NULL)
    return NULL;
  return url ? g_strdup (url->text) : clips_sign (service, task->id);
}

/* An order may name an endpoint of the account instead of a model. The answers
 * tell the model in any case. */
static const gchar *
get_model (Task *task)
{
  const gchar *model = task->order->model;

  return g_str_has_prefix (model, "ep-") ? "dreamina-seedance-2-0-260128"
                                         : model;
}

/* @url: the clip's URL; NULL leaves it out. */
static cJSON *
make_json (Task *task, TaskStatus status, const gchar *word, const gchar *url)
{
  cJSON *json = cJSON_CreateObject ();

  cJSON_AddStringToObject (json, "id", task->id);
  cJSON_AddStringToObject (json, "model", get_model (task));
  cJSON_AddStringToObject (json, "status", word);
  cJSON_AddNumberToObject (json, "created_at", task->created_at);
  cJSON_AddNumberToObject (
      json, "updated_at", g_get_real_time () / G_USEC_PER_SEC);
  if (status == TASK_SUCCEEDED)
    add_result (json, task, url);
  if (status == TASK_FAILED)
    add_error (json, task);
  return json;
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
  Reply *reply = reply_new_json (
      200, make_json (task, status,
               word ? word->text : task_status_word (status), url));

  reply->task_id = g_strdup (task->id);
  reply->video_url = g_steal_pointer (&url);
  return reply;
}

typedef struct {
  gint64 number, size; /* number and size of the page */
  const gchar *status, *model;
  GStrv ids;
} Filter;

static gboolean
read_number (Call *call, const gchar *name, gint64 *number)
{
  const gchar *text = call_query (call, name);

  return text == NULL ||
         g_ascii_string_to_signed (text, 10, 1, 500, number, NULL);
}

static gboolean
passes (const Filter *filter, Task *task, const gchar *status)
{
  return task->kind == SERVICE_ARK && !g_atomic_int_get (&task->erased) &&
         (filter->status == NULL || g_str_equal (filter->status, status)) &&
         (filter->model == NULL ||
             g_strcmp0 (filter->model, task->order->model) == 0) &&
         (filter->ids == NULL ||
             g_strv_contains ((const gchar *const *) filter->ids, task->id));
}

/* Answers with one page of the tasks that pass @filter, the newest first. */
static Reply *
make_list (Service *service, const Filter *filter)
{
  g_autoptr (Settings) settings = service_get_settings (service);
  g_autoptr (GPtrArray) tasks = tasks_list (service->tasks);
  cJSON *json = cJSON_CreateObject ();
  cJSON *items = cJSON_AddArrayToObject (json, "items");
  gint64 total = 0;

  for (guint i = tasks->len; i > 0; i--) {
    Task *task = g_ptr_array_index (tasks, i - 1);
    gint progress;
    TaskStatus status =
        tasks_get_status (service->tasks, task, settings, &progress);
    const gchar *word = task_status_word (status);
    g_autofree gchar *url = NULL;

    if (!passes (filter, task, word))
      continue;
    if (total++ / filter->size != filter->number - 1)
      continue;
    url = status == TASK_SUCCEEDED ? clips_sign (service, task->id) : NULL;
    cJSON_AddItemToArray (items, make_json (task, status, word, url));
  }
  cJSON_AddNumberToObject (json, "total", total);
  return reply_new_json (200, json);
}

static Reply *
answer_list (Service *service, Call *call, GPtrArray *met)
{
  Reply *refusal = api_check_access (service, call);
  const gchar *ids = call_query (call, "filter.task_ids");
  g_auto (GStrv) wanted = ids ? g_strsplit (ids, ",", -1) : NULL;
  Filter filter = { 1, 20, call_query (call, "filter.status"),
    call_query (call, "filter.model"), wanted };

  if (refusal != NULL)
    return refusal;
  if (!read_number (call, "page_num", &filter.number) ||
      !read_number (call, "page_size", &filter.size))
    return reply_new_error (400, "InvalidParameter", "No such page");
  return make_list (service, &filter);
}

static Reply *delete (Service *service, Task *task)
{
  g_autoptr (Settings) settings = service_get_settings (service);
  gint progress;

  switch (tasks_get_status (service->tasks, task, settings, &progress)) {
    case TASK_QUEUED:
      g_atomic_int_set (&task->cancelled, TRUE);
      break;
    case TASK_RUNNING:
      return reply_new_error (409, "InvalidAction.RunningTaskDeletion",
          "The task is running and cannot be deleted");
    case TASK_CANCELLED:
      return reply_new_error (409, "InvalidAction.CancelledTaskDeletion",
          "The task was cancelled and cannot be deleted");
    default:
      g_atomic_int_set (&task->erased, TRUE);
  }
  return reply_new_json (200, cJSON_CreateObject ());
}

static Reply *
answer_task (Service *service, Call *call, GPtrArray *met)
{
  Reply *refusal = api_check_access (service, call);
  g_autoptr (Task) task = NULL;

  if (refusal != NULL)
    return refusal;
  task = tasks_find (service->tasks, SERVICE_ARK, call->path + strlen (PREFIX));
  if (task == NULL)
    return reply_new_error (404, NULL, "The specified task is not found");
  if (g_str_equal (call->method, "DELETE"))
    return delete (service, task);
  return describe (service, task, met);
}

AnswerFunc
ark_route (Call *call, Place *place)
{
  if (g_str_equal (call->path, COLLECTION) &&
      g_str_equal (call->method, "POST")) {
    *place = PLACE_SUBMIT;
    return answer_create;
  }
  if (g_str_equal (call->path, COLLECTION) &&
      g_str_equal (call->method, "GET")) {
    *place = PLACE_POLL;
    return answer_list;
  }
  if (g_str_has_prefix (call->path, PREFIX) &&
      (g_str_equal (call->method, "GET") ||
          g_str_equal (call->method, "DELETE"))) {
    *place = PLACE_POLL;
    return answer_task;
  }
  return NULL;
}
