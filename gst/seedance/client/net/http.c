/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs transfers from start to end on one curl multi handle.
 *
 * Everything here belongs to the network thread. libcurl does not allow adding
 * or removing handles inside its callbacks, so the loop of the thread (net.c)
 * does that in sweep_transfers(). */

#include "http-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "error.h"

#define RECEIVE_BUFFER (512 * 1024)
#define RECEIVE_BUFFER_SMALL (32 * 1024)
#define CROWD 16 /* transfers */
#define OVERDUE_MS 1000
#define FAILED_POLL (50 * G_TIME_SPAN_MILLISECOND)

static struct {
  CURLM *multi;
  GPtrArray *transfers;
  guint n_brief; /* of the transfers */
} http;

/* The exit of the process waits for POSTs in flight. */
static void
count_post (SeedanceTransfer *transfer, gboolean in_flight)
{
  if (!transfer->is_post || transfer->counted == in_flight)
    return;
  transfer->counted = in_flight;
  seedance_net_hold_exit (in_flight);
}

/* libcurl of Debian 12 reads freed memory if a name lookup is cancelled at the
 * moment when its answer comes. So a cancelled transfer is kept until its
 * lookup has ended. */
static gboolean
is_looking_up (const SeedanceTransfer *transfer)
{
  curl_off_t found = 0;

  /* A transfer on a reused connection looks up no name and reports no time for
   * it. */
  if (!transfer->added || transfer->done || transfer->sent)
    return FALSE;
  curl_easy_getinfo (transfer->easy, CURLINFO_NAMELOOKUP_TIME_T, &found);

  return found == 0;
}

static void
transfer_free (SeedanceTransfer *transfer)
{
  seedance_net_remove_timer (transfer->timer);
  seedance_net_remove_timer (transfer->delay);
  if (transfer->added)
    curl_multi_remove_handle (http.multi, transfer->easy);
  curl_easy_cleanup (transfer->easy);
  curl_slist_free_all (transfer->headers);
  seedance_http_answer_clear (&transfer->answer);
  seedance_decoder_free (transfer->decoder);
  count_post (transfer, FALSE);
  if (transfer->handler->gone)
    transfer->handler->gone (transfer->user_data);
  g_free (transfer->method);
  g_free (transfer->url);
  g_free (transfer->secret);
  g_free (transfer);
}

static void
transfer_finish (SeedanceTransfer *transfer, CURLcode code)
{
  SeedanceHttpAnswer *answer = &transfer->answer;

  if (code == CURLE_OK && transfer->decoder &&
      !seedance_decoder_is_whole (transfer->decoder)) {
    code = CURLE_PARTIAL_FILE;
    transfer->refusal = "its compressed body is not whole";
  }
  answer->peer = transfer->peer;
  /* libcurl waits for no other answer after 101, which no request of ours asks
   * for. */
  if (code == CURLE_OK && answer->status < 200)
    g_snprintf (transfer->error, sizeof transfer->error,
        "no answer followed HTTP %u", answer->status);
  if (code == CURLE_OK && answer->status >= 200) {
    answer->outcome = SEEDANCE_HTTP_ANSWERED;
  } else {
    answer->outcome = transfer->sent || transfer->repeated
                          ? SEEDANCE_HTTP_BROKEN
                          : SEEDANCE_HTTP_NOT_SENT;
    answer->reason = transfer->refusal  ? transfer->refusal
                     : *transfer->error ? transfer->error
                                        : curl_easy_strerror (code);
  }
  transfer->done = TRUE;
  seedance_transfer_log_answer (transfer);
  seedance_net_remove_timer (transfer->timer);
  transfer->timer = 0;
  /* The handler may cancel the transfer, so this flag is set after the call. */
  if (!transfer->cancelled)
    transfer->handler->done (answer, transfer->user_data);
  transfer->cancelled = TRUE;
}

/* If the process was suspended, the answer may have arrived already. So libcurl
 * gets another second to read it. */
static void
on_post_limit (gpointer user_data)
{
  SeedanceTransfer *transfer = user_data;

  transfer->timer = 0;
  if (transfer->overdue) {
    transfer_finish (transfer, CURLE_OPERATION_TIMEDOUT);
    return;
  }
  transfer->overdue = TRUE;
  transfer->timer =
      seedance_net_add_timer (OVERDUE_MS, on_post_limit, transfer);
}

