/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An answer and what its headers tell. Pure functions; safe on any input. */
#pragma once

#include "url.h"

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_HTTP_ANSWERED, /* the answer arrived whole */
  SEEDANCE_HTTP_NOT_SENT, /* surely no byte of the request went out */
  SEEDANCE_HTTP_BROKEN,   /* it may have gone out; the answer is not whole */
} SeedanceHttpOutcome;

/* Strings are NULL and numbers -1 where the answer does not tell. */
typedef struct {
  SeedanceHttpOutcome outcome;
  guint status;           /* 0 = no status line came */
  gchar *etag, *last_modified, *content_type, *location, *request_id;
  gchar *content_encoding; /* NULL = none. Of gzip and deflate the body, and
                            * what data gets, are decoded already; the numbers
                            * of ranges are of what was sent */
  gboolean chunked;
  SeedanceReach peer;     /* of who answered; PUBLIC behind a proxy */
  gint64 content_length;  /* of this body, bytes; -1 when it is encoded */
  gint64 range_start;     /* of a Content-Range */
  gint64 range_total;     /* of a Content-Range, or of its "*"/N form */
  gint64 retry_after;     /* seconds from now */
  gboolean no_ranges;     /* Accept-Ranges: none */
  GByteArray *body;       /* what no data callback took; decoded, <= 4 MiB */
  const gchar *reason;    /* for NOT_SENT and BROKEN: in words, no URL */
} SeedanceHttpAnswer;

/* Frees what the answer holds. */
void seedance_http_answer_clear (SeedanceHttpAnswer *answer);

/* Clears it and makes it one that told nothing yet, with an empty body. */
void seedance_http_answer_reset (SeedanceHttpAnswer *answer);

/* Takes in one header; names in any case, values trimmed. */
void seedance_http_answer_take_header (
    SeedanceHttpAnswer *answer, const gchar *name, const gchar *value);

/* After the last header: what the headers say together. */
void seedance_http_answer_complete (SeedanceHttpAnswer *answer);

G_END_DECLS
