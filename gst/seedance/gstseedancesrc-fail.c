/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a run fails: which error message the element posts, and which flow return
 * goes downstream. */

#include "gstseedancesrc-private.h"

#include "gstseedancemessages.h"

/* The first error is posted this long after the start of the run at the
 * earliest; see hold_error_back(). */
#define FIRST_ERROR_AFTER (200 * G_TIME_SPAN_MILLISECOND)

GstMessage *
gst_seedance_src_make_error (GstSeedanceSrc *self, const GError *error)
{
  g_autofree gchar *instance = NULL;

  GST_OBJECT_LOCK (self);
  instance = g_strdup (self->run.instance);
  GST_OBJECT_UNLOCK (self);

  return gst_seedance_make_error (GST_ELEMENT (self), instance, error);
}

/* gst-launch-1.0 hangs if an error arrives before its main loop runs: it quits
 * a loop that has not begun, and then runs it. An error can come that early,
 * for example if the ledger holds an order whose answer was lost. */
static void
hold_error_back (GstSeedanceSrc *self, guint ticket)
{
  gint64 until = self->run.started + FIRST_ERROR_AFTER;

  GST_OBJECT_LOCK (self);
  while (
      !gst_seedance_src_is_interrupted (self, ticket) &&
      g_cond_wait_until (&self->run.changed, GST_OBJECT_GET_LOCK (self), until))
    ;
  GST_OBJECT_UNLOCK (self);
}

/* After GST_FLOW_ERROR the base class or the demuxer would post a second error,
 * "Internal data stream error", which helps nobody. So downstream gets EOS. A
 * demuxer in pull mode that has found no streams yet would post an error at
 * EOS, too: it gets GST_FLOW_FLUSHING. So does everyone while the error is not
 * posted yet: an EOS message that comes first would look like success. */
GstFlowReturn
gst_seedance_src_fail (GstSeedanceSrc *self, guint ticket, const GError *error)
{
  if (g_error_matches (error, SEEDANCE_ERROR, SEEDANCE_ERROR_INTERRUPTED))
    return GST_FLOW_FLUSHING;
  hold_error_back (self, ticket);
  g_atomic_int_set (&self->run.failed, TRUE);
  if (!gst_seedance_src_tell (
          self, ticket, gst_seedance_src_make_error (self, error)))
    return GST_FLOW_FLUSHING;

  return gst_seedance_src_is_pulled (self) &&
                 !seedance_clip_has_index (self->clip)
             ? GST_FLOW_FLUSHING
             : GST_FLOW_EOS;
}

/* Returns a sentence for the user that says what becomes of the clip. */
static gchar *
describe_loss (GstSeedanceSrc *self)
{
  SeedanceClipState state;
  gchar *text;

  seedance_clip_get_state (self->clip, &state);
  if (state.task_id)
    text = g_strdup_printf ("Task %s is kept: the same again fetches its clip "
                            "without a second bill.",
        state.task_id);
  else if (state.posted)
    text = g_strdup ("What was ordered is kept for the next run.");
  else
    text = g_strdup ("Nothing was ordered.");
  seedance_clip_state_clear (&state);

  return text;
}

static GError *
explain_flow (GstSeedanceSrc *self, GstFlowReturn flow)
{
  g_autofree gchar *loss = describe_loss (self);

  if (flow == GST_FLOW_NOT_LINKED)
    return seedance_error_because (
        g_error_new (SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
            "Nothing is linked any more where the clip's bytes should go. %s",
            loss),
        SEEDANCE_REASON_NOT_LINKED);
  if (flow == GST_FLOW_NOT_NEGOTIATED)
    return g_error_new (SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
        "What follows the source does not take a clip in an MP4 file, which "
        "is video/quicktime: a demuxer or decodebin has to be between. %s",
        loss);

  return NULL;
}

/* The base class posts "Internal data stream error" from the streaming thread,
 * with the flow return in the details. The flow return tells the real cause. */
GError *
gst_seedance_src_explain (GstSeedanceSrc *self, GstMessage *message)
{
  const GstStructure *details = NULL;
  gint flow;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR)
    return NULL;
  gst_message_parse_error_details (message, &details);
  if (!details || !gst_structure_get_int (details, "flow-return", &flow))
    return NULL;

  return explain_flow (self, (GstFlowReturn) flow);
}
