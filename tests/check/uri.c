/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance: URIs in players. A URI plays what was ordered, orders only if the
 * application allows it, and stands for one clip. */

#include <string.h>

#include "uri-player.h"

static void
play (gint kind, const gchar *uri, gboolean submit)
{
  TestPlayer *player = test_player_new (kind, uri, submit);

  test_player_to_end (player);
  test_player_free (player);
}

/* Checks that the error has @reason (NULL: any) and @word in its text. */
static void
assert_error (GstMessage *message, const gchar *reason, const gchar *word)
{
  g_autoptr (GError) error = NULL;
  const GstStructure *details;

  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  fail_unless (error->domain == GST_RESOURCE_ERROR);
  fail_unless (strstr (error->message, word) != NULL, "%s", error->message);
  if (reason)
    fail_unless_equals_string (
        gst_structure_get_string (details, "reason"), reason);
}

static void
refuse (TestPlayer *player)
{
  GstMessage *message = test_run_to_error (player->run);

  fail_unless (GST_MESSAGE_SRC (message) == GST_OBJECT (player->source));
  assert_error (message, "uri-submit", "Nothing was ordered");
  assert_error (message, "uri-submit", "property uri-submit");
  assert_error (message, "uri-submit", "SEEDANCE_URI_SUBMIT=1");
  test_player_free (player);
}

