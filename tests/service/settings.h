/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What decides how the service behaves: set by command-line options, and
 * changed over the control path while it runs. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

G_BEGIN_DECLS

/* The order of the boxes in a clip; fragmented clips have moof boxes. */
typedef enum { LAYOUT_MOOV_LAST, LAYOUT_MOOV_FIRST, LAYOUT_FRAGMENTED } Layout;

/* The settings. A test may change most of them while the service runs. */
typedef struct {
  /* Seconds. */
  gdouble generation_time;
  Layout layout;
  gboolean audio;
  gboolean h265;
  /* Of the picture, in kbit/s; 0: as much as genuine clips have. */
  guint bitrate;
  /* Served in place of every rendered clip; NULL: none. */
  gchar *clip_file;
  /* Tasks that run at once; the others wait. 0: no limit. */
  guint max_running;
  /* API requests a second; 0: no limit. */
  guint rate;
  /* Seconds. */
  gint64 url_lifetime;
  /* Requests that a clip's URL works for; 0: no limit. */
  guint url_uses;
  /* Status for a clip request while another one is answered; 0: no refusal. */
  guint busy_status;
  /* A new request for a clip ends those that are in progress. */
  gboolean newest_wins;
  /* An order with the Idempotency-Key of an earlier one gets its task. */
  gboolean idempotency;
  /* The API refuses a prompt that contains this word; NULL: none. */
  gchar *refuse_word;
  /* The task of a prompt that contains this word fails; NULL: none. */
  gchar *fail_word;
  /* A prompt that contains this word becomes a clip to measure with. */
  gchar *flash_word;
} Settings;

Settings *settings_new (void);
Settings *settings_copy (const Settings *settings);
void settings_free (Settings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Settings, settings_free)

/* Both return FALSE if @name is unknown. */
gboolean settings_set_layout (Settings *settings, const gchar *name);
gboolean settings_set_codec (Settings *settings, const gchar *name);

/* Changes the settings that @json names. If one is wrong, returns FALSE and
 * sets @error; then some of @settings may have changed. */
gboolean settings_apply_json (
    Settings *settings, const cJSON *json, GError **error);

G_END_DECLS
