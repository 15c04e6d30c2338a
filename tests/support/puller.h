/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a seedancesrc in pull mode, as a demuxer does, at offsets that the
 * test chooses. */
#pragma once

#include "run.h"

G_BEGIN_DECLS

typedef struct {
  TestRun *run;
  GstPad *pad;
} TestPuller;

/* Starts the pipeline in READY and activates the source in pull mode. @line
 * contains only the source. The caller frees the result with
 * test_puller_free(). */
TestPuller *test_puller_new (const gchar *line);
void test_puller_free (TestPuller *puller);

/* Blocks like gst_pad_pull_range(). Returns NULL unless @flow becomes
 * GST_FLOW_OK. The caller frees the bytes with g_bytes_unref(). */
GBytes *test_puller_read (
    TestPuller *puller, guint64 offset, guint size, GstFlowReturn *flow);

G_END_DECLS
