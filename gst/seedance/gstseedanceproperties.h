/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of properties, which is the same for all elements that order clips,
 * and the structure that holds the values. The table says what each property is
 * called, which values it may have, and which member of GstSeedanceSettings
 * holds it. gstseedancesettings.h reads and writes the values. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The values of all properties. */
typedef struct {
  gchar *prompt, *image, *last_image, *model, *instance;
  gchar **reference_images, **reference_videos, **reference_audios;
  gchar *image_name; /* not a property: see SeedanceMedia.name */
  gchar *resolution, *aspect_ratio; /* NULL = auto, not sent */
  gint duration;
  gint64 seed;
  gint generate_audio, camera_fixed, watermark, return_last_frame;
  GstStructure *extra_params;
  gchar *provider; /* NULL = SEEDANCE_PROVIDER, or the default one */
  gint reuse;
  gchar *base_url, *api_key, *api_key_file, *task_id, *state_dir, *budget;
  guint poll_interval, generation_timeout, timeout;
  gint retries, attempts;
  guint64 max_size;
  gchar *user_agent, *proxy, *ssl_ca_file;
  gboolean ssl_strict, allow_insecure, allow_local_links, buffering;
  gboolean uri_submit;
} GstSeedanceSettings;

/* Which part of the settings a property belongs to. seedanceplayout, which
 * orders several clips, has no STREAM properties. */
typedef enum {
  /* What the clip is to show; differs from clip to clip. */
  GST_SEEDANCE_PART_REQUEST = 1 << 0,
  /* Which service is used, with which limits and timeouts. */
  GST_SEEDANCE_PART_SERVICE = 1 << 1,
  /* How an element that streams the clip behaves. */
  GST_SEEDANCE_PART_STREAM = 1 << 2,
} GstSeedanceParts;

#define GST_SEEDANCE_PART_ALL \
  (GST_SEEDANCE_PART_REQUEST | GST_SEEDANCE_PART_SERVICE | \
      GST_SEEDANCE_PART_STREAM)

/* The type of a property's value. */
typedef enum {
  GST_SEEDANCE_KIND_STRING,
  GST_SEEDANCE_KIND_INT,
  GST_SEEDANCE_KIND_INT64,
  GST_SEEDANCE_KIND_UINT,
  GST_SEEDANCE_KIND_UINT64,
  GST_SEEDANCE_KIND_BOOLEAN,
  GST_SEEDANCE_KIND_REUSE,
  GST_SEEDANCE_KIND_STRUCTURE,
  GST_SEEDANCE_KIND_STRINGS, /* a NULL-terminated list; NULL = not set */
  GST_SEEDANCE_KIND_SWITCH,  /* enum: 0, 1, or -1 = not set */
} GstSeedanceKind;

/* One property: a row of the table. */
typedef struct {
  const gchar *name, *nick, *blurb;
  gsize field; /* offset in GstSeedanceSettings */
  GstSeedanceParts part;
  GstSeedanceKind kind;
  GParamFlags flags;
  /* Default, minimum and maximum of a number, an enum or a boolean. */
  gint64 fallback, least, most;
  /* A string that is not set reads back as @text, or as what @find returns. */
  const gchar *text;
  const gchar *(*find) (void);
  /* Returns how a string that is set reads back, for example without a password
   * (transfer full). NULL: unchanged. */
  gchar *(*show) (const gchar *);
  gboolean keeps_empty; /* an empty string differs from one that is not set */
} GstSeedanceProperty;

/* Returns the property with @id. Ids are consecutive and begin with 1; returns
 * NULL after the last one. */
const GstSeedanceProperty *gst_seedance_property_find (guint id);

/* Returns NULL if no property has that name. */
const GstSeedanceProperty *gst_seedance_property_find_by_name (
    const gchar *name);
guint gst_seedance_property_get_id (const GstSeedanceProperty *property);

/* Returns the type of the property's values. */
GType gst_seedance_property_get_value_type (
    const GstSeedanceProperty *property);

/* Returns TRUE if `least` and `most` apply to this property. */
gboolean gst_seedance_property_has_range (const GstSeedanceProperty *property);

/* Returns a new floating GParamSpec. It accepts the whole range of the type;
 * see the table in gstseedanceproperties.c for the reason. */
GParamSpec *gst_seedance_property_make_pspec (
    const GstSeedanceProperty *property);

/* Returns the blurb with the range of a number added, because gst-inspect-1.0
 * shows only the range of the type. The text lives as long as the process. */
const gchar *gst_seedance_blurb_with_range (
    const gchar *blurb, gint64 least, gint64 most);

G_END_DECLS
