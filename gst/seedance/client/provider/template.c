/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Expands templates with the values of a request. */

#include "template-private.h"

#include <string.h>

#include "request.h"

/* State of one expansion: how many values the template asked for so far, and
 * how many of them were set. */
typedef struct {
  const cJSON *values;
  const cJSON *item; /* NULL outside a for-each */
  guint asked, found;
} Expansion;

gboolean
seedance_template_is_name (const gchar *name)
{
  return g_str_has_prefix (name, SEEDANCE_TEMPLATE_EXTRA)
             ? name[strlen (SEEDANCE_TEMPLATE_EXTRA)] != '\0'
             : seedance_request_has_value (name);
}

const cJSON *
seedance_template_get (const cJSON *values, const gchar *name)
{
  if (g_str_has_prefix (name, SEEDANCE_TEMPLATE_EXTRA)) {
    values = cJSON_GetObjectItemCaseSensitive (values, "extra-params");
    name += strlen (SEEDANCE_TEMPLATE_EXTRA);
  }

  return cJSON_GetObjectItemCaseSensitive (values, name);
}

static const cJSON *
get (const Expansion *expansion, const gchar *name)
{
  if (expansion->item && g_str_equal (name, SEEDANCE_TEMPLATE_ITEM))
    return expansion->item;

  return seedance_template_get (expansion->values, name);
}

gboolean
seedance_template_next_piece (const gchar **text, SeedanceTemplatePiece *piece)
{
  const gchar *p = *text, *end;

  *piece = (SeedanceTemplatePiece){ .start = p };
  if (*p == '\0')
    return FALSE;
  if (g_str_has_prefix (p, "$${")) {
    piece->start = p + 1;
    piece->size = 2;
    *text = p + 3;
    return TRUE;
  }
  if (!g_str_has_prefix (p, "${")) {
    do
      p++;
    while (*p && !g_str_has_prefix (p, "${") && !g_str_has_prefix (p, "$${"));
    piece->size = p - *text;
    *text = p;
    return TRUE;
  }
  end = strchr (p, '}');
  piece->is_value = TRUE;
  piece->is_broken = end == NULL;
  end = end ? end : p + strlen (p);
  piece->start = p + 2;
  piece->size = end - piece->start;
  *text = *end ? end + 1 : end;
  if (piece->size > 7 && memcmp (end - 7, ":string", 7) == 0) {
    piece->as_string = TRUE;
    piece->size -= 7;
  }

  return TRUE;
}

gboolean
seedance_template_is_value (const gchar *text, SeedanceTemplatePiece *piece)
{
  return seedance_template_next_piece (&text, piece) && piece->is_value &&
         *text == '\0';
}

gchar *
seedance_template_piece_name (const SeedanceTemplatePiece *piece)
{
  return g_strndup (piece->start, piece->size);
}

const cJSON *
seedance_template_member (const cJSON *node, const gchar *name)
{
  return cJSON_IsObject (node) ? cJSON_GetObjectItemCaseSensitive (node, name)
                               : NULL;
}

static gboolean
text_mentions (const gchar *text, const gchar *name)
{
  SeedanceTemplatePiece piece;

  while (seedance_template_next_piece (&text, &piece)) {
    if (piece.is_value && piece.size == strlen (name) &&
        memcmp (piece.start, name, piece.size) == 0)
      return TRUE;
  }

  return FALSE;
}

gboolean
seedance_template_mentions (const cJSON *node, const gchar *name)
{
  const cJSON *child;

  if (cJSON_IsString (node))
    return text_mentions (node->valuestring, name);
  cJSON_ArrayForEach (child, seedance_template_member (node, "by"))
  {
    if (g_str_equal (child->valuestring, name))
      return TRUE;
  }
  cJSON_ArrayForEach (child, node)
  {
    if (seedance_template_mentions (child, name))
      return TRUE;
  }

  return FALSE;
}

static cJSON *expand (Expansion *expansion, const cJSON *node);

/* Strings are not copied: an image may have 40 MB. */
static cJSON *
copy_value (const cJSON *value)
{
  return cJSON_IsString (value)
             ? cJSON_CreateStringReference (value->valuestring)
             : cJSON_Duplicate (value, TRUE);
}

static void
append_value (GString *text, const cJSON *value)
{
  gchar *printed;

  if (cJSON_IsString (value) || cJSON_IsRaw (value)) {
    g_string_append (text, value->valuestring);
    return;
  }
  printed = cJSON_PrintUnformatted (value);
  g_string_append (text, printed);
  cJSON_free (printed);
}

