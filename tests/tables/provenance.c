/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes docs/provenance.md: what a file says about the origin of its clip, as
 * programs that are independent of this project read it. */

#include <string.h>

#include "probe.h"
#include "run.h"
#include "table.h"

static const gchar *const columns[] = { "How the file is made",
  "`DigitalSourceType`", "`AIGC`", "comment", "gst-discoverer-1.0", "C2PA",
  NULL };

static const Table provenance_table = {
  .document = "provenance.md",
  .heading =
      "# What a file says of where its clip comes from\n"
      "\n"
      "A clip of the official service has up to three marks: a label in the\n"
      "picture, if the order asks for it (`watermark`), a C2PA manifest in a\n"
      "box of the MP4, and what `seedancesrc` tells GStreamer about the\n"
      "clip. No demuxer passes the last one on, so no muxer behind it gets\n"
      "it. [`seedancemark`](../README.md#the-mark) makes the muxer write a\n"
      "mark into the new file. This page shows which marks arrive. The tests\n"
      "in `tests/tables` write it, and fail when the result differs.\n"
      "\n"
      "ffprobe reads the keys of the file, and `gst-discoverer-1.0 -v` its\n"
      "tags. The C2PA column is `yes` if the file has the manifest's box.\n"
      "`escaped` means that the muxer added quotes and backslashes, and `in\n"
      "capitals` that the key is `DIGITALSOURCETYPE`.\n"
      "\n"
      "In short:\n"
      "\n"
      "- MP4, fragmented or not, takes everything: `DigitalSourceType`,\n"
      "  `AIGC` and a comment, as keys of those names.\n"
      "- Matroska and WebM take the comment, which ffprobe calls `COMMENTS`;\n"
      "  it holds the same URI. GStreamer's muxers for them have a fixed\n"
      "  list of keys, and neither `DigitalSourceType` nor `AIGC` is on it.\n"
      "  `ffmpeg -c copy` makes a Matroska file with both from a marked MP4.\n"
      "- FLV and MPEG-TS take nothing. With them, only the label in the\n"
      "  picture is left, and what the playlist or page around the stream\n"
      "  says.\n"
      "- Every remux and every transcode loses C2PA, because its hashes are\n"
      "  of the service's own bytes. Only the file that `filesink` writes\n"
      "  keeps it.\n"
      "- A mark is metadata. The next program may drop it, as the last\n"
      "  tables show, and anybody can remove it. The label in the picture\n"
      "  survives all of this, unless somebody crops it.\n"
      "\n"
      "## What rules ask for\n"
      "\n"
      "These are facts about texts of law, read in November 2026 in public\n"
      "summaries. They are no advice, and do not say what your case needs.\n"
      "\n"
      "- European Union, Regulation (EU) 2024/1689 (AI Act), Article 50(2):\n"
      "  providers of systems that generate audio, images, video or text\n"
      "  must see to it that the output is marked in a machine-readable\n"
      "  format and can be detected as generated. The means must be\n"
      "  effective, interoperable, robust and reliable as far as that is\n"
      "  technically feasible. 50(4): whoever deploys a system that makes a\n"
      "  deep fake must disclose that the content was generated; for\n"
      "  evidently artistic works in a way that does not hamper their\n"
      "  display. Article 50 applies since 2 August 2026; for systems that\n"
      "  were on the market before, 50(2) applies from 2 December 2026. A\n"
      "  code of practice of June 2026 describes several layers: metadata,\n"
      "  watermarks and visible labels together.\n"
      "- China, Measures for Labeling AI-Generated Synthetic Content and the\n"
      "  mandatory standard GB 45438-2025, both in force since 1 September\n"
      "  2025, ask for two labels. The explicit one is a label that people\n"
      "  notice, in a video on the first frames and where suitable around\n"
      "  the player. The implicit one is in the metadata of the file: a key\n"
      "  `AIGC` whose value is a JSON object with `Label` (1 is generated, 2\n"
      "  may be, 3 is suspected to be), `ContentProducer`, `ProduceID`,\n"
      "  `ReservedCode1`, `ContentPropagator`, `PropagateID` and\n"
      "  `ReservedCode2`. Nobody may maliciously delete, alter, forge or\n"
      "  hide such labels. `seedancemark` writes the values that you give\n"
      "  it, and does not know your codes.\n"
      "- IPTC's `trainedAlgorithmicMedia` means media made by a model alone.\n"
      "  For a mix with recorded material IPTC has the term\n"
      "  `compositeWithTrainedAlgorithmicMedia`, which `seedancemark` does\n"
      "  not write.\n",
  .columns = columns,
};

