/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledger remembers every order, so that no program pays twice for the same
 * clip. It is a database in the state folder (mode 0600 in a 0700 folder), with
 * the clips beside it. A row is one order, or one task that the user named with
 * task-id. Each decision about money is one transaction, durable when the call
 * returns. The ledger never holds a key. Calls block on the disk, and up to 5 s
 * on other processes; any thread.
 *
 * An order "leads to" the rows of its identity (the fingerprint of the
 * request), except for forgotten rows and for rows that were ordered with
 * reuse=never beside another one. An order is "in doubt" when nobody knows
 * whether the service has accepted it.
 *
 * Errors are SEEDANCE_ERROR_SETTINGS (the folder cannot be used),
 * SEEDANCE_ERROR_NO_SPACE, or SEEDANCE_ERROR_MAYBE_BILLED (something is there
 * and cannot be read: it may stand for paid clips). */
#pragma once

#include "budget.h"
#include "record.h"

G_BEGIN_DECLS

/* Creates the folder and the database where they are missing, checks them, and
 * reserves room on the disk for later rows, if there is any. */
gboolean seedance_ledger_prepare (const gchar *dir, GError **error);

/* Reserves room on the disk for the rows of an order. Error: NO_SPACE. */
gboolean seedance_ledger_reserve (const gchar *dir, GError **error);

/* Returns TRUE if no other user can have written what @dir holds, or if there
 * is no such folder. Error: SETTINGS. */
gboolean seedance_ledger_check_folder (const gchar *dir, GError **error);

/* A claim: the question what to do about an order, asked before it goes out. */
typedef struct {
  const gchar *identity; /* fingerprint of the request */
  gboolean beside;       /* reuse=never: order whatever rows there are */
  gboolean again;        /* reuse=always: a played clip will do */
  /* The row whose clip the caller had before; it will do even if it was
   * played. */
  const gchar *own;
  /* The row that an earlier WAIT was about; it will do however it ended. */
  const gchar *awaited;
  guint attempts;        /* REFUSED after this many failed tasks */
  const SeedanceBudget *budget; /* over all orders in the folder; NULL = none */
} SeedanceClaim;

typedef enum {
  SEEDANCE_CLAIM_ORDER,   /* the caller may order */
  SEEDANCE_CLAIM_ATTACH,  /* there is a task, or its clip */
  SEEDANCE_CLAIM_WAIT,    /* another process is ordering the same */
  SEEDANCE_CLAIM_DOUBT,   /* the same order is in doubt */
  SEEDANCE_CLAIM_REFUSED, /* too many tasks ended without a clip */
  SEEDANCE_CLAIM_BUDGET,  /* the budget is spent */
  SEEDANCE_CLAIM_ERROR,
} SeedanceClaimResult;

/* Why the claim was REFUSED or is over the BUDGET. */
typedef struct {
  /* How many tasks of this order ended without a clip since its last clip. */
  guint count;
  gchar *task_id, *words; /* of the latest one; NULL if there is none */
  gchar *name;            /* of its row */
  /* The limit that is reached, and when the next order may go out: seconds
   * since the epoch, 0 = never. */
  SeedanceLimit limit;
  gint64 next;
} SeedanceRefusal;
void seedance_refusal_clear (SeedanceRefusal *refusal);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SeedanceRefusal, seedance_refusal_clear)

/* Decides in one transaction what to do about an order. For ORDER the row
 * @fresh is in the ledger when this returns, and no other claim gets ORDER for
 * the same order until that row has an outcome (reuse=never aside). If @fresh
 * is NULL, this only looks and changes nothing. *@found (free it) is the row
 * for ATTACH, WAIT and DOUBT; *@refusal (clear it) is set for REFUSED and
 * BUDGET. */
SeedanceClaimResult seedance_ledger_claim (const gchar *dir,
    const SeedanceClaim *claim, const SeedanceRecord *fresh,
    SeedanceRecord **found, SeedanceRefusal *refusal, GError **error);

/* Deletes the row of an order if surely nothing was accepted. If that fails,
 * the next claim of this process in @dir tries again. */
void seedance_ledger_withdraw (const gchar *dir, const SeedanceRecord *record);

/* The newest row of a task; forgotten ones are skipped. NULL without an error
 * if there is none. */
SeedanceRecord *seedance_ledger_find_task (const gchar *dir,
    const gchar *provider, const gchar *base_url, const gchar *task_id,
    GError **error);

