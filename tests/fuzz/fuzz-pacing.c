/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A line with the interval that the user asked for, then a history of times as
 * the ledger keeps it. */
#include "fuzz.h"

#include "pacing.h"

#define CEILING 60000
#define HOUR 3600000
/* Of polls in an hour at the floor of 100 ms that the interval has. */
#define POLLS_MAX 36001

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *line = fuzz_take_line (&data, &size);
  g_autofree gchar *text = fuzz_take_text (data, size);
  guint64 interval = 100 + g_ascii_strtoull (line, NULL, 10) % G_MAXUINT32;
  SeedancePacing pacing = { 0 }, again = { 0 };
  g_autofree gchar *first = NULL, *second = NULL;
  guint64 elapsed = 0;

  seedance_pacing_from_text (&pacing, text);
  g_assert_true (pacing.count <= SEEDANCE_PACING_MAX);
  first = seedance_pacing_to_text (&pacing);
  seedance_pacing_from_text (&again, first);
  second = seedance_pacing_to_text (&again);
  g_assert_cmpstr (first, ==, second);

  for (guint polls = 0; elapsed < HOUR; polls++) {
    guint64 wait = seedance_pacing_next (&pacing, elapsed, interval);

    g_assert_true (wait >= MIN (interval, 1000));
    g_assert_true (wait <= MAX (interval, CEILING) || polls == 0);
    g_assert_true (polls < POLLS_MAX);
    elapsed += wait;
  }
  return 0;
}
