/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given a URL from a user, a service or an attacker, no request goes to a
 * forbidden place, no key to a foreign origin, and no secret into a text. */
#include "url.h"

#include <string.h>

typedef enum {
  NEVER,
  INSECURE, /* only with allow-insecure */
  ALWAYS,
} Allowed;

typedef struct {
  Allowed allowed;
  const gchar *url;
} Door;

static const Door doors[] = {
  { ALWAYS, "https://api.example/v1" },
  { ALWAYS, "https://api.example" },
  { ALWAYS, "https://api.example:8443/v1?a=b&c=%20#f" },
  { ALWAYS, "HTTPS://API.EXAMPLE/v1" },
  { ALWAYS, "https://[2001:db8::1]/v1" },
  { ALWAYS, "https://h/a@b?c@d:e" },
  { ALWAYS, "https://h/a%0d%0ab" },
  { ALWAYS, "https://h/caf\xc3\xa9" },
  { ALWAYS, "http://localhost:8080/" },
  { ALWAYS, "HTTP://LOCALHOST/" },
  { ALWAYS, "http://a.localhost/" },
  { ALWAYS, "http://127.0.0.1/" },
  { ALWAYS, "http://127.255.255.254/" },
  { ALWAYS, "http://[::1]:8080/" },
  { ALWAYS, "http://[0:0:0:0:0:0:0:1]/" },
  /* Other spellings of 127.0.0.1, which libcurl understands as well. */
  { ALWAYS, "http://127.1/" },
  { ALWAYS, "http://0x7f.1/" },
  { ALWAYS, "http://0x7f000001/" },
  { ALWAYS, "http://2130706433/" },
  { ALWAYS, "http://017700000001/" },
  { ALWAYS, "http://%6c%6f%63alhost/" },

  { INSECURE, "http://api.example/v1" },
  { INSECURE, "HTTP://API.EXAMPLE/v1" },
  { INSECURE, "http://10.0.0.1/" },
  { INSECURE, "http://128.0.0.1/" },
  { INSECURE, "http://localhost.evil.example/" },
  { INSECURE, "http://evil-localhost/" },
  { INSECURE, "http://127.0.0.1.evil.example/" },
  { INSECURE, "http://evil.example/127.0.0.1" },
  { INSECURE, "http://evil.example#@127.0.0.1/" },
  { INSECURE, "http://evil.example?@127.0.0.1/" },
  { INSECURE, "http://[2001:db8::1]/" },
  { INSECURE, "http://[fe80::1]/" },
  { INSECURE, "http://169.254.169.254/" },
  /* Addresses that have no defined meaning as a target. */
  { INSECURE, "http://0.0.0.0/" },
  { INSECURE, "http://[::]/" },

  { NEVER, "" },
  { NEVER, " " },
  { NEVER, "api.example" },
  { NEVER, "/v1" },
  { NEVER, "//api.example/v1" },
  { NEVER, "https:" },
  { NEVER, "https://" },
  { NEVER, "https:api.example" },
  { NEVER, "https://:443/" },
  { NEVER, "https://h:99999/" },
  { NEVER, "https://h:-1/" },
  { NEVER, "https://h:x/" },
  { NEVER, "https://[::1" },
  { NEVER, "https://[zz::1]/" },
  { NEVER, "file:///etc/passwd" },
  { NEVER, "FILE:///etc/passwd" },
  { NEVER, "file://localhost/etc/passwd" },
  { NEVER, "ftp://h/v" },
  { NEVER, "ftps://h/v" },
  { NEVER, "gopher://h/v" },
  { NEVER, "dict://localhost:11211/stat" },
  { NEVER, "smb://h/v" },
  { NEVER, "ws://h/v" },
  { NEVER, "data:video/mp4;base64,AAAA" },
  { NEVER, "javascript:alert(1)" },
  { NEVER, "seedance:a%20boat" },
  { NEVER, "https+http://h/" },
  { NEVER, "https://user:password@h/" },
  { NEVER, "https://user@h/" },
  { NEVER, "https://:password@h/" },
  { NEVER, "https://@h/" },
  { NEVER, "https://h\\@evil.example/" },
  { NEVER, "https://127.0.0.1:80@evil.example/" },
  { NEVER, "https://h/a b" },
  { NEVER, " https://h/" },
  { NEVER, "https://h/ " },
  { NEVER, "https://h /" },
  { NEVER, "https://h/a\r\nX-Evil: 1" },
  { NEVER, "https://h\r\n/" },
  { NEVER, "https://h/a\nb" },
  { NEVER, "https://h/a\tb" },
  { NEVER, "https://h/a\x01" },
  { NEVER, "https://h/a\x7f" },
  { NEVER, "https://h%00.evil.example/" },
  { NEVER, "https://h%0d%0a/" },
  { NEVER, "https://h%2fevil.example/" },
  { NEVER, "https://h%2525.example/" },
  /* Read as a name at first, but an address once it is decoded. */
  { NEVER, "http://%30x7f.1/" },
  { NEVER, "https://%30xa9fe0001/" },
};

