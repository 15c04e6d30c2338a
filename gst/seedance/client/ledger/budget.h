/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many orders may go out in how much time, as the user writes it: "5/hour"
 * or "5/hour,40/day". Pure functions. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SEEDANCE_BUDGET_MAX 16
#define SEEDANCE_BUDGET_HELP "such as 5/hour or 5/hour,40/day"

/* At most @orders within any @seconds. */
typedef struct {
  guint orders;
  gint64 seconds;
} SeedanceLimit;

/* All of them hold. A struct of zeros is no limit. */
typedef struct {
  SeedanceLimit limits[SEEDANCE_BUDGET_MAX];
  guint n_limits;
} SeedanceBudget;

/* Adds the limits in @text: NUMBER/UNIT with a unit of minute, hour, day, week or
 * month (30 days), between commas. FALSE, and nothing added, for what is none. */
gboolean seedance_budget_add (SeedanceBudget *budget, const gchar *text);

/* "5 orders an hour". g_free(). */
gchar *seedance_limit_to_string (const SeedanceLimit *limit);

G_END_DECLS
