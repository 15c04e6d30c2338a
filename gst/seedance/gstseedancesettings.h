/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the user sets: one table of properties, from which the element installs
 * them, reads and writes them, and checks their ranges. Guarded by the
 * element's object lock. */
#pragma once

#include <gst/gst.h>

#include "order.h"

G_BEGIN_DECLS

typedef struct {
  gchar *prompt, *image, *model;
  gchar *resolution, *aspect_ratio; /* NULL = auto, not sent */
  gint duration;
  gint64 seed;
  GstStructure *extra_params;
  gchar *provider; /* NULL = the default one */
  gint reuse;
  gchar *base_url, *api_key, *api_key_file, *task_id, *state_dir;
  guint poll_interval, generation_timeout, timeout;
  gint retries, attempts;
  guint64 max_size;
  gchar *user_agent, *proxy, *ssl_ca_file;
  gboolean ssl_strict, allow_insecure, allow_local_links, buffering;
} GstSeedanceSettings;

/* Installs every property of the settings from id 1 on; returns the next free
 * id. */
guint gst_seedance_settings_install (GObjectClass *klass);

/* Registers the enum types for the documentation. */
void gst_seedance_settings_mark_plugin_api (void);

void gst_seedance_settings_init (GstSeedanceSettings *settings);
void gst_seedance_settings_clear (GstSeedanceSettings *settings);

/* Any value of the property's type is taken; whether it is one that can be
 * used is for gst_seedance_settings_to_order() to say. FALSE when @id is not
 * one of the settings'. */
gboolean gst_seedance_settings_set (
    GstSeedanceSettings *settings, guint id, const GValue *value);
gboolean gst_seedance_settings_get (
    const GstSeedanceSettings *settings, guint id, GValue *value);

/* A fresh order with a copy of everything that is set. NULL when a value is
 * outside its range. Error: SEEDANCE_ERROR_SETTINGS. */
SeedanceOrder *gst_seedance_settings_to_order (
    const GstSeedanceSettings *settings, GError **error);

G_END_DECLS
