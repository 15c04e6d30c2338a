/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The profile is loaded only to find out whether it can be used; what is
 * printed is its text. */
#include "tasks-provider.h"

#include "provider.h"

gboolean
tasks_provider_print (const gchar *name, GError **error)
{
  g_autofree gchar *file = NULL;
  g_autoptr (SeedanceProvider) provider = seedance_provider_load (name, error);
  g_autofree gchar *text = NULL;

  if (!provider)
    return FALSE;
  text = seedance_provider_read (
      name ? name : seedance_provider_get_default (), &file, error);
  if (!text)
    return FALSE;
  g_print ("%s%s", text, g_str_has_suffix (text, "\n") ? "" : "\n");

  return TRUE;
}
