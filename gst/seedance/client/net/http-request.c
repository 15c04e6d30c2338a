/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets up a request: headers, body, range, proxy, certificates. */

#include "http-private.h"

#include <string.h>

#include "config.h"

/* The values were checked before; this makes sure that none adds a header. */
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

static void
transfer_add_key (
    SeedanceTransfer *transfer, const gchar *header, const gchar *key)
{
  g_autofree gchar *line =
      g_strconcat (header ? header : "Authorization: Bearer ", key, NULL);

  transfer_add_header (transfer, "%s", line);
}

static void
transfer_set_body (SeedanceTransfer *transfer, const gchar *data, gsize size,
    const gchar *type)
{
  CURL *easy = transfer->easy;

  curl_easy_setopt (easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) size);
  curl_easy_setopt (easy, CURLOPT_COPYPOSTFIELDS, data);
  transfer_add_header (transfer, "Content-Type: %s", type);
  /* Many services never send the "100 Continue" that libcurl would wait for. */
  transfer_add_header (transfer, "Expect:%s", "");
}

static void
transfer_set_request (SeedanceTransfer *transfer,
    const SeedanceHttpSettings *settings, const SeedanceHttpRequest *request)
{
  CURL *easy = transfer->easy;

  curl_easy_setopt (easy, CURLOPT_URL, request->url);
  /* The URL may be signed, including any dots in its path. */
  curl_easy_setopt (easy, CURLOPT_PATH_AS_IS, 1L);
  if (request->key)
    transfer_add_key (transfer, settings->key_header, request->key);
  if (request->method)
    curl_easy_setopt (easy, CURLOPT_CUSTOMREQUEST, request->method);
  /* Servers expect a Content-Length of such a request even without a body. */
  if (request->method && !g_str_equal (request->method, "DELETE"))
    transfer_add_header (transfer, "Content-Length: %s", "0");
  for (guint i = 0; request->headers && request->headers[i]; i++)
    transfer_add_header (transfer, "%s", request->headers[i]);
  if (request->json)
    transfer_set_body (
        transfer, request->json, strlen (request->json), "application/json");
  if (request->form)
    transfer_set_body (transfer, g_bytes_get_data (request->form, NULL),
        g_bytes_get_size (request->form), request->form_type);
  /* When a kept-alive connection turns out to be dead, libcurl sends the
   * request again, which must not happen to an order. Also, a dead keep-alive
   * connection would be picked again for every retry. */
  if (request->json || request->form || request->alone) {
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

/* Replaces the certificates of the system, including its folder of them. */
static void
set_authorities (CURL *easy, GBytes *authorities)
{
  struct curl_blob blob = { .flags = CURL_BLOB_COPY };

  blob.data = (void *) g_bytes_get_data (authorities, &blob.len);
  curl_easy_setopt (easy, CURLOPT_CAINFO_BLOB, &blob);
  curl_easy_setopt (easy, CURLOPT_CAPATH, NULL);
}

/* Sets everything that libcurl would otherwise take from the environment. The
 * password is not in the URL, because libcurl quotes the URL in errors. */
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
  /* An unanswered DNS query would otherwise block the cleanup for seconds. */
  curl_easy_setopt (easy, CURLOPT_QUICK_EXIT, 1L);
}

void
seedance_transfer_prepare (SeedanceTransfer *transfer,
    const SeedanceHttpSettings *settings, const SeedanceHttpRequest *request)
{
  transfer_set_connection (transfer, settings);
  transfer_set_proxy (transfer, settings->proxy, request->url);
  transfer_set_request (transfer, settings, request);
  curl_easy_setopt (transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
}
