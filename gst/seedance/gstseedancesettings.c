/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings are read and written here by the table of properties
 * (gstseedanceproperties.c): as GValues for GObject, as text for rundowns and
 * URIs, and as the order that the client library takes. "Raw" is a value as the
 * settings keep it. What the property reads as may differ: a default is filled
 * in, and credentials are left out. */

#include "gstseedancesettings.h"

#include "gstseedanceenum.h"
#include "gstseedancejson.h"
#include "gstseedanceproperties.h"

void
gst_seedance_settings_mark_plugin_api (void)
{
  gst_type_mark_as_plugin_api (gst_seedance_reuse_get_type (), 0);
  gst_type_mark_as_plugin_api (gst_seedance_switch_get_type (), 0);
}

guint
gst_seedance_settings_install (GObjectClass *klass, GstSeedanceParts parts)
{
  guint id = 1;

  for (; gst_seedance_property_find (id); id++) {
    const GstSeedanceProperty *property = gst_seedance_property_find (id);

    if (property->part & parts)
      g_object_class_install_property (
          klass, id, gst_seedance_property_make_pspec (property));
  }

  return id;
}

static gpointer
field_of (
    const GstSeedanceSettings *settings, const GstSeedanceProperty *property)
{
  return (guint8 *) settings + property->field;
}

void
gst_seedance_settings_init (GstSeedanceSettings *settings)
{
  for (guint id = 1; gst_seedance_property_find (id); id++) {
    const GstSeedanceProperty *property = gst_seedance_property_find (id);
    gpointer field = field_of (settings, property);

    switch (property->kind) {
      case GST_SEEDANCE_KIND_INT:
      case GST_SEEDANCE_KIND_UINT:
      case GST_SEEDANCE_KIND_BOOLEAN:
      case GST_SEEDANCE_KIND_REUSE:
      case GST_SEEDANCE_KIND_SWITCH:
        *(gint *) field = (gint) property->fallback;
        break;
      case GST_SEEDANCE_KIND_INT64:
      case GST_SEEDANCE_KIND_UINT64:
        *(gint64 *) field = property->fallback;
        break;
      case GST_SEEDANCE_KIND_STRING:
      case GST_SEEDANCE_KIND_STRUCTURE:
      case GST_SEEDANCE_KIND_STRINGS:
        *(gpointer *) field = NULL;
        break;
    }
  }
  settings->image_name = NULL;
}

void
gst_seedance_settings_clear (GstSeedanceSettings *settings)
{
  for (guint id = 1; gst_seedance_property_find (id); id++) {
    const GstSeedanceProperty *property = gst_seedance_property_find (id);
    gpointer field = field_of (settings, property);

    if (property->kind == GST_SEEDANCE_KIND_STRING)
      g_clear_pointer ((gchar **) field, g_free);
    else if (property->kind == GST_SEEDANCE_KIND_STRUCTURE)
      g_clear_pointer ((GstStructure **) field, gst_structure_free);
    else if (property->kind == GST_SEEDANCE_KIND_STRINGS)
      g_clear_pointer ((GStrv *) field, g_strfreev);
  }
  g_clear_pointer (&settings->image_name, g_free);
}

static void
set_string (
    gchar **field, const GstSeedanceProperty *property, const GValue *value)
{
  g_free (*field);
  *field = g_value_dup_string (value);
  if ((!property->find && g_strcmp0 (*field, property->text) == 0) ||
      (!property->keeps_empty && g_strcmp0 (*field, "") == 0))
    g_clear_pointer (field, g_free);
}

/* An empty array unsets the list. An item that is not set, as in a list of
 * numbers, becomes an empty string, which check_lists() refuses later. */
static void
set_strings (GStrv *field, const GValue *value)
{
  const guint size = gst_value_array_get_size (value);

  g_clear_pointer (field, g_strfreev);
  if (size == 0)
    return;
  *field = g_new0 (gchar *, size + 1);
  for (guint i = 0; i < size; i++) {
    const GValue *item = gst_value_array_get_value (value, i);
    const gchar *text = g_value_get_string (item);

    (*field)[i] = g_strdup (text ? text : "");
  }
}

