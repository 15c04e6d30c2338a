/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The struct of a job, and the functions that its files share. A job brings one
 * clip. On the network thread job.c follows the table of job-table.c and starts
 * the stages: claim.c, submit.c, look.c, poll.c, fetch.c, stored.c. A stage
 * reports its result as an event. On other threads clip.c waits for the job;
 * each handle that is open on it is a reader. Work that waits for a disk or the
 * ledger runs on the thread of the state folder (io.h).
 *
 * Order of locks: the registry's, a clip's, a job's. Callbacks of http.h run
 * without any of them held. */
#pragma once

#include "io.h"
#include "job-table.h"
#include "clip-state.h"
#include "ledger-calls.h"
#include "ledger.h"
#include "log.h"

G_BEGIN_DECLS

typedef struct _SeedanceJob SeedanceJob;

/* Handles all events of a job. Network thread. */
typedef void (*SeedanceJobHandler) (SeedanceJob *job, SeedanceEvent event);

struct _SeedanceJob {
  gatomicrefcount refs;
  guint number;   /* for the log: the first job of the process is 1 */
  gchar *key;     /* in the registry */
  SeedanceIo *io; /* thread of the state folder */
  SeedanceOrder *order;

  GMutex lock;
  GCond cond;
  /* Under the lock. */
  SeedanceClipState state;
  GError *error;
  GPtrArray *readers;   /* SeedanceClip: the handles on this job */
  gconstpointer buyer;  /* the reader that allowed the last order; NULL = it
                         * has left */
  SeedanceSpool *spool; /* set once, then kept until the end */
  gboolean consumed;    /* a reader got bytes: the clip may not change */
  gboolean begun;       /* the network thread was told to begin */
  gboolean played;      /* to its end, by a reader or in an earlier run */
  gboolean replayed;    /* in an earlier run */
  gboolean left;        /* all readers left since the last settle() */
  gboolean stopped;     /* out of the registry: no reader can join any more */
  guint calls;          /* ledger calls under way */
  gint64 start;         /* monotonic, microseconds */
  gchar *name;          /* of the record; NULL until claimed */
  SeedanceOrder *rejoined; /* order of the first reader that came after all
                            * others had left; NULL = adopted already */

  SeedanceJobHandler handle;

  /* Network thread only. */
  SeedanceStep step;
  guint64 delay;   /* milliseconds that the action WAIT waits */
  GError *failure; /* error of the last event that had one */
  gchar *link;     /* URL of the clip, from the event LINK */
  SeedanceRecord *record;
  SeedanceTransfer *transfer;
  SeedanceDownload *download;
  gchar *poll_url;
  gchar *clip_question; /* URL, if the link has a request of its own */
  gchar *listed;        /* task ids that look.c found in the last list */
  gchar *awaited;       /* the row of another process that claim.c waits for */
  gint64 shortest; /* generation time of such clips, ms; 0 = not known */
  gchar *last_unknown_word;
  gchar *poll_fault;       /* why the last poll failed; NULL = it did not */
  gboolean post_in_flight; /* written under the lock, too */
  gboolean claimed;        /* the record is ours and nothing is billed */
  gboolean noting;         /* the record is being written */
  gboolean wants_save, wants_confirm; /* what to write after that */
  gboolean untested;     /* a task-id new to the ledger, not confirmed yet */
  gboolean unconfirmed;  /* the user's task-id may be the task that an order in
                          * doubt made; to be looked up when it is confirmed */
  gboolean spoilt;       /* the clip's file is there, but is not whole, cannot
                          * be read, or is read by another process */
  gboolean unreached;    /* the user was told that a poll could not be sent */
  gboolean told_unsaved; /* the user was told that writing the record fails */
  gboolean alone;        /* a connection broke: each poll gets its own */
  guint timer, deadline;
  guint notify_timer, tick;
  /* In a row: failed requests, answers that cast doubt on the task, polls of a
   * finished task without a link, redirects of a poll. In all: waits for
   * another process, requests for the list of tasks. */
  guint failures, doubts, without_url, hops, awaits, looks;
  guint doubted; /* the SeedanceVerdict that all the doubts share */
};

/* Makes a job; takes a reference to @order. The thread of the order's state
 * folder must run, so the caller has to keep it open (seedance_io_open()). */
SeedanceJob *seedance_job_new (
    const gchar *key, SeedanceOrder *order, SeedanceJobHandler handle);
/* The same with the handler of job.c. */
SeedanceJob *seedance_job_make (const gchar *key, SeedanceOrder *order);
SeedanceJob *seedance_job_ref (SeedanceJob *job);
/* The last reference has the job freed on the thread of the state folder,
 * because that thread may still be writing the clip. */
void seedance_job_unref (gpointer job);

/* Raises the state's serial, wakes the threads that wait, and has the readers
 * notified. */
void seedance_job_changed_locked (SeedanceJob *job);

void seedance_job_set_phase (
    SeedanceJob *job, SeedancePhase phase, SeedanceStatus status);

