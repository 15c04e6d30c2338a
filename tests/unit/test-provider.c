/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "provider.h"

#include <string.h>

#define SEEDDANCE &seedance_provider_seeddance
#define ARK &seedance_provider_ark
#define ARK_TASKS "/contents/generations/tasks"

static SeedanceRequest *
make_request (void)
{
  SeedanceRequest *request = seedance_request_new ();

  request->prompt = g_strdup ("a \"cat\"");
  return request;
}

static SeedanceRequest *
make_full_request (void)
{
  SeedanceRequest *request = make_request ();

  request->image = g_strdup ("https://h/i?a=1&b");
  request->resolution = g_strdup ("720p");
  request->aspect_ratio = g_strdup ("16:9");
  request->duration = 5;
  request->seed = 42;
  request->model = g_strdup ("m-1");
  return request;
}

static void
assert_body (const SeedanceProvider *provider, const SeedanceRequest *request,
    const gchar *expected)
{
  g_autofree gchar *body = provider->submit_body (request);

  g_assert_cmpstr (body, ==, expected);
}

/* Orders */

static void
test_providers_are_found_by_name (void)
{
  g_assert_true (seedance_provider_find ("seeddance") == SEEDDANCE);
  g_assert_true (seedance_provider_find ("ark") == ARK);
  g_assert_null (seedance_provider_find ("Ark"));
  g_assert_null (seedance_provider_find (""));
  g_assert_null (seedance_provider_find (NULL));
  g_assert_cmpstr (seedance_provider_seeddance.default_base_url, ==,
      "https://api.seeddanceapi.com");
  g_assert_cmpstr (seedance_provider_ark.default_base_url, ==,
      "https://ark.ap-southeast.bytepluses.com/api/v3");
}

static void
test_seeddance_takes_text_to_one_path_and_images_to_another (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  g_assert_cmpstr (seedance_provider_seeddance.submit_path (request), ==,
      "/v1/videos/text-to-video");
  request->image = g_strdup ("https://h/i");
  g_assert_cmpstr (seedance_provider_seeddance.submit_path (request), ==,
      "/v1/videos/image-to-video");
}

static void
test_seeddance_takes_an_image_of_the_extra_parameters_too (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->extra = cJSON_Parse ("{\"image_url\":\"https://h/i\"}");
  g_assert_cmpstr (seedance_provider_seeddance.submit_path (request), ==,
      "/v1/videos/image-to-video");
}

static void
test_seeddance_sends_only_what_was_set (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  assert_body (SEEDDANCE, request, "{\"prompt\":\"a \\\"cat\\\"\"}");
  request->seed = 0;
  assert_body (SEEDDANCE, request, "{\"prompt\":\"a \\\"cat\\\"\",\"seed\":0}");
}

static void
test_seeddance_sends_all_that_was_set (void)
{
  g_autoptr (SeedanceRequest) request = make_full_request ();

  assert_body (SEEDDANCE, request,
      "{\"model\":\"m-1\",\"prompt\":\"a \\\"cat\\\"\","
      "\"image_url\":\"https://h/i?a=1&b\",\"resolution\":\"720p\","
      "\"aspect_ratio\":\"16:9\",\"duration\":5,\"seed\":42}");
}

static void
test_extra_parameters_go_out_as_given_and_win (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->duration = 5;
  request->extra = cJSON_Parse ("{\"watermark\":false,\"duration\":8,\"z\":{"
                                "\"b\":[1.5,null],\"a\":\"\"}}");
  assert_body (SEEDDANCE, request,
      "{\"prompt\":\"a \\\"cat\\\"\",\"watermark\":false,\"duration\":8,"
      "\"z\":{\"b\":[1.5,null],\"a\":\"\"}}");
  assert_body (ARK, request,
      "{\"content\":[{\"type\":\"text\",\"text\":\"a \\\"cat\\\"\"}],"
      "\"watermark\":false,\"duration\":8,"
      "\"z\":{\"b\":[1.5,null],\"a\":\"\"}}");
}

