/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedancemark writes into files that their clip was generated, and by which
 * task. */

#include <gio/gio.h>
#include <string.h>

#include "ledger.h"
#include "probe.h"
#include "run.h"

#define URI \
  "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
#define COMMENT "AI-generated:" URI
#define AIGC "{\"Label\":\"1\",\"ContentProducer\":\"boat \xe8\x88\xb9\"}"
#define SET_AIGC \
  "aigc=\"" \
  "{\\\"Label\\\":\\\"1\\\",\\\"ContentProducer\\\":\\\"boat " \
  "\xe8\x88\xb9\\\"}\" "
/* The elements between the source and the muxer in a launch line. */
#define REMUX "! qtdemux ! h264parse ! "
#define SMALL "video/x-raw,width=64,height=64"

static void
assert_key (const gchar *path, const gchar *key, const gchar *expected)
{
  g_autofree gchar *value = test_probe_key (path, key);

  fail_unless (g_strcmp0 (value, expected) == 0, "%s: %s is '%s' and not '%s'",
      path, key, value ? value : "(none)", expected ? expected : "(none)");
}

/* Runs "@line ! filesink" and returns the file's path. g_free(). */
static gchar *
write_file (const gchar *name, const gchar *line)
{
  gchar *path = test_home_path (name);
  TestRun *run = test_run_new ("%s ! filesink location=\"%s\"", line, path);

  test_run_to_end (run);
  test_run_free (run);

  return path;
}

static gchar *
get_words (GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
    gst_message_parse_warning (message, &error, NULL);
  else
    gst_message_parse_error (message, &error, NULL);

  return g_strdup (error->message);
}

static const struct {
  const gchar *name, *mux;
  gboolean freeform;
  const gchar *comment; /* the container's name for the key */
} containers[] = {
  { "plain.mp4", "mp4mux", TRUE, "comment" },
  { "faststart.mp4", "mp4mux faststart=true", TRUE, "comment" },
  { "fragmented.mp4", "mp4mux fragment-duration=200", TRUE, "comment" },
  { "streamed.mp4", "mp4mux fragment-duration=200 streamable=true", TRUE,
      "comment" },
  { "clip.mov", "qtmux", FALSE, "comment" },
  { "clip.mkv", "matroskamux", FALSE, "COMMENTS" },
  { "streamed.mkv", "matroskamux streamable=true", FALSE, "COMMENTS" },
};

/* matroskamux escapes some characters of a comment. */
static void
assert_comment (const gchar *path, const gchar *key, gboolean escaped)
{
  g_autofree gchar *value = NULL;

  if (!escaped) {
    assert_key (path, key, COMMENT "; AIGC=" AIGC);
    return;
  }
  value = test_probe_key (path, key);
  fail_unless (value && g_str_has_prefix (value, "\"" COMMENT), "%s", value);
  fail_unless (strstr (value, "AIGC\\=\\{\\\"Label\\\"") != NULL, "%s", value);
}

GST_START_TEST (each_container_says_it)
{
  gboolean freeform = containers[__i__].freeform;
  g_autofree gchar *line = g_strdup_printf (
      CLIP REMUX "seedancemark " SET_AIGC "! %s", containers[__i__].mux);
  g_autofree gchar *path = write_file (containers[__i__].name, line);
  g_autofree gchar *id = test_service_get_task (service, 0, "id");

  assert_key (path, "DigitalSourceType", freeform ? URI : NULL);
  assert_key (path, "AIGC", freeform ? AIGC : NULL);
  assert_key (path, "SeedanceTaskId", freeform ? id : NULL);
  assert_comment (path, containers[__i__].comment,
      g_str_equal (containers[__i__].comment, "COMMENTS"));
  /* The prompt is written only on request. */
  assert_key (path, "title", NULL);
  assert_key (path, "TITLE", NULL);
  assert_key (path, "description", NULL);
  assert_posts (service, 1);
}
GST_END_TEST

#define DECODE "! decodebin ! videoconvert ! videoscale ! " SMALL " ! "

static const gchar *const transcodes[] = {
  REMUX "seedancemark ! matroskamux",
  DECODE "vp8enc deadline=1 ! seedancemark ! webmmux",
  DECODE "seedancemark ! vp8enc deadline=1 ! webmmux",
  DECODE "seedancemark ! vp8enc deadline=1 ! webmmux streamable=true",
  "! decodebin3 ! videoconvert ! videoscale ! " SMALL
  " ! vp8enc deadline=1 ! seedancemark ! webmmux",
};

