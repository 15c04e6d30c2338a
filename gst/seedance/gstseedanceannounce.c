/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every START gets exactly one end, and what is open is known under the lock.
 * Messages are posted without it, by one thread at a time, because a bus may
 * run the application's code in the thread that posts. */

#include "gstseedanceannounce.h"

#include <string.h>

#include "error.h"

#define GST_CAT_DEFAULT gst_seedance_src_debug
GST_DEBUG_CATEGORY_EXTERN (gst_seedance_src_debug);

/* A thread that posts may be held up by the application's own handler, which
 * may wait for the very change of state that waits here. */
#define END_WAIT (100 * G_TIME_SPAN_MILLISECOND)

typedef enum {
  STAGE_NONE,
  STAGE_SUBMIT,
  STAGE_GENERATE,
  STAGE_DOWNLOAD,
} Stage;

static const gchar *stage_codes[] = { NULL, "submit", "generate", "download" };

struct _GstSeedanceAnnouncer {
  GstElement *element;
  SeedanceReader *reader;

  GMutex lock;
  GCond cond;
  GThread *poster;     /* under the lock; who is posting now */
  gboolean again;      /* under the lock */
  gboolean end_wanted; /* under the lock */
  gint serial;         /* atomic */

  /* The poster's. */
  gchar *title, *provider;
  Stage stage;
  gboolean started, ended;
  guint polls; /* of the last line, as the three below */
  gint percent;
  const gchar *told_word; /* static */
  gint64 told_at;
  gchar *status, *task_id, *word, *warning;
  gint task_progress;
  gboolean tagged;
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
make_details (const SeedanceErrorDetails *details)
{
  GstStructure *structure = gst_structure_new_empty ("details");

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
  gst_structure_set (
      structure, "retryable", G_TYPE_BOOLEAN, details->retryable, NULL);

  return structure;
}

void
gst_seedance_post_error (GstElement *element, const GError *error)
{
  const SeedanceErrorDetails none = { 0 };
  const SeedanceErrorDetails *details = seedance_error_get_details (error);
  ElementError mapped = map_error (error);
  g_autofree gchar *debug = NULL;

  if (!details)
    details = &none;
  debug = g_strdup_printf ("task-id: %s, HTTP status: %u, service code: %s, "
                           "request id: %s",
      details->task_id ? details->task_id : "none", details->http_status,
      details->service_code ? details->service_code : "none",
      details->request_id ? details->request_id : "none");
  gst_element_message_full_with_details (element, GST_MESSAGE_ERROR,
      mapped.domain, mapped.code, g_strdup (error->message),
      g_steal_pointer (&debug), __FILE__, GST_FUNCTION, __LINE__,
      make_details (details));
}

/* --- tags --------------------------------------------------------------- */

GstTagList *
gst_seedance_make_tags (
    const SeedanceJobState *state, const gchar *title, const gchar *provider)
{
  GstTagList *tags = gst_tag_list_new_empty ();
  g_autofree gchar *service = g_strdup_printf ("Seedance (%s)", provider);

  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  /* The IPTC's term for media made by a generative model. */
  gst_tag_list_add (tags, GST_TAG_MERGE_APPEND, GST_TAG_APPLICATION_NAME,
      service, GST_TAG_COMMENT, "AI-generated video", GST_TAG_EXTENDED_COMMENT,
      "digital-source-type=trainedAlgorithmicMedia", NULL);
  if (title)
    gst_tag_list_add (tags, GST_TAG_MERGE_APPEND, GST_TAG_TITLE, title,
        GST_TAG_DESCRIPTION, title, NULL);
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

/* --- progress ----------------------------------------------------------- */

static void
post_progress (GstSeedanceAnnouncer *announcer, GstProgressType type,
    gint percent, const gchar *text)
{
  GstMessage *message =
      gst_message_new_progress (GST_OBJECT (announcer->element), type,
          stage_codes[announcer->stage], text);

  if (percent >= 0)
    gst_structure_set ((GstStructure *) gst_message_get_structure (message),
        "percent", G_TYPE_INT, percent, NULL);
  gst_element_post_message (announcer->element, message);
}

static void
end_stage (
    GstSeedanceAnnouncer *announcer, GstProgressType type, const gchar *text)
{
  if (announcer->stage == STAGE_NONE)
    return;
  post_progress (
      announcer, type, type == GST_PROGRESS_TYPE_COMPLETE ? 100 : -1, text);
  announcer->stage = STAGE_NONE;
}

static gchar *
complete_text (Stage stage, const SeedanceJobState *state)
{
  switch (stage) {
    case STAGE_SUBMIT:
      return g_strdup_printf (
          state->posted ? "Ordered as task %s"
                        : "Task %s was ordered before, nothing was sent",
          state->task_id ? state->task_id : "unknown");
    case STAGE_GENERATE:
      return g_strdup_printf ("Clip ready after %.1f s",
          (gdouble) state->time_to_ready / GST_SECOND);
    default:
      return g_strdup_printf (
          "Clip complete, %" G_GINT64_FORMAT " bytes", state->download.size);
  }
}

static const gchar *
status_word (const SeedanceJobState *state)
{
  if (state->status == SEEDANCE_STATUS_UNKNOWN)
    return state->phase == SEEDANCE_PHASE_FAILED ? "failed" : "submitted";

  return seedance_status_to_string (state->status);
}

static Stage
stage_of (const SeedanceJobState *state)
{
  switch (state->phase) {
    case SEEDANCE_PHASE_SUBMITTING:
      return STAGE_SUBMIT;
    case SEEDANCE_PHASE_GENERATING:
      return STAGE_GENERATE;
    case SEEDANCE_PHASE_DOWNLOADING:
      return STAGE_DOWNLOAD;
    default:
      return STAGE_NONE;
  }
}

static void
start_stage (
    GstSeedanceAnnouncer *announcer, Stage stage, const SeedanceJobState *state)
{
  g_autofree gchar *text = NULL;

  announcer->stage = stage;
  announcer->started = TRUE;
  announcer->polls = state->polls;
  announcer->percent = 0;
  announcer->told_word = NULL;
  switch (stage) {
    case STAGE_NONE:
      return;
    case STAGE_SUBMIT:
      text = g_strdup ("Ordering the clip, unless it was ordered before");
      break;
    case STAGE_GENERATE:
      text = g_strdup_printf ("Waiting for task %s", state->task_id);
      break;
    case STAGE_DOWNLOAD:
      text = g_strdup ("Fetching the clip");
      break;
  }
  post_progress (announcer, GST_PROGRESS_TYPE_START, 0, text);
}

/* A terminal shows every line of this: one for a new word, for a tenth of the
 * way, or for half a minute. Finer news are in the element message. */
static gboolean
continue_generate (
    GstSeedanceAnnouncer *announcer, const SeedanceJobState *state)
{
  const gchar *word = status_word (state);
  gboolean news = g_strcmp0 (announcer->told_word, word) != 0 ||
                  state->progress >= announcer->percent + 10 ||
                  state->elapsed >= announcer->told_at + 30 * GST_SECOND;

  if (!news || announcer->polls == state->polls ||
      seedance_status_is_final (state->status))
    return FALSE;
  announcer->polls = state->polls;
  announcer->told_word = word;
  announcer->told_at = state->elapsed;
  announcer->percent = MAX (state->progress, 0);

  return TRUE;
}

static void
continue_stage (GstSeedanceAnnouncer *announcer, const SeedanceJobState *state)
{
  const SeedanceDownloadState *download = &state->download;
  const gint seconds = (gint) (state->elapsed / GST_SECOND);
  g_autofree gchar *text = NULL;
  gint percent = state->progress;

  if (announcer->stage == STAGE_GENERATE) {
    if (!continue_generate (announcer, state))
      return;
    text = percent >= 0
               ? g_strdup_printf (
                     "%s, %d %%, %d s", status_word (state), percent, seconds)
               : g_strdup_printf ("%s, %d s", status_word (state), seconds);
  } else if (announcer->stage == STAGE_DOWNLOAD && download->size > 0) {
    percent = (gint) (download->received * 4 / (guint64) download->size) * 25;
    if (percent <= announcer->percent || percent >= 100)
      return;
    announcer->percent = percent;
    text = g_strdup_printf (
        "%d %% of %" G_GINT64_FORMAT " bytes", percent, download->size);
  } else {
    return;
  }
  post_progress (announcer, GST_PROGRESS_TYPE_CONTINUE, percent, text);
}

static void
announce_progress (
    GstSeedanceAnnouncer *announcer, const SeedanceJobState *state)
{
  Stage stage = stage_of (state);

  /* A clip from the ledger is there before anything could be said. */
  if (!announcer->started && state->phase == SEEDANCE_PHASE_READY)
    start_stage (announcer, STAGE_SUBMIT, state);
  if (stage == announcer->stage) {
    continue_stage (announcer, state);
    return;
  }
  if (state->phase == SEEDANCE_PHASE_FAILED) {
    end_stage (announcer, GST_PROGRESS_TYPE_ERROR, "Failed");
  } else if (state->phase == SEEDANCE_PHASE_IDLE) {
    end_stage (announcer, GST_PROGRESS_TYPE_CANCELED, "Nothing was ordered");
  } else {
    g_autofree gchar *text = complete_text (announcer->stage, state);

    end_stage (announcer, GST_PROGRESS_TYPE_COMPLETE, text);
  }
  start_stage (announcer, stage, state);
}

/* --- task, warnings, tags ----------------------------------------------- */

static void
announce_task (GstSeedanceAnnouncer *announcer, const SeedanceJobState *state)
{
  const gchar *status = status_word (state);
  gboolean new_id = g_strcmp0 (announcer->task_id, state->task_id) != 0;

  if (!state->task_id ||
      (!new_id && g_strcmp0 (announcer->status, status) == 0 &&
          announcer->task_progress == state->progress))
    return;
  g_free (announcer->task_id);
  announcer->task_id = g_strdup (state->task_id);
  g_free (announcer->status);
  announcer->status = g_strdup (status);
  announcer->task_progress = state->progress;
  gst_element_post_message (announcer->element,
      gst_message_new_element (GST_OBJECT (announcer->element),
          gst_structure_new ("seedance-task", "task-id", G_TYPE_STRING,
              state->task_id, "provider", G_TYPE_STRING, announcer->provider,
              "status", G_TYPE_STRING, status, "progress", G_TYPE_INT,
              state->progress, "elapsed", G_TYPE_UINT64,
              (guint64) state->elapsed, NULL)));
  if (new_id)
    g_object_notify (G_OBJECT (announcer->element), "task-id");
}

static void
announce_warnings (
    GstSeedanceAnnouncer *announcer, const SeedanceJobState *state)
{
  if (state->status_word &&
      g_strcmp0 (announcer->word, state->status_word) != 0) {
    g_free (announcer->word);
    announcer->word = g_strdup (state->status_word);
    GST_WARNING_OBJECT (announcer->element,
        "unknown status '%s', taken as "
        "still going",
        state->status_word);
  }
  if (state->warning && g_strcmp0 (announcer->warning, state->warning) != 0) {
    g_free (announcer->warning);
    announcer->warning = g_strdup (state->warning);
    GST_ELEMENT_WARNING (
        announcer->element, RESOURCE, WRITE, ("%s", state->warning), (NULL));
  }
}

static void
announce_tags (GstSeedanceAnnouncer *announcer, const SeedanceJobState *state)
{
  if (announcer->tagged || !state->download.readable)
    return;
  announcer->tagged = TRUE;
  gst_element_post_message (
      announcer->element, gst_message_new_tag (GST_OBJECT (announcer->element),
                              gst_seedance_make_tags (state, announcer->title,
                                  announcer->provider)));
}

static void
announce (GstSeedanceAnnouncer *announcer)
{
  SeedanceJobState state;

  seedance_reader_get_state (announcer->reader, &state);
  if (state.serial != 0 && !announcer->ended) {
    announce_progress (announcer, &state);
    announce_task (announcer, &state);
    announce_warnings (announcer, &state);
    announce_tags (announcer, &state);
    g_atomic_int_set (&announcer->serial, (gint) state.serial);
  }
  seedance_job_state_clear (&state);
}

/* --- life --------------------------------------------------------------- */

GstSeedanceAnnouncer *
gst_seedance_announcer_new (GstElement *element, SeedanceReader *reader)
{
  GstSeedanceAnnouncer *announcer = g_new0 (GstSeedanceAnnouncer, 1);

  announcer->element = element;
  announcer->reader = reader;
  announcer->ended = TRUE;
  g_mutex_init (&announcer->lock);
  g_cond_init (&announcer->cond);

  return announcer;
}

static void
forget (GstSeedanceAnnouncer *announcer)
{
  g_clear_pointer (&announcer->title, g_free);
  g_clear_pointer (&announcer->provider, g_free);
  g_clear_pointer (&announcer->status, g_free);
  g_clear_pointer (&announcer->task_id, g_free);
  g_clear_pointer (&announcer->word, g_free);
  g_clear_pointer (&announcer->warning, g_free);
  announcer->stage = STAGE_NONE;
  announcer->tagged = announcer->started = FALSE;
  g_atomic_int_set (&announcer->serial, 0);
}

void
gst_seedance_announcer_free (GstSeedanceAnnouncer *announcer)
{
  forget (announcer);
  g_mutex_clear (&announcer->lock);
  g_cond_clear (&announcer->cond);
  g_free (announcer);
}

static void
end (GstSeedanceAnnouncer *announcer)
{
  announcer->ended = TRUE;
  end_stage (announcer, GST_PROGRESS_TYPE_CANCELED,
      "Stopped; what was ordered is kept and picked up by the next run");
}

/* Posts until there is nothing new; called and left as the poster, locked. */
static void
post_locked (GstSeedanceAnnouncer *announcer)
{
  while (announcer->again || announcer->end_wanted) {
    gboolean wanted = announcer->end_wanted;

    announcer->again = announcer->end_wanted = FALSE;
    g_mutex_unlock (&announcer->lock);
    announce (announcer);
    if (wanted && !announcer->ended)
      end (announcer);
    g_mutex_lock (&announcer->lock);
  }
}

void
gst_seedance_announcer_update (GstSeedanceAnnouncer *announcer)
{
  g_mutex_lock (&announcer->lock);
  announcer->again = TRUE;
  if (!announcer->poster) {
    announcer->poster = g_thread_self ();
    post_locked (announcer);
    announcer->poster = NULL;
    g_cond_broadcast (&announcer->cond);
  }
  g_mutex_unlock (&announcer->lock);
}

guint
gst_seedance_announcer_get_serial (GstSeedanceAnnouncer *announcer)
{
  return (guint) g_atomic_int_get (&announcer->serial);
}

void
gst_seedance_announcer_begin (
    GstSeedanceAnnouncer *announcer, const gchar *title, const gchar *provider)
{
  g_mutex_lock (&announcer->lock);
  while (announcer->poster)
    g_cond_wait (&announcer->cond, &announcer->lock);
  announcer->again = announcer->end_wanted = FALSE;
  forget (announcer);
  announcer->title = g_strdup (title);
  announcer->provider = g_strdup (provider);
  announcer->ended = FALSE;
  g_mutex_unlock (&announcer->lock);
}

void
gst_seedance_announcer_end (GstSeedanceAnnouncer *announcer)
{
  gint64 deadline = g_get_monotonic_time () + END_WAIT;

  g_mutex_lock (&announcer->lock);
  announcer->end_wanted = TRUE;
  while (announcer->poster && announcer->poster != g_thread_self () &&
         g_cond_wait_until (&announcer->cond, &announcer->lock, deadline))
    ;
  if (!announcer->poster) {
    announcer->poster = g_thread_self ();
    post_locked (announcer);
    announcer->poster = NULL;
    g_cond_broadcast (&announcer->cond);
  }
  g_mutex_unlock (&announcer->lock);
}
