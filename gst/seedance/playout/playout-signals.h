/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Installs the action signals of seedanceplayout. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef struct {
  GCallback enqueue, insert, move, remove, skip, clear;
} PlayoutSignals;

void playout_signals_install (
    GObjectClass *klass, const PlayoutSignals *handlers);

G_END_DECLS
