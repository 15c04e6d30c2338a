/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "counters.h"

G_BEGIN_DECLS

/* Where held answers wait until the test lets them go. */
typedef struct _Gate Gate;

Gate *gate_new (void);
void gate_free (Gate *gate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Gate, gate_free)

/* Waits until gate_release() lets it go. @counter is bumped once a release would
 * be noticed, so a test that saw it rise cannot release too early. FALSE when
 * @give_up ended the wait. */
gboolean gate_hold (Gate *gate, Counters *counters, Counter counter,
    GiveUpFunc give_up, gpointer user_data);

/* Lets up to @count go of those that wait now, the first first; how many. */
guint gate_release (Gate *gate, guint count);

G_END_DECLS
