/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses URLs with libcurl, and judges how far away their hosts are. */

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

/* Returns TRUE if the host stays the same when the URL is written out and
 * parsed again. The parser looks for numeric addresses before it decodes
 * escapes, so "%30x7f.1" is a name to it, but 127.0.0.1 to the resolver. A host
 * that has a "%" left after decoding is refused as well. */
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

static gchar *
strip_host (gchar *host)
{
  gsize length = host ? strlen (host) : 0;

  if (length > 2 && host[0] == '[') {
    memmove (host, host + 1, length - 2);
    host[length - 2] = '\0';
    return host;
  }
  while (length > 1 && host[length - 1] == '.')
    host[--length] = '\0';

  return host;
}

/* The host without the brackets of IPv6 and without a dot at its end. A number
 * that ends in a dot is a name to the parser but an address to the resolver, so
 * the rest is parsed once more without the dot. */
static gchar *
url_host (CURLU *parsed)
{
  gchar *host = url_part (parsed, CURLUPART_HOST, 0);
  const gboolean dotted = host && g_str_has_suffix (host, ".");
  g_autoptr (CURLU) bare = NULL;
  g_autofree gchar *url = NULL;

  host = strip_host (host);
  if (!dotted)
    return host;
  bare = curl_url ();
  url = g_strdup_printf ("http://%s/", host);
  if (curl_url_set (bare, CURLUPART_URL, url, 0) != CURLUE_OK)
    return host;
  g_free (host);

  return strip_host (url_part (bare, CURLUPART_HOST, 0));
}

gchar *
seedance_url_get_host (const gchar *url)
{
  g_autoptr (CURLU) parsed = url_parse (url);

  return parsed ? url_host (parsed) : NULL;
}

gchar *
seedance_url_get_path (const gchar *url)
{
  const gchar *host = strstr (url, "://");
  const gchar *path = host ? host + 3 + strcspn (host + 3, "/?#") : "";

  return g_strndup (path, strcspn (path, "?#"));
}

typedef struct {
  guint8 bytes[16];
  guint bits;
  SeedanceReach reach;
} Block;

/* From the registries of special-purpose addresses; the first match counts.
 * Addresses that are reserved for documentation count as public: nobody answers
 * there. */
static const Block blocks4[] = {
  { { 0 }, 8, SEEDANCE_REACH_MACHINE },
  { { 127 }, 8, SEEDANCE_REACH_MACHINE },
  { { 169, 254 }, 16, SEEDANCE_REACH_LINK },
  { { 224 }, 4, SEEDANCE_REACH_LINK },
  { { 255, 255, 255, 255 }, 32, SEEDANCE_REACH_LINK },
  { { 10 }, 8, SEEDANCE_REACH_PRIVATE },
  { { 100, 64 }, 10, SEEDANCE_REACH_PRIVATE },
  { { 172, 16 }, 12, SEEDANCE_REACH_PRIVATE },
  { { 192, 0, 0 }, 24, SEEDANCE_REACH_PRIVATE },
  { { 192, 168 }, 16, SEEDANCE_REACH_PRIVATE },
  { { 198, 18 }, 15, SEEDANCE_REACH_PRIVATE },
  { { 240 }, 4, SEEDANCE_REACH_PRIVATE },
};

static const Block blocks6[] = {
  { { 0 }, 128, SEEDANCE_REACH_MACHINE },
  { { [15] = 1 }, 128, SEEDANCE_REACH_MACHINE },
  { { 0xfe, 0x80 }, 10, SEEDANCE_REACH_LINK },
  { { 0xff }, 8, SEEDANCE_REACH_LINK }, { { 0xfc }, 7, SEEDANCE_REACH_PRIVATE },
  { { 0xfe, 0xc0 }, 10, SEEDANCE_REACH_PRIVATE },
  { { 0, 0x64, 0xff, 0x9b, 0, 1 }, 48, SEEDANCE_REACH_PRIVATE },
  { { 0x20, 0x01, 0, 0 }, 32, SEEDANCE_REACH_PRIVATE }, /* Teredo */
};

