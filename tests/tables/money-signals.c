/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of docs/money.md: a signal ends the run in each of its phases. */

#include "money.h"

#include <signal.h>
#include <string.h>

#include "way.h"

static TestWay *way; /* of the running test */

static void
wait_for_connection (void)
{
  test_way_wait (way);
}

static void
wait_for_backoff (void)
{
  test_service_wait (service, "answers", 1);
  money_wait_record (NULL);
}

static void
wait_for_order (void)
{
  test_service_wait (service, "submits_held", 1);
}

static void
wait_for_id (void)
{
  money_wait_record ("submitted");
}

static void
wait_for_poll (void)
{
  test_service_wait (service, "polls_held", 1);
}

/* Waits for the answers to the submit and to the first poll. */
static void
wait_for_first_poll (void)
{
  test_service_wait (service, "answers", 2);
}

static void
wait_for_half (void)
{
  test_service_wait (service, "clips_stalled", 1);
}

static void
wait_for_clip (void)
{
  money_wait_record ("ready");
}

/* Shows the first frame after an hour, so that the run stays in that phase. */
#define SLOW CLIP "! decodebin ! fakesink sync=true ts-offset=3600000000000"

typedef struct {
  const gchar *name;
  const gchar *line, *faults;
  void (*wait) (void);
} Phase;

enum {
  CONNECTING,
  REFUSED,
  ORDERING,
  ORDERED,
  POLLING,
  BETWEEN_POLLS,
  FETCHING,
  PLAYING,
};

static const Phase phases[] = {
  [CONNECTING] = { "before the order is sent", CLIP "! fakesink", "",
      wait_for_connection },
  [REFUSED] = { "between two tries to order", CLIP "! fakesink",
      "submit@1:status=429+retry-after=60", wait_for_backoff },
  [ORDERING] = { "while the answer to the order is under way",
      CLIP "! fakesink", "submit:hold", wait_for_order },
  [ORDERED] = { "when the task's id has come",
      CLIP "poll-interval=60000 "
           "! fakesink",
      "", wait_for_id },
  [POLLING] = { "while the service is asked for the clip", CLIP "! fakesink",
      "poll:hold", wait_for_poll },
  [BETWEEN_POLLS] = { "between two questions",
      CLIP "poll-interval=2000 "
           "! fakesink",
      "poll:word=running", wait_for_first_poll },
  [FETCHING] = { "while the clip comes in", CLIP "! fakesink", "clip:stall=50%",
      wait_for_half },
  [PLAYING] = { "while the clip plays", SLOW, "", wait_for_clip },
};

typedef struct {
  gint phase;
  const gchar *first, *again;
} Case;

static const Case interrupted[] = {
  { CONNECTING, "0 0 stopped", "1 1 whole" },
  { REFUSED, "1 0 stopped", "2 1 whole" },
  { ORDERING, "1 1 stopped", "1 1 may be billed" },
  { ORDERED, "1 1 stopped", "1 1 whole" },
  { POLLING, "1 1 stopped", "1 1 whole" },
  { BETWEEN_POLLS, "1 1 stopped", "1 1 whole" },
  { FETCHING, "1 1 stopped", "1 1 whole" },
  { PLAYING, "1 1 stopped", "1 1 whole" },
};

static const Case killed[] = {
  { CONNECTING, "0 0 killed", "0 0 may be billed" },
  { REFUSED, "1 0 killed", "2 1 whole" },
  { ORDERING, "1 1 killed", "1 1 may be billed" },
  { ORDERED, "1 1 killed", "1 1 whole" },
  { POLLING, "1 1 killed", "1 1 whole" },
  { BETWEEN_POLLS, "1 1 killed", "1 1 whole" },
  { FETCHING, "1 1 killed", "1 1 whole" },
  { PLAYING, "1 1 killed", "1 1 whole" },
};

static Player *
start_phase (const gchar *program, const Phase *phase)
{
  Player *player;

  test_service_fault (service, phase->faults);
  player = player_start (program, phase->line);
  phase->wait ();

  return player;
}

/* Starts a player, waits for @phase, and sends it the signal @number. Returns
 * the counters and the result; the caller frees them with g_free(). */
static gchar *
end_in_phase (const gchar *program, gint phase, int number)
{
  Player *player;
  gchar *stand;

  if (phase == CONNECTING)
    test_way_close (way, TEST_PEER_FULL);
  player = start_phase (program, &phases[phase]);
  test_send_signal (player->process, number);
  stand = money_stand (player_end (player));
  if (phase == CONNECTING)
    test_way_open (way);

  return stand;
}

static gchar *
play_again (const gchar *properties)
{
  test_service_fault (service, "");
  test_service_release (service);

  return money_stand (player_play (CLIP "%s", properties));
}

static void
measure (
    const gchar *program, const gchar *section, const Case *its, int number)
{
  MoneyRow row = { phases[its->phase].name, its->first, its->again };
  gchar *first;

  way = test_way_new ();
  first = end_in_phase (program, its->phase, number);
  money_row (section, &row, first, play_again (""));
  test_way_free (way);
}

