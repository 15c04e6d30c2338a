/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drives a job on the network thread. Stages, timers and readers report events;
 * this file looks each one up in job-table.c and carries out the actions. Only
 * this file starts stages. */

#include "clip-private.h"

#include <string.h>

static void
quieten (SeedanceJob *job)
{
  seedance_net_remove_timer (job->timer);
  seedance_net_remove_timer (job->deadline);
  job->timer = job->deadline = 0;
  if (job->transfer)
    seedance_http_cancel (job->transfer);
  job->transfer = NULL;
  g_clear_pointer (&job->download, seedance_download_free);
}

/* Returns @text, with a hint added if the service may have refused the poll
 * because the task was ordered with another key. Free with g_free(). */
static gchar *
explain_key (SeedanceJob *job, const GError *error, const gchar *text)
{
  gboolean is_refusal = error->code == SEEDANCE_ERROR_NOT_AUTHORIZED ||
                        error->code == SEEDANCE_ERROR_NOT_FOUND;

  if (!is_refusal || !seedance_job_has_foreign_task (job))
    return g_strdup (text);

  return g_strdup_printf ("%s The clip was ordered with another API key and is "
                          "not stored yet: set that key to fetch it.",
      text);
}

/* Ends the job: stops its requests and timers, and gives the readers the error,
 * with the task's id and without the key. */
static void
fail (SeedanceJob *job)
{
  g_autoptr (GError) error = g_steal_pointer (&job->failure);
  const SeedanceErrorDetails *old = seedance_error_get_details (error);
  gchar *id = job->state.task_id;
  g_autofree gchar *explained = explain_key (job, error, error->message);
  g_autofree gchar *text = seedance_job_hide_key (job, explained);
  g_autofree gchar *code = NULL, *request_id = NULL;
  SeedanceErrorDetails details = { 0 };

  quieten (job);
  JOB_INFO (job, "failed: %s", error->message);
  if (old) {
    details = *old;
    code = seedance_job_hide_key (job, old->service_code);
    request_id = seedance_job_hide_key (job, old->request_id);
    details.service_code = code;
    details.request_id = request_id;
  }
  if (!details.task_id)
    details.task_id = id;
  if (id && (job->state.unrecorded || !strstr (text, id))) {
    g_autofree gchar *quoted = g_shell_quote (id);
    gchar *named =
        job->state.unrecorded
            ? g_strdup_printf ("%s The task could not be noted in the state "
                               "folder: a later run needs task-id=%s.",
                  text, quoted)
            : g_strdup_printf ("%s (task %s)", text, id);

    g_free (text);
    text = named;
  }

  g_mutex_lock (&job->lock);
  job->error = seedance_error_new (error->code, &details, "%s", text);
  job->state.phase = SEEDANCE_PHASE_FAILED;
  seedance_job_changed_locked (job);
  g_mutex_unlock (&job->lock);
}

static void
put_away (SeedanceJob *job)
{
  JOB_INFO (job, "nobody wants it any more, it is put away");
  quieten (job);
  seedance_job_withdraw (job);
  seedance_job_record_id (job);
  seedance_net_remove_timer (job->notify_timer);
  seedance_net_remove_timer (job->tick);
  job->notify_timer = job->tick = 0;
}

/* Back to the state before the first wait. The next wait begins the job anew; a
 * reader that was started needs no wait and begins it at once. */
static void
rest (SeedanceJob *job)
{
  JOB_INFO (job, "nobody waits for it now");
  g_mutex_lock (&job->lock);
  job->begun = FALSE;
  job->state.phase = SEEDANCE_PHASE_IDLE;
  if (seedance_job_is_started_locked (job))
    seedance_job_begin_locked (job);
  seedance_job_changed_locked (job);
  g_mutex_unlock (&job->lock);
}

static void
wait_for_timer (SeedanceJob *job)
{
  seedance_job_wait (job, job->delay);
}

static void
claim_now (SeedanceJob *job)
{
  seedance_job_adopt_order (job);
  if (job->failures == 0)
    return;
  job->failures = 0;
  seedance_job_wait (job, 0);
}

static void
fetch_anew (SeedanceJob *job)
{
  seedance_job_adopt_order (job);
  seedance_download_renew (job->download);
}

