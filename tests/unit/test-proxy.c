/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses proxy addresses, hides their passwords in texts, and decides which
 * requests go through the proxy. */

#include "proxy.h"

#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceProxy, seedance_proxy_free)

static void
clear_environment (void)
{
  static const gchar *const names[] = { "http_proxy", "HTTP_PROXY",
    "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy",
    "NO_PROXY" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_unsetenv (names[i]);
}

static const struct {
  const gchar *set, *url, *user, *password;
} good[] = {
  { "http://h:3128", "http://h:3128/" },
  { "h:3128", "http://h:3128/" },
  { "h", "http://h/" },
  { "ftp.example:3128", "http://ftp.example:3128/" },
  { "https://h:3128/", "https://h:3128/" },
  { "socks://h:1", "socks://h:1/" },
  { "socks5h://h:1", "socks5h://h:1/" },
  { "SOCKS4A://h:1", "socks4a://h:1/" },
  { "http://[::1]:3128", "http://[::1]:3128/" },
  { "http://me:SECRET@h:3128", "http://h:3128/", "me", "SECRET" },
  { "me:SECRET@h:3128", "http://h:3128/", "me", "SECRET" },
  { "http://me@h", "http://h/", "me" },
  { "http://me:p%40ss%2fSECRET@h", "http://h/", "me", "p@ss/SECRET" },
};

static void
test_good (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (SeedanceProxy) proxy = NULL;
    g_autoptr (GError) error = NULL;
    g_autofree gchar *shown = seedance_proxy_show (good[i].set);

    g_test_message ("%s", good[i].set);
    g_assert_true (seedance_proxy_find (good[i].set, &proxy, &error));
    g_assert_no_error (error);
    g_assert_cmpstr (proxy->url, ==, good[i].url);
    g_assert_cmpstr (proxy->user, ==, good[i].user);
    g_assert_cmpstr (proxy->password, ==, good[i].password);
    g_assert_null (strstr (shown, "SECRET"));
    g_assert_null (strchr (shown, '@'));
  }
}

/* Invalid addresses. The error text must not show SECRET, wherever it
 * stands. */
static const gchar *const bad[] = { "http://me:SECRET@h:99999",
  "http://me:SECRET/x@h:80", "http://me:x/SECRET@h:80",
  "http://me:x#SECRET@h:80", "http://me:x?SECRET@h:80", "http://me:12/SECRET@h",
  "ftp://me:SECRET@h", "gopher://SECRET@h", "http://SECRET@",
  "http://SECRET@:80", "://me:SECRET@h", "http://me:SECRET@h/path",
  "http://me:SECRET@h?q", "http://me:SECRET@h\r\nX: y",
  "http://me:SECRET\x1b[2J@h", "http://me:SECRET@h h", "http://me:SECRET\xff@h",
  "me SECRET", "http://me:SEC\xe2\x80\xaeRET@h" };

static void
test_bad (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    SeedanceProxy *proxy = NULL;
    g_autoptr (GError) error = NULL;
    g_autofree gchar *shown = seedance_proxy_show (bad[i]);

    g_test_message ("%u", i);
    g_assert_false (seedance_proxy_find (bad[i], &proxy, &error));
    g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
    g_assert_null (proxy);
    g_assert_null (strstr (error->message, "SECRET"));
    if (strchr (bad[i], '@'))
      g_assert_cmpstr (shown, ==, "…");
  }
}

static void
test_environment (void)
{
  static const gchar *const names[] = { "ALL_PROXY", "all_proxy", "HTTPS_PROXY",
    "https_proxy" };
  g_autoptr (SeedanceProxy) none = NULL;

  clear_environment ();
  g_setenv ("http_proxy", "http://plain", TRUE);
  g_setenv ("https_proxy", "", TRUE);
  g_assert_true (seedance_proxy_find (NULL, &none, NULL));
  g_assert_null (none);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (SeedanceProxy) proxy = NULL, empty = NULL;
    g_autofree gchar *url = g_strdup_printf ("http://p%u/", i);

    g_setenv (names[i], url, TRUE);
    g_assert_true (seedance_proxy_find (NULL, &proxy, NULL));
    g_assert_cmpstr (proxy->url, ==, url);
    g_assert_true (seedance_proxy_find ("", &empty, NULL));
    g_assert_null (empty);
  }
}