#define URI \
  "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
#define COMMENT "AI-generated:" URI
#define AIGC "{\"Label\":\"1\"}"
#define MARK "seedancemark aigc=\"{\\\"Label\\\":\\\"1\\\"}\" ! "
#define REMUX CLIP "! qtdemux ! h264parse ! "
#define DECODE \
  CLIP "! decodebin ! videoconvert ! videoscale ! " \
       "video/x-raw,width=96,height=54 ! "
#define FILE "filesrc location=\"@MARKED@\" ! "
#define MATROSKA "filesrc location=\"@MATROSKA@\" ! "

#define WITH "With seedancemark"
#define WITHOUT "Without it"
#define NEXT "A marked MP4, behind the next program"
#define NEXT_MATROSKA "A marked Matroska file, behind the next program"

/* "@MARKED@" and "@MATROSKA@" in @how are replaced by the files of earlier
 * rows. The name of the row's own file is added to its end. */
static const struct {
  const gchar *section, *what, *file;
  const gchar *how; /* a launch line; or "ffmpeg " and arguments */
  const gchar *cells[5];
} rows[] = {
  { WITH, "MP4", "marked.mp4", REMUX MARK "mp4mux",
      { "yes", "yes", "yes", "comment", "" } },
  { WITH, "fragmented MP4", "fragmented.mp4",
      REMUX MARK "mp4mux fragment-duration=200 streamable=true",
      { "yes", "yes", "yes", "comment", "" } },
  { WITH, "decoded and encoded, then MP4", "encoded.mp4",
      DECODE "x264enc ! " MARK "mp4mux",
      { "yes", "yes", "yes", "comment", "" } },
  { WITH, "the same, the mark in front of the encoder", "before.mp4",
      DECODE MARK "x264enc ! mp4mux", { "yes", "yes", "yes", "comment", "" } },
  { WITH, "QuickTime (MOV)", "marked.mov", REMUX MARK "qtmux",
      { "", "in the comment", "yes", "comment", "" } },
  { WITH, "Matroska", "marked.mkv", REMUX MARK "matroskamux",
      { "", "in the comment", "escaped", "comment", "" } },
  { WITH, "WebM", "marked.webm", DECODE "vp8enc deadline=1 ! " MARK "webmmux",
      { "", "in the comment", "escaped", "comment", "" } },
  { WITH, "Ogg, the mark in front of the encoder", "marked.ogv",
      DECODE MARK "theoraenc ! oggmux", { "", "", "", "", "" } },
  { WITH, "AVI", "marked.avi", REMUX MARK "avimux",
      { "", "in the comment", "yes", "comment", "" } },
  { WITH, "MPEG-TS", "marked.ts", REMUX MARK "mpegtsmux",
      { "", "", "", "", "" } },
  { WITH, "FLV", "marked.flv", REMUX MARK "flvmux", { "", "", "", "", "" } },

  { WITHOUT, "filesink: the service's own file", "own.mp4", CLIP "! identity",
      { "", "", "", "", "yes" } },
  { WITHOUT, "MP4", "plain.mp4", REMUX "mp4mux", { "", "", "", "", "" } },
  { WITHOUT, "decoded and encoded, then MP4", "plain-encoded.mp4",
      DECODE "x264enc ! mp4mux", { "", "", "", "", "" } },
  { WITHOUT, "Matroska", "plain.mkv", REMUX "matroskamux",
      { "", "", "", "", "" } },

  { NEXT, "GStreamer: qtdemux, mp4mux", "again.mp4",
      FILE "qtdemux ! h264parse ! mp4mux",
      { "", "in the comment", "yes", "comment", "" } },
  { NEXT, "GStreamer: decodebin, x264enc, mp4mux", "again-encoded.mp4",
      FILE "decodebin ! videoconvert ! x264enc ! mp4mux",
      { "", "in the comment", "yes", "comment", "" } },
  { NEXT, "GStreamer: the same with a new seedancemark", "marked-again.mp4",
      FILE "decodebin ! videoconvert ! x264enc ! " MARK "mp4mux",
      { "yes", "yes", "yes", "comment", "" } },
  { NEXT, "ffmpeg -c copy, to MP4", "copied.mp4", "ffmpeg -i @MARKED@ -c copy",
      { "", "in the comment", "yes", "comment", "" } },
  { NEXT, "ffmpeg -c copy -movflags use_metadata_tags, to MP4", "kept.mp4",
      "ffmpeg -i @MARKED@ -c copy -movflags use_metadata_tags",
      { "yes", "yes", "yes", "", "" } },
  { NEXT, "ffmpeg -c copy, to Matroska", "copied.mkv",
      "ffmpeg -i @MARKED@ -c copy",
      { "in capitals", "yes", "yes", "comment", "" } },
  { NEXT, "ffmpeg, encoded anew, to MP4", "new.mp4", "ffmpeg -i @MARKED@",
      { "", "in the comment", "yes", "comment", "" } },

  { NEXT_MATROSKA, "GStreamer: matroskademux, mp4mux", "from-matroska.mp4",
      MATROSKA "matroskademux ! h264parse ! mp4mux",
      { "", "in the comment", "yes", "comment", "" } },
  { NEXT_MATROSKA, "ffmpeg -c copy, to Matroska", "again.mkv",
      "ffmpeg -i @MATROSKA@ -c copy",
      { "", "in the comment", "escaped", "comment", "" } },
};

