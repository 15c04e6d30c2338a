/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs all tests of seedance-local. */

#include "test-service.h"

#include <glib/gstdio.h>
#include <gst/gst.h>

const gchar *test_cache;

static void
remove_folder (const gchar *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);

    g_unlink (path);
  }
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_autofree gchar *folder = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  folder = g_dir_make_tmp ("test-service-XXXXXX", NULL);
  test_cache = folder;
  add_api_tests ();
  add_clip_tests ();
  add_fault_tests ();
  add_flash_tests ();
  add_render_tests ();
  add_turn_tests ();
  result = g_test_run ();
  remove_folder (folder);
  return result;
}
