/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sum of costs in the words of services, each unit by itself. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

GArray *playout_spent_new (void);

/* @cost: a number and what follows it, such as "0.42 USD"; anything else is left
 * out, NULL too. */
void playout_spent_add (GArray *spent, const gchar *cost);

/* "0.84 USD, 3 credits"; empty when nothing was told. g_free(). */
gchar *playout_spent_to_text (const GArray *spent);

G_END_DECLS
