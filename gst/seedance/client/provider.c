/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "provider.h"

#include <gio/gio.h>
#include <string.h>

#include "body.h"
#include "json.h"
#include "profile.h"
#include "profiles.h"
#include "rules.h"
#include "template.h"

#define FOLDER "/seedance/profiles/"

/* The default one first: it is the one that most users need. */
static const gchar *const built_in[] = { "seeddance", "ark" };

/* --- life --------------------------------------------------------------- */

static SeedanceProvider *
provider_new (cJSON *profile)
{
  SeedanceProvider *self = g_new0 (SeedanceProvider, 1);
  const gchar *key =
      cJSON_GetObjectItemCaseSensitive (profile, "key")->valuestring;

  g_atomic_ref_count_init (&self->refs);
  self->profile = profile;
  self->name = g_strdup (
      cJSON_GetObjectItemCaseSensitive (profile, "name")->valuestring);
  self->title = g_strdup (
      cJSON_GetObjectItemCaseSensitive (profile, "title")->valuestring);
  self->default_base_url = g_strdup (
      cJSON_GetObjectItemCaseSensitive (profile, "base-url")->valuestring);
  self->key_header = g_strndup (key, strlen (key) - strlen ("${key}"));

  return self;
}

SeedanceProvider *
seedance_provider_ref (SeedanceProvider *provider)
{
  g_atomic_ref_count_inc (&provider->refs);

  return provider;
}

void
seedance_provider_unref (SeedanceProvider *provider)
{
  if (!provider || !g_atomic_ref_count_dec (&provider->refs))
    return;
  cJSON_Delete (provider->profile);
  g_free (provider->name);
  g_free (provider->title);
  g_free (provider->default_base_url);
  g_free (provider->key_header);
  g_free (provider);
}

/* --- profiles ----------------------------------------------------------- */

/* The line of the first mistake, for texts that are no JSON. */
static guint
find_line (const gchar *text, gsize size)
{
  const gchar *end = NULL;
  guint line = 1;
  cJSON *json = cJSON_ParseWithLengthOpts (text, size, &end, TRUE);

  cJSON_Delete (json);
  for (const gchar *c = text; end && c < end && c < text + size; c++)
    line += *c == '\n';

  return line;
}

static cJSON *
read_json (SeedanceProfileCheck *check, const gchar *text, gsize size)
{
  cJSON *json;

  if (memchr (text, '\0', size) || !g_utf8_validate (text, size, NULL)) {
    seedance_profile_expected (check, "text in UTF-8 without a NUL");
    return NULL;
  }
  json = seedance_json_parse (text, size);
  if (!json)
    seedance_profile_expected (check,
        "JSON that is not nested deeper than 64; the first mistake is in line "
        "%u",
        find_line (text, size));

  return json;
}

SeedanceProvider *
seedance_provider_parse (
    const gchar *text, gsize size, const gchar *file, GError **error)
{
  SeedanceProfileCheck check = { .file = file, .place = g_string_new (NULL) };
  cJSON *profile = read_json (&check, text, size);
  SeedanceProvider *provider = NULL;

  if (profile && seedance_profile_check (&check, profile))
    provider = provider_new (profile);
  else
    cJSON_Delete (profile);
  g_string_free (check.place, TRUE);
  if (check.error)
    g_propagate_error (error, check.error);

  return provider;
}

static SeedanceProvider *
parse_built_in (const gchar *name)
{
  g_autofree gchar *file = g_strconcat (FOLDER, name, ".json", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text = g_resource_lookup_data (
      seedance_profiles_get_resource (), file, 0, &error);
  SeedanceProvider *provider = NULL;
  gsize size;

  if (text) {
    const gchar *data = g_bytes_get_data (text, &size);

    provider = seedance_provider_parse (data, size, file, &error);
  }
  if (!provider)
    g_error ("%s", error->message);

  return provider;
}

const SeedanceProvider *
seedance_provider_find (const gchar *name)
{
  static SeedanceProvider *providers[G_N_ELEMENTS (built_in)];
  static gsize ready = 0;

  if (g_once_init_enter (&ready)) {
    seedance_profiles_register_resource ();
    for (guint i = 0; i < G_N_ELEMENTS (built_in); i++)
      providers[i] = parse_built_in (built_in[i]);
    g_once_init_leave (&ready, 1);
  }
  for (guint i = 0; i < G_N_ELEMENTS (built_in); i++) {
    if (g_strcmp0 (name, built_in[i]) == 0)
      return providers[i];
  }

  return NULL;
}

gchar *
seedance_provider_list (void)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (built_in); i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", built_in[i]);

  return g_string_free (list, FALSE);
}

