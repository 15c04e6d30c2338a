/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* New messages are queued under the lock (gstseedancereport.c). One thread at a
 * time posts them, without the lock, because the application's sync handler may
 * run in the thread that posts. A streaming thread posts only if no other
 * thread can be started, because the application may stop the pipeline in that
 * handler. */

#include "gstseedanceannounce.h"

#include "gstseedanceneighbours.h"
#include "gstseedancereport.h"

/* The longest that gst_seedance_announcer_end() waits for the thread that
 * posts. That thread may be inside the application's handler, and the handler
 * may wait for the state change that called gst_seedance_announcer_end(). */
#define END_WAIT (100 * G_TIME_SPAN_MILLISECOND)

/* How long a streaming thread waits until its messages are posted. If no other
 * thread has begun to post by then, the streaming thread posts itself, because
 * the process may be unable to start more threads. Otherwise it goes on, and
 * the messages stay queued: the other thread may be inside the application's
 * handler, and the handler may wait for the streaming thread. A seek without a
 * flush, for one, waits until the demuxer has stopped reading. Only before the
 * order is open the streaming thread waits for as long as it takes: the
 * application may be asking its user about a warning, before money is spent. */
#define POSTER_WAIT (2 * G_TIME_SPAN_SECOND)

struct _GstSeedanceAnnouncer {
  GstElement *element;
  SeedanceClip *clip;
  GstSeedanceBufferer *bufferer;

  GMutex lock;
  GCond cond;
  GstSeedanceReport *report; /* of the current run; under the lock */
};

/* Needs the lock: the messages must be queued in the order in which the
 * bufferer made them. */
static void
announce_buffering (GstSeedanceAnnouncer *announcer)
{
  GstMessage *message =
      gst_seedance_bufferer_take_message (announcer->bufferer);

  if (message)
    gst_seedance_report_say (announcer->report, message);
}

/* Queues the messages for everything that changed since the last call. */
static void
announce_locked (GstSeedanceAnnouncer *announcer)
{
  GstSeedanceReport *report = announcer->report;
  SeedanceClipState state;

  seedance_clip_get_state (announcer->clip, &state);
  gst_seedance_report_update (report, &state);
  if (state.serial != 0)
    announce_buffering (announcer);
  seedance_clip_state_clear (&state);
}

static GstSeedanceReport *
ref_report_locked (GstSeedanceAnnouncer *announcer)
{
  announcer->report->refs++;

  return announcer->report;
}

static void
unref_report_locked (GstSeedanceReport *report)
{
  if (--report->refs > 0)
    return;
  gst_seedance_report_free (report);
}

GstSeedanceAnnouncer *
gst_seedance_announcer_new (
    GstElement *element, SeedanceClip *clip, GstSeedanceBufferer *bufferer)
{
  GstSeedanceAnnouncer *announcer = g_new0 (GstSeedanceAnnouncer, 1);

  announcer->element = element;
  announcer->clip = clip;
  announcer->bufferer = bufferer;
  announcer->report = gst_seedance_report_new (element, NULL, NULL);
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
post_news (GstSeedanceReport *report, GstSeedanceNews *news)
{
  if (news->message)
    gst_element_post_message (
        report->element, g_steal_pointer (&news->message));
  if (news->property)
    g_object_notify (G_OBJECT (report->element), news->property);
  gst_seedance_news_free (news);
}

/* Posts until the queue is empty, and releases the lock for each message. If
 * another thread is posting, that thread posts the rest. */
static void
post_locked (GstSeedanceAnnouncer *announcer, GstSeedanceReport *report)
{
  GstSeedanceNews *news;

  if (report->poster)
    return;
  report->poster = g_thread_self ();
  while ((news = g_queue_pop_head (&report->news))) {
    g_mutex_unlock (&announcer->lock);
    post_news (report, news);
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
  GstSeedanceReport *report;

  g_mutex_lock (&announcer->lock);
  report = ref_report_locked (announcer);
  post_locked (announcer, report);
  unref_report_locked (report);
  g_mutex_unlock (&announcer->lock);
}

void
gst_seedance_announcer_update (GstSeedanceAnnouncer *announcer)
{
  gst_seedance_bufferer_prepare (announcer->bufferer);
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

/* post_async() may use the announcer: the call holds a reference to the
 * element, which owns the announcer. */
static gboolean
wait_until_posted_locked (
    GstSeedanceAnnouncer *announcer, GstSeedanceReport *report, guint ticket)
{
  const guint last = report->queued;
  gint64 deadline = g_get_monotonic_time () + POSTER_WAIT;

  if (!report->poster && !g_queue_is_empty (&report->news))
    gst_element_call_async (announcer->element, post_async, announcer, NULL);
  while ((gint) (last - report->posted) > 0 &&
         !seedance_clip_is_interrupted (announcer->clip, ticket)) {
    if (g_cond_wait_until (&announcer->cond, &announcer->lock, deadline))
      continue;
    if (report->poster && seedance_clip_is_open (announcer->clip))
      return FALSE;
    post_locked (announcer, report);
    deadline = g_get_monotonic_time () + POSTER_WAIT;
  }

  return TRUE;
}

gboolean
gst_seedance_announcer_tell (
    GstSeedanceAnnouncer *announcer, guint ticket, GstMessage *message)
{
  GstSeedanceReport *report;
  gboolean told;

  gst_seedance_bufferer_prepare (announcer->bufferer);
  g_mutex_lock (&announcer->lock);
  report = ref_report_locked (announcer);
  announce_locked (announcer);
  if (message)
    gst_seedance_report_say (report, message);
  told = wait_until_posted_locked (announcer, report, ticket);
  unref_report_locked (report);
  g_mutex_unlock (&announcer->lock);

  return told;
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
    GstSeedanceAnnouncer *announcer, const SeedanceClipState *state)
{
  GstTagList *tags;

  g_mutex_lock (&announcer->lock);
  tags = gst_seedance_report_make_tags (announcer->report, state);
  g_mutex_unlock (&announcer->lock);

  return tags;
}

void
gst_seedance_announcer_begin (
    GstSeedanceAnnouncer *announcer, const SeedanceOrder *order)
{
  GstSeedanceReport *report = gst_seedance_report_new (
      announcer->element, order->request->prompt, order->provider->name);

  /* gst-launch-1.0 prints the text of a progress without the element's name.
   * Where several elements report, the name becomes part of the text. */
  if (gst_seedance_has_sibling (announcer->element))
    report->prefix = gst_object_get_name (GST_OBJECT (announcer->element));
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

void
gst_seedance_announcer_end (GstSeedanceAnnouncer *announcer)
{
  gint64 deadline = g_get_monotonic_time () + END_WAIT;
  GstSeedanceReport *report;

  g_mutex_lock (&announcer->lock);
  report = ref_report_locked (announcer);
  announce_locked (announcer);
  gst_seedance_report_end (report);
  while (report->poster && report->poster != g_thread_self () &&
         g_cond_wait_until (&announcer->cond, &announcer->lock, deadline))
    ;
  post_locked (announcer, report);
  unref_report_locked (report);
  g_mutex_unlock (&announcer->lock);
}
