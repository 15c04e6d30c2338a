/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of a job share: job.c, claim.c, submit.c and poll.c run it on
 * the network thread, reader.c waits for it on others, registry.c shares it.
 *
 * Order of locks: the registry's, a reader's, a job's. No callback of http.h
 * runs with any of them held. */
#pragma once

#include "job.h"
#include "ledger.h"
#include "log.h"
#include "pacing.h"

G_BEGIN_DECLS

typedef struct {
  gatomicrefcount refs;
  guint number;                 /* of the process, for its log */
  gchar *key;                   /* in the registry */
  SeedanceOrder *order;

  GMutex lock;
  GCond cond;
  /* Under the lock. */
  SeedanceJobState state;
  GError *error;
  GPtrArray *readers;
  SeedanceSpool *spool;         /* set once, then kept until the end */
  gboolean consumed;
  gboolean begun;
  gboolean played;              /* to its end, by one of the readers */
  gboolean left;                /* by all readers, since the last settling */
  gboolean stopped;
  gint64 start;                 /* monotonic, microseconds */
  gchar *name;                  /* of the record; NULL until claimed */
  SeedanceOrder *rejoined;      /* as of who came when nobody was left */

  /* Network thread only. */
  SeedanceRecord *record;
  SeedanceTransfer *transfer;
  SeedanceDownload *download;
  gchar *poll_url;
  gchar *clip_question; /* where the link is asked for; NULL = not now */
  gchar *awaited; /* record of another's order that was waited for */
  SeedancePacing pacing;
  gchar *last_unknown_word;
  gchar *poll_fault; /* why the last poll told nothing; NULL = it did */
  GError *busy; /* why an order waits for longer than it may */
  gboolean post_in_flight;      /* under the lock, too */
  gboolean claimed;             /* the record is ours and nothing is billed */
  gboolean untested; /* the record's id is known of the user only */
  gboolean unconfirmed; /* may answer for an order that is in doubt */
  gboolean checking; /* whether the stored clip is there, which may take */
  gboolean unreached; /* it was told that a poll could not be sent */
  gboolean told_unsaved; /* that the record cannot be written */
  gboolean alone; /* polls share no connection: one of them broke */
  guint timer, deadline;
  guint notify_timer, tick;
  guint failures, doubts, without_url, hops, awaits;
  guint doubted; /* SeedanceVerdict: what all of the doubts were */
} SeedanceJob;

SeedanceJob *seedance_job_new (const gchar *key, SeedanceOrder *order);
SeedanceJob *seedance_job_ref (SeedanceJob *job);
void seedance_job_unref (gpointer job);

/* Moves the serial and wakes everybody. */
void seedance_job_changed_locked (SeedanceJob *job);

void seedance_job_set_phase (SeedanceJob *job, SeedancePhase phase,
    SeedanceStatus status);

/* Back to where nobody has waited for the job yet. */
void seedance_job_go_idle (SeedanceJob *job);

/* Takes over @error, adds the task id, and wakes everybody with it. */
void seedance_job_fail (SeedanceJob *job, GError *error);
void seedance_job_warn (SeedanceJob *job, const gchar *text);

/* @text (may be NULL) without the key, which a service may echo. g_free(). */
gchar *seedance_job_hide_key (SeedanceJob *job, const gchar *text);

/* Replaces what the timer was set for. */
void seedance_job_set_timer (SeedanceJob *job, guint64 ms,
    SeedanceNetFunc func);

/* Nanoseconds since the job was begun. */
gint64 seedance_job_age (SeedanceJob *job);
void seedance_job_count (SeedanceJob *job, guint *counter);

/* A request is sent again, because of what came of @http. */
void seedance_job_note_retry (SeedanceJob *job, const SeedanceHttpAnswer *http);
const gchar *seedance_job_dir (SeedanceJob *job);

/* Tells that the service, which answered with @status, asked for a wait of so
 * many seconds, if that is long; 0 = it is over. @meanwhile is a sentence. */
void seedance_job_tell_wait (SeedanceJob *job, gint64 seconds, guint status,
    const gchar *meanwhile);

