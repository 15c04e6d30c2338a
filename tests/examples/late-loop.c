/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* To be preloaded: the main thread comes to its main loop as late as on a busy
 * machine. gst-launch-1.0 forgets an error that was posted before that. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <glib.h>

#define LATE (50 * G_TIME_SPAN_MILLISECOND)

typedef void (*MainLoopRun) (GMainLoop *loop);

void
g_main_loop_run (GMainLoop *loop)
{
  MainLoopRun run = (MainLoopRun) dlsym (RTLD_NEXT, "g_main_loop_run");

  g_usleep (LATE);
  run (loop);
}
