/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole runs of seedancesrc in one call. */
#include "plays.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "home.h"

void
test_play_nth (guint nth, const gchar *properties)
{
  TestRun *run = test_run_new (CLIP "%s ! fakesink name=out", properties);
  TestTap *tap = test_run_tap (run, "out");
  g_autoptr (GBytes) clip = NULL;

  test_run_to_end (run);
  clip = test_service_get_clip (service, nth);
  test_tap_assert_bytes (tap, clip);
  test_run_free (run);
}

void
test_fail_to_play (const gchar *properties, const gchar *words)
{
  TestRun *run = test_run_new (CLIP "%s ! fakesink", properties);
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (strstr (error->message, words) != NULL, "%s", error->message);
  test_run_free (run);
}

void
test_play_elsewhere (const gchar *properties)
{
  g_autofree gchar *line = g_strdup_printf (CLIP "%s ! fakesink", properties);
  g_autoptr (GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL,
          g_getenv ("SEEDANCE_PLAY"), line, NULL);

  fail_unless (process && g_subprocess_wait_check (process, NULL, NULL));
}

void
test_call_tasks (
    const gchar *command, const gchar *argument, const gchar *value)
{
  g_autoptr (GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL,
          g_getenv ("SEEDANCE_TASKS"), command, argument, value, NULL);

  fail_unless (process && g_subprocess_wait_check (process, NULL, NULL));
}

guint
test_count_clips (void)
{
  g_auto (GStrv) names = test_home_list_state ();
  guint clips = 0;

  for (guint i = 0; names[i]; i++)
    clips += g_str_has_suffix (names[i], ".mp4");

  return clips;
}

void
test_remove_clips (void)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_auto (GStrv) names = test_home_list_state ();

  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *path = g_build_filename (dir, names[i], NULL);

    if (g_str_has_suffix (names[i], ".mp4"))
      fail_unless (g_unlink (path) == 0);
  }
}

int
test_lock_part (void)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_auto (GStrv) names = test_home_list_state ();
  int fd = -1;

  for (guint i = 0; names[i] && fd < 0; i++) {
    g_autofree gchar *path = g_build_filename (dir, names[i], NULL);

    if (g_str_has_suffix (names[i], ".part"))
      fd = g_open (path, O_RDWR | O_CLOEXEC, 0);
  }
  fail_unless (fd >= 0);
  fail_unless (flock (fd, LOCK_EX) == 0);

  return fd;
}

void
test_wait_for_part (void)
{
  close (test_lock_part ());
}
