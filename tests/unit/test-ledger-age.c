/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given stored clips and too little space, the ledger deletes the bytes of
 * clips and keeps their records. An element can then fetch such a clip again by
 * its task id. */
#include "ledger-folder.h"
#include "spool.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include <utime.h>

/* Adds a record of the order @name with a stored clip of 1000 bytes that was
 * last used at @used. Its task id is task-of-NAME. */
static SeedanceRecord *
add_clip (
    Folder *folder, const gchar *name, SeedanceRecordState state, gint64 used)
{
  static const gchar bytes[1000];
  g_autoptr (SeedanceRecord) record = folder_record (folder, name, state);
  g_autofree gchar *clip = seedance_ledger_clip_path (folder->dir, record);
  /* Saving the record made it new, so sets its age directly. */
  g_autofree gchar *sql = g_strdup_printf (
      "UPDATE attempts SET updated = %" G_GINT64_FORMAT
      ", size = 1000, stored = 1, task_id = 'task-of-%s' WHERE name = '%s';",
      used, name, record->name);

  folder_change (folder, sql);
  g_assert_true (g_file_set_contents (clip, bytes, sizeof bytes, NULL));
  g_assert_cmpint (
      g_utime (clip, &(struct utimbuf){ (time_t) used, (time_t) used }), ==, 0);

  return g_steal_pointer (&record);
}

static void
add_clips (Folder *folder, const gchar *names, SeedanceRecordState state)
{
  g_auto (GStrv) list = g_strsplit (names, " ", -1);

  for (guint i = 0; list[i]; i++)
    seedance_record_free (add_clip (folder, list[i], state, list[i][0] * 100));
}

static gboolean
has_clip (Folder *folder, const gchar *name)
{
  g_autofree gchar *sql = g_strdup_printf (
      "SELECT name || '.mp4' FROM attempts WHERE task_id = 'task-of-%s';",
      name);
  g_autofree gchar *file = folder_get (folder, sql);

  g_assert_nonnull (file);
  return folder_has (folder, file);
}

/* Asserts that the records exist, since only they lead back to the clips, and
 * that the bytes are there or not. */
static void
assert_there (Folder *folder, const gchar *names, gboolean there)
{
  g_auto (GStrv) list = g_strsplit (names, " ", -1);

  for (gchar **name = list; *name; name++) {
    g_autofree gchar *stored = g_strdup_printf (
        "task_id = 'task-of-%s' AND size = 1000 AND stored = %d", *name, there);

    g_test_message ("%s", *name);
    g_assert_cmpint (has_clip (folder, *name), ==, there);
    g_assert_cmpint (folder_count_rows (folder, stored), ==, 1);
  }
}

/* The names sort in the order of the last use. */
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

/* Clips that may not be deleted still count against the limit. */
static void
test_clips_that_must_stay_count_too (Folder *folder, gconstpointer data)
{
  add_clips (folder, "a b", SEEDANCE_RECORD_READY);
  add_clips (folder, "c d", SEEDANCE_RECORD_PLAYED);
  seedance_ledger_prune (folder->dir, 3000, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a b d", TRUE);
  assert_there (folder, "c", FALSE);
}

/* After its bytes are deleted, the order and the task id still lead to the
 * task. Otherwise the clip would be bought again. */
static void
test_what_led_to_a_clip_still_leads_to_its_task (
    Folder *folder, gconstpointer data)
{
  g_autofree gchar *identity = folder_identity ("r");
  const SeedanceClaim claim = {
    .identity = identity, .again = TRUE, .attempts = 2
  };
  g_autoptr (SeedanceRecord) found = NULL, by_task = NULL;
  g_auto (SeedanceRefusal) refusal = { 0 };

  add_clips (folder, "r", SEEDANCE_RECORD_PLAYED);
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "r", FALSE);
  g_assert_cmpint (
      seedance_ledger_claim (folder->dir, &claim, NULL, &found, &refusal, NULL),
      ==, SEEDANCE_CLAIM_ATTACH);
  g_assert_cmpstr (found->task_id, ==, "task-of-r");
  g_assert_cmpint (found->state, ==, SEEDANCE_RECORD_PLAYED);
  by_task = seedance_ledger_find_task (
      folder->dir, "seeddance", "https://api.example", "task-of-r", NULL);
  g_assert_cmpstr (by_task->name, ==, found->name);
}

