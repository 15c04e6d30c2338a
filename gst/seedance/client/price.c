/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Estimates the price of an order from the price list of a profile. */

#include "price.h"

#include <string.h>

#define FPS 24

static const gchar *
text_of (const cJSON *node, const gchar *name)
{
  return cJSON_GetStringValue (cJSON_GetObjectItemCaseSensitive (node, name));
}

/* The list holds parts of models' names, because services put a maker's name
 * before them and a date behind them. */
static const cJSON *
find_price (const cJSON *prices, const SeedanceRequest *request)
{
  const cJSON *price;

  cJSON_ArrayForEach (price, prices)
  {
    if (strstr (request->model, text_of (price, "model")) &&
        g_str_equal (request->resolution, text_of (price, "resolution")))
      return price;
  }

  return NULL;
}

static gdouble
number_of (const cJSON *node, const gchar *name)
{
  return cJSON_GetObjectItemCaseSensitive (node, name)->valuedouble;
}

gboolean
seedance_price_estimate (const SeedanceProvider *provider,
    const SeedanceRequest *request, gint64 *tokens, gdouble *usd)
{
  const cJSON *prices =
      cJSON_GetObjectItemCaseSensitive (provider->profile, "prices");
  const cJSON *price =
      request->model && request->resolution && request->duration > 0
          ? find_price (prices, request)
          : NULL;

  if (!price)
    return FALSE;
  if (cJSON_HasObjectItem (price, "usd-per-second")) {
    *tokens = -1;
    *usd = request->duration * number_of (price, "usd-per-second");
    return TRUE;
  }
  *tokens = (gint64) number_of (price, "pixels") *
            (FPS * request->duration + 1) / 1024;
  *usd = *tokens * number_of (price, "usd-per-million-tokens") / 1e6;

  return TRUE;
}
