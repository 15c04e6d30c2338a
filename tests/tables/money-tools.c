/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of docs/money.md: programs and elements that play clips. */

#include "ledger.h"
#include "money.h"

#define SECTION "Tools and elements"

/* A tee does not pull from upstream, so the source has to push. */
#define PUSHED CLIP "! tee ! "
#define OUT "! queue ! fakesink name=out"
#define SOUND " d. ! audio/x-raw ! queue ! fakesink"
#define OTHER_SEED(number) \
  "seedancesrc poll-interval=100 prompt=boat resolution=480p duration=1 " \
  "seed=" number " ! decodebin async-handling=true ! videoconvert ! c. "

static const struct {
  MoneyRow row;
  const gchar *line;
  guint buffers;
} chains[] = {
  { { "decodebin", "1 1 whole" }, CLIP "! decodebin ! video/x-raw " OUT,
      TEST_FRAMES },
  { { "decodebin, pushed", "1 1 whole" }, PUSHED "decodebin ! video/x-raw " OUT,
      TEST_FRAMES },
  { { "decodebin3", "1 1 whole" },
      CLIP "! decodebin3 name=d ! video/x-raw " OUT SOUND, TEST_FRAMES },
  { { "decodebin3, pushed", "1 1 whole" },
      PUSHED "decodebin3 name=d ! video/x-raw " OUT SOUND, TEST_FRAMES },
  { { "parsebin", "1 1 whole" }, CLIP "! parsebin ! video/x-h264 " OUT,
      TEST_FRAMES },
  { { "qtdemux", "1 1 whole" }, CLIP "! qtdemux ! video/x-h264 " OUT,
      TEST_FRAMES },
  { { "qtdemux, pushed", "1 1 whole" }, PUSHED "qtdemux ! video/x-h264 " OUT,
      TEST_FRAMES },
  { { "concat of three clips", "3 3 whole" },
      "concat name=c " OUT " " OTHER_SEED ("1") OTHER_SEED ("2")
          OTHER_SEED ("3"),
      3 * TEST_FRAMES },
  { { "concat of one clip, three times", "1 1 whole" },
      "concat name=c " OUT " " OTHER_SEED ("7") OTHER_SEED ("7")
          OTHER_SEED ("7"),
      3 * TEST_FRAMES },
};

