/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The elements around the source: nothing is ordered for a pipeline in which
 * the clip would reach no element that takes it, and the error says what is
 * wrong. */

#include <gio/gio.h>
#include <string.h>

#include "run.h"

static GError *
to_error (TestRun *run)
{
  GError *error;

  gst_message_parse_error (test_run_to_error (run), &error, NULL);

  return error;
}

static void
screen_class_init (gpointer klass, gpointer unused)
{
  gst_element_class_set_static_metadata (
      klass, "Screen", "Sink/Video", "Takes anything", "seedance");
}

/* Registers a video sink that takes any caps, as autovideosink does on a
 * machine without a display. */
static void
register_screen (void)
{
  g_autoptr (GstElement) sink =
      gst_object_ref_sink (gst_element_factory_make ("fakesink", NULL));
  GTypeQuery query;
  GTypeInfo info = { .class_init = screen_class_init };

  if (g_type_from_name ("TestScreen") != 0)
    return;
  g_type_query (G_OBJECT_TYPE (sink), &query);
  info.class_size = (guint16) query.class_size;
  info.instance_size = (guint16) query.instance_size;
  fail_unless (gst_element_register (NULL, "testscreen", GST_RANK_NONE,
      g_type_register_static (query.type, "TestScreen", &info, 0)));
}

/* The launch line, and a part of the error that it leads to. */
static const struct {
  const gchar *line, *words;
} loose[] = {
  { SOURCE "prompt=boat", "Nothing is linked to the source" },
  { "( name=box " SOURCE "prompt=boat )", "Nothing is linked to the source" },
  { SOURCE "prompt=boat ! queue", "a pad that nothing is linked to" },
  { SOURCE "prompt=boat ! identity ! queue ! identity",
      "a pad that nothing is linked to" },
  { SOURCE "prompt=boat ! tee", "a pad that nothing is linked to" },
  { SOURCE "prompt=boat ! tee name=t t. ! queue t. ! identity",
      "a pad that nothing is linked to" },
  { SOURCE "prompt=boat ! capsfilter name=caps ! fakesink",
      "does not take a clip in an MP4 file" },
  { SOURCE "prompt=boat ! testscreen", "Put decodebin between" },
  { SOURCE "prompt=boat ! ( testscreen )", "Put decodebin between" },
};

/* Sets caps that do not fit only after linking: gst_parse_launch() would not
 * link them. */
static TestRun *
new_loose_run (const gchar *line)
{
  TestRun *run = test_run_new ("%s", line);
  g_autoptr (GstElement) filter =
      gst_bin_get_by_name (GST_BIN (run->pipeline), "caps");

  if (filter)
    gst_util_set_object_arg (G_OBJECT (filter), "caps", "image/png");

  return run;
}

GST_START_TEST (a_clip_that_would_reach_nobody_is_not_ordered)
{
  g_autoptr (GError) error = NULL;
  TestRun *run;

  register_screen ();
  run = new_loose_run (loose[__i__].line);
  error = to_error (run);

  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  fail_unless (
      strstr (error->message, loose[__i__].words), "%s", error->message);
  fail_unless (
      strstr (error->message, "Nothing was ordered"), "%s", error->message);
  test_run_stop (run);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_ERROR), 1);
  test_run_free (run);
  assert_posts (service, 0);
  assert_count (service, "connections", 0);
}
GST_END_TEST

static const gchar *fitting[] = {
  CLIP "! tee ! fakesink",
  CLIP "! tee name=t t. ! queue t. ! queue ! fakesink",
  CLIP "! tee allow-not-linked=true",
  CLIP "! ( queue ! fakesink )",
  CLIP "! queue ! ( identity ) ! fakesink",
  CLIP "! queue ! decodebin ! fakesink",
  CLIP "! typefind ! queue ! fakesink",
  CLIP "! tee ! decodebin ! fakesink",
  CLIP "! tee name=t ! queue ! fakesink t. ! queue ! filesink "
       "location=/dev/null",
  CLIP "! decodebin ! tee name=t ! queue ! fakesink t. ! queue ! fakesink",
};

static void
assert_ordered (const gchar *description)
{
  TestRun *run = test_run_new ("%s", description);

  test_service_fault (service, "submit:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "submits_held", 1);
  test_service_release (service);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_WARNING), 0);
  test_run_free (run);
  assert_posts (service, 1);
}

GST_START_TEST (a_clip_that_reaches_somebody_is_ordered)
{
  assert_ordered (fitting[__i__]);
}
GST_END_TEST

/* A test of its own, because every playsink leaks a volume element (see
 * tests/sanitize/). */
GST_START_TEST (a_playsink_is_somebody)
{
  assert_ordered (CLIP "! playsink");
}
GST_END_TEST

