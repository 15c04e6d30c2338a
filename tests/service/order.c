/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parsers of all APIs share: the defaults, the table of sizes, and the
 * choice of a ratio that suits the image. */

#include "order.h"

#include <math.h>

static const struct {
  const gchar *resolution;
  const gchar *ratio;
  gint width;
  gint height;
} sizes[] = {
  { "480p", "16:9", 864, 496 },
  { "480p", "9:16", 496, 864 },
  { "480p", "4:3", 752, 560 },
  { "480p", "3:4", 560, 752 },
  { "480p", "21:9", 992, 432 },
  { "480p", "1:1", 640, 640 },
  { "720p", "16:9", 1280, 720 },
  { "720p", "9:16", 720, 1280 },
  { "720p", "4:3", 1112, 834 },
  { "720p", "3:4", 834, 1112 },
  { "720p", "21:9", 1470, 630 },
  { "720p", "1:1", 960, 960 },
  { "1080p", "16:9", 1920, 1080 },
  { "1080p", "9:16", 1080, 1920 },
  { "1080p", "4:3", 1664, 1248 },
  { "1080p", "3:4", 1248, 1664 },
  { "1080p", "21:9", 2206, 946 },
  { "1080p", "1:1", 1440, 1440 },
};

Order *
order_new (void)
{
  Order *order = g_new0 (Order, 1);

  order->resolution = g_strdup ("720p");
  order->ratio = g_strdup ("adaptive");
  order->duration = 5;
  order->seed = g_random_int ();
  order->audio = TRUE;
  return order;
}

void
order_free (Order *order)
{
  g_free (order->prompt);
  g_free (order->model);
  g_free (order->image_url);
  g_free (order->last_url);
  g_clear_pointer (&order->picture, picture_unref);
  g_clear_pointer (&order->last, picture_unref);
  g_free (order->resolution);
  g_free (order->ratio);
  g_free (order);
}

cJSON *
order_parse_json (GBytes *body, Reply **refusal)
{
  gsize size;
  const gchar *data = g_bytes_get_data (body, &size);
  g_autofree gchar *text = NULL;
  cJSON *json = NULL;

  if (data != NULL && g_utf8_validate (data, size, NULL)) {
    text = g_strndup (data, size);
    json = cJSON_ParseWithOpts (text, NULL, TRUE);
  }
  if (cJSON_IsObject (json))
    return json;
  cJSON_Delete (json);
  *refusal = reply_new_error (400, NULL, "The body is not a JSON object");
  return NULL;
}

gboolean
order_take_resolution (Order *order, const gchar *value)
{
  for (guint i = 0; value != NULL && i < G_N_ELEMENTS (sizes); i++) {
    if (g_str_equal (value, sizes[i].resolution)) {
      g_free (order->resolution);
      order->resolution = g_strdup (value);
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
order_take_ratio (Order *order, const gchar *value)
{
  for (guint i = 0; value != NULL && i < G_N_ELEMENTS (sizes); i++) {
    if (g_str_equal (value, sizes[i].ratio)) {
      g_free (order->ratio);
      order->ratio = g_strdup (value);
      return TRUE;
    }
  }
  return FALSE;
}

/* Returns the ratio that crops the picture least; 16:9 without a picture. */
static const gchar *
nearest_ratio (Picture *picture)
{
  const gchar *nearest = "16:9";
  gdouble least = G_MAXDOUBLE;

  for (guint i = 0; picture != NULL && i < G_N_ELEMENTS (sizes); i++) {
    gdouble off = fabs (log ((gdouble) picture->width / picture->height *
                             sizes[i].height / sizes[i].width));

    if (g_str_equal (sizes[i].resolution, "720p") && off < least) {
      least = off;
      nearest = sizes[i].ratio;
    }
  }
  return nearest;
}

static void
settle_size (Order *order)
{
  if (g_str_equal (order->ratio, "adaptive")) {
    g_free (order->ratio);
    order->ratio = g_strdup (nearest_ratio (order->picture));
  }
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    if (g_str_equal (order->resolution, sizes[i].resolution) &&
        g_str_equal (order->ratio, sizes[i].ratio)) {
      order->width = sizes[i].width;
      order->height = sizes[i].height;
    }
  }
}

static gboolean
load (Picture **picture, const gchar *url, Reply **refusal)
{
  g_autoptr (GError) error = NULL;

  if (url == NULL)
    return TRUE;
  *picture = picture_load (url, &error);
  if (*picture == NULL)
    *refusal = reply_new_error (
        400, NULL, "The image cannot be used: %s", error->message);
  return *picture != NULL;
}

Order *
order_finish (Order *order, Reply **refusal)
{
  if (!load (&order->picture, order->image_url, refusal) ||
      !load (&order->last, order->last_url, refusal)) {
    order_free (order);
    return NULL;
  }
  settle_size (order);
  return order;
}
