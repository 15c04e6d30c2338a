/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One table maps the client's errors to the error domains of GStreamer. Texts
 * that came from outside are cleaned before they reach the bus. */

#include "gstseedancemessages.h"

#include "error.h"
#include "text.h"

#define GST_CAT_DEFAULT gst_seedance_src_debug
GST_DEBUG_CATEGORY_EXTERN (gst_seedance_src_debug);

/* Longest error text in characters. Our own texts are all shorter. */
#define TEXT_MAX 4000

typedef struct {
  GQuark domain;
  gint code;
} ElementError;

/* Maps an error of the client to an error of the element. */
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
  /* The error may be that this value is refused: GStreamer takes only UTF-8. */
  if (instance && seedance_text_is_plain (instance))
    gst_structure_set (structure, "instance", G_TYPE_STRING, instance, NULL);
  gst_structure_set (
      structure, "retryable", G_TYPE_BOOLEAN, details->retryable, NULL);

  return structure;
}

/* Returns the debug text that gst_element_message_full() would write. That
 * function also posts the message, which here is the task of another thread. */
static gchar *
make_debug (GstElement *element, const gchar *text)
{
  g_autofree gchar *path = gst_object_get_path_string (GST_OBJECT (element));

  return g_strdup_printf ("%s:\n%s", path, text);
}

/* Makes the message of @error one plain line. A file, a property or a library
 * may have put anything into it. */
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

GstMessage *
gst_seedance_make_late_warning (GstElement *element, const gchar *property)
{
  return gst_seedance_make_warning (element,
      "The property %s was set while the element runs. This run goes on as it "
      "was; the new value counts from the next change of state from READY to "
      "PAUSED on.",
      property);
}

GstMessage *
gst_seedance_make_state_warning (GstElement *element, const gchar *text)
{
  g_autoptr (GError) warning =
      g_error_new_literal (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE, text);
  g_autofree gchar *debug = make_debug (element, "");

  clean (warning);
  GST_WARNING_OBJECT (element, "warning: %s", warning->message);

  return gst_message_new_warning (GST_OBJECT (element), warning, debug);
}

GstTagList *
gst_seedance_make_tags (
    const gchar *provider, const gchar *title, const SeedanceClipState *state)
{
  GstTagList *tags = gst_tag_list_new_empty ();
  g_autofree gchar *service = g_strdup_printf ("Seedance (%s)", provider);

  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  /* trainedAlgorithmicMedia is the IPTC's term for media that a generative
   * model made. */
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

const gchar *
gst_seedance_get_status_word (const SeedanceClipState *state)
{
  if (state->status == SEEDANCE_STATUS_UNKNOWN)
    return state->phase == SEEDANCE_PHASE_FAILED ? "failed" : "submitted";

  return seedance_status_to_string (state->status);
}

GstMessage *
gst_seedance_make_task (GstElement *element, const gchar *provider,
    const gchar *instance, const SeedanceClipState *state)
{
  GstStructure *task = gst_structure_new ("seedance-task", "task-id",
      G_TYPE_STRING, state->task_id, "provider", G_TYPE_STRING, provider,
      "status", G_TYPE_STRING, gst_seedance_get_status_word (state), "progress",
      G_TYPE_INT, state->progress, "elapsed", G_TYPE_UINT64,
      (guint64) state->elapsed, NULL);

  if (state->seed >= 0)
    gst_structure_set (task, "seed", G_TYPE_INT64, state->seed, NULL);
  if (state->tokens >= 0)
    gst_structure_set (task, "tokens", G_TYPE_INT64, state->tokens, NULL);
  if (state->cost)
    gst_structure_set (task, "cost", G_TYPE_STRING, state->cost, NULL);
  if (state->last_frame_url)
    gst_structure_set (
        task, "last-frame-url", G_TYPE_STRING, state->last_frame_url, NULL);
  if (instance)
    gst_structure_set (task, "instance", G_TYPE_STRING, instance, NULL);

  return gst_message_new_element (GST_OBJECT (element), task);
}