static cJSON *
expand_text (Expansion *expansion, const gchar *text)
{
  g_autoptr (GString) result = NULL;
  SeedanceTemplatePiece piece;

  if (seedance_template_is_value (text, &piece) && !piece.as_string) {
    g_autofree gchar *name = seedance_template_piece_name (&piece);
    const cJSON *value = get (expansion, name);

    expansion->asked++;
    expansion->found += value != NULL;
    return value ? copy_value (value) : NULL;
  }
  result = g_string_new (NULL);
  while (seedance_template_next_piece (&text, &piece)) {
    g_autofree gchar *name = seedance_template_piece_name (&piece);
    const cJSON *value = piece.is_value ? get (expansion, name) : NULL;

    if (!piece.is_value) {
      g_string_append (result, name);
      continue;
    }
    expansion->asked++;
    if (!value)
      return NULL;
    expansion->found++;
    append_value (result, value);
  }

  return cJSON_CreateString (result->str);
}

static void
expand_each (Expansion *expansion, const cJSON *node, cJSON *list)
{
  g_autofree gchar *name = NULL;
  const cJSON *each = seedance_template_member (node, "for-each"), *child;
  SeedanceTemplatePiece piece;

  seedance_template_is_value (each->valuestring, &piece);
  name = seedance_template_piece_name (&piece);
  expansion->asked++;
  each = get (expansion, name);
  if (!cJSON_IsArray (each))
    return;
  cJSON_ArrayForEach (expansion->item, each)
  {
    cJSON *item = cJSON_CreateObject ();

    expansion->found++;
    cJSON_ArrayForEach (child, node)
    {
      cJSON *made = g_str_equal (child->string, "for-each")
                        ? NULL
                        : expand (expansion, child);

      if (made)
        cJSON_AddItemToObject (item, child->string, made);
    }
    cJSON_AddItemToArray (list, item);
  }
  expansion->item = NULL;
}

static cJSON *
expand_children (Expansion *expansion, const cJSON *node)
{
  const gboolean is_list = cJSON_IsArray (node);
  const guint asked = expansion->asked, found = expansion->found;
  cJSON *made = is_list ? cJSON_CreateArray () : cJSON_CreateObject ();
  const cJSON *child;

  cJSON_ArrayForEach (child, node)
  {
    cJSON *part;

    if (is_list && seedance_template_member (child, "for-each")) {
      expand_each (expansion, child, made);
      continue;
    }
    part = expand (expansion, child);
    if (part && is_list)
      cJSON_AddItemToArray (made, part);
    else if (part)
      cJSON_AddItemToObject (made, child->string, part);
  }
  if (expansion->asked == asked || expansion->found > found)
    return made;
  cJSON_Delete (made);

  return NULL;
}

static gboolean
is_set (const cJSON *values, const cJSON *condition)
{
  const cJSON *child;

  if (cJSON_IsString (condition))
    return seedance_template_get (values, condition->valuestring) != NULL;
  cJSON_ArrayForEach (child, condition)
  {
    if (seedance_template_get (values, child->valuestring))
      return TRUE;
  }

  return FALSE;
}

static const cJSON *
choose (const cJSON *values, const cJSON *node)
{
  while (node && seedance_template_member (node, "if"))
    node = seedance_template_member (
        node, is_set (values, seedance_template_member (node, "if")) ? "then"
                                                                     : "else");

  return node;
}

/* Returns the key of a table, such as "720p 16:9", from those values that are
 * set; NULL if none is. */
static gchar *
make_key (const cJSON *values, const cJSON *names)
{
  g_autoptr (GString) key = g_string_new (NULL);
  const cJSON *name;

  cJSON_ArrayForEach (name, names)
  {
    const gchar *text = cJSON_GetStringValue (
        seedance_template_get (values, name->valuestring));

    if (text)
      g_string_append_printf (key, "%s%s", key->len > 0 ? " " : "", text);
  }

  return key->len > 0 ? g_strdup (key->str) : NULL;
}

/* Whether the text @text is in the expansion and holds the value @name. A text
 * with a value that was not set is left out. */
static gboolean
text_uses (const cJSON *values, const gchar *text, const gchar *name)
{
  gboolean found = FALSE;
  SeedanceTemplatePiece piece;

  while (seedance_template_next_piece (&text, &piece)) {
    g_autofree gchar *held = seedance_template_piece_name (&piece);

    if (!piece.is_value)
      continue;
    if (!g_str_equal (held, SEEDANCE_TEMPLATE_ITEM) &&
        !seedance_template_get (values, held))
      return FALSE;
    found |= g_str_equal (held, name);
  }

  return found;
}

