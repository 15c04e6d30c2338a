/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given a file that people and programs write while it is on air, its lines are
 * taken as they come, whatever is done to it. */

#include "rundown-desk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "hostile.h"

static void
test_a_file_that_is_not_there_yet (void)
{
  Desk *desk = desk_new ();

  desk_open (desk);
  g_assert_cmpstr (desk->ids, ==, "");
  desk_let_settle ();
  desk_rewrite (desk, LINE ("a") LINE ("b"));
  desk_wait_for_ids (desk, "a b");
  g_assert_cmpuint (desk->errors->len, ==, 0);
  desk_free (desk);
}

static void
test_a_folder_that_is_not_there_yet (void)
{
  Desk *desk = desk_new ();
  g_autofree gchar *below = g_build_filename (desk->folder, "x", NULL);

  g_free (desk->path);
  desk->path = g_build_filename (below, "day.jsonl", NULL);
  desk_open (desk);
  g_assert_cmpint (g_mkdir (below, 0700), ==, 0);
  desk_rewrite (desk, LINE ("a"));
  desk_wait_for_ids (desk, "a");
  g_assert_cmpuint (desk->errors->len, ==, 0);
  desk_remove_folder (below);
  desk_free (desk);
}

static void
test_it_is_read_before_the_call_returns (void)
{
  Desk *desk = desk_new ();

  desk_rewrite (desk, LINE ("a") LINE ("b"));
  desk_open (desk);
  g_assert_cmpstr (desk->ids, ==, "a b");
  desk_free (desk);
}

static void
test_a_rename_does_not_silence_it (void)
{
  Desk *desk = desk_new ();
  g_autofree gchar *backup = g_strconcat (desk->path, "~", NULL);

  desk_rewrite (desk, LINE ("a"));
  desk_open (desk);
  desk_replace (desk, LINE ("a") LINE ("b"));
  desk_wait_for_ids (desk, "a b");
  desk_replace (desk, LINE ("a") LINE ("b") LINE ("c"));
  desk_wait_for_ids (desk, "a b c");
  /* Moved aside and written anew, with a look in between. */
  g_assert_cmpint (g_rename (desk->path, backup), ==, 0);
  g_main_context_iteration (NULL, TRUE);
  desk_rewrite (desk, LINE ("a") LINE ("b") LINE ("c") LINE ("d"));
  desk_wait_for_ids (desk, "a b c d");
  desk_append (desk, LINE ("e"));
  desk_wait_for_ids (desk, "a b c d e");
  g_assert_cmpuint (desk->fewest, ==, 1);
  g_assert_cmpuint (desk->errors->len, ==, 0);
  desk_free (desk);
}

/* The process has no file descriptor left for a while: the change is read when
 * it has one again, and the error is told once. */
static void
test_a_reading_that_fails_is_repeated (void)
{
  Desk *desk = desk_new ();
  struct rlimit before, none;
  int lowest;

  desk_rewrite (desk, LINE ("a"));
  desk_open (desk);
  desk_append (desk, LINE ("b"));
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  lowest = dup (0);
  close (lowest);
  none = before;
  none.rlim_cur = (rlim_t) lowest;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &none), ==, 0);
  desk_wait_for_errors (desk, 1);
  desk_let_settle ();
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
  desk_wait_for_ids (desk, "a b");
  g_assert_cmpuint (desk->errors->len, ==, 1);
  desk_free (desk);
}

static void
test_a_half_line_waits (void)
{
  Desk *desk = desk_new ();

  desk_rewrite (desk, LINE ("a") "{\"id\":\"b\",\"pro");
  desk_open (desk);
  g_assert_cmpstr (desk->ids, ==, "a");
  for (guint i = 0; i < 3; i++)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (desk->errors->len, ==, 0);
  desk_append (desk, "mpt\":\"A boat\"}\n");
  desk_wait_for_ids (desk, "a b");
  /* Whole, without a newline: no half of a line is an object. */
  desk_append (desk, "{\"id\":\"c\",\"prompt\":\"A boat\"}");
  desk_wait_for_ids (desk, "a b c");
  desk_append (desk, "\n" LINE ("d"));
  desk_wait_for_ids (desk, "a b c d");
  g_assert_cmpuint (desk->errors->len, ==, 0);
  desk_free (desk);
}