/* A missing file counts as no bytes, so the next clip is not deleted for it. */
static void
test_a_clip_that_is_gone_takes_no_room (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) gone =
      add_clip (folder, "a", SEEDANCE_RECORD_PLAYED, 100);
  g_autofree gchar *path = seedance_ledger_clip_path (folder->dir, gone);

  add_clips (folder, "b c", SEEDANCE_RECORD_PLAYED);
  g_assert_cmpint (g_unlink (path), ==, 0);
  seedance_ledger_prune (folder->dir, 2000, SEEDANCE_PRUNE_PLAYED);
  g_assert_false (has_clip (folder, "a"));
  assert_there (folder, "b c", TRUE);
}

/* Returns the time @days ago. */
static gint64
days_ago (gint64 days)
{
  return g_get_real_time () / G_USEC_PER_SEC - days * 24 * 3600;
}

/* A program that runs for weeks may repeat its clips day by day, and must not
 * fill the disk with those that it played once. */
static void
test_a_long_run_keeps_what_it_repeats (Folder *folder, gconstpointer data)
{
  static const struct {
    const gchar *name;
    gint64 days;
  } clips[] = { { "a", 30 }, { "b", 8 }, { "c", 6 }, { "d", 1 }, { "e", 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (clips); i++)
    seedance_record_free (add_clip (folder, clips[i].name,
        SEEDANCE_RECORD_PLAYED, days_ago (clips[i].days)));
  seedance_record_free (
      add_clip (folder, "unseen", SEEDANCE_RECORD_READY, days_ago (30)));
  seedance_ledger_prune (folder->dir, 5000, SEEDANCE_PRUNE_UNUSED);
  assert_there (folder, "a", FALSE);
  assert_there (folder, "b c d e unseen", TRUE);
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_UNUSED);
  assert_there (folder, "b", FALSE);
  assert_there (folder, "c d e unseen", TRUE);
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "c d e", FALSE);
  assert_there (folder, "unseen", TRUE);
}

/* Losing a clip costs nothing if no order leads to it, even if it is new. */
typedef struct {
  const gchar *name;
  const gchar *change; /* changes the record "z" so that no order leads to it */
  gint newer; /* state of a newer record of the same order; -1: none */
  gboolean led_to;
} Replaced;

static const Replaced replaced[] = {
  { "newest", NULL, -1, TRUE },
  { "forgotten", "forgotten = 1", -1, FALSE },
  { "beside", "beside = 1", -1, FALSE },
  { "named", "identity = NULL, named = 1", -1, FALSE },
  { "played-again", NULL, SEEDANCE_RECORD_PLAYED, FALSE },
  { "ordered-again", NULL, SEEDANCE_RECORD_SUBMITTED, FALSE },
  { "failed-again", NULL, SEEDANCE_RECORD_FAILED, TRUE },
  /* It is open whether the newer order will bring a clip. */
  { "being-ordered", NULL, SEEDANCE_RECORD_SUBMITTING, TRUE },
  { "in-doubt", NULL, SEEDANCE_RECORD_AMBIGUOUS, TRUE },
};

static void
test_what_nothing_leads_to_goes_first (Folder *folder, gconstpointer data)
{
  const Replaced *r = data;
  const SeedanceRecordState newer = (SeedanceRecordState) r->newer;
  g_autoptr (SeedanceRecord) old =
      add_clip (folder, "z", SEEDANCE_RECORD_PLAYED, days_ago (0));

  seedance_record_free (
      add_clip (folder, "a", SEEDANCE_RECORD_PLAYED, days_ago (2)));
  seedance_record_free (
      add_clip (folder, "b", SEEDANCE_RECORD_PLAYED, days_ago (1)));
  if (r->change) {
    g_autofree gchar *sql = g_strdup_printf (
        "UPDATE attempts SET %s WHERE name = '%s';", r->change, old->name);

    folder_change (folder, sql);
  }
  if (r->newer >= 0)
    seedance_record_free (folder_record (folder, "z", newer));
  folder_change (folder, "UPDATE attempts SET task_id = 'new' "
                         "WHERE task_id = 'task-of-z' AND size IS NOT 1000;"
                         "UPDATE attempts SET stored = 0 WHERE size = 4;");
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_UNUSED);
  assert_there (folder, "a b", TRUE);
  assert_there (folder, "z", r->led_to);
  seedance_ledger_prune (folder->dir, 2000, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a", !r->led_to);
  assert_there (folder, "b", TRUE);
  assert_there (folder, "z", r->led_to);
}

