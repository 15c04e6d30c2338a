/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Services answer in many shapes. Given an answer from which the task or the
 * link can be read, the element plays the clip for one order. Given an answer
 * that leaves open whether the order was accepted, the element never orders a
 * second time. */

#include <string.h>

#include "ledger.h"
#include "run.h"

/* @faults as the service reads them; @properties of the source, NULL for none;
 * @posts: how many POSTs the run costs. */
typedef struct {
  const gchar *faults;
  const gchar *properties;
  guint posts;
} Shape;

static void
play_whole (const gchar *properties)
{
  test_play_clip (properties ? properties : "");
}

static void
assert_whole (const Shape *shape)
{
  test_service_fault (service, shape->faults);
  play_whole (shape->properties);
  assert_posts (service, shape->posts);
  assert_tasks (service, 1);
}

static const Shape sent[] = {
  { "submit:encode=gzip", NULL, 1 },
  { "submit:encode=deflate", NULL, 1 },
  { "submit:encode=raw", NULL, 1 },
  { "submit:encode=label", NULL, 1 },
  { "submit:encode=br", NULL, 1 },
  { "submit:encode=identity", NULL, 1 },
  { "submit:encode=gzip+chunked+drip=1", NULL, 1 },
  { "submit:encode=gzip+no-length", NULL, 1 },
  { "poll:encode=gzip", NULL, 1 },
  { "poll:encode=deflate+chunked", NULL, 1 },
  { "poll@1:encode=gzip+truncate=50%", NULL, 1 },
  { "submit@1:status=429+retry-after=1+encode=gzip", NULL, 2 },
  { "submit:length-too", NULL, 1 },
  { "poll:length-too", NULL, 1 },
  { "clip:length-too", NULL, 1 },
  { "submit:trailer=HTTP/1.1: 500 Oops", NULL, 1 },
  { "submit:trailer=HTTP/1.1 500 Oops", NULL, 1 },
  { "poll:trailer=HTTP/1.1: 500 Oops", NULL, 1 },
  { "clip:trailer=HTTP/1.1: 500 Oops", NULL, 1 },
  { "clip:trailer=Content-Range: bytes 5-9/10", NULL, 1 },
  { "submit:trailer=Location: /elsewhere", NULL, 1 },
  { "submit:length-too+trailer=HTTP/2: 1+encode=gzip", NULL, 1 },
};

GST_START_TEST (however_an_answer_is_sent_it_is_taken)
{
  assert_whole (&sent[__i__]);
}
GST_END_TEST

#define BODY(text) "submit:body=" text

static const Shape named[] = {
  { BODY ("{\"code\":1,\"msg\":\"success\",\"data\":\"@ID@\"}"), NULL, 1 },
  { BODY ("{\"code\":200,\"data\":[{\"status\":\"submitted\","
          "\"task_id\":\"@ID@\"}]}"),
      NULL, 1 },
  { BODY ("[{\"id\":\"@ID@\"}]"), NULL, 1 },
  { BODY ("{\"data\":{\"data\":{\"output\":{\"jobId\":\"@ID@\"}}}}"), NULL, 1 },
  { BODY ("{\"task_result\":{\"generation_id\":\"@ID@\"}}"), NULL, 1 },
  { BODY ("{\"code\":777,\"msg\":\"odd\",\"data\":{\"taskId\":\"@ID@\"}}"),
      NULL, 1 },
  { BODY ("{\"code\":777,\"msg\":\"odd\",\"task_id\":\"@ID@\"}"), NULL, 1 },
  { BODY ("{\"requestId\":\"@ID@\",\"code\":\"SUCCESS\"}"), NULL, 1 },
  { BODY ("{\"Response\":{\"TaskId\":\"@ID@\",\"RequestId\":\"r-1\"}}"), NULL,
      1 },
  { BODY ("{\"code\":777,\"msg\":\"Task submitted\",\"job\":"
          "{\"id\":\"@ID@\"}}"),
      NULL, 1 },
  { BODY ("{\"code\":0,\"data\":\"{\\\"task_id\\\":\\\"@ID@\\\"}\"}"), NULL,
      1 },
  { BODY ("{\"task_id\":\" @ID@\\n\"}"), NULL, 1 },
  { BODY ("{\"task_id\":\"null\",\"id\":\"@ID@\"}"), NULL, 1 },
  { BODY ("{\"tasks\":[{\"task_id\":\"@ID@\"}]}"), NULL, 1 },
  { BODY ("{\"request_id\":\"@ID@\",\"task\":\"text-to-video\"}"), NULL, 1 },
  { BODY ("{\"status\":\"failed\",\"task_id\":\"@ID@\"}"), NULL, 1 },
  { "submit:status=201+body=+header=Location: /v1/videos/@ID@", NULL, 1 },
  { "submit:status=201+body={}+header=Location: /v1/videos/@ID@/", NULL, 1 },
};

