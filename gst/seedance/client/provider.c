/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "provider-private.h"

#include <string.h>

static const SeedanceProvider *const providers[] = {
  &seedance_provider_seeddance,
  &seedance_provider_ark,
};

const SeedanceProvider *
seedance_provider_find (const gchar *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (providers); i++) {
    if (g_strcmp0 (name, providers[i]->name) == 0)
      return providers[i];
  }
  return NULL;
}

gchar *
seedance_provider_list (void)
{
  GString *list = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (providers); i++)
    g_string_append_printf (
        list, "%s%s", i > 0 ? ", " : "", providers[i]->name);
  return g_string_free (list, FALSE);
}

void
seedance_body_merge_extra (cJSON *body, const SeedanceRequest *request)
{
  const cJSON *member = request->extra ? request->extra->child : NULL;

  for (; member; member = member->next) {
    cJSON_DeleteItemFromObjectCaseSensitive (body, member->string);
    cJSON_AddItemToObject (
        body, member->string, cJSON_Duplicate (member, TRUE));
  }
}

gchar *
seedance_path_of_task (const gchar *base, const gchar *task_id)
{
  g_autofree gchar *escaped = g_uri_escape_string (task_id, NULL, FALSE);

  /* "." and ".." would be taken out of the path by whoever normalises it. */
  if (g_str_equal (escaped, ".") || g_str_equal (escaped, ".."))
    return g_strconcat (base, escaped[1] ? "%2E%2E" : "%2E", NULL);
  return g_strconcat (base, escaped, NULL);
}

const gchar *
seedance_request_extra_text (const SeedanceRequest *request, const gchar *name)
{
  return cJSON_GetStringValue (
      cJSON_GetObjectItemCaseSensitive (request->extra, name));
}
