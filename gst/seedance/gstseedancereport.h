/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was said of one run, and what there is to say next: a report compares
 * the job's state with what it said last, and queues the difference as
 * messages. Every START of a progress gets exactly one end. It posts nothing
 * and locks nothing; gstseedanceannounce.c does both. */
#pragma once

#include <gst/gst.h>

#include "clip-state.h"

G_BEGIN_DECLS

typedef enum {
  GST_SEEDANCE_STAGE_NONE,
  GST_SEEDANCE_STAGE_SUBMIT,
  GST_SEEDANCE_STAGE_GENERATE,
} GstSeedanceStage;

typedef struct {
  GstMessage *message;   /* or NULL */
  const gchar *property; /* to be notified; static, or NULL */
} GstSeedanceWord;

typedef struct _GstSeedanceReport GstSeedanceReport;

/* What was said of one run. Whoever posts holds a reference, so that the next
 * run need not wait for a poster that the application holds up. */
struct _GstSeedanceReport {
  GstElement *element;
  gchar *title, *provider;
  gchar *instance; /* or NULL */
  gchar *speaker;  /* name of the element where there are several; or NULL */
  gboolean by_id;  /* a task was named, so nothing can be ordered */
  gboolean anew;   /* the same again would be another order */

  GQueue words;   /* of GstSeedanceWord; to be posted */
  guint queued;   /* words ever */
  gboolean ended; /* no more progress */

  /* Of the announcer that posts them. */
  guint refs;
  guint posted;    /* words ever */
  GThread *poster; /* who is posting now */

  /* What was said last. */
  guint serial;
  GstSeedanceStage stage;
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
};

GstSeedanceReport *gst_seedance_report_new (
    GstElement *element, const gchar *title, const gchar *provider);
void gst_seedance_report_free (GstSeedanceReport *report);

/* Queues @message (transfer full). */
void gst_seedance_report_say (GstSeedanceReport *report, GstMessage *message);
void gst_seedance_word_free (gpointer word);

/* Queues what is new in @state. */
void gst_seedance_report_update (
    GstSeedanceReport *report, const SeedanceClipState *state);

/* Ends the progress that is open; there will be no more of it. */
void gst_seedance_report_end (GstSeedanceReport *report);

GstTagList *gst_seedance_report_make_tags (
    const GstSeedanceReport *report, const SeedanceClipState *state);

G_END_DECLS
