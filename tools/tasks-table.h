/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledger as a table that fits the terminal. */
#pragma once

#include "ledger-list.h"

G_BEGIN_DECLS

/* Returns how wide a line may be: COLUMNS, else the width of the terminal, else
 * 80. */
guint tasks_table_width (void);

/* Prints @entries in lines of at most @width columns, if that is 40 or more.
 * Columns that do not fit are left out, the least important ones first. */
void tasks_table_print (const GPtrArray *entries, guint width);

G_END_DECLS
