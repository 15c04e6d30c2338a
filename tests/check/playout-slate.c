/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedanceplayout: the slate has a colour, an image and a text. */

#include "air.h"

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

static Suite *
playout_slate_suite (void)
{
  Suite *suite = suite_create ("playout-slate");
  TCase *tcase = test_case_new (suite, "slate");

  tcase_add_test (tcase, the_slate_has_a_text);
  tcase_add_test (tcase, the_slate_has_an_image);
  tcase_add_test (tcase, an_image_that_is_none_leaves_the_colour);
  tcase_add_test (tcase, a_slate_that_cannot_be_drawn_is_drawn_later);

  return suite;
}

GST_CHECK_MAIN (playout_slate)
