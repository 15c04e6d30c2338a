/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "url.h"

#include <curl/curl.h>
#include <gio/gio.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CURLU, curl_url_cleanup)

static gchar *
url_part (CURLU *parsed, CURLUPart what, guint flags)
{
  char *part = NULL;
  gchar *copy = NULL;

  if (curl_url_get (parsed, what, &part, flags) == CURLUE_OK)
    copy = g_strdup (part);
  curl_free (part);

  return copy;
}

/* A host that is another one when it is written out and read again is none: the
 * parser takes a number for an address before it decodes escapes, so that
 * "%30x7f.1" is a name to it and 127.0.0.1 to the resolver. Neither is one that
 * holds escapes of escapes. */
static gboolean
host_is_sound (CURLU *parsed)
{
  g_autofree gchar *host = url_part (parsed, CURLUPART_HOST, 0);
  g_autofree gchar *written = url_part (parsed, CURLUPART_URL, 0);
  g_autoptr (CURLU) reread = curl_url ();
  g_autofree gchar *same = NULL;

  if (!written || (host && strchr (host, '%')) ||
      curl_url_set (reread, CURLUPART_URL, written, 0) != CURLUE_OK)
    return FALSE;
  same = url_part (reread, CURLUPART_HOST, 0);

  return g_strcmp0 (host, same) == 0;
}

static CURLU *
url_parse (const gchar *url)
{
  CURLU *parsed = curl_url ();

  if (curl_url_set (parsed, CURLUPART_URL, url, 0) != CURLUE_OK ||
      !host_is_sound (parsed)) {
    curl_url_cleanup (parsed);
    return NULL;
  }

  return parsed;
}

/* The host without the brackets of IPv6 and the dot of the root. */
static gchar *
url_host (CURLU *parsed)
{
  gchar *host = url_part (parsed, CURLUPART_HOST, 0);
  gsize length = host ? strlen (host) : 0;

  if (length > 2 && host[0] == '[') {
    memmove (host, host + 1, length - 2);
    host[length - 2] = '\0';
  } else if (length > 1 && host[length - 1] == '.') {
    host[length - 1] = '\0';
  }

  return host;
}

/* NULL for a name. IPv4 in IPv6 is taken for what it is. */
static GInetAddress *
parse_address (const gchar *host)
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  GInetAddress *address = g_inet_address_new_from_string (host);
  const guint8 *bytes = address ? g_inet_address_to_bytes (address) : NULL;
  GInetAddress *inner;

  if (!address || g_inet_address_get_native_size (address) != 16 ||
      memcmp (bytes, mapped, sizeof mapped) != 0)
    return address;
  inner = g_inet_address_new_from_bytes (
      bytes + sizeof mapped, G_SOCKET_FAMILY_IPV4);
  g_object_unref (address);

  return inner;
}

/* Of these the transfer itself knows that they are this machine. */
static gboolean
name_is_localhost (const gchar *name)
{
  return g_str_equal (name, "localhost") ||
         g_str_has_suffix (name, ".localhost");
}

/* These most hosts files have, but a name server may say otherwise. */
static gboolean
name_may_be_local (const gchar *name)
{
  return g_str_equal (name, "localhost.localdomain") ||
         g_str_equal (name, "ip6-localhost") ||
         g_str_equal (name, "ip6-loopback");
}

gboolean
seedance_url_address_is_local (const gchar *text)
{
  g_autoptr (GInetAddress) address = parse_address (text);

  return address && (g_inet_address_get_is_loopback (address) ||
                        g_inet_address_get_is_link_local (address) ||
                        g_inet_address_get_is_any (address));
}

static gboolean
host_is_loopback (CURLU *parsed)
{
  g_autofree gchar *host = url_host (parsed);
  g_autofree gchar *lower = host ? g_ascii_strdown (host, -1) : NULL;
  g_autoptr (GInetAddress) address = host ? parse_address (host) : NULL;

  if (address)
    return g_inet_address_get_is_loopback (address);

  return lower && name_is_localhost (lower);
}

static gboolean
host_is_local (CURLU *parsed)
{
  g_autofree gchar *host = url_host (parsed);
  g_autofree gchar *lower = host ? g_ascii_strdown (host, -1) : NULL;

  return host && (seedance_url_address_is_local (host) ||
                     name_is_localhost (lower) || name_may_be_local (lower));
}

