/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A record is a row of the ledger in memory: one order, or one task that the
 * user named with task-id. It never holds a key. Pure data, except for the
 * functions that ask the system whether the owner is alive. */
#pragma once

#include "error.h"

G_BEGIN_DECLS

/* In seconds: no order waits longer for its answer, its repeats included.
 * post.c ends it a minute earlier. */
#define SEEDANCE_ANSWER_MAX (15 * 60)

typedef enum {
  SEEDANCE_RECORD_SUBMITTING, /* its POST is about to go out, or is out */
  SEEDANCE_RECORD_AMBIGUOUS,  /* the POST's answer was lost: may be billed */
  SEEDANCE_RECORD_SUBMITTED,  /* the task id is known */
  SEEDANCE_RECORD_READY,      /* the clip is whole on disk */
  SEEDANCE_RECORD_PLAYED,     /* … and was played to its end */
  SEEDANCE_RECORD_FAILED,     /* the service ended the task without a clip */
} SeedanceRecordState;

typedef struct {
  gchar *name;              /* 32 hex digits, unique; names the clip's file */
  SeedanceRecordState state;
  gchar *identity;          /* fingerprint of the request; NULL = not known */
  gchar *kind;              /* clips of one kind take about the same time */
  gchar *provider, *base_url;
  gchar *prompt, *resolution;
  gchar *instance;          /* of the property instance; NULL = none */
  gchar *key_hash;          /* hash of the account's key; NULL = not known */
  gchar *cost;              /* in the service's words; NULL = not told */
  gchar *task_id;           /* NULL until known */
  gboolean named;           /* the user named the id; no answer told it */
  gchar *reason;            /* why AMBIGUOUS or FAILED, for the user */
  gchar *words;             /* FAILED: the words of the service alone */
  gint64 created, updated;  /* seconds since the epoch */
  gint64 size;              /* bytes of the clip; -1 = it never came */
  gint64 seed, tokens;      /* -1 = not known */
  gint64 duration;          /* requested, in seconds; -1 = not known */
  gint64 generation_ms;     /* from submission to success; -1 = not known */
  /* The process that submits: host and boot, process id, and start time in
   * clock ticks since the boot. */
  gchar *owner_host;
  gint64 owner_pid, owner_start;
} SeedanceRecord;

/* A SUBMITTING record with a new name, owned by this process. Strings are
 * copied. Free with seedance_record_free(). */
SeedanceRecord *seedance_record_new (const gchar *provider,
    const gchar *base_url, const gchar *prompt);
SeedanceRecord *seedance_record_copy (const SeedanceRecord *record);
void seedance_record_free (SeedanceRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceRecord, seedance_record_free)

/* The kernel's id of the current boot, empty where it is not known. Free with
 * g_free(). */
gchar *seedance_boot_id (void);

/* Returns TRUE if the process that wrote a SUBMITTING record may still be
 * waiting for the answer. A process of another host counts as alive for 15
 * minutes. */
gboolean seedance_record_owner_lives (const SeedanceRecord *record);

/* Returns TRUE if nobody knows whether @record was billed: the answer was lost,
 * or the process that ordered has ended without one. */
gboolean seedance_record_is_in_doubt (const SeedanceRecord *record);

/* The word that the ledger has for a state, such as "submitted"; and the state
 * of a word. Returns FALSE if there is no such state. */
const gchar *seedance_record_state_to_word (SeedanceRecordState state);
gboolean seedance_record_state_from_word (
    const gchar *word, SeedanceRecordState *state);

G_END_DECLS