/* A POST gets four times as long: giving up on an order that was accepted
 * leaves it in doubt, and it may be billed. Its limit is a timer of ours,
 * because libcurl checks its own limit before it reads an answer that has
 * arrived. */
static void
transfer_set_limits (SeedanceTransfer *transfer, guint timeout,
    const SeedanceHttpRequest *request)
{
  const gsize body = request->json   ? strlen (request->json)
                     : request->form ? g_bytes_get_size (request->form)
                                     : 0;
  const guint64 all = 4 * (guint64) timeout + body / (64 * 1024);

  curl_easy_setopt (transfer->easy, CURLOPT_CONNECTTIMEOUT, (long) timeout);
  if (transfer->is_post) {
    transfer->timer = seedance_net_add_timer (
        MIN (all * 1000 + request->delay,
            request->limit > 0 ? request->limit : G_MAXUINT64),
        on_post_limit, transfer);
    return;
  }
  curl_easy_setopt (transfer->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt (transfer->easy, CURLOPT_LOW_SPEED_TIME, (long) timeout);
  if (!transfer->handler->data)
    curl_easy_setopt (transfer->easy, CURLOPT_TIMEOUT, (long) all);
}

gboolean
seedance_http_is_crowded (void)
{
  return http.transfers->len - http.n_brief >= CROWD;
}

static void
set_buffer (SeedanceTransfer *transfer)
{
  const gboolean small = transfer->brief || seedance_http_is_crowded ();

  if (transfer->handler->data)
    curl_easy_setopt (transfer->easy, CURLOPT_BUFFERSIZE,
        (long) (small ? RECEIVE_BUFFER_SMALL : RECEIVE_BUFFER));
}

static void
on_delay_over (gpointer user_data)
{
  SeedanceTransfer *transfer = user_data;

  transfer->delay = 0;
}

SeedanceTransfer *
seedance_http_start (const SeedanceHttpSettings *settings,
    const SeedanceHttpRequest *request, const SeedanceHttpHandler *handler,
    gpointer user_data)
{
  SeedanceTransfer *transfer = g_new0 (SeedanceTransfer, 1);

  transfer->easy = curl_easy_init ();
  transfer->url = g_strdup (request->url);
  transfer->secret =
      g_strdup (request->secret ? request->secret : request->key);
  transfer->started = g_get_monotonic_time ();
  transfer->handler = handler;
  transfer->user_data = user_data;
  transfer->is_post = request->json || request->form;
  transfer->method = g_strdup (request->method     ? request->method
                               : transfer->is_post ? "POST"
                                                   : "GET");
  transfer->repeated = request->repeated;
  if (request->delay > 0)
    transfer->delay =
        seedance_net_add_timer (request->delay, on_delay_over, transfer);
  transfer->brief = request->suffix > 0;
  transfer->nearest = request->nearest;
  transfer->peer = SEEDANCE_REACH_PUBLIC;
  seedance_http_answer_reset (&transfer->answer);
  seedance_transfer_prepare (transfer, settings, request);
  seedance_transfer_receive (transfer);
  set_buffer (transfer);
  transfer_set_limits (transfer, MAX (settings->timeout, 1), request);

  seedance_transfer_log_start (transfer, request);
  count_post (transfer, TRUE);
  g_ptr_array_add (http.transfers, transfer);
  http.n_brief += transfer->brief;

  return transfer;
}

void
seedance_http_cancel (SeedanceTransfer *transfer)
{
  if (!transfer->done && !transfer->cancelled)
    seedance_transfer_log_end (transfer, "given up");
  transfer->cancelled = TRUE;
  seedance_net_remove_timer (transfer->timer);
  transfer->timer = 0;
  count_post (transfer, FALSE);
}

gboolean
seedance_http_cancel_unsent (SeedanceTransfer *transfer)
{
  if (transfer->sent || transfer->repeated)
    return FALSE;
  seedance_http_cancel (transfer);

  return TRUE;
}

/* The handle cannot be added if there is no memory. */
static void
add_transfer (SeedanceTransfer *transfer)
{
  if (curl_multi_add_handle (http.multi, transfer->easy) == CURLM_OK)
    transfer->added = TRUE;
  else
    transfer_finish (transfer, CURLE_FAILED_INIT);
}

/* Adds started transfers to libcurl, and frees cancelled ones. */
static void
sweep_transfers (void)
{
  for (guint i = 0; i < http.transfers->len;) {
    SeedanceTransfer *transfer = g_ptr_array_index (http.transfers, i);

    if (transfer->cancelled && !is_looking_up (transfer)) {
      g_ptr_array_remove_index_fast (http.transfers, i);
      http.n_brief -= transfer->brief;
      transfer_free (transfer);
      continue;
    }
    if (!transfer->added && !transfer->done && !transfer->delay)
      add_transfer (transfer);
    i++;
  }
}

static void
finish_transfers (void)
{
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read (http.multi, &left))) {
    SeedanceTransfer *transfer;

    if (message->msg != CURLMSG_DONE)
      continue;
    curl_easy_getinfo (
        message->easy_handle, CURLINFO_PRIVATE, (char **) &transfer);
    transfer_finish (transfer, message->data.result);
  }
}

