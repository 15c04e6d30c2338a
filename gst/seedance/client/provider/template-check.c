/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks templates when a profile is loaded, so that expanding them cannot
 * fail. */

#include "template-private.h"

#include <string.h>

#include "request.h"

static gboolean check_any (
    SeedanceProfileCheck *check, const cJSON *node, gboolean in_item);

static gboolean
check_name (SeedanceProfileCheck *check, const gchar *name, gboolean in_item)
{
  if ((in_item && g_str_equal (name, SEEDANCE_TEMPLATE_ITEM)) ||
      seedance_template_is_name (name))
    return TRUE;

  return seedance_profile_expected (check,
      "the name of a value, such as \"${prompt}\"; there is no \"${%s}\"",
      name);
}

static gboolean
check_text (SeedanceProfileCheck *check, const gchar *text, gboolean in_item)
{
  SeedanceTemplatePiece piece;

  while (seedance_template_next_piece (&text, &piece)) {
    g_autofree gchar *name =
        piece.is_value ? seedance_template_piece_name (&piece) : NULL;

    if (piece.is_broken)
      return seedance_profile_expected (
          check, "a \"}\" behind \"${%s\" (\"$${\" is a plain \"${\")", name);
    if (name && !check_name (check, name, in_item))
      return FALSE;
  }

  return TRUE;
}

static gboolean
check_children (
    SeedanceProfileCheck *check, const cJSON *node, gboolean in_item)
{
  const cJSON *child;
  guint nth = 0;

  cJSON_ArrayForEach (child, node)
  {
    gsize back = child->string ? seedance_profile_enter (check, child->string)
                               : seedance_profile_enter_item (check, nth++);

    if (seedance_template_member (child, "for-each") && child->string)
      return seedance_profile_expected (
          check, "no \"for-each\" here: it is an item of a list");
    if (!check_any (check, child, in_item))
      return FALSE;
    seedance_profile_leave (check, back);
  }

  return TRUE;
}

/* The values that may be lists. */
static gboolean
is_list_name (const gchar *name)
{
  return g_str_has_prefix (name, "reference-") ||
         g_str_has_prefix (name, SEEDANCE_TEMPLATE_EXTRA);
}

static gboolean
check_for_each (SeedanceProfileCheck *check, const cJSON *node)
{
  const gchar *list =
      cJSON_GetStringValue (seedance_template_member (node, "for-each"));
  gsize back = seedance_profile_enter (check, "for-each");
  g_autofree gchar *name = NULL;
  SeedanceTemplatePiece piece;

  if (!list || !seedance_template_is_value (list, &piece) || piece.is_broken)
    return seedance_profile_expected (
        check, "one value in quotes, such as \"${reference-images}\"");
  name = seedance_template_piece_name (&piece);
  if (!check_name (check, name, FALSE))
    return FALSE;
  if (!is_list_name (name))
    return seedance_profile_expected (
        check, "a value that is a list; \"${%s}\" is none", name);
  seedance_profile_leave (check, back);

  return TRUE;
}

/* Checks a condition: a name or a list of names. */
static gboolean
check_condition (SeedanceProfileCheck *check, const cJSON *node)
{
  const cJSON *child;
  gsize back = seedance_profile_enter (check, "if");

  if (!cJSON_IsString (node) && !(cJSON_IsArray (node) && node->child))
    return seedance_profile_expected (
        check, "the name of a value, such as \"image\", or a list of them");
  if (cJSON_IsString (node) && !check_name (check, node->valuestring, FALSE))
    return FALSE;
  if (cJSON_IsArray (node)) {
    cJSON_ArrayForEach (child, node)
    {
      if (!cJSON_IsString (child))
        return seedance_profile_expected (check, "names of values");
      if (!check_name (check, child->valuestring, FALSE))
        return FALSE;
    }
  }
  seedance_profile_leave (check, back);

  return TRUE;
}

/* Checks an "if" without its branches. */
static gboolean
check_if (SeedanceProfileCheck *check, const cJSON *node)
{
  const cJSON *child;

  cJSON_ArrayForEach (child, node)
  {
    if (!g_str_equal (child->string, "if") &&
        !g_str_equal (child->string, "then") &&
        !g_str_equal (child->string, "else"))
      return seedance_profile_expected (check,
          "\"then\" and \"else\" beside \"if\", not \"%s\"", child->string);
  }
  if (!seedance_template_member (node, "then"))
    return seedance_profile_expected (check, "\"then\" beside \"if\"");

  return check_condition (check, seedance_template_member (node, "if"));
}

static gboolean
check_branches (SeedanceProfileCheck *check, const cJSON *node,
    gboolean (*check_branch) (
        SeedanceProfileCheck *check, const cJSON *branch, gconstpointer data),
    gconstpointer data)
{
  static const gchar *const branches[] = { "then", "else" };

  for (guint i = 0; i < G_N_ELEMENTS (branches); i++) {
    const cJSON *branch = seedance_template_member (node, branches[i]);
    gsize back = seedance_profile_enter (check, branches[i]);

    if (branch && !check_branch (check, branch, data))
      return FALSE;
    seedance_profile_leave (check, back);
  }

  return TRUE;
}

