/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends the order. This is the only stage that spends money, and it runs only
 * if claim.c has written the ledger row of this order. A task id is recorded
 * before anything else happens, and an order that may have been accepted is not
 * sent again (but see post.h for services that recognize a repeated order). */

#include "job-private.h"

#include <string.h>

#include "post.h"
#include "url.h"

#define BACKOFF_FIRST_MS 500

static void
accepted (SeedanceJob *job, const SeedanceAnswer *answer)
{
  const SeedanceOrder *order = job->order;

  JOB_INFO (job, "accepted as task %s", answer->task_id);
  job->claimed = FALSE;
  g_free (job->record->task_id);
  job->record->task_id = g_strdup (answer->task_id);
  job->record->state = SEEDANCE_RECORD_SUBMITTED;
  job->record->seed = order->request->seed;
  seedance_job_set_task_id (job, answer->task_id, order->request->seed);
  seedance_job_set_unrecorded (job, TRUE);
  seedance_job_report (job, SEEDANCE_EVENT_ACCEPTED);
}

/* Nobody knows whether the order was accepted. Takes over @error. */
static void
maybe_accepted (SeedanceJob *job, GError *error)
{
  GError *noted;

  JOB_INFO (job, "may have been accepted: it is noted and not sent again");
  job->claimed = FALSE;
  job->record->state = SEEDANCE_RECORD_AMBIGUOUS;
  /* look.c needs this: the task may have been made at any time until now. */
  job->record->updated = g_get_real_time () / G_USEC_PER_SEC;
  g_free (job->record->reason);
  job->record->reason = seedance_job_hide_key (job, error->message);
  noted = seedance_error_new (error->code, seedance_error_get_details (error),
      "%s The order is noted as record %s.", error->message, job->record->name);
  g_error_free (error);
  seedance_job_report_error (job, SEEDANCE_EVENT_DOUBT, noted);
}

/* The service asks for a longer wait than generation-timeout allows. The job
 * fails with @error when the rest of that, @ms, is over. Takes over @error. */
static void
wait_in_vain (SeedanceJob *job, guint64 ms, gint64 seconds, GError *error)
{
  GError *busy =
      seedance_error_new (error->code, seedance_error_get_details (error),
          "%s It asked for a wait of %" G_GINT64_FORMAT
          " s, and generation-timeout is %u s.",
          error->message, seconds, job->order->generation_timeout);

  g_error_free (error);
  job->delay = ms;
  seedance_job_report_error (job, SEEDANCE_EVENT_TOO_LATE, busy);
}

/* The order was surely not accepted. Takes over @error, which is reported if no
 * try is left. What follows is for the reader that joined while the order was
 * in flight, if there is one. */
static void
submit_again_later (
    SeedanceJob *job, const SeedanceHttpAnswer *http, GError *error)
{
  gint retries;
  guint64 wait, left;

  seedance_job_adopt_order (job);
  retries = job->order->retries;
  left = seedance_job_time_left (job);
  if (retries >= 0 && job->failures >= (guint) retries) {
    seedance_job_report_error (job, SEEDANCE_EVENT_REFUSED, error);
    return;
  }
  seedance_job_note_retry (job, http);
  wait =
      seedance_backoff (BACKOFF_FIRST_MS, job->failures++, http->retry_after);
  seedance_job_tell_wait (job, http->retry_after, http->status,
      "Nothing was ordered so far; the order goes out after it.");
  if (http->retry_after > 0 && wait >= left) {
    wait_in_vain (job, left, http->retry_after, error);
    return;
  }
  JOB_INFO (job,
      "surely not accepted (%s); sent again in %" G_GUINT64_FORMAT
      " ms, failure %u",
      error->message, wait, job->failures);
  g_error_free (error);
  seedance_job_report_later (job, wait);
}

static void
judge_submit (SeedanceJob *job, const SeedanceHttpAnswer *http)
{
  g_autoptr (SeedanceAnswer) answer = NULL;
  GError *error = NULL;

  switch (seedance_post_judge (job->order, http, &answer, &error)) {
    case SEEDANCE_VERDICT_OK:
      accepted (job, answer);
      break;
    case SEEDANCE_VERDICT_WAIT:
      submit_again_later (job, http, error);
      break;
    case SEEDANCE_VERDICT_REFUSED:
      seedance_job_report_error (job, SEEDANCE_EVENT_REFUSED, error);
      break;
    case SEEDANCE_VERDICT_AMBIGUOUS:
    case SEEDANCE_VERDICT_LOST:
    case SEEDANCE_VERDICT_ENDED:
    case SEEDANCE_VERDICT_UNNAMED:
      seedance_job_log_answer (job, http);
      maybe_accepted (job, error);
      break;
  }
}