/* Reports the result of a stage. The job's table then selects the next stage,
 * which may have run when this returns. A stage therefore reports as its last
 * act. */
void seedance_job_report (SeedanceJob *job, SeedanceEvent event);

/* The same with an error (transfer full), which the readers get if the event
 * makes the job fail. seedance_job_fail() reports SEEDANCE_EVENT_ERROR. */
void seedance_job_report_error (
    SeedanceJob *job, SeedanceEvent event, GError *error);
void seedance_job_fail (SeedanceJob *job, GError *error);

/* Reports SEEDANCE_EVENT_LATER: try again after @ms milliseconds. */
void seedance_job_report_later (SeedanceJob *job, guint64 ms);

/* Shows @text to the user, through the state's warning. */
void seedance_job_warn (SeedanceJob *job, const gchar *text);

/* Returns a copy of @text (may be NULL) without the API key, which a service
 * may echo. Free with g_free(). */
gchar *seedance_job_hide_key (SeedanceJob *job, const gchar *text);

/* Reports SEEDANCE_EVENT_TIMER after @ms milliseconds; replaces an earlier
 * wait. */
void seedance_job_wait (SeedanceJob *job, guint64 ms);

/* Returns the nanoseconds since the job began. */
gint64 seedance_job_age (SeedanceJob *job);
/* Returns the milliseconds until generation-timeout is over, counted from when
 * the job began; G_MAXUINT64 without a timeout. */
guint64 seedance_job_time_left (SeedanceJob *job);
/* Adds 1 to @counter, a field of the state. */
void seedance_job_count (SeedanceJob *job, guint *counter);

/* Counts a retry and notes its cause, the failed answer @http, in the state. */
void seedance_job_note_retry (SeedanceJob *job, const SeedanceHttpAnswer *http);
const gchar *seedance_job_dir (SeedanceJob *job);

/* Tells the user that the service asked for a wait of so many seconds, if that
 * is long; 0 = the wait is over. @status is the HTTP status of its answer,
 * @meanwhile a sentence that says what happens during the wait. */
void seedance_job_tell_wait (
    SeedanceJob *job, gint64 seconds, guint status, const gchar *meanwhile);

/* Sets whether the task's id is still missing from the ledger. */
void seedance_job_set_unrecorded (SeedanceJob *job, gboolean unrecorded);

/* Calls the ledger on the thread of the state folder, as
 * seedance_ledger_invoke() does. The job stays in the registry until
 * seedance_job_end_call(). Both on the network thread. */
void seedance_job_begin_call (SeedanceJob *job, SeedanceLedgerFunc work,
    SeedanceLedgerFunc done, gpointer user_data);
void seedance_job_end_call (SeedanceJob *job);

/* Writes the record as it is now, after any write under way. Reports NOTED when
 * nothing is left to be written. A failed write becomes a warning. */
void seedance_job_save_record (SeedanceJob *job);

/* Writes the record again if the task's id could not be written before. */
void seedance_job_record_id (SeedanceJob *job);

/* Deletes the ledger row of an order that the service surely has not accepted;
 * reports WITHDRAWN. Does nothing unless the row is claimed. A claim that is
 * made after this call sees the ledger without the row. */
void seedance_job_withdraw (SeedanceJob *job);

/* Deletes the ledger row of a task-id that the user has set and the service
 * does not know. Like withdraw, this leaves the job without a record. */
void seedance_job_forget_record (SeedanceJob *job);

/* Both return milliseconds. seedance_jitter() adds up to a tenth to @ms.
 * seedance_backoff() doubles @first per failure, up to a minute, and waits at
 * least @retry_after seconds (-1 = none), up to an hour. */
guint64 seedance_jitter (guint64 ms);
guint64 seedance_backoff (guint64 first, guint failures, gint64 retry_after);

void seedance_job_set_task_id (SeedanceJob *job, const gchar *id, gint64 seed);

/* Returns the shortest time in ms that the latest clips of this kind took, 0 if
 * the ledger has none. On the thread of the state folder. */
gint64 seedance_job_find_shortest (const SeedanceOrder *order);

/* Notes in the record how long this clip took, if this job has ordered it. */
void seedance_job_note_time (SeedanceJob *job);
/* Returns the milliseconds until the next poll of the task. */
guint64 seedance_job_next_question (SeedanceJob *job);

/* Copies what @answer says of the task into the state and the record;
 * seedance_job_note_words() copies the words of a failed task into the record.
 * Neither writes to the ledger. */
void seedance_job_take_progress (
    SeedanceJob *job, const SeedanceAnswer *answer);
void seedance_job_note_words (SeedanceJob *job, const SeedanceAnswer *answer);

/* Returns TRUE if the task was ordered with another API key. It then may belong
 * to another account. */
gboolean seedance_job_has_foreign_task (SeedanceJob *job);

/* Notes our key in the record. The service has answered a poll of the task, so
 * the key belongs to the task's account. */
void seedance_job_note_key (SeedanceJob *job);

