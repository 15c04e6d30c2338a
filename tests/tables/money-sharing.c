/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of docs/money.md: elements, threads and processes that ask for the same
 * clip at the same time. */

#include "money.h"

#define SECTION "The same order, side by side"

#define N_THREADS 8

static const gchar *
judge_all (TestTap **taps, guint n)
{
  g_autoptr (GBytes) clip = test_service_get_clip (service, 0);

  for (guint i = 0; i < n; i++)
    test_tap_assert_bytes (taps[i], clip);

  return "whole";
}

static void
share (const MoneyRow *row, const gchar *properties, guint n)
{
  TestRun *runs[N_THREADS];
  TestTap *taps[N_THREADS];

  for (guint i = 0; i < n; i++) {
    runs[i] = test_run_new (CLIP "%s ! fakesink name=out", properties);
    taps[i] = test_run_tap (runs[i], "out");
  }
  for (guint i = 0; i < n; i++)
    test_run_start (runs[i], GST_STATE_PLAYING);
  for (guint i = 0; i < n; i++)
    test_run_wait (runs[i], GST_MESSAGE_EOS);
  money_row (SECTION, row, money_stand (judge_all (taps, n)), NULL);
  for (guint i = 0; i < n; i++)
    test_run_free (runs[i]);
}

static const struct {
  MoneyRow row;
  const gchar *properties;
  guint n;
} shares[] = {
  { { "two elements", "1 1 whole" }, "", 2 },
  { { "two elements, reuse=always", "1 1 whole" }, "reuse=always", 2 },
  { { "two elements, reuse=never", "2 2 whole" }, "reuse=never", 2 },
  { { "eight elements, each with its own thread", "1 1 whole" }, "",
      N_THREADS },
};

GST_START_TEST (elements_ask_at_once)
{
  share (&shares[__i__].row, shares[__i__].properties, shares[__i__].n);
}
GST_END_TEST

/* Whichever of the two asks first orders; the other one waits for its task. */
GST_START_TEST (elements_ask_with_different_values)
{
  static const MoneyRow row = { "two elements, reuse=pending and always",
    "1 1 whole" };
  TestRun *runs[] = { test_run_new (CLIP "! fakesink name=out"),
    test_run_new (CLIP "reuse=always ! fakesink name=out") };
  TestTap *taps[G_N_ELEMENTS (runs)];

  for (guint i = 0; i < G_N_ELEMENTS (runs); i++) {
    taps[i] = test_run_tap (runs[i], "out");
    test_run_start (runs[i], GST_STATE_PLAYING);
  }
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    test_run_wait (runs[i], GST_MESSAGE_EOS);
  money_row (
      SECTION, &row, money_stand (judge_all (taps, G_N_ELEMENTS (runs))), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    test_run_free (runs[i]);
}
GST_END_TEST

GST_START_TEST (one_of_two_leaves)
{
  static const MoneyRow row = { "two elements, one leaves while waiting",
    "1 1 whole" };
  TestRun *leaver = test_run_new (CLIP "! fakesink");
  TestRun *stayer = test_run_new (CLIP "! fakesink name=out");
  TestTap *tap = test_run_tap (stayer, "out");

  test_service_fault (service, "poll:hold");
  test_run_start (leaver, GST_STATE_PLAYING);
  test_run_start (stayer, GST_STATE_PLAYING);
  test_service_wait (service, "polls_held", 1);
  test_run_free (leaver);
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (stayer, GST_MESSAGE_EOS);
  money_row (SECTION, &row, money_stand (judge_all (&tap, 1)), NULL);
  test_run_free (stayer);
}
GST_END_TEST

static const gchar *
end_all (Player **players, guint n)
{
  const gchar *word = "whole";

  for (guint i = 0; i < n; i++) {
    const gchar *its_word = player_end (players[i]);

    if (!g_str_equal (its_word, "whole"))
      word = its_word;
  }

  return word;
}

GST_START_TEST (processes_ask_at_once)
{
  static const MoneyRow row = { "four processes", "1 1 whole" };
  Player *players[4];

  test_service_fault (service, "submit:hold");
  for (guint i = 0; i < G_N_ELEMENTS (players); i++) {
    players[i] = player_start (PLAY, CLIP);
    player_wait_for (players[i], "submit");
  }
  test_service_wait (service, "submits_held", 1);
  test_service_fault (service, "");
  test_service_release (service);
  money_row (SECTION, &row,
      money_stand (end_all (players, G_N_ELEMENTS (players))), NULL);
}
GST_END_TEST

/* The second process waits for the answer to the first one's submit, or for the
 * clip, when the first process is killed. */
static const struct {
  MoneyRow row;
  const gchar *fault, *counter;
  /* TRUE: the fault also holds a request of the second process */
  gboolean both;
} deaths[] = {
  { { "two processes; who orders is killed before the answer; the other",
        "1 1 may be billed" },
      "submit:hold", "submits_held", FALSE },
  { { "two processes; who asks is killed; the other", "1 1 whole" },
      "poll:hold", "polls_held", TRUE },
  { { "two processes; who fetches is killed; the other", "1 1 whole" },
      "clip:hold-at=50%", "clips_held", TRUE },
};

GST_START_TEST (one_of_two_processes_dies)
{
  Player *first, *second;

  test_service_fault (service, deaths[__i__].fault);
  first = player_start (PLAY, CLIP);
  test_service_wait (service, deaths[__i__].counter, 1);
  second = player_start (PLAY, CLIP);
  if (deaths[__i__].both)
    test_service_wait (service, deaths[__i__].counter, 2);
  else
    player_wait_for (second, "submit");
  test_send_signal (first->process, SIGKILL);
  player_end (first);
  test_service_fault (service, "");
  test_service_release (service);
  money_row (
      SECTION, &deaths[__i__].row, money_stand (player_end (second)), NULL);
}
GST_END_TEST

void
money_add_sharing (Suite *suite)
{
  TCase *tcase = test_case_new (suite, "sharing");

  tcase_add_loop_test (tcase, elements_ask_at_once, 0, G_N_ELEMENTS (shares));
  tcase_add_test (tcase, elements_ask_with_different_values);
  tcase_add_test (tcase, one_of_two_leaves);
  tcase_add_test (tcase, processes_ask_at_once);
  tcase_add_loop_test (
      tcase, one_of_two_processes_dies, 0, G_N_ELEMENTS (deaths));
}
