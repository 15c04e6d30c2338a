/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bufferer tells the application when to wait for the download, and when to
 * go on. It watches the clip of one element, and makes the element's BUFFERING
 * messages if the pipeline plays in time with a clock.
 *
 * Many applications go to PLAYING at any message of 100 %. So a bufferer holds
 * its own 100 % back while another seedancesrc of the same pipeline still waits
 * for its download. */
#pragma once

#include "gstseedancebuffering.h"

G_BEGIN_DECLS

typedef struct _GstSeedanceBufferer GstSeedanceBufferer;

/* @element owns the bufferer, so the bufferer holds no reference to it. @wake
 * is called from any thread when a message is due; it must arrange that a
 * thread without locks calls gst_seedance_bufferer_take_message() soon. It must
 * not do so itself. */
GstSeedanceBufferer *gst_seedance_bufferer_new (GstElement *element,
    SeedanceClip *clip, void (*wake) (GstElement *element));
void gst_seedance_bufferer_free (GstSeedanceBufferer *bufferer);

/* Begins a new run. If @enabled is FALSE, the run has no messages. */
void gst_seedance_bufferer_begin (
    GstSeedanceBufferer *bufferer, gboolean enabled);

/* Returns TRUE if this run posts messages: it is enabled, the application has
 * not ended the stream, and the pipeline plays in time. */
gboolean gst_seedance_bufferer_is_needed (GstSeedanceBufferer *bufferer);

/* Reads the clip's index from the disk, once, and asks the pipeline's elements
 * whether it plays in time. The first may take long, and the second calls
 * foreign code. So call this without a lock, before
 * gst_seedance_bufferer_take_message(). */
void gst_seedance_bufferer_prepare (GstSeedanceBufferer *bufferer);

/* Returns the message to post now (transfer full), or NULL. Messages must be
 * posted in the order in which they were taken. */
GstMessage *gst_seedance_bufferer_take_message (GstSeedanceBufferer *bufferer);

/* Sets whether the application has ended the stream. While it has, the element
 * does not wait for its download. FALSE revives the stream after a flush. */
void gst_seedance_bufferer_set_ended (
    GstSeedanceBufferer *bufferer, gboolean ended);

/* Ends the run; there are no more messages. */
void gst_seedance_bufferer_stop (GstSeedanceBufferer *bufferer);

/* Gets the level and the supply of this moment, for queries and statistics.
 * Does not block. */
void gst_seedance_bufferer_look (GstSeedanceBufferer *bufferer,
    GstSeedanceLevel *level, SeedanceSupply *supply);

G_END_DECLS
