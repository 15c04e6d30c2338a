/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each failure has its error domain and code, details for programs, and a text
 * that tells the user what happened and what to do next. */

#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "ledger.h"
#include "run.h"

#define SETTINGS GST_RESOURCE_ERROR_SETTINGS
#define NOT_AUTHORIZED GST_RESOURCE_ERROR_NOT_AUTHORIZED
#define NOT_FOUND GST_RESOURCE_ERROR_NOT_FOUND
#define BUSY GST_RESOURCE_ERROR_BUSY
#define FAILED GST_RESOURCE_ERROR_FAILED
#define OPEN_READ GST_RESOURCE_ERROR_OPEN_READ
#define READ GST_RESOURCE_ERROR_READ

typedef struct {
  const gchar *properties;
  const gchar *faults;
  gint code;          /* of GST_RESOURCE_ERROR; -1 = STREAM/WRONG_TYPE */
  const gchar *words; /* what happened; may quote the service */
  const gchar *advice;
  guint status;
  const gchar *service_code;
  const gchar *reason;
  gboolean task; /* the task is known, and the error names it */
  gboolean retryable;
  guint posts;
} Case;

static const Case cases[] = {
  { "prompt=\"\"", "", SETTINGS, "No prompt", "Set the property prompt", 0,
      NULL, "settings", FALSE, FALSE, 0 },
  { "duration=11", "", SETTINGS, "from 1 to 10, not 11", "Set duration", 0,
      NULL, "settings", FALSE, FALSE, 0 },
  { "", "submit:status=400+code=InvalidParameter+message=No%20such%20ratio",
      SETTINGS, "No such ratio", "Change the properties", 400,
      "InvalidParameter", "settings", FALSE, FALSE, 1 },
  { "", "submit:status=404+code=ModelNotOpen", NOT_FOUND,
      "does not know the model", "Set model", 404, "ModelNotOpen", "not-found",
      FALSE, FALSE, 1 },
  { "", "submit:status=405", SETTINGS, "no such service", "base-url", 405, NULL,
      "settings", FALSE, FALSE, 1 },
  { "", "submit:redirect=/elsewhere+status=307", SETTINGS, "another address",
      "base-url", 307, NULL, "settings", FALSE, FALSE, 1 },
  { "api-key=another-key", "", NOT_AUTHORIZED, "API key", "SEEDANCE_API_KEY",
      401, NULL, "not-authorized", FALSE, FALSE, 1 },
  { "", "submit:status=403+code=AccessDenied", NOT_AUTHORIZED, "not allow",
      "SEEDANCE_API_KEY", 403, "AccessDenied", "not-authorized", FALSE, FALSE,
      1 },
  { "", "submit:status=402", NOT_AUTHORIZED, "paid for", "Top up", 402, NULL,
      "quota", FALSE, FALSE, 1 },
  { "", "submit:status=429+code=QuotaExceeded", NOT_AUTHORIZED, "quota",
      "Top up", 429, "QuotaExceeded", "quota", FALSE, FALSE, 1 },
  { "retries=0", "submit:status=429", BUSY, "too busy", "Try again later", 429,
      NULL, "busy", FALSE, TRUE, 1 },
  { "retries=1", "submit:status=429", BUSY, "too busy", "Try again later", 429,
      NULL, "busy", FALSE, TRUE, 2 },
  { "prompt=forbidden", "", FAILED, "may contain sensitive information",
      "Change the prompt", 400, "InputTextSensitiveContentDetected",
      "moderation", FALSE, FALSE, 1 },
  { "prompt=doomed", "", FAILED, "may contain sensitive information",
      "Change the prompt", 200, "OutputVideoSensitiveContentDetected",
      "moderation", TRUE, FALSE, 1 },
  { "", "poll:word=cancelled", FAILED, "was cancelled", "run the same again",
      200, NULL, "cancelled", TRUE, FALSE, 1 },
  { "", "poll:word=expired", FAILED, "expired", "run the same again", 200, NULL,
      "expired", TRUE, FALSE, 1 },
  { "", "submit:accept-drop", FAILED, "may be billed", "reuse=never", 0, NULL,
      "maybe-billed", FALSE, FALSE, 1 },
  { "", "submit:accept-reset", FAILED, "may be billed", "task-id", 0, NULL,
      "maybe-billed", FALSE, FALSE, 1 },
  { "", "submit:status=500", FAILED, "may be billed", "reuse=never", 500, NULL,
      "maybe-billed", FALSE, FALSE, 1 },
  { "", "submit:body=%7B%7D", FAILED, "may be billed", "task-id", 200, NULL,
      "maybe-billed", FALSE, FALSE, 1 },
  { "", "poll:status=401", NOT_AUTHORIZED, "key", "SEEDANCE_API_KEY", 401, NULL,
      "not-authorized", TRUE, FALSE, 1 },
  { "", "poll:unknown-task", NOT_FOUND, "does not know", "Check task-id", 404,
      NULL, "not-found", TRUE, FALSE, 1 },
  { "", "clip:expired", NOT_FOUND, "expired", "task id", 403, NULL, "link",
      TRUE, FALSE, 1 },
  { "", "clip:status=404", NOT_FOUND, "expired", "task id", 404, NULL, "link",
      TRUE, FALSE, 1 },
  { "retries=0", "clip:status=500", READ, "HTTP 500", "run the same again", 0,
      NULL, "network", TRUE, FALSE, 1 },
  { "retries=0", "clip:truncate=50%", READ, "could not be downloaded",
      "run the same again", 0, NULL, "network", TRUE, FALSE, 1 },
  { "retries=0", "clip:html", -1, "not an MP4", "run the same again", 0, NULL,
      "damaged", TRUE, FALSE, 1 },
  { "retries=0", "clip:garbage", -1, "not an MP4", "run the same again", 0,
      NULL, "damaged", TRUE, FALSE, 1 },
  { "max-size=1000", "", READ, "larger than max-size", "raise max-size", 0,
      NULL, "too-large", TRUE, FALSE, 1 },
  { "generation-timeout=1", "poll:status=503", READ, "failed: HTTP 503",
      "without a second bill", 0, NULL, "deadline", TRUE, TRUE, 1 },
  { "generation-timeout=1", "poll:drop", READ, "question for it failed",
      "without a second bill", 0, NULL, "deadline", TRUE, TRUE, 1 },
  { "", "poll:url=file:///etc/passwd", NOT_FOUND, "gives no link",
      "run the same again", 0, NULL, "link", TRUE, FALSE, 1 },
  { "", "poll:body={\"status\":\"done\",\"asset\":\"@URL@\"}", NOT_FOUND,
      "\"asset\":\"http://", "answer.video", 0, NULL, "link", TRUE, FALSE, 1 },
  { "", "poll:url=http://192.0.2.1/clip", SETTINGS, "no request may go",
      "allow-insecure", 0, NULL, "link", TRUE, FALSE, 1 },
};

