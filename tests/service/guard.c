/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps strangers out: loopback is open to every user of this machine and to
 * every web page that their browsers show. */

#include <string.h>
#include <sys/random.h>

#include "service.h"

#define SECRET_BYTES 16

/* 32 hex digits that nobody can guess. */
gchar *
guard_new_secret (void)
{
  guint8 bytes[SECRET_BYTES];
  GString *text = g_string_new (NULL);

  while (getrandom (bytes, sizeof bytes, 0) != sizeof bytes)
    ;
  for (guint i = 0; i < sizeof bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

/* Takes the same time for every @guess, so that response times do not give the
 * secret away digit by digit. */
gboolean
guard_is_secret (const gchar *secret, const gchar *guess, gsize length)
{
  guchar difference = length != strlen (secret);

  for (gsize i = 0; secret[i] != '\0'; i++)
    difference |= (guchar) secret[i] ^ (guchar) guess[length ? i % length : 0];
  return difference == 0;
}

static gboolean
is_loopback (const gchar *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address != NULL)
    return g_inet_address_get_is_loopback (address);
  return g_str_equal (host, "localhost") ||
         g_str_has_suffix (host, ".localhost");
}

static gboolean
is_allowed (Service *service, const gchar *host)
{
  for (gchar **name = service->hosts; name != NULL && *name != NULL; name++) {
    if (g_ascii_strcasecmp (*name, host) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Protects against DNS rebinding: when a foreign site's name is made to resolve
 * to 127.0.0.1, the browser still sends that name as Host. A client that sends
 * no Host is not a browser. */
static gboolean
is_our_host (Service *service, const gchar *header)
{
  g_autofree gchar *host = NULL;
  const gchar *start = header;
  gsize length;

  if (header == NULL || *header == '\0')
    return TRUE;
  if (*start == '[')
    length = strcspn (++start, "]");
  else
    length = strcspn (start, ":");
  host = g_ascii_strdown (start, length);
  return is_loopback (host) || is_allowed (service, host);
}

Reply *
guard_refuse (Service *service, Call *call)
{
  if (call_header (call, "Origin") != NULL)
    return reply_new_error (403, NULL, "This is no service for web pages");
  if (!is_our_host (service, call_header (call, "Host")))
    return reply_new_error (
        403, NULL, "This service is not asked by that name: see --allow-host");
  return NULL;
}
