/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends an order. If the service recognizes a repeated order by a key
 * ("idempotency" in docs/providers.md), a request whose answer was lost is sent
 * again, byte for byte: the service then answers with the task that the first
 * request made. Network thread only. */
#pragma once

#include "order.h"
#include "verdict.h"

G_BEGIN_DECLS

/* How many milliseconds the request of an order may take whose first request
 * began @age ms ago; 0 = it is not sent any more. */
guint seedance_post_limit (guint64 age);

/* POSTs the prepared @order. @name is its ledger row, which has to be durable
 * already, and serves as the key. @done is called once. If the request was
 * repeated, @done gets an answer that names a task, or BROKEN: a refusal of the
 * repeated request does not prove that the first one was refused. *@transfer is
 * the transfer under way, NULL when there is none; it may be cancelled while no
 * byte of any request has gone out. */
void seedance_post_start (const SeedanceOrder *order, const gchar *name,
    SeedanceTransfer **transfer,
    void (*done) (const SeedanceHttpAnswer *answer, gpointer user_data),
    gpointer user_data);

/* Reads and judges the answer to @order. Its task is named in the body, by the
 * task's address in the body, or only by the Location header:
 * (*@answer)->task_id has it from any of them. The caller frees *@answer and
 * *@error. */
SeedanceVerdict seedance_post_judge (const SeedanceOrder *order,
    const SeedanceHttpAnswer *http, SeedanceAnswer **answer, GError **error);

G_END_DECLS
