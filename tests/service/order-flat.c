/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses create requests whose parameters are members of one JSON object, for
 * the APIs openai, fal, replicate and openrouter. */

#include <math.h>

#include "order.h"

#define MAX_DURATION 15

static gboolean
bad (Reply **refusal, const gchar *name)
{
  *refusal = reply_new_error (400, "invalid_value", "Invalid value: %s", name);
  return FALSE;
}

static const cJSON *
get (const cJSON *json, const gchar *name)
{
  return name ? cJSON_GetObjectItemCaseSensitive (json, name) : NULL;
}

static gboolean
take_size (Order *order, const gchar *size)
{
  static const struct {
    const gchar *size, *resolution, *ratio;
  } sizes[] = {
    { "854x480", "480p", "16:9" },
    { "480x854", "480p", "9:16" },
    { "1280x720", "720p", "16:9" },
    { "720x1280", "720p", "9:16" },
    { "1920x1080", "1080p", "16:9" },
    { "1080x1920", "1080p", "9:16" },
  };

  for (guint i = 0; size != NULL && i < G_N_ELEMENTS (sizes); i++) {
    if (g_str_equal (size, sizes[i].size))
      return order_take_resolution (order, sizes[i].resolution) &&
             order_take_ratio (order, sizes[i].ratio);
  }
  return FALSE;
}

static gboolean
take_duration (Order *order, const cJSON *value, gboolean in_text)
{
  gdouble seconds = in_text && cJSON_IsString (value)
                        ? g_ascii_strtod (value->valuestring, NULL)
                    : !in_text && cJSON_IsNumber (value) ? value->valuedouble
                                                         : 0;

  if (seconds != floor (seconds) || seconds < 1 || seconds > MAX_DURATION)
    return FALSE;
  order->duration = seconds;
  return TRUE;
}

static gboolean
take_shape (
    Order *order, const cJSON *json, const OrderFields *fields, Reply **refusal)
{
  const cJSON *value;

  value = get (json, fields->size);
  if (value && !take_size (order, cJSON_GetStringValue (value)))
    return bad (refusal, fields->size);
  value = get (json, fields->resolution);
  if (value && !order_take_resolution (order, cJSON_GetStringValue (value)))
    return bad (refusal, fields->resolution);
  value = get (json, fields->ratio);
  if (value && g_strcmp0 (cJSON_GetStringValue (value), "adaptive") != 0 &&
      !order_take_ratio (order, cJSON_GetStringValue (value)))
    return bad (refusal, fields->ratio);
  value = get (json, fields->duration);
  if (value && !take_duration (order, value, fields->duration_in_text))
    return bad (refusal, fields->duration);
  return TRUE;
}

static gboolean
take_rest (
    Order *order, const cJSON *json, const OrderFrames *frames, Reply **refusal)
{
  const gchar *prompt = cJSON_GetStringValue (get (json, "prompt"));
  const cJSON *seed = get (json, "seed");

  if (prompt == NULL || *prompt == '\0')
    return bad (refusal, "prompt");
  order->prompt = g_strdup (prompt);
  order->model = g_strdup (cJSON_GetStringValue (get (json, "model")));
  order->image_url = g_strdup (frames->first);
  if (frames->first != NULL)
    order->last_url = g_strdup (frames->last);
  if (seed != NULL && (!cJSON_IsNumber (seed) || seed->valuedouble < 0 ||
                          seed->valuedouble > G_MAXUINT32 ||
                          seed->valuedouble != (guint32) seed->valuedouble))
    return bad (refusal, "seed");
  if (seed != NULL)
    order->seed = seed->valuedouble;
  order->audio = !cJSON_IsFalse (get (json, "generate_audio"));
  return TRUE;
}

Order *
order_parse_flat (const cJSON *json, const OrderFrames *frames,
    const OrderFields *fields, Reply **refusal)
{
  g_autoptr (Order) order = order_new ();

  if (!take_rest (order, json, frames, refusal) ||
      !take_shape (order, json, fields, refusal))
    return NULL;
  return order_finish (g_steal_pointer (&order), refusal);
}
