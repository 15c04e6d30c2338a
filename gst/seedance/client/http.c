/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One thread, one curl multi handle.
 *
 * Locks: net.lock guards the queue of invoked functions, the number of POSTs
 * in flight, the flag to quit and what came of the set-up; no callback runs under it. All else belongs
 * to the network thread. curl forbids adding and removing handles inside its
 * callbacks, so starts and cancels are queued and done by the loop. */

#include "http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config.h"
#include "decode.h"
#include "disk.h"
#include "http-answer.h"
#include "log.h"

#define RECEIVE_BUFFER (512 * 1024)
#define RECEIVE_BUFFER_SMALL (32 * 1024)
#define CROWD 16 /* transfers */
#define BODY_MAX (4 * 1024 * 1024)
#define HEADERS_MAX (256 * 1024)
#define EXIT_WAIT (2 * G_TIME_SPAN_SECOND)
#define IDLE_POLL_MS 60000
#define OVERDUE_MS 1000
#define FAILED_POLL (50 * G_TIME_SPAN_MILLISECOND)

typedef enum { SET_UP_PENDING, SET_UP_DONE, SET_UP_FAILED } SetUp;

typedef struct {
  SeedanceNetFunc func;
  gpointer user_data;
  gboolean last; /* also when the process exits first */
} Call;

typedef struct {
  guint id;
  gint64 due; /* monotonic, microseconds */
  Call call;
} Timer;

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
  gboolean added;
  gboolean cancelled;
  gboolean done; /* curl has ended it */
  guint timer;   /* a POST's limit */
  gboolean overdue;
  const gchar *refusal; /* why a callback ended it */
  gchar error[CURL_ERROR_SIZE];
};

static struct {
  GMutex lock;
  GCond cond; /* posts_in_flight fell, or the set-up is over */
  GQueue calls;
  guint posts_in_flight;
  gboolean quit;
  SetUp set_up;

  gint pid; /* atomic; 0 = not begun */
  GThread *thread;
  CURLM *multi;
  GQueue timers; /* sorted by due */
  guint last_timer;
  GPtrArray *transfers;
  guint n_brief; /* of them */
} net;

/* --- calls and timers --------------------------------------------------- */

static gint
timer_compare (gconstpointer a, gconstpointer b, gpointer unused)
{
  const Timer *left = a, *right = b;

  return left->due < right->due ? -1 : 1;
}

guint
seedance_net_add_timer (guint64 ms, SeedanceNetFunc func, gpointer user_data)
{
  Timer *timer = g_new (Timer, 1);

  if (++net.last_timer == 0)
    ++net.last_timer;
  timer->id = net.last_timer;
  timer->due = g_get_monotonic_time () + (gint64) ms * 1000;
  timer->call = (Call){ func, user_data, FALSE };
  g_queue_insert_sorted (&net.timers, timer, timer_compare, NULL);

  return timer->id;
}

void
seedance_net_remove_timer (guint id)
{
  if (id == 0)
    return;
  for (GList *l = net.timers.head; l; l = l->next) {
    Timer *timer = l->data;

    if (timer->id == id) {
      g_queue_delete_link (&net.timers, l);
      g_free (timer);
      return;
    }
  }
}

static void
run_timers (void)
{
  gint64 now = g_get_monotonic_time ();
  Timer *timer;

  /* One that is set here waits for the next round. */
  while ((timer = g_queue_peek_head (&net.timers)) && timer->due < now) {
    Call call = timer->call;

    g_free (g_queue_pop_head (&net.timers));
    call.func (call.user_data);
  }
}

static gint
poll_timeout (void)
{
  Timer *timer = g_queue_peek_head (&net.timers);
  gint64 wait;

  if (!timer)
    return IDLE_POLL_MS;
  wait = (timer->due - g_get_monotonic_time () + 999) / 1000;

  return CLAMP (wait, 0, IDLE_POLL_MS);
}

static gboolean
run_calls (void)
{
  GQueue calls;
  Call *call;
  gboolean quit;

  g_mutex_lock (&net.lock);
  calls = net.calls;
  g_queue_init (&net.calls);
  quit = net.quit;
  g_mutex_unlock (&net.lock);

  while ((call = g_queue_pop_head (&calls))) {
    call->func (call->user_data);
    g_free (call);
  }

  return !quit;
}

