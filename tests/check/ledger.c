/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the ledger remembers when the clip's bytes are gone, whatever key comes:
 * counted in POSTs. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "ledger.h"
#include "plays.h"

#define ALWAYS CLIP "reuse=always "
#define KITE "prompt=kite "
#define TRAIN "prompt=train "
#define READY "SELECT count(*) FROM attempts WHERE state = 'ready';"
#define PLAYED "SELECT count(*) FROM attempts WHERE state = 'played';"

/* Until @is_so, which only what becomes of files in the state folder
 * changes. */
static void
wait_for_folder (gboolean (*is_so) (gconstpointer data), gconstpointer data)
{
  g_autofree gchar *dir = test_home_state_dir ();
  gint fd = inotify_init1 (IN_CLOEXEC);
  gchar events[4096];

  fail_unless (inotify_add_watch (fd, dir, IN_DELETE | IN_MOVED_TO) >= 0);
  while (!is_so (data))
    fail_unless (read (fd, events, sizeof events) > 0);
  close (fd);
}

static gboolean
is_one_clip_left (gconstpointer data)
{
  return test_count_clips () == 1;
}

/* The third one needs the room of the first two. */
GST_START_TEST (a_clip_that_made_room_is_fetched_again_by_its_id)
{
  test_play_elsewhere ("reuse=always");
  test_play_elsewhere (KITE "reuse=always");
  g_setenv ("SEEDANCE_STATE_MAX_SIZE", "1kB", TRUE);
  test_play_nth (2, TRAIN "reuse=always");
  wait_for_folder (is_one_clip_left, NULL);
  test_play_nth (0, "reuse=always");
  test_play_nth (1, KITE "reuse=always");
  assert_posts (service, 3);
}
GST_END_TEST

/* The first clip of this process went into another folder. */
GST_START_TEST (each_folder_is_pruned)
{
  g_autofree gchar *other = test_home_path ("other");
  g_autofree gchar *first =
      g_strdup_printf ("reuse=always state-dir=\"%s\"", other);

  test_play_elsewhere ("reuse=always");
  test_play_elsewhere (KITE "reuse=always");
  g_setenv ("SEEDANCE_STATE_MAX_SIZE", "1kB", TRUE);
  test_play_nth (2, first);
  test_play_nth (3, TRAIN "reuse=always");
  wait_for_folder (is_one_clip_left, NULL);
  assert_posts (service, 4);
}
GST_END_TEST

GST_START_TEST (a_clip_that_seedance_tasks_pruned_is_fetched_again)
{
  test_play_nth (0, "reuse=always");
  /* A clip that was not played is not pruned. */
  test_ledger_wait (PLAYED, TRUE);
  test_call_tasks ("prune", "--max-size", "0");
  fail_unless_equals_int (test_count_clips (), 0);
  test_play_nth (0, "reuse=always");
  fail_unless_equals_int (test_count_clips (), 1);
  assert_posts (service, 1);
}
GST_END_TEST

/* Played already, or only prerolled. */
GST_START_TEST (a_clip_that_was_removed_by_hand_is_fetched_again)
{
  if (__i__ == 0) {
    test_play_elsewhere ("reuse=always");
  } else {
    TestRun *run = test_run_new (ALWAYS "! fakesink");

    test_run_start (run, GST_STATE_PAUSED);
    test_run_wait_done (run);
    test_run_free (run);
  }
  test_remove_clips ();
  test_play_nth (0, __i__ == 2 ? "" : "reuse=always");
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_clip_that_a_newer_one_replaced_is_fetched_by_its_id)
{
  g_autofree gchar *id = NULL, *by_id = NULL;

  test_play_nth (0, "");
  test_play_nth (1, "");
  id = test_service_get_task (service, 0, "id");
  by_id = g_strdup_printf ("task-id=%s", id);
  test_ledger_wait (
      "SELECT count(*) = 2 FROM attempts WHERE state = 'played';", TRUE);
  test_call_tasks ("prune", "--max-size", "0");
  fail_unless_equals_int (test_count_clips (), 0);
  test_play_nth (0, by_id);
  test_play_nth (1, "reuse=always");
  assert_posts (service, 2);
}
GST_END_TEST

