/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an order sends to the service, and which settings never become an
 * order. */

#include <glib/gstdio.h>
#include <string.h>

#include "ledger.h"
#include "run.h"

/* Checks that @line sends one order with exactly this @body to @endpoint. */
static void
assert_order (const gchar *line, const gchar *endpoint, const gchar *body)
{
  TestRun *run = test_run_new ("%s ! fakesink", line);
  g_autofree gchar *its_endpoint = NULL, *its_body = NULL;

  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls", 1);
  test_run_free (run);
  assert_posts (service, 1);
  assert_tasks (service, 1);
  its_endpoint = test_service_get_task (service, 0, "endpoint");
  its_body = test_service_get_task (service, 0, "body");
  fail_unless_equals_string (its_endpoint, endpoint);
  fail_unless_equals_string (its_body, body);
}

#define TEXT_TO_VIDEO "/v1/videos/text-to-video"
#define IMAGE_TO_VIDEO "/v1/videos/image-to-video"
#define ARK "/api/v3/contents/generations/tasks"

GST_START_TEST (only_the_prompt_is_sent_when_only_it_is_set)
{
  assert_order (
      SOURCE "prompt=\"A boat\"", TEXT_TO_VIDEO, "{\"prompt\":\"A boat\"}");
}
GST_END_TEST

GST_START_TEST (every_property_of_the_clip_is_sent)
{
  assert_order (SOURCE "prompt=boat resolution=480p aspect-ratio=9:16 "
                       "duration=2 seed=42 model=some-model",
      TEXT_TO_VIDEO,
      "{\"model\":\"some-model\",\"prompt\":\"boat\",\"resolution\":\"480p\","
      "\"aspect_ratio\":\"9:16\",\"duration\":2,\"seed\":42}");
}
GST_END_TEST

GST_START_TEST (a_seed_keeps_all_of_its_digits)
{
  assert_order (SOURCE "prompt=boat resolution=480p duration=1 "
                       "seed=9007199254740993",
      TEXT_TO_VIDEO,
      "{\"prompt\":\"boat\",\"resolution\":\"480p\",\"duration\":1,"
      "\"seed\":9007199254740993}");
}
GST_END_TEST

GST_START_TEST (a_prompt_passes_in_any_script_and_with_any_sign)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autofree gchar *body = NULL;

  g_object_set (run->src, "prompt",
      "Ein \"Boot\"\\\n\t\xe8\x88\xb9 \xf0\x9f\x9a\xa2", NULL);
  test_run_to_end (run);
  test_run_free (run);
  body = test_service_get_task (service, 0, "body");
  fail_unless_equals_string (body,
      "{\"prompt\":\"Ein \\\"Boot\\\"\\\\\\n\\t\xe8\x88\xb9 "
      "\xf0\x9f\x9a\xa2\",\"resolution\":\"480p\",\"duration\":1,"
      "\"seed\":7}");
}
GST_END_TEST

GST_START_TEST (extra_params_are_sent_as_given)
{
  assert_order (CLIP "extra-params=\"params,watermark=false,"
                     "frames=(int)24,style=ink,"
                     "scale=(double)0.5,list=(string)<a,b>\"",
      TEXT_TO_VIDEO,
      "{\"prompt\":\"boat\",\"resolution\":\"480p\",\"duration\":1,\"seed\":7,"
      "\"watermark\":false,\"frames\":24,\"style\":\"ink\",\"scale\":0.5,"
      "\"list\":[\"a\",\"b\"]}");
}
GST_END_TEST

GST_START_TEST (extra_params_win_over_properties)
{
  assert_order (CLIP "extra-params=\"params,seed=(int)8\"", TEXT_TO_VIDEO,
      "{\"prompt\":\"boat\",\"resolution\":\"480p\",\"duration\":1,"
      "\"seed\":8}");
}
GST_END_TEST

GST_START_TEST (ark_speaks_the_official_services_language)
{
  g_autofree gchar *line = g_strdup_printf (CLIP
      "provider=ark model=dreamina base-url=%s aspect-ratio=1:1 "
      "extra-params=\"params,watermark=false\"",
      test_service_get_ark (service));

  assert_order (line, ARK,
      "{\"model\":\"dreamina\",\"content\":[{\"type\":\"text\",\"text\":"
      "\"boat\"}],\"resolution\":\"480p\",\"ratio\":\"1:1\",\"duration\":1,"
      "\"seed\":7,\"watermark\":false}");
}
GST_END_TEST

static gchar *
data_uri_of (const gchar *path)
{
  g_autofree gchar *data = NULL, *text = NULL;
  gsize size;

  fail_unless (g_file_get_contents (path, &data, &size, NULL));
  text = g_base64_encode ((const guchar *) data, size);

  return g_strconcat ("data:image/png;base64,", text, NULL);
}

