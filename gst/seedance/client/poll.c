/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Polls a task until the service gives a link to its clip. Nothing in this file
 * can order anything.
 *
 * A task id is "untested" if the user set it as task-id, and neither the ledger
 * nor the service has confirmed so far that there is such a task. */

#include "job-private.h"

#include "address.h"
#include "url.h"
#include "verdict.h"

/* So many answers in a row have to say that there is no such task, or that a
 * task has failed without surely speaking of it, before that is believed. */
#define LOST_MAX 3
#define UNNAMED_MAX 5
/* The longest wait, in milliseconds, before an untested id is polled again. */
#define UNTESTED_MS 500
/* How many answers may say that the clip is done but give no link. */
#define WITHOUT_URL_MAX 5
/* How many redirects a poll follows. */
#define MAX_HOPS 5

static void
poll_later (SeedanceJob *job, guint64 ms)
{
  JOB_INFO (job, "asks in %" G_GUINT64_FORMAT " ms", ms);
  seedance_job_report_later (job, ms);
}

/* Whether the service has made the clip, so that only a link to it is asked
 * for. */
static gboolean
is_done (SeedanceJob *job)
{
  return job->download || job->state.status == SEEDANCE_STATUS_SUCCEEDED;
}

/* Limits the polls that only refresh a link: the clip is done by then, so a
 * service that does not answer within `retries` polls is given up. Returns TRUE
 * if this has failed the job. */
static gboolean
refresh_failed (SeedanceJob *job)
{
  gint retries = job->order->retries;

  if (!job->download || retries < 0 || job->failures < (guint) retries)
    return FALSE;
  seedance_job_fail (job,
      seedance_error_because (
          g_error_new_literal (SEEDANCE_ERROR, SEEDANCE_ERROR_READ,
              "The link to the clip was refused, and the service could not be "
              "asked for another one. The task is paid for; run the same again "
              "later to fetch it without a second bill."),
          SEEDANCE_REASON_LINK));

  return TRUE;
}

static void
poll_again (SeedanceJob *job, const SeedanceHttpAnswer *http, const gchar *why)
{
  const gint64 retry_after =
      http->outcome == SEEDANCE_HTTP_ANSWERED ? http->retry_after : -1;

  g_free (job->poll_fault);
  job->poll_fault = g_strdup (why);
  JOB_INFO (job, "no answer of use: %s, failure %u", why, job->failures + 1);
  if (refresh_failed (job))
    return;
  seedance_job_tell_wait (job, retry_after, http->status,
      is_done (job) ? "The clip is done; a link to it is asked for after that."
                    : "The task goes on meanwhile, and is asked for after it.");
  seedance_job_note_retry (job, http);
  poll_later (job, seedance_backoff (job->order->poll_interval, job->failures++,
                       retry_after));
}

/* A fault that says nothing of the task ends a row of doubts. */
static void
poll_failed_for_now (
    SeedanceJob *job, const SeedanceHttpAnswer *http, const gchar *why)
{
  job->doubts = 0;
  poll_again (job, http, why);
}

static void
on_deadline (gpointer user_data)
{
  SeedanceJob *job = user_data;
  const gboolean done = is_done (job);
  const SeedanceErrorDetails details = { .retryable = TRUE,
    .reason = done ? SEEDANCE_REASON_LINK : SEEDANCE_REASON_DEADLINE };
  const gchar *fault = job->poll_fault;

  JOB_INFO (job, "its time is over");
  job->deadline = 0;
  seedance_job_record_id (job);
  seedance_job_report_error (job, SEEDANCE_EVENT_DEADLINE,
      seedance_error_new (SEEDANCE_ERROR_READ, &details,
          "%s generation-timeout (%u s). %s%s%s%s",
          done ? "The clip is done, but the service gave no link to it that "
                 "works within"
               : "The clip was not ready within",
          job->order->generation_timeout,
          done ? "The task is paid for; run the same again later to fetch the "
                 "clip without a second bill."
               : "The task is still running and still billed; run the same "
                 "again, or set task-id, to pick it up without a second bill.",
          fault ? " The last question for it failed: " : "", fault ? fault : "",
          fault ? "." : ""));
}

