/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this process uses, as the kernel counts it. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

typedef struct {
  gint64 at; /* monotonic, microseconds, as are the next two */
  gint64 user;
  gint64 system;
  guint rss_kib;
  guint peak_kib; /* the highest RSS so far */
  guint threads;
} Usage;

void usage_take (Usage *usage);

/* Adds what was used between two moments: "user-ms", "system-ms", "rss-kib"
 * and "peak-kib" (growth), "threads" (in the end). */
void usage_add_cost (cJSON *json, const Usage *from, const Usage *to);

/* Milliseconds between two monotonic times; JSON's null while one is not
 * there. */
void usage_add_span (cJSON *json, const gchar *name, gint64 from, gint64 to);

/* Prints and frees @json: one line, the result of a program. */
void usage_print (cJSON *json);
