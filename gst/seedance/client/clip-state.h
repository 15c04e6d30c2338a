/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far a clip is: what its job tells all who take part in it. */
#pragma once

#include "answer.h"
#include "download.h"

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_PHASE_IDLE, /* nobody waits for it yet */
  SEEDANCE_PHASE_SUBMITTING,
  SEEDANCE_PHASE_GENERATING,
  SEEDANCE_PHASE_DOWNLOADING,
  SEEDANCE_PHASE_READY,
  SEEDANCE_PHASE_FAILED,
} SeedancePhase;

/* Times are nanoseconds from when the job was begun, -1 = not yet. Strings
 * belong to the structure. */
typedef struct {
  guint serial; /* moves with every change worth telling */
  SeedancePhase phase;
  SeedanceStatus status;
  gchar *task_id;
  gchar *status_word;    /* one never seen before, to be told once */
  gchar *warning;        /* to be told once */
  gchar *trouble;        /* of the last retry, in a few words; or NULL */
  gint progress;         /* percent, -1 = not told */
  gint64 seed;           /* -1 = not told */
  gint64 tokens;         /* used, as the service tells; -1 = not told */
  gchar *cost;           /* the same, as it wrote it */
  gchar *last_frame_url; /* NULL = none told */
  guint wait;            /* seconds that the service asked for; 0 = none */
  gboolean posted;       /* this job ordered; FALSE when it attached */
  gboolean unrecorded;   /* the task's id could not be written down yet */
  guint submits, polls, retries;
  gint64 elapsed, time_to_id, time_to_ready, time_to_first_byte;
  SeedanceDownloadState download;
} SeedanceClipState;

/* Frees the strings and forgets them. */
void seedance_clip_state_clear (SeedanceClipState *state);

G_END_DECLS