#define INTERRUPTED "Ctrl-C in gst-launch-1.0 (SIGINT)"

GST_START_TEST (gst_launch_is_interrupted)
{
  if (player_can_launch ())
    measure (LAUNCH, INTERRUPTED, &interrupted[__i__], SIGINT);
}
GST_END_TEST

/* With -e, gst-launch-1.0 sends EOS and waits for it to come out. */
GST_START_TEST (gst_launch_is_asked_to_end)
{
  static const Case its = { POLLING, "1 1 stopped", "1 1 whole" };

  if (player_can_launch ())
    measure (LAUNCH " -e", "Ctrl-C in gst-launch-1.0 -e", &its, SIGINT);
}
GST_END_TEST

/* The answer comes while the element still waits for it. */
GST_START_TEST (an_answer_comes_after_the_interrupt)
{
  static const MoneyRow row = { "while the answer is under way, which comes "
                                "within 2 s",
    "1 1 stopped", "1 1 whole" };
  Player *player;
  gchar *first;

  if (!player_can_launch ())
    return;
  player = start_phase (LAUNCH, &phases[ORDERING]);
  test_send_signal (player->process, SIGINT);
  player_wait_for (player, "handling interrupt.");
  test_service_release (service);
  first = money_stand (player_end (player));
  money_row (INTERRUPTED, &row, first, play_again (""));
}
GST_END_TEST

GST_START_TEST (gst_launch_is_terminated)
{
  if (player_can_launch ())
    measure (LAUNCH, "SIGTERM to gst-launch-1.0", &killed[__i__], SIGTERM);
}
GST_END_TEST

#define KILLED "kill -9"

GST_START_TEST (a_player_is_killed)
{
  measure (PLAY, KILLED, &killed[__i__], SIGKILL);
}
GST_END_TEST

GST_START_TEST (a_player_is_killed_at_its_end)
{
  static const MoneyRow row = { "when the end was reached, before it stopped",
    "1 1 killed", "1 1 whole" };
  Player *player = player_start_staying (CLIP "! fakesink");
  gchar *first;

  player_wait_for (player, "eos");
  test_send_signal (player->process, SIGKILL);
  first = money_stand (player_end (player));
  money_row (KILLED, &row, first, play_again (""));
}
GST_END_TEST

#define REPLACED "A new order after the clip was played, ended by a signal"

static const struct {
  MoneyRow row;
  const gchar *program;
  int number;
  gint phase;
  const gchar *again;
} replaced[] = {
  { { "played; then stopped while connecting; then reuse=always", "1 1 stopped",
        "1 1 whole" },
      LAUNCH, SIGINT, CONNECTING, "reuse=always" },
  { { "played; then stopped while connecting; then the same", "1 1 stopped",
        "2 2 whole" },
      LAUNCH, SIGINT, CONNECTING, "" },
  { { "played; then kill -9 while connecting; then reuse=always", "1 1 killed",
        "1 1 whole" },
      PLAY, SIGKILL, CONNECTING, "reuse=always" },
  { { "played; then kill -9 while connecting; then the same", "1 1 killed",
        "1 1 may be billed" },
      PLAY, SIGKILL, CONNECTING, "" },
  { { "played; then kill -9 while ordering; then reuse=always", "2 2 killed",
        "2 2 whole" },
      PLAY, SIGKILL, ORDERING, "reuse=always" },
  { { "played; then kill -9 while ordering; then the same", "2 2 killed",
        "2 2 may be billed" },
      PLAY, SIGKILL, ORDERING, "" },
  { { "played; then kill -9 while polling; then the same", "2 2 killed",
        "2 2 whole" },
      PLAY, SIGKILL, POLLING, "" },
};

GST_START_TEST (an_order_after_a_clip_is_ended)
{
  gchar *stand;

  if (g_str_equal (replaced[__i__].program, LAUNCH) && !player_can_launch ())
    return;
  way = test_way_new ();
  fail_unless_equals_string (player_play (CLIP), "whole");
  stand = end_in_phase (
      replaced[__i__].program, replaced[__i__].phase, replaced[__i__].number);
  money_row (REPLACED, &replaced[__i__].row, stand,
      play_again (replaced[__i__].again));
  test_way_free (way);
}
GST_END_TEST

void
money_add_signals (Suite *suite)
{
  TCase *tcase = test_case_new (suite, "signals");

  tcase_add_loop_test (
      tcase, gst_launch_is_interrupted, 0, G_N_ELEMENTS (interrupted));
  tcase_add_test (tcase, an_answer_comes_after_the_interrupt);
  tcase_add_test (tcase, gst_launch_is_asked_to_end);
  tcase_add_loop_test (
      tcase, gst_launch_is_terminated, 0, G_N_ELEMENTS (killed));
  tcase_add_loop_test (tcase, a_player_is_killed, 0, G_N_ELEMENTS (killed));
  tcase_add_test (tcase, a_player_is_killed_at_its_end);
  tcase_add_loop_test (
      tcase, an_order_after_a_clip_is_ended, 0, G_N_ELEMENTS (replaced));
}
