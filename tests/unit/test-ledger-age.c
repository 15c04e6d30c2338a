/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is still at an order, and which clips may go. */
#include "ledger-folder.h"
#include "spool.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#define MINUTE 60
#define DAY (24 * 60 * MINUTE)

/* --- owners ------------------------------------------------------------- */

static SeedanceRecord *
new_record (void)
{
  return seedance_record_new ("seeddance", "https://api.example", "a boat");
}

static void
test_this_process_lives (void)
{
  g_autoptr (SeedanceRecord) record = new_record ();

  g_assert_true (seedance_record_owner_lives (record));
  /* Its clock does not matter: the process is here to be seen. */
  record->updated = 0;
  g_assert_true (seedance_record_owner_lives (record));
}

/* A child that has written its record as "r", and waits to be killed. */
static pid_t
start_owner (Folder *folder)
{
  int gate[2];
  gchar byte = 0;
  pid_t pid;

  g_assert_cmpint (pipe (gate), ==, 0);
  pid = fork ();
  if (pid == 0) {
    seedance_record_free (
        folder_record (folder, "r", SEEDANCE_RECORD_SUBMITTING));
    close (gate[0]);
    if (write (gate[1], &byte, 1) == 1)
      for (;;)
        pause ();
    _exit (1);
  }
  close (gate[1]);
  g_assert_cmpint (read (gate[0], &byte, 1), ==, 1);
  close (gate[0]);
  return pid;
}

/* Killed, but its number is kept until end_owner(). */
static void
kill_owner (pid_t pid)
{
  siginfo_t info;

  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitid (P_PID, pid, &info, WEXITED | WNOWAIT), ==, 0);
}

static void
end_owner (pid_t pid)
{
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

static void
test_another_process_lives_until_it_is_killed (
    Folder *folder, gconstpointer data)
{
  pid_t pid = start_owner (folder);
  g_autoptr (SeedanceRecord) record = folder_load (folder, "r", NULL);

  g_assert_cmpint (record->owner_pid, ==, pid);
  g_assert_true (seedance_record_owner_lives (record));
  kill_owner (pid);
  end_owner (pid);
  g_assert_false (seedance_record_owner_lives (record));
}

/* In a container often nobody reaps it. */
static void
test_a_zombie_is_dead (Folder *folder, gconstpointer data)
{
  pid_t pid = start_owner (folder);
  g_autoptr (SeedanceRecord) record = folder_load (folder, "r", NULL);
  gboolean lives;

  kill_owner (pid);
  lives = seedance_record_owner_lives (record);
  end_owner (pid);
  g_assert_false (lives);
}

static void
test_a_later_process_of_the_same_number_is_another (void)
{
  g_autoptr (SeedanceRecord) record = new_record ();

  g_assert_cmpint (record->owner_start, >, 0);
  record->owner_start--;
  g_assert_false (seedance_record_owner_lives (record));
}

static void
test_no_process_has_such_a_number (void)
{
  const gint64 numbers[] = { 0, -1, -getpid (), G_MAXINT32, G_MAXINT64,
    (G_GINT64_CONSTANT (1) << 32) + getpid () };
  g_autoptr (SeedanceRecord) record = new_record ();

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    record->owner_pid = numbers[i];
    for (record->owner_start = -1; record->owner_start < 2;
         record->owner_start++)
      g_assert_false (seedance_record_owner_lives (record));
  }
}

static gboolean
foreign_owner_lives (gint64 age, const gchar *host)
{
  g_autoptr (SeedanceRecord) record = new_record ();

  g_free (record->owner_host);
  record->owner_host = g_strdup (host);
  record->updated -= age;
  return seedance_record_owner_lives (record);
}

static void
test_another_host_is_given_time (void)
{
  g_assert_true (foreign_owner_lives (0, "elsewhere 1"));
  g_assert_true (foreign_owner_lives (5 * MINUTE, "elsewhere 1"));
  g_assert_false (foreign_owner_lives (DAY, "elsewhere 1"));
  g_assert_true (foreign_owner_lives (0, NULL));
  g_assert_false (foreign_owner_lives (DAY, NULL));
}

static void
test_another_start_of_this_host_is_another_host (void)
{
  g_autofree gchar *host = g_strdup_printf (
      "%s %s", g_get_host_name (), "00000000-0000-0000-0000-000000000000");

  g_assert_true (foreign_owner_lives (0, host));
  g_assert_false (foreign_owner_lives (DAY, host));
}

