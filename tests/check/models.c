/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "seedance-tasks models" prints the models that a service lists, or those that
 * its profile knows. The key is sent only if the service asks for it. */

#include <string.h>

#include "peer.h"
#include "run.h"

typedef struct {
  gchar *out, *err;
  int status;
} Said;

static void
said_clear (Said *said)
{
  g_free (said->out);
  g_free (said->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Said, said_clear)

static Said
ask (const gchar *provider, const gchar *base, const gchar *key)
{
  const gchar *arguments[] = { g_getenv ("SEEDANCE_TASKS"), "models", provider,
    NULL };
  g_auto (GStrv) environment = g_get_environ ();
  Said said = { NULL };

  environment = g_environ_setenv (
      environment, "SEEDANCE_BASE_URL", base ? base : "", TRUE);
  environment =
      g_environ_setenv (environment, "SEEDANCE_API_KEY", key ? key : "", TRUE);
  fail_unless (g_spawn_sync (NULL, (gchar **) arguments, environment, 0, NULL,
      NULL, &said.out, &said.err, &said.status, NULL));
  fail_if (strstr (said.out, TEST_KEY) || strstr (said.err, TEST_KEY));

  return said;
}

static const struct {
  const gchar *provider, *listed;
  gboolean key; /* the service asks for the key */
} lists[] = {
  { "openrouter", "bytedance/seedance-2.0-fast\n", FALSE },
  { "openai", "sora-2-pro\n", TRUE },
  { "replicate", "bytedance/seedance-1-pro\n", TRUE },
};

GST_START_TEST (a_service_lists_its_models)
{
  const gchar *base = test_service_get_base (service, lists[__i__].provider);
  g_auto (Said) with = ask (lists[__i__].provider, base, TEST_KEY);
  g_auto (Said) without = { NULL };

  fail_unless (with.status == 0 && strstr (with.out, lists[__i__].listed),
      "%s%s", with.out, with.err);
  fail_unless_equals_string (with.err, "");
  assert_count (service, "polls", lists[__i__].key ? 2 : 1);
  without = ask (lists[__i__].provider, base, NULL);
  fail_unless ((without.status == 0) == !lists[__i__].key);
  fail_unless (!lists[__i__].key || strstr (without.err, "No API key"), "%s",
      without.err);
  assert_count (service, "polls", lists[__i__].key ? 3 : 2);
  assert_posts (service, 0);
}
GST_END_TEST

GST_START_TEST (without_a_name_it_is_the_service_of_the_environment)
{
  g_auto (Said) said = { NULL };

  g_setenv ("SEEDANCE_PROVIDER", lists[0].provider, TRUE);
  said =
      ask (NULL, test_service_get_base (service, lists[0].provider), TEST_KEY);
  fail_unless (said.status == 0 && strstr (said.out, lists[0].listed), "%s%s",
      said.out, said.err);
  assert_count (service, "polls", 1);
  assert_posts (service, 0);
}
GST_END_TEST

static const struct {
  const gchar *provider, *known;
} silent[] = {
  { "ark", "dreamina-seedance-2-0-260128\n" },
  { "fal", "bytedance/seedance-2.0/text-to-video\n" },
  { "seeddance", NULL },
};

/* The tool sends no request: nothing listens at the address. */
GST_START_TEST (what_the_profile_knows_is_told_as_that)
{
  g_auto (Said) said = ask (silent[__i__].provider, "http://127.0.0.1:1", NULL);

  fail_unless (strstr (said.err, "This service lists no models") != NULL, "%s",
      said.err);
  if (silent[__i__].known)
    fail_unless (said.status == 0 && strstr (said.out, silent[__i__].known),
        "%s", said.out);
  else
    fail_unless (said.status != 0 && *said.out == '\0');
}
GST_END_TEST

static gpointer
ask_peer (gpointer peer)
{
  g_autofree gchar *base =
      g_strconcat ("http://", test_peer_get_address (peer), "/v1", NULL);
  g_auto (Said) said = ask ("openai", base, TEST_KEY);

  fail_unless (said.status != 0);

  return NULL;
}

GST_START_TEST (the_first_question_has_no_key)
{
  TestPeer *peer = test_peer_start (TEST_PEER_SILENT);
  GThread *asking = g_thread_new ("ask", ask_peer, peer);
  g_autofree gchar *heard = NULL;

  test_peer_wait (peer, 1);
  test_peer_hang_up (peer);
  g_thread_join (asking);
  heard = test_peer_get_heard (peer);
  fail_unless (g_str_has_prefix (heard, "GET /v1/models "), "%s", heard);
  fail_if (strstr (heard, TEST_KEY) || strstr (heard, "Authorization"));
  test_peer_stop (peer);
}
GST_END_TEST

static const struct {
  const gchar *fault, *told;
} odd[] = {
  { "poll@1:status=500", "does not tell its models (HTTP 500" },
  { "poll@1:body=<html>", "does not tell its models (HTTP 200" },
  { "poll@1:redirect=http://127.0.0.1:1/",
      "does not tell its models (HTTP 302" },
  { "poll@1:drop", "does not tell its models (" },
  { "poll@1:body={\"data\":[]}", "The service lists no models" },
  { "poll@1:body={\"data\":[{\"id\":\"a%0Ab\"},{\"id\":7},[],null]}",
      "The service lists no models" },
};

GST_START_TEST (an_answer_that_is_no_list_is_told)
{
  g_auto (Said) said = { NULL };

  test_service_fault (service, odd[__i__].fault);
  said = ask (
      "openrouter", test_service_get_base (service, "openrouter"), TEST_KEY);
  fail_unless (
      strstr (said.err, odd[__i__].told) != NULL, "%s%s", said.out, said.err);
  assert_posts (service, 0);
}
GST_END_TEST

static Suite *
models_suite (void)
{
  Suite *suite = suite_create ("models");
  TCase *tasks = test_case_new (suite, "tasks");

  tcase_add_loop_test (
      tasks, a_service_lists_its_models, 0, G_N_ELEMENTS (lists));
  tcase_add_loop_test (
      tasks, what_the_profile_knows_is_told_as_that, 0, G_N_ELEMENTS (silent));
  tcase_add_test (tasks, without_a_name_it_is_the_service_of_the_environment);
  tcase_add_test (tasks, the_first_question_has_no_key);
  tcase_add_loop_test (
      tasks, an_answer_that_is_no_list_is_told, 0, G_N_ELEMENTS (odd));

  return suite;
}

GST_CHECK_MAIN (models);
