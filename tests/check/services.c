/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each service with a built-in profile runs through the whole job and its
 * faults. One clip costs one bill, and only the service gets the key. */

#include <string.h>

#include "ledger.h"
#include "peer.h"
#include "run.h"

static const struct {
  const gchar *provider, *model;
  gboolean second; /* the clip or its link needs a second GET */
} services[] = {
  { "seeddance", "m", FALSE },
  { "ark", "m", FALSE },
  { "openai", "sora-2", TRUE },
  { "fal", "bytedance/seedance-2.0/text-to-video", TRUE },
  { "replicate", "bytedance/seedance-2.0", FALSE },
  { "openrouter", "bytedance/seedance-2.0", FALSE },
};

enum { OPENAI = 2, FAL = 3, OPENROUTER = 5 };

static TestRun *
new_run (gint nth, const gchar *more)
{
  return test_run_new (SOURCE
      "prompt=boat resolution=480p duration=1 provider=%s model=%s "
      "base-url=%s %s ! fakesink name=out",
      services[nth].provider, services[nth].model,
      test_service_get_base (service, services[nth].provider), more);
}

static void
play_run (TestRun *run, guint task)
{
  TestTap *tap = test_run_tap (run, "out");
  g_autoptr (GBytes) clip = NULL;

  test_run_to_end (run);
  clip = test_service_get_clip (service, task);
  test_tap_assert_bytes (tap, clip);
  test_run_free (run);
}

static void
play (gint nth, const gchar *more)
{
  play_run (new_run (nth, more), 0);
}

static void
fail_with (gint nth, const gchar *more, const gchar *words)
{
  TestRun *run = new_run (nth, more);
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (strstr (error->message, words) != NULL, "\"%s\" is not in: %s",
      words, error->message);
  test_run_free (run);
}

static void
assert_bill (guint posts, guint tasks)
{
  assert_posts (service, posts);
  assert_tasks (service, tasks);
  assert_count (service, "posts_on_used_connection", 0);
  assert_count (service, "credentials_on_clip_port", 0);
}

GST_START_TEST (a_clip_costs_one_order)
{
  play (__i__, "");
  assert_bill (1, 1);
  play (__i__, "reuse=always");
  assert_bill (1, 1);
}
GST_END_TEST

GST_START_TEST (a_lost_answer_is_not_ordered_again)
{
  /* The list of tasks, which some services have, cannot be fetched. */
  test_service_fault (service, "submit:accept-drop\npoll:status=500");
  fail_with (__i__, "", "may be billed");
  test_service_fault (service, "poll:status=500");
  fail_with (__i__, "", "Nothing was sent now");
  assert_bill (1, 1);
}
GST_END_TEST

GST_START_TEST (a_refused_prompt_costs_nothing)
{
  fail_with (__i__, "prompt=forbidden", "sensitive information");
  assert_bill (1, 0);
  play (__i__, "");
  assert_bill (2, 1);
}
GST_END_TEST

/* The service says why the task failed. After two failed tasks a run orders
 * nothing. */
GST_START_TEST (a_task_that_fails_is_told_and_counted)
{
  fail_with (__i__, "prompt=doomed", "failed (HTTP 200");
  assert_bill (1, 1);
  fail_with (__i__, "prompt=doomed", "failed (HTTP 200");
  assert_bill (2, 2);
  fail_with (__i__, "prompt=doomed", "2 tasks of this order ended");
  assert_bill (2, 2);
}
GST_END_TEST

GST_START_TEST (an_expired_link_is_asked_for_anew)
{
  test_service_fault (
      service, __i__ == OPENAI ? "result@1-2:status=403" : "clip@1-2:expired");
  play (__i__, "retries=5");
  assert_bill (1, 1);
}
GST_END_TEST

