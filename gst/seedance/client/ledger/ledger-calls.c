/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ledger-calls.h"

typedef struct {
  SeedanceLedgerFunc work, done;
  gpointer user_data;
} Call;

static void
run (gpointer data)
{
  g_autofree Call *call = data;

  call->work (call->user_data);
  call->done (call->user_data);
}

void
seedance_ledger_invoke (SeedanceIo *io, SeedanceLedgerFunc work,
    SeedanceLedgerFunc done, gpointer user_data)
{
  Call *call = g_new (Call, 1);

  *call = (Call){ work, done, user_data };
  seedance_io_invoke (io, run, call);
}
