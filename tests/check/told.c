/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The messages during the wait and the download, and an EOS event from the
 * application. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>

#include "run.h"

static struct {
  GMutex lock;
  GCond cond;
  gboolean hold; /* calls wait until this is FALSE */
  guint waiting, posted;
} calls;

typedef struct {
  GstElement *element;
  GstElementCallAsyncFunc func;
  gpointer user_data;
} Call;

static gpointer
call_when_let_go (gpointer data)
{
  Call *call = data;

  g_mutex_lock (&calls.lock);
  while (calls.hold)
    g_cond_wait (&calls.cond, &calls.lock);
  g_mutex_unlock (&calls.lock);
  call->func (call->element, call->user_data);
  gst_object_unref (call->element);
  g_free (call);
  g_mutex_lock (&calls.lock);
  calls.posted++;
  g_cond_broadcast (&calls.cond);
  g_mutex_unlock (&calls.lock);

  return NULL;
}

/* Replaces the function of GStreamer. A test can delay its calls. */
void
gst_element_call_async (GstElement *element, GstElementCallAsyncFunc func,
    gpointer user_data, GDestroyNotify destroy_notify)
{
  Call *call = g_new (Call, 1);

  *call = (Call){ gst_object_ref (element), func, user_data };
  g_mutex_lock (&calls.lock);
  calls.waiting++;
  g_cond_broadcast (&calls.cond);
  g_mutex_unlock (&calls.lock);
  g_thread_unref (g_thread_new ("call", call_when_let_go, call));
}

static void
hold_calls (gboolean hold)
{
  g_mutex_lock (&calls.lock);
  calls.hold = hold;
  g_cond_broadcast (&calls.cond);
  g_mutex_unlock (&calls.lock);
}

/* Waits until *@count, a member of calls, is at least @least. */
static void
wait_for_calls (const guint *count, guint least)
{
  g_mutex_lock (&calls.lock);
  while (*count < least)
    g_cond_wait (&calls.cond, &calls.lock);
  g_mutex_unlock (&calls.lock);
}

/* Given an error that a thread posts only after the stop, the next run does not
 * get it. */
GST_START_TEST (an_error_that_is_posted_late_is_not_the_next_runs)
{
  TestRun *run = test_run_new (CLIP " fakesink name=out");
  g_autoptr (GstElement) out =
      gst_bin_get_by_name (GST_BIN (run->pipeline), "out");

  hold_calls (TRUE);
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  /* The error says that nothing is linked. */
  wait_for_calls (&calls.waiting, 1);
  test_run_stop (run);
  gst_element_set_state (run->pipeline, GST_STATE_READY);
  hold_calls (FALSE);
  wait_for_calls (&calls.posted, 1);
  fail_unless (gst_element_link (run->src, out));
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* Elements downstream have asked for the size before it was known, and get one
 * message about it. */
GST_START_TEST (the_size_is_published_once)
{
  TestRun *run = test_run_new (CLIP "blocksize=4096 ! tee ! fakesink");

  test_run_to_end (run);
  fail_unless_equals_int (
      test_run_count (run, GST_MESSAGE_DURATION_CHANGED), 1);
  test_run_free (run);
}
GST_END_TEST

/* The percentage of the progress is that of the service's answers. */
GST_START_TEST (the_percent_of_the_task_is_told)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  guint told = 0;

  test_service_set (service, "{\"generation_time\":1}");
  test_run_to_end (run);
  for (guint i = 0; i < run->said->len; i++) {
    GstMessage *message = g_ptr_array_index (run->said, i);
    g_autofree gchar *text = NULL, *wanted = NULL;
    GstProgressType type;
    gint percent;

    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_PROGRESS)
      continue;
    gst_message_parse_progress (message, &type, NULL, &text);
    if (type != GST_PROGRESS_TYPE_CONTINUE || !strstr (text, "running"))
      continue;
    fail_unless (gst_structure_get_int (
        gst_message_get_structure (message), "percent", &percent));
    wanted = g_strdup_printf ("running, %d %%", percent);
    fail_unless (g_str_has_prefix (text, wanted), "%s", text);
    told += percent > 0 && percent < 100;
  }
  fail_unless (told > 0);
  test_run_free (run);
}
GST_END_TEST

