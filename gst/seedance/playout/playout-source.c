/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The source of an item is a seedancesrc with the element's settings, in which
 * the fields of the item replace those of the same name. */
#include "playout-source.h"

#include <cjson/cJSON.h>

#include "gstseedancesrc.h"

static SeedanceItem *
make_item (const gchar *name, const gchar *value)
{
  cJSON *json = cJSON_CreateObject ();
  g_autofree gchar *line = NULL;
  char *text;

  cJSON_AddStringToObject (json, "id", name);
  cJSON_AddStringToObject (json, name, value);
  text = cJSON_PrintUnformatted (json);
  line = g_strdup (text);
  cJSON_free (text);
  cJSON_Delete (json);

  return seedance_item_from_json (line, NULL, NULL);
}

GPtrArray *
playout_make_items (
    const GstSeedanceSettings *request, const PlayoutSettings *settings)
{
  const gchar *const one[] = { request->prompt, NULL };
  GPtrArray *items;
  SeedanceItem *item = NULL;

  if (settings->prompts)
    return seedance_items_from_prompts (
        (const gchar *const *) settings->prompts);
  if (request->task_id)
    item = make_item ("task-id", request->task_id);
  else if (request->prompt)
    return seedance_items_from_prompts (one);
  else if (request->image && !settings->rundown)
    item = make_item ("image", request->image);
  items = g_ptr_array_new_with_free_func ((GDestroyNotify) seedance_item_unref);
  if (item)
    g_ptr_array_add (items, item);

  return items;
}

static void
set (gchar **field, const gchar *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static gboolean
apply_fields (
    GstSeedanceSettings *order, const SeedanceItem *item, GError **error)
{
  GHashTableIter iter;
  gpointer name, text;

  if (!item->fields)
    return TRUE;
  g_hash_table_iter_init (&iter, item->fields);
  while (g_hash_table_iter_next (&iter, &name, &text)) {
    if (!gst_seedance_settings_set_text (order, name, text, error))
      return FALSE;
  }

  return TRUE;
}

/* An item of a rundown is one order, so the default of `reuse` becomes
 * `always`: every run plays the clip that was bought. Only `never` buys a new
 * one in each run. And the default of `attempts` becomes 1, so that an item
 * whose task failed is not ordered again by each later run. */
#define ATTEMPTS_DEFAULT 2

static void
apply_playout (GstSeedanceSettings *order, const SeedanceItem *item)
{
  g_autofree gchar *both = NULL;

  if (order->reuse == SEEDANCE_REUSE_PENDING)
    order->reuse = SEEDANCE_REUSE_ALWAYS;
  if (order->attempts == ATTEMPTS_DEFAULT)
    order->attempts = 1;
  order->buffering = FALSE;
  if (!item->instance)
    return;
  both = order->instance
             ? g_strdup_printf ("%s/%s", order->instance, item->instance)
             : NULL;
  set (&order->instance, both ? both : item->instance);
}

static gboolean
fill_order (GstSeedanceSettings *order, const SeedanceItem *item,
    const gchar *task_id, const PlayoutImage *image, GError **error)
{
  set (&order->task_id, task_id ? task_id : item->task_id);
  set (&order->prompt, NULL);
  if (!apply_fields (order, item, error))
    return FALSE;
  if (image && image->name)
    set (&order->image, image->image);
  apply_playout (order, item);

  return gst_seedance_settings_check (order, error);
}

static GstElement *
make_ordering (const GstSeedanceSettings *request, const SeedanceItem *item,
    const gchar *task_id, const PlayoutImage *image, GError **error)
{
  GstElement *source = NULL;
  GstSeedanceSettings order;

  memset (&order, 0, sizeof order);
  gst_seedance_settings_init (&order);
  gst_seedance_settings_copy (&order, request);
  if (fill_order (&order, item, task_id, image, error)) {
    source = gst_element_factory_make ("seedancesrc", NULL);
    gst_seedance_settings_apply (&order, source);
    if (image)
      gst_seedance_src_name_image (GST_SEEDANCE_SRC (source), image->name);
  }
  gst_seedance_settings_clear (&order);

  return source;
}

GstElement *
playout_make_source (const GstSeedanceSettings *request,
    const SeedanceItem *item, const gchar *task_id, const PlayoutImage *image,
    GError **error)
{
  if (item->uri)
    return gst_element_make_from_uri (GST_URI_SRC, item->uri, NULL, error);

  return make_ordering (request, item, task_id, image, error);
}
