/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which record of the ledger an order is kept under. */

#include "order.h"

#include "ledger-urls.h"

/* Of the task @id, or of what is asked where @id is NULL. */
static gchar *
make_name (const SeedanceOrder *order, const gchar *id, const gchar *base_url,
    const gchar *key)
{
  if (id)
    return seedance_ledger_name_for_task (order->provider->name, base_url, id);

  return seedance_request_fingerprint (
      order->request, order->provider->name, base_url, key);
}

/* @name, if the ledger has it; else NULL. Takes @name. */
static gchar *
check_name (const SeedanceOrder *order, gchar *name)
{
  g_autofree gchar *path = seedance_ledger_path (order->state_dir, name);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return name;
  g_free (name);

  return NULL;
}

/* The key says who may ask for the clip, not what is asked for, and so is not
 * part of an order. It was in the names of the first release. */
static gchar *
look_up (const SeedanceOrder *order, const gchar *id, const gchar *base_url)
{
  gchar *name = check_name (order, make_name (order, id, base_url, NULL));

  if (name || id || !order->key)
    return name;

  return check_name (order, make_name (order, NULL, base_url, order->key));
}

/* Earlier versions named a record by the base URL as the user had spelled it.
 * Which spelling that was, the records themselves tell: every other way in which
 * the user and the ledger spell the service is tried once, as each costs a look
 * at the whole image of an order. NULL without an error: there is none. */
static gchar *
look_up_spellings (const SeedanceOrder *order, const gchar *id,
    gchar **base_url, GError **error)
{
  const gchar *given = order->given_url;
  g_autoptr (GPtrArray) urls = NULL;
  gchar *name = NULL;

  if (given && !g_str_equal (given, order->base_url))
    name = look_up (order, id, given);
  if (name) {
    if (base_url)
      *base_url = g_strdup (given);
    return name;
  }
  urls = seedance_ledger_find_spellings (
      order->state_dir, order->provider->name, order->base_url, error);
  for (guint i = 0; urls && i < urls->len; i++) {
    const gchar *url = g_ptr_array_index (urls, i);

    name = g_strcmp0 (url, given) == 0 ? NULL : look_up (order, id, url);
    if (!name)
      continue;
    if (base_url)
      *base_url = g_strdup (url);
    return name;
  }

  return NULL;
}

static gchar *
find_name (const SeedanceOrder *order, const gchar *id, gchar **base_url,
    GError **error)
{
  gchar *name = look_up (order, id, order->base_url);
  g_autoptr (GError) problem = NULL;

  if (!name)
    name = look_up_spellings (order, id, base_url, &problem);
  if (!problem)
    return name ? name : make_name (order, id, order->base_url, NULL);
  g_propagate_error (error, g_steal_pointer (&problem));

  return NULL;
}

gchar *
seedance_order_find_record (
    const SeedanceOrder *order, gchar **base_url, GError **error)
{
  return find_name (order, NULL, base_url, error);
}

gchar *
seedance_order_find_task (
    const SeedanceOrder *order, const gchar *id, GError **error)
{
  return find_name (order, id, NULL, error);
}

gchar *
seedance_order_record_name (const SeedanceOrder *order)
{
  gchar *name;

  if (!order->task_id)
    return g_strdup (order->fingerprint);
  name = seedance_order_find_task (order, order->task_id, NULL);

  return name ? name : make_name (order, order->task_id, order->base_url, NULL);
}
