/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of the files that remember an order. */

#include "money.h"

#include <cjson/cJSON.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define SECTION "The ledger's files"

/* --- files -------------------------------------------------------------- */

static void
write_file (const gchar *path, const gchar *text, gssize size)
{
  fail_unless (g_file_set_contents (path, text, size, NULL));
}

static gchar *
read_file (const gchar *path)
{
  gchar *text;

  fail_unless (g_file_get_contents (path, &text, NULL, NULL));

  return text;
}

static void
change_folder (int mode)
{
  g_autofree gchar *dir = test_home_state_dir ();

  fail_unless (g_chmod (dir, mode) == 0);
}

static void
remove_all (const gchar *suffix)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_auto (GStrv) names = test_home_list_state ();

  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *path = g_build_filename (dir, names[i], NULL);

    if (g_str_has_suffix (names[i], suffix))
      fail_unless (g_unlink (path) == 0);
  }
}

static void
set_number (cJSON *json, const gchar *name, gdouble value)
{
  fail_unless (cJSON_ReplaceItemInObjectCaseSensitive (
      json, name, cJSON_CreateNumber (value)));
}

/* The times of a record, moved by @seconds. */
static void
move_times (const gchar *path, gint64 seconds, const gchar *host)
{
  g_autofree gchar *text = read_file (path);
  g_autofree gchar *moved = NULL;
  gdouble then = (gdouble) (g_get_real_time () / G_USEC_PER_SEC + seconds);
  cJSON *json = cJSON_Parse (text);

  set_number (json, "created", then);
  set_number (json, "updated", then);
  if (host)
    fail_unless (cJSON_ReplaceItemInObjectCaseSensitive (
        json, "host", cJSON_CreateString (host)));
  moved = cJSON_Print (json);
  write_file (path, moved, -1);
  cJSON_Delete (json);
}

/* --- damage ------------------------------------------------------------- */

#define YEAR (365 * 24 * 3600)

static void
tear (const gchar *path)
{
  fail_unless (truncate (path, 100) == 0);
}

static void
empty (const gchar *path)
{
  fail_unless (truncate (path, 0) == 0);
}

static void
make_zeros (const gchar *path)
{
  static const gchar zeros[400];

  write_file (path, zeros, sizeof zeros);
}

static void
make_foreign (const gchar *path)
{
  write_file (path, "{\"name\":\"package\",\"version\":\"1.0.0\"}", -1);
}

static void
make_later (const gchar *path)
{
  g_autofree gchar *text = read_file (path);
  cJSON *json = cJSON_Parse (text);
  g_autofree gchar *later = NULL;

  set_number (json, "version", 2);
  later = cJSON_Print (json);
  write_file (path, later, -1);
  cJSON_Delete (json);
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
remove_record (const gchar *path)
{
  fail_unless (g_unlink (path) == 0);
}

static void
remove_folder (const gchar *path)
{
  g_autofree gchar *dir = test_home_state_dir ();

  remove_all ("");
  fail_unless (g_rmdir (dir) == 0);
}

static void
remove_clip (const gchar *path)
{
  remove_all (".mp4");
}

static void
move_ahead (const gchar *path)
{
  move_times (path, YEAR, NULL);
}

static void
move_back (const gchar *path)
{
  move_times (path, -YEAR, NULL);
}

static void
move_owner_ahead (const gchar *path)
{
  move_times (path, YEAR, "another");
}

static void
move_owner_back (const gchar *path)
{
  move_times (path, -YEAR, "another");
}

static void
lock_folder (const gchar *path)
{
  change_folder (0500);
}

/* A run is killed at @hold, @damage done, then it is run again. */
typedef struct {
  MoneyRow row;
  void (*damage) (const gchar *path);
  const MoneyHold *hold;
} Damage;

static const MoneyHold polling = { NULL, "poll:hold", "polls_held" };
static const MoneyHold ordering = { NULL, "submit:hold", "submits_held" };
#define POLLING &polling
#define ORDERING &ordering
#define STORED NULL

#define REFUSED "1 1 killed", "1 1 may be billed"
#define TAKEN_UP "1 1 killed", "1 1 whole"

static const Damage damages[] = {
  { { "killed; the record is torn", REFUSED }, tear, POLLING },
  { { "killed; the record is empty", REFUSED }, empty, POLLING },
  { { "killed; the record is all zeros", REFUSED }, make_zeros, POLLING },
  { { "killed; another program's file", REFUSED }, make_foreign, POLLING },
  { { "killed; a later version's record", REFUSED }, make_later, POLLING },
  { { "killed; a record that may not be read", REFUSED }, make_unreadable,
      POLLING },
  { { "killed; a folder in its place", REFUSED }, make_folder, POLLING },
  { { "killed; a link to nowhere in its place", REFUSED }, make_link, POLLING },
  { { "killed; the clock goes ahead by a year", TAKEN_UP }, move_back,
      POLLING },
  { { "killed; the clock goes back by a year", TAKEN_UP }, move_ahead,
      POLLING },
  { { "killed; the folder may not be written to", "1 1 killed",
        "1 1 paid, kept" },
      lock_folder, POLLING },
  { { "killed; the user removes the record", "1 1 killed", "2 2 whole" },
      remove_record, POLLING },
  { { "killed; the user removes the folder", "1 1 killed", "2 2 whole" },
      remove_folder, POLLING },
  { { "killed while ordering; the record is torn", REFUSED }, tear, ORDERING },
  { { "killed while ordering on another host, a year ago", REFUSED },
      move_owner_back, ORDERING },
  { { "killed while ordering on another host, a year ahead", REFUSED },
      move_owner_ahead, ORDERING },
  { { "killed while ordering; the user removes the record", "1 1 killed",
        "2 2 whole" },
      remove_record, ORDERING },
  { { "played; the stored clip is damaged; reuse=always", "1 1 whole",
        "1 1 whole" },
      NULL, STORED },
  { { "played; the stored clip is gone; reuse=always", "1 1 whole",
        "1 1 whole" },
      remove_clip, STORED },
};

static void
damage_clip (void)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_auto (GStrv) names = test_home_list_state ();

  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *path = g_build_filename (dir, names[i], NULL);

    if (g_str_has_suffix (names[i], ".mp4"))
      write_file (path, "short", -1);
  }
}

