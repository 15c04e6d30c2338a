/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The half of a job that runs on the network thread: claim a record, submit,
 * poll, download. Every path that could order looks at the ledger first, and
 * every answer that tells an id is durable before anything else happens. */

#include "job-private.h"

#include <string.h>

#include "url.h"

#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS 60000
#define CLAIM_INTERVAL_MS 250
#define NOT_FOUND_MAX 3
#define WITHOUT_URL_MAX 5
#define MAX_HOPS 5
#define STATE_MAX_SIZE (G_GUINT64_CONSTANT (2) << 30)

static void claim_again (gpointer user_data);
static void poll_now (gpointer user_data);

/* --- life --------------------------------------------------------------- */

SeedanceJob *
seedance_job_new (const gchar *key, SeedanceOrder *order)
{
  SeedanceJob *job = g_new0 (SeedanceJob, 1);

  g_atomic_ref_count_init (&job->refs);
  job->key = g_strdup (key);
  job->order = seedance_order_ref (order);
  g_mutex_init (&job->lock);
  g_cond_init (&job->cond);
  job->readers = g_ptr_array_new ();
  job->state.serial = 1;
  job->state.progress = -1;
  job->state.seed = -1;
  job->state.time_to_id = job->state.time_to_ready = -1;
  job->state.time_to_first_byte = -1;
  job->state.download.size = -1;

  return job;
}

SeedanceJob *
seedance_job_ref (SeedanceJob *job)
{
  g_atomic_ref_count_inc (&job->refs);

  return job;
}

void
seedance_job_unref (gpointer data)
{
  SeedanceJob *job = data;

  if (!g_atomic_ref_count_dec (&job->refs))
    return;
  seedance_spool_free (job->spool);
  seedance_job_state_clear (&job->state);
  seedance_record_free (job->record);
  seedance_order_unref (job->order);
  g_clear_error (&job->error);
  g_ptr_array_unref (job->readers);
  g_mutex_clear (&job->lock);
  g_cond_clear (&job->cond);
  g_free (job->name);
  g_free (job->poll_url);
  g_free (job->last_unknown_word);
  g_free (job->key);
  g_free (job);
}

static const gchar *
job_dir (SeedanceJob *job)
{
  return job->order->state_dir;
}

static void
job_set_timer (SeedanceJob *job, guint64 ms, SeedanceNetFunc func)
{
  seedance_net_remove_timer (job->timer);
  job->timer = seedance_net_add_timer (ms, func, job);
}

static void
job_quieten (SeedanceJob *job)
{
  seedance_net_remove_timer (job->timer);
  seedance_net_remove_timer (job->deadline);
  job->timer = job->deadline = 0;
  if (job->transfer)
    seedance_http_cancel (job->transfer);
  job->transfer = NULL;
  g_clear_pointer (&job->download, seedance_download_free);
}

/* Takes back a record for which surely nothing was accepted. */
static void
withdraw (SeedanceJob *job)
{
  if (!job->claimed)
    return;
  seedance_ledger_remove (job_dir (job), job->name, job->record);
  g_clear_pointer (&job->record, seedance_record_free);
  job->claimed = FALSE;
}

void
seedance_job_stop (SeedanceJob *job)
{
  job_quieten (job);
  withdraw (job);
}

static void
job_set_phase (SeedanceJob *job, SeedancePhase phase, SeedanceStatus status)
{
  g_mutex_lock (&job->lock);
  job->state.phase = phase;
  job->state.status = status;
  seedance_job_changed_locked (job);
  g_mutex_unlock (&job->lock);
}

static gint64
job_age (SeedanceJob *job)
{
  return (g_get_monotonic_time () - job->start) * 1000;
}