gboolean
seedance_url_is_local (const gchar *url)
{
  g_autoptr (CURLU) parsed = url_parse (url);

  return parsed && host_is_local (parsed);
}

static gboolean
has_control_characters (const gchar *url)
{
  for (; *url; url++) {
    if (g_ascii_iscntrl (*url) || *url == ' ')
      return TRUE;
  }

  return FALSE;
}

/* Letters outside ASCII can turn into dots and digits on the way to a host: who
 * needs them writes the ASCII form of the name. */
static gboolean
host_is_ascii (CURLU *parsed)
{
  g_autofree gchar *host = url_part (parsed, CURLUPART_HOST, 0);

  return host && g_str_is_ascii (host);
}

gboolean
seedance_url_check (const gchar *url, gboolean allow_insecure, GError **error)
{
  g_autofree gchar *shown = seedance_url_redact (url);
  g_autoptr (CURLU) parsed = url_parse (url);
  g_autofree gchar *scheme = NULL, *user = NULL, *password = NULL;
  const gchar *why = NULL;

  if (!parsed || has_control_characters (url) || !host_is_ascii (parsed)) {
    why = "is not a valid URL";
  } else {
    scheme = url_part (parsed, CURLUPART_SCHEME, 0);
    user = url_part (parsed, CURLUPART_USER, 0);
    password = url_part (parsed, CURLUPART_PASSWORD, 0);
    if (g_strcmp0 (scheme, "http") != 0 && g_strcmp0 (scheme, "https") != 0)
      why = "is neither http nor https";
    else if (user || password)
      why = "holds a user name or a password";
    else if (!allow_insecure && scheme[4] == '\0' && !host_is_loopback (parsed))
      why = "is plain http to another machine; use https, or set "
            "allow-insecure=true if you trust the network in between";
  }
  if (!why)
    return TRUE;
  g_set_error (
      error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS, "'%s' %s.", shown, why);

  return FALSE;
}

gboolean
seedance_url_same_origin (const gchar *a, const gchar *b)
{
  const CURLUPart parts[] = { CURLUPART_SCHEME, CURLUPART_HOST,
    CURLUPART_PORT };
  g_autoptr (CURLU) left = url_parse (a);
  g_autoptr (CURLU) right = url_parse (b);

  if (!left || !right)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autofree gchar *mine = url_part (left, parts[i], CURLU_DEFAULT_PORT);
    g_autofree gchar *other = url_part (right, parts[i], CURLU_DEFAULT_PORT);

    if (!mine || !other || g_ascii_strcasecmp (mine, other) != 0)
      return FALSE;
  }

  return TRUE;
}

gchar *
seedance_url_resolve (const gchar *base, const gchar *location)
{
  g_autoptr (CURLU) parsed = url_parse (base);

  /* The dots of a path are left: they may be signed. */
  if (!parsed || curl_url_set (parsed, CURLUPART_URL, location,
                     CURLU_PATH_AS_IS) != CURLUE_OK ||
      !host_is_sound (parsed))
    return NULL;

  return url_part (parsed, CURLUPART_URL, 0);
}

/* Not a URL: shown up to where a secret could start. */
static gchar *
redact_broken (const gchar *text)
{
  const gchar *at;
  gchar *shown = g_strndup (text, strcspn (text, "?#"));

  at = strrchr (shown, '@');
  if (at) {
    gchar *rest = g_strconcat ("…", at, NULL);

    g_free (shown);
    shown = rest;
  }

  return shown;
}

gchar *
seedance_url_redact (const gchar *url)
{
  g_autofree gchar *valid = g_utf8_make_valid (url, -1);
  g_autofree gchar *shown = NULL;
  g_autoptr (CURLU) parsed = url_parse (valid);

  if (!parsed)
    return redact_broken (valid);
  curl_url_set (parsed, CURLUPART_QUERY, NULL, 0);
  curl_url_set (parsed, CURLUPART_FRAGMENT, NULL, 0);
  curl_url_set (parsed, CURLUPART_USER, NULL, 0);
  curl_url_set (parsed, CURLUPART_PASSWORD, NULL, 0);
  shown = url_part (parsed, CURLUPART_URL, 0);

  /* The parser decodes escapes in the host. */
  return shown ? g_utf8_make_valid (shown, -1) : redact_broken (valid);
}
