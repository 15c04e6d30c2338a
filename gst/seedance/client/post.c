/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends an order by POST. Where the service recognizes a repeated order by its
 * key, a request whose answer was lost is repeated. */
#include "post.h"

#include "address.h"
#include "log.h"
#include "record.h"

#define BACKOFF_FIRST_MS 500
/* How often a request is repeated at most, even if `retries` allows more. */
#define REPEATS_MAX 5
/* How long, in milliseconds, an order may wait for its answer. Another process
 * takes it for lost after SEEDANCE_ANSWER_MAX. The minute between them covers
 * the writes to the ledger. */
#define POST_MAX_MS ((SEEDANCE_ANSWER_MAX - 60) * 1000)
/* With less time a request is not repeated. */
#define REPEAT_MIN_MS 20000

typedef struct {
  guint refs; /* one for each transfer until it is gone */
  SeedanceOrder *order;
  gchar *url, *json, *form_type;
  GBytes *form;
  GPtrArray *headers; /* "Name: value", NULL at the end */
  gboolean keyed;     /* the service recognizes a repeated order */
  guint repeats;
  gint64 start; /* monotonic, microseconds */
  SeedanceTransfer **transfer;
  void (*done) (const SeedanceHttpAnswer *answer, gpointer user_data);
  gpointer user_data;
} Post;

static void send (Post *post);

static void
unref (gpointer data)
{
  Post *post = data;

  if (--post->refs > 0)
    return;
  seedance_order_unref (post->order);
  g_free (post->url);
  g_free (post->json);
  g_free (post->form_type);
  g_clear_pointer (&post->form, g_bytes_unref);
  g_ptr_array_unref (post->headers);
  g_free (post);
}

static gboolean
names_model (const SeedanceRequest *request)
{
  return (request->model && *request->model) ||
         cJSON_GetObjectItemCaseSensitive (request->extra, "model");
}

SeedanceVerdict
seedance_post_judge (const SeedanceOrder *order, const SeedanceHttpAnswer *http,
    SeedanceAnswer **answer, GError **error)
{
  g_autofree gchar *path =
      seedance_provider_submit_path (order->provider, order->request);
  g_autofree gchar *address = seedance_order_url (order, path);
  g_autofree gchar *tasks = seedance_provider_tasks_path (order->provider);
  const SeedanceAnswerSource source = { address, order->key,
    seedance_provider_get_answers (order->provider) };
  SeedanceReply reply = { .status = http->status,
    .empty = http->body->len == 0,
    .request_id = http->request_id,
    .location = http->location,
    .encoding = http->content_encoding,
    .address = address,
    .submit_path = path,
    .status_path = tasks,
    .with_model = names_model (order->request) };

  *answer = seedance_answer_parse (
      (const gchar *) http->body->data, http->body->len, &source);
  seedance_provider_take_address (order->provider, order->base_url, *answer);
  reply.answer = *answer;
  /* The Location header may be all that names the new task. */
  if (http->status / 100 == 2 && !(*answer)->task_id && !(*answer)->has_error)
    (*answer)->task_id = seedance_reply_task_in_location (&reply);

  return seedance_judge_submit (&reply, error);
}

/* Whether the answer leaves open if the order has made a task. */
static gboolean
is_lost (const Post *post, const SeedanceHttpAnswer *http)
{
  const guint status = http->status;
  g_autoptr (SeedanceAnswer) answer = NULL;
  SeedanceVerdict verdict;

  verdict = seedance_post_judge (post->order, http, &answer, NULL);
  if (status / 100 == 2 && answer->task_id)
    return FALSE;
  /* A refusal of a repeated request proves nothing about the first one. Only
   * the name of a task helps. */
  if (post->repeats > 0)
    return TRUE;
  if (http->outcome == SEEDANCE_HTTP_NOT_SENT || status / 100 == 3)
    return FALSE;

  return verdict == SEEDANCE_VERDICT_AMBIGUOUS;
}

