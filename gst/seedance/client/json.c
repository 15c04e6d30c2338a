/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"

#include <string.h>

#define MAX_BODY (4 * 1024 * 1024)
/* The parser recurses; no service nests deeper than a handful. */
#define MAX_DEPTH 64
/* Every integer of 15 digits survives a double. */
#define EXACT_DIGITS 15
/* Of a member in a path, with its NUL. */
#define MAX_NAME 32
#define MAX_EXACT 9007199254740992.0

/* The value of the "\uXXXX" at @p, -1 when there is none. */
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

/* Copies the escape at @p. cJSON ends a string at an escaped NUL, so that one
 * becomes another control character; and it refuses a whole answer for half a
 * surrogate pair, which services produce when they cut an echoed prompt. */
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
    if (*p == '\\')
      p += copy_escape (out, p, end);
    else
      g_string_append_c (out, *p++);
  }
  if (p < end)
    g_string_append_c (out, *p++);
  return p - start;
}

/* Copies a number; one that a double cannot hold becomes a string, because
 * rounding the id of a paid task loses the task. */
static gsize
copy_number (GString *out, const gchar *start, const gchar *end)
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
  g_string_append_len (out, start, p - start);
  if (quote)
    g_string_append_c (out, '"');
  return p - start;
}

/* A copy that is safe to parse and loses nothing; NULL = nested too deep. */
static GString *
tame (const gchar *body, gsize size)
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
      p += copy_number (out, p, end);
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

cJSON *
seedance_json_parse (const gchar *body, gsize size)
{
  g_autoptr (GString) text = NULL;
  const gchar *rest = NULL;
  cJSON *json;

  if (size == 0 || size > MAX_BODY || memchr (body, '\0', size))
    return NULL;
  text = tame (body, size);
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

/* Follows a path such as "data.output[0]". */
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

/* The digits of "[12]" and what is behind them; NULL when it is not that. */
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
  const gchar *text = cJSON_GetStringValue (node);

  if (text)
    return g_ascii_string_to_signed (
        text, 10, G_MININT64, G_MAXINT64, value, NULL);
  if (!seedance_json_is_integer (node))
    return FALSE;
  *value = (gint64) node->valuedouble;

  return TRUE;
}