#define MAPPED 0

/* IPv6 addresses that stand for the IPv4 address at @offset in them: mapped,
 * translated, compatible, NAT64, 6to4. */
static const struct {
  Block block;
  guint offset;
} inner4[] = {
  [MAPPED] = { { { [10] = 0xff, [11] = 0xff }, 96 }, 12 },
  { { { [8] = 0xff, [9] = 0xff }, 96 }, 12 },
  { { { 0 }, 96 }, 12 },
  { { { 0, 0x64, 0xff, 0x9b }, 96 }, 12 },
  { { { 0x20, 0x02 }, 16 }, 2 },
};

static gboolean
is_in (const guint8 *address, const Block *block)
{
  for (guint bit = 0; bit < block->bits; bit++) {
    const guint8 mask = 0x80 >> bit % 8;

    if ((address[bit / 8] ^ block->bytes[bit / 8]) & mask)
      return FALSE;
  }

  return TRUE;
}

static SeedanceReach
look_up (const guint8 *address, const Block *blocks, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    if (is_in (address, &blocks[i]))
      return blocks[i].reach;
  }

  return SEEDANCE_REACH_PUBLIC;
}

SeedanceReach
seedance_url_address_reach (const gchar *text)
{
  g_autofree gchar *bare = g_strndup (text, strcspn (text, "%"));
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (bare);
  const guint8 *bytes = address ? g_inet_address_to_bytes (address) : NULL;
  SeedanceReach reach;

  if (!address)
    return SEEDANCE_REACH_PUBLIC;
  if (g_inet_address_get_native_size (address) == 4)
    return look_up (bytes, blocks4, G_N_ELEMENTS (blocks4));
  reach = look_up (bytes, blocks6, G_N_ELEMENTS (blocks6));
  for (guint i = 0; reach == SEEDANCE_REACH_PUBLIC && i < G_N_ELEMENTS (inner4);
       i++) {
    if (is_in (bytes, &inner4[i].block))
      reach =
          look_up (bytes + inner4[i].offset, blocks4, G_N_ELEMENTS (blocks4));
  }

  return reach;
}

/* libcurl itself connects these names to this machine. */
static gboolean
name_is_localhost (const gchar *name)
{
  return g_str_equal (name, "localhost") ||
         g_str_has_suffix (name, ".localhost");
}

/* Most hosts files have these names, but a name server may say otherwise. */
static gboolean
name_may_be_local (const gchar *name)
{
  return g_str_equal (name, "localhost.localdomain") ||
         g_str_equal (name, "ip6-localhost") ||
         g_str_equal (name, "ip6-loopback");
}

/* The reach of the host; PUBLIC for a name that says nothing about it. */
static SeedanceReach
host_reach (CURLU *parsed)
{
  g_autofree gchar *host = url_host (parsed);
  g_autofree gchar *lower = host ? g_ascii_strdown (host, -1) : NULL;

  if (lower && (name_is_localhost (lower) || name_may_be_local (lower)))
    return SEEDANCE_REACH_MACHINE;

  return lower ? seedance_url_address_reach (lower) : SEEDANCE_REACH_PUBLIC;
}

SeedanceReach
seedance_url_reach (const gchar *url)
{
  g_autoptr (CURLU) parsed = url_parse (url);

  return parsed ? host_reach (parsed) : SEEDANCE_REACH_PUBLIC;
}

/* Loopback addresses and names. 0.0.0.0 is not one, although it leads here on
 * some systems. */
