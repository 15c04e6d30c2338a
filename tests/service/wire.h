/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes a reply to the client's socket, with the faults that concern the
 * transfer: slow, cut off, stalled, held, reset. */
#pragma once

#include "counters.h"
#include "door.h"
#include "faults.h"
#include "gate.h"
#include "links.h"
#include "reply.h"

G_BEGIN_DECLS

/* How one reply is sent. */
typedef struct {
  Call *call;
  /* The faults that apply to the request (element-type Fault). */
  GPtrArray *faults;
  Gate *gate;
  Counters *counters;
  /* Counts the bytes of the body; N_COUNTERS: none does. */
  Counter bytes;
  /* Rises when the fault hold or hold-at stops the answer. */
  Counter held;
  /* Set where a newer request ends this one; otherwise NULL. */
  Links *links;
} Wire;

/* Sends @reply. Returns TRUE if the connection may be used again. */
gboolean wire_send (Wire *wire, Reply *reply);

/* Waits, without an answer, until the client closes the connection. */
void wire_hang (Wire *wire);

/* Makes the connection end by a RST instead of a FIN. Always returns FALSE. */
gboolean wire_reset (Wire *wire);

/* Wait for a time, or for the test's release. Both return FALSE if the client
 * closed the connection or the service ended meanwhile. */
gboolean wire_pause (Wire *wire, guint64 milliseconds);
gboolean wire_hold (Wire *wire);

G_END_DECLS
