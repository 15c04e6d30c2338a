/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which machine may order with a ledger on a network share. The locks of the
 * share keep machines apart, but on some shares locks do not work. So only one
 * machine at a time may order. Another machine may order when the first one has
 * ordered nothing for 15 minutes, or after a take-over. All machines may attach
 * to tasks that exist. */
#pragma once

#include "ledger-db.h"

G_BEGIN_DECLS

/* Returns TRUE if this machine may order, and writes that into the ledger. It
 * always may where no share is involved. Needs a transaction of
 * SEEDANCE_DB_DECIDE. Error: SETTINGS, another machine orders. */
gboolean seedance_machine_may_order (SeedanceDb *db, GError **error);

/* Makes this machine the one that orders; the ledger refuses the machine before
 * from then on. *@is_shared is FALSE if no other machine can have ordered; then
 * nothing is changed. Returns FALSE with an error of ledger.h. Blocks on the
 * disk; any thread. */
gboolean seedance_machine_take_over (
    const gchar *dir, gboolean *is_shared, GError **error);

G_END_DECLS
