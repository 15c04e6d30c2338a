/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HTTP on one network thread per process. The http-*.c files and url.c are the
 * only ones that know curl.
 *
 * Everything that is "network thread only" is called from callbacks of this
 * header: a transfer's handler, a timer or an invoked function. Callbacks
 * never run concurrently, so what lives only there needs no lock. */
#pragma once

#include "http-answer.h"
#include "net.h"
#include "proxy.h"
#include "url.h"

G_BEGIN_DECLS

typedef struct _SeedanceTransfer SeedanceTransfer;

typedef struct {
  gchar *user_agent; /* NULL = the plugin's own */
  gchar *key_header; /* what stands before the key; NULL = bearer token */
  SeedanceProxy *proxy; /* NULL = none */
  GBytes *authorities; /* certificates, PEM; NULL = the system's */
  gboolean ssl_strict;
  guint timeout;     /* seconds without progress; at least 1 */
} SeedanceHttpSettings;

typedef struct {
  const gchar *url;       /* http or https */
  const gchar *method;    /* NULL = GET, or POST with a body */
  const gchar *key;       /* sent in the header of the settings; NULL = none */
  const gchar *secret;    /* hidden in the log; NULL = the key */
  const gchar *json;      /* body of a POST; NULL = GET */
  GBytes *form;           /* the same in another form; NULL = none */
  const gchar *form_type; /* which is this one */
  const gchar *const *headers; /* more of them, "Name: value"; NULL = none */
  gboolean repeated; /* one like it has gone out: it counts as sent */
  guint delay;       /* milliseconds until it begins */
  gboolean ranged;        /* ask for bytes from range_start to the end */
  guint64 range_start;
  guint64 suffix;         /* ask for so many bytes at the end; 0 = do not */
  const gchar *if_range; /* ETag or date; NULL = none */
  SeedanceReach nearest; /* end it where the address leads nearer */
  gboolean alone; /* on a connection that nobody used nor will; as any POST */
} SeedanceHttpRequest;

/* All on the network thread. @headers and @data may be NULL; they return FALSE
 * to end the transfer as BROKEN. @data gets the bodies of 2xx answers only. A
 * transfer is gone after @done returns. */
typedef struct {
  gboolean (*headers) (const SeedanceHttpAnswer *answer, gpointer user_data);
  gboolean (*data) (const guint8 *data, gsize size, gpointer user_data);
  void (*done) (const SeedanceHttpAnswer *answer, gpointer user_data);
  void (*gone) (gpointer user_data); /* whatever came of it; may be NULL */
} SeedanceHttpHandler;

/* Starts the network thread unless it runs. FALSE when it cannot be started, as
 * when no descriptor is free; it may be tried again. To be called once before
 * anything else is; any thread. */
gboolean seedance_http_ensure (GError **error);

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
