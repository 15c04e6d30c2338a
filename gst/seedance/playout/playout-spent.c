/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The array has one sum for each unit, in the order in which the units came. */
#include "playout-spent.h"

#include <math.h>

typedef struct {
  gchar *unit;
  gdouble amount;
} Sum;

static void
clear_sum (gpointer sum)
{
  g_free (((Sum *) sum)->unit);
}

GArray *
playout_spent_new (void)
{
  GArray *spent = g_array_new (FALSE, FALSE, sizeof (Sum));

  g_array_set_clear_func (spent, clear_sum);

  return spent;
}

static Sum *
find_sum (GArray *spent, const gchar *unit)
{
  Sum sum = { NULL };

  for (guint i = 0; i < spent->len; i++) {
    Sum *found = &g_array_index (spent, Sum, i);

    if (g_str_equal (found->unit, unit))
      return found;
  }
  sum.unit = g_strdup (unit);
  g_array_append_val (spent, sum);

  return &g_array_index (spent, Sum, spent->len - 1);
}

void
playout_spent_add (GArray *spent, const gchar *cost)
{
  g_autofree gchar *unit = NULL;
  gchar *end = NULL;
  gdouble amount;

  if (!cost)
    return;
  amount = g_ascii_strtod (cost, &end);
  if (end == cost || !isfinite (amount))
    return;
  unit = g_strstrip (g_strdup (end));
  find_sum (spent, unit)->amount += amount;
}

gchar *
playout_spent_to_text (const GArray *spent)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < spent->len; i++) {
    const Sum *sum = &g_array_index (spent, Sum, i);
    gchar amount[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd (amount, sizeof amount, "%.10g", sum->amount);
    g_string_append_printf (text, "%s%s%s%s", i > 0 ? ", " : "", amount,
        *sum->unit ? " " : "", sum->unit);
  }

  return g_string_free (text, FALSE);
}