/* Whether only the user knows the task's id. */
void seedance_job_set_unrecorded (SeedanceJob *job, gboolean unrecorded);

/* Writes the record; what cannot be written is told to the user. */
void seedance_job_save_record (SeedanceJob *job);

/* Writes down the task's id, if that could not be done before. */
void seedance_job_record_id (SeedanceJob *job);

/* Takes back a record for which surely nothing was accepted. */
void seedance_job_withdraw (SeedanceJob *job);

/* Milliseconds to wait: @ms and up to a tenth more; doubled per failure, not
 * below what the service asked for in seconds (-1 = nothing). */
guint64 seedance_jitter (guint64 ms);
guint64 seedance_backoff (guint64 first, guint failures, gint64 retry_after);

void seedance_job_set_task_id (SeedanceJob *job, const gchar *id, gint64 seed);

/* Whether the task was ordered with another key, of another account for all that
 * is known. */
gboolean seedance_job_has_foreign_task (SeedanceJob *job);

/* The service has told about the task: our key is of its account. */
void seedance_job_note_key (SeedanceJob *job);

/* The service, or the disk, knows the task that the user named. */
void seedance_job_confirm (SeedanceJob *job);

/* The stages: claim.c, from there submit.c when the record is ours to order
 * with, and poll.c when the id is durable. The second is for timers. */
void seedance_job_claim (SeedanceJob *job);
void seedance_job_claim_again (gpointer job);
void seedance_job_submit (SeedanceJob *job);
void seedance_job_generate (SeedanceJob *job, gboolean poll_at_once);

/* Looks whether the record's clip is on disk and whole, and calls @func on the
 * network thread, unless the job was stopped meanwhile. If it is, the job has
 * its spool and its state by then. */
typedef void (*SeedanceStoredFunc) (SeedanceJob *job, gboolean there);
void seedance_job_check_stored (SeedanceJob *job, SeedanceStoredFunc func);

/* Gives the job a spool for the record's clip, with what a run before has left
 * of it, and calls @func likewise, maybe before this returns. @error, which
 * @func takes over, tells why there is none. */
typedef void (*SeedanceResumedFunc) (
    SeedanceJob *job, const gchar *url, GError *error);
void seedance_job_resume (
    SeedanceJob *job, const gchar *url, SeedanceResumedFunc func);

/* Gives up an order that has not gone out yet: its name is looked up still, or
 * its connection made. */
void seedance_job_take_back_submit (SeedanceJob *job);

/* From here on as who came when nobody was left says. No order is in flight. */
void seedance_job_adopt_order (SeedanceJob *job);

/* The same, and asks at once for what has no answer yet, which may be stuck, or
 * waits for another try; what is stored stays. */
void seedance_job_renew (SeedanceJob *job);

/* Looks at the record now, if it was to be looked at later because an order was
 * refused. */
void seedance_job_claim_now (SeedanceJob *job);

/* Whether a reader waits for it that is not flushing. */
gboolean seedance_job_wanted (SeedanceJob *job);

/* For seedance_net_invoke(): both take over a reference. */
void seedance_job_begin (gpointer job);
void seedance_job_record_played (gpointer job);

/* Ends a job that has no reader and no POST in flight. */
void seedance_job_stop (SeedanceJob *job);

/* Stops the job and removes it from the registry if nobody needs it. */
void seedance_job_settle (SeedanceJob *job);

/* Shows an answer that says nothing of use where decisions are shown. */
void seedance_job_log_answer (SeedanceJob *job,
    const SeedanceHttpAnswer *answer);

/* On the network thread. */
#define JOB_LOG(job, level, format, ...) \
  SEEDANCE_LOG (level, (job)->order->key, "order %u: " format, (job)->number, \
      ##__VA_ARGS__)
#define JOB_INFO(job, ...) JOB_LOG (job, SEEDANCE_LOG_INFO, __VA_ARGS__)
#define JOB_DETAIL(job, ...) JOB_LOG (job, SEEDANCE_LOG_DETAIL, __VA_ARGS__)

G_END_DECLS
