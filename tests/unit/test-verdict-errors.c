/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given an answer of the service, the error names the task, the address and the
 * reason. */
#include "verdict-kit.h"

#include <string.h>

#define REFUSED SEEDANCE_VERDICT_REFUSED
#define WAITS SEEDANCE_VERDICT_WAIT
#define UNNAMED SEEDANCE_VERDICT_UNNAMED

static GError *
fail_submit (guint status, const gchar *body, const gchar *location)
{
  g_autoptr (SeedanceAnswer) answer = verdict_read_body (body);
  SeedanceReply reply = verdict_make_submit (status, answer);
  GError *error = NULL;

  reply.location = location;
  seedance_judge_submit (&reply, &error);
  g_assert_nonnull (error);
  return error;
}

static void
assert_told_task (const GError *error, const gchar *id)
{
  g_assert_cmpstr (seedance_error_get_details (error)->task_id, ==, id);
  verdict_assert_text_has (error, id);
}

static void
test_a_refusal_that_names_a_task_carries_its_id (void)
{
  g_autoptr (GError) error =
      fail_submit (200, "{'success':false,'task_id':'t-1'}", NULL);

  assert_told_task (error, "t-1");
}

static void
test_a_redirect_to_a_task_carries_its_id (void)
{
  static const gchar *const places[] = { "/v1/videos/TASK", "TASK",
    VERDICT_ADDRESS "TASK", VERDICT_ADDRESS "TASK?a=b" };

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autoptr (GError) error = fail_submit (302, NULL, places[i]);

    g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED);
    assert_told_task (error, "TASK");
  }
}

static void
test_another_redirect_tells_what_looks_like_an_id (void)
{
  g_autoptr (GError) named = fail_submit (303, NULL, "/tasks/cgt-2026-1");
  g_autoptr (GError) page = fail_submit (302, NULL, "/login");
  g_autoptr (GError) body = fail_submit (302, "{'task_id':'t-1'}", NULL);

  assert_told_task (named, "cgt-2026-1");
  g_assert_null (seedance_error_get_details (page)->task_id);
  assert_told_task (body, "t-1");
}

static void
test_a_moved_service_is_named (void)
{
  g_autoptr (GError) host = fail_submit (
      308, NULL, "https://new.example/x/v1/videos/text-to-video?a=SECRET");
  g_autoptr (GError) other =
      fail_submit (307, NULL, "https://new.example/orders");

  verdict_assert_text_has (host, "Set base-url to https://new.example/x");
  g_assert_true (g_str_has_suffix (host->message, "/x"));
  verdict_assert_text_has (other, "https://new.example/orders");
}

static void
test_created_may_be_told_by_the_location (void)
{
  static const struct {
    const gchar *location, *id;
  } places[] = {
    { "/v1/videos/TASK", "TASK" },
    { VERDICT_ADDRESS "a%20b", "a b" },
    { "/v1/videos/TASK/", "TASK" },
    { "/v1/videos/", NULL },
    { "/v1/videos/text-to-video/", NULL },
    { "/v1/videos/text-to-video", NULL },
    { "/v2/TASK", NULL },
    { "https://other.example/v1/videos/TASK", NULL },
    { "/v1/videos/a%0d%0ab", NULL },
    { NULL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autoptr (SeedanceAnswer) answer = verdict_read_body (NULL);
    SeedanceReply reply = verdict_make_submit (201, answer);
    g_autofree gchar *id = NULL;

    reply.location = places[i].location;
    id = seedance_reply_task_in_location (&reply);
    g_assert_cmpstr (id, ==, places[i].id);
  }
}

/* A paid task's id may be in a place that nobody knows. */
static void
test_an_answer_without_an_id_is_quoted (void)
{
  g_autoptr (GError) odd = fail_submit (200,
      "{ 'order':{'ref':'t-77'},\n 'url':'https://h/v?sig=SECRET' }", NULL);
  g_autoptr (GError) empty = fail_submit (200, "{}", NULL);
  g_autofree gchar *text = g_strnfill (300, 'x');
  g_autofree gchar *body = g_strdup_printf ("{'order':'%s'}", text);
  g_autoptr (GError) longer = fail_submit (200, body, NULL);

  verdict_assert_text_has (
      odd, "{ \"order\":{\"ref\":\"t-77\"}, \"url\":\"https://h/v?…\" }");
  verdict_assert_text_has (odd, "answer.id");
  g_assert_null (strstr (empty->message, "answer.id"));
  verdict_assert_text_has (longer, "xxx…");
  g_assert_null (strstr (longer->message, text));
}

/* A service behind a proxy may write http:// where https:// was asked. */
static void
test_a_location_elsewhere_is_told (void)
{
  static const gchar *const bodies[] = { "{}", "", "Created" };

  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++) {
    g_autoptr (GError) error =
        fail_submit (201, bodies[i], "http://api.example/v1/videos/task-77/");

    verdict_assert_text_has (error, "The task is task-77.");
    g_assert_cmpstr (
        seedance_error_get_details (error)->task_id, ==, "task-77");
  }
}

