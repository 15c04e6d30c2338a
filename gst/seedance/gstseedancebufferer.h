/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells the application when to wait for a download, and when to go on.
 *
 * A bufferer watches one clip and makes the #GST_MESSAGE_BUFFERING of one
 * element, where anything of the pipeline is played in time. They are right for
 * applications that go to PLAYING at any 100: while another seedancesrc of the
 * pipeline waits, ours is kept back. */
#pragma once

#include "gstseedancebuffering.h"

G_BEGIN_DECLS

typedef struct _GstSeedanceBufferer GstSeedanceBufferer;

/* @element is not referenced: it owns the bufferer. @wake has the element take
 * its message soon, from a thread that holds no locks. */
GstSeedanceBufferer *gst_seedance_bufferer_new (GstElement *element,
    SeedanceClip *clip, void (*wake) (GstElement *element));
void gst_seedance_bufferer_free (GstSeedanceBufferer *bufferer);

/* A new run, which has messages only when @enabled. */
void gst_seedance_bufferer_begin (
    GstSeedanceBufferer *bufferer, gboolean enabled);

/* Whether it has messages: enabled, and the clip may be played in time. */
gboolean gst_seedance_bufferer_is_needed (GstSeedanceBufferer *bufferer);

/* What is to be posted now, or NULL. Messages must be posted in the order in
 * which they were taken. */
GstMessage *gst_seedance_bufferer_take_message (GstSeedanceBufferer *bufferer);

/* The application ended the stream, or goes on after that: nothing is waited
 * for, or is again. */
void gst_seedance_bufferer_set_ended (
    GstSeedanceBufferer *bufferer, gboolean ended);

/* The run is over; there are no more messages. */
void gst_seedance_bufferer_stop (GstSeedanceBufferer *bufferer);

/* How it stands at this moment, for queries and statistics. */
void gst_seedance_bufferer_look (GstSeedanceBufferer *bufferer,
    GstSeedanceLevel *level, SeedanceSupply *supply);

G_END_DECLS
