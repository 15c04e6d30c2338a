/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance-tasks launch prints a launch line that plays the clip of a record,
 * and does nothing else, whoever wrote the record. */
#include "tasks-run.h"

#include <glib/gstdio.h>
#include <string.h>

static gchar **
launch (Folder *folder, const gchar *task)
{
  g_autofree gchar *arguments = g_strconcat ("launch ", task, NULL);
  g_auto (Run) run = run_tasks (folder->dir, arguments);
  gchar **argv = NULL;

  g_test_message ("%s%s", run.out, run.err);
  g_assert_cmpint (run.status, ==, 0);
  g_assert_true (g_shell_parse_argv (run.out, NULL, &argv, NULL));
  g_assert_cmpstr (argv[0], ==, "gst-launch-1.0");
  g_assert_cmpstr (argv[1], ==, "seedancesrc");
  g_assert_true (g_strv_contains ((const gchar *const *) argv, "decodebin"));
  return argv;
}

static void
assert_contains (gchar **argv, const gchar *setting, gboolean contains)
{
  g_assert_cmpint (
      g_strv_contains ((const gchar *const *) argv, setting), ==, contains);
}

static void
test_a_line_attaches_to_the_task (Folder *folder, gconstpointer data)
{
  g_autofree gchar *dir = g_strconcat ("state-dir=", folder->dir, NULL);
  g_auto (GStrv) argv = NULL;

  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 1);
  argv = launch (folder, "task-ready");
  assert_contains (argv, "task-id=task-ready", TRUE);
  assert_contains (argv, "provider=seeddance", TRUE);
  assert_contains (argv, dir, TRUE);
  assert_contains (argv, "allow-insecure=true", FALSE);
  for (guint i = 0; argv[i]; i++)
    g_assert_false (g_str_has_prefix (argv[i], "base-url="));
}

/* The shell and the parser of gst-launch-1.0 both take the path as one word. */
static void
test_a_line_names_any_folder (Folder *folder, gconstpointer data)
{
  Folder other = {
    .dir = g_build_filename (folder->dir, "a b's \"c\"", NULL),
  };
  g_autofree gchar *dir =
      g_strdup_printf ("state-dir=\"%s/a b's \\\"c\\\"\"", folder->dir);
  g_auto (GStrv) argv = NULL;

  g_assert_cmpint (g_mkdir (other.dir, 0700), ==, 0);
  add_plain (&other, "ready", SEEDANCE_RECORD_READY, 1);
  argv = launch (&other, "task-ready");
  assert_contains (argv, dir, TRUE);
  g_free (other.dir);
}

static void
test_a_task_is_found_by_its_beginning (Folder *folder, gconstpointer data)
{
  g_auto (GStrv) argv = NULL;
  g_autofree gchar *name = tasks_name ("abc");
  g_autofree gchar *line = g_strconcat ("launch ", name, NULL);
  g_autoptr (SeedanceRecord) confusing = seedance_record_new (
      "seeddance", "https://api.seeddanceapi.com", "A paper boat");

  add_plain (folder, "ready-a", SEEDANCE_RECORD_READY, 1);
  add_plain (folder, "ready-b", SEEDANCE_RECORD_READY, 1);
  add_plain (folder, "task-ready-b", SEEDANCE_RECORD_READY, 1);
  add_plain (folder, "abc", SEEDANCE_RECORD_READY, 1);
  confusing->state = SEEDANCE_RECORD_SUBMITTED;
  confusing->task_id = g_strdup (name);
  add_full (folder, "other", confusing);
  argv = launch (folder, "task-ready-a");
  assert_contains (argv, "task-id=task-ready-a", TRUE);
  g_strfreev (argv);
  argv = launch (folder, "task-task-r");
  assert_contains (argv, "task-id=task-task-ready-b", TRUE);
  /* Ambiguous: the beginning of two ids, or of an id and a name. */
  assert_run (folder, "launch task-ready", 1);
  assert_run (folder, line, 1);
}

/* Otherwise anyone with write access to the folder could have the key sent
 * anywhere. */
