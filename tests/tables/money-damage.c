/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of docs/money.md: damage to the ledger between two runs. */

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger.h"
#include "money.h"

#define SECTION "The ledger"

/* Returns the path of SQLite's write-ahead log. The caller frees it with
 * g_free(). */
static gchar *
get_log (void)
{
  g_autofree gchar *path = test_ledger_path ();

  return g_strconcat (path, "-wal", NULL);
}

static void
cut (const gchar *path, goffset left)
{
  fail_unless (truncate (path, left) == 0);
}

static goffset
measure (const gchar *path)
{
  struct stat info;

  fail_unless (g_stat (path, &info) == 0);

  return info.st_size;
}

static void
write_file (const gchar *path, const gchar *text, gssize size)
{
  fail_unless (g_file_set_contents (path, text, size, NULL));
}

/* Overwrites the file from @from to its end. */
static void
overwrite (const gchar *path, gsize from, gchar with)
{
  g_autofree gchar *data = NULL;
  gsize size;

  fail_unless (g_file_get_contents (path, &data, &size, NULL) && size > from);
  memset (data + from, with, size - from);
  write_file (path, data, (gssize) size);
}

static void
change_folder (int mode)
{
  g_autofree gchar *dir = test_home_state_dir ();

  fail_unless (g_chmod (dir, mode) == 0);
}

static void
remove_all (const gchar *prefix, const gchar *suffix)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_auto (GStrv) names = test_home_list_state ();

  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *path = g_build_filename (dir, names[i], NULL);

    if (g_str_has_prefix (names[i], prefix) &&
        g_str_has_suffix (names[i], suffix))
      fail_unless (g_unlink (path) == 0);
  }
}

static void
tear (const gchar *path)
{
  cut (path, 100);
}

static void
tear_in_half (const gchar *path)
{
  cut (path, measure (path) / 2);
}

static void
empty (const gchar *path)
{
  cut (path, 0);
}

static void
make_zeros (const gchar *path)
{
  overwrite (path, 0, 0);
}

static void
damage_pages (const gchar *path)
{
  overwrite (path, 1024, 'x');
}

static void
make_foreign (const gchar *path)
{
  write_file (path, "{\"name\":\"package\",\"version\":\"1.0.0\"}", -1);
}

static void
run_sql (const gchar *path, const gchar *sql)
{
  sqlite3 *database;

  fail_unless (sqlite3_open (path, &database) == SQLITE_OK);
  fail_unless (sqlite3_exec (database, sql, NULL, NULL, NULL) == SQLITE_OK,
      "%s: %s", sql, sqlite3_errmsg (database));
  sqlite3_close (database);
}

static void
make_foreign_database (const gchar *path)
{
  fail_unless (g_unlink (path) == 0);
  run_sql (path, "CREATE TABLE attempts (id INTEGER PRIMARY KEY);");
}

static void
make_later (const gchar *path)
{
  run_sql (path, "PRAGMA user_version = 99;");
}

static void
make_unreadable (const gchar *path)
{
  fail_unless (g_chmod (path, 0) == 0);
}

static void
make_folder (const gchar *path)
{
  fail_unless (g_unlink (path) == 0 && g_mkdir (path, 0700) == 0);
}

static void
make_link (const gchar *path)
{
  fail_unless (g_unlink (path) == 0 && symlink ("/nowhere", path) == 0);
}

static void
remove_file (const gchar *path)
{
  fail_unless (g_unlink (path) == 0);
}

static void
remove_folder (const gchar *path)
{
  g_autofree gchar *dir = test_home_state_dir ();

  remove_all ("", "");
  fail_unless (g_rmdir (dir) == 0);
}

static void
remove_clip (const gchar *path)
{
  remove_all ("", ".mp4");
}

static void
damage_clip (const gchar *path)
{
  g_autoptr (GPtrArray) clips = test_ledger_list_clips ();

  fail_unless (clips->len > 0);
  for (guint i = 0; i < clips->len; i++)
    write_file (g_ptr_array_index (clips, i), "short", -1);
}

static void
lock_folder (const gchar *path)
{
  change_folder (0500);
}

static void
tear_log (const gchar *log)
{
  cut (log, measure (log) - 100);
}

static void
tear_log_at_its_head (const gchar *log)
{
  cut (log, 100);
}

static void
empty_beside (const gchar *log)
{
  g_autofree gchar *path = test_ledger_path ();

  empty (path);
}

