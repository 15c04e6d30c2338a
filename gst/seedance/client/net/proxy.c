/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the setting and the variables of the proxy, and matches no_proxy. */

#include "proxy.h"

#include <curl/curl.h>
#include <gio/gio.h>
#include <string.h>

#include "text.h"
#include "url.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CURLU, curl_url_cleanup)

static const gchar *
first_set (const gchar *const *names)
{
  for (; *names; names++) {
    const gchar *value = g_getenv (*names);

    if (value && *value)
      return value;
  }

  return NULL;
}

static gchar *
get_part (CURLU *parsed, CURLUPart what, guint flags)
{
  char *part = NULL;
  gchar *copy = NULL;

  if (curl_url_get (parsed, what, &part, flags) == CURLUE_OK)
    copy = g_strdup (part);
  curl_free (part);

  return copy;
}

static gboolean
is_empty_part (CURLU *parsed, CURLUPart what)
{
  g_autofree gchar *part = get_part (parsed, what, 0);

  return !part || *part == '\0' || g_str_equal (part, "/");
}

static gboolean
knows_scheme (const gchar *scheme)
{
  static const gchar *const known[] = { "http", "https", "socks", "socks4",
    "socks4a", "socks5", "socks5h", NULL };
  const gboolean tls =
      curl_version_info (CURLVERSION_NOW)->features & CURL_VERSION_HTTPS_PROXY;

  return scheme && g_strv_contains (known, scheme) &&
         (tls || !g_str_equal (scheme, "https"));
}

/* A proxy has no path, query or fragment. If the parser finds one, the password
 * holds a "/", "?" or "#" that was not escaped. */
static CURLU *
parse (const gchar *setting)
{
  g_autofree gchar *whole =
      g_strconcat (strstr (setting, "://") ? "" : "http://", setting, NULL);
  g_autoptr (CURLU) parsed = curl_url ();
  g_autofree gchar *scheme = NULL, *host = NULL;

  if (!seedance_text_is_plain (setting) ||
      curl_url_set (parsed, CURLUPART_URL, whole, CURLU_NON_SUPPORT_SCHEME) !=
          CURLUE_OK)
    return NULL;
  scheme = get_part (parsed, CURLUPART_SCHEME, 0);
  host = get_part (parsed, CURLUPART_HOST, 0);
  if (!knows_scheme (scheme) || !host || !*host ||
      !is_empty_part (parsed, CURLUPART_PATH) ||
      !is_empty_part (parsed, CURLUPART_QUERY) ||
      !is_empty_part (parsed, CURLUPART_FRAGMENT))
    return NULL;

  return g_steal_pointer (&parsed);
}

static gchar *
take_url (CURLU *parsed)
{
  curl_url_set (parsed, CURLUPART_USER, NULL, 0);
  curl_url_set (parsed, CURLUPART_PASSWORD, NULL, 0);
  curl_url_set (parsed, CURLUPART_OPTIONS, NULL, 0);

  return get_part (parsed, CURLUPART_URL, 0);
}

/* Accepts all common ways to write no_proxy: words separated by commas or
 * blanks, in any case, a domain with "." or "*." in front or a dot at its end,
 * an IPv6 address in brackets. */
static gchar **
split_exceptions (const gchar *text)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_auto (GStrv) all = g_strsplit_set (text, ", \t\r\n", -1);

  for (gchar **word = all; *word; word++) {
    g_autofree gchar *lower = g_ascii_strdown (*word, -1);
    const gchar *start = lower;
    gsize length;

    if (g_str_has_prefix (start, "*."))
      start++;
    while (*start == '.' || *start == '[')
      start++;
    length = strcspn (start, "]");
    while (length > 0 && start[length - 1] == '.')
      length--;
    lower[start - lower + length] = '\0';
    if (length > 0)
      g_strv_builder_add (words, start);
  }

  return g_strv_builder_end (words);
}

gboolean
seedance_proxy_find (
    const gchar *setting, SeedanceProxy **proxy, GError **error)
{
  static const gchar *const names[] = { "https_proxy", "HTTPS_PROXY",
    "all_proxy", "ALL_PROXY", NULL };
  static const gchar *const none[] = { "no_proxy", "NO_PROXY", NULL };
  const gchar *text = setting ? setting : first_set (names);
  const gchar *exceptions = first_set (none);
  g_autoptr (CURLU) parsed = NULL;

  *proxy = NULL;
  if (!text || !*text)
    return TRUE;
  parsed = parse (text);
  if (!parsed) {
    g_set_error_literal (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
        "The proxy cannot be used. Set proxy, or https_proxy or all_proxy in "
        "the environment, to scheme://host:port; the schemes are http, https, "
        "socks4, socks4a, socks5 and socks5h. Nothing was sent and nothing is "
        "billed.");
    return FALSE;
  }
  *proxy = g_new0 (SeedanceProxy, 1);
  (*proxy)->user = get_part (parsed, CURLUPART_USER, CURLU_URLDECODE);
  (*proxy)->password = get_part (parsed, CURLUPART_PASSWORD, CURLU_URLDECODE);
  (*proxy)->url = take_url (parsed);
  (*proxy)->exceptions = split_exceptions (exceptions ? exceptions : "");

  return TRUE;
}

void
seedance_proxy_free (SeedanceProxy *proxy)
{
  if (!proxy)
    return;
  g_free (proxy->url);
  g_free (proxy->user);
  g_free (proxy->password);
  g_strfreev (proxy->exceptions);
  g_free (proxy);
}

gchar *
seedance_proxy_show (const gchar *setting)
{
  g_autoptr (CURLU) parsed = NULL;

  if (!setting || !*setting || !strchr (setting, '@'))
    return g_strdup (setting);
  parsed = parse (setting);

  return parsed ? take_url (parsed) : g_strdup ("…");
}

/* Returns TRUE if @word covers @host: "*", an address, a range of addresses, or
 * a domain with all names below it. */
static gboolean
is_below (const gchar *host, GInetAddress *address, const gchar *word)
{
  g_autoptr (GInetAddressMask) mask = NULL;
  const gsize length = strlen (host), end = strlen (word);

  if (g_str_equal (word, "*"))
    return TRUE;
  if (address) {
    mask = g_inet_address_mask_new_from_string (word, NULL);
    return mask && g_inet_address_mask_matches (mask, address);
  }

  return length >= end && g_str_equal (host + length - end, word) &&
         (length == end || host[length - end - 1] == '.');
}

gboolean
seedance_proxy_carries (const SeedanceProxy *proxy, const gchar *url)
{
  g_autofree gchar *host = NULL, *lower = NULL;
  g_autoptr (GInetAddress) address = NULL;

  if (!proxy || g_ascii_strncasecmp (url, "https:", 6) != 0)
    return FALSE;
  host = seedance_url_get_host (url);
  if (!host)
    return FALSE;
  lower = g_ascii_strdown (host, -1);
  address = g_inet_address_new_from_string (lower);
  for (gchar **word = proxy->exceptions; *word; word++) {
    if (is_below (lower, address, *word))
      return FALSE;
  }

  return TRUE;
}
