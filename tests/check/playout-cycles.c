/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedanceplayout: an application may change states, read properties and send
 * commands at any time. Nothing hangs, and stops are quick. */

#include "air.h"

#define ROUNDS 500
#define SANITIZED_ROUNDS 100
/* Most stops take less than STOP_MAX. A busy machine may delay one of them, but
 * not beyond STOP_EVER. */
#define STOP_MAX (100 * G_TIME_SPAN_MILLISECOND)
#define STOP_EVER (4 * G_TIME_SPAN_SECOND)
#define SPEED 4

static const gchar *const lines[] = {
  AIR_SINKS,
  " name=out out.video ! queue ! compositor name=mix max-threads=1 "
  "latency=40000000 ! "
  "fakesink name=v sync=true async=false out.audio ! queue ! audiomixer "
  "latency=40000000 ! fakesink name=a sync=true async=false "
  "videotestsrc is-live=true ! " AIR_VIDEO_CAPS " ! mix. ",
};

typedef struct {
  TestRun *run;
  TestAir *air;
  GRand *random;
  GstState state;
  gint64 slowest; /* stop, microseconds */
  guint stops, slow_stops;
} Player;

static void
set_state (Player *player, GstState state)
{
  gint64 start = g_get_monotonic_time (), took;

  fail_if (gst_element_set_state (player->run->pipeline, state) ==
           GST_STATE_CHANGE_FAILURE);
  fail_if (
      gst_element_get_state (player->run->pipeline, NULL, NULL,
          (GstClockTime) test_patience () * 1000) == GST_STATE_CHANGE_FAILURE);
  took = g_get_monotonic_time () - start;
  if (state <= GST_STATE_READY && player->state > GST_STATE_READY) {
    player->slowest = MAX (player->slowest, took);
    player->stops++;
    player->slow_stops += took > (gint64) test_slowness () * STOP_MAX;
  }
  player->state = state;
}

static void
play_a_while (Player *player)
{
  guint frames;

  if (player->state != GST_STATE_PLAYING)
    set_state (player, GST_STATE_PLAYING);
  g_mutex_lock (&player->air->lock);
  frames = player->air->frames->len;
  g_mutex_unlock (&player->air->lock);
  test_air_wait_frames (
      player->air, frames + (guint) g_rand_int_range (player->random, 1, 12));
}

static void
ask (Player *player)
{
  GstStructure *status, *stats;
  GstElement *out = test_run_get (player->run, "out");

  g_object_get (out, "status", &status, "stats", &stats, NULL);
  gst_structure_free (status);
  gst_structure_free (stats);
}

static void
command (Player *player)
{
  GstElement *out = test_run_get (player->run, "out");
  gboolean done;

  if (g_rand_boolean (player->random))
    g_signal_emit_by_name (out, "skip", &done);
  else
    g_object_set (out, "hold", g_rand_boolean (player->random), "on-empty",
        g_rand_int_range (player->random, 0, 4), NULL);
}

static void
do_something (Player *player)
{
  switch (g_rand_int_range (player->random, 0, 8)) {
    case 0:
      set_state (player, GST_STATE_PAUSED);
      break;
    case 1:
      set_state (player, GST_STATE_READY);
      break;
    case 2:
      set_state (player, GST_STATE_NULL);
      break;
    case 3:
      set_state (player, GST_STATE_PLAYING);
      break;
    case 4:
      gst_bin_recalculate_latency (GST_BIN (player->run->pipeline));
      break;
    case 5:
      ask (player);
      break;
    case 6:
      command (player);
      break;
    default:
      play_a_while (player);
      break;
  }
  test_run_drain (player->run);
  g_ptr_array_set_size (player->run->said, 0);
}