void
seedance_poll_limit (SeedanceJob *job)
{
  guint timeout = job->order->generation_timeout;

  JOB_DETAIL (job, "is given %u s (0: for ever)", timeout);
  seedance_net_remove_timer (job->deadline);
  job->deadline = timeout > 0 ? seedance_net_add_timer (
                                    (guint64) timeout * 1000, on_deadline, job)
                              : 0;
}

/* What is left of the clip in the state folder may be of use, so the order is
 * not given up. Takes over @error. */
static void
spoilt_task_ended (SeedanceJob *job, GError *error)
{
  g_autofree gchar *clip =
      seedance_ledger_clip_path (seedance_job_dir (job), job->record);

  seedance_job_fail (job,
      seedance_error_new (error->code, seedance_error_get_details (error),
          "The stored clip '%s', or its .part file, is damaged or cannot be "
          "read, and cannot be fetched again: %s The file is left as it is, "
          "and nothing was ordered. If a disk or a share fails, mend that and "
          "run the same again; if another run reads the clip now, wait for its "
          "end. To delete the file and order anew, which may be billed: "
          "seedance-tasks forget --yes %s.",
          clip, error->message, job->record->name));
  g_error_free (error);
}

/* Marks the record as FAILED, because a task without a clip must not block a
 * new order. Takes over @error. */
static void
task_ended (SeedanceJob *job, const SeedanceAnswer *answer, GError *error)
{
  if (job->spoilt) {
    spoilt_task_ended (job, error);
    return;
  }
  JOB_INFO (job, "the task ended without a clip");
  seedance_net_remove_timer (job->deadline);
  job->deadline = 0;
  seedance_job_confirm (job);
  seedance_job_note_words (job, answer);
  job->record->state = SEEDANCE_RECORD_FAILED;
  g_free (job->record->reason);
  job->record->reason = seedance_job_hide_key (job, error->message);
  g_mutex_lock (&job->lock);
  job->state.status = answer->status;
  g_mutex_unlock (&job->lock);
  seedance_job_report_error (job, SEEDANCE_EVENT_ENDED, error);
}

/* Removes the record of an untested id, which may be mistyped and stands for no
 * money. The ledger keeps the record if another process has learned more about
 * the task. */
static void
forget_untested (SeedanceJob *job)
{
  if (!job->untested)
    return;
  seedance_job_forget_record (job);
  job->untested = FALSE;
}

/* Some services give the link in a separate answer. Returns TRUE if that is
 * asked for now. */
static gboolean
ask_for_link (SeedanceJob *job, const SeedanceAnswer *answer)
{
  const SeedanceOrder *order = job->order;

  if (job->clip_question) {
    g_clear_pointer (&job->clip_question, g_free);
    return FALSE;
  }
  job->clip_question = seedance_provider_clip_question (
      order->provider, order->base_url, job->state.task_id, answer);
  if (!job->clip_question)
    return FALSE;
  seedance_poll_ask (job);

  return TRUE;
}

static void
task_succeeded (SeedanceJob *job, const SeedanceAnswer *answer)
{
  const SeedanceOrder *order = job->order;
  g_autofree gchar *url = seedance_provider_clip_url (
      order->provider, order->base_url, job->state.task_id, answer);

  if (!url && ask_for_link (job, answer))
    return;
  g_clear_pointer (&job->clip_question, g_free);
  if (!url) {
    /* Some services say "done" a little before they have a link. */
    JOB_INFO (job, "done, and no field of the answer holds a link");
    if (++job->without_url <= WITHOUT_URL_MAX)
      poll_later (job, seedance_jitter (job->order->poll_interval));
    else
      seedance_job_fail (job, seedance_verdict_linkless (answer));
    return;
  }
  seedance_net_remove_timer (job->deadline);
  job->deadline = 0;
  if (job->state.time_to_ready < 0) {
    g_mutex_lock (&job->lock);
    job->state.time_to_ready = seedance_job_age (job);
    g_mutex_unlock (&job->lock);
    seedance_job_note_time (job);
  }
  g_free (job->link);
  job->link = g_steal_pointer (&url);
  seedance_job_report (job, SEEDANCE_EVENT_LINK);
}