static void
test_numbers_go_out_as_exact_integers (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->seed = 1000000000000000000;
  assert_body (SEEDDANCE, request,
      "{\"prompt\":\"a \\\"cat\\\"\",\"seed\":1000000000000000000}");
  request->seed = G_MAXINT64;
  assert_body (SEEDDANCE, request,
      "{\"prompt\":\"a \\\"cat\\\"\",\"seed\":9223372036854775807}");
}

static void
test_ark_has_one_path (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  g_assert_cmpstr (seedance_provider_ark.submit_path (request), ==, ARK_TASKS);
  request->image = g_strdup ("https://h/i");
  g_assert_cmpstr (seedance_provider_ark.submit_path (request), ==, ARK_TASKS);
}

static void
test_ark_sends_only_what_was_set (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->model = g_strdup ("m-1");
  assert_body (ARK, request,
      "{\"model\":\"m-1\",\"content\":"
      "[{\"type\":\"text\",\"text\":\"a \\\"cat\\\"\"}]}");
}

static void
test_ark_sends_all_that_was_set (void)
{
  g_autoptr (SeedanceRequest) request = make_full_request ();

  assert_body (ARK, request,
      "{\"model\":\"m-1\",\"content\":["
      "{\"type\":\"text\",\"text\":\"a \\\"cat\\\"\"},"
      "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://h/i?a=1&b\"}}],"
      "\"resolution\":\"720p\",\"ratio\":\"16:9\",\"duration\":5,\"seed\":42}");
}

static void
test_ark_sends_image_data (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->image = g_strdup ("data:image/png;base64,AA/+==");
  assert_body (ARK, request,
      "{\"content\":[{\"type\":\"text\",\"text\":\"a \\\"cat\\\"\"},"
      "{\"type\":\"image_url\",\"image_url\":"
      "{\"url\":\"data:image/png;base64,AA/+==\"}}]}");
}

static void
assert_status_path (
    const SeedanceProvider *provider, const gchar *id, const gchar *expected)
{
  g_autofree gchar *path = provider->status_path (id);

  g_assert_cmpstr (path, ==, expected);
}

static void
test_status_paths_name_the_task (void)
{
  assert_status_path (SEEDDANCE, "t-1", "/v1/videos/t-1");
  assert_status_path (ARK, "cgt-2026_a.b~c", ARK_TASKS "/cgt-2026_a.b~c");
}

static void
test_a_task_id_cannot_leave_its_segment (void)
{
  assert_status_path (
      SEEDDANCE, "../a?b=c#d%e f", "/v1/videos/..%2Fa%3Fb%3Dc%23d%25e%20f");
  assert_status_path (SEEDDANCE, "..", "/v1/videos/%2E%2E");
  assert_status_path (SEEDDANCE, ".", "/v1/videos/%2E");
  assert_status_path (SEEDDANCE, "\xc3\xa9", "/v1/videos/%C3%A9");
}

static void
assert_valid (const SeedanceProvider *provider, const SeedanceRequest *request)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (provider->validate (request, &error));
  g_assert_no_error (error);
}

