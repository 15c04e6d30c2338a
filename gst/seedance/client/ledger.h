/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was paid for, on disk: one small JSON file per job, mode 0600 in a 0700
 * folder, durable when a call returns. Written by create-exclusive and atomic
 * rename only, so that a folder on a network share serves several hosts. It
 * never holds a key. No threads; calls block on the disk only.
 *
 * Errors are SEEDANCE_ERROR_SETTINGS (the folder cannot be used),
 * SEEDANCE_ERROR_NO_SPACE, or SEEDANCE_ERROR_MAYBE_BILLED for a record that
 * exists and cannot be read: it may stand for money. */
#pragma once

#include "record.h"

G_BEGIN_DECLS

/* Makes the folder, and checks it. */
gboolean seedance_ledger_prepare (const gchar *dir, GError **error);

/* Whether nobody but this user can have written what @dir holds; also TRUE when
 * there is no such folder. */
gboolean seedance_ledger_check_folder (const gchar *dir, GError **error);

/* The record called *@name, following a pointer, whose target then replaces
 * *@name. NULL without an error when there is none; one may then be created
 * under *@name. */
SeedanceRecord *seedance_ledger_load (const gchar *dir, gchar **name,
    GError **error);

/* Creates @name if no such record exists. FALSE without an error in @error
 * and *@exists set when there is one already. */
gboolean seedance_ledger_create (const gchar *dir, const gchar *name,
    const SeedanceRecord *record, gboolean *exists, GError **error);

/* Replaces @name, whole or not at all, and sets its time of update. Up to
 * READY it is durable when this returns, and so is the clip's name; that it was
 * played, or that the task failed, may be lost to a power cut, which costs
 * nothing. */
gboolean seedance_ledger_save (const gchar *dir, const gchar *name,
    SeedanceRecord *record, GError **error);

/* Notes that the clip is used now, and so goes late when room is made. In the
 * time of the clip's file: the record may be another's by now. Best effort. */
void seedance_ledger_note_use (const gchar *dir, const SeedanceRecord *record);

/* Whether @name is still @record, or nothing: FALSE when another order has
 * taken its place since it was loaded, and with MAYBE_BILLED when that cannot
 * be known. */
gboolean seedance_ledger_is_current (const gchar *dir, const gchar *name,
    const SeedanceRecord *record, GError **error);

/* Removes the clip of @record, what leads to it by task id, and @name itself
 * unless it is NULL: for a record that stands for no money, or that the user
 * wants to be forgotten. */
void seedance_ledger_remove (const gchar *dir, const gchar *name,
    const SeedanceRecord *record);

/* The name of the one record that may follow @record under @head, which may
 * also be the name of @record itself. All who want to order anew in its place
 * compute the same, so that creating it decides who does. Until that order is
 * accepted both are there, and the head leads to @record. g_free(). */
gchar *seedance_ledger_successor (const gchar *head,
    const SeedanceRecord *record);
gboolean seedance_ledger_has_successor (
    const gchar *dir, const gchar *name, const SeedanceRecord *record);

/* Leads @head from @old, called @old_name, to @name, whose order was accepted.
 * What was paid for stays, under its task's id; what failed goes.
 * FALSE when the head leads elsewhere, or cannot be written: then @old is where
 * it was, and its successor is found by its name. */
gboolean seedance_ledger_replace (const gchar *dir, const gchar *head,
    const gchar *old_name, const SeedanceRecord *old, const gchar *name);

/* The record name of a task that is known by its id only. g_free(). */
gchar *seedance_ledger_name_for_task (const gchar *provider,
    const gchar *base_url, const gchar *task_id);

/* Makes @alias lead to @name; best effort: FALSE when it could not be
 * written. */
gboolean seedance_ledger_point (const gchar *dir, const gchar *alias,
    const gchar *name);

/* The path of @record's clip, or of the record @name itself. g_free(). */
gchar *seedance_ledger_clip_path (const gchar *dir,
    const SeedanceRecord *record);
gchar *seedance_ledger_path (const gchar *dir, const gchar *name);

/* What is remembered of clips of one @kind (a file name of hex digits): a line
 * of text, NULL when there is none. Best effort; g_free(). */
gchar *seedance_ledger_load_times (const gchar *dir, const gchar *kind);
void seedance_ledger_save_times (
    const gchar *dir, const gchar *kind, const gchar *text);

typedef enum {
  SEEDANCE_PRUNE_REPLACED, /* what no order leads to any more, or ever did */
  SEEDANCE_PRUNE_PLAYED    /* after that, what else was played */
} SeedancePrune;

/* A stored clip that may be deleted. */
typedef struct {
  gchar *file, *task_id;
  guint64 size;    /* bytes */
  gint64 used;     /* seconds since the epoch */
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