static void
test_a_half_line_that_stays_is_told (void)
{
  Desk *desk = desk_new ();

  desk_rewrite (desk, LINE ("a") "{\"id\":\"b\",\"prompt\":\"A bo");
  desk_open (desk);
  desk_wait_for_errors (desk, 1);
  desk_assert_error_holds (desk, 0, "day.jsonl, line 2: it has no end yet");
  desk_let_settle ();
  desk_append (desk, "at\"}\n");
  desk_wait_for_ids (desk, "a b");
  g_assert_cmpuint (desk->errors->len, ==, 1);
  desk_free (desk);
}

/* An editor that empties the file, thinks, and writes it in two parts: nobody
 * ever sees fewer lines than before. */
static void
test_a_file_that_is_emptied_and_written_anew (void)
{
  Desk *desk = desk_new ();

  desk_rewrite (desk, LINE ("a") LINE ("b") LINE ("c"));
  desk_open (desk);
  desk_rewrite (desk, "");
  for (guint i = 0; i < 2; i++)
    g_main_context_iteration (NULL, TRUE);
  desk_append (desk, LINE ("a"));
  g_main_context_iteration (NULL, TRUE);
  desk_append (desk, LINE ("x") LINE ("b") LINE ("c"));
  desk_wait_for_ids (desk, "a x b c");
  g_assert_cmpuint (desk->fewest, ==, 3);
  desk_free (desk);
}

static void
test_lines_that_stay_away_are_gone (void)
{
  Desk *desk = desk_new ();

  desk_rewrite (desk, LINE ("a") LINE ("b") LINE ("c"));
  desk_open (desk);
  desk_rewrite (desk, LINE ("a") LINE ("c"));
  desk_wait_for_ids (desk, "a c");
  desk_rewrite (desk, "");
  desk_wait_for_ids (desk, "");
  desk_free (desk);
}

/* Such as by a program that writes its state into a comment. Each look finds a
 * new file, which has not settled. */
static void
test_lines_are_gone_from_a_file_that_changes_all_the_time (void)
{
  Desk *desk = desk_new ();

  desk_rewrite (desk, LINE ("a") LINE ("b"));
  desk_open (desk);
  seedance_rundown_file_set_missing_max (desk->file, G_TIME_SPAN_SECOND / 2);
  for (guint n = 0; n < 20 && !g_str_equal (desk->ids, "a"); n++) {
    g_autofree gchar *text = g_strdup_printf ("%s# %u\n", LINE ("a"), n);

    desk_replace (desk, text);
    g_main_context_iteration (NULL, TRUE);
  }
  g_assert_cmpstr (desk->ids, ==, "a");
  desk_free (desk);
}

/* The lines were missing before, but the new file has just begun. */
static void
test_a_file_that_is_emptied_deleted_and_written_anew (void)
{
  Desk *desk = desk_new ();

  desk_rewrite (desk, LINE ("a") LINE ("b"));
  desk_open (desk);
  seedance_rundown_file_set_missing_max (desk->file, G_TIME_SPAN_SECOND / 2);
  desk_rewrite (desk, "");
  g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (g_remove (desk->path), ==, 0);
  desk_wait_for_errors (desk, 1);
  desk_rewrite (desk, "");
  g_main_context_iteration (NULL, TRUE);
  desk_append (desk, LINE ("a") LINE ("b") LINE ("c"));
  desk_wait_for_ids (desk, "a b c");
  g_assert_cmpuint (desk->fewest, ==, 2);
  desk_free (desk);
}

/* Neither the size nor the times tell. */
static void
test_a_change_that_no_look_shows (void)
{
  Desk *desk = desk_new ();
  struct timespec times[2];
  struct stat info;

  desk_rewrite (desk, LINE ("a"));
  desk_open (desk);
  g_assert_cmpint (g_stat (desk->path, &info), ==, 0);
  desk_put (desk->path, 0, LINE ("b"), strlen (LINE ("b")));
  times[0] = info.st_atim;
  times[1] = info.st_mtim;
  g_assert_cmpint (utimensat (AT_FDCWD, desk->path, times, 0), ==, 0);
  desk_wait_for_ids (desk, "b");
  desk_free (desk);
}

