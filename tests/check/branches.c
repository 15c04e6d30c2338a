/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A branch with a seedancesrc leaves a pipeline that goes on without it. If the
 * sinks of the branch had reached EOS, the clip counts as played, and the next
 * run orders a new one. Otherwise the next run plays the clip that was paid
 * for. The tests count POSTs. */

#include "run.h"

#define LIVE "videotestsrc is-live=true ! fakesink sync=true "
/* A queue that holds a whole clip. */
#define QUEUE "! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0 "
#define BRANCH LIVE "( name=branch " CLIP

static void
remove_branch (TestRun *run)
{
  GstElement *branch = gst_object_ref (test_run_get (run, "branch"));
  g_autoptr (GstObject) bin = gst_object_get_parent (GST_OBJECT (branch));

  fail_unless (gst_bin_remove (GST_BIN (bin), branch));
  gst_element_set_state (branch, GST_STATE_NULL);
  gst_object_unref (branch);
}

static void
stop_branch (TestRun *run)
{
  gst_element_set_state (test_run_get (run, "branch"), GST_STATE_NULL);
  remove_branch (run);
}

static void
stop_source (TestRun *run)
{
  gst_element_set_state (run->src, GST_STATE_NULL);
}

static void (*const ways[]) (
    TestRun *run) = { stop_branch, remove_branch, stop_source, test_run_stop };

static struct {
  GMutex lock;
  GCond cond;
  gboolean ended; /* the source has pushed EOS */
  guint passed;   /* buffers that reached the sink's pad */
} held;

static GstPadProbeReturn
note_end (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS) {
    g_mutex_lock (&held.lock);
    held.ended = TRUE;
    g_cond_signal (&held.cond);
    g_mutex_unlock (&held.lock);
  }

  return GST_PAD_PROBE_OK;
}

/* Passes the first buffer, with which the branch can reach PLAYING, and blocks
 * the pad at the next one. */
static GstPadProbeReturn
pass_one (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  return held.passed++ ? GST_PAD_PROBE_OK : GST_PAD_PROBE_PASS;
}

static void
wait_until_playing (TestRun *run)
{
  GstState state = GST_STATE_NULL;

  while (state != GST_STATE_PLAYING) {
    GstMessage *message = test_run_wait (run, GST_MESSAGE_STATE_CHANGED);

    if (GST_MESSAGE_SRC (message) == GST_OBJECT (run->src))
      gst_message_parse_state_changed (message, NULL, &state, NULL);
  }
}

/* Starts the run, and returns when the source has pushed the whole clip and all
 * of it but one buffer waits in front of the sink "out". */
static void
start_held (TestRun *run)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (run->src, "src");
  g_autoptr (GstPad) sink =
      gst_element_get_static_pad (test_run_get (run, "out"), "sink");

  held.ended = FALSE;
  held.passed = 0;
  g_object_set (run->src, "blocksize", 4096, NULL);
  gst_pad_add_probe (sink, GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER,
      pass_one, NULL, NULL);
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, note_end, NULL, NULL);
  test_run_start (run, GST_STATE_PLAYING);
  g_mutex_lock (&held.lock);
  while (!held.ended)
    g_cond_wait (&held.cond, &held.lock);
  g_mutex_unlock (&held.lock);
  wait_until_playing (run);
}

static void
start_forwarding (TestRun *run)
{
  g_autoptr (GstObject) bin =
      gst_object_get_parent (GST_OBJECT (test_run_get (run, "branch")));

  g_object_set (bin, "message-forward", TRUE, NULL);
  test_run_start (run, GST_STATE_PLAYING);
}

/* Returns TRUE if @message forwards an EOS. It comes from the branch, because
 * the live picture never ends. */
static gboolean
is_end_of_branch (GstMessage *message)
{
  const GstStructure *structure = gst_message_get_structure (message);
  g_autoptr (GstMessage) forwarded = NULL;

  if (!gst_structure_has_name (structure, "GstBinForwarded"))
    return FALSE;
  gst_structure_get (structure, "message", GST_TYPE_MESSAGE, &forwarded, NULL);

  return GST_MESSAGE_TYPE (forwarded) == GST_MESSAGE_EOS;
}

static void
play_to_its_end (TestRun *run)
{
  start_forwarding (run);
  while (!is_end_of_branch (test_run_wait (run, GST_MESSAGE_ELEMENT)))
    ;
}

static const gchar *const lines[] = {
  QUEUE "! fakesink name=out )",
  QUEUE "! tee name=t ! queue ! fakesink t. ! queue ! fakesink name=out )",
  QUEUE "! decodebin ! videoconvert ! fakesink name=out sync=true )",
  QUEUE "! decodebin3 ! videoconvert ! fakesink name=out )",
};

#define N_BRANCHES (G_N_ELEMENTS (lines) * G_N_ELEMENTS (ways))

static void
play (void)
{
  TestRun *run = test_run_new (CLIP "! fakesink");

  test_run_to_end (run);
  test_run_free (run);
}

GST_START_TEST (a_branch_that_leaves_early_keeps_its_clip)
{
  TestRun *run =
      test_run_new (BRANCH "%s", lines[__i__ % G_N_ELEMENTS (lines)]);

  start_held (run);
  ways[__i__ / G_N_ELEMENTS (lines)](run);
  test_run_free (run);
  play ();
  assert_posts (service, 1);
  play ();
  assert_posts (service, 2);
}
GST_END_TEST