/* A clip that was fetched again has been played as much as before. */
GST_START_TEST (a_clip_that_was_fetched_again_counts_as_played)
{
  test_play_elsewhere ("");
  test_remove_clips ();
  test_play_nth (0, "reuse=always");
  test_play_nth (1, "");
  assert_posts (service, 2);
}
GST_END_TEST

GST_START_TEST (a_clip_that_the_service_forgot_is_not_bought_again_by_itself)
{
  test_play_elsewhere ("reuse=always");
  test_remove_clips ();
  test_service_fault (service, "poll:status=404");
  test_fail_to_play ("reuse=always", "does not know it");
  test_service_fault (service, "");
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_size_that_is_none_deletes_and_orders_nothing)
{
  static const gchar *const sizes[] = { "", "4 apples", "-1", "99999999999T",
    "1e9" };

  test_play_elsewhere ("");
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_setenv ("SEEDANCE_STATE_MAX_SIZE", sizes[i], TRUE);
    test_fail_to_play (KITE, "SEEDANCE_STATE_MAX_SIZE");
    test_fail_to_play ("reuse=always", "SEEDANCE_STATE_MAX_SIZE");
  }
  fail_unless_equals_int (test_count_clips (), 1);
  assert_posts (service, 1);
}
GST_END_TEST

/* Read as four bytes, it would take the first clip away. */
GST_START_TEST (a_size_has_a_unit)
{
  test_play_elsewhere ("");
  g_setenv ("SEEDANCE_STATE_MAX_SIZE", "4GiB", TRUE);
  test_play_nth (1, KITE);
  test_play_nth (2, TRAIN "reuse=never");
  test_call_tasks ("prune", "--max-size", "4GiB");
  fail_unless_equals_int (test_count_clips (), 3);
}
GST_END_TEST

/* What the environment and the properties say instead of the key. */
static const struct {
  const gchar *key, *properties;
} keys[] = {
  { TEST_KEY, "" },
  { "another-key", "" },
  { NULL, "" },
  { "", "" },
  { "two words", "" },
  { NULL, "api-key-file=/does/not/exist" },
  { NULL, "api-key-file=/dev/zero" },
  { NULL, "api-key=\"\"" },
};

static void
set_key (const gchar *key)
{
  if (key)
    g_setenv ("SEEDANCE_API_KEY", key, TRUE);
  else
    g_unsetenv ("SEEDANCE_API_KEY");
}

/* A run that ends while the clip is made. */
static void
order_and_leave (void)
{
  TestRun *run = test_run_new (CLIP "! fakesink");

  test_service_fault (service, "poll:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  test_run_free (run);
  test_service_fault (service, "");
  test_service_release (service);
}

/* … and one when it is stored, but was not played. */
static void
order_and_preroll (void)
{
  TestRun *run = test_run_new (CLIP "! fakesink");

  test_run_start (run, GST_STATE_PAUSED);
  test_run_wait_done (run);
  test_ledger_wait (READY, TRUE);
  test_run_free (run);
}

GST_START_TEST (a_stored_clip_plays_with_any_key_and_with_none)
{
  g_autofree gchar *id = NULL, *by_id = NULL;
  gint64 polls;

  test_play_nth (0, "reuse=always");
  id = test_service_get_task (service, 0, "id");
  by_id = g_strdup_printf ("task-id=%s ", id);
  polls = test_service_count (service, "polls");
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    g_autofree gchar *line = g_strconcat (by_id, keys[i].properties, NULL);
    g_autofree gchar *always =
        g_strconcat ("reuse=always ", keys[i].properties, NULL);

    set_key (keys[i].key);
    test_play_nth (0, always);
    test_play_nth (0, line);
  }
  assert_posts (service, 1);
  assert_count (service, "polls", polls);
}
GST_END_TEST

