/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes a task back that its service has not begun with, because a user asked for
 * that. No other code cancels anything. */
#pragma once

#include "ledger.h"
#include "order.h"

G_BEGIN_DECLS

/* Asks how the task of @record is, has it cancelled if it is queued and only
 * then, and asks again: a task that runs is billed whatever is sent, and some
 * services erase one that has ended, with the only way to its clip. When the
 * service says that it is cancelled, the record says so in the ledger, and the
 * same order goes out anew; in any doubt nothing is changed there. @order names
 * the same provider and task and is prepared. Blocks on the network. The error
 * says what the service answered. */
gboolean seedance_cancel (
    const SeedanceOrder *order, SeedanceRecord *record, GError **error);

G_END_DECLS