GST_START_TEST (a_task_is_taken_up_by_its_id_and_by_the_order)
{
  TestRun *run = new_run (__i__, "");
  g_autofree gchar *id = NULL, *more = NULL;

  test_service_fault (service, "poll:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  g_object_get (run->src, "current-task-id", &id, NULL);
  test_run_free (run);
  test_service_fault (service, "");
  test_service_release (service);
  play (__i__, "");
  assert_bill (1, 1);
  test_home_move_state_dir ("another");
  more = g_strdup_printf ("task-id=\"%s\"", id);
  play (__i__, more);
  assert_bill (1, 1);
}
GST_END_TEST

GST_START_TEST (a_wrong_key_costs_nothing)
{
  fail_with (__i__, "api-key=another", "refused the API key");
  assert_bill (1, 0);
}
GST_END_TEST

static void
refuse_second (gint nth, const gchar *status, const gchar *words)
{
  g_autofree gchar *fault = g_strdup_printf ("result:status=%s", status);

  if (!services[nth].second)
    return;
  test_service_fault (service, fault);
  fail_with (nth, "retries=1", words);
  assert_bill (1, 1);
  test_service_fault (service, "");
  play (nth, "");
  assert_bill (1, 1);
}

GST_START_TEST (a_second_get_that_is_refused_loses_nothing)
{
  refuse_second (__i__, "401", __i__ == FAL ? "does not allow" : "HTTP 401");
}
GST_END_TEST

GST_START_TEST (a_second_get_that_finds_nothing_loses_nothing)
{
  refuse_second (__i__, "404", __i__ == FAL ? "does not know" : "HTTP 404");
}
GST_END_TEST

GST_START_TEST (a_second_get_that_fails_is_asked_again)
{
  test_service_fault (service, "result@1-3:status=500");
  play (__i__, "retries=4");
  assert_bill (1, 1);
}
GST_END_TEST

GST_START_TEST (a_second_get_that_breaks_is_asked_again)
{
  test_service_fault (service, "result@1-2:drop");
  play (__i__, "retries=4");
  assert_bill (1, 1);
}
GST_END_TEST

/* The service calls the task completed, and only the request for its result
 * fails. */
GST_START_TEST (a_result_that_is_refused_is_a_failed_task)
{
  test_service_fault (service, "result:status=422+message=No%20such%20sea");
  fail_with (FAL, "", "No such sea");
  assert_bill (1, 1);
  test_service_fault (service, "");
  play_run (new_run (FAL, ""), 1);
  assert_bill (2, 2);
}
GST_END_TEST

GST_START_TEST (a_completed_task_without_a_link_is_no_new_order)
{
  test_service_fault (service, "result:no-url");
  fail_with (FAL, "", "gives no link");
  test_service_fault (service, "");
  play (FAL, "");
  assert_bill (1, 1);
}
GST_END_TEST

GST_START_TEST (content_is_asked_for_with_the_key_and_its_redirect_without)
{
  test_service_fault (service, "result:elsewhere");
  play (OPENAI, "");
  assert_bill (1, 1);
  fail_unless (test_service_count (service, "clip_requests") > 0);
}
GST_END_TEST

GST_START_TEST (a_link_that_a_relay_gives_comes_before_the_content)
{
  TestRun *run = new_run (OPENAI, "retries=0");

  test_service_fault (service, "poll:url=http://127.0.0.1:1/clip.mp4");
  test_run_to_error (run);
  test_run_free (run);
  assert_count (service, "results", 0);
  assert_bill (1, 1);
}
GST_END_TEST

GST_START_TEST (unsigned_links_of_the_service_get_the_key)
{
  test_service_fault (service, "poll:no-url");
  play (OPENROUTER, "");
  assert_bill (1, 1);
  assert_count (service, "clip_requests", 0);
  fail_unless (test_service_count (service, "results") > 0);
}
GST_END_TEST

/* Only the path of status_url counts; the poll goes to base-url. */
GST_START_TEST (a_status_url_of_another_origin_gets_no_request)
{
  TestPeer *peer = test_peer_start (TEST_PEER_SILENT);
  g_autofree gchar *fault = g_strdup_printf (
      "submit:body={\"request_id\":\"@ID@\",\"status_url\":"
      "\"http://%s/bytedance/seedance-2.0/requests/@ID@/status\"}",
      test_peer_get_address (peer));
  g_autofree gchar *heard = NULL;

  test_service_fault (service, fault);
  play (FAL, "");
  assert_bill (1, 1);
  heard = test_peer_get_heard (peer);
  fail_unless_equals_string (heard, "");
  test_peer_stop (peer);
}
GST_END_TEST

GST_START_TEST (a_response_url_of_another_origin_gets_no_request)
{
  TestPeer *peer = test_peer_start (TEST_PEER_SILENT);
  g_autofree gchar *fault = g_strdup_printf (
      "poll:body={\"status\":\"COMPLETED\",\"request_id\":\"@ID@\","
      "\"response_url\":\"http://%s/x\"}+status=200",
      test_peer_get_address (peer));
  g_autofree gchar *heard = NULL;
  g_autoptr (GBytes) clip = NULL;

  play (FAL, "");
  clip = test_service_get_clip (service, 0);
  /* With a fixed clip the next task is completed as soon as it exists. */
  test_service_set_clip (
      service, g_bytes_get_data (clip, NULL), g_bytes_get_size (clip));
  test_service_fault (service, fault);
  play_run (new_run (FAL, ""), 1);
  test_service_set_clip (service, "", 0);
  assert_bill (2, 2);
  heard = test_peer_get_heard (peer);
  fail_unless_equals_string (heard, "");
  test_peer_stop (peer);
}
GST_END_TEST

#define OWN(more) \
  "{\"profile\":1,\"name\":\"own\",\"title\":\"Own\"," \
  "\"base-url\":\"https://api.example\"," \
  "\"key\":\"Authorization: Key ${key}\"," \
  "\"order\":{\"path\":\"/${model}\",\"headers\":{\"x-once\":\"1\"}," more \
  "\"body\":{\"prompt\":\"${prompt}\",\"resolution\":\"${resolution}\"," \
  "\"duration\":\"${duration:string}\"}}," \
  "\"task\":{\"path\":\"/${task-path}/status\"}," \
  "\"clip\":{\"path\":\"/${task-path}\",\"holds\":\"link\"}," \
  "\"answer\":{\"task-address\":[\"status_url\"]}}"
#define KEY "\"idempotency\":\"Idempotency-Key\","

static TestRun *
new_own (const gchar *profile)
{
  g_autofree gchar *path =
      test_home_write ("own.json", profile, strlen (profile));

  return test_run_new (SOURCE
      "prompt=boat resolution=480p duration=1 provider=%s model=a/b/c "
      "base-url=%s ! fakesink name=out",
      path, test_service_get_base (service, "fal"));
}

GST_START_TEST (a_profile_of_the_users_own_can_do_the_same)
{
  g_autofree gchar *id = NULL;

  play_run (new_own (OWN ("")), 0);
  assert_bill (1, 1);
  id = test_ledger_get ("SELECT task_id FROM attempts");
  fail_unless (g_str_has_prefix (id, "a/b/requests/"), "%s", id);
}
GST_END_TEST

#define KEYED(more) \
  "{\"profile\":1,\"name\":\"keyed\",\"title\":\"Keyed\"," \
  "\"base-url\":\"https://api.example\"," \
  "\"key\":\"Authorization: Bearer ${key}\"," \
  "\"order\":{\"path\":\"/videos\"," more "\"body\":{" \
  "\"prompt\":\"${prompt}\",\"seconds\":\"${duration:string}\"," \
  "\"size\":\"854x480\",\"r\":\"${resolution}\",\"m\":\"${model}\"," \
  "\"input_reference\":\"${image}\"}}," \
  "\"task\":{\"path\":\"/videos/${task-id}\"}," \
  "\"clip\":{\"path\":\"/videos/${task-id}/content\",\"holds\":\"video\"}}"

static TestRun *
new_keyed (const gchar *profile, const gchar *more)
{
  g_autofree gchar *path =
      test_home_write ("keyed.json", profile, strlen (profile));

  return test_run_new (SOURCE
      "prompt=boat resolution=480p duration=1 provider=%s model=m "
      "base-url=%s %s ! fakesink name=out",
      path, test_service_get_base (service, "openai"), more);
}

/* Faults by which the first answer is lost. */
static const gchar *losses[] = { "submit@1:accept-drop",
  "submit@1-2:accept-reset", "submit@1:accept-status=502",
  "submit@1:accept-status=409", "submit@1:accept-status=499",
  "submit@1:garbage",
  ("submit@1:body={\"success\":false,\"message\":\"The upstream timed "
   "out\"}"),
  "submit@1:accept-drop\nsubmit@2:status=422\nsubmit@3:status=429" };

GST_START_TEST (a_lost_answer_is_asked_for_with_the_key)
{
  test_service_set (service, "{\"idempotency\":true}");
  test_service_fault (service, losses[__i__]);
  play_run (new_keyed (KEYED (KEY), ""), 0);
  assert_tasks (service, 1);
  fail_unless (test_service_count (service, "posts") > 1);
  assert_count (service, "posts_on_used_connection", 0);
}
GST_END_TEST

/* Answers in which no field holds the id of the task. */
#define BY_LOCATION "status=201+body=+header=Location: /openai/videos/@ID@"
#define BY_ADDRESS \
  "body={\"status_url\":\"http://127.0.0.1/fal/a/b/requests/@ID@/status\"}"

static const struct {
  gboolean by_address;
  const gchar *faults;
  guint posts;
} unnamed[] = {
  { FALSE, "submit:" BY_LOCATION, 1 },
  { FALSE, "submit@1:accept-drop\nsubmit@2-:" BY_LOCATION, 2 },
  { TRUE, "submit:" BY_ADDRESS, 1 },
  { TRUE, "submit@1:accept-drop\nsubmit@2-:" BY_ADDRESS, 2 },
};

GST_START_TEST (a_task_that_only_its_address_names_is_not_lost)
{
  test_service_set (service, "{\"idempotency\":true}");
  test_service_fault (service, unnamed[__i__].faults);
  play_run (unnamed[__i__].by_address ? new_own (OWN (KEY))
                                      : new_keyed (KEYED (KEY), ""),
      0);
  assert_bill (unnamed[__i__].posts, 1);
}
GST_END_TEST

/* The refusal of a repeated request does not prove that the first request was
 * not accepted. */
static const gchar *refusals[] = { "submit@2-:status=422",
  "submit@2-:status=401", "submit@2-:refusal={\"success\":false}",
  "submit@2-:drop", "submit@2-:status=429" };

GST_START_TEST (a_refused_repeat_leaves_the_order_in_doubt)
{
  g_autofree gchar *faults =
      g_strconcat ("submit@1:accept-drop\n", refusals[__i__], NULL);
  g_autoptr (GError) error = NULL;
  TestRun *run = new_keyed (KEYED (KEY), "retries=1");

  test_service_set (service, "{\"idempotency\":true}");
  test_service_fault (service, faults);
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (strstr (error->message, "may be billed"), "%s", error->message);
  test_run_free (run);
  assert_bill (2, 1);
  test_service_fault (service, "");
  run = new_keyed (KEYED (KEY), "");
  test_run_to_error (run);
  test_run_free (run);
  assert_bill (2, 1);
}
GST_END_TEST

GST_START_TEST (without_a_key_nothing_is_repeated)
{
  TestRun *run = new_keyed (KEYED (""), "");

  test_service_set (service, "{\"idempotency\":true}");
  test_service_fault (service, "submit@1:accept-drop");
  test_run_to_error (run);
  test_run_free (run);
  assert_bill (1, 1);
}
GST_END_TEST

GST_START_TEST (a_form_holds_the_order_and_its_image)
{
  g_autofree gchar *image = test_home_paint ("first.png", 320, 320);
  g_autofree gchar *more = g_strdup_printf ("image=\"%s\"", image);
  g_autofree gchar *body = NULL;

  play_run (new_keyed (KEYED ("\"form\":true,"), more), 0);
  assert_bill (1, 1);
  body = test_service_get_task (service, 0, "body");
  fail_unless (strstr (body, "form-data; name=\"prompt\"\r\n\r\nboat\r\n") &&
               strstr (body, "filename=\"input_reference.png\"") &&
               strstr (body, "Content-Type: image/png"));
}
GST_END_TEST

/* A size that the service does not have would be missing from the order. */
GST_START_TEST (what_no_table_has_is_refused_for_free)
{
  fail_with (OPENAI, "aspect-ratio=21:9", "the combination \"480p 21:9\"");
  fail_with (OPENAI, "seed=7", "has no seed");
  assert_bill (0, 0);
}
GST_END_TEST

GST_START_TEST (extra_parameters_go_where_the_profile_says)
{
  TestRun *run = new_run (4, "extra-params=\"params,fps=24,seed=9\"");
  g_autofree gchar *body = NULL;

  play_run (run, 0);
  body = test_service_get_task (service, 0, "body");
  fail_unless_equals_string (body,
      "{\"input\":{\"prompt\":\"boat\",\"resolution\":\"480p\",\"duration\":1,"
      "\"fps\":24,\"seed\":9}}");
}
GST_END_TEST

static Suite *
services_suite (void)
{
  Suite *suite = suite_create ("services");
  TCase *all = test_case_new (suite, "all");
  TCase *second = test_case_new (suite, "second");
  TCase *key = test_case_new (suite, "key");
  TCase *again = test_case_new (suite, "again");
  const gint n = G_N_ELEMENTS (services);

  tcase_add_loop_test (all, a_clip_costs_one_order, 0, n);
  tcase_add_loop_test (all, a_lost_answer_is_not_ordered_again, 0, n);
  tcase_add_loop_test (all, a_refused_prompt_costs_nothing, 0, n);
  tcase_add_loop_test (all, a_task_that_fails_is_told_and_counted, 2, n);
  tcase_add_loop_test (all, an_expired_link_is_asked_for_anew, 0, n);
  tcase_add_loop_test (
      all, a_task_is_taken_up_by_its_id_and_by_the_order, 0, n);
  tcase_add_loop_test (all, a_wrong_key_costs_nothing, 0, n);
  tcase_add_loop_test (
      second, a_second_get_that_is_refused_loses_nothing, OPENAI, FAL + 1);
  tcase_add_loop_test (
      second, a_second_get_that_finds_nothing_loses_nothing, OPENAI, FAL + 1);
  tcase_add_loop_test (
      second, a_second_get_that_fails_is_asked_again, OPENAI, FAL + 1);
  tcase_add_loop_test (
      second, a_second_get_that_breaks_is_asked_again, OPENAI, FAL + 1);
  tcase_add_test (second, a_result_that_is_refused_is_a_failed_task);
  tcase_add_test (second, a_completed_task_without_a_link_is_no_new_order);
  tcase_add_test (
      key, content_is_asked_for_with_the_key_and_its_redirect_without);
  tcase_add_test (key, a_link_that_a_relay_gives_comes_before_the_content);
  tcase_add_test (key, unsigned_links_of_the_service_get_the_key);
  tcase_add_test (key, a_status_url_of_another_origin_gets_no_request);
  tcase_add_test (key, a_response_url_of_another_origin_gets_no_request);
  tcase_add_test (key, a_profile_of_the_users_own_can_do_the_same);
  tcase_add_test (key, what_no_table_has_is_refused_for_free);
  tcase_add_test (key, extra_parameters_go_where_the_profile_says);
  tcase_add_loop_test (
      again, a_lost_answer_is_asked_for_with_the_key, 0, G_N_ELEMENTS (losses));
  tcase_add_loop_test (again, a_task_that_only_its_address_names_is_not_lost, 0,
      G_N_ELEMENTS (unnamed));
  tcase_add_loop_test (again, a_refused_repeat_leaves_the_order_in_doubt, 0,
      G_N_ELEMENTS (refusals));
  tcase_add_test (again, without_a_key_nothing_is_repeated);
  tcase_add_test (again, a_form_holds_the_order_and_its_image);

  return suite;
}

GST_CHECK_MAIN (services);
