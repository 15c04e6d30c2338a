/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tolerant reader of JSON answers, shared by all providers.
 *
 * Services do not document where things stand in their answers; this reader
 * knows the places that are in use, first hit wins, and never guesses beyond
 * them. Pure functions, safe on hostile input. */
#pragma once

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

/* Strings are NULL when the answer does not hold them. */
typedef struct {
  gchar *task_id;
  SeedanceStatus status;
  gchar *status_word;     /* as the service wrote it */
  gchar *video_url;       /* http or https only, byte for byte */
  gint progress;          /* percent, -1 = not told */
  gchar *error_message;
  gchar *error_code;
  gboolean refused;       /* an envelope that says failure, whatever HTTP says */
  gint64 seed;            /* -1 = not told */
} SeedanceAnswer;

/* Reads @size bytes of a body. NULL when it is not a JSON object: @error says
 * SEEDANCE_ERROR_READ. Free with seedance_answer_free(). */
SeedanceAnswer *seedance_answer_parse (const gchar *body, gsize size,
    GError **error);
void seedance_answer_free (SeedanceAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceAnswer, seedance_answer_free)

/* What a status word means; NULL means SEEDANCE_STATUS_UNKNOWN. */
SeedanceStatus seedance_status_from_word (const gchar *word);

/* The word for messages: "queued", "running", "succeeded", … ("unknown"). */
const gchar *seedance_status_to_string (SeedanceStatus status);

/* TRUE for SUCCEEDED, FAILED, CANCELLED and EXPIRED. */
gboolean seedance_status_is_final (SeedanceStatus status);

G_END_DECLS
