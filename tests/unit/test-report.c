/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever course a clip's state takes, each progress that was started ends
 * once, and progresses do not overlap. */
#include "gstseedancereport.h"

#include <string.h>

GST_DEBUG_CATEGORY (gst_seedance_src_debug);

#define STATES 20
#define ROUNDS 2000

/* Checks and frees the queued news; *@open is the code of the open progress,
 * or NULL. */
static void
take_news (GstSeedanceReport *report, gchar **open)
{
  GstSeedanceNews *news;

  while ((news = g_queue_pop_head (&report->news))) {
    GstProgressType type;
    g_autofree gchar *code = NULL;

    if (news->message &&
        GST_MESSAGE_TYPE (news->message) == GST_MESSAGE_PROGRESS) {
      gst_message_parse_progress (news->message, &type, &code, NULL);
      if (type == GST_PROGRESS_TYPE_START)
        g_assert_null (*open);
      else
        g_assert_cmpstr (code, ==, *open);
      if (type != GST_PROGRESS_TYPE_CONTINUE)
        g_clear_pointer (open, g_free);
      if (type == GST_PROGRESS_TYPE_START)
        *open = g_steal_pointer (&code);
    }
    gst_seedance_news_free (news);
  }
}

static SeedanceClipState
first_state (void)
{
  SeedanceClipState state;

  memset (&state, 0, sizeof state);
  state.progress = -1;
  state.seed = state.tokens = state.download.size = -1;
  state.trouble = (gchar *) "HTTP 503";

  return state;
}

/* A retry that happened before the first report leaves no progress open when
 * the clip is readable. */
static void
test_a_retry_is_told_late (void)
{
  GstElement *element = gst_pipeline_new (NULL);
  GstSeedanceReport *report = gst_seedance_report_new (element, "boat", "ark");
  SeedanceClipState state = first_state ();
  g_autofree gchar *open = NULL;

  state.task_id = (gchar *) "task";
  state.phase = SEEDANCE_PHASE_DOWNLOADING;
  state.download.readable = TRUE;
  state.retries = 1;
  for (state.serial = 1; state.serial < 3; state.serial++) {
    gst_seedance_report_update (report, &state);
    take_news (report, &open);
  }
  g_assert_null (open);
  gst_seedance_report_free (report);
  gst_object_unref (element);
}

static void
change (SeedanceClipState *state)
{
  static gchar *const ids[] = { NULL, (gchar *) "task" };

  state->serial++;
  state->phase = (SeedancePhase) g_test_rand_int_range (0, 6);
  state->task_id = ids[g_test_rand_int_range (0, 2)];
  state->download.readable = g_test_rand_bit ();
  state->retries += (guint) g_test_rand_bit ();
  state->wait = (guint) g_test_rand_int_range (0, 3);
  state->polls += (guint) g_test_rand_bit ();
  state->progress = g_test_rand_int_range (-1, 100);
  state->elapsed += g_test_rand_int_range (0, 40) * (gint64) GST_SECOND;
}

static void
test_any_way (void)
{
  GstElement *element = gst_pipeline_new (NULL);

  for (guint round = 0; round < ROUNDS; round++) {
    GstSeedanceReport *report =
        gst_seedance_report_new (element, "boat", "ark");
    SeedanceClipState state = first_state ();
    g_autofree gchar *open = NULL;

    for (guint i = 0; i < STATES; i++) {
      change (&state);
      gst_seedance_report_update (report, &state);
      take_news (report, &open);
    }
    gst_seedance_report_end (report);
    take_news (report, &open);
    g_assert_null (open);
    gst_seedance_report_free (report);
  }
  gst_object_unref (element);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  GST_DEBUG_CATEGORY_INIT (gst_seedance_src_debug, "seedancesrc", 0, "tests");
  g_test_add_func ("/report/retry-told-late", test_a_retry_is_told_late);
  g_test_add_func ("/report/any-way", test_any_way);

  return g_test_run ();
}
