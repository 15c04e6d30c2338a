/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements of one process that place the same order at the same time, counted
 * in POSTs: they share an order where the ledger would tell them the same. */

#include "plays.h"

static const gchar *values[] = { "never", "pending", "always" };

static TestRun *
new_run (gint value)
{
  return test_run_new (CLIP "reuse=%s ! fakesink name=out", values[value]);
}

GST_START_TEST (one_of_two_elements_leaves)
{
  TestRun *leaver = new_run (1), *stayer = new_run (1);

  test_service_fault (service, "poll:hold");
  test_run_start (leaver, GST_STATE_PLAYING);
  test_run_start (stayer, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  test_run_free (leaver);
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (stayer, GST_MESSAGE_EOS);
  test_run_free (stayer);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (elements_that_run_at_once)
{
  static const guint posts[] = { 2, 1, 1 };
  TestRun *runs[2] = { new_run (__i__), new_run (__i__) };
  TestTap *taps[2];

  for (guint i = 0; i < 2; i++) {
    taps[i] = test_run_tap (runs[i], "out");
    test_run_start (runs[i], GST_STATE_PLAYING);
  }
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GBytes) clip = NULL;

    test_run_wait (runs[i], GST_MESSAGE_EOS);
    clip = test_service_get_clip (service, 0);
    test_tap_assert_bytes (taps[i], clip);
  }
  for (guint i = 0; i < 2; i++)
    test_run_free (runs[i]);
  assert_posts (service, posts[__i__]);
  if (posts[__i__] == 1)
    fail_unless (test_service_count (service, "clip_requests") <= 2);
}
GST_END_TEST

/* Nothing is known of the order yet, so each of the two may order. */
GST_START_TEST (elements_with_different_values_share_an_order)
{
  TestRun *runs[] = { new_run (1 + __i__), new_run (2 - __i__) };

  test_service_fault (service, "submit:hold");
  test_run_start (runs[0], GST_STATE_PLAYING);
  test_service_wait (service, "submits_held", 1);
  test_run_start (runs[1], GST_STATE_PLAYING);
  test_run_wait (runs[1], GST_MESSAGE_PROGRESS);
  test_service_fault (service, "");
  test_service_release (service);
  for (guint i = 0; i < 2; i++) {
    test_run_wait (runs[i], GST_MESSAGE_EOS);
    test_run_free (runs[i]);
  }
  assert_posts (service, 1);
}
GST_END_TEST

/* The stored clip will do for the one element, however the order of the other
 * one ends. */
GST_START_TEST (an_element_that_replays_does_not_wait_for_an_order)
{
  TestRun *buyer = new_run (1);

  test_play_nth (0, "reuse=pending");
  test_service_fault (service, "submit:hold");
  test_run_start (buyer, GST_STATE_PLAYING);
  test_service_wait (service, "submits_held", 1);
  test_play_nth (0, "reuse=always");
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (buyer, GST_MESSAGE_EOS);
  test_run_free (buyer);
  assert_posts (service, 2);
}
GST_END_TEST

/* What the one element replays was played, so the other one orders anew. */
GST_START_TEST (an_element_does_not_share_what_another_replays)
{
  TestRun *replayer = new_run (1 + __i__);

  test_run_to_end (replayer);
  test_run_stop (replayer);
  test_run_start (replayer, GST_STATE_PAUSED);
  test_run_wait_done (replayer);
  test_play_nth (1, "reuse=pending");
  assert_posts (service, 2);
  test_run_start (replayer, GST_STATE_PLAYING);
  test_run_wait (replayer, GST_MESSAGE_EOS);
  test_run_free (replayer);
  assert_posts (service, 2);
}
GST_END_TEST