static void
remove_beside (const gchar *log)
{
  g_autofree gchar *path = test_ledger_path ();

  remove_file (path);
}

/* One row: a run is killed at @hold, the ledger is damaged, and the same order
 * is played again. The damage is done in this order, and NULL leaves a part
 * out: @sql changes a row; @damage gets the database, into which the log was
 * moved; @damage_log gets the log. */
typedef struct {
  MoneyRow row;
  const MoneyHold *hold; /* NULL: the first run plays to its end */
  const gchar *sql;
  void (*damage) (const gchar *path);
  void (*damage_log) (const gchar *path);
} Damage;

static const MoneyHold polling = { NULL, "poll:hold", "polls_held" };
static const MoneyHold ordering = { NULL, "submit:hold", "submits_held" };
#define POLLING &polling
#define ORDERING &ordering
#define STORED NULL

#define REFUSED "1 1 killed", "1 1 may be billed"
#define TAKEN_UP "1 1 killed", "1 1 whole"
#define ORDERED_ANEW "1 1 killed", "2 2 whole"

#define SET(what) "UPDATE attempts SET " what ";"
#define MOVED(by) "created = created " by ", updated = updated " by
#define YEAR "365 * 24 * 3600"

static const Damage damages[] = {
  { { "killed; the database is torn", REFUSED }, POLLING, NULL, tear },
  { { "killed; half of the database is gone", REFUSED }, POLLING, NULL,
      tear_in_half },
  { { "killed; the database is empty", REFUSED }, POLLING, NULL, empty },
  { { "killed; the database is all zeros", REFUSED }, POLLING, NULL,
      make_zeros },
  { { "killed; the database is damaged behind its first page", REFUSED },
      POLLING, NULL, damage_pages },
  { { "killed; another program's file", REFUSED }, POLLING, NULL,
      make_foreign },
  { { "killed; another program's database", REFUSED }, POLLING, NULL,
      make_foreign_database },
  { { "killed; a later version's database", REFUSED }, POLLING, NULL,
      make_later },
  { { "killed; a database that may not be read", REFUSED }, POLLING, NULL,
      make_unreadable },
  { { "killed; a folder in its place", REFUSED }, POLLING, NULL, make_folder },
  { { "killed; a link to nowhere in its place", REFUSED }, POLLING, NULL,
      make_link },
  { { "killed; the folder may not be written to", "1 1 killed",
        "1 1 paid, kept" },
      POLLING, NULL, NULL, lock_folder },
  { { "killed; the user removes the database", ORDERED_ANEW }, POLLING, NULL,
      remove_file },
  { { "killed; the user removes the folder", ORDERED_ANEW }, POLLING, NULL,
      remove_folder },
  /* Damage to the write-ahead log. */
  { { "killed; the database is empty, its log is there", REFUSED }, POLLING,
      NULL, NULL, empty_beside },
  { { "killed; the user removes the database, its log is there", REFUSED },
      POLLING, NULL, NULL, remove_beside },
  { { "killed; the end of the log is torn", TAKEN_UP }, POLLING, NULL, NULL,
      tear_log },
  { { "killed; the log is torn at its head", TAKEN_UP }, POLLING, NULL, NULL,
      tear_log_at_its_head },
  { { "killed; the user removes the log", TAKEN_UP }, POLLING, NULL, NULL,
      remove_file },
  /* Damage to the order's row. */
  { { "killed; the record's name is damaged", REFUSED }, POLLING,
      SET ("name = '../../etc/passwd'") },
  { { "killed; the record's state is damaged", REFUSED }, POLLING,
      SET ("state = 'paid'") },
  { { "killed; the record has lost its task", REFUSED }, POLLING,
      SET ("task_id = NULL") },
  { { "killed; the record's task is not to be sent", REFUSED }, POLLING,
      SET ("task_id = task_id || char(13, 10) || 'X-A: b'") },
  { { "killed; the record is of a later version", REFUSED }, POLLING,
      SET ("state = 'archived'") },
  { { "killed; the clock goes ahead by a year", TAKEN_UP }, POLLING,
      SET (MOVED ("-" YEAR)) },
  { { "killed; the clock goes back by a year", TAKEN_UP }, POLLING,
      SET (MOVED ("+" YEAR)) },
  { { "killed; the user removes the record", ORDERED_ANEW }, POLLING,
      "DELETE FROM attempts;" },
  { { "killed while ordering; the database is torn", REFUSED }, ORDERING, NULL,
      tear },
  { { "killed while ordering; the end of the log is torn", REFUSED }, ORDERING,
      NULL, NULL, tear_log },
  { { "killed while ordering; the user removes the log", REFUSED }, ORDERING,
      NULL, NULL, remove_file },
  { { "killed while ordering on another host, a year ago", REFUSED }, ORDERING,
      SET ("owner_host = 'another', " MOVED ("-" YEAR)) },
  { { "killed while ordering on another host, a year ahead", REFUSED },
      ORDERING, SET ("owner_host = 'another', " MOVED ("+" YEAR)) },
  { { "killed while ordering; another process has its number", REFUSED },
      ORDERING, SET ("owner_pid = 1") },
  { { "killed while ordering; who ordered is not known", REFUSED }, ORDERING,
      SET ("owner_pid = NULL, owner_start = NULL") },
  { { "killed while ordering; the user removes the record", ORDERED_ANEW },
      ORDERING, "DELETE FROM attempts;" },
  { { "played; the stored clip is damaged; reuse=always", "1 1 whole",
        "1 1 whole" },
      STORED, NULL, damage_clip },
  { { "played; the stored clip is gone; reuse=always", "1 1 whole",
        "1 1 whole" },
      STORED, NULL, remove_clip },
  { { "played; the size of the clip is not known; reuse=always", "1 1 whole",
        "1 1 whole" },
      STORED, SET ("size = NULL") },
  { { "played; the database is torn; reuse=always", "1 1 whole",
        "1 1 may be billed" },
      STORED, NULL, tear },
  { { "played; a removal of old clips is killed in its middle; reuse=always",
        "1 1 whole", "1 1 whole" },
      STORED, SET ("stored = 0") },
};