static void
assert_details (
    GstMessage *message, const Case *its, const gchar *text, const gchar *debug)
{
  const GstStructure *details = NULL;
  g_autofree gchar *task = NULL;
  const gchar *code;
  gboolean retryable;
  guint status = 0;

  gst_message_parse_error_details (message, &details);
  fail_unless (details != NULL);
  gst_structure_get_uint (details, "http-status-code", &status);
  fail_unless_equals_int (status, its->status);
  code = gst_structure_get_string (details, "service-code");
  if (its->service_code)
    fail_unless_equals_string (code, its->service_code);
  if (its->reason)
    fail_unless_equals_string (
        gst_structure_get_string (details, "reason"), its->reason);
  fail_unless (gst_structure_get_boolean (details, "retryable", &retryable));
  fail_unless_equals_int (retryable, its->retryable);
  if (!its->task)
    return;
  task = test_service_get_task (service, 0, "id");
  fail_unless_equals_string (
      gst_structure_get_string (details, "task-id"), task);
  fail_unless (strstr (text, task) || strstr (debug, task));
}

static void
assert_error (TestRun *run, const Case *its)
{
  GQuark domain = its->code < 0 ? GST_STREAM_ERROR : GST_RESOURCE_ERROR;
  gint code = its->code < 0 ? GST_STREAM_ERROR_WRONG_TYPE : its->code;
  GstMessage *message = test_run_to_error (run);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  gst_message_parse_error (message, &error, &debug);
  fail_unless (g_error_matches (error, domain, code), "%s %d: %s",
      g_quark_to_string (error->domain), error->code, error->message);
  fail_unless (strstr (error->message, its->words), "%s", error->message);
  fail_unless (strstr (error->message, its->advice), "%s", error->message);
  assert_details (message, its, error->message, debug);
}

GST_START_TEST (a_failure_tells_what_happened_and_what_to_do)
{
  const Case *its = &cases[__i__];
  TestRun *run = test_run_new (CLIP "%s ! fakesink", its->properties);

  test_service_fault (service, its->faults);
  assert_error (run, its);
  test_run_free (run);
  assert_posts (service, its->posts);
}
GST_END_TEST