SeedanceProvider *
seedance_provider_load (const gchar *name, GError **error)
{
  const SeedanceProvider *provider = seedance_provider_find (name);
  g_autofree gchar *known = NULL;

  if (provider)
    return seedance_provider_ref ((SeedanceProvider *) provider);
  known = seedance_provider_list ();
  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
      "There is no provider \"%s\". Set provider to one of these: %s. Nothing "
      "was ordered and nothing is billed.",
      name, known);

  return NULL;
}

/* --- requests ----------------------------------------------------------- */

static const cJSON *
get (const SeedanceProvider *provider, const gchar *path)
{
  return seedance_json_get (provider->profile, path);
}

/* A service would ignore it, make another clip, and bill that. */
static gboolean
check_places (
    const SeedanceProvider *provider, const cJSON *values, GError **error)
{
  const gchar *const *name = seedance_request_value_names ();

  for (; *name; name++) {
    if (!seedance_template_get (values, *name) ||
        seedance_template_mentions (get (provider, "order"), *name))
      continue;
    g_propagate_error (error,
        seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
            "The provider %s has no %s in its orders. Nothing was ordered and "
            "nothing is billed. Leave %s unset, or use a provider that has it.",
            provider->name, *name, *name));
    return FALSE;
  }

  return TRUE;
}

gboolean
seedance_provider_validate (const SeedanceProvider *provider,
    const SeedanceRequest *request, GError **error)
{
  cJSON *values = seedance_request_get_values (request);
  gboolean good = check_places (provider, values, error) &&
                  seedance_rules_apply (
                      get (provider, "rules"), values, provider->name, error);

  cJSON_Delete (values);

  return good;
}

gchar *
seedance_provider_submit_path (
    const SeedanceProvider *provider, const SeedanceRequest *request)
{
  cJSON *values = seedance_request_get_values (request);
  gchar *path =
      seedance_template_expand_path (get (provider, "order.path"), values);

  cJSON_Delete (values);

  return path;
}

/* Sets the extra members of @request in @body, over what stands there. */
static void
merge_extra (cJSON *body, const SeedanceRequest *request)
{
  const cJSON *member = request->extra ? request->extra->child : NULL;

  for (; member; member = member->next) {
    cJSON_DeleteItemFromObjectCaseSensitive (body, member->string);
    cJSON_AddItemToObject (
        body, member->string, cJSON_Duplicate (member, TRUE));
  }
}

gchar *
seedance_provider_submit_body (
    const SeedanceProvider *provider, const SeedanceRequest *request)
{
  cJSON *values = seedance_request_get_values (request);
  cJSON *body = seedance_template_expand (get (provider, "order.body"), values);
  gchar *text;

  if (!body)
    body = cJSON_CreateObject ();
  merge_extra (body, request);
  text = seedance_body_print (body);
  cJSON_Delete (values);

  return text;
}

gchar *
seedance_provider_status_path (
    const SeedanceProvider *provider, const gchar *task_id)
{
  cJSON *values = cJSON_CreateObject ();
  gchar *path;

  cJSON_AddStringToObject (values, "task-id", task_id);
  path = seedance_template_expand_path (get (provider, "task.path"), values);
  cJSON_Delete (values);

  return path;
}

gchar *
seedance_provider_tasks_path (const SeedanceProvider *provider)
{
  const gchar *path = get (provider, "task.path")->valuestring;

  return g_strndup (path, strstr (path, "${task-id}") - path);
}