/* Takes over @error, adds the task id, and wakes everybody with it. */
static void
job_fail (SeedanceJob *job, GError *error)
{
  const SeedanceErrorDetails *old = seedance_error_get_details (error);
  SeedanceErrorDetails details = { 0 };
  const gchar *id = job->state.task_id;

  job_quieten (job);
  if (old)
    details = *old;
  if (id && !details.task_id)
    details.task_id = (gchar *) id;

  g_mutex_lock (&job->lock);
  job->error = id ? seedance_error_new (error->code, &details,
          "%s (task %s)", error->message, id)
      : g_error_copy (error);
  job->state.phase = SEEDANCE_PHASE_FAILED;
  seedance_job_changed_locked (job);
  g_mutex_unlock (&job->lock);
  g_error_free (error);
}

static void
job_warn (SeedanceJob *job, const gchar *text)
{
  g_mutex_lock (&job->lock);
  g_free (job->state.warning);
  job->state.warning = g_strdup (text);
  seedance_job_changed_locked (job);
  g_mutex_unlock (&job->lock);
}

/* What is known of a paid task must not be lost for want of a disk: the run
 * goes on, and the user is told the id. */
static void
save_record (SeedanceJob *job)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;

  if (!job->record || seedance_ledger_save (job_dir (job), job->name,
          job->record, &error))
    return;
  text = g_strdup_printf ("%s Until that is mended a later run cannot know "
      "that this clip was ordered: note its task id, %s.", error->message,
      job->record->task_id ? job->record->task_id : "which is not known yet");
  job_warn (job, text);
}

static guint64
with_jitter (guint64 ms)
{
  guint32 spread = (guint32) MIN (ms / 10, G_MAXINT32 - 1);

  return ms + (guint64) g_random_int_range (0, (gint32) spread + 1);
}

static guint64
backoff (guint64 first, guint failures, gint64 retry_after)
{
  guint64 wait = first << MIN (failures, 8);

  wait = MIN (wait, BACKOFF_MAX_MS);
  if (retry_after > 0)
    wait = MAX (wait, (guint64) MIN (retry_after, 3600) * 1000);

  return with_jitter (wait);
}

static void
count (SeedanceJob *job, guint *counter)
{
  g_mutex_lock (&job->lock);
  (*counter)++;
  g_mutex_unlock (&job->lock);
}

/* --- download ----------------------------------------------------------- */

static gpointer
prune_thread (gpointer dir)
{
  const gchar *text = g_getenv ("SEEDANCE_STATE_MAX_SIZE");
  guint64 max = text ? g_ascii_strtoull (text, NULL, 10) : 0;

  seedance_ledger_prune (dir, max > 0 ? max : STATE_MAX_SIZE);
  g_free (dir);

  return NULL;
}

/* Once per process and apart from the network thread: it reads every record
 * of the folder. */
static void
prune_once (SeedanceJob *job)
{
  static gint pruned = 0;

  if (g_atomic_int_compare_and_exchange (&pruned, 0, 1))
    g_thread_unref (g_thread_new ("seedance-prune", prune_thread,
        g_strdup (job_dir (job))));
}

static void
on_download_changed (gpointer user_data)
{
  SeedanceJob *job = user_data;

  g_mutex_lock (&job->lock);
  seedance_job_changed_locked (job);
  g_mutex_unlock (&job->lock);
}

static void
on_download_refresh (gpointer user_data)
{
  SeedanceJob *job = user_data;

  job->refreshing = TRUE;
  poll_now (job);
}

static void
on_download_done (GError *error, gpointer user_data)
{
  SeedanceJob *job = user_data;
  g_autoptr (GError) problem = NULL;

  g_clear_pointer (&job->download, seedance_download_free);
  if (error) {
    job_fail (job, error);
    return;
  }
  if (seedance_spool_commit (job->spool, &problem)) {
    job->record->state = SEEDANCE_RECORD_READY;
    job->record->size = job->state.download.size;
    save_record (job);
    prune_once (job);
  } else {
    job_warn (job, problem->message);
  }
  job_set_phase (job, SEEDANCE_PHASE_READY, SEEDANCE_STATUS_SUCCEEDED);
}

