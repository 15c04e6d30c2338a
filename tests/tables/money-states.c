/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of docs/money.md: state changes, events and seeks by the application.
 * "Again" is the same element in the first section, and another process where a
 * row says so. */

#include "money.h"

#define OUT "! fakesink name=out"
/* A second run may share the hanging request of the first; timeout=2 ends it
 * soon. */
#define SIMPLE CLIP "timeout=2 " OUT

/* Returns "whole" if the bytes that reached the sink are the clip. */
static const gchar *
judge (TestTap *tap)
{
  g_autoptr (GBytes) clip = test_service_get_clip (service, 0);
  g_autoptr (GBytes) bytes =
      g_bytes_new_static (tap->bytes->data, tap->bytes->len);

  return g_bytes_equal (bytes, clip) ? "whole" : "damaged";
}

static gchar *
run_to_end (TestRun *run, TestTap *tap)
{
  gchar *stand;

  test_tap_reset (tap);
  test_run_to_end (run);
  stand = money_stand (judge (tap));
  test_run_stop (run);

  return stand;
}

static void
let_go (void)
{
  test_service_fault (service, "");
  test_service_release (service);
}

#define FREE "Nothing is ordered yet"

static void
do_nothing (TestRun *run)
{
}

static void
ask (TestRun *run)
{
  GstPad *pad = gst_element_get_static_pad (run->src, "src");
  g_autoptr (GstQuery) scheduling = gst_query_new_scheduling ();
  g_autoptr (GstQuery) seeking = gst_query_new_seeking (GST_FORMAT_BYTES);
  gint64 size;

  fail_unless (gst_pad_query (pad, scheduling));
  fail_unless (gst_pad_query (pad, seeking));
  gst_pad_query_duration (pad, GST_FORMAT_BYTES, &size);
  gst_object_unref (pad);
}

static void
make_ready (TestRun *run)
{
  for (guint i = 0; i < 3; i++) {
    test_run_start (run, GST_STATE_READY);
    ask (run);
    test_run_stop (run);
  }
}

static void
fail_to_play (TestRun *run)
{
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_ERROR);
}

static const struct {
  MoneyRow row;
  const gchar *line;
  void (*act) (TestRun *run);
} frees[] = {
  { { "a pipeline is built and dropped", "0 0 -", "1 1 whole" }, SIMPLE,
      do_nothing },
  { { "queries in NULL", "0 0 -", "1 1 whole" }, SIMPLE, ask },
  { { "READY and NULL three times, with queries", "0 0 -", "1 1 whole" },
      SIMPLE, make_ready },
  { { "PLAYING, but not linked", "0 0 -", "1 1 whole" }, CLIP, fail_to_play },
  { { "PLAYING, but no prompt", "0 0 -", "1 1 whole" }, SOURCE OUT,
      fail_to_play },
  { { "PLAYING, but an image that is not there", "0 0 -", "1 1 whole" },
      CLIP "image=/no/such/picture.png " OUT, fail_to_play },
  { { "PLAYING, but a key that is none", "0 0 -", "1 1 whole" },
      CLIP "api-key=\"a b\" " OUT, fail_to_play },
};

