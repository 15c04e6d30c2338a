/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a clip is, as its owner holds it: clip.c waits and reads, clip-ticket.c
 * knows who waits, supply.c watches the download for it, registry.c finds the job
 * that it shares with others, and job-readers.c tells it what is new. */
#pragma once

#include "clip.h"
#include "job-private.h"
#include "ranges.h"
#include "timeline.h"

G_BEGIN_DECLS

/* What this clip was in the run before: the request and its record. */
typedef struct {
  gchar *fingerprint, *record;
} SeedanceClipOwn;

struct _SeedanceClip {
  GMutex lock;
  SeedanceJob *job;     /* under the lock */
  SeedanceClipOwn own;  /* under the lock */
  gboolean orders;      /* this run does; under the lock */
  gint flushing;        /* atomic */
  gint interrupts;      /* atomic; how often it was interrupted */
  gint ticket;          /* atomic; interrupts when who is inside came in */
  gint inside;          /* atomic; who is between enter and leave */
  gint started;         /* atomic; it is wanted until it is closed */
  SeedanceRanges *read; /* under the lock */
  guint64 read_to;      /* where the last read ended that was no look at a
                          * header; under the lock */
  guint64 run_start, run_end; /* of the last reads, without a gap; likewise */
  guint seen;            /* serial of the job's state; under the job's lock */
  gint64 starving_since; /* monotonic, or 0; under the job's lock */
  gboolean watching;     /* under the job's lock */
  gboolean timed;        /* the index was looked at; under the lock */
  SeedanceTimeline timeline; /* under the lock */
  SeedanceNetFunc notify;
  SeedanceMaySpendFunc may_spend; /* or NULL */
  gpointer user_data;
};

/* A reference to the job, or NULL when the clip is closed. */
SeedanceJob *seedance_clip_ref_job (SeedanceClip *clip);

/* The job that @order leads to, whose record is @name, with @clip as one of
 * its readers; a new one from @make if there is none to be shared. */
typedef SeedanceJob *(*SeedanceJobMaker) (
    const gchar *key, SeedanceOrder *order);
SeedanceJob *seedance_registry_join (SeedanceOrder *order, const gchar *name,
    SeedanceClip *clip, SeedanceJobMaker make);

/* Removes a job that has no reader, no POST in flight, no call of the ledger
 * under way and no clip about to be whole: TRUE once, and then the first reference
 * is the caller's. */
gboolean seedance_registry_leave_if_idle (SeedanceJob *job);

/* Somebody waits for it, or it was started. */
gboolean seedance_clip_is_wanted (SeedanceClip *clip);

/* Whether its owner lets it spend money now. */
gboolean seedance_clip_may_spend (SeedanceClip *clip, GError **error);

/* Whether the spool holds all bytes of the clip. */
gboolean seedance_job_is_all_there_locked (SeedanceJob *job);

G_END_DECLS
