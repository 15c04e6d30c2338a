/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kills a run with SIGKILL, at 200 random moments and at each write to the
 * ledger, and then runs the same order again. Each pair of runs may order once,
 * or twice if the first run had already delivered its clip; and no billed clip
 * is lost. The test prints its seed; KILLS_SEED sets it. KILLS_PAIRS sets the
 * number of pairs in each of the ten groups (default 20), for slow tools. */

#include <glib/gstdio.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ledger.h"
#include "player.h"
#include "table.h"

#define N_GROUPS 10
#define N_PAIRS "20"

static const gchar *const columns[] = { "Pairs", "killed", "killed too late",
  "one POST, delivered", "may be billed", "of these attached by id",
  "delivered twice", NULL };

static const Table kills_table = {
  .heading = "# kill -9\n",
  .columns = columns,
};

typedef struct {
  guint killed, late, once, open, attached, twice;
} Summary;

static guint32 seed;
static guint n_pairs;

typedef struct {
  gint64 posts, tasks;
} Bill;

static Bill
get_bill (void)
{
  return (Bill){ test_service_count (service, "posts"),
    test_service_count (service, "tasks") };
}

/* Returns the duration of a whole run in microseconds: the shortest of
 * three. */
static gint64
measure_run (void)
{
  gint64 shortest = G_MAXINT64;

  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *name = g_strdup_printf ("measured-%u", i);
    gint64 start = g_get_monotonic_time ();

    test_home_move_state_dir (name);
    fail_unless_equals_string (player_play (CLIP), "whole");
    shortest = MIN (shortest, g_get_monotonic_time () - start);
  }

  return shortest;
}

/* Handles a pair that left the order in doubt: the answer to the submit was
 * lost. If the service has the task, its id must give the clip without another
 * order. If not, nothing was paid. */
static void
resolve (Bill before, Bill after, Summary *summary)
{
  g_autofree gchar *id = NULL;

  summary->open++;
  if (after.tasks == before.tasks)
    return;
  id = test_service_get_task (service, (guint) before.tasks, "id");
  fail_unless_equals_string (player_play (CLIP "task-id=%s", id), "whole");
  assert_posts (service, after.posts);
  summary->attached++;
}

static void
judge_pair (Bill before, const gchar *end, const gchar *again,
    gboolean delivered, Summary *summary)
{
  Bill after = get_bill ();
  gint64 posts = after.posts - before.posts;
  gint64 tasks = after.tasks - before.tasks;

  fail_unless (posts <= 1 || (posts == 2 && delivered),
      "%d orders: the first run %s, the second %s", (gint) posts, end, again);
  fail_unless (tasks == posts || (posts == 1 && tasks == 0));
  if (g_str_equal (again, "may be billed")) {
    fail_unless (posts <= 1);
    resolve (before, after, summary);
    return;
  }
  fail_unless_equals_string (again, "whole");
  fail_unless (posts >= 1);
  if (posts == 2)
    summary->twice++;
  else
    summary->once++;
}

/* Whatever the process did when it was killed, the database is intact. */
static void
check_ledger (void)
{
  g_autofree gchar *verdict = test_ledger_get ("PRAGMA integrity_check;");

  fail_unless_equals_string (verdict, "ok");
}

static void
end_and_repeat (Player *player, Bill before, Summary *summary)
{
  const gchar *first, *again;
  gboolean delivered;

  test_send_signal (player->process, SIGKILL);
  delivered = player_has_clip (player);
  first = player_end (player);
  if (g_str_equal (first, "killed"))
    summary->killed++;
  else
    summary->late++;
  again = player_play (CLIP);
  judge_pair (before, first, again, delivered, summary);
  check_ledger ();
}

static void
kill_and_repeat (GRand *random, gint64 length, guint number, Summary *summary)
{
  g_autofree gchar *name = g_strdup_printf ("state-%u", number);
  Bill before = get_bill ();
  Player *player;

  test_home_move_state_dir (name);
  player = player_start (PLAY, CLIP);
  /* Sleeps, because the moment of the kill is what the test varies. */
  g_usleep ((gulong) (g_rand_double (random) * (gdouble) length));
  end_and_repeat (player, before, summary);
}

