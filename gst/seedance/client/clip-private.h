/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The struct behind the handle of clip.h, for the files that work on it: clip.c
 * waits and reads, clip-ticket.c counts the threads that wait, supply.c
 * measures the download, registry.c finds the job that several handles share,
 * and job-readers.c notifies the handles ("readers") of a job. */
#pragma once

#include "clip.h"
#include "job-private.h"
#include "ranges.h"
#include "timeline.h"

G_BEGIN_DECLS

/* The handle's previous run: the fingerprint of its request, and the name of
 * the ledger row that it ended with. A run lasts from open to close. */
typedef struct {
  gchar *fingerprint, *record;
} SeedanceClipOwn;

struct _SeedanceClip {
  GMutex lock;
  SeedanceJob *job;     /* NULL = closed; under the lock */
  SeedanceClipOwn own;  /* under the lock */
  gboolean orders;      /* FALSE: this run has a task-id; under the lock */
  gint flushing;        /* atomic */
  gint interrupts;      /* atomic; number of flushes so far */
  gint ticket;          /* atomic; the last ticket that was given out */
  gint inside;          /* atomic; threads between enter and leave */
  gint started;         /* atomic; the clip is wanted until it is closed */
  SeedanceRanges *read; /* all bytes that were read; under the lock */
  guint64 read_to;      /* playback position in the file: end of the last
                          * read that was not index or header; under the lock */
  guint64 run_start, run_end; /* the last reads without a gap; under the lock */
  guint seen;            /* last serial that a wait returned; job's lock */
  gint64 starving_since; /* monotonic, or 0; under the job's lock */
  gboolean watching;     /* seedance_clip_watch(); under the job's lock */
  gboolean timed;        /* timeline was read from the moov; under the lock */
  gboolean timing;       /* a thread is reading it; under the lock */
  SeedanceTimeline timeline; /* under the lock */
  SeedanceNetFunc notify;
  SeedanceMaySpendFunc may_spend; /* NULL = always allowed */
  gpointer user_data;
};

/* Returns a reference to the job, or NULL if the clip is closed. */
SeedanceJob *seedance_clip_ref_job (SeedanceClip *clip);

/* Returns a reference to the job for @order and adds @clip to its readers. If
 * no job can be shared, @make makes one. @name is seedance_order_identity(). */
typedef SeedanceJob *(*SeedanceJobMaker) (
    const gchar *key, SeedanceOrder *order);
SeedanceJob *seedance_registry_join (SeedanceOrder *order, const gchar *name,
    SeedanceClip *clip, SeedanceJobMaker make);

/* Removes @job from the registry if it has no reader, no POST in flight, no
 * ledger call under way and no complete download that is still to be stored.
 * Returns TRUE at most once for a job: the caller then has to drop its first
 * reference. */
gboolean seedance_registry_leave_if_idle (SeedanceJob *job);

/* Returns TRUE if a thread waits for @clip without being interrupted, or
 * seedance_clip_start() was called. */
gboolean seedance_clip_is_wanted (SeedanceClip *clip);

/* Asks the callback of the owner. Returns FALSE with its error if it
 * refuses. */
gboolean seedance_clip_may_spend (SeedanceClip *clip, GError **error);

/* Returns TRUE if the clip's size is known and the spool holds all its
 * bytes. */
gboolean seedance_job_is_all_there_locked (SeedanceJob *job);

G_END_DECLS
