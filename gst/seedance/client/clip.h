/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The handle on one clip. An element opens it with an order, starts it or waits
 * for bytes, reads bytes and state, and closes it. Behind the handle a job
 * submits, polls and downloads. Handles that are opened for the same clip share
 * one job, so the clip is paid for and downloaded once.
 *
 * Opening a clip is free. seedance_clip_start() and the first
 * seedance_clip_wait() may spend money. Any thread may call any function. Only
 * seedance_clip_wait() waits for the network. Offsets and sizes are in bytes.
 * The error domain is SEEDANCE_ERROR (error.h). */
#pragma once

#include "clip-state.h"
#include "net.h"
#include "order.h"
#include "spool.h"

G_BEGIN_DECLS

typedef struct _SeedanceClip SeedanceClip;

/* Asks the owner of the handle whether an order may be sent. Returns FALSE with
 * an error, which is shown to the user, if it may not. Called by
 * seedance_clip_open(), and on the network thread before each order. The client
 * may hold a lock meanwhile, so the callback must not call back or block. */
typedef gboolean (*SeedanceMaySpendFunc) (gpointer user_data, GError **error);

/* @notify runs on the network thread. It is called at once when the clip is
 * ready or has failed, and otherwise when the state's serial has changed and no
 * wait has picked up the change within 50 ms. The client holds a lock
 * meanwhile, so the callback may only signal another thread. It is not called
 * after seedance_clip_close() has returned.
 *
 * If @may_spend returns FALSE, the clip only attaches to an order that was sent
 * before; if there is none, it fails with the error of @may_spend. NULL means
 * that orders are always allowed. Free with seedance_clip_free(). */
SeedanceClip *seedance_clip_new (
    SeedanceNetFunc notify, SeedanceMaySpendFunc may_spend, gpointer user_data);

/* Closes @clip if it is open, then frees it. @clip may be NULL. */
void seedance_clip_free (SeedanceClip *clip);

/* Tells @order which ledger row the handle's previous run had, and for which
 * request. Call this before seedance_order_prepare(), which needs to know
 * whether a stored clip can be replayed. */
void seedance_clip_remind (SeedanceClip *clip, SeedanceOrder *order);

/* Joins the job for @order, or makes one. Sends nothing. @order must be
 * prepared (seedance_order_prepare()); the job keeps a reference. The handle
 * must be closed. If the handle's previous run had the same request, the
 * function fills in @order->own_record, so that the clip of that run can be
 * replayed.
 *
 * Returns FALSE with an error if the network thread or the thread of the state
 * folder cannot be started. */
gboolean seedance_clip_open (
    SeedanceClip *clip, SeedanceOrder *order, GError **error);
gboolean seedance_clip_is_open (SeedanceClip *clip);

/* Starts the job without blocking: like the first wait, it fetches a clip that
 * was ordered before, or else sends the order, which may spend money. The clip
 * then stays wanted until it is closed; a flush does not stop it. @notify tells
 * of each change from now on. Read the state after this call, because a shared
 * job may already be ready. Does nothing if the handle is closed. */
void seedance_clip_start (SeedanceClip *clip);

/* Leaves the job without blocking. If this was the last handle, the job cancels
 * an order of which no byte was sent. An order that was sent is still answered
 * and noted in the ledger in the background. */
void seedance_clip_close (SeedanceClip *clip);

/* A thread calls seedance_clip_enter() before it waits, passes the returned
 * ticket to seedance_clip_wait(), and calls seedance_clip_leave() when it has
 * its bytes. The handle counts as wanted while such a thread is inside and was
 * not interrupted, or after seedance_clip_start(). Nothing is submitted for a
 * handle that is not wanted. */
guint seedance_clip_enter (SeedanceClip *clip);
void seedance_clip_leave (SeedanceClip *clip);

/* Starts or stops flushing; also allowed while the handle is closed. A flush
 * ends all waits with SEEDANCE_ERROR_INTERRUPTED as long as it lasts, and each
 * wait whose ticket is older than the flush even if the flush stops again at
 * once.
 *
 * Hence the tickets: two threads may flush at the same time, and the first one
 * that stops clears the flag for both. A thread that only looked at the flag
 * could miss the flush of the second one and go on waiting. */
void seedance_clip_set_flushing (SeedanceClip *clip, gboolean flushing);

/* Returns TRUE if the clip is flushing, or was flushed since @ticket was given
 * out. */
gboolean seedance_clip_is_interrupted (SeedanceClip *clip, guint ticket);

typedef enum {
  SEEDANCE_WAIT_ERROR,
  SEEDANCE_WAIT_CHANGED, /* the state has changed: read it, wait again */
  SEEDANCE_WAIT_BYTES,   /* bytes can be read */
  SEEDANCE_WAIT_EOS,     /* the offset is at or behind the clip's end */
} SeedanceWait;

/* Blocks until bytes can be read at @offset, the state's serial differs from
 * *@serial (which is then updated), or the clip has failed. The first wait
 * starts the job and so may spend money.
 *
 * With @whole the function waits until the clip's size is known and all *@size
 * bytes, or those up to the end of the clip, are there. Without it one byte is
 * enough. On SEEDANCE_WAIT_BYTES *@size is the number of bytes to read, at most
 * what was asked for. The error is the reason why the clip failed, or
 * SEEDANCE_ERROR_INTERRUPTED after a flush or when the handle is closed. */
SeedanceWait seedance_clip_wait (SeedanceClip *clip, guint ticket,
    guint64 offset, gsize *size, gboolean whole, guint *serial, GError **error);

/* Copies @size bytes at @offset to @data. A wait must have announced them. May
 * read from the disk. Returns @size, or -1 with SEEDANCE_ERROR_READ, or with
 * SEEDANCE_ERROR_INTERRUPTED if the clip was closed since that wait. */
gssize seedance_clip_read (SeedanceClip *clip, guint64 offset, guint8 *data,
    gsize size, GError **error);

/* Lends the bytes at @offset without a copy, if they are still in memory. With
 * @whole only all *@size bytes will do; without it *@size becomes the number of
 * bytes that the block holds from @offset on. Returns NULL if the bytes are not
 * in memory or too few to be worth it: then use seedance_clip_read(). Give the
 * block back with seedance_block_unref(); the bytes are valid until then. */
SeedanceBlock *seedance_clip_borrow (
    SeedanceClip *clip, guint64 offset, gsize *size, gboolean whole);

/* Copies the state. Free its strings with seedance_clip_state_clear(). The
 * serial is 0 if the handle is closed. */
void seedance_clip_get_state (SeedanceClip *clip, SeedanceClipState *state);

/* Returns a copy of the error with which the clip failed; free it with
 * g_error_free(). NULL if it has not failed, or the handle is closed. */
GError *seedance_clip_get_error (SeedanceClip *clip);

/* Returns TRUE if the last byte of the moov (the MP4's index) was read through
 * this handle. A demuxer that has read the moov has found its streams. */
gboolean seedance_clip_has_index (SeedanceClip *clip);

/* Returns TRUE if the moov, at least half as many bytes as there are media
 * data, and a part of their last tenth were read through this handle. The very
 * last byte is no test: a demuxer may skip the samples of streams that are not
 * played. Half is, because after a seek to the last second only that is
 * read. */
gboolean seedance_clip_has_reached_end (SeedanceClip *clip);

/* Notes in the ledger that the clip was played to its end. A later order with
 * reuse=pending then gets a new clip; only this handle replays the old one. */
void seedance_clip_mark_played (SeedanceClip *clip);

G_END_DECLS
