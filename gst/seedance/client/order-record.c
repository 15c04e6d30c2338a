/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which record of the ledger an order is kept under. */

#include "order.h"

#include "ledger-list.h"
#include "url.h"

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

/* Whether it is of the service that is asked, in another spelling. */
static gboolean
is_spelled_otherwise (const SeedanceOrder *order, const SeedanceRecord *record)
{
  g_autofree gchar *normal = NULL;

  if (g_strcmp0 (record->provider, order->provider->name) != 0 ||
      !record->base_url || g_str_equal (record->base_url, order->base_url))
    return FALSE;
  normal = seedance_url_normalize (record->base_url);

  return g_strcmp0 (normal, order->base_url) == 0;
}

/* Every other way in which the user and the ledger spell the service, once: each
 * costs a look at the whole image of an order. */
static GPtrArray *
list_spellings (const SeedanceOrder *order)
{
  GPtrArray *urls = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) entries = seedance_ledger_list (order->state_dir, NULL);

  if (order->given_url && !g_str_equal (order->given_url, order->base_url))
    g_ptr_array_add (urls, g_strdup (order->given_url));
  for (guint i = 0; entries && i < entries->len; i++) {
    const SeedanceLedgerEntry *entry = g_ptr_array_index (entries, i);
    const SeedanceRecord *record = entry->record;

    if (record && is_spelled_otherwise (order, record) &&
        !g_ptr_array_find_with_equal_func (
            urls, record->base_url, g_str_equal, NULL))
      g_ptr_array_add (urls, g_strdup (record->base_url));
  }

  return urls;
}

/* Earlier versions named a record by the base URL as the user had spelled it.
 * Which spelling that was, the records themselves tell. */
static gchar *
look_up_spellings (
    const SeedanceOrder *order, const gchar *id, gchar **base_url)
{
  g_autoptr (GPtrArray) urls = list_spellings (order);

  for (guint i = 0; i < urls->len; i++) {
    gchar *name = look_up (order, id, g_ptr_array_index (urls, i));

    if (!name)
      continue;
    if (base_url)
      *base_url = g_strdup (g_ptr_array_index (urls, i));
    return name;
  }

  return NULL;
}

static gchar *
find_name (const SeedanceOrder *order, const gchar *id, gchar **base_url)
{
  gchar *name = look_up (order, id, order->base_url);

  if (!name)
    name = look_up_spellings (order, id, base_url);

  return name ? name : make_name (order, id, order->base_url, NULL);
}

gchar *
seedance_order_find_record (const SeedanceOrder *order, gchar **base_url)
{
  return find_name (order, NULL, base_url);
}

gchar *
seedance_order_find_task (const SeedanceOrder *order, const gchar *id)
{
  return find_name (order, id, NULL);
}

gchar *
seedance_order_record_name (const SeedanceOrder *order)
{
  if (order->task_id)
    return seedance_order_find_task (order, order->task_id);

  return g_strdup (order->fingerprint);
}
