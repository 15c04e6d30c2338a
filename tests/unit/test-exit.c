/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* At the exit of the process, work in progress on the network thread and on the
 * folders' threads is finished. */
#define _GNU_SOURCE
#include <curl/curl.h>
#include <dlfcn.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <netdb.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "http.h"
#include "io.h"
#include "order.h"

#define MARK "SEEDANCE_EXIT_MARK"
/* An exit takes at most 2 s on an idle machine. */
#define PATIENCE (60 * G_TIME_SPAN_SECOND)

static void
leave_mark (gpointer path)
{
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

/* Imitates a clip that becomes durable while the process exits. */
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

/* Runs @func on the network thread of a child process and lets the child exit.
 * Asserts that the mark file exists after that. */
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

/* A result that the folder's thread reports during the exit is still
 * handled. */
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

/* Work that finishes during the exit starts more work, as a durable clip leads
 * to an update of its record. */
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

/* As if the share died of which the network thread was reading a part file. */
static void
hang_beside_a_folder (gpointer path)
{
  invoke ("/a-folder", leave_mark, path);
  hang (NULL);
}

static void
test_a_network_thread_that_hangs_holds_up_no_exit (void)
{
  exit_after (hang_beside_a_folder);
}

static void
look_whether_over (gpointer path)
{
  if (!seedance_net_is_over ()) {
    seedance_net_add_timer (1, look_whether_over, path);
    return;
  }
  leave_mark (path);
  seedance_net_hold_exit (FALSE);
}

static void
hold_until_over (gpointer path)
{
  seedance_net_hold_exit (TRUE);
  look_whether_over (path);
}

/* While the exit waits for the answer to one order, no other order may
 * begin. */
static void
test_an_exit_that_waits_is_told (void)
{
  exit_after (hold_until_over);
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

/* The network thread does not exist in the child of a fork. The child must get
 * an error instead of waiting forever. */
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
    /* A signal ends the child without a leak check, which would report the
     * memory of the missing thread. */
    raise (told ? SIGKILL : SIGABRT);
  }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
}

/* A lookup that never ends. */
static struct {
  GMutex lock;
  GCond cond;
  gboolean begun;
} lookup;

int
getaddrinfo (const char *node, const char *port, const struct addrinfo *hints,
    struct addrinfo **result)
{
  g_mutex_lock (&lookup.lock);
  lookup.begun = TRUE;
  g_cond_signal (&lookup.cond);
  g_mutex_unlock (&lookup.lock);
  hang (NULL);

  return EAI_NONAME;
}

#define REAL(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

/* Both of these take lookups back that are under way. */
CURLMcode
curl_multi_remove_handle (CURLM *multi, CURL *easy)
{
  g_assert_false (lookup.begun);

  return REAL (curl_multi_remove_handle) (multi, easy);
}

CURLMcode
curl_multi_cleanup (CURLM *multi)
{
  g_assert_false (lookup.begun);

  return REAL (curl_multi_cleanup) (multi);
}

static void
leave_mark_if_unsent (const SeedanceHttpAnswer *answer, gpointer path)
{
  if (answer->outcome == SEEDANCE_HTTP_NOT_SENT)
    leave_mark (path);
}

static void
look_up (gpointer path)
{
  static const SeedanceHttpHandler handler = { .done = leave_mark_if_unsent };
  const SeedanceHttpSettings settings = { .timeout = 60 };
  const SeedanceHttpRequest request = { .url = "http://a.seedance.test/",
    .json = "{}" };

  seedance_http_start (&settings, &request, &handler, path);
}

/* libcurl of Debian 12 reads freed memory if it takes a lookup back when its
 * answer comes. */
static void
test_a_lookup_is_not_taken_back (void)
{
  exit_after (look_up);
  if (!g_test_subprocess ())
    return;
  g_mutex_lock (&lookup.lock);
  while (!lookup.begun)
    g_cond_wait (&lookup.cond, &lookup.lock);
  g_mutex_unlock (&lookup.lock);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/exit/disk", test_what_the_disk_finishes_is_noted);
  g_test_add_func ("/exit/hangs", test_a_folder_that_hangs_holds_up_no_other);
  g_test_add_func (
      "/exit/network", test_a_network_thread_that_hangs_holds_up_no_exit);
  g_test_add_func ("/exit/over", test_an_exit_that_waits_is_told);
  g_test_add_func ("/exit/lookup", test_a_lookup_is_not_taken_back);
  g_test_add_func ("/exit/fork", test_a_fork_of_a_process_that_worked_is_told);
  return g_test_run ();
}
