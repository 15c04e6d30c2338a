/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is said on the bus while a job goes on: progress, task, tags, errors.
 *
 * An announcer compares the job's state with what it said last and posts the
 * difference, in order, whichever thread it is called from. */
#pragma once

#include <gst/gst.h>

#include "gstseedancebufferer.h"
#include "job.h"

G_BEGIN_DECLS

typedef struct _GstSeedanceAnnouncer GstSeedanceAnnouncer;

/* @element is not referenced: it owns the announcer and @bufferer, which is
 * updated together with all else that is told. */
GstSeedanceAnnouncer *gst_seedance_announcer_new (GstElement *element,
    SeedanceReader *reader, GstSeedanceBufferer *bufferer);
void gst_seedance_announcer_free (GstSeedanceAnnouncer *announcer);

/* Posts what is new. When another thread is at it, that one does it. Not for
 * streaming threads. */
void gst_seedance_announcer_update (GstSeedanceAnnouncer *announcer);

/* The same for a streaming thread, which must not post itself: an application
 * may change the state of the pipeline in a handler, and that waits for the end
 * of its streaming threads. Another thread posts; this one waits until that is
 * done, or until it is interrupted. @message (transfer full, or NULL) is posted
 * after what is new. */
void gst_seedance_announcer_tell (GstSeedanceAnnouncer *announcer, guint ticket,
    GstMessage *message);

/* After the reader was flushed, for those who wait in _tell(). */
void gst_seedance_announcer_wake (GstSeedanceAnnouncer *announcer);

/* The serial of the state that was announced last. */
guint gst_seedance_announcer_get_serial (GstSeedanceAnnouncer *announcer);

/* A new run: nothing was said yet. Who still posts for the last run is not
 * waited for, and only ends what that left open. */
void gst_seedance_announcer_begin (GstSeedanceAnnouncer *announcer,
    const SeedanceOrder *order);

/* Ends progress that is still open with a CANCELED. When another thread is
 * posting it is given 100 ms, then left to do this, too. What else there is to
 * tell of the run is told until the reader is closed. */
void gst_seedance_announcer_end (GstSeedanceAnnouncer *announcer);

/* The stream goes on after such an end, and so does the progress. */
void gst_seedance_announcer_resume (GstSeedanceAnnouncer *announcer);

/* What is known of the clip; the service, the prompt, and that it was
 * generated. Unref with gst_tag_list_unref(). */
GstTagList *gst_seedance_announcer_make_tags (GstSeedanceAnnouncer *announcer,
    const SeedanceJobState *state);

G_END_DECLS
