/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesrc.h>

G_BEGIN_DECLS

#define GST_TYPE_SEEDANCE_SRC (gst_seedance_src_get_type ())
G_DECLARE_FINAL_TYPE (GstSeedanceSrc, gst_seedance_src, GST, SEEDANCE_SRC,
    GstBaseSrc)

GST_ELEMENT_REGISTER_DECLARE (seedancesrc)

/* What other elements of this plugin may know of a source. */
typedef struct {
  gboolean is_whole; /* every byte of the clip is on this machine */
  gboolean ordered;  /* this run ordered it, or may have */
  gchar *task_id, *cost;
  gchar *last_frame_url;
  gint64 tokens; /* -1 = not told */
} GstSeedanceFacts;

/* Never blocks; @facts for gst_seedance_facts_clear(). */
void gst_seedance_src_get_facts (GstSeedanceSrc *self, GstSeedanceFacts *facts);
void gst_seedance_facts_clear (GstSeedanceFacts *facts);

/* The tags of the run, which have the prompt as their title; NULL while there is
 * none. Never blocks; gst_tag_list_unref(). */
GstTagList *gst_seedance_src_make_tags (GstSeedanceSrc *self);

/* What the image is called where orders are compared; before the start. */
void gst_seedance_src_name_image (GstSeedanceSrc *self, const gchar *name);

G_END_DECLS