GST_START_TEST (a_transcoded_clip_says_it)
{
  g_autofree gchar *line = g_strconcat (CLIP, transcodes[__i__], NULL);
  g_autofree gchar *path = write_file ("clip.webm", line);

  /* Without the property aigc the comment has nothing to escape. */
  assert_key (path, "COMMENTS", COMMENT);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (the_facts_come_through_decoders_and_bins)
{
  g_autofree gchar *line =
      g_strdup_printf ("( " CLIP "! queue ) ! queue " DECODE
                       "tee ! queue ! ( name=inner identity ! x264enc ! "
                       "seedancemark ) ! mp4mux");
  g_autofree gchar *path = write_file ("deep.mp4", line);
  g_autofree gchar *id = test_service_get_task (service, 0, "id");

  assert_key (path, "DigitalSourceType", URI);
  assert_key (path, "SeedanceTaskId", id);
}
GST_END_TEST

GST_START_TEST (the_prompt_is_written_on_request)
{
  g_autofree gchar *path = write_file (
      "clip.mp4", CLIP REMUX "seedancemark include-prompt=true ! mp4mux");

  assert_key (path, "title", "boat");
}
GST_END_TEST

GST_START_TEST (two_muxers_get_the_same)
{
  g_autofree gchar *mkv = test_home_path ("second.mkv");
  g_autofree gchar *line = g_strdup_printf (CLIP REMUX
      "seedancemark ! tee name=t ! queue ! h264parse ! matroskamux ! "
      "filesink location=\"%s\" t. ! queue ! h264parse ! mp4mux",
      mkv);
  g_autofree gchar *path = write_file ("first.mp4", line);

  assert_key (path, "DigitalSourceType", URI);
  assert_key (mkv, "COMMENTS", COMMENT);
  assert_posts (service, 1);
}
GST_END_TEST

/* The file has the mark once, although seedancemark stands in front of both
 * pads of the muxer, and a second time in front of the muxer that remuxes the
 * file. */
GST_START_TEST (it_is_written_once)
{
  g_autofree gchar *path = write_file ("clip.mp4",
      CLIP "! qtdemux name=d mp4mux name=m "
           "d.video_0 ! queue ! h264parse ! seedancemark ! m. "
           "d.audio_0 ! queue ! aacparse ! seedancemark ! m. m.");
  g_autofree gchar *line = g_strdup_printf ("filesrc location=\"%s\" " REMUX
                                            "seedancemark " SET_AIGC "! mp4mux",
      path);
  g_autofree gchar *again = write_file ("again.mp4", line);

  fail_unless_equals_int (test_probe_count (path, "DigitalSourceType"), 1);
  fail_unless_equals_int (test_probe_count (again, "DigitalSourceType"), 1);
  assert_key (again, "AIGC", AIGC);
  assert_comment (again, "comment", FALSE);
}
GST_END_TEST

/* The second seedancemark replaces the mark of the first one. */
GST_START_TEST (two_in_a_row_are_one)
{
  g_autofree gchar *path = write_file ("clip.mp4",
      CLIP REMUX "seedancemark ! seedancemark " SET_AIGC "! mp4mux");

  fail_unless_equals_int (test_probe_count (path, "DigitalSourceType"), 1);
  fail_unless_equals_int (test_probe_count (path, "SeedanceTaskId"), 1);
  assert_key (path, "AIGC", AIGC);
  assert_comment (path, "comment", FALSE);
}
GST_END_TEST

/* Writes a clip to a file and returns its task's id. Sets *@path to the file's
 * path. g_free() both. */
static gchar *
keep_clip (gchar **path)
{
  *path = write_file ("kept.mp4", CLIP);

  return test_service_get_task (service, 0, "id");
}

GST_START_TEST (a_task_is_found_in_the_ledger)
{
  g_autofree gchar *kept = NULL, *id = keep_clip (&kept);
  g_autofree gchar *line =
      g_strdup_printf ("filesrc location=\"%s\" " REMUX
                       "seedancemark task-id=%s include-prompt=true ! mp4mux",
          kept, id);
  g_autofree gchar *path = write_file ("marked.mp4", line);

  assert_key (path, "SeedanceTaskId", id);
  assert_key (path, "title", "boat");
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (a_file_of_nobody_is_marked_without_a_task)
{
  g_autofree gchar *kept = write_file ("kept.mp4", CLIP);
  g_autofree gchar *line = g_strdup_printf (
      "filesrc location=\"%s\" " REMUX "seedancemark ! mp4mux", kept);
  g_autofree gchar *path = write_file ("marked.mp4", line);

  assert_key (path, "DigitalSourceType", URI);
  assert_key (path, "SeedanceTaskId", NULL);
}
GST_END_TEST

GST_START_TEST (two_services_with_one_task_id_are_told)
{
  g_autofree gchar *kept = NULL, *id = keep_clip (&kept), *words = NULL;
  g_autofree gchar *sql = g_strdup_printf (
      "UPDATE attempts SET task_id = '%s' WHERE provider = 'ark'", id);
  TestRun *run = test_run_new (
      "seedancesrc name=src poll-interval=100 prompt=boat resolution=480p "
      "duration=2 provider=ark model=m base-url=%s ! fakesink",
      test_service_get_ark (service));

  test_run_to_end (run);
  test_run_free (run);
  /* Wait for the last writes of the plugin to these rows. */
  test_ledger_wait (
      "SELECT count (*) = 2 FROM attempts WHERE state = 'played'", TRUE);
  test_ledger_change (sql);
  run = test_run_new (
      "filesrc location=\"%s\" ! seedancemark task-id=%s ! fakesink", kept, id);
  fail_unless (gst_element_set_state (run->pipeline, GST_STATE_PAUSED) ==
               GST_STATE_CHANGE_FAILURE);
  words = get_words (test_run_wait (run, GST_MESSAGE_ERROR));
  fail_unless (strstr (words, "Several services"), "%s", words);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (another_task_than_the_clips_is_told)
{
  g_autofree gchar *kept = NULL, *id = keep_clip (&kept);
  g_autofree gchar *words = NULL;
  TestRun *run =
      test_run_new (SOURCE "prompt=ship resolution=480p duration=1 " REMUX
                           "seedancemark task-id=%s ! fakesink",
          id);

  test_run_start (run, GST_STATE_PLAYING);
  words = get_words (test_run_wait (run, GST_MESSAGE_WARNING));
  fail_unless (strstr (words, id), "%s", words);
  fail_unless (strstr (words, "what comes by is the clip of"), "%s", words);
  test_run_free (run);
}
GST_END_TEST

#define OTHER "seedancesrc prompt=ship resolution=480p duration=1 seed=8 "

GST_START_TEST (a_mix_names_no_task)
{
  g_autofree gchar *path = test_home_path ("mix.mp4"), *words = NULL;
  TestRun *run = test_run_new (CLIP DECODE
      "queue ! compositor name=c ! " SMALL
      " ! x264enc ! seedancemark include-prompt=true ! mp4mux ! "
      "filesink location=\"%s\" " OTHER DECODE "queue ! c.",
      path);

  test_run_start (run, GST_STATE_PLAYING);
  words = get_words (test_run_wait (run, GST_MESSAGE_WARNING));
  fail_unless (g_str_has_prefix (words, "2 seedancesrc lead"), "%s", words);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  assert_key (path, "DigitalSourceType", URI);
  assert_key (path, "SeedanceTaskId", NULL);
  assert_key (path, "title", NULL);
  assert_posts (service, 2);
}
GST_END_TEST

GST_START_TEST (clips_side_by_side_keep_their_names)
{
  g_autofree gchar *path = test_home_path ("second.mp4");
  g_autofree gchar *line = g_strdup_printf (OTHER REMUX
      "seedancemark include-prompt=true ! mp4mux ! "
      "filesink location=\"%s\" " CLIP REMUX
      "seedancemark include-prompt=true ! mp4mux",
      path);
  g_autofree gchar *first = write_file ("first.mp4", line);

  assert_key (first, "title", "boat");
  assert_key (path, "title", "ship");
  assert_posts (service, 2);
}
GST_END_TEST

static const struct {
  const gchar *property, *value, *words;
} wrong[] = {
  { "aigc", "Label=1", "not a JSON object" },
  { "aigc", "{\"Label\":\"1\"", "not a JSON object" },
  { "aigc", "{\"Label\":\"1\"} and more", "not a JSON object" },
  { "aigc", "[\"1\"]", "not a JSON object" },
  { "aigc", "\"1\"", "not a JSON object" },
  { "aigc", "{\"Label\":\"\xff\"}", "not a JSON object" },
  { "aigc", NULL, "at most 16384" }, /* too long */
  { "task-id", "nobodys", "There is no task 'nobodys'" },
  { "task-id", "1' OR '1'='1", "There is no task" },
  { "task-id", "a\x1b[2Jb", "There is no task" },
};

GST_START_TEST (what_is_wrong_is_told_before_the_order)
{
  TestRun *run = test_run_new (CLIP REMUX "seedancemark name=mark ! fakesink");
  GstElement *mark = test_run_get (run, "mark");
  g_autofree gchar *words = NULL, *filler = g_strnfill (16384, ' ');
  g_autofree gchar *large = g_strdup_printf ("{\"Label\":\"%s\"}", filler);

  g_object_set (mark, wrong[__i__].property,
      wrong[__i__].value ? wrong[__i__].value : large, NULL);
  fail_unless (gst_element_set_state (run->pipeline, GST_STATE_PLAYING) ==
               GST_STATE_CHANGE_FAILURE);
  words = get_words (test_run_wait (run, GST_MESSAGE_ERROR));
  fail_unless (strstr (words, wrong[__i__].words), "%s", words);
  fail_if (strchr (words, '\x1b'), "%s", words);
  assert_posts (service, 0);

  /* The same element works after the value was corrected. */
  g_object_set (mark, wrong[__i__].property, NULL, NULL);
  test_run_stop (run);
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* The tags of taginject belong to the stream, and those of seedancemark to the
 * file. Muxers write both. */
GST_START_TEST (the_users_tags_of_the_stream_stay)
{
  g_autofree gchar *path = write_file ("clip.mkv",
      CLIP REMUX "taginject tags=\"title=mine,comment=yours\" ! seedancemark ! "
                 "matroskamux");

  assert_key (path, "COMMENTS", COMMENT);
  /* Both tags of taginject belong to the track. */
  assert_key (path, "TITLE", NULL);
  fail_unless (test_probe_count (path, "mine") > 0);
  fail_unless (test_probe_count (path, "yours") > 0);
}
GST_END_TEST

/* A comment of the file, and what stands before the mark in the end. An older
 * mark goes; what others wrote around it stays. */
static const struct {
  const gchar *comment, *kept;
} comments[] = {
  { "yours", "yours; " },
  { "yours; " COMMENT, "yours; " },
  { COMMENT "; theirs", "theirs; " },
  { "yours; " COMMENT "; theirs; " COMMENT "; AIGC={\"a\":{}}",
      "yours; theirs; " },
  { COMMENT "; AIGC={\"a\":\"}\\\"\",\"b\":{\"c\":1}}; theirs {x}",
      "theirs {x}; " },
  { COMMENT ", they say", ", they say; " },
  { COMMENT "; AIGC={\"cut", "AIGC={\"cut; " },
};

static GstPadProbeReturn
send_own_tags (GstPad *pad, GstPadProbeInfo *info, gpointer comment)
{
  GstTagList *tags = gst_tag_list_new (GST_TAG_TITLE, "mine", GST_TAG_COMMENT,
      comment, GST_TAG_ARTIST, "theirs", NULL);

  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  gst_pad_push_event (pad, gst_event_new_tag (tags));

  return GST_PAD_PROBE_REMOVE;
}

GST_START_TEST (the_users_tags_of_the_file_stay)
{
  g_autofree gchar *path = test_home_path ("clip.mp4");
  g_autofree gchar *expected =
      g_strconcat (comments[__i__].kept, COMMENT, NULL);
  TestRun *run = test_run_new (CLIP REMUX
      "identity name=user ! seedancemark include-prompt=true ! "
      "mp4mux ! filesink location=\"%s\"",
      path);
  g_autoptr (GstPad) pad =
      gst_element_get_static_pad (test_run_get (run, "user"), "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, send_own_tags,
      (gpointer) comments[__i__].comment, NULL);
  test_run_to_end (run);
  test_run_free (run);
  assert_key (path, "title", "mine");
  assert_key (path, "artist", "theirs");
  assert_key (path, "comment", expected);
  fail_unless (test_probe_count (path, "boat") > 0);
  assert_key (path, "DigitalSourceType", URI);
}
GST_END_TEST

static GstPadProbeReturn
send_prompt (GstPad *pad, GstPadProbeInfo *info, gpointer title)
{
  GstTagList *tags = gst_tag_list_new (GST_TAG_TITLE, title,
      GST_TAG_DESCRIPTION, "confidential", GST_TAG_ARTIST, "theirs", NULL);

  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  gst_pad_push_event (pad, gst_event_new_tag (tags));

  return GST_PAD_PROBE_REMOVE;
}

static const gchar *const titles[] = { "confidential", "mine" };

/* The prompt may come from upstream, too: a source that restarts alone pushes
 * its tags through the demuxer. */
GST_START_TEST (a_prompt_from_upstream_is_dropped)
{
  g_autofree gchar *path = test_home_path ("clip.mp4");
  TestRun *run = test_run_new (SOURCE
      "prompt=confidential resolution=480p duration=1 " REMUX
      "identity name=user ! seedancemark ! mp4mux ! "
      "filesink location=\"%s\"",
      path);
  g_autoptr (GstPad) pad =
      gst_element_get_static_pad (test_run_get (run, "user"), "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, send_prompt,
      (gpointer) titles[__i__], NULL);
  test_run_to_end (run);
  test_run_free (run);
  assert_key (path, "title", __i__ == 0 ? NULL : "mine");
  assert_key (path, "artist", "theirs");
  fail_unless_equals_int (test_probe_count (path, "confidential"), 0);
}
GST_END_TEST

/* Pushed bytes of a clip of more than 4 MiB whose index is last: the demuxer
 * flushes twice, to jump to the index and back. Only after that it has source
 * pads, and passes on to the muxer what the source then says of the clip. */
GST_START_TEST (a_flush_of_the_demuxer_publishes_no_prompt)
{
  g_autofree gchar *path = NULL;

  test_service_set (service, "{\"bitrate\":60000}");
  path = write_file ("clip.mp4",
      SOURCE "prompt=confidential resolution=480p duration=2 ! queue " REMUX
             "seedancemark ! mp4mux");
  fail_unless (test_service_count (service, "clip_bytes") > 4 * 1024 * 1024);
  assert_key (path, "title", NULL);
  fail_unless_equals_int (test_probe_count (path, "confidential"), 0);
  assert_key (path, "DigitalSourceType", URI);
}
GST_END_TEST

static Suite *
mark_suite (void)
{
  Suite *suite = suite_create ("mark");
  TCase *files = test_case_new (suite, "files");
  TCase *clips = test_case_new (suite, "clips");
  TCase *errors = test_case_new (suite, "errors");
  TCase *tags = test_case_new (suite, "tags");

  tcase_add_loop_test (
      files, each_container_says_it, 0, G_N_ELEMENTS (containers));
  tcase_add_loop_test (
      files, a_transcoded_clip_says_it, 0, G_N_ELEMENTS (transcodes));
  tcase_add_test (files, the_facts_come_through_decoders_and_bins);
  tcase_add_test (files, the_prompt_is_written_on_request);
  tcase_add_test (files, two_muxers_get_the_same);
  tcase_add_test (files, it_is_written_once);
  tcase_add_test (files, two_in_a_row_are_one);
  tcase_add_test (clips, a_task_is_found_in_the_ledger);
  tcase_add_test (clips, a_file_of_nobody_is_marked_without_a_task);
  tcase_add_test (clips, two_services_with_one_task_id_are_told);
  tcase_add_test (clips, another_task_than_the_clips_is_told);
  tcase_add_test (clips, a_mix_names_no_task);
  tcase_add_test (clips, clips_side_by_side_keep_their_names);
  tcase_add_loop_test (
      errors, what_is_wrong_is_told_before_the_order, 0, G_N_ELEMENTS (wrong));
  tcase_add_test (tags, the_users_tags_of_the_stream_stay);
  tcase_add_loop_test (
      tags, the_users_tags_of_the_file_stay, 0, G_N_ELEMENTS (comments));
  tcase_add_loop_test (
      tags, a_prompt_from_upstream_is_dropped, 0, G_N_ELEMENTS (titles));
  tcase_add_test (tags, a_flush_of_the_demuxer_publishes_no_prompt);

  return suite;
}

GST_CHECK_MAIN (mark)