static void
test_doors (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (doors); i++) {
    for (guint insecure = 0; insecure < 2; insecure++) {
      g_autoptr (GError) error = NULL;
      gboolean allowed = seedance_url_check (doors[i].url, insecure, &error);

      g_test_message ("'%s'", doors[i].url);
      g_assert_cmpint (allowed, ==,
          doors[i].allowed + insecure >= ALWAYS && doors[i].allowed != NEVER);
      if (allowed)
        g_assert_no_error (error);
      else
        g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
    }
  }
}

static void
test_a_refusal_says_what_to_do (void)
{
  g_autoptr (GError) error = NULL;

  seedance_url_check ("http://api.example/v1", FALSE, &error);
  g_assert_nonnull (strstr (error->message, "http://api.example/v1"));
  g_assert_nonnull (strstr (error->message, "https"));
  g_assert_nonnull (strstr (error->message, "allow-insecure"));
  g_clear_error (&error);
  seedance_url_check ("api.example:8443/v1", TRUE, &error);
  g_assert_nonnull (strstr (error->message, "put https:// before it"));
}

static void
test_any_bytes_are_judged (void)
{
  static const gchar alphabet[] = "htps:/@?#[]%.\\ 01x\xff\xef\r\n~a";

  for (guint i = 0; i < 20000; i++) {
    gchar url[32] = "https://";
    guint size = g_test_rand_int_range (0, sizeof url - 1);
    g_autofree gchar *shown = NULL, *resolved = NULL;

    for (guint k = i % 2 ? 8 : 0; k < size; k++)
      url[k] = alphabet[g_test_rand_int_range (0, sizeof alphabet - 1)];
    seedance_url_check (url, i % 3 == 0, NULL);
    seedance_url_reach (url);
    seedance_url_same_origin (url, "https://h/");
    shown = seedance_url_redact (url);
    g_assert_nonnull (shown);
    g_assert_true (g_utf8_validate (shown, -1, NULL));
    resolved = seedance_url_resolve ("https://h/a/b", url);
  }
}

static const gchar *const local[] = { "https://localhost/",
  "https://LOCALHOST/", "https://a.b.localhost/", "https://A.LocalHost/",
  "https://localhost./", "https://127.0.0.1/", "https://127.1/",
  "https://0x7f.1/", "https://2130706433/", "https://[::1]/",
  "https://[0:0:0:0:0:0:0:1]/", "https://0.0.0.0/", "https://0/",
  "https://[::]/", "https://169.254.169.254/", "https://2852039166/",
  "https://169.254.0.1/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/",
  "https://[febf::1]/", "https://%6c%6f%63alhost/",
  /* IPv4 in IPv6 */
  "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
  "https://[::ffff:169.254.169.254]/", "https://[::ffff:0.0.0.0]/",
  /* Unicode letters, digits and dots that libcurl maps to ASCII */
  "https://\xef\xbd\x8c\xef\xbd\x8f\xef\xbd\x83\xef\xbd\x81\xef\xbd\x8c\xef\xbd"
  "\x88\xef\xbd\x8f\xef\xbd\x93\xef\xbd\x94/",
  "https://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/",
  "https://127\xe3\x80\x82"
  "0\xe3\x80\x82"
  "0\xe3\x80\x82"
  "1/",
  "https://\xe2\x93\x9bocalhost/",
  /* Names in every system's hosts file */
  "https://ip6-localhost/", "https://ip6-loopback/",
  "https://localhost.localdomain/" };

static const gchar *const remote[] = { "https://api.example/",
  "https://localhost.evil.example/", "https://mylocalhost/",
  "https://127.0.0.1.evil.example/", "https://128.0.0.1/",
  "https://169.253.0.1/", "https://169.255.0.1/", "https://[2001:db8::1]/",
  "https://[::2:0:0:1]/", "https://[::ffff:93.184.216.34]/",
  "https://h/?x=https://127.0.0.1/", "https://h/#localhost" };

static void
test_local (gconstpointer data)
{
  g_assert_true (seedance_url_reach (data) <= SEEDANCE_REACH_LINK ||
                 !seedance_url_check (data, TRUE, NULL));
}