static void
do_damage (const Damage *its)
{
  g_autofree gchar *path = test_ledger_path (), *log = get_log ();

  if (its->sql)
    test_ledger_change (its->sql);
  if (its->damage) {
    test_ledger_settle ();
    its->damage (path);
  }
  if (its->damage_log)
    its->damage_log (log);
}

/* Makes the folder writable again, so that the test can remove it. */
static void
unlock_folder (void)
{
  g_autofree gchar *dir = test_home_state_dir ();

  if (g_file_test (dir, G_FILE_TEST_EXISTS))
    change_folder (0700);
}

GST_START_TEST (the_ledger_is_damaged)
{
  const Damage *its = &damages[__i__];
  gchar *first =
      its->hold ? money_kill_at (its->hold) : money_stand (player_play (CLIP));
  gchar *again;

  do_damage (its);
  again =
      money_stand (player_play (CLIP "%s", its->hold ? "" : "reuse=always"));
  money_row (SECTION, &its->row, first, again);
  unlock_folder ();
}
GST_END_TEST

/* A row that cannot be read stops only its own order. */
GST_START_TEST (another_order_is_beside_a_damaged_record)
{
  static const MoneyRow row = { "killed; the record is damaged; then another "
                                "order",
    "1 1 killed", "2 2 whole" };
  gchar *first = money_kill_at (&polling);

  test_ledger_change (SET ("state = 'paid'"));
  /* The other order has another clip, so its bytes are not compared. */
  fail_unless (g_str_equal (player_play (CLIP "seed=8 ! fakesink"), "played"));
  money_row (SECTION, &row, first, money_stand ("whole"));
}
GST_END_TEST

/* A database that cannot be read may hold any order, so it stops all orders. */
GST_START_TEST (another_order_is_beside_a_damaged_database)
{
  static const MoneyRow row = { "killed; the database is torn; then another "
                                "order",
    "1 1 killed", "1 1 may be billed" };
  gchar *first = money_kill_at (&polling);
  g_autofree gchar *path = test_ledger_path ();

  test_ledger_settle ();
  tear (path);
  money_row (SECTION, &row, first, money_stand (player_play (CLIP "seed=8")));
}
GST_END_TEST

void
money_add_damage (Suite *suite)
{
  TCase *tcase = test_case_new (suite, "damage");

  tcase_add_loop_test (tcase, the_ledger_is_damaged, 0, G_N_ELEMENTS (damages));
  tcase_add_test (tcase, another_order_is_beside_a_damaged_record);
  tcase_add_test (tcase, another_order_is_beside_a_damaged_database);
}