GST_START_TEST (files_are_damaged)
{
  const Damage *its = &damages[__i__];
  gchar *first =
      its->hold ? money_kill_at (its->hold) : money_stand (player_play (CLIP));
  g_autofree gchar *path = money_get_record ();
  gchar *again;

  if (its->damage)
    its->damage (path);
  else
    damage_clip ();
  again =
      money_stand (player_play (CLIP "%s", its->hold ? "" : "reuse=always"));
  money_row (SECTION, &its->row, first, again);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    change_folder (0700);
}
GST_END_TEST

/* What a removal of old clips leaves when it is killed in its middle: the
 * played record, and one that came to nothing in its successor's place. */
static void
add_guard (const gchar *path)
{
  g_autofree gchar *text = read_file (path);
  cJSON *json = cJSON_Parse (text);
  const gchar *file =
      cJSON_GetStringValue (cJSON_GetObjectItemCaseSensitive (json, "file"));
  g_autofree gchar *head = g_strndup (path, strlen (path) - strlen (".json"));
  g_autofree gchar *guard = g_strdup_printf ("%s.%.32s.json", head, file);
  g_autofree gchar *failed = NULL;

  fail_unless (cJSON_ReplaceItemInObjectCaseSensitive (
      json, "state", cJSON_CreateString ("failed")));
  fail_unless (cJSON_ReplaceItemInObjectCaseSensitive (
      json, "task-id", cJSON_CreateString ("none")));
  failed = cJSON_Print (json);
  write_file (guard, failed, -1);
  cJSON_Delete (json);
}

GST_START_TEST (a_prune_was_killed)
{
  static const struct {
    MoneyRow row;
    const gchar *properties;
  } rows[] = {
    { { "played; a removal of old clips is killed in its middle", "1 1 whole",
          "2 2 whole" },
        "" },
    { { "the same; reuse=always", "1 1 whole", "1 1 whole" }, "reuse=always" },
  };
  gchar *first = money_stand (player_play (CLIP));
  g_autofree gchar *path = money_get_record ();

  add_guard (path);
  money_row (SECTION, &rows[__i__].row, first,
      money_stand (player_play (CLIP "%s", rows[__i__].properties)));
  /* And whatever it was that ordered, the same is played again. */
  fail_unless (g_str_equal (player_play (CLIP "reuse=always"), "whole"));
  assert_posts (service, __i__ == 0 ? 2 : 1);
}
GST_END_TEST

/* --- no room, no right -------------------------------------------------- */

static const struct {
  MoneyRow row;
  goffset bytes;
} limits[] = {
  { { "no room for a record", "0 0 nothing ordered", "1 1 whole" }, 0 },
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

/* While the answer to the order is under way. */
static const struct {
  MoneyRow row;
  void (*damage) (const gchar *path);
} during[] = {
  { { "the folder goes while the order is sent", "1 1 whole", "2 2 whole" },
      remove_folder },
  { { "the folder is locked while the order is sent", "1 1 paid, by id",
        "1 1 may be billed" },
      lock_folder },
};

GST_START_TEST (the_folder_changes_while_ordering)
{
  g_autofree gchar *dir = test_home_state_dir ();
  Player *player;
  gchar *first;

  test_service_fault (service, "submit:hold");
  player = player_start (PLAY, CLIP);
  test_service_wait (service, "submits_held", 1);
  during[__i__].damage (NULL);
  test_service_fault (service, "");
  test_service_release (service);
  first = money_stand (player_end (player));
  if (g_file_test (dir, G_FILE_TEST_EXISTS))
    change_folder (0700);
  money_row (
      SECTION, &during[__i__].row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

/* That the task failed cannot be noted; its id was. */
GST_START_TEST (the_folder_is_locked_while_waiting)
{
  static const MoneyRow row = { "the folder is locked while waiting, and the "
                                "task fails",
    "1 1 no clip", "1 1 whole" };
  Player *player;
  gchar *first;

  test_service_fault (service, "poll:hold+word=failed");
  player = player_start (PLAY, CLIP);
  test_service_wait (service, "polls_held", 1);
  lock_folder (NULL);
  test_service_release (service);
  first = money_stand (player_end (player));
  test_service_fault (service, "");
  change_folder (0700);
  money_row (SECTION, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

void
money_add_ledger (Suite *suite)
{
  TCase *tcase = test_case_new (suite, "ledger");

  tcase_add_loop_test (tcase, files_are_damaged, 0, G_N_ELEMENTS (damages));
  tcase_add_loop_test (tcase, the_disk_is_full, 0, G_N_ELEMENTS (limits));
  tcase_add_test (tcase, the_folder_cannot_be_made);
  tcase_add_test (tcase, the_folder_cannot_be_written);
  tcase_add_loop_test (tcase, a_prune_was_killed, 0, 2);
  tcase_add_loop_test (
      tcase, the_folder_changes_while_ordering, 0, G_N_ELEMENTS (during));
  tcase_add_test (tcase, the_folder_is_locked_while_waiting);
}
