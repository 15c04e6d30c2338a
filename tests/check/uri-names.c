/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The URIs that the element reports through GstURIHandler and in queries, and
 * its stream ids. */

#include <string.h>

#include "uri-player.h"

static void
assert_uri (GstElement *element, const gchar *expected)
{
  g_autofree gchar *uri = gst_uri_handler_get_uri (GST_URI_HANDLER (element));

  fail_unless_equals_string (uri, expected);
}

static void
assert_query (GstElement *element, const gchar *expected)
{
  GstQuery *query = gst_query_new_uri ();
  g_autofree gchar *uri = NULL;

  fail_unless (gst_element_query (element, query));
  gst_query_parse_uri (query, &uri);
  fail_unless_equals_string (uri, expected);
  gst_query_unref (query);
}

GST_START_TEST (queries_tell_the_uri)
{
  TestPlayer *player = test_player_new (
      __i__, "seedance:?seed=7&duration=1&prompt=%62oat&resolution=480p", TRUE);

  test_run_start (player->run, GST_STATE_PAUSED);
  test_run_wait_done (player->run);
  assert_uri (player->source, TEST_BOAT);
  assert_query (player->source, TEST_BOAT);
  assert_query (player->run->pipeline, TEST_BOAT);
  test_run_to_end (player->run);
  assert_query (player->source, TEST_BOAT);
  test_player_free (player);
}
GST_END_TEST

static GstElement *
make_source (const gchar *uri)
{
  g_autoptr (GError) error = NULL;
  GstElement *source =
      gst_element_make_from_uri (GST_URI_SRC, uri, NULL, &error);

  fail_unless (source != NULL, "%s", error ? error->message : "");

  return gst_object_ref_sink (source);
}

GST_START_TEST (properties_are_part_of_the_uri)
{
  GstElement *source = make_source (TEST_BOAT);
  g_autofree gchar *prompt = NULL, *resolution = NULL;
  gint64 seed;
  gint reuse;

  g_object_get (source, "prompt", &prompt, "resolution", &resolution, "seed",
      &seed, "reuse", &reuse, NULL);
  fail_unless_equals_string (prompt, "boat");
  fail_unless_equals_string (resolution, "480p");
  fail_unless_equals_int64 (seed, 7);
  fail_unless_equals_int (reuse, 2);
  assert_query (source, TEST_BOAT);
  g_object_set (
      source, "prompt", "a & b", "seed", G_GINT64_CONSTANT (-1), NULL);
  assert_uri (
      source, "seedance:?prompt=a%20%26%20b&resolution=480p&duration=1");
  g_object_set (source, "image", "/a/file.png", NULL);
  assert_uri (source, NULL);
  g_object_set (source, "task-id", "a", NULL);
  assert_uri (source, "seedance:task/a");
  /* A URI sets each property to its own value or the default. A URI that is
   * refused changes nothing. */
  fail_unless (gst_uri_handler_set_uri (
      GST_URI_HANDLER (source), "seedance:?prompt=sea", NULL));
  assert_uri (source, "seedance:?prompt=sea");
  fail_if (gst_uri_handler_set_uri (
      GST_URI_HANDLER (source), "seedance:?prompt=boat&seed=-2", NULL));
  assert_uri (source, "seedance:?prompt=sea");
  gst_object_unref (source);
}
GST_END_TEST

/* An element that was set up by its properties has a URI, too, and needs no
 * permission to order. */
GST_START_TEST (an_element_without_a_uri_tells_one)
{
  TestRun *run = test_run_new (CLIP "! fakesink name=out");

  assert_uri (run->src, TEST_BOAT);
  test_run_to_end (run);
  assert_uri (run->src, TEST_BOAT);
  assert_query (run->src, TEST_BOAT);
  assert_query (test_run_get (run, "out"), TEST_BOAT);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* No URI can hold the file of the request, so the element reports the task,
 * which can be opened elsewhere. */
GST_START_TEST (what_no_uri_can_say_is_called_by_its_task)
{
  g_autofree gchar *picture = test_home_paint ("boat.png", 64, 64);
  TestRun *run = test_run_new (CLIP "image=\"%s\" ! fakesink", picture);
  g_autofree gchar *id = NULL, *uri = NULL;

  assert_uri (run->src, NULL);
  test_run_start (run, GST_STATE_PAUSED);
  test_run_wait_done (run);
  id = test_service_get_task (service, 0, "id");
  uri = g_strconcat ("seedance:task/", id, NULL);
  assert_uri (run->src, uri);
  assert_query (run->src, uri);
  test_run_free (run);
}
GST_END_TEST

static gchar *
get_stream_id (gint kind, const gchar *uri)
{
  TestPlayer *player = test_player_new (kind, uri, TRUE);
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (player->run->pipeline), "out");
  g_autoptr (GstPad) pad = NULL;
  gchar *id;

  test_run_start (player->run, GST_STATE_PAUSED);
  test_run_wait_done (player->run);
  if (!sink)
    sink = gst_bin_get_by_name (GST_BIN (player->run->pipeline), "out");
  pad = gst_element_get_static_pad (sink, "sink");
  id = gst_pad_get_stream_id (pad);
  test_player_free (player);

  return id;
}