/* Clocks differ a little; one that is far ahead must not hold up an order
 * until this one has caught up. */
static void
test_a_clock_far_ahead_does_not_live_for_ever (void)
{
  g_assert_true (foreign_owner_lives (-1 * MINUTE, "elsewhere 1"));
  g_assert_false (foreign_owner_lives (-DAY, "elsewhere 1"));
  g_assert_false (foreign_owner_lives (-100 * DAY, "elsewhere 1"));
}

static void
test_a_record_without_a_time_is_old (void)
{
  g_autoptr (SeedanceRecord) record = new_record ();

  g_clear_pointer (&record->owner_host, g_free);
  record->updated = -1;
  g_assert_false (seedance_record_owner_lives (record));
}

/* --- aging -------------------------------------------------------------- */

/* A record with a clip of 1000 bytes that was last used at @used. */
static SeedanceRecord *
add_clip (
    Folder *folder, const gchar *name, SeedanceRecordState state, gint64 used)
{
  static const gchar bytes[1000];
  g_autoptr (SeedanceRecord) record = new_record ();
  g_autofree gchar *clip = NULL;
  gboolean exists;

  record->state = state;
  record->task_id = g_strconcat ("task-of-", name, NULL);
  record->size = sizeof bytes;
  record->updated = used;
  g_free (record->file);
  record->file = g_strconcat (name, ".mp4", NULL);
  clip = seedance_ledger_clip_path (folder->dir, record);
  g_assert_true (g_file_set_contents (clip, bytes, sizeof bytes, NULL));
  g_assert_cmpint (
      g_utime (clip, &(struct utimbuf){ (time_t) used, (time_t) used }), ==, 0);
  g_assert_true (
      seedance_ledger_create (folder->dir, name, record, &exists, NULL));
  return g_steal_pointer (&record);
}

/* The record is the way back to the clip: it stays, whatever goes. */
static void
assert_there (Folder *folder, const gchar *names, gboolean there)
{
  g_auto (GStrv) list = g_strsplit (names, " ", -1);

  for (gchar **name = list; *name; name++) {
    g_autofree gchar *clip = g_strconcat (*name, ".mp4", NULL);
    g_autoptr (SeedanceRecord) record = folder_load (folder, *name, NULL);

    g_assert_nonnull (record);
    g_assert_nonnull (record->file);
    g_assert_cmpint (folder_has (folder, clip), ==, there);
  }
}

static void
add_clips (Folder *folder, const gchar *names, SeedanceRecordState state)
{
  g_auto (GStrv) list = g_strsplit (names, " ", -1);

  for (guint i = 0; list[i]; i++)
    seedance_record_free (add_clip (folder, list[i], state, list[i][0] * 100));
}

