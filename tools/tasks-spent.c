/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the options of the command, and prints the sums that the ledger has
 * made. */
#include "tasks-spent.h"

#include <string.h>

#include "tasks-print.h"

#define GROUP_MAX 24

static const gchar *const words[] = {
  [SEEDANCE_SPENT_BY_DAY] = "day",
  [SEEDANCE_SPENT_BY_PROVIDER] = "provider",
  [SEEDANCE_SPENT_BY_KEY] = "key",
};

static const gchar *const titles[] = {
  [SEEDANCE_SPENT_BY_DAY] = "DAY",
  [SEEDANCE_SPENT_BY_PROVIDER] = "PROVIDER",
  [SEEDANCE_SPENT_BY_KEY] = "KEY (HASH)",
};

gboolean
tasks_spent_parse_by (const gchar *text, SeedanceSpentBy *by)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (g_str_equal (text, words[i])) {
      *by = (SeedanceSpentBy) i;
      return TRUE;
    }
  }

  return FALSE;
}

static gboolean
parse_ago (const gchar *text, gint64 *since)
{
  static const struct {
    gchar unit;
    gint64 seconds;
  } units[] = { { 'h', 3600 }, { 'd', 24 * 3600 }, { 'w', 7 * 24 * 3600 } };
  const gsize length = strlen (text);
  g_autofree gchar *digits = length > 1 ? g_strndup (text, length - 1) : NULL;
  guint64 count;

  if (!digits ||
      !g_ascii_string_to_unsigned (digits, 10, 0, 100000, &count, NULL))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (units); i++) {
    if (text[length - 1] != units[i].unit)
      continue;
    *since =
        g_get_real_time () / G_USEC_PER_SEC - (gint64) count * units[i].seconds;
    return TRUE;
  }

  return FALSE;
}

gboolean
tasks_spent_parse_since (const gchar *text, gint64 *since)
{
  g_autofree gchar *full = g_strconcat (text, "T00:00:00", NULL);
  g_autoptr (GTimeZone) here = g_time_zone_new_local ();
  g_autoptr (GDateTime) day = g_date_time_new_from_iso8601 (full, here);

  if (!day)
    return parse_ago (text, since);
  *since = g_date_time_to_unix (day);

  return TRUE;
}

gchar *
tasks_spent_describe (const SeedanceSpent *spent)
{
  GString *text = g_string_new (NULL);

  if (spent->tokens >= 0)
    g_string_append_printf (text, "%" G_GINT64_FORMAT " tokens", spent->tokens);
  for (guint i = 0; i < spent->costs->len; i++) {
    const gchar *cost = g_ptr_array_index (spent->costs, i);

    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", cost);
  }
  if (text->len == 0)
    g_string_append (text, "-");

  return g_string_free (text, FALSE);
}

static void
print_line (const SeedanceSpent *spent)
{
  g_autofree gchar *group = tasks_clean (spent->group, GROUP_MAX);
  g_autofree gchar *told = tasks_spent_describe (spent);
  g_autofree gchar *cost = tasks_clean (told, 0);

  g_print ("%-24s %6u %5u %6u  %s\n", group, spent->orders, spent->clips,
      spent->failed, cost);
}

void
tasks_spent_print (const GPtrArray *groups, SeedanceSpentBy by)
{
  g_autoptr (SeedanceSpent) total = seedance_spent_total (groups);

  g_print ("%-24s %6s %5s %6s  %s\n", titles[by], "ORDERS", "CLIPS", "FAILED",
      "COST");
  for (guint i = 0; i < groups->len; i++)
    print_line (g_ptr_array_index (groups, i));
  if (groups->len > 1)
    print_line (total);
  if (total->untold > 0)
    g_print ("The services told no cost for %u of the clips.\n", total->untold);
  if (total->in_doubt > 0)
    g_print ("Nobody knows whether %u of the orders are billed: see "
             "seedance-tasks list.\n",
        total->in_doubt);
  if (total->damaged > 0)
    g_print ("%u records cannot be read, and are not counted: see "
             "seedance-tasks list.\n",
        total->damaged);
}
