/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The as-run log: what was on air is written as whole lines, and a restart of
 * the playout reads them back. */

#include "asrun.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "hostile.h"
#include "io.h"

typedef struct {
  gchar *folder, *path;
} Place;

static const SeedanceAsrunLine plain = {
  .id = "a",
  .out = -1,
  .planned = -1,
  .started = -1,
  .running_time = -1,
  .reason = "end",
};

static void
set_up (Place *place, gconstpointer data)
{
  place->folder = g_dir_make_tmp ("asrun-XXXXXX", NULL);
  place->path = g_build_filename (place->folder, "as-run.jsonl", NULL);
}

static void
tear_down (Place *place, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (place->folder, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (place->folder, name, NULL);

    g_remove (path);
  }
  g_rmdir (place->folder);
  g_free (place->folder);
  g_free (place->path);
}

static SeedanceAsrun *
open_log (Place *place)
{
  g_autoptr (GError) error = NULL;
  SeedanceAsrun *asrun = seedance_asrun_new (place->path);

  seedance_asrun_open (asrun, &error);
  g_assert_no_error (error);

  return asrun;
}

static void
write_line (SeedanceAsrun *asrun, const SeedanceAsrunLine *line)
{
  g_autoptr (GError) error = NULL;

  seedance_asrun_write (asrun, line, &error);
  g_assert_no_error (error);
}

/* @started: -1 = it was not on air */
static void
write_item (SeedanceAsrun *asrun, const gchar *id, const gchar *task_id,
    const gchar *reason, gint64 started)
{
  SeedanceAsrunLine line = plain;

  line.id = id;
  line.task_id = task_id;
  line.reason = reason;
  line.started = started;
  write_line (asrun, &line);
}

#define write_end(asrun, id, task, reason) \
  write_item (asrun, id, task, reason, -1)
#define write_air(asrun, id, task, reason) \
  write_item (asrun, id, task, reason, 0)

static gchar *
contents (Place *place)
{
  gchar *text = NULL;

  g_assert_true (g_file_get_contents (place->path, &text, NULL, NULL));

  return text;
}

#define assert_contents(place, expected) \
  G_STMT_START \
  { \
    g_autofree gchar *real_text = contents (place); \
\
    g_assert_cmpstr (real_text, ==, expected); \
  } \
  G_STMT_END

static void
assert_lines (Place *place, guint expected)
{
  g_autofree gchar *text = contents (place);
  guint lines = 0;

  for (const gchar *p = text; *p; p++)
    lines += *p == '\n';
  g_assert_cmpuint (lines, ==, expected);
}

/* Returns the past of the log as text, for example "B A a=task-a b": first the
 * ids that were on air, the newest first and in upper case; then all ids that
 * are done, sorted, with the task id or URI and with "@" and the position of
 * the cut, as far as they are known. */
static gchar *
read_back (Place *place)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SeedancePast) past = seedance_asrun_read (place->path, &error);
  g_autoptr (GList) done = NULL;
  GString *text = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < past->played->len; i++) {
    const gchar *id = g_ptr_array_index (past->played, i);
    g_autofree gchar *upper = g_ascii_strup (id, -1);

    g_assert_true (g_hash_table_contains (past->done, id));
    g_string_append_printf (text, "%s ", upper);
  }
  done =
      g_list_sort (g_hash_table_get_keys (past->done), (GCompareFunc) strcmp);
  for (GList *l = done; l; l = l->next) {
    const SeedancePastItem *from = g_hash_table_lookup (past->items, l->data);

    g_string_append (text, l->data);
    if (from)
      g_string_append_printf (
          text, "=%s", from->task_id ? from->task_id : from->uri);
    if (from && from->out >= 0)
      g_string_append_printf (text, "@%" G_GINT64_FORMAT, from->out);
    g_string_append_c (text, ' ');
  }

  return g_strchomp (g_string_free (text, FALSE));
}

#define assert_read_back(place, expected) \
  G_STMT_START \
  { \
    g_autofree gchar *real_ids = read_back (place); \
\
    g_assert_cmpstr (real_ids, ==, expected); \
  } \
  G_STMT_END

