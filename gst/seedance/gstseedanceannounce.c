/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What there is to say is put together under the lock, as messages in a queue,
 * and every START gets exactly one end there. The queue is posted without the
 * lock, by one thread at a time, because a bus may run the application's code
 * in the thread that posts. That thread is never a streaming thread: the
 * application may stop the pipeline from there. */

#include "gstseedanceannounce.h"

#include <string.h>

#include "error.h"
#include "gstseedanceneighbours.h"
#include "text.h"

#define GST_CAT_DEFAULT gst_seedance_src_debug
GST_DEBUG_CATEGORY_EXTERN (gst_seedance_src_debug);

/* A thread that posts may be held up by the application's own handler, which
 * may wait for the very change of state that waits here. */
#define END_WAIT (100 * G_TIME_SPAN_MILLISECOND)

/* How long a streaming thread waits for another thread to begin to post, before
 * it does so itself: the process may not be able to start any more threads. */
#define POSTER_WAIT (2 * G_TIME_SPAN_SECOND)

/* Characters of an error: more than any has, less than floods a terminal. */
#define TEXT_MAX 4000

/* A clip that is there so soon was there before. */
#define SOON (GST_SECOND / 10)

/* Characters; with what stands before them, as wide as a terminal. */
#define TROUBLE_MAX 46

typedef enum {
  STAGE_NONE,
  STAGE_SUBMIT,
  STAGE_GENERATE,
} Stage;

static const gchar *stage_codes[] = { NULL, "submit", "generate" };

/* What was said of one run. Whoever posts holds a reference, so that the next
 * run need not wait for a poster that the application holds up. */
typedef struct {
  GstElement *element;
  gchar *title, *provider;
  gchar *instance; /* or NULL */
  gchar *speaker;  /* name of the element where there are several; or NULL */
  gboolean by_id;  /* a task was named, so nothing can be ordered */
  gboolean anew;   /* the same again would be another order */

  /* Under the announcer's lock. */
  guint refs;
  GThread *poster;      /* who is posting now */
  GQueue words;         /* of Word; to be posted */
  guint queued, posted; /* words ever */
  gboolean ended;       /* no more progress */
  guint serial;
  Stage stage;
  gboolean started;
  guint polls; /* of the last line, as the three below */
  gint percent;
  const gchar *told_word; /* static */
  gint64 told_at;
  gchar *status, *task_id, *word, *warning;
  gint task_progress;
  guint wait;    /* seconds that were told */
  guint retries; /* that were told */
  gint64 retry_told_at;
  gboolean tagged;
  gboolean unrecorded; /* only the user knows the task's id */
} Report;

typedef struct {
  GstMessage *message;   /* or NULL */
  const gchar *property; /* to be notified; static, or NULL */
} Word;

struct _GstSeedanceAnnouncer {
  GstElement *element;
  SeedanceReader *reader;
  GstSeedanceBufferer *bufferer;

  GMutex lock;
  GCond cond;
  Report *report; /* under the lock; of the current run */
};

/* --- errors ------------------------------------------------------------- */

typedef struct {
  GQuark domain;
  gint code;
} ElementError;

/* The one table from the client's errors to the element's. */
static ElementError
map_error (const GError *error)
{
  const GQuark resource = GST_RESOURCE_ERROR;

  if (error->domain != SEEDANCE_ERROR)
    return (ElementError){ resource, GST_RESOURCE_ERROR_FAILED };
  switch ((SeedanceErrorCode) error->code) {
    case SEEDANCE_ERROR_SETTINGS:
      return (ElementError){ resource, GST_RESOURCE_ERROR_SETTINGS };
    case SEEDANCE_ERROR_NOT_AUTHORIZED:
      return (ElementError){ resource, GST_RESOURCE_ERROR_NOT_AUTHORIZED };
    case SEEDANCE_ERROR_NOT_FOUND:
      return (ElementError){ resource, GST_RESOURCE_ERROR_NOT_FOUND };
    case SEEDANCE_ERROR_BUSY:
      return (ElementError){ resource, GST_RESOURCE_ERROR_BUSY };
    case SEEDANCE_ERROR_OPEN_READ:
      return (ElementError){ resource, GST_RESOURCE_ERROR_OPEN_READ };
    case SEEDANCE_ERROR_READ:
      return (ElementError){ resource, GST_RESOURCE_ERROR_READ };
    case SEEDANCE_ERROR_NO_SPACE:
      return (ElementError){ resource, GST_RESOURCE_ERROR_NO_SPACE_LEFT };
    case SEEDANCE_ERROR_WRONG_TYPE:
      return (ElementError){ GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE };
    case SEEDANCE_ERROR_FAILED:
    case SEEDANCE_ERROR_MAYBE_BILLED:
    case SEEDANCE_ERROR_INTERRUPTED:
      break;
  }

  return (ElementError){ resource, GST_RESOURCE_ERROR_FAILED };
}