static gboolean
check_clip_url (SeedanceJob *job, const gchar *url, GError **error)
{
  const SeedanceOrder *order = job->order;

  if (!seedance_url_check (url, order->allow_insecure, error)) {
    g_prefix_error (error, "The service gave a link that no request may go "
        "to: ");
    return FALSE;
  }
  if (seedance_url_is_local (url) && !seedance_url_is_local (order->base_url)) {
    g_set_error_literal (error, SEEDANCE_ERROR, SEEDANCE_ERROR_READ,
        "The service gave a link into this machine or its own network; no "
        "request was sent there. Show the task id to the service.");
    return FALSE;
  }

  return TRUE;
}

static gboolean
make_spool (SeedanceJob *job, GError **error)
{
  g_autofree gchar *path =
      seedance_ledger_clip_path (job_dir (job), job->record);
  SeedanceSpool *spool =
      seedance_spool_create (path, &job->lock, &job->cond, error);

  g_mutex_lock (&job->lock);
  job->spool = spool;
  g_mutex_unlock (&job->lock);

  return spool != NULL;
}

static void
download (SeedanceJob *job, const gchar *url)
{
  static const SeedanceDownloadHandler handler = {
    on_download_changed, on_download_refresh, on_download_done
  };
  GError *error = NULL;

  if (!check_clip_url (job, url, &error)
      || (!job->download && !make_spool (job, &error))) {
    job_fail (job, error);
    return;
  }
  if (job->download) {
    job->refreshing = FALSE;
    seedance_download_set_url (job->download, url);
    return;
  }
  job_set_phase (job, SEEDANCE_PHASE_DOWNLOADING, SEEDANCE_STATUS_SUCCEEDED);
  job->download = seedance_download_start (job->order, job->spool,
      &job->lock, &job->state.download, &job->consumed, url, &handler, job);
}

/* --- poll --------------------------------------------------------------- */

static void
poll_later (SeedanceJob *job, guint64 ms)
{
  job_set_timer (job, ms, poll_now);
}

static void
poll_failed_for_now (SeedanceJob *job, gint64 retry_after)
{
  count (job, &job->state.retries);
  poll_later (job, backoff (job->order->poll_interval, job->failures++,
      retry_after));
}

static void
on_deadline (gpointer user_data)
{
  SeedanceJob *job = user_data;
  SeedanceErrorDetails details = { .retryable = TRUE };

  job->deadline = 0;
  job_fail (job, seedance_error_new (SEEDANCE_ERROR_READ, &details,
      "The clip was not ready within generation-timeout (%u s). The task is "
      "still running and still billed; run the same again, or set task-id, to "
      "pick it up without a second bill.", job->order->generation_timeout));
}

/* The task is over without a clip: the record must not hold up a new order. */
static void
task_ended (SeedanceJob *job, const SeedanceAnswer *answer, GError *error)
{
  job->record->state = SEEDANCE_RECORD_FAILED;
  g_free (job->record->reason);
  job->record->reason = g_strdup (error->message);
  save_record (job);
  g_mutex_lock (&job->lock);
  job->state.status = answer->status;
  g_mutex_unlock (&job->lock);
  job_fail (job, error);
}

static void
take_progress (SeedanceJob *job, const SeedanceAnswer *answer)
{
  g_mutex_lock (&job->lock);
  if (answer->status != SEEDANCE_STATUS_UNKNOWN)
    job->state.status = answer->status;
  else if (answer->status_word && g_strcmp0 (answer->status_word,
          job->last_unknown_word) != 0) {
    g_free (job->last_unknown_word);
    job->last_unknown_word = g_strdup (answer->status_word);
    g_free (job->state.status_word);
    job->state.status_word = g_strdup (answer->status_word);
  }
  job->state.progress = answer->progress;
  if (answer->seed >= 0)
    job->state.seed = job->record->seed = answer->seed;
  seedance_job_changed_locked (job);
  g_mutex_unlock (&job->lock);
}