GST_START_TEST (a_host_that_does_not_answer_is_an_open_error)
{
  static const Case its = { "", "", OPEN_READ, "could not be reached",
    "Check base-url", 0, NULL, "network", FALSE, TRUE, 0 };
  /* No server listens on port 1. */
  TestRun *run =
      test_run_new (CLIP "retries=0 base-url=http://127.0.0.1:1 ! fakesink");

  assert_error (run, &its);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (a_name_that_nobody_has_is_an_open_error)
{
  static const Case its = { "", "", OPEN_READ, "could not be reached",
    "Check base-url", 0, NULL, "network", FALSE, TRUE, 0 };
  TestRun *run = test_run_new (
      CLIP "retries=0 timeout=5 base-url=https://host.invalid ! fakesink");

  assert_error (run, &its);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (a_server_without_tls_is_an_open_error)
{
  static const Case its = { "", "", OPEN_READ, "could not be reached",
    "Check base-url", 0, NULL, "network", FALSE, TRUE, 0 };
  g_autofree gchar *url =
      g_strconcat ("https", test_service_get_api (service) + 4, NULL);
  TestRun *run = test_run_new (CLIP "retries=0 base-url=%s ! fakesink", url);

  assert_error (run, &its);
  test_run_free (run);
  assert_posts (service, 0);
}
GST_END_TEST

GST_START_TEST (a_passed_deadline_tells_how_to_pick_the_clip_up)
{
  static const Case its = { "", "", READ, "generation-timeout",
    "without a second bill", 0, NULL, "deadline", TRUE, TRUE, 1 };
  TestRun *run = test_run_new (CLIP "generation-timeout=1 ! fakesink");

  test_service_set (service, "{\"generation_time\":1000}");
  assert_error (run, &its);
  test_run_free (run);
  test_service_set (service, "{\"generation_time\":0}");
  run = test_run_new (CLIP "! fakesink");
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (an_unknown_task_is_not_found)
{
  TestRun *run = test_run_new (SOURCE "task-id=no-such-task ! fakesink");
  const GstStructure *details;
  GstMessage *message;
  g_autoptr (GError) error = NULL;

  message = test_run_to_error (run);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND),
      "%s", error->message);
  gst_message_parse_error_details (message, &details);
  fail_unless_equals_string (
      gst_structure_get_string (details, "task-id"), "no-such-task");
  test_run_free (run);
  assert_posts (service, 0);
  /* A mistyped id must leave no row in the ledger. */
  test_ledger_wait ("SELECT count(*) FROM attempts;", FALSE);
}
GST_END_TEST

/* Limits the size of files. To the element this looks like a full disk, and
 * needs no root. The signal SIGXFSZ that comes with it must not kill the
 * application. */
static void
limit_files (rlim_t bytes)
{
  struct rlimit limit;

  getrlimit (RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  fail_unless_equals_int (setrlimit (RLIMIT_FSIZE, &limit), 0);
}

GST_START_TEST (a_full_disk_loses_nothing)
{
  static const Case its = { "", "", GST_RESOURCE_ERROR_NO_SPACE_LEFT, "No room",
    "without a second bill", 0, NULL, "no-space", TRUE, FALSE, 1 };
  TestRun *run = test_run_new (CLIP "! fakesink");

  limit_files (100 * 1024);
  assert_error (run, &its);
  test_run_free (run);
  limit_files (RLIM_INFINITY);
  run = test_run_new (CLIP "! fakesink");
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* Runs in a child process, because check itself writes files. */
static void
allow_no_files (gpointer unused)
{
  const struct rlimit none = { 0, 0 };

  setrlimit (RLIMIT_FSIZE, &none);
}

GST_START_TEST (without_room_for_a_record_nothing_is_ordered)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autofree gchar *said = NULL, *path = NULL;
  g_autoptr (GSubprocess) process = NULL;

  path = g_find_program_in_path ("gst-launch-1.0");
  if (!path || g_getenv ("SEEDANCE_SANITIZED"))
    return;
  /* Without this GStreamer would write its registry, and be killed by the
   * signal. */
  g_subprocess_launcher_setenv (launcher, "GST_REGISTRY_UPDATE", "no", TRUE);
  g_subprocess_launcher_set_child_setup (launcher, allow_no_files, NULL, NULL);
  process = g_subprocess_launcher_spawn (launcher, NULL, path, "seedancesrc",
      "prompt=boat", "!", "fakesink", NULL);
  fail_unless (
      g_subprocess_communicate_utf8 (process, NULL, NULL, &said, NULL, NULL));
  fail_unless (g_subprocess_get_if_exited (process), "it was killed: %s", said);
  fail_unless (strstr (said, "Nothing was ordered"), "%s", said);
  fail_unless (strstr (said, "state-dir"), "%s", said);
  assert_posts (service, 0);
}
GST_END_TEST

GST_START_TEST (a_state_dir_that_cannot_be_made_costs_nothing)
{
  static const Case its = { "", "", SETTINGS, "state", "state-dir", 0, NULL,
    "settings", FALSE, FALSE, 0 };
  TestRun *run = test_run_new (CLIP "state-dir=/dev/null/state ! fakesink");

  assert_error (run, &its);
  test_run_free (run);
  assert_posts (service, 0);
}
GST_END_TEST

GST_START_TEST (the_request_id_is_told)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  const GstStructure *details;
  const gchar *id;

  test_service_fault (service, "submit:status=400");
  gst_message_parse_error_details (test_run_to_error (run), &details);
  id = gst_structure_get_string (details, "request-id");
  fail_unless (id != NULL && *id != '\0');
  test_run_free (run);
}
GST_END_TEST

static void
assert_reason (TestRun *run, const gchar *reason)
{
  const GstStructure *details = NULL;

  gst_message_parse_error_details (test_run_to_error (run), &details);
  fail_unless (details != NULL);
  fail_unless_equals_string (
      gst_structure_get_string (details, "reason"), reason);
}

GST_START_TEST (an_unlinked_source_has_a_reason_of_its_own)
{
  TestRun *run = test_run_new (CLIP);

  assert_reason (run, "not-linked");
  test_run_free (run);
  assert_posts (service, 0);
}
GST_END_TEST

/* The third run finds two failed tasks in the ledger, orders nothing, and says
 * why. */
GST_START_TEST (failed_attempts_have_a_reason_of_their_own)
{
  static const gchar *const reasons[] = { "moderation", "moderation",
    "attempts" };

  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++) {
    TestRun *run = test_run_new (CLIP "prompt=doomed ! fakesink");

    assert_reason (run, reasons[i]);
    test_run_free (run);
  }
  assert_posts (service, 2);
}
GST_END_TEST