static GstStructure *
make_details (const SeedanceErrorDetails *details, const gchar *instance,
    SeedanceReason reason)
{
  GstStructure *structure = gst_structure_new ("details", "reason",
      G_TYPE_STRING, seedance_reason_to_string (reason), NULL);

  if (details->task_id)
    gst_structure_set (
        structure, "task-id", G_TYPE_STRING, details->task_id, NULL);
  if (details->http_status > 0)
    gst_structure_set (
        structure, "http-status-code", G_TYPE_UINT, details->http_status, NULL);
  if (details->service_code)
    gst_structure_set (
        structure, "service-code", G_TYPE_STRING, details->service_code, NULL);
  if (details->request_id)
    gst_structure_set (
        structure, "request-id", G_TYPE_STRING, details->request_id, NULL);
  if (instance)
    gst_structure_set (structure, "instance", G_TYPE_STRING, instance, NULL);
  gst_structure_set (
      structure, "retryable", G_TYPE_BOOLEAN, details->retryable, NULL);

  return structure;
}

/* As gst_element_message_full() does, but for another thread to post. */
static gchar *
make_debug (GstElement *element, const gchar *text)
{
  g_autofree gchar *path = gst_object_get_path_string (GST_OBJECT (element));

  return g_strdup_printf ("%s:\n%s", path, text);
}

/* The last gate: whatever a file, a property or a library put into a text, it
 * is one line that a terminal shows as it is. */
static void
clean (GError *error)
{
  gchar *text = seedance_text_clean (error->message, -1, TEXT_MAX, NULL);

  g_free (error->message);
  error->message = text;
}

GstMessage *
gst_seedance_make_error (
    GstElement *element, const gchar *instance, const GError *error)
{
  const SeedanceErrorDetails none = { 0 };
  const SeedanceErrorDetails *details = seedance_error_get_details (error);
  const ElementError mapped = map_error (error);
  g_autoptr (GError) ours =
      g_error_new_literal (mapped.domain, mapped.code, error->message);
  g_autofree gchar *facts = NULL, *debug = NULL;

  clean (ours);
  if (!details)
    details = &none;
  facts = g_strdup_printf ("task-id: %s, HTTP status: %u, service code: %s, "
                           "request id: %s",
      details->task_id ? details->task_id : "none", details->http_status,
      details->service_code ? details->service_code : "none",
      details->request_id ? details->request_id : "none");
  debug = make_debug (element, facts);
  GST_WARNING_OBJECT (element, "error: %s (%s)", ours->message, facts);

  return gst_message_new_error_with_details (GST_OBJECT (element), ours, debug,
      make_details (details, instance, seedance_error_get_reason (error)));
}

GstMessage *
gst_seedance_make_warning (GstElement *element, const gchar *format, ...)
{
  g_autoptr (GError) warning = NULL;
  g_autofree gchar *debug = make_debug (element, "");
  va_list args;

  va_start (args, format);
  warning = g_error_new_valist (
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, format, args);
  va_end (args);
  clean (warning);
  GST_WARNING_OBJECT (element, "warning: %s", warning->message);

  return gst_message_new_warning (GST_OBJECT (element), warning, debug);
}