static void
task_succeeded (SeedanceJob *job, const SeedanceAnswer *answer)
{
  GError *error = NULL;

  if (!answer->video_url) {
    /* Some services say that they are done before they have a link. */
    if (++job->without_url <= WITHOUT_URL_MAX) {
      poll_later (job, with_jitter (job->order->poll_interval));
      return;
    }
    g_set_error_literal (&error, SEEDANCE_ERROR, SEEDANCE_ERROR_NOT_FOUND,
        "The service says that the clip is done but gives no link to it. The "
        "task is paid for; run the same again later, or show its id to the "
        "service.");
    job_fail (job, error);
    return;
  }
  seedance_net_remove_timer (job->deadline);
  job->deadline = 0;
  if (job->state.time_to_ready < 0) {
    g_mutex_lock (&job->lock);
    job->state.time_to_ready = job_age (job);
    g_mutex_unlock (&job->lock);
    if (job->state.posted)
      job->record->generation_ms =
          (job->state.time_to_ready - job->state.time_to_id) / 1000000;
  }
  download (job, answer->video_url);
}

static void
judge_poll (SeedanceJob *job, const SeedanceHttpAnswer *http)
{
  g_autoptr (SeedanceAnswer) answer = seedance_answer_parse (
      (const gchar *) http->body->data, http->body->len, NULL);
  GError *error = NULL;
  SeedanceVerdict verdict = seedance_judge_poll (http->status, answer,
      job->state.task_id, http->request_id, &error);

  if (verdict == SEEDANCE_VERDICT_OK) {
    job->failures = job->not_found = 0;
    take_progress (job, answer);
    if (answer->status == SEEDANCE_STATUS_SUCCEEDED)
      task_succeeded (job, answer);
    else
      poll_later (job, with_jitter (job->order->poll_interval));
    return;
  }
  if (http->status == 404 && ++job->not_found < NOT_FOUND_MAX)
    verdict = SEEDANCE_VERDICT_WAIT;
  else if (http->status != 404)
    job->not_found = 0;

  if (verdict == SEEDANCE_VERDICT_WAIT) {
    g_clear_error (&error);
    poll_failed_for_now (job, http->retry_after);
  } else if (http->status / 100 == 2 && answer
      && seedance_status_is_final (answer->status)) {
    task_ended (job, answer, error);
  } else {
    job_fail (job, error);
  }
}

static gboolean
follow_poll (SeedanceJob *job, const gchar *location)
{
  g_autofree gchar *url = seedance_url_resolve (job->poll_url, location);

  if (!url || ++job->hops > MAX_HOPS
      || !seedance_url_check (url, job->order->allow_insecure, NULL)
      || (seedance_url_is_local (url)
          && !seedance_url_is_local (job->order->base_url)))
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
  if (answer->outcome != SEEDANCE_HTTP_ANSWERED)
    poll_failed_for_now (job, -1);
  else if (answer->status / 100 == 3 && answer->location
      && follow_poll (job, answer->location))
    poll_send (job);
  else
    judge_poll (job, answer);
}

static void
poll_send (SeedanceJob *job)
{
  static const SeedanceHttpHandler handler = { .done = on_poll_done };
  const SeedanceOrder *order = job->order;
  SeedanceHttpRequest request = { .url = job->poll_url };

  if (seedance_url_same_origin (job->poll_url, order->base_url))
    request.key = order->key;
  job->transfer = seedance_http_start (&order->http, &request, &handler, job);
}

static void
poll_now (gpointer user_data)
{
  SeedanceJob *job = user_data;
  g_autofree gchar *path =
      job->order->provider->status_path (job->state.task_id);

  job->timer = 0;
  job->hops = 0;
  g_free (job->poll_url);
  job->poll_url = seedance_order_url (job->order, path);
  count (job, &job->state.polls);
  poll_send (job);
}

