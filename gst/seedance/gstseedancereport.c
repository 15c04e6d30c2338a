/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is announced, how often, and in which words. gst-launch-1.0 prints each
 * progress as a line, so the texts are short enough for a terminal of 80
 * columns. */

#include "gstseedancereport.h"

#include "gstseedancemessages.h"
#include "text.h"

#include <string.h>

#define GST_CAT_DEFAULT gst_seedance_src_debug
GST_DEBUG_CATEGORY_EXTERN (gst_seedance_src_debug);

/* A clip that is ready within this time was stored before. */
#define SOON (GST_SECOND / 10)

/* Longest and shortest room, in characters, for the reason of a retry. With its
 * prefix the line fits into 80 columns. */
#define TROUBLE_MAX 46
#define TROUBLE_MIN 20
/* Characters of a task's id that are enough to tell it from others. */
#define BRIEF_ID 23

static const gchar *stage_codes[] = { NULL, "submit", "generate" };

void
gst_seedance_news_free (gpointer data)
{
  GstSeedanceNews *news = data;

  if (news->message)
    gst_message_unref (news->message);
  g_free (news);
}

GstSeedanceReport *
gst_seedance_report_new (
    GstElement *element, const gchar *title, const gchar *provider)
{
  GstSeedanceReport *report = g_new0 (GstSeedanceReport, 1);

  report->refs = 1;
  report->element = element;
  report->title = g_strdup (title);
  report->provider = g_strdup (provider);

  return report;
}

void
gst_seedance_report_free (GstSeedanceReport *report)
{
  g_queue_clear_full (&report->news, gst_seedance_news_free);
  g_free (report->title);
  g_free (report->prefix);
  g_free (report->provider);
  g_free (report->instance);
  g_free (report->status);
  g_free (report->task_id);
  g_free (report->unknown_status);
  g_free (report->warning);
  g_free (report);
}

static void
say_news (GstSeedanceReport *report, GstMessage *message, const gchar *property)
{
  GstSeedanceNews *news = g_new (GstSeedanceNews, 1);

  *news = (GstSeedanceNews){ message, property };
  g_queue_push_tail (&report->news, news);
  report->queued++;
}

void
gst_seedance_report_say (GstSeedanceReport *report, GstMessage *message)
{
  say_news (report, message, NULL);
}

static void
post_progress (GstSeedanceReport *report, GstProgressType type, gint percent,
    const gchar *text)
{
  g_autofree gchar *line =
      report->prefix ? g_strdup_printf ("%s: %s", report->prefix, text)
                     : g_strdup (text);
  GstMessage *message = gst_message_new_progress (
      GST_OBJECT (report->element), type, stage_codes[report->stage], line);

  /* gst_message_writable_structure() is newer than GStreamer 1.22. */
  if (percent >= 0)
    gst_structure_set ((GstStructure *) gst_message_get_structure (message),
        "percent", G_TYPE_INT, percent, NULL);
  gst_seedance_report_say (report, message);
}

static void
end_stage (GstSeedanceReport *report, GstProgressType type, const gchar *text)
{
  if (report->stage == GST_SEEDANCE_STAGE_NONE)
    return;
  post_progress (
      report, type, type == GST_PROGRESS_TYPE_COMPLETE ? 100 : -1, text);
  report->stage = GST_SEEDANCE_STAGE_NONE;
}

/* The texts of complete_submit() in a shorter form, which fits into 80 columns
 * together with a name such as "seedancesrc0: ". The id of a task that was
 * ordered before is cut: it was printed in full when it was new. */
static gchar *
complete_submit_briefly (const GstSeedanceReport *report,
    const SeedanceClipState *state, const gchar *id)
{
  g_autofree gchar *brief = NULL;

  if (report->by_id && state->phase == SEEDANCE_PHASE_READY)
    return g_strdup_printf ("Stored: %s", id);
  if (report->by_id)
    return g_strdup_printf ("Asking: %s", id);
  if (state->posted && state->buys)
    return g_strdup_printf ("Ordered: %s", id);

  brief = seedance_text_clean (id, -1, BRIEF_ID, NULL);

  return g_strdup_printf ("Ordered before: %s", brief);
}

static gchar *
complete_submit (
    const GstSeedanceReport *report, const SeedanceClipState *state)
{
  const gchar *id = state->task_id ? state->task_id : "unknown";

  if (report->prefix)
    return complete_submit_briefly (report, state, id);
  if (report->by_id && state->phase == SEEDANCE_PHASE_READY)
    return g_strdup_printf ("Task %s is stored here", id);
  if (report->by_id)
    return g_strdup_printf ("Asking about task %s", id);
  if (state->posted && state->buys)
    return g_strdup_printf ("Ordered as task %s", id);

  return g_strdup_printf ("Ordered before as task %s", id);
}