/* Each use of a clip makes it the last to be deleted. */
static void
test_what_was_used_again_goes_late (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) first =
      add_clip (folder, "a", SEEDANCE_RECORD_PLAYED, 100);

  g_autofree gchar *clip = seedance_ledger_clip_path (folder->dir, first);

  add_clips (folder, "b c", SEEDANCE_RECORD_PLAYED);
  seedance_ledger_note_use (clip);
  seedance_ledger_prune (folder->dir, 1000, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a", TRUE);
  assert_there (folder, "b c", FALSE);
}

/* It plays on without its file, but its next start would not. */
static void
test_what_is_being_played_stays (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) first =
      add_clip (folder, "a", SEEDANCE_RECORD_PLAYED, 100);
  g_autofree gchar *clip = seedance_ledger_clip_path (folder->dir, first);
  GMutex lock = { 0 };
  GCond cond = { 0 };
  int fault;
  SeedanceSpool *spool = seedance_spool_open (clip, -1, &fault, &lock, &cond);

  add_clips (folder, "b c", SEEDANCE_RECORD_PLAYED);
  seedance_ledger_prune (folder->dir, 2000, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a c", TRUE);
  assert_there (folder, "b", FALSE);
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_UNUSED);
  assert_there (folder, "a", TRUE);
  assert_there (folder, "c", FALSE);
  seedance_spool_free (spool);
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a", FALSE);
}

static void
add_old_text (Folder *folder, const gchar *file, const gchar *text)
{
  g_autofree gchar *path = folder_path (folder, file);
  struct utimbuf old = { 1000000000, 1000000000 };

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_utime (path, &old), ==, 0);
}

static void
add_old_file (Folder *folder, const gchar *file)
{
  add_old_text (folder, file, "{}");
}

/* The user may keep other files in the folder, which may even be a home
 * folder. */
static void
test_other_files_stay (Folder *folder, gconstpointer data)
{
  static const gchar *const files[] = { "package.json", "mine.mp4", "mine.part",
    "mine.mp4.part", ".bashrc", ".profile.d", ".config.json", "ledger.db.old",
    ".nfs000000000012", ".git.0123abcd" };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    add_old_file (folder, files[i]);
  add_clips (folder, "r", SEEDANCE_RECORD_PLAYED);
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_test_message ("%s", files[i]);
    g_assert_true (folder_has (folder, files[i]));
  }
  assert_there (folder, "r", FALSE);
  g_assert_true (folder_has (folder, SEEDANCE_LEDGER_FILE));
}

/* Returns the name of a file that a download writes to. The caller frees it
 * with g_free(). */
static gchar *
name_of_part (Folder *folder)
{
  g_autofree gchar *name = g_strnfill (32, '0');
  g_autofree gchar *path = g_strconcat (folder->dir, "/", name, ".mp4", NULL);
  GMutex lock = { 0 };
  GCond cond = { 0 };
  g_autoptr (SeedanceIo) io = seedance_io_open (folder->dir, NULL);
  SeedanceSpool *spool = seedance_spool_create (io, path, &lock, &cond, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder->dir, 0, NULL);
  gchar *part = g_strdup (g_dir_read_name (dir));

  seedance_spool_free (spool);
  return part;
}

/* Returns the name of a database that a process made, but had not yet renamed
 * when it died. The caller frees it with g_free(). */
static gchar *
name_of_new_database (Folder *folder)
{
  g_autofree gchar *path = seedance_ledger_file_new (folder->dir, NULL);
  gchar *name = g_path_get_basename (path);

  seedance_ledger_file_remove (path);
  return name;
}

static void
test_what_a_crash_left_goes_after_a_day (Folder *folder, gconstpointer data)
{
  g_autofree gchar *part = name_of_part (folder);
  g_autofree gchar *database = name_of_new_database (folder);
  g_autofree gchar *journal = g_strconcat (database, "-journal", NULL);
  g_autofree gchar *wal = g_strconcat (database, "-wal", NULL);
  g_autofree gchar *shm = g_strconcat (database, "-shm", NULL);
  const gchar *const names[] = { part, database, journal, wal, shm };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    add_old_file (folder, names[i]);
  seedance_ledger_prune (folder->dir, G_MAXUINT64, SEEDANCE_PRUNE_PLAYED);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_test_message ("%s", names[i]);
    g_assert_false (folder_has (folder, names[i]));
  }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    folder_write (folder, names[i], "{", -1);
  seedance_ledger_prune (folder->dir, G_MAXUINT64, SEEDANCE_PRUNE_PLAYED);
  g_assert_cmpuint (folder_count (folder), ==, G_N_ELEMENTS (names));
}