static void
test_a_record_does_not_say_where_the_key_goes (
    Folder *folder, gconstpointer data)
{
  static const gchar *const bases[] = { "http://127.0.0.1:8080/v3",
    "http://far.example/v3", "https://evil.example", "https://a.example/\"x" };

  for (guint i = 0; i < G_N_ELEMENTS (bases); i++) {
    gchar name[] = { 'a' + i, '\0' };
    g_autofree gchar *line = g_strconcat ("launch task-", name, NULL);
    g_autoptr (SeedanceRecord) record =
        seedance_record_new ("ark", bases[i], "x");
    g_auto (Run) run = { 0 };

    record->state = SEEDANCE_RECORD_SUBMITTED;
    add_full (folder, name, record);
    run = run_tasks (folder->dir, line);
    g_assert_null (strstr (run.out, "base-url"));
    g_assert_null (strstr (run.out, "allow-insecure"));
    g_assert_null (strstr (run.out, "example"));
    if (run.status == 0)
      g_assert_nonnull (strstr (run.err, "SEEDANCE_BASE_URL"));
  }
}

/* No warning about the base URL is printed if SEEDANCE_BASE_URL names the same
 * service. */
static void
test_the_user_s_own_service_needs_no_word (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record =
      seedance_record_new ("ark", "http://127.0.0.1:8080/v3", "x");
  g_auto (Run) run = { 0 };

  record->state = SEEDANCE_RECORD_SUBMITTED;
  add_full (folder, "own", record);
  g_setenv ("SEEDANCE_BASE_URL", "http://127.0.0.1:8080/v3/", TRUE);
  g_setenv ("SEEDANCE_PROVIDER", "seeddance", TRUE);
  run = run_tasks (folder->dir, "launch task-own");
  g_unsetenv ("SEEDANCE_BASE_URL");
  g_unsetenv ("SEEDANCE_PROVIDER");
  g_assert_cmpint (run.status, ==, 0);
  g_assert_nonnull (strstr (run.out, "provider=ark"));
  g_assert_cmpstr (run.err, ==, "");
}

/* The id is one word for the shell and one value for gst-launch-1.0, and has no
 * control characters for the terminal. */
static void
test_a_hostile_id_stays_one_word (Folder *folder, gconstpointer data)
{
  static const gchar *const ids[] = {
    "a b\"c\\d'e;$(touch x)`y` ! fakesink location=/tmp/x",
    "x --gst-plugin-load /tmp/lib.so", "x ", " x", "a|b", "a&b", "a>b", "~",
    "a*", "#a", "a=b", "{a,b}", "!a", "\xe7\xba\xb8"
  };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++) {
    g_autofree gchar *label = g_strdup_printf ("task %u", i);
    g_autofree gchar *name = tasks_name (label);
    g_autoptr (SeedanceRecord) record =
        seedance_record_new ("seeddance", "https://api.seeddanceapi.com", "x");
    g_autoptr (GString) expected = g_string_new (ids[i]);
    g_autofree gchar *setting = NULL;
    g_auto (GStrv) argv = NULL;

    record->state = SEEDANCE_RECORD_SUBMITTED;
    record->task_id = g_strdup (ids[i]);
    add_full (folder, label, record);
    g_string_replace (expected, "\\", "\\\\", 0);
    g_string_replace (expected, "\"", "\\\"", 0);
    setting = g_strdup_printf ("task-id=\"%s\"", expected->str);
    argv = launch (folder, name);
    g_assert_cmpstr (argv[2], ==, setting);
  }
}

static void
test_an_id_that_cannot_be_shown_is_refused (Folder *folder, gconstpointer data)
{
  static const gchar *const ids[] = { "a\nb", "a\rb", "a\x1b[31mb", "a\tb",
    "a\xe2\x80\xae"
    "b",
    "a\x7f"
    "b" };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++) {
    g_autofree gchar *label = g_strdup_printf ("task %u", i);
    g_autofree gchar *name = tasks_name (label);
    g_autofree gchar *line = g_strconcat ("launch ", name, NULL);
    g_autoptr (SeedanceRecord) record =
        seedance_record_new ("seeddance", "https://api.seeddanceapi.com", "x");
    g_auto (Run) run = { 0 };

    record->state = SEEDANCE_RECORD_SUBMITTED;
    record->task_id = g_strdup (ids[i]);
    add_full (folder, label, record);
    run = run_tasks (folder->dir, line);
    g_assert_cmpint (run.status, ==, 1);
    g_assert_cmpstr (run.out, ==, "");
    g_assert_null (strchr (run.err, '\x1b'));
  }
}

static void
test_a_line_plays_the_sound (Folder *folder, gconstpointer data)
{
  g_auto (GStrv) argv = NULL;

  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 1);
  argv = launch (folder, "task-ready");
  assert_contains (argv, "audio-sink=autoaudiosink", TRUE);
  assert_contains (argv, "play.audio_sink", TRUE);
  assert_contains (argv, "play.video_sink", TRUE);
}

