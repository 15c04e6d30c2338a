/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service.h"

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
  g_queue_init (&service->recent);
  g_mutex_init (&service->lock);
  return service;
}

void
service_free (Service *service)
{
  g_clear_pointer (&service->tasks, tasks_free);
  g_clear_pointer (&service->clip, clip_unref);
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

Clip *
service_get_clip (Service *service)
{
  Clip *clip;

  g_mutex_lock (&service->lock);
  clip = service->clip ? clip_ref (service->clip) : NULL;
  g_mutex_unlock (&service->lock);
  return clip;
}