/* The id is known and durable: now wait for the clip. */
static void
generate (SeedanceJob *job, guint64 first_poll_ms)
{
  guint timeout = job->order->generation_timeout;

  if (timeout > 0)
    job->deadline = seedance_net_add_timer ((guint64) timeout * 1000,
        on_deadline, job);
  job_set_phase (job, SEEDANCE_PHASE_GENERATING, SEEDANCE_STATUS_UNKNOWN);
  poll_later (job, first_poll_ms);
}

/* --- submit ------------------------------------------------------------- */

static void
set_task_id (SeedanceJob *job, const gchar *id, gint64 seed)
{
  g_mutex_lock (&job->lock);
  g_free (job->state.task_id);
  job->state.task_id = g_strdup (id);
  job->state.time_to_id = job_age (job);
  job->state.seed = seed;
  g_mutex_unlock (&job->lock);
}

static void
accepted (SeedanceJob *job, const SeedanceAnswer *answer)
{
  const SeedanceOrder *order = job->order;
  g_autofree gchar *alias = NULL;

  job->claimed = FALSE;
  g_free (job->record->task_id);
  job->record->task_id = g_strdup (answer->task_id);
  job->record->state = SEEDANCE_RECORD_SUBMITTED;
  job->record->seed = order->request->seed;
  set_task_id (job, answer->task_id, order->request->seed);
  save_record (job);
  alias = seedance_ledger_name_for_task (order->provider->name,
      order->base_url, answer->task_id);
  seedance_ledger_point (job_dir (job), alias, job->name);

  generate (job, with_jitter (order->poll_interval));
}

/* Takes over @error. */
static void
maybe_accepted (SeedanceJob *job, GError *error)
{
  g_autofree gchar *path = seedance_ledger_path (job_dir (job), job->name);

  job->claimed = FALSE;
  job->record->state = SEEDANCE_RECORD_AMBIGUOUS;
  g_free (job->record->reason);
  job->record->reason = g_strdup (error->message);
  save_record (job);
  job_fail (job, seedance_error_new (error->code,
      seedance_error_get_details (error), "%s The order is noted in '%s'.",
      error->message, path));
  g_error_free (error);
}

static void
surely_not_accepted (SeedanceJob *job, GError *error)
{
  withdraw (job);
  job_fail (job, error);
}

/* Takes over @error, which is told when there is no try left. */
static void
submit_again_later (SeedanceJob *job, gint64 retry_after, GError *error)
{
  gint retries = job->order->retries;

  if (retries >= 0 && job->failures >= (guint) retries) {
    surely_not_accepted (job, error);
    return;
  }
  g_error_free (error);
  /* A crash during the wait must not leave a record that says "maybe". */
  withdraw (job);
  count (job, &job->state.retries);
  job_set_timer (job, backoff (BACKOFF_FIRST_MS, job->failures++,
      retry_after), claim_again);
}

static void
judge_submit (SeedanceJob *job, const SeedanceHttpAnswer *http)
{
  g_autoptr (SeedanceAnswer) answer = seedance_answer_parse (
      (const gchar *) http->body->data, http->body->len, NULL);
  GError *error = NULL;

  switch (seedance_judge_submit (http->status, answer, http->request_id,
          &error)) {
    case SEEDANCE_VERDICT_OK:
      accepted (job, answer);
      break;
    case SEEDANCE_VERDICT_WAIT:
      submit_again_later (job, http->retry_after, error);
      break;
    case SEEDANCE_VERDICT_REFUSED:
      surely_not_accepted (job, error);
      break;
    case SEEDANCE_VERDICT_AMBIGUOUS:
      maybe_accepted (job, error);
      break;
  }
}

static void
set_post_in_flight (SeedanceJob *job, gboolean in_flight)
{
  g_mutex_lock (&job->lock);
  job->post_in_flight = in_flight;
  g_mutex_unlock (&job->lock);
}