/* A partial download can be continued as long as the service knows the task.
 * Until then it counts like a clip. */
static void
test_parts_stay_for_a_week (Folder *folder, gconstpointer data)
{
  g_autofree gchar *digits = g_strnfill (32, 'a');
  g_autofree gchar *part = g_strconcat (digits, ".mp4.part", NULL);
  g_autofree gchar *map = g_strconcat (digits, ".mp4.map", NULL);
  g_autofree gchar *path = folder_path (folder, part);
  g_autofree gchar *bytes = g_malloc0 (100000);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  struct utimbuf days_ago = { now - 6 * 24 * 3600, now - 6 * 24 * 3600 };

  add_old_file (folder, map);
  g_assert_true (g_file_set_contents (path, bytes, 100000, NULL));
  g_assert_cmpint (g_utime (path, &days_ago), ==, 0);
  add_clips (folder, "r", SEEDANCE_RECORD_PLAYED);
  seedance_ledger_prune (folder->dir, 90000, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "r", FALSE);
  g_assert_true (folder_has (folder, part));
  g_assert_cmpuint (folder_count (folder), ==, 1);
  add_old_file (folder, part);
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  g_assert_cmpuint (folder_count (folder), ==, 0);
}

/* A part that is older may hold the whole clip, which is all that is left of it
 * when the service has forgotten the task. Where the service did not tell the
 * size, any part may be whole. */
#define PIECES(size) \
  "seedance-part 2\nsize 9\n0 5 1\nsize " size "\netag x\n5 3 1\n"

typedef struct {
  const gchar *name, *change; /* changes the row; NULL = leaves it */
  SeedanceRecordState state;
  gboolean stays;
  const gchar *map; /* NULL = of a whole part */
} OldPart;

static const OldPart old_parts[] = {
  { "submitted", NULL, SEEDANCE_RECORD_SUBMITTED, TRUE },
  { "ready", NULL, SEEDANCE_RECORD_READY, TRUE },
  { "beside", "UPDATE attempts SET beside = 1;", SEEDANCE_RECORD_READY, TRUE },
  { "unreadable", "UPDATE attempts SET state = 'odd';",
      SEEDANCE_RECORD_SUBMITTED, TRUE },
  { "no-ledger", "DROP TABLE attempts;", SEEDANCE_RECORD_SUBMITTED, TRUE },
  { "played", NULL, SEEDANCE_RECORD_PLAYED, FALSE },
  { "failed", NULL, SEEDANCE_RECORD_FAILED, FALSE },
  { "forgotten", "UPDATE attempts SET forgotten = 1;",
      SEEDANCE_RECORD_SUBMITTED, FALSE },
  { "gone", "DELETE FROM attempts;", SEEDANCE_RECORD_SUBMITTED, FALSE },
  { "half", NULL, SEEDANCE_RECORD_SUBMITTED, FALSE, PIECES ("9") },
  { "no-size", NULL, SEEDANCE_RECORD_SUBMITTED, TRUE, PIECES ("-1") },
  { "empty", NULL, SEEDANCE_RECORD_SUBMITTED, FALSE, "" },
};

static void
test_what_is_there_of_an_unplayed_clip_stays (
    Folder *folder, gconstpointer data)
{
  const OldPart *old = data;
  g_autoptr (SeedanceRecord) record = folder_record (folder, "r", old->state);
  g_autofree gchar *part = g_strconcat (record->name, ".mp4.part", NULL);
  g_autofree gchar *map = g_strconcat (record->name, ".mp4.map", NULL);

  if (old->change)
    folder_change (folder, old->change);
  add_old_file (folder, part);
  add_old_text (folder, map, old->map ? old->map : PIECES ("8"));
  seedance_ledger_prune (folder->dir, 0, SEEDANCE_PRUNE_PLAYED);
  g_assert_cmpint (folder_has (folder, part), ==, old->stays);
  g_assert_cmpint (folder_has (folder, map), ==, old->stays);
}

