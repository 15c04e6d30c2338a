/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "proxy.h"

#include <gio/gio.h>

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

/* Without the empty ones, which GLib would take for hosts. */
static gchar **
split_words (const gchar *text)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_auto (GStrv) all = g_strsplit_set (text, ", ", -1);

  for (gchar **word = all; *word; word++) {
    if (**word)
      g_strv_builder_add (words, *word);
  }

  return g_strv_builder_end (words);
}

/* Whether the environment asks for a proxy on the way to @url. */
static gboolean
proxy_is_set (const gchar *url)
{
  static const gchar *const plain[] = { "http_proxy", "all_proxy", "ALL_PROXY",
    NULL };
  static const gchar *const tls[] = { "https_proxy", "HTTPS_PROXY", "all_proxy",
    "ALL_PROXY", NULL };
  static const gchar *const none[] = { "no_proxy", "NO_PROXY", NULL };
  gboolean is_tls = g_ascii_strncasecmp (url, "https:", 6) == 0;
  const gchar *proxy = first_set (is_tls ? tls : plain);
  const gchar *exceptions = first_set (none);
  g_autoptr (GProxyResolver) resolver = NULL;
  g_auto (GStrv) hosts = NULL, ways = NULL;

  if (!proxy || !exceptions)
    return proxy != NULL;
  hosts = split_words (exceptions);
  if (g_strv_contains ((const gchar *const *) hosts, "*"))
    return FALSE;
  resolver = g_simple_proxy_resolver_new ("http://proxy", hosts);
  ways = g_proxy_resolver_lookup (resolver, url, NULL, NULL);

  return !ways || !ways[0] || !g_str_equal (ways[0], "direct://");
}

gboolean
seedance_proxy_is_used (const gchar *proxy, const gchar *url)
{
  return proxy ? *proxy != '\0' : proxy_is_set (url);
}
