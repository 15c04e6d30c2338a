/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of a clip, from the order to the last byte. The job keeps one such
 * struct, and each handle (clip.h) can copy it. */
#pragma once

#include "answer.h"
#include "download.h"

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_PHASE_IDLE, /* no handle waits for the clip yet */
  SEEDANCE_PHASE_SUBMITTING,
  SEEDANCE_PHASE_GENERATING,
  SEEDANCE_PHASE_DOWNLOADING,
  SEEDANCE_PHASE_READY,
  SEEDANCE_PHASE_FAILED,
} SeedancePhase;

/* Times are nanoseconds since the job began, -1 = not reached yet. The struct
 * owns its strings; each may be NULL. */
typedef struct {
  guint serial; /* grows with each change that readers should see */
  SeedancePhase phase;
  SeedanceStatus status;
  gchar *task_id;
  gchar *status_word;    /* the last status word that we do not know */
  gchar *warning;        /* the last one; the element posts it once */
  gchar *trouble;        /* cause of the last retry, in a few words */
  gint progress;         /* percent, -1 = not reported */
  gint64 seed;           /* -1 = not reported */
  gint64 tokens;         /* used, by the service's count; -1 = not reported */
  gchar *cost;           /* in the words of the service, e.g. "0.42" */
  gchar *last_frame_url; /* picture of the last frame */
  guint wait;            /* seconds that the service asked for; 0 = none */
  gboolean posted;       /* this job ordered; FALSE if it attached */
  gboolean buys;         /* of the handles on this job, the order is this one's:
                          * what is added up must count it once */
  gboolean unrecorded;   /* the task's id is not in the ledger yet */
  guint submits, polls, retries;
  gint64 elapsed, time_to_id, time_to_ready, time_to_first_byte;
  SeedanceDownloadState download;
} SeedanceClipState;

/* Frees the strings and sets them to NULL. */
void seedance_clip_state_clear (SeedanceClipState *state);

G_END_DECLS
