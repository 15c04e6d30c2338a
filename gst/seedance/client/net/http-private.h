/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of http share: http.c starts and ends transfers,
 * http-request.c says what goes out, http-receive.c takes in what comes,
 * http-log.c tells. */
#pragma once

#include <curl/curl.h>

#include "decode.h"
#include "http.h"

G_BEGIN_DECLS

struct _SeedanceTransfer {
  CURL *easy;
  struct curl_slist *headers;
  const SeedanceHttpHandler *handler;
  gpointer user_data;
  gchar *url, *secret; /* for the log */
  gint64 started;      /* monotonic, microseconds */
  SeedanceHttpAnswer answer;
  SeedanceDecoder *decoder; /* of a body that came compressed */
  gsize header_bytes;
  gboolean in_head; /* behind the status line */
  gboolean headed;  /* the head of the final answer is over */
  gboolean is_post;
  gboolean counted; /* among the POSTs in flight */
  gboolean brief;   /* does not count towards a crowd */
  SeedanceReach nearest, peer;
  gboolean direct; /* no proxy between us and the host */
  gboolean sent;   /* a byte of the request may have gone out */
  gboolean repeated; /* the same went out before */
  guint delay;       /* timer, until it begins */
  gboolean added;
  gboolean cancelled;
  gboolean done; /* curl has ended it */
  guint timer;   /* a POST's limit */
  gboolean overdue;
  const gchar *refusal; /* why a callback ended it */
  gchar error[CURL_ERROR_SIZE];
};

/* http-request.c: gives the easy handle all that the request and the settings
 * say, but limits and buffers. */
void seedance_transfer_prepare (SeedanceTransfer *transfer,
    const SeedanceHttpSettings *settings, const SeedanceHttpRequest *request);

/* http-receive.c: lets curl call back. */
void seedance_transfer_receive (SeedanceTransfer *transfer);

/* http-log.c */
void seedance_transfer_log_start (const SeedanceTransfer *transfer,
    const SeedanceHttpRequest *request);
void seedance_transfer_log_end (const SeedanceTransfer *transfer,
    const gchar *how);
void seedance_transfer_log_answer (const SeedanceTransfer *transfer);

G_END_DECLS
