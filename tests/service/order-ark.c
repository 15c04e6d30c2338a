/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses the create requests of the official API (ark), whose content is a list
 * of parts: a text, frames with roles, references. */

#include "order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* Counts of the parts beside the text. */
typedef struct {
  guint images, first, last, references;
  gboolean roles_missing; /* an image has no role */
} Parts;

/* Each type of media part, and the role that makes it a reference. */
static const struct {
  const gchar *type, *role;
} references[] = {
  { "image_url", "reference_image" },
  { "video_url", "reference_video" },
  { "audio_url", "reference_audio" },
};

static gboolean
is_reference (const gchar *type, const gchar *role)
{
  for (guint i = 0; i < G_N_ELEMENTS (references); i++) {
    if (g_str_equal (type, references[i].type) &&
        g_strcmp0 (role, references[i].role) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_address (const gchar *url)
{
  return g_str_has_prefix (url, "http://") ||
         g_str_has_prefix (url, "https://") || g_str_has_prefix (url, "data:");
}

static gboolean
take_frame (Order *order, const gchar *url, const gchar *role, Parts *parts,
    Reply **refusal)
{
  parts->roles_missing |= role == NULL;
  if (g_strcmp0 (role, "last_frame") == 0) {
    parts->last++;
    if (order->last_url == NULL)
      order->last_url = g_strdup (url);
    return TRUE;
  }
  if (role != NULL && !g_str_equal (role, "first_frame"))
    return bad (refusal, "content.role");
  parts->first++;
  if (order->image_url == NULL)
    order->image_url = g_strdup (url);
  return TRUE;
}

static gboolean
take_media (Order *order, const cJSON *part, const gchar *type, Parts *parts,
    Reply **refusal)
{
  const gchar *url =
      get_text (cJSON_GetObjectItemCaseSensitive (part, type), "url");
  const gchar *role = get_text (part, "role");
  g_autofree gchar *name = g_strdup_printf ("content.%s.url", type);

  if (url == NULL)
    return missing (refusal, name);
  if (!is_address (url))
    return bad (refusal, name);
  if (is_reference (type, role)) {
    parts->references++;
    return TRUE;
  }
  if (!g_str_equal (type, "image_url"))
    return role ? bad (refusal, "content.role")
                : missing (refusal, "content.role");
  parts->images++;
  return take_frame (order, url, role, parts, refusal);
}

static gboolean
check_parts (const Parts *parts, Reply **refusal)
{
  if (parts->images > 1 && parts->roles_missing)
    return missing (refusal, "content.role");
  if (parts->references > 0 && parts->images > 0)
    return refuse (refusal, "InvalidParameter",
        "The parameter `content.role` specified in the request is not valid: "
        "first/last frame content cannot be mixed with reference media "
        "content");
  if (parts->first > 1 || parts->last > 1 || (parts->last && !parts->first))
    return bad (refusal, "content.role");
  return TRUE;
}

static gboolean
take_part (Order *order, const cJSON *part, Parts *parts, Reply **refusal)
{
  const gchar *type = get_text (part, "type");
  const gchar *text = get_text (part, "text");

  if (type == NULL)
    return missing (refusal, "content.type");
  for (guint i = 0; i < G_N_ELEMENTS (references); i++) {
    if (g_str_equal (type, references[i].type))
      return take_media (order, part, type, parts, refusal);
  }
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
  Parts parts = { 0 };

  if (get_text (json, "model") == NULL || *get_text (json, "model") == '\0')
    return missing (refusal, "model");
  order->model = g_strdup (get_text (json, "model"));
  if (!cJSON_IsArray (content) || cJSON_GetArraySize (content) == 0)
    return missing (refusal, "content");
  cJSON_ArrayForEach (part, content)
  {
    if (!take_part (order, part, &parts, refusal))
      return FALSE;
  }
  if (!check_parts (&parts, refusal))
    return FALSE;
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
take_switches (Order *order, const cJSON *json, Reply **refusal)
{
  static const gchar *const names[] = { "generate_audio", "watermark",
    "camera_fixed", "return_last_frame" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive (json, names[i]);

    if (value != NULL && !cJSON_IsBool (value))
      return bad (refusal, names[i]);
  }
  order->audio = !cJSON_IsFalse (
      cJSON_GetObjectItemCaseSensitive (json, "generate_audio"));
  order->last_frame = cJSON_IsTrue (
      cJSON_GetObjectItemCaseSensitive (json, "return_last_frame"));
  return TRUE;
}

/* The newest models take the ratio from the first frame and refuse another. */
static gboolean
check_ratio (const Order *order, const gchar *ratio, Reply **refusal)
{
  return ratio == NULL || g_str_equal (ratio, "adaptive") ||
         order->image_url == NULL ||
         strstr (order->model, "seedance-2-5") == NULL ||
         bad (refusal, "ratio");
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
  if (!check_ratio (order, cJSON_GetStringValue (value), refusal))
    return FALSE;
  value = cJSON_GetObjectItemCaseSensitive (json, "duration");
  if (value &&
      (!cJSON_IsNumber (value) || !take_duration (order, value->valuedouble)))
    return bad (refusal, "duration");
  value = cJSON_GetObjectItemCaseSensitive (json, "seed");
  if (value &&
      (!cJSON_IsNumber (value) || !take_seed (order, value->valuedouble)))
    return bad (refusal, "seed");
  return take_switches (order, json, refusal);
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

/* Reads options behind the prompt, such as --dur 8. They are the old way to set
 * parameters, and win over the fields of the request. */
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
  if (order == NULL || !check_picture (order->picture, refusal) ||
      !check_picture (order->last, refusal))
    return NULL;
  return g_steal_pointer (&order);
}
