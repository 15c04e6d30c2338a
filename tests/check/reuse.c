/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far the memory of what was paid for reaches, counted in POSTs. */

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "ledger.h"
#include "plays.h"

static const gchar *values[] = { "never", "pending", "always" };

static TestRun *
new_run (gint value)
{
  return test_run_new (CLIP "reuse=%s ! fakesink name=out", values[value]);
}

static void
play (gint value)
{
  g_autofree gchar *reuse = g_strdup_printf ("reuse=%s", values[value]);

  test_play_nth (0, reuse);
}

GST_START_TEST (the_same_element_restarts)
{
  static const guint posts[] = { 3, 1, 1 };
  TestRun *run = new_run (__i__);

  for (guint i = 0; i < 3; i++) {
    test_run_to_end (run);
    test_run_stop (run);
  }
  test_run_free (run);
  assert_posts (service, posts[__i__]);
}
GST_END_TEST

/* Others buy the same anew in the meantime, and play it to its end. */
GST_START_TEST (an_element_replays_its_own_clip_after_others_bought)
{
  static const guint posts[] = { 6, 2, 1 };
  TestRun *one = new_run (__i__), *other = new_run (__i__);
  g_autofree gchar *id = NULL;

  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *again = NULL;

    test_run_to_end (one);
    g_object_get (one->src, "current-task-id", &again, NULL);
    if (i == 0)
      id = g_strdup (again);
    else if (__i__ > 0)
      fail_unless_equals_string (again, id);
    test_run_stop (one);
    test_run_to_end (other);
    test_run_stop (other);
  }
  test_run_free (one);
  test_run_free (other);
  assert_posts (service, posts[__i__]);
}
GST_END_TEST

/* As on a disk that is away. Moves the state folder aside, or back. */
static void
exchange_state_dir (void)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_autofree gchar *aside = test_home_path ("aside");

  if (g_file_test (aside, G_FILE_TEST_EXISTS))
    fail_unless (g_unlink (dir) == 0 && g_rename (aside, dir) == 0);
  else
    fail_unless (g_rename (dir, aside) == 0 && symlink ("nowhere", dir) == 0);
}

GST_START_TEST (an_element_that_could_not_run_replays_its_own_clip_later)
{
  TestRun *run = new_run (1), *other = test_run_new (CLIP "seed=8 ! fakesink");

  test_run_to_end (run);
  test_run_stop (run);
  /* After this one, what the first had running is surely over, and cannot be
   * joined. */
  test_run_to_end (other);
  test_run_free (other);
  exchange_state_dir ();
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_ERROR);
  test_run_stop (run);
  exchange_state_dir ();
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

