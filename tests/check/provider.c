/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SEEDANCE_PROVIDER selects the service if no property does, as when a player
 * opens a URI. The key is sent only to that service. */

#include <glib/gstdio.h>
#include <string.h>

#include "ledger.h"
#include "uri-player.h"

#define VARIABLE "SEEDANCE_PROVIDER"
#define ARK_BOAT TEST_BOAT "&model=m"
#define PROFILE \
  "{\"profile\":1,\"name\":\"mine\",\"title\":\"Mine\",\"base-url\":\"%s\"," \
  "\"key\":\"Authorization: Bearer ${key}\"," \
  "\"order\":{\"path\":\"/v1/videos/text-to-video\"," \
  "\"body\":{\"prompt\":\"${prompt}\",\"duration\":\"${duration}\"," \
  "\"resolution\":\"${resolution}\",\"seed\":\"${seed}\"}},\"task\":{" \
  "\"path\":\"/v1/videos/${task-id}\"}}"

static void
be_asked_as (const gchar *provider)
{
  g_setenv (VARIABLE, provider, TRUE);
  g_setenv (
      "SEEDANCE_BASE_URL", test_service_get_base (service, provider), TRUE);
}

/* Checks which services the ledger has orders of, as in "ark, seeddance". */
static void
assert_ledger (const gchar *providers)
{
  g_autofree gchar *found = test_ledger_get (
      "SELECT group_concat (provider, ', ') FROM "
      "(SELECT DISTINCT provider FROM attempts ORDER BY provider)");

  fail_unless_equals_string (found, providers);
}

static void
play (const gchar *properties)
{
  TestRun *run = test_run_new (CLIP "%s ! fakesink", properties);

  test_run_to_end (run);
  test_run_free (run);
}

static void
refuse (const gchar *properties, const gchar *words)
{
  TestRun *run = test_run_new (CLIP "%s ! fakesink", properties);
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  fail_unless (strstr (error->message, words) != NULL, "\"%s\" is not in: %s",
      words, error->message);
  test_run_free (run);
}

static void
play_uri (gint kind, gboolean submit)
{
  TestPlayer *player = test_player_new (kind, ARK_BOAT, submit);

  test_player_to_end (player);
  test_player_free (player);
}

GST_START_TEST (a_uri_is_ordered_from_the_service_of_the_environment)
{
  g_autofree gchar *path = NULL;

  be_asked_as ("ark");
  play_uri (__i__, TRUE);
  play_uri (__i__, FALSE);
  assert_posts (service, 1);
  path = test_service_get_task (service, 0, "endpoint");
  fail_unless (strstr (path, "/api/v3/") != NULL, "%s", path);
  assert_ledger ("ark");
}
GST_END_TEST

/* The clip of a service is found whether the property or the variable has named
 * the service. */
GST_START_TEST (what_a_property_ordered_the_environment_finds)
{
  g_autofree gchar *line =
      g_strdup_printf ("provider=ark model=m reuse=always base-url=%s",
          test_service_get_ark (service));

  play (line);
  be_asked_as ("ark");
  play ("model=m reuse=always");
  play_uri (0, FALSE);
  assert_posts (service, 1);
  assert_ledger ("ark");
}
GST_END_TEST

GST_START_TEST (a_property_goes_before_the_environment)
{
  g_setenv (VARIABLE, "ark", TRUE);
  play ("provider=seeddance");
  assert_posts (service, 1);
  assert_ledger ("seeddance");
}
GST_END_TEST

GST_START_TEST (an_empty_variable_is_none)
{
  g_setenv (VARIABLE, "", TRUE);
  play ("");
  play ("provider=seeddance reuse=always");
  assert_posts (service, 1);
  assert_ledger ("seeddance");
}
GST_END_TEST

GST_START_TEST (the_messages_name_the_service)
{
  TestRun *run = test_run_new (CLIP "model=m ! fakesink");
  const GstStructure *task;

  be_asked_as ("ark");
  test_run_start (run, GST_STATE_PLAYING);
  task = gst_message_get_structure (test_run_wait_task (run, "submitted"));
  fail_unless_equals_string (
      gst_structure_get_string (task, "provider"), "ark");
  test_run_free (run);
}
GST_END_TEST

