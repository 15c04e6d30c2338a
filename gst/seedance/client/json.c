/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rewrites a JSON text where cJSON would lose something or refuse it, then has
 * cJSON parse the copy; and reads values from the result. */
#include "json.h"

#include <string.h>

#define MAX_ALL (64 * 1024 * 1024)
#define MAX_BARE (4 * 1024 * 1024)
/* cJSON recurses. Services nest a few levels. */
#define MAX_DEPTH 64
/* A double holds every integer of up to 15 digits exactly. */
#define EXACT_DIGITS 15
/* Longest name of a member in a path, with its NUL. */
#define MAX_NAME 32
/* UTF-8 never has this byte. It marks the string that stands for a number. */
#define MARK '\xff'
/* 2^53: a double holds every integer up to this exactly. */
#define MAX_EXACT 9007199254740992.0

gboolean
seedance_json_count (SeedanceJsonSize *counted, const gchar *data, gsize size)
{
  counted->all += size;
  for (const gchar *p = data; p < data + size; p++) {
    if (counted->escaped) {
      counted->escaped = FALSE;
    } else if (*p == '"') {
      counted->in_string = !counted->in_string;
      counted->bare++;
    } else if (!counted->in_string) {
      counted->bare++;
    } else {
      counted->escaped = *p == '\\';
    }
  }

  return counted->all <= MAX_ALL && counted->bare <= MAX_BARE;
}

/* Returns the value of the "\uXXXX" at @p, or -1 if there is none. */
static gint
read_escape (const gchar *p, const gchar *end)
{
  gint value = 0;

  if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
    return -1;
  for (guint i = 2; i < 6; i++) {
    gint digit = g_ascii_xdigit_value (p[i]);

    if (digit < 0)
      return -1;
    value = value << 4 | digit;
  }
  return value;
}

/* Copies the escape at @p and returns its length in the source. An escaped NUL,
 * at which cJSON would end the string, becomes U+0001. Half a surrogate pair
 * becomes U+FFFD: cJSON would refuse the whole answer, and services do produce
 * one when they cut an echoed prompt short. */
static gsize
copy_escape (GString *out, const gchar *p, const gchar *end)
{
  gint unit = read_escape (p, end);
  gint low = unit < 0 ? -1 : read_escape (p + 6, end);
  gsize n = unit < 0 ? MIN (2, end - p) : 6;

  if (unit == 0) {
    g_string_append (out, "\\u0001");
    return n;
  }
  if (unit >= 0xd800 && unit < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
    n = 12;
  } else if (unit >= 0xd800 && unit < 0xe000) {
    g_string_append (out, "\\ufffd");
    return n;
  }
  g_string_append_len (out, p, n);
  return n;
}

static gsize
copy_string (GString *out, const gchar *start, const gchar *end)
{
  const gchar *p = start + 1;

  g_string_append_c (out, '"');
  while (p < end && *p != '"') {
    const gchar *plain = p;

    while (p < end && *p != '"' && *p != '\\')
      p++;
    g_string_append_len (out, plain, p - plain);
    if (p < end && *p == '\\')
      p += copy_escape (out, p, end);
  }
  if (p < end)
    g_string_append_c (out, *p++);
  return p - start;
}

/* Copies a number and returns its length in the source. An integer that a
 * double may round becomes a string: with a rounded id a paid task would be
 * lost. If @mark, MARK is the first byte of that string. */
static gsize
copy_number (GString *out, const gchar *start, const gchar *end, gboolean mark)
{
  const gchar *digits = *start == '-' ? start + 1 : start;
  const gchar *p = digits;
  gboolean quote;

  while (p < end && g_ascii_isdigit (*p))
    p++;
  quote = p - digits > EXACT_DIGITS && (p == end || !strchr (".eE+-", *p));
  while (p < end && (g_ascii_isdigit (*p) || strchr (".eE+-", *p)))
    p++;

  if (quote)
    g_string_append_c (out, '"');
  if (quote && mark)
    g_string_append_c (out, MARK);
  g_string_append_len (out, start, p - start);
  if (quote)
    g_string_append_c (out, '"');
  return p - start;
}

