/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds a secret in a text, however the sender has written it. The text is read
 * as a list of letters, each with its place in the text. Invisible characters
 * are left out of the list, and an escape counts as one letter. The result is
 * the text as it was, but with "***" in place of the secret. */

#include "text.h"

#include <string.h>

/* A shorter secret is not hidden: it is no key, and may occur in any word. */
#define SECRET_MIN 4
/* Any part of a long key that has so many letters is recognized. */
#define SECRET_PART 8
#define HIDDEN "***"

/* Marks of hidden bytes: the first of a row is shown as HIDDEN, the further
 * ones are not shown. */
#define FIRST 1
#define FURTHER 2

/* How many layers of escapes are undone: JSON in a string of JSON, HTML in a
 * URL. */
#define ESCAPES_DEEP 3

typedef struct {
  guint8 c; /* in lower case; OTHER = never part of a key */
  gsize start, end; /* its bytes in the text */
} Letter;

#define OTHER 1

/* Our name, which many of our own texts hold. It stays legible even if the key
 * contains it. */
#define NAME "seedance"
#define NAME_LENGTH (sizeof NAME - 1)

/* Whether @c may stand between two letters of a secret: an invisible character,
 * or what a text has where a line was broken. */
static gboolean
is_skipped (gunichar c)
{
  switch (g_unichar_type (c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SPACE_SEPARATOR:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_UNASSIGNED:
      return TRUE;
    default:
      /* The fillers of Hangul, an empty Braille cell, and the replacement of
       * bytes that are no UTF-8. */
      return c == 0x115f || c == 0x1160 || c == 0x3164 || c == 0xffa0 ||
             c == 0x2800 || c == 0xfffd;
  }
}

static guint8
to_letter (gunichar c)
{
  if (c >= 0xff01 && c <= 0xff5e) /* full-width ASCII */
    c -= 0xff01 - '!';

  return c < 0x80 ? (guint8) g_ascii_tolower ((gchar) c) : OTHER;
}

static GArray *
split (const gchar *text)
{
  GArray *letters = g_array_new (FALSE, FALSE, sizeof (Letter));

  for (const gchar *p = text; *p;) {
    const gunichar c = g_utf8_get_char_validated (p, -1);
    const gboolean valid = c != (gunichar) -1 && c != (gunichar) -2;
    const gchar *next = valid ? g_utf8_next_char (p) : p + 1;

    if (valid && !is_skipped (c)) {
      const Letter letter = { to_letter (c), (gsize) (p - text),
        (gsize) (next - text) };

      g_array_append_val (letters, letter);
    }
    p = next;
  }

  return letters;
}

static guint8
get_letter (const GArray *letters, guint i)
{
  return i < letters->len ? g_array_index (letters, Letter, i).c : '\0';
}

/* Reads up to @most digits at @i into *@value. Returns how many there are. */
static guint
read_digits (
    const GArray *letters, guint i, guint base, guint most, guint *value)
{
  guint n = 0;

  for (*value = 0; n < most; n++) {
    const gint digit =
        g_ascii_xdigit_value ((gchar) get_letter (letters, i + n));

    if (digit < 0 || (guint) digit >= base)
      break;
    *value = *value * base + (guint) digit;
  }

  return n;
}

static guint
read_name (const GArray *letters, guint i, guint *value)
{
  static const struct {
    const gchar *name;
    guint c;
  } names[] = { { "amp;", '&' }, { "plus;", '+' }, { "sol;", '/' },
    { "equals;", '=' }, { "lowbar;", '_' }, { "hyphen;", '-' },
    { "dash;", '-' }, { "period;", '.' }, { "colon;", ':' }, { "semi;", ';' },
    { "comma;", ',' }, { "commat;", '@' }, { "num;", '#' }, { "excl;", '!' },
    { "ast;", '*' }, { "percnt;", '%' }, { "dollar;", '$' }, { "bsol;", '\\' },
    { "lt;", '<' }, { "gt;", '>' }, { "quot;", '"' }, { "apos;", '\'' },
    { "nbsp;", 0xa0 }, { "shy;", 0xad }, { "zwnj;", 0x200c },
    { "zwj;", 0x200d } };

  for (guint k = 0; k < G_N_ELEMENTS (names); k++) {
    guint n = 0;

    while (names[k].name[n] &&
           get_letter (letters, i + n) == (guint8) names[k].name[n])
      n++;
    if (!names[k].name[n]) {
      *value = names[k].c;
      return n;
    }
  }

  return 0;
}

static guint
read_entity (const GArray *letters, guint i, guint *value)
{
  const gboolean hex = get_letter (letters, i + 2) == 'x';
  const guint lead = hex ? 3 : 2;
  guint n;

  if (get_letter (letters, i + 1) != '#') {
    n = read_name (letters, i + 1, value);
    return n > 0 ? 1 + n : 0;
  }
  n = read_digits (letters, i + lead, hex ? 16 : 10, 7, value);
  if (n == 0)
    return 0;

  return lead + n + (get_letter (letters, i + lead + n) == ';');
}

/* A backslash before punctuation, or "\u" and "\x" before digits. */
static guint
read_backslash (const GArray *letters, guint i, guint *value)
{
  const guint8 next = get_letter (letters, i + 1);

  if (next == 'u' && read_digits (letters, i + 2, 16, 4, value) == 4)
    return 6;
  if (next == 'x' && read_digits (letters, i + 2, 16, 2, value) == 2)
    return 4;
  *value = next;

  return g_ascii_ispunct ((gchar) next) ? 2 : 0;
}

/* Returns how many letters the escape at @i has, 0 if there is none. *@value
 * gets the character that it stands for. */
static guint
read_escape (const GArray *letters, guint i, guint *value)
{
  switch (get_letter (letters, i)) {
    case '%':
      return read_digits (letters, i + 1, 16, 2, value) == 2 ? 3 : 0;
    case '&':
      return read_entity (letters, i, value);
    case '\\':
      return read_backslash (letters, i, value);
    default:
      return 0;
  }
}

/* Works in place, because the list only gets shorter. Leaves out escapes of
 * other characters than ASCII: they are never part of a key and may be
 * invisible. */
static void
unescape (GArray *letters)
{
  guint out = 0;

  for (guint i = 0; i < letters->len;) {
    Letter letter = g_array_index (letters, Letter, i);
    guint value = 0;
    const guint n = read_escape (letters, i, &value);

    if (n > 0) {
      letter.c = is_skipped (value) ? OTHER : to_letter (value);
      letter.end = g_array_index (letters, Letter, i + n - 1).end;
    }
    i += MAX (n, 1);
    if (n == 0 || letter.c != OTHER)
      g_array_index (letters, Letter, out++) = letter;
  }
  g_array_set_size (letters, out);
}

static void
unescape_deep (GArray *letters)
{
  for (guint depth = 0; depth < ESCAPES_DEEP; depth++)
    unescape (letters);
}

/* What is searched for. The secret is written in several ways, such as base64,
 * and each run of @width letters of each way is packed into a number. */
typedef struct {
  GArray *runs; /* sorted when complete */
  guint width;
  guint least;       /* so many letters in a row are hidden */
  gboolean in_parts; /* that is less than the whole secret */
} Secret;

static gint
compare_runs (gconstpointer a, gconstpointer b)
{
  const guint64 left = *(const guint64 *) a, right = *(const guint64 *) b;

  return (left > right) - (left < right);
}

static guint64
add_letter (guint64 run, guint8 c, guint width)
{
  const guint64 mask =
      width < 8 ? (G_GUINT64_CONSTANT (1) << (8 * width)) - 1 : G_MAXUINT64;

  return ((run << 8) | c) & mask;
}

static void
add_runs (Secret *secret, const GArray *letters)
{
  guint64 run = 0;

  for (guint i = 0; i < letters->len; i++) {
    run = add_letter (run, get_letter (letters, i), secret->width);
    if (i + 1 >= secret->width)
      g_array_append_val (secret->runs, run);
  }
}

/* Adds @text as it stands, and with its escapes undone. */
static void
add_way (Secret *secret, const gchar *text)
{
  g_autoptr (GArray) letters = split (text);

  add_runs (secret, letters);
  unescape_deep (letters);
  add_runs (secret, letters);
}

/* Adds the base64 of @text behind @lead (0 to 2) other bytes, in both
 * alphabets, without the digits at both ends that depend on the bytes around
 * it. */
static void
add_base64 (Secret *secret, const gchar *text, guint lead)
{
  const gsize length = strlen (text);
  g_autofree gchar *bytes = g_strconcat (&"??"[2 - lead], text, NULL);
  g_autofree gchar *all =
      g_base64_encode ((const guchar *) bytes, length + lead);
  const gsize first = (8 * lead + 5) / 6, end = 8 * (length + lead) / 6;
  g_autofree gchar *sure = g_strndup (all + first, end - first);

  if (strlen (sure) < secret->least)
    return;
  add_way (secret, sure);
  add_way (secret, g_strdelimit (g_strdelimit (sure, "+", '-'), "/", '_'));
}

static void
add_hex (Secret *secret, const gchar *text)
{
  GString *digits = g_string_new (NULL);

  for (; *text; text++)
    g_string_append_printf (digits, "%02x", (guint8) *text);
  add_way (secret, digits->str);
  g_string_free (digits, TRUE);
}

static void
secret_init (Secret *secret, const gchar *text)
{
  g_autoptr (GArray) letters = split (text);
  guint length;

  unescape_deep (letters);
  length = MAX (letters->len, SECRET_MIN);
  secret->runs = g_array_new (FALSE, FALSE, sizeof (guint64));
  secret->in_parts = length >= 2 * SECRET_PART;
  secret->least = secret->in_parts ? SECRET_PART : length;
  secret->width = MIN (secret->least, SECRET_PART);
  add_way (secret, text);
  if (length >= SECRET_PART) {
    for (guint lead = 0; lead < 3; lead++)
      add_base64 (secret, text, lead);
    add_hex (secret, text);
  }
  g_array_sort (secret->runs, compare_runs);
}

/* Returns how many letters at @i belong to the secret; 0 if they are too
 * few. */
static guint
measure (const Secret *secret, const GArray *letters, guint i)
{
  guint64 run = 0;
  guint n = 0;

  while (i + n < letters->len) {
    run = add_letter (run, get_letter (letters, i + n), secret->width);
    if (n + 1 >= secret->width &&
        !g_array_binary_search (secret->runs, &run, compare_runs, NULL))
      break;
    n++;
  }

  return n >= secret->least ? n : 0;
}

static gboolean
is_name_at (const GArray *letters, guint i)
{
  for (guint k = 0; k < NAME_LENGTH; k++) {
    if (get_letter (letters, i + k) != (guint8) NAME[k])
      return FALSE;
  }

  return TRUE;
}

/* Whether the @n letters at @i overlap our name, and have too few others to
 * give away a key. */
static gboolean
is_our_name (const Secret *secret, const GArray *letters, guint i, guint n)
{
  guint name = i - MIN (i, NAME_LENGTH - 1), others = 0;

  while (name < i + n && !is_name_at (letters, name))
    name++;
  if (name == i + n)
    return FALSE;
  for (guint k = i; k < i + n; k++)
    others += (k < name || k >= name + NAME_LENGTH) &&
              g_ascii_isalnum ((gchar) get_letter (letters, k));

  return others < (secret->in_parts ? SECRET_MIN : 1);
}

/* Marks the secret in @hidden, which has one byte for each byte of the text. */
static void
mark (const GArray *letters, const Secret *secret, guint8 *hidden)
{
  for (guint i = 0; i < letters->len;) {
    const guint n = measure (secret, letters, i);

    if (n > 0 && !is_our_name (secret, letters, i, n)) {
      const gsize start = g_array_index (letters, Letter, i).start;
      const gsize end = g_array_index (letters, Letter, i + n - 1).end;

      hidden[start] = hidden[start] ? hidden[start] : FIRST;
      memset (hidden + start + 1, FURTHER, end - start - 1);
    }
    i += MAX (n, 1);
  }
}

/* Searches the text as it stands, and after each layer of escapes that is
 * undone: what looks like an escape may be a "%" or "\" that stands before the
 * secret. */
static void
mark_all (const gchar *text, const Secret *secret, guint8 *hidden)
{
  g_autoptr (GArray) letters = split (text);

  mark (letters, secret, hidden);
  for (guint depth = 0; depth < ESCAPES_DEEP; depth++) {
    unescape (letters);
    mark (letters, secret, hidden);
  }
}

static gchar *
show (const gchar *text, const guint8 *hidden)
{
  GString *out = g_string_new (NULL);

  for (gsize i = 0; text[i]; i++) {
    if (hidden[i] == FIRST)
      g_string_append (out, HIDDEN);
    else if (hidden[i] != FURTHER)
      g_string_append_c (out, text[i]);
  }

  return g_string_free (out, FALSE);
}

gchar *
seedance_text_hide (const gchar *text, const gchar *secret)
{
  g_autofree guint8 *hidden = NULL;
  Secret ways;

  if (!text || !secret || strlen (secret) < SECRET_MIN)
    return g_strdup (text);
  hidden = g_malloc0 (strlen (text) + 1);
  secret_init (&ways, secret);
  mark_all (text, &ways, hidden);
  g_array_unref (ways.runs);

  return show (text, hidden);
}