/* As with another process that orders the same. */
GST_START_TEST (an_element_that_has_a_clip_does_not_wait_for_another)
{
  TestRun *run = new_run (1 + __i__), *buyer = new_run (1);

  test_run_to_end (run);
  test_run_stop (run);
  test_service_fault (service, "poll:hold");
  test_run_start (buyer, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  test_run_to_end (run);
  test_run_free (run);
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (buyer, GST_MESSAGE_EOS);
  test_run_free (buyer);
  assert_posts (service, 2);
}
GST_END_TEST

/* The restarted element goes on with the download that the other one reads. */
GST_START_TEST (an_element_that_restarts_shares_what_it_had)
{
  TestRun *run = new_run (1), *other = new_run (1);

  test_service_fault (service, "poll:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_run_start (other, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  test_run_stop (run);
  test_run_drain (run);
  test_run_start (run, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_PROGRESS);
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_wait (other, GST_MESSAGE_EOS);
  test_run_free (run);
  test_run_free (other);
  assert_posts (service, 1);
  fail_unless (test_service_count (service, "clip_requests") <= 2);
}
GST_END_TEST

GST_START_TEST (two_sources_of_one_pipeline_share_a_clip)
{
  TestRun *run =
      test_run_new (CLIP "! fakesink seedancesrc poll-interval=100 prompt=boat "
                         "resolution=480p duration=1 seed=7 ! fakesink");

  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* What the one's settings allow is not for the other to suffer. */
GST_START_TEST (sources_that_trust_differently_share_an_order_only)
{
  TestRun *run = test_run_new (
      CLIP "! fakesink seedancesrc poll-interval=100 prompt=boat "
           "resolution=480p duration=1 seed=7 ssl-strict=false ! fakesink");

  test_service_fault (service, "poll@1:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  test_service_wait (service, "polls", 2);
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* Programs add up what the elements tell that their clips cost. */
GST_START_TEST (one_of_two_elements_tells_the_price)
{
  TestRun *runs[2];
  guint prices = 0, ordered = 0;

  test_service_fault (service, "submit:hold");
  for (guint i = 0; i < 2; i++) {
    runs[i] = test_run_new (CLIP
        "provider=ark model=doubao-seedance-2-0-260128 base-url=%s "
        "! fakesink",
        test_service_get_ark (service));
    test_run_start (runs[i], GST_STATE_PLAYING);
    test_run_wait (runs[i], GST_MESSAGE_PROGRESS);
  }
  test_service_wait (service, "submits_held", 1);
  test_service_fault (service, "");
  test_service_release (service);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GstStructure) stats = NULL;

    test_run_wait (runs[i], GST_MESSAGE_EOS);
    g_object_get (runs[i]->src, "stats", &stats, NULL);
    prices += gst_structure_has_field (stats, "estimated-cost-usd");
    ordered += test_run_was_told (runs[i], "Ordered as task");
  }
  for (guint i = 0; i < 2; i++)
    test_run_free (runs[i]);
  assert_posts (service, 1);
  fail_unless_equals_int (prices, 1);
  fail_unless_equals_int (ordered, 1);
}
GST_END_TEST

static Suite *
sharing_suite (void)
{
  Suite *suite = suite_create ("sharing");
  TCase *each = test_case_new (suite, "values");

  tcase_add_test (each, one_of_two_elements_leaves);
  tcase_add_loop_test (each, elements_that_run_at_once, 0, 3);
  tcase_add_loop_test (
      each, elements_with_different_values_share_an_order, 0, 2);
  tcase_add_test (each, an_element_that_replays_does_not_wait_for_an_order);
  tcase_add_loop_test (
      each, an_element_does_not_share_what_another_replays, 0, 2);
  tcase_add_loop_test (
      each, an_element_that_has_a_clip_does_not_wait_for_another, 0, 2);
  tcase_add_test (each, an_element_that_restarts_shares_what_it_had);
  tcase_add_test (each, one_of_two_elements_tells_the_price);
  tcase_add_test (each, two_sources_of_one_pipeline_share_a_clip);
  tcase_add_test (each, sources_that_trust_differently_share_an_order_only);

  return suite;
}

GST_CHECK_MAIN (sharing)