GST_START_TEST (elements_play_a_clip)
{
  TestRun *run = test_run_new ("%s", chains[__i__].line);
  TestTap *tap = test_run_tap (run, "out");

  test_run_to_end (run);
  GST_INFO ("%u buffers", test_tap_count (tap));
  money_row (SECTION, &chains[__i__].row,
      money_stand (
          test_tap_count (tap) == chains[__i__].buffers ? "whole" : "damaged"),
      NULL);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (a_tee_feeds_two)
{
  static const MoneyRow row = { "tee into two sinks", "1 1 whole" };
  TestRun *run = test_run_new (CLIP "! tee name=t ! queue ! fakesink name=one "
                                    "t. ! queue ! fakesink name=two");
  TestTap *taps[] = { test_run_tap (run, "one"), test_run_tap (run, "two") };
  g_autoptr (GBytes) clip = NULL;

  test_run_to_end (run);
  clip = test_service_get_clip (service, 0);
  for (guint i = 0; i < G_N_ELEMENTS (taps); i++)
    test_tap_assert_bytes (taps[i], clip);
  money_row (SECTION, &row, money_stand ("whole"), NULL);
  test_run_free (run);
}
GST_END_TEST

static const struct {
  MoneyRow row;
  const gchar *program, *line;
} launches[] = {
  { { "gst-launch-1.0", "1 1 whole", "2 2 whole" }, LAUNCH, CLIP },
  { { "gst-launch-1.0 -e -v", "1 1 whole", "2 2 whole" }, LAUNCH " -e -v",
      CLIP },
  { { "gst-launch-1.0, typefind", "1 1 whole", "2 2 whole" }, LAUNCH,
      CLIP "! typefind" },
  { { "gst-launch-1.0, a prompt that is refused", "1 0 nothing ordered",
        "2 1 whole" },
      LAUNCH, CLIP "prompt=forbidden" },
};

GST_START_TEST (gst_launch_plays_a_clip)
{
  gchar *first;

  if (!player_can_launch ())
    return;
  first = money_stand (player_end (
      player_start (launches[__i__].program, launches[__i__].line)));
  money_row (
      SECTION, &launches[__i__].row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

/* Runs the program with the given arguments, ended by NULL, and fails the test
 * unless it exits with 0. */
static void
call (const gchar *first, ...)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_autoptr (GSubprocess) process = NULL;
  const gchar *argument;
  va_list args;

  va_start (args, first);
  for (argument = first; argument; argument = va_arg (args, const gchar *))
    g_ptr_array_add (arguments, (gpointer) argument);
  va_end (args);
  g_ptr_array_add (arguments, NULL);
  process = g_subprocess_newv ((const gchar *const *) arguments->pdata,
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL);
  fail_unless (
      process && g_subprocess_wait_check (process, NULL, NULL), "%s", first);
}

GST_START_TEST (gst_inspect_shows_the_element)
{
  static const MoneyRow row = { "gst-inspect-1.0 seedancesrc", "0 0 -",
    "1 1 whole" };
  gchar *first;

  if (!player_can_launch ())
    return;
  call ("gst-inspect-1.0", "seedancesrc", NULL);
  first = money_stand ("-");
  money_row (SECTION, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

GST_START_TEST (the_example_orders)
{
  static const MoneyRow row = { "examples/order", "1 1 whole", "2 2 whole" };
  g_autofree gchar *path = test_home_path ("order.mp4");
  g_autofree gchar *data = NULL;
  g_autoptr (GBytes) bytes = NULL, clip = NULL;
  gchar *first;
  gsize size;

  call (g_getenv ("EXAMPLE_ORDER"), "--set", "resolution=480p", "--set",
      "duration=1", "--set", "seed=7", "--set", "poll-interval=100", "--output",
      path, "boat", NULL);
  fail_unless (g_file_get_contents (path, &data, &size, NULL));
  bytes = g_bytes_new_static (data, size);
  clip = test_service_get_clip (service, 0);
  test_assert_same_bytes (bytes, clip);
  first = money_stand ("whole");
  money_row (SECTION, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

static const MoneyHold polling = { NULL, "poll:hold", "polls_held" };

GST_START_TEST (seedance_tasks_tends_the_ledger)
{
  static const MoneyRow row = { "killed, then seedance-tasks list, launch and "
                                "prune",
    "1 1 killed", "1 1 whole" };
  const gchar *tasks = g_getenv ("SEEDANCE_TASKS");
  gchar *first = money_kill_at (&polling);
  g_autofree gchar *id = test_service_get_task (service, 0, "id");

  call (tasks, "list", NULL);
  call (tasks, "launch", id, NULL);
  call (tasks, "prune", "--max-size", "0", NULL);
  money_row (SECTION, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

GST_START_TEST (seedance_tasks_forgets)
{
  static const MoneyRow row = { "killed, then seedance-tasks forget --yes",
    "1 1 killed", "2 2 whole" };
  gchar *first = money_kill_at (&polling);
  g_autofree gchar *id = test_service_get_task (service, 0, "id");

  call (g_getenv ("SEEDANCE_TASKS"), "forget", "--yes", id, NULL);
  money_row (SECTION, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

/* seedance-tasks can forget a record that is damaged, and deletes no file
 * outside the ledger for it. */
GST_START_TEST (seedance_tasks_forgets_what_is_damaged)
{
  static const MoneyRow row = { "killed; the record is damaged; then "
                                "seedance-tasks forget --yes",
    "1 1 killed", "2 2 whole" };
  gchar *first = money_kill_at (&polling);
  g_autofree gchar *other = test_home_write ("other.mp4", "mine", 4);

  test_ledger_change ("UPDATE attempts SET name = '../other';");
  call (g_getenv ("SEEDANCE_TASKS"), "forget", "--yes", "../other", NULL);
  fail_unless (g_file_test (other, G_FILE_TEST_EXISTS));
  money_row (SECTION, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

/* For a played clip, seedance-tasks forget requires no --yes. */
GST_START_TEST (seedance_tasks_forgets_what_was_played)
{
  static const MoneyRow row = { "played; then seedance-tasks forget; then "
                                "reuse=always",
    "1 1 whole", "2 2 whole" };
  gchar *first = money_stand (player_play (CLIP));
  g_autofree gchar *id = test_service_get_task (service, 0, "id");

  call (g_getenv ("SEEDANCE_TASKS"), "forget", id, NULL);
  money_row (
      SECTION, &row, first, money_stand (player_play (CLIP "reuse=always")));
}
GST_END_TEST

/* An order whose tasks failed as often as "attempts" allows is refused until it
 * is forgotten. */
GST_START_TEST (seedance_tasks_forgets_failures)
{
  static const MoneyRow row = { "failed as often as attempts allows; then "
                                "seedance-tasks forget; then the same",
    "2 2 nothing ordered", "3 3 whole" };
  g_autofree gchar *name = NULL;
  gchar *first;

  test_service_fault (service, "poll:word=failed");
  player_play (CLIP);
  player_play (CLIP);
  first = money_stand (player_play (CLIP));
  test_service_fault (service, "");
  name =
      test_ledger_get ("SELECT name FROM attempts ORDER BY id DESC LIMIT 1;");
  call (g_getenv ("SEEDANCE_TASKS"), "forget", name, NULL);
  money_row (SECTION, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

GST_START_TEST (seedance_tasks_prunes)
{
  static const MoneyRow row = { "killed when the clip was there, then "
                                "seedance-tasks prune --max-size 0",
    "1 1 killed", "1 1 whole" };
  Player *player = player_start_staying (CLIP);
  gchar *first;

  player_wait_for (player, "eos");
  money_wait_record ("ready");
  test_send_signal (player->process, SIGKILL);
  first = money_stand (player_end (player));
  call (g_getenv ("SEEDANCE_TASKS"), "prune", "--max-size", "0", NULL);
  money_row (SECTION, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

void
money_add_tools (Suite *suite)
{
  TCase *tcase = test_case_new (suite, "tools");

  tcase_add_loop_test (
      tcase, gst_launch_plays_a_clip, 0, G_N_ELEMENTS (launches));
  tcase_add_loop_test (tcase, elements_play_a_clip, 0, G_N_ELEMENTS (chains));
  tcase_add_test (tcase, a_tee_feeds_two);
  tcase_add_test (tcase, gst_inspect_shows_the_element);
  tcase_add_test (tcase, the_example_orders);
  tcase_add_test (tcase, seedance_tasks_tends_the_ledger);
  tcase_add_test (tcase, seedance_tasks_forgets);
  tcase_add_test (tcase, seedance_tasks_forgets_what_is_damaged);
  tcase_add_test (tcase, seedance_tasks_forgets_what_was_played);
  tcase_add_test (tcase, seedance_tasks_forgets_failures);
  tcase_add_test (tcase, seedance_tasks_prunes);
}