static void
test_the_address_that_was_asked_is_told (void)
{
  g_autoptr (SeedanceAnswer) answer = verdict_read_body (NULL);
  SeedanceReply reply = verdict_make_submit (404, answer);
  g_autoptr (GError) error = NULL, doubled = NULL, poll = NULL;

  seedance_judge_submit (&reply, &error);
  verdict_assert_text_has (error, VERDICT_ADDRESS "text-to-video.");
  reply.address = "https://me:SECRET@h/v1/v1/videos?key=SECRET";
  seedance_judge_submit (&reply, &doubled);
  verdict_assert_text_has (doubled, "https://h/v1/v1/videos: \"/v1\"");
  g_assert_null (strstr (doubled->message, "SECRET"));
  reply = verdict_make_poll (404, answer);
  seedance_judge_poll (&reply, &poll);
  verdict_assert_text_has (poll, VERDICT_ADDRESS "t-9.");
}

static void
test_words_about_the_model_count_where_one_was_named (void)
{
  static const struct {
    const gchar *body, *words;
  } cases[] = {
    { "{'error':{'code':'ResourceNotFound','message':'No such model.'}}",
        "does not know the model" },
    { WORDS ("The model or endpoint x does not exist"),
        "does not know the model" },
    { ERROR ("ResourceNotFound"), "There is no such service" },
    { NULL, "There is no such service" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (SeedanceAnswer) answer = verdict_read_body (cases[i].body);
    SeedanceReply reply = verdict_make_submit (404, answer);
    g_autoptr (GError) error = NULL;

    reply.with_model = TRUE;
    seedance_judge_submit (&reply, &error);
    verdict_assert_text_has (error, cases[i].words);
  }
}

static void
test_a_task_that_was_named_is_left_out_to_order_anew (void)
{
  static const guint gone[] = { 404, 410 };

  for (gsize i = 0; i < G_N_ELEMENTS (gone); i++) {
    g_autoptr (SeedanceAnswer) answer = verdict_read_body (NULL);
    SeedanceReply reply = verdict_make_poll (gone[i], answer);
    g_autoptr (GError) error = NULL;

    reply.named = TRUE;
    seedance_judge_poll (&reply, &error);
    verdict_assert_text_has (error, "leave task-id out and set prompt");
    g_assert_null (strstr (error->message, "reuse=never"));
  }
}

static void
test_an_odd_encoding_is_told (void)
{
  g_autoptr (SeedanceAnswer) answer =
      seedance_answer_parse ("\x81\x82\x83", 3, NULL);
  SeedanceReply reply = verdict_make_submit (200, answer);
  g_autoptr (GError) error = NULL;

  reply.encoding = "br";
  seedance_judge_submit (&reply, &error);
  verdict_assert_text_has (error, "Content-Encoding br");
}

static void
test_a_page_is_quoted (void)
{
  g_autoptr (GError) error =
      fail_submit (502, "<html><h1>Bad Gateway</h1></html>", NULL);

  verdict_assert_text_has (error, "\"Bad Gateway\"");
}

static void
test_the_number_of_a_failed_request_is_no_task (void)
{
  g_autoptr (GError) error =
      fail_submit (500, "{'error':'x','request_id':'r'}", NULL);

  g_assert_null (seedance_error_get_details (error)->task_id);
}

static void
test_a_request_id_with_line_ends_is_not_shown (void)
{
  g_autoptr (SeedanceAnswer) answer = verdict_read_body (NULL);
  SeedanceReply reply = verdict_make_submit (500, answer);
  g_autoptr (GError) error = NULL;

  reply.request_id = "a\nInjected";
  seedance_judge_submit (&reply, &error);
  g_assert_null (strstr (error->message, "Injected"));
}

static void
test_no_query_is_told (void)
{
  g_autoptr (GError) error = fail_submit (
      400, "{'error':'cannot read https://h/i.png?sig=SECRET'}", NULL);

  verdict_assert_text_has (error, "https://h/i.png?");
  g_assert_null (strstr (error->message, "SECRET"));
}

static void
test_every_verdict_has_a_reason (void)
{
  static const struct {
    guint status;
    const gchar *body, *reason;
  } cases[] = {
    { 400, ERROR ("InvalidParameter"), "settings" },
    { 401, NULL, "not-authorized" },
    { 402, NULL, "quota" },
    { 403, ERROR ("AccountOverdueError"), "quota" },
    { 429, ERROR ("QuotaExceeded"), "quota" },
    { 429, NULL, "busy" },
    { 404, ERROR ("ModelNotOpen"), "not-found" },
    { 404, NULL, "settings" },
    { 400, ERROR ("InputTextSensitiveContentDetected"), "moderation" },
    { 200, "{'status':'nsfw'}", "moderation" },
    { 500, NULL, "maybe-billed" },
    { 302, NULL, "maybe-billed" },
    { 200, "{}", "maybe-billed" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error =
        fail_submit (cases[i].status, cases[i].body, NULL);

    g_assert_cmpstr (
        seedance_reason_to_string (seedance_error_get_reason (error)), ==,
        cases[i].reason);
  }
}

static void
test_every_end_has_a_reason (void)
{
  static const struct {
    const gchar *body, *reason;
  } cases[] = {
    { "{'status':'failed'}", "failed" },
    { "{'status':'cancelled'}", "cancelled" },
    { "{'status':'expired'}", "expired" },
    { "{'status':'nsfw'}", "moderation" },
    { "{'status':'failed','error':{'code':'OutputVideoSensitiveContent'}}",
        "moderation" },
    { "{'error':{'code':'task_not_exist','message':'No.'}}", "not-found" },
    { "{'code':401,'message':'No.'}", "not-authorized" },
    { "{'code':429,'message':'No.'}", "busy" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (SeedanceAnswer) answer = verdict_read_body (cases[i].body);
    SeedanceReply reply = verdict_make_poll (200, answer);
    g_autoptr (GError) error = NULL;

    seedance_judge_poll (&reply, &error);
    g_assert_cmpstr (
        seedance_reason_to_string (seedance_error_get_reason (error)), ==,
        cases[i].reason);
  }
}

#define NO "'code':1303,'message':'too many tasks',"
#define LIMIT(more) "{'id':'r','message':'limit','job':{'id':'o'," more "}}"
#define ODD(more) \
  { \
    200, "{'code':1001,'message':'Not now'," more "}", REFUSED \
  }
/* These refusals name tasks of others, or have more beside the error than
 * most. */
static const struct {
  guint status;
  const gchar *body;
  SeedanceVerdict verdict;
} refusals[] = {
  { 200, "{" NO "'tasks':[{'id':'t1'}]}", REFUSED },
  { 200, "{" NO "'jobs':['other-12345']}", REFUSED },
  { 200,
      "{'code':400,'message':'No',"
      "'jobs':[{'id':'other','status':'running'}]}",
      REFUSED },
  { 200, "{'success':false,'job':{'id':'o','status':'running'}}", REFUSED },
  { 429, "{'message':'limit','jobs':[{'id':'o','status':'running'}]}", WAITS },
  { 403, "{'message':'limit','jobs':[{'id':'o','status':'running'}]}",
      REFUSED },
  { 429, "{'job':{'id':'o','status':'running'}}", WAITS },
  { 403, "{'job':{'id':'o','status':'running'}}", REFUSED },
  { 403, LIMIT ("'status':'running'"), REFUSED },
  { 429, LIMIT ("'status':'running'"), WAITS },
  { 429, LIMIT ("'done':false"), WAITS },
  { 429, LIMIT ("'video_url':'https://h/v'"), WAITS },
  { 429, LIMIT ("'task_id':'o','status':'running'"), WAITS },
  { 429,
      "{'request_id':'r','message':'limit','job':{'id':'o',"
      "'status':'running'}}",
      WAITS },
  { 200,
      "{'code':50411,'data':null,'message':'Pre Img Risk Not Pass',"
      "'request_id':'r','status':50411,'time_elapsed':'1ms'}",
      REFUSED },
  { 200,
      "{'code':50413,'data':null,'message':'Post Text Risk Not Pass',"
      "'request_id':'r','status':50413,'time_elapsed':'1ms'}",
      REFUSED },
  { 200,
      "{'code':50430,'data':null,'message':'Request Has Reached API "
      "Concurrent Limit','request_id':'r','status':50430}",
      REFUSED },
  ODD ("'ts':1"),
  ODD ("'server_time':1"),
  ODD ("'time_cost':'1ms'"),
  ODD ("'requestTime':1"),
  ODD ("'cost':3"),
  ODD ("'status':400"),
  ODD ("'status_code':400"),
  ODD ("'err_msg':'x'"),
  ODD ("'errmsg':'x'"),
  ODD ("'error_msg':'x'"),
  ODD ("'msg_zh':'x'"),
  ODD ("'err_tips':'x'"),
  ODD ("'toast':'x'"),
  ODD ("'docs':'x'"),
  ODD ("'help':'x'"),
  ODD ("'trace':'x'"),
  ODD ("'version':'1'"),
  ODD ("'host':'h'"),
  ODD ("'retryable':true"),
  ODD ("'sub_code':7"),
  ODD ("'exc_type':'X'"),
  ODD ("'description':'x'"),
  ODD ("'extra':{'x':1}"),
  ODD ("'trace':{'id':'t'}"),
  ODD ("'headers':{'x':'y'}"),
  { 200, "{'code':1001,'message':'\u4f59\u989d\u4e0d\u8db3','ts':1}", REFUSED },
};

static void
test_a_plain_refusal_stays_one (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++) {
    g_autoptr (SeedanceAnswer) answer = verdict_read_body (refusals[i].body);
    SeedanceReply reply = verdict_make_submit (refusals[i].status, answer);
    SeedanceVerdict verdict = seedance_judge_submit (&reply, NULL);

    if (verdict != refusals[i].verdict)
      g_error ("verdict %d: %s", verdict, refusals[i].body);
  }
}

static void
test_a_refusal_that_ends_in_a_word_of_tasks_stays_one (void)
{
  static const gchar *const texts[] = {
    "Please wait until your current task is completed",
    "Account verification is pending",
    "Maximum concurrent tasks reached: 3 running",
    "Please wait, your other task is still processing",
    "Only JPEG and PNG images are accepted.",
    "Please top up before a task can be created.",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree gchar *body =
        g_strdup_printf ("{'code':1012,'message':'%s'}", texts[i]);
    g_autoptr (SeedanceAnswer) answer = verdict_read_body (body);
    SeedanceReply reply = verdict_make_submit (200, answer);

    g_assert_cmpint (seedance_judge_submit (&reply, NULL), ==, REFUSED);
  }
}

/* A task may stand at a place that nobody knows. */
static void
test_a_refusal_beside_an_object_is_in_doubt (void)
{
  static const gchar *const bodies[] = {
    "{'code':1001,'message':'odd','job':{'id':'j-1'}}",
    "{'code':1001,'message':'odd','order':{'ref':'j-1'}}",
    "{'code':1001,'message':'odd','orders':[{'ref':'j-1'}]}",
    "{'code':1001,'message':'Task submitted'}",
    "{'code':1001,'message':'Task created successfully','ts':1}",
    "{'code':1001,'message':'odd','success':true}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++) {
    g_autoptr (SeedanceAnswer) answer = verdict_read_body (bodies[i]);
    SeedanceReply reply = verdict_make_submit (200, answer);

    g_assert_cmpint (
        seedance_judge_submit (&reply, NULL), ==, SEEDANCE_VERDICT_AMBIGUOUS);
  }
}

/* A word such as "error" may be the envelope's, but not at an inner place, unless
 * the code is one of a gateway. */
static void
test_a_named_place_is_the_task_s_unless_in_the_envelope (void)
{
  static const struct {
    const gchar *body, *place;
    SeedanceVerdict verdict;
  } cases[] = {
    { "{'job':{'phase':'error'}}", "job.phase", UNNAMED },
    { "{'info':{'phase':'error'}}", "info.phase", UNNAMED },
    { "{'status':'error','job':{'phase':'error'}}", "job.phase", UNNAMED },
    { "{'success':false,'job':{'phase':'aborted'}}", "job.phase", UNNAMED },
    { "{'code':500,'job':{'phase':'failed'}}", "job.phase", UNNAMED },
    { "{'code':429,'job':{'phase':'error'}}", "job.phase", WAITS },
    { "{'code':503,'job':{'phase':'error'}}", "job.phase", WAITS },
    { "{'code':502,'data':{'status':'error'}}", "data.status", WAITS },
    { "{'code':504,'data':{'status':'timeout'}}", "phase", WAITS },
    { "{'code':503,'data':{'status':'failed'}}", "phase", UNNAMED },
    { "{'code':503,'data':{'id':'t-9','status':'error'}}", "phase",
        SEEDANCE_VERDICT_ENDED },
    { "{'code':500,'data':{'status':'error'}}", "phase", UNNAMED },
    { "{'code':501,'data':{'status':'fail'}}", "phase", UNNAMED },
    { "{'status':'error','code':503}", "job.phase", WAITS },
    { "{'phase':'error'}", "phase", WAITS },
    { "{'phase':['job','error']}", "phase[1]", WAITS },
    { "{'job':{'phase':['error']}}", "job.phase[0]", UNNAMED },
    { "{'jobs':[{'phase':'error'}]}", "jobs[0].phase", UNNAMED },
    { "{'phase':'failed','message':'Rate limit exceeded'}", "phase", WAITS },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *more =
        g_strdup_printf ("{'status':['%s']}", cases[i].place);
    g_autoptr (SeedanceAnswer) answer =
        verdict_read_body_as (cases[i].body, more);
    SeedanceReply reply = verdict_make_poll (200, answer);
    SeedanceVerdict verdict = seedance_judge_poll (&reply, NULL);

    if (verdict != cases[i].verdict)
      g_error ("verdict %d: %s", verdict, cases[i].body);
  }
}

/* A gateway may have replaced the HTTP status of a service that took the
 * order. */
static void
test_a_task_behind_an_http_error_is_in_doubt (void)
{
  static const gchar *const bodies[] = {
    "{'id':'t','message':'Own words.','status':'queued'}",
    "{'id':'t','message':'Own words.','status':'ok','done':false}",
    "{'id':'t','message':'Own words.','done':true,'job':{'id':'o'}}",
    "{'id':'t','message':'Own words.','video_url':'https://h/v',"
    "'job':{'id':'o'}}",
    "{'id':'t','message':'Own words.','data':{'status':'running'}}",
    "{'id':'e','message':'Own words.','status':'ok',"
    "'data':{'task_id':'t','status':'queued'}}",
    "{'id':'t','message':'Own words.','status':'queued',"
    "'job':{'id':'o','status':'running'}}",
    "{'id':'t','message':'Task submitted','job':{'status':'queued'}}",
    "{'id':'t','job':{'status':'queued'}}",
    "{'id':'t',LONG,'job':{'status':'queued'}}",
    "{'id':'t',LONG,'job':{'id':'t','status':'queued'}}",
    "{'id':'t',LONG,'job':{'id':'t','done':false}}",
    "{'task_id':'t',LONG,'job':{'status':'queued'}}",
    "{'task_id':'t',LONG,'job':{'id':'j','status':'queued'}}",
    "{'id':'e',LONG,'data':{'taskId':'t'},'job':{'id':'j','done':false}}",
    "{'task_ids':['t'],'message':'\u6392\u961f\u4e2d',"
    "'job':{'status':'queued'}}",
  };
  static const guint statuses[] = { 400, 403, 404, 429, 503 };

  for (gsize i = 0; i < G_N_ELEMENTS (bodies) * G_N_ELEMENTS (statuses); i++) {
    g_autoptr (GString) body =
        g_string_new (bodies[i / G_N_ELEMENTS (statuses)]);
    g_autoptr (GError) error = NULL;

    g_string_replace (body, "LONG", "'message':'Your task has been queued'", 0);
    g_test_message ("%s", body->str);
    error =
        fail_submit (statuses[i % G_N_ELEMENTS (statuses)], body->str, NULL);
    g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED);
    assert_told_task (error, "t");
  }
}

static void
test_errors_may_be_ignored (void)
{
  g_autoptr (SeedanceAnswer) answer = verdict_read_body (NULL);
  SeedanceReply submit = verdict_make_submit (401, answer);
  SeedanceReply poll = verdict_make_poll (500, answer);

  g_assert_cmpint (
      seedance_judge_submit (&submit, NULL), ==, SEEDANCE_VERDICT_REFUSED);
  g_assert_cmpint (
      seedance_judge_poll (&poll, NULL), ==, SEEDANCE_VERDICT_WAIT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) g_test_add_func ("/verdict/" path, test_##name)
  ADD ("error/id-of-a-torn-answer", a_refusal_that_names_a_task_carries_its_id);
  ADD ("error/id-of-a-redirect", a_redirect_to_a_task_carries_its_id);
  ADD ("error/what-looks-like-an-id",
      another_redirect_tells_what_looks_like_an_id);
  ADD ("error/moved", a_moved_service_is_named);
  ADD ("created-elsewhere", created_may_be_told_by_the_location);
  ADD ("error/answer-without-an-id", an_answer_without_an_id_is_quoted);
  ADD ("created-at-another-origin", a_location_elsewhere_is_told);
  ADD ("error/address", the_address_that_was_asked_is_told);
  ADD ("error/model", words_about_the_model_count_where_one_was_named);
  ADD ("error/named-task", a_task_that_was_named_is_left_out_to_order_anew);
  ADD ("error/encoding", an_odd_encoding_is_told);
  ADD ("error/page", a_page_is_quoted);
  ADD ("error/number-of-a-request", the_number_of_a_failed_request_is_no_task);
  ADD (
      "error/request-id-on-one-line", a_request_id_with_line_ends_is_not_shown);
  ADD ("error/no-query", no_query_is_told);
  ADD ("reason/submit", every_verdict_has_a_reason);
  ADD ("reason/end", every_end_has_a_reason);
  ADD ("refusal/plain", a_plain_refusal_stays_one);
  ADD ("refusal/words", a_refusal_that_ends_in_a_word_of_tasks_stays_one);
  ADD ("refusal/beside-an-object", a_refusal_beside_an_object_is_in_doubt);
  ADD ("refusal/task", a_task_behind_an_http_error_is_in_doubt);
  ADD ("poll/named-place", a_named_place_is_the_task_s_unless_in_the_envelope);
  ADD ("error/ignored", errors_may_be_ignored);
  return g_test_run ();
}
