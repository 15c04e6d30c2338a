/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What orders have cost is added up for each group and each unit of money. */
#include "ledger-spent.h"

#include "ledger-folder.h"

static void
add_order (Folder *folder, const gchar *name, const gchar *cost)
{
  g_autoptr (SeedanceRecord) record =
      folder_new_record (name, SEEDANCE_RECORD_PLAYED);

  record->cost = g_strdup (cost);
  g_assert_true (seedance_ledger_save (folder->dir, record, NULL));
}

static void
assert_costs (const SeedanceSpent *spent, const gchar *expected)
{
  g_autofree gchar *costs = NULL;

  g_ptr_array_add (spent->costs, NULL);
  costs = g_strjoinv (", ", (gchar **) spent->costs->pdata);
  g_assert_cmpstr (costs, ==, expected);
  g_ptr_array_remove_index (spent->costs, spent->costs->len - 1);
}

static void
test_units_have_one_order (Folder *folder, gconstpointer data)
{
  g_autoptr (GPtrArray) groups = NULL;
  g_autoptr (SeedanceSpent) total = NULL;

  add_order (folder, "a", "2 credits");
  add_order (folder, "b", "0.5 USD");
  add_order (folder, "c", "1");
  add_order (folder, "d", "0.25 EUR");
  add_order (folder, "e", "0.25 USD");
  folder_change (folder, "UPDATE attempts SET provider = 'last' "
                         "WHERE cost IN ('2 credits', '0.25 USD');");
  groups =
      seedance_ledger_add_up (folder->dir, 0, SEEDANCE_SPENT_BY_PROVIDER, NULL);
  g_assert_cmpuint (groups->len, ==, 2);
  assert_costs (g_ptr_array_index (groups, 0), "0.25 USD, 2 credits");
  assert_costs (g_ptr_array_index (groups, 1), "1, 0.25 EUR, 0.5 USD");
  total = seedance_spent_total (groups);
  assert_costs (total, "1, 0.25 EUR, 0.75 USD, 2 credits");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder_add ("/ledger/spent/units", NULL, test_units_have_one_order);

  return g_test_run ();
}