GST_START_TEST (a_uri_alone_orders_nothing)
{
  refuse (test_player_new (__i__, TEST_BOAT, FALSE));
  refuse (test_player_new (__i__, TEST_BOAT, FALSE));
  assert_count (service, "connections", 0);
  assert_posts (service, 0);
  /* The refusal does not keep a later run from ordering. */
  play (__i__, TEST_BOAT, TRUE);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (what_was_ordered_plays)
{
  test_play_clip ("");
  play (__i__, TEST_BOAT, FALSE);
  play (__i__, TEST_BOAT, FALSE);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (one_uri_is_one_clip)
{
  play (__i__, TEST_BOAT, TRUE);
  play (
      __i__, "seedance:?seed=7&prompt=%62oat&duration=1&resolution=480p", TRUE);
  play (__i__, TEST_BOAT, FALSE);
  assert_posts (service, 1);
  play (__i__, TEST_BOAT "&instance=another", TRUE);
  assert_posts (service, 2);
}
GST_END_TEST

/* The new state folder is empty, so only the URI tells the id. */
GST_START_TEST (a_task_is_opened_by_its_id)
{
  g_autofree gchar *id = NULL, *uri = NULL;

  test_play_clip ("");
  id = test_service_get_task (service, 0, "id");
  uri = g_strconcat ("seedance:task/", id, NULL);
  test_home_move_state_dir ("elsewhere");
  play (__i__, uri, FALSE);
  play (__i__, uri, TRUE);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_task_that_nobody_knows_is_not_ordered)
{
  TestPlayer *player = test_player_new (__i__, "seedance:task/nobody", TRUE);

  assert_error (test_run_to_error (player->run), "not-found", "nobody");
  test_player_free (player);
  assert_posts (service, 0);
}
GST_END_TEST

/* The error of the player has the element's explanation. */
GST_START_TEST (a_uri_that_is_none_is_explained)
{
  TestPlayer *player = test_player_new (__i__, TEST_BOAT "&api-key=a", TRUE);

  assert_error (
      test_run_to_error (player->run), NULL, "api-key is never part of a URI");
  test_player_free (player);
  assert_count (service, "connections", 0);
  assert_posts (service, 0);
}
GST_END_TEST

static const gchar *const refused_words[] = { "", "0", "no", "true", " 1" };

GST_START_TEST (the_environment_allows_it_with_one_word)
{
  g_setenv ("SEEDANCE_URI_SUBMIT", refused_words[__i__], TRUE);
  refuse (test_player_new (0, TEST_BOAT, FALSE));
  g_setenv ("SEEDANCE_URI_SUBMIT", "1", TRUE);
  play (0, TEST_BOAT, FALSE);
  assert_posts (service, 1);
}
GST_END_TEST

/* Properties that change what is ordered or bought, but not whether a URI may
 * order. */
static const gchar *const ways[][2] = {
  { "reuse", "never" },
  { "prompt", "sea" },
  { "instance", "another" },
};

GST_START_TEST (no_other_property_allows_it)
{
  TestPlayer *player = test_player_new (0, TEST_BOAT, FALSE);

  test_play_clip ("");
  player->set = ways[__i__][0];
  player->to = ways[__i__][1];
  refuse (player);
  assert_posts (service, 1);
}
GST_END_TEST

/* With reuse=pending a clip that was played would be bought again. */
GST_START_TEST (who_may_not_buy_plays_what_was_played)
{
  TestPlayer *player = test_player_new (0, TEST_BOAT, FALSE);

  test_play_clip ("");
  player->set = "reuse";
  player->to = "pending";
  test_player_to_end (player);
  test_player_free (player);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (who_may_not_buy_waits_for_who_may)
{
  TestPlayer *guest = test_player_new (__i__, TEST_BOAT, FALSE);
  TestRun *run = test_run_new (CLIP "! fakesink");

  test_service_fault (service, "submit:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "submits_held", 1);
  test_run_start (guest->run, GST_STATE_PLAYING);
  test_run_wait (guest->run, GST_MESSAGE_PROGRESS);
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (guest->run, GST_MESSAGE_EOS);
  fail_unless_equals_int (g_atomic_int_get (&guest->frames), TEST_FRAMES);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  test_player_free (guest);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (seeks_and_loops_cost_nothing)
{
  TestPlayer *player = test_player_new (__i__, TEST_BOAT, TRUE);

  test_run_start (player->run, GST_STATE_PAUSED);
  test_run_wait_done (player->run);
  fail_unless (gst_element_seek_simple (player->run->pipeline, GST_FORMAT_TIME,
      GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT, GST_SECOND / 2));
  for (guint round = 0; round < 3; round++) {
    test_run_to_end (player->run);
    fail_unless (gst_element_seek_simple (
        player->run->pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0));
  }
  test_player_to_end (player);
  test_player_free (player);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (to_stop_and_play_again_costs_nothing)
{
  TestPlayer *player = test_player_new (__i__, TEST_BOAT, TRUE);

  test_player_to_end (player);
  test_run_start (player->run, GST_STATE_READY);
  test_player_to_end (player);
  test_run_stop (player->run);
  test_player_to_end (player);
  test_player_free (player);
  assert_posts (service, 1);
}
GST_END_TEST

static void
on_about_to_finish (GstElement *playbin, gint *rounds)
{
  if (g_atomic_int_dec_and_test (rounds))
    return;
  g_object_set (playbin, "uri", TEST_BOAT, NULL);
}

/* playbin of GStreamer 1.22 hangs there, also with files of one second. */
GST_START_TEST (a_list_without_gaps_costs_one_clip)
{
  TestPlayer *player = test_player_new (1, TEST_BOAT, TRUE);
  gint rounds = 3;

  g_signal_connect (player->player, "about-to-finish",
      G_CALLBACK (on_about_to_finish), &rounds);
  test_run_to_end (player->run);
  fail_unless_equals_int (g_atomic_int_get (&player->frames), 3 * TEST_FRAMES);
  test_player_free (player);
  assert_posts (service, 1);
}
GST_END_TEST

/* Follows the buffering messages, as players do. */
static void
play_heeding (TestRun *run)
{
  GstMessage *message;

  test_run_start (run, GST_STATE_PLAYING);
  for (;;) {
    message = test_run_wait (run, GST_MESSAGE_BUFFERING | GST_MESSAGE_EOS);
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
      return;
    test_run_start (run,
        test_percent_of (message) < 100 ? GST_STATE_PAUSED : GST_STATE_PLAYING);
  }
}

/* With these flags playbin buffers or downloads by itself as well. */
static const gchar *const flags[] = { "video+audio+download",
  "video+audio+buffering", "video+audio+download+buffering" };

GST_START_TEST (flags_of_playbin_do_no_harm)
{
  const gint kind = __i__ % TEST_N_PLAYBINS;
  TestPlayer *player = test_player_new (kind, TEST_BOAT, TRUE);
  g_autoptr (GstElement) sink = NULL;

  gst_util_set_object_arg (
      G_OBJECT (player->player), "flags", flags[__i__ / TEST_N_PLAYBINS]);
  g_object_get (player->player, "video-sink", &sink, NULL);
  g_object_set (sink, "sync", TRUE, NULL);
  test_service_fault (service, "clip:rate=200000");
  play_heeding (player->run);
  fail_unless_equals_int (g_atomic_int_get (&player->frames), TEST_FRAMES);
  fail_unless (test_run_count (player->run, GST_MESSAGE_BUFFERING) > 2);
  test_player_free (player);
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
uri_suite (void)
{
  const gint n = TEST_N_PLAYERS;
  Suite *suite = suite_create ("uri");
  TCase *money = test_case_new (suite, "money");
  TCase *rounds = test_case_new (suite, "rounds");

  tcase_add_loop_test (money, a_uri_alone_orders_nothing, 0, n);
  tcase_add_loop_test (money, what_was_ordered_plays, 0, n);
  tcase_add_loop_test (money, one_uri_is_one_clip, 0, n);
  tcase_add_loop_test (money, a_task_is_opened_by_its_id, 0, n);
  tcase_add_loop_test (money, a_task_that_nobody_knows_is_not_ordered, 0, n);
  tcase_add_loop_test (money, a_uri_that_is_none_is_explained, 0, n);
  tcase_add_loop_test (money, the_environment_allows_it_with_one_word, 0,
      G_N_ELEMENTS (refused_words));
  tcase_add_loop_test (
      money, no_other_property_allows_it, 0, G_N_ELEMENTS (ways));
  tcase_add_test (money, who_may_not_buy_plays_what_was_played);
  tcase_add_loop_test (money, who_may_not_buy_waits_for_who_may, 0, n);
  tcase_add_loop_test (rounds, seeks_and_loops_cost_nothing, 0, n);
  tcase_add_loop_test (
      rounds, to_stop_and_play_again_costs_nothing, 0, TEST_N_PLAYBINS);
  tcase_add_test (rounds, a_list_without_gaps_costs_one_clip);
  tcase_add_loop_test (rounds, flags_of_playbin_do_no_harm, 0,
      TEST_N_PLAYBINS * G_N_ELEMENTS (flags));

  return suite;
}

GST_CHECK_MAIN (uri)
