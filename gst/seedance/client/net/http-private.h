/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the HTTP client share: http.c starts and ends transfers,
 * http-request.c sets up the request, http-receive.c takes in the answer,
 * http-log.c writes to the log. */
#pragma once

#include <curl/curl.h>

#include "decode.h"
#include "http.h"
#include "json.h"

G_BEGIN_DECLS

struct _SeedanceTransfer {
  CURL *easy;
  struct curl_slist *headers;
  const SeedanceHttpHandler *handler;
  gpointer user_data;
  gchar *method, *url, *secret; /* for the log */
  gint64 started;               /* monotonic, microseconds */
  SeedanceHttpAnswer answer;
  SeedanceDecoder *decoder; /* of a compressed body, else NULL */
  SeedanceJsonSize body_size;
  gsize header_bytes;
  gboolean in_head; /* between the status line and the body */
  gboolean headed;  /* the head of the final answer is complete */
  gboolean is_post;
  gboolean counted; /* it holds the exit of the process */
  gboolean brief;   /* not counted by seedance_http_is_crowded() */
  SeedanceReach nearest, peer;
  gboolean direct; /* no proxy between us and the host */
  gboolean sent;   /* a byte of the request may have gone out */
  gboolean repeated; /* the same request was sent before */
  guint delay;       /* id of the timer that starts it; 0 = none */
  gboolean added;
  gboolean cancelled;
  gboolean done; /* its @done has run, or would have */
  guint timer;   /* id of the timer that limits a POST */
  gboolean overdue;
  const gchar *refusal; /* why a callback ended it */
  gchar error[CURL_ERROR_SIZE];
};

/* http-request.c: sets up the easy handle for the request and the settings,
 * except for time limits and buffers. */
void seedance_transfer_prepare (SeedanceTransfer *transfer,
    const SeedanceHttpSettings *settings, const SeedanceHttpRequest *request);

/* http-receive.c: installs the callbacks for the answer. */
void seedance_transfer_receive (SeedanceTransfer *transfer);

/* http-log.c: @how is in words how the transfer has ended. */
void seedance_transfer_log_start (const SeedanceTransfer *transfer,
    const SeedanceHttpRequest *request);
void seedance_transfer_log_end (const SeedanceTransfer *transfer,
    const gchar *how);
void seedance_transfer_log_answer (const SeedanceTransfer *transfer);

G_END_DECLS
