/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is under way when the process exits comes to its end. */
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "http.h"
#include "io.h"
#include "order.h"

#define MARK "SEEDANCE_EXIT_MARK"
/* An exit takes 2 s at most, on a machine with nothing else to do. */
#define PATIENCE (60 * G_TIME_SPAN_SECOND)

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
invoke (const gchar *dir, SeedanceIoFunc func, gpointer data)
{
  g_autoptr (SeedanceIo) io = seedance_io_open (dir, NULL);

  seedance_io_invoke (io, func, data);
}

static void
begin (gpointer path)
{
  invoke ("/a-folder", finish_late, path);
}

/* Exits after @func was called on the network thread, and asserts that the mark
 * was left by then. */
static void
exit_after (SeedanceNetFunc func)
{
  g_autofree gchar *path = NULL;
  gint fd;

  if (g_test_subprocess ()) {
    g_assert_true (seedance_http_ensure (NULL));
    seedance_net_invoke (func, (gpointer) g_getenv (MARK));
    return;
  }
  fd = g_file_open_tmp ("exit-XXXXXX", &path, NULL);
  close (fd);
  g_unlink (path);
  g_setenv (MARK, path, TRUE);
  g_test_trap_subprocess (NULL, PATIENCE, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_assert_false (g_test_trap_reached_timeout ());
  g_test_trap_assert_passed ();
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
test_what_the_disk_finishes_is_noted (void)
{
  exit_after (begin);
}

static void
hang (gpointer unused)
{
  for (;;)
    pause ();
}

/* What becomes durable leads to another call, as a clip does to its record. */
static void
begin_again (gpointer path)
{
  invoke ("/a-folder", finish_late, path);
}

static void
finish_first (gpointer path)
{
  seedance_net_invoke_last (begin_again, path);
}

static void
begin_beside_one_that_hangs (gpointer path)
{
  invoke ("/a-share-that-is-gone", hang, NULL);
  invoke ("/a-folder", finish_first, path);
}

static void
test_a_folder_that_hangs_holds_up_no_other (void)
{
  exit_after (begin_beside_one_that_hangs);
}

static gboolean
prepare (GError **error)
{
  g_autoptr (SeedanceOrder) order = seedance_order_new ();

  order->request->prompt = g_strdup ("a boat");
  order->key = g_strdup ("a-key");

  return seedance_order_prepare (order, error);
}

static void
do_nothing (gpointer unused)
{
}

/* Else it would wait for ever: the thread that does the work is the parent's. */
static void
test_a_fork_of_a_process_that_worked_is_told (void)
{
  g_autoptr (GError) error = NULL;
  gboolean told;
  pid_t pid;
  int status;

  g_assert_true (prepare (NULL));
  g_assert_true (seedance_http_ensure (NULL));
  seedance_net_invoke (do_nothing, NULL);
  g_assert_true (prepare (NULL));
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    told = !prepare (&error) &&
           g_error_matches (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
    /* Nobody is to look for leaks here, of a thread that is not. */
    raise (told ? SIGKILL : SIGABRT);
  }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/exit/disk", test_what_the_disk_finishes_is_noted);
  g_test_add_func ("/exit/hangs", test_a_folder_that_hangs_holds_up_no_other);
  g_test_add_func ("/exit/fork", test_a_fork_of_a_process_that_worked_is_told);
  return g_test_run ();
}