static void
replace (GString *text, const gchar *name, const gchar *file)
{
  g_autofree gchar *path = test_home_path (file);

  g_string_replace (text, name, path, 0);
}

static void
run_ffmpeg (const gchar *words, const gchar *path)
{
  g_autofree gchar *line = g_strdup_printf (
      "ffmpeg -nostdin -v error -y %s %s", words + strlen ("ffmpeg "), path);
  g_auto (GStrv) split = g_strsplit (line, " ", -1);

  test_probe_run ((const gchar *const *) split);
}

static void
make_file (const gchar *how, const gchar *path)
{
  g_autoptr (GString) text = g_string_new (how);
  TestRun *run;

  replace (text, "@MARKED@", "marked.mp4");
  replace (text, "@MATROSKA@", "marked.mkv");
  if (g_str_has_prefix (how, "ffmpeg ")) {
    run_ffmpeg (text->str, path);
    return;
  }
  run = test_run_new ("%s ! filesink location=\"%s\"", text->str, path);
  test_run_to_end (run);
  test_run_free (run);
}

/* Finds the comment, whose key differs between containers. Returns NULL if
 * there is none; the caller frees it with g_free(). */
static gchar *
get_comment (const gchar *keys)
{
  const gchar *names[] = { "comment", "COMMENT", "COMMENTS" };
  gchar *value = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names) && !value; i++)
    value = test_probe_find (keys, names[i]);

  return value;
}

static const gchar *
look_for_key (const gchar *keys, const gchar *key, const gchar *expected)
{
  g_autofree gchar *value = test_probe_find (keys, key);
  g_autofree gchar *capitals = g_ascii_strup (key, -1);
  g_autofree gchar *other = test_probe_find (keys, capitals);

  if (!value && !other)
    return "";
  if (!g_str_equal (value ? value : other, expected))
    return "WRONG";

  return value ? "yes" : "in capitals";
}

static const gchar *
look_for_comment (const gchar *keys)
{
  g_autofree gchar *value = get_comment (keys);

  if (!value || !strstr (value, COMMENT))
    return "";

  return g_str_has_prefix (value, COMMENT) ? "yes" : "escaped";
}

static const gchar *
look_for_aigc (const gchar *keys)
{
  g_autofree gchar *comment = get_comment (keys);
  const gchar *found = look_for_key (keys, "AIGC", AIGC);

  return !*found && comment && strstr (comment, "AIGC") ? "in the comment"
                                                        : found;
}