static void
test_every_field (Place *place, gconstpointer data)
{
  SeedanceAsrun *asrun = open_log (place);
  const SeedanceAsrunLine line = { "a \"1\"", "cgt-1", "file:///x",
    "{\n\"k\":[1]}", G_GINT64_CONSTANT (4000000001),
    G_GINT64_CONSTANT (1796007600040999), G_GINT64_CONSTANT (1796007600000000),
    G_GINT64_CONSTANT (9007199254740993), 125, 3, "end", "0.34 USD", TRUE, TRUE,
    TRUE };

  write_line (asrun, &line);
  write_line (asrun, &plain);
  seedance_asrun_close (asrun);
  assert_contents (place,
      "{\"id\":\"a \\\"1\\\"\",\"task-id\":\"cgt-1\",\"uri\":\"file:///x\","
      "\"out\":4.000000001,"
      "\"planned\":\"2026-11-30T03:00:00.040Z\","
      "\"started\":\"2026-11-30T03:00:00.000Z\","
      "\"running-time\":9007199254740993,\"frames\":125,\"held\":3,"
      "\"reason\":\"end\",\"cost\":\"0.34 USD\",\"replay\":true,"
      "\"filler\":true,\"again\":true,\"metadata\":{ \"k\":[1]}}\n"
      "{\"id\":\"a\",\"frames\":0,\"held\":0,\"reason\":\"end\"}\n");
}

static void
test_hostile_strings_stay_in_their_line (Place *place, gconstpointer data)
{
  SeedanceAsrun *asrun = open_log (place);
  g_autofree gchar *text = NULL;

  for (guint i = 0; i < hostile_n_strings (); i++) {
    SeedanceAsrunLine line = plain;

    line.id = line.reason = line.cost = line.uri = hostile_string (i);
    write_line (asrun, &line);
  }
  seedance_asrun_close (asrun);
  text = contents (place);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  assert_lines (place, hostile_n_strings ());
}

static void
test_a_half_line_is_closed (Place *place, gconstpointer data)
{
  SeedanceAsrun *asrun;

  g_assert_true (g_file_set_contents (
      place->path, "{\"id\":\"o\"}\n{\"id\":\"x", -1, NULL));
  asrun = open_log (place);
  write_line (asrun, &plain);
  write_line (asrun, &plain);
  seedance_asrun_close (asrun);
  assert_contents (place,
      "{\"id\":\"o\"}\n{\"id\":\"x\n"
      "{\"id\":\"a\",\"frames\":0,\"held\":0,\"reason\":\"end\"}\n"
      "{\"id\":\"a\",\"frames\":0,\"held\":0,\"reason\":\"end\"}\n");
  assert_read_back (place, "a o");
}

static void
test_a_log_that_is_moved_away_is_begun_anew (Place *place, gconstpointer data)
{
  SeedanceAsrun *asrun = open_log (place);
  g_autofree gchar *old = g_strconcat (place->path, ".1", NULL);

  write_end (asrun, "a", NULL, "end");
  g_assert_cmpint (g_rename (place->path, old), ==, 0);
  write_end (asrun, "b", NULL, "end");
  assert_read_back (place, "b");
  g_assert_cmpint (g_remove (place->path), ==, 0);
  write_end (asrun, "c", NULL, "end");
  assert_read_back (place, "c");
  seedance_asrun_close (asrun);
}

