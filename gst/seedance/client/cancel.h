/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cancels a task that is still queued at its service, on the user's request.
 * The plugin itself never cancels a task; only the tools call this. */
#pragma once

#include "ledger.h"
#include "order.h"

G_BEGIN_DECLS

/* Cancels the task of @record. @order must be prepared and name the same
 * provider and task. Blocks on the network.
 *
 * The function polls the task first and sends the cancel request only for a
 * queued task: a running task is billed in any case, and some services answer a
 * cancel request for a finished task by erasing it together with its clip. It
 * then polls once more. If the service now reports the task as cancelled, the
 * ledger row becomes FAILED, so that the same order can be sent again.
 *
 * Returns FALSE in every other case and leaves the ledger as it was. The error
 * quotes the answer of the service, if there was one. */
gboolean seedance_cancel (
    const SeedanceOrder *order, SeedanceRecord *record, GError **error);

G_END_DECLS