GST_START_TEST (a_branch_that_came_to_its_end_has_played_its_clip)
{
  TestRun *run =
      test_run_new (BRANCH "%s", lines[__i__ % G_N_ELEMENTS (lines)]);

  play_to_its_end (run);
  ways[__i__ / G_N_ELEMENTS (lines)](run);
  test_run_free (run);
  play ();
  assert_posts (service, 2);
}
GST_END_TEST

/* The sink fails at its first buffer and nevertheless gets EOS: from the queue,
 * which already holds it, or from the source, which pushes it after its only
 * buffer. */
static const gchar *const failing[] = {
  QUEUE "! filesink name=out async=false buffer-mode=unbuffered "
        "location=/dev/full )",
  "blocksize=100000000 ! filesink name=out async=false "
  "buffer-mode=unbuffered location=/dev/full )",
};

#define N_FAILING (G_N_ELEMENTS (failing) * G_N_ELEMENTS (ways))

/* Sends EOS into the queue, and only then lets the sink's first buffer go
 * on. */
static GstPadProbeReturn
hand_over_end (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  g_autoptr (GstPad) receiver = gst_pad_get_peer (pad);

  if (GST_EVENT_TYPE (event) != GST_EVENT_EOS)
    return GST_PAD_PROBE_OK;
  gst_pad_send_event (receiver, event);
  g_mutex_lock (&held.lock);
  held.ended = TRUE;
  g_cond_signal (&held.cond);
  g_mutex_unlock (&held.lock);

  return GST_PAD_PROBE_HANDLED;
}

static GstPadProbeReturn
wait_for_end (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  g_mutex_lock (&held.lock);
  while (!held.ended)
    g_cond_wait (&held.cond, &held.lock);
  g_mutex_unlock (&held.lock);

  return GST_PAD_PROBE_REMOVE;
}

static void
hold_until_the_end (TestRun *run)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (run->src, "src");
  g_autoptr (GstPad) sink =
      gst_element_get_static_pad (test_run_get (run, "out"), "sink");

  held.ended = FALSE;
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, hand_over_end, NULL, NULL);
  gst_pad_add_probe (sink, GST_PAD_PROBE_TYPE_BUFFER, wait_for_end, NULL, NULL);
}

/* Returns when the sink that failed has got EOS. */
static void
wait_for_failed_end (TestRun *run)
{
  GstMessage *message;

  do
    message = test_run_wait (run, GST_MESSAGE_ERROR | GST_MESSAGE_ELEMENT);
  while (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR ||
         !is_end_of_branch (message));
}

GST_START_TEST (a_branch_whose_sink_failed_keeps_its_clip)
{
  TestRun *run =
      test_run_new (BRANCH "%s", failing[__i__ % G_N_ELEMENTS (failing)]);

  if (__i__ % G_N_ELEMENTS (failing) == 0)
    hold_until_the_end (run);
  start_forwarding (run);
  wait_for_failed_end (run);
  fail_unless (test_run_count (run, GST_MESSAGE_ERROR) > 0);
  ways[__i__ / G_N_ELEMENTS (failing)](run);
  test_run_free (run);
  play ();
  assert_posts (service, 1);
}
GST_END_TEST

/* Brings the branch to PAUSED, where it has no bus yet or that of another
 * pipeline, and then puts it into the pipeline that plays. */
static void
join_late (TestRun *run, GstElement *other)
{
  GstElement *branch = gst_object_ref (test_run_get (run, "branch"));
  g_autoptr (GstObject) bin = gst_object_get_parent (GST_OBJECT (branch));

  fail_unless (gst_bin_remove (GST_BIN (bin), branch));
  if (other)
    gst_bin_add (GST_BIN (other), branch);
  fail_if (gst_element_set_state (other ? other : branch, GST_STATE_PAUSED) ==
           GST_STATE_CHANGE_FAILURE);
  if (other)
    fail_unless (gst_bin_remove (GST_BIN (other), branch));
  g_object_set (bin, "message-forward", TRUE, NULL);
  test_run_start (run, GST_STATE_PLAYING);
  fail_unless (gst_bin_add (GST_BIN (bin), branch));
  fail_unless (gst_element_sync_state_with_parent (branch));
  gst_object_unref (branch);
}

GST_START_TEST (a_branch_that_joined_late_and_failed_keeps_its_clip)
{
  const guint n = (guint) __i__ / 2;
  TestRun *run = test_run_new (BRANCH "%s", failing[n % 2]);
  GstElement *other =
      __i__ % 2 ? gst_object_ref_sink (gst_pipeline_new (NULL)) : NULL;

  if (n % 2 == 0)
    hold_until_the_end (run);
  join_late (run, other);
  wait_for_failed_end (run);
  fail_unless (test_run_count (run, GST_MESSAGE_ERROR) > 0);
  ways[n / 2](run);
  if (other)
    gst_element_set_state (other, GST_STATE_NULL);
  gst_clear_object (&other);
  test_run_free (run);
  play ();
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
branches_suite (void)
{
  Suite *suite = suite_create ("branches");
  TCase *tcase = test_case_new (suite, "branches");

  tcase_add_loop_test (
      tcase, a_branch_that_leaves_early_keeps_its_clip, 0, N_BRANCHES);
  tcase_add_loop_test (
      tcase, a_branch_that_came_to_its_end_has_played_its_clip, 0, N_BRANCHES);
  tcase_add_loop_test (
      tcase, a_branch_whose_sink_failed_keeps_its_clip, 0, N_FAILING);
  tcase_add_loop_test (tcase,
      a_branch_that_joined_late_and_failed_keeps_its_clip, 0, 2 * N_FAILING);

  return suite;
}

GST_CHECK_MAIN (branches)
