/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the APIs openai, fal, replicate and openrouter share: see shape.h. */

#include "shape.h"

#include <string.h>

Shape
shape_of (Service *service, Task *task, GPtrArray *met)
{
  g_autoptr (Settings) settings = service_get_settings (service);
  const Fault *word = faults_find (met, FAULT_WORD);
  Shape shape = { .task = task, .word = word ? word->text : NULL };

  shape.status =
      tasks_get_status (service->tasks, task, settings, &shape.progress);
  return shape;
}

const gchar *
shape_word (const Shape *shape, const gchar *const *words)
{
  return shape->word ? shape->word : words[shape->status];
}

gchar *
shape_link (Service *service, Task *task, GPtrArray *met)
{
  const Fault *url = faults_find (met, FAULT_URL);

  if (faults_find (met, FAULT_NO_URL) != NULL)
    return NULL;
  return url ? g_strdup (url->text) : clips_sign (service, task->id);
}

const gchar *
shape_text (const cJSON *json, const gchar *name)
{
  return cJSON_GetStringValue (cJSON_GetObjectItemCaseSensitive (json, name));
}

gchar *
shape_origin (Call *call)
{
  return g_strconcat ("http://", call_header (call, "Host"), NULL);
}

Reply *
shape_answer (Task *task, guint status, cJSON *json, gchar *link)
{
  Reply *reply = reply_new_json (status, json);

  reply->task_id = g_strdup (task->id);
  reply->video_url = link;
  return reply;
}

Reply *
shape_accept (Service *service, Call *call, ServiceKind kind, Order *order,
    Reply *refusal, guint status,
    void (*fill) (cJSON *json, Call *call, Task *task))
{
  g_autoptr (Task) task = NULL;
  cJSON *json;
  Reply *reply;

  if (order != NULL)
    task = api_accept (service, call, kind, order, &refusal);
  if (task == NULL)
    return refusal;
  json = cJSON_CreateObject ();
  fill (json, call, task);
  reply = shape_answer (task, status, json, NULL);
  reply->accepted = TRUE;
  return reply;
}

static gchar *
get_message (Reply *refusal)
{
  cJSON *json = cJSON_ParseWithLength (
      g_bytes_get_data (refusal->body, NULL), g_bytes_get_size (refusal->body));
  const cJSON *error = cJSON_GetObjectItemCaseSensitive (json, "error");
  gchar *message = g_strdup (cJSON_GetStringValue (
      cJSON_GetObjectItemCaseSensitive (error, "message")));

  cJSON_Delete (json);
  return message ? message : g_strdup ("");
}

Reply *
shape_detail (Reply *refusal, guint status)
{
  g_autofree gchar *message = get_message (refusal);
  cJSON *json = cJSON_CreateObject ();
  const gchar *retry =
      soup_message_headers_get_one (refusal->headers, "Retry-After");
  Reply *reply;

  cJSON_AddStringToObject (json, "detail", message);
  reply = reply_new_json (status ? status : refusal->status, json);
  if (retry != NULL)
    reply_set_header (reply, "Retry-After", retry);
  reply_free (refusal);
  return reply;
}

/* Redirects to the clip's link, as services do that store clips elsewhere. */
static Reply *
lead_elsewhere (Service *service, Task *task)
{
  g_autofree gchar *link = clips_sign (service, task->id);
  Reply *reply = reply_new_text (302, "text/plain", "");

  reply_set_header (reply, "Location", link);
  return reply;
}

Reply *
shape_content (Service *service, Call *call, Task *task, GPtrArray *met)
{
  Shape shape = shape_of (service, task, met);

  if (shape.status != TASK_SUCCEEDED)
    return reply_new_error (
        400, "video_not_ready", "The video is not ready to be downloaded");
  if (faults_find (met, FAULT_ELSEWHERE) != NULL)
    return lead_elsewhere (service, task);
  return clips_answer (call, task->clip, met);
}

Reply *
shape_models (const gchar *list, const gchar *name, gboolean owned,
    const gchar *const *names)
{
  cJSON *json = cJSON_CreateObject ();
  cJSON *models = cJSON_AddArrayToObject (json, list);

  for (; *names; names++) {
    cJSON *model = cJSON_CreateObject ();
    const gchar *slash = owned ? strchr (*names, '/') : NULL;
    g_autofree gchar *owner = slash ? g_strndup (*names, slash - *names) : NULL;

    if (owner != NULL)
      cJSON_AddStringToObject (model, "owner", owner);
    cJSON_AddStringToObject (model, name, slash ? slash + 1 : *names);
    cJSON_AddItemToArray (models, model);
  }
  return reply_new_json (200, json);
}

gchar *
shape_match (
    const gchar *path, const gchar *before, const gchar *after, gboolean deep)
{
  gchar *part;

  if (strlen (path) <= strlen (before) + strlen (after) ||
      !g_str_has_prefix (path, before) || !g_str_has_suffix (path, after))
    return NULL;
  part = g_strndup (
      path + strlen (before), strlen (path) - strlen (before) - strlen (after));
  if (!deep && strchr (part, '/') != NULL)
    g_clear_pointer (&part, g_free);
  return part;
}
