/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Repairs links in answers and makes relative ones absolute. */
#include "answer-private.h"

#include <string.h>

#include "text.h"
#include "url.h"

#define MAX_URL 16384

static gboolean
is_absolute (const gchar *url)
{
  return g_ascii_strncasecmp (url, "https://", 8) == 0 ||
         g_ascii_strncasecmp (url, "http://", 7) == 0;
}

/* Returns TRUE if @url looks like a relative path and not like a word such as
 * "n/a". */
static gboolean
is_relative (const gchar *url)
{
  const gsize path = strcspn (url, "?#");
  const gchar *slash = g_strrstr_len (url, (gssize) path, "/");

  if (*url == '/' || g_str_has_prefix (url, "./") ||
      g_str_has_prefix (url, "../"))
    return TRUE;
  if (!slash || memchr (url, ':', path))
    return FALSE;

  return memchr (slash, '.', path - (gsize) (slash - url)) != NULL;
}

/* Returns what has to stand before a path from the root: scheme and host of
 * @address, or only the scheme if the path begins with "//host". */
static gchar *
get_origin (const gchar *address, gboolean with_host)
{
  const gchar *host = strstr (address, "://") + strlen ("://");

  return g_strndup (
      address, with_host ? (gsize) (host - address) + strcspn (host, "/?#")
                         : (gsize) (host - address) - 2);
}

/* A path from the root is only put behind the origin, so that its bytes stay as
 * they are. Others are resolved, which removes "." and "..". */
static gchar *
make_absolute (const gchar *url, const gchar *address)
{
  g_autofree gchar *origin = NULL;

  if (is_absolute (url))
    return g_strdup (url);
  if (!address || !is_absolute (address) || !is_relative (url))
    return NULL;
  if (*url != '/')
    return seedance_url_resolve (address, url);
  origin = get_origin (address, url[1] != '/');

  return g_strconcat (origin, url, NULL);
}

/* Rejects credentials, spaces and backslashes. URL parsers do not agree on
 * where a host with a backslash ends. */
static gboolean
has_sound_host (const gchar *url)
{
  const gchar *host = strstr (url, "://") + strlen ("://");
  const gsize n = strcspn (host, "/?#");

  return n > 0 && !memchr (host, '@', n) && !memchr (host, '\\', n) &&
         !memchr (host, ' ', n);
}

gchar *
seedance_answer_mend_link (const gchar *raw, const gchar *address)
{
  g_autofree gchar *trimmed = g_strstrip (g_strdup (raw));
  g_autofree gchar *url = NULL;
  GString *mended;

  if (!*trimmed || strlen (trimmed) > MAX_URL ||
      !seedance_text_is_plain (trimmed))
    return NULL;
  url = make_absolute (trimmed, address);
  /* A link back to the address asked leads to the task and not to a clip. */
  if (!url || !has_sound_host (url) || g_strcmp0 (url, address) == 0)
    return NULL;
  mended = g_string_new (url);
  g_string_replace (mended, " ", "%20", 0);

  return g_string_free (mended, FALSE);
}
