/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedanceplayout with unusual formats, files and applications. The output goes
 * on, and nothing is ordered twice. */

#include "air.h"

#include <glib/gstdio.h>
#include <string.h>

#define PLAYOUT "seedanceplayout poll-interval=100 "
#define LINE \
  "{\"id\":\"%s\",\"prompt\":\"flash-and-beep\",\"resolution\":\"480p\"," \
  "\"duration\":1,\"seed\":%d}\n"
/* On a busy machine a frame may be late, but by less than this. */
#define STALL_MAX G_TIME_SPAN_SECOND

static void
enqueue (TestRun *run, const gchar *id, gint seed)
{
  g_autofree gchar *line = g_strdup_printf (LINE, id, seed);
  gboolean taken;

  g_signal_emit_by_name (test_run_get (run, "out"), "enqueue", line, &taken);
  fail_unless (taken);
}

static const TestFrame *
get_frame (TestAir *air, guint index)
{
  return &g_array_index (air->frames, TestFrame, index);
}

/* Checks that the last clip was shown whole, whatever came before it. */
static void
assert_last_is_whole (TestAir *air, gint seed)
{
  g_autoptr (GArray) stretches = test_air_find_stretches (air);
  const TestStretch *last;

  fail_unless (stretches->len > 0, "no clip was on air");
  last = &g_array_index (stretches, TestStretch, stretches->len - 1);
  fail_unless_equals_int (last->seed, seed);
  fail_unless (last->ordered, "the frames came in another order");
  fail_unless_equals_int (last->distinct, 24);
}

static const struct {
  gint width, height, fps_n, fps_d, rate;
} formats[] = {
  { 640, 360, 30000, 1001, 44100 },
  { 432, 248, 60, 1, 48000 },
  { 1080, 1920, 24, 1, 32000 },
  { 3840, 2160, 25, 1, 96000 },
};

static void
assert_times (TestAir *air, gint fps_n, gint fps_d)
{
  const guint64 begin = gst_util_uint64_scale_round (
      get_frame (air, 0)->time, (guint64) fps_n, GST_SECOND * (guint64) fps_d);

  for (guint i = 0; i < air->frames->len; i++)
    fail_unless_equals_uint64 (get_frame (air, i)->time,
        gst_util_uint64_scale (
            begin + i, GST_SECOND * (guint64) fps_d, (guint64) fps_n));
}

GST_START_TEST (a_clip_is_whole_in_any_format)
{
  TestRun *run = test_run_new (PLAYOUT
      "on-empty=eos prompt=flash-and-beep resolution=480p duration=1 seed=7 "
      "name=out out.video ! "
      "video/x-raw,format=I420,width=%d,height=%d,framerate=%d/%d "
      "! fakesink name=v sync=false async=false "
      "out.audio ! audio/x-raw,format=S16LE,rate=%d,channels=2 "
      "! fakesink name=a sync=false async=false",
      formats[__i__].width, formats[__i__].height, formats[__i__].fps_n,
      formats[__i__].fps_d, formats[__i__].rate);
  TestAir *air = test_air_new (run);

  test_run_to_end (run);
  assert_times (air, formats[__i__].fps_n, formats[__i__].fps_d);
  fail_unless_equals_int (air->sound_gaps, 0);
  assert_last_is_whole (air, 7);
  fail_unless (test_air_get_skew (air) <= 2 * GST_MSECOND);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
}
GST_END_TEST

static const gchar *const few[] = { "1", "2", "3", "5", "10", "24" };

/* The sound of eight frames, as many as are decoded ahead, may be many
 * seconds. */
GST_START_TEST (a_clip_with_sound_is_ready_at_few_frames_a_second)
{
  TestRun *run = test_run_new (PLAYOUT
      "on-empty=eos prompt=flash-and-beep resolution=480p duration=10 seed=7 "
      "prepare-timeout=3 name=out out.video ! "
      "video/x-raw,format=I420,width=432,height=248,framerate=%s/1 "
      "! fakesink name=v sync=false async=false "
      "out.audio ! " AIR_AUDIO_CAPS " ! fakesink name=a sync=false async=false",
      few[__i__]);
  TestAir *air = test_air_new (run);
  const GstStructure *told;
  guint64 frames = 0;

  test_air_set_pace (air, 4, test_slowness ());
  test_run_to_end (run);
  told = test_air_wait_told (run, "off-air", NULL);
  fail_unless_equals_string (gst_structure_get_string (told, "reason"), "end");
  fail_unless (gst_structure_get_uint64 (told, "frames", &frames));
  fail_unless_equals_uint64 (
      frames, 10 * g_ascii_strtoull (few[__i__], NULL, 10));
  fail_unless_equals_int (air->sound_gaps, 0);
  fail_unless (air->beeps->len >= 4, "%u beeps", air->beeps->len);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
}
GST_END_TEST