static void
test_remote (gconstpointer data)
{
  g_assert_cmpint (seedance_url_reach (data), ==, SEEDANCE_REACH_PUBLIC);
}

/* The first and the last address of each special-purpose block in IANA's
 * registries, and their neighbours. */
static const struct {
  const gchar *address;
  SeedanceReach reach;
} addresses[] = {
#define MACHINE SEEDANCE_REACH_MACHINE
#define LINK SEEDANCE_REACH_LINK
#define PRIVATE SEEDANCE_REACH_PRIVATE
#define PUBLIC SEEDANCE_REACH_PUBLIC
  { "0.0.0.0", MACHINE },
  { "0.255.255.255", MACHINE },
  { "1.0.0.0", PUBLIC },
  { "9.255.255.255", PUBLIC },
  { "10.0.0.0", PRIVATE },
  { "10.255.255.255", PRIVATE },
  { "11.0.0.0", PUBLIC },
  { "100.63.255.255", PUBLIC },
  { "100.64.0.0", PRIVATE },
  { "100.127.255.255", PRIVATE },
  { "100.128.0.0", PUBLIC },
  { "127.0.0.1", MACHINE },
  { "127.255.255.255", MACHINE },
  { "128.0.0.0", PUBLIC },
  { "169.254.169.254", LINK },
  { "172.15.255.255", PUBLIC },
  { "172.16.0.0", PRIVATE },
  { "172.31.255.255", PRIVATE },
  { "172.32.0.0", PUBLIC },
  { "192.0.0.1", PRIVATE },
  { "192.0.1.0", PUBLIC },
  { "192.167.255.255", PUBLIC },
  { "192.168.0.0", PRIVATE },
  { "192.168.255.255", PRIVATE },
  { "192.169.0.0", PUBLIC },
  { "198.17.255.255", PUBLIC },
  { "198.18.0.1", PRIVATE },
  { "198.19.255.255", PRIVATE },
  { "198.20.0.0", PUBLIC },
  { "224.0.0.1", LINK },
  { "239.255.255.250", LINK },
  { "240.0.0.1", PRIVATE },
  { "255.255.255.255", LINK },
  { "8.8.8.8", PUBLIC },
  { "::", MACHINE },
  { "::1", MACHINE },
  { "::127.0.0.1", MACHINE },
  { "::10.0.0.1", PRIVATE },
  { "::8.8.8.8", PUBLIC },
  { "::ffff:127.0.0.1", MACHINE },
  { "::ffff:169.254.1.1", LINK },
  { "::ffff:192.168.1.1", PRIVATE },
  { "::ffff:8.8.8.8", PUBLIC },
  { "::ffff:0:10.0.0.1", PRIVATE },
  { "64:ff9b::127.0.0.1", MACHINE },
  { "64:ff9b::10.1.2.3", PRIVATE },
  { "64:ff9b::8.8.8.8", PUBLIC },
  { "64:ff9b:1::8.8.8.8", PRIVATE },
  { "2002:7f00:1::", MACHINE },
  { "2002:a00:1::1", PRIVATE },
  { "2002:808:808::1", PUBLIC },
  { "2001:0:1::1", PRIVATE },
  { "2001:db8::1", PUBLIC },
  { "fbff::1", PUBLIC },
  { "fc00::1", PRIVATE },
  { "fd00::1", PRIVATE },
  { "fdff:ffff::1", PRIVATE },
  { "fe7f::1", PUBLIC },
  { "fe80::1", LINK },
  { "fe80::1%eth0", LINK },
  { "febf::1", LINK },
  { "fec0::1", PRIVATE },
  { "ff02::1", LINK },
  { "2a00:1450::1", PUBLIC },
  { "example", PUBLIC },
  { "", PUBLIC },
};

static void
test_addresses (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++) {
    g_test_message ("%s", addresses[i].address);
    g_assert_cmpint (seedance_url_address_reach (addresses[i].address), ==,
        addresses[i].reach);
  }
}

/* The same addresses in the spellings that a URL allows. */
static const struct {
  const gchar *url;
  SeedanceReach reach;
} written[] = {
  { "https://10.0.0.1/", PRIVATE },
  { "https://10.1/", PRIVATE },
  { "https://0xa.1/", PRIVATE },
  { "https://012.0.0.1/", PRIVATE },
  { "https://167772161/", PRIVATE },
  { "https://167772161./", PRIVATE },
  { "https://10.0.0.1./", PRIVATE },
  { "https://2130706433./", MACHINE },
  { "https://0x7f.1./", MACHINE },
  { "https://[fd00::1]/", PRIVATE },
  { "https://[FD00::1]/", PRIVATE },
  { "https://[fd00::1%25eth0]/", PRIVATE },
  { "https://[::ffff:10.0.0.1]/", PRIVATE },
  { "https://[::ffff:a00:1]/", PRIVATE },
  { "https://[64:ff9b::a00:1]/", PRIVATE },
  { "https://100.64.0.1/", PRIVATE },
  { "https://192.168.0.1:8443/a?b", PRIVATE },
  { "https://172.20.1.1#x", PRIVATE },
  { "https://10.0.0.1.example/", PUBLIC },
  { "https://example/10.0.0.1", PUBLIC },
};