GST_START_TEST (nothing_is_ordered)
{
  TestRun *run = test_run_new ("%s", frees[__i__].line);
  gchar *first;

  frees[__i__].act (run);
  test_run_free (run);
  first = money_stand ("-");
  money_row (FREE, &frees[__i__].row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

static const struct {
  MoneyHold hold;
  const gchar *first, *again;
} stops[] = {
  { { "while the answer to the order is under way", "submit:hold",
        "submits_held" },
      "1 1 stopped", "1 1 whole" },
  { { "between two tries to order", "submit@1:status=429+retry-after=1",
        "answers" },
      "1 0 stopped", "2 1 whole" },
  { { "while the service is asked", "poll:hold", "polls_held" }, "1 1 stopped",
      "1 1 whole" },
  { { "while a question has no answer", "poll:hang", "hangs" }, "1 1 stopped",
      "1 1 whole" },
  { { "between two questions", "poll:word=queued", "answers" }, "1 1 stopped",
      "1 1 whole" },
  { { "while a fault is ridden out", "poll:status=500", "answers" },
      "1 1 stopped", "1 1 whole" },
  { { "before the clip's first byte", "clip:hold", "clips_held" },
      "1 1 stopped", "1 1 whole" },
  { { "in the middle of the clip", "clip:stall=50%", "clips_stalled" },
      "1 1 stopped", "1 1 whole" },
};

GST_START_TEST (the_element_is_stopped)
{
  MoneyRow row = { stops[__i__].hold.what, stops[__i__].first,
    stops[__i__].again };
  TestRun *run = test_run_new (SIMPLE);
  TestTap *tap = test_run_tap (run, "out");
  gchar *first;

  test_service_fault (service, stops[__i__].hold.fault);
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, stops[__i__].hold.counter, 1);
  test_run_stop (run);
  first = money_stand ("stopped");
  let_go ();
  money_row ("To NULL, then the same element again", &row, first,
      run_to_end (run, tap));
  test_run_free (run);
}
GST_END_TEST

#define CHANGES "States and events"

GST_START_TEST (states_change_in_a_hurry)
{
  static const MoneyRow row = { "PAUSED, PLAYING, READY or NULL 30 times in a "
                                "hurry, then to the end",
    "1 1 whole" };
  TestRun *run = test_run_new (SIMPLE);
  TestTap *tap = test_run_tap (run, "out");

  for (guint i = 0; i < 30; i++) {
    test_run_start (run, i % 3 ? GST_STATE_PAUSED : GST_STATE_PLAYING);
    if (i % 2)
      gst_element_set_state (run->pipeline, GST_STATE_READY);
    test_run_stop (run);
  }
  money_row (CHANGES, &row, run_to_end (run, tap), NULL);
  test_run_free (run);
}
GST_END_TEST

static void
change_in_turn (TestRun *run)
{
  for (guint i = 0; i < 4; i++) {
    test_run_start (run, GST_STATE_PAUSED);
    test_run_wait_done (run);
    test_run_start (run, GST_STATE_PLAYING);
    test_run_wait_done (run);
    test_run_start (run, GST_STATE_PAUSED);
    test_run_wait_done (run);
    test_run_start (run, GST_STATE_READY);
  }
}

static void
start_waiting (TestRun *run)
{
  test_service_fault (service, "poll:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
}

static void
pause_while_waiting (TestRun *run)
{
  start_waiting (run);
  for (guint i = 0; i < 5; i++) {
    test_run_start (run, GST_STATE_PAUSED);
    test_run_start (run, GST_STATE_PLAYING);
  }
  let_go ();
  test_run_wait (run, GST_MESSAGE_EOS);
}

static void
flush_while_waiting (TestRun *run)
{
  start_waiting (run);
  for (guint i = 0; i < 5; i++) {
    gst_element_send_event (run->src, gst_event_new_flush_start ());
    gst_element_send_event (run->src, gst_event_new_flush_stop (TRUE));
  }
  let_go ();
  test_run_wait (run, GST_MESSAGE_EOS);
}

static void
end_while_waiting (TestRun *run)
{
  start_waiting (run);
  fail_unless (gst_element_send_event (run->pipeline, gst_event_new_eos ()));
  test_run_wait (run, GST_MESSAGE_EOS);
  let_go ();
}

static void
preroll (TestRun *run)
{
  test_run_start (run, GST_STATE_PAUSED);
  test_run_wait_done (run);
}

static void
seek (TestRun *run)
{
  preroll (run);
  for (guint i = 0; i < 5; i++) {
    fail_unless (gst_element_seek_simple (run->pipeline, GST_FORMAT_BYTES,
        GST_SEEK_FLAG_FLUSH, (gint64) i * 10000));
    test_run_wait_done (run);
  }
  test_run_to_end (run);
}

static void
play_once (TestRun *run)
{
  test_run_to_end (run);
}

static const struct {
  MoneyRow row;
  const gchar *properties;
  void (*act) (TestRun *run);
} changes[] = {
  { { "PAUSED, PLAYING, PAUSED, READY, four times", "1 1 stopped",
        "1 1 whole" },
      "", change_in_turn },
  { { "only to PAUSED", "1 1 stopped", "1 1 whole" }, "", preroll },
  { { "PAUSED and PLAYING five times while waiting", "1 1 stopped",
        "1 1 whole" },
      "", pause_while_waiting },
  { { "flushes while waiting", "1 1 stopped", "1 1 whole" }, "",
      flush_while_waiting },
  { { "an EOS event while waiting", "1 1 stopped", "1 1 whole" }, "",
      end_while_waiting },
  { { "five seeks, then to the end", "1 1 stopped", "1 1 whole" }, "", seek },
  { { "num-buffers=1", "1 1 stopped", "1 1 whole" }, "num-buffers=1",
      play_once },
};

/* After the change, the same element plays the whole clip. */
GST_START_TEST (states_change)
{
  TestRun *run =
      test_run_new (CLIP "timeout=2 %s " OUT, changes[__i__].properties);
  TestTap *tap = test_run_tap (run, "out");
  gchar *first;

  changes[__i__].act (run);
  test_run_stop (run);
  first = money_stand ("stopped");
  g_object_set (run->src, "num-buffers", -1, NULL);
  money_row (CHANGES, &changes[__i__].row, first, run_to_end (run, tap));
  test_run_free (run);
}
GST_END_TEST

/* Another process finds the order that the first run left behind. */
static const struct {
  MoneyRow row;
  const gchar *properties;
  void (*act) (TestRun *run);
} leaves[] = {
  { { "only to PAUSED; again another process", "1 1 stopped", "1 1 whole" }, "",
      preroll },
  { { "an EOS event while waiting; again another process", "1 1 stopped",
        "1 1 whole" },
      "", end_while_waiting },
  { { "num-buffers=1; again another process", "1 1 stopped", "1 1 whole" },
      "num-buffers=1", play_once },
};

GST_START_TEST (another_process_goes_on)
{
  TestRun *run =
      test_run_new (CLIP "timeout=2 %s " OUT, leaves[__i__].properties);
  gchar *first;

  leaves[__i__].act (run);
  test_run_free (run);
  first = money_stand ("stopped");
  money_row (
      CHANGES, &leaves[__i__].row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

/* Prerolls, and shows no more than the last part of the clip. */
static void
show_the_end (TestRun *run)
{
  preroll (run);
  fail_unless (gst_element_seek_simple (run->pipeline, GST_FORMAT_TIME,
      GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT, 4700 * GST_MSECOND));
  test_run_wait_done (run);
  play_once (run);
}

GST_START_TEST (only_the_end_is_shown)
{
  static const MoneyRow row = { "a seek to the last part, then to the end; "
                                "again another process",
    "1 1 stopped", "1 1 whole" };
  TestRun *run =
      test_run_new (CLIP "duration=5 ! qtdemux ! h264parse ! fakesink");
  gchar *first;

  show_the_end (run);
  test_run_free (run);
  first = money_stand ("stopped");
  money_row (
      CHANGES, &row, first, money_stand (player_play (CLIP "duration=5")));
}
GST_END_TEST

GST_START_TEST (the_element_goes_before_its_answer)
{
  static const MoneyRow row = { "the element is dropped while the answer to "
                                "the order is under way",
    "1 1 stopped", "1 1 whole" };
  TestRun *run = test_run_new (SIMPLE);
  gchar *first;

  test_service_fault (service, "submit:hold");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "submits_held", 1);
  test_run_free (run);
  first = money_stand ("stopped");
  let_go ();
  money_wait_record ("submitted");
  money_row (CHANGES, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

GST_START_TEST (snapshots_are_taken)
{
  static const MoneyRow row = { "a picture of its first frame (pngenc), then "
                                "the clip",
    "1 1 stopped", "1 1 whole" };
  TestRun *run = test_run_new (
      CLIP "! decodebin ! videoconvert ! pngenc snapshot=true " OUT);
  gchar *first;

  test_run_to_end (run);
  test_run_free (run);
  first = money_stand ("stopped");
  money_row (CHANGES, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

#define REUSE "reuse and task-id"

static const struct {
  MoneyRow row;
  const gchar *value;
} values[] = {
  { { "never: the same element replays", "1 1 whole", "2 2 whole" }, "never" },
  { { "pending: the same element replays", "1 1 whole", "1 1 whole" },
      "pending" },
  { { "always: the same element replays", "1 1 whole", "1 1 whole" },
      "always" },
};

GST_START_TEST (the_same_element_replays)
{
  TestRun *run = test_run_new (CLIP "reuse=%s " OUT, values[__i__].value);
  TestTap *tap = test_run_tap (run, "out");
  gchar *first = run_to_end (run, tap);

  money_row (REUSE, &values[__i__].row, first, run_to_end (run, tap));
  test_run_free (run);
}
GST_END_TEST

static const struct {
  MoneyRow row;
  const gchar *first, *again;
} pairs[] = {
  { { "never: another process, after it was played", "1 1 whole", "2 2 whole" },
      "reuse=never", "reuse=never" },
  { { "pending: another process, after it was played", "1 1 whole",
        "2 2 whole" },
      "", "" },
  { { "always: another process, after it was played", "1 1 whole",
        "1 1 whole" },
      "reuse=always", "reuse=always" },
  { { "always: what never bought", "1 1 whole", "1 1 whole" }, "reuse=never",
      "reuse=always" },
};

GST_START_TEST (another_process_plays)
{
  gchar *first = money_stand (player_play (CLIP "%s", pairs[__i__].first));

  money_row (REUSE, &pairs[__i__].row, first,
      money_stand (player_play (CLIP "%s", pairs[__i__].again)));
}
GST_END_TEST

static const MoneyHold polling = { NULL, "poll:hold", "polls_held" };

static const struct {
  MoneyRow row;
  const gchar *properties;
} found[] = {
  { { "never: another process, after the first was killed", "1 1 killed",
        "2 2 whole" },
      "reuse=never" },
  { { "always: another process, after the first was killed", "1 1 killed",
        "1 1 whole" },
      "reuse=always" },
};

GST_START_TEST (another_process_finds_it)
{
  gchar *first = money_kill_at (&polling);

  money_row (REUSE, &found[__i__].row, first,
      money_stand (player_play (CLIP "%s", found[__i__].properties)));
}
GST_END_TEST

/* The element replays its own clip, and leaves the clip that the other process
 * has bought to that one. */
GST_START_TEST (another_process_bought_between_two_plays)
{
  static const MoneyRow row = { "pending: the same element replays after "
                                "another bought",
    "2 2 killed", "2 2 whole" };
  TestRun *run = test_run_new (SIMPLE);
  TestTap *tap = test_run_tap (run, "out");
  gchar *first;

  g_free (run_to_end (run, tap));
  first = money_kill_at (&polling);
  g_free (run_to_end (run, tap));
  test_run_free (run);
  money_row (REUSE, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

GST_START_TEST (another_machine_attaches)
{
  static const MoneyRow row = { "task-id on another machine, after the first "
                                "run was killed",
    "1 1 killed", "1 1 whole" };
  gchar *first = money_kill_at (&polling);
  g_autofree gchar *id = test_service_get_task (service, 0, "id");

  test_home_move_state_dir ("another machine");
  money_row (
      REUSE, &row, first, money_stand (player_play (SOURCE "task-id=%s", id)));
}
GST_END_TEST

GST_START_TEST (nobody_knows_the_task)
{
  static const MoneyRow row = { "task-id of no task", "0 0 no clip",
    "1 1 whole" };
  gchar *first = money_stand (player_play (SOURCE "task-id=nothing"));

  money_row (REUSE, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

void
money_add_states (Suite *suite)
{
  TCase *tcase = test_case_new (suite, "states");

  tcase_add_loop_test (tcase, nothing_is_ordered, 0, G_N_ELEMENTS (frees));
  tcase_add_loop_test (tcase, the_element_is_stopped, 0, G_N_ELEMENTS (stops));
  tcase_add_test (tcase, states_change_in_a_hurry);
  tcase_add_loop_test (tcase, states_change, 0, G_N_ELEMENTS (changes));
  tcase_add_loop_test (
      tcase, another_process_goes_on, 0, G_N_ELEMENTS (leaves));
  tcase_add_test (tcase, only_the_end_is_shown);
  tcase_add_test (tcase, the_element_goes_before_its_answer);
  tcase_add_test (tcase, snapshots_are_taken);
  tcase_add_loop_test (
      tcase, the_same_element_replays, 0, G_N_ELEMENTS (values));
  tcase_add_loop_test (tcase, another_process_plays, 0, G_N_ELEMENTS (pairs));
  tcase_add_loop_test (
      tcase, another_process_finds_it, 0, G_N_ELEMENTS (found));
  tcase_add_test (tcase, another_process_bought_between_two_plays);
  tcase_add_test (tcase, another_machine_attaches);
  tcase_add_test (tcase, nobody_knows_the_task);
}
