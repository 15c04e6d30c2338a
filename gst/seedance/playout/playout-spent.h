/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sums of what services report as costs, one sum for each unit. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns an empty set of sums. Free with g_array_unref(). */
GArray *playout_spent_new (void);

/* Adds @cost, a number with its unit such as "0.42 USD". NULL and any text that
 * does not begin with a number are ignored. */
void playout_spent_add (GArray *spent, const gchar *cost);

/* Returns the sums as text, such as "0.84 USD, 3 credits"; empty if there are
 * none. Free with g_free(). */
gchar *playout_spent_to_text (const GArray *spent);

G_END_DECLS
