/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of docs/money.md: a player opens a clip by its URI. "Again" is the same
 * URI in another process, without permission to order unless the row says
 * otherwise. */

#include "money.h"

#include <signal.h>

#define SECTION "A seedance: URI"
/* The URI of the same clip that CLIP orders. */
#define OPEN \
  "urisourcebin " \
  "uri=\"seedance:?prompt=boat&resolution=480p&duration=1&seed=7\""

static void
allow (gboolean may_order)
{
  if (may_order)
    g_setenv ("SEEDANCE_URI_SUBMIT", "1", TRUE);
  else
    g_unsetenv ("SEEDANCE_URI_SUBMIT");
}

static gchar *
open_uri (gboolean may_order)
{
  allow (may_order);

  return money_stand (player_play (OPEN));
}

static const struct {
  MoneyRow row;
  gboolean first, again; /* whether each run may order */
} opened[] = {
  { { "nobody allowed an order", "0 0 nothing ordered", "0 0 nothing ordered" },
      FALSE, FALSE },
  { { "nobody allowed an order; again with permission", "0 0 nothing ordered",
        "1 1 whole" },
      FALSE, TRUE },
  { { "an order was allowed", "1 1 whole", "1 1 whole" }, TRUE, FALSE },
  { { "an order was allowed; again, too", "1 1 whole", "1 1 whole" }, TRUE,
      TRUE },
};

GST_START_TEST (a_uri_is_opened)
{
  gchar *first = open_uri (opened[__i__].first);

  money_row (
      SECTION, &opened[__i__].row, first, open_uri (opened[__i__].again));
}
GST_END_TEST

GST_START_TEST (properties_order_for_a_uri)
{
  static const MoneyRow row = {
    "not opened: ordered by properties; again by the URI", "1 1 whole",
    "1 1 whole"
  };
  gchar *first = money_stand (player_play (CLIP));

  money_row (SECTION, &row, first, open_uri (FALSE));
}
GST_END_TEST

GST_START_TEST (a_uri_has_a_budget)
{
  static const MoneyRow row = { "an order was allowed, but the budget is spent",
    "0 0 nothing ordered", "0 0 nothing ordered" };
  gchar *first;

  g_setenv ("SEEDANCE_BUDGET", "0/day", TRUE);
  first = open_uri (TRUE);
  money_row (SECTION, &row, first, open_uri (TRUE));
  g_unsetenv ("SEEDANCE_BUDGET");
}
GST_END_TEST

/* The user kills the player while the service generates the clip. */
GST_START_TEST (a_player_is_killed)
{
  static const MoneyRow row = {
    "an order was allowed, killed while the service is asked", "1 1 killed",
    "1 1 whole"
  };
  gchar *first;
  Player *player;

  allow (TRUE);
  test_service_fault (service, "poll:hold");
  player = player_start (PLAY, OPEN);
  test_service_wait (service, "polls_held", 1);
  test_send_signal (player->process, SIGKILL);
  player_end (player);
  test_service_fault (service, "");
  test_service_release (service);
  first = money_stand ("killed");
  money_row (SECTION, &row, first, open_uri (FALSE));
}
GST_END_TEST

GST_START_TEST (a_task_is_opened)
{
  static const MoneyRow row = { "a task's; again where nothing is known of it",
    "1 1 whole", "1 1 whole" };
  g_autofree gchar *id = NULL, *line = NULL;
  gchar *first;

  player_play (CLIP);
  allow (FALSE);
  id = test_service_get_task (service, 0, "id");
  line = g_strdup_printf ("urisourcebin uri=\"seedance:task/%s\"", id);
  first = money_stand (player_play ("%s", line));
  test_home_move_state_dir ("elsewhere");
  money_row (SECTION, &row, first, money_stand (player_play ("%s", line)));
}
GST_END_TEST

void
money_add_uri (Suite *suite)
{
  TCase *tcase = test_case_new (suite, "uri");

  tcase_add_loop_test (tcase, a_uri_is_opened, 0, G_N_ELEMENTS (opened));
  tcase_add_test (tcase, properties_order_for_a_uri);
  tcase_add_test (tcase, a_uri_has_a_budget);
  tcase_add_test (tcase, a_player_is_killed);
  tcase_add_test (tcase, a_task_is_opened);
}
