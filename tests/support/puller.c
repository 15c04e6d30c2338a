/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links a bare pad to the source and activates it in pull mode. */

#include "puller.h"

TestPuller *
test_puller_new (const gchar *line)
{
  TestPuller *puller = g_new0 (TestPuller, 1);
  GstPad *peer;

  puller->run = test_run_new ("%s", line);
  puller->pad = gst_pad_new ("sink", GST_PAD_SINK);
  peer = gst_element_get_static_pad (puller->run->src, "src");
  fail_unless (gst_pad_link_full (peer, puller->pad,
                   GST_PAD_LINK_CHECK_NOTHING) == GST_PAD_LINK_OK);
  gst_object_unref (peer);
  test_run_start (puller->run, GST_STATE_READY);
  fail_unless (gst_pad_activate_mode (puller->pad, GST_PAD_MODE_PULL, TRUE));

  return puller;
}

void
test_puller_free (TestPuller *puller)
{
  gst_pad_set_active (puller->pad, FALSE);
  test_run_free (puller->run);
  gst_object_unref (puller->pad);
  g_free (puller);
}

GBytes *
test_puller_read (
    TestPuller *puller, guint64 offset, guint size, GstFlowReturn *flow)
{
  GstBuffer *buffer = NULL;
  gpointer data;
  gsize length;

  *flow = gst_pad_pull_range (puller->pad, offset, size, &buffer);
  if (*flow != GST_FLOW_OK)
    return NULL;
  gst_buffer_extract_dup (buffer, 0, G_MAXSIZE, &data, &length);
  gst_buffer_unref (buffer);

  return g_bytes_new_take (data, length);
}