GST_START_TEST (wherever_an_answer_names_the_task_it_is_taken)
{
  assert_whole (&named[__i__]);
}
GST_END_TEST

#define LINK(text) "poll:body=" text

static const Shape linked[] = {
  { LINK ("{\"status\":\"done\",\"video_url\":\" @URL@ \"}") },
  { LINK ("{\"status\":\"done\",\"video_url\":\"@URL@&title=a b\"}") },
  { LINK ("{\"status\":\"done\",\"video_url\":\"@URL-REST@\"}") },
  { LINK ("{\"status\":\"done\",\"content\":{\"result_url\":\"@URL@\"}}") },
  { LINK ("{\"state\":\"ready\",\"creations\":[{\"url\":\"@URL@\"}]}") },
  { LINK ("{\"done\":true,\"response\":{\"videos\":[{\"url\":\"@URL@\"}]}}") },
  { LINK ("{\"code\":0,\"data\":{\"status\":2,\"task_result\":"
          "{\"videos\":[{\"id\":1,\"url\":\"@URL@\"}]}}}") },
  { LINK ("{\"code\":1,\"data\":[{\"status\":\"success\","
          "\"unsigned_urls\":[\"@URL@\"]}]}") },
  { LINK ("{\"state\":\"completed\",\"assets\":{\"video\":\"@URL@\"}}") },
  { LINK ("{\"task_id\":\"t\",\"status\":\"2\",\"video_url\":\"@URL@\"}") },
  { LINK ("{\"video_url\":\"@URL@\",\"error\":\"null\"}") },
  { LINK ("{\"id\":\"t\",\"status\":\"done\",\"video_url\":\"@URL@\",\"tasks\":"
          "[{\"status\":\"failed\"}]}") },
  { LINK ("{\"status\":\"ok\",\"result\":\"@URL@\"}") },
  { LINK ("{\"Status\":\"SUCCESS\",\"videoUrl\":\"@URL@\"}") },
  { "poll@1:status=202+body=\npoll@2:status=204+body=" },
};

GST_START_TEST (wherever_an_answer_gives_the_link_it_is_fetched)
{
  test_service_set (service, "{\"generation_time\":0}");
  /* This run renders the clip, so that the next run's first poll can already
   * return its link. */
  play_whole (NULL);
  test_service_fault (service, linked[__i__].faults);
  play_whole ("reuse=never");
  assert_posts (service, 2);
}
GST_END_TEST

/* The service may have accepted these orders. Neither the run nor the one after
 * it may send a second order, and both report the doubt. */
static const gchar *const doubtful[] = {
  "submit:accept-status=302+header=Location: /v1/videos/@ID@",
  "submit:accept-status=303+header=Location: /v1/videos/@ID@",
  "submit:accept-status=301+header=Location: /v1/videos/@ID@",
  "submit:accept-status=302+header=Location: http://127.0.0.1:1/v1/videos/@ID@",
  "submit:accept-status=302",
  "submit:accept-status=304",
  "submit:accept-status=408",
  "submit:accept-status=409",
  "submit:accept-status=425",
  "submit:accept-status=499",
  "submit:accept-status=503+retry-after=1",
  BODY ("{\"code\":1,\"msg\":\"success\"}"),
  BODY ("{\"code\":777,\"msg\":\"success\"}"),
  BODY ("{\"code\":777,\"data\":{\"eta\":30}}"),
  BODY ("{\"code\":777,\"message\":\"OK?\",\"payload\":{\"eta\":30}}"),
  BODY ("{\"code\":777,\"message\":\"odd\",\"job\":{\"id\":\"@ID@\"}}"),
  BODY ("{\"code\":777,\"message\":\"Task submitted\"}"),
  BODY ("{\"code\":\"InvalidParameter\"}"),
  BODY ("{\"message\":\"Welcome\"}"),
  "submit:body={}+header=Location: https://127.0.0.1:1/v1/videos/@ID@",
  BODY ("{\"status\":\"timeout\",\"message\":\"upstream timed out\"}"),
  BODY ("{\"status\":\"interrupted\"}"),
  BODY ("{\"code\":504,\"message\":\"Gateway Timeout\"}"),
  BODY ("{\"success\":false,\"message\":\"The upstream timed out\"}"),
  BODY ("{\"id\":0}"),
  BODY ("{\"status\":200}"),
  BODY ("{\"success\":false,\"task_id\":\"@ID@\"}"),
  BODY ("OK"),
  BODY ("\"@ID@\""),
  BODY ("{\"task_id\":\"a\xe2\x80\xae"
        "b\"}"),
};

