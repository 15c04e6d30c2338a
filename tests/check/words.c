/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the user is told about an answer: the service's own words and the length
 * of a wait, but no secret and no control character. */

#include <string.h>

#include "run.h"

static const struct {
  const gchar *faults, *properties, *words;
} spoken[] = {
  { "submit:status=422+body={\"detail\":[{\"loc\":[\"body\",\"duration\"],"
    "\"msg\":\"Input should be less than or equal to 10\"}]}",
      "", "duration: Input should be less than or equal to 10" },
  { "submit:status=400+body={\"errors\":[{\"message\":\"Own words\"}]}", "",
      "Own words" },
  { "submit:status=400+body=Own words", "", "\"Own words\"" },
  { "submit:status=502+body=<html><title>502</title><body>Own "
    "words</body></html>",
      "", "\"502 Own words\"" },
  { "submit:status=400+body={\"message\":\"success\",\"msg\":\"Own words\"}",
      "", "Own words" },
  { "poll:body={\"code\":0,\"message\":\"SUCCEED\",\"data\":{\"task_status\":"
    "\"failed\",\"task_status_msg\":\"worker crashed\"}}",
      "", "worker crashed" },
  { "poll:body={\"done\":true,\"error\":{\"code\":3,\"message\":\"Own "
    "words\"}}",
      "", "Own words" },
  { "poll:body={\"status\":\"NSFW\"}", "", "Change the prompt or the image" },
  { "poll:body={\"status\":\"done\",\"video_url\":\"ftp://h/v.mp4\"}", "",
      "ftp://h/v.mp4" },
  { "poll:html", "generation-timeout=1", "Please sign in to this network" },
  { "poll:status=503+message=Own words", "generation-timeout=1",
      "HTTP 503: \"Own words\"" },
  { "submit:status=101+body=x+no-length", "", "no answer followed HTTP 101" },
  { "submit:status=101+body={\"id\":\"task-77\"}+no-length", "",
      "The task is task-77" },
  { "submit:accept-status=500+body={\"id\":\"task-77\"}+length-too+"
    "cut-reset=100%",
      "", "The task is task-77" },
  { "submit:status=404", "", "/v1/videos/text-to-video" },
  { "poll:status=400", "", "/v1/videos/" },
  { "submit:redirect=https://new.example@SELF@", "",
      "Set base-url to https://new.example" },
};

GST_START_TEST (the_words_of_the_service_arrive)
{
  TestRun *run = test_run_new (CLIP "%s ! fakesink", spoken[__i__].properties);
  g_autoptr (GError) error = NULL;

  test_service_fault (service, spoken[__i__].faults);
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (
      strstr (error->message, spoken[__i__].words), "%s", error->message);
  fail_unless (!strstr (error->message, "SUCCEED"), "%s", error->message);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_base_url_with_a_path_too_much_is_shown)
{
  TestRun *run = test_run_new (
      CLIP "base-url=%s/v1 ! fakesink", test_service_get_api (service));
  g_autofree gchar *asked = g_strdup_printf (
      "%s/v1/v1/videos/text-to-video", test_service_get_api (service));
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (strstr (error->message, "There is no such service"), "%s",
      error->message);
  fail_unless (strstr (error->message, asked), "%s", error->message);
  fail_unless (strstr (error->message, "leave it out of base-url"), "%s",
      error->message);
  test_run_free (run);
  assert_tasks (service, 0);
}
GST_END_TEST

/* An id from the user is polled quickly until the service knows it, and not at
 * the pace of poll-interval, which is ten minutes here. */
