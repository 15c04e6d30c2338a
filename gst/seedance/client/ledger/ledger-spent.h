/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds up what orders have cost, for the tools. Only reads; any thread. */
#pragma once

#include "ledger.h"

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_SPENT_BY_DAY, /* local date: "2026-11-29" */
  SEEDANCE_SPENT_BY_PROVIDER,
  SEEDANCE_SPENT_BY_KEY, /* hash of the key */
} SeedanceSpentBy;

typedef struct {
  gchar *group;
  guint orders;     /* orders that were accepted, or may have been */
  guint clips;      /* orders whose clip came */
  guint failed;     /* orders that ended without a clip */
  guint in_doubt;   /* orders of which nobody knows if they cost */
  guint damaged;    /* unreadable rows; not counted above */
  gint64 tokens;    /* of the orders that told theirs; -1 = none did */
  GPtrArray *costs; /* texts such as "1.5 USD", sorted by unit */
  guint untold;     /* clips with neither tokens nor cost told */
} SeedanceSpent;

/* Adds up all orders since @since (seconds since the epoch; 0 = all), including
 * forgotten ones. Returns SeedanceSpent elements sorted by their groups, or
 * NULL with an error of ledger.h. Free with g_ptr_array_unref(). */
GPtrArray *seedance_ledger_add_up (
    const gchar *dir, gint64 since, SeedanceSpentBy by, GError **error);

/* The sum of all groups. Free with seedance_spent_free(). */
SeedanceSpent *seedance_spent_total (const GPtrArray *groups);
void seedance_spent_free (SeedanceSpent *spent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceSpent, seedance_spent_free)

G_END_DECLS
