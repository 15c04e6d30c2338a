/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance: URIs in the programs of GStreamer, as a user runs them. */

#include <gio/gio.h>
#include <signal.h>
#include <string.h>

#include "uri-player.h"

#define PLAY \
  "gst-play-1.0", "--no-interactive", "--videosink=fakesink", \
      "--audiosink=fakesink"
#define LAUNCH \
  "gst-launch-1.0", "playbin", "video-sink=fakesink", "audio-sink=fakesink"
#define DISCOVER "gst-discoverer-1.0", "-v"
#define ARGUMENTS_MAX 8

typedef struct {
  const gchar *arguments[ARGUMENTS_MAX];
  const gchar *prefix; /* put before the URI, the last argument */
  const gchar *done;   /* what the program prints on success */
} Tool;

static const Tool tools[] = {
  { { PLAY }, "", "Reached end of play list" },
  { { PLAY, "--use-playbin3" }, "", "Reached end of play list" },
  { { LAUNCH }, "uri=", "Got EOS from element" },
  { { DISCOVER }, "", "Duration: 0:00:01" },
};

/* Returns TRUE if the program can be run. A program without the sanitizer
 * cannot load a plugin that has it. */
static gboolean
is_there (const Tool *tool)
{
  g_autofree gchar *path = g_find_program_in_path (tool->arguments[0]);

  if (path && !g_getenv ("SEEDANCE_SANITIZED"))
    return TRUE;
  g_printerr ("# SKIP: %s cannot be run\n", tool->arguments[0]);

  return FALSE;
}

static GSubprocess *
begin (const Tool *tool, const gchar *uri, const gchar *again)
{
  const gchar *arguments[ARGUMENTS_MAX + 3] = { NULL };
  g_autofree gchar *last = g_strconcat (tool->prefix, uri, NULL);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;
  guint n = 0;

  for (; tool->arguments[n]; n++)
    arguments[n] = tool->arguments[n];
  arguments[n++] = last;
  arguments[n] = again;
  process = g_subprocess_newv (arguments,
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &error);
  fail_unless (process != NULL, "%s", error ? error->message : "");

  return process;
}

/* Returns all that the program prints. g_free(). */
static gchar *
end (GSubprocess *process)
{
  g_autoptr (GBytes) output = NULL;
  gchar *text;

  fail_unless (
      g_subprocess_communicate (process, NULL, NULL, &output, NULL, NULL));
  g_object_unref (process);
  text = g_strndup (g_bytes_get_data (output, NULL), g_bytes_get_size (output));
  GST_INFO ("%s", text);

  return text;
}

static void
run (const Tool *tool, const gchar *uri, const gchar *again, const gchar *word)
{
  g_autofree gchar *text = end (begin (tool, uri, again));

  fail_unless (strstr (text, word) != NULL, "no \"%s\" in: %s", word, text);
}

static void
allow (void)
{
  g_setenv ("SEEDANCE_URI_SUBMIT", "1", TRUE);
}

GST_START_TEST (a_program_spends_nothing_by_itself)
{
  const Tool *tool = &tools[__i__];

  if (!is_there (tool))
    return;
  run (tool, TEST_BOAT, NULL, "SEEDANCE_URI_SUBMIT=1 in the environment");
  assert_count (service, "connections", 0);
  assert_posts (service, 0);
}
GST_END_TEST

GST_START_TEST (a_program_plays_what_was_ordered)
{
  const Tool *tool = &tools[__i__];
  g_autofree gchar *id = NULL, *task = NULL;

  if (!is_there (tool))
    return;
  test_play_clip ("");
  run (tool, TEST_BOAT, NULL, tool->done);
  id = test_service_get_task (service, 0, "id");
  task = g_strconcat ("seedance:task/", id, NULL);
  run (tool, task, NULL, tool->done);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_program_that_may_order_does_so_once)
{
  const Tool *tool = &tools[__i__];

  if (!is_there (tool))
    return;
  allow ();
  run (tool, TEST_BOAT, NULL, tool->done);
  run (tool, TEST_BOAT, NULL, tool->done);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_program_asks_the_service_of_the_environment)
{
  const Tool *tool = &tools[__i__];
  g_autofree gchar *path = NULL;

  if (!is_there (tool))
    return;
  allow ();
  g_setenv ("SEEDANCE_PROVIDER", "ark", TRUE);
  g_setenv ("SEEDANCE_BASE_URL", test_service_get_ark (service), TRUE);
  run (tool, TEST_BOAT "&model=m", NULL, tool->done);
  assert_posts (service, 1);
  path = test_service_get_task (service, 0, "endpoint");
  fail_unless (strstr (path, "/api/v3/") != NULL, "%s", path);
}
GST_END_TEST