/* So it takes room that the played clips do not have. */
static void
test_what_is_there_of_an_unplayed_clip_counts (
    Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record =
      folder_record (folder, "u", SEEDANCE_RECORD_SUBMITTED);
  g_autofree gchar *part = g_strconcat (record->name, ".mp4.part", NULL);
  g_autofree gchar *map = g_strconcat (record->name, ".mp4.map", NULL);
  g_autofree gchar *bytes = g_strnfill (100000, 'x');

  add_old_text (folder, part, bytes);
  add_old_text (folder, map, PIECES ("8"));
  add_clips (folder, "a", SEEDANCE_RECORD_PLAYED);
  seedance_ledger_prune (folder->dir, 90000, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a", FALSE);
  g_assert_true (folder_has (folder, part));
}

/* The ledger ignores the sizes in its rows, because any program with access to
 * the folder may have written them. */
static void
test_sizes_are_those_of_the_files (Folder *folder, gconstpointer data)
{
  add_clips (folder, "a b", SEEDANCE_RECORD_PLAYED);
  seedance_record_free (folder_record (folder, "c", SEEDANCE_RECORD_PLAYED));
  folder_change (
      folder, "UPDATE attempts SET size = 9000000000000000000 WHERE size = 4;");
  seedance_ledger_prune (folder->dir, 2000, SEEDANCE_PRUNE_PLAYED);
  assert_there (folder, "a b", TRUE);
}

/* The name in a row may lead out of the folder. */
static void
test_no_name_leads_elsewhere (Folder *folder, gconstpointer data)
{
  static const gchar *const names[] = { "../mine", "mine", "", "/mine",
    "0123456789ABCDEF0123456789ABCDEF" };
  g_autofree gchar *inner = folder_path (folder, "inner");
  Folder other = { inner };

  g_assert_cmpint (g_mkdir (inner, 0700), ==, 0);
  folder_write (folder, "mine.mp4", "mine", -1);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *file = g_strconcat (names[i], ".mp4", NULL);
    g_autofree gchar *sql = g_strdup_printf (
        "UPDATE attempts SET name = '%s' WHERE size = 4;", names[i]);

    if (!strchr (file, '/'))
      folder_write (&other, file, "mine", -1);
    seedance_record_free (folder_record (&other, "r", SEEDANCE_RECORD_PLAYED));
    folder_change (&other, sql);
    folder_change (&other, "UPDATE attempts SET size = 5;");
  }
  seedance_ledger_prune (inner, 0, SEEDANCE_PRUNE_PLAYED);
  g_assert_true (folder_has (folder, "mine.mp4"));
  g_assert_cmpuint (folder_count (&other), ==, 3);
}

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

static void
add_replaced (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (replaced); i++) {
    g_autofree gchar *path =
        g_strconcat ("/ledger/prune/led-to/", replaced[i].name, NULL);

    folder_add (path, &replaced[i], test_what_nothing_leads_to_goes_first);
  }
}

static void
add_old_parts (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (old_parts); i++) {
    g_autofree gchar *path =
        g_strconcat ("/ledger/prune/old-part/", old_parts[i].name, NULL);

    folder_add (
        path, &old_parts[i], test_what_is_there_of_an_unplayed_clip_stays);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD_FUNC(path, name) g_test_add_func ("/ledger/" path, test_##name)
#define ADD(path, name) folder_add ("/ledger/" path, NULL, test_##name)
  ADD ("prune/order", the_least_recently_used_goes_first);
  add_replaced ();
  ADD ("prune/used-again", what_was_used_again_goes_late);
  ADD ("prune/being-played", what_is_being_played_stays);
  ADD ("prune/long-run", a_long_run_keeps_what_it_repeats);
  ADD ("prune/not-played", what_was_not_played_never_goes);
  ADD ("prune/counts-all", clips_that_must_stay_count_too);
  ADD ("prune/leads", what_led_to_a_clip_still_leads_to_its_task);
  ADD ("prune/gone", a_clip_that_is_gone_takes_no_room);
  ADD ("prune/other-files", other_files_stay);
  ADD ("prune/elsewhere", no_name_leads_elsewhere);
  ADD ("prune/leftovers", what_a_crash_left_goes_after_a_day);
  ADD ("prune/parts", parts_stay_for_a_week);
  add_old_parts ();
  ADD ("prune/old-part-counts", what_is_there_of_an_unplayed_clip_counts);
  ADD ("prune/sizes", sizes_are_those_of_the_files);
  ADD_FUNC ("prune/max-size", the_environment_tells_how_much_is_kept);
  ADD_FUNC ("prune/no-size", nonsense_is_no_size);
  ADD_FUNC ("prune/no-folder", no_folder_is_no_work);
  return g_test_run ();
}
