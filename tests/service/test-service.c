/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-service.h"

#include <gst/gst.h>

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  add_api_tests ();
  add_clip_tests ();
  add_fault_tests ();
  add_render_tests ();
  return g_test_run ();
}
