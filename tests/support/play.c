/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that plays one launch line to its end, for tests that need a second
 * process. Prints the code of each progress message of type START, and then
 * "eos" or the error. With --stay, the program stops the pipeline only when its
 * standard input ends. With --leave, the program
 * prints "leave" then and exits with 0, without stopping the pipeline. Else it
 * exits with 0 after EOS and with 1 after an error. */

#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>

static gboolean
is_end (GstMessage *message)
{
  g_autofree gchar *code = NULL;
  GstProgressType type;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_PROGRESS)
    return TRUE;
  gst_message_parse_progress (message, &type, &code, NULL);
  if (type == GST_PROGRESS_TYPE_START)
    g_print ("%s\n", code);

  return FALSE;
}

static gboolean
tell_end (GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS) {
    g_print ("eos\n");
    return TRUE;
  }
  gst_message_parse_error (message, &error, NULL);
  g_print ("%s\n", error->message);

  return FALSE;
}

static gboolean
run (GstBus *bus)
{
  for (;;) {
    g_autoptr (GstMessage) message =
        gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
            GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_PROGRESS);

    if (is_end (message))
      return tell_end (message);
  }
}

static gpointer
leave (gpointer unused)
{
  while (getchar () != EOF)
    ;
  g_print ("leave\n");
  exit (0);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline;
  GstBus *bus;
  gboolean stay, leaves, good;

  gst_init (&argc, &argv);
  stay = argc == 3 && g_str_equal (argv[2], "--stay");
  leaves = argc == 3 && g_str_equal (argv[2], "--leave");
  pipeline =
      argc == 2 || stay || leaves ? gst_parse_launch (argv[1], &error) : NULL;
  if (!pipeline)
    g_error ("%s", error ? error->message : "one launch line is wanted");
  if (leaves)
    g_thread_unref (g_thread_new ("leave", leave, NULL));
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  good = run (bus);
  while (stay && getchar () != EOF)
    ;
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);

  return good ? 0 : 1;
}