/* Tells the user at the first such answer what the service said, although the
 * next answers may differ. A 404 is told only of an untested id: right after an
 * order, parts of a service may not know the new task yet. */
static void
tell_doubt (SeedanceJob *job, guint status, guint max, const GError *error)
{
  g_autofree gchar *text = NULL;

  if (job->doubts > 1 || (status == 404 && !job->untested))
    return;
  text = g_strdup_printf (
      "%s It is asked %d times before this counts.", error->message, max);
  seedance_job_warn (job, text);
}

/* Fails the job because the service tells nothing of the task. That says
 * nothing about the clip if the task is of another key. Takes over @error. */
static void
task_refused (SeedanceJob *job, GError *error)
{
  if (job->spoilt && error->code == SEEDANCE_ERROR_NOT_FOUND &&
      !seedance_job_has_foreign_task (job))
    spoilt_task_ended (job, error);
  else
    seedance_job_fail (job, error);
}

/* The same. If the task is @unknown to the service, the record of an untested
 * id is removed, unless a file has its name; all other records stay. */
static void
task_lost (SeedanceJob *job, gboolean unknown, GError *error)
{
  if (unknown && !job->spoilt)
    forget_untested (job);
  task_refused (job, error);
}

/* Polls again, to see if the service stays with its answer. Takes over
 * @error. */
static void
ask_whether_so (
    SeedanceJob *job, const SeedanceHttpAnswer *http, guint max, GError *error)
{
  g_autofree gchar *why = g_strdup (error->message);

  tell_doubt (job, http->status, max, error);
  g_error_free (error);
  if (!job->untested) {
    poll_again (job, http, why);
    return;
  }
  seedance_job_note_retry (job, http);
  poll_later (job, MIN (job->order->poll_interval, UNTESTED_MS));
}

/* The answer is about our task. The phase of a job with an untested id is
 * SUBMITTING until then. */
static void
task_goes_on (SeedanceJob *job, const SeedanceAnswer *answer)
{
  job->failures = job->doubts = 0;
  seedance_job_confirm (job);
  seedance_job_note_key (job);
  seedance_job_record_id (job);
  g_clear_pointer (&job->poll_fault, g_free);
  if (job->state.phase == SEEDANCE_PHASE_SUBMITTING)
    seedance_job_set_phase (
        job, SEEDANCE_PHASE_GENERATING, SEEDANCE_STATUS_UNKNOWN);
  seedance_job_take_progress (job, answer);
  if (answer->status == SEEDANCE_STATUS_SUCCEEDED || job->download ||
      job->clip_question)
    task_succeeded (job, answer);
  else
    poll_later (job, seedance_job_next_question (job));
}

/* Such as: HTTP 503: "words of the service". g_free(). */
static gchar *
describe_fault (const SeedanceHttpAnswer *http, const SeedanceAnswer *answer)
{
  g_autofree gchar *what =
      http->status / 100 != 2 ? g_strdup_printf ("HTTP %u", http->status)
      : answer->readable      ? g_strdup ("the answer is an error")
                              : g_strdup ("the answer cannot be read");

  if (!answer->error_message)
    return g_steal_pointer (&what);

  return g_strdup_printf ("%s: \"%s\"", what, answer->error_message);
}

/* Polls again after a passing fault. Takes over @error. */
static void
poll_again_later (SeedanceJob *job, const SeedanceHttpAnswer *http,
    const SeedanceAnswer *answer, GError *error)
{
  g_autofree gchar *why = describe_fault (http, answer);

  if (http->status / 100 == 2)
    seedance_job_log_answer (job, http);
  g_error_free (error);
  poll_failed_for_now (job, http, why);
}

