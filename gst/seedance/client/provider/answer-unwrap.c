/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses an answer. Some services write an object as a text of JSON: the task
 * in "data", or the whole answer. Such a text becomes the object. */
#include "answer-private.h"

#include <string.h>

static cJSON *
parse_text (const gchar *text)
{
  const gchar *start = text + strspn (text, " \t\r\n");

  return *start == '{' || *start == '['
             ? seedance_json_parse (start, strlen (start))
             : NULL;
}

static void
unwrap_node (cJSON *node)
{
  const gchar *text = cJSON_GetStringValue (node);
  cJSON *inside = text ? parse_text (text) : NULL;

  if (!inside)
    return;
  cJSON_free (node->valuestring);
  node->valuestring = NULL;
  node->type = (node->type & ~0xff) | (inside->type & 0xff);
  node->child = inside->child;
  inside->child = NULL;
  cJSON_Delete (inside);
}

static gboolean
is_container (const gchar *name)
{
  gboolean is = FALSE;

  for (guint i = 0; !is && seedance_answer_containers[i]; i++)
    is = seedance_answer_is_same_name (seedance_answer_containers[i], name);

  return is;
}

static void
unwrap_containers (cJSON *node, guint depth)
{
  cJSON *object = cJSON_IsArray (node) ? node->child : node;
  cJSON *member;
  guint n = 0;

  if (cJSON_IsArray (node) && object)
    unwrap_node (object);
  if (!cJSON_IsObject (object) || depth >= SEEDANCE_ANSWER_NESTING)
    return;
  cJSON_ArrayForEach (member, object)
  {
    if (n++ == SEEDANCE_ANSWER_MEMBERS)
      break;
    if (!is_container (member->string))
      continue;
    unwrap_node (member);
    unwrap_containers (member, depth + 1);
  }
}

/* Parses a body that is a text of JSON. */
static cJSON *
parse_quoted (const gchar *body, gsize size)
{
  GString *list;
  cJSON *parsed, *inside;

  if (size == 0 || !memchr (body, '"', size))
    return NULL;
  list = g_string_new ("[");
  g_string_append_len (list, body, (gssize) size);
  g_string_append_c (list, ']');
  parsed = seedance_json_parse (list->str, list->len);
  g_string_free (list, TRUE);
  inside = parsed && cJSON_IsString (parsed->child) && !parsed->child->next
               ? parse_text (parsed->child->valuestring)
               : NULL;
  cJSON_Delete (parsed);

  return inside;
}

cJSON *
seedance_answer_unwrap (const gchar *body, gsize size)
{
  cJSON *root = seedance_json_parse (body, size);

  if (!root)
    root = parse_quoted (body, size);
  if (root)
    unwrap_containers (root, 0);

  return root;
}
