/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses and prints the limits of a budget. */

#include "budget.h"

#include <string.h>

#define DAY (24 * 3600)

static const struct {
  const gchar *name, *article;
  gint64 seconds;
} units[] = {
  { "minute", "a", 60 },
  { "hour", "an", 3600 },
  { "day", "a", DAY },
  { "week", "a", 7 * DAY },
  { "month", "a", 30 * DAY },
};

static gboolean
parse_limit (const gchar *text, SeedanceLimit *limit)
{
  g_autofree gchar *copy = g_strstrip (g_strdup (text));
  gchar *slash = strchr (copy, '/');
  guint64 orders;

  if (!slash)
    return FALSE;
  *slash = '\0';
  g_strchomp (copy);
  if (!g_ascii_string_to_unsigned (copy, 10, 0, G_MAXINT, &orders, NULL))
    return FALSE;
  g_strchug (slash + 1);
  for (guint i = 0; i < G_N_ELEMENTS (units); i++) {
    if (g_ascii_strcasecmp (slash + 1, units[i].name) != 0)
      continue;
    *limit = (SeedanceLimit){ (guint) orders, units[i].seconds };
    return TRUE;
  }

  return FALSE;
}

gboolean
seedance_budget_add (SeedanceBudget *budget, const gchar *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  SeedanceBudget more = *budget;

  if (!parts[0])
    return FALSE;
  for (guint i = 0; parts[i]; i++) {
    if (more.n_limits == G_N_ELEMENTS (more.limits) ||
        !parse_limit (parts[i], &more.limits[more.n_limits]))
      return FALSE;
    more.n_limits++;
  }
  *budget = more;

  return TRUE;
}

gchar *
seedance_limit_to_string (const SeedanceLimit *limit)
{
  for (guint i = 0; i < G_N_ELEMENTS (units); i++) {
    if (units[i].seconds == limit->seconds)
      return g_strdup_printf ("%u order%s %s %s", limit->orders,
          limit->orders == 1 ? "" : "s", units[i].article, units[i].name);
  }

  return g_strdup_printf (
      "%u orders in %" G_GINT64_FORMAT " s", limit->orders, limit->seconds);
}
