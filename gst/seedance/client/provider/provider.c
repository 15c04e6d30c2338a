/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds and loads profiles, checks requests against them, and builds the path,
 * the headers and the body of an order. */
#include "provider.h"

#include <gio/gio.h>
#include <string.h>

#include "body.h"
#include "file.h"
#include "form.h"
#include "json.h"
#include "profile.h"
#include "profiles.h"
#include "rules.h"
#include "template.h"
#include "text.h"

/* Bytes of a profile's file. The built-in ones have about 2 KiB. */
#define PROFILE_MAX (256 * 1024)
#define FOLDER "/seedance/profiles/"

/* The default provider is first. */
static const gchar *const built_in[] = { "seeddance", "ark", "openai", "fal",
  "replicate", "openrouter", NULL };

static SeedanceProvider *
provider_new (cJSON *profile)
{
  SeedanceProvider *self = g_new0 (SeedanceProvider, 1);
  const gchar *key =
      cJSON_GetObjectItemCaseSensitive (profile, "key")->valuestring;

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

void
seedance_provider_free (SeedanceProvider *provider)
{
  if (!provider)
    return;
  cJSON_Delete (provider->profile);
  g_free (provider->name);
  g_free (provider->title);
  g_free (provider->default_base_url);
  g_free (provider->key_header);
  g_free (provider);
}

/* Returns the line of the first mistake in a text that is no JSON. */
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

  /* The text of an empty file may be NULL. */
  if (size > 0 &&
      (memchr (text, '\0', size) || !g_utf8_validate (text, size, NULL))) {
    seedance_profile_expected (check, "text in UTF-8 without a NUL");
    return NULL;
  }
  json = seedance_json_parse_exact (text, size);
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

/* GLib registers the profiles when the process first asks for any resource, and
 * seedance_profiles_get_resource() returns NULL to a second thread that asks
 * meanwhile. g_resources_lookup_data() waits for the first. */
static GBytes *
find_built_in (const gchar *name)
{
  g_autofree gchar *file = g_strconcat (FOLDER, name, ".json", NULL);

  /* The linker leaves them out if nothing refers to them. */
  seedance_profiles_get_resource ();

  return g_resources_lookup_data (file, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
}

gchar *
seedance_provider_list (void)
{
  return g_strjoinv (", ", (gchar **) built_in);
}

static gboolean
is_path (const gchar *name)
{
  return strchr (name, '/') || g_str_has_suffix (name, ".json");
}

/* Returns the path of the user's own profile; NULL if @name cannot be a
 * name. */
static gchar *
make_own_path (const gchar *name)
{
  g_autofree gchar *file = g_strconcat (name, ".json", NULL);

  if (!seedance_profile_is_name (name))
    return NULL;

  return g_build_filename (
      g_get_user_config_dir (), "gst-seedance", "providers", file, NULL);
}

/* Reads a profile of the user. Returns NULL without an @error if there is
 * none. */
static gchar *
read_own (const gchar *name, gchar **file, GError **error)
{
  const gboolean named = is_path (name);
  g_autofree gchar *path = named ? g_strdup (name) : make_own_path (name);
  g_autofree gchar *shown = path ? g_filename_display_name (path) : NULL;
  g_autoptr (GError) problem = NULL;
  gchar *text;
  gsize size;

  if (!path)
    return NULL;
  if (seedance_file_read (
          path, SEEDANCE_FILE_OURS, PROFILE_MAX, &text, &size, &problem)) {
    *file = g_steal_pointer (&shown);
    if (strlen (text) == size)
      return text;
    g_free (text);
    g_set_error (&problem, G_FILE_ERROR, G_FILE_ERROR_INVAL, "holds a NUL");
  } else if (!named &&
             g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
    return NULL;
  }
  g_propagate_error (error, seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
                                "The profile \"%s\" cannot be used: the file "
                                "%s. Nothing was sent and "
                                "nothing is billed.",
                                shown ? shown : *file, problem->message));

  return NULL;
}

gchar *
seedance_provider_read (const gchar *name, gchar **file, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autofree gchar *known = NULL, *shown = NULL;
  gchar *text = read_own (name, file, &problem);
  g_autoptr (GBytes) bytes = NULL;

  if (text)
    return text;
  if (problem) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  bytes = find_built_in (name);
  if (bytes) {
    *file = g_strdup (name);
    return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  }
  known = seedance_provider_list ();
  shown = seedance_text_clean (name, -1, 100, NULL);
  g_propagate_error (
      error, seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
                 "There is no provider \"%s\". Set provider to one of these: "
                 "%s, to the "
                 "name of a profile in \"%s/gst-seedance/providers\", or to "
                 "the path of "
                 "one. Nothing was ordered and nothing is billed.",
                 shown, known, g_get_user_config_dir ()));

  return NULL;
}