/* The demuxer seeks, and the tee's other branch gets the bytes from the new
 * offset as well. qtdemux seeks in clips of more than 10 MB; a file that the
 * other branch writes is then broken. */
static const gchar *shared[] = {
  CLIP "! tee name=t ! queue ! decodebin ! fakesink t. ! queue ! fakesink",
  CLIP "! queue ! tee name=t ! fakesink t. ! queue ! identity ! qtdemux ! "
       "fakesink",
  CLIP "! ( tee name=t ! queue ! fakesink t. ! ( queue ! parsebin ) ! "
       "fakesink )",
  CLIP "! tee name=t t. ! queue ! tee name=u ! qtdemux ! fakesink u. ! queue ! "
       "fakesink",
};

GST_START_TEST (a_tee_in_front_of_a_demuxer_is_warned_of)
{
  TestRun *run = test_run_new ("%s", shared[__i__]);
  g_autoptr (GError) warning = NULL;

  test_service_fault (service, "submit:hold");
  test_run_start (run, GST_STATE_PLAYING);
  gst_message_parse_warning (
      test_run_wait (run, GST_MESSAGE_WARNING), &warning, NULL);
  test_service_wait (service, "submits_held", 1);
  test_service_release (service);
  fail_unless (strstr (warning->message, "A tee stands between the source and "
                                         "a demuxer"),
      "%s", warning->message);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* Blocks the pad: an application may block a pad and link it later. */
static GstPadProbeReturn
hold (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  return GST_PAD_PROBE_OK;
}

GST_START_TEST (a_pad_that_is_blocked_may_be_linked_later)
{
  TestRun *run = test_run_new (CLIP "! queue name=last");
  g_autoptr (GstPad) pad =
      gst_element_get_static_pad (test_run_get (run, "last"), "src");
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  gulong probe = gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER, hold, NULL, NULL);

  test_run_start (run, GST_STATE_PLAYING);
  test_run_wait_task (run, "succeeded");
  gst_bin_add (GST_BIN (run->pipeline), sink);
  fail_unless (gst_element_link (test_run_get (run, "last"), sink));
  fail_unless (gst_element_sync_state_with_parent (sink));
  gst_pad_remove_probe (pad, probe);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* Given a source that is unlinked while its clip is generated, the run fails,
 * but the next run plays the clip that was paid for. */
GST_START_TEST (a_clip_whose_way_was_cut_is_kept)
{
  TestRun *run = test_run_new (CLIP "! identity name=next ! fakesink name=out");
  g_autoptr (GError) error = NULL;
  g_autofree gchar *id = NULL;

  test_service_fault (service, "poll:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  gst_element_unlink (run->src, test_run_get (run, "next"));
  test_service_fault (service, "");
  test_service_release (service);
  gst_message_parse_error (
      test_run_wait (run, GST_MESSAGE_ERROR), &error, NULL);
  id = test_service_get_task (service, 0, "id");
  fail_unless (strstr (error->message, "Nothing is linked any more"), "%s",
      error->message);
  fail_unless (strstr (error->message, id), "%s", error->message);
  test_run_stop (run);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_ERROR), 1);
  fail_unless (gst_element_link (run->src, test_run_get (run, "next")));
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* Returns what gst-launch-1.0 prints on both streams, or NULL if there is no
 * gst-launch-1.0 that can load the plugin. g_free(). */
static gchar *
launch (const gchar *line)
{
  g_autofree gchar *path = g_find_program_in_path ("gst-launch-1.0");
  g_autofree gchar *command = NULL;
  g_auto (GStrv) arguments = NULL;
  g_autoptr (GSubprocess) process = NULL;
  gchar *said = NULL;

  if (!path || g_getenv ("SEEDANCE_SANITIZED"))
    return NULL;
  command = g_strdup_printf ("%s %s", path, line);
  g_shell_parse_argv (command, NULL, &arguments, NULL);
  process = g_subprocess_newv ((const gchar *const *) arguments,
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, NULL);
  fail_unless (
      g_subprocess_communicate_utf8 (process, NULL, NULL, &said, NULL, NULL));

  return said;
}

GST_START_TEST (gst_launch_is_told_that_nothing_is_linked)
{
  g_autofree gchar *said = launch ("seedancesrc prompt=boat");

  if (!said)
    return;
  fail_unless (strstr (said, "Nothing is linked to the source"), "%s", said);
  fail_unless (strstr (said, "Nothing was ordered"), "%s", said);
  fail_if (strstr (said, "Internal data stream error"), "%s", said);
  assert_posts (service, 0);
}
GST_END_TEST

/* gst-launch-1.0 prints the text of a progress message, but not the name of the
 * element that posted it. */
#define TWO_SOURCES \
  "seedancesrc name=dawn prompt=boat resolution=480p duration=1 seed=7 " \
  "poll-interval=100 reuse=always ! fakesink " \
  "seedancesrc prompt=sea resolution=480p duration=1 seed=7 " \
  "poll-interval=100 reuse=always ! fakesink"

static void
check_progress_fits (const gchar *said)
{
  g_auto (GStrv) lines = g_strsplit (said, "\n", -1);

  for (gchar **line = lines; *line; line++) {
    const gchar *progress = strstr (*line, "Progress: ");

    fail_if (progress && g_utf8_strlen (progress, -1) > 80, "%s", progress);
  }
}

/* A terminal has 80 columns, so each line has to fit into them. */
GST_START_TEST (the_lines_of_several_sources_fit_a_terminal)
{
  g_autofree gchar *first = NULL, *again = NULL;

  test_service_fault (service, "submit@1:status=429");
  first = launch (TWO_SOURCES);
  if (!first)
    return;
  again = launch (TWO_SOURCES);
  check_progress_fits (first);
  check_progress_fits (again);
  fail_unless (strstr (first, ": Ordered: "), "%s", first);
  fail_unless (strstr (first, "Trying again: "), "%s", first);
  fail_unless (strstr (first, "safe to stop, then run it again"), "%s", first);
  fail_unless (strstr (again, "dawn: Ordered before: "), "%s", again);
  assert_posts (service, 3);
}
GST_END_TEST

GST_START_TEST (of_several_sources_each_says_which_one_speaks)
{
  g_autofree gchar *said = launch (TWO_SOURCES);

  if (!said)
    return;
  fail_unless (strstr (said, "(submit) dawn: "), "%s", said);
  fail_unless (strstr (said, "(generate) dawn: "), "%s", said);
  fail_unless (strstr (said, "(submit) seedancesrc0: "), "%s", said);
  fail_unless (strstr (said, "(generate) seedancesrc0: "), "%s", said);
  assert_posts (service, 2);
}
GST_END_TEST

GST_START_TEST (a_source_that_is_alone_does_not_name_itself)
{
  TestRun *run = test_run_new (CLIP "! fakesink");

  test_run_to_end (run);
  fail_if (test_run_was_told (run, "src: "));
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (what_is_set_while_the_source_runs_is_said_to_come_later)
{
  g_autoptr (GstStructure) same =
      gst_structure_new ("extra", "style", G_TYPE_STRING, "plain", NULL);
  TestRun *run =
      test_run_new (CLIP "extra-params=\"extra,style=plain\" ! fakesink");
  g_autoptr (GError) warning = NULL;

  test_service_fault (service, "poll:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  g_object_set (run->src, "prompt", "boat", "extra-params", same, NULL);
  test_run_drain (run);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_WARNING), 0);
  g_object_set (run->src, "prompt", "sea", NULL);
  gst_message_parse_warning (
      test_run_wait (run, GST_MESSAGE_WARNING), &warning, NULL);
  fail_unless (strstr (warning->message, "prompt"), "%s", warning->message);
  fail_unless (strstr (warning->message, "READY"), "%s", warning->message);
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (run, GST_MESSAGE_EOS);
  assert_posts (service, 1);
  test_run_stop (run);
  g_object_set (run->src, "seed", G_GINT64_CONSTANT (8), NULL);
  test_run_to_end (run);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_WARNING), 1);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

