/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "order.h"

#include <math.h>
#include <stdlib.h>

#define MAX_DURATION 15
#define MIN_SIDE 300
#define MAX_SIDE 6000

static gboolean G_GNUC_PRINTF (3, 4)
    refuse (Reply **refusal, const gchar *code, const gchar *format, ...)
{
  g_autofree gchar *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  *refusal = reply_new_error (400, code, "%s", message);
  return FALSE;
}

static gboolean
bad (Reply **refusal, const gchar *name)
{
  return refuse (refusal, "InvalidParameter",
      "The parameter `%s` specified in the request is not valid", name);
}

static gboolean
missing (Reply **refusal, const gchar *name)
{
  return refuse (refusal, "MissingParameter",
      "The request is missing the parameter `%s`", name);
}

static const gchar *
get_text (const cJSON *json, const gchar *name)
{
  return cJSON_GetStringValue (cJSON_GetObjectItemCaseSensitive (json, name));
}

static gboolean
take_image (Order *order, const cJSON *part, guint nth, Reply **refusal)
{
  const gchar *url =
      get_text (cJSON_GetObjectItemCaseSensitive (part, "image_url"), "url");
  const gchar *role = get_text (part, "role");

  if (url == NULL)
    return missing (refusal, "content.image_url.url");
  if (nth > 1 && role == NULL)
    return missing (refusal, "content.role");
  if (role != NULL && !g_str_equal (role, "first_frame") &&
      !g_str_equal (role, "last_frame") &&
      !g_str_equal (role, "reference_image"))
    return bad (refusal, "content.role");
  /* Only where the clip begins is drawn. */
  if (order->image_url == NULL || g_strcmp0 (role, "first_frame") == 0) {
    g_free (order->image_url);
    order->image_url = g_strdup (url);
  }
  return TRUE;
}

static gboolean
take_part (Order *order, const cJSON *part, guint *images, Reply **refusal)
{
  const gchar *type = get_text (part, "type");
  const gchar *text = get_text (part, "text");

  if (type == NULL)
    return missing (refusal, "content.type");
  if (g_str_equal (type, "image_url"))
    return take_image (order, part, ++*images, refusal);
  if (!g_str_equal (type, "text"))
    return bad (refusal, "content.type");
  if (text == NULL || order->prompt != NULL)
    return bad (refusal, "content.text");
  order->prompt = g_strdup (text);
  return TRUE;
}

static gboolean
take_content (Order *order, const cJSON *json, Reply **refusal)
{
  const cJSON *content = cJSON_GetObjectItemCaseSensitive (json, "content");
  const cJSON *part;
  guint images = 0;

  if (get_text (json, "model") == NULL || *get_text (json, "model") == '\0')
    return missing (refusal, "model");
  order->model = g_strdup (get_text (json, "model"));
  if (!cJSON_IsArray (content) || cJSON_GetArraySize (content) == 0)
    return missing (refusal, "content");
  cJSON_ArrayForEach (part, content)
  {
    if (!take_part (order, part, &images, refusal))
      return FALSE;
  }
  if (order->prompt == NULL && order->image_url == NULL)
    return missing (refusal, "content.text");
  if (order->prompt == NULL)
    order->prompt = g_strdup ("");
  return TRUE;
}

static gboolean
take_duration (Order *order, gdouble value)
{
  if (value == -1)
    return TRUE;
  if (value != floor (value) || value < 1 || value > MAX_DURATION)
    return FALSE;
  order->duration = value;
  return TRUE;
}

static gboolean
take_seed (Order *order, gdouble value)
{
  if (value == -1)
    return TRUE;
  if (value != floor (value) || value < 0 || value > G_MAXUINT32)
    return FALSE;
  order->seed = value;
  return TRUE;
}

static gboolean
take_ratio (Order *order, const gchar *value)
{
  return g_strcmp0 (value, "adaptive") == 0 || order_take_ratio (order, value);
}

static gboolean
take_fields (Order *order, const cJSON *json, Reply **refusal)
{
  const cJSON *value;

  value = cJSON_GetObjectItemCaseSensitive (json, "resolution");
  if (value && !order_take_resolution (order, cJSON_GetStringValue (value)))
    return bad (refusal, "resolution");
  value = cJSON_GetObjectItemCaseSensitive (json, "ratio");
  if (value && !take_ratio (order, cJSON_GetStringValue (value)))
    return bad (refusal, "ratio");
  value = cJSON_GetObjectItemCaseSensitive (json, "duration");
  if (value &&
      (!cJSON_IsNumber (value) || !take_duration (order, value->valuedouble)))
    return bad (refusal, "duration");
  value = cJSON_GetObjectItemCaseSensitive (json, "seed");
  if (value &&
      (!cJSON_IsNumber (value) || !take_seed (order, value->valuedouble)))
    return bad (refusal, "seed");
  value = cJSON_GetObjectItemCaseSensitive (json, "generate_audio");
  order->audio = !cJSON_IsFalse (value);
  return TRUE;
}

static gboolean
take_option (Order *order, const gchar *name, const gchar *value)
{
  if (g_str_equal (name, "--rs") || g_str_equal (name, "--resolution"))
    return order_take_resolution (order, value);
  if (g_str_equal (name, "--rt") || g_str_equal (name, "--ratio"))
    return take_ratio (order, value);
  if (g_str_equal (name, "--dur") || g_str_equal (name, "--duration"))
    return take_duration (order, g_ascii_strtod (value, NULL));
  if (g_str_equal (name, "--seed"))
    return take_seed (order, g_ascii_strtod (value, NULL));
  return TRUE;
}

/* The old way of asking, which still wins over the fields: "a cat --dur 8". */
static gboolean
take_options (Order *order, Reply **refusal)
{
  gchar *options = strstr (order->prompt, "--");
  g_auto (GStrv) words = NULL;

  if (options == NULL || (options > order->prompt && options[-1] != ' '))
    return TRUE;
  words = g_strsplit_set (options, " ", -1);
  for (guint i = 0; words[i] != NULL && words[i + 1] != NULL; i++) {
    if (g_str_has_prefix (words[i], "--") &&
        !take_option (order, words[i], words[i + 1]))
      return bad (refusal, words[i]);
  }
  *options = '\0';
  g_strchomp (order->prompt);
  return TRUE;
}

static gboolean
check_picture (Picture *picture, Reply **refusal)
{
  gdouble ratio;

  if (picture == NULL)
    return TRUE;
  ratio = (gdouble) picture->width / picture->height;
  if (MIN (picture->width, picture->height) < MIN_SIDE ||
      MAX (picture->width, picture->height) > MAX_SIDE)
    return refuse (refusal, "InvalidParameter",
        "The image is %dx%d, its sides must be 300 to 6000 px", picture->width,
        picture->height);
  if (ratio < 0.4 || ratio > 2.5)
    return refuse (refusal, "InvalidParameter",
        "The image's width/height is %.2f, it must be 0.4 to 2.5", ratio);
  return TRUE;
}

Order *
order_parse_ark (GBytes *body, Reply **refusal)
{
  g_autoptr (Order) order = order_new ();
  cJSON *json = order_parse_json (body, refusal);
  gboolean good = json != NULL && take_content (order, json, refusal) &&
                  take_fields (order, json, refusal) &&
                  take_options (order, refusal);

  cJSON_Delete (json);
  if (!good)
    return NULL;
  order = order_finish (g_steal_pointer (&order), refusal);
  if (order == NULL || !check_picture (order->picture, refusal))
    return NULL;
  return g_steal_pointer (&order);
}
