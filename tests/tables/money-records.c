/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits for a state of the ledger while a player in another process changes
 * it. */

#include "ledger.h"
#include "money.h"

void
money_wait_record (const gchar *state)
{
  g_autofree gchar *sql = g_strdup_printf (
      "SELECT count(*) FROM attempts WHERE state = '%s';", state);

  if (state)
    test_ledger_wait (sql, TRUE);
  else
    test_ledger_wait ("SELECT count(*) FROM attempts;", FALSE);
}