/* An answer may be complete although its connection broke. The task id in it
 * must not be lost, because the task is paid for; in an answer that is no
 * success it is only told. Returns FALSE if there is none. */
static gboolean
take_broken_answer (SeedanceJob *job, const SeedanceHttpAnswer *http)
{
  g_autoptr (SeedanceAnswer) answer = NULL;
  g_autoptr (GError) error = NULL;
  const SeedanceVerdict verdict =
      seedance_post_judge (job->order, http, &answer, &error);

  if (verdict == SEEDANCE_VERDICT_OK)
    accepted (job, answer);
  else if (verdict == SEEDANCE_VERDICT_AMBIGUOUS && answer->task_id)
    maybe_accepted (job, g_steal_pointer (&error));
  else
    return FALSE;

  return TRUE;
}

static void
set_post_in_flight (SeedanceJob *job, gboolean in_flight)
{
  g_mutex_lock (&job->lock);
  job->post_in_flight = in_flight;
  g_mutex_unlock (&job->lock);
}

static GError *
make_unreached (SeedanceJob *job, const SeedanceHttpAnswer *answer)
{
  const SeedanceErrorDetails details = { .retryable = TRUE };
  const SeedanceOrder *order = job->order;
  g_autofree gchar *asked = seedance_order_submit_url (order);
  g_autofree gchar *shown = seedance_url_redact (asked);

  return seedance_error_new (SEEDANCE_ERROR_OPEN_READ, &details,
      "The service could not be reached (%s): %s. Nothing was ordered and "
      "nothing is billed. Check base-url, the network and the proxy, then run "
      "the same again.",
      shown, answer->reason);
}

static GError *
make_lost (const SeedanceHttpAnswer *answer)
{
  const SeedanceErrorDetails details = { .http_status = answer->status };

  return seedance_error_new (SEEDANCE_ERROR_MAYBE_BILLED, &details,
      "The order went out, but its answer was lost (%s). A task may exist and "
      "may be billed, so it is not sent again. Look for it in the service's "
      "console: attach to it with task-id=…, or accept a second bill with "
      "reuse=never.",
      answer->reason);
}

static void
on_submit_done (const SeedanceHttpAnswer *answer, gpointer user_data)
{
  SeedanceJob *job = user_data;

  job->transfer = NULL;
  set_post_in_flight (job, FALSE);
  /* A refusal (4xx) counts even if the end of its body is missing. */
  if (answer->outcome == SEEDANCE_HTTP_ANSWERED || answer->status / 100 == 4)
    judge_submit (job, answer);
  else if (answer->outcome == SEEDANCE_HTTP_NOT_SENT)
    submit_again_later (job, answer, make_unreached (job, answer));
  else if (!take_broken_answer (job, answer))
    maybe_accepted (job, make_lost (answer));
}

void
seedance_submit_start (SeedanceJob *job)
{
  g_mutex_lock (&job->lock);
  job->state.posted = TRUE;
  g_mutex_unlock (&job->lock);
  /* The owners are asked once more, right before the order goes out. */
  if (!seedance_job_may_spend (job, NULL)) {
    seedance_job_report (job, SEEDANCE_EVENT_TAKEN_BACK);
    return;
  }
  JOB_INFO (job, "is sent");
  seedance_job_count (job, &job->state.submits);
  seedance_job_tell_wait (job, 0, 0, NULL);
  set_post_in_flight (job, TRUE);
  seedance_post_start (
      job->order, job->record->name, &job->transfer, on_submit_done, job);
}

void
seedance_submit_take_back (SeedanceJob *job)
{
  if (!job->post_in_flight || !seedance_http_cancel_unsent (job->transfer))
    return;
  job->transfer = NULL;
  set_post_in_flight (job, FALSE);
  seedance_job_report (job, SEEDANCE_EVENT_TAKEN_BACK);
}