GST_START_TEST (a_stored_clip_that_was_not_played_plays_without_a_key)
{
  order_and_preroll ();
  set_key (keys[__i__].key);
  test_play_nth (0, keys[__i__].properties);
  assert_posts (service, 1);
}
GST_END_TEST

/* Its clip is played by then, so that another element would need a key. */
GST_START_TEST (an_element_replays_its_own_clip_without_a_key)
{
  TestRun *run;
  g_autofree gchar *prompt = NULL;

  order_and_preroll ();
  set_key (NULL);
  run = test_run_new (CLIP "! fakesink");
  test_run_to_end (run);
  test_run_stop (run);
  test_ledger_wait (PLAYED, TRUE);
  test_run_to_end (run);
  test_run_stop (run);
  /* Another order of this element has no clip. */
  g_object_get (run->src, "prompt", &prompt, NULL);
  g_object_set (run->src, "prompt", "kite", NULL);
  test_run_to_error (run);
  test_run_stop (run);
  g_object_set (run->src, "prompt", prompt, NULL);
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* What has to be asked for needs the key, and is not ordered without. */
GST_START_TEST (what_is_not_stored_needs_a_key)
{
  test_play_elsewhere ("");
  set_key (NULL);
  test_fail_to_play ("", "No API key");
  test_fail_to_play (KITE, "No API key");
  test_fail_to_play ("reuse=never", "No API key");
  test_remove_clips ();
  test_fail_to_play ("reuse=always", "No API key");
  assert_posts (service, 1);
  set_key (TEST_KEY);
  test_play_nth (0, "reuse=always");
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_task_of_another_key_is_not_bought_again)
{
  gint64 polls;

  order_and_leave ();
  polls = test_service_count (service, "polls");
  set_key ("another-key");
  test_fail_to_play ("", "ordered with another API key");
  test_fail_to_play ("reuse=always", "ordered with another API key");
  assert_posts (service, 1);
  /* It is refused at the first question. */
  assert_count (service, "polls", polls + 2);
  set_key (TEST_KEY);
  test_play_nth (0, "");
  assert_posts (service, 1);
}
GST_END_TEST

/* An account gets a new key from time to time. */
GST_START_TEST (a_task_of_an_older_key_is_fetched_with_the_new_one)
{
  order_and_leave ();
  test_ledger_change ("UPDATE attempts SET key_hash = '00' || key_hash;");
  test_play_nth (0, "");
  assert_posts (service, 1);
}
GST_END_TEST

/* A ledger out of another hand steers no terminal. */
GST_START_TEST (a_planted_id_is_neither_sent_nor_shown)
{
  TestRun *run;
  g_autoptr (GError) error = NULL;
  gint64 polls;

  order_and_leave ();
  polls = test_service_count (service, "polls");
  test_ledger_change (
      "UPDATE attempts SET task_id = char(27) || '[31m' || task_id;");
  run = test_run_new (CLIP "! fakesink");
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (strchr (error->message, '\x1b') == NULL);
  fail_unless (strstr (error->message, "not to be sent or shown") != NULL, "%s",
      error->message);
  test_run_free (run);
  assert_posts (service, 1);
  assert_count (service, "polls", polls);
}
GST_END_TEST

/* The clip of the next order is rendered at once: it was before. */
static void
answer_polls_with (const gchar *fault)
{
  test_play_elsewhere ("");
  test_service_fault (service, fault);
}

GST_START_TEST (the_list_tells_what_was_asked_for_and_what_it_cost)
{
  static const gchar *const facts[] = { "\"resolution\":\t\"480p\"",
    "\"duration\":\t1", "\"cost\":\t\"108900 tokens\"",
    "\"state\":\t\"played\"" };
  g_autoptr (GSubprocess) process = NULL;
  g_autofree gchar *said = NULL;

  answer_polls_with (
      "poll:body={\"status\":\"succeeded\",\"video_url\":\"@URL@\","
      "\"usage\":{\"total_tokens\":108900}}");
  test_play_elsewhere ("reuse=never ");
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL,
      g_getenv ("SEEDANCE_TASKS"), "list", "--json", NULL);
  fail_unless (
      g_subprocess_communicate_utf8 (process, NULL, NULL, &said, NULL, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    fail_unless (strstr (said, facts[i]) != NULL, "%s: %s", facts[i], said);
}
GST_END_TEST

GST_START_TEST (the_message_of_the_task_tells_what_it_used)
{
  TestRun *run = test_run_new (CLIP "reuse=never ! fakesink");
  const GstStructure *task;
  gint64 seed, tokens;

  answer_polls_with (
      "poll:body={\"status\":\"succeeded\",\"video_url\":\"@URL@\",\"seed\":7,"
      "\"usage\":{\"total_tokens\":108900,\"cost\":\"0.42 USD\"},"
      "\"last_frame_url\":\"https://h.test/last.png\"}");
  test_run_to_end (run);
  task = gst_message_get_structure (test_run_wait_task (run, "succeeded"));
  fail_unless (gst_structure_get (task, "seed", G_TYPE_INT64, &seed, "tokens",
      G_TYPE_INT64, &tokens, NULL));
  fail_unless_equals_int64 (seed, 7);
  fail_unless_equals_int64 (tokens, 108900);
  fail_unless_equals_string (
      gst_structure_get_string (task, "cost"), "0.42 USD");
  fail_unless_equals_string (gst_structure_get_string (task, "last-frame-url"),
      "https://h.test/last.png");
  test_run_free (run);
}
GST_END_TEST

/* Who may write it may say that a clip was paid for, or was not. */
GST_START_TEST (a_folder_that_others_may_write_is_not_used)
{
  g_autofree gchar *dir = test_home_state_dir ();
  TestRun *run = test_run_new (CLIP "! fakesink");

  test_play_elsewhere ("");
  fail_unless (g_chmod (dir, 0777) == 0);
  fail_unless_equals_int (
      gst_element_set_state (run->pipeline, GST_STATE_PLAYING),
      GST_STATE_CHANGE_FAILURE);
  test_run_free (run);
  test_fail_to_play ("reuse=always", "can be written by other users");
  assert_posts (service, 1);
  fail_unless (g_chmod (dir, 0700) == 0);
  test_play_nth (0, "reuse=always");
  assert_posts (service, 1);
}
GST_END_TEST

static void
remove_folder (void)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_auto (GStrv) names = test_home_list_state ();

  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *path = g_build_filename (dir, names[i], NULL);

    fail_unless (g_unlink (path) == 0);
  }
  fail_unless (g_rmdir (dir) == 0);
}

