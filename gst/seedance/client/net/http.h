/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An HTTP client on the one network thread of the process. Only the http files,
 * proxy.c and url.c use libcurl.
 *
 * What is marked "network thread only" may be called only from callbacks of
 * this header and of net.h: from the handler of a transfer, a timer or an
 * invoked function. These never run concurrently, so data that only they use
 * needs no lock. */
#pragma once

#include "http-answer.h"
#include "net.h"
#include "proxy.h"
#include "url.h"

G_BEGIN_DECLS

typedef struct _SeedanceTransfer SeedanceTransfer;

typedef struct {
  gchar *user_agent; /* NULL = the plugin's own */
  gchar *key_header; /* header line up to the key; NULL = bearer token */
  SeedanceProxy *proxy; /* NULL = none */
  GBytes *authorities; /* certificates in PEM; NULL = the system's */
  gboolean ssl_strict;
  guint timeout;     /* seconds without progress; at least 1 */
} SeedanceHttpSettings;

typedef struct {
  const gchar *url;       /* http or https */
  const gchar *method;    /* NULL = GET, or POST if there is a body */
  const gchar *key;       /* sent in the header of the settings; NULL = none */
  const gchar *secret;    /* hidden in the log; NULL = the key */
  const gchar *json;      /* body of a POST; NULL = none */
  GBytes *form;           /* body of a POST that is not JSON; NULL = none */
  const gchar *form_type; /* Content-Type of the form */
  const gchar *const *headers; /* further ones, "Name: value"; NULL = none */
  gboolean repeated; /* sent before: it never counts as NOT_SENT */
  guint delay;       /* milliseconds until it starts */
  guint limit;       /* of a POST: milliseconds, the delay included, after
                      * which it ends at the latest; 0 = by the timeout alone */
  gboolean ranged;        /* ask for bytes from range_start to the end */
  guint64 range_start;
  guint64 suffix;         /* ask for this many last bytes; 0 = do not */
  const gchar *if_range; /* ETag or date of If-Range; NULL = none */
  SeedanceReach nearest; /* refuse addresses that are nearer than this */
  /* On a connection of its own, which is closed afterwards. So is every
   * POST. */
  gboolean alone;
} SeedanceHttpRequest;

/* The callbacks of a transfer, on the network thread; at the exit of the
 * process, @done of an unsent POST and @gone run on the exiting thread.
 * @headers and @data may be NULL; they return FALSE to end the transfer as
 * BROKEN. @data gets the bodies of 2xx answers only. After @done the transfer
 * must not be used any more. */
typedef struct {
  gboolean (*headers) (const SeedanceHttpAnswer *answer, gpointer user_data);
  gboolean (*data) (const guint8 *data, gsize size, gpointer user_data);
  void (*done) (const SeedanceHttpAnswer *answer, gpointer user_data);
  /* Called when the transfer is freed, also after a cancel; may be NULL. */
  void (*gone) (gpointer user_data);
} SeedanceHttpHandler;

/* Starts the network thread unless it runs. Call this before anything else of
 * this header, on any thread. Returns FALSE if the thread cannot be started,
 * for example because no descriptor is free; the caller may try again. */
gboolean seedance_http_ensure (GError **error);

/* Starts a transfer and never follows a redirect. A POST is sent once, on a new
 * connection. Until its @done has run, it delays an orderly exit of the process
 * by up to 2 s. Settings and request are copied; @handler must outlive the
 * transfer. Network thread only. */
SeedanceTransfer *seedance_http_start (const SeedanceHttpSettings *settings,
    const SeedanceHttpRequest *request, const SeedanceHttpHandler *handler,
    gpointer user_data);

/* Returns TRUE if many transfers run at once, so that each should use little
 * memory. Network thread only. */
gboolean seedance_http_is_crowded (void);

/* Ends a transfer without calling its @done; @gone is called later. The
 * transfer must not be used afterwards. Network thread only. */
void seedance_http_cancel (SeedanceTransfer *transfer);

/* Does the same if surely no byte of the request has gone out; else returns
 * FALSE and leaves the transfer running. */
gboolean seedance_http_cancel_unsent (SeedanceTransfer *transfer);

G_END_DECLS
