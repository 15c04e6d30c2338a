/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of docs/money.md: the state folder is full, read-only, locked by another
 * program, or disappears during a run. */

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger.h"
#include "money.h"

#define SECTION "The ledger's folder"

static void
change_folder (int mode)
{
  g_autofree gchar *dir = test_home_state_dir ();

  if (g_file_test (dir, G_FILE_TEST_EXISTS))
    fail_unless (g_chmod (dir, mode) == 0);
}

static void
remove_files (void)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_auto (GStrv) names = test_home_list_state ();

  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *path = g_build_filename (dir, names[i], NULL);

    fail_unless (g_unlink (path) == 0);
  }
}

static void
remove_folder (void)
{
  g_autofree gchar *dir = test_home_state_dir ();

  remove_files ();
  fail_unless (g_rmdir (dir) == 0);
}

static void
lock_folder (void)
{
  change_folder (0500);
}

static sqlite3 *holder;

/* Locks the database against all writers until let_go(). */
static void
hold (void)
{
  g_autofree gchar *path = test_ledger_path ();

  fail_unless (sqlite3_open (path, &holder) == SQLITE_OK);
  fail_unless (
      sqlite3_exec (holder, "BEGIN IMMEDIATE;", NULL, NULL, NULL) == SQLITE_OK);
}

static void
hold_and_lock (void)
{
  hold ();
  lock_folder ();
}

static void
let_go (void)
{
  sqlite3_close (holder);
  holder = NULL;
}

static const MoneyHold polling = { NULL, "poll:hold", "polls_held" };