/* A profile has to be named like its file: launch lines for one of its tasks
 * refer to it by its name. */
static gboolean
check_own_name (const SeedanceProvider *provider, const gchar *name,
    const gchar *file, GError **error)
{
  if (is_path (name) || g_str_equal (provider->name, name))
    return TRUE;
  g_propagate_error (error,
      seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
          "The profile \"%s\" cannot be used: at \"name\": expected \"%s\", as "
          "the file is called. Nothing was sent and nothing is billed.",
          file, name));

  return FALSE;
}

const gchar *
seedance_provider_get_default (void)
{
  const gchar *name = g_getenv (SEEDANCE_PROVIDER_VARIABLE);

  return name && *name ? name : SEEDANCE_DEFAULT_PROVIDER;
}

static SeedanceProvider *
load (const gchar *name, GError **error)
{
  g_autofree gchar *file = NULL;
  g_autofree gchar *text = seedance_provider_read (name, &file, error);
  g_autoptr (SeedanceProvider) provider = NULL;

  if (!text)
    return NULL;
  provider = seedance_provider_parse (text, strlen (text), file, error);
  if (!provider || !check_own_name (provider, name, file, error))
    return NULL;

  return g_steal_pointer (&provider);
}

SeedanceProvider *
seedance_provider_load (const gchar *name, GError **error)
{
  SeedanceProvider *provider =
      load (name ? name : seedance_provider_get_default (), error);

  if (!provider && !name)
    g_prefix_error (error, SEEDANCE_PROVIDER_VARIABLE ": ");

  return provider;
}

const cJSON *
seedance_provider_get_answers (const SeedanceProvider *provider)
{
  return cJSON_GetObjectItemCaseSensitive (provider->profile, "answer");
}

static const cJSON *
get (const SeedanceProvider *provider, const gchar *path)
{
  return seedance_json_get (provider->profile, path);
}

const gchar *
seedance_provider_get_text (
    const SeedanceProvider *provider, const gchar *place)
{
  return cJSON_GetStringValue (get (provider, place));
}

/* Returns the keys of a table: "720p", "720p 16:9". */
static gchar *
join_keys (const cJSON *table)
{
  GString *keys = g_string_new (NULL);
  const cJSON *row;

  cJSON_ArrayForEach (row, table)
  {
    g_string_append_printf (
        keys, "%s\"%s\"", keys->len > 0 ? ", " : "", row->string);
  }

  return g_string_free (keys, FALSE);
}

/* A combination that a table does not have would be left out of the order, and
 * the service would make another clip. */
static gboolean
check_tables (
    const SeedanceProvider *provider, const cJSON *values, GError **error)
{
  g_autofree gchar *key = NULL, *known = NULL, *shown = NULL;
  const cJSON *table = seedance_template_find_missing (
      get (provider, "order.body"), values, &key);

  if (!table)
    return TRUE;
  shown = seedance_text_clean (key, -1, 100, NULL);
  known = join_keys (table);
  g_propagate_error (error,
      seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
          "The provider %s does not know the combination \"%s\". Nothing was "
          "ordered and nothing is billed. It knows: %s.",
          provider->name, shown, known));

  return FALSE;
}

static void
refuse_value (
    const SeedanceProvider *provider, const gchar *name, GError **error)
{
  const gboolean known =
      seedance_template_mentions (get (provider, "order"), name);

  g_propagate_error (error,
      seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
          "The provider %s has no %s in its orders%s. Nothing was ordered and "
          "nothing is billed. Leave %s unset, or %s.",
          provider->name, name,
          known ? " with the other values that are set" : "", name,
          known ? "set what its profile wants beside it"
                : "use a provider that has it"));
}

