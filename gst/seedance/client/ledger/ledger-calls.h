/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of the ledger for threads that must not block, such as the network
 * thread. They run on the thread of their state folder, in the order in which
 * they were asked for. Calls that wait there at the same time share one commit,
 * because a commit is slow. */
#pragma once

#include "io.h"

G_BEGIN_DECLS

typedef void (*SeedanceLedgerFunc) (gpointer user_data);

/* Calls @work on the thread of the folder, and then @done on the same thread
 * when the changes of @work are as durable as ledger.h promises. If the shared
 * commit fails, @work is called a second time before @done and has to start
 * anew: the changes of its first call may be in the ledger or not. */
void seedance_ledger_invoke (SeedanceIo *io, SeedanceLedgerFunc work,
    SeedanceLedgerFunc done, gpointer user_data);

G_END_DECLS