/* Editors analyse a clip first, and recognise its streams by their ids
 * later. */
GST_START_TEST (streams_of_a_uri_have_the_same_ids_in_each_run)
{
  g_autofree gchar *one = get_stream_id (__i__, TEST_BOAT);
  g_autofree gchar *again = get_stream_id (__i__, TEST_BOAT);
  g_autofree gchar *other = get_stream_id (__i__, TEST_BOAT "&instance=b");

  fail_unless_equals_string (one, again);
  fail_if (g_str_equal (one, other));
}
GST_END_TEST

static void
on_changed (GstElement *source, GParamSpec *pspec, GString *names)
{
  g_string_append_printf (names, "%s ", pspec->name);
}

GST_START_TEST (changes_are_notified)
{
  GstElement *source = make_source (TEST_BOAT);
  g_autoptr (GString) names = g_string_new (NULL);

  g_signal_connect (source, "notify", G_CALLBACK (on_changed), names);
  fail_unless (
      gst_uri_handler_set_uri (GST_URI_HANDLER (source), TEST_BOAT, NULL));
  fail_unless_equals_string (names->str, "");
  fail_unless (gst_uri_handler_set_uri (GST_URI_HANDLER (source),
      "seedance:?prompt=sea&resolution=480p&duration=1&seed=7", NULL));
  fail_unless_equals_string (names->str, "prompt ");
  gst_object_unref (source);
}
GST_END_TEST

GST_START_TEST (a_run_keeps_its_uri)
{
  TestPlayer *player = test_player_new (0, TEST_BOAT, TRUE);
  g_autoptr (GError) error = NULL;

  test_run_start (player->run, GST_STATE_PAUSED);
  test_run_wait_done (player->run);
  fail_if (gst_uri_handler_set_uri (
      GST_URI_HANDLER (player->source), "seedance:?prompt=sea", &error));
  fail_unless (g_error_matches (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE));
  assert_uri (player->source, TEST_BOAT);
  test_player_free (player);
  assert_posts (service, 1);
}
GST_END_TEST

/* Players find the element by its rank. As a source of class "Video" it would
 * be taken for a camera by autovideosrc. */
GST_START_TEST (it_is_found_by_players_and_not_as_a_camera)
{
  g_autoptr (GstElementFactory) factory =
      gst_element_factory_find ("seedancesrc");
  const gchar *const *protocols =
      gst_element_factory_get_uri_protocols (factory);
  const gchar *klass =
      gst_element_factory_get_metadata (factory, GST_ELEMENT_METADATA_KLASS);

  fail_unless_equals_int (
      gst_element_factory_get_uri_type (factory), GST_URI_SRC);
  fail_unless_equals_int ((gint) g_strv_length ((GStrv) protocols), 1);
  fail_unless_equals_string (protocols[0], "seedance");
  fail_unless_equals_int (
      (gint) gst_plugin_feature_get_rank (GST_PLUGIN_FEATURE (factory)),
      GST_RANK_PRIMARY);
  fail_unless (strstr (klass, "Source") && !strstr (klass, "Video"));
}
GST_END_TEST

static Suite *
uri_names_suite (void)
{
  const gint n = TEST_N_PLAYERS;
  Suite *suite = suite_create ("uri-names");
  TCase *names = test_case_new (suite, "names");

  tcase_add_loop_test (names, queries_tell_the_uri, 0, n);
  tcase_add_test (names, properties_are_part_of_the_uri);
  tcase_add_test (names, an_element_without_a_uri_tells_one);
  tcase_add_test (names, what_no_uri_can_say_is_called_by_its_task);
  tcase_add_loop_test (
      names, streams_of_a_uri_have_the_same_ids_in_each_run, 0, n);
  tcase_add_test (names, changes_are_notified);
  tcase_add_test (names, a_run_keeps_its_uri);
  tcase_add_test (names, it_is_found_by_players_and_not_as_a_camera);

  return suite;
}

GST_CHECK_MAIN (uri_names)
