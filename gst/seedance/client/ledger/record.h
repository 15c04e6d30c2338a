/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One order, or one task that the user named, as the ledger remembers it. It
 * never holds a key. Pure data, but for what tells whether an owner lives. */
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
  gchar *name;              /* 32 hex digits that nobody else has */
  SeedanceRecordState state;
  gchar *identity;          /* fingerprint of what was asked; NULL = not known */
  gchar *kind;              /* what clips are alike in how long they take */
  gchar *provider, *base_url;
  gchar *prompt, *resolution;
  gchar *instance;          /* what tells it from an equal order; NULL = none */
  gchar *key_hash;          /* of whose account it is; NULL = not known */
  gchar *cost;              /* in the service's words; NULL = not told */
  gchar *task_id;           /* NULL until known */
  gboolean named;           /* the id is the user's, not the answer to an order */
  gchar *reason;            /* of AMBIGUOUS and FAILED, in words */
  gchar *words;             /* of FAILED: the service's alone */
  gint64 created, updated;  /* seconds since the epoch */
  gint64 size;              /* of the clip in bytes; -1 = it never came */
  gint64 seed, tokens;      /* -1 = not known */
  gint64 duration;          /* seconds that were asked for; -1 = not known */
  gint64 generation_ms;     /* from submission to success; -1 = not known */
  gchar *owner_host;        /* who is submitting: host and boot */
  gint64 owner_pid, owner_start;
} SeedanceRecord;

/* A record owned by this process with a name of its own; strings are copied. */
SeedanceRecord *seedance_record_new (const gchar *provider,
    const gchar *base_url, const gchar *prompt);
SeedanceRecord *seedance_record_copy (const SeedanceRecord *record);
void seedance_record_free (SeedanceRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceRecord, seedance_record_free)

/* What tells this boot of this machine from all others; empty where that is not
 * known. g_free(). */
gchar *seedance_boot_id (void);

/* Whether the process that wrote a SUBMITTING record may still be at it. */
gboolean seedance_record_owner_lives (const SeedanceRecord *record);

/* Whether nobody knows if @record was billed: its answer was lost, or whoever
 * ordered is gone without one. */
gboolean seedance_record_is_in_doubt (const SeedanceRecord *record);

/* A word such as "submitted", and back: FALSE for what is none. */
const gchar *seedance_record_state_to_word (SeedanceRecordState state);
gboolean seedance_record_state_from_word (
    const gchar *word, SeedanceRecordState *state);

G_END_DECLS
