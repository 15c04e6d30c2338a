/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "provider-kit.h"

#include <gio/gio.h>

#include "profiles.h"

static gpointer
parse (const gchar *name)
{
  g_autofree gchar *file =
      g_strconcat ("/seedance/profiles/", name, ".json", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text = g_resource_lookup_data (
      seedance_profiles_get_resource (), file, 0, &error);
  SeedanceProvider *provider;

  g_assert_no_error (error);
  provider = seedance_provider_parse (
      g_bytes_get_data (text, NULL), g_bytes_get_size (text), name, &error);
  g_assert_no_error (error);

  return provider;
}

const SeedanceProvider *
provider_get (const gchar *name)
{
  static GHashTable *all;
  SeedanceProvider *provider;

  if (!all)
    all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
        (GDestroyNotify) seedance_provider_free);
  provider = g_hash_table_lookup (all, name);
  if (!provider) {
    provider = parse (name);
    g_hash_table_insert (all, g_strdup (name), provider);
  }

  return provider;
}
