/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user's limits on how many orders may go out in a time, such as "5/hour"
 * or "5/hour,40/day": how they are read and shown. The ledger enforces them
 * (ledger-claim.c). Pure functions. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SEEDANCE_BUDGET_MAX 16
#define SEEDANCE_BUDGET_HELP "such as 5/hour or 5/hour,40/day"

/* At most @orders orders in any period of @seconds. */
typedef struct {
  guint orders;
  gint64 seconds;
} SeedanceLimit;

/* An order must satisfy all limits. A struct of zeros has no limit. */
typedef struct {
  SeedanceLimit limits[SEEDANCE_BUDGET_MAX];
  guint n_limits;
} SeedanceBudget;

/* Adds the limits in @text to @budget: NUMBER/UNIT, separated by commas, where
 * UNIT is minute, hour, day, week or month (30 days). Returns FALSE and adds
 * nothing if @text is invalid. */
gboolean seedance_budget_add (SeedanceBudget *budget, const gchar *text);

/* Words such as "5 orders an hour". Free with g_free(). */
gchar *seedance_limit_to_string (const SeedanceLimit *limit);

G_END_DECLS
