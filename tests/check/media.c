/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may accompany a prompt at the official service: frames, references and
 * switches. Combinations that cannot work are refused before any request. */

#include <glib/gstdio.h>
#include <string.h>

#include "run.h"

#define ARK CLIP "provider=ark model=m base-url=%s "

static gchar *
order (const gchar *more)
{
  TestRun *run =
      test_run_new (ARK "%s ! fakesink", test_service_get_ark (service), more);

  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls", 1);
  test_run_free (run);
  assert_posts (service, 1);
  assert_tasks (service, 1);

  return test_service_get_task (service, 0, "body");
}

static void
assert_holds (const gchar *body, const gchar *part)
{
  fail_unless (strstr (body, part) != NULL, "%s is not in %.500s", part, body);
}

GST_START_TEST (frames_go_out_with_their_roles)
{
  g_autofree gchar *first = test_home_paint ("first frame.png", 320, 320);
  g_autofree gchar *last = test_home_paint ("last.png", 320, 320);
  g_autofree gchar *more =
      g_strdup_printf ("image=\"%s\" last-image=\"%s\"", first, last);
  g_autofree gchar *body = order (more);

  assert_holds (body, "{\"type\":\"image_url\",\"image_url\":{\"url\":"
                      "\"data:image/png;base64,");
  assert_holds (body, "\"},\"role\":\"first_frame\"}");
  assert_holds (body, "\"},\"role\":\"last_frame\"}]");
}
GST_END_TEST

GST_START_TEST (references_go_out_in_their_order)
{
  g_autofree gchar *picture = test_home_paint ("a.png", 320, 320);
  g_autofree gchar *more =
      g_strdup_printf ("reference-images=\"<%s,\\\"http://h/i?a=1,2\\\">\" "
                       "reference-videos=\"<\\\"http://h/v\\\">\" "
                       "reference-audios=\"<\\\"http://h/s\\\">\"",
          picture);
  g_autofree gchar *body = order (more);

  assert_holds (body, "\"},\"role\":\"reference_image\"},"
                      "{\"type\":\"image_url\",\"image_url\":{\"url\":"
                      "\"http://h/i?a=1,2\"},\"role\":\"reference_image\"},"
                      "{\"type\":\"video_url\",\"video_url\":{\"url\":"
                      "\"http://h/v\"},\"role\":\"reference_video\"},"
                      "{\"type\":\"audio_url\",\"audio_url\":{\"url\":"
                      "\"http://h/s\"},\"role\":\"reference_audio\"}]");
}
GST_END_TEST

GST_START_TEST (switches_go_out_when_they_were_set)
{
  g_autofree gchar *body =
      order ("generate-audio=false camera-fixed=true watermark=false "
             "return-last-frame=true duration=-1 aspect-ratio=adaptive");

  assert_holds (body, "\"ratio\":\"adaptive\",\"duration\":-1,\"seed\":7,"
                      "\"generate_audio\":false,\"camera_fixed\":true,"
                      "\"watermark\":false,\"return_last_frame\":true}");
}
GST_END_TEST

GST_START_TEST (the_estimate_of_the_price_is_in_the_stats)
{
  TestRun *run = test_run_new (CLIP
      "provider=ark model=doubao-seedance-2-0-260128 base-url=%s ! fakesink",
      test_service_get_ark (service));
  GstStructure *stats = NULL;
  gint64 tokens = 0;
  gdouble usd = 0;

  test_run_to_end (run);
  g_object_get (run->src, "stats", &stats, NULL);
  fail_unless (gst_structure_get (stats, "estimated-tokens", G_TYPE_INT64,
      &tokens, "estimated-cost-usd", G_TYPE_DOUBLE, &usd, NULL));
  fail_unless_equals_int64 (tokens, 864 * 496 * 25 / 1024);
  fail_unless (usd > 0.07 && usd < 0.08, "%f", usd);
  gst_structure_free (stats);
  test_run_free (run);
}
GST_END_TEST

/* Given the same references in a second run, the stored clip is played. Other
 * references or switches make another order. */
GST_START_TEST (media_are_part_of_what_is_asked)
{
  static const gchar *const more[] = {
    "reference-videos=\"<\\\"http://h/v\\\">\"",
    "reference-videos=\"<\\\"http://h/v\\\">\"",
    "reference-videos=\"<\\\"http://h/w\\\">\"", "watermark=false"
  };
  static const guint posts[] = { 1, 1, 2, 3 };

  for (guint i = 0; i < G_N_ELEMENTS (more); i++) {
    TestRun *run = test_run_new (ARK "reuse=always %s ! fakesink",
        test_service_get_ark (service), more[i]);

    test_run_to_end (run);
    test_run_free (run);
    assert_posts (service, posts[i]);
  }
}
GST_END_TEST

