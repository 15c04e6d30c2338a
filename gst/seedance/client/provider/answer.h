/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tolerant reader of answers, shared by all providers.
 *
 * Services do not document where things stand in their answers; this reader
 * knows the places that are in use, first hit wins, and never guesses beyond
 * them. Pure functions, safe on hostile input. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_STATUS_UNKNOWN, /* no word, or one never seen: still going */
  SEEDANCE_STATUS_QUEUED,
  SEEDANCE_STATUS_RUNNING,
  SEEDANCE_STATUS_SUCCEEDED,
  SEEDANCE_STATUS_FAILED,
  SEEDANCE_STATUS_CANCELLED,
  SEEDANCE_STATUS_EXPIRED,
} SeedanceStatus;

/* What is known of an answer besides its body; each may be NULL. */
typedef struct {
  const gchar *address; /* that was asked; links may be relative to it */
  const gchar *secret;  /* hidden in all texts, because services echo keys */
  const cJSON *more;    /* what a profile knows of these answers: "answer" */
} SeedanceAnswerSource;

/* Strings are NULL when the answer does not hold them. */
typedef struct {
  gboolean readable;      /* FALSE: no JSON; error_message quotes the body */
  gchar *task_id;
  SeedanceStatus status;
  gchar *status_word;     /* as the service wrote it */
  gboolean status_inside; /* of a container, not of the answer as a whole */
  gchar *video_url;       /* http or https only, mended as browsers do */
  gchar *odd_url;         /* what stands in its place and is none, for texts */
  gint progress;          /* percent, -1 = not told */
  gchar *error_message;   /* the task's own words before the envelope's */
  gchar *error_code;
  gboolean refused;       /* proves that nothing was accepted, with any HTTP */
  gboolean has_error;     /* speaks of an error; refused or not */
  gint64 seed;            /* -1 = not told */
  gint64 tokens;          /* that were used; -1 = not told */
  gchar *cost;            /* "0.42", "42 cents", "3 credits" */
  gchar *last_frame_url;  /* a picture, when it was asked for */
  gchar *task_address;    /* where the profile says that they stand: of the */
  gchar *clip_address;    /* task itself, and of what holds its link */
} SeedanceAnswer;

/* Reads @size bytes of a body, whatever they are; @source may be NULL. Free with
 * seedance_answer_free(). */
SeedanceAnswer *seedance_answer_parse (const gchar *body, gsize size,
    const SeedanceAnswerSource *source);
void seedance_answer_free (SeedanceAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceAnswer, seedance_answer_free)

/* Whether it tells how the task is, or only speaks of an error: "no such task",
 * "not now". */
gboolean seedance_answer_is_bare_error (const SeedanceAnswer *answer);

/* What a profile says of its service's answers, as it stands in "answer": where
 * an id, a status, a video and so on are found, from the root on, and which words
 * stand for which status. NULL and UNKNOWN where it says nothing. */
const cJSON *seedance_answer_more_get (
    const cJSON *more, const gchar *what, const cJSON *root, guint nth);
SeedanceStatus seedance_answer_more_status (
    const cJSON *more, const gchar *word);

/* What a status word means; NULL means SEEDANCE_STATUS_UNKNOWN. */
SeedanceStatus seedance_status_from_word (const gchar *word);

/* The word for messages: "queued", "running", "succeeded", … ("unknown"). */
const gchar *seedance_status_to_string (SeedanceStatus status);

/* TRUE for SUCCEEDED, FAILED, CANCELLED and EXPIRED. */
gboolean seedance_status_is_final (SeedanceStatus status);

G_END_DECLS
