/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes texts from outside safe to show (text.h): hides what is secret in URLs,
 * drops control characters and HTML tags, and cuts. text-hide.c hides keys. */

#include "text.h"

#include <string.h>

/* In bytes. Of a longer text only so much is processed, which is far more than
 * is shown, and the margin at its end is dropped, see drop_end(). */
#define LOOK_MAX (64 * 1024)
#define LOOK_MARGIN (4 * 1024)
/* In bytes: of a longer body only so much is searched for words. */
#define BODY_LOOK_MAX (4 * 1024 * 1024)

/* Characters that surely end a URL in a text. */
#define URL_ENDS " \t\r\n\"'<>"

/* Returns the length of the "://" at @p in bytes; 0 if there is none. JSON may
 * write it as ":\/\/", and some programs read "\" as "/". */
static gsize
measure_lead (const gchar *p)
{
  const gsize slashes = *p == ':' ? strspn (p + 1, "/\\") : 0;

  return slashes >= 2 ? 1 + slashes : 0;
}

/* Returns the length of the "://" at @p and the user info behind it, in bytes
 * with its "@"; 0 if there is no user info. */
static gsize
measure_user (const gchar *p)
{
  const gchar *host = p + measure_lead (p);
  gsize length = host > p ? strcspn (host, "/?#\\" URL_ENDS) : 0;
  const gchar *at = g_strrstr_len (host, (gssize) length, "@");

  return at ? (gsize) (at + 1 - p) : 0;
}

/* Hides the user info of URLs, which may hold a password, and the query and
 * fragment, which may hold a signature. */
static gchar *
hide_in_urls (const gchar *text)
{
  GString *out = g_string_new (NULL);
  gboolean in_path = FALSE;

  while (*text) {
    gsize n = 1;

    if (strchr (URL_ENDS, *text))
      in_path = FALSE;
    else if (*text == '/' || *text == '\\')
      in_path = TRUE;
    if (measure_user (text) > 0) {
      n = measure_user (text);
      g_string_append (out, "://…@");
    } else if (in_path && (*text == '?' || *text == '#') &&
               strcspn (text + 1, URL_ENDS) > 0) {
      n = 1 + strcspn (text + 1, URL_ENDS);
      g_string_append_printf (out, "%c…", *text);
    } else {
      g_string_append_c (out, *text);
    }
    text += n;
  }

  return g_string_free (out, FALSE);
}

static gboolean
is_invisible (gunichar c)
{
  switch (g_unichar_type (c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_UNASSIGNED:
      return TRUE;
    default:
      return FALSE;
  }
}

/* The zero-width joiners stay: they are part of emoji and of some scripts. */
static gboolean
is_blank (gunichar c)
{
  return c != 0x200c && c != 0x200d && (is_invisible (c) || c == ' ');
}

static gchar *
cut (const gchar *text, guint max)
{
  GString *out = g_string_new (NULL);
  gboolean blank = FALSE;

  for (guint n = 0; *text; text = g_utf8_next_char (text)) {
    const gunichar c = g_utf8_get_char (text);

    if (is_blank (c)) {
      blank = out->len > 0;
      continue;
    }
    n += blank ? 2 : 1;
    if (n > max) {
      g_string_append (out, "…");
      break;
    }
    if (blank)
      g_string_append_c (out, ' ');
    blank = FALSE;
    g_string_append_unichar (out, c);
  }

  return g_string_free (out, FALSE);
}

/* Drops the end of a text that was cut to LOOK_MAX: half of a secret, which
 * cannot be recognized, may stand there. */
static void
drop_end (gchar *text)
{
  gsize end = strlen (text);

  end -= MIN (end, LOOK_MARGIN);
  while (end > 0 && ((guchar) text[end] & 0xc0) == 0x80)
    end--;
  text[end] = '\0';
}

gchar *
seedance_text_clean (
    const gchar *raw, gssize size, guint max, const gchar *secret)
{
  const gsize length = size < 0 ? strnlen (raw, LOOK_MAX + 1) : (gsize) size;
  g_autofree gchar *valid =
      g_utf8_make_valid (raw, (gssize) MIN (length, LOOK_MAX));
  g_autofree gchar *hidden = seedance_text_hide (valid, secret);
  g_autofree gchar *public = NULL;

  if (length > LOOK_MAX)
    drop_end (hidden);
  public = hide_in_urls (hidden);

  return cut (public, max);
}

/* Returns the end tag of the element @name that begins at @p; @p if none does.
 * The content of such an element is not for readers. */
static const gchar *
skip_element (const gchar *p, const gchar *name)
{
  g_autofree gchar *end = g_strconcat ("</", name, NULL);
  const gsize length = strlen (name);

  if (*p == '\0' || g_ascii_strncasecmp (p + 1, name, length) != 0)
    return p;
  for (p += length; *p; p++) {
    if (g_ascii_strncasecmp (p, end, length + 2) == 0)
      return p;
  }

  return p;
}

static gchar *
drop_tags (const gchar *text)
{
  GString *out = g_string_new (NULL);

  while (*text) {
    const gchar *rest = text;

    /* A "<" that begins no tag stays. */
    if (*text == '<' &&
        (g_ascii_isalpha (text[1]) ||
            (text[1] && strchr ("/!?", text[1])))) {
      rest = skip_element (skip_element (rest, "script"), "style");
      rest += strcspn (rest, ">");
      rest += *rest ? 1 : 0;
      g_string_append_c (out, ' ');
      text = rest;
    } else {
      g_string_append_c (out, *text++);
    }
  }

  return g_string_free (out, FALSE);
}

/* Whether more than a tenth of it are control characters or no UTF-8. */
static gboolean
is_binary (const gchar *body, gsize size)
{
  g_autofree gchar *valid = g_utf8_make_valid (body, (gssize) size);
  gsize odd = 0, all = 0;

  for (const gchar *p = valid; *p; p = g_utf8_next_char (p), all++) {
    const gunichar c = g_utf8_get_char (p);

    odd += c == 0xfffd || (c < 0x20 && !g_unichar_isspace (c));
  }

  return odd * 10 > all;
}

gchar *
seedance_text_quote_body (
    const gchar *body, gsize size, guint max, const gchar *secret)
{
  g_autofree gchar *valid = NULL, *words = NULL;
  const gsize look = MIN (size, BODY_LOOK_MAX);
  gchar *text;

  if (size == 0 || memchr (body, '\0', look) || is_binary (body, look))
    return NULL;
  valid = g_utf8_make_valid (body, (gssize) look);
  words = drop_tags (valid);
  if (look < size)
    drop_end (words);
  text = seedance_text_clean (words, -1, max, secret);
  if (!*text)
    g_clear_pointer (&text, g_free);

  return text;
}

gboolean
seedance_text_is_plain (const gchar *text)
{
  if (!g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (; *text; text = g_utf8_next_char (text)) {
    if (is_invisible (g_utf8_get_char (text)))
      return FALSE;
  }

  return TRUE;
}