/* Nothing that could order is begun now. */
static void
run_last_calls (void)
{
  GQueue calls;
  Call *call;

  g_mutex_lock (&net.lock);
  calls = net.calls;
  g_queue_init (&net.calls);
  g_mutex_unlock (&net.lock);

  while ((call = g_queue_pop_head (&calls))) {
    if (call->last)
      call->func (call->user_data);
    g_free (call);
  }
}

/* --- callbacks ---------------------------------------------------------- */

static gsize
transfer_refuse (SeedanceTransfer *transfer, const gchar *why)
{
  transfer->refusal = why;
  return 0;
}

static gboolean
take_head (SeedanceTransfer *transfer)
{
  SeedanceHttpAnswer *answer = &transfer->answer;
  long status = 0;

  curl_easy_getinfo (transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  answer->status = (guint) status;
  transfer->in_head = FALSE;
  /* One of these is followed by another head. */
  if (status < 200)
    return TRUE;
  transfer->headed = TRUE;
  seedance_http_answer_complete (answer);
  if (answer->content_encoding)
    transfer->decoder = seedance_decoder_new (answer->content_encoding);

  return !transfer->handler->headers ||
         transfer->handler->headers (answer, transfer->user_data);
}

/* A line that begins with a blank goes on with the header before it, which is
 * none that is looked at. */
static void
take_header_line (SeedanceTransfer *transfer, gchar *text)
{
  gchar *colon = strchr (text, ':');

  if (!colon || g_ascii_isspace (*text))
    return;
  *colon = '\0';
  seedance_http_answer_take_header (
      &transfer->answer, g_strchomp (text), g_strstrip (colon + 1));
}

/* curl calls this for the fields behind a chunked body, too. They may be called
 * what they like and tell nothing here. */
static size_t
on_header (char *line, size_t size, size_t count, void *user_data)
{
  SeedanceTransfer *transfer = user_data;
  g_autofree gchar *text = g_strndup (line, size * count);

  transfer->header_bytes += size * count;
  if (transfer->cancelled || transfer->header_bytes > HEADERS_MAX)
    return transfer_refuse (transfer, "its headers are too long");
  g_strchomp (text);

  if (transfer->headed)
    return size * count;
  if (!transfer->in_head) {
    seedance_http_answer_reset (&transfer->answer);
    transfer->in_head = TRUE;
  } else if (*text == '\0') {
    if (!take_head (transfer))
      return transfer_refuse (transfer, "it was not what was asked for");
  } else {
    take_header_line (transfer, text);
  }

  return size * count;
}

/* Of the body as it was before it was compressed. */
static gboolean
take_body (const guint8 *data, gsize size, gpointer user_data)
{
  SeedanceTransfer *transfer = user_data;
  SeedanceHttpAnswer *answer = &transfer->answer;

  if (transfer->handler->data && answer->status / 100 == 2) {
    if (transfer->handler->data (data, size, transfer->user_data))
      return TRUE;
    transfer->refusal = "no more of it was wanted";
    return FALSE;
  }
  if (answer->body->len + size > BODY_MAX) {
    transfer->refusal = "its body is too long";
    return FALSE;
  }
  g_byte_array_append (answer->body, data, (guint) size);

  return TRUE;
}

static size_t
on_data (char *data, size_t size, size_t count, void *user_data)
{
  SeedanceTransfer *transfer = user_data;
  gsize length = size * count;
  gboolean taken;

  if (transfer->cancelled)
    return transfer_refuse (transfer, "cancelled");
  if (!transfer->decoder)
    return take_body ((guint8 *) data, length, transfer) ? length : 0;
  taken = seedance_decoder_feed (
      transfer->decoder, (guint8 *) data, length, take_body, transfer);
  if (!taken && !transfer->refusal)
    transfer->refusal = "its compressed body is damaged";

  return taken ? length : 0;
}

/* Whether the host may be the one at the address, by what its name has really
 * led to. A proxy's address says nothing about the host. */
static gboolean
may_talk_to (SeedanceTransfer *transfer, const gchar *address)
{
  const SeedanceReach reach = seedance_url_address_reach (address);

  if (transfer->direct && reach < transfer->nearest) {
    transfer->refusal = "its name leads into this machine or a private network";
    return FALSE;
  }

  return TRUE;
}

/* Before a connection is opened: not even that is done to a network that the
 * service has no business with. */
static curl_socket_t
on_open_socket (
    void *user_data, curlsocktype purpose, struct curl_sockaddr *address)
{
  gchar text[INET6_ADDRSTRLEN] = "";

  if (getnameinfo (&address->addr, address->addrlen, text, sizeof text, NULL, 0,
          NI_NUMERICHOST) == 0 &&
      !may_talk_to (user_data, text))
    return CURL_SOCKET_BAD;

  return socket (
      address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Called when the connection stands and before the request goes out; also when
 * it was opened for another request. */
static int
on_prereq (void *user_data, char *primary_ip, char *local_ip, int primary_port,
    int local_port)
{
  SeedanceTransfer *transfer = user_data;

  if (transfer->cancelled || !may_talk_to (transfer, primary_ip))
    return CURL_PREREQFUNC_ABORT;
  transfer->refusal = NULL;
  if (transfer->direct)
    transfer->peer = seedance_url_address_reach (primary_ip);
  transfer->sent = TRUE;

  return CURL_PREREQFUNC_OK;
}

/* --- transfers ---------------------------------------------------------- */

/* An exit waits for those that are counted. */
static void
count_post (SeedanceTransfer *transfer, gboolean in_flight)
{
  if (!transfer->is_post || transfer->counted == in_flight)
    return;
  transfer->counted = in_flight;
  g_mutex_lock (&net.lock);
  net.posts_in_flight += in_flight ? 1 : -1;
  g_cond_broadcast (&net.cond);
  g_mutex_unlock (&net.lock);
}

/* Debian 12's libcurl reads memory of a lookup that it takes back in the moment
 * when that is answered, after the lookup's thread has freed it. So a lookup
 * comes to its end, and what wanted the name is put away then. */
static gboolean
is_looking_up (const SeedanceTransfer *transfer)
{
  curl_off_t found = 0;

  /* One that shares a connection needs no name and tells no time of it. */
  if (!transfer->added || transfer->done || transfer->sent)
    return FALSE;
  curl_easy_getinfo (transfer->easy, CURLINFO_NAMELOOKUP_TIME_T, &found);

  return found == 0;
}

static void
transfer_free (SeedanceTransfer *transfer)
{
  seedance_net_remove_timer (transfer->timer);
  if (transfer->added)
    curl_multi_remove_handle (net.multi, transfer->easy);
  curl_easy_cleanup (transfer->easy);
  curl_slist_free_all (transfer->headers);
  seedance_http_answer_clear (&transfer->answer);
  seedance_decoder_free (transfer->decoder);
  count_post (transfer, FALSE);
  g_free (transfer->url);
  g_free (transfer->secret);
  g_free (transfer);
}

/* The last guard: settings are checked before anything is sent, and values of
 * answers where they are taken in. */
static gboolean
is_header_value (const gchar *value)
{
  for (; *value; value++) {
    if (g_ascii_iscntrl (*value) && *value != '\t')
      return FALSE;
  }

  return TRUE;
}

static void
transfer_add_header (
    SeedanceTransfer *transfer, const gchar *format, const gchar *value)
{
  g_autofree gchar *line = g_strdup_printf (format, value);

  g_return_if_fail (is_header_value (value));
  transfer->headers = curl_slist_append (transfer->headers, line);
}

/* --- log ---------------------------------------------------------------- */

static const gchar *
method_of (const SeedanceTransfer *transfer)
{
  return transfer->is_post ? "POST" : "GET";
}

static void
log_start (const SeedanceTransfer *transfer, const SeedanceHttpRequest *request)
{
  if (request->ranged)
    SEEDANCE_DETAIL (transfer->secret,
        "begins at byte %" G_GUINT64_FORMAT ": %s %s", request->range_start,
        method_of (transfer), transfer->url);
  else if (request->suffix > 0)
    SEEDANCE_DETAIL (transfer->secret,
        "begins with the last %" G_GUINT64_FORMAT " bytes: %s %s",
        request->suffix, method_of (transfer), transfer->url);
  else
    SEEDANCE_DETAIL (
        transfer->secret, "begins: %s %s", method_of (transfer), transfer->url);
}

static void
log_end (const SeedanceTransfer *transfer, const gchar *how)
{
  const gint64 took = g_get_monotonic_time () - transfer->started;

  /* The address stands at the end, because its query is hidden up to there. */
  SEEDANCE_INFO (transfer->secret, "%s after %.3f s: %s %s", how,
      (gdouble) took / G_USEC_PER_SEC, method_of (transfer), transfer->url);
}

static void
log_answer (const SeedanceTransfer *transfer)
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
  log_end (transfer, how);
  if (answer->body && answer->body->len > 0)
    seedance_log_body (SEEDANCE_LOG_BODY, __FILE__, G_STRFUNC, __LINE__,
        transfer->secret, "answer", (const gchar *) answer->body->data,
        answer->body->len);
}

static void transfer_finish (SeedanceTransfer *transfer, CURLcode code);

/* The process may have stood still, and the answer be here since: it is read
 * first. */
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

/* A POST is given four times as long, and by a limit of our own, because curl
 * looks at its limits before it reads: giving up on it early would turn a good
 * order into one that may have been billed. */
static void
transfer_set_limits (SeedanceTransfer *transfer, guint timeout, gsize body)
{
  const guint64 all = 4 * (guint64) timeout + body / (64 * 1024);

  curl_easy_setopt (transfer->easy, CURLOPT_CONNECTTIMEOUT, (long) timeout);
  if (transfer->is_post) {
    transfer->timer =
        seedance_net_add_timer (all * 1000, on_post_limit, transfer);
    return;
  }
  curl_easy_setopt (transfer->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt (transfer->easy, CURLOPT_LOW_SPEED_TIME, (long) timeout);
  if (!transfer->handler->data)
    curl_easy_setopt (transfer->easy, CURLOPT_TIMEOUT, (long) all);
}

static void
transfer_set_request (
    SeedanceTransfer *transfer, const SeedanceHttpRequest *request)
{
  CURL *easy = transfer->easy;

  curl_easy_setopt (easy, CURLOPT_URL, request->url);
  /* A signature may be of the path as it stands, dots and all. */
  curl_easy_setopt (easy, CURLOPT_PATH_AS_IS, 1L);
  if (request->key)
    transfer_add_header (transfer, "Authorization: Bearer %s", request->key);
  if (request->json) {
    curl_easy_setopt (
        easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) strlen (request->json));
    curl_easy_setopt (easy, CURLOPT_COPYPOSTFIELDS, request->json);
    transfer_add_header (transfer, "Content-Type: %s", "application/json");
    /* No wait for a "100 Continue" that many services never send. */
    transfer_add_header (transfer, "Expect:%s", "");
  }
  /* libcurl sends a request again by itself when a kept-alive connection turns
   * out to be dead: never for what costs money. And one that went dead without
   * a word would be taken again for every try, as long as others share it. */
  if (request->json || request->alone) {
    curl_easy_setopt (easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt (easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt (easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  }
  if (request->ranged) {
    g_autofree gchar *range =
        g_strdup_printf ("%" G_GUINT64_FORMAT "-", request->range_start);

    curl_easy_setopt (easy, CURLOPT_RANGE, range);
    if (request->if_range)
      transfer_add_header (transfer, "If-Range: %s", request->if_range);
  } else if (request->suffix > 0) {
    g_autofree gchar *range =
        g_strdup_printf ("-%" G_GUINT64_FORMAT, request->suffix);

    curl_easy_setopt (easy, CURLOPT_RANGE, range);
  }
}

/* In place of the system's, those of a folder included. */
static void
set_authorities (CURL *easy, GBytes *authorities)
{
  struct curl_blob blob = { .flags = CURL_BLOB_COPY };

  blob.data = (void *) g_bytes_get_data (authorities, &blob.len);
  curl_easy_setopt (easy, CURLOPT_CAINFO_BLOB, &blob);
  curl_easy_setopt (easy, CURLOPT_CAPATH, NULL);
}

/* All that libcurl would else look up in the environment is said here. The
 * password comes apart from the URL, because libcurl quotes that in errors. */
static void
transfer_set_proxy (
    SeedanceTransfer *transfer, const SeedanceProxy *proxy, const gchar *url)
{
  CURL *easy = transfer->easy;

  curl_easy_setopt (easy, CURLOPT_NOPROXY, "");
  curl_easy_setopt (easy, CURLOPT_HEADEROPT, (long) CURLHEADER_SEPARATE);
  transfer->direct = !seedance_proxy_carries (proxy, url);
  if (transfer->direct) {
    curl_easy_setopt (easy, CURLOPT_PROXY, "");
    return;
  }
  curl_easy_setopt (easy, CURLOPT_PROXY, proxy->url);
  curl_easy_setopt (easy, CURLOPT_PROXYUSERNAME, proxy->user);
  curl_easy_setopt (easy, CURLOPT_PROXYPASSWORD, proxy->password);
}

static void
transfer_set_connection (
    SeedanceTransfer *transfer, const SeedanceHttpSettings *settings)
{
  CURL *easy = transfer->easy;

  curl_easy_setopt (easy, CURLOPT_USERAGENT,
      settings->user_agent ? settings->user_agent
                           : PACKAGE_NAME "/" PACKAGE_VERSION);
  if (settings->authorities)
    set_authorities (easy, settings->authorities);
  if (!settings->ssl_strict) {
    curl_easy_setopt (easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt (easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt (easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  /* An unanswered DNS query would otherwise hold the cleanup for seconds. */
  curl_easy_setopt (easy, CURLOPT_QUICK_EXIT, 1L);
}

gboolean
seedance_http_is_crowded (void)
{
  return net.transfers->len - net.n_brief >= CROWD;
}

static void
transfer_set_callbacks (SeedanceTransfer *transfer)
{
  CURL *easy = transfer->easy;

  curl_easy_setopt (easy, CURLOPT_PRIVATE, transfer);
  curl_easy_setopt (easy, CURLOPT_ERRORBUFFER, transfer->error);
  curl_easy_setopt (easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt (easy, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, on_data);
  curl_easy_setopt (easy, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt (easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
  curl_easy_setopt (easy, CURLOPT_OPENSOCKETDATA, transfer);
  curl_easy_setopt (easy, CURLOPT_PREREQFUNCTION, on_prereq);
  curl_easy_setopt (easy, CURLOPT_PREREQDATA, transfer);
  if (transfer->handler->data)
    curl_easy_setopt (easy, CURLOPT_BUFFERSIZE,
        (long) (transfer->brief || seedance_http_is_crowded ()
                    ? RECEIVE_BUFFER_SMALL
                    : RECEIVE_BUFFER));
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
  transfer->is_post = request->json != NULL;
  transfer->brief = request->suffix > 0;
  transfer->nearest = request->nearest;
  transfer->peer = SEEDANCE_REACH_PUBLIC;
  seedance_http_answer_reset (&transfer->answer);
  transfer_set_connection (transfer, settings);
  transfer_set_proxy (transfer, settings->proxy, request->url);
  transfer_set_request (transfer, request);
  transfer_set_callbacks (transfer);
  transfer_set_limits (transfer, MAX (settings->timeout, 1),
      request->json ? strlen (request->json) : 0);
  curl_easy_setopt (transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);

  log_start (transfer, request);
  count_post (transfer, TRUE);
  g_ptr_array_add (net.transfers, transfer);
  net.n_brief += transfer->brief;

  return transfer;
}

void
seedance_http_cancel (SeedanceTransfer *transfer)
{
  if (!transfer->done && !transfer->cancelled)
    log_end (transfer, "given up");
  transfer->cancelled = TRUE;
  seedance_net_remove_timer (transfer->timer);
  transfer->timer = 0;
  count_post (transfer, FALSE);
}

gboolean
seedance_http_cancel_unsent (SeedanceTransfer *transfer)
{
  if (transfer->sent)
    return FALSE;
  seedance_http_cancel (transfer);

  return TRUE;
}

/* A handle that could not be made, for want of memory, cannot be added. */
static void
add_transfer (SeedanceTransfer *transfer)
{
  if (curl_multi_add_handle (net.multi, transfer->easy) == CURLM_OK)
    transfer->added = TRUE;
  else
    transfer_finish (transfer, CURLE_FAILED_INIT);
}

/* Adds what was started and frees what was cancelled since the last round. */
static void
sweep_transfers (void)
{
  for (guint i = 0; i < net.transfers->len;) {
    SeedanceTransfer *transfer = g_ptr_array_index (net.transfers, i);

    if (transfer->cancelled && !is_looking_up (transfer)) {
      g_ptr_array_remove_index_fast (net.transfers, i);
      net.n_brief -= transfer->brief;
      transfer_free (transfer);
      continue;
    }
    if (!transfer->added && !transfer->done)
      add_transfer (transfer);
    i++;
  }
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
  if (code == CURLE_OK && answer->status >= 200) {
    answer->outcome = SEEDANCE_HTTP_ANSWERED;
  } else {
    answer->outcome =
        transfer->sent ? SEEDANCE_HTTP_BROKEN : SEEDANCE_HTTP_NOT_SENT;
    answer->reason = transfer->refusal  ? transfer->refusal
                     : *transfer->error ? transfer->error
                                        : curl_easy_strerror (code);
  }
  transfer->done = TRUE;
  log_answer (transfer);
  seedance_net_remove_timer (transfer->timer);
  transfer->timer = 0;
  /* The handler's word on whether it was wanted comes before everything. */
  if (!transfer->cancelled)
    transfer->handler->done (answer, transfer->user_data);
  transfer->cancelled = TRUE;
}

static void
finish_transfers (void)
{
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read (net.multi, &left))) {
    SeedanceTransfer *transfer;

    if (message->msg != CURLMSG_DONE)
      continue;
    curl_easy_getinfo (
        message->easy_handle, CURLINFO_PRIVATE, (char **) &transfer);
    transfer_finish (transfer, message->data.result);
  }
}

/* --- the thread --------------------------------------------------------- */

static gboolean
have_work (void)
{
  gboolean work;

  g_mutex_lock (&net.lock);
  work = !g_queue_is_empty (&net.calls) || net.quit;
  g_mutex_unlock (&net.lock);
  for (guint i = 0; !work && i < net.transfers->len; i++) {
    SeedanceTransfer *transfer = g_ptr_array_index (net.transfers, i);

    work =
        !transfer->added || (transfer->cancelled && !is_looking_up (transfer));
  }

  return work;
}

/* curl's TLS library keeps something for the thread that sets it up and frees
 * it when that thread ends. A streaming thread may end just when the process
 * does, and then it would be freed twice; this one is joined before. */
static SetUp
net_set_up (void)
{
  CURLM *multi;

  if (curl_global_init (CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return SET_UP_FAILED;
  multi = curl_multi_init ();
  if (!multi)
    return SET_UP_FAILED;
  /* Without a descriptor for it libcurl makes a handle that nothing wakes. */
  if (curl_multi_wakeup (multi) != CURLM_OK) {
    curl_multi_cleanup (multi);
    return SET_UP_FAILED;
  }
  net.multi = multi;

  return SET_UP_DONE;
}

static gboolean
net_begin (void)
{
  SetUp result = net_set_up ();

  g_mutex_lock (&net.lock);
  net.set_up = result;
  g_cond_broadcast (&net.cond);
  g_mutex_unlock (&net.lock);

  return result == SET_UP_DONE;
}

static gpointer
net_thread (gpointer unused)
{
  int running;

  if (!net_begin ())
    return NULL;
  while (run_calls ()) {
    run_timers ();
    sweep_transfers ();
    curl_multi_perform (net.multi, &running);
    finish_transfers ();
    /* It fails at once when its descriptors were closed behind its back. */
    if (!have_work () &&
        curl_multi_poll (net.multi, NULL, 0, poll_timeout (), NULL) != CURLM_OK)
      g_usleep (FAILED_POLL);
  }

  return NULL;
}

gboolean
seedance_net_is_lost (void)
{
  const gint pid = g_atomic_int_get (&net.pid);

  return pid != 0 && pid != getpid ();
}

/* Leaves a POST in flight 2 s to be answered and recorded, then ends. */
static void
net_exit (void)
{
  gint64 deadline = g_get_monotonic_time () + EXIT_WAIT;

  /* A fork has neither the thread nor a right to its transfers. */
  if (seedance_net_is_lost ())
    return;
  g_mutex_lock (&net.lock);
  while (net.posts_in_flight > 0 &&
         g_cond_wait_until (&net.cond, &net.lock, deadline))
    ;
  net.quit = TRUE;
  curl_multi_wakeup (net.multi);
  g_mutex_unlock (&net.lock);
  g_thread_join (net.thread);
  /* A clip that became durable just now is to be known as that. */
  seedance_disk_finish ();
  run_last_calls ();

  for (guint i = 0; i < net.transfers->len; i++) {
    SeedanceTransfer *transfer = g_ptr_array_index (net.transfers, i);

    /* Tells the ledger that nothing was ordered. */
    if (transfer->is_post && !transfer->sent)
      transfer_finish (transfer, CURLE_ABORTED_BY_CALLBACK);
    transfer_free (transfer);
  }
  g_ptr_array_unref (net.transfers);
  curl_multi_cleanup (net.multi);
  g_queue_clear_full (&net.timers, g_free);
}

static SetUp
wait_for_set_up (void)
{
  SetUp result;

  g_mutex_lock (&net.lock);
  while (net.set_up == SET_UP_PENDING)
    g_cond_wait (&net.cond, &net.lock);
  result = net.set_up;
  g_mutex_unlock (&net.lock);

  return result;
}

/* libcurl does not tell why. Most often it is for want of a descriptor. */
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

static gboolean
net_start (GError **error)
{
  g_autoptr (GError) why = NULL;

  net.set_up = SET_UP_PENDING;
  if (seedance_disk_ensure (&why))
    net.thread = g_thread_try_new ("seedance-net", net_thread, NULL, &why);
  if (!net.thread) {
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_FAILED,
        "The network cannot be used: %s. Nothing was ordered.", why->message);
    return FALSE;
  }
  if (wait_for_set_up () == SET_UP_DONE)
    return TRUE;
  g_thread_join (g_steal_pointer (&net.thread));
  g_propagate_error (error, explain_failed_set_up ());

  return FALSE;
}

gboolean
seedance_net_ensure (GError **error)
{
  static GMutex lock;
  static gboolean runs = FALSE;
  gboolean ok;

  g_mutex_lock (&lock);
  if (!runs) {
    if (!net.transfers)
      net.transfers = g_ptr_array_new ();
    runs = net_start (error);
    if (runs) {
      g_atomic_int_set (&net.pid, getpid ());
      /* After the set-up, so that it runs before what the TLS library has
       * registered there. */
      atexit (net_exit);
    }
  }
  ok = runs;
  g_mutex_unlock (&lock);

  return ok;
}

static void
net_invoke (SeedanceNetFunc func, gpointer user_data, gboolean last)
{
  Call *call = g_new (Call, 1);

  *call = (Call){ func, user_data, last };
  g_mutex_lock (&net.lock);
  g_queue_push_tail (&net.calls, call);
  /* Threads of the application may go on while the process exits. */
  if (!net.quit)
    curl_multi_wakeup (net.multi);
  g_mutex_unlock (&net.lock);
}

void
seedance_net_invoke (SeedanceNetFunc func, gpointer user_data)
{
  net_invoke (func, user_data, FALSE);
}

void
seedance_net_invoke_last (SeedanceNetFunc func, gpointer user_data)
{
  net_invoke (func, user_data, TRUE);
}