static gchar *
complete_generate (const SeedanceClipState *state)
{
  g_autofree gchar *when =
      state->time_to_ready < SOON
          ? g_strdup ("Clip ready")
          : g_strdup_printf ("Clip ready after %.1f s",
                (gdouble) state->time_to_ready / GST_SECOND);

  if (state->download.size < 0)
    return g_steal_pointer (&when);

  return g_strdup_printf (
      "%s, %" G_GINT64_FORMAT " bytes", when, state->download.size);
}

static gchar *
complete_text (const GstSeedanceReport *report, const SeedanceClipState *state)
{
  switch (report->stage) {
    case GST_SEEDANCE_STAGE_SUBMIT:
      return complete_submit (report, state);
    default:
      return complete_generate (state);
  }
}

/* gst-launch-1.0 does not go to PLAYING while any progress is open. So the last
 * stage ends when the first bytes can be read, and buffering messages report
 * the rest of the download. */
static GstSeedanceStage
stage_of (const SeedanceClipState *state)
{
  switch (state->phase) {
    case SEEDANCE_PHASE_SUBMITTING:
      return GST_SEEDANCE_STAGE_SUBMIT;
    case SEEDANCE_PHASE_GENERATING:
      return GST_SEEDANCE_STAGE_GENERATE;
    case SEEDANCE_PHASE_DOWNLOADING:
      return state->download.readable ? GST_SEEDANCE_STAGE_NONE
                                      : GST_SEEDANCE_STAGE_GENERATE;
    default:
      return GST_SEEDANCE_STAGE_NONE;
  }
}

/* Returns how the user gets the clip after stopping early. The texts fit into
 * 80 columns together with "Progress: (generate) " and a UUID. */
static const gchar *
get_rescue (const GstSeedanceReport *report)
{
  const gboolean known = !report->anew && !report->unrecorded;

  if (!report->by_id && !known)
    return "set task-id";

  return report->prefix ? "run it again" : "run the same again";
}

static void
start_stage (GstSeedanceReport *report, GstSeedanceStage stage,
    const SeedanceClipState *state)
{
  g_autofree gchar *text = NULL;

  report->stage = stage;
  report->started = TRUE;
  report->polls = state->polls;
  report->percent = 0;
  report->told_status = NULL;
  switch (stage) {
    case GST_SEEDANCE_STAGE_NONE:
      return;
    case GST_SEEDANCE_STAGE_SUBMIT:
      text = g_strdup (report->by_id
                           ? "Looking for the task, nothing is ordered"
                           : "Ordering the clip, unless it was ordered before");
      break;
    case GST_SEEDANCE_STAGE_GENERATE:
      text = g_strdup_printf ("Waiting%s; safe to stop, then %s",
          report->prefix ? "" : " for the clip", get_rescue (report));
      break;
  }
  post_progress (report, GST_PROGRESS_TYPE_START, 0, text);
}

/* Returns TRUE if a progress line is due, and notes it as told: for a new
 * status, for every 10 percent, and every 30 seconds. More lines would flood a
 * terminal, which shows each of them. The element message seedance-task reports
 * every change. */
static gboolean
continue_generate (GstSeedanceReport *report, const SeedanceClipState *state)
{
  const gchar *status = gst_seedance_get_status_word (state);
  gboolean news = g_strcmp0 (report->told_status, status) != 0 ||
                  state->progress >= report->percent + 10 ||
                  state->elapsed >= report->told_at + 30 * GST_SECOND;

  if (!news || report->polls == state->polls ||
      seedance_status_is_final (state->status))
    return FALSE;
  report->polls = state->polls;
  report->told_status = status;
  report->told_at = state->elapsed;
  report->percent = MAX (state->progress, 0);

  return TRUE;
}

/* If the service has newly asked for a long wait, reports it and returns
 * TRUE. */
static gboolean
tell_wait (GstSeedanceReport *report, const SeedanceClipState *state)
{
  g_autofree gchar *text = NULL;

  if (state->wait == 0)
    report->wait = 0;
  if (state->wait == report->wait)
    return FALSE;
  report->wait = state->wait;
  report->retries = state->retries;
  text = g_strdup_printf ("Waiting for %u s, as the service asks", state->wait);
  post_progress (report, GST_PROGRESS_TYPE_CONTINUE, -1, text);

  return TRUE;
}

/* Reports the first retry, and later at most one in 30 seconds. Returns TRUE if
 * it has reported one. */
static gboolean
tell_retry (GstSeedanceReport *report, const SeedanceClipState *state)
{
  g_autofree gchar *trouble = NULL, *text = NULL;
  guint most = TROUBLE_MAX;

  if (state->retries <= report->retries || !state->trouble ||
      (report->retries > 0 &&
          state->elapsed < report->retry_told_at + 30 * GST_SECOND))
    return FALSE;
  report->retries = state->retries;
  report->retry_told_at = state->elapsed;
  if (report->prefix)
    most = (guint) MAX (
        TROUBLE_MIN, TROUBLE_MAX - (gint) strlen (report->prefix) - 2);
  trouble = seedance_text_clean (state->trouble, -1, most, NULL);
  text = g_strdup_printf ("Trying again: %s", trouble);
  post_progress (report, GST_PROGRESS_TYPE_CONTINUE, -1, text);

  return TRUE;
}

