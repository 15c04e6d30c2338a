/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets up and removes the folder, the local service and the environment of each
 * test. */

#include "home.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>

#include "run.h"

TestService *service;

static gchar *folder;
static GPtrArray *folders; /* the folders of all tests of this process */

gchar *
test_home_path (const gchar *name)
{
  return g_build_filename (folder, name, NULL);
}

gchar *
test_home_state_dir (void)
{
  return g_strdup (g_getenv ("SEEDANCE_STATE_DIR"));
}

void
test_home_move_state_dir (const gchar *name)
{
  g_autofree gchar *path = test_home_path (name);

  g_setenv ("SEEDANCE_STATE_DIR", path, TRUE);
}

gchar *
test_home_write (const gchar *name, gconstpointer data, gsize size)
{
  gchar *path = test_home_path (name);

  fail_unless (g_file_set_contents (path, data, (gssize) size, NULL));

  return path;
}

gchar *
test_home_paint (const gchar *name, gint width, gint height)
{
  gchar *path = test_home_path (name);
  g_autofree gchar *line = g_strdup_printf (
      "videotestsrc num-buffers=1 ! video/x-raw,width=%d,height=%d ! "
      "pngenc ! filesink location=\"%s\"",
      width, height, path);
  GstElement *pipeline = gst_parse_launch (line, NULL);
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);

  return path;
}

gchar **
test_home_list_state (void)
{
  g_autofree gchar *path = test_home_state_dir ();
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir)))
    g_strv_builder_add (names, name);

  return g_strv_builder_end (names);
}

static void
remove_tree (const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *child = g_build_filename (path, name, NULL);

    remove_tree (child);
  }
  g_remove (path);
}

/* Removes the folders a second time at exit: after the end of a test, the
 * network thread may still have written down how a clip ended. */
static void
remove_folders (void)
{
  for (guint i = 0; i < folders->len; i++)
    remove_tree (g_ptr_array_index (folders, i));
  g_ptr_array_unref (folders);
}

static void
set_up (void)
{
  static const gchar *const proxies[] = { "http_proxy", "https_proxy",
    "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY" };
  g_autoptr (GError) error = NULL;

  folder = g_dir_make_tmp ("seedance-check-XXXXXX", &error);
  fail_unless (folder != NULL, "%s", error ? error->message : "");
  /* Functions registered with atexit() run in reverse order. Registered before
   * the network thread registers its own, ours runs after that thread has
   * ended. */
  if (!folders) {
    folders = g_ptr_array_new_with_free_func (g_free);
    atexit (remove_folders);
  }
  g_ptr_array_add (folders, folder);
  service = test_service_start ();
  test_home_move_state_dir ("state");
  g_setenv ("SEEDANCE_BASE_URL", test_service_get_api (service), TRUE);
  g_setenv ("SEEDANCE_API_KEY", TEST_KEY, TRUE);
  /* Without fork, as under sanitizers, all tests share the environment. */
  g_unsetenv ("SEEDANCE_STATE_MAX_SIZE");
  g_unsetenv ("SEEDANCE_BUDGET");
  g_unsetenv ("SEEDANCE_PROVIDER");
  g_unsetenv ("SEEDANCE_URI_SUBMIT");
  for (guint i = 0; i < G_N_ELEMENTS (proxies); i++)
    g_unsetenv (proxies[i]);
}

static void
tear_down (void)
{
  test_run_stop_all ();
  test_service_stop (service);
  service = NULL;
  remove_tree (folder);
  folder = NULL;
}

void
test_send_signal (GSubprocess *process, int number)
{
  const gchar *pid = g_subprocess_get_identifier (process);

  if (pid)
    kill (atoi (pid), number);
}

TCase *
test_case_new (Suite *suite, const gchar *name)
{
  TCase *tcase = tcase_create (name);

  tcase_add_checked_fixture (tcase, set_up, tear_down);
  suite_add_tcase (suite, tcase);

  return tcase;
}
