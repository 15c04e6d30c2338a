/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One order as the ledger remembers it, and its form as JSON. It never holds a
 * key. Pure data, but for what tells whether an owner lives. */
#pragma once

#include "error.h"

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_RECORD_SUBMITTING, /* a POST is about to go out, or has gone */
  SEEDANCE_RECORD_AMBIGUOUS,  /* its answer was lost: may be billed */
  SEEDANCE_RECORD_SUBMITTED,  /* the task id is known */
  SEEDANCE_RECORD_READY,      /* the clip is whole on disk */
  SEEDANCE_RECORD_PLAYED,     /* … and was played to its end */
  SEEDANCE_RECORD_FAILED,     /* the service ended the task without a clip */
} SeedanceRecordState;

typedef struct {
  SeedanceRecordState state;
  gchar *provider, *base_url;
  gchar *prompt, *resolution;
  gchar *instance;          /* what tells it from an equal order; NULL = none */
  gchar *order;             /* fingerprint of what was asked; NULL = not known */
  gchar *key_hash;          /* of whose account it is; NULL = not known */
  gchar *cost;              /* in the service's words; NULL = not told */
  gchar *task_id;           /* NULL until known */
  gchar *file;              /* name of the clip in the folder; never NULL */
  gboolean named;           /* the id is the user's, not the answer to an order */
  gchar *reason;            /* of AMBIGUOUS and FAILED, in words */
  gint64 created, updated;  /* seconds since the epoch */
  gint64 size;              /* of the clip in bytes; -1 = not known */
  gint64 seed;              /* -1 = not known */
  gint64 duration;          /* seconds that were asked for; -1 = not known */
  gint64 generation_ms;     /* from submission to success; -1 = not known */
  gchar *owner_host;        /* who is submitting: host and boot */
  gint64 owner_pid, owner_start;
} SeedanceRecord;

/* A record owned by this process with a fresh clip name; strings are copied. */
SeedanceRecord *seedance_record_new (const gchar *provider,
    const gchar *base_url, const gchar *prompt);
SeedanceRecord *seedance_record_copy (const SeedanceRecord *record);
void seedance_record_free (SeedanceRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceRecord, seedance_record_free)

/* Whether the process that wrote a SUBMITTING record may still be at it. */
gboolean seedance_record_owner_lives (const SeedanceRecord *record);

/* The record as a text file, and back: NULL for what is no record of this
 * version. Free with g_free(). */
gchar *seedance_record_to_text (const SeedanceRecord *record);
SeedanceRecord *seedance_record_from_text (const gchar *text, gsize size);

/* A text that leads to the record @name, and back: NULL when it does not lead
 * to anything. Free with g_free(). */
gchar *seedance_record_pointer_to_text (const gchar *name);
gchar *seedance_record_pointer_from_text (const gchar *text, gsize size);

G_END_DECLS
