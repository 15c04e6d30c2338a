/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an answer of the service means for the order, and so for money. Pure
 * functions.
 *
 * "Surely not accepted" needs proof: an HTTP 4xx other than 408, 409, 424, 425,
 * 460 and 499; a 2xx whose body refuses the order, but not for a timeout; or a
 * redirect that asks for the order to be sent elsewhere. An answer that proves
 * nothing and names no task is AMBIGUOUS: a task may exist, so the order is not
 * sent again automatically. */
#pragma once

#include "answer.h"
#include "error.h"

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_VERDICT_OK,        /* a task is known; for a poll: it goes on
                               * or has succeeded */
  SEEDANCE_VERDICT_WAIT,      /* a temporary fault: repeat later */
  SEEDANCE_VERDICT_REFUSED,   /* surely not accepted; final */
  SEEDANCE_VERDICT_AMBIGUOUS, /* orders only: perhaps accepted */
  SEEDANCE_VERDICT_LOST,      /* polls only: no such task. Final after the third
                               * in a row */
  SEEDANCE_VERDICT_ENDED,     /* polls only: the task has ended and will have no
                               * clip */
  SEEDANCE_VERDICT_UNNAMED,   /* polls only: a failure, without the name of
                               * the task or with a code such as 429. Final
                               * after the fifth in a row */
} SeedanceVerdict;

/* An answer and the request that it belongs to. Strings may be NULL. */
typedef struct {
  guint status;                 /* HTTP status */
  const SeedanceAnswer *answer; /* what was read of the body */
  gboolean empty;               /* there was no body */
  const gchar *request_id;
  const gchar *location;
  const gchar *encoding;        /* Content-Encoding; NULL = none */
  const gchar *address;         /* the address asked */
  const gchar *task_id;         /* polls only */
  const gchar *submit_path;     /* orders only: path below the base URL */
  const gchar *status_path;     /* orders only: path of a task up to the id */
  gboolean named;               /* polls only: task-id was set by the user */
  gboolean with_model;          /* orders only: the order names a model */
  gboolean failed;              /* polls only: by the profile, this HTTP status
                                 * means that the task has failed */
} SeedanceReply;

/* Judges the answer to an order and sets @error for all verdicts but OK. A
 * refusal that is about money is NOT_AUTHORIZED, also with 429; any other 429
 * is WAIT with BUSY. 401, 402 and 403 are NOT_AUTHORIZED, and moderation is
 * FAILED. 404 is NOT_FOUND if its code is about a model, or if its text is and
 * the order names one. Other refusals are SETTINGS. Every error text quotes the
 * service word for word, says what the order cost, and ends with what to do
 * next. */
SeedanceVerdict seedance_judge_submit (const SeedanceReply *reply,
    GError **error);

/* Judges the answer to a poll and sets @error for all verdicts but OK. WAIT
 * stands for temporary faults: 408, 409, 424, 425, 429, 460, 499, 5xx and a 2xx
 * that cannot be read. LOST stands for a 404, and for a 2xx that holds only an
 * error, unless the code of that error says more; REFUSED for other 4xx. A task
 * that ended without a clip is FAILED with the service's own words: ENDED if
 * the answer names the task and has no code that is usually about the poll,
 * else UNNAMED. Words such as "error" and "timeout" are a temporary fault, too,
 * if they stand in the envelope, without any id of the task, and not for
 * moderation; or anywhere with a code from 502 to 504 and without the name of
 * the task. */
SeedanceVerdict seedance_judge_poll (const SeedanceReply *reply,
    GError **error);

/* Returns the error for a task that is done, in whose answers no link was
 * found. Free with g_error_free(). */
GError *seedance_verdict_linkless (const SeedanceAnswer *answer);

/* Returns the id of the task that the Location header names below the path of
 * tasks, as answers to a creation do; NULL if it names none. Free with
 * g_free(). */
gchar *seedance_reply_task_in_location (const SeedanceReply *reply);

G_END_DECLS