/* --- tags --------------------------------------------------------------- */

static GstTagList *
make_tags (const Report *report, const SeedanceJobState *state)
{
  GstTagList *tags = gst_tag_list_new_empty ();
  g_autofree gchar *service =
      g_strdup_printf ("Seedance (%s)", report->provider);

  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  /* The IPTC's term for media made by a generative model. */
  gst_tag_list_add (tags, GST_TAG_MERGE_APPEND, GST_TAG_APPLICATION_NAME,
      service, GST_TAG_COMMENT, "AI-generated video", GST_TAG_EXTENDED_COMMENT,
      "digital-source-type=trainedAlgorithmicMedia", NULL);
  if (report->title)
    gst_tag_list_add (tags, GST_TAG_MERGE_APPEND, GST_TAG_TITLE, report->title,
        GST_TAG_DESCRIPTION, report->title, NULL);
  if (state->task_id) {
    g_autofree gchar *task =
        g_strdup_printf ("seedance-task-id=%s", state->task_id);

    gst_tag_list_add (
        tags, GST_TAG_MERGE_APPEND, GST_TAG_EXTENDED_COMMENT, task, NULL);
  }
  if (state->seed >= 0) {
    g_autofree gchar *seed =
        g_strdup_printf ("seedance-seed=%" G_GINT64_FORMAT, state->seed);

    gst_tag_list_add (
        tags, GST_TAG_MERGE_APPEND, GST_TAG_EXTENDED_COMMENT, seed, NULL);
  }

  return tags;
}

/* --- words -------------------------------------------------------------- */

static void
say_word (Report *report, GstMessage *message, const gchar *property)
{
  Word *word = g_new (Word, 1);

  *word = (Word){ message, property };
  g_queue_push_tail (&report->words, word);
  report->queued++;
}

static void
say (Report *report, GstMessage *message)
{
  say_word (report, message, NULL);
}

/* --- progress ----------------------------------------------------------- */

static void
post_progress (
    Report *report, GstProgressType type, gint percent, const gchar *text)
{
  g_autofree gchar *line =
      report->speaker ? g_strdup_printf ("%s: %s", report->speaker, text)
                      : g_strdup (text);
  GstMessage *message = gst_message_new_progress (
      GST_OBJECT (report->element), type, stage_codes[report->stage], line);

  if (percent >= 0)
    gst_structure_set ((GstStructure *) gst_message_get_structure (message),
        "percent", G_TYPE_INT, percent, NULL);
  say (report, message);
}

static void
end_stage (Report *report, GstProgressType type, const gchar *text)
{
  if (report->stage == STAGE_NONE)
    return;
  post_progress (
      report, type, type == GST_PROGRESS_TYPE_COMPLETE ? 100 : -1, text);
  report->stage = STAGE_NONE;
}

static gchar *
complete_submit (const Report *report, const SeedanceJobState *state)
{
  const gchar *id = state->task_id ? state->task_id : "unknown";

  if (report->by_id && state->phase == SEEDANCE_PHASE_READY)
    return g_strdup_printf ("Task %s is stored here", id);
  if (report->by_id)
    return g_strdup_printf ("Asking about task %s", id);
  if (state->posted)
    return g_strdup_printf ("Ordered as task %s", id);

  return g_strdup_printf ("Ordered before as task %s", id);
}

static gchar *
complete_generate (const SeedanceJobState *state)
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
complete_text (const Report *report, const SeedanceJobState *state)
{
  switch (report->stage) {
    case STAGE_SUBMIT:
      return complete_submit (report, state);
    default:
      return complete_generate (state);
  }
}

static const gchar *
status_word (const SeedanceJobState *state)
{
  if (state->status == SEEDANCE_STATUS_UNKNOWN)
    return state->phase == SEEDANCE_PHASE_FAILED ? "failed" : "submitted";

  return seedance_status_to_string (state->status);
}

/* gst-launch-1.0 does not go to PLAYING while any progress is open. So the last
 * stage is over when the first bytes can be read: what is still to come is told
 * by buffering messages. */
