/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* OpenAI's video API, which most relays speak, too. */

#include <string.h>

#include "shape.h"

#define COLLECTION "/openai/v1/videos"
#define MODELS "/openai/v1/models"
#define PREFIX COLLECTION "/"
#define CONTENT "/content"

static void
describe (cJSON *json, const Shape *shape)
{
  static const gchar *const words[] = { "queued", "in_progress", "completed",
    "failed", "failed" };
  const Order *order = shape->task->order;
  g_autofree gchar *seconds = g_strdup_printf ("%d", order->duration);
  cJSON *error;

  cJSON_AddStringToObject (json, "id", shape->task->id);
  cJSON_AddStringToObject (json, "object", "video");
  cJSON_AddNumberToObject (json, "created_at", shape->task->created_at);
  cJSON_AddStringToObject (json, "status", shape_word (shape, words));
  cJSON_AddStringToObject (json, "model", order->model);
  cJSON_AddNumberToObject (json, "progress", shape->progress);
  cJSON_AddStringToObject (json, "seconds", seconds);
  if (shape->status != TASK_FAILED) {
    cJSON_AddNullToObject (json, "error");
    return;
  }
  error = cJSON_AddObjectToObject (json, "error");
  cJSON_AddStringToObject (error, "code", "moderation_blocked");
  cJSON_AddStringToObject (
      error, "message", "Your request was blocked by our moderation system.");
}

static void
fill (cJSON *json, Call *call, Task *task)
{
  const Shape shape = { task, TASK_QUEUED, 0, NULL };

  describe (json, &shape);
}

/* Returns a form field as text; a file becomes a data: URI. Free with
 * g_free(). */
static gchar *
take_field (SoupMessageHeaders *headers, GBytes *bytes)
{
  gsize size;
  const gchar *data = g_bytes_get_data (bytes, &size);
  const gchar *type = soup_message_headers_get_content_type (headers, NULL);
  g_autofree gchar *encoded = NULL;

  if (type == NULL || g_str_equal (type, "text/plain"))
    return g_strndup (data, size);
  encoded = g_base64_encode ((const guchar *) data, size);
  return g_strconcat ("data:", type, ";base64,", encoded, NULL);
}

static cJSON *
parse_form (Call *call, Reply **refusal)
{
  SoupMultipart *form =
      soup_multipart_new_from_message (call->headers, call->body);
  cJSON *json;

  if (form == NULL) {
    *refusal = reply_new_error (400, NULL, "The body is no form");
    return NULL;
  }
  json = cJSON_CreateObject ();
  for (gint i = 0; i < soup_multipart_get_length (form); i++) {
    SoupMessageHeaders *headers;
    GBytes *bytes;
    GHashTable *fields = NULL;
    g_autofree gchar *disposition = NULL, *text = NULL;

    soup_multipart_get_part (form, i, &headers, &bytes);
    text = take_field (headers, bytes);
    if (soup_message_headers_get_content_disposition (
            headers, &disposition, &fields) &&
        g_hash_table_contains (fields, "name"))
      cJSON_AddStringToObject (
          json, g_hash_table_lookup (fields, "name"), text);
    g_clear_pointer (&fields, g_hash_table_unref);
  }
  soup_multipart_free (form);
  return json;
}

static gboolean
is_form (Call *call)
{
  const gchar *type =
      soup_message_headers_get_content_type (call->headers, NULL);

  return g_strcmp0 (type, "multipart/form-data") == 0;
}

static Order *
parse (Call *call, Reply **refusal)
{
  static const OrderFields fields = { NULL, NULL, "size", "seconds", TRUE };
  cJSON *json = is_form (call) ? parse_form (call, refusal)
                               : order_parse_json (call->body, refusal);
  const cJSON *input =
      cJSON_GetObjectItemCaseSensitive (json, "input_reference");
  const cJSON *image =
      cJSON_IsString (input)
          ? input
          : cJSON_GetObjectItemCaseSensitive (input, "image_url");
  const OrderFrames frames = { cJSON_GetStringValue (image), NULL };
  Order *order =
      json ? order_parse_flat (json, &frames, &fields, refusal) : NULL;

  cJSON_Delete (json);
  return order;
}

static Reply *
answer_create (Service *service, Call *call, GPtrArray *met)
{
  Reply *refusal = api_check_access (service, call);
  Order *order = refusal ? NULL : parse (call, &refusal);

  return shape_accept (
      service, call, SERVICE_OPENAI, order, refusal, 200, fill);
}

static Reply *
answer_task (Service *service, Call *call, GPtrArray *met)
{
  Reply *refusal = api_check_access (service, call);
  g_autoptr (Task) task = NULL;
  Shape shape;
  cJSON *json;

  if (refusal != NULL)
    return refusal;
  task =
      tasks_find (service->tasks, SERVICE_OPENAI, call->path + strlen (PREFIX));
  if (task == NULL)
    return reply_new_error (404, "not_found", "Video not found");
  shape = shape_of (service, task, met);
  json = cJSON_CreateObject ();
  describe (json, &shape);
  /* Some relays add a link, which OpenAI's own API does not have. */
  if (faults_find (met, FAULT_URL) != NULL) {
    g_autofree gchar *link = shape_link (service, task, met);

    cJSON_AddStringToObject (json, "url", link);
  }
  return shape_answer (task, 200, json, NULL);
}

static Reply *
answer_content (Service *service, Call *call, GPtrArray *met)
{
  Reply *refusal = api_check_access (service, call);
  g_autofree gchar *id = shape_match (call->path, PREFIX, CONTENT, FALSE);
  g_autoptr (Task) task = NULL;

  if (refusal != NULL)
    return refusal;
  task = tasks_find (service->tasks, SERVICE_OPENAI, id);
  if (task == NULL)
    return reply_new_error (404, "not_found", "Video not found");
  return shape_content (service, call, task, met);
}

static Reply *
answer_models (Service *service, Call *call, GPtrArray *met)
{
  static const gchar *const names[] = { "gpt-5", "sora-2", "sora-2-pro", NULL };
  Reply *refusal = api_check_access (service, call);

  return refusal ? refusal : shape_models ("data", "id", FALSE, names);
}

AnswerFunc
openai_route (Call *call, Place *place)
{
  g_autofree gchar *content = shape_match (call->path, PREFIX, CONTENT, FALSE);
  g_autofree gchar *id = shape_match (call->path, PREFIX, "", FALSE);

  if (g_str_equal (call->path, COLLECTION) &&
      g_str_equal (call->method, "POST")) {
    *place = PLACE_SUBMIT;
    return answer_create;
  }
  if (!g_str_equal (call->method, "GET"))
    return NULL;
  if (g_str_equal (call->path, MODELS)) {
    *place = PLACE_POLL;
    return answer_models;
  }
  *place = content ? PLACE_RESULT : PLACE_POLL;
  return content ? answer_content : id ? answer_task : NULL;
}
