/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts a request on the network thread and waits for its answer. */
#include "question.h"

struct _SeedanceQuestion {
  const SeedanceOrder *order;
  const gchar *method;
  const gchar *key;
  gchar *url;
  GMutex lock;
  GCond answered;
  gboolean done;
  guint status;
  GString *body;
  gchar *reason;
};

static void
on_done (const SeedanceHttpAnswer *http, gpointer user_data)
{
  SeedanceQuestion *question = user_data;

  g_mutex_lock (&question->lock);
  if (http->outcome == SEEDANCE_HTTP_ANSWERED)
    question->status = http->status;
  g_string_append_len (question->body, (const gchar *) http->body->data,
      (gssize) http->body->len);
  question->reason = g_strdup (http->reason);
  question->done = TRUE;
  g_cond_signal (&question->answered);
  g_mutex_unlock (&question->lock);
}

static void
start (gpointer user_data)
{
  static const SeedanceHttpHandler handler = { .done = on_done };
  SeedanceQuestion *question = user_data;
  const SeedanceHttpRequest request = { .url = question->url,
    .method = question->method,
    .key = question->key,
    .secret = question->order->key,
    .alone = TRUE };

  seedance_http_start (&question->order->http, &request, &handler, question);
}

SeedanceQuestion *
seedance_question_ask (const SeedanceOrder *order, const gchar *method,
    const gchar *path, gboolean with_key)
{
  SeedanceQuestion *question = g_new0 (SeedanceQuestion, 1);

  question->order = order;
  question->method = method;
  question->key = with_key ? order->key : NULL;
  question->url = seedance_order_url (order, path);
  question->body = g_string_new (NULL);
  g_mutex_init (&question->lock);
  g_cond_init (&question->answered);
  seedance_net_invoke (start, question);
  g_mutex_lock (&question->lock);
  while (!question->done)
    g_cond_wait (&question->answered, &question->lock);
  g_mutex_unlock (&question->lock);

  return question;
}

void
seedance_question_free (SeedanceQuestion *question)
{
  g_mutex_clear (&question->lock);
  g_cond_clear (&question->answered);
  g_string_free (question->body, TRUE);
  g_free (question->url);
  g_free (question->reason);
  g_free (question);
}

guint
seedance_question_get_status (const SeedanceQuestion *question)
{
  return question->status;
}

const gchar *
seedance_question_get_body (const SeedanceQuestion *question, gsize *size)
{
  *size = question->body->len;

  return question->body->str;
}

const gchar *
seedance_question_get_url (const SeedanceQuestion *question)
{
  return question->url;
}

gchar *
seedance_question_describe (
    const SeedanceQuestion *question, const gchar *words)
{
  if (question->status == 0)
    return g_strdup (question->reason ? question->reason : "no answer");

  return g_strdup_printf ("HTTP %u%s%s%s", question->status,
      words ? ": \"" : "", words ? words : "", words ? "\"" : "");
}
