/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an answer of the service means for the order, and so for money. Pure
 * functions.
 *
 * "Surely not accepted" needs proof: an HTTP 4xx other than 408, 409 and 425; a
 * 2xx whose body refuses; a redirect that asks for the order to be sent
 * elsewhere. Whatever proves nothing and names no task is AMBIGUOUS: a task may
 * exist, and the order is never sent again by itself. */
#pragma once

#include "answer.h"
#include "error.h"

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_VERDICT_OK,        /* the task is known; of a poll: still going */
  SEEDANCE_VERDICT_WAIT,      /* a passing fault: repeat later */
  SEEDANCE_VERDICT_REFUSED,   /* surely not accepted; final */
  SEEDANCE_VERDICT_AMBIGUOUS, /* of an order only: maybe accepted */
  SEEDANCE_VERDICT_LOST,      /* of a poll only: no such task. Final after the
                               * third in a row */
  SEEDANCE_VERDICT_ENDED,     /* of a poll only: the task has no clip, and never
                               * will */
  SEEDANCE_VERDICT_UNNAMED,   /* of a poll only: some task ended, or the answer
                               * itself failed. ENDED after the fifth in a row */
} SeedanceVerdict;

/* An answer and what it answers. Strings may be NULL. */
typedef struct {
  guint status;                 /* of HTTP */
  const SeedanceAnswer *answer; /* what could be read of the body */
  gboolean empty;               /* it had none */
  const gchar *request_id;
  const gchar *location;
  const gchar *encoding;        /* in which the body came, when that is odd */
  const gchar *address;         /* that was asked */
  const gchar *task_id;         /* of a poll */
  const gchar *submit_path;     /* of an order: below the base URL */
  const gchar *status_path;     /* of tasks, with a "/" at its end: the same */
  gboolean named;               /* of a poll: by the user, as task-id */
  gboolean with_model;          /* of an order: it names a model */
  gboolean failed;              /* of a poll: the profile says that this status
                                 * tells of a task that has failed */
} SeedanceReply;

/* Judges the answer to an order. Fills @error for all but OK: a 429 whose code
 * speaks of money is REFUSED with NOT_AUTHORIZED, one of speed is WAIT with
 * BUSY; 401, 402 and 403 are NOT_AUTHORIZED; moderation is FAILED; 404 is
 * NOT_FOUND when its code speaks of a model, or its words do and the order
 * names one; other refusals are SETTINGS. Every text quotes the service word for word, says what it cost,
 * and ends in what to do next. */
SeedanceVerdict seedance_judge_submit (const SeedanceReply *reply,
    GError **error);

/* Judges the answer to a poll the same way: WAIT for passing faults (408, 409,
 * 425, 429, 5xx, a 2xx that cannot be read), LOST for 404 and for an error
 * without a state, REFUSED for other 4xx. A task that ended without a clip is
 * FAILED, with the service's own words: ENDED if the answer names the task,
 * else UNNAMED. */
SeedanceVerdict seedance_judge_poll (const SeedanceReply *reply,
    GError **error);

/* The task that the Location of an answer names below the path of tasks, as
 * services answer that have made one; NULL when it names none. g_free(). */
gchar *seedance_reply_task_in_location (const SeedanceReply *reply);

G_END_DECLS
