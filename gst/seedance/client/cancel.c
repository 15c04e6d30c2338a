/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cancel.h"

#include "address.h"
#include "answer.h"
#include "json.h"

/* A request, and its answer for the thread that waits. */
typedef struct {
  const SeedanceOrder *order;
  const gchar *method; /* NULL = GET */
  gchar *url;
  GMutex lock;
  GCond answered;
  gboolean done;
  guint status; /* of HTTP; 0 = none came */
  SeedanceAnswer *answer;
  gchar *reason;
} Question;

static void
on_done (const SeedanceHttpAnswer *http, gpointer user_data)
{
  Question *question = user_data;
  const SeedanceOrder *order = question->order;
  const SeedanceAnswerSource source = { question->url, order->key,
    seedance_provider_get_answers (order->provider) };

  g_mutex_lock (&question->lock);
  if (http->outcome == SEEDANCE_HTTP_ANSWERED)
    question->status = http->status;
  question->answer = seedance_answer_parse (
      (const gchar *) http->body->data, http->body->len, &source);
  question->reason = g_strdup (http->reason);
  question->done = TRUE;
  g_cond_signal (&question->answered);
  g_mutex_unlock (&question->lock);
}

static void
start (gpointer user_data)
{
  static const SeedanceHttpHandler handler = { .done = on_done };
  Question *question = user_data;
  const SeedanceHttpRequest request = { .url = question->url,
    .method = question->method,
    .key = question->order->key,
    .alone = TRUE };

  seedance_http_start (&question->order->http, &request, &handler, question);
}

static Question *
ask (const SeedanceOrder *order, const gchar *method, const gchar *path)
{
  Question *question = g_new0 (Question, 1);

  question->order = order;
  question->method = method;
  question->url = seedance_order_url (order, path);
  g_mutex_init (&question->lock);
  g_cond_init (&question->answered);
  seedance_net_invoke (start, question);
  g_mutex_lock (&question->lock);
  while (!question->done)
    g_cond_wait (&question->answered, &question->lock);
  g_mutex_unlock (&question->lock);

  return question;
}

static void
question_free (Question *question)
{
  g_mutex_clear (&question->lock);
  g_cond_clear (&question->answered);
  seedance_answer_free (question->answer);
  g_free (question->url);
  g_free (question->reason);
  g_free (question);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

/* "HTTP 409: "its words"" */
static gchar *
describe (const Question *question)
{
  const gchar *words = question->answer->error_message;

  if (question->status == 0)
    return g_strdup (question->reason ? question->reason : "no answer");

  return g_strdup_printf ("HTTP %u%s%s%s", question->status,
      words ? ": \"" : "", words ? words : "", words ? "\"" : "");
}

G_GNUC_PRINTF (2, 3)
static gboolean
refuse (GError **error, const gchar *format, ...)
{
  va_list args;
  g_autofree gchar *text = NULL;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_propagate_error (error,
      seedance_error_new (SEEDANCE_ERROR_FAILED, NULL,
          "%s Nothing was changed in the ledger, and nothing was ordered.",
          text));

  return FALSE;
}

static gboolean
is_good (const Question *question)
{
  return question->status / 100 == 2;
}

/* How the task is. FALSE when the service does not tell. */
static gboolean
ask_status (const SeedanceOrder *order, SeedanceStatus *status, GError **error)
{
  g_autofree gchar *path =
      seedance_provider_status_path (order->provider, order->task_id);
  g_autoptr (Question) question = ask (order, NULL, path);
  g_autofree gchar *said = describe (question);

  if (!is_good (question) || !question->answer->readable)
    return refuse (
        error, "The service does not tell how the task is (%s).", said);
  *status = question->answer->status;

  return TRUE;
}

static gboolean
check_queued (SeedanceStatus status, GError **error)
{
  if (status == SEEDANCE_STATUS_QUEUED)
    return TRUE;
  if (seedance_status_is_final (status))
    return refuse (error,
        "The task has ended (%s): there is nothing to cancel, and no request "
        "to cancel was sent.",
        seedance_status_to_string (status));

  return refuse (error,
      "The task is not queued any more (%s), and is billed. No request to "
      "cancel was sent; play it when it is done.",
      seedance_status_to_string (status));
}

static gboolean
send_cancel (const SeedanceOrder *order, GError **error)
{
  g_autofree gchar *path =
      seedance_provider_cancel_path (order->provider, order->task_id);
  g_autoptr (Question) question =
      ask (order, seedance_provider_cancel_method (order->provider), path);
  g_autofree gchar *said = describe (question);

  return is_good (question) ||
         refuse (error, "The service did not cancel the task (%s).", said);
}

/* The task ended without a clip: nothing holds up a new order. */
static gboolean
note (const SeedanceOrder *order, SeedanceRecord *record, GError **error)
{
  record->state = SEEDANCE_RECORD_FAILED;
  g_free (record->words);
  record->words = g_strdup ("cancelled");
  g_free (record->reason);
  record->reason = g_strdup ("It was cancelled on request.");

  return seedance_ledger_save (order->state_dir, record, error);
}

gboolean
seedance_cancel (
    const SeedanceOrder *order, SeedanceRecord *record, GError **error)
{
  SeedanceStatus status;

  if (!seedance_provider_cancel_method (order->provider))
    return refuse (error,
        "The provider %s has no request to cancel a task, as far as its "
        "profile knows.",
        order->provider->name);
  if (!seedance_http_ensure (error) || !ask_status (order, &status, error) ||
      !check_queued (status, error) || !send_cancel (order, error) ||
      !ask_status (order, &status, error))
    return FALSE;
  if (status != SEEDANCE_STATUS_CANCELLED)
    return refuse (error,
        "The service took the request to cancel the task, and says that it is "
        "%s now.",
        seedance_status_to_string (status));

  return note (order, record, error);
}