GST_START_TEST (what_proves_nothing_is_never_sent_again)
{
  for (guint i = 0; i < 2; i++) {
    TestRun *run = test_run_new (CLIP "! fakesink");
    g_autoptr (GError) error = NULL;
    const GstStructure *details = NULL;
    GstMessage *message;

    if (i == 0)
      test_service_fault (service, doubtful[__i__]);
    else
      test_service_fault (service, "");
    message = test_run_to_error (run);
    gst_message_parse_error (message, &error, NULL);
    gst_message_parse_error_details (message, &details);
    fail_unless_equals_string (
        gst_structure_get_string (details, "reason"), "maybe-billed");
    fail_unless (
        strstr (error->message, "may be billed"), "%s", error->message);
    test_run_free (run);
    assert_posts (service, 1);
  }
}
GST_END_TEST

/* The error names the task that the redirect leads to, and the user can take
 * that task up without a new order. */
GST_START_TEST (the_task_of_a_redirect_is_told)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autofree gchar *id = NULL;
  g_autoptr (GError) error = NULL;

  test_service_fault (
      service, "submit:accept-status=302+header=Location: /v1/videos/@ID@");
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  id = test_service_get_task (service, 0, "id");
  fail_unless (strstr (error->message, id), "%s", error->message);
  test_run_free (run);
  run = test_run_new (CLIP "task-id=%s ! fakesink", id);
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* The id of a paid task may be in a place that nobody knows. Both runs quote
 * the answer, and the user can take the task up without a new order. */
GST_START_TEST (an_answer_without_a_known_id_is_quoted)
{
  g_autofree gchar *id = NULL;
  TestRun *run;

  test_service_fault (service, BODY ("{\"order\":{\"ref\":\"@ID@\"}}"));
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;

    run = test_run_new (CLIP "! fakesink");
    gst_message_parse_error (test_run_to_error (run), &error, NULL);
    if (!id)
      id = test_service_get_task (service, 0, "id");
    fail_unless (strstr (error->message, id), "%s", error->message);
    test_run_free (run);
    test_service_fault (service, "");
  }
  run = test_run_new (CLIP "task-id=%s ! fakesink", id);
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* The service repeats the order in its answers, with a picture of 12 MiB. */
GST_START_TEST (an_answer_that_repeats_the_picture_is_read)
{
  const gsize more = 12 * 1024 * 1024;
  g_autofree gchar *path = test_home_paint ("frame.png", 320, 320);
  g_autofree gchar *picture = NULL, *longer = NULL;
  gsize size;
  TestRun *run = test_run_new (CLIP "! fakesink");

  fail_unless (g_file_get_contents (path, &picture, &size, NULL));
  longer = g_malloc0 (size + more);
  memcpy (longer, picture, size);
  fail_unless (g_file_set_contents (path, longer, size + more, NULL));
  test_service_fault (service,
      "submit:body={\"input\":@ORDER@,\"task_id\":\"@ID@\"}\n"
      "poll:body={\"input\":@ORDER@,\"task_id\":\"@ID@\","
      "\"status\":\"succeeded\",\"video_url\":\"@URL@\"}");
  test_service_set (service, "{\"generation_time\":0}");
  g_object_set (run->src, "image", path, NULL);
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* After these answers it is certain that nothing was ordered, so the same order
 * may be sent again. */
static const gchar *const refusals[] = {
  "submit:refusal={\"success\":false,\"job\":{\"id\":\"other\"}}",
  "submit:refusal={\"error\":{\"message\":\"No\"}}",
  "submit:refusal={\"status\":\"error\",\"message\":\"No\"}",
  "submit:refusal={\"code\":500,\"data\":{\"x\":1},\"message\":\"No\"}",
  "submit:refusal={\"code\":1001,\"message\":\"No\",\"data\":null}",
  "submit:refusal={\"code\":1001,\"message\":\"No\",\"status\":1001}",
  "submit:refusal={\"code\":401,\"message\":\"Session timed out\"}",
  ("submit:refusal={\"code\":422,\"message\":\"Image fetch timed out. Check "
   "the link\"}"),
  "submit:status=422+message=No",
  "submit:status=400+message=No+truncate=60%",
  "submit:status=400+message=No+chunked+cut-reset=100%",
  "submit:status=307+redirect=/elsewhere",
  "submit:status=308+redirect=/elsewhere",
  "submit:status=301+redirect=https://127.0.0.1:1@SELF@",
  "submit:status=302+redirect=http://127.0.0.1:1@SELF@",
};

GST_START_TEST (what_is_refused_may_be_ordered_again)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autoptr (GError) error = NULL;

  test_service_fault (service, refusals[__i__]);
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (
      strstr (error->message, "nothing is billed"), "%s", error->message);
  test_run_free (run);
  assert_posts (service, 1);
  test_service_fault (service, "");
  play_whole (NULL);
  assert_posts (service, 2);
  assert_tasks (service, 1);
}
GST_END_TEST

