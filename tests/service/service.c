/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state that all files of the service share, and the clips that tests set
 * for certain prompts. */

#include "service.h"

#include <string.h>

Service *
service_new (const gchar *api_key, Settings *settings)
{
  Service *service = g_new0 (Service, 1);

  service->api_key = g_strdup (api_key);
  service->secret = guard_new_secret ();
  service->control_secret = guard_new_secret ();
  service->counters = counters_new ();
  service->gate = gate_new ();
  service->faults = faults_new ();
  service->tasks = tasks_new ();
  service->links = links_new ();
  service->settings = settings;
  service->clips_for = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) clip_unref);
  g_queue_init (&service->recent);
  g_mutex_init (&service->lock);
  return service;
}

void
service_free (Service *service)
{
  g_clear_pointer (&service->tasks, tasks_free);
  g_clear_pointer (&service->clip, clip_unref);
  g_clear_pointer (&service->clips_for, g_hash_table_unref);
  g_clear_pointer (&service->studio, studio_free);
  g_clear_pointer (&service->faults, faults_free);
  g_clear_pointer (&service->gate, gate_free);
  g_clear_pointer (&service->links, links_free);
  g_clear_pointer (&service->counters, counters_free);
  g_clear_pointer (&service->settings, settings_free);
  g_queue_clear_full (&service->recent, g_free);
  g_mutex_clear (&service->lock);
  g_free (service->clip_origin);
  g_free (service->secret);
  g_free (service->control_secret);
  g_strfreev (service->hosts);
  g_free (service->api_key);
  g_free (service);
}

Settings *
service_get_settings (Service *service)
{
  Settings *copy;

  g_mutex_lock (&service->lock);
  copy = settings_copy (service->settings);
  g_mutex_unlock (&service->lock);
  return copy;
}

gboolean
service_change_settings (Service *service, const cJSON *json, GError **error)
{
  g_autoptr (Settings) settings = service_get_settings (service);

  if (!settings_apply_json (settings, json, error))
    return FALSE;
  g_mutex_lock (&service->lock);
  settings_free (service->settings);
  service->settings = g_steal_pointer (&settings);
  g_mutex_unlock (&service->lock);
  return TRUE;
}

void
service_set_clip (Service *service, Clip *clip)
{
  g_mutex_lock (&service->lock);
  g_clear_pointer (&service->clip, clip_unref);
  service->clip = clip;
  g_mutex_unlock (&service->lock);
}

void
service_set_clip_for (Service *service, const gchar *word, Clip *clip)
{
  g_mutex_lock (&service->lock);
  if (clip != NULL)
    g_hash_table_insert (service->clips_for, g_strdup (word), clip);
  else
    g_hash_table_remove (service->clips_for, word);
  g_mutex_unlock (&service->lock);
}

static Clip *
find_clip_locked (Service *service, const gchar *prompt)
{
  Clip *found = service->clip;
  gsize longest = 0;
  GHashTableIter iter;
  gpointer word, clip;

  g_hash_table_iter_init (&iter, service->clips_for);
  while (g_hash_table_iter_next (&iter, &word, &clip)) {
    if (strlen (word) > longest && strstr (prompt, word) != NULL) {
      longest = strlen (word);
      found = clip;
    }
  }
  return found;
}

Clip *
service_get_clip (Service *service, const gchar *prompt)
{
  Clip *clip;

  g_mutex_lock (&service->lock);
  clip = find_clip_locked (service, prompt);
  if (clip != NULL)
    clip_ref (clip);
  g_mutex_unlock (&service->lock);
  return clip;
}