static void
test_what_cannot_be_opened (Place *place, gconstpointer data)
{
  SeedanceAsrun *asrun = seedance_asrun_new (place->folder);
  g_autoptr (GError) error = NULL;

  g_assert_false (seedance_asrun_open (asrun, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_ISDIR);
  seedance_asrun_close (asrun);
}

/* Such as a share that is mounted later. */
static void
test_a_folder_that_is_there_later (Place *place, gconstpointer data)
{
  g_autofree gchar *folder = g_build_filename (place->folder, "x", NULL);
  SeedanceAsrun *asrun;
  g_autoptr (GError) error = NULL;

  g_free (place->path);
  place->path = g_build_filename (folder, "y", NULL);
  asrun = seedance_asrun_new (place->path);
  g_assert_false (seedance_asrun_open (asrun, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, "as-run log"));
  g_clear_error (&error);
  g_assert_false (seedance_asrun_write (asrun, &plain, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  write_end (asrun, "b", NULL, "end");
  assert_read_back (place, "b");
  seedance_asrun_close (asrun);
  g_remove (place->path);
}

/* Given a disk that becomes full in the middle of a line, the log removes that
 * line and reports the error. Once there is space again, the next line is
 * whole. */
static void
test_a_full_disk (Place *place, gconstpointer data)
{
  SeedanceAsrun *asrun = open_log (place);
  g_autoptr (GError) error = NULL;
  struct rlimit before, tight;

  write_end (asrun, "a", NULL, "end");
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  tight = before;
  tight.rlim_cur = 70;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &tight), ==, 0);
  g_assert_false (seedance_asrun_write (asrun, &plain, &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
  assert_contents (
      place, "{\"id\":\"a\",\"frames\":0,\"held\":0,\"reason\":\"end\"}\n");
  write_end (asrun, "b", NULL, "end");
  assert_read_back (place, "a b");
  seedance_asrun_close (asrun);
}

/* A line never waits for a reader of the pipe, and needs none. */
static void
test_a_pipe_holds_nobody (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  SeedanceAsrun *asrun;
  gchar bytes[65];
  gssize n;
  int reader;

  g_assert_cmpint (mkfifo (place->path, 0600), ==, 0);
  asrun = seedance_asrun_new (place->path);
  g_assert_false (seedance_asrun_open (asrun, NULL));
  reader = g_open (place->path, O_RDONLY | O_NONBLOCK, 0);
  write_end (asrun, "a", NULL, "end");
  n = read (reader, bytes, sizeof bytes - 1);
  g_assert_cmpint (n, >, 0);
  bytes[n] = '\0';
  g_assert_cmpstr (
      bytes, ==, "{\"id\":\"a\",\"frames\":0,\"held\":0,\"reason\":\"end\"}\n");
  for (guint i = 0; i < 100000 && !error; i++)
    seedance_asrun_write (asrun, &plain, &error);
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_AGAIN);
  assert_read_back (place, "");
  close (reader);
  g_clear_error (&error);
  g_assert_false (seedance_asrun_write (asrun, &plain, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_PIPE);
  seedance_asrun_close (asrun);
}

static void
test_two_writers_do_not_mix (Place *place, gconstpointer data)
{
  SeedanceAsrun *first = open_log (place), *second = open_log (place);

  for (guint i = 0; i < 3; i++) {
    write_end (first, "a", NULL, "end");
    write_end (second, "b", NULL, "end");
  }
  seedance_asrun_close (first);
  seedance_asrun_close (second);
  assert_read_back (place, "a b");
  assert_lines (place, 6);
}

/* Returns the lines of the @nth block of JSON lines in docs/live.md. Without
 * SEEDANCE_SOURCE_ROOT, skips the test and returns NULL. The caller frees the
 * lines with g_strfreev(). */
static gchar *
read_document (guint nth)
{
  const gchar *root = g_getenv ("SEEDANCE_SOURCE_ROOT");
  g_autofree gchar *path = NULL, *text = NULL;
  g_auto (GStrv) blocks = NULL;

  if (!root) {
    g_test_skip ("SEEDANCE_SOURCE_ROOT is not set");
    return NULL;
  }
  path = g_build_filename (root, "docs", "live.md", NULL);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  blocks = g_strsplit (text, "```jsonl\n", -1);
  g_assert_cmpuint (g_strv_length (blocks), >, nth + 1);
  strstr (blocks[nth + 1], "```")[0] = '\0';

  return g_strdup (blocks[nth + 1]);
}

static void
test_the_documents_lines_are_written (Place *place, gconstpointer data)
{
  g_autofree gchar *text = read_document (1);
  SeedanceAsrunLine line = plain;
  SeedanceAsrun *asrun;

  if (!text)
    return;
  asrun = open_log (place);
  line.id = "opener";
  line.task_id = "cgt-20261129-q2w3e";
  line.planned = G_GINT64_CONSTANT (1795921200000000);
  line.started = line.planned + 12000;
  line.running_time = G_GINT64_CONSTANT (3600000000000);
  line.frames = 125;
  line.cost = "0.35 USD";
  write_line (asrun, &line);
  write_end (asrun, "portrait", NULL, "moderation");
  seedance_asrun_close (asrun);
  assert_contents (place, text);
}

/* The position at which an item went off air is read back. */
static void
test_where_an_item_was_cut (Place *place, gconstpointer data)
{
  SeedanceAsrun *asrun = open_log (place);
  SeedanceAsrunLine line = plain;

  line.uri = "file:///x";
  line.out = 0;
  write_line (asrun, &line);
  line.id = "b";
  line.task_id = "task-b";
  line.uri = NULL;
  line.out = G_GINT64_CONSTANT (86399999999999);
  write_line (asrun, &line);
  seedance_asrun_close (asrun);
  assert_read_back (place, "a=file:///x@0 b=task-b@86399999999999");
}

/* A restart reads which items are done. Replays and fillers do not count, and
 * neither does an item that the playout was stopped in, or a clip of a service
 * that stood still. */
static void
test_what_a_restart_reads (Place *place, gconstpointer data)
{
  SeedanceAsrun *asrun = open_log (place);
  SeedanceAsrunLine line = plain;

  write_air (asrun, "a", "task-a", "end");
  write_end (asrun, "b", NULL, "moderation");
  write_air (asrun, "c", "task-c", "skipped");
  line.id = "a";
  line.started = 0;
  line.replay = TRUE;
  write_line (asrun, &line);
  line.id = "f";
  line.replay = FALSE;
  line.filler = TRUE;
  write_line (asrun, &line);
  write_air (asrun, "d", "task-d", "stopped");
  line.id = "g";
  line.task_id = "task-g";
  line.reason = "hangs";
  line.filler = FALSE;
  line.again = TRUE;
  write_line (asrun, &line);
  write_air (asrun, "g", "task-g", "hangs");
  seedance_asrun_close (asrun);
  assert_read_back (place, "G C A a=task-a b c=task-c g=task-g");
}

static void
write_note (SeedanceAsrun *asrun, const gchar *note, const gchar *id)
{
  g_autoptr (GError) error = NULL;

  seedance_asrun_note (asrun, note, id, &error);
  g_assert_no_error (error);
}

static void
assert_whole (Place *place, const gchar *expected)
{
  g_autoptr (SeedancePast) past = seedance_asrun_read (place->path, NULL);
  g_autoptr (GList) ids =
      g_list_sort (g_hash_table_get_keys (past->whole), (GCompareFunc) strcmp);
  g_autoptr (GString) text = g_string_new (NULL);

  for (GList *l = ids; l; l = l->next)
    g_string_append_printf (text, "%s ", (const gchar *) l->data);
  g_assert_cmpstr (text->str, ==, expected);
}

/* What was taken off the air, as an item or as a repeat, what broke there, and
 * what was removed. A repeat may end early: an item is ready, or a disk hangs. */
static void
test_what_is_not_repeated (Place *place, gconstpointer data)
{
  SeedanceAsrun *asrun = open_log (place);
  SeedanceAsrunLine repeat = plain;

  for (const gchar *id = "a\0b\0c\0d\0e\0"; *id; id += 2)
    write_air (asrun, id, NULL, *id == 'b' ? "format" : "end");
  write_air (asrun, "f", NULL, "skipped");
  write_air (asrun, "g", NULL, "hangs");
  write_air (asrun, "h", NULL, "stopped");
  repeat.replay = TRUE;
  repeat.id = "a";
  repeat.reason = "no-file";
  write_line (asrun, &repeat);
  repeat.started = 0;
  repeat.reason = "end";
  write_line (asrun, &repeat);
  assert_whole (place, "a b c d e ");
  repeat.id = "c";
  repeat.reason = "skipped";
  write_line (asrun, &repeat);
  repeat.id = "d";
  repeat.reason = "decode";
  write_line (asrun, &repeat);
  repeat.id = "a";
  repeat.reason = "hangs";
  write_line (asrun, &repeat);
  write_note (asrun, "removed", "e");
  assert_whole (place, "a b ");
  write_note (asrun, "cleared", NULL);
  assert_whole (place, "");
  seedance_asrun_close (asrun);
}

/* Notes tell what was begun, and what the operator took out. */
static void
test_what_a_restart_is_told (Place *place, gconstpointer data)
{
  SeedanceAsrun *asrun = open_log (place);
  g_autoptr (SeedancePast) past = NULL;

  write_note (asrun, "begun", "a");
  write_note (asrun, "cleared", NULL);
  write_note (asrun, "begun", "b \"2\"");
  write_note (asrun, "begun", "c");
  write_note (asrun, "removed", "c");
  seedance_asrun_close (asrun);
  assert_contents (place, "{\"begun\":\"a\"}\n{\"cleared\":true}\n"
                          "{\"begun\":\"b \\\"2\\\"\"}\n"
                          "{\"begun\":\"c\"}\n{\"removed\":\"c\"}\n");
  assert_read_back (place, "c");
  past = seedance_asrun_read (place->path, NULL);
  g_assert_cmpuint (g_hash_table_size (past->begun), ==, 2);
  g_assert_true (g_hash_table_contains (past->begun, "b \"2\""));
  g_assert_true (g_hash_table_contains (past->begun, "c"));
}

static void
test_a_log_that_is_not_there (Place *place, gconstpointer data)
{
  assert_read_back (place, "");
}

static void
test_lines_that_cannot_be_read (Place *place, gconstpointer data)
{
  static const gchar text[] =
      "{\"id\":\"a\"}\n\n[]\n\"x\"\n{\"id\":5}\n{\"id\":\"\0\"}\n\xff\xfe\n"
      "{\"id\":\"b\",\"task-id\":7}\r\n{\"reason\":\"end\"}\n{\"id\":\"c\"}";

  g_assert_true (
      g_file_set_contents (place->path, text, sizeof text - 1, NULL));
  assert_read_back (place, "a b c");
}

/* Of a log of months, only the last 32 MiB are read, from the first whole line
 * on. */
static void
test_a_long_log (Place *place, gconstpointer data)
{
  static const gchar line[] =
      "{\"id\":\"a\",\"started\":\"x\",\"reason\":\"end\"}\n";
  static const gchar last[] = "{\"id\":\"z\",\"started\":\"x\"}\n";
  GString *text = g_string_new (NULL);
  g_autoptr (SeedancePast) past = NULL;

  while (text->len < 33 << 20)
    g_string_append (text, line);
  g_string_append (text, last);
  g_assert_cmpuint ((text->len - (32 << 20)) % strlen (line), !=, 0);
  g_assert_true (
      g_file_set_contents (place->path, text->str, (gssize) text->len, NULL));
  g_string_free (text, TRUE);
  past = seedance_asrun_read (place->path, NULL);
  g_assert_cmpstr (g_ptr_array_index (past->played, 0), ==, "z");
  /* The last line, and all whole lines before it. */
  g_assert_cmpuint (
      past->played->len, ==, ((32 << 20) - strlen (last)) / strlen (line) + 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  seedance_io_survive_writes ();
#define ADD(path, name) \
  g_test_add ("/asrun/" path, Place, NULL, set_up, test_##name, tear_down)
  ADD ("write/every-field", every_field);
  ADD ("write/hostile", hostile_strings_stay_in_their_line);
  ADD ("write/half-line", a_half_line_is_closed);
  ADD ("write/moved", a_log_that_is_moved_away_is_begun_anew);
  ADD ("write/not-opened", what_cannot_be_opened);
  ADD ("write/later", a_folder_that_is_there_later);
  ADD ("write/full-disk", a_full_disk);
  ADD ("write/pipe", a_pipe_holds_nobody);
  ADD ("write/two", two_writers_do_not_mix);
  ADD ("write/document", the_documents_lines_are_written);
  ADD ("read/cut", where_an_item_was_cut);
  ADD ("read/restart", what_a_restart_reads);
  ADD ("read/told", what_a_restart_is_told);
  ADD ("read/repeats", what_is_not_repeated);
  ADD ("read/not-there", a_log_that_is_not_there);
  ADD ("read/bad-lines", lines_that_cannot_be_read);
  ADD ("read/long", a_long_log);

  return g_test_run ();
}
