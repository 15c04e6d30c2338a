/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rooms of the money table: what a user does or a service does wrong, how
 * many orders (POSTs) that came to, how many of them were billed, and whether
 * the clip was delivered; then the same once more after the same order was
 * placed again. */
#pragma once

#include "player.h"
#include "table.h"

G_BEGIN_DECLS

/* "POSTs billed clip" in all, such as "1 1 whole". @again is NULL where the
 * order is not placed again. */
typedef struct {
  const gchar *what;
  const gchar *first, *again;
} MoneyRow;

/* A service whose answers stop at @fault until the test releases them; @counter
 * tells that one has. */
typedef struct {
  const gchar *what;
  const gchar *fault, *counter;
} MoneyHold;

/* How the service's counters stand, with the word of a player. g_free(). */
gchar *money_stand (const gchar *clip);

/* Adds the row as it was measured, which must be what is expected. Takes over
 * both stands. */
void money_row (
    const gchar *section, const MoneyRow *row, gchar *first, gchar *again);

/* Kills a player where @hold stops it, and lets the service go on. */
gchar *money_kill_at (const MoneyHold *hold);

/* Until a record of the ledger is in @state, or there is none (NULL). */
void money_wait_record (const gchar *state);

void money_add_faults (Suite *suite);
void money_add_damage (Suite *suite);
void money_add_ledger (Suite *suite);
void money_add_tools (Suite *suite);
void money_add_states (Suite *suite);
void money_add_sharing (Suite *suite);
void money_add_signals (Suite *suite);
void money_add_uri (Suite *suite);

G_END_DECLS