static void
test_a_link_that_leads_elsewhere (void)
{
  Desk *desk = desk_new ();
  g_autofree gchar *first = g_build_filename (desk->folder, "1", NULL);
  g_autofree gchar *second = g_build_filename (desk->folder, "2", NULL);
  g_autofree gchar *link = g_build_filename (desk->folder, "link", NULL);

  desk_put (first, 0, LINE ("a"), strlen (LINE ("a")));
  desk_put (second, 0, LINE ("b"), strlen (LINE ("b")));
  g_assert_cmpint (symlink (first, desk->path), ==, 0);
  desk_open (desk);
  g_assert_cmpstr (desk->ids, ==, "a");
  g_assert_cmpint (symlink (second, link), ==, 0);
  g_assert_cmpint (g_rename (link, desk->path), ==, 0);
  desk_wait_for_ids (desk, "b");
  desk_free (desk);
}

static void
test_a_file_that_goes_away_takes_nothing_along (void)
{
  Desk *desk = desk_new ();

  desk_rewrite (desk, LINE ("a") LINE ("b"));
  desk_open (desk);
  g_assert_cmpint (g_remove (desk->path), ==, 0);
  desk_wait_for_errors (desk, 1);
  desk_assert_error_holds (desk, 0, "day.jsonl cannot be read");
  desk_assert_error_holds (desk, 0, "stays");
  desk_let_settle ();
  g_assert_cmpstr (desk->ids, ==, "a b");
  desk_rewrite (desk, LINE ("a") LINE ("b") LINE ("c"));
  desk_wait_for_ids (desk, "a b c");
  g_assert_cmpuint (desk->errors->len, ==, 1);
  g_assert_cmpuint (desk->fewest, ==, 2);
  desk_free (desk);
}

static void
test_a_folder_that_goes_away_and_comes_back (void)
{
  Desk *desk = desk_new ();
  g_autofree gchar *elsewhere = g_strconcat (desk->folder, ".away", NULL);

  desk_rewrite (desk, LINE ("a"));
  desk_open (desk);
  g_assert_cmpint (g_rename (desk->folder, elsewhere), ==, 0);
  desk_wait_for_errors (desk, 1);
  g_assert_cmpstr (desk->ids, ==, "a");
  g_assert_cmpint (g_mkdir (desk->folder, 0700), ==, 0);
  desk_rewrite (desk, LINE ("a") LINE ("b"));
  desk_wait_for_ids (desk, "a b");
  g_assert_cmpuint (desk->fewest, ==, 1);
  desk_remove_folder (elsewhere);
  desk_free (desk);
}

static void
test_marks_and_ends_of_other_systems (void)
{
  Desk *desk = desk_new ();

  desk_rewrite (desk, "\xef\xbb\xbf{\"id\":\"a\",\"prompt\":\"x\"}\r\n\r\n"
                      "# a note\r\n  \t\n{\"id\":\"b\",\"prompt\":\"x\"}\r\n"
                      "{\"id\":\"c\",\"prompt\":\"x\"}\r");
  desk_open (desk);
  g_assert_cmpstr (desk->ids, ==, "a b c");
  desk_let_settle ();
  g_assert_cmpuint (desk->errors->len, ==, 0);
  desk_free (desk);
}

static void
test_a_repeated_id_is_a_line_and_no_item (void)
{
  Desk *desk = desk_new ();

  desk_rewrite (desk, LINE ("a") LINE ("b") LINE ("a"));
  desk_open (desk);
  g_assert_cmpstr (desk->ids, ==, "a b");
  desk_wait_for_errors (desk, 1);
  desk_assert_error_holds (
      desk, 0, "line 3: the id \"a\" stands in line 1 already");
  desk_assert_error_holds (desk, 0, "nothing is ordered");
  /* Told once, while it stands. */
  desk_append (desk, LINE ("c"));
  desk_wait_for_ids (desk, "a b c");
  g_assert_cmpuint (desk->errors->len, ==, 1);
  desk_rewrite (desk, LINE ("a") LINE ("b") LINE ("c") LINE ("d"));
  desk_wait_for_ids (desk, "a b c d");
  desk_append (desk, LINE ("a"));
  desk_wait_for_errors (desk, 2);
  desk_free (desk);
}

