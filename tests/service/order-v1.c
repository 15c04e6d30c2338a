/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses the create requests of the default service (v1). */

#include "order.h"

#include <math.h>

#define MAX_DURATION 10

static gboolean
refuse (Reply **refusal, const gchar *code, const gchar *message)
{
  *refusal = reply_new_error (400, code, "%s", message);
  return FALSE;
}

static gboolean
is_filled (const cJSON *value)
{
  const gchar *text = cJSON_GetStringValue (value);

  while (text != NULL && g_ascii_isspace (*text))
    text++;
  return text != NULL && *text != '\0';
}

static gboolean
is_integer (const cJSON *value)
{
  return cJSON_IsNumber (value) &&
         value->valuedouble == floor (value->valuedouble);
}

static gboolean
take_texts (
    Order *order, const cJSON *json, gboolean with_image, Reply **refusal)
{
  const cJSON *prompt = cJSON_GetObjectItemCaseSensitive (json, "prompt");
  const cJSON *image = cJSON_GetObjectItemCaseSensitive (json, "image_url");

  if (!is_filled (prompt))
    return refuse (refusal, "MissingParameter", "prompt is required");
  order->prompt = g_strdup (prompt->valuestring);
  if (!with_image)
    return TRUE;
  if (!is_filled (image))
    return refuse (refusal, "MissingParameter", "image_url is required");
  order->image_url = g_strdup (image->valuestring);
  return TRUE;
}

static gboolean
take_shape (Order *order, const cJSON *json, Reply **refusal)
{
  const cJSON *resolution =
      cJSON_GetObjectItemCaseSensitive (json, "resolution");
  const cJSON *ratio = cJSON_GetObjectItemCaseSensitive (json, "aspect_ratio");

  if (resolution != NULL &&
      !order_take_resolution (order, cJSON_GetStringValue (resolution)))
    return refuse (refusal, NULL, "resolution must be 480p, 720p or 1080p");
  if (ratio != NULL && !order_take_ratio (order, cJSON_GetStringValue (ratio)))
    return refuse (refusal, NULL,
        "aspect_ratio must be 16:9, 9:16, 4:3, 3:4, 21:9 or 1:1");
  return TRUE;
}

static gboolean
take_numbers (Order *order, const cJSON *json, Reply **refusal)
{
  const cJSON *duration = cJSON_GetObjectItemCaseSensitive (json, "duration");
  const cJSON *seed = cJSON_GetObjectItemCaseSensitive (json, "seed");

  if (duration != NULL) {
    if (!is_integer (duration) || duration->valuedouble < 1 ||
        duration->valuedouble > MAX_DURATION)
      return refuse (refusal, NULL, "duration must be an integer, 1 to 10");
    order->duration = duration->valuedouble;
  }
  if (seed != NULL) {
    if (!is_integer (seed) || fabs (seed->valuedouble) > 0x1p63)
      return refuse (refusal, NULL, "seed must be an integer");
    order->seed = CLAMP (seed->valuedouble, -0x1p63, 0x1.fffffffffffffp62);
  }
  return TRUE;
}

Order *
order_parse_v1 (GBytes *body, gboolean with_image, Reply **refusal)
{
  g_autoptr (Order) order = order_new ();
  cJSON *json = order_parse_json (body, refusal);
  gboolean good =
      json != NULL && take_texts (order, json, with_image, refusal) &&
      take_shape (order, json, refusal) && take_numbers (order, json, refusal);

  cJSON_Delete (json);
  return good ? order_finish (g_steal_pointer (&order), refusal) : NULL;
}