GST_START_TEST (a_wrong_task_id_is_told_at_once)
{
  TestRun *run = test_run_new (
      "seedancesrc name=src task-id=nope poll-interval=600000 ! fakesink");
  GstMessage *message;
  g_autoptr (GError) warning = NULL, error = NULL;

  test_run_start (run, GST_STATE_PLAYING);
  message = test_run_wait (run, GST_MESSAGE_WARNING);
  gst_message_parse_warning (message, &warning, NULL);
  fail_unless (
      strstr (warning->message, "does not know it"), "%s", warning->message);
  message = test_run_wait (run, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (g_error_matches (
      error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND));
  fail_unless_equals_int (
      test_run_count_progress (run, GST_PROGRESS_TYPE_COMPLETE, "submit"), 0);
  assert_count (service, "polls", 3);
  test_run_free (run);
  assert_posts (service, 0);
}
GST_END_TEST

#define NOWHERE "base-url=http://127.0.0.1:1 poll-interval=600000 "

static void
assert_told_unreached (TestRun *run)
{
  g_autoptr (GError) warning = NULL;

  test_run_start (run, GST_STATE_PLAYING);
  gst_message_parse_warning (
      test_run_wait (run, GST_MESSAGE_WARNING), &warning, NULL);
  fail_unless (strstr (warning->message, "The service could not be reached "
                                         "(http://127.0.0.1:1/"),
      "%s", warning->message);
}

/* Given an id from the user and no service, the retries do not keep to
 * poll-interval, either. */
GST_START_TEST (a_task_id_and_no_service_end_soon)
{
  for (guint i = 0; i < 2; i++) {
    TestRun *run = test_run_new (
        "seedancesrc name=src task-id=mine retries=2 " NOWHERE "! fakesink");
    g_autoptr (GError) error = NULL;

    assert_told_unreached (run);
    gst_message_parse_error (
        test_run_wait (run, GST_MESSAGE_ERROR), &error, NULL);
    fail_unless (g_error_matches (
        error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ));
    fail_unless (
        strstr (error->message, "Nothing was ordered"), "%s", error->message);
    test_run_free (run);
  }
}
GST_END_TEST

GST_START_TEST (a_right_task_id_is_taken_up_once_it_is_known)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autofree gchar *id = NULL;

  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls", 1);
  test_run_free (run);
  id = test_service_get_task (service, 0, "id");
  test_home_move_state_dir ("another");
  test_service_fault (service, "poll@1:hold\npoll@2:unknown-task");
  run = test_run_new (SOURCE "task-id=%s ! fakesink", id);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  test_run_drain (run);
  fail_unless_equals_int (
      test_run_count_progress (run, GST_PROGRESS_TYPE_COMPLETE, "submit"), 0);
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  fail_unless_equals_int (
      test_run_count_progress (run, GST_PROGRESS_TYPE_COMPLETE, "submit"), 1);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static void
assert_told_of_wait (TestRun *run, guint code)
{
  g_autoptr (GError) warning = NULL, error = NULL;
  GstMessage *message;

  test_run_start (run, GST_STATE_PLAYING);
  message = test_run_wait (run, GST_MESSAGE_WARNING);
  gst_message_parse_warning (message, &warning, NULL);
  fail_unless (
      strstr (warning->message, "3600 s (HTTP 429)"), "%s", warning->message);
  message = test_run_wait (run, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, code), "%s", error->message);
  fail_unless (
      strstr (error->message, "generation-timeout"), "%s", error->message);
  fail_unless (test_run_was_told (run, "Waiting for 3600 s"));
}

GST_START_TEST (a_long_wait_for_the_order_is_told_and_cut)
{
  TestRun *run = test_run_new (CLIP "generation-timeout=1 ! fakesink");

  test_service_fault (service, "submit:status=429+retry-after=3600");
  assert_told_of_wait (run, GST_RESOURCE_ERROR_BUSY);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_long_wait_for_the_task_is_told_and_cut)
{
  TestRun *run = test_run_new (CLIP "generation-timeout=1 ! fakesink");

  test_service_fault (service, "poll:status=429+retry-after=3600");
  assert_told_of_wait (run, GST_RESOURCE_ERROR_READ);
  test_run_free (run);
  assert_posts (service, 1);
  assert_count (service, "polls", 1);
}
GST_END_TEST

/* A retry is told, so that no user wonders whether anything happens. */
static const struct {
  const gchar *fault, *told;
} retried[] = {
  { "submit@1:status=429", "Trying again: HTTP 429" },
  { "poll@1:status=503", "Trying again: HTTP 503" },
  { "poll@1:drop", "Trying again: " },
  { "poll@1:garbage", "Trying again: the answer cannot be read" },
};

GST_START_TEST (what_is_tried_again_is_told)
{
  TestRun *run = test_run_new (CLIP "! fakesink");

  test_service_fault (service, retried[__i__].fault);
  test_run_to_end (run);
  fail_unless (test_run_was_told (run, retried[__i__].told));
  test_run_free (run);
  assert_tasks (service, 1);
}
GST_END_TEST

GST_START_TEST (a_short_wait_is_not_worth_a_word)
{
  TestRun *run = test_run_new (CLIP "! fakesink");

  test_service_fault (service, "submit@1:status=429+retry-after=1");
  test_run_to_end (run);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_WARNING), 0);
  fail_unless (!test_run_was_told (run, "as the service asks"));
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

