/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The announcer of a seedancesrc posts its messages on the bus while a clip is
 * ordered and downloaded: progress, task, tags, warnings, errors and buffering.
 *
 * The announcer compares the state of the clip with what it announced last, and
 * posts the difference. Messages keep their order, whichever thread calls. */
#pragma once

#include <gst/gst.h>

#include "gstseedancebufferer.h"
#include "clip.h"

G_BEGIN_DECLS

typedef struct _GstSeedanceAnnouncer GstSeedanceAnnouncer;

/* @element owns the announcer, so the announcer holds no reference to it.
 * @bufferer supplies the BUFFERING messages, which are posted in order with the
 * others. */
GstSeedanceAnnouncer *gst_seedance_announcer_new (
    GstElement *element, SeedanceClip *clip, GstSeedanceBufferer *bufferer);
void gst_seedance_announcer_free (GstSeedanceAnnouncer *announcer);

/* Posts everything that is new. If another thread is posting already, that
 * thread posts it, and this call returns at once. Never call this from a
 * streaming thread. */
void gst_seedance_announcer_update (GstSeedanceAnnouncer *announcer);

/* The same for a streaming thread. A streaming thread must not post itself: the
 * application may change the state of the pipeline in its message handler, and
 * that waits for the streaming threads to end. So another thread posts, and
 * this call waits until it is done, or until the clip is flushed after @ticket
 * (seedance_clip_enter()) was issued. @message (transfer full, or NULL) is
 * posted last. Returns FALSE if the application's handler has taken too long;
 * then the messages are posted later, in the same order. */
gboolean gst_seedance_announcer_tell (
    GstSeedanceAnnouncer *announcer, guint ticket, GstMessage *message);

/* After a flush of the clip, makes gst_seedance_announcer_tell() return. */
void gst_seedance_announcer_wake (GstSeedanceAnnouncer *announcer);

/* Returns the serial of the clip's state that was announced last. */
guint gst_seedance_announcer_get_serial (GstSeedanceAnnouncer *announcer);

/* Begins a new run with @order: everything counts as not announced yet. A
 * thread that still posts messages of the previous run posts only those. */
void gst_seedance_announcer_begin (
    GstSeedanceAnnouncer *announcer, const SeedanceOrder *order);

/* Ends an open progress with CANCELED; this run posts no more progress. Waits
 * up to 100 ms for another thread that is posting, and then leaves the rest to
 * it. Other news of the run is posted until the clip is closed. */
void gst_seedance_announcer_end (GstSeedanceAnnouncer *announcer);

/* Resumes the run after gst_seedance_announcer_end(), because a flush has
 * revived the stream: progress is posted again. */
void gst_seedance_announcer_resume (GstSeedanceAnnouncer *announcer);

/* Returns the tags of the clip: service, prompt, task id and seed as far as
 * they are known, and the note that the video was generated. Free with
 * gst_tag_list_unref(). */
GstTagList *gst_seedance_announcer_make_tags (
    GstSeedanceAnnouncer *announcer, const SeedanceClipState *state);

G_END_DECLS
