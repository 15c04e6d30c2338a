/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

G_BEGIN_DECLS

typedef enum { LAYOUT_MOOV_LAST, LAYOUT_MOOV_FIRST, LAYOUT_FRAGMENTED } Layout;

/* What a test may change while the service runs. */
typedef struct {
  /* Seconds. */
  gdouble generation_time;
  Layout layout;
  gboolean audio;
  gboolean h265;
  /* Of the picture, kbit a second; 0: as much as genuine clips have. */
  guint bitrate;
  /* Served in place of every rendered clip; NULL: none. */
  gchar *clip_file;
  /* Tasks that run at a time, the others wait; 0: no limit. */
  guint max_running;
  /* API requests a second; 0: no limit. */
  guint rate;
  /* Seconds. */
  gint64 url_lifetime;
  /* Requests that a clip's URL works for; 0: no limit. */
  guint url_uses;
  /* What a request for a clip gets while another one is answered; 0: the
   * same as others. */
  guint busy_status;
  /* A request for a clip ends those before it. */
  gboolean newest_wins;
  /* A request with the Idempotency-Key of an earlier one gets its task. */
  gboolean idempotency;
  gchar *refuse_word;
  gchar *fail_word;
  /* A prompt with this in it becomes a clip to measure with. */
  gchar *flash_word;
} Settings;

Settings *settings_new (void);
Settings *settings_copy (const Settings *settings);
void settings_free (Settings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Settings, settings_free)

gboolean settings_set_layout (Settings *settings, const gchar *name);
gboolean settings_set_codec (Settings *settings, const gchar *name);

/* On a mistake @settings is half changed. */
gboolean settings_apply_json (
    Settings *settings, const cJSON *json, GError **error);

G_END_DECLS
