/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes requests and their answers to the log. */

#include "http-private.h"

#include "log.h"

void
seedance_transfer_log_start (
    const SeedanceTransfer *transfer, const SeedanceHttpRequest *request)
{
  if (request->ranged)
    SEEDANCE_DETAIL (transfer->secret,
        "begins at byte %" G_GUINT64_FORMAT ": %s %s", request->range_start,
        transfer->method, transfer->url);
  else if (request->suffix > 0)
    SEEDANCE_DETAIL (transfer->secret,
        "begins with the last %" G_GUINT64_FORMAT " bytes: %s %s",
        request->suffix, transfer->method, transfer->url);
  else
    SEEDANCE_DETAIL (
        transfer->secret, "begins: %s %s", transfer->method, transfer->url);
}

void
seedance_transfer_log_end (const SeedanceTransfer *transfer, const gchar *how)
{
  const gint64 took = g_get_monotonic_time () - transfer->started;

  /* The URL comes last, as the log hides its query and what is next to it. */
  SEEDANCE_INFO (transfer->secret, "%s after %.3f s: %s %s", how,
      (gdouble) took / G_USEC_PER_SEC, transfer->method, transfer->url);
}

void
seedance_transfer_log_answer (const SeedanceTransfer *transfer)
{
  const SeedanceHttpAnswer *answer = &transfer->answer;
  g_autofree gchar *how = NULL;

  if (!seedance_log_wants (SEEDANCE_LOG_INFO))
    return;
  if (answer->outcome == SEEDANCE_HTTP_ANSWERED)
    how = g_strdup_printf ("HTTP %u", answer->status);
  else
    how = g_strdup_printf ("%s (%s), HTTP %u",
        answer->outcome == SEEDANCE_HTTP_BROKEN ? "broken" : "not sent",
        answer->reason, answer->status);
  seedance_transfer_log_end (transfer, how);
  if (answer->body && answer->body->len > 0)
    seedance_log_body (SEEDANCE_LOG_BODY, __FILE__, G_STRFUNC, __LINE__,
        transfer->secret, "answer", (const gchar *) answer->body->data,
        answer->body->len);
}