static gboolean
check_branch (
    SeedanceProfileCheck *check, const cJSON *branch, gconstpointer in_item)
{
  if (seedance_template_member (branch, "for-each"))
    return seedance_profile_expected (
        check, "no \"for-each\" here: it is an item of a list");

  return check_any (check, branch, in_item != NULL);
}

static gboolean
check_item (SeedanceProfileCheck *check, const cJSON *node, gboolean in_item)
{
  const cJSON *child;

  if (in_item)
    return seedance_profile_expected (
        check, "no \"for-each\" inside of another one");
  if (!check_for_each (check, node))
    return FALSE;
  cJSON_ArrayForEach (child, node)
  {
    gsize back = seedance_profile_enter (check, child->string);

    if (!g_str_equal (child->string, "for-each") &&
        !check_any (check, child, TRUE))
      return FALSE;
    seedance_profile_leave (check, back);
  }

  return TRUE;
}

/* The values that are short texts, so that a table can have them as keys. */
static gboolean
is_word_name (const gchar *name)
{
  return name &&
         (g_str_equal (name, "resolution") ||
             g_str_equal (name, "aspect-ratio") || g_str_equal (name, "model"));
}

static gboolean
check_table_names (SeedanceProfileCheck *check, const cJSON *names)
{
  gsize back = seedance_profile_enter (check, "by");
  const cJSON *name;

  cJSON_ArrayForEach (name, names)
  {
    if (!is_word_name (cJSON_GetStringValue (name)))
      return seedance_profile_expected (
          check, "names among resolution, aspect-ratio and model");
  }
  if (!cJSON_IsArray (names) || !names->child)
    return seedance_profile_expected (check, "a list of names of values");
  seedance_profile_leave (check, back);

  return TRUE;
}

static gboolean
check_table (SeedanceProfileCheck *check, const cJSON *node)
{
  const cJSON *table = seedance_template_member (node, "is"), *row;
  gsize back;

  if (!check_table_names (check, seedance_template_member (node, "by")))
    return FALSE;
  if (!cJSON_IsObject (table) || cJSON_GetArraySize (node) != 2)
    return seedance_profile_expected (check, "\"is\" alone beside \"by\"");
  back = seedance_profile_enter (check, "is");
  cJSON_ArrayForEach (row, table)
  {
    if (!cJSON_IsString (row) && !cJSON_IsNumber (row) && !cJSON_IsRaw (row))
      return seedance_profile_expected (check, "texts or numbers");
  }
  seedance_profile_leave (check, back);

  return TRUE;
}

static gboolean
check_any (SeedanceProfileCheck *check, const cJSON *node, gboolean in_item)
{
  if (cJSON_IsString (node))
    return check_text (check, node->valuestring, in_item);
  if (seedance_template_member (node, "if"))
    return check_if (check, node) && check_branches (check, node, check_branch,
                                         GINT_TO_POINTER (in_item));
  if (seedance_template_member (node, "for-each"))
    return check_item (check, node, in_item);
  if (seedance_template_member (node, "by"))
    return check_table (check, node);

  return check_children (check, node, in_item);
}

gboolean
seedance_template_check (SeedanceProfileCheck *check, const cJSON *node)
{
  if (!cJSON_IsObject (node) || seedance_template_member (node, "for-each") ||
      seedance_template_member (node, "if") ||
      seedance_template_member (node, "by"))
    return seedance_profile_expected (check, "an object, the body");

  return check_any (check, node, FALSE);
}

static gboolean
check_path (SeedanceProfileCheck *check, const cJSON *node, gconstpointer names)
{
  g_auto (GStrv) allowed = g_strsplit (names, " ", -1);
  const gchar *text = cJSON_GetStringValue (node);
  SeedanceTemplatePiece piece;

  if (seedance_template_member (node, "if"))
    return check_if (check, node) &&
           check_branches (check, node, check_path, names);
  if (!text || *text != '/')
    return seedance_profile_expected (
        check, "a path in quotes that begins with \"/\"");
  for (const gchar *c = text; *c; c++) {
    if (!g_ascii_isgraph (*c) || strchr ("#\\\"<>", *c))
      return seedance_profile_expected (
          check, "a path of ASCII characters, without spaces and \"#\"");
  }
  if (strstr (text, "/../") || strstr (text, "/./") ||
      g_str_has_suffix (text, "/..") || g_str_has_suffix (text, "/."))
    return seedance_profile_expected (check, "a path without \"..\"");
  while (seedance_template_next_piece (&text, &piece)) {
    g_autofree gchar *name =
        piece.is_value ? seedance_template_piece_name (&piece) : NULL;

    if (name && (piece.is_broken ||
                    !g_strv_contains ((const gchar *const *) allowed, name)))
      return seedance_profile_expected (
          check, "one of these values in a path: %s", (const gchar *) names);
  }

  return TRUE;
}

gboolean
seedance_template_check_path (
    SeedanceProfileCheck *check, const cJSON *node, const gchar *names)
{
  return check_path (check, node, names);
}
