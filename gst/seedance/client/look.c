/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks for the task of an order in doubt, which is an order whose answer was
 * lost. The service is asked for its list of tasks, and the ledger decides
 * which of them the order has made. If none is found, the order stays in doubt.
 * Nothing in this file can order anything. */

#include "job-private.h"

#include "lost.h"

/* How often the list is asked for: a service may list a new task late. */
#define LOOKS_MAX 5
/* Allowed difference between the service's clock and ours, in seconds. */
#define SKEW 30
/* In seconds: an order may still become a task so long after its answer was
 * lost; and so long after its row was created, if the program died before it
 * could note the loss. */
#define LATE 60
#define LATEST SEEDANCE_ANSWER_MAX
/* How many task ids an error names. */
#define SHOWN_MAX 10

/* Reports the error that put the order in doubt, with @more behind its text. */
static void
stay_in_doubt (SeedanceJob *job, const gchar *more)
{
  GError *old = job->failure;

  JOB_INFO (job, "the order stays in doubt: %s", more);
  job->failure = NULL;
  seedance_job_report_error (job, SEEDANCE_EVENT_DOUBT,
      seedance_error_new (old->code, seedance_error_get_details (old), "%s %s",
          old->message, more));
  g_error_free (old);
}

/* The service asks for a longer wait than generation-timeout allows. */
static void
wait_in_vain (SeedanceJob *job, gint64 seconds, const gchar *more)
{
  g_autofree gchar *text = g_strdup_printf (
      "%s It asks for a wait of %" G_GINT64_FORMAT
      " s, and generation-timeout is %u s; run the same again later to look "
      "for the task once more.",
      more, seconds, job->order->generation_timeout);

  stay_in_doubt (job, text);
}

/* @status and @retry_after are those of the list's answer, 0 and -1 without
 * one. */
static void
look_again (
    SeedanceJob *job, guint status, gint64 retry_after, const gchar *more)
{
  guint64 wait;

  if (job->looks >= LOOKS_MAX) {
    stay_in_doubt (job, more);
    return;
  }
  wait =
      seedance_backoff (job->order->poll_interval, job->looks - 1, retry_after);
  if (retry_after > 0 && wait >= seedance_job_time_left (job)) {
    wait_in_vain (job, retry_after, more);
    return;
  }
  JOB_INFO (job, "looks again later: %s", more);
  seedance_job_tell_wait (job, retry_after, status,
      "The task of the order is looked for after it; nothing is ordered "
      "meanwhile.");
  seedance_job_report_later (job, wait);
}

static void
found (SeedanceJob *job)
{
  SeedanceRecord *record = job->record;
  g_autofree gchar *text = g_strdup_printf (
      "The answer to the order was lost. The service lists one task of that "
      "time and these settings that nobody else has ordered: %s is taken for "
      "it, and nothing is ordered again.",
      record->task_id);

  g_clear_error (&job->failure);
  record->seed = job->order->request->seed;
  seedance_job_set_task_id (job, record->task_id, record->seed);
  seedance_job_warn (job, text);
  seedance_job_report (job, SEEDANCE_EVENT_TASK);
}

static gchar *
describe_several (gchar **ids, guint n)
{
  g_autofree gchar *shown = NULL;

  if (g_strv_length (ids) > SHOWN_MAX) {
    g_free (ids[SHOWN_MAX]);
    ids[SHOWN_MAX] = NULL;
  }
  shown = g_strjoinv (", ", ids);

  return g_strdup_printf ("The service lists more than one task that it can "
                          "be, or another order of that time is in doubt, too "
                          "(%u): %s.",
      n, shown);
}

/* What was found in the list, and what the ledger decides about it on the
 * folder's thread. */
typedef struct {
  SeedanceJob *job;
  gchar *dir;
  SeedanceRecord *asked, *record; /* before and after the decision */
  GStrv ids;
  gint64 from, to;
  guint status;
  gint64 retry_after;
  guint n;
  GError *error;
} Choice;

static void
choice_free (Choice *choice)
{
  seedance_job_unref (choice->job);
  g_free (choice->dir);
  seedance_record_free (choice->asked);
  seedance_record_free (choice->record);
  g_strfreev (choice->ids);
  g_clear_error (&choice->error);
  g_free (choice);
}

/* Begins anew each time: the ledger calls it again when its commit fails. */
static void
choose_call (gpointer data)
{
  Choice *choice = data;

  g_clear_error (&choice->error);
  seedance_record_free (choice->record);
  choice->record = seedance_record_copy (choice->asked);
  choice->n = seedance_ledger_take_lost (choice->dir, choice->record,
      (const gchar *const *) choice->ids, choice->from, choice->to,
      &choice->error);
}

