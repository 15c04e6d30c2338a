/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of a job share. On the network thread job.c follows the table
 * of job-table.c and starts the stages: claim.c, submit.c, look.c, poll.c,
 * fetch.c, stored.c. clip.c waits for it on other threads, registry.c shares it.
 * What waits for a disk or the ledger is done on the state folder's thread (io.h).
 *
 * Order of locks: the registry's, a clip's, a job's. No callback of http.h
 * runs with any of them held. */
#pragma once

#include "io.h"
#include "job-table.h"
#include "clip-state.h"
#include "ledger-calls.h"
#include "ledger.h"
#include "log.h"
#include "pacing.h"

G_BEGIN_DECLS

typedef struct _SeedanceJob SeedanceJob;

/* Is given all events of a job. Network thread. */
typedef void (*SeedanceJobHandler) (SeedanceJob *job, SeedanceEvent event);

struct _SeedanceJob {
  gatomicrefcount refs;
  guint number;   /* of the process, for its log */
  gchar *key;     /* in the registry */
  SeedanceIo *io; /* of the state folder */
  SeedanceOrder *order;

  GMutex lock;
  GCond cond;
  /* Under the lock. */
  SeedanceClipState state;
  GError *error;
  GPtrArray *readers;   /* SeedanceClip: all that take part */
  SeedanceSpool *spool; /* set once, then kept until the end */
  gboolean consumed;
  gboolean begun;
  gboolean played; /* to its end, by one of the readers */
  gboolean left;   /* by all readers, since the last settling */
  gboolean stopped;
  guint calls;             /* of the ledger that are under way */
  gint64 start;            /* monotonic, microseconds */
  gchar *name;             /* of the record; NULL until claimed */
  SeedanceOrder *rejoined; /* as of who came when nobody was left */

  SeedanceJobHandler handle;

  /* Network thread only. */
  SeedanceStep step;
  guint64 delay;   /* of the event LATER, milliseconds */
  GError *failure; /* of the last event with one */
  gchar *link;     /* of the event LINK */
  SeedanceRecord *record;
  SeedanceTransfer *transfer;
  SeedanceDownload *download;
  gchar *poll_url;
  gchar *clip_question; /* where the link is asked for; NULL = not now */
  gchar *listed;        /* tasks that the last look has found */
  gchar *awaited;       /* record of another's order that was waited for */
  SeedancePacing pacing;
  gchar *last_unknown_word;
  gchar *poll_fault;       /* why the last poll told nothing; NULL = it did */
  gboolean post_in_flight; /* under the lock, too */
  gboolean claimed;        /* the record is ours and nothing is billed */
  gboolean noting;         /* the record is being written */
  gboolean wants_save, wants_confirm; /* it is to be, once more */
  gboolean untested;     /* the record's id is known of the user only */
  gboolean unconfirmed;  /* may answer for an order that is in doubt */
  gboolean unreached;    /* it was told that a poll could not be sent */
  gboolean told_unsaved; /* that the record cannot be written */
  gboolean alone;        /* polls share no connection: one of them broke */
  guint timer, deadline;
  guint notify_timer, tick;
  guint failures, doubts, without_url, hops, awaits, looks;
  guint doubted; /* SeedanceVerdict: what all of the doubts were */
};

/* The caller has opened the thread of the order's state folder. */
SeedanceJob *seedance_job_new (
    const gchar *key, SeedanceOrder *order, SeedanceJobHandler handle);
/* The same with the handler of job.c. */
SeedanceJob *seedance_job_make (const gchar *key, SeedanceOrder *order);
SeedanceJob *seedance_job_ref (SeedanceJob *job);
/* What the last one leaves is freed by the thread of the state folder: a file may
 * be written still. */
void seedance_job_unref (gpointer job);

/* Moves the serial and wakes everybody. */
void seedance_job_changed_locked (SeedanceJob *job);

void seedance_job_set_phase (
    SeedanceJob *job, SeedancePhase phase, SeedanceStatus status);