static void
remove_ledger (void)
{
  g_autofree gchar *path = test_ledger_path ();

  fail_unless (g_unlink (path) == 0);
}

/* Who cleans up too much has not lost what is just being ordered. */
GST_START_TEST (an_order_is_noted_again_when_its_folder_goes)
{
  TestRun *run = test_run_new (CLIP "! fakesink");

  test_service_fault (service, "submit:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "submits_held", 1);
  remove_folder ();
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  test_play_elsewhere ("reuse=always");
  assert_posts (service, 1);
}
GST_END_TEST

/* The service chooses the id, and the user may copy it into a shell. */
GST_START_TEST (an_id_that_cannot_be_noted_is_told_in_quotes)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autoptr (GError) error = NULL;
  int held;

  test_service_fault (
      service, "submit:hold+body={\"id\":\"it's\"}\npoll:status=401");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "submits_held", 1);
  held = test_ledger_hold ();
  test_service_release (service);
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (strstr (error->message, "a later run needs task-id='it'\\''s'."),
      "%s", error->message);
  test_ledger_let_go (held);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* This process still has the old one open. */
GST_START_TEST (a_ledger_in_the_place_of_another_loses_nothing)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_autofree gchar *aside = test_home_path ("aside");

  test_play_nth (0, "");
  fail_unless (g_rename (dir, aside) == 0);
  test_play_elsewhere ("");
  assert_posts (service, 2);
  test_play_nth (1, "reuse=always");
  test_play_elsewhere ("reuse=always");
  assert_posts (service, 2);
  /* And the other way round. */
  remove_folder ();
  fail_unless (g_rename (aside, dir) == 0);
  test_play_nth (0, "reuse=always");
  assert_posts (service, 2);
}
GST_END_TEST