#define SIZED(size, rate) \
  "video/x-raw,format=I420," size ",framerate=" rate "/1"
#define SMALL "width=432,height=248"
#define LARGE "width=640,height=360"
#define SOUND(rate) \
  "audio/x-raw,format=S16LE,rate=" rate ",channels=2,layout=interleaved"

/* The caps that the named capsfilter asks for while the nth item is on air. */
static const struct {
  const gchar *element, *caps;
} wishes[] = {
  { "vc", SIZED (LARGE, "25") },
  { "vc", SIZED (LARGE, "50") },
  { "vc", SIZED (SMALL, "15") },
  { "ac", SOUND ("44100") },
  { "ac", SOUND ("48000") },
  { "vc", SIZED (SMALL, "25") },
};

static void
wish (TestRun *run, guint nth)
{
  GstCaps *caps = gst_caps_from_string (wishes[nth].caps);

  g_object_set (test_run_get (run, wishes[nth].element), "caps", caps, NULL);
  gst_caps_unref (caps);
}

/* Checks that time advances with each frame, by no more than the slowest format
 * explains. */
static void
assert_no_long_gap (TestAir *air)
{
  for (guint i = 1; i < air->frames->len; i++) {
    const GstClockTimeDiff step =
        GST_CLOCK_DIFF (get_frame (air, i - 1)->time, get_frame (air, i)->time);

    fail_unless (step > 0, "time stands still");
    fail_unless (step <= 200 * (GstClockTimeDiff) GST_MSECOND,
        "%" G_GINT64_FORMAT " ms are missing", step / (gint64) GST_MSECOND);
  }
}

/* TestAir maps each frame, which fails if its size does not match its caps. */
GST_START_TEST (the_format_may_change_on_air)
{
  const guint last = G_N_ELEMENTS (wishes);
  TestRun *run = test_run_new (PLAYOUT
      "on-empty=eos max-in-flight=9 name=out out.video ! capsfilter name=vc "
      "caps=\"" AIR_VIDEO_CAPS "\" ! fakesink name=v sync=false async=false "
      "out.audio ! capsfilter name=ac caps=\"" AIR_AUDIO_CAPS "\" "
      "! fakesink name=a sync=false async=false");
  TestAir *air = test_air_new (run);

  for (guint i = 0; i <= last; i++) {
    g_autofree gchar *id = g_strdup_printf ("%u", i);

    enqueue (run, id, (gint) i + 1);
  }
  test_run_start (run, GST_STATE_PLAYING);
  for (guint i = 0; i < last; i++) {
    g_autofree gchar *id = g_strdup_printf ("%u", i);

    test_air_wait_told (run, "on-air", id);
    wish (run, i);
  }
  test_run_wait (run, GST_MESSAGE_EOS);
  assert_no_long_gap (air);
  assert_last_is_whole (air, (gint) last + 1);
  fail_unless (test_air_get_skew (air) > 0);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, (gint) last + 1);
}
GST_END_TEST

static GstClockTime
get_latency (TestRun *run)
{
  GstQuery *query = gst_query_new_latency ();
  GstPad *pad = gst_element_get_static_pad (test_run_get (run, "out"), "video");
  GstClockTime latency = 0;

  fail_unless (gst_pad_query (pad, query));
  gst_query_parse_latency (query, NULL, &latency, NULL);
  gst_query_unref (query);
  gst_object_unref (pad);

  return latency;
}

static void
wait_for_latency (TestRun *run)
{
  GstMessage *message;

  do
    message = test_run_wait (run, GST_MESSAGE_LATENCY);
  while (!g_str_equal (GST_MESSAGE_SRC_NAME (message), "out"));
}

static const gchar *const rates[] = { "50", "25", "50", "15", "25" };

/* A pipeline asks for the latency again only when it is told to. */
GST_START_TEST (each_change_of_the_latency_is_told)
{
  TestRun *run = test_run_new (PLAYOUT
      "name=out out.video ! capsfilter name=vc caps=\"" AIR_VIDEO_CAPS "\" "
      "! fakesink name=v sync=false async=false "
      "out.audio ! " AIR_AUDIO_CAPS " ! fakesink name=a sync=false "
      "async=false");
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_frames (air, 5);
  fail_unless_equals_uint64 (get_latency (run), 40 * GST_MSECOND);
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    g_autofree gchar *text = g_strdup_printf (
        "video/x-raw,format=I420,width=432,height=248,framerate=%s/1",
        rates[i]);
    GstCaps *caps = gst_caps_from_string (text);

    g_object_set (test_run_get (run, "vc"), "caps", caps, NULL);
    gst_caps_unref (caps);
    wait_for_latency (run);
    fail_unless_equals_uint64 (
        get_latency (run), GST_SECOND / g_ascii_strtoull (rates[i], NULL, 10));
  }
  test_run_free (run);
  test_air_free (air);
}
GST_END_TEST

