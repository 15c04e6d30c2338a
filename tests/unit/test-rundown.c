/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given lines of a rundown, those that are understood become items, each id
 * once, and the others say why. */

#include "rundown-kit.h"

#include <gio/gio.h>
#include <string.h>

#define MS (G_GINT64_CONSTANT (1000000))

static void
test_an_id_is_taken_once (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  rundown_add (rundown, "abcd");
  rundown_assert_refuses_id (rundown, "a");
  seedance_rundown_set_begun (rundown, "a", TRUE);
  seedance_rundown_finish (rundown, "a", "task", TRUE);
  seedance_rundown_finish (rundown, "b", NULL, FALSE);
  rundown_assert_refuses_id (rundown, "a");
  rundown_assert_refuses_id (rundown, "b");
  /* An order may be on its way. */
  seedance_rundown_set_begun (rundown, "c", TRUE);
  g_assert_true (seedance_rundown_remove (rundown, "c", NULL));
  rundown_assert_refuses_id (rundown, "c");
  g_assert_true (seedance_rundown_remove (rundown, "d", NULL));
  rundown_add (rundown, "d");
  rundown_assert_list (rundown, "d");
  seedance_rundown_free (rundown);
}

static void
test_insert_and_move (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();
  g_autoptr (SeedanceItem) item =
      rundown_item_of ("{\"id\":\"x\",\"uri\":\"y\"}");
  g_autoptr (GError) error = NULL;

  rundown_add (rundown, "abc");
  g_assert_false (seedance_rundown_insert (rundown, item, "z", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_true (seedance_rundown_insert (rundown, item, "b", NULL));
  rundown_assert_list (rundown, "axbc");
  g_assert_true (seedance_rundown_move (rundown, "a", "c", NULL));
  rundown_assert_list (rundown, "xbac");
  g_assert_true (seedance_rundown_move (rundown, "c", "x", NULL));
  rundown_assert_list (rundown, "cxba");
  g_assert_true (seedance_rundown_move (rundown, "c", NULL, NULL));
  rundown_assert_list (rundown, "xbac");
  g_assert_true (seedance_rundown_move (rundown, "b", "b", NULL));
  g_assert_true (seedance_rundown_move (rundown, "b", "a", NULL));
  rundown_assert_list (rundown, "xbac");
  g_assert_false (seedance_rundown_move (rundown, "b", "z", NULL));
  g_assert_false (seedance_rundown_move (rundown, "z", "b", NULL));
  g_assert_false (seedance_rundown_remove (rundown, "z", NULL));
  rundown_assert_list (rundown, "xbac");
  seedance_rundown_free (rundown);
}

static void
test_an_item_is_begun_until_that_is_taken_back (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  rundown_add (rundown, "ab");
  seedance_rundown_set_begun (rundown, "a", TRUE);
  g_assert_true (seedance_rundown_is_begun (rundown, "a"));
  seedance_rundown_set_begun (rundown, "a", FALSE);
  g_assert_false (seedance_rundown_is_begun (rundown, "a"));
  g_assert_false (seedance_rundown_is_begun (rundown, "z"));
  g_assert_null (seedance_rundown_find (rundown, "z"));
  seedance_rundown_free (rundown);
}

static void
test_lines_come_and_go (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  rundown_merge (rundown, "abc");
  rundown_assert_list (rundown, "abc");
  rundown_merge (rundown, "abcd");
  rundown_assert_list (rundown, "abcd");
  rundown_merge (rundown, "axbcdyz");
  rundown_assert_list (rundown, "axbcdyz");
  rundown_merge (rundown, "wabz");
  rundown_assert_list (rundown, "wabz");
  rundown_merge (rundown, "waBz");
  rundown_assert_list (rundown, "waBz");
  rundown_merge (rundown, "zBaw");
  rundown_assert_list (rundown, "zBaw");
  rundown_merge (rundown, "");
  rundown_assert_list (rundown, "");
  rundown_merge (rundown, "abc");
  rundown_assert_list (rundown, "abc");
  seedance_rundown_free (rundown);
}

static void
test_what_was_begun_stays (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  rundown_merge (rundown, "abcd");
  seedance_rundown_finish (rundown, "a", NULL, FALSE);
  seedance_rundown_set_begun (rundown, "b", TRUE);
  seedance_rundown_set_begun (rundown, "c", TRUE);
  rundown_merge (rundown, "xAyBzCD");
  /* Never before what is on air or on its way to it. */
  rundown_assert_list (rundown, "bcxyzD");
  rundown_merge (rundown, "");
  rundown_assert_list (rundown, "bc");
  seedance_rundown_finish (rundown, "b", NULL, FALSE);
  seedance_rundown_finish (rundown, "c", NULL, FALSE);
  rundown_merge (rundown, "abcd");
  rundown_assert_list (rundown, "d");
  seedance_rundown_free (rundown);
}

/* An attempt failed and will be made again: what was asked for stays what it
 * was, and who takes the line away takes the item away for good. */
static void
test_what_was_ever_begun_is_never_another_order (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  rundown_merge (rundown, "abc");
  seedance_rundown_set_begun (rundown, "a", TRUE);
  seedance_rundown_set_begun (rundown, "a", FALSE);
  seedance_rundown_set_begun (rundown, "b", TRUE);
  seedance_rundown_set_begun (rundown, "b", FALSE);
  rundown_merge (rundown, "ABC");
  rundown_assert_list (rundown, "abC");
  rundown_merge (rundown, "BC");
  rundown_assert_list (rundown, "bC");
  rundown_merge (rundown, "ABC");
  rundown_assert_list (rundown, "bC");
  g_assert_true (seedance_rundown_remove (rundown, "b", NULL));
  rundown_merge (rundown, "C");
  rundown_merge (rundown, "ABC");
  rundown_assert_list (rundown, "C");
  rundown_assert_refuses_id (rundown, "a");
  rundown_assert_refuses_id (rundown, "b");
  seedance_rundown_free (rundown);
}

static void
test_what_did_not_come_by_the_file_is_left_alone (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  rundown_add (rundown, "pq");
  rundown_merge (rundown, "ab");
  rundown_assert_list (rundown, "pqab");
  rundown_add (rundown, "r");
  rundown_merge (rundown, "abc");
  rundown_assert_list (rundown, "pqabcr");
  rundown_merge (rundown, "Pabc");
  rundown_assert_list (rundown, "pqabcr");
  rundown_merge (rundown, "");
  rundown_assert_list (rundown, "pqr");
  seedance_rundown_free (rundown);
}

static void
test_what_was_moved_by_hand_stays_there (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  rundown_merge (rundown, "abcd");
  seedance_rundown_move (rundown, "d", "a", NULL);
  rundown_merge (rundown, "abcde");
  rundown_assert_list (rundown, "deabc");
  rundown_merge (rundown, "bacde");
  rundown_assert_list (rundown, "bacde");
  seedance_rundown_free (rundown);
}

static void
remove_all (SeedanceRundown *rundown)
{
  while (seedance_rundown_get_length (rundown) > 0)
    seedance_rundown_remove (
        rundown, seedance_rundown_get (rundown, 0)->id, NULL);
}

/* A line that was removed by hand does not come back when another one is
 * appended, only when it was taken out of the file and put in again. */
static void
test_what_was_removed_by_hand_stays_away (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  rundown_merge (rundown, "abc");
  g_assert_true (seedance_rundown_remove (rundown, "b", NULL));
  rundown_merge (rundown, "abcd");
  rundown_assert_list (rundown, "acd");
  remove_all (rundown);
  rundown_merge (rundown, "abcde");
  rundown_assert_list (rundown, "e");
  rundown_merge (rundown, "ae");
  rundown_merge (rundown, "abe");
  rundown_assert_list (rundown, "be");
  seedance_rundown_free (rundown);
}

static void
test_an_id_given_twice_counts_once (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  rundown_merge (rundown, "aAba");
  rundown_assert_list (rundown, "ab");
  rundown_merge (rundown, "bBab");
  rundown_assert_list (rundown, "ba");
  seedance_rundown_free (rundown);
}

typedef struct {
  SeedanceRundown *rundown;
  GHashTable *begun; /* letter -> the item that was begun by it */
  guint step;
} Chance;

static gchar
pick_letter (void)
{
  return (gchar) ('a' + g_test_rand_int_range (0, 26));
}

static void
merge_any (Chance *chance)
{
  g_autoptr (GString) file = g_string_new (NULL);

  for (gint n = g_test_rand_int_range (0, 30); n > 0; n--)
    g_string_append_c (file, pick_letter ());
  rundown_merge (chance->rundown, file->str);
}

static SeedanceItem *
find_not_begun (SeedanceRundown *rundown)
{
  for (guint i = 0; i < seedance_rundown_get_length (rundown); i++) {
    SeedanceItem *item = seedance_rundown_get (rundown, i);

    if (!seedance_rundown_is_begun (rundown, item->id))
      return item;
  }

  return NULL;
}

static void
begin_next (Chance *chance)
{
  SeedanceItem *next = find_not_begun (chance->rundown);

  if (!next || g_test_rand_int_range (0, 4) != 0)
    return;
  /* The same item again after a failed attempt, or a new one. */
  g_assert_true (
      g_hash_table_lookup (chance->begun, GINT_TO_POINTER (*next->id)) ==
          next ||
      g_hash_table_insert (chance->begun, GINT_TO_POINTER (*next->id), next));
  seedance_rundown_set_begun (chance->rundown, next->id, TRUE);
}

static void
end_any (Chance *chance, const gchar *id)
{
  if (!seedance_rundown_is_begun (chance->rundown, id))
    return;
  if (chance->step % 3 == 0)
    seedance_rundown_set_begun (chance->rundown, id, FALSE);
  else
    seedance_rundown_finish (chance->rundown, id, "t", chance->step % 2);
}

static void
insert_any (Chance *chance, const gchar *id, const gchar *before)
{
  g_autoptr (GPtrArray) items = rundown_lines_of (id);

  seedance_rundown_insert (
      chance->rundown, g_ptr_array_index (items, 0), before, NULL);
}

static void
do_anything (Chance *chance)
{
  const gchar id[] = { pick_letter (), '\0' };
  const gchar other[] = { pick_letter (), '\0' };

  switch (g_test_rand_int_range (0, 8)) {
    case 0:
      merge_any (chance);
      break;
    case 1:
      begin_next (chance);
      break;
    case 2:
      end_any (chance, id);
      break;
    case 3:
      seedance_rundown_remove (chance->rundown, id, NULL);
      break;
    case 4:
      if (chance->step % 16 == 0)
        remove_all (chance->rundown);
      break;
    case 5:
      insert_any (chance, id, other);
      break;
    default:
      seedance_rundown_move (chance->rundown, id, other, NULL);
  }
}

/* Whatever happens in whatever order, an id that was begun is never in the list
 * again, and none is in it twice. */
static void
test_no_order_of_events_takes_an_id_twice (void)
{
  g_autoptr (GHashTable) begun = g_hash_table_new (NULL, NULL);
  Chance chance = { .rundown = seedance_rundown_new (), .begun = begun };

  for (; chance.step < 20000; chance.step++) {
    g_autofree gchar *letters = NULL;

    do_anything (&chance);
    letters = rundown_list (chance.rundown);
    for (gchar *l = letters; *l; l++)
      g_assert_null (strchr (l + 1, *l));
    if (g_hash_table_size (begun) == 26) {
      seedance_rundown_free (chance.rundown);
      chance.rundown = seedance_rundown_new ();
      g_hash_table_remove_all (begun);
    }
  }
  seedance_rundown_free (chance.rundown);
}

/* Of a letter for each item, newest first: those that were on air, and those
 * that were passed over. */
static SeedancePast *
past_of (const gchar *played, const gchar *passed_over)
{
  SeedancePast *past = seedance_past_new ();

  for (; *played; played++) {
    g_autofree gchar *id = g_strndup (played, 1);
    g_autofree gchar *task_id = g_strconcat ("task-", id, NULL);

    g_ptr_array_add (past->played, g_strdup (id));
    g_hash_table_add (past->done, g_strdup (id));
    g_hash_table_add (past->whole, g_strdup (id));
    seedance_past_keep (past, id, task_id, NULL, -1);
  }
  for (; *passed_over; passed_over++)
    g_hash_table_add (past->done, g_strndup (passed_over, 1));

  return past;
}

static void
start_behind (SeedanceRundown *rundown, const gchar *played,
    const gchar *passed_over, const gchar *last)
{
  g_autoptr (SeedancePast) past = past_of (played, passed_over);

  g_assert_cmpstr (
      seedance_rundown_start_behind (rundown, past, FALSE), ==, last);
}

static void
test_a_restart_goes_on_behind_the_last (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  rundown_merge (rundown, "abcde");
  start_behind (rundown, "", "", NULL);
  rundown_assert_list (rundown, "abcde");
  /* z was enqueued in the run before. */
  start_behind (rundown, "zca", "b", "c");
  rundown_assert_list (rundown, "de");
  rundown_assert_refuses_id (rundown, "b");
  rundown_merge (rundown, "aBcdef");
  rundown_assert_list (rundown, "def");
  rundown_assert_replay (rundown, "a", "task-a");
  rundown_assert_replay (rundown, "c", "task-c");
  rundown_assert_replay (rundown, "a", "task-a");
  seedance_rundown_free (rundown);
}

/* Orders are made ahead of the air, and end in any order. */
static void
test_a_restart_plays_what_stands_before_a_failure (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  rundown_merge (rundown, "abcdef");
  start_behind (rundown, "b", "ef", "b");
  rundown_assert_list (rundown, "cd");
  seedance_rundown_free (rundown);
  rundown = seedance_rundown_new ();
  rundown_merge (rundown, "abcdef");
  start_behind (rundown, "", "ca", NULL);
  rundown_assert_list (rundown, "bdef");
  seedance_rundown_free (rundown);
}

/* They wait for another attempt, or were put before what was on air. */
static void
test_a_restart_plays_what_was_begun_and_overtaken (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();
  g_autoptr (SeedancePast) past = past_of ("ca", "e");

  g_hash_table_add (past->begun, g_strdup ("a"));
  g_hash_table_add (past->begun, g_strdup ("b"));
  g_hash_table_add (past->begun, g_strdup ("e"));
  rundown_merge (rundown, "abdcef");
  g_assert_cmpstr (
      seedance_rundown_start_behind (rundown, past, FALSE), ==, "c");
  rundown_assert_list (rundown, "bf");
  g_assert_true (seedance_rundown_is_noted (rundown, "b"));
  g_assert_false (seedance_rundown_was_begun (rundown, "b"));
  g_assert_false (seedance_rundown_is_noted (rundown, "f"));
  seedance_rundown_set_begun (rundown, "f", TRUE);
  g_assert_true (seedance_rundown_is_noted (rundown, "f"));
  seedance_rundown_free (rundown);
}

/* The application enqueued xyz before the file was there, and x and y were
 * begun. The log has x of the run before. */
static void
test_a_late_file_takes_out_nothing_of_this_run (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  rundown_add (rundown, "xyz");
  seedance_rundown_set_begun (rundown, "x", TRUE);
  seedance_rundown_set_begun (rundown, "y", TRUE);
  rundown_merge (rundown, "abcd");
  start_behind (rundown, "cx", "", "c");
  rundown_assert_list (rundown, "xyzd");
  g_assert_true (seedance_rundown_is_begun (rundown, "y"));
  seedance_rundown_free (rundown);
}

/* The items x and y of properties are there before the file is. The log has x,
 * and lines of the file. */
static void
test_a_late_file_goes_on_behind_its_last (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();
  g_autoptr (SeedancePast) past = past_of ("cx", "");

  g_hash_table_add (past->begun, g_strdup ("b"));
  rundown_add (rundown, "xy");
  g_assert_cmpstr (
      seedance_rundown_start_behind (rundown, past, TRUE), ==, "x");
  rundown_assert_list (rundown, "y");
  rundown_merge (rundown, "abcd");
  g_assert_cmpstr (
      seedance_rundown_start_behind (rundown, past, FALSE), ==, "c");
  rundown_assert_list (rundown, "ybd");
  g_assert_true (seedance_rundown_is_noted (rundown, "b"));
  rundown_assert_replay (rundown, "x", "task-x");
  rundown_assert_replay (rundown, "c", "task-c");
  rundown_assert_replay (rundown, "x", "task-x");
  seedance_rundown_free (rundown);
}

/* Its line was not in the file yet when the run began. */
static void
test_a_restart_takes_no_late_line_of_what_was_played (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  rundown_merge (rundown, "ab");
  start_behind (rundown, "cba", "", "b");
  rundown_merge (rundown, "abcd");
  rundown_assert_list (rundown, "d");
  seedance_rundown_free (rundown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) g_test_add_func ("/rundown/" path, test_##name)
  ADD ("list/id-once", an_id_is_taken_once);
  ADD ("list/insert-and-move", insert_and_move);
  ADD ("list/begun", an_item_is_begun_until_that_is_taken_back);
  ADD ("merge/come-and-go", lines_come_and_go);
  ADD ("merge/begun", what_was_begun_stays);
  ADD ("merge/ever-begun", what_was_ever_begun_is_never_another_order);
  ADD ("merge/enqueued", what_did_not_come_by_the_file_is_left_alone);
  ADD ("merge/moved", what_was_moved_by_hand_stays_there);
  ADD ("merge/removed", what_was_removed_by_hand_stays_away);
  ADD ("merge/twice", an_id_given_twice_counts_once);
  ADD ("merge/random", no_order_of_events_takes_an_id_twice);
  ADD ("restart/behind", a_restart_goes_on_behind_the_last);
  ADD ("restart/failures", a_restart_plays_what_stands_before_a_failure);
  ADD ("restart/begun", a_restart_plays_what_was_begun_and_overtaken);
  ADD ("restart/late-file", a_late_file_takes_out_nothing_of_this_run);
  ADD ("restart/late-place", a_late_file_goes_on_behind_its_last);
  ADD ("restart/late", a_restart_takes_no_late_line_of_what_was_played);

  return g_test_run ();
}
