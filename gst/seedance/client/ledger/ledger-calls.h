/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of the ledger from threads that must not wait: they are made on the
 * thread of its folder, in the order in which they are asked for. Those that have
 * gathered there share one commit. */
#pragma once

#include "io.h"

G_BEGIN_DECLS

typedef void (*SeedanceLedgerFunc) (gpointer user_data);

/* Calls @work on the thread of the folder, which does what it has to with the
 * ledger, and then @done, when that is as durable as ledger.h says. When the
 * commit that it shared fails, @work is called once more before that, and has to
 * begin anew: nothing of the first call stands. */
void seedance_ledger_invoke (SeedanceIo *io, SeedanceLedgerFunc work,
    SeedanceLedgerFunc done, gpointer user_data);

G_END_DECLS
