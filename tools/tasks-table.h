/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledger as a table that fits the terminal. */
#pragma once

#include "ledger-list.h"

G_BEGIN_DECLS

/* How wide a line may be: COLUMNS, else the terminal's width, else 80. */
guint tasks_table_width (void);

/* No line is wider than @width columns, where that is 40 or more: what does not
 * fit is left out, from the least important column on. */
void tasks_table_print (const GPtrArray *entries, guint width);

G_END_DECLS
