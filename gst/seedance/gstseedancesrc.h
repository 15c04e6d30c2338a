/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The element seedancesrc, and what other elements of this plugin may ask of
 * it: seedanceplayout orders clips ahead with it, seedancemark asks which clip
 * it plays. Any thread may call these functions unless a comment says
 * otherwise. */
#pragma once

#include <gst/base/gstbasesrc.h>

G_BEGIN_DECLS

#define GST_TYPE_SEEDANCE_SRC (gst_seedance_src_get_type ())
G_DECLARE_FINAL_TYPE (
    GstSeedanceSrc, gst_seedance_src, GST, SEEDANCE_SRC, GstBaseSrc)

GST_ELEMENT_REGISTER_DECLARE (seedancesrc)

/* What other elements may know about the clip of a source. */
typedef struct {
  gboolean is_readable;  /* some bytes of the clip can be read */
  gboolean is_whole;     /* every byte of the clip is on this machine */
  gboolean ordered;      /* this run sent an order; it may be billed */
  gchar *task_id, *cost; /* cost as the service writes it; NULL = unknown */
  gchar *last_frame_url; /* NULL = unknown */
  gint64 tokens;         /* used, as the service says; -1 = unknown */
} GstSeedanceFacts;

/* Sets every member of @facts; free them with gst_seedance_facts_clear(). Does
 * not block. */
void gst_seedance_src_get_facts (GstSeedanceSrc *self, GstSeedanceFacts *facts);
void gst_seedance_facts_clear (GstSeedanceFacts *facts);

/* Returns the tags of the clip, with the prompt as title, or NULL while no clip
 * is open. Free with gst_tag_list_unref(). Does not block. */
GstTagList *gst_seedance_src_make_tags (GstSeedanceSrc *self);

/* Orders the clip, or fetches one that was ordered before, while the element is
 * in NULL or READY. Spends money. The next run uses this clip and orders
 * nothing. Call it at most once before that run. Messages go to the element's
 * bus; outside of a pipeline set one with gst_element_set_bus(). Returns FALSE
 * if the clip cannot be ordered; the error was posted then. Blocks on files,
 * such as the image, and while warnings are posted. */
gboolean gst_seedance_src_order_ahead (GstSeedanceSrc *self);

/* Closes a clip that was ordered ahead; the end of a run does so by itself. The
 * ledger keeps what was ordered. Only in NULL or READY. */
void gst_seedance_src_end_ahead (GstSeedanceSrc *self);

/* Returns the error message that a run would post now, because the clip has
 * failed; NULL if it has not. Transfer full. Does not block. */
GstMessage *gst_seedance_src_get_failure (GstSeedanceSrc *self);

/* Sets a name that stands for the image when orders are compared, so that the
 * same picture under another URL makes the same order. With `instance` set, the
 * image is not compared at all. Call before the run. */
void gst_seedance_src_name_image (GstSeedanceSrc *self, const gchar *name);

G_END_DECLS
