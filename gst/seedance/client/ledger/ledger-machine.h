/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which machine orders with a ledger on a network share. What keeps machines
 * apart there are the locks of the share, and some shares have none that work.
 * So one machine at a time orders: another one waits until that has ordered
 * nothing for a while, or is told to take over. Attaching to what was paid for
 * is left to all of them. */
#pragma once

#include "ledger-db.h"

G_BEGIN_DECLS

/* Within a transaction that decides: whether this machine may order, which is
 * noted then. TRUE wherever the folder is no share. Error: SETTINGS, another one
 * orders; or what seedance_db_end() says. */
gboolean seedance_machine_may_order (SeedanceDb *db, GError **error);

/* Makes this machine the one that orders: the one before is refused from then on.
 * *@is_shared: FALSE where no other one can have ordered, and nothing is done.
 * FALSE with an error of the ledger's. Blocks on the disk; any thread. */
gboolean seedance_machine_take_over (
    const gchar *dir, gboolean *is_shared, GError **error);

G_END_DECLS