static const struct {
  const gchar *no_proxy, *url;
  gboolean carried;
} requests[] = {
  /* A proxy would see the key in a plain-HTTP request, so none is used for
   * those. */
  { "", "http://h/", FALSE },
  { "", "HTTP://127.0.0.1/", FALSE },
  { "", "https://h/", TRUE },
  { "", "HTTPS://h/", TRUE },
  { "", "https://127.0.0.1/", TRUE },
  { "*", "https://h/", FALSE },
  { "h", "https://h/", FALSE },
  { "h", "https://H:8443/a?b", FALSE },
  { "H", "https://h/", FALSE },
  { "h", "https://g/", TRUE },
  { "h", "https://hh/", TRUE },
  { "a,h", "https://h/", FALSE },
  { "a, h", "https://h/", FALSE },
  { "a h", "https://h/", FALSE },
  { "a,\th", "https://h/", FALSE },
  { "h\t", "https://h/", FALSE },
  { "h.", "https://h/", FALSE },
  { "h", "https://h./", FALSE },
  { ",,h,,", "https://h/", FALSE },
  { "example.com", "https://a.example.com/", FALSE },
  { ".example.com", "https://a.example.com/", FALSE },
  { "*.example.com", "https://a.b.example.com/", FALSE },
  { ".example.com.", "https://a.example.com/", FALSE },
  { "example.com", "https://badexample.com/", TRUE },
  { "example.com", "https://example.com.evil/", TRUE },
  { "127.0.0.1", "https://127.0.0.1/", FALSE },
  { "127.0.0.1", "https://127.1/", FALSE },
  { "127.0.0.1", "https://2130706433/", FALSE },
  { "127.0.0.0/8", "https://127.3.2.1/", FALSE },
  { "127.0.0.0/8", "https://128.0.0.1/", TRUE },
  { "10.0.0.0/8", "https://10.a.example/", TRUE },
  { "0.1", "https://10.0.0.1/", TRUE },
  { "[::1]", "https://[::1]/", FALSE },
  { "::1", "https://[::1]:443/", FALSE },
  { "0:0:0:0:0:0:0:1", "https://[::1]/", FALSE },
  { "fd00::/8", "https://[fd12::1]/", FALSE },
  { "fd00::/8", "https://[fe80::1]/", TRUE },
  { ".", "https://h/", TRUE },
  { "...", "https://h/", TRUE },
  { "[", "https://h/", TRUE },
  { "/", "https://h/", TRUE },
  { "", "nonsense", FALSE },
};

static void
test_requests (void)
{
  static const gchar *const names[] = { "no_proxy", "NO_PROXY" };

  for (guint i = 0; i < G_N_ELEMENTS (requests); i++) {
    for (guint name = 0; name < G_N_ELEMENTS (names); name++) {
      g_autoptr (SeedanceProxy) proxy = NULL;

      clear_environment ();
      g_setenv (names[name], requests[i].no_proxy, TRUE);
      g_assert_true (seedance_proxy_find ("socks5://p", &proxy, NULL));
      g_test_message ("%s %s", requests[i].no_proxy, requests[i].url);
      g_assert_cmpint (seedance_proxy_carries (proxy, requests[i].url), ==,
          requests[i].carried);
    }
  }
  g_assert_false (seedance_proxy_carries (NULL, "https://h/"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/proxy/set/good", test_good);
  g_test_add_func ("/proxy/set/bad", test_bad);
  g_test_add_func ("/proxy/set/environment", test_environment);
  g_test_add_func ("/proxy/requests", test_requests);

  return g_test_run ();
}