static void
assert_refused (const SeedanceProvider *provider,
    const SeedanceRequest *request, const gchar *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (provider->validate (request, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  g_assert_nonnull (strstr (error->message, word));
  g_assert_nonnull (strstr (error->message, "nothing is billed"));
}

static void
test_seeddance_makes_up_to_1080p (void)
{
  static const gchar *const resolutions[] = { NULL, "", "480p", "720p",
    "1080p" };
  g_autoptr (SeedanceRequest) request = make_request ();

  for (gsize i = 0; i < G_N_ELEMENTS (resolutions); i++) {
    g_free (request->resolution);
    request->resolution = g_strdup (resolutions[i]);
    assert_valid (SEEDDANCE, request);
  }
  g_free (request->resolution);
  request->resolution = g_strdup ("4k");
  assert_refused (SEEDDANCE, request, "4k");
  assert_refused (SEEDDANCE, request, "1080p");
}

static void
test_seeddance_makes_up_to_10_seconds (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->duration = 10;
  assert_valid (SEEDDANCE, request);
  request->duration = 11;
  assert_refused (SEEDDANCE, request, "10");
}

static void
test_seeddance_is_left_to_judge_the_rest (void)
{
  g_autoptr (SeedanceRequest) request = make_full_request ();

  g_free (request->model);
  request->model = g_strdup ("one that is new");
  request->seed = G_MAXINT64;
  assert_valid (SEEDDANCE, request);
}

/* A service that ignores a shape that it does not know makes a clip of another
 * one, and bills it. */
static void
test_seeddance_makes_the_shapes_that_it_documents (void)
{
  static const gchar *const ratios[] = { NULL, "", "16:9", "9:16", "4:3", "3:4",
    "21:9", "1:1" };
  static const gchar *const others[] = { "2:1", "16x9", "wide", "16:9 " };
  g_autoptr (SeedanceRequest) request = make_request ();

  for (gsize i = 0; i < G_N_ELEMENTS (ratios); i++) {
    g_free (request->aspect_ratio);
    request->aspect_ratio = g_strdup (ratios[i]);
    assert_valid (SEEDDANCE, request);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++) {
    g_free (request->aspect_ratio);
    request->aspect_ratio = g_strdup (others[i]);
    assert_refused (SEEDDANCE, request, others[i]);
  }
}

static void
test_ark_needs_a_model (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  assert_refused (ARK, request, "dreamina-seedance-2-0-260128");
  assert_refused (ARK, request, "doubao-seedance-2-0-260128");
  request->extra = cJSON_Parse ("{\"model\":\"m-1\"}");
  assert_valid (ARK, request);
  cJSON_Delete (request->extra);
  request->extra = NULL;
  request->model = g_strdup ("m-1");
  request->resolution = g_strdup ("4k");
  request->duration = 15;
  assert_valid (ARK, request);
}

/* Verdicts */

typedef struct {
  const gchar *name;
  guint status;
  const gchar *body; /* ' for "; NULL = cannot be read */
  SeedanceVerdict verdict;
  gint code;          /* -1 = no error */
  const gchar *words; /* in the text besides those of the body */
} Judgement;

#define OK SEEDANCE_VERDICT_OK, -1, NULL
#define WAIT(code, words) SEEDANCE_VERDICT_WAIT, SEEDANCE_ERROR_##code, words
#define REFUSED(code, words) \
  SEEDANCE_VERDICT_REFUSED, SEEDANCE_ERROR_##code, words
#define AMBIGUOUS(words) \
  SEEDANCE_VERDICT_AMBIGUOUS, SEEDANCE_ERROR_MAYBE_BILLED, words
#define ERROR(code) "{'error':{'code':'" code "','message':'Own words.'}}"
#define WORDS(words) "{'error':{'message':'" words "'}}"

static const Judgement submits[] = {
  { "200", 200, "{'task_id':'t'}", OK },
  { "201", 201, "{'id':'t','status':'queued'}", OK },
  { "202", 202, "{'data':{'task_id':'t'},'code':0,'success':true}", OK },
  { "200-with-words", 200, "{'task_id':'t','message':'ok'}", OK },

  { "200-unreadable", 200, NULL, AMBIGUOUS ("cannot be read") },
  { "204-empty", 204, NULL, AMBIGUOUS ("cannot be read") },
  { "200-without-id", 200, "{'status':'queued'}", AMBIGUOUS ("names no task") },
  { "200-error-without-id", 200, WORDS ("Own words."),
      AMBIGUOUS ("names no task") },
  { "200-success-false", 200, "{'success':false,'message':'Own words.'}",
      REFUSED (SETTINGS, "refused the order") },
  { "200-code", 200, "{'code':1001,'message':'Own words.','request_id':'r'}",
      REFUSED (SETTINGS, "refused the order") },
  { "200-code-401", 200, "{'code':401,'message':'Own words.'}",
      REFUSED (NOT_AUTHORIZED, "SEEDANCE_API_KEY") },
  { "200-code-429", 200, "{'code':429,'message':'Own words.'}",
      WAIT (BUSY, "Try again later") },
  { "200-code-500", 200, "{'code':500,'message':'Own words.'}",
      AMBIGUOUS ("console") },
  { "200-no-credit", 200, "{'code':1002,'message':'Insufficient credits'}",
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "200-refused-but-a-task", 200, "{'success':false,'task_id':'t'}",
      AMBIGUOUS ("The task is t.") },

  { "400", 400, ERROR ("InvalidParameter"),
      REFUSED (SETTINGS, "InvalidParameter") },
  { "400-missing", 400, ERROR ("MissingParameter"),
      REFUSED (SETTINGS, "MissingParameter") },
  { "400-unreadable", 400, NULL, REFUSED (SETTINGS, "refused the order") },
  { "400-moderation-of-text", 400, ERROR ("InputTextSensitiveContentDetected"),
      REFUSED (FAILED, "Change the prompt or the image") },
  { "400-moderation-of-image", 400,
      ERROR ("InputImageSensitiveContentDetected.PrivacyInformation"),
      REFUSED (FAILED, "Change the prompt or the image") },
  { "400-moderation-in-words", 400, WORDS ("Blocked by content policy"),
      REFUSED (FAILED, "Change the prompt or the image") },
  { "400-case-sensitive-words", 400, WORDS ("resolution is case sensitive"),
      REFUSED (SETTINGS, "refused the order") },
  { "400-no-balance", 400, WORDS ("Insufficient balance"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "401", 401, ERROR ("AuthenticationError"),
      REFUSED (NOT_AUTHORIZED, "SEEDANCE_API_KEY") },
  { "401-unreadable", 401, NULL, REFUSED (NOT_AUTHORIZED, "base-url") },
  { "402", 402, NULL, REFUSED (NOT_AUTHORIZED, "Top up") },
  { "403", 403, ERROR ("AccessDenied"),
      REFUSED (NOT_AUTHORIZED, "does not allow this key") },
  { "403-overdue", 403, ERROR ("AccountOverdueError"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "404-model-not-open", 404, ERROR ("ModelNotOpen"),
      REFUSED (NOT_FOUND, "Set model") },
  { "404-no-such-model", 404, ERROR ("ResourceNotFound"),
      REFUSED (NOT_FOUND, "Set model") },
  { "404-no-such-endpoint", 404, ERROR ("InvalidEndpointOrModel.NotFound"),
      REFUSED (NOT_FOUND, "Set model") },
  { "404-page", 404, NULL, REFUSED (SETTINGS, "base-url") },
  { "404-words", 404, WORDS ("Not Found"), REFUSED (SETTINGS, "base-url") },
  { "405", 405, NULL, REFUSED (SETTINGS, "base-url") },
  { "408", 408, NULL, AMBIGUOUS ("gave up") },
  { "409", 409, NULL, REFUSED (SETTINGS, "refused the order") },
  { "413", 413, NULL, REFUSED (SETTINGS, "refused the order") },
  { "422", 422, "{'detail':'Own words.'}",
      REFUSED (SETTINGS, "refused the order") },
  { "425", 425, NULL, REFUSED (SETTINGS, "refused the order") },
  { "429", 429, NULL, WAIT (BUSY, "retries") },
  { "429-speed", 429, ERROR ("RateLimitExceeded.EndpointRPMExceeded"),
      WAIT (BUSY, "retries") },
  { "429-model-speed", 429, ERROR ("ModelAccountRpmRateLimitExceeded"),
      WAIT (BUSY, "retries") },
  { "429-overloaded", 429, ERROR ("ServerOverloaded"), WAIT (BUSY, "retries") },
  { "429-speed-in-words", 429,
      WORDS ("Rate limit reached. Quota exceeded per minute"),
      WAIT (BUSY, "retries") },
  { "429-code-before-words", 429,
      "{'error':{'code':'RateLimitExceeded','message':'Quota exceeded'}}",
      WAIT (BUSY, "retries") },
  { "429-money-code-before-words", 429,
      "{'error':{'code':'QuotaExceeded','message':'too many requests'}}",
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "429-quota", 429, ERROR ("QuotaExceeded"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "429-limit-that-was-set", 429, ERROR ("SetLimitExceeded"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "429-quota-in-words", 429, WORDS ("You exceeded your current quota"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "429-balance-in-words", 429, WORDS ("Account balance is too low"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "451", 451, NULL, REFUSED (SETTINGS, "refused the order") },

  { "301", 301, NULL, REFUSED (SETTINGS, "base-url") },
  { "303", 303, NULL, AMBIGUOUS ("something else") },
  { "307", 307, NULL, REFUSED (SETTINGS, "base-url") },
  { "500", 500, ERROR ("InternalServiceError"), AMBIGUOUS ("console") },
  { "502-page", 502, NULL, AMBIGUOUS ("reuse=never") },
  { "503", 503, ERROR ("ServerOverloaded"), AMBIGUOUS ("task-id") },
  { "504", 504, NULL, AMBIGUOUS ("console") },
  { "599", 599, NULL, AMBIGUOUS ("console") },
  { "100", 100, NULL, AMBIGUOUS ("console") },
  { "0", 0, NULL, AMBIGUOUS ("console") },
  { "999", 999, NULL, AMBIGUOUS ("console") },
};

static const Judgement polls[] = {
  { "queued", 200, "{'status':'queued'}", OK },
  { "running", 200, "{'status':'running'}", OK },
  { "new-word", 200, "{'status':'dreaming'}", OK },
  { "no-word", 200, "{}", OK },
  { "done", 200, "{'status':'succeeded','url':'https://h/v'}", OK },
  { "done-without-url", 200, "{'status':'succeeded'}", OK },

  { "failed", 200, "{'status':'failed','error':{'message':'Own words.'}}",
      REFUSED (FAILED, "failed") },
  { "failed-for-no-reason", 200, "{'status':'failed'}",
      REFUSED (FAILED, "gave no reason") },
  { "failed-by-moderation", 200,
      "{'status':'failed','error':{'message':'Own words.',"
      "'code':'OutputVideoSensitiveContentDetected'}}",
      REFUSED (FAILED, "Change the prompt or the image") },
  { "moderated", 200, "{'status':'moderated'}",
      REFUSED (FAILED, "Change the prompt or the image") },
  { "cancelled", 200, "{'status':'cancelled'}",
      REFUSED (FAILED, "was cancelled") },
  { "expired", 200, "{'status':'expired'}", REFUSED (FAILED, "expired") },
  { "failed-in-a-refusal", 200,
      "{'code':500,'data':{'status':'failed','fail_reason':'Own words.'}}",
      REFUSED (FAILED, "failed") },

  { "200-unreadable", 200, NULL, WAIT (READ, "cannot be read") },
  { "200-refused", 200, "{'code':1001,'message':'Own words.'}",
      REFUSED (FAILED, "refused to tell") },
  { "200-code-401", 200, "{'code':401}", REFUSED (NOT_AUTHORIZED, "key") },
  { "200-code-404", 200, "{'code':404}", REFUSED (NOT_FOUND, "know it") },
  { "200-code-429", 200, "{'code':429}", WAIT (BUSY, "too often") },
  { "200-code-503", 200, "{'code':503}", WAIT (READ, "failed to tell") },

  { "301", 301, NULL, REFUSED (SETTINGS, "base-url") },
  { "400", 400, ERROR ("InvalidParameter"), REFUSED (SETTINGS, "task-id") },
  { "401", 401, ERROR ("AuthenticationError"),
      REFUSED (NOT_AUTHORIZED, "SEEDANCE_API_KEY") },
  { "402", 402, NULL, REFUSED (NOT_AUTHORIZED, "task-id") },
  { "403", 403, NULL, REFUSED (NOT_AUTHORIZED, "task-id") },
  { "404", 404, ERROR ("ResourceNotFound"), REFUSED (NOT_FOUND, "task-id") },
  { "405", 405, NULL, REFUSED (SETTINGS, "base-url") },
  { "410", 410, NULL, REFUSED (NOT_FOUND, "reuse=never") },
  { "408", 408, NULL, WAIT (READ, "task-id") },
  { "409", 409, NULL, WAIT (READ, "task-id") },
  { "425", 425, NULL, WAIT (READ, "task-id") },
  { "429", 429, ERROR ("RateLimitExceeded"), WAIT (BUSY, "poll-interval") },
  { "429-quota", 429, ERROR ("QuotaExceeded"), WAIT (BUSY, "poll-interval") },
  { "500", 500, NULL, WAIT (READ, "task-id") },
  { "502-failed", 502, "{'status':'failed'}", WAIT (READ, "task-id") },
  { "503", 503, NULL, WAIT (READ, "task-id") },
  { "0", 0, NULL, WAIT (READ, "task-id") },
};

static SeedanceAnswer *
read_body (const gchar *body)
{
  g_autofree gchar *json = g_strdup (body);
  SeedanceAnswer *answer;

  if (!json)
    return NULL;
  g_strdelimit (json, "'", '"');
  answer = seedance_answer_parse (json, strlen (json), NULL);
  g_assert_nonnull (answer);
  return answer;
}

static void
assert_text_has (const GError *error, const gchar *words)
{
  if (words && !strstr (error->message, words))
    g_error ("\"%s\" is not in: %s", words, error->message);
}

/* What every error of a verdict says and carries. */
static void
assert_judged (const Judgement *judgement, const SeedanceAnswer *answer,
    SeedanceVerdict verdict, const GError *error)
{
  g_autofree gchar *status = g_strdup_printf ("HTTP %u", judgement->status);
  const SeedanceErrorDetails *details;

  g_assert_cmpint (verdict, ==, judgement->verdict);
  if (judgement->code == -1) {
    g_assert_no_error (error);
    return;
  }
  g_assert_error (error, SEEDANCE_ERROR, judgement->code);
  assert_text_has (error, judgement->words);
  assert_text_has (error, status);
  assert_text_has (error, "req-7");
  assert_text_has (error, answer ? answer->error_message : NULL);
  assert_text_has (error, answer ? answer->error_code : NULL);

  details = seedance_error_get_details (error);
  g_assert_cmpuint (details->http_status, ==, judgement->status);
  g_assert_cmpstr (details->request_id, ==, "req-7");
  g_assert_cmpstr (
      details->service_code, ==, answer ? answer->error_code : NULL);
  g_assert_cmpint (details->retryable, ==, verdict == SEEDANCE_VERDICT_WAIT);
}

static void
test_submit (gconstpointer data)
{
  const Judgement *judgement = data;
  g_autoptr (SeedanceAnswer) answer = read_body (judgement->body);
  g_autoptr (GError) error = NULL;
  SeedanceVerdict verdict =
      seedance_judge_submit (judgement->status, answer, "req-7", &error);

  assert_judged (judgement, answer, verdict, error);
  if (verdict == SEEDANCE_VERDICT_AMBIGUOUS)
    assert_text_has (error, "A task may exist and may be billed.");
  else if (verdict != SEEDANCE_VERDICT_OK)
    assert_text_has (error, "Nothing was ordered and nothing is billed.");
}

static void
test_poll (gconstpointer data)
{
  const Judgement *judgement = data;
  g_autoptr (SeedanceAnswer) answer = read_body (judgement->body);
  g_autoptr (GError) error = NULL;
  SeedanceVerdict verdict =
      seedance_judge_poll (judgement->status, answer, "t-9", "req-7", &error);

  assert_judged (judgement, answer, verdict, error);
  if (!error)
    return;
  assert_text_has (error, "Task t-9");
  g_assert_cmpstr (seedance_error_get_details (error)->task_id, ==, "t-9");
}

static void
test_a_refusal_that_names_a_task_carries_its_id (void)
{
  g_autoptr (SeedanceAnswer) answer =
      read_body ("{'success':false,'task_id':'t'}");
  g_autoptr (GError) error = NULL;

  seedance_judge_submit (200, answer, NULL, &error);
  g_assert_cmpstr (seedance_error_get_details (error)->task_id, ==, "t");
}

static void
test_the_number_of_a_failed_request_is_no_task (void)
{
  g_autoptr (SeedanceAnswer) answer =
      read_body ("{'error':'x','request_id':'r'}");
  g_autoptr (GError) error = NULL;

  seedance_judge_submit (500, answer, NULL, &error);
  g_assert_null (seedance_error_get_details (error)->task_id);
}

static void
test_a_request_id_with_line_ends_is_not_shown (void)
{
  g_autoptr (GError) error = NULL;

  seedance_judge_submit (500, NULL, "a\nInjected", &error);
  g_assert_null (strstr (error->message, "Injected"));
}

static void
test_no_query_is_told (void)
{
  g_autoptr (SeedanceAnswer) answer =
      read_body ("{'error':'cannot read https://h/i.png?sig=SECRET'}");
  g_autoptr (GError) error = NULL;

  seedance_judge_submit (400, answer, NULL, &error);
  assert_text_has (error, "https://h/i.png?");
  g_assert_null (strstr (error->message, "SECRET"));
}

static void
test_errors_may_be_ignored (void)
{
  g_assert_cmpint (seedance_judge_submit (401, NULL, NULL, NULL), ==,
      SEEDANCE_VERDICT_REFUSED);
  g_assert_cmpint (seedance_judge_poll (500, NULL, "t", NULL, NULL), ==,
      SEEDANCE_VERDICT_WAIT);
}

static void
add_judgements (const gchar *folder, const Judgement *judgements, gsize n,
    GTestDataFunc test)
{
  for (gsize i = 0; i < n; i++) {
    g_autofree gchar *path =
        g_strconcat ("/provider/", folder, "/", judgements[i].name, NULL);

    g_test_add_data_func (path, &judgements[i], test);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) g_test_add_func ("/provider/" path, test_##name)
  ADD ("found-by-name", providers_are_found_by_name);
  ADD ("seeddance/paths",
      seeddance_takes_text_to_one_path_and_images_to_another);
  ADD ("seeddance/path-of-extra-image",
      seeddance_takes_an_image_of_the_extra_parameters_too);
  ADD ("seeddance/only-what-was-set", seeddance_sends_only_what_was_set);
  ADD ("seeddance/all-that-was-set", seeddance_sends_all_that_was_set);
  ADD ("seeddance/resolutions", seeddance_makes_up_to_1080p);
  ADD ("seeddance/durations", seeddance_makes_up_to_10_seconds);
  ADD ("seeddance/nothing-else", seeddance_is_left_to_judge_the_rest);
  ADD ("seeddance/shapes", seeddance_makes_the_shapes_that_it_documents);
  ADD ("ark/path", ark_has_one_path);
  ADD ("ark/only-what-was-set", ark_sends_only_what_was_set);
  ADD ("ark/all-that-was-set", ark_sends_all_that_was_set);
  ADD ("ark/image-data", ark_sends_image_data);
  ADD ("ark/model", ark_needs_a_model);
  ADD ("body/extra", extra_parameters_go_out_as_given_and_win);
  ADD ("body/integers", numbers_go_out_as_exact_integers);
  ADD ("path/names-the-task", status_paths_name_the_task);
  ADD ("path/stays-in-its-segment", a_task_id_cannot_leave_its_segment);
  add_judgements ("submit", submits, G_N_ELEMENTS (submits), test_submit);
  add_judgements ("poll", polls, G_N_ELEMENTS (polls), test_poll);
  ADD ("error/id-of-a-torn-answer", a_refusal_that_names_a_task_carries_its_id);
  ADD ("error/number-of-a-request", the_number_of_a_failed_request_is_no_task);
  ADD (
      "error/request-id-on-one-line", a_request_id_with_line_ends_is_not_shown);
  ADD ("error/no-query", no_query_is_told);
  ADD ("error/ignored", errors_may_be_ignored);
  return g_test_run ();
}