static void
assert_nowhere (const gchar *text)
{
  g_auto (GStrv) files = test_home_list_state ();
  g_autofree gchar *dir = test_home_state_dir ();

  for (guint i = 0; files[i]; i++) {
    g_autofree gchar *path = g_build_filename (dir, files[i], NULL);
    g_autofree gchar *data = NULL;
    gsize size;

    if (g_file_get_contents (path, &data, &size, NULL))
      fail_unless (!g_strstr_len (data, (gssize) size, text), "%s", files[i]);
  }
}

/* The beginning of the key, which no other text contains. */
#define KEY_PART "sk-7e57"

/* The service's words are cut at some length. The key must be hidden wherever
 * the cut falls. */
GST_START_TEST (a_key_across_the_cut_is_hidden)
{
  for (guint before = 960; before <= 1000; before += 8) {
    g_autofree gchar *filling = g_strnfill (before, 'x');
    g_autofree gchar *fault =
        g_strdup_printf ("submit:status=500+message=%s%s", filling, TEST_KEY);
    TestRun *run = test_run_new (CLIP "reuse=never ! fakesink");
    g_autoptr (GError) error = NULL;

    test_service_fault (service, fault);
    gst_message_parse_error (test_run_to_error (run), &error, NULL);
    fail_unless (strstr (error->message, filling), "%s", error->message);
    fail_unless (!strstr (error->message, KEY_PART), "%s", error->message);
    test_run_free (run);
    assert_nowhere (KEY_PART);
  }
}
GST_END_TEST

static const gchar *const controls[] = {
  "submit:status=400+header=X-Request-Id: a%1B[31mb%E2%80%AEc",
  "submit:status=400+message=a%1B[31mb%E2%80%AEc",
  "submit:status=400+code=a%1B[31mb%E2%80%AEc",
  "submit:status=500+body=a%1B[31mb%E2%80%AEc",
  "poll:status=400+header=X-Request-Id: a%1B[31mb%E2%80%AEc",
  ("poll:word=failed+body={\"status\":\"failed\",\"error\":"
   "\"a\\u001b[31mb\\u202ec\"}"),
  "clip:content-type=a%1B[31mb%E2%80%AEc+html",
};

static void
assert_printable (const gchar *text)
{
  fail_unless (
      !strchr (text, 0x1b) && !strstr (text, "\xe2\x80\xae"), "%s", text);
}

GST_START_TEST (nothing_that_a_terminal_obeys_is_told)
{
  TestRun *run = test_run_new (CLIP "retries=0 ! fakesink");
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL, *all = NULL;
  const GstStructure *details = NULL;
  GstMessage *message;

  test_service_fault (service, controls[__i__]);
  message = test_run_to_error (run);
  gst_message_parse_error (message, &error, &debug);
  gst_message_parse_error_details (message, &details);
  all = gst_structure_to_string (details);
  assert_printable (error->message);
  assert_printable (debug);
  assert_printable (all);
  test_run_free (run);
  assert_nowhere ("\x1b");
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
words_suite (void)
{
  Suite *suite = suite_create ("words");
  TCase *service = test_case_new (suite, "service");
  TCase *ids = test_case_new (suite, "ids");
  TCase *waits = test_case_new (suite, "waits");
  TCase *hidden = test_case_new (suite, "hidden");

  tcase_add_loop_test (
      service, the_words_of_the_service_arrive, 0, G_N_ELEMENTS (spoken));
  tcase_add_test (service, a_base_url_with_a_path_too_much_is_shown);
  tcase_add_test (ids, a_wrong_task_id_is_told_at_once);
  tcase_add_test (ids, a_task_id_and_no_service_end_soon);
  tcase_add_test (ids, a_right_task_id_is_taken_up_once_it_is_known);
  tcase_add_test (waits, a_long_wait_for_the_order_is_told_and_cut);
  tcase_add_test (waits, a_long_wait_for_the_task_is_told_and_cut);
  tcase_add_loop_test (
      waits, what_is_tried_again_is_told, 0, G_N_ELEMENTS (retried));
  tcase_add_test (waits, a_short_wait_is_not_worth_a_word);
  tcase_add_test (hidden, a_key_across_the_cut_is_hidden);
  tcase_add_loop_test (hidden, nothing_that_a_terminal_obeys_is_told, 0,
      G_N_ELEMENTS (controls));

  return suite;
}

GST_CHECK_MAIN (words)