static void
tell_lost (const Post *post)
{
  g_autofree gchar *reason =
      g_strdup_printf ("the same request was sent %u times with the same key, "
                       "and no answer named a task",
          post->repeats + 1);
  SeedanceHttpAnswer lost = { 0 };

  seedance_http_answer_reset (&lost);
  lost.outcome = SEEDANCE_HTTP_BROKEN;
  lost.reason = reason;
  post->done (&lost, post->user_data);
  seedance_http_answer_clear (&lost);
}

guint
seedance_post_limit (guint64 age)
{
  return age < POST_MAX_MS ? (guint) (POST_MAX_MS - age) : 0;
}

static guint
get_limit (const Post *post)
{
  return seedance_post_limit (
      (guint64) (g_get_monotonic_time () - post->start) / 1000);
}

static gboolean
may_repeat (const Post *post)
{
  const gint retries = post->order->retries;
  const guint most =
      retries < 0 ? REPEATS_MAX : (guint) MIN (retries, REPEATS_MAX);

  return post->repeats < most && get_limit (post) >= REPEAT_MIN_MS;
}

static void
on_done (const SeedanceHttpAnswer *answer, gpointer user_data)
{
  Post *post = user_data;

  *post->transfer = NULL;
  if (!post->keyed || !is_lost (post, answer)) {
    post->done (answer, post->user_data);
  } else if (may_repeat (post)) {
    post->repeats++;
    SEEDANCE_INFO (NULL, "order: its answer was lost, repeat %u with its key",
        post->repeats);
    send (post);
  } else if (post->repeats == 0) {
    post->done (answer, post->user_data);
  } else {
    tell_lost (post);
  }
}

static void
send (Post *post)
{
  static const SeedanceHttpHandler handler = { .done = on_done, .gone = unref };
  const SeedanceHttpRequest request = { .url = post->url,
    .key = post->order->key,
    .json = post->json,
    .form = post->form,
    .form_type = post->form_type,
    .headers = (const gchar *const *) post->headers->pdata,
    .repeated = post->repeats > 0,
    .delay = post->repeats > 0 ? BACKOFF_FIRST_MS << (post->repeats - 1) : 0,
    .limit = get_limit (post) };

  post->refs++;
  *post->transfer =
      seedance_http_start (&post->order->http, &request, &handler, post);
}

static GPtrArray *
make_headers (const SeedanceProvider *provider, const gchar *name)
{
  GPtrArray *headers = g_ptr_array_new_with_free_func (g_free);
  g_autofree gchar **fixed = seedance_provider_submit_headers (provider);
  const gchar *key = seedance_provider_key_of_orders (provider);

  for (guint i = 0; fixed[i]; i++)
    g_ptr_array_add (headers, fixed[i]);
  if (key)
    g_ptr_array_add (headers, g_strdup_printf ("%s: %s", key, name));
  g_ptr_array_add (headers, NULL);

  return headers;
}

void
seedance_post_start (const SeedanceOrder *order, const gchar *name,
    SeedanceTransfer **transfer,
    void (*done) (const SeedanceHttpAnswer *answer, gpointer user_data),
    gpointer user_data)
{
  Post *post = g_new0 (Post, 1);

  post->refs = 1;
  post->start = g_get_monotonic_time ();
  post->order = seedance_order_ref ((SeedanceOrder *) order);
  post->url = seedance_order_submit_url (order);
  post->form = seedance_provider_submit_form (
      order->provider, order->request, &post->form_type);
  if (!post->form)
    post->json =
        seedance_provider_submit_body (order->provider, order->request);
  post->headers = make_headers (order->provider, name);
  post->keyed = seedance_provider_key_of_orders (order->provider) != NULL;
  post->transfer = transfer;
  post->done = done;
  post->user_data = user_data;
  send (post);
  unref (post);
}
