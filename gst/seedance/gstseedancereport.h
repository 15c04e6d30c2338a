/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A report of one run: it remembers what the application was told, compares
 * that with the state of the clip, and queues the difference as messages. Every
 * progress START gets exactly one end. A report neither posts nor locks:
 * gstseedanceannounce.c posts the queue, and its lock guards the report. */
#pragma once

#include <gst/gst.h>

#include "clip-state.h"

G_BEGIN_DECLS

/* The progress that is open, if any. Each stage has its own code in PROGRESS
 * messages. */
typedef enum {
  GST_SEEDANCE_STAGE_NONE,
  GST_SEEDANCE_STAGE_SUBMIT,
  GST_SEEDANCE_STAGE_GENERATE,
} GstSeedanceStage;

/* An entry of the queue: a message to post, a property to notify, or both. */
typedef struct {
  GstMessage *message;   /* owned, or NULL */
  const gchar *property; /* to notify; static, or NULL */
} GstSeedanceNews;

typedef struct _GstSeedanceReport GstSeedanceReport;

/* The thread that posts holds a reference. So a new run can begin with a new
 * report while that thread is still busy in the application's message
 * handler. */
struct _GstSeedanceReport {
  GstElement *element;
  gchar *title, *provider;
  gchar *instance; /* or NULL */
  gchar *prefix;   /* of each progress text, or NULL */
  gboolean by_id;  /* task-id is set: nothing can be ordered */
  gboolean anew;   /* reuse=never: the same again is a new order */

  GQueue news;    /* of GstSeedanceNews, still to be posted */
  guint queued;   /* number of news ever queued */
  gboolean ended; /* post no more progress */

  /* Used by the announcer only. */
  guint refs;
  guint posted;    /* number of news ever posted */
  GThread *poster; /* the thread that posts now, or NULL */

  /* What the application was told last. */
  guint serial;
  GstSeedanceStage stage;
  gboolean started;
  /* As of the last progress that told the task's status. */
  guint polls;
  gint percent;
  const gchar *told_status; /* static */
  gint64 told_at;
  gchar *status, *task_id, *warning;
  gchar *unknown_status; /* a word of the service that has no phase */
  gint task_progress;
  guint wait;    /* seconds */
  guint retries;
  gint64 retry_told_at;
  gboolean tagged;
  gboolean unrecorded; /* the task's id is not in the ledger yet */
};

/* @title is the prompt, which becomes the title tag, and @provider is the
 * provider's name. Both are copied. The report holds no reference to
 * @element. */
GstSeedanceReport *gst_seedance_report_new (
    GstElement *element, const gchar *title, const gchar *provider);
/* Frees the report; the announcer counts the references. */
void gst_seedance_report_free (GstSeedanceReport *report);

/* Queues @message (transfer full). */
void gst_seedance_report_say (GstSeedanceReport *report, GstMessage *message);
void gst_seedance_news_free (gpointer word);

/* Queues messages for everything that is new in @state. */
void gst_seedance_report_update (
    GstSeedanceReport *report, const SeedanceClipState *state);

/* Ends an open progress with CANCELED. After that the run posts no more
 * progress. */
void gst_seedance_report_end (GstSeedanceReport *report);

GstTagList *gst_seedance_report_make_tags (
    const GstSeedanceReport *report, const SeedanceClipState *state);

G_END_DECLS
