/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control path, over which tests read counters, set faults and settings,
 * and release held answers. README.md lists its requests. */

#include <string.h>

#include "service.h"

#define PREFIX "/control/"
#define CLIP_PREFIX "clip/"

static cJSON *
describe_task (Service *service, Task *task, const Settings *settings)
{
  cJSON *json = cJSON_CreateObject ();
  gint progress;
  TaskStatus status =
      tasks_get_status (service->tasks, task, settings, &progress);

  cJSON_AddStringToObject (json, "id", task->id);
  cJSON_AddStringToObject (json, "status", task_status_word (status));
  cJSON_AddStringToObject (json, "endpoint", task->endpoint);
  cJSON_AddStringToObject (json, "body", task->body);
  return json;
}

static Reply *
answer_stats (Service *service)
{
  g_autoptr (Settings) settings = service_get_settings (service);
  g_autoptr (GPtrArray) tasks = tasks_list (service->tasks);
  cJSON *json = cJSON_CreateObject ();
  cJSON *list;

  counters_to_json (service->counters, json);
  list = cJSON_AddArrayToObject (json, "tasks_list");
  for (guint i = 0; i < tasks->len; i++) {
    cJSON_AddItemToArray (
        list, describe_task (service, g_ptr_array_index (tasks, i), settings));
  }
  return reply_new_json (200, json);
}

static Reply *
answer_wait (Service *service, Call *call)
{
  const gchar *name = call_query (call, "counter");
  const gchar *at_least = call_query (call, "at-least");
  Counter counter;
  cJSON *json;
  gint64 value;

  if (!counters_find (name, &counter))
    return reply_new_error (400, NULL, "No such counter: %s", name);
  value = counters_wait (service->counters, counter,
      at_least ? g_ascii_strtoull (at_least, NULL, 10) : 1, call_is_over, call);
  json = cJSON_CreateObject ();
  cJSON_AddNumberToObject (json, name, value);
  return reply_new_json (200, json);
}

static Reply *
done (void)
{
  return reply_new_json (200, cJSON_CreateObject ());
}

static gchar *
body_text (Call *call)
{
  gsize size;
  const gchar *data = g_bytes_get_data (call->body, &size);

  return g_strndup (data, size);
}

static Reply *
answer_faults (Service *service, Call *call)
{
  g_autofree gchar *specs = body_text (call);
  g_autoptr (GError) error = NULL;

  if (!faults_set (service->faults, specs, &error))
    return reply_new_error (400, NULL, "%s", error->message);
  return done ();
}

static Reply *
answer_settings (Service *service, Call *call)
{
  g_autofree gchar *text = body_text (call);
  g_autoptr (GError) error = NULL;
  cJSON *json = cJSON_Parse (text);
  gboolean good = service_change_settings (service, json, &error);

  cJSON_Delete (json);
  if (!good)
    return reply_new_error (400, NULL, "%s", error->message);
  return done ();
}

/* The body of the request is the clip. A path to a file is not accepted, as the
 * service must not read files of this machine for anyone who can reach it. */
static Reply *
answer_new_clip (Service *service, Call *call)
{
  const gchar *word = call_query (call, "for");
  Clip *clip = g_bytes_get_size (call->body) > 0
                   ? clip_new_from_bytes (call->body)
                   : NULL;

  if (word != NULL && *word != '\0')
    service_set_clip_for (service, word, clip);
  else
    service_set_clip (service, clip);
  return done ();
}

static Reply *
answer_release (Service *service, Call *call)
{
  const gchar *count = call_query (call, "count");
  guint limit = count ? (guint) g_ascii_strtoull (count, NULL, 10) : G_MAXUINT;
  cJSON *json = cJSON_CreateObject ();

  cJSON_AddNumberToObject (
      json, "released", gate_release (service->gate, limit));
  return reply_new_json (200, json);
}

static Reply *
answer_reset (Service *service)
{
  counters_reset (service->counters);
  tasks_clear (service->tasks);
  links_reset (service->links);
  faults_set (service->faults, "", NULL);
  return done ();
}

/* Returns a clip's bytes. The counters, links and faults of the clips' port do
 * not apply here. */
static Reply *
answer_clip (Service *service, Call *call, const gchar *what)
{
  g_autoptr (Task) task =
      tasks_find_any (service->tasks, what + strlen (CLIP_PREFIX));

  if (task == NULL || task->clip == NULL)
    return reply_new_error (404, NULL, "There is no such clip");
  if (studio_wait (service->studio, task->clip, call_is_over, call) !=
      CLIP_READY)
    return reply_new_error (500, NULL, "The clip could not be made");
  return reply_new (
      200, "video/mp4", g_bytes_ref (clip_get_bytes (task->clip)));
}

static Reply *
answer_get (Service *service, Call *call, const gchar *what)
{
  if (g_str_equal (what, "stats"))
    return answer_stats (service);
  if (g_str_equal (what, "wait"))
    return answer_wait (service, call);
  if (g_str_has_prefix (what, CLIP_PREFIX))
    return answer_clip (service, call, what);
  return NULL;
}

static Reply *
answer_post (Service *service, Call *call, const gchar *what)
{
  if (g_str_equal (what, "faults"))
    return answer_faults (service, call);
  if (g_str_equal (what, "settings"))
    return answer_settings (service, call);
  if (g_str_equal (what, "clip"))
    return answer_new_clip (service, call);
  if (g_str_equal (what, "release"))
    return answer_release (service, call);
  if (g_str_equal (what, "reset"))
    return answer_reset (service);
  return NULL;
}

/* Returns what follows the secret in @path; NULL if the secret is wrong. */
static const gchar *
open_path (Service *service, const gchar *path)
{
  const gchar *guess = path + strlen (PREFIX);
  gsize length = strcspn (guess, "/");

  if (!guard_is_secret (service->control_secret, guess, length) ||
      guess[length] != '/')
    return NULL;
  return guess + length + 1;
}

Reply *
control_answer (Service *service, Call *call)
{
  const gchar *what = open_path (service, call->path);
  Reply *reply = NULL;

  if (what == NULL)
    return reply_new_error (403, NULL,
        "The control path is the one that the first line of output tells");
  if (g_str_equal (call->method, "GET"))
    reply = answer_get (service, call, what);
  else if (g_str_equal (call->method, "POST"))
    reply = answer_post (service, call, what);
  if (reply == NULL)
    reply = reply_new_error (
        404, NULL, "No such control: %s %s", call->method, what);
  return reply;
}
