/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "usage.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static gint64
microseconds (const struct timeval *time)
{
  return time->tv_sec * G_USEC_PER_SEC + time->tv_usec;
}

static guint
status_number (const gchar *status, const gchar *name)
{
  const gchar *line = strstr (status, name);

  return line ? (guint) strtoul (line + strlen (name), NULL, 10) : 0;
}

void
usage_take (Usage *usage)
{
  g_autofree gchar *status = NULL;
  struct rusage spent;

  usage->at = g_get_monotonic_time ();
  getrusage (RUSAGE_SELF, &spent);
  usage->user = microseconds (&spent.ru_utime);
  usage->system = microseconds (&spent.ru_stime);
  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    g_error ("/proc is not there");
  usage->rss_kib = status_number (status, "\nVmRSS:");
  usage->peak_kib = status_number (status, "\nVmHWM:");
  usage->threads = status_number (status, "\nThreads:");
}

void
usage_add_cost (cJSON *json, const Usage *from, const Usage *to)
{
  usage_add_span (json, "user-ms", from->user, to->user);
  usage_add_span (json, "system-ms", from->system, to->system);
  cJSON_AddNumberToObject (
      json, "rss-kib", (gdouble) to->rss_kib - from->rss_kib);
  cJSON_AddNumberToObject (
      json, "peak-kib", (gdouble) to->peak_kib - from->rss_kib);
  cJSON_AddNumberToObject (json, "threads", to->threads);
}

void
usage_add_span (cJSON *json, const gchar *name, gint64 from, gint64 to)
{
  if (from < 0 || to < 0)
    cJSON_AddNullToObject (json, name);
  else
    cJSON_AddNumberToObject (json, name, (gdouble) (to - from) / 1000);
}

void
usage_print (cJSON *json)
{
  gchar *text = cJSON_PrintUnformatted (json);

  g_print ("%s\n", text);
  cJSON_free (text);
  cJSON_Delete (json);
}