/* Given polls that are answered with an error instead of a state, the element
 * posts a warning, and gives up at the third such answer. */
GST_START_TEST (a_task_that_does_not_exist_ends_after_three_answers)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autoptr (GError) warning = NULL, error = NULL;
  const GstStructure *details = NULL;
  GstMessage *message;

  test_service_fault (service, "poll:body={\"error\":{\"code\":"
                               "\"task_not_exist\",\"message\":\"Own "
                               "words\"}}");
  test_run_start (run, GST_STATE_PLAYING);
  message = test_run_wait (run, GST_MESSAGE_WARNING);
  gst_message_parse_warning (message, &warning, NULL);
  fail_unless (strstr (warning->message, "Own words"), "%s", warning->message);
  message = test_run_wait (run, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, "Own words"), "%s", error->message);
  fail_unless (strstr (error->message, "task_not_exist"), "%s", error->message);
  gst_message_parse_error_details (message, &details);
  fail_unless_equals_string (
      gst_structure_get_string (details, "reason"), "not-found");
  assert_count (service, "polls", 3);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* These poll answers may speak of the request and not of the task. They must
 * not end a task that is paid for. */
static const gchar *const passing[] = {
  "poll@1:body={\"status\":\"error\",\"code\":429,\"message\":\"No\"}",
  "poll@1-4:body={\"status\":\"fail\",\"code\":503,\"message\":\"No\"}",
  "poll@1-2:body={\"status\":\"error\",\"message\":\"Try again\"}",
  "poll@1-2:body={\"success\":false,\"status\":\"timeout\"}",
  "poll@1-2:body={\"status\":\"failed\"}",
  "poll@1-2:body={\"id\":\"another\",\"status\":\"failed\"}",
  ("poll@1-4:body={\"id\":\"@ID@\",\"status\":\"failed\",\"error\":"
   "{\"code\":429}}"),
  ("poll@1-5:body={\"id\":\"@ID@\",\"status\":\"failed\",\"error\":"
   "{\"code\":429,\"message\":\"Too many requests\"}}"),
  ("poll@1-4:body={\"status\":\"running\",\"result\":{\"status\":"
   "\"error\"}}"),
  "poll@1-2:status=404\npoll@3:body={\"status\":\"error\"}",
  ("poll@1-2:status=404\npoll@3:body={\"status\":\"error\"}\n"
   "poll@4-5:status=404\npoll@6:truncate=10\npoll@7-8:status=404"),
  "poll@1-4:body={\"status\":\"error\",\"message\":\"Internal error\"}",
  ("poll@1-5:body={\"status\":\"failed\",\"message\":\"Rate limit "
   "exceeded\"}"),
  ("poll@1-2:body={\"id\":\"@ID@\",\"status\":\"error\",\"message\":"
   "\"Task not found\"}"),
  "poll@1-7:body={\"status\":\"success\",\"data\":{\"status\":1}}",
  "poll@1-4:body={\"id\":\"@ID@\",\"state\":1,\"url\":\"/tasks/@ID@\"}",
};

GST_START_TEST (an_answer_that_fails_is_not_a_task_that_fails)
{
  test_service_set (service, "{\"generation_time\":0}");
  test_service_fault (service, passing[__i__]);
  play_whole ("retries=9");
  assert_posts (service, 1);
}
GST_END_TEST