static void
get_strings (GStrv strings, gchar *(*show) (const gchar *), GValue *value)
{
  g_value_reset (value);
  for (guint i = 0; strings && strings[i]; i++) {
    g_auto (GValue) item = G_VALUE_INIT;

    g_value_init (&item, G_TYPE_STRING);
    g_value_take_string (
        &item, show ? show (strings[i]) : g_strdup (strings[i]));
    gst_value_array_append_value (value, &item);
  }
}

/* GObject would compare two structures by their addresses. */
gboolean
gst_seedance_is_same_value (GParamSpec *pspec, const GValue *a, const GValue *b)
{
  if (G_VALUE_HOLDS (a, GST_TYPE_STRUCTURE) && g_value_get_boxed (a) &&
      g_value_get_boxed (b))
    return gst_value_compare (a, b) == GST_VALUE_EQUAL;

  return g_param_values_cmp (pspec, a, b) == 0;
}

gboolean
gst_seedance_settings_set (
    GstSeedanceSettings *settings, guint id, const GValue *value)
{
  const GstSeedanceProperty *property = gst_seedance_property_find (id);
  gpointer field = property ? field_of (settings, property) : NULL;

  if (!property)
    return FALSE;
  switch (property->kind) {
    case GST_SEEDANCE_KIND_STRING:
      set_string (field, property, value);
      break;
    case GST_SEEDANCE_KIND_INT:
      *(gint *) field = g_value_get_int (value);
      break;
    case GST_SEEDANCE_KIND_INT64:
      *(gint64 *) field = g_value_get_int64 (value);
      break;
    case GST_SEEDANCE_KIND_UINT:
      *(guint *) field = g_value_get_uint (value);
      break;
    case GST_SEEDANCE_KIND_UINT64:
      *(guint64 *) field = g_value_get_uint64 (value);
      break;
    case GST_SEEDANCE_KIND_BOOLEAN:
      *(gboolean *) field = g_value_get_boolean (value);
      break;
    case GST_SEEDANCE_KIND_REUSE:
    case GST_SEEDANCE_KIND_SWITCH:
      *(gint *) field = g_value_get_enum (value);
      break;
    case GST_SEEDANCE_KIND_STRINGS:
      set_strings (field, value);
      break;
    case GST_SEEDANCE_KIND_STRUCTURE:
      g_clear_pointer ((GstStructure **) field, gst_structure_free);
      *(GstStructure **) field = g_value_dup_boxed (value);
      break;
  }

  return TRUE;
}

/* Reads the value as the settings keep it: without the default of a string that
 * is not set, and with the credentials in a URL. */
static void
get_raw (const GstSeedanceSettings *settings,
    const GstSeedanceProperty *property, GValue *value)
{
  gpointer field = field_of (settings, property);

  switch (property->kind) {
    case GST_SEEDANCE_KIND_STRING:
      g_value_set_string (value, *(gchar **) field);
      break;
    case GST_SEEDANCE_KIND_INT:
      g_value_set_int (value, *(gint *) field);
      break;
    case GST_SEEDANCE_KIND_INT64:
      g_value_set_int64 (value, *(gint64 *) field);
      break;
    case GST_SEEDANCE_KIND_UINT:
      g_value_set_uint (value, *(guint *) field);
      break;
    case GST_SEEDANCE_KIND_UINT64:
      g_value_set_uint64 (value, *(guint64 *) field);
      break;
    case GST_SEEDANCE_KIND_BOOLEAN:
      g_value_set_boolean (value, *(gboolean *) field);
      break;
    case GST_SEEDANCE_KIND_REUSE:
    case GST_SEEDANCE_KIND_SWITCH:
      g_value_set_enum (value, *(gint *) field);
      break;
    case GST_SEEDANCE_KIND_STRINGS:
      get_strings (*(GStrv *) field, NULL, value);
      break;
    case GST_SEEDANCE_KIND_STRUCTURE:
      g_value_set_boxed (value, *(GstStructure **) field);
      break;
  }
}