/* The row called @name, unless it is forgotten. NULL without an error if there
 * is none. */
SeedanceRecord *seedance_ledger_find (
    const gchar *dir, const gchar *name, GError **error);

/* Writes @record, and sets its time of update. What stands for money is durable
 * when this returns. That a clip is stored or was played, or that a task
 * failed, may be lost in a power cut, which costs nothing. */
gboolean seedance_ledger_save (
    const gchar *dir, SeedanceRecord *record, GError **error);

/* Settles an order in doubt by a task that the user named. If an order of
 * @identity is in doubt, and the ledger did not know the task before that
 * order, @record replaces the row of that order and becomes its record. Returns
 * FALSE if nothing was changed. */
gboolean seedance_ledger_resolve (
    const gchar *dir, const gchar *identity, SeedanceRecord *record);

/* Finds the task of an order in doubt, @record. @ids are the tasks that the
 * service lists for the time from @from to @to (seconds since the epoch). If
 * the ledger knows all of them but one, and no other order of that time lacks a
 * task, that one becomes the task of @record, durably. Returns the number of
 * candidates (unknown tasks, and other such orders); 1 means that @record has
 * its task now. Returns 0 with an error if the ledger cannot tell, or if
 * @record is in doubt no more. */
guint seedance_ledger_take_lost (const gchar *dir, SeedanceRecord *record,
    const gchar *const *ids, gint64 from, gint64 to, GError **error);

/* Deletes the row and the files of a task that the user named and the service
 * does not know. Returns FALSE if the row is more than that by now, such as the
 * row of an order or of a clip, or if another process downloads the clip. */
gboolean seedance_ledger_remove_named (
    const gchar *dir, const SeedanceRecord *record);

/* Makes the ledger forget the row @name and the failed rows of the same order:
 * the order goes out anew the next time. Deletes the clip. The rows still count
 * for the budget and in seedance_ledger_add_up(). */
gboolean seedance_ledger_forget (
    const gchar *dir, const gchar *name, GError **error);

/* The shortest time in ms that one of the 16 latest clips of a @kind took; 0 if
 * none is known. */
gint64 seedance_ledger_get_shortest_time (const gchar *dir, const gchar *kind);

/* Returns TRUE if the file of the clip is there, even if the row does not say
 * so: a clip gets its name only when it is whole and durable. A part file
 * counts, too: it may hold all of the clip, also if another process reads it
 * just now. */
gboolean seedance_ledger_has_clip (
    const gchar *dir, const SeedanceRecord *record);

/* The path of the clip of @record. Free with g_free(). */
gchar *seedance_ledger_clip_path (
    const gchar *dir, const SeedanceRecord *record);

/* Sets the time of the file @path to now: a clip that was used lately is
 * deleted late. Best effort. */
void seedance_ledger_note_use (const gchar *path);

typedef enum {
  SEEDANCE_PRUNE_UNUSED, /* played clips that no order leads to, and those that
                          * were not used for a week … */
  SEEDANCE_PRUNE_PLAYED  /* … and then all other played clips */
} SeedancePrune;

/* A stored clip that may be deleted. */
typedef struct {
  gchar *name, *task_id;
  guint64 size; /* bytes */
  gint64 used;  /* seconds since the epoch */
  gboolean played;
  gboolean led_to; /* an order leads to it, not only its task id */
} SeedancePrunable;

/* The played clips that have to be deleted so that all clips of the folder take
 * at most @max bytes. Clips that no order leads to come first, then the least
 * recently used ones. A clip that was paid for and not yet played is never
 * among them, nor is one that is being played. The elements are
 * SeedancePrunable; free with g_ptr_array_unref(). */
GPtrArray *seedance_ledger_find_prunable (
    const gchar *dir, guint64 max, SeedancePrune what);

/* Deletes the clips that seedance_ledger_find_prunable() finds, and what
 * crashes left. A clip that was paid for and not played stays, also one that is
 * whole in its part file. The rows stay: a deleted clip can be fetched again by
 * its task id. */
void seedance_ledger_prune (const gchar *dir, guint64 max, SeedancePrune what);

/* How many bytes of clips the folder may keep: SEEDANCE_STATE_MAX_SIZE, else 2
 * GiB. Error: SETTINGS, the variable is no size. */
gboolean seedance_ledger_get_max_size (guint64 *max, GError **error);

G_END_DECLS
