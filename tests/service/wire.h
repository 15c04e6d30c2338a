/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "counters.h"
#include "door.h"
#include "faults.h"
#include "gate.h"
#include "links.h"
#include "reply.h"

G_BEGIN_DECLS

/* The bytes of one answer on their way, with all that may befall them. */
typedef struct {
  Call *call;
  /* What the request met, (element-type Fault). */
  GPtrArray *faults;
  Gate *gate;
  Counters *counters;
  /* Bumped by the body bytes written; N_COUNTERS: none. */
  Counter bytes;
  /* Bumped by hold and hold-at. */
  Counter held;
  /* Where a newer request ends this one; or NULL. */
  Links *links;
} Wire;

/* Sends @reply; TRUE when the connection may be used again. */
gboolean wire_send (Wire *wire, Reply *reply);

/* Waits until the client closes. */
void wire_hang (Wire *wire);

/* Ends the connection by a RST in place of a FIN. Always FALSE. */
gboolean wire_reset (Wire *wire);

/* FALSE when the client left meanwhile. */
gboolean wire_pause (Wire *wire, guint64 milliseconds);
gboolean wire_hold (Wire *wire);

G_END_DECLS