static const struct {
  const gchar *line;
  const gchar *words;
} refused[] = {
  { ARK "last-image=http://h/z", "last-image only together with image" },
  { ARK "image=http://h/a reference-videos=\"<\\\"http://h/v\\\">\"",
      "reference-videos together with image" },
  { ARK "reference-videos=\"<v.mp4>\"", "Only pictures" },
  { ARK "reference-images=\"<none.png>\"", "Set reference-images" },
  { ARK "reference-images=\"<\\\"\\\">\"", "reference-images" },
  { CLIP "last-image=http://h/z", "no last-image" },
  { CLIP "watermark=false", "no watermark" },
  { CLIP "duration=-1", "duration" },
};

GST_START_TEST (what_cannot_go_together_is_refused_for_free)
{
  const gchar *ark = test_service_get_ark (service);
  g_autofree gchar *line = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) parts = g_strsplit (refused[__i__].line, "%s", 2);
  TestRun *run;

  line = parts[1] ? g_strconcat (parts[0], ark, parts[1], NULL)
                  : g_strdup (parts[0]);
  run = test_run_new ("%s ! fakesink", line);
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
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

#define PROFILE \
  "{\"profile\":1,\"name\":\"mine\",\"title\":\"Mine\",\"base-url\":\"%s\"," \
  "\"key\":\"%s\",\"order\":{\"path\":\"/v1/videos/text-to-video\"," \
  "\"body\":{\"prompt\":\"${prompt}, at dawn\",\"duration\":1," \
  "\"resolution\":\"480p\"}},\"task\":{\"path\":\"/v1/videos/${task-id}\"}%s}"

static TestRun *
new_run_with_profile (const gchar *key, const gchar *more)
{
  const gchar *api = test_service_get_api (service);
  g_autofree gchar *text = g_strdup_printf (PROFILE, api, key, more);
  g_autofree gchar *path = test_home_write ("mine.json", text, strlen (text));

  fail_unless_equals_int (g_chmod (path, 0600), 0);
  g_unsetenv ("SEEDANCE_BASE_URL");

  return test_run_new ("seedancesrc name=src prompt=\"A pond\" "
                       "poll-interval=100 provider=\"%s\" "
                       "! fakesink",
      path);
}

GST_START_TEST (a_profile_of_ones_own_is_enough_for_a_clip)
{
  TestRun *run = new_run_with_profile ("Authorization: Bearer ${key}", "");
  g_autofree gchar *body = NULL;

  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
  body = test_service_get_task (service, 0, "body");
  fail_unless_equals_string (body,
      "{\"prompt\":\"A pond, at "
      "dawn\",\"duration\":1,\"resolution\":\"480p\"}");
  assert_count (service, "credentials_on_clip_port", 0);
}
GST_END_TEST

/* The service expects the key in another header and does not find it there. */
GST_START_TEST (the_key_goes_into_the_header_of_the_profile)
{
  TestRun *run = new_run_with_profile ("X-Api-Key: ${key}", "");
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (g_error_matches (
      error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED));
  test_run_free (run);
  assert_posts (service, 1);
  assert_tasks (service, 0);
}
GST_END_TEST

GST_START_TEST (a_profile_with_a_mistake_costs_nothing)
{
  TestRun *run =
      new_run_with_profile ("Authorization: Bearer ${key}", ",\"answers\":{}");
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  fail_unless (
      strstr (error->message, "at \"answers\": expected one of these") != NULL,
      "%s", error->message);
  test_run_free (run);
  assert_posts (service, 0);
  assert_count (service, "connections", 0);
}
GST_END_TEST

static Suite *
media_suite (void)
{
  Suite *suite = suite_create ("media");
  TCase *orders = test_case_new (suite, "orders");
  TCase *free_of_charge = test_case_new (suite, "refused");
  TCase *profiles = test_case_new (suite, "profiles");

  tcase_add_test (orders, frames_go_out_with_their_roles);
  tcase_add_test (orders, references_go_out_in_their_order);
  tcase_add_test (orders, switches_go_out_when_they_were_set);
  tcase_add_test (orders, the_estimate_of_the_price_is_in_the_stats);
  tcase_add_test (orders, media_are_part_of_what_is_asked);
  tcase_add_loop_test (free_of_charge,
      what_cannot_go_together_is_refused_for_free, 0, G_N_ELEMENTS (refused));
  tcase_add_test (profiles, a_profile_of_ones_own_is_enough_for_a_clip);
  tcase_add_test (profiles, the_key_goes_into_the_header_of_the_profile);
  tcase_add_test (profiles, a_profile_with_a_mistake_costs_nothing);

  return suite;
}

GST_CHECK_MAIN (media)