static void
test_written (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (written); i++) {
    g_test_message ("%s", written[i].url);
    g_assert_cmpint (seedance_url_reach (written[i].url), ==, written[i].reach);
  }
}

static const gchar *const same[][2] = {
  { "https://h/v1", "https://h/other?x=y#z" },
  { "https://h", "https://h/" },
  { "https://h/", "https://h:443/" },
  { "http://h/", "http://h:80/" },
  { "HTTPS://H/", "https://h/" },
  { "https://[::1]/", "https://[::1]:443/" },
  { "http://127.0.0.1/", "http://127.1/" },
  { "https://h:08443/", "https://h:8443/" },
};

static const gchar *const different[][2] = {
  { "https://h/", "http://h/" },
  { "https://h/", "https://h:444/" },
  { "https://h:80/", "http://h/" },
  { "http://h:443/", "https://h/" },
  { "https://h/", "https://i/" },
  { "https://h.example/", "https://a.h.example/" },
  { "https://h.example/", "https://h.example.evil.example/" },
  { "https://h.example/", "https://evil.example/h.example/" },
  { "https://h.example/", "https://h.example@evil.example/" },
  { "https://h.example/", "https://h.example\\@evil.example/" },
  { "https://h.example/", "https://evil.example?h.example/" },
  { "https://h.example/", "https://evil.example#h.example/" },
  { "https://h/", "ftp://h:443/" },
  { "https://h/", "" },
  { "https://h/", "h" },
  { "https://h/", "//h/" },
  { "", "" },
  { "x", "x" },
  { "file:///a", "file:///a" },
};

static void
assert_same_origin (const gchar *const pair[2], gboolean expected)
{
  g_test_message ("'%s' '%s'", pair[0], pair[1]);
  g_assert_cmpint (seedance_url_same_origin (pair[0], pair[1]), ==, expected);
  g_assert_cmpint (seedance_url_same_origin (pair[1], pair[0]), ==, expected);
}

static void
test_origins (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (same); i++)
    assert_same_origin (same[i], TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (different); i++)
    assert_same_origin (different[i], FALSE);
}

typedef struct {
  const gchar *location;
  const gchar *url;
} Hop;

/* The URL that redirects; the locations are relative to it. */
#define BASE "https://h:8443/v1/videos/t?sig=1"

static const Hop hops[] = {
  { "https://i/x?y=%2F&z", "https://i/x?y=%2F&z" },
  { "/x", "https://h:8443/x" },
  { "x", "https://h:8443/v1/videos/x" },
  { "../x", "https://h:8443/v1/x" },
  { "../../../../x", "https://h:8443/x" },
  { "?y=z", "https://h:8443/v1/videos/t?y=z" },
  { "//i/x", "https://i/x" },
  { "http://h:8443/x", "http://h:8443/x" },
  { "x?sig=a%2Bb+c%20d", "https://h:8443/v1/videos/x?sig=a%2Bb+c%20d" },
  { "/x/.././y?a/../b", "https://h:8443/x/.././y?a/../b" },
  { "//i/x/../%2e./y", "https://i/x/../%2e./y" },
  { "https://i/x/../y", "https://i/x/../y" },
  { "/", "https://h:8443/" },
  { "/x#y", "https://h:8443/x#y" },
  { "/a b?c=%20", "https://h:8443/a%20b?c=%20" },
  { "https://i/a b", "https://i/a%20b" },
};

static void
test_hops (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (hops); i++) {
    g_autofree gchar *url = seedance_url_resolve (BASE, hops[i].location);

    g_assert_cmpstr (url, ==, hops[i].url);
  }
}