/* Checks that the order for @image has @sent as its first frame. */
static void
assert_image (const gchar *image, const gchar *sent)
{
  g_autofree gchar *body = g_strdup_printf (
      "{\"prompt\":\"boat\",\"image_url\":\"%s\",\"resolution\":\"480p\","
      "\"duration\":1,\"seed\":7}",
      sent);
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autofree gchar *its_endpoint = NULL, *its_body = NULL;

  g_object_set (run->src, "image", image, NULL);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls", 1);
  test_run_free (run);
  assert_posts (service, 1);
  its_endpoint = test_service_get_task (service, 0, "endpoint");
  its_body = test_service_get_task (service, 0, "body");
  fail_unless_equals_string (its_endpoint, IMAGE_TO_VIDEO);
  fail_unless (g_str_equal (its_body, body));
}

GST_START_TEST (an_image_file_is_sent_inline)
{
  g_autofree gchar *path = test_home_paint ("first frame.png", 320, 320);
  g_autofree gchar *sent = data_uri_of (path);

  assert_image (path, sent);
}
GST_END_TEST

GST_START_TEST (a_file_uri_is_sent_inline)
{
  g_autofree gchar *path = test_home_paint ("first frame.png", 320, 320);
  g_autofree gchar *uri = g_filename_to_uri (path, NULL, NULL);
  g_autofree gchar *sent = data_uri_of (path);

  assert_image (uri, sent);
}
GST_END_TEST

GST_START_TEST (a_data_uri_is_sent_untouched)
{
  g_autofree gchar *path = test_home_paint ("frame.png", 320, 320);
  g_autofree gchar *uri = data_uri_of (path);

  assert_image (uri, uri);
}
GST_END_TEST

/* Serves the image from the clip port of the local service, because the service
 * fetches it. Returns its link. */
static gchar *
publish_image (const gchar *path)
{
  g_autofree gchar *id = NULL, *image = NULL;
  TestRun *run;
  gsize size;

  fail_unless (g_file_get_contents (path, &image, &size, NULL));
  test_service_set_clip (service, image, size);
  run = test_run_new (CLIP "retries=0 ! fakesink");
  test_run_to_error (run);
  test_run_free (run);
  test_service_set_clip (service, "", 0);
  id = test_service_get_task (service, 0, "id");

  return test_service_get_clip_url (service, id);
}

GST_START_TEST (an_image_url_is_sent_untouched)
{
  g_autofree gchar *path = test_home_paint ("frame.png", 320, 320);
  g_autofree gchar *url = publish_image (path);
  g_autofree gchar *body = NULL, *field = NULL;
  TestRun *run = test_run_new (CLIP "reuse=never ! fakesink");

  fail_unless (strchr (url, '?') != NULL && strchr (url, '&') != NULL);
  g_object_set (run->src, "image", url, NULL);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "tasks", 2);
  test_run_free (run);
  assert_posts (service, 2);
  body = test_service_get_task (service, 1, "body");
  field = g_strdup_printf ("\"image_url\":\"%s\"", url);
  fail_unless (strstr (body, field) != NULL, "%s", body);
}
GST_END_TEST

GST_START_TEST (ark_gets_the_image_among_its_content)
{
  g_autofree gchar *path = test_home_paint ("frame.png", 320, 320);
  g_autofree gchar *sent = data_uri_of (path);
  g_autofree gchar *line = g_strdup_printf (CLIP
      "provider=ark model=dreamina base-url=%s image=\"%s\"",
      test_service_get_ark (service), path);
  g_autofree gchar *body = g_strdup_printf (
      "{\"model\":\"dreamina\",\"content\":[{\"type\":\"text\",\"text\":"
      "\"boat\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"%s\"}}],"
      "\"resolution\":\"480p\",\"duration\":1,\"seed\":7}",
      sent);

  assert_order (line, ARK, body);
}
GST_END_TEST

GST_START_TEST (a_large_image_file_is_warned_about)
{
  g_autofree gchar *path = test_home_path ("large.bmp");
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autofree guint8 *data = g_malloc0 (5 * 1024 * 1024);

  memcpy (data, "BM", 2);
  g_file_set_contents (path, (gchar *) data, 5 * 1024 * 1024, NULL);
  g_object_set (run->src, "image", path, NULL);
  test_service_fault (service, "submit:status=400");
  test_run_to_error (run);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_WARNING), 1);
  test_run_free (run);
}
GST_END_TEST

static const struct {
  const gchar *line;
  const gchar *words;
} refused[] = {
  { SOURCE, "No prompt" },
  { SOURCE "prompt=\"  \"", "prompt" },
  { CLIP "base-url=not-a-url", "base-url" },
  { CLIP "base-url=ftp://127.0.0.1/", "base-url" },
  { CLIP "base-url=http://example.com", "allow-insecure" },
  { CLIP "base-url=https://user:word@example.com", "password" },
  { CLIP "base-url=https://example.com/?a=b", "query" },
  { CLIP "api-key=\"two words\"", "key" },
  { CLIP "api-key-file=/does/not/exist", "api-key-file" },
  { CLIP "duration=11", "duration" },
  { CLIP "resolution=4k", "resolution" },
  { CLIP "image=/does/not/exist.png", "exist.png" },
  { CLIP "image=/dev/null", "image" },
  { CLIP "image=/proc/self/stat", "image" },
  { CLIP "provider=ark", "model" },
};

