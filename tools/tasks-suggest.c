/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A word is close if few letters differ. Names that other programs use are
 * looked up first. */
#include "tasks-suggest.h"

#include <string.h>

#define TYPED_MAX 32

/* Names that other programs have for the same commands. */
static const gchar *const aliases[][2] = {
  { "ls", "list" },
  { "show", "list" },
  { "status", "list" },
  { "rm", "forget" },
  { "remove", "forget" },
  { "delete", "forget" },
  { "clean", "prune" },
  { "gc", "prune" },
  { "play", "launch" },
  { "run", "launch" },
};

/* Returns how many letters have to be inserted, left out, changed or swapped
 * with their neighbour to turn @a into @b. */
static guint
distance (const gchar *a, const gchar *b)
{
  guint cost[TYPED_MAX + 2][TYPED_MAX + 2];
  guint length_a = (guint) strlen (a), length_b = (guint) strlen (b);

  if (length_a > TYPED_MAX || length_b > TYPED_MAX)
    return G_MAXUINT;
  for (guint i = 0; i <= length_a; i++)
    cost[i][0] = i;
  for (guint k = 0; k <= length_b; k++)
    cost[0][k] = k;
  for (guint i = 1; i <= length_a; i++) {
    for (guint k = 1; k <= length_b; k++) {
      guint best = cost[i - 1][k - 1] + (a[i - 1] != b[k - 1]);

      best = MIN (best, cost[i - 1][k] + 1);
      best = MIN (best, cost[i][k - 1] + 1);
      if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
        best = MIN (best, cost[i - 2][k - 2] + 1);
      cost[i][k] = best;
    }
  }

  return cost[length_a][length_b];
}

const gchar *
tasks_suggest (const gchar *typed, const gchar *const *words)
{
  g_autofree gchar *lower = g_ascii_strdown (typed, -1);
  const gchar *closest = NULL;
  guint least = G_MAXUINT;

  for (guint i = 0; i < G_N_ELEMENTS (aliases); i++) {
    if (g_str_equal (aliases[i][0], lower) &&
        g_strv_contains (words, aliases[i][1]))
      return aliases[i][1];
  }
  for (; *words; words++) {
    guint far = distance (lower, *words);

    if (far < least && far <= MAX (1, strlen (*words) / 3 + 1)) {
      least = far;
      closest = *words;
    }
  }

  return closest;
}
