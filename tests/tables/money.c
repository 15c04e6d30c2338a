/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes docs/money.md: the cost of each fault and of each thing that a user
 * can do. */

#include "money.h"

#include <string.h>

static const gchar *const columns[] = { "What happens", "POSTs", "billed",
  "clip", "again: POSTs", "billed", "clip", NULL };

static const Table money_table = {
  .document = "money.md",
  .heading =
      "# What it costs\n"
      "\n"
      "Every accepted order is billed. The tests in `tests/tables` write\n"
      "these tables: they run each row against the local service, and fail\n"
      "when a figure differs.\n"
      "\n"
      "- **POSTs**: the orders that were sent.\n"
      "- **billed**: the tasks that the service accepted.\n"
      "- **clip**: `whole` means that the clip arrived, byte for byte or\n"
      "  frame for frame as the service made it. The other words sum up the\n"
      "  error: `nothing ordered`; `may be billed`: the answer was lost, and\n"
      "  you decide what to do; `paid, kept`: the same command fetches the\n"
      "  clip later; `paid, by id`: the ledger could not note the task, and\n"
      "  its id fetches the clip; `no clip`: the task ended without a clip,\n"
      "  or the service does not know it. `stopped` and `killed` mean that\n"
      "  the user ended the run.\n"
      "- **again**: then the same order is placed once more, by another\n"
      "  process and without the fault, unless the row says otherwise. These\n"
      "  figures count both runs.\n",
  .columns = columns,
};

gchar *
money_stand (const gchar *clip)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s",
      test_service_count (service, "posts"),
      test_service_count (service, "tasks"), clip);
}

/* Splits "1 1 whole" into three cells; NULL gives three dashes. The caller
 * frees the result with g_strfreev(). */
static gchar **
split_stand (const gchar *stand)
{
  return g_strsplit (stand ? stand : "- - -", " ", 3);
}

void
money_row (
    const gchar *section, const MoneyRow *row, gchar *first, gchar *again)
{
  G_GNUC_UNUSED g_autofree gchar *its_first = first, *its_again = again;
  g_auto (GStrv) left = split_stand (first), right = split_stand (again);
  const gchar *cells[] = { row->what, left[0], left[1], left[2], right[0],
    right[1], right[2], NULL };

  table_add_row (section, cells);
  fail_unless (g_strcmp0 (first, row->first) == 0, "%s: %s instead of %s",
      row->what, first, row->first);
  fail_unless (g_strcmp0 (again, row->again) == 0,
      "%s, again: %s instead of %s", row->what, again, row->again);
}

gchar *
money_kill_at (const MoneyHold *hold)
{
  Player *player;

  test_service_fault (service, hold->fault);
  player = player_start (PLAY, CLIP);
  test_service_wait (service, hold->counter, 1);
  test_send_signal (player->process, SIGKILL);
  player_end (player);
  test_service_fault (service, "");
  test_service_release (service);

  return money_stand ("killed");
}

static Suite *
money_suite (void)
{
  Suite *suite = suite_create ("money");

  money_add_faults (suite);
  money_add_damage (suite);
  money_add_ledger (suite);
  money_add_tools (suite);
  money_add_states (suite);
  money_add_sharing (suite);
  money_add_signals (suite);
  money_add_uri (suite);

  return suite;
}

TABLE_MAIN (money)