/* It holds what the last runs did. */
GST_START_TEST (the_rest_of_a_ledger_orders_nothing)
{
  test_play_elsewhere ("");
  remove_ledger ();
  test_fail_to_play ("reuse=always", "Put the ledger back beside it");
  test_fail_to_play ("reuse=never", "Nothing was ordered");
  assert_posts (service, 1);
}
GST_END_TEST

static const gchar *const running[][2] = {
  { "submit:hold", "submits_held" },
  { "poll:hold", "polls_held" },
  { "clip:hold", "clips_held" },
};

/* … and so it is when it goes during a run, which comes to its end. */
GST_START_TEST (a_ledger_that_goes_during_a_run_orders_nothing_more)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autoptr (GSubprocess) next = NULL;

  test_service_fault (service, running[__i__][0]);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, running[__i__][1], 1);
  remove_ledger ();
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  next = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL,
      g_getenv ("SEEDANCE_PLAY"), CLIP "! fakesink", NULL);
  fail_unless (g_subprocess_wait (next, NULL, NULL));
  fail_unless_equals_int (g_subprocess_get_exit_status (next), 1);
  /* The task is told: the user can fetch it. */
  if (__i__ < 2)
    fail_unless (test_run_count (run, GST_MESSAGE_WARNING) > 0);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
ledger_suite (void)
{
  Suite *suite = suite_create ("ledger");
  TCase *gone = test_case_new (suite, "gone");
  TCase *sizes = test_case_new (suite, "sizes");
  TCase *others = test_case_new (suite, "keys");

  tcase_add_test (gone, a_clip_that_made_room_is_fetched_again_by_its_id);
  tcase_add_test (gone, each_folder_is_pruned);
  tcase_add_test (gone, a_clip_that_seedance_tasks_pruned_is_fetched_again);
  tcase_add_loop_test (
      gone, a_clip_that_was_removed_by_hand_is_fetched_again, 0, 3);
  tcase_add_test (gone, a_clip_that_a_newer_one_replaced_is_fetched_by_its_id);
  tcase_add_test (gone, a_clip_that_was_fetched_again_counts_as_played);
  tcase_add_test (
      gone, a_clip_that_the_service_forgot_is_not_bought_again_by_itself);
  tcase_add_test (sizes, a_size_that_is_none_deletes_and_orders_nothing);
  tcase_add_test (sizes, a_size_has_a_unit);

  tcase_add_test (others, a_stored_clip_plays_with_any_key_and_with_none);
  tcase_add_loop_test (others,
      a_stored_clip_that_was_not_played_plays_without_a_key, 1,
      G_N_ELEMENTS (keys));
  tcase_add_test (others, an_element_replays_its_own_clip_without_a_key);
  tcase_add_test (others, what_is_not_stored_needs_a_key);
  tcase_add_test (others, a_task_of_another_key_is_not_bought_again);
  tcase_add_test (others, a_task_of_an_older_key_is_fetched_with_the_new_one);

  tcase_add_test (others, the_list_tells_what_was_asked_for_and_what_it_cost);
  tcase_add_test (others, the_message_of_the_task_tells_what_it_used);
  tcase_add_test (others, a_planted_id_is_neither_sent_nor_shown);
  tcase_add_test (others, a_folder_that_others_may_write_is_not_used);
  tcase_add_test (others, an_order_is_noted_again_when_its_folder_goes);
  tcase_add_test (others, an_id_that_cannot_be_noted_is_told_in_quotes);
  tcase_add_test (others, a_ledger_in_the_place_of_another_loses_nothing);
  tcase_add_test (others, the_rest_of_a_ledger_orders_nothing);
  tcase_add_loop_test (others,
      a_ledger_that_goes_during_a_run_orders_nothing_more, 0,
      G_N_ELEMENTS (running));

  return suite;
}

GST_CHECK_MAIN (ledger)
