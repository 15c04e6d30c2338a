/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stages that bring the clip: check the link, open the file, download, and
 * make the clip durable. After each clip old ones may be deleted ("pruned"), to
 * keep the state folder within its size. */

#include "job-private.h"

#include "url.h"

/* Seconds; the user is not told of a shorter wait. */
#define LONG_WAIT 30

/* What this process has pruned of a folder. */
typedef struct {
  SeedancePrune what; /* of the next prune */
  guint64 filled;     /* bytes of clips since the last one */
  gint running;       /* atomic; TRUE while a prune runs */
} Pruned;

typedef struct {
  Pruned *pruned;
  gchar *dir;
  guint64 max;
  SeedancePrune what;
} Prune;

static void
prune_give_up (Prune *prune)
{
  g_atomic_int_set (&prune->pruned->running, FALSE);
  g_free (prune->dir);
  g_free (prune);
}

static gpointer
prune_thread (gpointer data)
{
  Prune *prune = data;

  seedance_ledger_prune (prune->dir, prune->max, prune->what);
  prune_give_up (prune);

  return NULL;
}

/* Network thread only. An entry for each folder stays until the process
 * ends. */
static Pruned *
get_pruned (const gchar *dir)
{
  static GHashTable *folders;
  Pruned *pruned;

  if (!folders)
    folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  pruned = g_hash_table_lookup (folders, dir);
  if (!pruned) {
    pruned = g_new (Pruned, 1);
    *pruned = (Pruned){ .what = SEEDANCE_PRUNE_PLAYED };
    g_hash_table_insert (folders, g_strdup (dir), pruned);
  }

  return pruned;
}

/* Prunes with the first clip that this process adds to a folder, and again
 * whenever new clips have filled a sixteenth of the allowed size; not more
 * often, because a prune reads every record of the folder. The first prune may
 * delete any played clip. Later ones leave alone what was used in the last
 * week, as long as an order leads to it, because a long-running process may
 * replay its clips in any order. Runs on a thread of its own. */
static void
prune_when_due (SeedanceJob *job)
{
  Pruned *pruned = get_pruned (seedance_job_dir (job));
  guint64 max = job->order->state_max_size;
  GThread *thread;
  Prune *prune;

  pruned->filled += (guint64) MAX (job->record->size, 0);
  if ((pruned->what == SEEDANCE_PRUNE_UNUSED && pruned->filled < max / 16) ||
      !g_atomic_int_compare_and_exchange (&pruned->running, FALSE, TRUE))
    return;
  prune = g_new (Prune, 1);
  *prune =
      (Prune){ pruned, g_strdup (seedance_job_dir (job)), max, pruned->what };
  pruned->what = SEEDANCE_PRUNE_UNUSED;
  pruned->filled = 0;
  thread = g_thread_try_new ("seedance-prune", prune_thread, prune, NULL);
  /* If no thread can be started, a later clip tries again. */
  if (thread)
    g_thread_unref (thread);
  else
    prune_give_up (prune);
}

static void
on_download_changed (gpointer user_data)
{
  SeedanceJob *job = user_data;

  g_mutex_lock (&job->lock);
  seedance_job_changed_locked (job);
  g_mutex_unlock (&job->lock);
}

/* The service has refused the link @nth times without sending a byte between
 * (0: perhaps it refused only the second connection). After the first refusal
 * the link has probably expired: ask for another one at once. After further
 * refusals the clip is probably not served yet: ask later. */
static void
on_download_refresh (guint nth, gpointer user_data)
{
  SeedanceJob *job = user_data;

  JOB_INFO (job, "asks for a better link");
  job->failures = job->without_url = 0;
  g_clear_pointer (&job->clip_question, g_free);
  if (nth < 2)
    seedance_job_report (job, SEEDANCE_EVENT_EXPIRED);
  else
    seedance_job_report_later (
        job, seedance_backoff (job->order->poll_interval, nth - 2, -1));
}

static gboolean
was_played (SeedanceJob *job)
{
  gboolean played;

  g_mutex_lock (&job->lock);
  played = job->played;
  g_mutex_unlock (&job->lock);

  return played;
}

typedef struct {
  SeedanceJob *job;
  GError *error; /* NULL = the clip is durable */
  gboolean lost; /* not all bytes are on disk: unreadable later */
} Stored;