static void
on_submit_done (const SeedanceHttpAnswer *answer, gpointer user_data)
{
  SeedanceJob *job = user_data;
  SeedanceErrorDetails details = { .http_status = answer->status };

  job->transfer = NULL;
  set_post_in_flight (job, FALSE);
  if (answer->outcome == SEEDANCE_HTTP_ANSWERED) {
    judge_submit (job, answer);
  } else if (answer->outcome == SEEDANCE_HTTP_NOT_SENT) {
    details.retryable = TRUE;
    submit_again_later (job, -1, seedance_error_new (SEEDANCE_ERROR_OPEN_READ,
        &details, "The service could not be reached: %s. Nothing was ordered "
        "and nothing is billed. Check base-url, the network and the proxy, "
        "then run the same again.", answer->reason));
  } else {
    maybe_accepted (job, seedance_error_new (SEEDANCE_ERROR_MAYBE_BILLED,
        &details, "The order went out, but its answer was lost (%s). A task "
        "may exist and may be billed, so it is not sent again. Look for it in "
        "the service's console: attach to it with task-id=…, or accept a "
        "second bill with reuse=never.", answer->reason));
  }
  /* Whoever ordered may be gone by now. */
  seedance_job_settle (job);
}

/* Back to where nobody has waited for the job yet. */
static void
go_idle (SeedanceJob *job)
{
  g_mutex_lock (&job->lock);
  job->begun = FALSE;
  job->state.phase = SEEDANCE_PHASE_IDLE;
  seedance_job_changed_locked (job);
  g_mutex_unlock (&job->lock);
}

static void
submit (SeedanceJob *job)
{
  static const SeedanceHttpHandler handler = { .done = on_submit_done };
  const SeedanceOrder *order = job->order;
  g_autofree gchar *url = NULL, *body = NULL;

  /* The last moment at which a stop costs nothing. */
  if (!seedance_job_wanted (job)) {
    withdraw (job);
    go_idle (job);
    return;
  }
  url = seedance_order_url (order,
      order->provider->submit_path (order->request));
  body = order->provider->submit_body (order->request);
  count (job, &job->state.submits);
  set_post_in_flight (job, TRUE);
  job->transfer = seedance_http_start (&order->http,
      &(SeedanceHttpRequest) { .url = url, .key = order->key, .json = body },
      &handler, job);
}

/* --- claim -------------------------------------------------------------- */

static void claim (SeedanceJob *job);

static void
set_name (SeedanceJob *job, const gchar *name)
{
  g_mutex_lock (&job->lock);
  g_free (job->name);
  job->name = g_strdup (name);
  g_mutex_unlock (&job->lock);
}

/* Whether the record is ours to order with: *@exists when another stands
 * there, else all is lost. */
static gboolean
create_record (SeedanceJob *job, gboolean *exists)
{
  const SeedanceOrder *order = job->order;
  GError *error = NULL;

  job->record = seedance_record_new (order->provider->name, order->base_url,
      order->request->prompt);
  job->claimed = seedance_ledger_create (job_dir (job), job->name,
      job->record, exists, &error);
  if (!job->claimed)
    g_clear_pointer (&job->record, seedance_record_free);
  if (error)
    job_fail (job, error);

  return job->claimed;
}

static void
order_anew (SeedanceJob *job)
{
  const SeedanceOrder *order = job->order;
  gboolean exists;

  if (!create_record (job, &exists) && exists) {
    if (order->reuse == SEEDANCE_REUSE_NEVER) {
      g_autofree gchar *unique = g_uuid_string_random ();
      g_autofree gchar *name =
          g_strdup_printf ("%s.%s", order->fingerprint, unique);

      set_name (job, name);
      create_record (job, &exists);
    } else {
      /* Somebody was faster: look at what there is now. */
      claim (job);
      return;
    }
  }
  if (!job->claimed)
    return;
  g_mutex_lock (&job->lock);
  job->state.posted = TRUE;
  g_mutex_unlock (&job->lock);
  submit (job);
}