/* An answer without the task's name, and one with a code that is usually about
 * the question. */
static const gchar *const unsure[] = {
  "poll@1-5:body={\"status\":\"failed\"}",
  ("poll@1-5:body={\"code\":0,\"data\":{\"task_id\":\"@ID@\",\"status\":"
   "\"failed\",\"error\":{\"code\":403,\"message\":\"content policy\"}}}"),
  "poll@1-5:body={\"data\":{\"status\":\"rejected\"}}",
};

/* The element believes the fifth answer, so the next run orders again. */
GST_START_TEST (a_failed_task_of_an_unsure_answer_ends_after_five)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autoptr (GError) error = NULL;

  test_service_fault (service, unsure[__i__]);
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (strstr (error->message, "failed"), "%s", error->message);
  assert_count (service, "polls", 5);
  test_run_free (run);
  play_whole (NULL);
  assert_posts (service, 2);
}
GST_END_TEST

/* A finished clip is not ordered again because its link cannot be obtained. */
GST_START_TEST (a_task_that_was_done_does_not_fail_afterwards)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autoptr (GError) error = NULL;

  test_service_set (service, "{\"generation_time\":0}");
  test_service_fault (service,
      "poll@2-:body={\"status\":\"failed\"}\nclip@1:status=403\n"
      "end@1:status=403");
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  test_run_free (run);
  test_service_fault (service, "");
  play_whole (NULL);
  assert_posts (service, 1);
}
GST_END_TEST

/* Given an order in doubt and a task-id that the service refuses, the order
 * stays in doubt: the id may be mistyped. */
GST_START_TEST (a_wrong_id_does_not_settle_a_doubtful_order)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autoptr (GError) error = NULL, wrong = NULL, still = NULL;

  test_service_fault (service, "submit:accept-drop");
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  test_run_free (run);
  test_service_fault (
      service, "poll:body={\"status\":\"error\",\"message\":\"Bad id\"}");
  run = test_run_new (CLIP "task-id=mistyped ! fakesink");
  gst_message_parse_error (test_run_to_error (run), &wrong, NULL);
  test_run_free (run);
  run = test_run_new (CLIP "! fakesink");
  gst_message_parse_error (test_run_to_error (run), &still, NULL);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_failed_task_with_its_name_ends_at_once)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autoptr (GError) error = NULL;

  test_service_fault (
      service, "poll:body={\"id\":\"@ID@\",\"status\":\"failed\"}");
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  assert_count (service, "polls", 1);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* This rate limit names a task, so that another order could be billed twice. */
GST_START_TEST (a_refusal_that_names_a_task_is_not_repeated)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autoptr (GError) error = NULL;

  test_service_fault (service,
      "submit:status=429+body={\"task_id\":\"task-77\",\"message\":\"Your "
      "task has been queued\",\"job\":{\"status\":\"queued\"}}");
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (strstr (error->message, "task-77"), "%s", error->message);
  fail_unless (strstr (error->message, "may be billed"), "%s", error->message);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* The id in this rate limit is that of the request, and the word is one that
 * other services use for tasks. */
GST_START_TEST (a_rate_limit_with_the_id_of_its_request_is_waited_for)
{
  test_service_fault (service,
      "submit@1:status=429+body={\"request_id\":\"r\",\"status\":"
      "\"throttled\",\"message\":\"Too many requests\"}");
  play_whole (NULL);
  assert_posts (service, 2);
  assert_tasks (service, 1);
}
GST_END_TEST

/* Two errors without a state are tolerated; an answer with a state between them
 * restarts the count. */
GST_START_TEST (errors_without_a_state_that_pass_cost_nothing)
{
#define GONE "body={\"code\":\"task_not_exist\",\"message\":\"No\"}"
  test_service_set (service, "{\"generation_time\":0}");
  test_service_fault (service,
      "poll@1:" GONE "\npoll@2:" GONE "\npoll@3:word=running\npoll@4:" GONE
      "\npoll@5:" GONE);
  play_whole (NULL);
  assert_posts (service, 1);
}
GST_END_TEST

/* Given polls with one of these words and without the task's name, the element
 * goes on: the service itself may have failed. */
static const gchar *const outages[] = { "error", "Timed Out" };

