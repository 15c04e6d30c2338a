/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of HTTP and of the token that need no server, so that tests can
 * call them. */
#include "serve-guard.h"

#include <string.h>

#define NAME_DIGITS 32
#define HTTP_PORT 80
/* No file is larger. */
#define LARGEST ((guint64) G_MAXINT64)

gboolean
serve_guard_is_host (const gchar *host, guint16 port)
{
  static const gchar *const names[] = { "127.0.0.1", "localhost", "[::1]" };

  for (guint i = 0; host && i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *full = g_strdup_printf ("%s:%u", names[i], port);

    if (g_ascii_strcasecmp (host, full) == 0 ||
        (port == HTTP_PORT && g_ascii_strcasecmp (host, names[i]) == 0))
      return TRUE;
  }

  return FALSE;
}

/* Compares every byte, so that the time does not tell where a difference is. */
static gboolean
is_equal (const gchar *a, const gchar *b, gsize size)
{
  volatile guchar different = 0;

  for (gsize i = 0; i < size; i++)
    different |= (guchar) (a[i] ^ b[i]);

  return different == 0;
}

const gchar *
serve_guard_open (const gchar *path, const gchar *token)
{
  const gsize size = strlen (token);

  if (!path || path[0] != '/' || strlen (path) < size + 1 ||
      !is_equal (path + 1, token, size))
    return NULL;
  path += 1 + size;

  return *path == '\0' || *path == '/' ? path : NULL;
}

const gchar *
serve_guard_clip (const gchar *path, const gchar *prefix)
{
  const gchar *name =
      g_str_has_prefix (path, prefix) ? path + strlen (prefix) : "";

  return strlen (name) == NAME_DIGITS &&
                 strspn (name, "0123456789abcdef") == NAME_DIGITS
             ? name
             : NULL;
}

/* Reads a number of any length; one too large for a file becomes LARGEST.
 * Returns FALSE if there is no digit. */
static gboolean
read_number (const gchar **text, guint64 *number)
{
  const gchar *start = *text;

  *number = 0;
  for (; g_ascii_isdigit (**text); (*text)++) {
    const guint digit = (guint) g_ascii_digit_value (**text);

    *number = *number > (LARGEST - digit) / 10 ? LARGEST : *number * 10 + digit;
  }

  return *text > start;
}

/* Reads "first-last", "first-" or "-suffix", with nothing behind it. */
static gboolean
read_range (const gchar *text, guint64 size, guint64 *first, guint64 *last)
{
  const gboolean from = read_number (&text, first);
  gboolean to;

  if (*text++ != '-')
    return FALSE;
  to = read_number (&text, last);
  text += strspn (text, " \t");
  if (*text != '\0' || (!from && !to) || (from && to && *last < *first))
    return FALSE;
  if (!from) {
    /* A suffix asks for that many last bytes; "-0" asks for nothing. */
    *first = *last == 0 ? LARGEST : size - MIN (*last, size);
    *last = LARGEST;
  } else if (!to) {
    *last = *first > LARGEST - SERVE_RANGE_OPEN ? LARGEST
                                                : *first + SERVE_RANGE_OPEN - 1;
  }

  return TRUE;
}

ServeRange
serve_guard_range (
    const gchar *text, guint64 size, guint64 *first, guint64 *last)
{
  static const gchar unit[] = "bytes=";
  guint64 from, to;

  *first = 0;
  *last = size > 0 ? size - 1 : 0;
  if (!text || g_ascii_strncasecmp (text, unit, strlen (unit)) != 0)
    return SERVE_RANGE_WHOLE;
  text += strlen (unit);
  text += strspn (text, " \t");
  /* HTTP allows to answer several ranges with the whole file. */
  if (!read_range (text, size, &from, &to))
    return SERVE_RANGE_WHOLE;
  if (from >= size)
    return SERVE_RANGE_NONE;
  *first = from;
  *last = MIN (to, size - 1);

  return SERVE_RANGE_PART;
}