static void
work (void)
{
  int running;

  sweep_transfers ();
  curl_multi_perform (http.multi, &running);
  finish_transfers ();
}

static gboolean
has_work (void)
{
  gboolean found = FALSE;

  for (guint i = 0; !found && i < http.transfers->len; i++) {
    SeedanceTransfer *transfer = g_ptr_array_index (http.transfers, i);

    found = (!transfer->added && !transfer->delay) ||
            (transfer->cancelled && !is_looking_up (transfer));
  }

  return found;
}

/* curl_multi_poll() fails at once if other code in the process has closed its
 * descriptors. The sleep keeps the loop from spinning. */
static void
wait_for_work (gint ms)
{
  if (curl_multi_poll (http.multi, NULL, 0, ms, NULL) != CURLM_OK)
    g_usleep (FAILED_POLL);
}

static void
wake (void)
{
  curl_multi_wakeup (http.multi);
}

/* libcurl does not say why it failed. Usually no descriptor is free. */
static GError *
explain_failed_set_up (void)
{
  int ends[2];

  if (pipe (ends) != 0)
    return g_error_new (SEEDANCE_ERROR, SEEDANCE_ERROR_FAILED,
        "The network cannot be used: %s. Nothing was ordered. Raise the limit "
        "(ulimit -n), or have the program open fewer files.",
        g_strerror (errno));
  close (ends[0]);
  close (ends[1]);

  return g_error_new_literal (SEEDANCE_ERROR, SEEDANCE_ERROR_FAILED,
      "The network cannot be used: libcurl could not be set up. Nothing was "
      "ordered.");
}

/* Runs on the network thread, because the TLS library keeps data for the thread
 * that sets it up, and frees it when that thread ends. If that were a streaming
 * thread that ends at the exit of the process, the data would be freed twice.
 * The network thread is joined before. */
static CURLM *
make_multi (void)
{
  CURLM *multi;

  if (curl_global_init (CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return NULL;
  multi = curl_multi_init ();
  if (!multi)
    return NULL;
  /* If no descriptor is free, libcurl returns a handle that cannot be woken. */
  if (curl_multi_wakeup (multi) != CURLM_OK) {
    curl_multi_cleanup (multi);
    return NULL;
  }

  return multi;
}

static gboolean
set_up (GError **error)
{
  http.multi = make_multi ();
  if (!http.multi) {
    g_propagate_error (error, explain_failed_set_up ());
    return FALSE;
  }
  http.transfers = g_ptr_array_new ();

  return TRUE;
}

/* Transfers that still look up a name stay, and libcurl's handle with them: see
 * is_looking_up(). The end of the process ends their lookups. */
static void
finish (void)
{
  GPtrArray *all = http.transfers;

  http.transfers = g_ptr_array_new ();
  for (guint i = 0; i < all->len; i++) {
    SeedanceTransfer *transfer = g_ptr_array_index (all, i);
    const gboolean stays = is_looking_up (transfer);

    /* This tells the ledger that nothing was ordered. */
    if (transfer->is_post && !transfer->sent && !transfer->repeated)
      transfer_finish (transfer, CURLE_ABORTED_BY_CALLBACK);
    if (stays)
      g_ptr_array_add (http.transfers, transfer);
    else
      transfer_free (transfer);
  }
  g_ptr_array_unref (all);
  if (http.transfers->len > 0)
    return;
  g_ptr_array_unref (http.transfers);
  curl_multi_cleanup (http.multi);
}

gboolean
seedance_http_ensure (GError **error)
{
  static const SeedanceNetDriver driver = {
    .set_up = set_up,
    .work = work,
    .has_work = has_work,
    .wait = wait_for_work,
    .wake = wake,
    .finish = finish,
  };

  return seedance_net_ensure (&driver, error);
}
