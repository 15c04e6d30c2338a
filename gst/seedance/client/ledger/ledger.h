/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was paid for: one row an attempt, in a database in the state folder (mode
 * 0600 in a 0700 folder), and the clips beside it. Every decision about money is
 * one transaction, durable when the call returns. It never holds a key. Calls
 * block on the disk, and briefly on other processes; any thread.
 *
 * Errors are SEEDANCE_ERROR_SETTINGS (the folder cannot be used),
 * SEEDANCE_ERROR_NO_SPACE, or SEEDANCE_ERROR_MAYBE_BILLED for what is there and
 * cannot be read: it may stand for money. */
#pragma once

#include "budget.h"
#include "record.h"

G_BEGIN_DECLS

/* Makes the folder and the database where there are none, and checks them. */
gboolean seedance_ledger_prepare (const gchar *dir, GError **error);

/* Whether nobody but this user can have written what @dir holds; also TRUE when
 * there is no such folder. */
gboolean seedance_ledger_check_folder (const gchar *dir, GError **error);

typedef struct {
  const gchar *identity; /* fingerprint of what is asked for */
  gboolean beside;       /* whatever there is of it: order */
  gboolean again;        /* a clip that was played will do */
  const gchar *own;      /* a record that who asks had before: even its clip
                          * that was played will do */
  const gchar *awaited;  /* record that was waited for: the same */
  guint attempts;        /* so many tasks may end without a clip */
  const SeedanceBudget *budget; /* over all orders; NULL = none */
} SeedanceClaim;

typedef enum {
  SEEDANCE_CLAIM_ORDER,   /* it is ours to order */
  SEEDANCE_CLAIM_ATTACH,  /* a task is there, or its clip */
  SEEDANCE_CLAIM_WAIT,    /* somebody else is ordering the same */
  SEEDANCE_CLAIM_DOUBT,   /* nobody knows how an order went */
  SEEDANCE_CLAIM_REFUSED, /* too many tasks ended without a clip */
  SEEDANCE_CLAIM_BUDGET,  /* as many orders went out as may */
  SEEDANCE_CLAIM_ERROR,
} SeedanceClaimResult;

/* Why an order may not go out. */
typedef struct {
  /* The tasks of it that ended without a clip since the last clip. */
  guint count;
  gchar *task_id, *words; /* of the latest one; NULL without any */
  /* The limit that is reached, and when an order may go out again: seconds since
   * the epoch, 0 = never. */
  SeedanceLimit limit;
  gint64 next;
} SeedanceRefusal;
void seedance_refusal_clear (SeedanceRefusal *refusal);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SeedanceRefusal, seedance_refusal_clear)

/* Decides what is to be done about an order, in one transaction: for ORDER,
 * @fresh is in the ledger when this returns, and nobody else gets the same
 * answer before it has an end. @fresh NULL: only looks. *@found (free it) is
 * the record for ATTACH, WAIT and DOUBT; *@refusal (clear it) is set for
 * REFUSED and BUDGET. */
SeedanceClaimResult seedance_ledger_claim (const gchar *dir,
    const SeedanceClaim *claim, const SeedanceRecord *fresh,
    SeedanceRecord **found, SeedanceRefusal *refusal, GError **error);

/* Takes back an order for which surely nothing was accepted. */
void seedance_ledger_withdraw (const gchar *dir, const SeedanceRecord *record);

/* The newest record of a task. NULL without an error when there is none. */
SeedanceRecord *seedance_ledger_find_task (const gchar *dir,
    const gchar *provider, const gchar *base_url, const gchar *task_id,
    GError **error);

/* The record called @name. NULL without an error when there is none. */
SeedanceRecord *seedance_ledger_find (
    const gchar *dir, const gchar *name, GError **error);

/* Writes @record, and sets its time of update. What stands for money is durable
 * when this returns; that a clip is stored or was played, or a task failed, may be
 * lost to a power cut, which costs nothing. */
gboolean seedance_ledger_save (
    const gchar *dir, SeedanceRecord *record, GError **error);

/* Puts @record, of a task that the user named, in the place of an order of
 * @identity of which nobody knows how it went: *@record then is of that order.
 * FALSE when there is none, or the task was there before it. */
gboolean seedance_ledger_resolve (
    const gchar *dir, const gchar *identity, SeedanceRecord *record);

/* What became of an order of which nobody knows how it went: @ids are the tasks
 * that its service lists from that time. If exactly one of them is in no record,
 * and no other order in doubt or under way from @from to @to can have made it,
 * it is @record's from now on, durably. Returns how many it can be; 1 = it is.
 * 0 with an error when that cannot be told, or @record is in doubt no more. */
guint seedance_ledger_take_lost (const gchar *dir, SeedanceRecord *record,
    const gchar *const *ids, gint64 from, gint64 to, GError **error);

/* Removes a task that the user named and the service never knew. FALSE when
 * somebody else got more out of it. */
gboolean seedance_ledger_remove_named (
    const gchar *dir, const SeedanceRecord *record);

/* From now on nothing leads to the record @name: the same order goes out anew, however
 * many failed before. Deletes the clip. What it cost stays. */
gboolean seedance_ledger_forget (
    const gchar *dir, const gchar *name, GError **error);

/* How long the latest @max clips of one @kind took, in ms, the latest one last:
 * how many there are. */
guint seedance_ledger_get_times (
    const gchar *dir, const gchar *kind, gint64 *times, guint max);

/* Whether its file is there, also when the record does not know of it: a file has
 * its name only when it is whole and durable. */
gboolean seedance_ledger_has_clip (
    const gchar *dir, const SeedanceRecord *record);

/* The path of @record's clip. g_free(). */
gchar *seedance_ledger_clip_path (
    const gchar *dir, const SeedanceRecord *record);

/* Notes that the clip at @path is used now, and so goes late when room is made.
 * In the time of the clip's file. Best effort. */
void seedance_ledger_note_use (const gchar *path);

typedef enum {
  SEEDANCE_PRUNE_REPLACED, /* what no order leads to any more, or ever did */
  SEEDANCE_PRUNE_PLAYED    /* after that, what else was played */
} SeedancePrune;

/* A stored clip that may be deleted. */
typedef struct {
  gchar *name, *task_id;
  guint64 size; /* bytes */
  gint64 used;  /* seconds since the epoch */
  gboolean played;
  gboolean led_to; /* the same order finds it, and not only its task's id */
} SeedancePrunable;

/* The played clips that have to go, of each kind the least recently used first,
 * for the folder's clips to take at most @max bytes; never one that was paid for
 * and not yet played. Free with g_ptr_array_unref(). */
GPtrArray *seedance_ledger_find_prunable (
    const gchar *dir, guint64 max, SeedancePrune what);

/* Deletes those clips, and what crashes left. Records stay: a clip that is gone
 * is fetched again by its task's id. */
void seedance_ledger_prune (const gchar *dir, guint64 max, SeedancePrune what);

/* How many bytes of clips are kept: SEEDANCE_STATE_MAX_SIZE, else 2 GiB. Error:
 * SETTINGS, when that is no size. */
gboolean seedance_ledger_get_max_size (guint64 *max, GError **error);

G_END_DECLS
