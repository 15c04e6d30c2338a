/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts players, and translates their errors into the words of the money
 * table. */

#include "player.h"

#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Runs in the child between fork and exec. Drops root's capabilities to ignore
 * file permissions. With a limit of file sizes, writes beyond it fail with an
 * error as on a full disk, instead of killing the process by SIGXFSZ. */
static void
set_up_child (gpointer user_data)
{
  const goffset *bytes = user_data;
  struct rlimit limit = { (rlim_t) *bytes, (rlim_t) *bytes };

  prctl (PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0);
  prctl (PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0);
  if (*bytes < 0)
    return;
  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &limit);
}

static gchar **
make_arguments (
    const gchar *program, const gchar *line, const gchar *file, gboolean stay)
{
  g_autofree gchar *whole =
      strstr (line, "sink")
          ? g_strdup (line)
          : g_strdup_printf ("%s ! filesink location=\"%s\"", line, file);
  g_autofree gchar *command = g_strconcat (program, " ", whole, NULL);
  g_autoptr (GStrvBuilder) arguments = g_strv_builder_new ();
  gchar **launch;

  if (!g_str_equal (program, PLAY)) {
    fail_unless (g_shell_parse_argv (command, NULL, &launch, NULL));
    return launch;
  }
  g_strv_builder_add (arguments, g_getenv ("SEEDANCE_PLAY"));
  g_strv_builder_add (arguments, whole);
  if (stay)
    g_strv_builder_add (arguments, "--stay");

  return g_strv_builder_end (arguments);
}

static Player *
start (const gchar *program, const gchar *line, gboolean stay, goffset limit)
{
  static guint number = 0;
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE |
      G_SUBPROCESS_FLAGS_STDIN_PIPE);
  g_autofree gchar *name = g_strdup_printf ("%u.mp4", ++number);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) arguments = NULL;
  Player *player = g_new0 (Player, 1);

  player->file = test_home_path (name);
  player->said = g_string_new (NULL);
  arguments = make_arguments (program, line, player->file, stay);
  g_subprocess_launcher_set_child_setup (
      launcher, set_up_child, g_memdup2 (&limit, sizeof limit), g_free);
  player->process = g_subprocess_launcher_spawnv (
      launcher, (const gchar *const *) arguments, &error);
  fail_unless (player->process != NULL, "%s", error ? error->message : "");

  return player;
}

Player *
player_start (const gchar *program, const gchar *line)
{
  return start (program, line, FALSE, -1);
}

Player *
player_start_limited (const gchar *program, const gchar *line, goffset bytes)
{
  return start (program, line, FALSE, bytes);
}

Player *
player_start_staying (const gchar *line)
{
  return start (PLAY, line, TRUE, -1);
}

void
player_wait_for (Player *player, const gchar *word)
{
  GInputStream *output = g_subprocess_get_stdout_pipe (player->process);
  g_autoptr (GString) line = g_string_new (NULL);
  gchar byte;

  while (g_input_stream_read (output, &byte, 1, NULL, NULL) == 1) {
    if (byte != '\n') {
      g_string_append_c (line, byte);
      continue;
    }
    g_string_append_printf (player->said, "%s\n", line->str);
    /* Another message that was printed without a newline may stand before
     * @word. */
    if (g_str_has_suffix (line->str, word))
      return;
    g_string_truncate (line, 0);
  }
  fail ("it ended before it said %s: %s%s", word, player->said->str, line->str);
}

/* Returns what the text of an error says about money, as a word of the
 * table. */
static const gchar *
judge_error (const gchar *text)
{
  static const gchar *const words[][2] = {
    { "othing was ordered now", "nothing ordered" },
    { "may be billed", "may be billed" },
    { "a later run needs task-id=", "paid, by id" },
    { "may stand for a clip that was paid for", "may be billed" },
    { "for clips that were paid for", "may be billed" },
    { "what was paid for may have stood there", "may be billed" },
    { "the latest orders may stand", "may be billed" },
    { "othing was ordered", "nothing ordered" },
    { "othing was sent", "nothing ordered" },
    { "o new task was ordered", "no clip" },
    { "paid for", "paid, kept" },
    { "without a second bill", "paid, kept" },
    { "still billed", "paid, kept" },
    { "goes on and is billed", "paid, kept" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (strstr (text, words[i][0]))
      return words[i][1];
  }

  return "no clip";
}

static const gchar *
judge_file (const gchar *path)
{
  g_autoptr (GBytes) clip = NULL, bytes = NULL;
  g_autofree gchar *data = NULL;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, NULL))
    return "played";
  clip = test_service_get_clip (service, 0);
  bytes = g_bytes_new_static (data, size);

  return g_bytes_equal (bytes, clip) ? "whole" : "damaged";
}

gboolean
player_has_clip (Player *player)
{
  fail_unless (g_subprocess_wait (player->process, NULL, NULL));

  return g_str_equal (judge_file (player->file), "whole");
}

static const gchar *
judge_end (Player *player, const gchar *output)
{
  GSubprocess *process = player->process;

  if (g_subprocess_get_if_signaled (process)) {
    int number = g_subprocess_get_term_sig (process);

    return number == SIGKILL || number == SIGTERM || number == SIGINT
               ? "killed"
               : "crashed";
  }
  if (strstr (output, "handling interrupt"))
    return "stopped";
  if (g_subprocess_get_exit_status (process) == 0)
    return judge_file (player->file);
  /* A sanitizer exits with a status of its own. */
  if (g_subprocess_get_exit_status (process) != 1)
    return "crashed";

  return judge_error (output);
}

const gchar *
player_end (Player *player)
{
  g_autofree gchar *output = NULL;
  const gchar *word;

  fail_unless (g_subprocess_communicate_utf8 (
      player->process, NULL, NULL, &output, NULL, NULL));
  g_string_append (player->said, output);
  word = judge_end (player, player->said->str);
  GST_INFO ("%s: %s", word, player->said->str);
  g_string_free (player->said, TRUE);
  g_object_unref (player->process);
  g_free (player->file);
  g_free (player);

  return word;
}

const gchar *
player_play (const gchar *format, ...)
{
  g_autofree gchar *line = NULL;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);

  return player_end (player_start (PLAY, line));
}

gboolean
player_can_launch (void)
{
  return !g_getenv ("SEEDANCE_SANITIZED");
}