/* Orders in the place of a record whose clip was seen, or never came. Who
 * creates the successor leads the head to it; everybody else follows. */
static void
succeed (SeedanceJob *job)
{
  const gchar *head = job->order->fingerprint;
  g_autoptr (SeedanceRecord) old = g_steal_pointer (&job->record);
  g_autofree gchar *old_name = g_strdup (job->name);
  g_autofree gchar *name = seedance_ledger_successor (head, old);
  gboolean exists;

  set_name (job, name);
  if (!create_record (job, &exists)) {
    if (exists) {
      /* The winner may not have come to it yet, or have died before. */
      seedance_ledger_point (job_dir (job), head, name);
      claim (job);
    }
    return;
  }
  seedance_ledger_point (job_dir (job), head, name);
  if (!g_str_equal (old_name, head))
    seedance_ledger_remove (job_dir (job), old_name, old);
  g_mutex_lock (&job->lock);
  job->state.posted = TRUE;
  g_mutex_unlock (&job->lock);
  submit (job);
}

static void
use_stored (SeedanceJob *job, SeedanceSpool *spool)
{
  g_mutex_lock (&job->lock);
  job->spool = spool;
  job->state.time_to_ready = job_age (job);
  g_mutex_unlock (&job->lock);
  job_set_phase (job, SEEDANCE_PHASE_READY, SEEDANCE_STATUS_SUCCEEDED);
}

/* Goes on with a task that was paid for before. */
static void
attach (SeedanceJob *job)
{
  SeedanceRecord *record = job->record;

  set_task_id (job, record->task_id, record->seed);
  if (record->state == SEEDANCE_RECORD_READY
      || record->state == SEEDANCE_RECORD_PLAYED) {
    g_autofree gchar *path = seedance_ledger_clip_path (job_dir (job), record);
    SeedanceSpool *spool = seedance_spool_open (path, record->size,
        &job->lock, &job->cond);

    if (spool && seedance_download_check_stored (spool, &job->lock,
            &job->state.download)) {
      use_stored (job, spool);
      return;
    }
    seedance_spool_free (spool);
    memset (&job->state.download, 0, sizeof job->state.download);
    job->state.download.size = -1;
  }
  generate (job, 0);
}

static void
refuse_ambiguous (SeedanceJob *job)
{
  g_autofree gchar *path = seedance_ledger_path (job_dir (job), job->name);
  SeedanceRecord *record = job->record;

  if (record->state == SEEDANCE_RECORD_SUBMITTING) {
    record->state = SEEDANCE_RECORD_AMBIGUOUS;
    record->reason = g_strdup ("the process that ordered ended before it came");
    save_record (job);
  }
  job_fail (job, seedance_error_new (SEEDANCE_ERROR_MAYBE_BILLED, NULL,
      "The same order went out before and its answer was lost%s%s. A task may "
      "exist and may be billed, so nothing was sent now. Look for it in the "
      "service's console: attach to it with task-id=…, or accept a second "
      "bill with reuse=never or by removing '%s'.",
      record->reason ? ": " : "", record->reason ? record->reason : "", path));
}

static void
claim_again (gpointer user_data)
{
  SeedanceJob *job = user_data;

  job->timer = 0;
  claim (job);
}

/* Somebody else's POST is under way: its id is awaited, or its end. */
static void
await_owner (SeedanceJob *job)
{
  if (seedance_record_owner_lives (job->record)) {
    g_clear_pointer (&job->record, seedance_record_free);
    job_set_timer (job, CLAIM_INTERVAL_MS, claim_again);
  } else {
    refuse_ambiguous (job);
  }
}