GST_START_TEST (an_outage_that_is_told_as_an_error_ends_no_task)
{
  GString *faults = g_string_new (NULL);

  for (guint i = 1; i <= 6; i++)
    g_string_append_printf (faults,
        "%spoll@%u:body={\"status\":\"%s\",\"message\":\"upstream\"}",
        i > 1 ? "\n" : "", i, outages[__i__]);
  test_service_set (service, "{\"generation_time\":0}");
  test_service_fault (service, faults->str);
  g_string_free (faults, TRUE);
  play_whole (NULL);
  assert_posts (service, 1);
  assert_tasks (service, 1);
}
GST_END_TEST

/* Makes the ledger rows of the task @id older by @seconds. */
static void
age_record (const gchar *id, gint64 seconds)
{
  g_autofree gchar *sql = g_strdup_printf (
      "UPDATE attempts SET created = created - %" G_GINT64_FORMAT
      " WHERE task_id = '%s';",
      seconds, id);

  test_ledger_change (sql);
}

/* Given a history of clips that took a minute, and a task that another run
 * ordered 70 s ago, the element polls again after a small share of those 70 s,
 * and not after the time that a new clip would take. */
GST_START_TEST (a_task_that_runs_for_long_is_noticed_within_seconds)
{
  g_autofree gchar *id = NULL;
  gint64 start;
  TestRun *run;

  test_service_set (service, "{\"generation_time\":0.2}");
  play_whole (NULL);
  /* The job notes the generation time after EOS. Wait for that, because it
   * would overwrite the change below. */
  test_ledger_wait (
      "SELECT count(*) FROM attempts WHERE state = 'played';", TRUE);
  test_ledger_change ("UPDATE attempts SET generation_ms = 60000;");
  test_service_set (service, "{\"generation_time\":1000}");
  run = test_run_new (CLIP "! fakesink");
  test_run_start (run, GST_STATE_PLAYING);
  test_run_wait_task (run, "submitted");
  test_run_free (run);
  id = test_service_get_task (service, 1, "id");
  age_record (id, 70);

  run = test_run_new (CLIP "! fakesink");
  test_run_start (run, GST_STATE_PLAYING);
  test_run_wait_task (run, "queued");
  start = g_get_monotonic_time ();
  test_service_set (service, "{\"generation_time\":0}");
  test_run_wait (run, GST_MESSAGE_EOS);
  fail_unless (g_get_monotonic_time () - start <
               25 * G_TIME_SPAN_SECOND * (gint64) test_slowness ());
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

static Suite *
answers_suite (void)
{
  Suite *suite = suite_create ("answers");
  TCase *taken = test_case_new (suite, "taken");
  TCase *money = test_case_new (suite, "money");
  TCase *words = test_case_new (suite, "words");

#define LOOP(tcase, test, cases) \
  tcase_add_loop_test (tcase, test, 0, G_N_ELEMENTS (cases))
  LOOP (taken, however_an_answer_is_sent_it_is_taken, sent);
  LOOP (taken, wherever_an_answer_names_the_task_it_is_taken, named);
  LOOP (taken, wherever_an_answer_gives_the_link_it_is_fetched, linked);
  LOOP (money, what_proves_nothing_is_never_sent_again, doubtful);
  tcase_add_test (money, the_task_of_a_redirect_is_told);
  tcase_add_test (money, an_answer_without_a_known_id_is_quoted);
  tcase_add_test (money, an_answer_that_repeats_the_picture_is_read);
  LOOP (money, what_is_refused_may_be_ordered_again, refusals);
  tcase_add_test (words, a_task_that_does_not_exist_ends_after_three_answers);
  LOOP (money, an_answer_that_fails_is_not_a_task_that_fails, passing);
  LOOP (money, a_failed_task_of_an_unsure_answer_ends_after_five, unsure);
  tcase_add_test (money, a_task_that_was_done_does_not_fail_afterwards);
  tcase_add_test (money, a_wrong_id_does_not_settle_a_doubtful_order);
  tcase_add_test (money, a_failed_task_with_its_name_ends_at_once);
  tcase_add_test (money, a_refusal_that_names_a_task_is_not_repeated);
  tcase_add_test (money, a_rate_limit_with_the_id_of_its_request_is_waited_for);
  tcase_add_test (words, errors_without_a_state_that_pass_cost_nothing);
  tcase_add_test (words, a_task_that_runs_for_long_is_noticed_within_seconds);
  LOOP (money, an_outage_that_is_told_as_an_error_ends_no_task, outages);

  return suite;
}

GST_CHECK_MAIN (answers)
