/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is said on the bus while a job goes on: progress, task, tags, errors.
 *
 * An announcer compares the job's state with what it said last and posts the
 * difference, in order, whichever thread it is called from. */
#pragma once

#include <gst/gst.h>

#include "gstseedancebufferer.h"
#include "clip.h"

G_BEGIN_DECLS

typedef struct _GstSeedanceAnnouncer GstSeedanceAnnouncer;

/* @element is not referenced: it owns the announcer and @bufferer, which is
 * updated together with all else that is told. */
GstSeedanceAnnouncer *gst_seedance_announcer_new (
    GstElement *element, SeedanceClip *clip, GstSeedanceBufferer *bufferer);
void gst_seedance_announcer_free (GstSeedanceAnnouncer *announcer);

/* Posts what is new, or leaves it to another thread that is posting. Not for
 * streaming threads. */
void gst_seedance_announcer_update (GstSeedanceAnnouncer *announcer);

/* The same for a streaming thread, which must not post itself: an application
 * may change the state of the pipeline in a handler, and that waits for the end
 * of its streaming threads. Another thread posts; this one waits until that is
 * done, or until it is interrupted. @message (transfer full, or NULL) is posted
 * after what is new. */
void gst_seedance_announcer_tell (
    GstSeedanceAnnouncer *announcer, guint ticket, GstMessage *message);

/* Ends waits in _tell() after the clip was flushed. */
void gst_seedance_announcer_wake (GstSeedanceAnnouncer *announcer);

/* The serial of the state that was announced last. */
guint gst_seedance_announcer_get_serial (GstSeedanceAnnouncer *announcer);

/* A new run: nothing was said yet. A thread that still posts for the last run
 * goes on with that alone. */
void gst_seedance_announcer_begin (
    GstSeedanceAnnouncer *announcer, const SeedanceOrder *order);

/* Ends an open progress with a CANCELED. Waits up to 100 ms for another thread
 * that is posting; after that it is left to that thread. Other news of the run
 * are posted until the clip is closed. */
void gst_seedance_announcer_end (GstSeedanceAnnouncer *announcer);

/* The stream goes on after such an end: progress is posted again. */
void gst_seedance_announcer_resume (GstSeedanceAnnouncer *announcer);

/* What is known of the clip; the service, the prompt, and that it was
 * generated. Unref with gst_tag_list_unref(). */
GstTagList *gst_seedance_announcer_make_tags (
    GstSeedanceAnnouncer *announcer, const SeedanceClipState *state);

G_END_DECLS