/* Call when the service has confirmed the task-id of the user. If an order is
 * in doubt that this task may answer, the ledger then decides that. */
void seedance_job_confirm (SeedanceJob *job);

/* The stages. Each function starts one thing and reports one result, possibly
 * before it returns. The comments list the events that it reports; each may
 * also report ERROR. */

/* claim.c: OURS, OTHERS (with a delay), TASK, CLIP, DOUBT, REFUSED; OUTDATED if
 * a reader has joined meanwhile, whose order may differ; TAKEN_BACK if the
 * process exits. seedance_claim_begin() is for the first claim: it creates the
 * ledger if there is none. */
void seedance_claim_begin (SeedanceJob *job);
void seedance_claim_start (SeedanceJob *job);

/* submit.c: ACCEPTED, DOUBT, REFUSED, LATER, TOO_LATE, TAKEN_BACK.
 * seedance_submit_take_back() cancels a POST of which no byte was sent, because
 * its name is being resolved or its connection made; else it does nothing. */
void seedance_submit_start (SeedanceJob *job);
void seedance_submit_take_back (SeedanceJob *job);

/* look.c: TASK, LATER or DOUBT. An order is in doubt if its answer was lost. */
void seedance_look_start (SeedanceJob *job);

/* poll.c: these set the timer for the first poll: at once, or when the clip may
 * be ready. */
void seedance_poll_attach (SeedanceJob *job);
void seedance_poll_await (SeedanceJob *job);
/* Polls the task: LATER, LINK, ENDED. */
void seedance_poll_ask (SeedanceJob *job);
/* For a reader that joins again: ask_now() ends the wait after a failed poll,
 * ask_anew() replaces a request that may be stuck. Both restart the
 * deadline. */
void seedance_poll_ask_now (SeedanceJob *job);
void seedance_poll_ask_anew (SeedanceJob *job);
/* Restarts generation-timeout; DEADLINE when it is over. */
void seedance_poll_limit (SeedanceJob *job);

/* fetch.c: opens the clip's file: OPENED. */
void seedance_fetch_open (SeedanceJob *job);
/* Downloads, or goes on with a fresh link: EXPIRED, LATER, WHOLE. */
void seedance_fetch_start (SeedanceJob *job);
void seedance_fetch_go_on (SeedanceJob *job);
/* Makes the clip durable: STORED, or KEPT if that failed. */
void seedance_fetch_store (SeedanceJob *job);
/* Sets the phase to READY. */
void seedance_fetch_end (SeedanceJob *job);

/* stored.c: looks for a whole clip on disk: THERE (the job then has its spool)
 * or MISSING. */
void seedance_stored_check (SeedanceJob *job);
/* Sets the phase to READY. */
void seedance_stored_play (SeedanceJob *job);
/* Opens the clip's file with the part that an earlier run left: OPENED. */
void seedance_stored_open_part (SeedanceJob *job);

/* Replaces the job's order by that of the reader that joined after all others
 * had left, if there is one. Not while a POST is in flight. */
void seedance_job_adopt_order (SeedanceJob *job);

/* Returns TRUE if a reader was started, or waits and is not interrupted. */
gboolean seedance_job_wanted (SeedanceJob *job);

/* Returns TRUE if one of the readers that want the clip may spend money; that
 * one is the buyer then. Else *@error is the reason of the last one that
 * refused, or stays NULL if no reader wants the clip. */
gboolean seedance_job_may_spend (SeedanceJob *job, GError **error);

/* Returns TRUE if seedance_clip_start() was called for a reader. Such a reader
 * may have no thread that waits and so begins the job again. */
gboolean seedance_job_is_started_locked (SeedanceJob *job);

/* Tells the network thread to begin the job, unless that was done. */
void seedance_job_begin_locked (SeedanceJob *job);

/* Returns FALSE and fails the job if there is no API key; only a stored clip
 * can be played without one. */
gboolean seedance_job_has_key (SeedanceJob *job);

gboolean seedance_job_has_readers (SeedanceJob *job);

/* For seedance_net_invoke(); each takes over a reference to the job. begin()
 * starts the job, settle() frees it if its readers are gone, record_played()
 * notes in the ledger that the clip was played. */
void seedance_job_begin (gpointer job);
void seedance_job_settle (gpointer job);
void seedance_job_record_played (gpointer job);

/* Logs an answer that could not be read, at the level of decisions (INFO). */
void seedance_job_log_answer (
    SeedanceJob *job, const SeedanceHttpAnswer *answer);

/* Logs with the job's number; the key is hidden. On the network thread. */
#define JOB_LOG(job, level, format, ...) \
  SEEDANCE_LOG (level, (job)->order->key, "order %u: " format, (job)->number, \
      ##__VA_ARGS__)
#define JOB_INFO(job, ...) JOB_LOG (job, SEEDANCE_LOG_INFO, __VA_ARGS__)
#define JOB_DETAIL(job, ...) JOB_LOG (job, SEEDANCE_LOG_DETAIL, __VA_ARGS__)

G_END_DECLS
