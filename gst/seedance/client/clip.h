/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The handle on one clip: an element opens it with an order, starts it or waits
 * for bytes, reads them, looks at the state, and closes it. Behind it stands a job
 * that submits, polls and downloads. Handles whose orders are for the same clip
 * share a job, so the clip is paid for and downloaded once.
 *
 * To open costs nothing; the first wait, or a start, may spend money. All functions
 * may be called from any thread, and only seedance_clip_wait() blocks. Offsets and
 * sizes are bytes. Errors are those of SEEDANCE_ERROR (error.h). */
#pragma once

#include "clip-state.h"
#include "net.h"
#include "order.h"
#include "spool.h"

G_BEGIN_DECLS

typedef struct _SeedanceClip SeedanceClip;

/* Whether the owner lets an order go out that it pays for. When it does not, it
 * says why, in words for the user. Asked by seedance_clip_open(), and on the
 * network thread before anything is ordered, with a lock held: it may only look. */
typedef gboolean (*SeedanceMaySpendFunc) (gpointer user_data, GError **error);

/* @notify is called on the network thread whenever the serial of the state has
 * moved and the owner has not seen that 50 ms later, and at once when the clip
 * is ready or has failed. A lock is held: it may only leave word for another
 * thread. It is not called any more when seedance_clip_close() has returned.
 *
 * Where @may_spend says no, the clip attaches only: it plays what was ordered
 * before, and else fails with the error of @may_spend. NULL = always yes. */
SeedanceClip *seedance_clip_new (
    SeedanceNetFunc notify, SeedanceMaySpendFunc may_spend, gpointer user_data);

/* Closes it, too. NULL is allowed. */
void seedance_clip_free (SeedanceClip *clip);

/* Takes part in the job for @order, which was prepared (seedance_order_prepare())
 * and of which the job keeps a reference. Costs nothing and sends nothing. When
 * this handle had the same request before, @order learns which record that was.
 * The handle must not be open. FALSE with an error when the network thread, or
 * that of the state folder, cannot be started. */
gboolean seedance_clip_open (
    SeedanceClip *clip, SeedanceOrder *order, GError **error);
gboolean seedance_clip_is_open (SeedanceClip *clip);

/* Begins without blocking, and without a thread that waits: what was ordered
 * before is fetched, or else the order goes out, as by a first wait. This is what
 * spends money. It goes on until the clip is closed, flushed or not; @notify tells
 * what becomes of it. Who opened a clip that is ready, or has failed, already is
 * not told, so look at the state after this. Does nothing when it is closed. */
void seedance_clip_start (SeedanceClip *clip);

/* Leaves the job. An order that has not gone out is taken back; one that has is
 * finished and recorded without us. */
void seedance_clip_close (SeedanceClip *clip);

/* Whoever waits enters first, waits with the ticket that this returns, and
 * leaves when it is done. Only while somebody is inside, and was not
 * interrupted, or the clip was started, is anything submitted on behalf of this
 * handle. */
guint seedance_clip_enter (SeedanceClip *clip);
void seedance_clip_leave (SeedanceClip *clip);

/* To flush ends the waits of all who are inside with
 * SEEDANCE_ERROR_INTERRUPTED, however soon it is taken back, and those of all
 * who enter before it is taken back. Two threads may flush at the same time,
 * and the first that takes it back does so for both: that is why a boolean
 * alone would leave a thread waiting that the second one wants to end. Valid
 * before open, too. */
void seedance_clip_set_flushing (SeedanceClip *clip, gboolean flushing);

/* Whether it was flushed since @ticket was given out. */
gboolean seedance_clip_is_interrupted (SeedanceClip *clip, guint ticket);

typedef enum {
  SEEDANCE_WAIT_ERROR,
  SEEDANCE_WAIT_CHANGED, /* look at the state, then wait again */
  SEEDANCE_WAIT_BYTES,
  SEEDANCE_WAIT_EOS, /* the offset is at or behind the clip's end */
} SeedanceWait;

/* Blocks until bytes can be read at @offset, the state's serial differs from
 * *@serial, which then becomes that, or all is lost. This is what spends money:
 * the first wait submits.
 * With @whole, for all of *@size bytes and a known clip size; else for any.
 * *@size gets how many there are. The error is why the clip cannot be had, or
 * SEEDANCE_ERROR_INTERRUPTED. */
SeedanceWait seedance_clip_wait (SeedanceClip *clip, guint ticket,
    guint64 offset, gsize *size, gboolean whole, guint *serial, GError **error);

/* Copies @size bytes at @offset, which a wait announced, to @data; may read the
 * disk. Returns @size, or -1 with SEEDANCE_ERROR_READ, or with
 * SEEDANCE_ERROR_INTERRUPTED when the clip was closed since. */
gssize seedance_clip_read (SeedanceClip *clip, guint64 offset, guint8 *data,
    gsize size, GError **error);

/* The same bytes without a copy, where they arrived so lately that they are in
 * memory still: the first *@size bytes at @offset, with @whole all of them or
 * none. NULL when they are not; else valid until the block is given back with
 * seedance_block_unref(). */
SeedanceBlock *seedance_clip_borrow (
    SeedanceClip *clip, guint64 offset, gsize *size, gboolean whole);

/* A copy of the state, for seedance_clip_state_clear(); with the serial 0 when
 * closed. */
void seedance_clip_get_state (SeedanceClip *clip, SeedanceClipState *state);

/* Why the clip cannot be had, for g_error_free(); NULL while it can, and when
 * closed. */
GError *seedance_clip_get_error (SeedanceClip *clip);

/* Whether this handle was given the index to its end: a demuxer has streams. */
gboolean seedance_clip_has_index (SeedanceClip *clip);

/* Whether this handle was given the whole index and some of the last tenth of
 * the media data: a demuxer leaves out what belongs to a stream that nobody
 * plays, and may never ask for the very last byte. */
gboolean seedance_clip_has_reached_end (SeedanceClip *clip);

/* The clip was seen to its end: `pending` will not replay it to others. */
void seedance_clip_mark_played (SeedanceClip *clip);

G_END_DECLS