GST_START_TEST (what_can_be_refused_for_free_costs_no_request)
{
  TestRun *run = test_run_new ("%s ! fakesink", refused[__i__].line);
  GstMessage *message = test_run_to_error (run);
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS),
      "%s", error->message);
  fail_unless (strstr (error->message, refused[__i__].words) != NULL, "%s",
      error->message);
  test_run_free (run);
  assert_posts (service, 0);
  assert_count (service, "connections", 0);
}
GST_END_TEST

GST_START_TEST (without_a_key_nothing_is_sent)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autoptr (GError) error = NULL;

  g_unsetenv ("SEEDANCE_API_KEY");
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  fail_unless (strstr (error->message, "SEEDANCE_API_KEY") != NULL);
  test_run_free (run);
  assert_posts (service, 0);
}
GST_END_TEST

GST_START_TEST (a_key_file_is_read)
{
  g_autofree gchar *path =
      test_home_write ("key", TEST_KEY "\n", strlen (TEST_KEY "\n"));
  TestRun *run = test_run_new (CLIP "api-key-file=%s ! fakesink", path);

  g_setenv ("SEEDANCE_API_KEY", "another-key", TRUE);
  test_run_to_end (run);
  test_run_free (run);
  assert_tasks (service, 1);
}
GST_END_TEST

GST_START_TEST (the_post_has_a_connection_of_its_own)
{
  for (guint i = 0; i < 2; i++) {
    TestRun *run = test_run_new (CLIP "reuse=never ! fakesink");

    test_run_to_end (run);
    test_run_free (run);
  }
  assert_posts (service, 2);
  assert_count (service, "posts_on_used_connection", 0);
}
GST_END_TEST

GST_START_TEST (an_unlinked_source_orders_nothing)
{
  TestRun *run = test_run_new (CLIP);

  test_run_to_error (run);
  test_run_free (run);
  assert_posts (service, 0);
}
GST_END_TEST

static void
play (const gchar *properties)
{
  TestRun *run = test_run_new (CLIP "%s ! fakesink", properties);

  test_run_to_end (run);
  test_run_free (run);
}

/* The refused pipeline still exists, as in a program that shows the error.
 * Nothing of the refused order stays in the ledger. */
GST_START_TEST (a_refused_order_leaves_nothing_in_the_way)
{
  TestRun *refused = test_run_new (CLIP "! fakesink");

  test_service_fault (service, "submit:status=400");
  test_run_to_error (refused);
  fail_unless_equals_int64 (
      test_ledger_count ("SELECT count(*) FROM attempts;"), 0);
  test_service_fault (service, "");
  play ("");
  test_run_free (refused);
  assert_posts (service, 2);
  assert_tasks (service, 1);
}
GST_END_TEST

/* Given a played clip of the same order, a refused order leaves its row in the
 * ledger. */
GST_START_TEST (a_refused_order_leaves_the_clip_before_it)
{
  TestRun *refused;

  play ("");
  refused = test_run_new (CLIP "! fakesink");
  test_service_fault (service, "submit:status=400");
  test_run_to_error (refused);
  test_service_fault (service, "");
  play ("reuse=always");
  test_run_free (refused);
  assert_posts (service, 2);
  assert_tasks (service, 1);
}
GST_END_TEST

static Suite *
submit_suite (void)
{
  Suite *suite = suite_create ("submit");
  TCase *bodies = test_case_new (suite, "bodies");
  TCase *images = test_case_new (suite, "images");
  TCase *free_of_charge = test_case_new (suite, "refused");

  tcase_add_test (bodies, only_the_prompt_is_sent_when_only_it_is_set);
  tcase_add_test (bodies, every_property_of_the_clip_is_sent);
  tcase_add_test (bodies, a_seed_keeps_all_of_its_digits);
  tcase_add_test (bodies, a_prompt_passes_in_any_script_and_with_any_sign);
  tcase_add_test (bodies, extra_params_are_sent_as_given);
  tcase_add_test (bodies, extra_params_win_over_properties);
  tcase_add_test (bodies, ark_speaks_the_official_services_language);
  tcase_add_test (images, an_image_file_is_sent_inline);
  tcase_add_test (images, a_file_uri_is_sent_inline);
  tcase_add_test (images, a_data_uri_is_sent_untouched);
  tcase_add_test (images, an_image_url_is_sent_untouched);
  tcase_add_test (images, ark_gets_the_image_among_its_content);
  tcase_add_test (images, a_large_image_file_is_warned_about);
  tcase_add_loop_test (free_of_charge,
      what_can_be_refused_for_free_costs_no_request, 0, G_N_ELEMENTS (refused));
  tcase_add_test (free_of_charge, without_a_key_nothing_is_sent);
  tcase_add_test (free_of_charge, a_key_file_is_read);
  tcase_add_test (free_of_charge, the_post_has_a_connection_of_its_own);
  tcase_add_test (free_of_charge, an_unlinked_source_orders_nothing);
  tcase_add_test (free_of_charge, a_refused_order_leaves_nothing_in_the_way);
  tcase_add_test (free_of_charge, a_refused_order_leaves_the_clip_before_it);

  return suite;
}

GST_CHECK_MAIN (submit)
