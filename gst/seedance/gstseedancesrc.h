/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesrc.h>

G_BEGIN_DECLS

#define GST_TYPE_SEEDANCE_SRC (gst_seedance_src_get_type ())
G_DECLARE_FINAL_TYPE (
    GstSeedanceSrc, gst_seedance_src, GST, SEEDANCE_SRC, GstBaseSrc)

GST_ELEMENT_REGISTER_DECLARE (seedancesrc)

/* What other elements of this plugin may know of a source. */
typedef struct {
  gboolean is_readable; /* some bytes of the clip are there */
  gboolean is_whole;    /* every byte of the clip is on this machine */
  gboolean ordered;     /* this run ordered it, or may have */
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

/* Orders the clip, or fetches what was ordered before, while the element is in
 * NULL or READY; the next run goes on with it. Messages go to the bus that the
 * element has; without a pipeline that is one from gst_element_set_bus(). FALSE
 * when it cannot be ordered: the error was posted. May read an image from a disk. */
gboolean gst_seedance_src_order_ahead (GstSeedanceSrc *self);

/* Gives that up, as the end of a run does by itself. Nothing is lost that was
 * ordered. Not while the element runs. */
void gst_seedance_src_end_ahead (GstSeedanceSrc *self);

/* The error that a run would post now: why the clip cannot be had. NULL while it
 * can. Never blocks. */
GstMessage *gst_seedance_src_get_failure (GstSeedanceSrc *self);

/* What the image is called where orders are compared; before the start. */
void gst_seedance_src_name_image (GstSeedanceSrc *self, const gchar *name);

G_END_DECLS