static void
test_bad_lines_harm_no_good_ones (void)
{
  static const gchar nul[] =
      LINE ("a") "{\"id\":\"n\",\"prompt\":\"x\0y\"}\n" LINE (
          "b") "{\"id\":\"f\",\"prompt\":\"\xff\"}\n" LINE ("c") "}\n" LINE ("d");
  Desk *desk = desk_new ();

  desk_put (desk->path, O_TRUNC, nul, sizeof nul - 1);
  desk_open (desk);
  g_assert_cmpstr (desk->ids, ==, "a b c d");
  g_assert_cmpuint (desk->errors->len, ==, 3);
  desk_assert_error_holds (desk, 0, "line 2: it holds a NUL byte");
  desk_assert_error_holds (desk, 1, "line 4: it is not valid UTF-8");
  desk_assert_error_holds (desk, 2, "line 6: it is not one JSON object");
  desk_free (desk);
}

/* What a crash of the machine leaves at the end of a file. */
static void
test_a_tail_of_nul_bytes (void)
{
  static const gchar zeros[4096];
  Desk *desk = desk_new ();

  desk_rewrite (desk, LINE ("a"));
  desk_put (desk->path, O_APPEND, zeros, sizeof zeros);
  desk_open (desk);
  g_assert_cmpstr (desk->ids, ==, "a");
  desk_wait_for_errors (desk, 1);
  desk_assert_error_holds (desk, 0, "line 2: it holds a NUL byte");
  desk_free (desk);
}

static void
test_a_huge_line_is_left_out (void)
{
  Desk *desk = desk_new ();
  g_autofree gchar *huge = g_strnfill (9 << 20, 'A');

  desk_rewrite (desk, LINE ("a") "{\"id\":\"h\",\"prompt\":\"");
  desk_append (desk, huge);
  desk_append (desk, "\"}\n" LINE ("b"));
  desk_open (desk);
  g_assert_cmpstr (desk->ids, ==, "a b");
  g_assert_cmpuint (desk->errors->len, ==, 1);
  desk_assert_error_holds (desk, 0, "line 2: it is not one JSON object");
  desk_free (desk);
}

static void
test_a_file_that_is_no_rundown_says_so_in_few_lines (void)
{
  Desk *desk = desk_new ();
  GString *text = g_string_new ("[\n");

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (
        text, "  {\n    \"id\": %u,\n    \"prompt\": \"x\"\n  },\n", i);
  desk_rewrite (desk, text->str);
  desk_open (desk);
  g_assert_cmpstr (desk->ids, ==, "");
  g_assert_cmpuint (desk->errors->len, <=, 11);
  desk_assert_error_holds (desk, 0, "line 1");
  desk_assert_error_holds (desk, desk->errors->len - 1, "more lines");
  desk_let_settle ();
  g_assert_cmpuint (desk->errors->len, <=, 11);
  g_string_free (text, TRUE);
  desk_free (desk);
}

static void
test_paths_start_at_the_files_folder (void)
{
  Desk *desk = desk_new ();
  g_autoptr (SeedanceItem) item = NULL;
  g_autoptr (GError) error = NULL;

  desk_rewrite (desk, "{\"id\":\"a\",\"uri\":\"a.mp4\"}\n");
  desk_open (desk);
  g_assert_cmpstr (desk->ids, ==, "a");
  item = seedance_item_from_json (
      "{\"id\":\"a\",\"uri\":\"a.mp4\"}", desk->folder, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (item->uri, "/a.mp4"));
  g_assert_nonnull (strstr (item->uri, desk->folder));
  desk_free (desk);
}

/* The lines of the @nth block of JSON lines in docs/live.md; NULL where the
 * sources are not known. */
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
test_the_documents_rundown_can_be_played (void)
{
  g_autofree gchar *text = read_document (0);
  Desk *desk = desk_new ();

  if (text) {
    desk_rewrite (desk, text);
    desk_open (desk);
    g_assert_cmpstr (desk->ids, ==, "opener jingle portrait bought");
    g_assert_cmpuint (desk->errors->len, ==, 0);
  }
  desk_free (desk);
}

/* Whatever has the file's name, nothing waits for it, and what was read before
 * stays. All at once, since each takes as long as a file takes to settle. */