GST_START_TEST (states_may_change_at_any_time)
{
  const guint rounds =
      (g_getenv ("SEEDANCE_SANITIZED") ? SANITIZED_ROUNDS : ROUNDS) / 2;
  Player player = { .random = g_rand_new_with_seed ((guint32) __i__ + 1),
    .state = GST_STATE_NULL };

  player.run = test_run_new ("seedanceplayout poll-interval=100 "
                             "prompts=\"<flash-and-beep-1,flash-and-beep-2>\" "
                             "resolution=480p duration=1 seed=7 %s",
      lines[__i__]);
  player.air = test_air_new (player.run);
  test_air_use_real_clock (player.air, SPEED);
  for (guint i = 0; i < rounds; i++)
    do_something (&player);
  set_state (&player, GST_STATE_NULL);
  test_run_free (player.run);
  test_air_free (player.air);
  g_rand_free (player.random);
  fail_unless (player.stops > rounds / 20);
  g_print ("# %u stops, the slowest %" G_GINT64_FORMAT " ms, %u slow\n",
      player.stops, player.slowest / 1000, player.slow_stops);
  if (!g_getenv ("SEEDANCE_SANITIZED"))
    fail_unless (player.slow_stops <= player.stops / 2,
        "%u of %u stops were slow", player.slow_stops, player.stops);
  fail_unless (player.slowest < (gint64) test_slowness () * STOP_EVER,
      "a stop took %" G_GINT64_FORMAT " ms", player.slowest / 1000);
  fail_unless (test_service_count (service, "posts") <= 2);
}
GST_END_TEST

/* The running time begins anew. */
static void
flush (TestRun *run)
{
  GstElement *out = test_run_get (run, "out");

  fail_unless (gst_element_send_event (out, gst_event_new_flush_start ()));
  fail_unless (gst_element_send_event (out, gst_event_new_flush_stop (TRUE)));
}

static void
pause_and_flush (TestRun *run)
{
  test_run_start (run, GST_STATE_PAUSED);
  flush (run);
}

static void (*const resets[]) (TestRun *) = { flush, pause_and_flush };

static GstClockTime
get_time (TestAir *air, guint index)
{
  return g_array_index (air->frames, TestFrame, index).time;
}

/* Returns the index of the first frame after the reset. */
static guint
find_reset (TestAir *air)
{
  for (guint i = 1; i < air->frames->len; i++) {
    if (get_time (air, i) < get_time (air, i - 1))
      return i;
  }
  fail ("the running time was not reset");

  return 0;
}

/* Checks that frames come in order, and that a beep goes with the last flash of
 * the clip. */
static void
assert_goes_on (TestAir *air, guint reset)
{
  gint number = -1;
  GstClockTime flash = 0;

  fail_unless (get_time (air, reset) < GST_SECOND);
  for (guint i = 0; i < air->frames->len; i++) {
    const TestFrame *frame = &g_array_index (air->frames, TestFrame, i);

    fail_unless (frame->number < 0 || frame->number >= number);
    fail_unless (
        i <= reset || frame->time - get_time (air, i - 1) <= 40 * GST_MSECOND);
    number = frame->number;
    if (number == 96 && !flash)
      flash = frame->time;
  }
  fail_unless (flash > 0);
  fail_unless (
      ABS (GST_CLOCK_DIFF (flash,
          g_array_index (air->beeps, GstClockTime, air->beeps->len - 1))) <=
      2 * (GstClockTimeDiff) GST_MSECOND);
}

/* The output had run for an hour. It does not wait until it has run for an hour
 * again. */
GST_START_TEST (the_running_time_may_go_back)
{
  TestRun *run = test_run_new ("seedanceplayout poll-interval=100 "
                               "prompt=flash-and-beep resolution=480p "
                               "duration=5 seed=7 %s",
      lines[0]);
  TestAir *air = test_air_new (run);

  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_clip_frames (air, 20);
  test_pace_jump (air->pace, 3600 * GST_SECOND);
  test_air_wait_clip_frames (air, 40);
  resets[__i__](run);
  test_run_start (run, GST_STATE_PLAYING);
  test_air_wait_empty (air, 1);
  test_run_stop (run);
  assert_goes_on (air, find_reset (air));
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
playout_cycles_suite (void)
{
  Suite *suite = suite_create ("playout-cycles");
  TCase *tcase = test_case_new (suite, "cycles");

  tcase_add_loop_test (
      tcase, states_may_change_at_any_time, 0, G_N_ELEMENTS (lines));
  tcase_add_loop_test (
      tcase, the_running_time_may_go_back, 0, G_N_ELEMENTS (resets));

  return suite;
}

GST_CHECK_MAIN (playout_cycles)
