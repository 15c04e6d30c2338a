/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the user sets: the properties, their table, and how they become an
 * order. Guarded by the element's object lock. */
#pragma once

#include <gst/gst.h>

#include "order.h"

G_BEGIN_DECLS

typedef struct {
  gchar *prompt, *image, *model;
  gint resolution, aspect_ratio; /* of their enums; 0 = auto */
  gint duration;
  gint64 seed;
  GstStructure *extra_params;
  gint provider, reuse;
  gchar *base_url, *api_key, *api_key_file, *task_id, *state_dir;
  guint poll_interval, generation_timeout, timeout;
  gint retries;
  guint64 max_size;
  gchar *user_agent, *proxy, *ssl_ca_file;
  gboolean ssl_strict, allow_insecure;
} GstSeedanceSettings;

/* Installs every property of the settings from the first id on; returns the
 * next free id. */
guint gst_seedance_settings_install (GObjectClass *klass);

/* Registers the enum types for the documentation. */
void gst_seedance_settings_mark_plugin_api (void);

void gst_seedance_settings_init (GstSeedanceSettings *settings);
void gst_seedance_settings_clear (GstSeedanceSettings *settings);

/* FALSE when @id is not one of the settings'. */
gboolean gst_seedance_settings_set (GstSeedanceSettings *settings, guint id,
    const GValue *value);
gboolean gst_seedance_settings_get (const GstSeedanceSettings *settings,
    guint id, GValue *value);

/* A fresh order with a copy of everything that is set. */
SeedanceOrder *gst_seedance_settings_to_order (
    const GstSeedanceSettings *settings);

G_END_DECLS
