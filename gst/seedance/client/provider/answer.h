/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the JSON answers of all services into one struct.
 *
 * Services do not document where things stand in their answers. The reader
 * looks at the places that are in use and at those that the profile names, and
 * takes the first hit. Two terms: an envelope is the outer object, which tells
 * how the request went; a container is a member such as "data" that holds the
 * task. Pure functions, safe on hostile input. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_STATUS_UNKNOWN, /* no known status word: still going */
  SEEDANCE_STATUS_QUEUED,
  SEEDANCE_STATUS_RUNNING,
  SEEDANCE_STATUS_SUCCEEDED,
  SEEDANCE_STATUS_FAILED,
  SEEDANCE_STATUS_CANCELLED,
  SEEDANCE_STATUS_EXPIRED,
} SeedanceStatus;

/* What is known besides the body; each may be NULL. */
typedef struct {
  const gchar *address; /* the address asked; links may be relative to it */
  const gchar *secret;  /* hidden in all texts; services may echo the key */
  const cJSON *more;    /* "answer" of the profile */
} SeedanceAnswerSource;

/* Strings are NULL and numbers -1 if the answer does not hold them. */
typedef struct {
  gboolean readable;      /* FALSE: no JSON; error_message quotes the body */
  gchar *task_id;
  gboolean sure_id;       /* an id stands under a name for ids, where refusals
                           * do not tell of other tasks */
  gchar *uuid;            /* mostly the id of the request */
  gchar *request_id;      /* the same */
  SeedanceStatus status;
  gchar *status_word;     /* as the service wrote it */
  gboolean status_inside; /* it stood in a container, not in the envelope */
  gboolean sure_status;   /* a refusal would not tell it of another task */
  gchar *video_url;       /* http or https, repaired as browsers do */
  gchar *odd_url;         /* for texts: stands for video_url, is no link */
  gchar *quote;           /* for texts: the beginning of a body that lacks the
                           * id, or of a done task that lacks the link */
  gint progress;          /* percent */
  gchar *error_message;   /* of the task rather than of the envelope */
  gchar *error_code;
  gboolean refused;       /* the body refuses, whatever the HTTP status */
  gboolean has_error;     /* tells of an error, refused or not */
  gint64 seed;
  gint64 tokens;          /* that the task used */
  gchar *cost;            /* "0.42", "42 cents", "3 credits" */
  gchar *last_frame_url;  /* a picture, if one was ordered */
  /* Addresses at the places that the profile names: that of the task, and that
   * of the answer which holds the link to the clip. */
  gchar *task_address;
  gchar *clip_address;
} SeedanceAnswer;

/* Reads @size bytes of a body of any content; @source may be NULL. Free with
 * seedance_answer_free(). */
SeedanceAnswer *seedance_answer_parse (const gchar *body, gsize size,
    const SeedanceAnswerSource *source);
void seedance_answer_free (SeedanceAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceAnswer, seedance_answer_free)

/* Returns TRUE if the answer only tells of an error ("no such task", "not now")
 * and nothing of how the task is. */
gboolean seedance_answer_is_bare_error (const SeedanceAnswer *answer);

/* Looks up what the profile says of its service's answers. @more is its
 * "answer". more_get() returns the node of @root at the @nth place for @what
 * ("id", "status", "video" and so on), more_status() the status that @word
 * stands for. They return NULL and UNKNOWN if the profile says nothing. */
const cJSON *seedance_answer_more_get (
    const cJSON *more, const gchar *what, const cJSON *root, guint nth);
SeedanceStatus seedance_answer_more_status (
    const cJSON *more, const gchar *word);

/* Returns the status that a word stands for; UNKNOWN for NULL. */
SeedanceStatus seedance_status_from_word (const gchar *word);

/* Returns the word for messages: "queued", "running", "succeeded", … or
 * "unknown". Static. */
const gchar *seedance_status_to_string (SeedanceStatus status);

/* Returns TRUE for SUCCEEDED, FAILED, CANCELLED and EXPIRED. */
gboolean seedance_status_is_final (SeedanceStatus status);

/* Returns TRUE for FAILED, CANCELLED and EXPIRED. */
gboolean seedance_status_is_failure (SeedanceStatus status);

G_END_DECLS