/* A value without a place in the order would be left out: the service would
 * make, and bill, another clip. */
static gboolean
check_places (
    const SeedanceProvider *provider, const cJSON *values, GError **error)
{
  const gchar *const *name = seedance_request_value_names ();

  for (; *name; name++) {
    if (!seedance_template_get (values, *name) ||
        seedance_template_uses (get (provider, "order.path"), values, *name) ||
        seedance_template_uses (get (provider, "order.body"), values, *name))
      continue;
    refuse_value (provider, *name, error);
    return FALSE;
  }

  return TRUE;
}

gboolean
seedance_provider_validate (const SeedanceProvider *provider,
    const SeedanceRequest *request, GError **error)
{
  cJSON *values = seedance_request_get_values (request);
  gboolean good = seedance_rules_apply (
                      get (provider, "rules"), values, provider->name, error) &&
                  check_places (provider, values, error) &&
                  check_tables (provider, values, error);

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

/* Returns the member of @body that extra-params go into. */
static cJSON *
get_extra_place (const SeedanceProvider *provider, cJSON *body)
{
  const gchar *name = seedance_provider_get_text (provider, "order.extra-in");
  cJSON *place = name ? cJSON_GetObjectItemCaseSensitive (body, name) : body;

  return place ? place : cJSON_AddObjectToObject (body, name);
}

/* Puts the extra members of @request into @place, over what is there. */
static void
merge_extra (cJSON *place, const SeedanceRequest *request)
{
  const cJSON *member = request->extra ? request->extra->child : NULL;

  for (; member; member = member->next) {
    cJSON_DeleteItemFromObjectCaseSensitive (place, member->string);
    cJSON_AddItemToObject (
        place, member->string, cJSON_Duplicate (member, TRUE));
  }
}

/* The result points into @values, which point into @request. */
static cJSON *
make_body (const SeedanceProvider *provider, const SeedanceRequest *request,
    const cJSON *values)
{
  cJSON *body = seedance_template_expand (get (provider, "order.body"), values);

  if (!body)
    body = cJSON_CreateObject ();
  if (request->extra)
    merge_extra (get_extra_place (provider, body), request);

  return body;
}

gchar *
seedance_provider_submit_body (
    const SeedanceProvider *provider, const SeedanceRequest *request)
{
  cJSON *values = seedance_request_get_values (request);
  gchar *text = seedance_body_print (make_body (provider, request, values));

  cJSON_Delete (values);

  return text;
}

gchar *
seedance_provider_submit_members (const SeedanceProvider *provider,
    const SeedanceRequest *request, const cJSON *names)
{
  cJSON *values = seedance_request_get_values (request);
  cJSON *body = make_body (provider, request, values);
  cJSON *members = cJSON_CreateObject ();
  const cJSON *name;

  cJSON_ArrayForEach (name, names)
  {
    const cJSON *member =
        cJSON_GetObjectItemCaseSensitive (body, name->valuestring);

    if (member)
      cJSON_AddItemToObject (
          members, name->valuestring, cJSON_Duplicate (member, TRUE));
  }
  cJSON_Delete (body);
  cJSON_Delete (values);

  return seedance_body_print (members);
}

GBytes *
seedance_provider_submit_form (const SeedanceProvider *provider,
    const SeedanceRequest *request, gchar **type)
{
  cJSON *values, *body;
  GBytes *form;

  if (!cJSON_IsTrue (get (provider, "order.form")))
    return NULL;
  values = seedance_request_get_values (request);
  body = make_body (provider, request, values);
  form = seedance_form_encode (body, type);
  cJSON_Delete (body);
  cJSON_Delete (values);

  return form;
}

const gchar *
seedance_provider_key_of_orders (const SeedanceProvider *provider)
{
  return seedance_provider_get_text (provider, "order.idempotency");
}

gchar **
seedance_provider_submit_headers (const SeedanceProvider *provider)
{
  GPtrArray *lines = g_ptr_array_new ();
  const cJSON *header;

  cJSON_ArrayForEach (header, get (provider, "order.headers"))
  {
    g_ptr_array_add (
        lines, g_strdup_printf ("%s: %s", header->string, header->valuestring));
  }
  g_ptr_array_add (lines, NULL);

  return (gchar **) g_ptr_array_free (lines, FALSE);
}
