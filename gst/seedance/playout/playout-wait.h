/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A source that waits for a running time, and what ends such a wait. Any thread. */
#pragma once

#include <gst/base/gstbasesrc.h>

G_BEGIN_DECLS

typedef struct {
  GMutex lock;
  GstClockID id; /* under the lock; NULL = nobody waits */
  gint flushing; /* atomic, as the next one; set under the lock */
  gint ended;    /* how often waits were ended */
} PlayoutWait;

void playout_wait_init (PlayoutWait *wait);
void playout_wait_clear (PlayoutWait *wait);

/* Between unlock() and unlock_stop() of the base class. */
void playout_wait_set_flushing (PlayoutWait *wait, gboolean flushing);
gboolean playout_wait_is_flushing (PlayoutWait *wait);

/* After a pause: what waits begins anew when the source plays. */
void playout_wait_pause (PlayoutWait *wait);

/* Until the running time of @source, which plays or is to play, is @time.
 * FLUSHING when that was given up; nothing keeps the caller from waiting for the
 * same again. Streaming thread. */
GstFlowReturn playout_wait_until (
    PlayoutWait *wait, GstBaseSrc *source, GstClockTime time);

G_END_DECLS