gboolean
gst_seedance_settings_get (
    const GstSeedanceSettings *settings, guint id, GValue *value)
{
  const GstSeedanceProperty *property = gst_seedance_property_find (id);
  const gchar *text;

  if (!property)
    return FALSE;
  get_raw (settings, property, value);
  if (property->kind == GST_SEEDANCE_KIND_STRINGS)
    get_strings (
        *(GStrv *) field_of (settings, property), property->show, value);
  if (property->kind != GST_SEEDANCE_KIND_STRING)
    return TRUE;
  text = g_value_get_string (value);
  if (!text)
    g_value_set_string (
        value, property->find ? property->find () : property->text);
  else if (property->show)
    g_value_take_string (value, property->show (text));

  return TRUE;
}

void
gst_seedance_settings_copy (
    GstSeedanceSettings *settings, const GstSeedanceSettings *other)
{
  for (guint id = 1; gst_seedance_property_find (id); id++) {
    const GstSeedanceProperty *property = gst_seedance_property_find (id);
    g_auto (GValue) value = G_VALUE_INIT;

    g_value_init (&value, gst_seedance_property_get_value_type (property));
    get_raw (other, property, &value);
    gst_seedance_settings_set (settings, id, &value);
  }
}

void
gst_seedance_settings_apply (
    const GstSeedanceSettings *settings, GstElement *element)
{
  GObjectClass *klass = G_OBJECT_GET_CLASS (element);

  for (guint id = 1; gst_seedance_property_find (id); id++) {
    const GstSeedanceProperty *property = gst_seedance_property_find (id);
    g_auto (GValue) value = G_VALUE_INIT;

    if (!g_object_class_find_property (klass, property->name))
      continue;
    g_value_init (&value, gst_seedance_property_get_value_type (property));
    get_raw (settings, property, &value);
    g_object_set_property (G_OBJECT (element), property->name, &value);
  }
}

/* Ranges of unsigned values end far below G_MAXINT64, so a value that is
 * clamped here is still out of its range. */
static gint64
get_number (
    const GstSeedanceSettings *settings, const GstSeedanceProperty *property)
{
  gpointer field = field_of (settings, property);

  switch (property->kind) {
    case GST_SEEDANCE_KIND_UINT:
      return *(guint *) field;
    case GST_SEEDANCE_KIND_INT64:
      return *(gint64 *) field;
    case GST_SEEDANCE_KIND_UINT64:
      return (gint64) MIN (*(guint64 *) field, (guint64) G_MAXINT64);
    default:
      return *(gint *) field;
  }
}

static gchar *
print_number (
    const GstSeedanceSettings *settings, const GstSeedanceProperty *property)
{
  if (property->kind == GST_SEEDANCE_KIND_UINT64)
    return g_strdup_printf (
        "%" G_GUINT64_FORMAT, *(guint64 *) field_of (settings, property));

  return g_strdup_printf ("%" G_GINT64_FORMAT, get_number (settings, property));
}

static gboolean
check_number (const GstSeedanceSettings *settings,
    const GstSeedanceProperty *property, GError **error)
{
  gint64 number = get_number (settings, property);
  g_autofree gchar *digits = NULL;

  if (number >= property->least && number <= property->most)
    return TRUE;
  digits = print_number (settings, property);
  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
      "The value %s of %s is out of range. Set %s to a value from "
      "%" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
      ". Nothing was ordered and nothing is billed.",
      digits, property->name, property->name, property->least, property->most);

  return FALSE;
}

static gboolean
check_ranges (const GstSeedanceSettings *settings, GError **error)
{
  for (guint id = 1; gst_seedance_property_find (id); id++) {
    const GstSeedanceProperty *property = gst_seedance_property_find (id);

    if (gst_seedance_property_has_range (property) &&
        !check_number (settings, property, error))
      return FALSE;
  }

  return TRUE;
}

static gboolean
read_number (
    const GstSeedanceProperty *property, const gchar *text, GValue *value)
{
  gint64 number;

  if (!g_ascii_string_to_signed (
          text, 10, property->least, property->most, &number, NULL))
    return FALSE;
  if (property->kind == GST_SEEDANCE_KIND_INT)
    g_value_set_int (value, (gint) number);
  else
    g_value_set_int64 (value, number);

  return TRUE;
}

