/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rundowns of tens of thousands of items. */
#include "asrun.h"
#include "rundown-kit.h"

#include <time.h>

/* The time that this process has used, in seconds. Time on the clock would
 * count what other processes do meanwhile. */
static gdouble
get_used (void)
{
  return (gdouble) clock () / CLOCKS_PER_SEC;
}

/* The output waits for the lock that is held meanwhile. */
static void
test_long_lists_are_looked_through_at_once (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();
  g_autoptr (GPtrArray) items =
      g_ptr_array_new_with_free_func ((GDestroyNotify) seedance_item_unref);
  gdouble began, merged, looked;

  for (guint i = 0; i < 20000; i++) {
    g_autofree gchar *line =
        g_strdup_printf ("{\"id\":%u,\"prompt\":\"x\"}", i);

    g_ptr_array_add (items, rundown_item_of (line));
  }
  began = get_used ();
  for (guint i = 0; i < 3; i++)
    seedance_rundown_merge (rundown, items);
  merged = (get_used () - began) / 3;
  began = get_used ();
  for (guint i = 0; i < seedance_rundown_get_length (rundown); i++)
    g_assert_false (seedance_rundown_is_begun (
        rundown, seedance_rundown_get (rundown, i)->id));
  looked = get_used () - began;
  g_test_message ("20,000 lines: merged in %.3f s, looked through in %.4f s",
      merged, looked);
  g_assert_cmpuint (seedance_rundown_get_length (rundown), ==, 20000);
  /* One by one, a look at each would take as long as hundreds of merges. */
  g_assert_cmpfloat (looked, <, 30 * merged);
  seedance_rundown_free (rundown);
}

typedef void (*Change) (SeedanceRundown *rundown, GPtrArray *items);

static void
clear (SeedanceRundown *rundown, GPtrArray *items)
{
  seedance_rundown_clear (rundown, "1");
  g_assert_cmpuint (seedance_rundown_get_length (rundown), ==, 1);
}

static void
go_on_behind_the_middle (SeedanceRundown *rundown, GPtrArray *items)
{
  g_autoptr (SeedancePast) past = seedance_past_new ();

  for (guint i = items->len / 2; i-- > 0;) {
    const gchar *id = ((SeedanceItem *) g_ptr_array_index (items, i))->id;

    g_ptr_array_add (past->played, g_strdup (id));
    g_hash_table_add (past->done, g_strdup (id));
    seedance_past_keep (past, id, id, NULL, -1);
  }
  seedance_rundown_start_behind (rundown, past, FALSE);
  g_assert_cmpuint (
      seedance_rundown_get_length (rundown), ==, items->len - items->len / 2);
}

static void
take_out_half_and_put_it_back (SeedanceRundown *rundown, GPtrArray *items)
{
  g_autoptr (GPtrArray) half = g_ptr_array_new ();

  for (guint i = items->len / 2; i < items->len; i++)
    g_ptr_array_add (half, g_ptr_array_index (items, i));
  seedance_rundown_merge (rundown, half);
  g_assert_cmpuint (seedance_rundown_get_length (rundown), ==, half->len);
  seedance_rundown_merge (rundown, items);
  g_assert_cmpuint (seedance_rundown_get_length (rundown), ==, items->len);
  g_assert_true (
      seedance_rundown_get (rundown, 0) == g_ptr_array_index (items, 0));
}

/* The same: a list that is four times as long takes four times as long, and not
 * sixteen times. No change takes much longer than reading all lines. */
static void
test_long_lists_are_changed_at_once (gconstpointer change)
{
  gdouble began, took[2], merged;

  for (guint round = 0; round < 2; round++) {
    SeedanceRundown *rundown = seedance_rundown_new ();
    g_autoptr (GPtrArray) items =
        g_ptr_array_new_with_free_func ((GDestroyNotify) seedance_item_unref);

    for (guint i = 0; i < 20000u << (2 * round); i++) {
      g_autofree gchar *line =
          g_strdup_printf ("{\"id\":%u,\"prompt\":\"x\"}", i);

      g_ptr_array_add (items, rundown_item_of (line));
    }
    began = get_used ();
    seedance_rundown_merge (rundown, items);
    merged = get_used () - began;
    began = get_used ();
    ((Change) change) (rundown, items);
    took[round] = get_used () - began;
    seedance_rundown_free (rundown);
  }
  g_test_message (
      "20,000 lines: %.4f s, 80,000 lines: %.4f s, %.4f s to merge them",
      took[0], took[1], merged);
  g_assert_cmpfloat (took[1], <, 10 * took[0] + 0.1);
  g_assert_cmpfloat (took[1], <, 4 * merged);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rundown/long/looked-through",
      test_long_lists_are_looked_through_at_once);
  g_test_add_data_func (
      "/rundown/long/clear", clear, test_long_lists_are_changed_at_once);
  g_test_add_data_func ("/rundown/long/restart", go_on_behind_the_middle,
      test_long_lists_are_changed_at_once);
  g_test_add_data_func ("/rundown/long/lines", take_out_half_and_put_it_back,
      test_long_lists_are_changed_at_once);

  return g_test_run ();
}
