/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the APIs at the API's port share: the checks of key and rate, accepting
 * an order, the counters, and the choice of the function that answers a
 * request. */

#include <string.h>

#include "service.h"

#define MAX_BODY (64 * 1024 * 1024)

static gboolean
has_key (Service *service, Call *call, const gchar *scheme)
{
  const gchar *header = call_header (call, "Authorization");
  gsize n = strlen (scheme);

  return header != NULL && g_ascii_strncasecmp (header, scheme, n) == 0 &&
         guard_is_secret (service->api_key, header + n, strlen (header + n));
}

/* Returns TRUE if fewer than the allowed number of requests came in the last
 * second; then this request counts, too. */
static gboolean
is_within_rate (Service *service)
{
  gint64 now = g_get_monotonic_time ();
  gboolean good;

  g_mutex_lock (&service->lock);
  while (
      !g_queue_is_empty (&service->recent) &&
      *(gint64 *) g_queue_peek_head (&service->recent) <= now - G_USEC_PER_SEC)
    g_free (g_queue_pop_head (&service->recent));
  good = service->settings->rate == 0 ||
         g_queue_get_length (&service->recent) < service->settings->rate;
  if (good && service->settings->rate > 0)
    g_queue_push_tail (&service->recent, g_memdup2 (&now, sizeof now));
  g_mutex_unlock (&service->lock);
  return good;
}

Reply *
api_check_access (Service *service, Call *call)
{
  return api_check_access_by (service, call, "Bearer ");
}

Reply *
api_check_access_by (Service *service, Call *call, const gchar *scheme)
{
  Reply *reply;

  if (!has_key (service, call, scheme))
    return reply_new_error (
        401, NULL, "The API key in the request is missing or invalid");
  if (!is_within_rate (service)) {
    reply = reply_new_error (429, NULL, "Too many requests, slow down");
    reply_set_header (reply, "Retry-After", "1");
    return reply;
  }
  if (g_bytes_get_size (call->body) > MAX_BODY)
    return reply_new_error (413, NULL, "The body is larger than 64 MB");
  return NULL;
}

static gboolean
says (const gchar *prompt, const gchar *word)
{
  return word != NULL && *word != '\0' && strstr (prompt, word) != NULL;
}

static Clip *
order_clip (Service *service, const Settings *settings, const Order *order)
{
  Scene scene = {
    .prompt = order->prompt,
    .seed = order->seed,
    .width = order->width,
    .height = order->height,
    .duration = order->duration,
    .audio = settings->audio && order->audio,
    .h265 = settings->h265,
    .bitrate = settings->bitrate,
    .flash = says (order->prompt, settings->flash_word),
    .layout = settings->layout,
    .picture = order->picture,
    .last = order->last,
  };
  Clip *given;

  if (says (order->prompt, settings->fail_word))
    return NULL;
  given = service_get_clip (service, order->prompt);
  if (given != NULL)
    return given;
  if (settings->clip_file != NULL)
    return studio_open (service->studio, settings->clip_file);
  return studio_render (service->studio, &scene);
}

/* Returns the task of an earlier request with the same Idempotency-Key. Sets
 * @refusal instead if that request had another body. NULL: there was none. */
static Task *
find_earlier (
    Service *service, Call *call, const Settings *settings, Reply **refusal)
{
  const gchar *key = call_header (call, "Idempotency-Key");
  g_autoptr (Task) task = settings->idempotency && key
                              ? tasks_find_key (service->tasks, key)
                              : NULL;
  gsize size;
  const gchar *data = g_bytes_get_data (call->body, &size);

  if (task == NULL)
    return NULL;
  if (strlen (task->body) == size && memcmp (task->body, data, size) == 0)
    return g_steal_pointer (&task);
  *refusal = reply_new_error (
      422, NULL, "The key was used with another request before");
  return NULL;
}

Task *
api_accept (Service *service, Call *call, ServiceKind kind, Order *order,
    Reply **refusal)
{
  g_autoptr (Settings) settings = service_get_settings (service);
  Task *task = find_earlier (service, call, settings, refusal);

  if (task != NULL || *refusal != NULL) {
    order_free (order);
    return task;
  }
  if (says (order->prompt, settings->refuse_word)) {
    order_free (order);
    *refusal = reply_new_error (400, "InputTextSensitiveContentDetected",
        "The request failed because the input text may contain sensitive "
        "information");
    return NULL;
  }
  task = tasks_add (service->tasks, kind, call->path, call->body,
      settings->idempotency ? call_header (call, "Idempotency-Key") : NULL,
      order, order_clip (service, settings, order));
  counters_bump (service->counters, COUNTER_TASKS, 1);
  return task;
}

static void
count_submission (Service *service, Call *call)
{
  counters_bump (service->counters, COUNTER_POSTS, 1);
  if (call->ordinal > 1)
    counters_bump (service->counters, COUNTER_POSTS_ON_USED_CONNECTION, 1);
}

static void
count_call (Service *service, Call *call, Place place)
{
  if (call_marks_connection (call))
    counters_bump (service->counters, COUNTER_CONNECTIONS, 1);
  if (place == PLACE_SUBMIT)
    count_submission (service, call);
  else if (!g_str_equal (call->method, "GET"))
    counters_bump (service->counters, COUNTER_CANCELS, 1);
  else if (place == PLACE_RESULT)
    counters_bump (service->counters, COUNTER_RESULTS, 1);
  else
    counters_bump (service->counters, COUNTER_POLLS, 1);
}

static Reply *
answer_unknown (Service *service, Call *call, GPtrArray *met)
{
  return reply_new_error (
      404, NULL, "No such path: %s %s", call->method, call->path);
}

static AnswerFunc
find_route (Call *call, Place *place)
{
  static AnswerFunc (*const routes[]) (Call * call, Place * place) = { v1_route,
    ark_route, openai_route, fal_route, replicate_route, openrouter_route };
  AnswerFunc answer = NULL;

  for (guint i = 0; answer == NULL && i < G_N_ELEMENTS (routes); i++)
    answer = routes[i](call, place);
  return answer;
}

gboolean
api_handle (Call *call, gpointer user_data)
{
  Service *service = user_data;
  Place place = PLACE_POLL;
  AnswerFunc answer;
  Reply *refusal = guard_refuse (service, call);

  if (refusal != NULL)
    return serve_plainly (service, call, refusal);
  if (g_str_has_prefix (call->path, "/control/"))
    return serve_plainly (service, call, control_answer (service, call));
  answer = find_route (call, &place);
  if (answer == NULL) {
    counters_bump (service->counters, COUNTER_BAD_REQUESTS, 1);
    return serve_plainly (service, call, answer_unknown (service, call, NULL));
  }
  count_call (service, call, place);
  return serve (service, call, place, answer);
}