static void
on_chosen (gpointer data)
{
  Choice *choice = data;
  SeedanceJob *job = choice->job;
  g_autofree gchar *several = NULL;

  seedance_job_end_call (job);
  if (choice->n == 1) {
    seedance_record_free (job->record);
    job->record = g_steal_pointer (&choice->record);
    found (job);
  } else if (choice->n > 1) {
    several = describe_several (choice->ids, choice->n);
    look_again (job, choice->status, choice->retry_after, several);
  } else {
    look_again (job, choice->status, choice->retry_after,
        choice->error ? choice->error->message
                      : "The service lists no task that it can be, so most "
                        "likely nothing was accepted.");
  }
  choice_free (choice);
}

static void
tell_chosen (gpointer data)
{
  seedance_net_invoke_last (on_chosen, data);
}

/* Returns TRUE if @ids is empty, or the same as at the last look. A single task
 * at the first look may belong to another program, while ours is listed later:
 * only a list that was seen twice counts. */
static gboolean
is_as_before (SeedanceJob *job, GStrv ids)
{
  g_autofree gchar *joined = g_strjoinv (" ", ids);
  const gboolean same = !*ids || g_strcmp0 (joined, job->listed) == 0;

  g_free (job->listed);
  job->listed = g_steal_pointer (&joined);

  return same;
}

static void
judge_list (SeedanceJob *job, const SeedanceHttpAnswer *http)
{
  const SeedanceOrder *order = job->order;
  const SeedanceRecord *record = job->record;
  const gint64 from = record->created - SKEW;
  const gint64 to = record->state == SEEDANCE_RECORD_AMBIGUOUS
                        ? record->updated + LATE
                        : record->created + LATEST;
  GStrv ids = seedance_provider_find_lost (order->provider, order->base_url,
      order->request, (const gchar *) http->body->data, http->body->len, from,
      to);
  Choice *choice;

  if (ids && !is_as_before (job, ids)) {
    g_strfreev (ids);
    look_again (job, http->status, http->retry_after,
        "Its list of tasks, which may tell, was another one each time.");
    return;
  }
  if (!ids) {
    seedance_job_log_answer (job, http);
    look_again (job, http->status, http->retry_after,
        "Its list of tasks, which may tell, is not whole or cannot be read.");
    return;
  }
  choice = g_new0 (Choice, 1);
  choice->job = seedance_job_ref (job);
  choice->dir = g_strdup (seedance_job_dir (job));
  choice->asked = seedance_record_copy (record);
  choice->ids = ids;
  choice->from = from;
  choice->to = to;
  choice->status = http->status;
  choice->retry_after = http->retry_after;
  seedance_job_begin_call (job, choose_call, tell_chosen, choice);
}

static void
on_list_done (const SeedanceHttpAnswer *http, gpointer user_data)
{
  SeedanceJob *job = user_data;
  g_autofree gchar *text = NULL;

  job->transfer = NULL;
  if (http->outcome == SEEDANCE_HTTP_ANSWERED && http->status / 100 == 2) {
    judge_list (job, http);
    return;
  }
  text = http->outcome == SEEDANCE_HTTP_ANSWERED
             ? g_strdup_printf ("Its list of tasks, which may tell, was not to "
                                "be had (HTTP %u).",
                   http->status)
             : g_strdup_printf ("Its list of tasks, which may tell, was not to "
                                "be had (%s).",
                   http->reason);
  look_again (job, http->status,
      http->outcome == SEEDANCE_HTTP_ANSWERED ? http->retry_after : -1, text);
}

/* The list is asked for only with the key of the order, because the key of
 * another account would list other tasks. */
static gboolean
may_look (SeedanceJob *job)
{
  const SeedanceOrder *order = job->order;
  const SeedanceRecord *record = job->record;

  return record && seedance_record_is_in_doubt (record) && !order->key_error &&
         g_strcmp0 (record->key_hash, order->key_hash) == 0 &&
         seedance_provider_list_path (order->provider) != NULL;
}

void
seedance_look_start (SeedanceJob *job)
{
  static const SeedanceHttpHandler handler = { .done = on_list_done };
  const SeedanceOrder *order;
  g_autofree gchar *url = NULL;
  SeedanceHttpRequest request = { .alone = TRUE };

  seedance_job_adopt_order (job);
  order = job->order;
  request.key = order->key;
  if (!may_look (job)) {
    seedance_job_report (job, SEEDANCE_EVENT_DOUBT);
    return;
  }
  url =
      seedance_order_url (order, seedance_provider_list_path (order->provider));
  request.url = url;
  if (job->looks++ == 0)
    seedance_job_warn (job,
        "Nobody knows whether the order was accepted: its task is looked for "
        "in the service's list. Nothing is ordered meanwhile.");
  JOB_INFO (job, "looks for its task in the service's list, %u", job->looks);
  seedance_job_count (job, &job->state.polls);
  seedance_job_tell_wait (job, 0, 0, NULL);
  job->transfer = seedance_http_start (&order->http, &request, &handler, job);
}
