/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answer to an HTTP request, and what its headers say. Pure functions; safe
 * on any input. */
#pragma once

#include "url.h"

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_HTTP_ANSWERED, /* the answer arrived whole */
  SEEDANCE_HTTP_NOT_SENT, /* surely no byte of the request was sent */
  SEEDANCE_HTTP_BROKEN,   /* it may have been sent; no whole answer */
} SeedanceHttpOutcome;

/* Strings are NULL and numbers -1 where the answer does not say. */
typedef struct {
  SeedanceHttpOutcome outcome;
  guint status;           /* 0 = no status line came */
  gchar *etag, *last_modified, *content_type, *location, *request_id;
  /* NULL = none. A body in gzip or deflate is decoded already, also for the
   * data callback; byte ranges still count bytes of the encoded body. */
  gchar *content_encoding;
  gboolean chunked;
  SeedanceReach peer;     /* of the address that answered; PUBLIC by proxy */
  gint64 content_length;  /* bytes of this body; -1 when it is encoded */
  gint64 range_start;     /* of a Content-Range */
  gint64 range_total;     /* of a Content-Range, even of one without a range */
  gint64 retry_after;     /* seconds from now */
  gint64 date;            /* when the server answered, seconds since 1970 */
  gint64 retry_date;      /* of a Retry-After that is a date, as date */
  gboolean no_ranges;     /* Accept-Ranges is none */
  GByteArray *body;       /* what no data callback took; decoded, limited */
  const gchar *reason;    /* for NOT_SENT and BROKEN: in words, no URL */
} SeedanceHttpAnswer;

/* Frees what the answer holds, but not @answer. */
void seedance_http_answer_clear (SeedanceHttpAnswer *answer);

/* Clears @answer, and makes it one that has told nothing yet. Its body is
 * empty. */
void seedance_http_answer_reset (SeedanceHttpAnswer *answer);

/* Reads one header. @name may be in any case; @value must be trimmed. */
void seedance_http_answer_take_header (
    SeedanceHttpAnswer *answer, const gchar *name, const gchar *value);

/* To be called after the last header: evaluates headers that depend on each
 * other. */
void seedance_http_answer_complete (SeedanceHttpAnswer *answer);

G_END_DECLS
