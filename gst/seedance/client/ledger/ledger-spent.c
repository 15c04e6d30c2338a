/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds up the rows of each group in one pass over a sorted query. */

#include "ledger-spent.h"

#include <string.h>

#include "ledger-private.h"

/* A sum of money in one unit. */
typedef struct {
  gdouble value;
  gchar *unit;
} Cost;

/* The elements of SeedanceSpent.costs are Cost while rows are added, and texts
 * after print_costs(). */
static void
cost_free (gpointer data)
{
  Cost *cost = data;

  g_free (cost->unit);
  g_free (cost);
}

static SeedanceSpent *
spent_new (const gchar *group)
{
  SeedanceSpent *spent = g_new0 (SeedanceSpent, 1);

  spent->group = g_strdup (group);
  spent->tokens = -1;
  spent->costs = g_ptr_array_new_with_free_func (cost_free);

  return spent;
}

void
seedance_spent_free (SeedanceSpent *spent)
{
  if (!spent)
    return;
  g_free (spent->group);
  g_ptr_array_unref (spent->costs);
  g_free (spent);
}

/* Keeps @costs sorted, so that all lines name the units in the same order. */
static void
add_cost (GPtrArray *costs, gdouble value, const gchar *unit)
{
  Cost *cost;
  guint i = 0;

  for (; i < costs->len; i++) {
    cost = g_ptr_array_index (costs, i);
    if (g_str_equal (cost->unit, unit)) {
      cost->value += value;
      return;
    }
    if (strcmp (cost->unit, unit) > 0)
      break;
  }
  cost = g_new (Cost, 1);
  *cost = (Cost){ value, g_strdup (unit) };
  g_ptr_array_insert (costs, (gint) i, cost);
}

/* Adds a cost in the words of the service, such as "0.76 USD". Returns FALSE if
 * it is none. A cost in tokens is not added: add_tokens() does that. */
static gboolean
add_words (GPtrArray *costs, const gchar *words)
{
  gchar *rest;
  g_autofree gchar *unit = NULL;
  const gdouble value = words ? g_ascii_strtod (words, &rest) : -1;

  if (!words || rest == words || !(value >= 0) || value > 1e12)
    return FALSE;
  unit = g_strstrip (g_strdup (rest));
  if (strlen (unit) > 16)
    return FALSE;
  if (!g_str_equal (unit, "tokens"))
    add_cost (costs, value, unit);

  return TRUE;
}

static void
add_tokens (SeedanceSpent *spent, gint64 tokens)
{
  if (tokens >= 0)
    spent->tokens = MAX (spent->tokens, 0) + tokens;
}

static void
add_record (SeedanceSpent *spent, const SeedanceRecord *record)
{
  gboolean told = record->tokens >= 0;

  spent->orders++;
  spent->clips += record->size >= 0;
  spent->failed += record->state == SEEDANCE_RECORD_FAILED && record->size < 0;
  spent->in_doubt += seedance_record_is_in_doubt (record);
  add_tokens (spent, record->tokens);
  told |= add_words (spent->costs, record->cost);
  spent->untold += record->size >= 0 && !told;
}

/* Replaces the sums by texts, when all rows are added. */
static void
print_costs (gpointer data, gpointer unused)
{
  SeedanceSpent *spent = data;
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < spent->costs->len; i++) {
    const Cost *cost = g_ptr_array_index (spent->costs, i);
    gchar digits[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd (digits, sizeof digits, "%.4f", cost->value);
    if (strchr (digits, '.')) {
      gchar *end = digits + strlen (digits);

      while (end[-1] == '0')
        *--end = '\0';
      if (end[-1] == '.')
        end[-1] = '\0';
    }
    g_ptr_array_add (texts,
        g_strdup_printf ("%s%s%s", digits, *cost->unit ? " " : "", cost->unit));
  }
  g_ptr_array_unref (spent->costs);
  spent->costs = texts;
}

static const gchar *const statements[] = {
  [SEEDANCE_SPENT_BY_DAY] =
      "SELECT " SEEDANCE_ROW_COLUMNS
      ", date(created, 'unixepoch', 'localtime') AS grp FROM attempts "
      "WHERE NOT named AND created >= :since ORDER BY grp, id;",
  [SEEDANCE_SPENT_BY_PROVIDER] =
      "SELECT " SEEDANCE_ROW_COLUMNS ", provider AS grp FROM attempts "
      "WHERE NOT named AND created >= :since ORDER BY grp, id;",
  [SEEDANCE_SPENT_BY_KEY] =
      "SELECT " SEEDANCE_ROW_COLUMNS
      ", coalesce(key_hash, '?') AS grp FROM attempts "
      "WHERE NOT named AND created >= :since ORDER BY grp, id;",
};

static void
add_rows (GPtrArray *groups, SeedanceStatement *statement)
{
  SeedanceSpent *last = NULL;

  while (seedance_statement_step (statement)) {
    g_autoptr (SeedanceRecord) record = seedance_row_read (statement);
    g_autofree gchar *group =
        seedance_statement_get_text (statement, SEEDANCE_ROW_N);

    if (!last || g_strcmp0 (last->group, group ? group : "?") != 0) {
      last = spent_new (group ? group : "?");
      g_ptr_array_add (groups, last);
    }
    if (record)
      add_record (last, record);
    else
      last->damaged++;
  }
}

GPtrArray *
seedance_ledger_add_up (
    const gchar *dir, gint64 since, SeedanceSpentBy by, GError **error)
{
  GError *problem = NULL;
  SeedanceDb *db = seedance_db_begin (dir, SEEDANCE_DB_READ, &problem);
  GPtrArray *groups =
      g_ptr_array_new_with_free_func ((GDestroyNotify) seedance_spent_free);
  SeedanceStatement *statement;

  if (db) {
    statement = seedance_db_prepare (db, statements[by]);
    seedance_statement_set_integer (statement, ":since", since);
    add_rows (groups, statement);
    seedance_statement_free (statement);
    seedance_db_end (db, TRUE, &problem);
  }
  if (problem) {
    g_propagate_error (error, problem);
    g_ptr_array_unref (groups);
    return NULL;
  }
  g_ptr_array_foreach (groups, print_costs, NULL);

  return groups;
}

SeedanceSpent *
seedance_spent_total (const GPtrArray *groups)
{
  SeedanceSpent *total = spent_new ("total");

  for (guint i = 0; i < groups->len; i++) {
    const SeedanceSpent *group = g_ptr_array_index (groups, i);

    total->orders += group->orders;
    total->clips += group->clips;
    total->failed += group->failed;
    total->in_doubt += group->in_doubt;
    total->damaged += group->damaged;
    total->untold += group->untold;
    add_tokens (total, group->tokens);
    for (guint k = 0; k < group->costs->len; k++)
      add_words (total->costs, g_ptr_array_index (group->costs, k));
  }
  print_costs (total, NULL);

  return total;
}
