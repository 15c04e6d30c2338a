/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Items that were whole on air are kept for replays, which never cost
 * anything. */

#include "rundown-kit.h"

#define MS (G_GINT64_CONSTANT (1000000))

static void
play (SeedanceRundown *rundown, const gchar *id, const gchar *task_id)
{
  seedance_rundown_set_begun (rundown, id, TRUE);
  seedance_rundown_finish (rundown, id, task_id, TRUE);
}

static void
test_replays_take_turns (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  g_assert_null (seedance_rundown_replay (rundown));
  rundown_add (rundown, "abcdef");
  play (rundown, "a", "task-a");
  rundown_assert_replay (rundown, "a", "task-a");
  rundown_assert_replay (rundown, "a", "task-a");
  play (rundown, "b", "task-b");
  rundown_assert_replay (rundown, "a", "task-a");
  rundown_assert_replay (rundown, "b", "task-b");
  /* Failed, or nobody knows its task: nothing that could be had for free. */
  seedance_rundown_finish (rundown, "c", "task-c", FALSE);
  seedance_rundown_finish (rundown, "d", NULL, TRUE);
  rundown_assert_replay (rundown, "a", "task-a");
  /* The same clip as b, and just shown. */
  play (rundown, "e", "task-b");
  rundown_assert_replay (rundown, "a", "task-a");
  rundown_assert_replay (rundown, "e", "task-b");
  rundown_assert_replay (rundown, "a", "task-a");
  seedance_rundown_free (rundown);
}

static void
test_a_replay_that_is_lost_is_forgotten (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();
  g_autoptr (SeedanceItem) replay = NULL;

  rundown_add (rundown, "ab");
  play (rundown, "a", "task-a");
  play (rundown, "b", "task-b");
  replay = seedance_rundown_replay (rundown);
  g_assert_true (seedance_rundown_keeps_replay (rundown, replay));
  g_assert_true (seedance_rundown_forget_replay (rundown, replay));
  g_assert_false (seedance_rundown_keeps_replay (rundown, replay));
  g_assert_false (seedance_rundown_forget_replay (rundown, replay));
  g_assert_cmpuint (seedance_rundown_count_replays (rundown), ==, 1);
  rundown_assert_replay (rundown, "b", "task-b");
  rundown_assert_replay (rundown, "b", "task-b");
  seedance_rundown_free (rundown);
}

/* A repeat that was chosen under the first id is still that clip. */
static void
test_a_clip_is_kept_under_its_last_id (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();
  g_autoptr (SeedanceItem) replay = NULL;

  rundown_add (rundown, "ab");
  play (rundown, "a", "task-a");
  replay = seedance_rundown_replay (rundown);
  play (rundown, "b", "task-a");
  g_assert_true (seedance_rundown_keeps_replay (rundown, replay));
  g_assert_false (seedance_rundown_drop_replays (rundown, "a"));
  g_assert_true (seedance_rundown_drop_replays (rundown, "b"));
  g_assert_false (seedance_rundown_keeps_replay (rundown, replay));
  seedance_rundown_free (rundown);
}

/* The operator does not want to see it again. */
static void
test_what_was_removed_is_not_replayed (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  rundown_add (rundown, "abc");
  play (rundown, "a", "task-a");
  play (rundown, "b", "task-b");
  g_assert_true (seedance_rundown_drop_replays (rundown, "a"));
  g_assert_false (seedance_rundown_drop_replays (rundown, "a"));
  g_assert_false (seedance_rundown_drop_replays (rundown, NULL));
  rundown_assert_replay (rundown, "b", "task-b");
  rundown_assert_replay (rundown, "b", "task-b");
  seedance_rundown_clear (rundown, "c");
  g_assert_null (seedance_rundown_replay (rundown));
  play (rundown, "c", "task-b");
  rundown_assert_replay (rundown, "c", "task-b");
  seedance_rundown_free (rundown);
}

static void
test_files_are_replayed_with_their_points (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();
  g_autoptr (SeedanceItem) item = rundown_item_of (
      "{\"id\":\"j\",\"uri\":\"/j.mp4\",\"in\":1,\"out\":2,\"metadata\":[1]}");
  g_autoptr (SeedanceItem) replay = NULL;

  seedance_rundown_enqueue (rundown, item, NULL);
  play (rundown, "j", NULL);
  replay = seedance_rundown_replay (rundown);
  g_assert_cmpstr (replay->uri, ==, "file:///j.mp4");
  g_assert_null (replay->task_id);
  g_assert_cmpint (replay->in, ==, 1000 * MS);
  g_assert_cmpint (replay->out, ==, 2000 * MS);
  g_assert_cmpstr (replay->metadata, ==, "[1]");
  seedance_rundown_free (rundown);
}

static void
test_replays_are_bounded (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  for (guint i = 0; i < 1500; i++) {
    g_autofree gchar *line =
        g_strdup_printf ("{\"id\":%u,\"task-id\":\"t-%u\"}", i, i);
    g_autoptr (SeedanceItem) item = rundown_item_of (line);

    seedance_rundown_enqueue (rundown, item, NULL);
    play (rundown, item->id, NULL);
  }
  rundown_assert_replay (rundown, "500", "t-500");
  seedance_rundown_free (rundown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) g_test_add_func ("/rundown/replay/" path, test_##name)
  ADD ("turns", replays_take_turns);
  ADD ("lost", a_replay_that_is_lost_is_forgotten);
  ADD ("two-ids", a_clip_is_kept_under_its_last_id);
  ADD ("removed", what_was_removed_is_not_replayed);
  ADD ("points", files_are_replayed_with_their_points);
  ADD ("bounded", replays_are_bounded);

  return g_test_run ();
}
