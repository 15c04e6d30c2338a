/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a ledger folder holds, for programs that show it. Reads only; no
 * threads. */
#pragma once

#include "ledger.h"

G_BEGIN_DECLS

typedef struct {
  gchar *name;            /* of the record */
  SeedanceRecord *record; /* NULL when it cannot be read … */
  gchar *problem;         /* … and why, in words for the user */
  gboolean has_clip;      /* the file of the clip is there … */
  guint64 clip_size;      /* … of so many bytes */
} SeedanceLedgerEntry;

/* All records of @dir as SeedanceLedgerEntry, the newest first; pointers are
 * left out. Empty when there is no such folder. Error: SETTINGS, for a folder
 * that cannot be read. Free with g_ptr_array_unref(). */
GPtrArray *seedance_ledger_list (const gchar *dir, GError **error);

/* The folder that @state_dir names; where that is NULL or empty,
 * SEEDANCE_STATE_DIR, else the user's own. The path is absolute, so that it
 * stays this folder wherever the process goes. Free with g_free(). */
gchar *seedance_ledger_find_dir (const gchar *state_dir);

/* The user's own folder: XDG's. Free with g_free(). */
gchar *seedance_ledger_user_dir (void);

/* Whether nobody knows if @record was billed: its answer was lost, or whoever
 * ordered is gone without one. */
gboolean seedance_record_is_in_doubt (const SeedanceRecord *record);

G_END_DECLS