/* A PLAYED clip that was pruned and fetched again stays PLAYED. */
static void
note_stored (SeedanceJob *job)
{
  if (job->record->state != SEEDANCE_RECORD_PLAYED)
    job->record->state = SEEDANCE_RECORD_READY;
  job->record->size = job->state.download.size;
}

static void
on_stored (gpointer user_data)
{
  Stored *stored = user_data;
  SeedanceJob *job = stored->job;

  JOB_INFO (job, "clip stored: %s",
      stored->error ? stored->error->message : "whole and durable");
  if (stored->lost) {
    seedance_job_fail (job, g_steal_pointer (&stored->error));
  } else if (stored->error) {
    seedance_job_warn (job, stored->error->message);
    seedance_job_report (job, SEEDANCE_EVENT_KEPT);
  } else {
    note_stored (job);
    seedance_job_report (job, SEEDANCE_EVENT_STORED);
  }
  seedance_job_unref (job);
  g_clear_error (&stored->error);
  g_free (stored);
}

/* On the thread of the state folder. */
static void
on_committed (const GError *error, gboolean lost, gpointer user_data)
{
  Stored *stored = g_new0 (Stored, 1);

  stored->job = user_data;
  stored->error = error ? g_error_copy (error) : NULL;
  stored->lost = lost;
  seedance_net_invoke_last (on_stored, stored);
}

static void
on_download_done (GError *error, gpointer user_data)
{
  SeedanceJob *job = user_data;

  g_clear_pointer (&job->download, seedance_download_free);
  if (error)
    seedance_job_fail (job, error);
  else
    seedance_job_report (job, SEEDANCE_EVENT_WHOLE);
}

static void
on_download_waits (
    gint64 asked, gint64 seconds, guint status, gpointer user_data)
{
  g_autofree gchar *text = NULL;

  if (seconds < LONG_WAIT)
    return;
  text = g_strdup_printf ("The service asks for a wait of %" G_GINT64_FORMAT
                          " s before it sends the clip (HTTP %u). It is asked "
                          "again after %" G_GINT64_FORMAT " s.",
      asked, status, seconds);
  seedance_job_warn (user_data, text);
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
  if (seedance_url_reach (url) < seedance_order_nearest (order)) {
    g_set_error_literal (error, SEEDANCE_ERROR, SEEDANCE_ERROR_READ,
        "The service gave a link into this machine or a private network; no "
        "request was sent there. The clip is paid for: show the task id to the "
        "service, or set allow-local-links=true if its clips are to be there, "
        "and run the same again.");
    return FALSE;
  }

  return TRUE;
}

/* Returns FALSE and fails the job if no request may be sent to the link that
 * the service gave. */
static gboolean
take_link (SeedanceJob *job)
{
  GError *error = NULL;

  JOB_INFO (job, "clip at %s", job->link);
  if (check_clip_url (job, job->link, &error))
    return TRUE;
  seedance_job_fail (job, seedance_error_because (error, SEEDANCE_REASON_LINK));

  return FALSE;
}

void
seedance_fetch_open (SeedanceJob *job)
{
  seedance_job_adopt_order (job);
  if (!take_link (job))
    return;
  seedance_job_set_phase (
      job, SEEDANCE_PHASE_DOWNLOADING, SEEDANCE_STATUS_SUCCEEDED);
  seedance_stored_open_part (job);
}

void
seedance_fetch_start (SeedanceJob *job)
{
  static const SeedanceDownloadHandler handler = { on_download_changed,
    on_download_refresh, on_download_done, on_download_waits };

  job->download = seedance_download_start (job->order, job->spool, &job->lock,
      &job->state.download, &job->consumed, job->link, &handler, job);
}

void
seedance_fetch_go_on (SeedanceJob *job)
{
  if (take_link (job))
    seedance_download_set_url (job->download, job->link);
}

void
seedance_fetch_store (SeedanceJob *job)
{
  seedance_spool_commit (job->spool, on_committed, seedance_job_ref (job));
}

void
seedance_fetch_end (SeedanceJob *job)
{
  const SeedanceRecordState state = job->record->state;

  /* In pull mode the clip may have been played before it was durable. */
  if (was_played (job))
    seedance_job_record_played (seedance_job_ref (job));
  if (state == SEEDANCE_RECORD_READY || state == SEEDANCE_RECORD_PLAYED)
    prune_when_due (job);
  seedance_job_set_phase (job, SEEDANCE_PHASE_READY, SEEDANCE_STATUS_SUCCEEDED);
}