/* Pastes @command into a shell, where gst-launch-1.0 is a script that prints
 * its arguments. *@out receives the output, one word on each line. */
static void
run_in_shell (Folder *folder, const gchar *command, gchar **out)
{
  g_autofree gchar *bin = g_build_filename (folder->dir, "bin", NULL);
  g_autofree gchar *program = g_build_filename (bin, "gst-launch-1.0", NULL);
  g_autofree gchar *path = g_strconcat (bin, ":", g_getenv ("PATH"), NULL);
  g_auto (GStrv) environment =
      g_environ_setenv (g_get_environ (), "PATH", path, TRUE);
  gchar *argv[] = { "sh", "-ec", (gchar *) command, NULL };
  int status = -1;

  g_assert_cmpint (g_mkdir (bin, 0700), ==, 0);
  g_assert_true (g_file_set_contents (
      program, "#!/bin/sh\nprintf '%s\\n' \"$0\" \"$@\"\n", -1, NULL));
  g_assert_cmpint (g_chmod (program, 0700), ==, 0);
  g_assert_true (g_spawn_sync (NULL, argv, environment, G_SPAWN_SEARCH_PATH,
      NULL, NULL, out, NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
}

static void
test_a_line_fits_and_runs_in_a_shell (Folder *folder, gconstpointer data)
{
  g_auto (Run) run = { 0 };
  g_auto (GStrv) lines = NULL, words = NULL;
  g_autofree gchar *out = NULL, *got = NULL, *meant = NULL;

  add_plain (folder, "ready", SEEDANCE_RECORD_READY, 1);
  run = run_tasks (folder->dir, "launch task-ready");
  g_test_message ("%s", run.out);
  lines = g_strsplit (g_strchomp (run.out), "\n", -1);
  g_assert_cmpint (g_strv_length (lines), >=, 3);
  for (guint i = 0; lines[i]; i++) {
    /* Looks behind the indentation; the backslash at the end counts as no
     * word. */
    gboolean is_one_word = strchr (lines[i] + 4, ' ') == strrchr (lines[i], ' ');

    g_assert_true (is_one_word || g_utf8_strlen (lines[i], -1) <= 80);
    g_assert_cmpint (g_str_has_suffix (lines[i], " \\"), ==, !!lines[i + 1]);
  }
  run_in_shell (folder, run.out, &out);
  got = g_strdup (strchr (out, '\n') + 1);
  g_assert_true (g_shell_parse_argv (run.out, NULL, &words, NULL));
  meant = g_strjoinv ("\n", words + 1);
  g_assert_cmpstr (g_strchomp (got), ==, meant);
  g_assert_nonnull (strstr (got, "task-id=task-ready\n"));
  g_assert_nonnull (strstr (got, "\ndecode.\n!\nplay.audio_sink"));
}

/* A record without a usable task gives an error. */
static void
test_only_a_task_is_attached_to (Folder *folder, gconstpointer data)
{
  const gchar *const labels[] = { "torn", "sending", "lost", "doubt",
    "failed" };

  add_one_of_each (folder);
  for (guint i = 0; i < G_N_ELEMENTS (labels); i++) {
    g_autofree gchar *name = tasks_name (labels[i]);
    g_autofree gchar *line = g_strconcat ("launch ", name, NULL);

    assert_run (folder, line, 1);
  }
  assert_run (folder, "launch other", 1);
}

int
main (int argc, char **argv)
{
  if (!tasks_init (&argc, &argv))
    return 0;
#define ADD(path, name) folder_add ("/tasks/" path, NULL, test_##name)
  ADD ("launch/line", a_line_attaches_to_the_task);
  ADD ("launch/folder", a_line_names_any_folder);
  ADD ("launch/beginning", a_task_is_found_by_its_beginning);
  ADD ("launch/service", a_record_does_not_say_where_the_key_goes);
  ADD ("launch/own-service", the_user_s_own_service_needs_no_word);
  ADD ("launch/shell", a_line_fits_and_runs_in_a_shell);
  ADD ("launch/sound", a_line_plays_the_sound);
  ADD ("launch/unshowable", an_id_that_cannot_be_shown_is_refused);
  ADD ("launch/hostile", a_hostile_id_stays_one_word);
  ADD ("launch/nothing", only_a_task_is_attached_to);
  return g_test_run ();
}