GST_START_TEST (a_rundown_may_become_a_folder)
{
  g_autofree gchar *one = g_strdup_printf (LINE, "a", 11);
  g_autofree gchar *more = g_strdup_printf (LINE LINE, "a", 11, "b", 12);
  g_autofree gchar *path = test_home_write ("day.jsonl", one, strlen (one));
  TestRun *run = test_run_new (PLAYOUT "rundown=\"%s\"" AIR_SINKS, path);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "off-air", "a");
  fail_unless (g_remove (path) == 0 && g_mkdir (path, 0700) == 0);
  test_run_wait (run, GST_MESSAGE_WARNING);
  fail_unless (g_rmdir (path) == 0);
  g_free (test_home_write ("day.jsonl", more, strlen (more)));
  test_air_wait_told (run, "off-air", "b");
  test_air_wait_empty (air, 2);
  test_run_stop (run);
  test_air_assert_steady (air);
  assert_last_is_whole (air, 12);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 2);
}
GST_END_TEST

#define LINES 10000

static gchar *
write_many_lines (const gchar *uri)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < LINES; i++)
    g_string_append_printf (text, "{\"id\":\"%u\",\"uri\":\"%s\"}\n", i, uri);

  return test_home_write ("many.jsonl", text->str, text->len);
}

static gint64
find_longest_wait (TestAir *air)
{
  gint64 longest = 0;

  for (guint i = 1; i < air->frames->len; i++)
    longest =
        MAX (longest, get_frame (air, i)->at - get_frame (air, i - 1)->at);

  return longest;
}

/* Ten thousand lines appear in the rundown, all change, and all disappear. */
GST_START_TEST (ten_thousand_lines_do_not_hold_the_output)
{
  g_autofree gchar *clip = test_air_write_clip ("clip.mp4", 21);
  g_autofree gchar *path = test_home_write ("many.jsonl", "", 0);
  TestRun *run = test_run_new (PLAYOUT "rundown=\"%s\"" AIR_SINKS, path);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_frames (air, 5);
  g_free (write_many_lines (clip));
  test_air_wait_told (run, "off-air", "0");
  fail_unless (test_air_count_items (run) > LINES - 10);
  g_free (write_many_lines ("/nowhere.mp4"));
  test_air_wait_told (run, "failed", NULL);
  g_free (test_home_write ("many.jsonl", "", 0));
  while (test_air_count_items (run) > 10)
    test_air_wait_frames (air, air->frames->len + 1);
  test_run_stop (run);
  test_air_assert_steady (air);
  test_air_assert_clip (air, 0, 1);
  fail_unless (find_longest_wait (air) < test_slowness () * STALL_MAX,
      "the output stood for %" G_GINT64_FORMAT " ms",
      find_longest_wait (air) / 1000);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 0);
}
GST_END_TEST

/* A line that is no item leads to a warning and no order. The item after such
 * lines is played. */
GST_START_TEST (odd_lines_order_nothing)
{
  static const gchar *const odd[] = {
    "{\"id\":\"a\",\"prompt\":\"boat\",\"in\":3,\"out\":2}",
    "{\"id\":\"b\",\"prompt\":\"boat\",\"in\":NaN}",
    "{\"id\":\"c\",\"prompt\":\"boat\",\"duration\":NaN}",
    "{\"id\":\"d\",\"prompt\":\"boat\",\"in\":-1}",
    "{\"id\":\"e\",\"prompt\":\"boat\",\"out\":1e400}",
    "{\"id\":\"f\",\"prompt\":\"boat\",\"duration\":Infinity}",
    "[]",
    "null",
    NULL,
  };
  g_autofree gchar *bad = g_strjoinv ("\n", (gchar **) (gpointer) odd);
  g_autoptr (GString) text = g_string_new (bad);
  g_autofree gchar *path = NULL;
  TestRun *run;
  TestAir *air;

  g_string_append_printf (text, "\n" LINE, "good", 31);
  path = test_home_write ("day.jsonl", text->str, text->len);
  run = test_run_new (PLAYOUT "rundown=\"%s\" on-empty=eos" AIR_SINKS, path);
  air = test_air_new (run);
  test_run_to_end (run);
  test_air_assert_steady (air);
  assert_last_is_whole (air, 31);
  fail_unless_equals_int (
      test_run_count (run, GST_MESSAGE_WARNING), G_N_ELEMENTS (odd) - 1);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
}
GST_END_TEST