static gboolean
read_structure (const gchar *text, GValue *value)
{
  g_value_take_boxed (value, gst_seedance_structure_from_text (text));

  return g_value_get_boxed (value) != NULL;
}

static gboolean
read_strings (const gchar *text, GValue *value)
{
  cJSON *json = cJSON_ParseWithOpts (text, NULL, TRUE);
  g_autoptr (GPtrArray) strings = g_ptr_array_new ();
  gboolean good = cJSON_IsArray (json);
  const cJSON *child;

  cJSON_ArrayForEach (child, json)
  {
    good &= cJSON_IsString (child) &&
            g_utf8_validate (child->valuestring, -1, NULL);
    g_ptr_array_add (strings, child->valuestring);
  }
  g_ptr_array_add (strings, NULL);
  if (good)
    get_strings ((GStrv) strings->pdata, NULL, value);
  cJSON_Delete (json);

  return good;
}

static gboolean
read_switch (const gchar *text, GValue *value)
{
  g_value_set_enum (value, g_str_equal (text, "true"));

  return g_str_equal (text, "true") || g_str_equal (text, "false");
}

/* Covers only the kinds that GST_SEEDANCE_PART_REQUEST has: no unsigned numbers
 * and no booleans. */
static gboolean
read_text (
    const GstSeedanceProperty *property, const gchar *text, GValue *value)
{
  if (property->kind == GST_SEEDANCE_KIND_STRUCTURE)
    return read_structure (text, value);
  if (property->kind == GST_SEEDANCE_KIND_STRINGS)
    return read_strings (text, value);
  if (property->kind == GST_SEEDANCE_KIND_SWITCH)
    return read_switch (text, value);
  if (property->kind != GST_SEEDANCE_KIND_STRING)
    return read_number (property, text, value);
  g_value_set_string (value, text);

  return g_utf8_validate (text, -1, NULL);
}

static void
refuse_text (const GstSeedanceProperty *property, GError **error)
{
  if (property->kind == GST_SEEDANCE_KIND_STRING)
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
        "The value of %s is not a text in UTF-8.", property->name);
  else if (property->kind == GST_SEEDANCE_KIND_STRINGS)
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
        "The value of %s is not a list of texts in UTF-8.", property->name);
  else if (property->kind == GST_SEEDANCE_KIND_SWITCH)
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
        "The value of %s is neither true nor false.", property->name);
  else if (property->kind == GST_SEEDANCE_KIND_STRUCTURE)
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
        "The value of %s is not a JSON object of texts in UTF-8, numbers of "
        "at most 64 bits, objects, and lists whose items are of one kind.",
        property->name);
  else
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
        "The value of %s is not a whole number from %" G_GINT64_FORMAT
        " to %" G_GINT64_FORMAT ".",
        property->name, property->least, property->most);
}

gboolean
gst_seedance_settings_set_text (GstSeedanceSettings *settings,
    const gchar *name, const gchar *text, GError **error)
{
  const GstSeedanceProperty *property =
      gst_seedance_property_find_by_name (name);
  g_auto (GValue) value = G_VALUE_INIT;

  if (!property || property->part != GST_SEEDANCE_PART_REQUEST) {
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
        "\"%s\" is nothing that a clip can be ordered with.", name);
    return FALSE;
  }
  g_value_init (&value, gst_seedance_property_get_value_type (property));
  if (!read_text (property, text, &value)) {
    refuse_text (property, error);
    return FALSE;
  }

  return gst_seedance_settings_set (
      settings, gst_seedance_property_get_id (property), &value);
}

static gboolean
check_provider (const GstSeedanceSettings *settings, GError **error)
{
  g_autoptr (SeedanceProvider) provider =
      seedance_provider_load (settings->provider, error);

  return provider != NULL;
}

static void
add_list (SeedanceRequest *request, SeedanceRole role, GStrv uris)
{
  for (guint i = 0; uris && uris[i]; i++)
    seedance_request_add_media (request, role, uris[i], NULL);
}