static void
test_hostile_files (void)
{
  Desk *desks[HOSTILE_N_FILES];
  gboolean made[HOSTILE_N_FILES];

  for (guint kind = 0; kind < HOSTILE_N_FILES; kind++) {
    Desk *desk = desks[kind] = desk_new ();

    desk_rewrite (desk, LINE ("a"));
    desk_open (desk);
    made[kind] = hostile_file_make (kind, desk->path, LINE ("a") LINE ("b"));
  }
  desk_let_settle ();
  for (guint kind = 0; kind < HOSTILE_N_FILES; kind++) {
    Desk *desk = desks[kind];

    g_test_message ("%s: \"%s\", %u errors", hostile_file_name (kind),
        desk->ids, desk->errors->len);
    if (kind == HOSTILE_EMPTY || !made[kind])
      continue;
    g_assert_true (g_str_has_prefix (desk->ids, "a"));
    g_assert_true (g_str_equal (desk->ids, "a b") || desk->errors->len == 1);
    g_assert_cmpuint (desk->errors->len, <=, 2);
  }
  for (guint kind = 0; kind < HOSTILE_N_FILES; kind++) {
    hostile_file_make (HOSTILE_EMPTY, desks[kind]->path, "");
    desk_append (desks[kind], LINE ("a") LINE ("c"));
  }
  for (guint kind = 0; kind < HOSTILE_N_FILES; kind++) {
    desk_wait_for_ids (desks[kind], "a c");
    desk_free (desks[kind]);
  }
}

static void
test_hostile_string (gconstpointer data)
{
  const gchar *string = hostile_string (GPOINTER_TO_UINT (data));
  Desk *desk = desk_new ();
  g_autofree gchar *text =
      g_strdup_printf (LINE ("a") "%s\n{\"id\":\"%s\",\"prompt\":\"x\"}\n"
                                  "{\"%s\":1}\n" LINE ("b"),
          string, string, string);

  desk_rewrite (desk, text);
  desk_open (desk);
  g_assert_true (g_str_has_prefix (desk->ids, "a"));
  g_assert_true (g_str_has_suffix (desk->ids, "b"));
  g_assert_cmpuint (desk->errors->len, >=, 2);
  for (guint i = 0; i < desk->errors->len; i++) {
    const gchar *error = g_ptr_array_index (desk->errors, i);

    g_assert_cmpuint (strlen (error), <, 1000);
    for (const gchar *p = error; *p; p++)
      g_assert_false (g_ascii_iscntrl (*p));
  }
  desk_free (desk);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) g_test_add_func ("/rundown-file/" path, test_##name)
  ADD ("not-there", a_file_that_is_not_there_yet);
  ADD ("folder-not-there", a_folder_that_is_not_there_yet);
  ADD ("at-once", it_is_read_before_the_call_returns);
  ADD ("rename", a_rename_does_not_silence_it);
  ADD ("failed-reading", a_reading_that_fails_is_repeated);
  ADD ("half-line", a_half_line_waits);
  ADD ("half-line-told", a_half_line_that_stays_is_told);
  ADD ("emptied", a_file_that_is_emptied_and_written_anew);
  ADD ("fewer", lines_that_stay_away_are_gone);
  ADD ("never-settles", lines_are_gone_from_a_file_that_changes_all_the_time);
  ADD ("deleted-empty", a_file_that_is_emptied_deleted_and_written_anew);
  ADD ("unseen-change", a_change_that_no_look_shows);
  ADD ("link", a_link_that_leads_elsewhere);
  ADD ("goes-away", a_file_that_goes_away_takes_nothing_along);
  ADD ("folder-goes-away", a_folder_that_goes_away_and_comes_back);
  ADD ("other-systems", marks_and_ends_of_other_systems);
  ADD ("repeated-id", a_repeated_id_is_a_line_and_no_item);
  ADD ("bad-lines", bad_lines_harm_no_good_ones);
  ADD ("nul-tail", a_tail_of_nul_bytes);
  ADD ("huge-line", a_huge_line_is_left_out);
  ADD ("no-rundown", a_file_that_is_no_rundown_says_so_in_few_lines);
  ADD ("document", the_documents_rundown_can_be_played);
  ADD ("paths", paths_start_at_the_files_folder);
  ADD ("hostile-files", hostile_files);
  for (guint nth = 0; nth < hostile_n_strings (); nth++) {
    g_autofree gchar *path = g_strdup_printf ("/rundown-file/string/%u", nth);

    g_test_add_data_func (path, GUINT_TO_POINTER (nth), test_hostile_string);
  }

  return g_test_run ();
}