GST_START_TEST (a_task_that_was_named_is_not_the_elements_own)
{
  TestRun *run = new_run (1);
  g_autofree gchar *id = NULL;

  play (1);
  id = test_service_get_task (service, 0, "id");
  g_object_set (run->src, "task-id", id, NULL);
  test_run_to_end (run);
  test_run_stop (run);
  assert_posts (service, 1);
  g_object_set (run->src, "task-id", NULL, NULL);
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

GST_START_TEST (another_element_finds_a_clip_that_was_played)
{
  static const guint posts[] = { 3, 3, 1 };

  for (guint i = 0; i < 3; i++)
    play (__i__);
  assert_posts (service, posts[__i__]);
}
GST_END_TEST

#define BOAT "prompt=boat resolution=480p duration=1 seed=7"

/* @format has the place of a port. */
static void
play_at (const gchar *format, const gchar *more)
{
  const gchar *port = strrchr (test_service_get_api (service), ':') + 1;
  g_auto (GStrv) halves = g_strsplit (format, "PORT", 2);
  g_autofree gchar *base_url = g_strjoinv (port, halves);
  TestRun *run = test_run_new (
      SOURCE "%s reuse=always base-url=%s ! fakesink name=out", more, base_url);

  test_run_to_end (run);
  test_run_free (run);
}

/* The same service, however it is spelled: by name it would be another one. */
GST_START_TEST (a_service_that_is_spelled_otherwise_is_the_same)
{
  static const gchar *spellings[] = { "http://127.0.0.1:PORT",
    "HTTP://127.0.0.1:PORT", "http://127.0.0.1:0PORT/",
    "http://127.0.0.1:PORT/.", "http://127.1:PORT/%2e/",
    "http://127.0.0.1.:PORT/x/.." };
  g_autofree gchar *id = NULL, *named = NULL;
  gint64 requests;

  for (guint i = 0; i < G_N_ELEMENTS (spellings); i++)
    play_at (spellings[i], BOAT);
  assert_posts (service, 1);
  id = test_service_get_task (service, 0, "id");
  named = g_strconcat ("task-id=", id, NULL);
  requests = test_service_count (service, "clip_requests");
  for (guint i = 0; i < G_N_ELEMENTS (spellings); i++)
    play_at (spellings[i], named);
  assert_posts (service, 1);
  assert_count (service, "clip_requests", requests);
  for (guint i = 0; i < G_N_ELEMENTS (spellings); i++) {
    play_at (spellings[i], BOAT " instance=one");
    play_at (spellings[i], BOAT " instance=two");
  }
  assert_posts (service, 3);
}
GST_END_TEST

/* When a run ends without its clip having been seen. */
static const gchar *unseen[][2] = {
  { "poll:hold", "polls_held" },
  { "clip:hold", "clips_held" },
  { "clip:stall=50%", "clips_stalled" },
};

#define N_UNSEEN (G_N_ELEMENTS (values) * G_N_ELEMENTS (unseen))

GST_START_TEST (another_element_finds_a_clip_that_was_not_seen)
{
  static const guint posts[] = { 2, 1, 1 };
  gint value = __i__ % 3, end = __i__ / 3;
  TestRun *run = new_run (value);

  test_service_fault (service, unseen[end][0]);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, unseen[end][1], 1);
  test_run_free (run);
  test_service_fault (service, "");
  test_service_release (service);
  play (value);
  assert_posts (service, posts[value]);
}
GST_END_TEST

GST_START_TEST (a_clip_that_only_prerolled_was_not_seen)
{
  static const guint posts[] = { 2, 1, 1 };
  TestRun *run = new_run (__i__);

  test_run_start (run, GST_STATE_PAUSED);
  test_run_wait_done (run);
  test_run_free (run);
  play (__i__);
  assert_posts (service, posts[__i__]);
}
GST_END_TEST

/* What one value bought, another may find. */
static const struct {
  gint first, second;
  guint posts;
} mixtures[] = { { 0, 1, 1 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 1 },
  { 2, 0, 2 }, { 2, 1, 1 } };