static Stage
stage_of (const SeedanceJobState *state)
{
  switch (state->phase) {
    case SEEDANCE_PHASE_SUBMITTING:
      return STAGE_SUBMIT;
    case SEEDANCE_PHASE_GENERATING:
      return STAGE_GENERATE;
    case SEEDANCE_PHASE_DOWNLOADING:
      return state->download.readable ? STAGE_NONE : STAGE_GENERATE;
    default:
      return STAGE_NONE;
  }
}

/* What fetches the clip after an early end. With "Progress: (generate) " before
 * them, and a UUID in them, the texts fit into 80 columns. */
static const gchar *
get_rescue (const Report *report)
{
  const gboolean known = !report->anew && !report->unrecorded;

  return report->by_id || known ? "run the same again" : "set task-id";
}

static void
start_stage (Report *report, Stage stage, const SeedanceJobState *state)
{
  g_autofree gchar *text = NULL;

  report->stage = stage;
  report->started = TRUE;
  report->polls = state->polls;
  report->percent = 0;
  report->told_word = NULL;
  switch (stage) {
    case STAGE_NONE:
      return;
    case STAGE_SUBMIT:
      text = g_strdup (report->by_id
                           ? "Looking for the task, nothing is ordered"
                           : "Ordering the clip, unless it was ordered before");
      break;
    case STAGE_GENERATE:
      text = g_strdup_printf (
          "Waiting for the clip; safe to stop, then %s", get_rescue (report));
      break;
  }
  post_progress (report, GST_PROGRESS_TYPE_START, 0, text);
}

/* A terminal shows every line of this: one for a new word, for a tenth of the
 * way, or for half a minute. Finer news are in the element message. */
static gboolean
continue_generate (Report *report, const SeedanceJobState *state)
{
  const gchar *word = status_word (state);
  gboolean news = g_strcmp0 (report->told_word, word) != 0 ||
                  state->progress >= report->percent + 10 ||
                  state->elapsed >= report->told_at + 30 * GST_SECOND;

  if (!news || report->polls == state->polls ||
      seedance_status_is_final (state->status))
    return FALSE;
  report->polls = state->polls;
  report->told_word = word;
  report->told_at = state->elapsed;
  report->percent = MAX (state->progress, 0);

  return TRUE;
}

/* The service asks for patience: more of it than a word can wait for. */
static gboolean
tell_wait (Report *report, const SeedanceJobState *state)
{
  g_autofree gchar *text = NULL;

  if (state->wait == 0 || state->wait == report->wait)
    return FALSE;
  report->wait = state->wait;
  report->retries = state->retries;
  text = g_strdup_printf ("Waiting for %u s, as the service asks", state->wait);
  post_progress (report, GST_PROGRESS_TYPE_CONTINUE, -1, text);

  return TRUE;
}

/* The first one, and one in half a minute: how often the rest is tried is no
 * news. */
static gboolean
tell_retry (Report *report, const SeedanceJobState *state)
{
  g_autofree gchar *trouble = NULL, *text = NULL;

  if (state->retries <= report->retries || !state->trouble ||
      (report->retries > 0 &&
          state->elapsed < report->retry_told_at + 30 * GST_SECOND))
    return FALSE;
  report->retries = state->retries;
  report->retry_told_at = state->elapsed;
  trouble = seedance_text_clean (state->trouble, -1, TROUBLE_MAX, NULL);
  text = g_strdup_printf ("Trying again: %s", trouble);
  post_progress (report, GST_PROGRESS_TYPE_CONTINUE, -1, text);

  return TRUE;
}

static void
continue_stage (Report *report, const SeedanceJobState *state)
{
  const gint seconds = (gint) (state->elapsed / GST_SECOND);
  const gint percent = state->progress;
  g_autofree gchar *text = NULL;

  if (tell_wait (report, state) || tell_retry (report, state))
    return;
  if (report->stage != STAGE_GENERATE || !continue_generate (report, state))
    return;
  text = percent >= 0
             ? g_strdup_printf (
                   "%s, %d %%, %d s", status_word (state), percent, seconds)
             : g_strdup_printf ("%s, %d s", status_word (state), seconds);
  post_progress (report, GST_PROGRESS_TYPE_CONTINUE, percent, text);
}