/* The function may return NULL or a URL that the check then refuses. */
static void
test_hostile_hops_are_refused (void)
{
  static const gchar *const locations[] = { "file:///etc/passwd", "ftp://h/x",
    "data:,x", "javascript:x", "https://u:p@i/x", "//u:p@i/x",
    "https://i/a\r\nX: y", "/a\r\nX: y", "/a b", "//i\r\n/", "https://",
    "https://i:99999/", "//" };

  for (guint i = 0; i < G_N_ELEMENTS (locations); i++) {
    g_autofree gchar *url = seedance_url_resolve (BASE, locations[i]);

    g_test_message ("'%s' '%s'", locations[i], url ? url : "(null)");
    g_assert_false (url && seedance_url_check (url, TRUE, NULL) &&
                    !g_str_has_prefix (url, "https://h:8443/"));
    g_assert_false (url && (strchr (url, '\r') || strchr (url, '\n')));
  }
}

static const Hop shown[] = {
  { "https://h/v1/videos/t", "https://h/v1/videos/t" },
  { "https://h:8443/a?X-Sig=SECRET&b=c", "https://h:8443/a" },
  { "https://h?SECRET", "https://h/" },
  { "https://h/a#SECRET", "https://h/a" },
  { "https://h/a?b=c?SECRET#SECRET", "https://h/a" },
  { "https://SECRET:SECRET@h/a", "https://h/a" },
  { "https://SECRET@h/a", "https://h/a" },
  { "ftp://u:SECRET@h/a", "ftp://h/a" },
};

/* Not valid URLs, but similar enough to hold a secret. */
static const gchar *const broken[] = { "https://u:SECRET@h:99999/",
  "https://u:SECRET@ho st/", "ht!tp://u:SECRET@h/", "u:SECRET@h", "h/a?SECRET",
  "h/a#SECRET", "/a?SECRET", "?SECRET", "https://h:99999/a?SECRET",
  "https://h\xff:99999/?SECRET", "https://u:SECRET%40@h:99999/",
  "//u:SECRET@h/", "https:u:SECRET@h",
  /* Characters in a password that end a host */
  "https://u:pa#SECRET@h/", "https://u:SECRET#pa@h/", "https://u:SECRET?pa@h/",
  "https://u:SECRET/pa@h/", "https://u:12/SECRET@h/", "u:SECRET/x@h:80",
  "https://u:SECRET pa@h/" };

static const struct {
  const gchar *set, *shown;
} read_back[] = {
  { "https://h/v1", "https://h/v1" },
  { "https://h/v1?a=b@c", "https://h/v1?a=b@c" },
  { "https://h/@me/i.png", "https://h/@me/i.png" },
  { "https://u:SECRET@h/v1", "https://h/v1" },
  { "https://u:SECRET@h:99999/", "https://…" },
  { "me@home.png", "me@home.png" },
  { "", "" },
};

static void
test_read_back (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (read_back); i++) {
    g_autofree gchar *text = seedance_url_show (read_back[i].set);

    g_assert_cmpstr (text, ==, read_back[i].shown);
  }
}

static void
test_shown (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (shown); i++) {
    g_autofree gchar *text = seedance_url_redact (shown[i].location);

    g_assert_cmpstr (text, ==, shown[i].url);
  }
}

static void
test_broken_urls_show_no_secret (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_autofree gchar *text = seedance_url_redact (broken[i]);
    g_autoptr (GError) error = NULL;

    g_test_message ("'%s'", text);
    g_assert_null (strstr (text, "SECRET"));
    if (!seedance_url_check (broken[i], FALSE, &error))
      g_assert_null (strstr (error->message, "SECRET"));
  }
}

static void
add_each (const gchar *path, const gchar *const *urls, gsize count,
    GTestDataFunc test)
{
  for (gsize i = 0; i < count; i++) {
    g_autofree gchar *plain =
        g_strcanon (g_strdup (urls[i] + strlen ("https://")),
            G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS ".:[]%-", '_');
    g_autofree gchar *full = g_strconcat (path, plain, NULL);

    g_test_add_data_func (full, urls[i], test);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/url/check/all", test_doors);
  g_test_add_func ("/url/check/text", test_a_refusal_says_what_to_do);
  g_test_add_func ("/url/check/any-bytes", test_any_bytes_are_judged);
  add_each ("/url/local/", local, G_N_ELEMENTS (local), test_local);
  add_each ("/url/remote/", remote, G_N_ELEMENTS (remote), test_remote);
  g_test_add_func ("/url/reach/addresses", test_addresses);
  g_test_add_func ("/url/reach/written", test_written);
  g_test_add_func ("/url/same-origin", test_origins);
  g_test_add_func ("/url/resolve/all", test_hops);
  g_test_add_func ("/url/resolve/hostile", test_hostile_hops_are_refused);
  g_test_add_func ("/url/redact/urls", test_shown);
  g_test_add_func ("/url/redact/broken", test_broken_urls_show_no_secret);
  g_test_add_func ("/url/redact/read-back", test_read_back);
  return g_test_run ();
}