static gboolean
host_is_loopback (CURLU *parsed)
{
  g_autofree gchar *host = url_host (parsed);
  g_autofree gchar *lower = host ? g_ascii_strdown (host, -1) : NULL;
  g_autoptr (GInetAddress) address =
      host ? g_inet_address_new_from_string (host) : NULL;
  const guint8 *bytes;

  if (!lower)
    return FALSE;
  if (!address)
    return name_is_localhost (lower);
  bytes = g_inet_address_to_bytes (address);

  return g_inet_address_get_is_loopback (address) ||
         (g_inet_address_get_native_size (address) == 16 &&
             is_in (bytes, &inner4[MAPPED].block) && bytes[12] == 127);
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

/* Letters outside ASCII may become dots and digits when the name is converted.
 * A user who needs them can write the ASCII form of the name. */
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

  if (!strstr (url, "://")) {
    why = "does not say how to get there: put https:// before it";
  } else if (!parsed || has_control_characters (url) || !host_is_ascii (parsed)) {
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

/* The host in its normal form, or NULL if it is written like that already. A
 * dot at the end only tells a resolver that the name is complete. A name of one
 * word keeps it: without the dot, the resolver may add the domains of the
 * network. Free with g_free(). */
static gchar *
normalize_host (CURLU *parsed)
{
  g_autofree gchar *written = url_part (parsed, CURLUPART_HOST, 0);
  g_autofree gchar *bare = url_host (parsed);
  g_autofree gchar *lower = g_ascii_strdown (bare ? bare : "", -1);
  g_autofree gchar *host = NULL;
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (lower);

  if (address)
    host = g_inet_address_to_string (address);
  else if (strchr (lower, '.') || name_is_localhost (lower))
    host = g_strdup (lower);
  else
    host = g_ascii_strdown (written ? written : "", -1);
  if (address && strchr (host, ':')) {
    g_autofree gchar *inside = g_steal_pointer (&host);

    host = g_strdup_printf ("[%s]", inside);
  }

  return g_strcmp0 (host, written) == 0 ? NULL : g_steal_pointer (&host);
}

/* Decodes escapes that are not needed: letters, digits and "-._~" mean the same
 * with and without one. */
static gchar *
normalize_escapes (const gchar *url)
{
  GString *out = g_string_new (NULL);

  for (; *url; url++) {
    const gint high = *url == '%' ? g_ascii_xdigit_value (url[1]) : -1;
    const gint low = high >= 0 ? g_ascii_xdigit_value (url[2]) : -1;
    const gchar c = (gchar) (high * 16 + low);

    if (low < 0) {
      g_string_append_c (out, *url);
      continue;
    }
    if (g_ascii_isalnum (c) || (c && strchr ("-._~", c)))
      g_string_append_c (out, c);
    else
      g_string_append_printf (out, "%%%X%X", high, low);
    url += 2;
  }

  return g_string_free (out, FALSE);
}

gchar *
seedance_url_normalize (const gchar *url)
{
  g_autoptr (CURLU) parsed = url_parse (url);
  g_autoptr (CURLU) again = NULL;
  g_autofree gchar *host = parsed ? normalize_host (parsed) : NULL;
  g_autofree gchar *joined = NULL, *plain = NULL;
  gchar *normal;
  gsize length;

  if (!parsed ||
      (host && curl_url_set (parsed, CURLUPART_HOST, host, 0) != CURLUE_OK))
    return NULL;
  joined = url_part (parsed, CURLUPART_URL, 0);
  plain = joined ? normalize_escapes (joined) : NULL;
  /* Escaped dots are plain by now; parsing again takes them out of the path. */
  again = plain ? url_parse (plain) : NULL;
  normal =
      again ? url_part (again, CURLUPART_URL, CURLU_NO_DEFAULT_PORT) : NULL;
  length = normal ? strlen (normal) : 0;
  while (length > 0 && normal[length - 1] == '/')
    normal[--length] = '\0';

  return normal;
}

/* Completes a location that begins with a slash by the scheme, or the scheme
 * and host, of @base. libcurl 8 would remove the dots from its path, even when
 * told to leave them. All other locations are left to libcurl. */
static gchar *
complete_location (CURLU *base, const gchar *location)
{
  g_autofree gchar *scheme = url_part (base, CURLUPART_SCHEME, 0);
  g_autoptr (CURLU) root = NULL;
  g_autofree gchar *origin = NULL;

  if (location[0] != '/')
    return g_strdup (location);
  if (location[1] == '/')
    return g_strconcat (scheme, ":", location, NULL);
  root = curl_url_dup (base);
  curl_url_set (root, CURLUPART_PATH, NULL, 0);
  curl_url_set (root, CURLUPART_QUERY, NULL, 0);
  curl_url_set (root, CURLUPART_FRAGMENT, NULL, 0);
  origin = url_part (root, CURLUPART_URL, 0);

  /* The origin ends in the slash with which the location begins. */
  return origin ? g_strconcat (origin, location + 1, NULL) : NULL;
}

gchar *
seedance_url_resolve (const gchar *base, const gchar *location)
{
  g_autoptr (CURLU) parsed = url_parse (base);
  g_autofree gchar *complete =
      parsed ? complete_location (parsed, location) : NULL;

  /* Dots in the path stay, because they may be part of what was signed. */
  if (!complete ||
      curl_url_set (parsed, CURLUPART_URL, complete,
          CURLU_PATH_AS_IS | CURLU_URLENCODE | CURLU_ALLOW_SPACE) !=
          CURLUE_OK ||
      !host_is_sound (parsed))
    return NULL;

  return url_part (parsed, CURLUPART_URL, 0);
}

/* Shortens a text that is no URL, or that can be read as one in several ways,
 * before the place where a secret may start. With an "@" that is right after
 * the scheme: a password may hold anything, even "?" and "#". */
static gchar *
redact_broken (const gchar *text)
{
  const gchar *colon = strstr (text, "://");
  const gchar *end;

  if (!strchr (text, '@'))
    return g_strndup (text, strcspn (text, "?#"));
  end = colon ? colon + strlen ("://") : text;
  if (strspn (text, G_CSET_a_2_z G_CSET_A_2_Z "+-.") !=
      (gsize) (end - text) - 3)
    end = text;

  return g_strdup_printf ("%.*s…", (gint) (end - text), text);
}

gchar *
seedance_url_redact (const gchar *url)
{
  g_autofree gchar *valid = g_utf8_make_valid (url, -1);
  g_autofree gchar *shown = NULL, *path = NULL;
  g_autoptr (CURLU) parsed = url_parse (valid);

  if (parsed)
    path = url_part (parsed, CURLUPART_PATH, 0);
  /* In "https://user:12/3@host", a password with a slash, the parser takes
   * "user" for the host. */
  if (!parsed || (path && strchr (path, '@')))
    return redact_broken (valid);
  curl_url_set (parsed, CURLUPART_QUERY, NULL, 0);
  curl_url_set (parsed, CURLUPART_FRAGMENT, NULL, 0);
  curl_url_set (parsed, CURLUPART_USER, NULL, 0);
  curl_url_set (parsed, CURLUPART_PASSWORD, NULL, 0);
  shown = url_part (parsed, CURLUPART_URL, 0);

  /* The parser decodes escapes in the host, so the text may not be UTF-8. */
  return shown ? g_utf8_make_valid (shown, -1) : redact_broken (valid);
}

gchar *
seedance_url_show (const gchar *text)
{
  g_autoptr (CURLU) parsed = NULL;
  g_autofree gchar *user = NULL, *password = NULL;

  if (!strstr (text, "://") || !strchr (text, '@'))
    return g_strdup (text);
  parsed = url_parse (text);
  if (parsed) {
    user = url_part (parsed, CURLUPART_USER, 0);
    password = url_part (parsed, CURLUPART_PASSWORD, 0);
  }
  if (parsed && !user && !password)
    return g_strdup (text);

  return seedance_url_redact (text);
}