static SeedanceVerdict
judge (SeedanceJob *job, const SeedanceHttpAnswer *http,
    const SeedanceAnswer *answer, GError **error)
{
  const SeedanceReply reply = { .status = http->status,
    .answer = answer,
    .empty = http->body->len == 0,
    .request_id = http->request_id,
    .location = http->location,
    .encoding = http->content_encoding,
    .address = job->poll_url,
    .task_id = job->state.task_id,
    .named = job->order->task_id != NULL,
    .failed = job->clip_question && seedance_provider_tells_failure (
                                        job->order->provider, http->status) };

  return seedance_judge_poll (&reply, error);
}

/* The answer says that there is no such task (LOST), or that a task has failed,
 * but without its name or with an odd code (UNNAMED). Enough LOST answers in a
 * row fail the job. Enough UNNAMED answers also end the task in the ledger,
 * unless its id was never confirmed or its clip was done before (a link is
 * refreshed). Takes over @error. */
static void
doubt_task (SeedanceJob *job, const SeedanceHttpAnswer *http,
    const SeedanceAnswer *answer, SeedanceVerdict verdict, GError *error)
{
  gboolean unnamed = verdict == SEEDANCE_VERDICT_UNNAMED;
  guint max = unnamed ? UNNAMED_MAX : LOST_MAX;

  if (job->doubted != verdict)
    job->doubts = 0;
  job->doubted = verdict;
  if (++job->doubts < max)
    ask_whether_so (job, http, max, error);
  else if (unnamed && !job->untested && !job->unconfirmed && !job->download)
    task_ended (job, answer, error);
  else
    task_lost (job, unnamed || error->code == SEEDANCE_ERROR_NOT_FOUND, error);
}

static void
judge_poll (SeedanceJob *job, const SeedanceHttpAnswer *http)
{
  const SeedanceAnswerSource source = { job->poll_url, job->order->key,
    seedance_provider_get_answers (job->order->provider) };
  g_autoptr (SeedanceAnswer) answer = seedance_answer_parse (
      (const gchar *) http->body->data, http->body->len, &source);
  GError *error = NULL;
  SeedanceVerdict verdict = judge (job, http, answer, &error);

  switch (verdict) {
    case SEEDANCE_VERDICT_OK:
      task_goes_on (job, answer);
      break;
    case SEEDANCE_VERDICT_WAIT:
      poll_again_later (job, http, answer, error);
      break;
    case SEEDANCE_VERDICT_ENDED:
      task_ended (job, answer, error);
      break;
    case SEEDANCE_VERDICT_LOST:
    case SEEDANCE_VERDICT_UNNAMED:
      doubt_task (job, http, answer, verdict, error);
      break;
    default:
      task_refused (job, error);
  }
}

static gchar *
describe_unreached (SeedanceJob *job, const SeedanceHttpAnswer *http)
{
  g_autofree gchar *shown = seedance_url_redact (job->poll_url);

  return g_strdup_printf (
      "The service could not be reached (%s): %s.", shown, http->reason);
}

/* Fails the job and removes the record of the untested id. That loses nothing:
 * the user knows the id and can set it again. */
static void
give_up_untested (SeedanceJob *job, const gchar *what)
{
  const SeedanceErrorDetails details = { .retryable = TRUE };

  forget_untested (job);
  seedance_job_fail (job,
      seedance_error_new (SEEDANCE_ERROR_OPEN_READ, &details,
          "%s Nothing was ordered, and the task itself is not affected. Check "
          "base-url, the network and the proxy, then run the same again.",
          what));
}

static void
poll_untested_again (
    SeedanceJob *job, const SeedanceHttpAnswer *http, const gchar *what)
{
  const gint retries = job->order->retries;

  if (retries >= 0 && job->failures >= (guint) retries) {
    give_up_untested (job, what);
    return;
  }
  job->failures++;
  job->doubts = 0;
  seedance_job_note_retry (job, http);
  poll_later (job, MIN (job->order->poll_interval, UNTESTED_MS));
}

/* No byte of the poll went out. */
static void
poll_unreached (SeedanceJob *job, const SeedanceHttpAnswer *http)
{
  g_autofree gchar *what = describe_unreached (job, http);

  if (!job->unreached && !job->download) {
    g_autofree gchar *text =
        g_strdup_printf ("%s The task goes on and is asked for again.", what);

    job->unreached = TRUE;
    seedance_job_warn (job, text);
  }
  if (job->untested)
    poll_untested_again (job, http, what);
  else
    poll_failed_for_now (job, http, http->reason);
}

