/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedanceplayout: the slate has a colour, an image and a text, and is
 * silent. */

#include "air.h"

#include <malloc.h>
#include <string.h>

#define PLAYOUT "seedanceplayout poll-interval=100 "

static gboolean
is_bright_locked (TestAir *air)
{
  return air->frames->len > 0 &&
         g_array_index (air->frames, TestFrame, air->frames->len - 1)
                 .brightest >= 200;
}

/* Waits until the slate shows its text or image, which take a while to draw; or
 * until it shows its colour alone. */
static void
wait_for_slate (TestAir *air, gboolean bright)
{
  g_mutex_lock (&air->lock);
  while (is_bright_locked (air) != bright)
    g_cond_wait (&air->changed, &air->lock);
  g_mutex_unlock (&air->lock);
}

GST_START_TEST (the_slate_has_a_text)
{
  TestRun *run =
      test_run_new (PLAYOUT "slate-text=\"{progress} {eta}\"" AIR_SINKS);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  wait_for_slate (air, TRUE);
  test_run_stop (run);
  test_air_assert_steady (air);
  fail_unless (g_array_index (air->frames, TestFrame, 0).brightest < 60);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (the_slate_has_an_image)
{
  g_autofree gchar *image = test_home_paint ("slate.png", 640, 360);
  TestRun *run = test_run_new (PLAYOUT "slate-image=\"%s\"" AIR_SINKS, image);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  wait_for_slate (air, TRUE);
  test_run_stop (run);
  test_air_assert_steady (air);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_WARNING), 0);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (an_image_that_is_none_leaves_the_colour)
{
  g_autofree gchar *image = test_home_write ("slate.png", "none", 4);
  TestRun *run = test_run_new (PLAYOUT "slate-image=\"%s\"" AIR_SINKS, image);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_WARNING);
  test_air_wait_frames (air, air->frames->len + 5);
  test_run_stop (run);
  test_air_assert_steady (air);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

/* The most memory that the process had, in MB, since forget_peak(). */
static guint64
read_peak (void)
{
  g_autofree gchar *text = NULL;
  const gchar *peak;

  fail_unless (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  peak = strstr (text, "VmHWM:");
  fail_unless (peak != NULL);

  return g_ascii_strtoull (peak + strlen ("VmHWM:"), NULL, 10) / 1024;
}

static void
forget_peak (void)
{
  malloc_trim (0);
  fail_unless (g_file_set_contents_full (
      "/proc/self/clear_refs", "5", 1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

/* All frames of this film would take 900 MB. */
GST_START_TEST (of_a_film_the_first_frame_is_the_slate)
{
  g_autofree gchar *film = test_home_path ("film.mp4");
  TestRun *run = test_run_new (
      "videotestsrc num-buffers=300 pattern=white "
      "! video/x-raw,width=1920,height=1080,framerate=25/1 "
      "! x264enc speed-preset=ultrafast ! mp4mux ! filesink location=\"%s\"",
      film);
  TestAir *air;
  guint64 before;

  test_run_to_end (run);
  test_run_free (run);
  forget_peak ();
  before = read_peak ();
  run = test_run_new (PLAYOUT "slate-image=\"%s\"" AIR_SINKS, film);
  air = test_air_new (run);
  test_run_start (run, GST_STATE_PLAYING);
  wait_for_slate (air, TRUE);
  test_run_stop (run);
  fail_unless (read_peak () < before + 150 * test_slowness (), "%u MB more",
      (guint) (read_peak () - before));
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_WARNING), 0);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

/* The time in the text changes each second. While the image cannot be read the
 * old text must not stand. */
GST_START_TEST (a_slate_that_cannot_be_drawn_is_drawn_later)
{
  g_autofree gchar *image = test_home_paint ("slate.png", 640, 360);
  TestRun *run = test_run_new (PLAYOUT
      "slate-image=\"%s\" slate-text=\"{eta}\" prompt=boat" AIR_SINKS,
      image);
  TestAir *air = test_air_new (run);

  test_service_set (service, "{\"generation_time\":36000}");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "tasks", 1);
  wait_for_slate (air, TRUE);
  g_free (test_home_write ("slate.png", "none", 4));
  test_run_wait (run, GST_MESSAGE_WARNING);
  wait_for_slate (air, FALSE);
  g_free (test_home_paint ("slate.png", 640, 360));
  wait_for_slate (air, TRUE);
  test_run_stop (run);
  test_air_assert_steady (air);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_WARNING), 1);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

/* An application that names a number of channels need not name a mask. */
GST_START_TEST (the_sound_may_have_many_channels)
{
  TestRun *run = test_run_new (PLAYOUT
      "name=out out.video ! fakesink out.audio ! audio/x-raw,channels=%d "
      "! fakesink name=a",
      __i__);
  g_autoptr (GstPad) pad =
      gst_element_get_static_pad (test_run_get (run, "a"), "sink");
  g_autoptr (GstCaps) caps = NULL;
  gint channels = 0;

  test_run_start (run, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_ASYNC_DONE);
  caps = gst_pad_get_current_caps (pad);
  gst_structure_get_int (
      gst_caps_get_structure (caps, 0), "channels", &channels);
  fail_unless_equals_int (channels, __i__);
  test_run_free (run);
}
GST_END_TEST

static Suite *
playout_slate_suite (void)
{
  Suite *suite = suite_create ("playout-slate");
  TCase *tcase = test_case_new (suite, "slate");

  tcase_add_test (tcase, the_slate_has_a_text);
  tcase_add_test (tcase, the_slate_has_an_image);
  tcase_add_test (tcase, of_a_film_the_first_frame_is_the_slate);
  tcase_add_test (tcase, an_image_that_is_none_leaves_the_colour);
  tcase_add_test (tcase, a_slate_that_cannot_be_drawn_is_drawn_later);
  tcase_add_loop_test (tcase, the_sound_may_have_many_channels, 1, 9);

  return suite;
}

GST_CHECK_MAIN (playout_slate)
