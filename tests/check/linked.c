/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nothing is ordered if the clip would reach no element, or while the
 * application holds the source back. The order is sent as soon as that
 * changes. */

#include "run.h"

GST_START_TEST (an_unlinked_source_can_change_states_for_free)
{
  TestRun *run = test_run_new (CLIP);

  for (guint i = 0; i < 5; i++) {
    gst_element_set_state (run->pipeline, GST_STATE_PAUSED);
    test_run_wait (run, GST_MESSAGE_ERROR);
    gst_element_set_state (run->pipeline, GST_STATE_READY);
    gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
    test_run_stop (run);
  }
  test_run_free (run);
  assert_posts (service, 0);
  assert_count (service, "connections", 0);
}
GST_END_TEST

/* Adds a ghost pad for the source to the bin "box". Returns the bin, which the
 * pipeline owns. */
static GstElement *
add_ghost_pad (TestRun *run)
{
  GstElement *box = test_run_get (run, "box");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (run->src, "src");

  fail_unless (gst_element_add_pad (box, gst_ghost_pad_new ("src", pad)));

  return box;
}

static TestRun *
new_run_with_bin (gboolean linked)
{
  TestRun *run = test_run_new ("( name=box " CLIP " ) fakesink name=out");
  GstElement *box = add_ghost_pad (run);

  if (linked)
    fail_unless (gst_element_link (box, test_run_get (run, "out")));

  return run;
}

GST_START_TEST (a_source_in_an_unlinked_bin_orders_nothing)
{
  TestRun *run = new_run_with_bin (FALSE);

  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_ERROR);
  test_run_free (run);
  assert_posts (service, 0);
  assert_count (service, "connections", 0);
}
GST_END_TEST

GST_START_TEST (a_source_in_a_linked_bin_orders)
{
  TestRun *run = new_run_with_bin (TRUE);

  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static void
add_sink_pad (GstElement *box, GstElement *inner)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (inner, "sink");

  fail_unless (gst_element_add_pad (box, gst_ghost_pad_new ("sink", pad)));
}

/* Lines with a bin "outer" around a bin "box" around an element "inner". */
static const struct {
  const gchar *line;
  guint posts;
} bins[] = {
  { CLIP " ( name=outer ( name=box queue name=inner ) )", 0 },
  { CLIP " ( name=outer ( name=box queue name=inner ! queue ) )", 0 },
  { CLIP " ( name=outer ( name=box tee name=inner ) )", 0 },
  { CLIP " ( name=outer ( name=box queue name=inner ! fakesink ) )", 1 },
  { CLIP " ( name=outer ( name=box queue name=inner ! "
         "tee allow-not-linked=true ) )",
      1 },
};

/* A bin that takes the stream says nothing of where it goes inside. */
GST_START_TEST (a_bin_whose_inside_ends_nowhere_orders_nothing)
{
  TestRun *run = test_run_new ("%s", bins[__i__].line);
  GstElement *box = test_run_get (run, "box");
  GstElement *outer = test_run_get (run, "outer");

  add_sink_pad (box, test_run_get (run, "inner"));
  add_sink_pad (outer, box);
  fail_unless (gst_element_link (run->src, outer));
  test_run_start (run, GST_STATE_PLAYING);
  test_run_wait (run,
      bins[__i__].posts ? GST_MESSAGE_DURATION_CHANGED : GST_MESSAGE_ERROR);
  test_run_free (run);
  assert_posts (service, bins[__i__].posts);
}
GST_END_TEST

static struct {
  GMutex lock;
  GCond cond;
  gboolean pulled;
} puller;

static GstPadProbeReturn
on_pull (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  g_mutex_lock (&puller.lock);
  puller.pulled = TRUE;
  g_cond_signal (&puller.cond);
  g_mutex_unlock (&puller.lock);

  return GST_PAD_PROBE_REMOVE;
}

/* Starts the run with the state of @held locked, and returns when the demuxer
 * pulls. A demuxer pulls as soon as it is linked and PAUSED. */
static void
start_held_back (TestRun *run, GstElement *held)
{
  GstElement *demux = test_run_get (run, "demux");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (demux, "sink");

  puller.pulled = FALSE;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_PULL,
      on_pull, NULL, NULL);
  gst_element_set_locked_state (held, TRUE);
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  g_mutex_lock (&puller.lock);
  while (!puller.pulled)
    g_cond_wait (&puller.cond, &puller.lock);
  g_mutex_unlock (&puller.lock);
}

GST_START_TEST (a_source_that_is_held_back_orders_when_it_is_let_go)
{
  TestRun *run = test_run_new (CLIP "! qtdemux name=demux ! fakesink");
  g_autofree gchar *body = NULL;

  start_held_back (run, run->src);
  g_object_set (run->src, "prompt", "a later word", NULL);
  gst_element_set_locked_state (run->src, FALSE);
  gst_element_sync_state_with_parent (run->src);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  assert_posts (service, 1);
  body = test_service_get_task (service, 0, "body");
  fail_unless (strstr (body, "a later word"), "%s", body);
}
GST_END_TEST

GST_START_TEST (a_source_in_a_bin_that_is_held_back_orders_nothing)
{
  TestRun *run = test_run_new ("( name=box " CLIP " ) qtdemux name=demux "
                               "demux. ! fakesink");
  GstElement *box = add_ghost_pad (run);

  fail_unless (gst_element_link (box, test_run_get (run, "demux")));
  start_held_back (run, box);
  test_run_free (run);
  assert_posts (service, 0);
}
GST_END_TEST

GST_START_TEST (a_source_that_is_held_back_can_be_stopped)
{
  TestRun *run = test_run_new (CLIP "! qtdemux name=demux ! fakesink");

  start_held_back (run, run->src);
  gst_element_set_locked_state (run->src, FALSE);
  test_run_free (run);
  assert_posts (service, 0);
}
GST_END_TEST

static Suite *
linked_suite (void)
{
  Suite *suite = suite_create ("linked");
  TCase *linked = test_case_new (suite, "linked");
  TCase *held_back = test_case_new (suite, "held_back");

  tcase_add_test (linked, an_unlinked_source_can_change_states_for_free);
  tcase_add_test (linked, a_source_in_an_unlinked_bin_orders_nothing);
  tcase_add_test (linked, a_source_in_a_linked_bin_orders);
  tcase_add_loop_test (linked, a_bin_whose_inside_ends_nowhere_orders_nothing,
      0, G_N_ELEMENTS (bins));
  tcase_add_test (
      held_back, a_source_that_is_held_back_orders_when_it_is_let_go);
  tcase_add_test (
      held_back, a_source_in_a_bin_that_is_held_back_orders_nothing);
  tcase_add_test (held_back, a_source_that_is_held_back_can_be_stopped);

  return suite;
}

GST_CHECK_MAIN (linked)