/* The link expires, and the service asks for a wait that is longer than
 * generation-timeout before it gives another one. */
GST_START_TEST (a_clip_that_is_done_is_not_said_to_be_generated)
{
  TestRun *run = test_run_new (CLIP "generation-timeout=1 ! fakesink");
  g_autoptr (GError) error = NULL, warning = NULL;

  test_service_fault (service, "clip:hold+status=403");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "clips_held", 1);
  test_service_fault (
      service, "clip:status=403\npoll:status=503+retry-after=3600");
  test_service_release (service);
  gst_message_parse_warning (
      test_run_wait (run, GST_MESSAGE_WARNING), &warning, NULL);
  fail_unless (strstr (warning->message, "The clip is done; a link to it"),
      "%s", warning->message);
  gst_message_parse_error (
      test_run_wait (run, GST_MESSAGE_ERROR), &error, NULL);
  fail_unless (g_str_has_prefix (error->message, "The clip is done, but") &&
                   strstr (error->message, "HTTP 503"),
      "%s", error->message);
  test_run_free (run);
  test_service_fault (service, "");
  test_play_clip ("");
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
errors_suite (void)
{
  Suite *suite = suite_create ("errors");
  TCase *table = test_case_new (suite, "table");
  TCase *others = test_case_new (suite, "others");

  tcase_add_loop_test (table, a_failure_tells_what_happened_and_what_to_do, 0,
      G_N_ELEMENTS (cases));
  tcase_add_test (others, a_host_that_does_not_answer_is_an_open_error);
  tcase_add_test (others, a_name_that_nobody_has_is_an_open_error);
  tcase_add_test (others, a_server_without_tls_is_an_open_error);
  tcase_add_test (others, a_passed_deadline_tells_how_to_pick_the_clip_up);
  tcase_add_test (others, a_clip_that_is_done_is_not_said_to_be_generated);
  tcase_add_test (others, an_unknown_task_is_not_found);
  tcase_add_test (others, a_full_disk_loses_nothing);
  tcase_add_test (others, without_room_for_a_record_nothing_is_ordered);
  tcase_add_test (others, a_state_dir_that_cannot_be_made_costs_nothing);
  tcase_add_test (others, the_request_id_is_told);
  tcase_add_test (others, an_unlinked_source_has_a_reason_of_its_own);
  tcase_add_test (others, failed_attempts_have_a_reason_of_their_own);

  return suite;
}

GST_CHECK_MAIN (errors)
