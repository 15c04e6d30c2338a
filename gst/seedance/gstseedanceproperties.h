/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one table of properties: what each is called, what it may be set to, and
 * where it is kept: in the settings, which gstseedancesettings.h works on. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct {
  gchar *prompt, *image, *last_image, *model, *instance;
  gchar **reference_images, **reference_videos, **reference_audios;
  gchar *image_name; /* no property: see SeedanceRequest */
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

typedef enum {
  /* What a clip is asked to be: differs from clip to clip. */
  GST_SEEDANCE_PART_REQUEST = 1 << 0,
  /* Of whom it is asked, and how patiently. */
  GST_SEEDANCE_PART_SERVICE = 1 << 1,
  /* How an element that streams the bytes gives them away. */
  GST_SEEDANCE_PART_STREAM = 1 << 2,
} GstSeedanceParts;

#define GST_SEEDANCE_PART_ALL \
  (GST_SEEDANCE_PART_REQUEST | GST_SEEDANCE_PART_SERVICE | \
      GST_SEEDANCE_PART_STREAM)

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
  GST_SEEDANCE_KIND_SWITCH,  /* an int: 0, 1, or -1 = not set */
} GstSeedanceKind;

typedef struct {
  const gchar *name, *nick, *blurb;
  gsize field; /* of the settings */
  GstSeedanceParts part;
  GstSeedanceKind kind;
  GParamFlags flags;
  gint64 fallback, least, most;   /* of what is a number */
  const gchar *text;              /* what a string that is not set reads as */
  const gchar *(*find) (void);    /* the same, where the environment says it */
  gchar *(*show) (const gchar *); /* what strings that are set read as */
  gboolean keeps_empty;           /* an empty string is not the same as none */
} GstSeedanceProperty;

/* NULL behind the last one; ids begin with 1. */
const GstSeedanceProperty *gst_seedance_property_find (guint id);

/* NULL when there is none of that name. */
const GstSeedanceProperty *gst_seedance_property_find_by_name (
    const gchar *name);
guint gst_seedance_property_get_id (const GstSeedanceProperty *property);

/* Of its values. */
GType gst_seedance_property_get_value_type (
    const GstSeedanceProperty *property);

/* Whether least and most mean something. */
gboolean gst_seedance_property_has_range (const GstSeedanceProperty *property);

GParamSpec *gst_seedance_property_make_pspec (
    const GstSeedanceProperty *property);

G_END_DECLS
