/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of one clip: submit, poll, download, ready. A job owns the money
 * rules; it lives on the network thread and outlives the elements that use it
 * for as long as a POST is in flight. Orders for the same thing share one. */
#pragma once

#include "answer.h"
#include "download.h"

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_PHASE_IDLE,        /* nobody waits for it yet */
  SEEDANCE_PHASE_SUBMITTING,
  SEEDANCE_PHASE_GENERATING,
  SEEDANCE_PHASE_DOWNLOADING,
  SEEDANCE_PHASE_READY,
  SEEDANCE_PHASE_FAILED,
} SeedancePhase;

/* What can be told about a job; times in ns from the start of the job, -1 =
 * not yet. Strings belong to the structure. */
typedef struct {
  guint serial;             /* moves with every change worth telling */
  SeedancePhase phase;
  SeedanceStatus status;
  gchar *task_id;
  gchar *status_word;       /* one never seen before, to be told once */
  gchar *warning;           /* to be told once */
  gchar *trouble;           /* of the last retry, in a few words; or NULL */
  gint progress;            /* percent, -1 = not told */
  gint64 seed;              /* -1 = not told */
  gint64 tokens;            /* used, as the service tells; -1 = not told */
  gchar *cost;              /* the same, as it wrote it */
  gchar *last_frame_url;    /* NULL = none told */
  guint wait;               /* seconds that the service asked for; 0 = none */
  gboolean posted;          /* this job ordered; FALSE when it attached */
  gboolean unrecorded;      /* the task's id could not be written down yet */
  guint submits, polls, retries;
  gint64 elapsed, time_to_id, time_to_ready, time_to_first_byte;
  SeedanceDownloadState download;
} SeedanceJobState;

void seedance_job_state_clear (SeedanceJobState *state);

/* One user of a job. All its functions may be called from any thread. */
typedef struct _SeedanceReader SeedanceReader;

/* @notify is called on the network thread whenever the serial moved, with a
 * lock held: it may only leave word for another thread. */
SeedanceReader *seedance_reader_new (SeedanceNetFunc notify,
    gpointer user_data);
void seedance_reader_free (SeedanceReader *reader);

/* Takes part in the job for @order, which is prepared; costs nothing yet. When
 * the reader had the same request before, @order learns which clip that was.
 * Never blocks. FALSE when the network thread, or that of the state folder,
 * cannot be started. */
gboolean seedance_reader_open (SeedanceReader *reader, SeedanceOrder *order,
    GError **error);
gboolean seedance_reader_is_open (SeedanceReader *reader);

/* Leaves the job; a POST in flight is finished and recorded without us. */
void seedance_reader_close (SeedanceReader *reader);

/* Whoever waits enters first, waits with the ticket that this returns, and
 * leaves when it is done. Only while somebody is inside, and was not
 * interrupted, is anything submitted on behalf of this reader. */
guint seedance_reader_enter (SeedanceReader *reader);
void seedance_reader_leave (SeedanceReader *reader);

/* To flush ends the waits of all who are inside with
 * SEEDANCE_ERROR_INTERRUPTED, however soon it is taken back, and those of all
 * who enter before it is taken back. Two threads may flush at the same time,
 * and the first that takes it back does so for both: that is why a boolean
 * alone would leave a thread waiting that the second one wants to end. Valid
 * before open, too. */
void seedance_reader_set_flushing (SeedanceReader *reader, gboolean flushing);

/* Whether it was flushed since @ticket was given out. */
gboolean seedance_reader_is_interrupted (SeedanceReader *reader, guint ticket);

typedef enum {
  SEEDANCE_WAIT_ERROR,
  SEEDANCE_WAIT_CHANGED,    /* look at the state, then wait again */
  SEEDANCE_WAIT_BYTES,
  SEEDANCE_WAIT_EOS,        /* the offset is at or behind the clip's end */
} SeedanceWait;

/* Waits until bytes can be read at @offset, the state's serial differs from
 * *@serial, which then becomes that, or all is lost. This is what spends money:
 * the first wait submits.
 * With @whole, for all of *@size bytes and a known clip size; else for any.
 * *@size gets how many there are. */
SeedanceWait seedance_reader_wait (SeedanceReader *reader, guint ticket,
    guint64 offset, gsize *size, gboolean whole, guint *serial,
    GError **error);

/* Reads bytes that a wait announced. -1 with SEEDANCE_ERROR_READ, or
 * SEEDANCE_ERROR_INTERRUPTED when the reader was closed since. */
gssize seedance_reader_read (SeedanceReader *reader, guint64 offset,
    guint8 *data, gsize size, GError **error);

/* The same bytes without a copy, where they arrived so lately that they are in
 * memory still: the first *@size bytes at @offset, with @whole all of them or
 * none. NULL when they are not; else valid until the block is given back with
 * seedance_block_unref(). */
SeedanceBlock *seedance_reader_borrow (SeedanceReader *reader, guint64 offset,
    gsize *size, gboolean whole);

/* A copy of the state, for seedance_job_state_clear(); with the serial 0 when
 * closed. */
void seedance_reader_get_state (SeedanceReader *reader,
    SeedanceJobState *state);

/* Whether this reader was given the index to its end: a demuxer has streams. */
gboolean seedance_reader_has_index (SeedanceReader *reader);

/* Whether this reader was given the whole index and some of the last tenth of
 * the media data: a demuxer leaves out what belongs to a stream that nobody
 * plays, and may never ask for the very last byte. */
gboolean seedance_reader_has_reached_end (SeedanceReader *reader);

/* The clip was seen to its end: `pending` will not replay it to others. */
void seedance_reader_mark_played (SeedanceReader *reader);

G_END_DECLS