static struct {
  GMutex lock;
  GCond cond;
  guint64 size;
  gboolean reached, released;
} late;

/* Blocks the stream at 95 % of the clip. */
static GstPadProbeReturn
hold_late (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

  g_mutex_lock (&late.lock);
  if (GST_BUFFER_OFFSET_END (buffer) > late.size / 100 * 95) {
    late.reached = TRUE;
    g_cond_broadcast (&late.cond);
    while (!late.released)
      g_cond_wait (&late.cond, &late.lock);
  }
  g_mutex_unlock (&late.lock);

  return GST_PAD_PROBE_OK;
}

static void
wait_until_late (void)
{
  g_mutex_lock (&late.lock);
  while (!late.reached)
    g_cond_wait (&late.cond, &late.lock);
  g_mutex_unlock (&late.lock);
}

static void
release_late (void)
{
  g_mutex_lock (&late.lock);
  late.released = TRUE;
  g_cond_broadcast (&late.cond);
  g_mutex_unlock (&late.lock);
}

static gpointer
send_end (gpointer src)
{
  fail_unless (gst_element_send_event (src, gst_event_new_eos ()));

  return NULL;
}

/* The event takes effect only when the stream goes on, so it is sent by a
 * thread. Returns when that thread holds the element's state lock, which
 * sending an event takes. */
static GThread *
begin_to_send_end (GstElement *src)
{
  GThread *thread = g_thread_new ("end", send_end, src);

  while (GST_STATE_TRYLOCK (src)) {
    GST_STATE_UNLOCK (src);
    g_thread_yield ();
  }

  return thread;
}

static GstPadProbeReturn
note_end (GstPad *pad, GstPadProbeInfo *info, gpointer ended)
{
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS)
    g_atomic_int_set ((gint *) ended, TRUE);

  return GST_PAD_PROBE_OK;
}

/* Downloads the whole clip into a queue without playing it. Returns its
 * size. */
static guint64
store_clip (void)
{
  TestRun *run = test_run_new (CLIP "! queue max-size-buffers=0 "
                                    "max-size-bytes=0 max-size-time=0 "
                                    "! fakesink");
  GstPad *pad = gst_element_get_static_pad (run->src, "src");
  g_autoptr (GstStructure) stats = NULL;
  gint ended = FALSE;
  gint64 size = 0;

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, note_end, &ended, NULL);
  test_run_start (run, GST_STATE_PAUSED);
  while (!g_atomic_int_get (&ended))
    g_usleep (G_TIME_SPAN_MILLISECOND);
  g_object_get (run->src, "stats", &stats, NULL);
  gst_structure_get_int64 (stats, "size", &size);
  gst_object_unref (pad);
  test_run_free (run);

  return (guint64) size;
}

GST_START_TEST (an_end_that_is_sent_late_is_no_playing_to_the_end)
{
  GThread *sender;
  TestRun *run;
  GstPad *pad;

  test_service_set (service, "{\"layout\":\"moov-first\"}");
  late.size = store_clip ();
  run = test_run_new (CLIP "blocksize=4096 ! tee ! fakesink");
  pad = gst_element_get_static_pad (run->src, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, hold_late, NULL, NULL);
  gst_object_unref (pad);
  test_run_start (run, GST_STATE_PLAYING);
  wait_until_late ();
  sender = begin_to_send_end (run->src);
  release_late ();
  test_run_wait (run, GST_MESSAGE_EOS);
  g_thread_join (sender);
  test_run_free (run);

  run = test_run_new (CLIP "! fakesink");
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
  /* The clip was played now, so the same order buys another one. */
  run = test_run_new (CLIP "! fakesink");
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

static Suite *
told_suite (void)
{
  Suite *suite = suite_create ("told");
  TCase *told = test_case_new (suite, "told");

  tcase_add_test (told, an_error_that_is_posted_late_is_not_the_next_runs);
  tcase_add_test (told, the_size_is_published_once);
  tcase_add_test (told, the_percent_of_the_task_is_told);
  tcase_add_test (told, an_end_that_is_sent_late_is_no_playing_to_the_end);

  return suite;
}

GST_CHECK_MAIN (told)
