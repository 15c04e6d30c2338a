/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits in a live source until a running time comes; a flush or a pause on
 * another thread ends such a wait. */
#pragma once

#include <gst/base/gstbasesrc.h>

G_BEGIN_DECLS

typedef struct {
  GMutex lock;
  GstClockID id; /* of the wait that runs, or NULL; under the lock */
  gint flushing; /* atomic; set under the lock */
  gint ended;    /* atomic: how often waits were ended */
} PlayoutWait;

void playout_wait_init (PlayoutWait *wait);
void playout_wait_clear (PlayoutWait *wait);

/* TRUE from the base class's unlock() to its unlock_stop(): ends the wait that
 * runs, and each later one at once. Any thread. */
void playout_wait_set_flushing (PlayoutWait *wait, gboolean flushing);
gboolean playout_wait_is_flushing (PlayoutWait *wait);

/* Call after a pause: a wait that runs begins anew when the source plays again.
 * Any thread. */
void playout_wait_pause (PlayoutWait *wait);

/* Waits until the running time of @source is @time; in PAUSED it first waits
 * for PLAYING. Returns FLUSHING if a flush ended the wait. The caller may then
 * wait for the same time again. Streaming thread. */
GstFlowReturn playout_wait_until (
    PlayoutWait *wait, GstBaseSrc *source, GstClockTime time);

G_END_DECLS
