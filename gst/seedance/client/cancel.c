/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cancel request: poll, cancel if queued, poll again, note the result in
 * the ledger. Everything here blocks. */
#include "cancel.h"

#include "address.h"
#include "question.h"

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
is_good (const SeedanceQuestion *question)
{
  return question->status / 100 == 2;
}

/* Returns FALSE with an error if the service does not tell the task's
 * status. */
static gboolean
ask_status (const SeedanceOrder *order, SeedanceStatus *status, GError **error)
{
  g_autofree gchar *path =
      seedance_provider_status_path (order->provider, order->task_id);
  g_autoptr (SeedanceQuestion) question =
      seedance_question_ask (order, NULL, path, TRUE);

  if (!is_good (question) || !question->answer->readable ||
      seedance_answer_is_bare_error (question->answer))
    return refuse (error, "The service does not tell how the task is (%s).",
        question->told);
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
  g_autoptr (SeedanceQuestion) question = seedance_question_ask (
      order, seedance_provider_cancel_method (order->provider), path, TRUE);

  return is_good (question) ||
         refuse (error, "The service did not cancel the task (%s).",
             question->told);
}

/* FAILED means "ended without a clip". The ledger then allows a new order. */
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
      !check_queued (status, error) || !send_cancel (order, error))
    return FALSE;
  if (!ask_status (order, &status, error)) {
    g_prefix_error (error, "The service took the request to cancel the task. ");
    return FALSE;
  }
  if (status != SEEDANCE_STATUS_CANCELLED)
    return refuse (error,
        "The service took the request to cancel the task, and says that it is "
        "%s now.",
        seedance_status_to_string (status));

  return note (order, record, error);
}