static gboolean
is_spent (SeedanceJob *job)
{
  const SeedanceOrder *order = job->order;

  if (order->task_id)
    return FALSE;
  if (job->record->state == SEEDANCE_RECORD_FAILED)
    return TRUE;

  return job->record->state == SEEDANCE_RECORD_PLAYED
      && order->reuse == SEEDANCE_REUSE_PENDING
      && g_strcmp0 (order->own_record, job->name) != 0;
}

static void
claim_record (SeedanceJob *job)
{
  switch (job->record->state) {
    case SEEDANCE_RECORD_SUBMITTING:
      await_owner (job);
      return;
    case SEEDANCE_RECORD_AMBIGUOUS:
      refuse_ambiguous (job);
      return;
    default:
      break;
  }
  if (is_spent (job))
    succeed (job);
  else
    attach (job);
}

/* An id given by the user also answers what a lost answer left open. */
static void
resolve_ambiguous (SeedanceJob *job, const gchar *alias)
{
  const SeedanceOrder *order = job->order;
  g_autofree gchar *name = g_strdup (order->fingerprint);
  g_autoptr (SeedanceRecord) record = NULL;

  if (!name)
    return;
  record = seedance_ledger_load (job_dir (job), &name, NULL);
  if (!record || (record->state != SEEDANCE_RECORD_AMBIGUOUS
          && record->state != SEEDANCE_RECORD_SUBMITTING)
      || (record->state == SEEDANCE_RECORD_SUBMITTING
          && seedance_record_owner_lives (record)))
    return;
  record->state = SEEDANCE_RECORD_SUBMITTED;
  record->task_id = g_strdup (order->task_id);
  if (seedance_ledger_save (job_dir (job), name, record, NULL))
    seedance_ledger_point (job_dir (job), alias, name);
}

static void
claim_task (SeedanceJob *job)
{
  const SeedanceOrder *order = job->order;
  gboolean exists;
  GError *error = NULL;

  job->record = seedance_record_new (order->provider->name, order->base_url,
      order->request->prompt);
  job->record->state = SEEDANCE_RECORD_SUBMITTED;
  job->record->task_id = g_strdup (order->task_id);
  if (!seedance_ledger_create (job_dir (job), job->name, job->record, &exists,
          &error) && !exists) {
    job_fail (job, error);
    return;
  }
  attach (job);
}

static void
claim (SeedanceJob *job)
{
  const SeedanceOrder *order = job->order;
  g_autofree gchar *name = seedance_order_record_name (order);
  SeedanceRecord *record = NULL;
  GError *error = NULL;

  if (order->task_id)
    resolve_ambiguous (job, name);
  if (order->task_id || order->reuse != SEEDANCE_REUSE_NEVER)
    record = seedance_ledger_load (job_dir (job), &name, &error);
  set_name (job, name);
  job->record = record;

  if (error)
    job_fail (job, error);
  else if (record)
    claim_record (job);
  else if (order->task_id)
    claim_task (job);
  else
    order_anew (job);
}

static void
begin (SeedanceJob *job)
{
  GError *error = NULL;

  if (!seedance_job_wanted (job)) {
    go_idle (job);
    return;
  }
  g_mutex_lock (&job->lock);
  job->start = g_get_monotonic_time ();
  g_mutex_unlock (&job->lock);
  job_set_phase (job, SEEDANCE_PHASE_SUBMITTING, SEEDANCE_STATUS_UNKNOWN);
  if (seedance_ledger_prepare (job_dir (job), &error))
    claim (job);
  else
    job_fail (job, error);
}

void
seedance_job_begin (gpointer data)
{
  SeedanceJob *job = data;

  begin (job);
  seedance_job_unref (job);
}

void
seedance_job_record_played (gpointer data)
{
  SeedanceJob *job = data;

  if (job->record && job->record->state == SEEDANCE_RECORD_READY) {
    job->record->state = SEEDANCE_RECORD_PLAYED;
    save_record (job);
  }
  seedance_job_unref (job);
}
