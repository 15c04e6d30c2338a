/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The money table, whose rows are spread over the money-*.c files. A row says
 * what happens, how many submits (POSTs) the service received, how many of them
 * it billed, and what became of the clip; then the same counts after the same
 * order was placed again. */
#pragma once

#include "player.h"
#include "table.h"

G_BEGIN_DECLS

/* @first and @again are stands: the expected counts since the start of the test
 * and the result, as "POSTs billed clip", for example "1 1 whole". @again is
 * NULL if the order is not placed again. */
typedef struct {
  const gchar *what;
  const gchar *first, *again;
} MoneyRow;

/* @fault makes the service hold its answers until the test releases them.
 * @counter counts the held answers. */
typedef struct {
  const gchar *what;
  const gchar *fault, *counter;
} MoneyHold;

/* Returns the current stand: the service's counters and the word @clip. The
 * caller frees it with g_free(). */
gchar *money_stand (const gchar *clip);

/* Adds the measured row to the table and fails the test if it differs from the
 * expected one. Takes ownership of @first and @again. */
void money_row (
    const gchar *section, const MoneyRow *row, gchar *first, gchar *again);

/* Starts a player, kills it when @hold has stopped it, and releases the
 * service. Returns the stand; the caller frees it with g_free(). */
gchar *money_kill_at (const MoneyHold *hold);

/* Waits until the ledger has a record in @state, or no record at all (@state
 * NULL). */
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