GST_START_TEST (another_element_has_another_value)
{
  TestRun *run = new_run (mixtures[__i__].first);

  test_service_fault (service, "poll:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  test_run_free (run);
  test_service_fault (service, "");
  test_service_release (service);
  play (mixtures[__i__].second);
  assert_posts (service, mixtures[__i__].posts);
}
GST_END_TEST

GST_START_TEST (a_snapshot_does_not_use_the_clip_up)
{
  for (guint i = 0; i < 2; i++) {
    TestRun *run = test_run_new (
        CLIP "! decodebin ! videoconvert ! pngenc snapshot=true ! fakesink");

    test_run_to_end (run);
    test_run_free (run);
  }
  play (1);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (another_request_is_another_clip)
{
  TestRun *run = new_run (2);

  test_run_to_end (run);
  test_run_stop (run);
  g_object_set (run->src, "seed", G_GINT64_CONSTANT (8), NULL);
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

static TestRun *
new_instance (const gchar *instance)
{
  return test_run_new (
      CLIP "reuse=always instance=\"%s\" ! fakesink", instance);
}

/* As two runs of a program with a list that holds the same prompt three times,
 * once without an instance. */
GST_START_TEST (equal_orders_of_different_instances_are_bought_once_each)
{
  static const gchar *const instances[] = { "", "one", "two" };
  gchar *ids[G_N_ELEMENTS (instances)];

  for (guint i = 0; i < 2 * G_N_ELEMENTS (instances); i++) {
    TestRun *run = new_instance (instances[i % G_N_ELEMENTS (instances)]);
    g_autofree gchar *id = NULL;

    test_run_to_end (run);
    g_object_get (run->src, "current-task-id", &id, NULL);
    test_run_free (run);
    if (i < G_N_ELEMENTS (instances))
      ids[i] = g_steal_pointer (&id);
    else
      fail_unless_equals_string (id, ids[i % G_N_ELEMENTS (instances)]);
  }
  assert_posts (service, 3);
  for (guint i = 0; i < G_N_ELEMENTS (instances); i++) {
    g_autofree gchar *body = test_service_get_task (service, i, "body");

    fail_unless (strstr (body, "instance") == NULL, "%s", body);
    g_free (ids[i]);
  }
}
GST_END_TEST

GST_START_TEST (sources_of_one_pipeline_with_instances_of_their_own)
{
  TestRun *run = test_run_new (CLIP
      "instance=one ! fakesink "
      "seedancesrc poll-interval=100 prompt=boat resolution=480p duration=1 "
      "seed=7 instance=two ! fakesink "
      "seedancesrc poll-interval=100 prompt=boat resolution=480p duration=1 "
      "seed=7 instance=one ! fakesink");

  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

static const gchar *
find_instance_in_task (TestRun *run)
{
  test_run_drain (run);
  for (guint i = 0; i < run->said->len; i++) {
    const GstStructure *said =
        gst_message_get_structure (g_ptr_array_index (run->said, i));

    if (said && gst_structure_has_name (said, "seedance-task"))
      return gst_structure_get_string (said, "instance");
  }

  return "no such message";
}

GST_START_TEST (messages_tell_the_instance)
{
  TestRun *run = new_instance ("one"), *none = new_run (2);
  TestRun *doomed = test_run_new (SOURCE
      "prompt=doomed resolution=480p duration=1 instance=two ! fakesink");
  const GstStructure *details = NULL;

  test_run_to_end (run);
  fail_unless_equals_string (find_instance_in_task (run), "one");
  test_run_to_end (none);
  fail_unless (find_instance_in_task (none) == NULL);
  gst_message_parse_error_details (test_run_to_error (doomed), &details);
  fail_unless_equals_string (
      gst_structure_get_string (details, "instance"), "two");
  test_run_free (run);
  test_run_free (none);
  test_run_free (doomed);
}
GST_END_TEST

static Suite *
reuse_suite (void)
{
  Suite *suite = suite_create ("reuse");
  TCase *each = test_case_new (suite, "values");

  tcase_add_loop_test (each, the_same_element_restarts, 0, 3);
  tcase_add_loop_test (
      each, an_element_replays_its_own_clip_after_others_bought, 0, 3);
  tcase_add_test (
      each, an_element_that_could_not_run_replays_its_own_clip_later);
  tcase_add_test (each, a_task_that_was_named_is_not_the_elements_own);
  tcase_add_loop_test (
      each, another_element_finds_a_clip_that_was_played, 0, 3);
  tcase_add_loop_test (
      each, another_element_finds_a_clip_that_was_not_seen, 0, N_UNSEEN);
  tcase_add_loop_test (each, a_clip_that_only_prerolled_was_not_seen, 0, 3);
  tcase_add_loop_test (
      each, another_element_has_another_value, 0, G_N_ELEMENTS (mixtures));
  tcase_add_test (each, a_snapshot_does_not_use_the_clip_up);
  tcase_add_test (each, another_request_is_another_clip);
  tcase_add_test (
      each, equal_orders_of_different_instances_are_bought_once_each);
  tcase_add_test (each, sources_of_one_pipeline_with_instances_of_their_own);
  tcase_add_test (each, messages_tell_the_instance);
  tcase_add_test (each, a_service_that_is_spelled_otherwise_is_the_same);

  return suite;
}

GST_CHECK_MAIN (reuse)