static void
act (SeedanceAction action, gpointer user_data)
{
  static void (*const funcs[SEEDANCE_N_ACTIONS]) (SeedanceJob * job) = {
    [SEEDANCE_ACTION_BEGIN] = seedance_claim_begin,
    [SEEDANCE_ACTION_CLAIM] = seedance_claim_start,
    [SEEDANCE_ACTION_ORDER] = seedance_submit_start,
    [SEEDANCE_ACTION_TAKE_BACK] = seedance_submit_take_back,
    [SEEDANCE_ACTION_WITHDRAW] = seedance_job_withdraw,
    [SEEDANCE_ACTION_NOTE] = seedance_job_save_record,
    [SEEDANCE_ACTION_LOOK] = seedance_look_start,
    [SEEDANCE_ACTION_WAIT] = wait_for_timer,
    [SEEDANCE_ACTION_CHECK] = seedance_stored_check,
    [SEEDANCE_ACTION_ATTACH] = seedance_poll_attach,
    [SEEDANCE_ACTION_AWAIT] = seedance_poll_await,
    [SEEDANCE_ACTION_LIMIT] = seedance_poll_limit,
    [SEEDANCE_ACTION_ASK] = seedance_poll_ask,
    [SEEDANCE_ACTION_OPEN] = seedance_fetch_open,
    [SEEDANCE_ACTION_FETCH] = seedance_fetch_start,
    [SEEDANCE_ACTION_GO_ON] = seedance_fetch_go_on,
    [SEEDANCE_ACTION_STORE] = seedance_fetch_store,
    [SEEDANCE_ACTION_PLAY] = seedance_stored_play,
    [SEEDANCE_ACTION_END] = seedance_fetch_end,
    [SEEDANCE_ACTION_FAIL] = fail,
    [SEEDANCE_ACTION_REST] = rest,
    [SEEDANCE_ACTION_ADOPT] = seedance_job_adopt_order,
    [SEEDANCE_ACTION_CLAIM_NOW] = claim_now,
    [SEEDANCE_ACTION_ASK_NOW] = seedance_poll_ask_now,
    [SEEDANCE_ACTION_ASK_ANEW] = seedance_poll_ask_anew,
    [SEEDANCE_ACTION_FETCH_ANEW] = fetch_anew,
    [SEEDANCE_ACTION_PUT_AWAY] = put_away,
  };

  funcs[action](user_data);
}

static void
feed (SeedanceJob *job, SeedanceEvent event)
{
  const SeedanceTransition *transition = seedance_table_find (job->step, event);

  if (!transition)
    return;
  JOB_DETAIL (job, "%s, %s: %s", seedance_step_get_word (job->step)->name,
      seedance_event_get_word (event)->name,
      seedance_step_get_word (transition->to)->name);
  seedance_table_follow (transition, &job->step, act, job);
}

/* Puts the job away if it has no readers and nothing is under way. */
static void
settle (SeedanceJob *job)
{
  if (!seedance_job_has_readers (job))
    feed (job, SEEDANCE_EVENT_LEFT);
  if (seedance_registry_leave_if_idle (job)) {
    feed (job, SEEDANCE_EVENT_UNUSED);
    seedance_job_unref (job);
  }
}

/* A job without readers still finishes a POST, a ledger call, or the storing of
 * a complete clip. Returns TRUE if the event may have ended the last of these,
 * so that the job has to be put away now. */
static gboolean
may_be_alone (SeedanceEvent event, SeedanceStep from, SeedanceStep to)
{
  if (event == SEEDANCE_EVENT_NOTED || event == SEEDANCE_EVENT_WITHDRAWN)
    return TRUE;

  return from != to &&
         (from == SEEDANCE_STEP_CLAIMING || from == SEEDANCE_STEP_ORDERING ||
             from == SEEDANCE_STEP_LOOKING || from == SEEDANCE_STEP_STORING ||
             to == SEEDANCE_STEP_FAILED);
}

static void
handle (SeedanceJob *job, SeedanceEvent event)
{
  const SeedanceStep from = job->step;

  seedance_job_ref (job);
  feed (job, event);
  if (may_be_alone (event, from, job->step))
    settle (job);
  seedance_job_unref (job);
}

SeedanceJob *
seedance_job_make (const gchar *key, SeedanceOrder *order)
{
  return seedance_job_new (key, order, handle);
}

void
seedance_job_begin (gpointer data)
{
  SeedanceJob *job = data;

  seedance_job_report (job, seedance_job_wanted (job)
                                ? SEEDANCE_EVENT_WANTED
                                : SEEDANCE_EVENT_UNWANTED);
  seedance_job_unref (job);
}

void
seedance_job_begin_locked (SeedanceJob *job)
{
  if (job->begun)
    return;
  job->begun = TRUE;
  seedance_net_invoke (seedance_job_begin, seedance_job_ref (job));
}

/* Returns TRUE if all readers have left since the last call. */
static gboolean
take_left (SeedanceJob *job)
{
  gboolean left;

  g_mutex_lock (&job->lock);
  left = job->left;
  job->left = FALSE;
  g_mutex_unlock (&job->lock);

  return left;
}

/* Runs after a reader has left. If all readers left but one has joined since,
 * the application has probably restarted the element because a request was
 * stuck. So REJOINED has the requests sent again, except for an order that was
 * sent. */
void
seedance_job_settle (gpointer data)
{
  SeedanceJob *job = data;
  gboolean left = take_left (job);

  settle (job);
  if (left && seedance_job_has_readers (job))
    seedance_job_report (job, SEEDANCE_EVENT_REJOINED);
  seedance_job_unref (job);
}