static void
announce_progress (Report *report, const SeedanceJobState *state)
{
  Stage stage = stage_of (state);

  report->unrecorded = state->unrecorded;
  /* What is in the ledger is past this stage before anything could be said; that
   * nothing was sent for it is told in any case. */
  if (!report->started && state->task_id)
    start_stage (report, STAGE_SUBMIT, state);
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

/* --- task, warnings, tags ----------------------------------------------- */

/* What the service did not tell is left out. */
static GstStructure *
make_task (
    const Report *report, const SeedanceJobState *state, const gchar *status)
{
  GstStructure *task = gst_structure_new ("seedance-task", "task-id",
      G_TYPE_STRING, state->task_id, "provider", G_TYPE_STRING,
      report->provider, "status", G_TYPE_STRING, status, "progress", G_TYPE_INT,
      state->progress, "elapsed", G_TYPE_UINT64, (guint64) state->elapsed,
      NULL);

  if (state->seed >= 0)
    gst_structure_set (task, "seed", G_TYPE_INT64, state->seed, NULL);
  if (state->tokens >= 0)
    gst_structure_set (task, "tokens", G_TYPE_INT64, state->tokens, NULL);
  if (state->cost)
    gst_structure_set (task, "cost", G_TYPE_STRING, state->cost, NULL);
  if (state->last_frame_url)
    gst_structure_set (task, "last-frame-url", G_TYPE_STRING,
        state->last_frame_url, NULL);
  if (report->instance)
    gst_structure_set (task, "instance", G_TYPE_STRING, report->instance, NULL);

  return task;
}

static void
announce_task (Report *report, const SeedanceJobState *state)
{
  const gchar *status = status_word (state);
  gboolean new_id = g_strcmp0 (report->task_id, state->task_id) != 0;

  if (!state->task_id || (!new_id && g_strcmp0 (report->status, status) == 0 &&
                             report->task_progress == state->progress))
    return;
  g_free (report->task_id);
  report->task_id = g_strdup (state->task_id);
  g_free (report->status);
  report->status = g_strdup (status);
  report->task_progress = state->progress;
  say (report, gst_message_new_element (GST_OBJECT (report->element),
                   make_task (report, state, status)));
  if (new_id)
    say_word (report, NULL, "current-task-id");
}

static GstMessage *
make_state_warning (GstElement *element, const gchar *text)
{
  g_autoptr (GError) warning =
      g_error_new_literal (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE, text);
  g_autofree gchar *debug = make_debug (element, "");

  clean (warning);
  GST_WARNING_OBJECT (element, "warning: %s", warning->message);

  return gst_message_new_warning (GST_OBJECT (element), warning, debug);
}

static void
announce_warnings (Report *report, const SeedanceJobState *state)
{
  if (state->status_word && g_strcmp0 (report->word, state->status_word) != 0) {
    g_free (report->word);
    report->word = g_strdup (state->status_word);
    GST_WARNING_OBJECT (report->element,
        "unknown status '%s', taken as "
        "still going",
        state->status_word);
  }
  if (state->warning && g_strcmp0 (report->warning, state->warning) != 0) {
    g_free (report->warning);
    report->warning = g_strdup (state->warning);
    say (report, make_state_warning (report->element, state->warning));
  }
}

static void
announce_tags (Report *report, const SeedanceJobState *state)
{
  if (report->tagged || !state->download.readable)
    return;
  report->tagged = TRUE;
  say (report, gst_message_new_tag (
                   GST_OBJECT (report->element), make_tags (report, state)));
}

/* Under the lock, so that what is judged later is also said later. */
static void
announce_buffering (GstSeedanceAnnouncer *announcer)
{
  GstMessage *message =
      gst_seedance_bufferer_take_message (announcer->bufferer);

  if (message)
    say (announcer->report, message);
}

/* Puts together what is new since the last time. After an end that the
 * application wanted an order may still be answered. */
static void
announce_locked (GstSeedanceAnnouncer *announcer)
{
  Report *report = announcer->report;
  SeedanceJobState state;

  seedance_reader_get_state (announcer->reader, &state);
  if (state.serial != 0 && state.serial != report->serial) {
    if (!report->ended)
      announce_progress (report, &state);
    announce_task (report, &state);
    announce_warnings (report, &state);
    announce_tags (report, &state);
    report->serial = state.serial;
  }
  if (state.serial != 0)
    announce_buffering (announcer);
  seedance_job_state_clear (&state);
}

/* --- reports ------------------------------------------------------------ */

static Report *
report_new (GstElement *element, const gchar *title, const gchar *provider)
{
  Report *report = g_new0 (Report, 1);

  report->refs = 1;
  report->element = element;
  report->title = g_strdup (title);
  report->provider = g_strdup (provider);

  return report;
}

static Report *
ref_report_locked (GstSeedanceAnnouncer *announcer)
{
  announcer->report->refs++;

  return announcer->report;
}

static void
word_free (gpointer data)
{
  Word *word = data;

  if (word->message)
    gst_message_unref (word->message);
  g_free (word);
}

static void
unref_report_locked (Report *report)
{
  if (--report->refs > 0)
    return;
  g_queue_clear_full (&report->words, word_free);
  g_free (report->title);
  g_free (report->speaker);
  g_free (report->provider);
  g_free (report->instance);
  g_free (report->status);
  g_free (report->task_id);
  g_free (report->word);
  g_free (report->warning);
  g_free (report);
}

/* --- life --------------------------------------------------------------- */

GstSeedanceAnnouncer *
gst_seedance_announcer_new (GstElement *element, SeedanceReader *reader,
    GstSeedanceBufferer *bufferer)
{
  GstSeedanceAnnouncer *announcer = g_new0 (GstSeedanceAnnouncer, 1);

  announcer->element = element;
  announcer->reader = reader;
  announcer->bufferer = bufferer;
  announcer->report = report_new (element, NULL, NULL);
  g_mutex_init (&announcer->lock);
  g_cond_init (&announcer->cond);

  return announcer;
}

void
gst_seedance_announcer_free (GstSeedanceAnnouncer *announcer)
{
  unref_report_locked (announcer->report);
  g_mutex_clear (&announcer->lock);
  g_cond_clear (&announcer->cond);
  g_free (announcer);
}

static void
post_word (Report *report, Word *word)
{
  if (word->message)
    gst_element_post_message (
        report->element, g_steal_pointer (&word->message));
  if (word->property)
    g_object_notify (G_OBJECT (report->element), word->property);
  word_free (word);
}

/* Posts until there is nothing left, unless another thread is at it, which then
 * does that. Lets go of the lock meanwhile. */
static void
post_locked (GstSeedanceAnnouncer *announcer, Report *report)
{
  Word *word;

  if (report->poster)
    return;
  report->poster = g_thread_self ();
  while ((word = g_queue_pop_head (&report->words))) {
    g_mutex_unlock (&announcer->lock);
    post_word (report, word);
    g_mutex_lock (&announcer->lock);
    report->posted++;
    g_cond_broadcast (&announcer->cond);
  }
  report->poster = NULL;
  g_cond_broadcast (&announcer->cond);
}

static void
post (GstSeedanceAnnouncer *announcer)
{
  Report *report;

  g_mutex_lock (&announcer->lock);
  report = ref_report_locked (announcer);
  post_locked (announcer, report);
  unref_report_locked (report);
  g_mutex_unlock (&announcer->lock);
}

void
gst_seedance_announcer_update (GstSeedanceAnnouncer *announcer)
{
  g_mutex_lock (&announcer->lock);
  announce_locked (announcer);
  g_mutex_unlock (&announcer->lock);
  post (announcer);
}

static void
post_async (GstElement *element, gpointer announcer)
{
  post (announcer);
}

/* The element is kept by the call, and it keeps the announcer. */
static void
wait_until_posted_locked (
    GstSeedanceAnnouncer *announcer, Report *report, guint ticket)
{
  const guint last = report->queued;
  gint64 deadline = g_get_monotonic_time () + POSTER_WAIT;

  if (!report->poster && !g_queue_is_empty (&report->words))
    gst_element_call_async (announcer->element, post_async, announcer, NULL);
  while ((gint) (last - report->posted) > 0 &&
         !seedance_reader_is_interrupted (announcer->reader, ticket)) {
    if (!g_cond_wait_until (&announcer->cond, &announcer->lock, deadline)) {
      post_locked (announcer, report);
      deadline = g_get_monotonic_time () + POSTER_WAIT;
    }
  }
}

void
gst_seedance_announcer_tell (
    GstSeedanceAnnouncer *announcer, guint ticket, GstMessage *message)
{
  Report *report;

  g_mutex_lock (&announcer->lock);
  report = ref_report_locked (announcer);
  announce_locked (announcer);
  if (message)
    say (report, message);
  wait_until_posted_locked (announcer, report, ticket);
  unref_report_locked (report);
  g_mutex_unlock (&announcer->lock);
}

void
gst_seedance_announcer_wake (GstSeedanceAnnouncer *announcer)
{
  g_mutex_lock (&announcer->lock);
  g_cond_broadcast (&announcer->cond);
  g_mutex_unlock (&announcer->lock);
}

guint
gst_seedance_announcer_get_serial (GstSeedanceAnnouncer *announcer)
{
  guint serial;

  g_mutex_lock (&announcer->lock);
  serial = announcer->report->serial;
  g_mutex_unlock (&announcer->lock);

  return serial;
}

GstTagList *
gst_seedance_announcer_make_tags (
    GstSeedanceAnnouncer *announcer, const SeedanceJobState *state)
{
  GstTagList *tags;

  g_mutex_lock (&announcer->lock);
  tags = make_tags (announcer->report, state);
  g_mutex_unlock (&announcer->lock);

  return tags;
}

void
gst_seedance_announcer_begin (
    GstSeedanceAnnouncer *announcer, const SeedanceOrder *order)
{
  Report *report = report_new (
      announcer->element, order->request->prompt, order->provider->name);

  /* gst-launch-1.0 shows the words of a progress, and not whose they are. */
  if (gst_seedance_has_sibling (announcer->element))
    report->speaker = gst_object_get_name (GST_OBJECT (announcer->element));
  report->instance = g_strdup (order->request->instance);
  report->by_id = order->task_id != NULL;
  report->anew = order->reuse == SEEDANCE_REUSE_NEVER;
  g_mutex_lock (&announcer->lock);
  unref_report_locked (announcer->report);
  announcer->report = report;
  g_mutex_unlock (&announcer->lock);
}

void
gst_seedance_announcer_resume (GstSeedanceAnnouncer *announcer)
{
  g_mutex_lock (&announcer->lock);
  if (announcer->report->ended)
    announcer->report->serial = 0;
  announcer->report->ended = FALSE;
  g_mutex_unlock (&announcer->lock);
}

static void
end_locked (GstSeedanceAnnouncer *announcer, Report *report)
{
  g_autofree gchar *text = g_strdup_printf (
      "Stopped. What was ordered is kept: %s", get_rescue (report));

  end_stage (report, GST_PROGRESS_TYPE_CANCELED, text);
  report->ended = TRUE;
}

void
gst_seedance_announcer_end (GstSeedanceAnnouncer *announcer)
{
  gint64 deadline = g_get_monotonic_time () + END_WAIT;
  Report *report;

  g_mutex_lock (&announcer->lock);
  report = ref_report_locked (announcer);
  announce_locked (announcer);
  end_locked (announcer, report);
  while (report->poster && report->poster != g_thread_self () &&
         g_cond_wait_until (&announcer->cond, &announcer->lock, deadline))
    ;
  post_locked (announcer, report);
  unref_report_locked (report);
  g_mutex_unlock (&announcer->lock);
}