/* Waits until files of the ledger have been made or written to @n times.
 * Returns FALSE if the run ended before that. */
static gboolean
wait_for_writes (Player *player, gint watch, guint n)
{
  const gchar *pid = g_subprocess_get_identifier (player->process);
  struct pollfd pollers[] = { { watch, POLLIN, 0 },
    { (gint) syscall (SYS_pidfd_open, atoi (pid), 0), POLLIN, 0 } };
  gchar events[4096];
  gboolean reached = FALSE;

  while (!reached && poll (pollers, G_N_ELEMENTS (pollers), -1) > 0 &&
         pollers[0].revents & POLLIN) {
    gssize size = read (watch, events, sizeof events);

    for (gssize at = 0; at < size;) {
      const struct inotify_event *event = (gpointer) (events + at);

      if (event->len > 0 && strstr (event->name, "ledger.db") && --n == 0)
        reached = TRUE;
      at += (gssize) (sizeof *event + event->len);
    }
  }
  close (pollers[1].fd);

  return reached;
}

static gboolean
kill_at_write (guint number, Summary *summary)
{
  g_autofree gchar *name = g_strdup_printf ("write-%u", number);
  g_autofree gchar *dir = NULL;
  gint watch = inotify_init1 (IN_CLOEXEC);
  Bill before = get_bill ();
  Player *player;
  gboolean more;

  test_home_move_state_dir (name);
  dir = test_home_state_dir ();
  fail_unless (g_mkdir (dir, 0700) == 0);
  fail_unless (inotify_add_watch (watch, dir, IN_CREATE | IN_MODIFY) >= 0);
  player = player_start (PLAY, CLIP);
  more = wait_for_writes (player, watch, number);
  close (watch);
  end_and_repeat (player, before, summary);

  return more;
}

static void
add_row (const gchar *section, const Summary *its)
{
  const guint numbers[] = { its->killed + its->late, its->killed, its->late,
    its->once, its->open, its->attached, its->twice };
  gchar *cells[G_N_ELEMENTS (columns)] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    cells[i] = g_strdup_printf ("%u", numbers[i]);
  table_add_row (section, (const gchar *const *) cells);
  for (guint i = 0; cells[i]; i++)
    g_free (cells[i]);
}

GST_START_TEST (a_run_is_killed_at_any_moment)
{
  GRand *random = g_rand_new_with_seed (seed + (guint32) __i__);
  Summary summary = { 0 };
  gint64 length;

  /* In every other group the service answers slowly, most of all the submit, so
   * that more kills hit that phase. */
  if (__i__ % 2)
    test_service_fault (service, "submit:delay=150\npoll:delay=50");
  length = measure_run ();

  for (guint i = 0; i < n_pairs; i++)
    kill_and_repeat (random, length, i, &summary);
  g_rand_free (random);
  add_row ("At random moments", &summary);
}
GST_END_TEST

GST_START_TEST (a_run_is_killed_at_each_write_to_the_ledger)
{
  Summary summary = { 0 };

  /* A run that is not killed delivers the clip. */
  fail_unless_equals_string (player_play (CLIP), "whole");
  for (guint number = 1; kill_at_write (number, &summary); number++)
    ;
  fail_unless (summary.killed > 10);
  add_row ("At each write to the ledger", &summary);
}
GST_END_TEST

static Suite *
kills_suite (void)
{
  Suite *suite = suite_create ("kills");
  TCase *tcase = test_case_new (suite, "kills");
  const gchar *text = g_getenv ("KILLS_SEED");
  const gchar *pairs = g_getenv ("KILLS_PAIRS");

  n_pairs = (guint) strtoul (pairs ? pairs : N_PAIRS, NULL, 10);
  seed = text ? (guint32) strtoul (text, NULL, 10) : g_random_int ();
  g_print ("KILLS_SEED=%u\n", seed);
  tcase_add_loop_test (tcase, a_run_is_killed_at_any_moment, 0, N_GROUPS);
  tcase_add_test (tcase, a_run_is_killed_at_each_write_to_the_ledger);

  return suite;
}

TABLE_MAIN (kills)
