/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The callbacks of libcurl during a transfer: they take in the head and the
 * body, and check the address before anything is sent to it. */

#include "http-private.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#define HEADERS_MAX (256 * 1024)

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
  /* After an interim answer (1xx) another head follows. */
  if (status < 200)
    return TRUE;
  transfer->headed = TRUE;
  seedance_http_answer_complete (answer);
  if (answer->content_encoding)
    transfer->decoder = seedance_decoder_new (answer->content_encoding);

  return !transfer->handler->headers ||
         transfer->handler->headers (answer, transfer->user_data);
}

/* A line that begins with a blank continues the header before it. None of the
 * headers that are read here is ever continued. */
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

/* libcurl also calls this for the trailers after a chunked body. They are
 * ignored, whatever their names are. */
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

/* Receives the body, decompressed. */
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
  if (!seedance_json_count (&transfer->body_size, (const gchar *) data, size)) {
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

/* Returns TRUE if a request may go to the address that the host name resolved
 * to. The address of a proxy says nothing about the host. */
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

/* Refuses an address before there is a connection: a link must not even make
 * this machine connect to a private network. */
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

/* libcurl calls this before it sends the request, on a new connection and on a
 * reused one. */
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

void
seedance_transfer_receive (SeedanceTransfer *transfer)
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
}
