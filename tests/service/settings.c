/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings, their defaults, and how JSON changes them. */

#include "settings.h"

#include <gio/gio.h>

#define DAY (24 * 60 * 60)

Settings *
settings_new (void)
{
  Settings *settings = g_new0 (Settings, 1);

  settings->generation_time = 3;
  settings->audio = TRUE;
  settings->url_lifetime = DAY;
  settings->refuse_word = g_strdup ("forbidden");
  settings->fail_word = g_strdup ("doomed");
  settings->flash_word = g_strdup ("flash-and-beep");
  return settings;
}

Settings *
settings_copy (const Settings *settings)
{
  Settings *copy = g_memdup2 (settings, sizeof *settings);

  copy->clip_file = g_strdup (settings->clip_file);
  copy->refuse_word = g_strdup (settings->refuse_word);
  copy->fail_word = g_strdup (settings->fail_word);
  copy->flash_word = g_strdup (settings->flash_word);
  return copy;
}

void
settings_free (Settings *settings)
{
  g_free (settings->clip_file);
  g_free (settings->refuse_word);
  g_free (settings->fail_word);
  g_free (settings->flash_word);
  g_free (settings);
}

gboolean
settings_set_layout (Settings *settings, const gchar *name)
{
  static const gchar *const names[] = { "moov-last", "moov-first",
    "fragmented" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (g_strcmp0 (name, names[i]) == 0) {
      settings->layout = i;
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
settings_set_codec (Settings *settings, const gchar *name)
{
  settings->h265 = g_strcmp0 (name, "h265") == 0;
  return settings->h265 || g_strcmp0 (name, "h264") == 0;
}

static gboolean
set_text (gchar **field, const cJSON *value)
{
  if (!cJSON_IsString (value) && !cJSON_IsNull (value))
    return FALSE;
  g_free (*field);
  *field = g_strdup (cJSON_GetStringValue (value));
  return TRUE;
}

static gboolean
set_number (Settings *settings, const gchar *name, const cJSON *value)
{
  if (!cJSON_IsNumber (value))
    return FALSE;
  if (g_str_equal (name, "generation_time"))
    settings->generation_time = value->valuedouble;
  else if (g_str_equal (name, "url_lifetime"))
    settings->url_lifetime = value->valuedouble;
  else if (g_str_equal (name, "rate") && value->valuedouble >= 0)
    settings->rate = value->valuedouble;
  else if (g_str_equal (name, "bitrate") && value->valuedouble >= 0)
    settings->bitrate = value->valuedouble;
  else if (g_str_equal (name, "max_running") && value->valuedouble >= 0)
    settings->max_running = value->valuedouble;
  else if (g_str_equal (name, "url_uses") && value->valuedouble >= 0)
    settings->url_uses = value->valuedouble;
  else if (g_str_equal (name, "busy_status") && value->valuedouble >= 0)
    settings->busy_status = value->valuedouble;
  else
    return FALSE;
  return TRUE;
}

static gboolean
set_one (Settings *settings, const gchar *name, const cJSON *value)
{
  if (g_str_equal (name, "layout"))
    return settings_set_layout (settings, cJSON_GetStringValue (value));
  if (g_str_equal (name, "codec"))
    return settings_set_codec (settings, cJSON_GetStringValue (value));
  if (g_str_equal (name, "refuse_word"))
    return set_text (&settings->refuse_word, value);
  if (g_str_equal (name, "fail_word"))
    return set_text (&settings->fail_word, value);
  if (g_str_equal (name, "flash_word"))
    return set_text (&settings->flash_word, value);
  if (g_str_equal (name, "audio")) {
    settings->audio = cJSON_IsTrue (value);
    return cJSON_IsBool (value);
  }
  if (g_str_equal (name, "idempotency")) {
    settings->idempotency = cJSON_IsTrue (value);
    return cJSON_IsBool (value);
  }
  if (g_str_equal (name, "newest_wins")) {
    settings->newest_wins = cJSON_IsTrue (value);
    return cJSON_IsBool (value);
  }
  return set_number (settings, name, value);
}

gboolean
settings_apply_json (Settings *settings, const cJSON *json, GError **error)
{
  const cJSON *value;

  if (!cJSON_IsObject (json)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "settings are a JSON object");
    return FALSE;
  }
  cJSON_ArrayForEach (value, json)
  {
    if (!set_one (settings, value->string, value)) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
          "bad setting \"%s\"", value->string);
      return FALSE;
    }
  }
  return TRUE;
}
