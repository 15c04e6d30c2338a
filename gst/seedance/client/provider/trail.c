/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps the place of a profile check and words its errors. */

#include "trail.h"

#include "error.h"
#include "text.h"

gsize
seedance_profile_enter (SeedanceProfileCheck *check, const gchar *name)
{
  const gsize back = check->place->len;
  g_autofree gchar *shown = seedance_text_clean (name, -1, 40, NULL);

  g_string_append_printf (check->place, "%s%s", back > 0 ? "." : "", shown);

  return back;
}

gsize
seedance_profile_enter_item (SeedanceProfileCheck *check, guint nth)
{
  const gsize back = check->place->len;

  g_string_append_printf (check->place, "[%u]", nth);

  return back;
}

void
seedance_profile_leave (SeedanceProfileCheck *check, gsize back)
{
  g_string_truncate (check->place, back);
}

gboolean
seedance_profile_expected (
    SeedanceProfileCheck *check, const gchar *format, ...)
{
  g_autofree gchar *expected = NULL;
  va_list args;

  va_start (args, format);
  expected = g_strdup_vprintf (format, args);
  va_end (args);
  if (!check->error)
    check->error = seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
        "The profile \"%s\" cannot be used: %s%s%s: expected %s. Nothing was "
        "sent and nothing is billed.",
        check->file, check->place->len > 0 ? "at \"" : "",
        check->place->len > 0 ? check->place->str : "as a whole",
        check->place->len > 0 ? "\"" : "", expected);

  return FALSE;
}

static const SeedanceProfileMember *
find_member (const SeedanceProfileMember *members, const gchar *name)
{
  for (; members->name; members++) {
    if (g_str_equal (members->name, name))
      return members;
  }

  return NULL;
}

static gchar *
list_members (const SeedanceProfileMember *members)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; members[i].name; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", members[i].name);

  return g_string_free (names, FALSE);
}

static gboolean
check_member (SeedanceProfileCheck *check, const cJSON *node,
    const SeedanceProfileMember *member)
{
  return (!member->members ||
             seedance_profile_check_members (check, node, member->members)) &&
         (!member->check || member->check (check, node));
}

gboolean
seedance_profile_check_members (SeedanceProfileCheck *check, const cJSON *node,
    const SeedanceProfileMember *members)
{
  const cJSON *child;

  if (!cJSON_IsObject (node))
    return seedance_profile_expected (check, "an object");
  cJSON_ArrayForEach (child, node)
  {
    const SeedanceProfileMember *known = find_member (members, child->string);
    gsize back = seedance_profile_enter (check, child->string);

    if (!known) {
      g_autofree gchar *names = list_members (members);

      return seedance_profile_expected (check, "one of these here: %s", names);
    }
    if (!check_member (check, child, known))
      return FALSE;
    seedance_profile_leave (check, back);
  }
  for (; members->name; members++) {
    if (members->required &&
        !cJSON_GetObjectItemCaseSensitive (node, members->name))
      return seedance_profile_expected (
          check, "\"%s\" among the members", members->name);
  }

  return TRUE;
}

gboolean
seedance_profile_check_doubled (SeedanceProfileCheck *check, const cJSON *node)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  const cJSON *child;
  guint nth = 0;

  cJSON_ArrayForEach (child, node)
  {
    gsize back = child->string ? seedance_profile_enter (check, child->string)
                               : seedance_profile_enter_item (check, nth++);

    if (child->string && !g_hash_table_add (seen, child->string))
      return seedance_profile_expected (check, "this name only once");
    if (!seedance_profile_check_doubled (check, child))
      return FALSE;
    seedance_profile_leave (check, back);
  }

  return TRUE;
}
