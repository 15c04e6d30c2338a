/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HTTP on one network thread per process. With its parsers, url.c and
 * http-answer.c, it is the only room that knows curl.
 *
 * Everything that is "network thread only" is called from callbacks of this
 * header: a transfer's handler, a timer or an invoked function. Callbacks
 * never run concurrently, so what lives only there needs no lock. */
#pragma once

#include "proxy.h"
#include "url.h"

G_BEGIN_DECLS

typedef struct _SeedanceTransfer SeedanceTransfer;
typedef void (*SeedanceNetFunc) (gpointer user_data);

typedef struct {
  gchar *user_agent; /* NULL = the plugin's own */
  SeedanceProxy *proxy; /* NULL = none */
  GBytes *authorities; /* certificates, PEM; NULL = the system's */
  gboolean ssl_strict;
  guint timeout;     /* seconds without progress; at least 1 */
} SeedanceHttpSettings;

typedef struct {
  const gchar *url;       /* http or https */
  const gchar *key;       /* sent as bearer token; NULL = none */
  const gchar *secret;    /* hidden in the log; NULL = the key */
  const gchar *json;      /* body of a POST; NULL = GET */
  gboolean ranged;        /* ask for bytes from range_start to the end */
  guint64 range_start;
  guint64 suffix;         /* ask for so many bytes at the end; 0 = do not */
  const gchar *if_range; /* ETag or date; NULL = none */
  SeedanceReach nearest; /* end it where the address leads nearer */
  gboolean alone; /* on a connection that nobody used nor will; as any POST */
} SeedanceHttpRequest;

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
  GByteArray *body;       /* what no data callback took, at most 4 MiB, decoded */
  const gchar *reason;    /* for NOT_SENT and BROKEN: in words, no URL */
} SeedanceHttpAnswer;

/* All on the network thread. @headers and @data may be NULL; they return FALSE
 * to end the transfer as BROKEN. @data gets the bodies of 2xx answers only. A
 * transfer is gone after @done returns. */
typedef struct {
  gboolean (*headers) (const SeedanceHttpAnswer *answer, gpointer user_data);
  gboolean (*data) (const guint8 *data, gsize size, gpointer user_data);
  void (*done) (const SeedanceHttpAnswer *answer, gpointer user_data);
} SeedanceHttpHandler;

/* Whether the thread is that of the process that this one was forked from:
 * nothing invoked here is ever run. */
gboolean seedance_net_is_lost (void);

/* Starts the network thread unless it runs. FALSE when it cannot be started, as
 * when no descriptor is free; it may be tried again. To be called once before
 * anything else is; any thread. */
gboolean seedance_net_ensure (GError **error);

/* Runs @func on the network thread soon, in order of calls; any thread. */
void seedance_net_invoke (SeedanceNetFunc func, gpointer user_data);

/* The same; when the process exits first, @func is called then, by the thread
 * that exits, while the network thread is gone. It must not start transfers. */
void seedance_net_invoke_last (SeedanceNetFunc func, gpointer user_data);

/* Calls @func once after @ms milliseconds. Network thread only. An id is never
 * 0; removing one that has fired, or 0, does nothing. */
guint seedance_net_add_timer (guint64 ms, SeedanceNetFunc func,
    gpointer user_data);
void seedance_net_remove_timer (guint id);

/* Starts a transfer; no redirect is ever followed. A POST goes out on a fresh
 * connection, once, and holds an orderly exit of the process for up to 2 s
 * until its @done has run. Copies what it needs. Network thread only. */
SeedanceTransfer *seedance_http_start (const SeedanceHttpSettings *settings,
    const SeedanceHttpRequest *request, const SeedanceHttpHandler *handler,
    gpointer user_data);

/* Whether so many transfers run at once that each should do with little memory.
 * Network thread only. */
gboolean seedance_http_is_crowded (void);

/* Ends a transfer without a further callback. Network thread only. */
void seedance_http_cancel (SeedanceTransfer *transfer);

/* The same, but only while surely no byte of the request has gone out. */
gboolean seedance_http_cancel_unsent (SeedanceTransfer *transfer);

G_END_DECLS