GST_START_TEST (another_program_holds_the_ledger)
{
  static const MoneyRow row = { "killed; another program holds the database",
    "1 1 killed", "1 1 nothing ordered" };
  gchar *first = money_kill_at (&polling);

  hold ();
  money_row (SECTION, &row, first, money_stand (player_play (CLIP)));
  let_go ();
  fail_unless (g_str_equal (player_play (CLIP), "whole"));
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (the_ledger_was_held_for_a_moment)
{
  static const MoneyRow row = { "killed; another program holds the database "
                                "for a second",
    "1 1 killed", "1 1 whole" };
  gchar *first = money_kill_at (&polling);
  Player *player;

  hold ();
  player = player_start (PLAY, CLIP);
  player_wait_for (player, "submit");
  /* Sleeps, because the duration of the lock is what the test varies. */
  g_usleep (G_USEC_PER_SEC);
  let_go ();
  money_row (SECTION, &row, first, money_stand (player_end (player)));
}
GST_END_TEST

static const struct {
  MoneyRow row;
  goffset bytes;
} limits[] = {
  { { "no room for a database", "0 0 nothing ordered", "1 1 whole" }, 0 },
  { { "no room for the clip", "1 1 paid, kept", "1 1 whole" }, 100 * 1024 },
};

GST_START_TEST (the_disk_is_full)
{
  Player *player =
      player_start_limited (PLAY, CLIP "! fakesink", limits[__i__].bytes);
  gchar *first = money_stand (player_end (player));

  money_row (
      SECTION, &limits[__i__].row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

/* SQLite's log grows by frames: one page of 1024 bytes and a header of 24
 * bytes. */
#define FRAME (1024 + 24)
#define ROOM_MAX 60
/* Larger than the clip, so that the limit of file sizes hits only the log. */
#define LOG_SIZE (1024 * 1024)

static goffset
measure_log (void)
{
  g_autofree gchar *path = test_ledger_path ();
  g_autofree gchar *log = g_strconcat (path, "-wal", NULL);
  struct stat info;

  fail_unless (g_stat (log, &info) == 0);

  return info.st_size;
}

/* Makes the log long, and keeps a read transaction open so that SQLite does not
 * restart the log from its beginning. Returns the size of the log. */
static goffset
fill_log (void)
{
  g_autofree gchar *path = test_ledger_path ();

  fail_unless (sqlite3_open (path, &holder) == SQLITE_OK);
  fail_unless (sqlite3_exec (holder, "PRAGMA wal_autocheckpoint = 0;", NULL,
                   NULL, NULL) == SQLITE_OK);
  do {
    fail_unless (sqlite3_exec (holder,
                     "UPDATE attempts SET words = hex(randomblob(100000));",
                     NULL, NULL, NULL) == SQLITE_OK);
  } while (measure_log () < LOG_SIZE);
  fail_unless (sqlite3_exec (holder, "BEGIN; SELECT count(*) FROM attempts;",
                   NULL, NULL, NULL) == SQLITE_OK);

  return measure_log ();
}

/* Plays an order while the log has room for @frames more frames, then the same
 * order with enough room. */
static void
play_with_room (guint frames, gchar **first, gchar **again)
{
  g_autofree gchar *name = g_strdup_printf ("room-%u", frames);
  goffset size;

  test_home_move_state_dir (name);
  test_service_reset (service);
  /* Orders another clip first, so that the database has a row. */
  fail_unless (g_str_equal (
      player_play (SOURCE "prompt=boat resolution=480p duration=1 seed=8"),
      "whole"));
  test_service_reset (service);
  size = fill_log ();
  *first = money_stand (player_end (
      player_start_limited (PLAY, CLIP, size + (goffset) frames * FRAME)));
  let_go ();
  *again = money_stand (player_play (CLIP));
}

/* The expected results, in the order of more and more room. */
static const MoneyRow commits[] = {
  { "no room for the order in the log", "0 0 nothing ordered", "1 1 whole" },
  { "room for the order, but not for its id", "1 1 whole",
      "1 1 may be billed" },
  { "room for the id, but not for the clip's end", "1 1 whole", "1 1 whole" },
  { "room for all of it", "1 1 whole", "2 2 whole" },
};

GST_START_TEST (the_disk_is_full_at_a_commit)
{
  guint reached = 0;

  for (guint frames = 0; reached < G_N_ELEMENTS (commits); frames += 2) {
    g_autofree gchar *first = NULL, *again = NULL;
    const MoneyRow *row = &commits[reached];

    fail_unless (frames < ROOM_MAX, "never: %s", row->what);
    play_with_room (frames, &first, &again);
    if (g_str_equal (first, row->first) && g_str_equal (again, row->again)) {
      reached++;
      money_row (
          SECTION, row, g_steal_pointer (&first), g_steal_pointer (&again));
      continue;
    }
    row--;
    fail_unless (reached > 0 && g_str_equal (first, row->first) &&
                     g_str_equal (again, row->again),
        "room for %u frames: %s, %s", frames, first, again);
  }
}
GST_END_TEST

GST_START_TEST (the_folder_cannot_be_made)
{
  static const MoneyRow row = { "the folder cannot be made",
    "0 0 nothing ordered", "1 1 whole" };
  gchar *first =
      money_stand (player_play (CLIP "state-dir=/proc/seedance/state"));

  money_row (SECTION, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

GST_START_TEST (the_folder_cannot_be_written)
{
  static const MoneyRow row = { "the folder may not be written to",
    "0 0 nothing ordered", "1 1 whole" };
  g_autofree gchar *dir = test_home_state_dir ();
  gchar *first;

  fail_unless (g_mkdir (dir, 0500) == 0);
  first = money_stand (player_play (CLIP));
  change_folder (0700);
  money_row (SECTION, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

GST_START_TEST (an_earlier_version_was_here)
{
  static const MoneyRow row = { "records of an earlier version are there; "
                                "again without them",
    "0 0 may be billed", "1 1 whole" };
  g_autofree gchar *dir = test_home_state_dir ();
  g_autofree gchar *head = g_strnfill (64, 'a');
  g_autofree gchar *name = g_strconcat (head, ".json", NULL);
  g_autofree gchar *path = g_build_filename (dir, name, NULL);
  gchar *first;

  fail_unless (g_mkdir (dir, 0700) == 0);
  fail_unless (g_file_set_contents (path, "{}", -1, NULL));
  first = money_stand (player_play (CLIP));
  fail_unless (g_unlink (path) == 0);
  money_row (SECTION, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

static const struct {
  MoneyRow row;
  void (*damage) (void);
} during[] = {
  { { "the folder goes while the order is sent", "1 1 whole", "2 2 whole" },
      remove_folder },
  { { "the database goes while the order is sent", "1 1 whole", "2 2 whole" },
      remove_files },
  { { "the folder is locked while the order is sent", "1 1 paid, kept",
        "1 1 whole" },
      lock_folder },
  { { "another program holds the database while the order is sent", "1 1 whole",
        "1 1 may be billed" },
      hold },
  { { "another program holds it, and the folder is locked", "1 1 paid, by id",
        "1 1 may be billed" },
      hold_and_lock },
};

GST_START_TEST (the_folder_changes_while_ordering)
{
  Player *player;
  gchar *first;

  test_service_fault (service, "submit:hold");
  player = player_start (PLAY, CLIP);
  test_service_wait (service, "submits_held", 1);
  during[__i__].damage ();
  test_service_fault (service, "");
  test_service_release (service);
  first = money_stand (player_end (player));
  let_go ();
  change_folder (0700);
  money_row (
      SECTION, &during[__i__].row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

/* The ledger cannot note that the task failed, but it noted the task's id
 * before. */
GST_START_TEST (the_ledger_is_held_while_waiting)
{
  static const MoneyRow row = { "another program holds the database while "
                                "waiting, and the task fails",
    "1 1 no clip", "1 1 whole" };
  Player *player;
  gchar *first;

  test_service_fault (service, "poll:hold+word=failed");
  player = player_start (PLAY, CLIP);
  test_service_wait (service, "polls_held", 1);
  hold ();
  test_service_release (service);
  first = money_stand (player_end (player));
  test_service_fault (service, "");
  let_go ();
  money_row (SECTION, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

void
money_add_ledger (Suite *suite)
{
  TCase *tcase = test_case_new (suite, "ledger");

  tcase_add_loop_test (tcase, the_disk_is_full, 0, G_N_ELEMENTS (limits));
  tcase_add_test (tcase, the_disk_is_full_at_a_commit);
  tcase_add_test (tcase, the_folder_cannot_be_made);
  tcase_add_test (tcase, the_folder_cannot_be_written);
  tcase_add_test (tcase, another_program_holds_the_ledger);
  tcase_add_test (tcase, the_ledger_was_held_for_a_moment);
  tcase_add_test (tcase, an_earlier_version_was_here);
  tcase_add_loop_test (
      tcase, the_folder_changes_while_ordering, 0, G_N_ELEMENTS (during));
  tcase_add_test (tcase, the_ledger_is_held_while_waiting);
}