/* Names tell the order of use. */
static void
test_the_least_recently_used_goes_first (Folder *folder, gconstpointer data)
{
  add_clips (folder, "c a d b", SEEDANCE_RECORD_PLAYED);
  seedance_ledger_prune (folder->dir, 4000, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a b c d", TRUE);
  seedance_ledger_prune (folder->dir, 3999, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a", FALSE);
  assert_there (folder, "b c d", TRUE);
  seedance_ledger_prune (folder->dir, 1500, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "b c", FALSE);
  assert_there (folder, "d", TRUE);
}

static void
test_what_was_not_played_never_goes (Folder *folder, gconstpointer data)
{
  add_clips (folder, "a", SEEDANCE_RECORD_SUBMITTING);
  add_clips (folder, "b", SEEDANCE_RECORD_AMBIGUOUS);
  add_clips (folder, "c", SEEDANCE_RECORD_SUBMITTED);
  add_clips (folder, "d", SEEDANCE_RECORD_READY);
  add_clips (folder, "e", SEEDANCE_RECORD_PLAYED);
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a b c d", TRUE);
  assert_there (folder, "e", FALSE);
}

static void
test_clips_that_must_stay_count_too (Folder *folder, gconstpointer data)
{
  add_clips (folder, "a b", SEEDANCE_RECORD_READY);
  add_clips (folder, "c d", SEEDANCE_RECORD_PLAYED);
  seedance_ledger_prune (folder->dir, 3000, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a b d", TRUE);
  assert_there (folder, "c", FALSE);
}

/* Deleting bytes takes away neither the order's way to its task's id nor the
 * id's own way: without them the clip would be bought again. */
static void
test_what_led_to_a_clip_still_leads_to_its_task (
    Folder *folder, gconstpointer data)
{
  g_autofree gchar *name = g_strdup ("head");
  g_autofree gchar *alias = seedance_ledger_name_for_task (
      "seeddance", "https://api.example", "task-of-r");
  g_autoptr (GError) error = NULL;
  g_autoptr (SeedanceRecord) found = NULL, by_task = NULL;

  add_clips (folder, "r", SEEDANCE_RECORD_PLAYED);
  seedance_ledger_point (folder->dir, "head", "r");
  seedance_ledger_point (folder->dir, alias, "r");
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "r", FALSE);
  found = seedance_ledger_load (folder->dir, &name, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found->task_id, ==, "task-of-r");
  g_assert_cmpint (found->state, ==, SEEDANCE_RECORD_PLAYED);
  by_task = seedance_ledger_load (folder->dir, &alias, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (by_task->task_id, ==, "task-of-r");
}

/* What is not there takes no room: the next one in the row stays. */
static void
test_a_clip_that_is_gone_takes_no_room (Folder *folder, gconstpointer data)
{
  g_autofree gchar *path = g_build_filename (folder->dir, "a.mp4", NULL);

  add_clips (folder, "a b c", SEEDANCE_RECORD_PLAYED);
  g_assert_cmpint (g_unlink (path), ==, 0);
  seedance_ledger_prune (folder->dir, 2000, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a", FALSE);
  assert_there (folder, "b c", TRUE);
}

/* What only a task's id leads to costs nothing to lose, however new it is. */
static void
test_what_was_replaced_goes_first (Folder *folder, gconstpointer data)
{
  const SeedancePrune what = GPOINTER_TO_INT (data);
  g_autoptr (SeedanceRecord) old =
      add_clip (folder, "z", SEEDANCE_RECORD_PLAYED, 9000);

  add_clips (folder, "a b", SEEDANCE_RECORD_PLAYED);
  seedance_ledger_point (folder->dir, "head", "z");
  g_assert_true (
      seedance_ledger_replace (folder->dir, "head", "z", old, "new"));
  g_assert_true (folder_has (folder, old->file));
  /* Of the three there is room for two; else for none. */
  seedance_ledger_prune (
      folder->dir, what == SEEDANCE_PRUNE_PLAYED ? 2000 : 0, what);
  g_assert_false (folder_has (folder, old->file));
  assert_there (folder, "a b", TRUE);
}

static void
test_what_was_used_again_goes_late (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) first =
      add_clip (folder, "a", SEEDANCE_RECORD_PLAYED, 100);

  add_clips (folder, "b c", SEEDANCE_RECORD_PLAYED);
  seedance_ledger_note_use (folder->dir, first);
  seedance_ledger_prune (folder->dir, 1000, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a", TRUE);
  assert_there (folder, "b c", FALSE);
}

/* As where a replacement came to its half: the order would ask the service for
 * the clip, which may have forgotten it. */
static void
test_a_clip_of_two_records_is_the_order_s (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record =
      add_clip (folder, "z", SEEDANCE_RECORD_PLAYED, 'z' * 100);
  g_autofree gchar *by_task = seedance_ledger_name_for_task (
      record->provider, record->base_url, record->task_id);
  gboolean exists;

  g_assert_true (
      seedance_ledger_create (folder->dir, by_task, record, &exists, NULL));
  add_clips (folder, "a", SEEDANCE_RECORD_PLAYED);
  /* It counts once. */
  seedance_ledger_prune (folder->dir, 2000, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a z", TRUE);
  seedance_ledger_prune (folder->dir, 1999, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a", FALSE);
  assert_there (folder, "z", TRUE);
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a z", FALSE);
}

/* Who looks for the order in its place finds it by its name: that stays. */
static void
test_what_is_being_replaced_keeps_its_record (
    Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) old =
      add_clip (folder, "old", SEEDANCE_RECORD_PLAYED, 100);
  g_autofree gchar *name = seedance_ledger_successor ("old", old);
  g_autoptr (SeedanceRecord) order = new_record ();
  gboolean exists;

  g_assert_false (seedance_ledger_has_successor (folder->dir, "old", old));
  g_assert_true (
      seedance_ledger_create (folder->dir, name, order, &exists, NULL));
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "old", FALSE);
  g_assert_true (seedance_ledger_has_successor (folder->dir, "old", old));
}

static void
add_old_file (Folder *folder, const gchar *file)
{
  g_autofree gchar *path = g_build_filename (folder->dir, file, NULL);
  struct utimbuf old = { 1000000000, 1000000000 };

  g_assert_true (g_file_set_contents (path, "{}", -1, NULL));
  g_assert_cmpint (g_utime (path, &old), ==, 0);
}

/* The folder may be one that somebody also keeps other things in, such as a
 * home. */
static void
test_other_files_stay (Folder *folder, gconstpointer data)
{
  static const gchar *const files[] = { "package.json", "mine.mp4", "mine.part",
    "mine.mp4.part", ".bashrc", ".profile.d", ".config.json",
    ".nfs000000000012", ".git.0123abcd" };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    add_old_file (folder, files[i]);
  add_clips (folder, "r", SEEDANCE_RECORD_PLAYED);
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_test_message ("%s", files[i]);
    g_assert_true (folder_has (folder, files[i]));
  }
  g_assert_false (folder_has (folder, "r.mp4"));
}

/* The name that a download has while it is under way. */
static gchar *
name_of_part (Folder *folder)
{
  g_autofree gchar *name = g_strnfill (32, '0');
  g_autofree gchar *path = g_strconcat (folder->dir, "/", name, ".mp4", NULL);
  GMutex lock = { 0 };
  GCond cond = { 0 };
  SeedanceSpool *spool = seedance_spool_create (path, &lock, &cond, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder->dir, 0, NULL);
  gchar *part = g_strdup (g_dir_read_name (dir));

  seedance_spool_free (spool);
  return part;
}

static void
test_what_a_crash_left_goes_after_a_day (Folder *folder, gconstpointer data)
{
  g_autofree gchar *part = name_of_part (folder);
  g_autofree gchar *head = g_strnfill (64, 'a');
  g_autofree gchar *unique = g_strnfill (32, '1');
  g_autofree gchar *first = g_strconcat (".", head, ".", unique, NULL);
  g_autofree gchar *later =
      g_strconcat (".", head, ".", unique, ".", unique, NULL);
  const gchar *const names[] = { part, first, later };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    add_old_file (folder, names[i]);
  seedance_ledger_prune (folder->dir, G_MAXUINT64, SEEDANCE_PRUNE_PLAYED);
  g_assert_cmpuint (folder_count (folder), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *path = g_build_filename (folder->dir, names[i], NULL);

    g_assert_true (g_file_set_contents (path, "{", -1, NULL));
  }
  seedance_ledger_prune (folder->dir, G_MAXUINT64, SEEDANCE_PRUNE_PLAYED);
  g_assert_cmpuint (folder_count (folder), ==, G_N_ELEMENTS (names));
}

/* A part may be gone on with for as long as the service knows the task, and
 * takes room like a clip until then. */
static void
test_parts_stay_for_a_week (Folder *folder, gconstpointer data)
{
  g_autofree gchar *digits = g_strnfill (32, 'a');
  g_autofree gchar *part = g_strconcat (digits, ".mp4.part", NULL);
  g_autofree gchar *map = g_strconcat (digits, ".mp4.map", NULL);
  g_autofree gchar *path = g_build_filename (folder->dir, part, NULL);
  g_autofree gchar *bytes = g_malloc0 (100000);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  struct utimbuf days_ago = { now - 6 * 24 * 3600, now - 6 * 24 * 3600 };

  add_old_file (folder, map);
  g_assert_true (g_file_set_contents (path, bytes, 100000, NULL));
  g_assert_cmpint (g_utime (path, &days_ago), ==, 0);
  add_clips (folder, "r", SEEDANCE_RECORD_PLAYED);
  seedance_ledger_prune (folder->dir, 90000, SEEDANCE_PRUNE_PLAYED);
  g_assert_true (folder_has (folder, part));
  /* The record stays, its clip goes. */
  g_assert_cmpuint (folder_count (folder), ==, 2);
  add_old_file (folder, part);
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  g_assert_cmpuint (folder_count (folder), ==, 1);
}

/* What a record says of sizes is not asked: anybody with the folder may have
 * written it. */
static void
test_sizes_are_those_of_the_files (Folder *folder, gconstpointer data)
{
  add_clips (folder, "a b", SEEDANCE_RECORD_PLAYED);
  folder_write (folder, "c",
      "{\"version\":1,\"state\":\"played\",\"task-id\":\"t\","
      "\"file\":\"c.mp4\",\"updated\":2,\"size\":9e18}",
      -1);
  seedance_ledger_prune (folder->dir, 2000, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a b", TRUE);
}

/* --- the size of the store ---------------------------------------------- */

static void
test_the_environment_tells_how_much_is_kept (void)
{
  guint64 max = 0;

  g_unsetenv ("SEEDANCE_STATE_MAX_SIZE");
  g_assert_true (seedance_ledger_get_max_size (&max, NULL));
  g_assert_cmpuint (max, ==, G_GUINT64_CONSTANT (2) << 30);
  g_setenv ("SEEDANCE_STATE_MAX_SIZE", "4GiB", TRUE);
  g_assert_true (seedance_ledger_get_max_size (&max, NULL));
  g_assert_cmpuint (max, ==, G_GUINT64_CONSTANT (4) << 30);
  g_setenv ("SEEDANCE_STATE_MAX_SIZE", "0", TRUE);
  g_assert_true (seedance_ledger_get_max_size (&max, NULL));
  g_assert_cmpuint (max, ==, 0);
}

static void
test_nonsense_is_no_size (void)
{
  static const gchar *const nonsense[] = { "", "-1", "4 apples", "1e9",
    "99999999999T", "four\x1b[31m" };

  for (guint i = 0; i < G_N_ELEMENTS (nonsense); i++) {
    g_autoptr (GError) error = NULL;
    guint64 max;

    g_setenv ("SEEDANCE_STATE_MAX_SIZE", nonsense[i], TRUE);
    g_assert_false (seedance_ledger_get_max_size (&max, &error));
    g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
    g_assert_nonnull (strstr (error->message, "Nothing was deleted"));
    g_assert_null (strchr (error->message, '\x1b'));
  }
  g_unsetenv ("SEEDANCE_STATE_MAX_SIZE");
}

static void
test_no_folder_is_no_work (void)
{
  seedance_ledger_prune ("/nonexistent/seedance", 0, SEEDANCE_PRUNE_PLAYED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD_FUNC(path, name) g_test_add_func ("/ledger/" path, test_##name)
#define ADD(path, name) folder_add ("/ledger/" path, NULL, test_##name)
  ADD_FUNC ("owner/self", this_process_lives);
  ADD ("owner/killed", another_process_lives_until_it_is_killed);
  ADD ("owner/zombie", a_zombie_is_dead);
  ADD_FUNC ("owner/recycled", a_later_process_of_the_same_number_is_another);
  ADD_FUNC ("owner/no-such-number", no_process_has_such_a_number);
  ADD_FUNC ("owner/other-host", another_host_is_given_time);
  ADD_FUNC ("owner/restarted", another_start_of_this_host_is_another_host);
  ADD_FUNC ("owner/clock-ahead", a_clock_far_ahead_does_not_live_for_ever);
  ADD_FUNC ("owner/no-time", a_record_without_a_time_is_old);
  ADD ("prune/order", the_least_recently_used_goes_first);
  folder_add ("/ledger/prune/replaced-first",
      GINT_TO_POINTER (SEEDANCE_PRUNE_PLAYED),
      test_what_was_replaced_goes_first);
  folder_add ("/ledger/prune/replaced-only",
      GINT_TO_POINTER (SEEDANCE_PRUNE_REPLACED),
      test_what_was_replaced_goes_first);
  ADD ("prune/used-again", what_was_used_again_goes_late);
  ADD ("prune/twins", a_clip_of_two_records_is_the_order_s);
  ADD ("prune/not-played", what_was_not_played_never_goes);
  ADD ("prune/counts-all", clips_that_must_stay_count_too);
  ADD ("prune/pointer", what_led_to_a_clip_still_leads_to_its_task);
  ADD ("prune/gone", a_clip_that_is_gone_takes_no_room);
  ADD ("prune/being-replaced", what_is_being_replaced_keeps_its_record);
  ADD ("prune/other-files", other_files_stay);
  ADD ("prune/leftovers", what_a_crash_left_goes_after_a_day);
  ADD ("prune/parts", parts_stay_for_a_week);
  ADD ("prune/sizes", sizes_are_those_of_the_files);
  ADD_FUNC ("prune/max-size", the_environment_tells_how_much_is_kept);
  ADD_FUNC ("prune/no-size", nonsense_is_no_size);
  ADD_FUNC ("prune/no-folder", no_folder_is_no_work);
  return g_test_run ();
}