/* Returns a copy that cJSON can parse without loss; NULL if nested too deep. */
static GString *
tame (const gchar *body, gsize size, gboolean mark)
{
  g_autoptr (GString) out = g_string_sized_new (size + 1);
  const gchar *p = body, *end = body + size;
  guint depth = 0;

  while (p < end) {
    if (*p == '"') {
      p += copy_string (out, p, end);
      continue;
    }
    if (*p == '-' || g_ascii_isdigit (*p)) {
      p += copy_number (out, p, end, mark);
      continue;
    }
    if ((*p == '{' || *p == '[') && ++depth > MAX_DEPTH)
      return NULL;
    if ((*p == '}' || *p == ']') && depth > 0)
      depth--;
    g_string_append_c (out, *p++);
  }
  return g_steal_pointer (&out);
}

static cJSON *
parse (const gchar *body, gsize size, gboolean mark)
{
  g_autoptr (GString) text = NULL;
  SeedanceJsonSize counted = { 0 };
  const gchar *rest = NULL;
  cJSON *json;

  if (size == 0 || !seedance_json_count (&counted, body, size) ||
      memchr (body, '\0', size))
    return NULL;
  text = tame (body, size, mark);
  if (!text)
    return NULL;

  json = cJSON_ParseWithLengthOpts (text->str, text->len + 1, &rest, FALSE);
  if (!json)
    return NULL;
  if ((cJSON_IsObject (json) || cJSON_IsArray (json)) &&
      rest[strspn (rest, " \t\r\n")] == '\0')
    return json;
  cJSON_Delete (json);

  return NULL;
}

cJSON *
seedance_json_parse (const gchar *body, gsize size)
{
  return parse (body, size, FALSE);
}

static void
replace_marked (cJSON *node)
{
  cJSON *child;

  if (cJSON_IsString (node) && node->valuestring[0] == MARK) {
    node->type = (node->type & ~0xff) | cJSON_Raw;
    memmove (
        node->valuestring, node->valuestring + 1, strlen (node->valuestring));
  }
  cJSON_ArrayForEach (child, node)
  {
    replace_marked (child);
  }
}

cJSON *
seedance_json_parse_exact (const gchar *body, gsize size)
{
  cJSON *json =
      size > 0 && !memchr (body, MARK, size) ? parse (body, size, TRUE) : NULL;

  if (json)
    replace_marked (json);

  return json;
}

const cJSON *
seedance_json_get (const cJSON *node, const gchar *path)
{
  while (node && *path) {
    if (*path == '[') {
      gchar *end;
      guint64 index = g_ascii_strtoull (path + 1, &end, 10);

      node = cJSON_IsArray (node) ? cJSON_GetArrayItem (node, index) : NULL;
      path = end + 1;
    } else {
      gchar name[MAX_NAME];
      gsize n = strcspn (path, ".[");

      g_strlcpy (name, path, MIN (n + 1, sizeof name));
      node = cJSON_IsObject (node)
                 ? cJSON_GetObjectItemCaseSensitive (node, name)
                 : NULL;
      path += n;
    }
    if (*path == '.')
      path++;
  }
  return node;
}

/* Returns what follows an index such as "[12]" at @path; NULL if there is
 * none. */
static const gchar *
skip_index (const gchar *path)
{
  const gchar *p = path + 1;

  while (g_ascii_isdigit (*p) && p - path <= 4)
    p++;

  return p > path + 1 && *p == ']' ? p + 1 : NULL;
}

gboolean
seedance_json_is_path (const gchar *path)
{
  const gchar *p = path;

  if (!p || !*p)
    return FALSE;
  while (*p) {
    gsize n = strspn (p, "abcdefghijklmnopqrstuvwxyz_-"
                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    if (*p != '[' && (n == 0 || n >= MAX_NAME))
      return FALSE;
    p = *p == '[' ? skip_index (p) : p + n;
    if (!p || (*p == '.' && (p[1] == '\0' || p[1] == '[')) ||
        (*p && *p != '.' && *p != '['))
      return FALSE;
    if (*p == '.')
      p++;
  }

  return TRUE;
}

gboolean
seedance_json_is_integer (const cJSON *node)
{
  gdouble value = cJSON_IsNumber (node) ? node->valuedouble : 0.5;

  return value >= -MAX_EXACT && value <= MAX_EXACT &&
         value == (gdouble) (gint64) value;
}

gboolean
seedance_json_read_integer (const cJSON *node, gint64 *value)
{
  const gchar *text =
      cJSON_IsRaw (node) ? node->valuestring : cJSON_GetStringValue (node);

  if (text)
    return g_ascii_string_to_signed (
        text, 10, G_MININT64, G_MAXINT64, value, NULL);
  if (!seedance_json_is_integer (node))
    return FALSE;
  *value = (gint64) node->valuedouble;

  return TRUE;
}
