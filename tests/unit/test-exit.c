/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is under way when the process exits comes to its end. */
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "disk.h"
#include "http.h"

#define MARK "SEEDANCE_EXIT_MARK"

static void
leave_mark (gpointer path)
{
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

/* Like a clip that becomes durable while the process exits. */
static void
finish_late (gpointer path)
{
  g_usleep (50 * G_TIME_SPAN_MILLISECOND);
  seedance_net_invoke_last (leave_mark, path);
}

static void
begin (gpointer path)
{
  seedance_disk_invoke (finish_late, path);
}

static void
test_what_the_disk_finishes_is_noted (void)
{
  g_autofree gchar *path = NULL;
  gint fd;

  if (g_test_subprocess ()) {
    seedance_net_invoke (begin, (gpointer) g_getenv (MARK));
    return;
  }
  fd = g_file_open_tmp ("exit-XXXXXX", &path, NULL);
  close (fd);
  g_unlink (path);
  g_setenv (MARK, path, TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
  g_assert_cmpint (g_unlink (path), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/exit/disk", test_what_the_disk_finishes_is_noted);
  return g_test_run ();
}
