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

static GPtrArray *
make_items (const GstSeedanceSettings *request, const PlayoutSettings *settings)
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
add_item (SeedanceRundown *rundown, SeedanceItem *item, GPtrArray *errors)
{
  GError *error = NULL;

  if (!seedance_rundown_enqueue (rundown, item, &error))
    g_ptr_array_add (errors, error);
}

SeedanceRundown *
playout_make_rundown (const GstSeedanceSettings *request,
    const PlayoutSettings *settings, SeedanceRundown *queued, GPtrArray *errors)
{
  g_autoptr (GPtrArray) items = make_items (request, settings);
  const guint length = seedance_rundown_get_length (queued);
  SeedanceRundown *rundown = seedance_rundown_new ();

  for (guint i = 0; i < items->len; i++)
    add_item (rundown, g_ptr_array_index (items, i), errors);
  for (guint i = 0; i < length; i++)
    add_item (rundown, seedance_rundown_get (queued, i), errors);

  return rundown;
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

#define ATTEMPTS_DEFAULT 1

void
playout_source_install_defaults (GObjectClass *klass)
{
  GParamSpec *reuse = g_object_class_find_property (klass, "reuse");
  GParamSpec *attempts = g_object_class_find_property (klass, "attempts");

  G_PARAM_SPEC_ENUM (reuse)->default_value = SEEDANCE_REUSE_ALWAYS;
  G_PARAM_SPEC_INT (attempts)->default_value = ATTEMPTS_DEFAULT;
}

void
playout_source_init (GstSeedanceSettings *request)
{
  gst_seedance_settings_init (request);
  request->reuse = SEEDANCE_REUSE_ALWAYS;
  request->attempts = ATTEMPTS_DEFAULT;
}

/* A clip is decoded before it is on air, and then counts as played although
 * nobody has seen it. So `pending` might buy it again, and counts as
 * `always`. */
static void
apply_playout (GstSeedanceSettings *order, const SeedanceItem *item)
{
  g_autofree gchar *both = NULL;

  if (order->reuse == SEEDANCE_REUSE_PENDING)
    order->reuse = SEEDANCE_REUSE_ALWAYS;
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
    source = g_object_new (GST_TYPE_SEEDANCE_SRC, NULL);
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
