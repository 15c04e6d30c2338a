/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts a request on the network thread and waits for its answer. */
#include "question.h"

/* A request that a thread waits for. */
typedef struct {
  const SeedanceOrder *order;
  SeedanceHttpRequest request;
  GMutex lock;
  GCond answered;
  gboolean done;
  guint status;
  GString *body;
  gchar *reason;
} Waiting;

static void
on_done (const SeedanceHttpAnswer *http, gpointer user_data)
{
  Waiting *waiting = user_data;

  g_mutex_lock (&waiting->lock);
  if (http->outcome == SEEDANCE_HTTP_ANSWERED)
    waiting->status = http->status;
  g_string_append_len (waiting->body, (const gchar *) http->body->data,
      (gssize) http->body->len);
  waiting->reason = g_strdup (http->reason);
  waiting->done = TRUE;
  g_cond_signal (&waiting->answered);
  g_mutex_unlock (&waiting->lock);
}

static void
start (gpointer user_data)
{
  static const SeedanceHttpHandler handler = { .done = on_done };
  Waiting *waiting = user_data;

  seedance_http_start (
      &waiting->order->http, &waiting->request, &handler, waiting);
}

static void
wait_for_answer (Waiting *waiting)
{
  g_mutex_init (&waiting->lock);
  g_cond_init (&waiting->answered);
  seedance_net_invoke (start, waiting);
  g_mutex_lock (&waiting->lock);
  while (!waiting->done)
    g_cond_wait (&waiting->answered, &waiting->lock);
  g_mutex_unlock (&waiting->lock);
  g_mutex_clear (&waiting->lock);
  g_cond_clear (&waiting->answered);
}

static gchar *
describe (const Waiting *waiting, const gchar *words)
{
  if (waiting->status == 0)
    return g_strdup (waiting->reason ? waiting->reason : "no answer");

  return g_strdup_printf ("HTTP %u%s%s%s", waiting->status, words ? ": \"" : "",
      words ? words : "", words ? "\"" : "");
}

SeedanceQuestion *
seedance_question_ask (const SeedanceOrder *order, const gchar *method,
    const gchar *path, gboolean with_key)
{
  SeedanceQuestion *question = g_new0 (SeedanceQuestion, 1);
  g_autofree gchar *url = seedance_order_url (order, path);
  const SeedanceAnswerSource source = { url, order->key,
    seedance_provider_get_answers (order->provider) };
  Waiting waiting = { .order = order,
    .request = { .url = url,
        .method = method,
        .key = with_key ? order->key : NULL,
        .secret = order->key,
        .alone = TRUE },
    .body = g_string_new (NULL) };

  wait_for_answer (&waiting);
  question->status = waiting.status;
  question->body = waiting.body;
  question->answer =
      seedance_answer_parse (waiting.body->str, waiting.body->len, &source);
  question->told = describe (&waiting, question->answer->error_message);
  g_free (waiting.reason);

  return question;
}

void
seedance_question_free (SeedanceQuestion *question)
{
  seedance_answer_free (question->answer);
  g_string_free (question->body, TRUE);
  g_free (question->told);
  g_free (question);
}
