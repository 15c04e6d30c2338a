/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The element survives faults of the network and the service if that is free,
 * and reports them if another try may cost money. The first table has faults
 * that must not disturb a run; the table "lost" has those that leave an order
 * in doubt. */

#include <string.h>

#include "run.h"

static TestRun *
new_run (const gchar *properties)
{
  return test_run_new (CLIP "%s ! fakesink name=out", properties);
}

static void
play_whole (const gchar *properties)
{
  TestRun *run = new_run (properties);
  TestTap *tap = test_run_tap (run, "out");
  g_autoptr (GBytes) clip = NULL;

  test_run_to_end (run);
  clip = test_service_get_clip (service, 0);
  test_tap_assert_bytes (tap, clip);
  test_run_free (run);
}

/* With these faults the clip still arrives whole, for one task. @posts: how
 * many POSTs the run sends. */
static const struct {
  const gchar *faults;
  const gchar *properties;
  guint posts;
} passing[] = {
  { "submit@1:status=429+retry-after=1", "", 2 },
  { "submit@1-2:status=429+code=ServerOverloaded", "", 3 },
  { "submit:delay=300", "", 1 },
  { "submit:drip=1", "", 1 },
  { "submit:chunked", "", 1 },
  { "submit:status=202", "", 1 },
  { "poll@1-3:status=500", "", 1 },
  { "poll@1:status=429+retry-after=1", "", 1 },
  { "poll@1:status=408\npoll@2:status=425", "", 1 },
  { "poll@1-2:unknown-task", "", 1 },
  { "poll@1:drop\npoll@2:reset", "", 1 },
  { "poll@1:truncate=10", "", 1 },
  { "poll@1:html\npoll@2:garbage\npoll@3:empty", "", 1 },
  { "poll@1:word=warming_up", "", 1 },
  { "poll@1-2:no-url", "", 1 },
  { "poll@1:redirect-self", "", 1 },
  { "poll@1:hang", "timeout=1", 1 },
  { "clip@1:truncate=50%", "", 1 },
  { "clip@1:cut-reset=50%", "", 1 },
  { "clip@1:truncate=10\nclip@2:truncate=100000\nclip@3:truncate=200000", "",
      1 },
  { "clip@1:truncate=99%+no-length", "", 1 },
  { "clip@1:truncate=50%+chunked", "", 1 },
  { "clip@1:truncate=50%+no-etag\nclip@2-:no-etag", "", 1 },
  { "clip:no-range\nclip@1:no-range+truncate=50%", "", 1 },
  { "clip@1:truncate=50%\nclip@2:wrong-range", "", 1 },
  { "clip:no-length", "", 1 },
  { "clip:chunked", "", 1 },
  { "clip@1:stall=50%", "timeout=1", 1 },
  { "clip@1:drop\nclip@2:reset", "", 1 },
  { "clip@1:status=503+retry-after=1", "", 1 },
  { "clip@1:expired", "", 1 },
  { "clip@1:truncate=50%\nclip@2:expired", "", 1 },
  { "clip@1:redirect-self", "", 1 },
  { "clip@1:html", "", 1 },
  { "clip@1:garbage", "", 1 },
  { "clip@1:json", "", 1 },
  { "clip@1:empty", "", 1 },
  { "end:status=503", "", 1 },
  { "end:expired", "", 1 },
  { "end:redirect-self", "", 1 },
  { "end:no-range", "", 1 },
  { "end:wrong-range", "", 1 },
  { "end:other-object", "", 1 },
  { "end:no-etag", "", 1 },
  { "end:etag", "", 1 },
  { "end:truncate=50%", "", 1 },
  { "end:cut-reset=50%", "", 1 },
  { "end:stall=50%", "timeout=3600", 1 },
  { "end:hang", "timeout=3600", 1 },
  { "end:rate=300", "timeout=3600", 1 },
  { "end:stall=100+other-object", "timeout=3600", 1 },
  { "clip:no-range\nend:stall=100", "timeout=3600", 1 },
  { "clip:rate=1000000\nend:other-object+no-etag", "", 1 },
  { "clip:rate=1000000+no-etag\nend:other-object", "", 1 },
  { "clip:rate=1000000+no-etag\nend:no-etag", "", 1 },
  { "clip@1:status=429+retry-after=3600", "retries=0", 1 },
  { "end:no-length", "", 1 },
  { "end:chunked", "", 1 },
  { "end:endless", "", 1 },
  { "end:garbage", "", 1 },
  { "end:html", "", 1 },
  { "end:empty", "", 1 },
  { "end:gzip-bomb", "", 1 },
  { "end:drop\nclip@1:truncate=50%", "", 1 },
  { "clip:no-range\nend:no-range", "", 1 },
};

GST_START_TEST (a_fault_that_passes_is_ridden_out)
{
  test_service_fault (service, passing[__i__].faults);
  play_whole (passing[__i__].properties);
  assert_posts (service, passing[__i__].posts);
  assert_tasks (service, 1);
  assert_count (service, "credentials_on_clip_port", 0);
}
GST_END_TEST

/* The last chunk, which marks the end, is missing. The element asks for more
 * bytes, and the service answers that there are none. */
GST_START_TEST (a_clip_without_a_length_may_break_at_its_end)
{
  test_service_set (service, "{\"layout\":\"moov-first\"}");
  test_service_fault (service, "clip@1:chunked+truncate=100%");
  play_whole ("");
  assert_count (service, "clip_requests", 2);
  assert_posts (service, 1);
}
GST_END_TEST

/* The server has sent bytes and then refuses a range behind them (416), so the
 * element downloads from the start. */
