/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends an order. Where the service honours the key of a request (see
 * "idempotency" in docs/providers.md), an answer that was lost is asked for by
 * the same request again, byte for byte: the service then tells of the task that
 * the first one made. Network thread only. */
#pragma once

#include "order.h"

G_BEGIN_DECLS

/* POSTs @order, which is prepared, as the record @name of the ledger, which is
 * durable. @done gets one answer. After a request that may have been accepted,
 * that is one that names a task, or BROKEN: no refusal of a later one proves that
 * the first was not accepted. *@transfer is what is under way, and can be
 * cancelled unless something may have gone out. */
void seedance_post_start (const SeedanceOrder *order, const gchar *name,
    SeedanceTransfer **transfer,
    void (*done) (const SeedanceHttpAnswer *answer, gpointer user_data),
    gpointer user_data);

G_END_DECLS