static gboolean
follow_poll (SeedanceJob *job, const gchar *location)
{
  g_autofree gchar *url = seedance_url_resolve (job->poll_url, location);

  if (!url || ++job->hops > MAX_HOPS ||
      !seedance_url_check (url, job->order->allow_insecure, NULL) ||
      seedance_url_reach (url) < seedance_order_nearest (job->order))
    return FALSE;
  g_free (job->poll_url);
  job->poll_url = g_steal_pointer (&url);

  return TRUE;
}

static void poll_send (SeedanceJob *job);

static void
on_poll_done (const SeedanceHttpAnswer *answer, gpointer user_data)
{
  SeedanceJob *job = user_data;

  job->transfer = NULL;
  if (seedance_url_same_origin (job->poll_url, job->order->base_url))
    seedance_order_meet (job->order, answer);
  job->alone |= answer->outcome == SEEDANCE_HTTP_BROKEN;
  if (answer->outcome == SEEDANCE_HTTP_NOT_SENT)
    poll_unreached (job, answer);
  else if (answer->outcome != SEEDANCE_HTTP_ANSWERED)
    poll_failed_for_now (job, answer, answer->reason);
  else if (answer->status / 100 == 3 && answer->location &&
           follow_poll (job, answer->location))
    poll_send (job);
  else
    judge_poll (job, answer);
}

static void
poll_send (SeedanceJob *job)
{
  static const SeedanceHttpHandler handler = { .done = on_poll_done };
  const SeedanceOrder *order = job->order;
  SeedanceHttpRequest request = {
    .url = job->poll_url, .secret = order->key, .alone = job->alone
  };

  if (seedance_url_same_origin (job->poll_url, order->base_url))
    request.key = order->key;
  else
    request.nearest = seedance_order_nearest (order);
  seedance_job_tell_wait (job, 0, 0, NULL);
  job->transfer = seedance_http_start (&order->http, &request, &handler, job);
}

void
seedance_poll_ask (SeedanceJob *job)
{
  g_autofree gchar *path =
      seedance_provider_status_path (job->order->provider, job->state.task_id);

  job->hops = 0;
  g_free (job->poll_url);
  job->poll_url = job->clip_question ? g_strdup (job->clip_question)
                                     : seedance_order_url (job->order, path);
  seedance_job_count (job, &job->state.polls);
  poll_send (job);
}

/* Begins to wait for the clip, for the reader that joined while the order was
 * in flight, if there is one. The phase becomes GENERATING only when the task
 * is certain to exist. */
static void
begin (SeedanceJob *job)
{
  seedance_job_adopt_order (job);
  g_clear_pointer (&job->clip_question, g_free);
  seedance_poll_limit (job);
  if (!job->untested)
    seedance_job_set_phase (
        job, SEEDANCE_PHASE_GENERATING, SEEDANCE_STATUS_UNKNOWN);
}

static void
wait_for (SeedanceJob *job, guint64 ms)
{
  JOB_INFO (job, "asks in %" G_GUINT64_FORMAT " ms", ms);
  seedance_job_wait (job, ms);
}

void
seedance_poll_attach (SeedanceJob *job)
{
  begin (job);
  wait_for (job, 0);
}

void
seedance_poll_await (SeedanceJob *job)
{
  begin (job);
  wait_for (job, seedance_job_next_question (job));
}

void
seedance_poll_ask_now (SeedanceJob *job)
{
  seedance_job_adopt_order (job);
  seedance_poll_limit (job);
  if (job->failures == 0)
    return;
  job->failures = 0;
  seedance_job_wait (job, 0);
}

void
seedance_poll_ask_anew (SeedanceJob *job)
{
  seedance_job_adopt_order (job);
  seedance_poll_limit (job);
  seedance_http_cancel (job->transfer);
  job->alone = TRUE;
  seedance_poll_ask (job);
}