static void
assert_reads (GstElement *element, const gchar *expected)
{
  g_autofree gchar *provider = NULL;

  g_object_get (element, "provider", &provider, NULL);
  fail_unless_equals_string (provider, expected);
}

GST_START_TEST (the_property_reads_as_what_is_asked)
{
  static const gchar *const elements[] = { "seedancesrc", "seedanceplayout" };
  g_autoptr (GstElement) element =
      gst_element_factory_make (elements[__i__], NULL);

  gst_object_ref_sink (element);
  assert_reads (element, "seeddance");
  g_setenv (VARIABLE, "ark", TRUE);
  assert_reads (element, "ark");
  g_object_set (element, "provider", "seeddance", NULL);
  assert_reads (element, "seeddance");
  g_object_set (element, "provider", NULL, NULL);
  assert_reads (element, "ark");
}
GST_END_TEST

static const gchar *const unknown[] = { "nobody", "ARK", " ark", "/etc/passwd",
  "seedance:task/1" };

GST_START_TEST (an_unknown_one_is_refused_for_free)
{
  g_setenv (VARIABLE, unknown[__i__], TRUE);
  refuse ("", "SEEDANCE_PROVIDER: ");
  assert_posts (service, 0);
  assert_count (service, "connections", 0);
  play ("provider=seeddance");
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (what_the_service_needs_is_asked_for)
{
  be_asked_as ("ark");
  refuse ("", "needs model");
  assert_posts (service, 0);
  assert_count (service, "connections", 0);
}
GST_END_TEST

/* Another service stands at the profile's address. Each service gets only the
 * requests that are meant for it. */
GST_START_TEST (the_key_goes_to_the_service_that_is_asked)
{
  TestService *other = test_service_start ();
  g_autofree gchar *text =
      g_strdup_printf (PROFILE, test_service_get_api (other));
  g_autofree gchar *path = test_home_write ("mine.json", text, strlen (text));
  g_autofree gchar *named = g_strdup_printf (
      "provider=seeddance base-url=%s", test_service_get_api (service));

  fail_unless_equals_int (g_chmod (path, 0600), 0);
  g_unsetenv ("SEEDANCE_BASE_URL");
  g_setenv (VARIABLE, path, TRUE);
  play ("");
  assert_posts (other, 1);
  assert_tasks (other, 1);
  assert_count (service, "connections", 0);
  play (named);
  assert_posts (other, 1);
  assert_posts (service, 1);
  assert_count (other, "credentials_on_clip_port", 0);
  assert_count (service, "credentials_on_clip_port", 0);
  assert_ledger ("mine, seeddance");
  test_service_stop (other);
}
GST_END_TEST

static Suite *
provider_suite (void)
{
  Suite *suite = suite_create ("provider");
  TCase *asked = test_case_new (suite, "asked");
  TCase *refused = test_case_new (suite, "refused");
  TCase *key = test_case_new (suite, "key");

  tcase_add_loop_test (asked,
      a_uri_is_ordered_from_the_service_of_the_environment, 0, TEST_N_PLAYERS);
  tcase_add_test (asked, what_a_property_ordered_the_environment_finds);
  tcase_add_test (asked, a_property_goes_before_the_environment);
  tcase_add_test (asked, an_empty_variable_is_none);
  tcase_add_test (asked, the_messages_name_the_service);
  tcase_add_loop_test (asked, the_property_reads_as_what_is_asked, 0, 2);
  tcase_add_loop_test (
      refused, an_unknown_one_is_refused_for_free, 0, G_N_ELEMENTS (unknown));
  tcase_add_test (refused, what_the_service_needs_is_asked_for);
  tcase_add_test (key, the_key_goes_to_the_service_that_is_asked);

  return suite;
}

GST_CHECK_MAIN (provider)