static void
add_all_media (const GstSeedanceSettings *settings, SeedanceRequest *request)
{
  seedance_request_add_media (request, SEEDANCE_ROLE_FIRST_FRAME,
      settings->image, settings->image_name);
  seedance_request_add_media (
      request, SEEDANCE_ROLE_LAST_FRAME, settings->last_image, NULL);
  add_list (request, SEEDANCE_ROLE_REFERENCE_IMAGE, settings->reference_images);
  add_list (request, SEEDANCE_ROLE_REFERENCE_VIDEO, settings->reference_videos);
  add_list (request, SEEDANCE_ROLE_REFERENCE_AUDIO, settings->reference_audios);
}

/* seedance_request_add_media() skips an empty URI. Without this check the
 * service would make, and bill, a clip without that reference. */
static gboolean
check_lists (const GstSeedanceSettings *settings, GError **error)
{
  for (guint id = 1; gst_seedance_property_find (id); id++) {
    const GstSeedanceProperty *property = gst_seedance_property_find (id);
    GStrv strings = property->kind == GST_SEEDANCE_KIND_STRINGS
                        ? *(GStrv *) field_of (settings, property)
                        : NULL;

    if (!strings || !g_strv_contains ((const gchar *const *) strings, ""))
      continue;
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
        "The list %s holds something that is no text, or an empty text. "
        "Nothing was ordered and nothing is billed.",
        property->name);
    return FALSE;
  }

  return TRUE;
}

static SeedanceRequest *
to_request (const GstSeedanceSettings *settings)
{
  SeedanceRequest *request = seedance_request_new ();

  request->prompt = g_strdup (settings->prompt);
  add_all_media (settings, request);
  request->model = g_strdup (settings->model);
  request->instance = g_strdup (settings->instance);
  request->resolution = g_strdup (settings->resolution);
  request->aspect_ratio = g_strdup (settings->aspect_ratio);
  request->duration = settings->duration;
  request->seed = settings->seed;
  request->generate_audio = settings->generate_audio;
  request->camera_fixed = settings->camera_fixed;
  request->watermark = settings->watermark;
  request->return_last_frame = settings->return_last_frame;
  if (settings->extra_params)
    request->extra = gst_seedance_structure_to_json (settings->extra_params);

  return request;
}

static void
fill_http (const GstSeedanceSettings *settings, SeedanceHttpSettings *http)
{
  http->user_agent = g_strdup (settings->user_agent);
  http->ssl_strict = settings->ssl_strict;
  http->timeout = settings->timeout;
}

gboolean
gst_seedance_settings_check (
    const GstSeedanceSettings *settings, GError **error)
{
  return check_provider (settings, error) && check_ranges (settings, error) &&
         check_lists (settings, error) &&
         gst_seedance_structure_check (settings->extra_params, error);
}

SeedanceOrder *
gst_seedance_settings_to_order (
    const GstSeedanceSettings *settings, GError **error)
{
  SeedanceOrder *order;

  if (!check_ranges (settings, error) || !check_lists (settings, error) ||
      !gst_seedance_structure_check (settings->extra_params, error))
    return NULL;
  order = seedance_order_new ();
  seedance_request_free (order->request);
  order->request = to_request (settings);
  order->provider_name = g_strdup (settings->provider);
  order->base_url = g_strdup (settings->base_url);
  order->key = g_strdup (settings->api_key);
  order->key_file = g_strdup (settings->api_key_file);
  order->ca_file = g_strdup (settings->ssl_ca_file);
  order->task_id = g_strdup (settings->task_id);
  order->state_dir = g_strdup (settings->state_dir);
  order->reuse = (SeedanceReuse) settings->reuse;
  order->attempts = settings->attempts;
  order->budget = g_strdup (settings->budget);
  order->poll_interval = settings->poll_interval;
  order->generation_timeout = settings->generation_timeout;
  order->retries = settings->retries;
  order->max_size = settings->max_size;
  order->allow_insecure = settings->allow_insecure;
  order->allow_local_links = settings->allow_local_links;
  order->proxy = g_strdup (settings->proxy);
  fill_http (settings, &order->http);

  return order;
}