static void
lose_clock (TestRun *run)
{
  GstElement *sink = test_run_get (run, "v");
  GstClock *clock = gst_element_get_clock (sink);

  gst_element_post_message (
      sink, gst_message_new_clock_lost (GST_OBJECT (sink), clock));
  gst_object_unref (clock);
}

/* The clock is lost as if the sound card that provides it was unplugged. */
GST_START_TEST (the_clock_may_be_another_one_after_a_pause)
{
  TestRun *run = test_run_new (PLAYOUT
      "prompt=flash-and-beep resolution=480p duration=1 seed=7" AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_clip_frames (air, 10);
  test_run_start (run, GST_STATE_PAUSED);
  lose_clock (run);
  test_air_use_real_clock (air, 1);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_empty (air, 1);
  test_run_stop (run);
  test_air_assert_clip (air, 0, 1);
  fail_unless_equals_int (air->beeps->len, 1);
  fail_unless (test_air_get_skew (air) <= 2 * GST_MSECOND);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
}
GST_END_TEST

/* `gst-launch-1.0 -e` sends this EOS at Ctrl-C, so that a muxer can finish its
 * file. */
GST_START_TEST (an_end_from_outside_ends_both_streams)
{
  TestRun *run = test_run_new (PLAYOUT
      "prompt=flash-and-beep resolution=480p duration=1 seed=7" AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_clip_frames (air, 10);
  fail_unless (gst_element_send_event (run->pipeline, gst_event_new_eos ()));
  test_run_wait (run, GST_MESSAGE_EOS);
  test_air_assert_steady (air);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
}
GST_END_TEST

#define OUTPUT(name) \
  PLAYOUT "rundown=\"%s\" name=" name " " name ".video ! " AIR_VIDEO_CAPS \
          " ! fakesink name=v" name " sync=false async=false " name \
          ".audio ! " AIR_AUDIO_CAPS " ! fakesink name=a" name \
          " sync=false async=false "

static guint
count_off_air (TestRun *run, const gchar *name)
{
  guint count = 0;

  test_run_drain (run);
  for (guint i = 0; i < run->said->len; i++) {
    GstMessage *message = g_ptr_array_index (run->said, i);
    const GstStructure *told = gst_message_get_structure (message);

    count +=
        GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT &&
        g_str_equal (GST_MESSAGE_SRC_NAME (message), name) &&
        g_strcmp0 (gst_structure_get_string (told, "what"), "off-air") == 0;
  }

  return count;
}

/* A main and a spare channel with the same rundown order each clip once. */
GST_START_TEST (two_outputs_share_their_orders)
{
  g_autofree gchar *text = g_strdup_printf (LINE LINE, "a", 41, "b", 42);
  g_autofree gchar *path = test_home_write ("day.jsonl", text, strlen (text));
  TestRun *run = test_run_new (OUTPUT ("one") OUTPUT ("two"), path, path);

  test_run_start (run, GST_STATE_PLAYING);
  while (count_off_air (run, "one") < 2 || count_off_air (run, "two") < 2)
    test_run_wait (run, GST_MESSAGE_ELEMENT);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

/* The file of a clip with a beep in its first second, and another beep 64 s
 * after the end of that. */
static gchar *
write_gap (const gchar *name, const gchar *encoder, const gchar *muxer)
{
  gchar *path = test_home_path (name);
  TestRun *run = test_run_new (
      "%s name=m ! filesink location=\"%s\" "
      "videotestsrc pattern=black num-buffers=1650 "
      "! video/x-raw,width=64,height=48,framerate=25/1 ! x264enc ! h264parse "
      "! queue max-size-time=0 max-size-buffers=0 ! m. "
      "audiotestsrc num-buffers=10 samplesperbuffer=4800 "
      "! audio/x-raw,rate=48000 ! c.sink_0 "
      "audiotestsrc num-buffers=10 samplesperbuffer=4800 "
      "timestamp-offset=64000000000 ! audio/x-raw,rate=48000 ! c.sink_1 "
      "concat name=c ! %s ! queue max-size-time=0 max-size-buffers=0 ! m.",
      muxer, path, encoder);

  test_run_to_end (run);
  test_run_free (run);

  return path;
}

static const struct {
  const gchar *name, *encoder, *muxer;
} gaps[] = {
  { "gap.mkv", "opusenc", "matroskamux" },
  { "gap.mp4", "avenc_aac", "mp4mux" },
};

/* A file may be silent for minutes. What comes then is heard, in its time. */
GST_START_TEST (sound_comes_back_after_a_long_gap)
{
  g_autofree gchar *path =
      write_gap (gaps[__i__].name, gaps[__i__].encoder, gaps[__i__].muxer);
  g_autofree gchar *line =
      g_strdup_printf ("{\"id\":\"gap\",\"uri\":\"%s\"}", path);
  TestRun *run = test_run_new (PLAYOUT "on-empty=eos" AIR_SINKS);
  TestAir *air = test_air_new (run);
  const GstStructure *told;
  guint64 began = 0, held = 0, back;
  gboolean taken;

  test_air_set_pace (air, 20, 1);
  g_signal_emit_by_name (test_run_get (run, "out"), "enqueue", line, &taken);
  fail_unless (taken);
  test_run_to_end (run);
  told = test_air_wait_told (run, "off-air", "gap");
  fail_unless (gst_structure_get_uint64 (told, "running-time", &began));
  fail_unless (gst_structure_get_uint64 (told, "held", &held));
  fail_unless_equals_int (air->beeps->len, 2);
  back = g_array_index (air->beeps, GstClockTime, 1);
  fail_unless (
      back >= began + 64900 * GST_MSECOND &&
          back <= began + 65100 * GST_MSECOND + held * 40 * GST_MSECOND,
      "the sound came back after %u ms",
      (guint) ((back - began) / GST_MSECOND));
  fail_unless (held < 10, "%u frames stood", (guint) held);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 0);
}
GST_END_TEST

/* As a recorded lecture has it. */
GST_START_TEST (a_picture_of_few_frames_a_second_goes_on)
{
  g_autofree gchar *path = test_home_path ("slow.mp4");
  g_autofree gchar *line =
      g_strdup_printf ("{\"id\":\"slow\",\"uri\":\"%s\"}", path);
  TestRun *file = test_run_new (
      "mp4mux name=m ! filesink location=\"%s\" "
      "videotestsrc num-buffers=40 "
      "! video/x-raw,width=64,height=48,framerate=5/1 ! x264enc ! h264parse "
      "! queue max-size-time=0 max-size-buffers=0 ! m. "
      "audiotestsrc num-buffers=80 samplesperbuffer=4800 "
      "! audio/x-raw,rate=48000 ! avenc_aac "
      "! queue max-size-time=0 max-size-buffers=0 ! m.",
      path);
  TestRun *run;
  TestAir *air;
  const GstStructure *told;
  gboolean taken;

  test_run_to_end (file);
  test_run_free (file);
  run = test_run_new (PLAYOUT "on-empty=eos prepare-timeout=2" AIR_SINKS);
  air = test_air_new (run);
  g_signal_emit_by_name (test_run_get (run, "out"), "enqueue", line, &taken);
  fail_unless (taken);
  test_run_to_end (run);
  told = test_air_wait_told (run, "off-air", "slow");
  fail_unless_equals_string (gst_structure_get_string (told, "reason"), "end");
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 0);
}
GST_END_TEST

static Suite *
playout_unusual_suite (void)
{
  Suite *suite = suite_create ("playout-unusual");
  TCase *tcase = test_case_new (suite, "unusual");

  tcase_add_loop_test (
      tcase, a_clip_is_whole_in_any_format, 0, G_N_ELEMENTS (formats));
  tcase_add_loop_test (tcase, a_clip_with_sound_is_ready_at_few_frames_a_second,
      0, G_N_ELEMENTS (few));
  tcase_add_test (tcase, the_format_may_change_on_air);
  tcase_add_test (tcase, each_change_of_the_latency_is_told);
  tcase_add_test (tcase, a_rundown_may_become_a_folder);
  tcase_add_test (tcase, ten_thousand_lines_do_not_hold_the_output);
  tcase_add_test (tcase, odd_lines_order_nothing);
  tcase_add_test (tcase, the_clock_may_be_another_one_after_a_pause);
  tcase_add_test (tcase, an_end_from_outside_ends_both_streams);
  tcase_add_test (tcase, two_outputs_share_their_orders);
  tcase_add_test (tcase, a_picture_of_few_frames_a_second_goes_on);
  tcase_add_loop_test (
      tcase, sound_comes_back_after_a_long_gap, 0, G_N_ELEMENTS (gaps));

  return suite;
}

GST_CHECK_MAIN (playout_unusual)
