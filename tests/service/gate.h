/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gate stops answers that the faults "hold" and "hold-at" hold back, until
 * the test releases them over the control path. */
#pragma once

#include "counters.h"

G_BEGIN_DECLS

/* The held answers, in the order in which they were stopped. All functions may
 * be called from any thread. */
typedef struct _Gate Gate;

Gate *gate_new (void);
void gate_free (Gate *gate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Gate, gate_free)

/* Blocks until gate_release() releases this answer. @counter rises only when a
 * release would already find this answer, so a test that has seen it rise
 * cannot release too early. Returns FALSE if @give_up ended the wait. */
gboolean gate_hold (Gate *gate, Counters *counters, Counter counter,
    GiveUpFunc give_up, gpointer user_data);

/* Releases up to @count of the answers that wait now, those first that were
 * held first. Returns how many it released. */
guint gate_release (Gate *gate, guint count);

G_END_DECLS