static Suite *
around_suite (void)
{
  Suite *suite = suite_create ("around");
  TCase *links = test_case_new (suite, "links");
  TCase *words = test_case_new (suite, "words");

  tcase_add_loop_test (links, a_clip_that_would_reach_nobody_is_not_ordered, 0,
      G_N_ELEMENTS (loose));
  tcase_add_loop_test (links, a_clip_that_reaches_somebody_is_ordered, 0,
      G_N_ELEMENTS (fitting));
  tcase_add_test (links, a_playsink_is_somebody);
  tcase_add_loop_test (links, a_tee_in_front_of_a_demuxer_is_warned_of, 0,
      G_N_ELEMENTS (shared));
  tcase_add_test (links, a_pad_that_is_blocked_may_be_linked_later);
  tcase_add_test (links, a_clip_whose_way_was_cut_is_kept);
  tcase_add_test (words, gst_launch_is_told_that_nothing_is_linked);
  tcase_add_test (words, of_several_sources_each_says_which_one_speaks);
  tcase_add_test (words, the_lines_of_several_sources_fit_a_terminal);
  tcase_add_test (words, a_source_that_is_alone_does_not_name_itself);
  tcase_add_test (
      words, what_is_set_while_the_source_runs_is_said_to_come_later);

  return suite;
}

GST_CHECK_MAIN (around)