GST_START_TEST (a_wrong_uri_is_explained)
{
  const Tool *tool = &tools[__i__];

  if (!is_there (tool))
    return;
  allow ();
  run (tool, TEST_BOAT "&base-url=http://127.0.0.1", NULL,
      "base-url is never part of a URI");
  assert_count (service, "connections", 0);
  assert_posts (service, 0);
}
GST_END_TEST

/* The programs run one after the other. */
GST_START_TEST (to_discover_and_to_play_costs_one_clip)
{
  /* playbin of GStreamer 1.22 hangs there, also with files of one second. */
  static const Tool without_gaps = { { PLAY, "--gapless", "--use-playbin3" },
    "", "Reached end of play list" };

  if (!is_there (&tools[0]) || !is_there (&tools[3]))
    return;
  allow ();
  run (&tools[3], TEST_BOAT, NULL, tools[3].done);
  run (&tools[0], TEST_BOAT, TEST_BOAT, tools[0].done);
  run (&tools[1], TEST_BOAT, TEST_BOAT, tools[1].done);
  run (&without_gaps, TEST_BOAT, TEST_BOAT, without_gaps.done);
  run (&tools[2], TEST_BOAT, NULL, tools[2].done);
  assert_posts (service, 1);
}
GST_END_TEST

/* A clip takes minutes, and gst-discoverer waits only for ten seconds by
 * default. */
GST_START_TEST (a_discoverer_that_gives_up_has_not_paid_in_vain)
{
  static const Tool short_of_time = { { DISCOVER, "--timeout=1" }, "", NULL };

  if (!is_there (&short_of_time))
    return;
  allow ();
  test_service_set (service, "{\"generation_time\":600}");
  run (&short_of_time, TEST_BOAT, NULL, "timed out");
  test_service_set (service, "{\"generation_time\":0.2}");
  run (&tools[3], TEST_BOAT, NULL, tools[3].done);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_player_that_is_stopped_has_not_paid_in_vain)
{
  GSubprocess *process;

  if (!is_there (&tools[0]))
    return;
  allow ();
  test_service_set (service, "{\"generation_time\":600}");
  process = begin (&tools[0], TEST_BOAT, NULL);
  test_service_wait (service, "posts", 1);
  test_send_signal (process, SIGTERM);
  g_free (end (process));
  test_service_set (service, "{\"generation_time\":0.2}");
  run (&tools[0], TEST_BOAT, NULL, tools[0].done);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (gst_inspect_shows_the_protocol)
{
  static const Tool inspect = { { "gst-inspect-1.0" }, "", NULL };

  if (!is_there (&inspect))
    return;
  run (&inspect, "seedancesrc", NULL, "Supported URI protocols");
  run (&inspect, "seedancesrc", NULL, "seedance\n");
}
GST_END_TEST

static Suite *
uri_tools_suite (void)
{
  const gint n = G_N_ELEMENTS (tools);
  Suite *suite = suite_create ("uri-tools");
  TCase *each = test_case_new (suite, "each");
  TCase *all = test_case_new (suite, "all");

  tcase_add_loop_test (each, a_program_spends_nothing_by_itself, 0, n);
  tcase_add_loop_test (each, a_program_plays_what_was_ordered, 0, n);
  tcase_add_loop_test (each, a_program_that_may_order_does_so_once, 0, n);
  tcase_add_loop_test (
      each, a_program_asks_the_service_of_the_environment, 0, n);
  tcase_add_loop_test (each, a_wrong_uri_is_explained, 0, n);
  tcase_add_test (all, to_discover_and_to_play_costs_one_clip);
  tcase_add_test (all, a_discoverer_that_gives_up_has_not_paid_in_vain);
  tcase_add_test (all, a_player_that_is_stopped_has_not_paid_in_vain);
  tcase_add_test (all, gst_inspect_shows_the_protocol);

  return suite;
}

GST_CHECK_MAIN (uri_tools)