/* What came of a stage: the last thing that it does. The job's table says what
 * is done next, and that may be done when this returns. */
void seedance_job_report (SeedanceJob *job, SeedanceEvent event);

/* The same with @error, which it takes over and which is told if the job fails
 * now. seedance_job_fail() is that for SEEDANCE_EVENT_ERROR. */
void seedance_job_report_error (
    SeedanceJob *job, SeedanceEvent event, GError *error);
void seedance_job_fail (SeedanceJob *job, GError *error);

/* SEEDANCE_EVENT_LATER: it is to be tried again after @ms. */
void seedance_job_report_later (SeedanceJob *job, guint64 ms);

void seedance_job_warn (SeedanceJob *job, const gchar *text);

/* @text (may be NULL) without the key, which a service may echo. g_free(). */
gchar *seedance_job_hide_key (SeedanceJob *job, const gchar *text);

/* The timer reports SEEDANCE_EVENT_TIMER after so long. */
void seedance_job_wait (SeedanceJob *job, guint64 ms);

/* Nanoseconds since the job was begun. */
gint64 seedance_job_age (SeedanceJob *job);
void seedance_job_count (SeedanceJob *job, guint *counter);

/* A request is sent again, because of what came of @http. */
void seedance_job_note_retry (SeedanceJob *job, const SeedanceHttpAnswer *http);
const gchar *seedance_job_dir (SeedanceJob *job);

/* Tells that the service, which answered with @status, asked for a wait of so
 * many seconds, if that is long; 0 = it is over. @meanwhile is a sentence. */
void seedance_job_tell_wait (
    SeedanceJob *job, gint64 seconds, guint status, const gchar *meanwhile);

/* Whether only the user knows the task's id. */
void seedance_job_set_unrecorded (SeedanceJob *job, gboolean unrecorded);

/* Has the ledger called on the state folder's thread, as seedance_ledger_invoke()
 * does; until seedance_job_end_call() the job is not put away. Both on the
 * network thread. */
void seedance_job_begin_call (SeedanceJob *job, SeedanceLedgerFunc work,
    SeedanceLedgerFunc done, gpointer user_data);
void seedance_job_end_call (SeedanceJob *job);

/* Writes the record as it is now, after what is under way: NOTED, when nothing
 * more is to be written. What cannot be written is told to the user. */
void seedance_job_save_record (SeedanceJob *job);

/* Writes down the task's id, if that could not be done before. */
void seedance_job_record_id (SeedanceJob *job);

/* Takes back a record for which surely nothing was accepted: WITHDRAWN. What is
 * claimed after this is claimed after it. */
void seedance_job_withdraw (SeedanceJob *job);

/* Removes the record of a task that only the user knew. */
void seedance_job_forget_record (SeedanceJob *job);

/* Milliseconds to wait: @ms and up to a tenth more; doubled per failure, not
 * below what the service asked for in seconds (-1 = nothing). */
guint64 seedance_jitter (guint64 ms);
guint64 seedance_backoff (guint64 first, guint failures, gint64 retry_after);

void seedance_job_set_task_id (SeedanceJob *job, const gchar *id, gint64 seed);

/* How long clips of this kind took before, on the state folder's thread. */
void seedance_job_load_pacing (
    const SeedanceOrder *order, SeedancePacing *pacing);

/* And this one, if it is ours; in how many milliseconds to ask for it, then. */
void seedance_job_learn_pacing (SeedanceJob *job);
guint64 seedance_job_next_question (SeedanceJob *job);

/* What the service has told of the task: for the readers, and the record, which
 * is not written by this. The second: how it says that it failed. */
void seedance_job_take_progress (
    SeedanceJob *job, const SeedanceAnswer *answer);
void seedance_job_note_words (SeedanceJob *job, const SeedanceAnswer *answer);

/* Whether the task was ordered with another key, of another account for all that
 * is known. */
gboolean seedance_job_has_foreign_task (SeedanceJob *job);

/* The service has told about the task: our key is of its account. */
void seedance_job_note_key (SeedanceJob *job);