/* Returns what @node becomes with @values: the branch that is taken; NULL if
 * nothing is made of it. */
static const cJSON *
find_used (const cJSON *values, const cJSON *node)
{
  const gchar *list;
  SeedanceTemplatePiece piece;
  g_autofree gchar *name = NULL;

  node = choose (values, node);
  list = cJSON_GetStringValue (seedance_template_member (node, "for-each"));
  if (!list)
    return node;
  seedance_template_is_value (list, &piece);
  name = seedance_template_piece_name (&piece);

  return cJSON_IsArray (seedance_template_get (values, name)) ? node : NULL;
}

gboolean
seedance_template_uses (
    const cJSON *node, const cJSON *values, const gchar *name)
{
  const cJSON *used = find_used (values, node), *child;
  const cJSON *names = seedance_template_member (used, "by");

  if (cJSON_IsString (used))
    return text_uses (values, used->valuestring, name);
  cJSON_ArrayForEach (child, names)
  {
    if (g_str_equal (child->valuestring, name))
      return TRUE;
  }
  cJSON_ArrayForEach (child, used)
  {
    if (seedance_template_uses (child, values, name))
      return TRUE;
  }

  return FALSE;
}

const cJSON *
seedance_template_find_missing (
    const cJSON *node, const cJSON *values, gchar **key)
{
  const cJSON *used = find_used (values, node), *found = NULL, *child;
  const cJSON *names = seedance_template_member (used, "by");

  if (names) {
    const cJSON *table = seedance_template_member (used, "is");

    *key = make_key (values, names);
    if (*key && !seedance_template_member (table, *key))
      return table;
    g_clear_pointer (key, g_free);
    return NULL;
  }
  cJSON_ArrayForEach (child, used)
  {
    found = seedance_template_find_missing (child, values, key);
    if (found)
      break;
  }

  return found;
}

static cJSON *
expand_table (Expansion *expansion, const cJSON *node)
{
  g_autofree gchar *key =
      make_key (expansion->values, seedance_template_member (node, "by"));
  const cJSON *row = key ? seedance_template_member (
                               seedance_template_member (node, "is"), key)
                         : NULL;

  expansion->asked++;
  expansion->found += row != NULL;

  return row ? cJSON_Duplicate (row, TRUE) : NULL;
}

static cJSON *
expand (Expansion *expansion, const cJSON *node)
{
  node = choose (expansion->values, node);
  if (!node)
    return NULL;
  if (seedance_template_member (node, "by"))
    return expand_table (expansion, node);
  if (cJSON_IsString (node))
    return expand_text (expansion, node->valuestring);
  if (cJSON_IsObject (node) || cJSON_IsArray (node))
    return expand_children (expansion, node);

  return cJSON_Duplicate (node, TRUE);
}

cJSON *
seedance_template_expand (const cJSON *node, const cJSON *values)
{
  Expansion expansion = { .values = values };

  return expand (&expansion, node);
}

/* Servers and proxies normalise paths, so the segments "." and ".." are
 * escaped. */
static void
append_segment (GString *path, const gchar *segment)
{
  g_autofree gchar *escaped = g_uri_escape_string (segment, NULL, FALSE);

  if (g_str_equal (escaped, ".") || g_str_equal (escaped, ".."))
    g_string_append (path, escaped[1] ? "%2E%2E" : "%2E");
  else
    g_string_append (path, escaped);
}

/* A task id is one segment. A model may be several: "owner/name". */
static void
append_segments (GString *path, const gchar *name, const gchar *text)
{
  g_auto (GStrv) segments = NULL;

  if (g_str_equal (name, "task-id")) {
    append_segment (path, text);
    return;
  }
  segments = g_strsplit (text, "/", -1);
  for (guint i = 0; segments[i]; i++) {
    if (i > 0)
      g_string_append_c (path, '/');
    append_segment (path, segments[i]);
  }
}

gchar *
seedance_template_expand_path (const cJSON *node, const cJSON *values)
{
  const gchar *text = cJSON_GetStringValue (choose (values, node));
  GString *path = g_string_new (NULL);
  SeedanceTemplatePiece piece;

  while (text && seedance_template_next_piece (&text, &piece)) {
    g_autofree gchar *name = seedance_template_piece_name (&piece);
    const gchar *value =
        piece.is_value
            ? cJSON_GetStringValue (seedance_template_get (values, name))
            : NULL;

    if (!piece.is_value)
      g_string_append (path, name);
    else if (value)
      append_segments (path, name, value);
  }

  return g_string_free (path, FALSE);
}