GST_START_TEST (a_clip_without_a_length_that_is_refused_begins_anew)
{
  TestRun *run = test_run_new (CLIP "! qtdemux ! fakesink");

  test_service_set (service, "{\"layout\":\"moov-first\"}");
  test_service_fault (
      service, "clip@1:chunked+truncate=50%\nclip@2:status=416");
  test_run_to_end (run);
  test_run_free (run);
  assert_count (service, "clip_requests", 3);
  assert_posts (service, 1);
}
GST_END_TEST

/* In pull mode the demuxer gets EOS after an error, so that elements behind it
 * can finish what was decoded. */
GST_START_TEST (who_pulls_gets_an_end_after_an_error)
{
  TestRun *run = test_run_new (CLIP "retries=0 ! qtdemux ! fakesink");

  test_service_fault (service, "clip:hold-at=49%+truncate=50%");
  test_run_start (run, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_ASYNC_DONE);
  test_service_wait (service, "clips_held", 1);
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_ERROR);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_drain (run);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_ERROR), 1);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (a_cut_download_goes_on_where_it_broke)
{
  g_autoptr (GBytes) clip = NULL;
  guint bytes;

  test_service_set (service, "{\"layout\":\"moov-first\"}");
  test_service_fault (service, "clip@1:truncate=300000\nend:drop");
  play_whole ("");
  clip = test_service_get_clip (service, 0);
  assert_count (service, "clip_requests", 2);
  /* The last bytes before the break are downloaded twice, to compare them. */
  bytes = (guint) g_bytes_get_size (clip) + 16 * 1024;
  test_service_wait (service, "clip_bytes", bytes);
  assert_count (service, "clip_bytes", bytes);
}
GST_END_TEST

GST_START_TEST (a_refused_link_is_asked_for_anew)
{
  test_service_fault (service, "clip@1:expired");
  play_whole ("");
  fail_unless (test_service_count (service, "polls") >= 2);
  assert_posts (service, 1);
}
GST_END_TEST

/* A dead connection must not be reused for every retry. The first two polls
 * share a connection; after the break each poll has its own. */
GST_START_TEST (after_a_break_no_connection_is_shared)
{
  test_service_fault (service, "poll@1:word=warming_up\npoll@2:hang\n"
                               "poll@3-4:word=warming_up");
  play_whole ("timeout=1");
  assert_posts (service, 1);
  assert_count (service, "polls", 5);
  assert_count (service, "connections", 5);
}
GST_END_TEST

/* The halves of two different clips are never joined. */
GST_START_TEST (another_clip_in_the_middle_is_an_error)
{
  TestRun *run = new_run ("retries=1");

  test_service_fault (
      service, "clip@1:truncate=300000+no-range\nclip@2-:other-object");
  test_service_set (service, "{\"layout\":\"moov-first\"}");
  test_run_to_error (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static const gchar *lost[][2] = {
  { "submit@1:accept-drop", "" },
  { "submit@1:accept-reset", "" },
  { "submit@1:accept-status=500", "" },
  { "submit@1:accept-hang", "timeout=1" },
  { "submit@1:truncate=5", "" },
};

#define N_LOST G_N_ELEMENTS (lost)

static void
lose_the_answer (gint i)
{
  TestRun *run = new_run (lost[i][1]);
  g_autoptr (GError) error = NULL;

  test_service_fault (service, lost[i][0]);
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (strstr (error->message, "may be billed"), "%s", error->message);
  test_run_free (run);
  assert_posts (service, 1);
  assert_tasks (service, 1);
}

GST_START_TEST (after_a_lost_answer_nothing_is_ordered_by_itself)
{
  lose_the_answer (__i__);
  for (guint i = 0; i < 2; i++) {
    TestRun *run = new_run (i ? "reuse=always" : "");
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (test_run_to_error (run), &error, NULL);
    fail_unless (
        strstr (error->message, "may be billed"), "%s", error->message);
    fail_unless (strstr (error->message, "task-id"), "%s", error->message);
    test_run_free (run);
  }
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (never_accepts_a_second_bill_after_a_lost_answer)
{
  lose_the_answer (__i__);
  play_whole ("reuse=never");
  assert_posts (service, 2);
}
GST_END_TEST

GST_START_TEST (a_task_id_answers_what_a_lost_answer_left_open)
{
  g_autofree gchar *id = NULL, *properties = NULL;

  lose_the_answer (__i__);
  id = test_service_get_task (service, 0, "id");
  properties = g_strdup_printf ("task-id=%s", id);
  play_whole (properties);
  play_whole ("reuse=always");
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
faults_suite (void)
{
  Suite *suite = suite_create ("faults");
  TCase *ridden = test_case_new (suite, "passing");
  TCase *billed = test_case_new (suite, "billed");

  tcase_add_loop_test (
      ridden, a_fault_that_passes_is_ridden_out, 0, G_N_ELEMENTS (passing));
  tcase_add_test (ridden, a_clip_without_a_length_may_break_at_its_end);
  tcase_add_test (ridden, a_clip_without_a_length_that_is_refused_begins_anew);
  tcase_add_test (ridden, who_pulls_gets_an_end_after_an_error);
  tcase_add_test (ridden, a_cut_download_goes_on_where_it_broke);
  tcase_add_test (ridden, a_refused_link_is_asked_for_anew);
  tcase_add_test (ridden, after_a_break_no_connection_is_shared);
  tcase_add_test (ridden, another_clip_in_the_middle_is_an_error);
  tcase_add_loop_test (
      billed, after_a_lost_answer_nothing_is_ordered_by_itself, 0, N_LOST);
  tcase_add_loop_test (
      billed, never_accepts_a_second_bill_after_a_lost_answer, 0, N_LOST);
  tcase_add_loop_test (
      billed, a_task_id_answers_what_a_lost_answer_left_open, 0, N_LOST);

  return suite;
}

GST_CHECK_MAIN (faults)
