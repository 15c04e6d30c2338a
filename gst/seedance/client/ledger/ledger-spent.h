/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What orders came to, for programs that show it. Reads only; any thread. */
#pragma once

#include "ledger.h"

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_SPENT_BY_DAY, /* of the local time zone: "2026-11-29" */
  SEEDANCE_SPENT_BY_PROVIDER,
  SEEDANCE_SPENT_BY_KEY, /* a hash of it */
} SeedanceSpentBy;

typedef struct {
  gchar *group;
  guint orders;     /* that were accepted, or may have been */
  guint clips;      /* of which a clip came */
  guint failed;     /* that ended without one */
  guint in_doubt;   /* of which nobody knows */
  guint damaged;    /* records that cannot be read; no orders of the above */
  gint64 tokens;    /* of those that told any; -1 = none did */
  GPtrArray *costs; /* "1.5 USD", one of each unit that was told */
  guint untold;     /* clips of which neither was told */
} SeedanceSpent;

/* Adds up all orders since @since (seconds since the epoch; 0 = ever), those that
 * were forgotten among them, as SeedanceSpent in the order of their groups.
 * Errors: as of ledger.h. Free with g_ptr_array_unref(). */
GPtrArray *seedance_ledger_add_up (
    const gchar *dir, gint64 since, SeedanceSpentBy by, GError **error);

/* The same for all groups at once. Free with seedance_spent_free(). */
SeedanceSpent *seedance_spent_total (const GPtrArray *groups);
void seedance_spent_free (SeedanceSpent *spent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceSpent, seedance_spent_free)

G_END_DECLS