/* The service, or the disk, knows the task that the user named. */
void seedance_job_confirm (SeedanceJob *job);

/* The stages. Each function starts one thing, and reports one result, maybe
 * before it returns. */

/* claim.c: OURS, OTHERS (with LATER's delay), TASK, CLIP, DOUBT, REFUSED, or
 * OUTDATED when somebody came back meanwhile who may ask for something else. */
void seedance_claim_begin (SeedanceJob *job);
void seedance_claim_start (SeedanceJob *job);

/* submit.c: ACCEPTED, DOUBT, REFUSED, LATER, TOO_LATE, TAKEN_BACK. The second
 * gives up an order that has not gone out yet: its name is looked up still, or
 * its connection made; else it does nothing. */
void seedance_submit_start (SeedanceJob *job);
void seedance_submit_take_back (SeedanceJob *job);

/* look.c: TASK, LATER or DOUBT, for an order in doubt. */
void seedance_look_start (SeedanceJob *job);

/* poll.c: these set a timer for the first question, at once or when it is
 * due, */
void seedance_poll_attach (SeedanceJob *job);
void seedance_poll_await (SeedanceJob *job);
/* these ask: LATER, LINK, ENDED. The last is for a question that may be stuck. */
void seedance_poll_ask (SeedanceJob *job);
void seedance_poll_ask_now (SeedanceJob *job);
void seedance_poll_ask_anew (SeedanceJob *job);
/* From now on the task has generation-timeout, then: DEADLINE. */
void seedance_poll_limit (SeedanceJob *job);

/* fetch.c: the first opens the clip's file, OPENED; then EXPIRED, LATER or
 * WHOLE; STORED or KEPT. The last tells that the clip is ready. */
void seedance_fetch_open (SeedanceJob *job);
void seedance_fetch_start (SeedanceJob *job);
void seedance_fetch_go_on (SeedanceJob *job);
void seedance_fetch_store (SeedanceJob *job);
void seedance_fetch_end (SeedanceJob *job);

/* stored.c: whether the record's clip is on disk and whole, THERE (the job has
 * its spool by then) or MISSING; the part that an earlier run left, OPENED. */
void seedance_stored_check (SeedanceJob *job);
void seedance_stored_play (SeedanceJob *job);
void seedance_stored_open_part (SeedanceJob *job);

/* From here on as who came when nobody was left says. No order is in flight. */
void seedance_job_adopt_order (SeedanceJob *job);

/* Whether a reader was started, or waits and is not flushing. */
gboolean seedance_job_wanted (SeedanceJob *job);

/* Whether one that wants it may spend money. *@error: what the last one said that
 * may not; none when nobody wants it. */
gboolean seedance_job_may_spend (SeedanceJob *job, GError **error);

/* Whether a reader was started: no thread of it would begin anew. */
gboolean seedance_job_is_started_locked (SeedanceJob *job);

/* Has the network thread begin, unless it was told to before. */
void seedance_job_begin_locked (SeedanceJob *job);

/* Without a key only a stored clip can be had: fails then. */
gboolean seedance_job_has_key (SeedanceJob *job);

gboolean seedance_job_has_readers (SeedanceJob *job);

/* For seedance_net_invoke(): all take over a reference. */
void seedance_job_begin (gpointer job);
void seedance_job_settle (gpointer job);
void seedance_job_record_played (gpointer job);

/* Shows an answer that says nothing of use where decisions are shown. */
void seedance_job_log_answer (
    SeedanceJob *job, const SeedanceHttpAnswer *answer);

/* On the network thread. */
#define JOB_LOG(job, level, format, ...) \
  SEEDANCE_LOG (level, (job)->order->key, "order %u: " format, (job)->number, \
      ##__VA_ARGS__)
#define JOB_INFO(job, ...) JOB_LOG (job, SEEDANCE_LOG_INFO, __VA_ARGS__)
#define JOB_DETAIL(job, ...) JOB_LOG (job, SEEDANCE_LOG_DETAIL, __VA_ARGS__)

G_END_DECLS