static const gchar *
ask_discoverer (const gchar *path)
{
  g_autofree gchar *said = test_probe_discover (path);

  return strstr (said, COMMENT) ? "comment" : "";
}

/* Adds a row and asserts that its cells are the expected ones. */
static void
add_row (const gchar *section, const gchar *what, const gchar *path,
    const gchar *const *expected)
{
  g_autofree gchar *keys = test_probe_keys (path);
  const gchar *row[] = { what, look_for_key (keys, "DigitalSourceType", URI),
    look_for_aigc (keys), look_for_comment (keys), ask_discoverer (path),
    test_probe_has_manifest (path) ? "yes" : "", NULL };

  table_add_row (section, row);
  for (guint i = 0; i < 5; i++)
    fail_unless (g_str_equal (row[i + 1], expected[i]),
        "%s: %s: %s is '%s' and not '%s'", section, what, columns[i + 1],
        row[i + 1], expected[i]);
}

static const gchar *const sections[] = { WITH, WITHOUT, NEXT, NEXT_MATROSKA };

/* Makes the files that later rows read. */
static void
make_marked_files (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *path = test_home_path (rows[i].file);

    if (g_str_has_prefix (rows[i].file, "marked.m") &&
        g_str_equal (rows[i].section, WITH))
      make_file (rows[i].how, path);
  }
}

GST_START_TEST (each_way_keeps_what_the_page_says)
{
  const gchar *section = sections[__i__];

  if (g_str_equal (section, NEXT) || g_str_equal (section, NEXT_MATROSKA))
    make_marked_files ();
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *path = test_home_path (rows[i].file);

    if (!g_str_equal (rows[i].section, section))
      continue;
    make_file (rows[i].how, path);
    add_row (section, rows[i].what, path, rows[i].cells);
  }
}
GST_END_TEST

#define AIR_FRAMES 10

static const struct {
  const gchar *what, *file, *mux;
  const gchar *cells[5];
} airs[] = {
  { "from the pads of seedanceplayout, MP4", "air.mp4", "mp4mux",
      { "yes", "yes", "yes", "comment", "" } },
  { "from the pads of seedanceplayout, Matroska", "air.mkv", "matroskamux",
      { "", "in the comment", "escaped", "comment", "" } },
};

static GstPadProbeReturn
count_frame (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_autoptr (GstElement) mark = gst_pad_get_parent_element (pad);
  gint *frames = user_data;

  if (++*frames == AIR_FRAMES)
    gst_element_post_message (
        mark, gst_message_new_application (
                  GST_OBJECT (mark), gst_structure_new_empty ("enough")));

  return GST_PAD_PROBE_OK;
}

GST_START_TEST (what_is_on_air_is_marked_too)
{
  g_autofree gchar *path = test_home_path (airs[__i__].file);
  TestRun *run = test_run_new (
      "seedanceplayout name=p prompt=boat resolution=480p duration=1 "
      "poll-interval=100 p.video ! video/x-raw,width=96,height=54 ! "
      "x264enc tune=zerolatency speed-preset=ultrafast ! "
      "seedancemark name=mark aigc=\"{\\\"Label\\\":\\\"1\\\"}\" ! %s ! "
      "filesink location=\"%s\" p.audio ! fakesink async=false sync=false",
      airs[__i__].mux, path);
  g_autoptr (GstPad) pad =
      gst_element_get_static_pad (test_run_get (run, "mark"), "sink");
  gint frames = 0;

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, count_frame, &frames, NULL);
  test_run_start (run, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_APPLICATION);
  gst_element_send_event (run->pipeline, gst_event_new_eos ());
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  add_row ("On air", airs[__i__].what, path, airs[__i__].cells);
}
GST_END_TEST

static Suite *
provenance_suite (void)
{
  Suite *suite = suite_create ("provenance");

  tcase_add_loop_test (test_case_new (suite, "files"),
      each_way_keeps_what_the_page_says, 0, G_N_ELEMENTS (sections));
  tcase_add_loop_test (test_case_new (suite, "air"),
      what_is_on_air_is_marked_too, 0, G_N_ELEMENTS (airs));

  return suite;
}

TABLE_MAIN (provenance)