static void
continue_stage (GstSeedanceReport *report, const SeedanceClipState *state)
{
  const gint seconds = (gint) (state->elapsed / GST_SECOND);
  const gint percent = state->progress;
  g_autofree gchar *text = NULL;

  /* No progress is open while the clip is downloaded. */
  if (report->stage == GST_SEEDANCE_STAGE_NONE || tell_wait (report, state) ||
      tell_retry (report, state))
    return;
  if (report->stage != GST_SEEDANCE_STAGE_GENERATE ||
      !continue_generate (report, state))
    return;
  text = percent >= 0
             ? g_strdup_printf ("%s, %d %%, %d s",
                   gst_seedance_get_status_word (state), percent, seconds)
             : g_strdup_printf (
                   "%s, %d s", gst_seedance_get_status_word (state), seconds);
  post_progress (report, GST_PROGRESS_TYPE_CONTINUE, percent, text);
}

static void
announce_progress (GstSeedanceReport *report, const SeedanceClipState *state)
{
  GstSeedanceStage stage = stage_of (state);

  report->unrecorded = state->unrecorded;
  /* A task from the ledger has passed SUBMIT already. The stage is shown all
   * the same, because the text at its end says that nothing was ordered. */
  if (!report->started && state->task_id)
    start_stage (report, GST_SEEDANCE_STAGE_SUBMIT, state);
  if (stage == report->stage) {
    continue_stage (report, state);
    return;
  }
  if (state->phase == SEEDANCE_PHASE_FAILED) {
    end_stage (report, GST_PROGRESS_TYPE_ERROR, "Failed");
  } else if (state->phase == SEEDANCE_PHASE_IDLE) {
    end_stage (report, GST_PROGRESS_TYPE_CANCELED, "Nothing was ordered");
  } else {
    g_autofree gchar *text = complete_text (report, state);

    end_stage (report, GST_PROGRESS_TYPE_COMPLETE, text);
  }
  start_stage (report, stage, state);
}

static void
announce_task (GstSeedanceReport *report, const SeedanceClipState *state)
{
  const gchar *status = gst_seedance_get_status_word (state);
  gboolean new_id = g_strcmp0 (report->task_id, state->task_id) != 0;

  if (!state->task_id || (!new_id && g_strcmp0 (report->status, status) == 0 &&
                             report->task_progress == state->progress))
    return;
  g_free (report->task_id);
  report->task_id = g_strdup (state->task_id);
  g_free (report->status);
  report->status = g_strdup (status);
  report->task_progress = state->progress;
  gst_seedance_report_say (
      report, gst_seedance_make_task (
                  report->element, report->provider, report->instance, state));
  if (new_id)
    say_news (report, NULL, "current-task-id");
}

static void
announce_warnings (GstSeedanceReport *report, const SeedanceClipState *state)
{
  if (state->status_word &&
      g_strcmp0 (report->unknown_status, state->status_word) != 0) {
    g_free (report->unknown_status);
    report->unknown_status = g_strdup (state->status_word);
    GST_WARNING_OBJECT (report->element,
        "unknown status '%s', taken as "
        "still going",
        state->status_word);
  }
  if (state->warning && g_strcmp0 (report->warning, state->warning) != 0) {
    g_free (report->warning);
    report->warning = g_strdup (state->warning);
    gst_seedance_report_say (report,
        gst_seedance_make_state_warning (report->element, state->warning));
  }
}

static void
announce_tags (GstSeedanceReport *report, const SeedanceClipState *state)
{
  if (report->tagged || !state->download.readable)
    return;
  report->tagged = TRUE;
  gst_seedance_report_say (
      report, gst_message_new_tag (GST_OBJECT (report->element),
                  gst_seedance_report_make_tags (report, state)));
}

GstTagList *
gst_seedance_report_make_tags (
    const GstSeedanceReport *report, const SeedanceClipState *state)
{
  return gst_seedance_make_tags (report->provider, report->title, state);
}

void
gst_seedance_report_update (
    GstSeedanceReport *report, const SeedanceClipState *state)
{
  if (state->serial == 0 || state->serial == report->serial)
    return;
  /* After the application has ended the stream, an order may still be answered.
   * That is announced as a task, without progress. */
  if (!report->ended)
    announce_progress (report, state);
  announce_task (report, state);
  announce_warnings (report, state);
  announce_tags (report, state);
  report->serial = state->serial;
}

void
gst_seedance_report_end (GstSeedanceReport *report)
{
  g_autofree gchar *text = g_strdup_printf (
      "Stopped. What was ordered is kept: %s", get_rescue (report));

  end_stage (report, GST_PROGRESS_TYPE_CANCELED, text);
  report->ended = TRUE;
}
