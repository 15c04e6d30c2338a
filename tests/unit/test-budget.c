/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses budgets such as "5/hour,20/day". */

#include "budget.h"

typedef struct {
  const gchar *text;
  guint n_limits;
  SeedanceLimit limits[2];
} Good;

static const Good good[] = {
  { "5/hour", 1, { { 5, 3600 } } },
  { "0/day", 1, { { 0, 24 * 3600 } } },
  { " 5 / hour , 40/DAY ", 2, { { 5, 3600 }, { 40, 24 * 3600 } } },
  { "1/minute,2/week", 2, { { 1, 60 }, { 2, 7 * 24 * 3600 } } },
  { "2147483647/month", 1, { { G_MAXINT, 30 * 24 * 3600 } } },
};

static void
test_good (gconstpointer data)
{
  const Good *its = data;
  SeedanceBudget budget = { 0 };

  g_assert_true (seedance_budget_add (&budget, its->text));
  g_assert_cmpuint (budget.n_limits, ==, its->n_limits);
  for (guint i = 0; i < its->n_limits; i++) {
    g_assert_cmpuint (budget.limits[i].orders, ==, its->limits[i].orders);
    g_assert_cmpint (budget.limits[i].seconds, ==, its->limits[i].seconds);
  }
}

static const gchar *const bad[] = { "", ",", "5", "5/", "/hour", "hour/5",
  "-1/hour", "+1/hour", "5.5/hour", "0x5/hour", "5/hours", "5/hour,",
  ",5/hour", "5/hour 6/day", "5/hour;6/day", "2147483648/hour", "∞/day",
  "5/hour/day" };

/* A text that cannot be parsed leaves the limits of before unchanged. */
static void
test_bad (gconstpointer data)
{
  SeedanceBudget budget = { 0 };

  g_assert_true (seedance_budget_add (&budget, "7/week"));
  g_assert_false (seedance_budget_add (&budget, data));
  g_assert_cmpuint (budget.n_limits, ==, 1);
  g_assert_cmpuint (budget.limits[0].orders, ==, 7);
}

static void
test_many (void)
{
  SeedanceBudget budget = { 0 };

  for (guint i = 0; i < SEEDANCE_BUDGET_MAX; i++)
    g_assert_true (seedance_budget_add (&budget, "5/hour"));
  g_assert_false (seedance_budget_add (&budget, "5/hour"));
}

static void
test_words (void)
{
  const SeedanceLimit one = { 1, 3600 }, many = { 40, 24 * 3600 },
                      odd = { 2, 5 };
  g_autofree gchar *first = seedance_limit_to_string (&one);
  g_autofree gchar *second = seedance_limit_to_string (&many);
  g_autofree gchar *third = seedance_limit_to_string (&odd);

  g_assert_cmpstr (first, ==, "1 order an hour");
  g_assert_cmpstr (second, ==, "40 orders a day");
  g_assert_cmpstr (third, ==, "2 orders in 5 s");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autofree gchar *path = g_strdup_printf ("/budget/good/%u", i);

    g_test_add_data_func (path, &good[i], test_good);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *path = g_strdup_printf ("/budget/bad/%u", i);

    g_test_add_data_func (path, bad[i], test_bad);
  }
  g_test_add_func ("/budget/many", test_many);
  g_test_add_func ("/budget/words", test_words);

  return g_test_run ();
}
