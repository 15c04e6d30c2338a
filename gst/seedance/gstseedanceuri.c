/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Converts the fields of a seedance: URI to settings and back. Anybody may have
 * written the URI, such as a web page or a playlist, so every field is checked;
 * uri.c does the parsing. */

#include "gstseedanceuri.h"

#include <string.h>

#include "gstseedancesettings.h"
#include "text.h"
#include "uri.h"

/* Returns TRUE if @property may be a field of a URI. A URI says what a clip
 * shall be. It must not choose the service, the key or a folder: those are the
 * user's. The same holds for extra-params, which go to the service
 * unchecked. */
static gboolean
is_field (const GstSeedanceProperty *property)
{
  return property->part == GST_SEEDANCE_PART_REQUEST &&
         property->kind != GST_SEEDANCE_KIND_STRUCTURE &&
         !g_str_equal (property->name, "task-id");
}

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (GError **error, GstURIError code, const gchar *format, ...)
{
  g_autofree gchar *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, GST_URI_ERROR, code,
      "The seedance: URI cannot be used: %s Nothing was ordered.", why);

  return FALSE;
}

static gboolean
check_name (const gchar *name, GError **error)
{
  const GstSeedanceProperty *property =
      gst_seedance_property_find_by_name (name);

  if (!property)
    return refuse (error, GST_URI_ERROR_BAD_URI,
        "there is no such field as one that it has. The names are those of "
        "the properties of a clip: prompt, resolution, duration and so on.");
  if (g_str_equal (name, "task-id"))
    return refuse (
        error, GST_URI_ERROR_BAD_URI, "a task is written as seedance:task/ID.");
  if (!is_field (property))
    return refuse (error, GST_URI_ERROR_BAD_URI,
        "%s is never part of a URI, because anybody may have written that. "
        "Set the property of seedancesrc instead (in the signal source-setup "
        "of playbin and uridecodebin).",
        name);

  return TRUE;
}

/* Allows only http and https: a file URL would make a stranger's URI upload a
 * file of this machine. Refuses a user name or password, because it would be
 * visible wherever the URI is. */
static gboolean
check_address (
    const GstSeedanceProperty *property, const gchar *text, GError **error)
{
  g_autofree gchar *shown = property->show (text);

  if (g_ascii_strncasecmp (text, "http://", strlen ("http://")) != 0 &&
      g_ascii_strncasecmp (text, "https://", strlen ("https://")) != 0)
    return refuse (error, GST_URI_ERROR_BAD_REFERENCE,
        "%s has to be an http or https address there. For a file, set the "
        "property of seedancesrc instead.",
        property->name);
  if (!g_str_equal (shown, text))
    return refuse (error, GST_URI_ERROR_BAD_REFERENCE,
        "%s holds a user name or a password, which would be seen wherever the "
        "URI is.",
        property->name);

  return TRUE;
}

static gpointer
field_of (
    const GstSeedanceSettings *settings, const GstSeedanceProperty *property)
{
  return (guint8 *) settings + property->field;
}

static gboolean
check_texts (const GstSeedanceProperty *property, GStrv texts, GError **error)
{
  for (guint i = 0; texts && texts[i]; i++) {
    if (!g_str_equal (property->name, "prompt") &&
        !seedance_text_is_plain (texts[i]))
      return refuse (error, GST_URI_ERROR_BAD_URI,
          "%s holds a character that cannot be seen.", property->name);
    if (property->show && !check_address (property, texts[i], error))
      return FALSE;
  }

  return TRUE;
}

static gboolean
check_value (const GstSeedanceSettings *settings,
    const GstSeedanceProperty *property, GError **error)
{
  gpointer field = field_of (settings, property);
  gchar *one[] = { NULL, NULL };

  if (property->kind == GST_SEEDANCE_KIND_STRINGS)
    return check_texts (property, *(GStrv *) field, error);
  if (property->kind != GST_SEEDANCE_KIND_STRING)
    return TRUE;
  one[0] = *(gchar **) field;

  return check_texts (property, one, error);
}

static gboolean
read_field (GstSeedanceSettings *settings, const SeedanceUriField *field,
    GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (!check_name (field->name, error))
    return FALSE;
  if (!gst_seedance_settings_set_text (
          settings, field->name, field->value, &problem))
    return refuse (error, GST_URI_ERROR_BAD_URI, "%s", problem->message);

  return check_value (
      settings, gst_seedance_property_find_by_name (field->name), error);
}

gboolean
gst_seedance_uri_read (
    const gchar *text, GstSeedanceSettings *settings, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (SeedanceUri) uri = seedance_uri_parse (text, &problem);

  if (!uri) {
    g_set_error_literal (
        error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI, problem->message);
    return FALSE;
  }
  for (guint i = 0; i < uri->fields->len; i++) {
    if (!read_field (
            settings, &g_array_index (uri->fields, SeedanceUriField, i), error))
      return FALSE;
  }
  settings->task_id = g_strdup (uri->task_id);
  if (!settings->task_id && !settings->prompt)
    return refuse (error, GST_URI_ERROR_BAD_URI, "it has no prompt.");

  return TRUE;
}

static gchar *
print_list (GStrv texts)
{
  cJSON *list = cJSON_CreateStringArray (
      (const char *const *) texts, (int) g_strv_length (texts));
  char *printed = cJSON_PrintUnformatted (list);
  gchar *text = g_strdup (printed);

  cJSON_free (printed);
  cJSON_Delete (list);

  return text;
}

/* Returns the value in the form that gst_seedance_settings_set_text() reads;
 * NULL if it has its default. */
static gchar *
print_value (
    const GstSeedanceSettings *settings, const GstSeedanceProperty *property)
{
  gpointer field = field_of (settings, property);
  gint64 number = property->fallback;

  switch (property->kind) {
    case GST_SEEDANCE_KIND_STRING:
      return g_strdup (*(gchar **) field);
    case GST_SEEDANCE_KIND_STRINGS:
      return *(GStrv *) field ? print_list (*(GStrv *) field) : NULL;
    case GST_SEEDANCE_KIND_SWITCH:
      if (*(gint *) field == property->fallback)
        return NULL;
      return g_strdup (*(gint *) field ? "true" : "false");
    case GST_SEEDANCE_KIND_INT64:
      number = *(gint64 *) field;
      break;
    default:
      number = *(gint *) field;
      break;
  }

  return number == property->fallback
             ? NULL
             : g_strdup_printf ("%" G_GINT64_FORMAT, number);
}

static gboolean
reads_back (const gchar *text)
{
  GstSeedanceSettings settings;
  gboolean good;

  gst_seedance_settings_init (&settings);
  good = gst_seedance_uri_read (text, &settings, NULL);
  gst_seedance_settings_clear (&settings);

  return good;
}

gchar *
gst_seedance_uri_write (const GstSeedanceSettings *settings)
{
  g_autoptr (SeedanceUri) uri = seedance_uri_new ();
  g_autofree gchar *text = NULL;

  /* No URI can express extra-params, nor a name that stands for the image. */
  if (!settings->task_id && (settings->extra_params || settings->image_name))
    return NULL;
  uri->task_id = g_strdup (settings->task_id);
  for (guint id = 1; !uri->task_id && gst_seedance_property_find (id); id++) {
    const GstSeedanceProperty *property = gst_seedance_property_find (id);
    g_autofree gchar *value =
        is_field (property) ? print_value (settings, property) : NULL;

    if (value)
      seedance_uri_add (uri, property->name, value);
  }
  text = seedance_uri_to_string (uri);

  return reads_back (text) ? g_steal_pointer (&text) : NULL;
}
